"""A scenario's cells while they are changed, each change logged with where its value was taken from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.scenario.keys import Key, Keys, field_names, key_fields, key_text, parsed
from planner.scenario.overlay import Change
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.scenario import Calendar
from planner.scenario.tables import tables

ROW = "(row)"
"""Stands for the field in a change that adds or drops a whole row."""


@dataclass(frozen=True)
class Note:
    """Something that the new scenario does not keep, or that is to be known of it."""

    text: str
    cell: str = ""

    def __str__(self) -> str:
        return f"{self.cell}: {self.text}" if self.cell else self.text


class Draft:
    """The cells of a scenario that are being changed; `by` says by what."""

    def __init__(self, raw: RawScenario, calendar: Calendar, by: str) -> None:
        self.raw = raw.copy()
        self.by = by
        self.changes: list[Change] = []
        self.notes: list[Note] = []
        self._keys = Keys(calendar)

    def rows(self, table: str) -> Iterator[RawRow]:
        """The rows of a table that are not comments, as they now stand."""
        found = self.raw.tables.get(table)
        return iter(list(found.data_rows()) if found else ())

    def key(self, table: str, row: RawRow) -> Key:
        """The key of a row."""
        return self._keys.of(table, row.cells)

    def find(self, table: str, key: Sequence[str]) -> RawRow | None:
        """The row of a table with a key, where there is one."""
        wanted = self._keys.of(table, dict(zip(key_fields(table), key, strict=True)))
        return next((row for row in self.rows(table) if self.key(table, row) == wanted), None)

    def set(self, table: str, key: Sequence[str], field: str, value: Any, source: str) -> None:
        """Set a cell (None: blank it), making its row where there is none."""
        row = self.find(table, key) or self._new(table, key, source)
        held = self._table(table)
        old = row.cells.get(field)
        if _same(table, key, field, old, value):
            return
        held.columns.setdefault(field, max(held.columns.values(), default=-1) + 1)
        row.cells.pop(field, None)
        row.origins.pop(field, None)
        if value is not None:
            row.cells[field] = value
        self.changes.append(Change(table, key_text(table, row.cells), field, old, value, self.by, source))

    def add(self, table: str, cells: Mapping[str, Any], source: str) -> None:
        """Add a row, or set the cells of the one with its key."""
        key = [str(cells.get(name) or "") for name in key_fields(table)]
        self.find(table, key) or self._new(table, key, source)
        for field, value in cells.items():
            if field not in key_fields(table):
                self.set(table, key, field, value, source)

    def _new(self, table: str, key: Sequence[str], source: str) -> RawRow:
        held = self._table(table)
        cells = {name: part for name, part in zip(key_fields(table), key, strict=True) if part}
        row = RawRow(max((row.line for row in held.rows), default=held.header_line) + 1, cells)
        held.rows.append(row)
        self.changes.append(Change(table, key_text(table, cells), ROW, None, "added", self.by, source))
        return row

    def drop(self, table: str, gone: Callable[[RawRow], bool], why: str) -> list[RawRow]:
        """Drop the rows of a table that are gone, and log why; they are returned."""
        dropped = [row for row in self.rows(table) if gone(row)]
        for row in dropped:
            held = self.raw.tables[table]
            place = held.cell(row, key_fields(table)[0])
            self.changes.append(Change(table, key_text(table, row.cells), ROW, place, None, self.by, why))
        if dropped:
            held.rows = [row for row in held.rows if not any(row is one for one in dropped)]
        return dropped

    def drop_column(self, table: str, field: str, why: str) -> None:
        """Drop a column."""
        held = self.raw.tables[table]
        for row in held.data_rows():
            old = row.cells.pop(field, None)
            self.changes.append(Change(table, key_text(table, row.cells), field, old, None, self.by, why))
        held.columns.pop(field, None)

    def note(self, text: str, cell: str = "") -> None:
        """Say something of the new scenario."""
        self.notes.append(Note(text, cell))

    def cell(self, table: str, row: RawRow, field: str | None) -> str:
        """Where a cell stands, in words of the planner's own file."""
        return self.raw.tables[table].cell(row, field)

    def finished(self) -> RawScenario:
        """The cells as they now stand, with a fingerprint of their own."""
        told = repr([(name, [row.cells for row in table.data_rows()]) for name, table in self.raw.tables.items()])
        return replace(self.raw, sha256=hashlib.sha256(told.encode()).hexdigest(), warnings=[], made_from="")

    def _table(self, name: str) -> RawTable:
        if name not in self.raw.tables:
            columns = {column: number for number, column in enumerate(field_names(name))}
            place = name if self.raw.in_workbook else f"{name}.csv"
            self.raw.tables[name] = RawTable(name, place, columns, [], in_workbook=self.raw.in_workbook)
        return self.raw.tables[name]


def _same(table: str, key: Sequence[str], field: str, old: Any, new: Any) -> bool:
    """Whether two values of a cell mean the same: a blank is the field's default."""
    name = key[0] if table == "settings" else field
    return bool(_meant(table, name, field, old) == _meant(table, name, field, new))


def _meant(table: str, name: str, field: str, value: Any) -> Any:
    spec = tables()[table].fields.get(name if table == "settings" else field)
    if value is None:
        return spec.default if spec is not None and not spec.required else None
    return parsed(table, name, value)

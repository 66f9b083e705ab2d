"""Every figure of a scenario with its code: how far its source bears it out.

A row's note begins with the codes of its figures, `price_per_kg=D; lead_periods=A`, and after ` | ` says freely how
they came about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import InputError
from planner.reading import layers, read
from planner.scenario.columns import cell_kind
from planner.scenario.fields import to_text
from planner.scenario.keys import Keys, calendar_of, is_month, key_text, row_text
from planner.scenario.parse import parse_settings
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.tables import tables

CODES: dict[str, str] = {"F": "found", "D": "derived", "G": "general knowledge", "A": "assumed"}
"""The codes, best borne out first, and what each says of a figure."""

_NUMBERS = frozenset({"number", "whole", "month"})
_NUMBER = re.compile(r"\d+(\.\d+)?")
_CODED = re.compile(r"\s*([\w-]+)\s*=\s*([A-Z])\s*")
_ASSUMED = re.compile(r"\(A\b")


@dataclass(frozen=True)
class Figure:
    """A cell that holds a number or a month, and where it comes from.

    `key` is its row's key as one writes it in `strategies`, `row` the same in words; `cell` is where it stands.
    `code` is '' where the note gives none. `leans` says that the row's note mentions an assumption (A) on the way
    to its derived figures.
    """

    table: str
    key: str
    field: str
    value: Any
    code: str
    source: str
    cell: str
    row: str
    leans: bool

    @property
    def name(self) -> str:
        """The figure as one speaks of it: 'price_per_kg of offer O1'."""
        if self.table == "settings":
            return f"setting {self.key}"
        field = "demand" if self.table == "demand" else self.field
        return f"{field} of {self.row}"


def figures(source: str | Path) -> list[Figure]:
    """The figures of a scenario in the order of its tables; of one based on another those of both.

    A figure's code is read from the row that gives it: that of the scenario itself, else of the one below.
    Raises InputError where the scenario cannot be read.
    """
    merged, _ = read(source)
    if merged.problems:
        raise InputError(merged.problems, merged.warnings)
    keys = Keys(calendar_of(parse_settings(merged)[0]))
    origin = _origins(layers(source), keys)
    return [
        _figure(table, row, field, keys, origin[table.name, keys.of(table.name, row.cells), keys.period(field)])
        for table in merged.tables.values()
        for row in table.data_rows()
        for field in row.cells
        if _is_figure(table, row, field)
    ]


_Origin = dict[tuple[str, tuple[str, ...], str], RawRow]


def _origins(above: list[RawScenario], keys: Keys) -> _Origin:
    """By cell, the row as written that gives it: the uppermost layer's."""
    found: _Origin = {}
    for raw in above:
        for name, table in raw.tables.items():
            for row in table.data_rows():
                for field in row.cells:
                    found.setdefault((name, keys.of(name, row.cells), keys.period(field)), row)
    return found


def _is_figure(table: RawTable, row: RawRow, field: str) -> bool:
    kind = cell_kind(tables()[table.name], field, row)
    text = to_text(row.cells[field])
    return kind in _NUMBERS or (kind == "any" and (is_month(text) or _NUMBER.fullmatch(text) is not None))


def _figure(table: RawTable, row: RawRow, field: str, keys: Keys, written: RawRow) -> Figure:
    note = to_text(written.cells.get("note", ""))
    code = codes(note, keys).get(keys.period(field), "")
    key, words = key_text(table.name, row.cells), _words(table.name, row)
    source = to_text(written.cells.get("source", ""))
    leans = code == "D" and _ASSUMED.search(note) is not None
    return Figure(table.name, key, field, row.cells[field], code, source, table.cell(row, field), words, leans)


def _words(table: str, row: RawRow) -> str:
    """A row in words; an event by what it does, as its own name says nothing."""
    words = row_text(table, row.cells)
    if table != "events":
        return words
    kind, target, future = (to_text(row.cells.get(field, "")) for field in ("kind", "target", "future"))
    when = "every future" if future == "*" else future
    return f"{words} ({kind}{f' of {target}' if target else ''}, {when})"


def codes(note: str, keys: Keys | None = None) -> dict[str, str]:
    """The codes that a note begins with, by field."""
    found = (_CODED.fullmatch(part) for part in note.partition("|")[0].split(";"))
    given = {match[1]: match[2] for match in found if match and match[2] in CODES}
    return {keys.period(field): code for field, code in given.items()} if keys else given


def uncoded(found: list[Figure]) -> Iterator[Figure]:
    """Those of a scenario's figures that have no code."""
    return (figure for figure in found if not figure.code)

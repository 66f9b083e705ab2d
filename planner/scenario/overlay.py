"""Changes laid over a scenario before it is checked: the scenario it is based on, and strategies.

Every cell that comes out different is logged old -> new, and remembers the cell that set it,
so that a wrong value is reported where it was written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from planner.errors import Problem, UsageError
from planner.scenario.fields import close, nearest, shown, to_month, to_text
from planner.scenario.keys import Key, Keys, calendar_of, field_names, is_month, key_fields, key_text, parsed, row_text
from planner.scenario.parse import parse_settings
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.tables import tables


@dataclass(frozen=True)
class Change:
    """A cell that an overlay set: `old` and `new` as written, None for a blank.

    `by` is the strategy, or the scenario that changes the one it is based on; `cell` is where it says so.
    """

    table: str
    key: str
    field: str
    old: Any
    new: Any
    by: str
    cell: str


def moved_on(raw: RawScenario) -> list[Change]:
    """What was changed where a scenario goes on from a plan, as it stands beside its tables."""
    lines = [[to_text(cell) for cell in line] for line in raw.moved_on[1:]]
    width = len(fields(Change))
    found = [line + [""] * (width - len(line)) for line in lines if line and line[0]]
    return [Change(t, key, field_, old or None, new or None, by, cell) for t, key, field_, old, new, by, cell in
            (line[:width] for line in found)]  # fmt: skip


# --- based_on ---------------------------------------------------------------------------------------


def apply_base(raw: RawScenario, base: RawScenario) -> tuple[RawScenario, list[Change]]:
    """`raw` laid over `base`: its rows replace those with the same key, cell by cell, or are added."""
    merged = replace(
        raw,
        sha256=hashlib.sha256(f"{raw.sha256}{base.sha256}".encode()).hexdigest(),
        tables={name: _placed(table, base.name) for name, table in base.tables.items()},
        problems=[*base.problems, *raw.problems],
        warnings=[*base.warnings, *raw.warnings],
    )
    changes: list[Change] = []
    # Settings first: they make the calendar by which months in keys are compared.
    for name in sorted(raw.tables, key=lambda table: table != "settings"):
        keys = Keys(calendar_of(parse_settings(merged)[0]))
        changes += _lay_over(merged, raw.tables[name], keys, raw.name)
    return merged, changes


def _placed(table: RawTable, name: str) -> RawTable:
    """A copy whose cells say whose they are: 'india-magnets/offers.csv line 3'."""
    place = table.place if "/" in table.place else f"{name}/{table.place}"
    return replace(table.copy(), place=place)


def _lay_over(merged: RawScenario, top: RawTable, keys: Keys, by: str) -> list[Change]:
    below = merged.tables.setdefault(top.name, replace(top, rows=[], columns=dict(top.columns)))
    index = {keys.of(top.name, row.cells): row for row in reversed(list(below.data_rows()))}
    changes = []
    for row in top.rows:
        if row.comment is not None:
            below.rows.append(row)
            continue
        if _names_base(top, row):
            continue  # What it asks for is being done: the merged scenario stands for itself.
        origins = {name: top.cell(row, name) for name in {*field_names(top.name), *row.cells}}
        # Taken out of the index: a second row with the same key is added, and reported as a duplicate.
        target = index.pop(keys.of(top.name, row.cells), None)
        if target is None:
            target = RawRow(row.line, {}, dict(origins))
            below.rows.append(target)
        is_new = not target.cells
        made = []
        for name in sorted(row.cells, key=lambda name: name not in key_fields(top.name)):
            made += _set(below, target, _column(below, name, keys), row.cells[name], by=by, cell=origins[name])
        # A new row's key is no change of a cell, but all there is to show where it has no more.
        changes += [change for change in made if change.field not in key_fields(top.name)] or made[:is_new]
    return changes


def _names_base(table: RawTable, row: RawRow) -> bool:
    return table.name == "settings" and to_text(row.cells.get("name", "")).casefold() == "based_on"


# --- strategies -------------------------------------------------------------------------------------


def strategies(raw: RawScenario) -> list[str]:
    """The names of a scenario's strategies, in the order in which they first stand."""
    rows = raw.tables["strategies"].data_rows() if "strategies" in raw.tables else ()
    return list(dict.fromkeys(to_text(row.cells["strategy"]) for row in rows if "strategy" in row.cells))


def apply_strategy(raw: RawScenario, name: str) -> tuple[RawScenario, list[Change], list[Problem]]:
    """`raw` with the changes of one strategy; tables that it does not touch are shared with `raw`.

    Raises UsageError where the scenario has no such strategy.
    """
    known = strategies(raw)
    if name not in known:
        fix = nearest(name, known) if known else "It has no strategies."
        every = f" Its strategies: {', '.join(known)}." if known else ""
        raise UsageError(f"{raw.name} has no strategy {shown(name)}. {fix}{every}")
    return _Strategy(raw, name).applied()


Cell = tuple[str, str, str, Any]
"""Table, key, field and the value that is to stand there; None blanks it."""


def set_cells(raw: RawScenario, name: str, cells: Iterable[Cell]) -> tuple[RawScenario, list[Change], list[Problem]]:
    """`raw` with some cells set as a strategy `name` of these rows would set them, what changed, and what is wrong."""
    fields = ("table", "key", "field", "value")
    rows = [
        RawRow(line, {"strategy": name} | {k: v for k, v in zip(fields, cell, strict=True) if v is not None})
        for line, cell in enumerate(cells, start=2)
    ]
    if not rows:
        return raw, [], []
    own = RawTable("strategies", name, dict.fromkeys(field_names("strategies"), 0), rows, in_workbook=False)
    changed, changes, problems = apply_strategy(replace(raw, tables=raw.tables | {"strategies": own}), name)
    kept = {table: rows for table, rows in changed.tables.items() if table != "strategies"}
    kept |= {table: rows for table, rows in raw.tables.items() if table == "strategies"}
    return replace(changed, tables=kept), changes, problems


def apply_cells(raw: RawScenario, name: str, cells: Iterable[Cell]) -> RawScenario:
    """`raw` with some cells set; what is wrong with them stands among the problems of what comes back."""
    changed, _, problems = set_cells(raw, name, cells)
    return replace(changed, problems=[*changed.problems, *problems])


@dataclass(eq=False)
class _RefusedError(Exception):
    """A row of a strategy that cannot be applied: why, and which of its cells is wrong."""

    kind: str
    field: str
    text: str
    fix: str


class _Strategy:
    """One strategy at work on a copy of a scenario."""

    def __init__(self, raw: RawScenario, name: str) -> None:
        self.raw = raw
        self.name = name
        self.own = raw.tables["strategies"]
        self.keys = Keys(calendar_of(parse_settings(raw)[0]))
        self.result = replace(raw, tables=dict(raw.tables), warnings=list(raw.warnings))
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        self.index: dict[str, dict[Key, RawRow]] = {}
        self.made: list[tuple[RawTable, RawRow, RawRow]] = []
        """Rows that the strategy made: table, row, and the row of `strategies` that did."""
        self.set_by: dict[tuple[str, Key, str], tuple[Any, str]] = {}

    def applied(self) -> tuple[RawScenario, list[Change], list[Problem]]:
        """The scenario with the strategy's changes, these changes, and what was wrong with them."""
        for row in self.own.data_rows():
            complete = {"strategy", "table", "key", "field"} <= row.cells.keys()
            if complete and to_text(row.cells["strategy"]) == self.name:
                self._apply_or_report(row)
        for table, made, by in self.made:
            if table.name != "settings":
                self._look_at_made(table, made, by)
        return self.result, self.changes, self.problems

    def _apply_or_report(self, row: RawRow) -> None:
        try:
            self._apply(row)
        except _RefusedError as refused:
            self.problems.append(self._problem(refused, row))

    def _problem(self, refused: _RefusedError, row: RawRow) -> Problem:
        key = key_text("strategies", row.cells)
        cell = self.own.cell(row, refused.field)
        return Problem(refused.kind, refused.text, refused.fix, "strategies", key, refused.field, cell)

    def _look_at_made(self, table: RawTable, made: RawRow, row: RawRow) -> None:
        """A row that was made needs its required fields; one that needs none may be a slip in the key."""
        spec = tables()[table.name]
        required = [name for name, field in spec.fields.items() if field.required and not field.key]
        required += [column for column in table.columns if is_month(column)]
        lacking = [name for name in required if name not in made.cells and name != spec.period_columns]
        text = key_text(table.name, made.cells)
        near = close(text, {key_text(table.name, other.cells) for other in table.data_rows()} - {text})
        fix = f"Did you mean '{near}'?" if near else "Give it these as well, or correct the key."
        said = f"{table.name} has no row {shown(text)}"
        if lacking:
            said += f", and for a new one the strategy does not give {', '.join(lacking)}."
            self.problems.append(self._problem(_RefusedError("no_such_row", "key", said, fix), row))
        elif near and not required:
            warning = self._problem(
                _RefusedError("new_row", "key", f"{said}: strategy {self.name} makes it.", fix), row
            )
            self.result.warnings.append(warning)

    def _apply(self, row: RawRow) -> None:
        name = self._table_name(row)
        field_name = self._field_name(row, name)
        key = self._key(row, name)
        value = row.cells.get("value")
        cell = self.own.cell(row, "value")
        if field_name in key_fields(name):
            self._refuse_renaming(name, field_name, key, value)
        if self._said_already(name, key, field_name, value, cell):
            return
        table = self._table(name)
        target, is_new = self._row(table, key, row)
        changed = _set(table, target, _column(table, field_name, self.keys), value, by=self.name, cell=cell)
        if is_new and not changed:
            changed = [Change(name, "/".join(key), field_name, None, None, self.name, cell)]
        self.changes += changed

    def _table_name(self, row: RawRow) -> str:
        name = to_text(row.cells["table"])
        if name.casefold() == "strategies":
            raise _RefusedError(
                "strategies_fixed", "table", "A strategy cannot change the table strategies.", "Delete the row."
            )
        if name.casefold() not in tables():
            fix = nearest(name, [table for table in tables() if table != "strategies"])
            raise _RefusedError("unknown_table", "table", f"{shown(name)} is not a table.", fix)
        return name.casefold()

    def _field_name(self, row: RawRow, table: str) -> str:
        text = to_text(row.cells["field"])
        if text.casefold() in field_names(table):
            return text.casefold()
        by_period = tables()[table].period_columns is not None
        month = _month(row.cells["field"]) if by_period else None
        if month:
            return month
        what = f"neither a field of {table} nor a month" if by_period else f"not a field of {table}"
        raise _RefusedError("unknown_field", "field", f"{shown(text)} is {what}.", nearest(text, field_names(table)))

    def _key(self, row: RawRow, table: str) -> Key:
        """The key that a row names: one that the table has, else the one way to read it."""
        text = to_text(row.cells["key"])
        if table == "settings":
            return self._setting(text)
        readings = self.keys.readings(table, text)
        here = self._rows_of(table)
        there = [key for key in readings if key in here]
        possible = there or [key for key in readings if self._can_be(table, key)]
        if len(possible) == 1:
            return possible[0]
        parts = "/".join(key_fields(table))
        if possible:
            said = f"{shown(text)} may be the key of more than one row of {table}."
            raise _RefusedError("ambiguous_key", "key", said, f"Its parts are {parts}: rename one, without a '/'.")
        said = f"{shown(text)} is not the key of a row of {table}."
        raise _RefusedError("wrong_key", "key", said, f"Type {parts}.")

    def _setting(self, text: str) -> Key:
        known = [name for name in tables()["settings"].fields if name != "based_on"]
        if text.casefold() in known:
            return (text.casefold(),)
        if text.casefold() == "based_on":
            fix = "Delete the row."
            raise _RefusedError("based_on_fixed", "key", "A strategy cannot change what a scenario is based on.", fix)
        raise _RefusedError("unknown_setting", "key", f"{shown(text)} is not a setting.", nearest(text, known))

    def _can_be(self, table: str, key: Key) -> bool:
        """Whether a new row may have this key: its parts are of the right kind and name rows that exist."""
        for name, part in zip(key_fields(table), key, strict=True):
            spec = tables()[table].fields[name]
            if not part and spec.required:
                return False
            if spec.kind == "month" and not is_month(part):
                return False
            if "/" in part and spec.ref in tables() and (part,) not in self._rows_of(spec.ref):
                return False
        return True

    def _refuse_renaming(self, table: str, field_name: str, key: Key, value: Any) -> None:
        part = key[key_fields(table).index(field_name)]
        if self.keys.part(table, field_name, value) != part:
            text = f"{field_name} is in the key of {table}: a strategy cannot change it."
            raise _RefusedError("key_fixed", "field", text, "Name another field.")

    def _said_already(self, table: str, key: Key, field_name: str, value: Any, cell: str) -> bool:
        """Whether this strategy has set the cell to the same value before; to another is refused."""
        period = self.keys.period(field_name)
        before = self.set_by.setdefault((table, key, period), (value, cell))
        if before[1] == cell:
            return False
        if _same(table, key[0] if table == "settings" else field_name, before[0], value):
            return True
        subject = f"{period} of {row_text(table, dict(zip(key_fields(table), key, strict=True)))} in {table}"
        text = f"{before[1]} sets {subject} to {_shown(before[0])}, this row to {_shown(value)}."
        raise _RefusedError("conflict", "value", text, "Keep one of the two.")

    def _rows_of(self, table: str) -> dict[Key, RawRow]:
        """The rows of a table by key; of two with the same key the first."""
        if table not in self.index:
            held = self.result.tables.get(table)
            rows = reversed(list(held.data_rows())) if held else ()
            self.index[table] = {self.keys.of(table, row.cells): row for row in rows}
        return self.index[table]

    def _table(self, name: str) -> RawTable:
        """The copy of a table that may be changed; an empty one where the scenario has none."""
        held = self.result.tables.get(name)
        if held is None:
            columns = {column: number for number, column in enumerate(field_names(name))}
            place = name if self.raw.in_workbook else f"{name}.csv"
            held = RawTable(name, place, columns, [], in_workbook=self.raw.in_workbook)
        elif held is self.raw.tables.get(name):
            held = held.copy()
            self.index.pop(name, None)
        self.result.tables[name] = held
        return held

    def _row(self, table: RawTable, key: Key, by: RawRow) -> tuple[RawRow, bool]:
        """The row with a key, and whether it had to be made."""
        rows = self._rows_of(table.name)
        if key in rows:
            return rows[key], False
        cells = {name: part for name, part in zip(key_fields(table.name), key, strict=True) if part}
        line = max((row.line for row in table.rows), default=table.header_line) + 1
        names = [*field_names(table.name), *table.columns]
        rows[key] = RawRow(line, cells, dict.fromkeys(names, self.own.cell(by, "key")))
        table.rows.append(rows[key])
        self.made.append((table, rows[key], by))
        return rows[key], True


# --- cells ------------------------------------------------------------------------------------------


def _column(table: RawTable, field_name: str, keys: Keys) -> str:
    """The column that a field stands in: for a month that of its period, made where there is none."""
    if field_name not in table.columns and is_month(field_name):
        period = keys.period(field_name)
        same = [column for column in table.columns if is_month(column) and keys.period(column) == period]
        field_name = same[0] if same else field_name
    table.columns.setdefault(field_name, max(table.columns.values(), default=-1) + 1)
    return field_name


def _set(table: RawTable, row: RawRow, field_name: str, value: Any, *, by: str, cell: str) -> list[Change]:
    """Set one cell, a value of None blanking it; the change, where it is one."""
    old = row.cells.pop(field_name, None)
    if value is not None:
        row.cells[field_name] = value
    row.origins[field_name] = cell
    setting = to_text(row.cells.get("name", "")).casefold()
    if _same(table.name, setting if table.name == "settings" and field_name == "value" else field_name, old, value):
        return []
    key = "/".join(Keys(None).of(table.name, row.cells))
    return [Change(table.name, key, field_name, old, value, by, cell)]


def _same(table: str, field_name: str, one: Any, other: Any) -> bool:
    return bool(parsed(table, field_name, one) == parsed(table, field_name, other))


def _month(value: Any) -> str | None:
    try:
        return to_month(value)
    except ValueError:
        return None


def _shown(value: Any) -> str:
    return "blank" if value is None else shown(value)

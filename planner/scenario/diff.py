"""What two scenarios, or two plans, differ in: row by row, field by field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from planner.scenario.fields import plain
from planner.scenario.keys import key_fields
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Table, tables

SAME = 1e-6
"""Relative difference up to which two numbers of plans are the same: solvers agree no closer."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """A field of a row that differs, as text; None where the row is on the other side only.

    For a row that is on one side only `field` is None and the other value says what the row holds.
    """

    table: str
    key: str
    field: str | None
    a: str | None
    b: str | None

    def __str__(self) -> str:
        row = f"{self.table} {self.key}" if self.key else self.table
        if self.field is None:
            return f"{row}: only in B: {self.b}" if self.a is None else f"{row}: only in A: {self.a}"
        return f"{row}, {self.field}: {self.a} -> {self.b}"


@dataclass(frozen=True)
class Rows:
    """A table to be compared: its rows, and the fields by which a row is found on the other side."""

    rows: Sequence[Row]
    key: tuple[str, ...]


def diff(a: Scenario, b: Scenario) -> list[Difference]:
    """What two scenarios differ in; a blank cell is the same as its default, 1 the same as 1.0."""
    return diff_tables(_of_scenario(a), _of_scenario(b))


def diff_plans(
    a: Mapping[str, Any], b: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]] | None = None
) -> list[Difference]:
    """What two plans differ in, given as what `--json` writes: figures, futures, decisions and plan tables.

    `keys` names the key fields of plan tables; the rows of others are found by their text.
    """
    return diff_tables(_of_plan(a, keys or {}), _of_plan(b, keys or {}))


def diff_tables(a: Mapping[str, Rows], b: Mapping[str, Rows]) -> list[Difference]:
    """What two sets of tables differ in; the order of rows and fields does not matter."""
    names = dict.fromkeys([*a, *b])
    return [difference for name in names for difference in _diff_table(name, a.get(name), b.get(name))]


def _diff_table(table: str, a: Rows | None, b: Rows | None) -> Iterator[Difference]:
    key = tuple(dict.fromkeys(name for side in (a, b) if side for name in side.key))
    left, right = _by_key(a, key), _by_key(b, key)
    for at in dict.fromkeys([*left, *right]):
        text = "/".join(at[:-1]) + (f" ({at[-1]})" if at[-1] != "1" else "")
        if at in left and at in right:
            yield from _diff_row(table, text, left[at], right[at], key)
        elif at in left:
            yield Difference(table, text, None, _row_shown(left[at], key), None)
        else:
            yield Difference(table, text, None, None, _row_shown(right[at], key))


def _by_key(table: Rows | None, key: tuple[str, ...]) -> dict[tuple[str, ...], Row]:
    """Rows by key; rows with the same key are distinguished by a count at its end."""
    counts: dict[tuple[str, ...], int] = {}
    found = {}
    for row in table.rows if table else ():
        at = tuple(_key_shown(row.get(name)) for name in key)
        counts[at] = counts.get(at, 0) + 1
        found[*at, str(counts[at])] = row
    return found


def _diff_row(table: str, key_text: str, a: Row, b: Row, key: tuple[str, ...]) -> Iterator[Difference]:
    for name in dict.fromkeys([*a, *b]):
        if name not in key and not _same(a.get(name), b.get(name)):
            yield Difference(table, key_text, name, _shown(a.get(name)), _shown(b.get(name)))


def _same(a: Any, b: Any) -> bool:
    if _is_number(a) and _is_number(b):
        return math.isclose(a, b, rel_tol=SAME, abs_tol=1e-9)
    if isinstance(a, str) != isinstance(b, str) and None not in (a, b):
        # A cell that takes any value is text in a CSV file and a number in a workbook.
        return _shown(a) == _shown(b)
    return bool(a == b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _key_shown(value: Any) -> str:
    return "" if value is None else _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return "(blank)"
    if isinstance(value, Blank):
        return value.text
    if isinstance(value, list | tuple):
        return "; ".join(map(_shown, value))
    return plain(value) if _is_number(value) else str(value)


def _row_shown(row: Row, key: tuple[str, ...]) -> str:
    said = (f"{name} {_shown(value)}" for name, value in row.items() if name not in key and not _blank(value))
    return ", ".join(said) or "taken"


def _blank(value: Any) -> bool:
    return value is None or isinstance(value, Blank)


# --- scenarios --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Blank:
    """A blank cell that stands for no single value, and what it means: 'unlimited'."""

    text: str


def _of_scenario(scenario: Scenario) -> dict[str, Rows]:
    settings = _values(tables()["settings"], scenario.settings)
    found = {"settings": Rows([{"name": name, "value": value} for name, value in settings.items()], ("name",))}
    for name, table in tables().items():
        if name != "settings":
            rows = [_values(table, row) for row in getattr(scenario, name)]
            found[name] = Rows(rows, key_fields(name))
    return found


def _values(table: Table, row: BaseModel) -> dict[str, Any]:
    """A row's values by field; a column a period has a field each, and blanks say what they mean."""
    values: dict[str, Any] = {}
    for name, field in table.fields.items():
        value = getattr(row, field.attribute)
        if name == table.period_columns:
            values |= value
        elif value in (None, ()) and not field.key:
            values[name] = Blank(field.default_text)
        else:
            values[name] = value
    return values


# --- plans ------------------------------------------------------------------------------------------


FIGURES = ("status", "objective", "bound", "gap", "expected_cost", "cvar")


def _of_plan(plan: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]) -> dict[str, Rows]:
    """A plan's figures, futures, now-decisions and tables, each as a table."""
    figures = [{"figure": name, "value": plan[name]} for name in FIGURES if name in plan]
    found = {
        "figures": Rows(figures, ("figure",)),
        "futures": Rows(plan.get("futures", []), ("future",)),
        "decisions": Rows(list(_decisions(plan.get("decisions", {}))), ("decision", "name")),
    }
    for name, rows in plan.get("tables", {}).items():
        found[f"table {name}"] = Rows(rows, keys.get(name) or _text_fields(rows))
    return found


def _decisions(decisions: Mapping[str, Any]) -> Iterator[Row]:
    for decision, taken in decisions.items():
        for name in taken:
            yield {"decision": decision, "name": name, "kg": taken[name] if isinstance(taken, Mapping) else None}


def _text_fields(rows: Iterable[Row]) -> tuple[str, ...]:
    """The fields that hold text in some row: they say which row it is, where numbers say how much."""
    return tuple(dict.fromkeys(name for row in rows for name, value in row.items() if isinstance(value, str)))

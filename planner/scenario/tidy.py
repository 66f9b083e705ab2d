"""What people put into tables beside rows: dashes for blanks, totals, remarks, parts of a sum.

All of it works on cells as written, before anything is laid over them, and is reported as a note or a change.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from planner.errors import Problem
from planner.scenario.cells import NUMBER_KINDS, workbook_value
from planner.scenario.columns import cell_kind, column_fields, columns_in_order
from planner.scenario.fields import plain, shown, to_text
from planner.scenario.keys import Keys, calendar_of, is_month, key_fields, key_text, row_text
from planner.scenario.letters import without_hidden
from planner.scenario.overlay import Change
from planner.scenario.parse import parse_settings
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.tables import Table, tables

ADDED_UP: dict[str, str] = {
    "stock": "kg",
    "open_orders": "kg",
    "fixed_orders": "kg",
    "open_expansions": "steps",
    "design_materials": "kg_per_unit",
    "conversion_inputs": "kg_per_kg",
    "demand": "",
}
"""Tables in which rows of one key may be parts of a sum, and the field that is added up; of demand every period."""

ADD_UP = "--add-up"
"""The option of the command line, and 'rows of one key are added up' on the page."""

_PLACEHOLDER = re.compile(
    r"[-–—―−_.?/]+|\(?(n\.?\s?/?\s?a\.?|none|nil|null|nan|blank|empty|k\.\s?a\.|keine|tbd|tbc)\)?",
    re.IGNORECASE,
)
_TOTAL = re.compile(r"(grand |sub[- ]?)?(total|totals|sum|summe|gesamt)s?\b.{0,20}", re.IGNORECASE)
_REMARK = re.compile(r"(note|notes|nb|n\.b\.|remark|remarks|source|sources|all |prices |figures |\*|\()", re.IGNORECASE)
_WORDS_OF_A_REMARK = 6


def tidied(raw: RawScenario) -> RawScenario:
    """A scenario's cells with placeholders blanked and rows of totals and remarks made comments, each with a note."""
    found = replace(raw, tables={name: table.copy() for name, table in raw.tables.items()}, warnings=[*raw.warnings])
    for table in found.tables.values():
        if table.name != "settings":
            found.warnings += _remarks_left_out(found, table)
        found.warnings += _placeholders_blanked(found, table)
    return found


# --- totals and remarks --------------------------------------------------------------------------------


def _remarks_left_out(raw: RawScenario, table: RawTable) -> Iterator[Problem]:
    columns = columns_in_order(table)
    for row in table.data_rows():
        what = _kind_of_remark(raw, table, row)
        if what:
            first = next(iter(row.cells))
            text = f"The row that begins with {shown(row.cells[first])} is taken for {what} and left out."
            fix = "Begin its first cell with # to say so; if it is a row of the table, fill in its other cells."
            yield Problem("remark", text, fix, table.name, None, first, table.cell(row, first))
            row.comment = [f"# {to_text(row.cells[c])}" if c == first else row.cells.get(c) for c in columns]
            row.cells = {}


def _kind_of_remark(raw: RawScenario, table: RawTable, row: RawRow) -> str | None:
    """'a total' or 'a remark', where a row is no row of the table."""
    texts = [(name, value) for name, value in row.cells.items() if isinstance(value, str)]
    words = texts[0][1].strip() if texts else ""
    if _TOTAL.fullmatch(words) and (len(texts) == 1 or _is_summed(table)) and not _is_known(raw, table, *texts[0]):
        return "a total"
    required = [name for name, field in column_fields(table.name).items() if field.required]
    is_alone = len(row.cells) == len(texts) == 1 and len(required) > 1
    is_text = _REMARK.match(words) or len(words.split()) >= _WORDS_OF_A_REMARK
    return "a remark" if is_alone and is_text else None


def _is_summed(table: RawTable) -> bool:
    return table.name in ADDED_UP


def _is_known(raw: RawScenario, table: RawTable, column: str, name: str) -> bool:
    """Whether a name that a row begins with is one of the table that it refers to."""
    field = column_fields(table.name).get(column)
    if field is None or not field.ref or field.ref not in raw.tables:
        return False
    key = key_fields(field.ref)[0]
    return any(to_text(row.cells.get(key, "")) == name.strip() for row in raw.tables[field.ref].data_rows())


# --- placeholders --------------------------------------------------------------------------------------


def _placeholders_blanked(raw: RawScenario, table: RawTable) -> Iterator[Problem]:
    spec = tables()[table.name]
    for row in table.data_rows():
        for name in [name for name, value in row.cells.items() if _may_be_blank(spec, name, row, value)]:
            value = row.cells[name]
            if _stands_for_nothing(raw, table, name, value):
                cell, meaning = table.cell(row, name), _default_text(spec, name, row)
                subject = f"{name} of {row_text(table.name, row.cells)}"
                if table.name == "settings":
                    subject = to_text(row.cells["name"])
                text = f"{subject}: {shown(value)} is taken for a blank cell ({meaning.strip('()')})."
                key = key_text(table.name, row.cells)
                yield Problem("placeholder", text, "Clear the cell to say so.", table.name, key, name, cell)
                del row.cells[name]


def _may_be_blank(spec: Table, name: str, row: RawRow, value: Any) -> bool:
    """Whether a cell is optional, no free text, and holds what could be a placeholder."""
    if spec.name == "strategies" or name in ("source", "note") or is_month(name):
        return False
    if spec.name == "settings":
        setting = spec.fields.get(to_text(row.cells.get("name", "")).casefold())
        field = setting if name == "value" else None
    else:
        field = spec.fields.get(name)
    if field is None or field.required or isinstance(value, bool):
        return False
    if isinstance(value, str):
        return bool(_PLACEHOLDER.fullmatch(without_hidden(value))) or without_hidden(value) in ("0", field.blank)
    return value == 0 and cell_kind(spec, name, row) not in (*NUMBER_KINDS, "any")


def _default_text(spec: Table, name: str, row: RawRow) -> str:
    setting = to_text(row.cells.get("name", "")).casefold() if spec.name == "settings" else name
    return spec.fields[setting].default_text


def _stands_for_nothing(raw: RawScenario, table: RawTable, name: str, value: Any) -> bool:
    """Whether a placeholder is one: neither a name that another row has nor one of several numbers, nor a number."""
    spec, text = tables()[table.name], without_hidden(to_text(value))
    kind = spec.fields[name].kind if name in spec.fields else "any"
    if kind in NUMBER_KINDS or table.name == "settings":
        return text != "0"
    if _is_known(raw, table, name, text):
        return False
    others = {to_text(row.cells[name]) for row in table.data_rows() if name in row.cells} - {text}
    return not (text.isdecimal() and any(other.isdecimal() for other in others))


# --- rows of one key -----------------------------------------------------------------------------------


def added_up(raw: RawScenario) -> tuple[RawScenario, list[Change]]:
    """A scenario in which rows of one key that are parts of a sum are one row, and what that changed.

    Rows are added up where all else that they say is the same; sources and notes are joined.
    """
    keys = Keys(calendar_of(parse_settings(raw)[0]))
    changes: list[Change] = []
    held = dict(raw.tables)
    for name in ADDED_UP:
        if name in raw.tables:
            held[name] = raw.tables[name].copy()
            changes += _add_up(held[name], keys)
    return replace(raw, tables=held), changes


def _add_up(table: RawTable, keys: Keys) -> Iterator[Change]:
    first: dict[tuple[str, ...], RawRow] = {}
    gone: list[RawRow] = []
    for row in table.data_rows():
        into = first.setdefault(keys.of(table.name, row.cells), row)
        if into is not row and is_part_of(table, into, row):
            gone.append(row)
            yield from _merge(table, into, row)
    table.rows = [row for row in table.rows if not any(row is other for other in gone)]


def is_part_of(table: RawTable, one: RawRow, other: RawRow) -> bool:
    """Whether two rows of one key differ only in what can be added up."""
    apart = {*key_fields(table.name), "source", "note"}
    rest = {*one.cells, *other.cells} - apart
    summed = {name for name in rest if _is_summand(table, name)}
    numbers = (_amount(row, name) for row in (one, other) for name in summed)
    return (
        bool(summed)
        and all(to_text(one.cells.get(name, "")) == to_text(other.cells.get(name, "")) for name in rest - summed)
        and all(number is not None for number in numbers)
    )


def _is_summand(table: RawTable, name: str) -> bool:
    field = ADDED_UP.get(table.name)
    return is_month(name) if field == "" else name == field


def _amount(row: RawRow, name: str) -> float | None:
    value = workbook_value("number", row.cells[name]) if name in row.cells else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _merge(table: RawTable, into: RawRow, row: RawRow) -> Iterator[Change]:
    for name in [name for name in row.cells if _is_summand(table, name)]:
        old = into.cells[name]
        into.cells[name] = float(plain(math.fsum((_amount(into, name) or 0.0, _amount(row, name) or 0.0))))
        key = "/".join(Keys(None).of(table.name, into.cells))
        yield Change(table.name, key, name, old, into.cells[name], "added up", table.cell(row, name))
    for name in ("source", "note"):
        if name in row.cells:
            into.cells[name] = "; ".join(to_text(r.cells[name]) for r in (into, row) if name in r.cells)

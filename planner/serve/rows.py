"""The rows of a scenario as the page offers them to be changed: every table, field and cell, in words.

This is made where workbooks are checked, and so imports little.
"""

from __future__ import annotations

from typing import Any

from planner.scenario.columns import column_fields
from planner.scenario.fields import to_text
from planner.scenario.keys import is_month, key_fields, key_text
from planner.scenario.raw import RawScenario, RawTable
from planner.scenario.tables import Field, tables

Document = dict[str, Any]

_MOST_ROWS = 3000
_UNOFFERED = ("strategies",)


def offered(raw: RawScenario) -> dict[str, Document]:
    """By table its meaning, fields and rows: each row its key and, field by field, what it says ('' for blank)."""
    held = {name: table for name, table in raw.tables.items() if name in tables() and name not in _UNOFFERED}
    found = {name: _table(name, held[name]) for name in tables() if name in held}
    return {name: one for name, one in found.items() if one["rows"]}


def _table(name: str, table: RawTable) -> Document:
    fields = _settings() if name == "settings" else _fields(name, table)
    rows = list(table.data_rows())
    if name == "settings":
        said = {to_text(row.cells.get("name", "")).casefold(): to_text(row.cells.get("value", "")) for row in rows}
        listed = [[setting, [said.get(setting, "")]] for setting in tables()["settings"].fields]
    else:
        names = [field["name"] for field in fields]
        listed = [[key_text(name, row.cells), [_said(row.cells.get(one)) for one in names]] for row in rows]
    targets = list(dict.fromkeys(_said(row.cells.get("target")) for row in rows)) if name == "events" else []
    return {
        "meaning": tables()[name].meaning, "fields": fields, "rows": listed[:_MOST_ROWS],
        "targets": [target for target in targets if target],
    }  # fmt: skip


def _said(value: Any) -> str:
    return "" if value is None else to_text(value)


def _settings() -> list[Document]:
    return [{"name": "value", "kind": "any", "unit": "", "meaning": "what the setting says", "choices": []}]


def _fields(name: str, table: RawTable) -> list[Document]:
    keys, known = key_fields(name), column_fields(name)
    plain = [
        field_of(field) for column, field in known.items() if column not in keys and column not in ("source", "note")
    ]
    spread = tables()[name].period_columns
    if spread is None:
        return plain
    like = field_of(tables()[name].fields[spread])
    return plain + [like | {"name": column} for column in table.columns if is_month(column)]


def field_of(field: Field) -> Document:
    """A field in words."""
    facts = {"name": field.name, "kind": field.kind, "unit": field.unit, "meaning": field.meaning}
    return facts | {"choices": list(field.choices)}

"""The reference page of the tables, made from the schema so that it cannot drift from it.

`python -m planner.scenario.reference > docs/tables.md` writes the page again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from planner.scenario.how_to_say import HOW_TO_SAY
from planner.scenario.ranges import limits
from planner.scenario.tables import Field, Table, tables

_HEAD = """\
# The tables of a scenario

A scenario is a workbook with a sheet a table, or a folder with a CSV file a table; both hold the same
tables with the same columns. Tables stand here in the order of thought: what is asked, what is bought,
what is made, what may happen.

- Names of sheets and columns may be written in any case. A row whose first cell begins with `#` is a
  comment, an empty row is nothing, and sheets with other names are left alone. A table takes no other
  columns than those that stand here: what others hold goes into `note`, or on a sheet of its own.
- A blank cell takes the default that stands here; a required cell must not be blank.
- Months are text such as `2026-04`, or date cells; any month of a period names the period. Lists are
  separated by `;`. Shares are written from 0 to 1: 30 % is 0.3.
- Every table but `settings` has the columns `source` and `note` at its end: free text, kept, not used.
  `settings` may have them beside `value`.

How to say what is usual with licences and supplies stands [at the end](#how-do-i-say-).

This page is made from the schema (`planner/scenario/tables.py`) by `python -m planner.scenario.reference`.
"""

_SHARED = ("source", "note")
_HEADS = ("meaning", "unit", "cell holds", "default", "must be in")


def reference_page() -> str:
    """The page as Markdown: an overview, then each table with its fields."""
    parts = [_HEAD, _overview(), *(_section(table) for table in tables().values()), _how_to_say()]
    return "\n".join(parts)


def _overview() -> str:
    rows = ((f"[{t.name}](#{t.name})", "required" if t.required else "optional", t.meaning) for t in tables().values())
    return _grid(("table", "", "holds"), rows)


def _how_to_say() -> str:
    return "## How do I say …\n\n" + _grid(("what is so", "how the tables say it"), HOW_TO_SAY.items())


def _section(table: Table) -> str:
    fields = [field for field in table.fields.values() if field.name not in _SHARED]
    heads = ("setting" if table.name == "settings" else "column", *_HEADS)
    return f"## {table.name}\n{_standing(table)}\n\n{_grid(heads, (_line(table, field) for field in fields))}"


def _standing(table: Table) -> str:
    """What the table holds, whether it must be there and what makes a row its own."""
    needed = "Required" if table.required else "Optional"
    rows = ", with at least one row" if table.needs_rows else ""
    key = " and ".join(f"`{name}`" for name in table.key)
    return f"{table.meaning} {needed}{rows}." + (f" A row is named by {key}." if key else "")


def _line(table: Table, field: Field) -> tuple[str, ...]:
    a_period = table.period_columns == field.name
    name = "one column a period, such as `2026-04`" if a_period else f"`{field.name}`"
    default = "**required**" if field.required else field.default_text
    return (name, field.meaning, field.unit, holds(table, field), default, _must_be_in(field))


def holds(table: Table, field: Field) -> str:
    """What may stand in a cell of the field, in words: 'number, 0 to 1', 'one of: free, must, never'."""
    if field.choices:
        return "one of: " + ", ".join(field.choices)
    within = limits(table, field)
    kind = {"whole": "whole number", "list": "list, separated by ;"}.get(field.kind, field.kind)
    return f"{kind}, {within.words}" if within else kind


def _must_be_in(field: Field) -> str:
    if not field.ref:
        return ""
    return "the table that `scope` names" if field.ref == "scope" else f"`{field.ref}`"


def _grid(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(reference_page())

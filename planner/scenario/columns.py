"""Which columns a table has as a sheet or file, made from the schema."""

from __future__ import annotations

import functools
from dataclasses import replace

from planner.scenario.fields import to_text
from planner.scenario.raw import RawRow, RawTable
from planner.scenario.tables import Field, Table, tables


@functools.cache
def column_fields(name: str) -> dict[str, Field]:
    """The columns that a table may have, columns a period apart, by heading.

    Settings stand one a row, so that its columns are name and value.
    """
    table = tables()[name]
    if name != "settings":
        return {column: field for column, field in table.fields.items() if column != table.period_columns}
    like = tables()["strategies"].fields
    return {
        "name": replace(like["table"], name="name", meaning="name of the setting", ref=None),
        "value": replace(like["value"], meaning="its value", blank="the setting's default"),
        "source": like["source"],
        "note": like["note"],
    }


def fields_of(table: Table) -> dict[str, Field]:
    """The columns that a table may have, columns a period apart; of a table that is no scenario's, all its fields."""
    return column_fields(table.name) if tables().get(table.name) is table else table.fields


def column_kind(table: Table, column: str) -> str:
    """The kind of a column's cells; a column that is not a field is one a period."""
    found = fields_of(table).get(column)
    return found.kind if found else table.fields[table.period_columns].kind if table.period_columns else "text"


def cell_kind(table: Table, column: str, row: RawRow) -> str:
    """The kind of one cell: a setting's value is of the setting's own kind, all others of their column's."""
    if (table.name, column) == ("settings", "value"):
        setting = table.fields.get(to_text(row.cells.get("name", "")).casefold())
        return setting.kind if setting else "any"
    return column_kind(table, column)


def required_columns(name: str) -> list[str]:
    """The headings that a table must have, columns a period apart."""
    if name == "settings":
        return ["name", "value"]
    return [column for column, field in column_fields(name).items() if field.required]


def columns_in_order(table: RawTable) -> list[str]:
    """A raw table's columns from left to right, and last those that only single rows have cells for."""
    columns = sorted(table.columns, key=table.columns.__getitem__)
    return list(dict.fromkeys([*columns, *(column for row in table.rows for column in row.cells)]))


def parted(table: RawTable) -> tuple[list[RawRow], list[RawRow]]:
    """A raw table's rows: the comments above its headings, and all that stands below these."""
    above = [row for row in table.rows if row.comment is not None and row.line < table.header_line]
    return above, table.rows[len(above) :]

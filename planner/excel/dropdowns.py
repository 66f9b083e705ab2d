"""Drop-downs and input ranges of a scenario's sheets, so that Excel helps while one types.

All only warn: a planner may type a name first and its row on the other sheet later.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.utility import quote_sheetname, xl_col_to_name

from planner.excel.sheets import Book, TableSheet, explained, write_note
from planner.scenario.check_names import TARGETS
from planner.scenario.columns import column_fields
from planner.scenario.fields import to_text
from planner.scenario.headings import LISTS_SHEET
from planner.scenario.ranges import limits
from planner.scenario.tables import Field, Table, tables

ROWS = 2000
"""Rows below those written for which there are drop-downs."""

_LONGEST_FORMULA = 255
"""Excel takes no longer ones in a validation."""

_TABLE_NAMES = "names_tables"
"""The cells that hold the names of all tables: as a list in a validation they would be too long."""

Written = Mapping[str, TableSheet]


def add_dropdowns(book: Book, written: Written) -> None:
    """Add to each table's sheet its drop-downs and input ranges, once all sheets are written."""
    if "strategies" in written:
        book.workbook.define_name(_TABLE_NAMES, _write_names(book, list(tables())))
    for ref in sorted(_references()):
        if formula := _list_formula(ref, written):
            book.workbook.define_name(_list_name(ref), formula)
    for name, sheet in written.items():
        for column, index in sheet.columns.items():
            rule = _rule(tables()[name], column, sheet, written)
            if rule:
                sheet.sheet.data_validation(sheet.heading_line + 1, index, _last_line(sheet), index, rule)
    if "settings" in written:
        _help_with_settings(written["settings"])


def _last_line(sheet: TableSheet) -> int:
    return sheet.heading_line + len(sheet.rows) + ROWS


def _write_names(book: Book, names: list[str]) -> str:
    """Names on a hidden sheet; the formula of their cells."""
    sheet = book.add_sheet(LISTS_SHEET)
    sheet.write_column(0, 0, names)
    sheet.hide()
    return f"={quote_sheetname(LISTS_SHEET)}!$A$1:$A${len(names)}"


# --- lists of names ----------------------------------------------------------------------------------


def _references() -> set[str]:
    """Every column that another one refers to: 'suppliers', 'suppliers.country'."""
    fields = (field for table in tables().values() for field in table.fields.values())
    return {field.ref for field in fields if field.ref and field.ref != "scope"} | set(TARGETS.values())


def _list_name(ref: str) -> str:
    return f"names_{ref.replace('.', '_')}"


def _list_formula(ref: str, written: Written) -> str | None:
    """The cells of a column down to the last that is not blank: names typed later are in the list at once.

    Counted from the heading, which stays when all rows below it are deleted.
    """
    table, _, column = ref.partition(".")
    sheet = written.get(table)
    index = sheet.columns.get(column or tables()[table].key[0]) if sheet else None
    if sheet is None or index is None:
        return None
    letter, title, line = xl_col_to_name(index), quote_sheetname(sheet.sheet.get_name()), sheet.heading_line + 1
    heading = f"{title}!${letter}${line}"
    cells = f"{heading}:${letter}${_last_line(sheet) + 1}"
    last = f'SUMPRODUCT(MAX(({cells}<>"")*ROW({cells})))'
    return f"=OFFSET({heading},1,0,MAX(1,{last}-ROW({heading})),1)"


# --- rules of columns ----------------------------------------------------------------------------------


def _rule(table: Table, column: str, sheet: TableSheet, written: Written) -> dict[str, Any] | None:
    fixed: dict[tuple[str, str], list[str] | str] = {
        ("settings", "name"): list(tables()["settings"].fields),
        ("strategies", "table"): f"={_TABLE_NAMES}",
    }
    if (table.name, column) in fixed:
        return _list(fixed[table.name, column], f"There is no such {column}. Choose from the list.")
    field = column_fields(table.name).get(column) or table.fields[table.period_columns or ""]
    if field.choices:
        return _list(list(field.choices), f"{column} is one of: {', '.join(field.choices)}.")
    if field.ref and field.kind != "list":
        return _reference(table, field, sheet, written)
    return _number(table, field) if field.name in table.fields else None


def _list(source: list[str] | str, message: str) -> dict[str, Any]:
    return {"validate": "list", "source": source, "error_type": "warning", "error_title": "planner",
            "error_message": message}  # fmt: skip


def _reference(table: Table, field: Field, sheet: TableSheet, written: Written) -> dict[str, Any] | None:
    if field.ref == "scope":
        return _target(table, field, sheet, written)
    ref = field.ref or ""
    if not _list_formula(ref, written):
        return None
    where = written[ref.partition(".")[0]].sheet.get_name()
    return _list(f"={_list_name(ref)}", f"The sheet {where} has no such name. Add it there, or choose from the list.")


def _target(table: Table, field: Field, sheet: TableSheet, written: Written) -> dict[str, Any] | None:
    """A drop-down that follows the scope of its row, where Excel takes a formula for as many scopes."""
    refs = {scope: TARGETS[scope] for scope in table.fields["scope"].choices if scope in TARGETS}
    if "scope" not in sheet.columns or not all(_list_formula(ref, written) for ref in refs.values()):
        return None
    scope = f"${xl_col_to_name(sheet.columns['scope'])}{sheet.heading_line + 2}"
    first, *others = refs.items()
    formula = _list_name(first[1])
    for name, ref in others:
        formula = f'IF({scope}="{name}",{_list_name(ref)},{formula})'
    if len(formula) >= _LONGEST_FORMULA:
        return None
    return _list(f"={formula}", f"{field.name} is the name of what {scope[1:-1]} says.")


def _number(table: Table, field: Field) -> dict[str, Any] | None:
    within = limits(table, field)
    if within is None:
        return None
    rule: dict[str, Any] = {
        "validate": "integer" if field.kind == "whole" else "decimal",
        "error_type": "warning",
        "error_title": "planner",
        "error_message": f"{field.name} is a {'whole number' if field.kind == 'whole' else 'number'}, {within.words}.",
    }
    if within.high is None:
        return rule | {"criteria": ">" if within.open_low else ">=", "value": within.low}
    return rule | {"criteria": "between", "minimum": within.low, "maximum": within.high}


# --- settings: a row a field ---------------------------------------------------------------------------


def _help_with_settings(sheet: TableSheet) -> None:
    """Meaning, unit and default at each setting's name, its input range at its value."""
    table = tables()["settings"]
    for line, row in enumerate(sheet.rows, start=sheet.heading_line + 1):
        field = table.fields.get(to_text(row.cells.get("name", "")).casefold())
        if field is None or row.comment is not None:
            continue
        write_note(sheet.sheet, line, sheet.columns["name"], explained(field))
        rule = _number(table, field)
        if rule and "value" in sheet.columns:
            sheet.sheet.data_validation(line, sheet.columns["value"], line, sheet.columns["value"], rule)

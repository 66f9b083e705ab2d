"""A sheet that holds a table: an Excel table with filters, ready to print and to pivot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from planner.plan.colours import FAINT, INK, WARNING
from planner.plan.tables import Column
from planner.plan.words import Wording, capital
from planner.report.formats import RUNNING, WRAPPED, heading, number_looks, width
from planner.report.printing import ABREAST, CHART_LINES, CHART_WIDTH, chart_lines, prepare_print
from planner.report.view import PROBABILITY, View
from planner.scenario.cells import workbook_value
from planner.scenario.sheets import Book, write_note

EXCEL_ROWS = 1_048_576
"""Rows that a sheet can hold."""

_LONGEST = 32_767
"""Characters that a cell can hold."""

_LINE, _HIGHEST = 15.5, 409
"""Height of a line of text, and the largest that a row can have, in points."""

_ROW = 15
"""Height of a row as it comes, in points."""

_NOTE_WIDTH = 110
"""Characters in a line of a note, at least: the width of a narrow table."""

_NUMBERS = ("number", "count", "share")


def text_of(value: object) -> str:
    """A value as text that a cell can hold."""
    return str(workbook_value("text", value))[:_LONGEST]


def cut(view: View) -> int:
    """How many rows of a table do not fit on a sheet (then the last line tells so, and there are no totals)."""
    room = EXCEL_ROWS - 1 - _lines_above(view)
    return max(0, len(view.rows) - (room - 1)) if len(view.rows) + bool(view.totals) > room else 0


def _lines_above(view: View) -> int:
    return len(view.notes) + chart_lines(view.charts)


def write_sheet(book: Book, view: View, wording: Wording, charts: Sequence[Chart] = (), csv: str = "") -> Worksheet:
    """Add a sheet with a table: notes and charts, headings, a row each below, totals; 'none' where there are no rows.

    `csv` is the file that holds the table whole where it does not fit.
    """
    sheet = book.add_sheet(view.title)
    top = _write_above(book, sheet, view, charts)
    missing = cut(view)
    rows = view.rows.iloc[: len(view.rows) - missing]
    titles = [heading(column, wording) for column in view.columns]
    widths = []
    for index, (title, column) in enumerate(zip(titles, view.columns, strict=True)):
        _write_heading(book, sheet, (top, index), title, column, wording)
        values = _values(column, rows[column.name], view.flags)
        label = len(view.total_label) + 2 if view.totals and not index else 0
        widths.append(max(width(title, column, values), label))
        sheet.set_column(index, index, widths[-1])
        _write_column(book, sheet, (top, index), column, values, wording)
    if len(rows):
        _make_table(book, sheet, view, titles, (top, len(rows)), wording)
    else:
        sheet.write_string(top + 1, 0, view.empty, book.format(italic=True, font_color=FAINT))
    if missing:
        note = book.format(bold=True, font_color=WARNING)
        sheet.write_string(top + len(rows) + 1, 0, cut_note(view, missing, csv), note)
    has_more = bool(missing or (len(rows) and view.totals))
    prepare_print(sheet, top, top + max(len(rows), 1) + has_more, widths, view.charts)
    return sheet


def cut_note(view: View, missing: int, csv: str) -> str:
    """What the last line of a sheet that is cut says."""
    room = f"an Excel sheet of {EXCEL_ROWS:,} rows"
    return f"Cut here: {missing:,} more rows of {view.title} do not fit on {room}. All of them are in {csv}."


def _write_above(book: Book, sheet: Worksheet, view: View, charts: Sequence[Chart]) -> int:
    """Write the notes and place the charts; the line of the headings, below them."""
    look = book.format(font_color=INK, text_wrap=True, valign="vcenter", indent=1)
    for line, note in enumerate(view.notes):
        sheet.merge_range(line, 0, line, len(view.columns) - 1, "", look)
        sheet.write_string(line, 0, text_of(note), look)
        sheet.set_row(line, _height(note, _NOTE_WIDTH))
    for number, chart in enumerate(charts):
        line, place = divmod(number, ABREAST)
        # Filters hide rows, which is to leave the charts as they are.
        at = {"x_offset": 8 + place * (CHART_WIDTH + 8), "y_offset": 4, "object_position": 3}
        sheet.insert_chart(len(view.notes) + line * CHART_LINES, 0, chart, at)
    return _lines_above(view)


def _height(text: str, characters: float) -> float:
    """The height in points of a text in lines of as many characters."""
    return min(_LINE * math.ceil(len(text) / characters), _HIGHEST)


def _write_heading(
    book: Book, sheet: Worksheet, place: tuple[int, int], title: str, column: Column, wording: Wording
) -> None:
    sheet.write_string(*place, title, _heading_look(book, column))
    unit = f"\nUnit: {wording.unit(column.unit)}" if column.unit and column.kind != "share" else ""
    write_note(sheet, *place, f"{capital(column.meaning)}{unit}")


def _heading_look(book: Book, column: Column) -> Format:
    align = {"align": "right"} if column.kind in _NUMBERS else {"align": "left", "indent": 1}
    return book.format(bold=True, font_color="#FFFFFF", bg_color=INK, text_wrap=True, valign="top", **align)


def _values(column: Column, found: pd.Series, flags: Mapping[bool, str]) -> pd.Series:
    """A column's values as they are written: numbers as floats (NaN where blank), the rest as text."""
    if column.kind in _NUMBERS:
        return pd.to_numeric(found).astype(float)
    if column.kind == "flag":
        return found.map(flags)
    texts = {value: "" if pd.isna(value) else text_of(value) for value in found.unique()}
    return found.map(texts)


def _write_column(
    book: Book, sheet: Worksheet, place: tuple[int, int], column: Column, values: pd.Series, wording: Wording
) -> None:
    top, index = place
    if column.kind not in _NUMBERS:
        # Text keeps off the numbers of the column before it.
        wraps = {"text_wrap": True} if column.kind in WRAPPED else {}
        look = book.format(num_format="@", align="left", valign="top", indent=1, **wraps)
        for line, text in enumerate(values.tolist(), top + 1):
            if wraps:
                sheet.set_row(line, max(_height(text, WRAPPED[column.kind] * RUNNING), _ROW))
            if text:
                # Never `write`: it would take '=…' for a formula and 'https:…' for a link.
                sheet.write_string(line, index, text, look)
        return
    looks = number_looks(book, column, values, wording)
    known = np.isfinite(values.to_numpy()).tolist()
    for line, (number, look, is_known) in enumerate(zip(values.tolist(), looks, known, strict=True), top + 1):
        if is_known:
            sheet.write_number(line, index, number, look)


def _make_table(
    book: Book, sheet: Worksheet, view: View, titles: list[str], area: tuple[int, int], wording: Wording
) -> None:
    top, count = area
    has_totals = bool(view.totals) and not cut(view)
    looks = [_heading_look(book, column) for column in view.columns]
    headers = [{"header": title, "header_format": look} for title, look in zip(titles, looks, strict=True)]
    if has_totals:
        _add_totals(view, headers, top)
    look = {"name": view.name, "columns": headers, "style": "Table Style Light 1", "total_row": has_totals}
    sheet.add_table(top, 0, top + count + has_totals, len(titles) - 1, look)
    if has_totals:
        _write_totals(book, sheet, view, top, wording)
    if view.faint:
        grey = {"type": "formula", "criteria": view.faint.format(line=top + 2), "format": book.format(font_color=FAINT)}
        sheet.conditional_format(top + 1, 0, top + count, len(titles) - 1, grey)


def _add_totals(view: View, headers: list[dict[str, Any]], top: int) -> None:
    headers[0]["total_string"] = view.total_label
    for header, column in zip(headers, view.columns, strict=True):
        if column.name in view.totals:
            header |= {"total_function": _total_formula(view, column, top), "total_value": view.total(column.name)}


def _total_formula(view: View, column: Column, top: int) -> str:
    def cells(name: str) -> str:
        letter = xl_col_to_name([known.name for known in view.columns].index(name))
        return f"${letter}${top + 2}:${letter}${top + 1 + len(view.rows)}"

    if view.totals[column.name] == "sum":
        return f"SUM({cells(column.name)})"
    return f"SUMPRODUCT({cells(PROBABILITY.name)},{cells(column.name)})"


def _write_totals(book: Book, sheet: Worksheet, view: View, top: int, wording: Wording) -> None:
    """Write the cells of the totals row again, in the looks of their columns."""
    line, rule = top + len(view.rows) + 1, {"bold": True, "top": 1}
    for index, column in enumerate(view.columns):
        if column.name in view.totals:
            total = view.total(column.name)
            look = number_looks(book, column, pd.Series([total]), wording, **rule)[0]
            sheet.write_formula(line, index, f"={_total_formula(view, column, top)}", look, total)
        else:
            text = view.total_label if index == 0 else ""
            sheet.write_string(line, index, text, book.format(align="left", indent=1, **rule))

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

from planner.excel.sheets import Book, write_note
from planner.plan.tables import Column
from planner.present.colours import FAINT, INK, WARNING
from planner.present.headings import heading
from planner.present.view import PROBABILITY, View
from planner.present.words import Wording, capital
from planner.report.formats import RUNNING, WRAPPED, number_looks, width
from planner.report.printing import (
    ABREAST,
    CHART_LINES,
    CHART_WIDTH,
    Area,
    chart_lines,
    heading_height,
    prepare_print,
)
from planner.scenario.cells import workbook_value

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
    """How many rows of a table do not fit on a sheet (then the last line says so, and there are no totals)."""
    room = EXCEL_ROWS - 1 - _lines_above(view)
    return max(0, len(view.rows) - (room - 1)) if len(view.rows) + bool(view.totals) > room else 0


def _lines_above(view: View) -> int:
    return len(view.notes) + chart_lines(view.charts)


def write_sheet(book: Book, view: View, wording: Wording, charts: Sequence[Chart] = (), csv: str = "") -> Worksheet:
    """Add a sheet with a table: notes and charts, headings, a row each below or 'none', totals, remarks.

    `csv` is the file that holds the table whole where it does not fit.
    """
    sheet = book.add_sheet(view.title)
    top = _write_above(book, sheet, view, charts)
    missing = cut(view)
    rows = view.rows.iloc[: len(view.rows) - missing]
    widths = _write_cells(book, sheet, view, rows, top, wording)
    last = top + max(len(rows), 1)
    if not len(rows):
        sheet.write_string(last, 0, view.empty, book.format(italic=True, font_color=FAINT))
    else:
        _make_table(book, sheet, view, (top, len(rows)), wording)
        last += bool(missing or view.totals)
    if missing:
        sheet.write_string(last, 0, cut_note(view, missing, csv), book.format(bold=True, font_color=WARNING))
    last = _write_remarks(book, sheet, view.remarks, last)
    prepare_print(sheet, Area(top, last, widths, view.charts, view.keys, view.spare))
    return sheet


def _write_cells(
    book: Book, sheet: Worksheet, view: View, rows: pd.DataFrame, top: int, wording: Wording
) -> list[float]:
    """Write headings, in the line `top`, and rows; the widths of the columns in characters."""
    titles = [heading(column, wording) for column in view.columns]
    cells = [_values(column, rows[column.name], view.flags) for column in view.columns]
    widths = []
    for index, (title, column, values) in enumerate(zip(titles, view.columns, cells, strict=True)):
        _write_heading(book, sheet, (top, index), title, column, wording)
        widths.append(width(title, column, _with_total(view, column, values)))
        sheet.set_column(index, index, widths[-1])
        _write_column(book, sheet, (top, index), column, values, wording)
    sheet.set_row(top, heading_height(titles, widths))
    _set_heights(sheet, top, view.columns, cells)
    return widths


def _set_heights(sheet: Worksheet, top: int, columns: Sequence[Column], cells: Sequence[pd.Series]) -> None:
    """Make rows as high as their longest text that goes over several lines."""
    wrapped = [
        [_height(text, WRAPPED[column.kind] * RUNNING) for text in texts]
        for column, texts in zip(columns, cells, strict=True)
        if column.kind in WRAPPED
    ]
    for line, heights in enumerate(zip(*wrapped, strict=True), top + 1):
        sheet.set_row(line, max(*heights, _ROW))


def _write_remarks(book: Book, sheet: Worksheet, remarks: Sequence[str], last: int) -> int:
    """Write the remarks, after an empty line below the line `last` of the table; the sheet's last line."""
    for line, remark in enumerate(remarks, last + 2):
        sheet.write_string(line, 0, text_of(remark), book.format(font_color=INK, indent=1))
    return last + 1 + len(remarks) if remarks else last


def _with_total(view: View, column: Column, values: pd.Series) -> pd.Series:
    """A column's values and what stands below them in the line of totals."""
    below = list[object]()
    if column.name in view.totals:
        below.append(view.total(column.name))
    elif view.totals and column is view.columns[0]:
        below.append(view.total_label)
    return pd.Series([*values, *below]) if below else values


def cut_note(view: View, missing: int, csv: str) -> str:
    """What the last line of a sheet that is cut says."""
    room = f"an Excel sheet of {EXCEL_ROWS:,} rows"
    return f"Cut here: {missing:,} more rows of {view.title} do not fit on {room}. All of them are in {csv}."


def _write_above(book: Book, sheet: Worksheet, view: View, charts: Sequence[Chart]) -> int:
    """Write the notes and place the charts; the line of the headings, below them."""
    look = book.format(font_color=INK, text_wrap=True, valign="vcenter", indent=1)
    for line, note in enumerate(view.notes):
        sheet.merge_range(line, 0, line, len(view.columns) - view.spare - 1, "", look)
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
            if text:
                # Never `write`: it would take '=…' for a formula and 'https:…' for a link.
                sheet.write_string(line, index, text, look)
        return
    looks = number_looks(book, column, values, wording)
    known = np.isfinite(values.to_numpy()).tolist()
    for line, (number, look, is_known) in enumerate(zip(values.tolist(), looks, known, strict=True), top + 1):
        if is_known:
            sheet.write_number(line, index, number, look)


def _make_table(book: Book, sheet: Worksheet, view: View, area: tuple[int, int], wording: Wording) -> None:
    (top, count), last = area, len(view.columns) - 1
    has_totals = bool(view.totals) and not cut(view)
    headers: list[dict[str, Any]] = [
        {"header": heading(column, wording), "header_format": _heading_look(book, column)} for column in view.columns
    ]
    if has_totals:
        _add_totals(view, headers, top)
    look = {"name": view.name, "columns": headers, "style": "Table Style Light 1", "total_row": has_totals}
    sheet.add_table(top, 0, top + count + has_totals, last, look)
    if has_totals:
        _write_totals(book, sheet, view, top, wording)
    if view.faint:
        grey = {"type": "formula", "criteria": view.faint.format(line=top + 2), "format": book.format(font_color=FAINT)}
        sheet.conditional_format(top + 1, 0, top + count, last, grey)


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

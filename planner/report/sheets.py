"""A sheet that holds a table: an Excel table with filters, ready to print and to pivot."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
from planner.report.formats import WORDS_WIDTH, heading, number_looks, width
from planner.report.view import PROBABILITY, View
from planner.scenario.cells import workbook_value
from planner.scenario.sheets import Book, write_note

EXCEL_ROWS = 1_048_576
"""Rows that a sheet can hold."""

CHARTED = frozenset({"futures", "costs", "sourcing"})
"""The tables on whose sheets charts stand above the rows."""

CHART_LINES, CHART_HEIGHT = 17, 324
"""Lines that a chart on a table's sheet takes, and its height in pixels."""

_CHARTS_WIDTH, _WIDEST_CHART = 1020, 560

_LONGEST = 32_767
"""Characters that a cell can hold."""

_HEADING_HEIGHT = 32
"""In points: two lines of text."""

_LINE, _HIGHEST = 15.5, 409
"""Height of a line of text, and the largest that a row can have, in points."""

_NOTE_WIDTH = 110
"""Characters in a line of a note, at least: the width of a narrow table."""

_NUMBERS = ("number", "count", "share")
_FLAG = {True: "yes", False: "no"}


def text_of(value: object) -> str:
    """A value as text that a cell can hold."""
    return str(workbook_value("text", value))[:_LONGEST]


def chart_width(count: int) -> int:
    """The width in pixels of each of the charts that stand beside each other above a table."""
    return min(_WIDEST_CHART, _CHARTS_WIDTH // max(count, 1))


def cut(view: View) -> int:
    """How many rows of a table do not fit on a sheet (then the last line tells so)."""
    room = EXCEL_ROWS - 1 - _lines_above(view)
    return max(0, len(view.rows) - (room - 1)) if len(view.rows) > room else 0


def _lines_above(view: View) -> int:
    return len(view.notes) + (CHART_LINES if view.name in CHARTED else 0)


def write_sheet(book: Book, view: View, wording: Wording, charts: Sequence[Chart] = (), csv: str = "") -> Worksheet:
    """Add a sheet with a table: notes and charts, headings, a row each below, totals; 'none' where there are no rows.

    `csv` is the file that holds the table whole where it does not fit.
    """
    sheet = book.add_sheet(view.title)
    top = _write_above(book, sheet, view, charts)
    missing = cut(view)
    rows = view.rows.iloc[: len(view.rows) - missing]
    titles = [heading(column, wording) for column in view.columns]
    for index, (title, column) in enumerate(zip(titles, view.columns, strict=True)):
        _write_heading(book, sheet, (top, index), title, column, wording)
        values = _values(column, rows[column.name])
        sheet.set_column(index, index, width(title, column, values))
        _write_column(book, sheet, (top, index), column, values, wording)
    if len(rows):
        _make_table(book, sheet, view, titles, (top, len(rows)), wording)
    else:
        sheet.write_string(top + 1, 0, view.empty, book.format(italic=True, font_color=FAINT))
    if missing:
        note = book.format(bold=True, font_color=WARNING)
        sheet.write_string(top + len(rows) + 1, 0, cut_note(view, missing, csv), note)
    _prepare_print(sheet, top)
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
        at = {"x_offset": 8 + number * (chart_width(len(charts)) + 8), "y_offset": 4}
        sheet.insert_chart(len(view.notes), 0, chart, at)
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


def _values(column: Column, found: pd.Series) -> pd.Series:
    """A column's values as they are written: numbers as floats (NaN where blank), the rest as text."""
    if column.kind in _NUMBERS:
        return pd.to_numeric(found).astype(float)
    if column.kind == "flag":
        return found.map(_FLAG)
    texts = {value: "" if pd.isna(value) else text_of(value) for value in found.unique()}
    return found.map(texts)


def _write_column(
    book: Book, sheet: Worksheet, place: tuple[int, int], column: Column, values: pd.Series, wording: Wording
) -> None:
    top, index = place
    if column.kind not in _NUMBERS:
        # Text keeps off the numbers of the column before it.
        wraps = {"text_wrap": True} if column.kind == "words" else {}
        look = book.format(num_format="@", align="left", valign="top", indent=1, **wraps)
        for line, text in enumerate(values.tolist(), top + 1):
            if wraps:
                sheet.set_row(line, _height(text, WORDS_WIDTH))
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
        grey = {"type": "formula", "criteria": view.faint, "format": book.format(font_color=FAINT)}
        sheet.conditional_format(top + 1, 0, top + count, len(titles) - 1, grey)


def _add_totals(view: View, headers: list[dict[str, Any]], top: int) -> None:
    headers[0]["total_string"] = _total_label(view)
    for header, column in zip(headers, view.columns, strict=True):
        if column.name in view.totals:
            header |= {"total_function": _total_formula(view, column, top), "total_value": view.total(column.name)}


def _total_label(view: View) -> str:
    return "On average" if "mean" in view.totals.values() else "Total"


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
            text = _total_label(view) if index == 0 else ""
            sheet.write_string(line, index, text, book.format(align="left", indent=1, **rule))


def _prepare_print(sheet: Worksheet, top: int) -> None:
    sheet.set_row(top, _HEADING_HEIGHT)
    # Below charts headings that stay would leave no room for rows.
    if top < CHART_LINES:
        sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    # Names that look like numbers are meant as text: no green corner for them.
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def set_page(sheet: Worksheet, title: str, subtitle: str) -> None:
    """Landscape A4, as wide as one page, with what it is on top and page numbers below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    sheet.set_header(f"&L&10{_plain(title)}&R&10&A")
    sheet.set_footer(f"&L&8{_plain(subtitle)}&R&8Page &P of &N")


def _plain(text: str) -> str:
    """Text for a header: '&' begins a code there, and there is room for 255 characters."""
    short = text if len(text) <= 100 else f"{text[:99]}…"
    return short.replace("&", "&&")

"""A sheet that holds a table: an Excel table with filters, ready to print and to pivot."""

from __future__ import annotations

import numpy as np
import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.plan.tables import Column
from planner.plan.words import Wording, capital
from planner.report.formats import FAINT, INK, WARNING, heading, number_looks, width
from planner.report.views import View
from planner.scenario.cells import workbook_value
from planner.scenario.sheets import Book, write_note

EXCEL_ROWS = 1_048_576
"""Rows that a sheet can hold."""

_LONGEST = 32_767
"""Characters that a cell can hold."""

_HEADING_HEIGHT = 32
"""In points: two lines of text."""

_NUMBERS = ("number", "count", "share")
_FLAG = {True: "yes", False: "no"}


def text_of(value: object) -> str:
    """A value as text that a cell can hold."""
    return str(workbook_value("text", value))[:_LONGEST]


def cut(view: View) -> int:
    """How many rows of a table do not fit on a sheet (then the last line tells so)."""
    return max(0, len(view.rows) - (EXCEL_ROWS - 2)) if len(view.rows) > EXCEL_ROWS - 1 else 0


def write_sheet(book: Book, view: View, wording: Wording) -> Worksheet:
    """Add a sheet with a table: headings in line 1, a row each below; 'none' where there are no rows."""
    sheet = book.add_sheet(view.title)
    missing = cut(view)
    rows = view.rows.iloc[: len(view.rows) - missing]
    titles = [heading(column, wording) for column in view.columns]
    for index, (title, column) in enumerate(zip(titles, view.columns, strict=True)):
        _write_heading(book, sheet, index, title, column, wording)
        values = _values(column, rows[column.name])
        sheet.set_column(index, index, width(title, column, values))
        _write_column(book, sheet, index, column, values, wording)
    if len(rows):
        _make_table(book, sheet, view, titles, len(rows))
    else:
        sheet.write_string(1, 0, "none", book.format(italic=True, font_color=FAINT))
    if missing:
        sheet.write_string(len(rows) + 1, 0, cut_note(view, missing), book.format(bold=True, font_color=WARNING))
    _prepare_print(sheet)
    return sheet


def cut_note(view: View, missing: int) -> str:
    """What the last line of a sheet that is cut says."""
    return f"Cut here: {missing:,} more rows of {view.title} do not fit on an Excel sheet of {EXCEL_ROWS:,} rows."


def _write_heading(book: Book, sheet: Worksheet, index: int, title: str, column: Column, wording: Wording) -> None:
    sheet.write_string(0, index, title, _heading_look(book, column))
    unit = f"\nUnit: {wording.unit(column.unit)}" if column.unit and column.kind != "share" else ""
    write_note(sheet, 0, index, f"{capital(column.meaning)}{unit}")


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
    book: Book, sheet: Worksheet, index: int, column: Column, values: pd.Series, wording: Wording
) -> None:
    if column.kind not in _NUMBERS:
        # Text keeps off the numbers of the column before it.
        look = book.format(num_format="@", align="left", indent=1)
        for line, text in enumerate(values.tolist(), 1):
            if text:
                # Never `write`: it would take '=…' for a formula and 'https:…' for a link.
                sheet.write_string(line, index, text, look)
        return
    looks = number_looks(book, column, values, wording)
    known = np.isfinite(values.to_numpy()).tolist()
    for line, (number, look, is_known) in enumerate(zip(values.tolist(), looks, known, strict=True), 1):
        if is_known:
            sheet.write_number(line, index, number, look)


def _make_table(book: Book, sheet: Worksheet, view: View, titles: list[str], count: int) -> None:
    looks = [_heading_look(book, column) for column in view.columns]
    headers = [{"header": title, "header_format": look} for title, look in zip(titles, looks, strict=True)]
    look = {"name": view.name, "columns": headers, "style": "Table Style Light 1"}
    sheet.add_table(0, 0, count, len(titles) - 1, look)
    if view.faint:
        grey = {"type": "formula", "criteria": view.faint, "format": book.format(font_color=FAINT)}
        sheet.conditional_format(1, 0, count, len(titles) - 1, grey)


def _prepare_print(sheet: Worksheet) -> None:
    sheet.set_row(0, _HEADING_HEIGHT)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
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

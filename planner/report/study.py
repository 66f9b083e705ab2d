"""The workbook of a study: what comes out in sentences, then its tables, each with the charts of its own figures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from planner.excel.sheets import Book, write_book
from planner.present.colours import FAINT, INK, PALETTE, RULE
from planner.present.headings import heading
from planner.present.view import View
from planner.present.words import Wording
from planner.report.chart_looks import axis, below_bars, dress, upright
from planner.report.printing import chart_lines, set_page
from planner.report.sheets import text_of, write_sheet

_TEXT_WIDTH, _FIRST, _COLUMNS, _COLUMN = 130, 30, 8, 15
"""Characters in a line of text on the first sheet; widths of its columns, and how many text goes over."""

_LINE, _HIGHEST = 15.5, 409.0

_SIZE = {"width": 560, "height": 340}


@dataclass(frozen=True)
class Drawing:
    """A chart of a table's own rows: columns `amounts` along the column `along`."""

    title: str
    kind: Literal["bar", "line", "scatter"]
    along: str
    amounts: tuple[str, ...]


@dataclass(frozen=True)
class StudySheet:
    """A table and its charts; `heat` are columns of numbers shown as a heat map, the less the darker."""

    view: View
    drawings: tuple[Drawing, ...] = ()
    heat: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    """What a study's workbook holds: title, what was asked, what comes out in sentences, and its tables."""

    title: str
    asked: str
    sentences: tuple[str, ...]
    sheets: tuple[StudySheet, ...]
    currency: str


def write_study(study: Study, path: Path) -> Path:
    """Write a study as a workbook: see `write_book`."""
    return write_book(path, lambda book: _fill(book, study))


def _fill(book: Book, study: Study) -> None:
    wording = Wording(study.currency)
    sheet = book.add_sheet("Summary")
    sheet.set_column(0, 0, _FIRST)
    sheet.set_column(1, _COLUMNS, _COLUMN)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, text_of(study.title), book.format(font_color=INK, bold=True, font_size=16))
    line = 1
    for number, text in enumerate([study.asked, *study.sentences]):
        look = book.format(text_wrap=True, valign="vcenter", font_color=INK if number else FAINT)
        sheet.merge_range(line, 0, line, _COLUMNS, "", look)
        sheet.write_string(line, 0, text_of(text), look)
        sheet.set_row(line, min(_LINE * math.ceil(len(text) / _TEXT_WIDTH), _HIGHEST))
        line += 1
    _contents(book, sheet, study, line + 1)
    set_page(sheet, study.title, study.asked)
    for one in study.sheets:
        shown = one.drawings if len(one.view.rows) else ()
        view = replace(one.view, charts=len(shown))
        made = [_chart(book, view, drawing, wording) for drawing in shown]
        table = write_sheet(book, view, wording, made)
        _warm(table, view, one.heat)
        set_page(table, study.title, view.title)


def _warm(sheet: Worksheet, view: View, heat: tuple[str, ...]) -> None:
    """Colour columns by their numbers, in shades that show by lightness alone."""
    names, top = [column.name for column in view.columns], len(view.notes) + chart_lines(view.charts)
    if not heat or not len(view.rows):
        return
    places = [names.index(name) for name in heat]
    shades = {"type": "3_color_scale", "min_color": "#B2182B", "mid_color": "#FDDBC7", "max_color": "#F7F7F7"}
    sheet.conditional_format(top + 1, min(places), top + len(view.rows), max(places), shades)


def _contents(book: Book, sheet: Worksheet, study: Study, line: int) -> None:
    rule = book.format(font_color=INK, bold=True, font_size=12, bottom=1, bottom_color=RULE)
    link = book.format(font_color="#0563C1", underline=1)
    for column in range(_COLUMNS + 1):
        sheet.write_string(line, column, "" if column else "In this workbook", rule)
    for number, one in enumerate(study.sheets, line + 1):
        sheet.write_url(number, 0, f"internal:'{one.view.title}'!A1", link, one.view.title)
        sheet.write_string(number, 1, one.view.meaning, book.format(font_color=FAINT))


def _chart(book: Book, view: View, drawing: Drawing, wording: Wording) -> Chart:
    """A native chart that refers to the cells of the table below it."""
    made = {"type": drawing.kind} | ({"subtype": "straight_with_markers"} if drawing.kind == "scatter" else {})
    chart: Chart = book.workbook.add_chart(made)
    top = len(view.notes) + chart_lines(view.charts)
    first, last = top + 1, top + len(view.rows)
    names = [column.name for column in view.columns]
    headings = {column.name: heading(column, wording).replace("\n", " ") for column in view.columns}
    along = names.index(drawing.along)
    for number, amount in enumerate(drawing.amounts):
        column, colour = names.index(amount), PALETTE[number % len(PALETTE)]
        is_bar, line = drawing.kind == "bar", {"color": colour, "width": 2}
        look = {"fill": {"color": colour}, "gap": 60} if is_bar else {"line": line}
        chart.add_series(
            {
                "name": headings[amount],
                "categories": [view.title, first, along, last, along],
                "values": [view.title, first, column, last, column],
                "marker": {"type": "circle", "size": 5, "fill": {"color": colour}},
            }
            | look
        )
    if drawing.kind == "bar":
        chart.set_y_axis(upright())
        chart.set_x_axis(below_bars(headings[drawing.amounts[0]]))
    else:
        chart.set_x_axis(axis(headings[drawing.along]))
        chart.set_y_axis(axis(headings[drawing.amounts[0]], grid=True))
    dress(chart, drawing.title, has_legend=len(drawing.amounts) > 1)
    chart.set_size(_SIZE)
    return chart

"""The starter as a workbook to fill in: six sheets with an example, behind a first sheet that says how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from planner.excel.paper import set_paper
from planner.excel.sheets import Book, new_book, write_note
from planner.files import write_whole
from planner.scenario.headings import HOW_TO_SHEET
from planner.scenario.starter_sheets import SHEETS, Sheet

MONTHS = ("2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09",
           "2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03")  # fmt: skip

Rows = Mapping[str, Sequence[Sequence[Any]]]

EXAMPLE: Rows = {
    "products": [
        ["e-3W motor", "India", 12000, 900, *[900] * 12],
        ["e-bus motor", "India", 180000, 9000, *[40] * 12],
    ],
    "magnets": [
        ["e-3W motor", None, "N38SH", "heavy", 0.9],
        ["e-3W motor", "e-3W ferrite", "Ferrite Y30", "ferrite", 3.5, 4, 250, 6, 1500000],
        ["e-bus motor", None, "N42UH", "heavy", 6.5],
    ],
    "prices": [
        ["Ningbo", "China", "N38SH", 38, "USD", 0.6, 7.5, 2, 900, 200, "China heavy"],
        ["Ganzhou", "China", "N42UH", 52, "USD", 0.6, 7.5, 2, 300, 100, "China heavy"],
        ["Nagoya", "Japan", "N38SH", 96, "USD", 0.8, 7.5, 3, 400],
        ["Nagoya", "Japan", "N42UH", 128, "USD", 0.8, 7.5, 3, 200],
        ["Pune Ferrites", "India", "Ferrite Y30", 310, None, None, None, 1, 6000],
    ],
    "stock": [
        ["N38SH", 2600],
        ["N42UH", 800],
        ["N38SH", 400, "Nagoya", "2026-05"],
    ],
    "licences": [
        ["China heavy", "August", 30, "together", "2026-02"],
        ["China heavy", "4 months later", 50],
        ["China heavy", "never", 20],
    ],
    "settings": [
        ["title", "e-motor maker, first look"],
        ["currency", "INR"],
        ["first month", "2026-04"],
        ["months", 12],
        ["months a period", 1],
        ["USD", 85],
    ],
}
"""A worked example that solves as it stands: a maker of e-3-wheeler and bus motors."""

_INTRODUCTION = (
    "This is the short form of a scenario: six sheets, an example on each. Type your own rows over it, from left to "
    "right. Units stand in the headings; point at a heading to read what it means."
)
_STEPS = (
    "Without a command line: start the page (double-click 'Start planner' or type: planner serve), open it in the "
    "browser, and choose this workbook. The page checks it, solves it, and gives the report as a workbook.",
    "On the command line: planner check my.xlsx, then planner solve my.xlsx --report plan.xlsx.",
    "To go on from here: planner import my.xlsx my-folder writes the full form, every table of it; "
    "planner export my-folder full.xlsx makes a workbook of that. The report shows all that was made of your rows.",
)
_BLUE, _GREY = "#1F3864", "#7F8FA9"
_NARROW, _WIDE = 11, 22


def write_starter(path: Path, rows: Rows = EXAMPLE, months: Sequence[str] = MONTHS) -> None:
    """Write a starter to `path`, with the example or with `rows` by sheet and demand in `months`.

    Raises OutputError where it cannot be written.
    """

    def write(temporary: Path) -> None:
        with new_book(temporary) as book:
            _write_first(book)
            for sheet in SHEETS:
                _write_sheet(book, sheet, rows[sheet.key], months)

    write_whole(path, write)


def _write_first(book: Book) -> None:
    page = book.add_sheet(HOW_TO_SHEET)
    page.hide_gridlines(2)
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 100)
    page.merge_range(0, 0, 0, 1, "The planner's short form", book.format(bold=True, font_size=18, font_color=_BLUE))
    page.set_row(0, 30)
    wrapped = book.format(text_wrap=True, valign="top")
    page.merge_range(1, 0, 1, 1, _INTRODUCTION, wrapped)
    page.set_row(1, 32)
    line = 3
    for number, step in enumerate(_STEPS, 1):
        page.write_string(line, 0, f"Step {number}", book.format(bold=True, valign="top"))
        page.write_string(line, 1, step, wrapped)
        page.set_row(line, 15 * (1 + len(step) // 100))
        line += 1
    line += 1
    for sheet in SHEETS:
        link = book.format(font_color="#0563C1", underline=True, valign="top")
        page.write_url(line, 0, f"internal:'{sheet.title}'!A1", link, sheet.title)
        page.write_string(line, 1, sheet.asks, wrapped)
        line += 1
    page.set_tab_color("#2E7D32")
    set_paper(page)
    page.fit_to_pages(1, 0)
    page.activate()


def _write_sheet(book: Book, sheet: Sheet, rows: Sequence[Sequence[Any]], months: Sequence[str]) -> None:
    page = book.add_sheet(sheet.title)
    page.write_string(0, 0, f"# {sheet.asks}", book.format(italic=True, font_color="#7F7F7F"))
    for index, column in enumerate(sheet.fields):
        _heading(book, page, index, column.heading, column.required)
        write_note(page, 1, index, f"{column.meaning}{'' if column.required else ' (may stay blank)'}")
        page.set_column(index, index, _width(column.heading, [row[index] for row in rows if index < len(row)]))
    for index, month in enumerate(months if sheet.has_months else (), len(sheet.fields)):
        _heading(book, page, index, month, required=True)
        page.set_column(index, index, _NARROW)
    for line, row in enumerate(rows, 2):
        for index, value in enumerate(row):
            _cell(book, page, line, index, value)
    page.set_row(1, 64)
    page.freeze_panes(2, 1)
    page.set_tab_color(_BLUE)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    set_paper(page)
    page.fit_to_pages(1, 0)


def _heading(book: Book, page: Worksheet, index: int, text: str, required: bool) -> None:
    look = book.format(
        bold=True, font_color="#FFFFFF", bg_color=_BLUE if required else _GREY, text_wrap=True, valign="top", indent=1,
        num_format="@",
    )  # fmt: skip
    page.write_string(1, index, text, look)


def _width(heading: str, values: Sequence[Any]) -> int:
    longest = max((len(str(value)) for value in values if value is not None), default=0)
    words = max(len(word) for word in heading.split())
    return min(_WIDE + 8, max(_NARROW, words + 3, longest + 3))


def _cell(book: Book, page: Worksheet, line: int, index: int, value: Any) -> None:
    if isinstance(value, str):
        page.write_string(line, index, value, book.format(num_format="@", indent=1, align="left"))
    elif value is not None:
        page.write_number(line, index, value, book.format(num_format="#,##0.###" if value % 1 else "#,##0"))

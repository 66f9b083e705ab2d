"""The report of a scenario that has no plan: why not, and what would give it one."""

from __future__ import annotations

import math
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from planner.excel.sheets import Book, write_book
from planner.plan.explanation import Explanation
from planner.present.colours import INK, RULE
from planner.present.words import Wording
from planner.report.printing import set_page
from planner.report.sheets import text_of
from planner.scenario.load import Loaded

TITLE = "No plan"

_HEADINGS = ("Change", "Cell", "Field", "Of", "From", "To")
_WIDTHS = (14, 22, 24, 30, 16, 16)
_LINE = 15.5
"""Height of a line of text, in points."""


def write_no_plan(loaded: Loaded, explanation: Explanation, path: Path) -> Path:
    """Write the explanation as a workbook: see `write_book`."""
    return write_book(path, lambda book: _fill(book, book.add_sheet(TITLE), loaded, explanation))


def _fill(book: Book, sheet: Worksheet, loaded: Loaded, explanation: Explanation) -> None:
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    title = loaded.scenario.settings.title
    strategy = f", strategy {loaded.strategy}" if loaded.strategy else ""
    sheet.write_string(0, 0, text_of(f"{title}{strategy}"), book.format(bold=True, font_size=16, font_color=INK))
    line = _paragraph(book, sheet, 1, "No plan can satisfy every row of this scenario.", bold=True)
    for heading, reasons in explanation.said:
        line = _heading(book, sheet, line + 1, heading)
        for reason in reasons:
            line = _paragraph(book, sheet, line, reason.text)
    if loaded.warnings:
        line = _heading(book, sheet, line + 1, "Warnings")
        for warning in loaded.warnings:
            line = _paragraph(book, sheet, line, str(warning))
    line = _heading(book, sheet, line + 1, explanation.repairs_heading)
    _repairs(book, sheet, line, explanation, Wording(loaded.scenario.settings.currency))
    sheet.hide_gridlines(2)
    sheet.fit_to_pages(1, 0)
    set_page(sheet, title, f"{loaded.scenario.name}{strategy}: no plan")


def _heading(book: Book, sheet: Worksheet, line: int, text: str) -> int:
    look = book.format(bold=True, font_size=12, font_color=INK, bottom=1, bottom_color=RULE)
    for column in range(len(_WIDTHS)):
        sheet.write_string(line, column, text if column == 0 else "", look)
    return line + 1


def _paragraph(book: Book, sheet: Worksheet, line: int, text: str, bold: bool = False) -> int:
    look = book.format(text_wrap=True, valign="vcenter", bold=bold)
    sheet.merge_range(line, 0, line, len(_WIDTHS) - 1, "", look)
    sheet.write_string(line, 0, text_of(text), look)
    sheet.set_row(line, _LINE * max(1, math.ceil(len(text) / sum(_WIDTHS))))
    return line + 1


def _repairs(book: Book, sheet: Worksheet, line: int, explanation: Explanation, wording: Wording) -> None:
    """A line a cell; the expected cost of a plan of the repaired scenario stands below each repair."""
    for column, heading in enumerate(_HEADINGS if explanation.repairs else ()):
        sheet.write_string(line, column, heading, book.format(bold=True, font_color=INK))
    for number, repair in enumerate(explanation.repairs, start=1):
        for change in repair.changes:
            line += 1
            texts = (str(number), change.cell, change.field, change.key, change.old_text, change.new_text)
            for column, text in enumerate(texts):
                sheet.write_string(line, column, text_of(text))
        line += 1
        cost = f"With it a plan is expected to cost about {wording.money(repair.expected_cost)}."
        sheet.write_string(line, 1, cost, book.format(italic=True))

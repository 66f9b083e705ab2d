"""The template: a workbook that a planner can fill in without a manual.

It is the worked example in `example/`, written as every scenario is, behind a first sheet that says how.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xlsxwriter.worksheet import Worksheet

from planner.excel.paper import set_paper
from planner.excel.sheets import Book, new_book
from planner.excel.workbook import write_tables
from planner.files import write_whole
from planner.scenario.columns import column_fields, columns_in_order
from planner.scenario.folder import read_folder
from planner.scenario.headings import HOW_TO_SHEET
from planner.scenario.how_to_say import HOW_TO_SAY
from planner.scenario.raw import RawTable
from planner.scenario.tables import tables

EXAMPLE = Path(__file__).with_name("example")
"""The worked example: a scenario folder that solves as it stands."""

_TITLE = "A scenario for the magnet planner"
_INTRODUCTION = (
    "This workbook asks one planning question: what to buy, from whom, and when. It holds a small worked example that "
    "solves as it stands; type your own rows over it, sheet by sheet, from left to right."
)
_STEPS: dict[str, tuple[str, ...]] = {
    "Save this workbook under a name of your own, such as my.xlsx.": (),
    "Fill in the required sheets (dark blue tabs). They are marked below.": (),
    "Fill in the optional sheets (grey tabs) that matter to you, and delete the example's rows from the others.": (),
    "Check and solve it on the page: start it (double-click 'Start planner', or type the command), upload this "
    "workbook, and take the plan as a workbook. The page names every cell that is wrong.": ("planner serve",),
    "Or on the command line. The second command gives the workbook back with every problem coloured, the last one "
    "solves with one of your strategies.": (
        "planner check my.xlsx",
        "planner check my.xlsx --annotate marked.xlsx",
        "planner solve my.xlsx --report plan.xlsx",
        "planner solve my.xlsx --strategy no-china --report plan.xlsx",
    ),
}
"""Each step, and what is typed for it."""
_COMMAND = (
    "If planner is not found as a command: installed as the README says, it is .venv/bin/planner in its own folder "
    "(Windows: .venv\\Scripts\\planner)."
)

_RULES = {
    "Headings": (
        "Point at a heading to see what the column means, its unit, and what a blank cell stands for. Columns with a "
        "dark blue heading are required; those with a grey heading may stay blank or be deleted."
    ),
    "Other columns": (
        "Columns of your own are not allowed on these sheets: delete them, or put their text into the column note (or "
        "on a sheet of your own)."
    ),
    "Blank cells": "A blank cell takes the default that its heading shows. That is not always zero.",
    "Months": "Type 2026-04 for April 2026, or enter a date. Any month of a period names the period.",
    "Demand": (
        "The sheet demand has a column for each period, headed by its first month. Change the headings to your own "
        "months, and add or delete columns, so that they fit start, periods and period_months on the sheet settings."
    ),
    "Shares and rates": "Written from 0 to 1: for 30 % type 0.3.",
    "Numbers": (
        "Digits alone, without signs of currency or units: the heading's comment shows the unit. Money is in the base "
        "currency of the sheet settings, unless the comment says otherwise."
    ),
    "Names": (
        "A supplier, material or licence is spelt alike on all sheets. Where a column asks for a name from another "
        "sheet, its drop-down offers all names typed there, new ones at once."
    ),
    "Lists": "Several names in one cell are separated by ;",
    "Comments": (
        "A row whose first cell begins with # is left out. The columns source and note are yours: they are kept and "
        "not used."
    ),
    "Strategies": (
        "A row of the sheet strategies sets one cell to another value, for the strategy named in its first column: "
        "table is the sheet, key the name of the row, field the column. Where two columns name a row, key has both, "
        "joined by / as in e-3W light/NdFeB light."
    ),
    "Other sheets": "Add sheets of your own as you like: they are left alone. Do not rename these, nor their headings.",
}
_LIST_HEADS = ("sheet", "needed", "what it holds")

_BLUE, _GREY = "#1F3864", "#7F8FA9"
_WIDTHS = (20, 11, 105)
_CHARACTERS = (130, 112, 105)
"""Characters that fit on a line that starts at the first, second or third column."""
_LINE_HEIGHT = 15


def write_template(path: Path) -> None:
    """Write the template to `path`; raises OutputError where it cannot be written."""
    write_whole(path, _write)


def _write(path: Path) -> None:
    example = read_folder(EXAMPLE)
    whole = {name: _whole(name, example.tables.get(name)) for name in tables()}
    with new_book(path) as book:
        _write_first_sheet(book)
        write_tables(book, replace(example, tables=whole))


def _whole(name: str, example: RawTable | None) -> RawTable:
    """A table with every column that it may have, and the example's rows where it has some."""
    given = columns_in_order(example) if example else []
    fields = list(column_fields(name))
    own = [field for field in fields if field not in ("source", "note")]
    periods = [column for column in given if column not in fields]
    columns = {column: index for index, column in enumerate([*own, *periods, *fields[len(own) :]])}
    return RawTable(name, name, columns, example.rows if example else [])


# --- the first sheet -----------------------------------------------------------------------------------


@dataclass
class _Page:
    """The first sheet while it is written from top to bottom; `line` is the next one, 0-based."""

    book: Book
    sheet: Worksheet
    line: int = 0

    def text(self, text: str, column: int = 0, height: int = _LINE_HEIGHT, **look: Any) -> None:
        """Text over all columns from `column` on, in a row high enough for it, and on to the next line."""
        shape = self.book.format(text_wrap=True, valign="top", **look)
        last = len(_WIDTHS) - 1
        if column == last:
            self.sheet.write_string(self.line, column, text, shape)
        else:
            self.sheet.merge_range(self.line, column, self.line, last, text, shape)
        self.sheet.set_row(self.line, height * (1 + len(text) // _CHARACTERS[column]))
        self.line += 1

    def label(self, text: str, column: int = 0, **look: Any) -> None:
        """Text in one cell; stays on the line."""
        self.sheet.write_string(self.line, column, text, self.book.format(valign="top", **look))

    def heading(self, text: str) -> None:
        """A heading, after a blank line."""
        self.line += 1
        self.text(text, height=18, bold=True, font_size=13, font_color=_BLUE)


def _write_first_sheet(book: Book) -> None:
    sheet = book.add_sheet(HOW_TO_SHEET)
    sheet.hide_gridlines(2)
    for index, width in enumerate(_WIDTHS):
        sheet.set_column(index, index, width)
    page = _Page(book, sheet)
    page.text(_TITLE, height=30, bold=True, font_size=18, font_color=_BLUE)
    page.text(_INTRODUCTION)
    _write_steps(page)
    _write_list(page)
    _write_rules(page)
    _write_how_to_say(page)
    sheet.set_tab_color("#2E7D32")
    set_paper(sheet)
    sheet.fit_to_pages(1, 0)
    sheet.activate()


def _write_steps(page: _Page) -> None:
    page.heading("In five steps")
    for number, (step, commands) in enumerate(_STEPS.items(), start=1):
        page.label(f"Step {number}", bold=True)
        page.text(step, 1)
        for command in commands:
            page.text(command, 1, font_name="Consolas", bg_color="#F2F2F2")
    page.text(_COMMAND, 1, italic=True, font_color="#595959")


def _write_list(page: _Page) -> None:
    """All tables, each with a link to its sheet."""
    page.heading("The sheets, in the order in which to think of them")
    for index, head in enumerate(_LIST_HEADS):
        page.label(head, index, bold=True, font_color="#FFFFFF", bg_color=_BLUE)
    page.line += 1
    link = page.book.format(font_color="#0563C1", underline=True, valign="top")
    for table in tables().values():
        page.sheet.write_url(page.line, 0, f"internal:'{table.name}'!A1", link, table.name)
        needed, colour = ("required", _BLUE) if table.required else ("optional", _GREY)
        page.label(needed, 1, bold=table.required, font_color=colour)
        page.text(table.meaning, 2)


def _write_rules(page: _Page) -> None:
    page.heading("How cells are written")
    for name, rule in _RULES.items():
        page.label(name, bold=True)
        page.text(rule, 1)


def _write_how_to_say(page: _Page) -> None:
    page.heading("How do I say …")
    for wanted, how in HOW_TO_SAY.items():
        page.text(wanted, bold=True)
        page.text(how, 1)

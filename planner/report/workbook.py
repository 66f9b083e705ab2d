"""The report: a plan as an Excel workbook, the answer on its first sheet and the evidence behind it.

It is written with XlsxWriter, which writes native tables, charts, comments and filters more than twice as fast as
openpyxl and in half the memory. Its constant-memory mode would save more memory, but writes no native tables, repeats
each text in every cell, and fills no caches of charts, which then stay empty in viewers that do not calculate.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from planner.excel.sheets import Book, new_book
from planner.excel.workbook import INPUT, write_tables
from planner.files import here_or_beside, write_together
from planner.plan.plan import Plan
from planner.present.view import View
from planner.present.views import views
from planner.present.words import Wording
from planner.report import about, by_month, chart_looks, charts, summary
from planner.report.long import csv_path, write_csv
from planner.report.printing import set_page
from planner.report.sheets import cut, cut_note, write_sheet
from planner.scenario.load import Loaded
from planner.scenario.tables import tables

_BACKGROUND = ("nodes", "paths")
"""Tables that only programs and the curious look for."""
_ALWAYS = ("now_decisions", "orders", "shortage")
"""Tables whose being empty is an answer."""


def write_report(loaded: Loaded, plan: Plan, path: Path) -> list[Path]:
    """Write the report of a plan: whole, or not at all. The files written, the workbook first.

    A table with more rows than a sheet can hold is written whole as CSV beside it. Where the workbook or such a table
    is open in Excel all of them get a second name.

    Raises:
        OutputError: it cannot be written; what stood at `path` still stands.
    """
    wording = Wording(loaded.scenario.settings.currency, loaded.scenario.counted)
    drawn = charts.Charts(loaded, plan, wording)
    shown = [replace(view, charts=drawn.count(view.name)) for view in views(loaded, plan)]

    def write(report: Path) -> list[Path]:
        def fill(temporary: Path) -> None:
            with new_book(temporary) as book:
                _Report(book, loaded, plan, wording, report).fill(shown, drawn)

        whole = {csv_path(report, view): partial(write_csv, view, wording) for view in shown if cut(view)}
        files = {report: fill} | whole
        write_together(files)
        return list(files)

    return here_or_beside(path, write)


class _Report:
    """A report while it is written to a workbook."""

    def __init__(self, book: Book, loaded: Loaded, plan: Plan, wording: Wording, path: Path) -> None:
        self._book, self._loaded, self._plan, self._wording, self._path = book, loaded, plan, wording, path
        self._sheets: list[Worksheet] = []
        self._contents: list[summary.Entry] = []
        self._notes: list[str] = []

    def fill(self, shown: list[View], drawn: charts.Charts) -> None:
        """Write all sheets; the first ones last, as they mention the others."""
        first = self._book.add_sheet(summary.TITLE)
        grids = self._book.add_sheet(by_month.TITLE)
        self._add(grids, by_month.TITLE, by_month.MEANING)
        for view in shown:
            self._add_table(view, drawn)
        self._add(drawn.write(self._book), chart_looks.FIGURES, chart_looks.MEANING)
        self._add_inputs()
        self._add(about.write_about(self._book, self._loaded, self._plan), about.TITLE, about.MEANING)
        self._sheets.append(by_month.write_by_month(self._book, grids, self._plan, self._wording))
        shown_first = drawn.of_summary(self._book, summary.CHART)
        summary.write_summary(self._book, first, self._loaded, self._plan, self._contents, shown_first, self._notes)
        self._finish([first, *self._sheets])

    def _add(self, sheet: Worksheet, title: str, meaning: str, rows: int | None = None, hidden: bool = False) -> None:
        """Keep a sheet for the list of contents; one that few look for is hidden, and said to be."""
        self._sheets.append(sheet)
        self._contents.append(summary.Entry(title, rows, meaning, hidden))
        if hidden:
            sheet.hide()

    def _add_table(self, view: View, drawn: charts.Charts) -> None:
        csv = csv_path(self._path, view).name
        sheet = write_sheet(self._book, view, self._wording, drawn.of_table(self._book, view.name), csv)
        hidden = view.name in _BACKGROUND or (view.rows.empty and view.name not in _ALWAYS)
        self._add(sheet, view.title, view.meaning, len(view.rows), hidden)
        if missing := cut(view):
            self._notes.append(cut_note(view, missing, csv))

    def _add_inputs(self) -> None:
        """The scenario as it was solved, on sheets that the reader of workbooks takes for its tables."""
        for name, table in write_tables(self._book, self._loaded.raw, INPUT).items():
            rows = len(list(self._loaded.raw.tables[name].data_rows()))
            self._add(table.sheet, table.sheet.get_name(), tables()[name].meaning.rstrip("."), rows, hidden=True)

    def _finish(self, sheets: list[Worksheet]) -> None:
        loaded = self._loaded
        title = loaded.scenario.settings.title
        strategy = f", strategy {loaded.strategy}" if loaded.strategy else ""
        made = str(self._plan.provenance.get("started", ""))[:10]
        for sheet in sheets:
            set_page(sheet, f"{title}{strategy}", f"Plan of {loaded.scenario.name}{strategy} {made}".rstrip())
        self._book.workbook.set_properties({"title": title, "subject": "procurement plan"})

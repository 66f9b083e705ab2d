"""One table as a workbook of one sheet."""

from __future__ import annotations

from pathlib import Path

from planner.excel.sheets import new_book
from planner.files import write_whole_or_beside
from planner.present.view import View
from planner.present.words import Wording
from planner.report.sheets import write_sheet


def write_table(view: View, currency: str, path: Path) -> Path:
    """Write a table as a workbook, whole; under a second name where the one there is open in Excel.

    Returns:
        The path it has been written to.

    Raises:
        OutputError: it cannot be written; what stood at `path` still stands.
    """

    def write(temporary: Path) -> None:
        with new_book(temporary) as book:
            write_sheet(book, view, Wording(currency))

    return write_whole_or_beside(path, write)

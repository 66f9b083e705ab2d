"""One table as a workbook of one sheet."""

from __future__ import annotations

from pathlib import Path

from planner.excel.sheets import write_book
from planner.present.view import View
from planner.present.words import Wording
from planner.report.sheets import write_sheet


def write_table(view: View, currency: str, path: Path) -> Path:
    """Write a table as a workbook: see `write_book`."""
    return write_book(path, lambda book: write_sheet(book, view, Wording(currency)))

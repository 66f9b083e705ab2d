"""The scenario that goes on as a file, with all that was changed on a sheet of its own."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from planner.excel.sheets import Book, new_book
from planner.excel.workbook import write_tables
from planner.files import write_whole
from planner.rolling.roll import Rolled
from planner.scenario.fields import to_text
from planner.scenario.folder import write_folder
from planner.scenario.headings import MOVED_ON_SHEET

HEADINGS = ("table", "key", "field", "before", "now", "by", "taken from")

_WIDTHS = (18, 30, 22, 18, 18, 18, 50)


def write_rolled(rolled: Rolled, path: Path) -> None:
    """Write the new scenario as a workbook (.xlsx) or a folder, whole or not at all.

    Raises OutputError where it cannot be written.
    """
    if path.suffix.casefold() != ".xlsx":
        write_folder(rolled.raw, path, {f"{MOVED_ON_SHEET}.csv": lambda target: _write_csv(rolled, target)})
        return

    def write(temporary: Path) -> None:
        with new_book(temporary) as book:
            write_tables(book, rolled.raw)
            _write_changes(book, rolled)

    write_whole(path, write)


def lines(rolled: Rolled) -> list[tuple[str, ...]]:
    """Every change and every note, a line each, under `HEADINGS`."""
    changed = [
        (one.table, one.key, one.field, _shown(one.old), _shown(one.new), one.by, one.cell) for one in rolled.changes
    ]
    return [*changed, *(("", "", "", "", "", "note", str(note)) for note in rolled.notes)]


def _shown(value: Any) -> str:
    return "" if value is None else to_text(value)


def _write_changes(book: Book, rolled: Rolled) -> None:
    sheet = book.add_sheet(MOVED_ON_SHEET)
    bold = book.format(bold=True, bottom=1)
    for column, (title, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, bold)
    for line, cells in enumerate(lines(rolled), 1):
        for column, text in enumerate(cells):
            sheet.write_string(line, column, text[:32_767])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(lines(rolled)), len(HEADINGS) - 1)


def _write_csv(rolled: Rolled, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADINGS)
        writer.writerows(lines(rolled))

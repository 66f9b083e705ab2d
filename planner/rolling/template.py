"""The template for actuals: a workbook for who has no ERP to export from, headed as the schema heads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from planner.excel.paper import set_paper
from planner.excel.sheets import Book, new_book, write_table
from planner.files import write_whole
from planner.rolling.actuals import CELL, sheets
from planner.scenario.headings import HOW_TO_SHEET
from planner.scenario.raw import RawRow

_EXAMPLE: dict[str, list[dict[str, Any]]] = {
    "receipts": [
        {"offer": "Nagoya spot", "month": "2026-04", "kg": 380, "document": "GR-1041", "reference": "PO-77"},
        {"offer": "Nagoya spot", "month": "2026-04", "kg": 20, "document": "GR-1042", "reference": "PO-77"},
    ],
    "stock": [
        {"material": "NdFeB heavy", "undertaking": "free", "state": "free", "kg": 1250},
        {"material": "NdFeB heavy", "undertaking": "EUC", "state": "free", "kg": 300, "batch": "L-2207"},
        {"material": "NdFeB heavy", "state": "blocked", "kg": 40},
    ],
    "orders": [
        {"offer": "Nagoya spot", "month": "2026-07", "kg": 400, "reference": "PO-81"},
        {"offer": "Ningbo frame", "month": "2026-08", "kg": 900, "cleared": "no", "reference": "PO-79"},
    ],
    "builds": [{"segment": "e-3W motor", "month": "2026-04", "units": 870}],
    "letters": [
        {"reference": "PO-79", "exporter": "Ningbo", "stamped": "2026-04-03", "courier": "2026-04-06",
         "accepted": "2026-04-21", "result": "returned", "expected": "2026-10"},
    ],
}  # fmt: skip
_TEXT = (
    "What really came until the new first month begins",
    "Type over the example, or paste what the ERP exports on these or other sheets: planner roll asks which column is "
    "which. A sheet that holds rows takes the place of what the plan says of the same thing, whole; of a sheet that is "
    "deleted or empty, the plan's figures stand.",
    "Point at a heading to see what the column means and what a blank cell stands for.",
    "planner roll my.xlsx plan.xlsx --to 2026-07 --actuals actuals.xlsx next.xlsx",
)


def write_actuals_template(path: Path) -> None:
    """Write the template to `path`; raises OutputError where it cannot be written."""
    write_whole(path, _write)


def _write(path: Path) -> None:
    with new_book(path) as book:
        _write_first(book)
        for name, table in sheets().items():
            columns = [column for column in table.fields if column != CELL]
            rows = [RawRow(line, cells) for line, cells in enumerate(_EXAMPLE[name], 2)]
            write_table(book, table, columns, rows)


def _write_first(book: Book) -> None:
    page = book.add_sheet(HOW_TO_SHEET)
    page.hide_gridlines(2)
    page.set_column(0, 0, 120)
    page.write_string(0, 0, _TEXT[0], book.format(bold=True, font_size=16, font_color="#1F3864"))
    for line, text in enumerate(_TEXT[1:], 2):
        page.write_string(line, 0, text, book.format(text_wrap=True, valign="top"))
    line = len(_TEXT) + 2
    for name, table in sheets().items():
        link = book.format(font_color="#0563C1", underline=True, valign="top")
        page.write_url(line, 0, f"internal:'{name}'!A1", link, f"{name}: {table.meaning}")
        line += 1
    set_paper(page)
    page.activate()

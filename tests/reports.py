"""Reports opened again: what stands where in them, for the tests of reports."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from planner.futures.tree import grow
from planner.plan.assemble import derived
from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLES
from planner.present.words import Wording
from planner.report.workbook import write_report
from planner.scenario.load import Loaded, from_rows
from tests.handmade import SCENARIO, handmade_plan

INPUTS = [
    f"Input {name}" for name in (
        "settings", "segments", "demand", "designs", "design_materials", "materials", "stock", "currencies",
        "suppliers", "undertakings", "licences", "offers", "open_orders", "conversions", "conversion_inputs",
        "expansions", "futures", "events", "limits", "budgets",
    )
]  # fmt: skip
TABLES = ["Do now", *(table.title for table in PLAN_TABLES[1:])]
SHEETS = ["Summary", "By month", *TABLES, "Chart figures", *INPUTS, "About", "By month data"]
_CELL = r"\$?[A-Z]+\$?\d+"
_AREA = rf"{_CELL}:{_CELL}"
TOTAL = (
    rf"=(SUM|SUMPRODUCT|MAX)\({_AREA}(,{_AREA})?\)"
    rf"|=SUMIFS\(by_month_value,by_month_grid,\"\w+\",by_month_item,{_CELL},by_month_month,{_CELL},"
    rf"by_month_future,\$B\$3\)"
    rf'|=IF\(MAX\({_AREA}\)>0,INDEX\({_AREA},MATCH\(MAX\({_AREA}\),{_AREA},0\)\),""\)'
)
"""The formulas that a report may hold."""

RUPEES = Wording("INR")
Book = Any
"""A workbook as openpyxl opens it."""
Sheet = Any


def written(folder: Path, loaded: Loaded, plan: Plan) -> Book:
    """The report of a plan, opened again."""
    write_report(loaded, plan, folder / "plan.xlsx")
    return openpyxl.load_workbook(folder / "plan.xlsx")


def whole_plan() -> Plan:
    """The plan by hand, with the tables that follow from the others."""
    scenario, plan = from_rows(SCENARIO).scenario, handmade_plan()
    return dataclasses.replace(plan, tables=plan.tables | derived(scenario, grow(scenario), plan.tables))


def headings(sheet: Sheet) -> list[Any]:
    """The cells of the line of headings: that below the notes and charts."""
    return next(list(row) for row in sheet.iter_rows() if row[0].comment)


def body(sheet: Sheet) -> range:
    """The lines of a sheet's table, totals apart."""
    top = headings(sheet)[0].row + 1
    tables = list(sheet.tables.values())
    return range(top, _last(sheet) if tables and tables[0].totalsRowCount else sheet.max_row + 1)


def _last(sheet: Sheet) -> int:
    """The last line of the sheet's table."""
    (table,) = sheet.tables.values()
    return int(range_boundaries(table.ref)[3])


def column(sheet: Sheet, title: str) -> list[Any]:
    """The cells below a heading."""
    place = next(cell.column for cell in headings(sheet) if cell.value == title)
    return [sheet.cell(line, place).value for line in body(sheet)]


def texts(sheet: Sheet) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def named(book: Book, name: str) -> Any:
    """The cell that a name of the workbook stands for."""
    sheet, cell = next(book.defined_names[name].destinations)
    return book[sheet][cell]


def total(sheet: Sheet, title: str) -> Any:
    """The formula or value in the totals row of a column."""
    place = next(cell.column for cell in headings(sheet) if cell.value == title)
    return sheet.cell(_last(sheet), place).value


PLAN = {(table.name, column.name): column for table in PLAN_TABLES for column in table.columns}


def calculated(sheet: Sheet, formula: str) -> float:
    """What Excel makes of '=SUMPRODUCT($B$2:$B$9,$F$2:$F$9)'."""
    areas = [sheet[area.replace("$", "")] for area in re.findall(r"\$[A-Z]+\$\d+:\$[A-Z]+\$\d+", formula)]
    rows = zip(*([cell.value or 0 for (cell,) in area] for area in areas), strict=True)
    return sum(math.prod(row) for row in rows)

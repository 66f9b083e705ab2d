"""The sheet By month: months across, suppliers and products down, for whichever future is chosen at its top.

Its figures are formulas over a sheet in the background, so that they follow the choice; each holds the average.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from planner.excel.paper import set_paper
from planner.excel.sheets import Book
from planner.plan.plan import Plan
from planner.present.colours import FAINT, INK, RULE
from planner.present.months import AVERAGE, GRIDS, Grid, by_month, months, shown_futures
from planner.present.words import Wording
from planner.report.formats import axis_pattern

TITLE, DATA = "By month", "By month data"
MEANING = "what is ordered, arrives, is paid, built, waits and is lost in each month, in the future that is chosen"

_CHOSEN = "$B$3"
_FIRST_GRID = 5
_KEYS = ("grid", "item", "future", "month", "value")
_HEAT = {"type": "2_color_scale", "min_type": "num", "min_value": 0, "min_color": "#FFFFFF", "max_color": "#F4978E"}
_NOTE = (
    "Choose a future in cell B3. Cash is what leaves the bank in the month: magnets on arrival, with freight and "
    "customs duty, and advances when they are paid; import tax that is credited later is not in it."
)


@dataclass
class _Place:
    """Where a grid stands: the line of its headings, its rows, and the months across."""

    line: int
    items: list[str]
    months: list[str]

    @property
    def last(self) -> int:
        return self.line + len(self.items)


def write_by_month(book: Book, sheet: Worksheet, plan: Plan, wording: Wording) -> Worksheet:
    """Fill the sheet; the sheet in the background that holds its figures."""
    found = by_month(plan, wording.counted)
    data = _write_data(book, found)
    across = months(plan)
    _write_head(book, sheet, plan, across)
    line = _FIRST_GRID
    for grid in GRIDS:
        rows = found[found["grid"] == grid.name]
        items = list(dict.fromkeys(rows["item"]))
        if items:
            mean = rows[rows["future"] == AVERAGE].set_index(["item", "month"])["value"]
            line = _write_grid(book, sheet, grid, _Place(line, items, across), mean, wording)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, len(across), 11)
    sheet.set_column(len(across) + 1, len(across) + 2, 13)
    sheet.freeze_panes(_FIRST_GRID - 1, 1)
    sheet.hide_gridlines(2)
    set_paper(sheet)
    sheet.fit_to_pages(1, 0)
    return data


def _write_data(book: Book, found: pd.DataFrame) -> Worksheet:
    sheet = book.add_sheet(DATA)
    for column, name in enumerate(_KEYS):
        sheet.write_string(0, column, name)
        last = max(len(found), 1)
        letter = "ABCDE"[column]
        book.workbook.define_name(f"by_month_{name}", f"='{DATA}'!${letter}$2:${letter}${last + 1}")
    for line, row in enumerate(found[list(_KEYS)].itertuples(index=False), 1):
        for column, value in enumerate(row[:-1]):
            sheet.write_string(line, column, str(value))
        sheet.write_number(line, len(_KEYS) - 1, float(row[-1]))
    sheet.hide()
    return sheet


def _write_head(book: Book, sheet: Worksheet, plan: Plan, across: list[str]) -> None:
    sheet.write_string(0, 0, "Month by month", book.format(bold=True, font_size=16, font_color=INK))
    sheet.set_row(0, 24)
    look = book.format(text_wrap=True, valign="top", font_color=FAINT)
    sheet.merge_range(1, 0, 1, min(len(across), 12), _NOTE, look)
    sheet.set_row(1, 46)
    sheet.write_string(2, 0, "Future", book.format(bold=True, valign="vcenter"))
    chosen = book.format(bold=True, bg_color="#FFF2CC", border=1, border_color=RULE, indent=1)
    sheet.merge_range(2, 1, 2, 4, AVERAGE, chosen)
    names = [AVERAGE, *shown_futures(plan)]
    column = len(across) + 5
    for line, name in enumerate(names):
        sheet.write_string(line, column, name, book.format(font_color="#FFFFFF"))
    sheet.set_column(column, column, None, None, {"hidden": True})
    area = f"={xl_rowcol_to_cell(0, column, True, True)}:{xl_rowcol_to_cell(len(names) - 1, column, True, True)}"
    sheet.data_validation(2, 1, 2, 1, {"validate": "list", "source": area})


def _write_grid(book: Book, sheet: Worksheet, grid: Grid, place: _Place, mean: pd.Series, wording: Wording) -> int:
    """Write a grid, its totals and its worst months; the line on which the next one begins."""
    unit = wording.unit(grid.unit)
    head = book.format(bold=True, font_color="#FFFFFF", bg_color=INK, align="right", num_format="@")
    sheet.write_string(
        place.line, 0, f"{grid.title}, {unit}", book.format(bold=True, font_color="#FFFFFF", bg_color=INK)
    )
    for column, month in enumerate(place.months, 1):
        sheet.write_string(place.line, column, month, head)
    most = "at most" if grid.counts else "in all"
    for column, text in enumerate((most, "worst month" if grid.bad else "largest in"), len(place.months) + 1):
        sheet.write_string(place.line, column, text, head)
    for line, item in enumerate(place.items, place.line + 1):
        values = [float(mean.get((item, month), 0.0)) for month in place.months]
        sheet.write_string(line, 0, item, book.format(indent=1, num_format="@"))
        for column, value in enumerate(values, 1):
            sheet.write_formula(line, column, _formula(grid, place, line, column), _look(book, wording), value)
        _write_ends(book, sheet, grid, (line, len(values)), values, place, wording)
    last = place.last
    if len(place.items) > 1:
        last = _write_total(book, sheet, grid, place, mean, wording)
    if grid.bad:
        sheet.conditional_format(place.line + 1, 1, place.last, len(place.months), _HEAT)
    return last + 2


def _formula(grid: Grid, place: _Place, line: int, column: int) -> str:
    item, month = xl_rowcol_to_cell(line, 0, False, True), xl_rowcol_to_cell(place.line, column, True, False)
    return (
        f'=SUMIFS(by_month_value,by_month_grid,"{grid.name}",by_month_item,{item},by_month_month,{month},'
        f"by_month_future,{_CHOSEN})"
    )


def _write_ends(
    book: Book, sheet: Worksheet, grid: Grid, at: tuple[int, int], values: list[float], place: _Place, wording: Wording,
    **more: object,
) -> None:  # fmt: skip
    """What a row adds up to, or its peak; and the month in which it is largest."""
    line, count = at
    cells = f"{xl_rowcol_to_cell(line, 1)}:{xl_rowcol_to_cell(line, count)}"
    heads = f"{xl_rowcol_to_cell(place.line, 1, True, True)}:{xl_rowcol_to_cell(place.line, count, True, True)}"
    whole = max(values) if grid.counts else sum(values)
    function = "MAX" if grid.counts else "SUM"
    look = _look(book, wording, bold=True, left=1, left_color=RULE, **more)
    sheet.write_formula(line, count + 1, f"={function}({cells})", look, whole)
    largest = place.months[values.index(max(values))] if max(values) > 0 else ""
    formula = f'=IF(MAX({cells})>0,INDEX({heads},MATCH(MAX({cells}),{cells},0)),"")'
    sheet.write_formula(line, count + 2, formula, book.format(align="right", font_color=FAINT, **more), largest)


def _write_total(book: Book, sheet: Worksheet, grid: Grid, place: _Place, mean: pd.Series, wording: Wording) -> int:
    line = place.last + 1
    rule = {"bold": True, "top": 1}
    sheet.write_string(line, 0, "In all", book.format(indent=1, **rule))
    sums = [float(mean[mean.index.get_level_values("month") == month].sum()) for month in place.months]
    for column, value in enumerate(sums, 1):
        cells = f"{xl_rowcol_to_cell(place.line + 1, column)}:{xl_rowcol_to_cell(place.last, column)}"
        sheet.write_formula(line, column, f"=SUM({cells})", _look(book, wording, **rule), value)
    _write_ends(book, sheet, grid, (line, len(sums)), sums, place, wording, top=1)
    return line


def _look(book: Book, wording: Wording, **more: object) -> Format:
    """Whole figures in one pattern for all sizes: another future's may be far larger than the average."""
    return book.format(num_format=axis_pattern(wording), **more)

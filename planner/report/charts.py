"""The charts of a report, as native Excel charts, and the sheet that holds their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from planner.plan.figures import main_source
from planner.plan.plan import Plan
from planner.plan.series import cost_by_future, demand_by_month, sourcing_by_year
from planner.plan.words import Scale, Wording, capital
from planner.report.formats import FAINT, FONT, INK, PALETTE, RULE
from planner.report.sheets import text_of
from planner.scenario.sheets import Book

TITLE = "Chart figures"
MEANING = "the figures that the charts of the summary show"

_SIZE = {"width": 620, "height": 322}


@dataclass(frozen=True)
class Block:
    """Figures on the sheet: categories in column `left`, a series in each column to its right."""

    left: int
    rows: pd.DataFrame

    def categories(self) -> list[object]:
        """Where the categories stand, as XlsxWriter wants it."""
        return [TITLE, 1, self.left, len(self.rows), self.left]

    def series(self, number: int) -> dict[str, object]:
        """Name, categories and values of the series in the `number`-th column after the categories."""
        column = self.left + number
        return {
            "name": [TITLE, 0, column],
            "categories": self.categories(),
            "values": [TITLE, 1, column, len(self.rows), column],
        }


def write_charts(book: Book, plan: Plan, wording: Wording) -> tuple[Worksheet, list[Chart]]:
    """Add the sheet of figures; make the charts of cost by future, sourcing and demand that there are figures for."""
    sheet = book.add_sheet(TITLE)
    charts, left = [], 0
    for figures, make in ((_costs, _cost_chart), (_sources, _source_chart), (_demands, _demand_chart)):
        rows = figures(plan, wording)
        if len(rows) and len(rows.columns) > 1:
            charts.append(make(book, plan, wording, _write_block(book, sheet, left, rows)))
            left += len(rows.columns) + 1
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    return sheet, charts


def _write_block(book: Book, sheet: Worksheet, left: int, rows: pd.DataFrame) -> Block:
    head = book.format(bold=True, font_color="#FFFFFF", bg_color=INK)
    text, number = book.format(num_format="@"), book.format(num_format="#,##0.0")
    for index, name in enumerate(rows.columns, left):
        sheet.write_string(0, index, text_of(name), head)
        sheet.set_column(index, index, max(12, *(len(str(name)) for name in rows.iloc[:, 0])) if index == left else 14)
        for line, value in enumerate(rows.iloc[:, index - left].tolist(), 1):
            if isinstance(value, str):
                sheet.write_string(line, index, text_of(value), text)
            else:
                sheet.write_number(line, index, float(value), number)
    return Block(left, rows)


# --- figures, with headings as the legends show them ------------------------------------------------


def _costs(plan: Plan, wording: Wording) -> pd.DataFrame:
    """None for a single future: there is nothing to compare."""
    found, size = cost_by_future(plan), _scale(plan, wording).size
    if len(found) == 1:
        return pd.DataFrame()
    money = {name: found[name] / size for name in ("cost", "expected", "cvar")}
    named = {"cost": "Cost", "expected": "Expected cost", "cvar": "CVaR"}
    return pd.DataFrame({"Future": found["future"], **{named[name]: values for name, values in money.items()}})


def _scale(plan: Plan, wording: Wording) -> Scale:
    return wording.scale(plan.expected_cost)


def _sources(plan: Plan, wording: Wording) -> pd.DataFrame:
    return sourcing_by_year(plan).rename(columns={"year": "Year"})


def _demands(plan: Plan, wording: Wording) -> pd.DataFrame:
    named = {"month": "Month", "built": "Built", "late": "Waiting", "lost": "Lost"}
    return demand_by_month(plan).rename(columns=named)


# --- charts -----------------------------------------------------------------------------------------


def _cost_chart(book: Book, plan: Plan, wording: Wording, block: Block) -> Chart:
    chart = _stacked(book, block, PALETTE[:1], count=1)
    lines = book.workbook.add_chart({"type": "line"})
    for number, colour, dash in ((2, PALETTE[1], "solid"), (3, FAINT, "dash")):
        lines.add_series(block.series(number) | {"line": {"color": colour, "width": 2, "dash_type": dash}})
    chart.combine(lines)
    return _dressed(chart, block, "Cost by future, with expected cost and CVaR", _scale(plan, wording).name, "")


def _source_chart(book: Book, plan: Plan, wording: Wording, block: Block) -> Chart:
    source = main_source(plan)
    what = source.what if source else ""
    chart = _stacked(book, block, PALETTE)
    return _dressed(chart, block, f"{capital(what)} arriving, by country (on average)", "kg", "financial year")


def _demand_chart(book: Book, plan: Plan, wording: Wording, block: Block) -> Chart:
    chart = _stacked(book, block, (PALETTE[0], PALETTE[2], PALETTE[1]))
    return _dressed(chart, block, "What becomes of demand (on average)", "units", "")


def _stacked(book: Book, block: Block, colours: Sequence[str], count: int | None = None) -> Chart:
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for number in range(1, (count or len(block.rows.columns) - 1) + 1):
        look = {"fill": {"color": colours[number - 1]}, "border": {"color": "#FFFFFF", "width": 0.5}, "gap": 50}
        chart.add_series(block.series(number) | look)
    return chart


def _floor(block: Block) -> float | None:
    """Columns start at 0, so that their lengths can be compared, unless some are below."""
    return 0 if float(block.rows.iloc[:, 1:].min().min()) >= 0 else None


def _dressed(chart: Chart, block: Block, title: str, unit: str, along: str) -> Chart:
    small = {"name": FONT, "size": 9, "color": "#404040"}
    chart.set_title({"name": title, "overlay": False, "name_font": {"name": FONT, "size": 11, "color": INK}})
    lines = {"visible": True, "line": {"color": "#E3E7EE", "width": 0.75}}
    axis = {"num_font": small, "name_font": small | {"bold": False}, "line": {"color": RULE}}
    chart.set_y_axis(axis | {"name": unit, "major_gridlines": lines, "num_format": "#,##0", "min": _floor(block)})
    chart.set_x_axis(axis | ({"name": along} if along else {}))
    chart.set_legend({"position": "bottom", "font": small})
    chart.set_chartarea({"border": {"color": RULE}})
    chart.set_size(_SIZE)
    return chart

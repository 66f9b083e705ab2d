"""The charts of a comparison, as native Excel charts, and the sheet that holds their figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from planner.comparison.cell import CellAnswer
from planner.comparison.comparison import Comparison
from planner.excel.sheets import Book
from planner.present.colours import PALETTE
from planner.present.words import Scale, Wording, listed
from planner.report.chart_looks import (
    BORDER,
    FIGURES,
    axis,
    below_bars,
    dress,
    heading_look,
    height_of,
    places,
    small,
    upright,
)
from planner.report.sheets import text_of

COST_GROUPS: dict[str, tuple[str, ...]] = {
    "Magnets, conversion": ("purchase", "deposit", "conversion"),
    "Fees, qualification, expansion": ("application", "signing", "reservation", "qualification", "expansion"),
    "Substitutes: design, efficiency": ("design", "efficiency"),
    "Stock, less its worth at the end": ("holding", "salvage"),
    "Units not built, or late": ("shortage", "delay"),
}
"""Kinds of cost that a chart shows as one."""

_WIDTH, _HEIGHT, _BAR, _AROUND_BARS = 560, 340, 22, 150
"""Of a chart in pixels: width, least height, and what each bar and what is around them takes of it."""

_FIGURE = 18
"""Characters in a column of figures."""

_FAR = 1.5
"""Plans that cost more than so many times the best's would press all others into a corner of a chart."""

_CLOSE_ALONG, _CLOSE_UP = 0.2, 0.04
"""Shares of an axis within which the labels of two points would lie upon each other."""

_MARKERS = ("circle", "diamond", "square", "triangle")


class ComparisonCharts:
    """Two charts a scenario: cost against CVaR, and what makes up the cost. None where it has no plan.

    `sheet` holds their figures, once there are any.
    """

    def __init__(self, book: Book, compared: Comparison) -> None:
        self.sheet: Worksheet | None = None
        self._book, self._compared, self._line = book, compared, 0

    def of(self, scenario: str) -> list[Chart]:
        """The charts of a scenario; their figures are written to the sheet as they are made."""
        plans = [answer for answer in self._compared.answers if answer.scenario == scenario and answer.has_plan]
        if not plans:
            return []
        wording = Wording(plans[0].currency)
        scale = wording.scale(max(plan.expected_cost or 0.0 for plan in plans))
        top = self._write(scenario, plans, scale)
        charts = [self._risk(scenario, plans, scale, top), self._makeup(scenario, plans, scale, top)]
        for chart in charts:
            chart.set_size({"width": _WIDTH, "height": chart_height(len(plans))})
        return charts

    def _write(self, scenario: str, plans: Sequence[CellAnswer], scale: Scale) -> int:
        """Write a block of figures; the line of its headings."""
        if self.sheet is None:
            self.sheet = self._book.add_sheet(FIGURES)
            self.sheet.set_column(0, 0, 28)
            self.sheet.set_column(1, 2 + len(COST_GROUPS), _FIGURE)
            self.sheet.fit_to_pages(1, 0)
        number, top = self._book.format(num_format="#,##0.00"), self._line
        heads = ["Expected cost", "CVaR", *COST_GROUPS]
        for column, name in enumerate([f"{scenario} [{scale.name}]", *heads]):
            look = heading_look(self._book, "right" if column else "left")
            self.sheet.write_string(top, column, text_of(name), look)
        self.sheet.set_row(top, height_of(heads, _FIGURE))
        for line, plan in enumerate(plans, top + 1):
            groups = [sum(plan.costs.get(kind, 0.0) for kind in kinds) for kinds in COST_GROUPS.values()]
            self.sheet.write_string(line, 0, text_of(plan.strategy))
            for column, amount in enumerate([plan.expected_cost or 0.0, plan.cvar or 0.0, *groups], 1):
                self.sheet.write_number(line, column, amount / scale.size, number)
        self._line = top + len(plans) + 2
        return top

    def _risk(self, scenario: str, plans: Sequence[CellAnswer], scale: Scale, top: int) -> Chart:
        """Cost against CVaR: a point a strategy, named beside it; far beyond the best they are left out."""
        chart = self._book.workbook.add_chart({"type": "scatter"})
        shown = _comparable(plans)
        labels = _labels(shown)
        for number, plan in enumerate(shown):
            line, label = top + 1 + plans.index(plan), labels.get(plan.strategy)
            beside = {"value": True, "custom": [{"value": label}], "position": "right", "font": small()}
            colour = PALETTE[number % len(PALETTE)]
            mark = {"type": _MARKERS[number // len(PALETTE) % len(_MARKERS)], "size": 9}
            chart.add_series(
                {
                    "name": [FIGURES, line, 0],
                    "categories": [FIGURES, line, 1, line, 1],
                    "values": [FIGURES, line, 2, line, 2],
                    "marker": mark | {"fill": {"color": colour}, "border": {"color": "#FFFFFF"}},
                    **({"data_labels": beside} if label else {}),
                }
            )
        without = listed([plan.strategy for plan in plans if plan not in shown], 4)
        but = f" (without {without})" if without else ""
        dress(chart, f"{scenario}: expected cost against CVaR{but}", has_legend=False)
        sides = (("expected_cost", "Expected cost", chart.set_x_axis), ("cvar", "CVaR", chart.set_y_axis))
        for name, text, set_axis in sides:
            low, high = _range([getattr(plan, name) / scale.size for plan in shown])
            # Room to the right for the last point's name.
            room = 0.25 * (high - low) if name == "expected_cost" else 0.0
            set_axis(
                axis(f"{text} [{scale.name}]", grid=True) | {"min": low, "max": high + room, "num_format": "#,##0"}
            )
        return chart

    def _makeup(self, scenario: str, plans: Sequence[CellAnswer], scale: Scale, top: int) -> Chart:
        """What makes up the expected cost: a bar a strategy."""
        chart = self._book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
        for number in range(len(COST_GROUPS)):
            look = {"fill": {"color": PALETTE[number]}, "border": BORDER, "gap": 40}
            chart.add_series(places(top, len(plans), 0, 3 + number) | look)
        dress(chart, f"{scenario}: what makes up the expected cost")
        chart.set_y_axis(upright())
        chart.set_x_axis(below_bars(scale.name))
        return chart


def chart_height(plans: int) -> int:
    """The height in pixels of the charts of so many plans."""
    return max(_HEIGHT, _AROUND_BARS + _BAR * plans)


def _labels(plans: Sequence[CellAnswer]) -> dict[str, str]:
    """What stands beside the points: those that lie nearly upon each other have one label, right of all of them."""
    width, height = (_span([getattr(plan, name) for plan in plans]) for name in ("expected_cost", "cvar"))
    groups: list[list[CellAnswer]] = []
    for plan in plans:
        near = next((group for group in groups if _near(plan, group[0], width, height)), None)
        if near is None:
            groups.append([plan])
        else:
            near.append(plan)
    return {
        max(group, key=_along).strategy: listed([plan.strategy for plan in group], 1 + (len(group) == 2))
        for group in groups
    }


def _along(plan: CellAnswer) -> float:
    """Where a plan's point stands from left to right."""
    return plan.expected_cost or 0.0


def _near(one: CellAnswer, other: CellAnswer, width: float, height: float) -> bool:
    cost = abs(_along(one) - _along(other))
    tail = abs((one.cvar or 0.0) - (other.cvar or 0.0))
    return cost <= _CLOSE_ALONG * width and tail <= _CLOSE_UP * height


def _span(values: Sequence[float]) -> float:
    low, high = _range(values)
    return high - low


def _comparable(plans: Sequence[CellAnswer]) -> list[CellAnswer]:
    """The plans that cost up to half as much again as the best, where these are several; else all."""
    least = min(plan.expected_cost or 0.0 for plan in plans)
    found = [plan for plan in plans if (plan.expected_cost or 0.0) <= _FAR * least]
    return found if len(found) > 1 else list(plans)


def _range(values: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis that shows values, round numbers: not from 0 on, where all are far from it."""
    low, high = min(values), max(values)
    room = max(0.15 * (high - low), 0.01 * abs(high), 1e-9)
    step = 10.0 ** round(math.log10(room))
    first, last = math.floor((low - room) / step) * step, math.ceil((high + room) / step) * step
    return (max(first, 0.0) if low >= 0 else first), last

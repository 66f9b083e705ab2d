"""The catalogue of a plan's charts: what each shows, made once, whoever draws it.

Excel (`report/charts.py`), Matplotlib (`charts/draw.py`) and the page (ECharts, `serve/answer.py`) draw these, each the
kinds that it can. A new chart is an entry here; a new kind is a way to draw it in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from planner.plan.plan import Plan
from planner.present.figures import main_source
from planner.present.flows import flows
from planner.present.series import (
    DEMAND,
    MOST_FUTURES,
    arrivals_by_month,
    classes,
    cost_by_kind,
    cost_stack,
    demand_by_month,
    in_words,
    limits_by_year,
    missing_by_future,
    missing_by_line,
    shares_by_year,
    sourcing_by_year,
)
from planner.present.words import Wording, capital
from planner.scenario.load import Loaded

Kind = Literal["columns", "areas", "bars", "heat", "flows"]
"""Columns upon each other with lines across, stacked areas, bars from the left, cells by colour, a Sankey."""


@dataclass(frozen=True)
class Chart:
    """A chart of a plan.

    `rows` hold the categories in the first column and a series in each other one; of a heat map the index are its rows
    and the columns its categories, of flows they are those of `flows`. Figures are in `unit` ('share': 0..1) and read
    with so many `decimals`. `along` is the title of the axis of categories, `lines` are the series drawn as lines.
    `table` is the plan table that the chart belongs to, '' for none.
    """

    name: str
    title: str
    kind: Kind
    rows: pd.DataFrame
    unit: str
    along: str
    decimals: int = 0
    lines: tuple[str, ...] = ()
    table: str = ""
    by_country: bool = False
    """Whether the series are countries, which have the same colour in all charts of a page."""

    @property
    def series(self) -> list[str]:
        """The names of all series."""
        return [str(name) for name in self.rows.columns[1:]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return self.rows.empty or (self.kind != "heat" and not self.series)


def charts(loaded: Loaded, plan: Plan) -> list[Chart]:
    """The charts that there are figures for, in the order in which they are shown."""
    wording = Wording(loaded.scenario.settings.currency)
    found = (
        _flows(loaded, plan),
        *_costs(plan, wording),
        *_sourcing(loaded, plan),
        _demand(plan),
        _makeup(plan, wording),
        *(_shares(loaded, plan, name) for name in classes(loaded.scenario, plan)),
        *_missing(plan),
    )
    return [chart for chart in found if not chart.is_empty]


def _flows(loaded: Loaded, plan: Plan) -> Chart:
    title = "From country to supplier, material and product line, on average over the horizon"
    return Chart("flows", title, "flows", flows(loaded.scenario, plan), "kg", "")


def _costs(plan: Plan, wording: Wording) -> Iterator[Chart]:
    """None of a single future: there is nothing to compare."""
    if len(plan.tables["futures"]) > 1:
        scale = wording.scale(plan.expected_cost)
        stack = cost_stack(plan).head(MOST_FUTURES).set_index("Future")
        rows = (stack / scale.size).reset_index()
        title, lines = "Cost by future, with expected cost and CVaR", ("Expected cost", "CVaR")
        yield Chart("cost-by-future", title, "columns", rows, scale.name, "future", scale.decimals, lines, "futures")


def _sourcing(loaded: Loaded, plan: Plan) -> Iterator[Chart]:
    source = main_source(plan)
    if source is not None:
        title = f"{capital(source.what)} arriving, by country, on average"
        rows = sourcing_by_year(plan).rename(columns={"year": "Year"})
        yield Chart("sourcing", title, "columns", rows, "kg", "financial year", by_country=True)
    title = "All arrivals from offers by month and country, on average"
    yield Chart(
        "arrivals", title, "areas", arrivals_by_month(plan, loaded.scenario.counted), "kg", "period", by_country=True
    )


def _demand(plan: Plan) -> Chart:
    """What is built and what is lost as columns, against what is asked for; what waits is no part of either."""
    rows = demand_by_month(plan).rename(columns={"month": "Month"} | DEMAND)[["Month", *DEMAND.values()]]
    lines = (DEMAND["demand"], DEMAND["late"])
    return Chart("demand", "What becomes of demand, on average", "columns", rows, "units", "period", lines=lines)


def _makeup(plan: Plan, wording: Wording) -> Chart:
    found, scale = cost_by_kind(plan), wording.scale(plan.expected_cost)
    rows = pd.DataFrame({"Kind of cost": found["what"], "Expected cost": found["cost"] / scale.size})
    title = "What makes up the expected cost"
    return Chart("cost-makeup", title, "bars", rows, scale.name, "kind", scale.decimals, table="costs")


def _shares(loaded: Loaded, plan: Plan, name: str) -> Chart:
    limits = limits_by_year(loaded.scenario, plan, name)
    rows = shares_by_year(loaded.scenario, plan, name).merge(limits, on="year").rename(columns={"year": "Year"})
    lines = tuple(str(line) for line in limits.columns[1:])
    title = f"{capital(in_words(name))}: share by country, on average{', against the limits' * bool(lines)}"
    key = f"share-{name.replace(' ', '-')}"
    return Chart(key, title, "columns", rows, "share", "financial year", 0, lines, "sourcing", by_country=True)


def _missing(plan: Plan) -> Iterator[Chart]:
    """What is lost, which service counts, apart from what waits, where anything does."""
    waits = bool((plan.tables["shortage"]["late"] > 0).any())
    for name, what, verb in (("shortage", "lost", "is lost"), ("waiting", "late", "waits")):
        title = f"{capital(name)} by {{}}: share of the month's demand that {verb}"
        if what == "lost" or waits:
            futures = missing_by_future(plan, what).head(MOST_FUTURES)
            yield Chart(f"{name}-by-future", title.format("future"), "heat", futures, "share", "future")
            lines = missing_by_line(plan, what)
            named = f"{title.format('product line')}, on average"
            yield Chart(f"{name}-by-line", named, "heat", lines, "share", "product line")

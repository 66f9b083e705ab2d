"""A plan month by month: who is ordered from, what arrives and is paid, what is built, waits and is lost, and cash.

Each figure is there for every future and on average over them, so that a sheet or a page can show whichever is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import by_future

AVERAGE = "on average"
"""Stands for all futures together, weighed by their probability."""

MOST_FUTURES = 60
"""Futures that are distinguished; of more those that cost most."""


@dataclass(frozen=True)
class Grid:
    """One grid of months and items; `counts` is whether a month's figure is a level, of which the peak is reported."""

    name: str
    title: str
    unit: Literal["kg", "pieces", "units", "base currency"]
    sources: tuple[tuple[str, str], ...]
    """Plan tables and their columns that add up to it."""
    item: str = ""
    """The column that distinguishes its rows; '' for one row a source, by the labels of `CASH`."""
    counts: bool = False
    bad: bool = False
    """Whether a large figure is a bad one: it is shown as a heat map."""


CASH: dict[tuple[str, str], str] = {
    ("now_decisions", "cost"): "fees paid now",
    ("later_decisions", "cost"): "fees paid later",
    ("orders", "order_fee"): "fees for orders",
    ("waiting", "advance"): "paid before release, less what is credited",
    ("arrivals", "purchase_cost"): "magnets on arrival, with freight and duty",
    ("arrivals", "deposit_lost"): "deposits lost",
    ("conversion", "cost"): "conversion at plants",
    ("expansion", "cost"): "expansion of capacity",
    ("qualification", "cost"): "qualification of designs",
    ("build", "design_cost"): "extra cost of designs",
    ("stock", "holding_cost"): "holding of stock",
    ("waiting", "holding_cost"): "holding of what waits for a licence",
}
"""What is paid in cash, by the table and column that hold it."""

GRIDS: tuple[Grid, ...] = (
    Grid("ordered", "Ordered from", "kg", (("orders", "kg"),), "supplier"),
    Grid("ordered_pieces", "Assemblies ordered from", "pieces", (("orders", "kg"),), "supplier"),
    Grid("arriving", "Arriving from", "kg", (("arrivals", "released_kg"),), "supplier"),
    Grid("arriving_pieces", "Assemblies arriving from", "pieces", (("arrivals", "released_kg"),), "supplier"),
    Grid(
        "paid", "Paid to", "base currency",
        (("arrivals", "purchase_cost"), ("arrivals", "deposit_lost"), ("waiting", "advance")), "supplier",
    ),
    Grid("built", "Built", "units", (("shortage", "built"),), "segment"),
    Grid("late", "Waiting at the end", "units", (("shortage", "late"),), "segment", counts=True, bad=True),
    Grid("lost", "Lost", "units", (("shortage", "lost"),), "segment", bad=True),
    Grid("cash", "Cash paid", "base currency", tuple(CASH)),
)  # fmt: skip
"""The grids, in the order in which they are shown."""


def by_month(plan: Plan, counted: Collection[str] = ()) -> pd.DataFrame:
    """Columns grid, item, future, month, value: rows that are not zero, for each future and on average.

    `counted` are the materials in pieces, which have grids of their own.
    """
    parts = [
        _rows(plan, grid, *source, counted) for grid in GRIDS for source in grid.sources if source[0] in plan.tables
    ]
    found = pd.concat([part for part in parts if len(part)], ignore_index=True)
    keys = ["grid", "item", "future", "month"]
    found = found.groupby(keys, sort=False)["value"].sum().reset_index()
    weight = plan.tables["futures"].set_index("future")["probability"].astype(float)
    mean = found.assign(value=found["value"] * found["future"].map(weight), future=AVERAGE)
    mean = mean.groupby(keys, sort=False)["value"].sum().reset_index()
    return pd.concat([mean, found[found["future"].isin(shown_futures(plan))]], ignore_index=True)


def shown_futures(plan: Plan) -> list[str]:
    """The futures that are distinguished, in the plan's order."""
    futures = plan.tables["futures"]
    kept = set(futures.sort_values("cost", ascending=False, kind="stable")["future"].head(MOST_FUTURES))
    return [str(name) for name in futures["future"] if name in kept]


def months(plan: Plan) -> list[str]:
    """The first month of each period."""
    return sorted(set(plan.tables["paths"]["month"].astype(str)))


def _rows(plan: Plan, grid: Grid, table: str, column: str, counted: Collection[str]) -> pd.DataFrame:
    """One source of a grid by future and month."""
    if column not in plan.tables[table]:
        return pd.DataFrame(columns=["grid", "item", "future", "month", "value"])
    rows = _of_now(plan) if table == "now_decisions" else _of_nodes(plan, table)
    if grid.unit in ("kg", "pieces"):
        rows = rows[rows["material"].isin(counted) == (grid.unit == "pieces")]
    item = rows[grid.item].astype(str) if grid.item else CASH[table, column]
    value = pd.to_numeric(rows[column]).astype(float).fillna(0.0)
    found = rows[["future", "month"]].assign(grid=grid.name, item=item, value=value)
    return found[found["value"] != 0]


def _of_nodes(plan: Plan, table: str) -> pd.DataFrame:
    joined = by_future(plan.tables, table)
    return joined.assign(month=joined["month"].astype(str))


def _of_now(plan: Plan) -> pd.DataFrame:
    """What is paid now, in the first month of every future."""
    rows = plan.tables["now_decisions"]
    taken = rows[rows["taken"].astype(bool)] if "taken" in rows else rows
    futures = plan.tables["futures"][["future"]].assign(month=months(plan)[0])
    return futures.merge(taken, how="cross")

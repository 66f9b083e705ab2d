"""The headline figures of a plan, each made once from its fields and tables: report, page and terminal read them here.

Shares are 0..1, money is base currency; 'on average' weighs futures by their probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from planner.plan.plan import Plan, Status
from planner.plan.tables import by_future
from planner.scenario.load import Loaded

Kind = Literal["money", "share", "points", "units", "gap"]


@dataclass(frozen=True)
class Figure:
    """A headline figure: a name for formulas and JSON, a label, its value (base unit) and what it means."""

    name: str
    label: str
    value: float
    kind: Kind
    meaning: str


_STILL = "no plan can be better by more"
_GAPS: dict[Status, str] = {
    "optimal": f"solved as closely as asked: {_STILL}",
    "time_limit": f"stopped at the time limit: {_STILL}",
    "memory_limit": f"stopped as memory ran out: {_STILL}",
    "interrupted": f"stopped by hand: {_STILL}",
}


def figures(loaded: Loaded, plan: Plan) -> list[Figure]:
    """The headline figures, most important first; those that a plan gives no ground for are left out."""
    found = [*_cost(loaded, plan), *_delivery(plan)]
    largest = main_source(plan)
    if largest is not None:
        found.append(
            Figure(
                "largest_country",
                f"{largest.country}'s share of {largest.what}",
                largest.share,
                "share",
                "of the kg that arrive over the horizon, on average",
            )
        )
    return [*found, *_efficiency(plan), Figure("gap", "Gap", plan.gap, "gap", _GAPS[plan.status])]


def _cost(loaded: Loaded, plan: Plan) -> list[Figure]:
    settings = loaded.scenario.settings
    tail = f"{(1 - settings.risk_tail) * 100:.3g}"
    return [
        Figure("expected_cost", "Expected cost", plan.expected_cost, "money", "discounted, on average"),
        Figure("cvar", "CVaR", plan.cvar, "money", f"discounted, on average over the worst {tail} %"),
        Figure("objective", "Objective", plan.objective, "money", _objective(settings.risk_weight)),
    ]


def _objective(weight: float) -> str:
    return f"what the plan makes least: {(1 - weight) * 100:.3g} % expected cost and {weight * 100:.3g} % CVaR"


def _delivery(plan: Plan) -> list[Figure]:
    missing = "lost, or waiting at the horizon's end, on average"
    return [
        Figure("service", "Service", service(plan), "share", "demand built by the horizon's end, on average"),
        Figure("missing", "Units not built", missing_units(plan), "units", missing),
    ]


def _efficiency(plan: Plan) -> list[Figure]:
    built = weighed(plan, "build")
    units = float((built["weight"] * built["units"]).sum())
    if units == 0:
        return []
    lost = float((built["weight"] * built["units"] * built["efficiency_loss_pp"]).sum()) / units
    meaning = "of motors, by substitutes, on average over units built"
    return [Figure("efficiency_lost", "Efficiency lost", lost, "points", meaning)]


def weighed(plan: Plan, name: str) -> pd.DataFrame:
    """A table by node with the probability of each row's node as `weight`."""
    nodes = plan.tables["nodes"].set_index("node")["probability"]
    found = plan.tables[name]
    return found.assign(weight=found["node"].map(nodes).astype(float))


# --- service ----------------------------------------------------------------------------------------


def service(plan: Plan) -> float:
    """The share of demand built by the horizon's end, on average over the futures."""
    futures = plan.tables["futures"]
    return float((futures["probability"] * futures["service"]).sum())


def missing_units(plan: Plan) -> float:
    """Units lost, or still waiting at the horizon's end, on average over the futures."""
    futures = plan.tables["futures"]
    return float((futures["probability"] * (futures["lost"] + futures["late"])).sum())


def service_by_sector(loaded: Loaded, plan: Plan) -> pd.DataFrame:
    """Service of each sector (segments without one stand alone).

    Columns: sector; service, on average; worst, in its worst future; future, the name of that one.
    Sectors without demand are left out.
    """
    sector = {row.segment: row.sector or row.segment for row in loaded.scenario.segments}
    rows = plan.tables["shortage"]
    at_end = rows["month"] == rows["month"].max()
    found = rows.assign(sector=rows["segment"].map(sector), missing=rows["lost"] + rows["late"] * at_end)
    by_node = found.groupby(["node", "sector"], sort=False)[["demand", "missing"]].sum().reset_index()
    joined = by_future(plan.tables | {"sectors": by_node}, "sectors")
    sums = joined.groupby(["sector", "future"], sort=False)[["demand", "missing"]].sum().reset_index()
    sums["service"] = (1 - sums["missing"] / sums["demand"]).where(sums["demand"] > 0, 1.0)
    return _mean_and_worst(sums[sums.groupby("sector")["demand"].transform("sum") > 0], plan)


def _mean_and_worst(sums: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    weight = plan.tables["futures"].set_index("future")["probability"]
    rows = []
    for sector, mine in sums.groupby("sector", sort=False):
        worst = mine.iloc[int(mine["service"].argmin())]
        mean = float((mine["service"] * mine["future"].map(weight)).sum())
        rows.append({"sector": sector, "service": mean, "worst": worst["service"], "future": worst["future"]})
    return pd.DataFrame(rows, columns=["sector", "service", "worst", "future"])


# --- sourcing ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """The country that most of a class of material comes from, and its share of the kg (0..1)."""

    material_class: str
    country: str
    share: float

    @property
    def what(self) -> str:
        """The class in words."""
        return self.material_class if self.material_class == "feedstock" else f"{self.material_class} magnets"


def arrivals_by_country(plan: Plan) -> pd.DataFrame:
    """kg that arrive on average over the futures: columns year, class, country, kg."""
    weight = plan.tables["futures"].set_index("future")["probability"]
    found = plan.tables["sourcing"]
    weighed = found.assign(kg=found["kg"].astype(float) * found["future"].map(weight).astype(float))
    return weighed.groupby(["year", "class", "country"], sort=True)["kg"].sum().reset_index()


def largest_sources(plan: Plan) -> list[Source]:
    """The largest country of each class over the horizon; heavy magnets first, then by kg, feedstock last."""
    kg = arrivals_by_country(plan).groupby(["class", "country"])["kg"].sum()
    totals = kg.groupby(level="class").sum()
    order = sorted(totals.index, key=lambda name: (name == "feedstock", name != "heavy", -totals[name]))
    largest = {name: kg[name].idxmax() for name in order}
    return [Source(name, largest[name], float(kg[name][largest[name]] / totals[name])) for name in order]


def main_source(plan: Plan) -> Source | None:
    """The largest country of the class that matters most: heavy magnets where there are any."""
    return next(iter(largest_sources(plan)), None)

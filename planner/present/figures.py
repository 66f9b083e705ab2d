"""The headline figures of a plan, each made once from its fields and tables: report, page and terminal read them here.

Shares are 0..1, money is base currency; 'on average' weighs futures by their probability.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.plan.plan import Plan, Status
from planner.plan.tables import by_future
from planner.present.waiting import service_by_value
from planner.present.words import FigureKind, listed
from planner.scenario.load import Loaded
from planner.scenario.scenario import NO_MAGNETS, Scenario
from planner.scenario.windows import is_applied_before

CHINA = "China"
"""The country whose licences are what plans are made for: its share is always reported where it could supply."""

_SAME = 1e-6
"""Amounts that differ by less than this share of them are as good as equal."""


@dataclass(frozen=True)
class Figure:
    """A headline figure: a name for formulas and JSON, a label, its value (base unit) and what it means."""

    name: str
    label: str
    value: float
    kind: FigureKind
    meaning: str


_STILL = "no plan can be better by more"
_GAPS: dict[Status, str] = {
    "optimal": f"solved as closely as asked: {_STILL}",
    "time_limit": f"stopped at the time limit: {_STILL}",
    "memory_limit": f"stopped as memory ran out: {_STILL}",
    "interrupted": f"stopped by hand: {_STILL}",
    "gave_up": f"the solver came no nearer: {_STILL}",
}


def figures(loaded: Loaded, plan: Plan) -> list[Figure]:
    """The headline figures, most important first; those that a plan gives no ground for are left out."""
    return [
        *_cost(loaded, plan),
        *_cash(plan),
        *_delivery(loaded, plan),
        *_countries(loaded, plan),
        *_efficiency(plan),
        Figure("gap", "Gap", plan.gap, "gap", _GAPS[plan.status]),
        Figure(
            "gap_amount", "Gap in money", plan.objective - plan.bound, "money", "what a better plan could save, at most"
        ),
    ]


def _cash(plan: Plan) -> list[Figure]:
    paid = "fees now and what is paid in the first period, on average"
    total = "fees, first orders at landed price, what is started: sheet Do now"
    return [
        Figure("cash_now", "Cash needed now", cash_now(plan), "money", paid),
        Figure("committed", "Committed now", committed(plan), "money", total),
    ]


def _countries(loaded: Loaded, plan: Plan) -> list[Figure]:
    """The largest country of the main class, and China where it could supply and is not the largest."""
    largest = main_source(plan)
    if largest is None:
        return []
    meaning = "of the kg that arrive over the horizon, on average"
    label = f"{largest.country}'s share of {largest.what}"
    found = [Figure("largest_country", label, largest.share, "share", meaning)]
    if largest.country != CHINA and any(row.country == CHINA for row in loaded.scenario.suppliers):
        share = share_of(plan, largest.material_class, CHINA)
        found.append(Figure("china", f"{CHINA}'s share of {largest.what}", share, "share", meaning))
    return found


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


def _delivery(loaded: Loaded, plan: Plan) -> list[Figure]:
    by_value = "the same, each unit weighed by what one not built costs"
    missing = "lost, or waiting at the horizon's end, on average"
    return [
        Figure("service", "Service", service(plan), "share", "demand built by the horizon's end, on average"),
        Figure("service_by_value", "Service by value", service_by_value(loaded, plan), "share", by_value),
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


def alike(futures: pd.DataFrame, column: str, value: float) -> list[str]:
    """The futures in which a column is as good as a value."""
    same = (futures[column].astype(float) - value).abs() <= _SAME * max(abs(value), 1.0)
    return [str(name) for name in futures.loc[same, "future"]]


def said_futures(names: list[str], known: int) -> str:
    """Some of the known futures, in words."""
    return "every future" if len(names) == known > 1 else listed(names, 2)


# --- cash -------------------------------------------------------------------------------------------

_PAID = {
    "arrivals": ("purchase_cost", "deposit_lost"),
    "stock": ("holding_cost",),
    "conversion": ("cost",),
    "build": ("design_cost",),
}
"""What is paid in a period besides what is decided in it, by table and columns."""


def first_nodes(plan: Plan) -> tuple[str, list[int]]:
    """The first month, and the nodes of its period."""
    nodes = plan.tables["nodes"]
    first = nodes[nodes["period"] == nodes["period"].min()]
    return str(first["month"].iloc[0]), first["node"].tolist()


def applied_before(scenario: Scenario) -> set[str]:
    """Licences that the plan applies for because that was done before: nothing to do."""
    return {row.licence for row in scenario.licences if is_applied_before(row)}


def cash_now(plan: Plan) -> float:
    """What is paid now and in the first period, on average where that differs between futures."""
    paid = sum(_first(plan, table, column) for table, columns in _PAID.items() for column in columns)
    return _decided(plan) + paid


def committed(plan: Plan) -> float:
    """What is decided now and in the first period comes to: fees, orders at their landed price, what is started."""
    orders = _of_first(plan, "orders")
    landed = orders["kg"].astype(float) * orders["landed_price_per_kg"].astype(float)
    return _decided(plan) + float((landed * orders["weight"]).sum())


def _decided(plan: Plan) -> float:
    """Fees now, and qualifications and expansions that start in the first period."""
    fees = float(plan.tables["now_decisions"]["cost"].astype(float).sum())
    return fees + _first(plan, "qualification", "cost") + _first(plan, "expansion", "cost")


def _first(plan: Plan, name: str, column: str) -> float:
    """The sum of a column over the first period, on average."""
    found = _of_first(plan, name)
    return float((found[column].astype(float) * found["weight"]).sum())


def _of_first(plan: Plan, name: str) -> pd.DataFrame:
    """The rows of the first period, with the probability of each as `weight`."""
    found = weighed(plan, name)
    return found[found["node"].isin(first_nodes(plan)[1])]


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

    Columns: sector; service, on average; worst, in its worst futures; future, the names of these.
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
        worst = float(mine["service"].min())
        mean = float((mine["service"] * mine["future"].map(weight)).sum())
        names = alike(mine, "service", worst)
        rows.append({"sector": sector, "service": mean, "worst": worst, "future": said_futures(names, len(mine))})
    return pd.DataFrame(rows, columns=["sector", "service", "worst", "future"])


# --- sourcing ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """The country that most of a class of material comes from, and its share of the kg (0..1).

    `ties` are further countries of which as much comes.
    """

    material_class: str
    country: str
    share: float
    ties: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """The class in words."""
        words = {"feedstock": "feedstock", "assembly": "bought-in assemblies"}
        return words.get(self.material_class, f"{self.material_class} magnets")


def arrivals_by_country(plan: Plan) -> pd.DataFrame:
    """kg that arrive on average over the futures: columns year, class, country, kg."""
    weight = plan.tables["futures"].set_index("future")["probability"]
    found = plan.tables["sourcing"]
    weighed = found.assign(kg=found["kg"].astype(float) * found["future"].map(weight).astype(float))
    return weighed.groupby(["year", "class", "country"], sort=True)["kg"].sum().reset_index()


def largest_sources(plan: Plan) -> list[Source]:
    """The largest country of each class over the horizon; heavy magnets first, then by kg, what is no magnet last."""
    kg = arrivals_by_country(plan).groupby(["class", "country"])["kg"].sum()
    totals = kg.groupby(level="class").sum()
    order = sorted(totals.index, key=lambda name: (name in NO_MAGNETS, name != "heavy", -totals[name]))
    return [_source(str(name), kg[name] / totals[name]) for name in order]


def _source(name: str, shares: pd.Series[float]) -> Source:
    share = float(shares.max())
    largest, *ties = shares.index[shares >= share * (1 - _SAME)].tolist()
    return Source(name, largest, share, tuple(ties))


def share_of(plan: Plan, material_class: str, country: str) -> float:
    """A country's share of a class over the horizon."""
    found = arrivals_by_country(plan)
    kg = found[found["class"] == material_class].groupby("country")["kg"].sum()
    return float(kg.get(country, 0.0) / kg.sum())


def main_source(plan: Plan) -> Source | None:
    """The largest country of the class that matters most: heavy magnets where there are any."""
    return next(iter(largest_sources(plan)), None)

"""What the charts of a plan show, as small tables made from the plan's own: report and page draw the same.

'on average' weighs futures by their probability; money is base currency, mass kg, shares are 0..1.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import COST_KINDS, by_future
from planner.present.figures import arrivals_by_country, largest_sources, main_source, weighed
from planner.present.words import capital, percent
from planner.scenario.scenario import NO_MAGNETS, Scenario
from planner.scenario.tables import Limit

ALL_MAGNETS = "all magnets"
"""Stands for every class but feedstock, which limits without a class speak of."""

MOST_FUTURES = 40
"""Futures that a chart can distinguish; of more the most expensive are shown."""

DEMAND = {"built": "Built", "lost": "Lost", "demand": "Asked for", "late": "Waiting at the end"}
"""What becomes of demand, as legends show it."""

OTHER = "other"

_MOST_KINDS = 5
"""Kinds of cost that are distinguished in a stack; the rest are one."""

_COUNTRIES = 5
"""Countries that are distinguished; the rest are 'other'."""


def cost_by_future(plan: Plan) -> pd.DataFrame:
    """Columns future, cost, expected, cvar; most expensive future first."""
    found = plan.tables["futures"][["future", "cost"]].sort_values("cost", ascending=False, kind="stable")
    return found.assign(expected=plan.expected_cost, cvar=plan.cvar).reset_index(drop=True)


def cost_by_kind(plan: Plan) -> pd.DataFrame:
    """What makes up the expected cost: columns kind, what, cost (discounted, on average); largest first."""
    weight = plan.tables["futures"].set_index("future")["probability"]
    found = plan.tables["costs"]
    cost = found["discounted"].astype(float) * found["future"].map(weight).astype(float)
    sums = cost.groupby(found["kind"]).sum().sort_values(ascending=False, kind="stable")
    return pd.DataFrame({"kind": sums.index, "what": sums.index.map(COST_KINDS), "cost": sums.to_numpy()})


def cost_split(plan: Plan) -> pd.DataFrame:
    """What of the expected cost is cash and what is not: columns what, cost (discounted, on average)."""
    found = cost_by_kind(plan)
    cost = found.groupby(found["kind"].map(lambda kind: _SPLIT.get(kind, _CASH)))["cost"].sum()
    order = [name for name in (_CASH, *dict.fromkeys(_SPLIT.values())) if name in cost.index]
    return pd.DataFrame({"what": order, "cost": [float(cost[name]) for name in order]})


_CASH = "Cash paid"
_SPLIT = {
    "shortage": "Margin lost on units not built",
    "delay": "Cost of units built late",
    "efficiency": "Efficiency lost by substitutes",
    "salvage": "Credit for stock at the end",
}
"""Kinds of cost that are not cash, in words."""


def demand_by_month(plan: Plan) -> pd.DataFrame:
    """Units on average: columns month, built, lost; demand, asked for in the period; late, waiting at its end."""
    found = weighed(plan, "shortage")
    parts = {name: found[name].astype(float) * found["weight"] for name in ("built", "lost", "demand", "late")}
    return pd.DataFrame({"month": found["month"], **parts}).groupby("month", sort=True).sum().reset_index()


def cost_stack(plan: Plan) -> pd.DataFrame:
    """Column Future, then a column a kind of cost, the largest first and the rest as one; then what is expected."""
    order = cost_by_future(plan)
    found = plan.tables["costs"]
    cost = found["discounted"].astype(float)
    table = cost.groupby([found["future"], found["kind"]]).sum().unstack(fill_value=0)
    largest = table.abs().sum().sort_values(ascending=False, kind="stable").index.tolist()
    named = largest if len(largest) <= _MOST_KINDS + 1 else largest[:_MOST_KINDS]
    stack = table[named].rename(columns=lambda kind: capital(COST_KINDS[kind]))
    if len(named) < len(largest):
        stack = stack.assign(**{"All else": table[largest[len(named) :]].sum(axis=1)})
    stack = stack.reindex(order["future"]).rename_axis(index="Future", columns=None).reset_index()
    return stack.assign(**{"Expected cost": plan.expected_cost, "CVaR": plan.cvar})


def missing_by_future(plan: Plan, what: str) -> pd.DataFrame:
    """Units `lost`, or `late` (waiting), as a share of those asked for: a row for each future, a column a month."""
    return _missing(by_future(plan.tables, "shortage"), "future", what)


def missing_by_line(plan: Plan, what: str) -> pd.DataFrame:
    """The same on average: a row for each product line, a column a month."""
    found = weighed(plan, "shortage")
    parts = {name: found[name].astype(float) * found["weight"] for name in ("demand", what)}
    return _missing(found.assign(**parts), "segment", what)


def _missing(rows: pd.DataFrame, by: str, what: str) -> pd.DataFrame:
    """Units as a share of those asked for, at most 1: a row for each of `by`, a column a month."""
    order = rows[by].drop_duplicates().tolist()
    sums = rows.groupby([by, "month"], sort=False)[["demand", what]].sum().astype(float)
    share = (sums[what] / sums["demand"].where(sums["demand"] > 0)).clip(0.0, 1.0)
    share = share.fillna((sums[what] > 0).astype(float))
    return share.unstack().reindex(order).sort_index(axis=1)


# --- sourcing ---------------------------------------------------------------------------------------


def sourcing_by_year(plan: Plan) -> pd.DataFrame:
    """kg of the main class that arrive on average: column year, then a column a country, largest first."""
    source = main_source(plan)
    return _by_country(plan, source.material_class if source else "", ())


def in_words(material_class: str) -> str:
    """A class as titles show it: 'heavy magnets', 'all magnets'."""
    return material_class if material_class == ALL_MAGNETS else f"{material_class} magnets"


def classes(scenario: Scenario, plan: Plan) -> list[str]:
    """The classes of magnets that arrive, those with limits first; all magnets where limits speak of them."""
    limited = [row.class_ or ALL_MAGNETS for row in scenario.limits if row.scope == "country"]
    arriving = [source.material_class for source in largest_sources(plan) if source.material_class not in NO_MAGNETS]
    arriving += [ALL_MAGNETS] * (ALL_MAGNETS in limited and bool(arriving))
    return sorted(arriving, key=lambda name: name not in limited)


def shares_by_year(scenario: Scenario, plan: Plan, material_class: str) -> pd.DataFrame:
    """Share of what arrives of a class on average: column year, then a column a country.

    Countries with limits come first, so that they stand at the bottom of a stack, where a limit can be compared.
    """
    limited = [row.target for row in _limits(scenario, material_class)]
    kg = _by_country(plan, material_class, limited)
    countries = kg.drop(columns="year")
    return pd.concat([kg[["year"]], countries.div(countries.sum(axis=1), axis=0)], axis=1)


def limits_by_year(scenario: Scenario, plan: Plan, material_class: str) -> pd.DataFrame:
    """The limits on countries' shares of a class: column year, then one a limit, by its name in words; blank: none."""
    years = _by_country(plan, material_class, ())["year"]
    lines = {}
    for row in _limits(scenario, material_class):
        calendar = scenario.calendar
        within = {calendar.year(period) for period in calendar.within(row.from_, row.until)}
        over = "" if row.per == "year" else " over the horizon"
        for side, share, idle in (("at most", row.max_share, 1.0), ("at least", row.min_share, 0.0)):
            if share != idle:
                name = f"{row.target} {side} {percent(share)}{over} ({row.limit})"
                lines[name] = pd.Series(share, index=years.index, dtype=float).where(years.isin(within))
    return pd.DataFrame({"year": years, **lines})


def _limits(scenario: Scenario, material_class: str) -> list[Limit]:
    wanted = None if material_class == ALL_MAGNETS else material_class
    return [row for row in scenario.limits if row.scope == "country" and row.class_ == wanted]


def _by_country(plan: Plan, material_class: str, first: list[str] | tuple[str, ...]) -> pd.DataFrame:
    """kg on average by year (column) and country (columns), those of `first` before the rest, largest first."""
    found = arrivals_by_country(plan)
    counted = ~found["class"].isin(NO_MAGNETS) if material_class == ALL_MAGNETS else found["class"] == material_class
    found = found[counted]
    largest = found.groupby("country")["kg"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    ordered = [*(name for name in dict.fromkeys(first) if name in largest), *largest]
    named = list(dict.fromkeys(ordered))[:_COUNTRIES]
    country = found["country"].where(found["country"].isin(named), OTHER)
    kg = found.assign(country=country).pivot_table(index="year", columns="country", values="kg", aggfunc="sum")
    said = [*named, *([OTHER] if len(largest) > _COUNTRIES else [])]
    return kg.reindex(columns=said).fillna(0.0).rename_axis(columns=None).reset_index()


def arrivals_by_month(plan: Plan, counted: Collection[str] = ()) -> pd.DataFrame:
    """kg released on average: a column a country, those of the largest five in all years, the rest one.

    What is `counted` in pieces is left out.
    """
    found = weighed(plan, "arrivals")
    found = found[~found["material"].isin(counted)]
    kg = found["released_kg"].astype(float) * found["weight"]
    largest = arrivals_by_country(plan).groupby("country")["kg"].sum().sort_values(ascending=False, kind="stable")
    named = [name for name in largest.index if name in set(found["country"])][:_COUNTRIES]
    country = found["country"].where(found["country"].isin(named), OTHER)
    months = sorted(plan.tables["nodes"]["month"].unique())
    table = kg.groupby([found["month"], country]).sum().unstack(fill_value=0).reindex(months, fill_value=0.0)
    order = [name for name in [*named, OTHER] if name in table.columns]
    return table[order].rename_axis(index="Month", columns=None).reset_index()

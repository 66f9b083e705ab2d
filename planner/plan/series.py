"""What the charts of a plan show, as small tables made from the plan's own.

'on average' weighs futures by their probability; money is base currency, mass kg.
"""

from __future__ import annotations

import pandas as pd

from planner.plan.figures import arrivals_by_country, main_source, weighed
from planner.plan.plan import Plan

_COUNTRIES = 5
"""Countries that are told apart; the rest are 'other'."""


def cost_by_future(plan: Plan) -> pd.DataFrame:
    """Columns future, cost, expected, cvar; dearest future first."""
    found = plan.tables["futures"][["future", "cost"]].sort_values("cost", ascending=False, kind="stable")
    return found.assign(expected=plan.expected_cost, cvar=plan.cvar).reset_index(drop=True)


def sourcing_by_year(plan: Plan) -> pd.DataFrame:
    """kg of the main class that arrive on average: column year, then a column a country, largest first."""
    source = main_source(plan)
    found = arrivals_by_country(plan)
    found = found[found["class"] == (source.material_class if source else "")]
    largest = found.groupby("country")["kg"].sum().sort_values(ascending=False, kind="stable").index
    told = [*largest[:_COUNTRIES], *(["other"] if len(largest) > _COUNTRIES else [])]
    country = found["country"].where(found["country"].isin(largest[:_COUNTRIES]), "other")
    kg = found.assign(country=country).pivot_table(index="year", columns="country", values="kg", aggfunc="sum")
    return kg.reindex(columns=told).fillna(0.0).rename_axis(columns=None).reset_index()


def demand_by_month(plan: Plan) -> pd.DataFrame:
    """Units on average: columns month, built, late (waiting at the period's end), lost."""
    found = weighed(plan, "shortage")
    parts = {name: found[name] * found["weight"] for name in ("built", "late", "lost")}
    return pd.DataFrame({"month": found["month"], **parts}).groupby("month", sort=True).sum().reset_index()

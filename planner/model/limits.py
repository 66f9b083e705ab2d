"""Limits on where arrivals come from, and on cash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyomo.environ as pyo

from planner.model.course import Course, Number, total
from planner.scenario import tables as t


@dataclass(frozen=True)
class _Inflow:
    """Kilograms that count in limits, with what limits speak of."""

    country: str
    supplier: str
    class_: str
    kg: Number


def sourcing(course: Course) -> None:
    """12. A country's or supplier's share of arrivals stays within its limits, in every future and window.

    min_share · all ≤ arrivals (offers, open orders, conversions) from the target ≤ max_share · all, where
    all is what arrives of the class; without a class, of every class but feedstock
    """
    m = course.model
    limits = {row.limit: row for row in course.scenario.limits}
    windows = {(name, window): when for name, row in limits.items() for window, when in _windows(course, row)}

    def rule(m: Any, name: str, window: str, side: str) -> Any:
        limit = limits[name]
        share = limit.min_share if side == "least" else limit.max_share
        if share == (0 if side == "least" else 1):
            return pyo.Constraint.Skip
        flows = [flow for period in windows[name, window] for flow in _inflows(course, period)]
        body = total((_from_target(limit, flow) - share) * flow.kg for flow in flows if _counts(limit, flow))
        if side == "least":
            return course.row(0, body + course.loosened("limits", name, "min_share"), None)
        return course.row(None, body - course.loosened("limits", name, "max_share"), 0)

    m.sourcing = pyo.Constraint([(*key, side) for key in windows for side in ("least", "most")], rule=rule)


def _windows(course: Course, limit: t.Limit) -> Iterable[tuple[str, list[int]]]:
    """The windows in which shares are taken: the horizon, or each financial year within from..until."""
    windows: dict[str, list[int]] = {}
    for period in course.calendar.within(limit.from_, limit.until):
        windows.setdefault(course.calendar.year(period) if limit.per == "year" else "horizon", []).append(period)
    return windows.items()


def _inflows(course: Course, period: int) -> Iterable[_Inflow]:
    m, scenario = course.model, course.scenario
    for arrival in course.arrivals.get(period, ()):
        offer = arrival.offer
        supplier, class_ = scenario.supplier[offer.supplier], scenario.material[offer.material].class_
        yield _Inflow(supplier.country, supplier.supplier, class_, arrival.released)
    for c, u in ((c, u) for c in scenario.conversion for u in course.pools if (c, u, period) in m.run):
        row = scenario.conversion[c]
        supplier, class_ = scenario.supplier[row.supplier], scenario.material[row.material].class_
        yield _Inflow(supplier.country, supplier.supplier, class_, m.run[c, u, period])


def _counts(limit: t.Limit, flow: _Inflow) -> bool:
    return flow.class_ == limit.class_ if limit.class_ else flow.class_ != "feedstock"


def _from_target(limit: t.Limit, flow: _Inflow) -> bool:
    return limit.target == (flow.country if limit.scope == "country" else flow.supplier)


def budget(course: Course) -> None:
    """13. In every future the cash spent in a financial year stays within its budget.

    Σ cash(a), undiscounted, over the year's periods on the path ≤ max_spend; `now` counts in the first
    period's year
    """
    m, calendar = course.model, course.calendar
    limits = {row.year: row.max_spend for row in course.scenario.budgets}

    def rule(m: Any, year: str) -> Any:
        periods = [period for period in course.periods if calendar.year(period) == year]
        if not periods:
            return pyo.Constraint.Skip
        spent = [m.cash[period] for period in ([0, *periods] if periods[0] == 1 else periods)]
        return course.row(None, total(spent) - course.loosened("budgets", year, "max_spend"), limits[year])

    m.budget = pyo.Constraint(list(limits), rule=rule)

"""Limits on where arrivals come from, and on cash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo

from planner.model.course import Course, Number, total
from planner.scenario import tables as t


def sourcing(course: Course) -> None:
    """12. A country's or supplier's share of arrivals stays within its limits, in every future and window.

    min_share · all ≤ arrivals (offers, open orders, conversions) from the target ≤ max_share · all, where
    all is what arrives of the class; without a class, of every class but feedstock
    """
    m, scenario = course.model, course.scenario
    limits = {row.limit: row for row in scenario.limits}
    windows = {(name, window): when for name, row in limits.items() for window, when in _windows(course, row)}

    def rule(m: Any, name: str, window: str, side: str) -> Any:
        limit = limits[name]
        share = limit.min_share if side == "least" else limit.max_share
        if share == (0 if side == "least" else 1):
            return pyo.Constraint.Skip
        flows = [flow for period in windows[name, window] for flow in _inflows(course, period)]
        body = total(
            (scenario.is_target(limit, supplier) - share) * kg
            for supplier, material, kg in flows
            if scenario.counts(limit, material)
        )
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


def _inflows(course: Course, period: int) -> Iterable[tuple[str, str, Number]]:
    """What arrives and is made in a period: supplier, material, kg."""
    m = course.model
    for arrival in course.arrivals.get(period, ()):
        yield arrival.offer.supplier, arrival.offer.material, arrival.released
    for row in course.scenario.conversions:
        for u in course.pools:
            if (row.conversion, u, period) in m.run:
                yield row.supplier, row.material, m.run[row.conversion, u, period]


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

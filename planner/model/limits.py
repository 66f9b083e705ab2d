"""Limits on where arrivals come from, and on cash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo

from planner.model.path import Number, PathModel, total
from planner.scenario import tables as t


def sourcing(path: PathModel) -> None:
    """12. A country's or supplier's share of arrivals stays within its limits, in every future and window.

    min_share · all ≤ arrivals (offers, open orders, conversions) from the target ≤ max_share · all, where
    all is what arrives of the class; without a class, of every class but feedstock and assembly. In the window that is
    running at the start before_kg and before_all_kg count with them.
    """
    m, limits = path.model, {row.limit: row for row in path.scenario.limits}
    windows = {(name, window): when for name, row in limits.items() for window, when in _windows(path, row)}

    def rule(m: Any, name: str, window: str, side: str) -> Any:
        limit = limits[name]
        share = limit.min_share if side == "least" else limit.max_share
        if share == (0 if side == "least" else 1):
            return pyo.Constraint.Skip
        before = limit.before_kg - share * limit.before_all_kg if _is_running(path, limit, window) else 0.0
        arrivals = _counted(path, limit, windows[name, window])
        body = before + total((from_target - share) * kg for from_target, kg in arrivals)
        if side == "least":
            return path.row(0, body + path.slack("limits", name, "min_share"), None)
        return path.row(None, body - path.slack("limits", name, "max_share"), 0)

    m.sourcing = pyo.Constraint([(*key, side) for key in windows for side in ("least", "most")], rule=rule)


def quota(path: PathModel) -> None:
    """12. What arrives from a country or supplier stays within its limits in kg, in every future and window.

    min_kg ≤ before_kg + arrivals from the target ≤ max_kg, where before_kg counts in the window that is running at the
    start; of max_kg what is left is never below 0, and a financial year that the horizon's end cuts off asks for no
    min_kg
    """
    m, limits = path.model, {row.limit: row for row in path.scenario.limits}
    windows = {(name, window): when for name, row in limits.items() for window, when in _windows(path, row)}

    def rule(m: Any, name: str, window: str, side: str) -> Any:
        limit = limits[name]
        before = limit.before_kg if _is_running(path, limit, window) else 0.0
        arrived = total(kg for from_target, kg in _counted(path, limit, windows[name, window]) if from_target)
        if side == "least":
            if limit.min_kg <= 0 or _is_cut_off(path, limit, window):
                return pyo.Constraint.Skip
            return path.row(limit.min_kg - before, arrived + path.slack("limits", name, "min_kg"), None)
        if limit.max_kg is None:
            return pyo.Constraint.Skip
        most = max(limit.max_kg - before, 0.0)
        return path.row(None, arrived - path.slack("limits", name, "max_kg"), most)

    m.quota = pyo.Constraint([(*key, side) for key in windows for side in ("least", "most")], rule=rule)


def _counted(path: PathModel, limit: t.Limit, periods: Iterable[int]) -> Iterable[tuple[bool, Number]]:
    """What counts in a limit in some periods: whether it comes from the target, and kg."""
    scenario = path.scenario
    for period in periods:
        for supplier, material, kg in _inflows(path, period):
            if scenario.counts(limit, material):
                yield scenario.is_target(limit, supplier), kg


def _windows(path: PathModel, limit: t.Limit) -> Iterable[tuple[str, list[int]]]:
    """The windows in which limits count: the horizon, or each financial year within from..until."""
    windows: dict[str, list[int]] = {}
    for period in path.calendar.within(limit.from_, limit.until):
        windows.setdefault(path.calendar.year(period) if limit.per == "year" else "horizon", []).append(period)
    return windows.items()


def _is_running(path: PathModel, limit: t.Limit, window: str) -> bool:
    """Whether a limit's window is running when the horizon begins."""
    return limit.per == "horizon" or window == path.calendar.year(1)


def _is_cut_off(path: PathModel, limit: t.Limit, window: str) -> bool:
    """Whether a limit's window is a financial year that goes on after the horizon."""
    return limit.per == "year" and window == path.calendar.year(path.last + 1)


def _inflows(path: PathModel, period: int) -> Iterable[tuple[str, str, Number]]:
    """What arrives and is made in a period: supplier, material, kg."""
    m = path.model
    for arrival in path.arrivals.get(period, ()):
        yield arrival.offer.supplier, arrival.offer.material, arrival.released
    for row in path.scenario.conversions:
        for u in path.pools:
            if (row.conversion, u, period) in m.run:
                yield row.supplier, row.material, m.run[row.conversion, u, period]


def budget(path: PathModel) -> None:
    """13. In every future the cash spent in a financial year, or in a single period, stays within its budget.

    Σ cash(a), undiscounted, over the year's periods on the path ≤ max_spend; `now` counts in the first
    period and its year
    """
    m, calendar = path.model, path.calendar
    limits = {row.year: row.max_spend for row in path.scenario.budgets}

    def rule(m: Any, year: str) -> Any:
        periods = calendar.spent_in(year)
        if not periods:
            return pyo.Constraint.Skip
        spent = [m.cash[period] for period in ([0, *periods] if periods[0] == 1 else periods)]
        return path.row(None, total(spent) - path.slack("budgets", year, "max_spend"), limits[year])

    m.budget = pyo.Constraint(list(limits), rule=rule)

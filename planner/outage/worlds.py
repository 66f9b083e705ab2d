"""A scenario as the questions about outages see it: what does not bind in them, and what no longer arrives.

Outages change what holds at the nodes of the tree, never the tree: what is known at a node stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from planner.futures.tree import Floats, Tree
from planner.model.tiling import Instance
from planner.outage.sources import Source
from planner.plan.plan import Decisions
from planner.scenario import windows
from planner.scenario.changed import changed
from planner.scenario.scenario import Scenario
from planner.scenario.tables import OpenOrder, Promise

PROMISED = ("commitment", "fixed_order")
"""The constraints by which orders are promised."""


def bare(scenario: Scenario) -> Scenario:
    """Without minimum service, limits, panels, promises, safety stock and storage limits, which do not bind here."""
    free = {"min_stock_kg": 0.0, "max_stock_kg": None}
    return changed(
        scenario,
        limits=(),
        panels=(),
        promises=(),
        segments=tuple(row.model_copy(update={"min_service": 0.0}) for row in scenario.segments),
        materials=tuple(row.model_copy(update=free) for row in scenario.materials),
    )


def promising(scenario: Scenario, segments: Iterable[str], until: int) -> Scenario:
    """With a promise to build all demand of some segments in its period, up to a period."""
    month = scenario.calendar.month(until)
    rows = [{"segment": segment, "until": month, "share": 1.0} for segment in segments]
    return changed(scenario, promises=(*scenario.promises, *(Promise(**row) for row in rows)))


# --- an outage ------------------------------------------------------------------------------------------


def out(scenario: Scenario, tree: Tree, source: Source, periods: int) -> tuple[Scenario, Tree]:
    """A scenario, and what holds at the nodes of its tree, with a source out in the first so many periods.

    What would arrive in them is not ordered, and open orders for them are gone. Under a licence that waits orders and
    open orders stay: see `held_back`.
    """
    offers, conversions = source.offers(scenario), source.conversions(scenario)
    capacity = dict(tree.offer_capacity)
    for name in offers - waiting(scenario, source):
        capacity[name] = _without(tree, capacity[name], periods - scenario.offer[name].lead_periods)
    runs = {
        name: _without(tree, factor, periods) if name in conversions else factor
        for name, factor in tree.conversion_capacity.items()
    }
    world = replace(tree, offer_capacity=capacity, conversion_capacity=runs)
    return changed(scenario, open_orders=tuple(_open_orders(scenario, source, periods))), world


def _without(tree: Tree, factor: Floats, last: int) -> Floats:
    """A factor by node that is 0 up to a period."""
    return np.where((tree.period >= 1) & (tree.period <= last), 0.0, factor)


def waiting(scenario: Scenario, source: Source) -> frozenset[str]:
    """The offers of a source of which what is not released waits until it is."""
    return frozenset(name for name in source.offers(scenario) if windows.waits(scenario, scenario.offer[name]))


def _open_orders(scenario: Scenario, source: Source, periods: int) -> Iterator[OpenOrder]:
    """Those that do not arrive in the outage, those that wait, and granted ones that would wait, after it."""
    calendar, offers, wait = scenario.calendar, source.offers(scenario), waiting(scenario, source)
    for row in scenario.open_orders:
        is_hit = row.offer in offers and calendar.period(row.period) <= periods
        if not is_hit or (row.offer in wait and row.cleared != "yes"):
            yield row
        elif row.offer in wait and periods < calendar.periods:
            yield row.model_copy(update={"period": calendar.month(periods + 1)})


def held_back(instance: Instance, offers: frozenset[str], periods: int) -> Instance:
    """The program in which nothing is released of some offers in the first so many periods: it waits."""
    layout, upper = instance.layout, instance.upper.copy()
    for period in range(1, periods + 1):
        places = [
            n for n, (name, index) in enumerate(layout.labels[period]) if name == "release" and index[0] in offers
        ]
        upper[layout.columns(period)[:, places]] = 0.0
    return unbound(replace(instance, upper=upper), ("cleared_share",), offers, periods)


# --- the program of one ---------------------------------------------------------------------------------


def decided(instance: Instance, decisions: Decisions) -> Instance:
    """The program with what is decided now as in a plan; what the scenario itself fixes stays."""
    lower, upper = instance.lower.copy(), instance.upper.copy()
    for column, (name, index) in enumerate(instance.layout.labels[0]):
        value = _value(name, str(index[0]), decisions)
        if value is not None:
            lower[column] = upper[column] = min(max(value, lower[column]), upper[column])
    return replace(instance, lower=lower, upper=upper)


def _value(name: str, item: str, decisions: Decisions) -> float | None:
    taken: Mapping[str, float] | None = {
        "apply": dict.fromkeys(decisions.apply, 1.0),
        "sign": dict.fromkeys(decisions.sign, 1.0),
        "keep": decisions.keep,
    }.get(name)
    return None if taken is None else float(taken.get(item, 0.0))


def unbound(instance: Instance, names: Iterable[str], items: frozenset[str], until: int | None = None) -> Instance:
    """The program without those rows of some constraints whose index begins with one of some items, up to a period."""
    wanted, period = set(names), instance.layout.tree.period
    last = instance.layout.tree.periods if until is None else until
    rows = [
        row
        for row, ((name, index), node) in enumerate(instance.row_names)
        if name in wanted and _first(index) in items and period[node] <= last
    ]
    lower, upper = instance.row_lower.copy(), instance.row_upper.copy()
    lower[rows], upper[rows] = -np.inf, np.inf
    return replace(instance, row_lower=lower, row_upper=upper)


def _first(index: Any) -> Any:
    return index[0] if isinstance(index, tuple) else index

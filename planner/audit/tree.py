"""The tree of futures, made again from the scenario's events: what is known when, and by which futures together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.scenario.scenario import Scenario
from planner.scenario.tables import Event

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Mask = NDArray[np.bool_]

Traits = dict[str, Sequence[str | None]]
"""By an event's scope, the name that each item has in it: {'country': ['China', 'Japan'], …}."""


@dataclass(frozen=True)
class Signals:
    """What holds in each future at each period: arrays futures × periods × items, in the scenario's order."""

    clearance: Array
    price: Array
    offer_capacity: Array
    supplier_capacity: Array
    conversion_capacity: Array
    demand: Array
    design_capacity: Array


def signals(scenario: Scenario, futures: list[str]) -> Signals:
    """The clearance of licences and the factors of prices, capacities and demand, event by event."""
    s = scenario
    by_supplier = {row.supplier: row.country for row in s.suppliers}
    offers: Traits = {
        "offer": [o.offer for o in s.offers],
        "supplier": [o.supplier for o in s.offers],
        "country": [by_supplier[o.supplier] for o in s.offers],
        "material": [o.material for o in s.offers],
    }
    suppliers: Traits = {"supplier": list(by_supplier), "country": list(by_supplier.values())}
    conversions: Traits = {
        "conversion": [c.conversion for c in s.conversions],
        "supplier": [c.supplier for c in s.conversions],
        "country": [by_supplier[c.supplier] for c in s.conversions],
    }
    segments: Traits = {
        "segment": [g.segment for g in s.segments],
        "sector": [g.sector for g in s.segments],
        "market": [g.market for g in s.segments],
    }
    return Signals(
        clearance=_clearance(s, futures),
        price=_factors(s, futures, "price", offers),
        offer_capacity=_factors(s, futures, "capacity", offers),
        supplier_capacity=_factors(s, futures, "capacity", suppliers),
        conversion_capacity=_factors(s, futures, "capacity", conversions),
        demand=_factors(s, futures, "demand", segments),
        design_capacity=_factors(s, futures, "capacity", {"design": [d.design for d in s.designs]}),
    )


def _factors(scenario: Scenario, futures: list[str], kind: str, traits: Traits) -> Array:
    """Factors of 1, times those of all events that apply."""
    values = np.ones((len(futures), scenario.settings.periods, len(next(iter(traits.values())))))
    for event in scenario.events:
        if event.kind == kind:
            values[_block(scenario, futures, event, traits)] *= event.value
    return values


def _clearance(scenario: Scenario, futures: list[str]) -> Array:
    """The released share of each licence, or that of the event furthest down the table of those that apply."""
    licences: Traits = {"licence": [row.licence for row in scenario.licences]}
    usual = np.array([row.clearance for row in scenario.licences])
    values = np.tile(usual, (len(futures), scenario.settings.periods, 1))
    for event in scenario.events:
        if event.kind == "clearance":
            values[_block(scenario, futures, event, licences)] = event.value
    return values


def _block(scenario: Scenario, futures: list[str], event: Event, traits: Traits) -> tuple[Places, ...]:
    """Futures, periods and items that an event touches."""
    who = range(len(futures)) if event.future == "*" else [futures.index(event.future)]
    when = [t - 1 for t in scenario.calendar.within(event.from_, event.until)]
    scopes = {} if event.scope == "all" and "design" in traits else traits  # a design is named, or nothing befalls it
    names = next(iter(scopes.values()), []) if event.scope == "all" else scopes.get(event.scope, [])
    what = [i for i, name in enumerate(names) if event.scope == "all" or event.target in (None, name)]
    return np.ix_(np.array(who, dtype=np.intp), np.array(when, dtype=np.intp), np.array(what, dtype=np.intp))


@dataclass(frozen=True)
class Tree:
    """Nodes 0..N−1 in order of period. `at` is the node of each future (row) at each period (column).

    By node: `period` (1..T), `parent` (−1 in the first period), `probability`, `future` (one that is in it).
    """

    at: Places
    period: Places
    parent: Places
    probability: Array
    future: Places

    @property
    def size(self) -> int:
        """N, the number of nodes."""
        return len(self.period)

    @cached_property
    def leaf(self) -> Places:
        """The node of each future at the last period."""
        return self.at[:, -1]

    def of(self, values: Array) -> Array:
        """By node, values given by future and period."""
        return values[self.future, self.period - 1]

    def before(self, values: Array, back: int = 1) -> Array:
        """By node, the values at the node `back` periods earlier; 0 where that is before the horizon."""
        ancestor = np.arange(self.size)
        for _ in range(min(back, self.at.shape[1])):
            ancestor = np.where(ancestor >= 0, self.parent[ancestor], -1)
        earlier = values[ancestor]
        earlier[ancestor < 0] = 0.0
        return earlier

    def lagged(self, values: Array, lags: Sequence[int]) -> Array:
        """By node (rows) and item (columns), the values as many periods earlier as each item's lag."""
        shifted = np.zeros_like(values)
        for lag in set(lags):
            items = np.array([i for i, own in enumerate(lags) if own == lag], dtype=np.intp)
            shifted[:, items] = self.before(values[:, items], lag)
        return shifted

    def so_far(self, values: Array) -> Array:
        """By node, the sum of the values of the node and of all before it."""
        total = values.copy()
        for period in range(2, self.at.shape[1] + 1):
            nodes = np.flatnonzero(self.period == period)
            total[nodes] += total[self.parent[nodes]]
        return total


def grow(values: Signals, probabilities: list[float]) -> Tree:
    """The tree: futures share a node as long as all that holds in them has been the same."""
    known = np.concatenate([_rounded(field) for field in vars(values).values()], axis=2)
    futures, periods = known.shape[:2]
    at = np.full((futures, periods), -1, dtype=np.intp)
    nodes: dict[tuple[int, int, bytes], int] = {}
    first: list[int] = []
    for t in range(periods):
        for w in range(futures):
            seen = (t, at[w, t - 1] if t else -1, known[w, t].tobytes())
            if seen not in nodes:
                nodes[seen] = len(nodes)
                first.append(w)
            at[w, t] = nodes[seen]
    probability = np.zeros(len(nodes))
    for w, share in enumerate(probabilities):
        probability[at[w]] += share
    return Tree(
        at=at,
        period=np.array([t + 1 for t, _, _ in nodes], dtype=np.intp),
        parent=np.array([parent for _, parent, _ in nodes], dtype=np.intp),
        probability=probability,
        future=np.array(first, dtype=np.intp),
    )


def _rounded(values: Array) -> Array:
    """To twelve digits, so that factors multiplied in another order are still the same."""
    mantissa, exponent = np.frexp(values)
    rounded: Array = np.ldexp(np.round(mantissa * 2.0**40), exponent - 40) + 0.0
    return rounded

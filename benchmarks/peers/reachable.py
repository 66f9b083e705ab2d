"""Which pools can ever hold what, for the program that `formulation` writes: nothing else gets a variable."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from planner.futures.tree import Floats, Tree
from planner.scenario.scenario import Scenario

FREE = ""
Place = tuple[str, str]
"""Material and pool."""


class Reachable:
    """First periods in which pools can hold materials, over all futures, and what follows from them."""

    def __init__(self, scenario: Scenario, tree: Tree) -> None:
        self.scenario, self.tree, self.last = scenario, tree, scenario.calendar.periods
        self.pools = (FREE, *(row.undertaking for row in scenario.undertakings))

    def ever(self, values: Floats) -> list[bool]:
        """By period: whether a number is above 0 at any node of it."""
        return [bool((values[nodes] > 0).any()) for nodes in self.tree.at]

    def added(self, scope: str, target: str) -> Floats:
        """By period: the most kg/period that expansions can have added."""
        found = np.zeros(self.last + 1)
        for row in self.scenario.expansions:
            if row.decision != "never" and (row.scope, row.target) == (scope, target):
                window = self.scenario.calendar.within(row.from_, row.until)
                ready = [period + row.lead_periods for period in window if period + row.lead_periods <= self.last]
                found[min(ready, default=self.last + 1) :] += row.step_kg_per_period * row.max_steps
        return found

    def forbidden(self, offer: Any) -> bool:
        """Whether offer or licence are ruled out."""
        licence = self.scenario.licence[offer.licence] if offer.licence else None
        return offer.decision == "never" or (licence is not None and licence.decision == "never")

    @cached_property
    def windows(self) -> dict[str, list[int]]:
        """Periods in which an offer can be ordered and still arrive."""
        within = self.scenario.calendar.within
        return {
            row.offer: [t for t in within(row.from_, row.until) if t + row.lead_periods <= self.last]
            for row in self.scenario.offers
        }

    @cached_property
    def order_periods(self) -> dict[str, list[int]]:
        """Those of them in which an order can be above 0."""
        found = {}
        for row in self.scenario.offers:
            some = self.ever(self.tree.offer_capacity[row.offer])
            most = row.max_kg_per_period + self.added("offer", row.offer)
            periods = [t for t in self.windows[row.offer] if some[t] and most[t] > 0]
            found[row.offer] = [] if self.forbidden(row) else periods
        return found

    @cached_property
    def first(self) -> dict[Place, int]:
        """The first period in which a pool can hold a material without any being moved into it."""
        scenario, first = self.scenario, dict[Place, int]()

        def reach(place: Place, period: int) -> bool:
            earlier = period < first.get(place, self.last + 1)
            if earlier:
                first[place] = period
            return earlier

        for stock in scenario.stock:
            if stock.kg > 0:
                reach((stock.material, stock.undertaking or FREE), 1)
        for place, period in self._arrivals():
            reach(place, period)
        again = True
        while again:
            runs = self._runs(first).items()
            made = [reach((scenario.conversion[name].material, pool), periods[0]) for (name, pool), periods in runs]
            again = any(made)
        return first

    def _arrivals(self) -> Iterator[tuple[Place, int]]:
        """Where and when what was or can be ordered may be released."""
        scenario = self.scenario
        released = {
            row.offer: self.ever(self.tree.clearance[row.licence]) if row.licence else [True] * (self.last + 1)
            for row in scenario.offers
        }
        for order in scenario.open_orders:
            offer, period = scenario.offer[order.offer], scenario.calendar.period(order.period)
            if order.kg > 0 and released[offer.offer][period]:
                yield (offer.material, scenario.pool(offer)), period
        for offer in scenario.offers:
            arrivals = [period + offer.lead_periods for period in self.order_periods[offer.offer]]
            for period in arrivals:
                if released[offer.offer][period]:
                    yield (offer.material, scenario.pool(offer)), period

    def _runs(self, first: dict[Place, int]) -> dict[tuple[str, str], list[int]]:
        """Periods in which a conversion can run in a pool, where any."""
        found = {}
        for row in self.scenario.conversions:
            some = self.ever(self.tree.conversion_capacity[row.conversion])
            most = row.max_kg_per_period + self.added("conversion", row.conversion)
            inputs = [taken.material for taken in self.scenario.conversion_inputs if taken.conversion == row.conversion]
            for pool in self.pools:
                own = [first.get((material, pool), self.last + 1) for material in inputs]
                free = [first.get((material, FREE), self.last + 1) for material in inputs]
                ready = max((min(pair) for pair in zip(own, free, strict=True)), default=1)
                ready = ready if pool == FREE else max(ready, min(own, default=self.last + 1))
                window = self.scenario.calendar.within(row.from_, row.until)
                periods = [t for t in window if t >= ready and some[t] and most[t] > 0]
                if periods:
                    found[row.conversion, pool] = periods
        return found

    @cached_property
    def run_periods(self) -> dict[tuple[str, str], list[int]]:
        """Periods in which a conversion can run, by conversion and pool."""
        return self._runs(self.first)

    @cached_property
    def move_periods(self) -> dict[Place, set[int]]:
        """Periods in which free material can be needed in a bound pool."""
        found: dict[Place, set[int]] = {}
        for (conversion, pool), periods in self.run_periods.items():
            for row in self.scenario.conversion_inputs:
                if row.conversion == conversion and pool != FREE:
                    there = self.first.get((row.material, FREE), self.last + 1)
                    found.setdefault((row.material, pool), set()).update(t for t in periods if t >= there)
        return found

    @cached_property
    def holds(self) -> dict[Place, int]:
        """The first period in which a pool can hold a material, moved into it or not."""
        found = dict(self.first)
        for place, periods in self.move_periods.items():
            found[place] = min([found.get(place, self.last + 1), *periods])
        return {place: period for place, period in found.items() if period <= self.last}

    @cached_property
    def design_pools(self) -> dict[str, dict[str, dict[str, int]]]:
        """By design and magnet: the pools that may give it, and from when on."""
        found: dict[str, dict[str, dict[str, int]]] = {row.design: {} for row in self.scenario.designs}
        segment_of = {row.design: self.scenario.segment[row.segment] for row in self.scenario.designs}
        for row in self.scenario.design_materials:
            found[row.design][row.material] = {
                pool: self.first[row.material, pool]
                for pool in self.pools
                if (row.material, pool) in self.first and self._may(pool, segment_of[row.design])
            }
        return found

    def _may(self, pool: str, segment: Any) -> bool:
        barring = [row for row in self.scenario.undertakings if row.undertaking == pool]
        return all(
            segment.market not in row.barred_markets and segment.end_use not in row.barred_end_uses for row in barring
        )

    def build_periods(self, design: Any) -> range:
        """Periods in which a design may be qualified and its magnets may be there."""
        if design.decision == "never" or design.max_share <= 0:
            return range(0)
        waits = design.qualification_periods if design.qualified == "no" else 0
        there = [min(pools.values(), default=self.last + 1) for pools in self.design_pools[design.design].values()]
        return range(max([waits + 1, *there]), self.last + 1)

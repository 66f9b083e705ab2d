"""Which pools can ever hold a material: variables are made only where they can be non-zero."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from planner.model.path import FREE, PathModel
from planner.scenario import tables as t
from planner.scenario import windows

NEVER = 10**9


class Reach:
    """The first period in which each pool can hold each material, over all futures."""

    def __init__(self, path: PathModel) -> None:
        self._path = path
        self._scenario = path.scenario

    @cached_property
    def first(self) -> dict[tuple[str, str], int]:
        """First period by (material, pool); pairs that nothing reaches are absent.

        A conversion in a bound pool counts only where one of its inputs is there by itself: to move
        all of them out of the free pool would only bind what was free.
        """
        first: dict[tuple[str, str], int] = {}
        for place, period in self._sources():
            first[place] = min(period, first.get(place, NEVER))
        while True:
            made = [(place, period) for place, period in self._made(first) if period < first.get(place, NEVER)]
            if not made:
                return first
            for place, period in made:
                first[place] = min(period, first.get(place, NEVER))

    def _sources(self) -> Iterator[tuple[tuple[str, str], int]]:
        scenario = self._scenario
        for stock in scenario.stock:
            if stock.kg > 0:
                yield (stock.material, stock.undertaking or FREE), 1
        for offer in scenario.offers:
            arrivals = list(self._arrivals(offer))
            if arrivals:
                yield (offer.material, scenario.pool(offer)), min(arrivals)

    def _arrivals(self, offer: t.Offer) -> Iterator[int]:
        """Periods in which something can arrive under an offer."""
        path = self._path
        for row in self._scenario.open_orders:
            if row.offer == offer.offer and row.cleared == "yes" and row.kg > 0:
                yield path.calendar.period(row.period)
        if windows.waits(self._scenario, offer):
            yield from self.release_periods(offer)
        else:
            yield from (period for period in self._due(offer) if path.positive_in(period, path.release(offer)))

    def _due(self, offer: t.Offer) -> list[int]:
        """Periods in which orders, or those open from before, come due."""
        after = windows.due_after(self._scenario, offer)
        ordered = [period + after for period in self.order_periods(offer)]
        return [*ordered, *(period for period, _ in self._path.open_orders(offer))]

    def first_due(self, offer: t.Offer) -> int:
        """The first period in which anything comes due under an offer; `NEVER` where nothing does."""
        return min(self._due(offer), default=NEVER)

    def release_periods(self, offer: t.Offer) -> list[int]:
        """Periods in which the licence of an offer that waits can release some of it."""
        path, first = self._path, self.first_due(offer)
        return [
            period
            for period in path.periods
            if period >= first and path.positive_in(period, path.release(offer)) and self._in_force(offer, period)
        ]

    def _in_force(self, offer: t.Offer, period: int) -> bool:
        """Whether an application for an offer's licence can be in force in a period; one per order always can."""
        scenario = self._scenario
        licence = scenario.licence[offer.licence or ""]
        before = [row for row in scenario.open_applications if row.licence == licence.licence]
        if licence.per_order == "yes" or any(
            period in self._path.calendar.within(row.from_, row.until) for row in before
        ):
            return True
        if licence.decision == "never" and not self._path.elastic:
            return False
        made = windows.apply_periods(scenario, licence)
        return any(period in windows.in_force(scenario, licence, applied) for applied in made)

    def _made(self, first: dict[tuple[str, str], int]) -> Iterator[tuple[tuple[str, str], int]]:
        for conversion in self._scenario.conversions:
            window = self._path.calendar.within(conversion.from_, conversion.until)
            for pool in self._path.pools:
                periods = [p for p in window if self._runs(conversion, pool, p, first)]
                if periods:
                    yield (conversion.material, pool), periods[0]

    def _runs(self, conversion: t.Conversion, pool: str, period: int, first: dict[tuple[str, str], int]) -> bool:
        path = self._path
        capacity = conversion.max_kg_per_period + path.most_expanded("conversion", conversion.conversion, period)
        if capacity <= 0 or not path.positive_in(period, path.tree.conversion_capacity[conversion.conversion]):
            return False
        inputs = [row.material for row in path.inputs[conversion.conversion]]
        here = [first.get((material, pool), NEVER) <= period for material in inputs]
        free = [first.get((material, FREE), NEVER) <= period for material in inputs]
        return all(h or f for h, f in zip(here, free, strict=True)) and (pool == FREE or any(here))

    # --- what follows from it -------------------------------------------------------------------------

    def order_periods(self, offer: t.Offer) -> list[int]:
        """Periods in which an order can be more than 0."""
        path = self._path
        if path.forbidden(offer):
            return []
        capacity = path.tree.offer_capacity[offer.offer]
        return [
            period
            for period in path.order_periods(offer)
            if path.positive_in(period, capacity)
            and offer.max_kg_per_period + path.most_expanded("offer", offer.offer, period) > 0
        ]

    def first_of(self, material: str) -> int:
        """The first period in which any pool can hold the material; `NEVER` where none can."""
        return min((period for (held, _), period in self.first.items() if held == material), default=NEVER)

    def supplies(self, material: str, pool: str, period: int) -> bool:
        """Whether the pool can hold the material in the period without any being moved into it."""
        return self.first.get((material, pool), NEVER) <= period

    @cached_property
    def _moved(self) -> dict[tuple[str, str], int]:
        moved: dict[tuple[str, str], int] = {}
        for material, pool, period in self.move_index():
            moved[material, pool] = min(period, moved.get((material, pool), NEVER))
        return moved

    def holds(self, material: str, pool: str, period: int) -> bool:
        """Whether the pool can hold the material in the period."""
        return self.supplies(material, pool, period) or self._moved.get((material, pool), NEVER) <= period

    def run_index(self) -> list[tuple[str, str, int]]:
        """(conversion, pool, period) where a conversion can run."""
        return [
            (row.conversion, pool, period)
            for row in self._scenario.conversions
            for pool in self._path.pools
            for period in self._path.calendar.within(row.from_, row.until)
            if self._runs(row, pool, period, self.first)
        ]

    def move_index(self) -> list[tuple[str, str, int]]:
        """(material, pool, period) where free material can be needed beside a pool's own."""
        found = {
            (row.material, pool, period)
            for conversion, pool, period in self.run_index()
            if pool != FREE
            for row in self._path.inputs[conversion]
            if self.supplies(row.material, FREE, period)
        }
        return sorted(found)

    def design_materials(self, design: t.Design) -> dict[str, list[tuple[str, int]]]:
        """The pools that can ever give each magnet of a design, with the first period in which they can."""
        segment = self._scenario.segment[design.segment]
        allowed = [pool for pool in self._path.pools if self._path.allowed(pool, segment)]
        return {
            row.material: [
                (pool, self.first[row.material, pool]) for pool in allowed if (row.material, pool) in self.first
            ]
            for row in self._path.magnets[design.design]
        }

    def build_periods(self, design: t.Design) -> list[int]:
        """Periods in which a design can be built: it may be qualified, and its magnets may be there."""
        if not self._path.elastic and (design.decision == "never" or design.max_share <= 0):
            return []
        pools = self.design_materials(design).values()
        ready = max((min((first for _, first in here), default=NEVER) for here in pools), default=1)
        qualified = self._path.qualified_at_first(design)
        return [period for period in self._path.periods if period >= max(qualified, ready)]

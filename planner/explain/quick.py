"""Conflicts that arithmetic alone shows, before any solver is asked.

Each check compares what a cell asks with what can be had in time and what must be paid for. A conflict it
shows is one for certain, whatever other cells say; there are conflicts that none of them sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from planner.futures.tree import Floats
from planner.model.path import PathModel
from planner.scenario import tables as t

Cell = tuple[str, str, str]
"""Table, key and field."""

_SLACK = 1 + 1e-9
"""Room for rounding: only what is exceeded by more is a conflict."""


def quick_conflicts(path: PathModel) -> list[list[Cell]]:
    """Conflicts seen at once: each the cells that cannot all hold."""
    bounds = _Bounds(path)
    return [conflict for check in _CHECKS for conflict in check(bounds)]


class _Bounds:
    """What can be, and what must be, by node of the tree."""

    def __init__(self, path: PathModel) -> None:
        self.path = path
        self.scenario = path.scenario
        self.tree = path.tree

    def along(self, by_node: Floats) -> Floats:
        """The sum along the path to each node."""
        ancestor = self.tree.ancestor
        return np.asarray(np.where(ancestor >= 0, by_node[ancestor], 0.0).sum(axis=1))

    def reaching(self, offer: t.Offer) -> Floats:
        """What would arrive at each node were f kg ordered whenever that can be: above 0 where anything can."""
        return self._arriving(offer, self.tree.offer_capacity[offer.offer])

    def _arriving(self, offer: t.Offer, ordered: Floats) -> Floats:
        """What arrives at each node when `ordered` (kg by node) is ordered whenever that can be."""
        arrived = np.zeros(self.tree.size)
        for period in self.path.order_periods(offer):
            due = self.tree.at[period + offer.lead_periods]
            arrived[due] += ordered[self.tree.ancestor[due, period]]
        return arrived * self.path.release(offer)

    @cached_property
    def open_orders(self) -> dict[str, Floats]:
        """What arrives of open orders at each node, kg by offer."""
        found = {row.offer: np.zeros(self.tree.size) for row in self.scenario.open_orders}
        for row in self.scenario.open_orders:
            found[row.offer][self.tree.at[self.path.calendar.period(row.period)]] += row.kg
        return {name: kg * self.path.release(self.scenario.offer[name]) for name, kg in found.items()}

    @cached_property
    def open_cost(self) -> Floats:
        """What is paid for open orders at each node, base currency."""
        paid = np.zeros(self.tree.size)
        for name, kg in self.open_orders.items():
            paid += kg * self._landed(self.scenario.offer[name])
        return paid

    @cached_property
    def committed(self) -> list[str]:
        """Offers that must be signed and commit to orders."""
        return [row.offer for row in self.scenario.offers if row.decision == "must" and row.commit_kg_per_period > 0]

    @cached_property
    def committed_cost(self) -> Floats:
        """What commitments that must be signed cost at least at each node, base currency; price rises left out."""
        paid = np.zeros(self.tree.size)
        for name in self.committed:
            offer = self.scenario.offer[name]
            factor = self.tree.offer_capacity[name]
            least = np.minimum(offer.commit_kg_per_period, factor * offer.max_kg_per_period)
            cheapest = float(min(self.tree.price[name].min(), 1.0))
            paid += self._arriving(offer, least) * self._landed(offer, cheapest)
        return paid

    def _landed(self, offer: t.Offer, factor: float = 1.0) -> float:
        rate = self.scenario.rate[offer.currency or self.scenario.settings.currency]
        return rate * (1 + offer.duty_rate) * (offer.price_per_kg * factor + offer.freight_per_kg)

    @cached_property
    def there(self) -> dict[str, Floats]:
        """By material and node: above 0 where any of it can have been there by then."""
        came = {name: np.zeros(self.tree.size) for name in self.scenario.material}
        for row in self.scenario.stock:
            came[row.material][self.tree.at[1]] += row.kg
        for offer in self.scenario.offers:
            came[offer.material] += self.reaching(offer) + self.open_orders.get(offer.offer, 0.0)
        for made in self.scenario.conversions:
            runs = np.isin(self.tree.period, list(self.path.calendar.within(made.from_, made.until)))
            came[made.material] += self.tree.conversion_capacity[made.conversion] * runs
        return {name: self.along(kg) for name, kg in came.items()}


def _safety_stock_and_storage(bounds: _Bounds) -> Iterator[list[Cell]]:
    for row in bounds.scenario.materials:
        if row.max_stock_kg is not None and row.min_stock_kg > row.max_stock_kg * _SLACK:
            yield [("materials", row.material, "min_stock_kg"), ("materials", row.material, "max_stock_kg")]


def _safety_stock_and_arrivals(bounds: _Bounds) -> Iterator[list[Cell]]:
    """Reported where nothing can be there in time: what is there but too little has the capacities as reasons, too."""
    for row in bounds.scenario.materials:
        guarded = bounds.path.calendar.within(row.min_stock_from, None)
        nodes = np.isin(bounds.tree.period, list(guarded))
        if row.min_stock_kg > 0 and (bounds.there[row.material][nodes] == 0).any():
            yield [("materials", row.material, "min_stock_kg")]


def _service_and_supply(bounds: _Bounds) -> Iterator[list[Cell]]:
    """The demand floor against a line that can never be built, as none of its magnets can ever be there."""
    leaves = bounds.tree.at[bounds.path.last]
    for row in bounds.scenario.segments:
        designs = bounds.path.designs[row.segment]
        buildable = np.zeros(len(leaves), dtype=bool)
        for design in designs:
            if design.decision == "never" or design.max_share <= 0:
                continue
            magnets = bounds.path.magnets[design.design]
            buildable |= np.all([bounds.there[m.material][leaves] > 0 for m in magnets], axis=0) if magnets else True
        asked = bounds.along(bounds.path.demand[row.segment])[leaves]
        ruled_out = any(design.decision == "never" or design.max_share <= 0 for design in designs)
        if row.min_service > 0 and not ruled_out and (~buildable & (asked > 0)).any():
            yield [("segments", row.segment, "min_service")]


def _budget_and_commitments(bounds: _Bounds) -> Iterator[list[Cell]]:
    """A financial year's budget against what must be paid: open orders as released, and what must be signed."""
    calendar = bounds.path.calendar
    years = np.array([calendar.year(max(int(period), 1)) for period in bounds.tree.period])
    for row in bounds.scenario.budgets:
        ordered = bounds.along(np.where(years == row.year, bounds.open_cost, 0.0))
        committed = bounds.along(np.where(years == row.year, bounds.committed_cost, 0.0))
        if (ordered > row.max_spend * _SLACK).any():
            yield [("budgets", row.year, "max_spend")]
        elif len(bounds.committed) == 1 and (ordered + committed > row.max_spend * _SLACK).any():
            (offer,) = bounds.committed
            cells = [("offers", offer, "commit_kg_per_period"), ("offers", offer, "decision")]
            yield [("budgets", row.year, "max_spend"), *cells]


def _share_and_target(bounds: _Bounds) -> Iterator[list[Cell]]:
    """A least share of what arrives, where open orders arrive from others and nothing can from the target."""
    leaves = bounds.tree.at[bounds.path.last]
    for row in bounds.scenario.limits:
        periods = np.isin(bounds.tree.period, list(bounds.path.calendar.within(row.from_, row.until)))
        theirs, others = np.zeros(bounds.tree.size), np.zeros(bounds.tree.size)
        for offer in bounds.scenario.offers:
            if bounds.scenario.counts(row, offer.material):
                mine = bounds.scenario.is_target(row, offer.supplier)
                theirs += bounds.reaching(offer) + bounds.open_orders.get(offer.offer, 0.0) if mine else 0.0
                others += 0.0 if mine else bounds.open_orders.get(offer.offer, 0.0)
        makes = any(
            bounds.scenario.is_target(row, c.supplier) and bounds.scenario.counts(row, c.material)
            for c in bounds.scenario.conversions
        )
        nothing = (bounds.along(theirs * periods)[leaves] == 0) & (bounds.along(others * periods)[leaves] > 0)
        if row.min_share > 0 and not makes and nothing.any():
            yield [("limits", row.limit, "min_share")]


_CHECKS = (
    _safety_stock_and_storage,
    _safety_stock_and_arrivals,
    _service_and_supply,
    _budget_and_commitments,
    _share_and_target,
)

"""Noise on demand, prices and capacities: lognormal factors of mean 1 that last for a while and move together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.futures.tree import Floats, Tree
from planner.scenario.scenario import Scenario

PER_QUARTER = 0.7
"""Autocorrelation of a factor's logarithm from one quarter to the next."""

TOGETHER = 0.5
"""Correlation of two items of a sector or a country."""


@dataclass(frozen=True)
class Noise:
    """Standard deviations of factors: of demand by segment, price by offer, capacity by supplier and conversion."""

    demand: float = 0.0
    price: float = 0.0
    capacity: float = 0.0

    @property
    def any(self) -> bool:
        """Whether there is any."""
        return self.demand > 0 or self.price > 0 or self.capacity > 0


def noisy(scenario: Scenario, tree: Tree, noise: Noise, seed: int, paths: Sequence[int]) -> Tree:
    """A tree of paths side by side (see `apart`) with noise on each, which depends on seed and number alone."""
    if not noise.any:
        return tree
    columns = [
        np.concatenate(by_path)
        for by_path in zip(*(_drawn(scenario, noise, seed, path) for path in paths), strict=True)
    ]
    return _with(scenario, tree, [np.concatenate([np.ones((1, found.shape[1])), found]) for found in columns])


def fading(scenario: Scenario, tree: Tree, noise: Noise, seed: int, path: int, period: int) -> Tree:
    """A tree with the noise of one path up to a period, and from there on what is to be expected of it.

    E(factor k periods later) = exp(r^k · (log + v / 2) − r^2k · v / 2), where log is the factor's logarithm and v the
    variance of such logarithms.
    """
    spreads = (noise.demand, noise.price, noise.capacity, noise.capacity)
    lasting = PER_QUARTER ** (scenario.settings.period_months / 3)
    later = np.maximum(tree.period - period, 0)
    columns = []
    for found, spread in zip(_drawn(scenario, noise, seed, path), spreads, strict=True):
        variance = np.log1p(spread**2)
        seen = np.concatenate([np.ones((1, found.shape[1])), found])[np.minimum(tree.period, period)]
        part = lasting ** later[:, None]
        expected = np.exp(part * (np.log(seen) + variance / 2) - part**2 * variance / 2)
        columns.append(np.where(later[:, None] > 0, expected, seen))
    return _with(scenario, tree, columns)


def _with(scenario: Scenario, tree: Tree, columns: Sequence[Floats]) -> Tree:
    """A tree whose factors are multiplied by those of segments, offers, suppliers and conversions (nodes, items)."""
    groups = _groups(scenario)
    demand, price, supplier, conversion = (
        dict(zip(group, found.T, strict=True)) for group, found in zip(groups, columns, strict=True)
    )
    of = {row.offer: row.supplier for row in scenario.offers}
    return replace(
        tree,
        demand_factor={name: values * demand[name] for name, values in tree.demand_factor.items()},
        price={name: values * price[name] for name, values in tree.price.items()},
        supplier_capacity={name: values * supplier[name] for name, values in tree.supplier_capacity.items()},
        offer_capacity={name: values * supplier[of[name]] for name, values in tree.offer_capacity.items()},
        conversion_capacity={name: values * conversion[name] for name, values in tree.conversion_capacity.items()},
    )


def _groups(scenario: Scenario) -> list[dict[str, str | None]]:
    """Segments by sector, and offers, suppliers and conversions by country: what moves together."""
    country: dict[str, str | None] = {row.supplier: row.country for row in scenario.suppliers}
    return [
        {row.segment: row.sector for row in scenario.segments},
        {row.offer: country[row.supplier] for row in scenario.offers},
        country,
        {row.conversion: country[row.supplier] for row in scenario.conversions},
    ]


def _drawn(scenario: Scenario, noise: Noise, seed: int, path: int) -> list[Floats]:
    """The factors of one path by group, shape (periods, items)."""
    settings = scenario.settings
    lasting = PER_QUARTER ** (settings.period_months / 3)
    random = np.random.default_rng((seed, 2, path))
    found = []
    for group, spread in zip(
        _groups(scenario), (noise.demand, noise.price, noise.capacity, noise.capacity), strict=True
    ):
        variance = np.log1p(spread**2)
        found.append(np.exp(np.sqrt(variance) * _lasting(random, group, settings.periods, lasting) - variance / 2))
    return found


def _lasting(random: np.random.Generator, group: Mapping[str, str | None], periods: int, lasting: float) -> Floats:
    """Standard normal logarithms by period and item: autoregressive, and correlated within a sector or country."""
    names = sorted({name for name in group.values() if name})
    shared = random.standard_normal((periods, len(names)))
    own = random.standard_normal((periods, len(group)))
    for column, name in enumerate(group.values()):
        if name:
            own[:, column] = np.sqrt(TOGETHER) * shared[:, names.index(name)] + np.sqrt(1 - TOGETHER) * own[:, column]
    for period in range(1, periods):
        own[period] = lasting * own[period - 1] + np.sqrt(1 - lasting**2) * own[period]
    return own

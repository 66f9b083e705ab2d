"""12. Limits on where arrivals come from, of the program that `formulation` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.writing import Flows, of
from planner.futures.tree import Floats

if TYPE_CHECKING:
    from benchmarks.peers.formulation import Formulation


def add_sourcing(model: Formulation) -> None:
    """Shares of what arrives, in every future and window."""
    sides = {"least": model.book.rows("sourcing_least", ">="), "most": model.book.rows("sourcing_most", "<=")}
    for limit in model.scenario.limits:
        for side, share, idle in (("least", limit.min_share, 0), ("most", limit.max_share, 1)):
            if share == idle:
                continue
            flows, given = _inflows(model, limit, share)
            for periods in _windows(model, limit):
                nodes = [model.book.on_path(period) for period in periods]
                known = np.sum([of(given, node, 0.0) for node in nodes], axis=0)
                rows = sides[side].add(model.period == periods[-1], -known)
                flows.along(sides[side], rows, nodes, model.tree.size)


def _windows(model: Formulation, limit: Any) -> list[list[int]]:
    calendar = model.scenario.calendar
    windows: dict[str, list[int]] = {}
    for period in calendar.within(limit.from_, limit.until):
        windows.setdefault(calendar.year(period) if limit.per == "year" else "", []).append(period)
    return list(windows.values())


def _inflows(model: Formulation, limit: Any, share: float) -> tuple[Flows, Floats]:
    """What arrives of a limit's class at each node, from its target less its share of all; and of open orders."""
    scenario, flows, given = model.scenario, Flows(), np.zeros(model.tree.size)

    def weight(supplier: str, material: str) -> float:
        return scenario.is_target(limit, supplier) - share if scenario.counts(limit, material) else 0.0

    for offer in scenario.offers:
        flows.add(model.order, model.arriving(offer), weight(offer.supplier, offer.material) * model.release(offer))
    for row in scenario.open_orders:
        offer = scenario.offer[row.offer]
        here = model.period == scenario.calendar.period(row.period)
        given += here * row.kg * weight(offer.supplier, offer.material) * model.release(offer)
    for (name, _), places in model.run.at.items():
        conversion = scenario.conversion[name]
        flows.add(model.run, places, weight(conversion.supplier, conversion.material))
    return flows, given

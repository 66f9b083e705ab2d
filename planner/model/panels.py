"""Panels: how many suppliers are bought from, and how much of it each has at least.

Index sets: `used` and `counts` now, by panel and supplier, for suppliers that something can be ordered from.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo

from planner.model.capacity import most_ordered
from planner.model.path import Number, PathModel, total
from planner.scenario import tables as t


def add_variables(path: PathModel) -> None:
    """used, counts (by panel and supplier, now)."""
    m, panels = path.model, path.scenario.panels
    bought = [(row.panel, supplier) for row in panels for supplier in _suppliers(path, row)]
    least = {row.panel for row in panels if row.min_suppliers > 0}
    m.used = pyo.Var(bought, domain=pyo.Integers, bounds=(0, 1))
    m.counts = pyo.Var([key for key in bought if key[0] in least], domain=pyo.Integers, bounds=(0, 1))
    path.now_variables |= {"used", "counts"}
    path.on_average |= {"panel_share"}


def _offers(path: PathModel, panel: t.Panel, supplier: str | None = None) -> list[t.Offer]:
    """The offers that a panel speaks of, of one supplier or of all."""
    return [
        row
        for row in path.scenario.offers
        if supplier in (None, row.supplier) and path.scenario.speaks_of(panel, row.material)
    ]


def _suppliers(path: PathModel, panel: t.Panel) -> list[str]:
    ordered = {name for name, _ in path.model.order}
    return list(dict.fromkeys(row.supplier for row in _offers(path, panel) if row.offer in ordered))


def _panels(path: PathModel) -> dict[str, t.Panel]:
    return {row.panel: row for row in path.scenario.panels}


def panel_used(path: PathModel) -> None:
    """14. Nothing is ordered from a supplier that a panel leaves out.

    order(o,n) ≤ most(o,n) · used(p,s), where most is the bound on order(o,n)
    """
    m, panels, offers = path.model, _panels(path), path.scenario.offer

    def rule(m: Any, p: str, o: str, period: int) -> Any:
        most = path.large
        if not path.elastic:
            most = path.node_parameter(f"most:{o}", period, most_ordered(path, offers[o], period))
        return m.order[o, period] - most * m.used[p, offers[o].supplier] <= 0

    index = [
        (p, o, period)
        for p, panel in panels.items()
        for o, period in m.order
        if path.scenario.speaks_of(panel, offers[o].material)
    ]
    m.panel_used = pyo.Constraint(index, rule=rule)


def panel_size(path: PathModel) -> None:
    """14. Anything is ordered from at most so many suppliers.

    Σ used(p,s) ≤ max_suppliers
    """
    m = path.model

    def rule(m: Any, p: str) -> Any:
        most = _panels(path)[p].max_suppliers
        used = _each(m.used, p)
        if most is None or (len(used) <= most and not path.elastic):
            return pyo.Constraint.Skip
        return path.row(None, total(used) - path.slack("panels", p, "max_suppliers"), most)

    m.panel_size = pyo.Constraint(list(_panels(path)), rule=rule)


def _each(variable: Any, panel: str) -> list[Number]:
    return [data for (name, _), data in variable.items() if name == panel]


def panel_counts(path: PathModel) -> None:
    """14. Only a supplier that is bought from counts.

    counts(p,s) ≤ used(p,s)
    """
    m = path.model

    def rule(m: Any, p: str, s: str) -> Any:
        return m.counts[p, s] - m.used[p, s] <= 0

    m.panel_counts = pyo.Constraint(m.counts.index_set(), rule=rule)


def panel_least(path: PathModel) -> None:
    """14. At least so many suppliers count.

    Σ counts(p,s) ≥ min_suppliers
    """
    m, panels = path.model, _panels(path)

    def rule(m: Any, p: str) -> Any:
        least = panels[p].min_suppliers
        if least <= 0:
            return pyo.Constraint.Skip
        return path.row(least, total(_each(m.counts, p)) + path.slack("panels", p, "min_suppliers", least), None)

    m.panel_least = pyo.Constraint(list(panels), rule=rule)


def panel_share(path: PathModel) -> None:
    """14. A supplier that counts has its least share of what the panel speaks of, on average over the futures.

    E[Σ arrivals from s] − min_share_each · E[Σ all arrivals] ≥ − min_share_each · most · (1 − counts(p,s)), where
    arrivals are those by offers, open orders among them, and most is the most that all of them can be
    """
    m, panels = path.model, _panels(path)

    def rule(m: Any, p: str, s: str) -> Any:
        share = panels[p].min_share_each or 0.0
        arrivals = list(_arrivals(path, panels[p]))
        own = total(kg for supplier, kg in arrivals if supplier == s) - share * total(kg for _, kg in arrivals)
        return path.row(0, own + share * _most(path, panels[p]) * (1 - m.counts[p, s]), None)

    m.panel_share = pyo.Constraint(m.counts.index_set(), rule=rule)


def _arrivals(path: PathModel, panel: t.Panel) -> Iterable[tuple[str, Number]]:
    """What arrives over the horizon by the offers that a panel speaks of: supplier, kg."""
    for arrivals in path.arrivals.values():
        for arrival in arrivals:
            if path.scenario.speaks_of(panel, arrival.offer.material):
                yield arrival.offer.supplier, arrival.released


def _most(path: PathModel, panel: t.Panel) -> float:
    """More kg than can arrive over the horizon by the offers that a panel speaks of, on any path."""
    if path.elastic:
        return path.large * path.last
    most = 0.0
    for row in _offers(path, panel):
        periods = [period for name, period in path.model.order if name == row.offer]
        most += sum(float(most_ordered(path, row, period)[path.tree.at[period]].max()) for period in periods)
        most += sum(order.kg for order in path.scenario.open_orders if order.offer == row.offer)
    return most

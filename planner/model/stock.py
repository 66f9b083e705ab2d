"""Stock of each material in each pool: what arrives, what is made, what is used, what is kept.

Index sets: `stock` wherever a pool can hold a material; `move` for free feedstock that may be needed
beside a pool's own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyomo.environ as pyo

from planner.model.demand import used
from planner.model.path import FREE, Number, PathModel, total
from planner.model.reach import Reach

Flows = dict[tuple[str, str, int], list[Number]]


def add_variables(path: PathModel, reach: Reach) -> None:
    """stock (by material, pool and period), move (by material, bound pool and period)."""
    m, materials = path.model, path.scenario.material
    places = [(i, u, period) for i in materials for u in path.pools for period in path.periods]
    m.stock = pyo.Var(
        [place for place in places if reach.holds(*place)],
        bounds=lambda m, i, u, period: (0, None if path.elastic else materials[i].max_stock_kg),
    )
    m.move = pyo.Var(reach.move_index(), bounds=(0, None))


def stock_balance(path: PathModel) -> None:
    """4. Stock of a material in a pool is what there was and came in less what went out.

    stock(n) = stock(parent) or opening stock + arrivals bound by the pool's undertaking
    + run that makes it − kg_per_kg · run that takes it ± move − use
    """
    m = path.model
    flows = _flows(path)
    opening = {(row.material, row.undertaking or FREE): row.kg for row in path.scenario.stock}

    def rule(m: Any, i: str, u: str, period: int) -> Any:
        before = opening.get((i, u), 0.0) if period == 1 else 0.0
        if (i, u, period - 1) in m.stock:
            before = m.stock[i, u, period - 1]
        return path.row(0, before + total(flows[i, u, period]) - m.stock[i, u, period], 0)

    m.stock_balance = pyo.Constraint(m.stock.index_set(), rule=rule)


def storage(path: PathModel) -> None:
    """4. Stock over all pools is at most what can be stored.

    Σ stock(n) over pools ≤ max_stock; of a single pool the bound says it
    """
    m, materials = path.model, path.scenario.material

    def rule(m: Any, i: str, period: int) -> Any:
        stocks = _stocks(path, i, period)
        if len(stocks) < 2 and not path.elastic:
            return pyo.Constraint.Skip
        return path.row(None, total(stocks) - path.slack("materials", i, "max_stock_kg"), materials[i].max_stock_kg)

    limited = [i for i, row in materials.items() if row.max_stock_kg is not None]
    m.storage = pyo.Constraint(limited, list(path.periods), rule=rule)


def safety_stock(path: PathModel) -> None:
    """4. Stock over all pools is at least the safety stock.

    Σ stock(n) over pools ≥ min_stock from min_stock_from on
    """
    m, materials = path.model, path.scenario.material

    def rule(m: Any, i: str, period: int) -> Any:
        least = materials[i].min_stock_kg
        stock = total(_stocks(path, i, period)) + path.slack("materials", i, "min_stock_kg", least)
        return path.row(least, stock, None)

    guarded = [
        (i, period)
        for i, row in materials.items()
        if row.min_stock_kg > 0
        for period in path.calendar.within(row.min_stock_from, None)
    ]
    m.safety_stock = pyo.Constraint(guarded, rule=rule)


def _stocks(path: PathModel, material: str, period: int) -> list[Number]:
    """Stock of a material in each pool that can hold it."""
    m = path.model
    return [m.stock[material, u, period] for u in path.pools if (material, u, period) in m.stock]


def _flows(path: PathModel) -> Flows:
    """What comes into (positive) and goes out of (negative) each pool in each period."""
    flows: Flows = defaultdict(list)
    m = path.model
    for period, arrivals in path.arrivals.items():
        for arrival in arrivals:
            flows[arrival.offer.material, arrival.pool, period].append(arrival.released)
    for c, u, period in m.run:
        made = path.scenario.conversion[c].material
        flows[made, u, period].append(m.run[c, u, period])
        for taken in path.inputs[c]:
            flows[taken.material, u, period].append(-taken.kg_per_kg * m.run[c, u, period])
    for i, u, period in m.move:
        flows[i, FREE, period].append(-m.move[i, u, period])
        flows[i, u, period].append(m.move[i, u, period])
    for i, u, period, kg in used(path):
        flows[i, u, period].append(-kg)
    return flows

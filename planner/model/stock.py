"""Stock of each material in each pool: what arrives, what is made, what is used, what is kept.

Index sets: `stock` wherever a pool can hold a material; `move` for free feedstock that may be needed
beside a pool's own.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyomo.environ as pyo

from planner.model.course import FREE, Course, Number, total
from planner.model.reach import Reach

Flows = dict[tuple[str, str, int], list[Number]]


def add_variables(course: Course, reach: Reach) -> None:
    """stock (by material, pool and period), move (by material, bound pool and period)."""
    m, materials = course.model, course.scenario.material
    places = [(i, u, period) for i in materials for u in course.pools for period in course.periods]
    m.stock = pyo.Var(
        [place for place in places if reach.holds(*place)],
        bounds=lambda m, i, u, period: (0, None if course.elastic else materials[i].max_stock_kg),
    )
    m.move = pyo.Var(reach.move_index(), bounds=(0, None))


def stock_balance(course: Course) -> None:
    """4. Stock of a material in a pool is what there was and came in less what went out.

    stock(n) = stock(parent) or opening stock + arrivals bound by the pool's undertaking
    + run that makes it − kg_per_kg · run that takes it ± move − use
    """
    m = course.model
    flows = _flows(course)
    opening = {(row.material, row.undertaking or FREE): row.kg for row in course.scenario.stock}

    def rule(m: Any, i: str, u: str, period: int) -> Any:
        before = opening.get((i, u), 0.0) if period == 1 else 0.0
        if (i, u, period - 1) in m.stock:
            before = m.stock[i, u, period - 1]
        return course.row(0, before + total(flows[i, u, period]) - m.stock[i, u, period], 0)

    m.stock_balance = pyo.Constraint(m.stock.index_set(), rule=rule)


def stock_limits(course: Course) -> None:
    """4. Stock over all pools is at least the safety stock and at most what can be stored.

    min_stock ≤ Σ stock(n) over pools ≤ max_stock; the safety stock holds from min_stock_from on
    """
    m, materials = course.model, course.scenario.material

    def rule(m: Any, i: str, period: int) -> Any:
        row = materials[i]
        stocks = [m.stock[i, u, period] for u in course.pools if (i, u, period) in m.stock]
        guarded = row.min_stock_kg > 0 and period in course.calendar.within(row.min_stock_from, None)
        limited = row.max_stock_kg is not None and (len(stocks) > 1 or course.elastic)  # else the bound says it
        body = total(stocks)
        if guarded:
            body += course.loosened("materials", i, "min_stock_kg", row.min_stock_kg)
        if limited:
            body -= course.loosened("materials", i, "max_stock_kg")
        if not guarded and not limited:
            return pyo.Constraint.Skip
        return course.row(row.min_stock_kg if guarded else None, body, row.max_stock_kg if limited else None)

    m.stock_limits = pyo.Constraint(list(materials), list(course.periods), rule=rule)


def _flows(course: Course) -> Flows:
    """What comes into (positive) and goes out of (negative) each pool in each period."""
    flows: Flows = defaultdict(list)
    m = course.model
    for period, arrivals in course.arrivals.items():
        for arrival in arrivals:
            flows[arrival.offer.material, arrival.pool, period].append(arrival.released)
    for c, u, period in m.run:
        made = course.scenario.conversion[c].material
        flows[made, u, period].append(m.run[c, u, period])
        for taken in course.inputs[c]:
            flows[taken.material, u, period].append(-taken.kg_per_kg * m.run[c, u, period])
    for i, u, period in m.move:
        flows[i, FREE, period].append(-m.move[i, u, period])
        flows[i, u, period].append(m.move[i, u, period])
    for _, i, u, period in m.use:
        flows[i, u, period].append(-m.use[_, i, u, period])
    return flows

"""Audit of stock and conversion: balances by pool, storage, plants and expansions."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.tree import Array


def check_stock(case: Case) -> None:
    """All rules of this file."""
    _balances(case)
    _storage(case)
    _safety_stock(case)
    _moves(case)
    _conversion_windows(case)
    _conversion_capacity(case)
    _expansions(case)


def _opening(case: Case) -> Array:
    """kg before the first period: material × pool."""
    opening = np.zeros(case.stock.shape[1:])
    for row in case.scenario.stock:
        opening[_place(case, "material", row.material), _place(case, "undertaking", row.undertaking or "")] += row.kg
    return opening


def _place(case: Case, kind: str, name: str) -> int:
    return case.names[kind].index(name)


def _arrived(case: Case) -> Array:
    """kg that arrive under offers: node × material × pool."""
    arrived = np.zeros_like(case.stock)
    kg = case.arrived.sum(axis=2)
    materials = case.places("material", [o.material for o in case.scenario.offers])
    for o, (m, u) in enumerate(zip(materials, case.bound_by, strict=True)):
        arrived[:, m, u] += kg[:, o]
    return arrived


def _converted(case: Case) -> tuple[Array, Array]:
    """kg made and kg taken by conversions: node × material × pool."""
    s = case.scenario
    makes = np.zeros((len(s.conversions), len(s.materials)))
    takes = np.zeros_like(makes)
    makes[range(len(s.conversions)), case.places("material", [c.material for c in s.conversions])] = 1.0
    for row in s.conversion_inputs:
        takes[_place(case, "conversion", row.conversion), _place(case, "material", row.material)] = row.kg_per_kg
    return np.einsum("ncu,cm->nmu", case.run, makes), np.einsum("ncu,cm->nmu", case.run, takes)


def _used(case: Case) -> Array:
    """kg of magnets used: node × material × pool."""
    return case.grid("magnets", "kg", "material", "undertaking")


def _moved(case: Case) -> Array:
    """kg that moves add (take, in the pool free): node × material × pool."""
    moved = case.move.copy()
    moved[:, :, 0] = -case.move[:, :, 1:].sum(axis=2)
    return moved


def _balances(case: Case) -> None:
    """stock(n) = stock(parent) or opening stock + arrivals + made − taken ± moved − used."""
    before = case.tree.before(case.stock)
    before[case.tree.period == 1] = _opening(case)
    made, taken = _converted(case)
    flows = {"there before": before, "arrived": _arrived(case), "made": made, "moved": _moved(case)}
    flows |= {"taken by conversions": -taken, "used": -_used(case)}
    right = np.sum(list(flows.values()), axis=0)
    largest = np.max([np.abs(flow).max(axis=(0, 2), initial=0.0) for flow in (case.stock, *flows.values())], axis=0)

    def where(n: int, m: int, u: int) -> str:
        parts = ", ".join(f"{name} {number(kg[n, m, u])}" for name, kg in flows.items() if kg[n, m, u])
        return f"{case.names['material'][m]}, {case.pool(u)}, in {case.at(n)}, stock at the end ({parts or 'no flow'})"

    case.ledger.equal("balance", case.stock, right, largest[:, None], "kg", where)


def _storage(case: Case) -> None:
    """Σ over pools stock ≤ max_stock."""
    most = np.array([np.inf if m.max_stock_kg is None else m.max_stock_kg for m in case.scenario.materials])
    total = case.stock.sum(axis=2)
    case.ledger.check(
        "storage",
        total - most,
        np.where(np.isinf(most), 1.0, np.maximum(most, total.max(axis=0))),
        "kg",
        lambda n, m: (
            f"{case.names['material'][m]} in {case.at(n)}: {number(total[n, m])} kg in stock, "
            f"storage for {number(most[m])} kg"
        ),
    )


def _safety_stock(case: Case) -> None:
    """Σ over pools stock ≥ min_stock from min_stock_from on."""
    materials = case.scenario.materials
    least = np.array([m.min_stock_kg for m in materials])
    needed = np.where(case.outside([(m.min_stock_from, None) for m in materials]), 0.0, least)
    total = case.stock.sum(axis=2)
    case.ledger.check(
        "safety_stock",
        needed - total,
        np.maximum(least, total.max(axis=0)),
        "kg",
        lambda n, m: (
            f"{case.names['material'][m]} in {case.at(n)}: {number(total[n, m])} kg in stock, "
            f"safety stock {number(needed[n, m])} kg"
        ),
    )


def _moves(case: Case) -> None:
    """move = 0 but for inputs of conversions, and into the pool free."""
    inputs = {row.material for row in case.scenario.conversion_inputs}
    allowed = np.zeros(case.move.shape[1:], dtype=bool)
    allowed[[m for m, name in enumerate(case.names["material"]) if name in inputs], 1:] = True
    case.ledger.check(
        "moves",
        np.where(allowed, 0.0, case.move),
        1.0,
        "kg",
        lambda n, m, u: (
            f"{case.names['material'][m]} in {case.at(n)}: {number(case.move[n, m, u])} kg moved into "
            + (
                f"{case.pool(u)}, but no conversion takes it in"
                if u
                else "the pool free, but bound material stays bound"
            )
        ),
    )


def _most(case: Case) -> Array:
    """kg of each conversion, all expansions bought: what its kg are measured against."""
    own = np.array([c.max_kg_per_period for c in case.scenario.conversions])
    return own + case.largest_expansion("conversion", case.names["conversion"])


def _conversion_windows(case: Case) -> None:
    """run = 0 outside from..until."""
    total = case.run.sum(axis=2)
    outside = case.outside([(c.from_, c.until) for c in case.scenario.conversions])
    case.ledger.check(
        "conversion_window",
        np.where(outside, total, 0.0),
        _most(case),
        "kg",
        lambda n, c: (
            f"{case.names['conversion'][c]} in {case.at(n)}: made {number(total[n, c])} kg, outside its from..until"
        ),
    )


def _conversion_capacity(case: Case) -> None:
    """Σ over pools run(c,u,n) ≤ f · (max + Σ step · steps ready)."""
    total = case.run.sum(axis=2)
    own = np.array([c.max_kg_per_period for c in case.scenario.conversions])
    factor = case.tree.of(case.signals.conversion_capacity)
    most = factor * (own + case.expanded("conversion", case.names["conversion"]))
    case.ledger.check(
        "conversion_capacity",
        total - most,
        _most(case),
        "kg",
        lambda n, c: (
            f"{case.names['conversion'][c]} in {case.at(n)}: made {number(total[n, c])} kg, "
            f"capacity {number(most[n, c])} kg"
        ),
    )


def _expansions(case: Case) -> None:
    """Whole steps, decided in from..until, at most max_steps along a path."""
    rows, steps = case.scenario.expansions, case.steps

    def where(n: int, e: int) -> str:
        return f"expansion {rows[e].expansion} in {case.at(n)}: {number(steps[n, e])} steps decided"

    outside = case.outside([(e.from_, e.until) for e in rows])
    case.ledger.check(
        "expansion_window",
        np.where(outside, steps, 0.0),
        1.0,
        "steps",
        lambda n, e: f"{where(n, e)}, outside its from..until",
    )
    case.ledger.check("whole_steps", np.abs(steps - np.round(steps)), 1.0, "steps", where)
    begun = [sum(o.steps for o in case.scenario.open_expansions if o.expansion == e.expansion) for e in rows]
    total = case.tree.so_far(steps)
    most = np.array([max(0, e.max_steps - n) for e, n in zip(rows, begun, strict=True)])
    case.ledger.check(
        "expansion_steps",
        total - most,
        1.0,
        "steps",
        lambda n, e: f"{where(n, e)}, {number(total[n, e])} so far, at most {most[e]}",
    )

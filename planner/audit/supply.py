"""Audit of supply: groups, reservations, orders and arrivals."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.tree import Array, Mask


def check_supply(case: Case) -> None:
    """All rules of this file."""
    _decisions(case)
    _groups(case)
    _reservations(case)
    _signatures(case)
    _order_windows(case)
    _order_capacity(case)
    _min_orders(case)
    _supplier_capacity(case)
    _landed_prices(case)
    _arrivals(case)


def _decisions(case: Case) -> None:
    """Expansion decided: not one that must never be; the steps of others are checked with stock."""
    never = np.array([e.decision == "never" for e in case.scenario.expansions], dtype=bool)
    case.ledger.check(
        "decision",
        np.where(never, case.steps, 0.0),
        1.0,
        "steps",
        lambda n, e: f"expansion {case.names['expansion'][e]} in {case.at(n)}: must never be decided, and is",
    )


def _groups(case: Case) -> None:
    """Σ signed(o,n) ≤ 1 over a group at every leaf; so for an offer alone."""
    groups: dict[str, list[int]] = {}
    for o, offer in enumerate(case.scenario.offers):
        groups.setdefault(f"group {offer.group}" if offer.group else f"offer {offer.offer}", []).append(o)
    names = list(groups)
    signed = np.stack([case.signed[:, groups[name]].sum(axis=1) for name in names], axis=1)
    case.ledger.check(
        "group",
        signed[case.tree.leaf] - 1.0,
        1.0,
        "signatures",
        lambda w, i: (
            f"{names[i]} in future {case.names['future'][w]}: signed {number(signed[case.tree.leaf[w], i])} times"
        ),
    )


def kept(case: Case) -> Array:
    """kg/period of capacity kept, before and now, by offer."""
    held: Array = case.keep + np.array([o.kept_kg for o in case.scenario.offers])
    return held


def _reservations(case: Case) -> None:
    """kept_kg + keep(o) ≤ max · sign(o, now), only for offers with a reservation fee."""
    most = np.array(
        [o.max_kg_per_period if o.reservation_fee_per_kg is not None else 0.0 for o in case.scenario.offers]
    )
    held = kept(case)
    case.ledger.check(
        "reservation",
        held - most * case.signed_now,
        most,
        "kg/period",
        lambda o: (
            f"offer {case.names['offer'][o]}: {number(held[o])} kg/period kept, "
            f"at most {number(most[o] * case.signed_now[o])} can be"
        ),
    )


def largest_order(case: Case) -> Array:
    """The largest order of the plan, at least 1 kg: what kg are measured against.

    Not capacities, which may be typed as large as one likes.
    """
    return np.full(len(case.scenario.offers), max(float(case.order.max(initial=0.0)), 1.0))


def _signatures(case: Case) -> None:
    """order(o,n) = 0 where o is not signed."""
    case.ledger.check(
        "signature",
        np.where(case.signed > 0, 0.0, case.order),
        largest_order(case),
        "kg",
        lambda n, o: f"{said(case, n, o)}, but it is not signed",
    )


def said(case: Case, n: int, o: int) -> str:
    """An order in words."""
    return f"offer {case.names['offer'][o]} in {case.at(n)}: ordered {number(case.order[n, o])} kg"


def may_order(case: Case) -> np.ndarray:
    """Node × offer: the order falls in from..until, is due by T, and not under a licence per order that is never."""
    late = case.tree.period[:, None] + np.array(case.leads, dtype=np.intp) > case.calendar.periods
    licences = [case.licence_of(o) for o in case.scenario.offers]
    barred = np.array([row is not None and row.decision == "never" for row in licences]) & case.per_order
    return ~late & ~barred & ~case.outside([(o.from_, o.until) for o in case.scenario.offers])


def _order_windows(case: Case) -> None:
    """order(o,n) = 0 outside from..until, and where it would arrive after T."""
    case.ledger.check(
        "order_window",
        np.where(may_order(case), 0.0, case.order),
        largest_order(case),
        "kg",
        lambda n, o: f"{said(case, n, o)}, outside its from..until, to arrive after the horizon, or ruled out",
    )


def _order_capacity(case: Case) -> None:
    """order(o,n) ≤ f · (max or kept + Σ step · steps ready)."""
    offers = case.scenario.offers
    base = np.array([o.max_kg_per_period if o.reservation_fee_per_kg is None else np.inf for o in offers])
    base = np.where(np.isinf(base), kept(case), base)
    most = case.tree.of(case.signals.offer_capacity) * (base + case.expanded("offer", case.names["offer"]))
    case.ledger.check(
        "order_capacity",
        case.order - most,
        largest_order(case),
        "kg",
        lambda n, o: f"{said(case, n, o)}, capacity {number(most[n, o])} kg",
    )


def _min_orders(case: Case) -> None:
    """order ∈ {0} ∪ [min_order, …], unless it is fixed."""
    least = np.array([o.min_order_kg for o in case.scenario.offers])
    free = ~fixed_orders(case)[0]
    case.ledger.check(
        "min_order",
        np.where(free, np.minimum(case.order, least - case.order), 0.0),
        largest_order(case),
        "kg",
        lambda n, o: f"{said(case, n, o)}, minimum {number(least[o])} kg",
    )


def fixed_orders(case: Case) -> tuple[Mask, Array]:
    """Where orders are fixed, and how much is asked for: node × offer."""
    fixed, kg = np.zeros(case.order.shape, dtype=bool), np.zeros(case.order.shape)
    for row in case.scenario.fixed_orders:
        o, nodes = case.names["offer"].index(row.offer), case.tree.period == case.calendar.period(row.period)
        fixed[nodes, o], kg[nodes, o] = True, row.kg
    return fixed, kg


def supplier_capacity(case: Case) -> Array:
    """f · max of each supplier: node × supplier."""
    own = [np.inf if s.max_kg_per_period is None else s.max_kg_per_period for s in case.scenario.suppliers]
    factor, most = case.tree.of(case.signals.supplier_capacity), np.array(own)
    return np.where(np.isinf(most), np.inf, factor * np.where(np.isinf(most), 0.0, most))


def _supplier_capacity(case: Case) -> None:
    """Σ over its offers ≤ f · max of the supplier."""
    suppliers, most = case.scenario.suppliers, supplier_capacity(case)
    total = np.zeros((case.tree.size, len(suppliers)))
    for o, s in enumerate(case.places("supplier", [o.supplier for o in case.scenario.offers])):
        total[:, s] += case.order[:, o]
    case.ledger.check(
        "supplier_capacity",
        total - most,
        np.where(np.isinf(most), 1.0, total.max(axis=0)),
        "kg",
        lambda n, s: (
            f"supplier {suppliers[s].supplier} in {case.at(n)}: ordered {number(total[n, s])} kg, "
            f"capacity {number(most[n, s])} kg"
        ),
    )


def _landed_prices(case: Case) -> None:
    """(price × price factor + freight) × (1 + duty) × rate, with the factor of the order's node."""
    rows = case.rows["orders"]
    right = case.landed(case.price)[rows.at["node"], rows.at["offer"]]
    case.ledger.equal(
        "landed_price",
        rows.numbers("landed_price_per_kg"),
        right,
        right,
        "base currency/kg",
        lambda i: f"offer {rows.frame['offer'].iloc[i]} in {case.at(int(rows.at['node'][i]))}, landed price",
    )


def _arrivals(case: Case) -> None:
    """arrive(o,n) = κ(o,n) · (order(o, anc(n, lead)) + open orders) where the rest is lost; what waits is released.

    An open order that is granted arrives whole.
    """
    share = np.where(case.waits, 1.0, case.clearance)[:, :, None]
    lost = np.where(case.waits[:, None], 0.0, case.due[:, :, :2])
    whole = np.stack([case.due[:, :, 2], np.where(case.waits, case.release, 0.0)], axis=2)
    nothing = np.zeros_like(whole)
    right = {
        "ordered_kg": np.concatenate([lost, whole], axis=2),
        "released_kg": np.concatenate([share * lost, whole], axis=2),
        "withheld_kg": np.concatenate([(1.0 - share) * lost, nothing], axis=2),
    }
    scale = np.maximum(largest_order(case), case.due.max(axis=(0, 2)))[:, None]
    columns = list(right)
    case.ledger.equal(
        "arrival",
        np.stack([case.grid("arrivals", column, "offer", "origin") for column in columns], axis=3),
        np.stack(list(right.values()), axis=3),
        scale[:, :, None],
        "kg",
        lambda n, o, origin, c: (
            f"offer {case.names['offer'][o]} in {case.at(n)}, {case.names['origin'][origin]}, {columns[c]}"
        ),
    )

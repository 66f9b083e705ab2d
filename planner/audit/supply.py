"""Audit of supply: licences, signatures, reservations, orders and arrivals."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.tree import Array


def check_supply(case: Case) -> None:
    """All rules of this file."""
    _decisions(case)
    _licences(case)
    _groups(case)
    _reservations(case)
    _signatures(case)
    _order_windows(case)
    _order_capacity(case)
    _min_orders(case)
    _commitments(case)
    _supplier_capacity(case)
    _landed_prices(case)
    _arrivals(case)


def _decisions(case: Case) -> None:
    """decision: must is applied for or signed, never is not; nor is an expansion."""
    s = case.scenario
    signed = dict(zip(case.names["offer"], case.signed.tolist(), strict=True))
    fixed = [("licence", row.licence, row.decision, row.licence in case.applied, "applied for") for row in s.licences]
    fixed += [("offer", row.offer, row.decision, signed[row.offer], "signed") for row in s.offers]
    fixed += [
        ("expansion", row.expansion, row.decision, bool(case.steps[:, i].any()), "decided")
        for i, row in enumerate(s.expansions)
    ]
    for what, name, decision, done, verb in fixed:
        if decision == "must" and not done:
            case.ledger.wrong("decision", f"{what} {name}: must be {verb}, and is not")
        if decision == "never" and done:
            case.ledger.wrong("decision", f"{what} {name}: must never be {verb}, and is")


def _licences(case: Case) -> None:
    """sign(o) ≤ apply(licence of o)."""
    for offer, signed in zip(case.scenario.offers, case.signed, strict=True):
        if offer.licence and signed and offer.licence not in case.applied:
            case.ledger.wrong("licence", f"offer {offer.offer}: signed, but licence {offer.licence} is not applied for")


def _groups(case: Case) -> None:
    """Σ sign ≤ 1 over a group."""
    signed: dict[str, list[str]] = {}
    for offer, taken in zip(case.scenario.offers, case.signed, strict=True):
        if offer.group and taken:
            signed.setdefault(offer.group, []).append(offer.offer)
    groups = list(signed)
    case.ledger.check(
        "group",
        np.array([len(signed[group]) - 1 for group in groups]),
        1.0,
        "offers",
        lambda i: f"group {groups[i]}: {' and '.join(signed[groups[i]])} are signed, at most one may be",
    )


def _reservations(case: Case) -> None:
    """0 ≤ keep(o) ≤ max · sign(o), only for offers with a reservation fee."""
    most = np.array(
        [o.max_kg_per_period if o.reservation_fee_per_kg is not None else 0.0 for o in case.scenario.offers]
    )
    case.ledger.check(
        "reservation",
        case.keep - most * case.signed,
        most,
        "kg/period",
        lambda o: (
            f"offer {case.names['offer'][o]}: {number(case.keep[o])} kg/period kept, "
            f"at most {number(most[o] * case.signed[o])} can be"
        ),
    )


def _largest(case: Case) -> Array:
    """The largest order of the plan, at least 1 kg: what kg are measured against.

    Not capacities, which may be typed as large as one likes.
    """
    return np.full(len(case.scenario.offers), max(float(case.order.max(initial=0.0)), 1.0))


def _signatures(case: Case) -> None:
    """order(o,n) = 0 where o is not signed."""
    case.ledger.check(
        "signature",
        np.where(case.signed, 0.0, case.order),
        _largest(case),
        "kg",
        lambda n, o: f"{_order(case, n, o)}, but it is not signed",
    )


def _order(case: Case, n: int, o: int) -> str:
    return f"offer {case.names['offer'][o]} in {case.at(n)}: ordered {number(case.order[n, o])} kg"


def _may_order(case: Case) -> np.ndarray:
    """Node × offer: the order falls in from..until and arrives by T."""
    late = case.tree.period[:, None] + np.array(case.leads, dtype=np.intp) > case.calendar.periods
    return ~late & ~case.outside([(o.from_, o.until) for o in case.scenario.offers])


def _order_windows(case: Case) -> None:
    """order(o,n) = 0 outside from..until, and where it would arrive after T."""
    case.ledger.check(
        "order_window",
        np.where(_may_order(case), 0.0, case.order),
        _largest(case),
        "kg",
        lambda n, o: f"{_order(case, n, o)}, outside its from..until or to arrive after the horizon",
    )


def _order_capacity(case: Case) -> None:
    """order(o,n) ≤ f · (max or kept + Σ step · steps ready)."""
    offers = case.scenario.offers
    base = np.array([o.max_kg_per_period if o.reservation_fee_per_kg is None else np.inf for o in offers])
    base = np.where(np.isinf(base), case.keep, base)
    most = case.tree.of(case.signals.offer_capacity) * (base + case.expanded("offer", case.names["offer"]))
    case.ledger.check(
        "order_capacity",
        case.order - most,
        _largest(case),
        "kg",
        lambda n, o: f"{_order(case, n, o)}, capacity {number(most[n, o])} kg",
    )


def _min_orders(case: Case) -> None:
    """order ∈ {0} ∪ [min_order, …]."""
    least = np.array([o.min_order_kg for o in case.scenario.offers])
    case.ledger.check(
        "min_order",
        np.minimum(case.order, least - case.order),
        _largest(case),
        "kg",
        lambda n, o: f"{_order(case, n, o)}, minimum {number(least[o])} kg",
    )


def _commitments(case: Case) -> None:
    """order ≥ min(commit, f · max) · sign at every node where it may order."""
    offers = case.scenario.offers
    most = case.tree.of(case.signals.offer_capacity) * np.array([o.max_kg_per_period for o in offers])
    least = np.minimum(np.array([o.commit_kg_per_period for o in offers]), most) * case.signed * _may_order(case)
    case.ledger.check(
        "commitment",
        least - case.order,
        _largest(case),
        "kg",
        lambda n, o: f"{_order(case, n, o)}, committed {number(least[n, o])} kg",
    )


def _supplier_capacity(case: Case) -> None:
    """Σ over its offers ≤ f · max of the supplier."""
    suppliers = case.scenario.suppliers
    total = np.zeros((case.tree.size, len(suppliers)))
    for o, s in enumerate(case.places("supplier", [o.supplier for o in case.scenario.offers])):
        total[:, s] += case.order[:, o]
    own = np.array([np.inf if s.max_kg_per_period is None else s.max_kg_per_period for s in suppliers])
    factor = case.tree.of(case.signals.supplier_capacity)
    most = np.where(np.isinf(own), np.inf, factor * np.where(np.isinf(own), 0.0, own))
    case.ledger.check(
        "supplier_capacity",
        total - most,
        np.where(np.isinf(own), 1.0, own),
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
    """arrive(o,n) = κ(o,n) · order(o, anc(n, lead)); an open order likewise; the rest is withheld."""
    share = case.clearance[:, :, None]
    right = {
        "ordered_kg": case.due,
        "released_kg": share * case.due,
        "withheld_kg": (1.0 - share) * case.due,
    }
    scale = np.maximum(_largest(case)[:, None], case.due.max(axis=0))
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

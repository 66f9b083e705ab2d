"""What is applied for, signed and ordered.

Index sets: `apply` and `sign` now, `keep` for offers with a reservation fee, `order` where an order can
be more than 0 and still arrive, `place` where it has a minimum. An offer that needs no signature counts
as signed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from planner.futures.tree import Floats
from planner.model.course import Course, Number, total
from planner.model.reach import Reach
from planner.scenario import tables as t


def needs_signature(offer: t.Offer) -> bool:
    """Whether signing the offer is a decision: it has a fee, commitment, group, licence or fixed decision."""
    return bool(
        offer.signing_fee > 0
        or offer.commit_kg_per_period > 0
        or offer.group
        or offer.licence
        or offer.decision != "free"
    )


def add_variables(course: Course, reach: Reach) -> None:
    """apply, sign, keep (now); order, place (by offer and period)."""
    m, scenario = course.model, course.scenario
    licences, offers = scenario.licence, scenario.offer
    orders = [(row.offer, period) for row in scenario.offers for period in reach.order_periods(row)]
    m.apply = pyo.Var(list(licences), domain=pyo.Integers, bounds=lambda m, i: course.decision(licences[i].decision))
    m.sign = pyo.Var(
        [row.offer for row in scenario.offers if needs_signature(row)],
        domain=pyo.Integers,
        bounds=lambda m, i: course.decision(offers[i].decision),
    )
    m.keep = pyo.Var(
        [row.offer for row in scenario.offers if row.reservation_fee_per_kg is not None],
        bounds=lambda m, i: (0, None if course.elastic else offers[i].max_kg_per_period),
    )
    course.now_variables |= {"apply", "sign", "keep"}
    m.order = pyo.Var(
        orders, bounds=lambda m, i, period: (0, None if course.elastic else _most(course, offers[i], period))
    )
    m.place = pyo.Var(
        [(i, period) for i, period in orders if offers[i].min_order_kg > 0], domain=pyo.Integers, bounds=(0, 1)
    )


def _most(course: Course, offer: t.Offer, period: int) -> Number:
    """The largest order, kg: f · (max + Σ step · max_steps), and at most what its supplier can take.

    0 where that is below the minimum order.
    """
    capacity = offer.max_kg_per_period + course.most_expanded("offer", offer.offer, period)
    if (offer.offer, capacity) not in course.most_ordered:
        course.most_ordered[offer.offer, capacity] = _most_of(course, offer, capacity)
    return course.seen(f"most:{offer.offer}", period, course.most_ordered[offer.offer, capacity])


def _most_of(course: Course, offer: t.Offer, capacity: float) -> Floats:
    """The largest order by node, of an offer with so much capacity."""
    most = course.tree.offer_capacity[offer.offer] * capacity
    supplier = course.scenario.supplier[offer.supplier]
    if course.elastic:
        return most
    if supplier.max_kg_per_period is not None:
        most = np.minimum(most, course.tree.supplier_capacity[offer.supplier] * supplier.max_kg_per_period)
    return np.where(most >= offer.min_order_kg, most, 0.0)


def _loosened(course: Course, offer: t.Offer, period: int) -> Number:
    """What is added to f · max where the offer's capacity is loosened."""
    factor = course.seen(f"capacity:{offer.offer}", period, course.tree.offer_capacity[offer.offer])
    return factor * course.loosened("offers", offer.offer, "max_kg_per_period")


def _signed(course: Course, offer: t.Offer) -> Number:
    return course.model.sign[offer.offer] if needs_signature(offer) else 1


def licence_needed(course: Course) -> None:
    """1. A signed offer needs its licence applied for.

    sign(o) ≤ apply(licence of o)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str) -> Any:
        return m.sign[o] - m.apply[offers[o].licence] <= 0

    m.licence_needed = pyo.Constraint([o for o, row in offers.items() if row.licence], rule=rule)


def one_of_group(course: Course) -> None:
    """1. At most one offer of a group is signed.

    Σ sign(o) ≤ 1 over the offers of a group; groups of one are left out.
    """
    m = course.model
    groups: dict[str, list[str]] = {}
    for row in course.scenario.offers:
        if row.group:
            groups.setdefault(row.group, []).append(row.offer)

    def rule(m: Any, name: str) -> Any:
        return pyo.quicksum(m.sign[o] for o in groups[name]) <= 1

    m.one_of_group = pyo.Constraint([name for name, members in groups.items() if len(members) > 1], rule=rule)


def order_capacity(course: Course) -> None:
    """2. Orders stay within the signed or kept capacity and what expansions have added.

    order(o,n) ≤ f · (max · sign(o) + Σ step · expand(e,a)), with keep(o) for max · sign(o) where a
    reservation is needed. Offers with neither reservation nor expansion: see `signed_first`.
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        kept = offer.reservation_fee_per_kg is not None
        if not kept and not course.expansions["offer", o]:
            return pyo.Constraint.Skip
        factor = course.seen(f"capacity:{o}", period, course.tree.offer_capacity[o])
        signed = m.keep[o] if kept else offer.max_kg_per_period * _signed(course, offer)
        capacity = factor * (signed + course.expanded("offer", o, period))
        if not kept:
            capacity += _loosened(course, offer, period)
        return course.row(None, m.order[o, period] - capacity, 0)

    m.order_capacity = pyo.Constraint(m.order.index_set(), rule=rule)


def signed_first(course: Course) -> None:
    """2. Nothing is ordered under an offer that is not signed.

    order(o,n) ≤ most(o,n) · sign(o), where most is the bound on order(o,n). An offer without signing fee,
    commitment, group, licence and fixed decision needs no signature and counts as signed. Left out where another row
    says it: `placed_order` for offers with a minimum, `kept_if_signed` for those with a reservation.
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        said = offer.reservation_fee_per_kg is not None and not course.expansions["offer", o]
        bound_says_it = not needs_signature(offer) and not course.elastic
        if bound_says_it or said or (offer.min_order_kg > 0 and not course.elastic):
            return pyo.Constraint.Skip
        most = _most(course, offer, period) * _signed(course, offer) + _loosened(course, offer, period)
        return course.row(None, m.order[o, period] - most, 0)

    m.signed_first = pyo.Constraint(m.order.index_set(), rule=rule)


def kept_if_signed(course: Course) -> None:
    """2. Capacity is kept only under a signed offer.

    keep(o) ≤ max · sign(o)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str) -> Any:
        if not needs_signature(offers[o]):
            return pyo.Constraint.Skip
        most = offers[o].max_kg_per_period * m.sign[o] + course.loosened("offers", o, "max_kg_per_period")
        return m.keep[o] - most <= 0

    m.kept_if_signed = pyo.Constraint(m.keep.index_set(), rule=rule)


def placed_order(course: Course) -> None:
    """2. An order with a minimum is 0 unless placed.

    order(o,n) ≤ f · (max + Σ step · max_steps) · place(o,n)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        most = course.large if course.elastic else _most(course, offers[o], period)
        return m.order[o, period] - most * m.place[o, period] <= 0

    m.placed_order = pyo.Constraint(m.place.index_set(), rule=rule)


def minimum_order(course: Course) -> None:
    """2. A placed order is at least the minimum.

    order(o,n) ≥ min_order · place(o,n)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        least = offers[o].min_order_kg * m.place[o, period]
        return m.order[o, period] - least + course.loosened("offers", o, "min_order_kg", offers[o].min_order_kg) >= 0

    m.minimum_order = pyo.Constraint(m.place.index_set(), rule=rule)


def placed_if_signed(course: Course) -> None:
    """2. Orders are placed only under a signed offer.

    place(o,n) ≤ sign(o)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        return m.place[o, period] - m.sign[o] <= 0 if needs_signature(offers[o]) else pyo.Constraint.Skip

    m.placed_if_signed = pyo.Constraint(m.place.index_set(), rule=rule)


def commitment(course: Course) -> None:
    """2. Take-or-pay: once signed, at least the commitment is ordered, as far as capacity is there.

    order(o,n) ≥ min(commit, f · max) · sign(o)
    """
    m, offers = course.model, course.scenario.offer
    committed = [o for o, row in offers.items() if row.commit_kg_per_period > 0 and not course.forbidden(row)]
    periods = {o: course.order_periods(offers[o]) for o in committed}

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        least = np.minimum(offer.commit_kg_per_period, course.tree.offer_capacity[o] * offer.max_kg_per_period)
        if not course.ever(period, least):
            return pyo.Constraint.Skip
        order = m.order[o, period] if (o, period) in m.order else 0
        loosened = course.loosened("offers", o, "commit_kg_per_period", offer.commit_kg_per_period)
        return order - course.seen(f"commit:{o}", period, least) * m.sign[o] + loosened >= 0

    m.commitment = pyo.Constraint([(o, period) for o in committed for period in periods[o]], rule=rule)


def supplier_capacity(course: Course) -> None:
    """2. A supplier takes no more than it can over all its offers.

    Σ order(o,n) ≤ f · max of the supplier
    """
    m, scenario = course.model, course.scenario
    limited = {s: row for s, row in scenario.supplier.items() if row.max_kg_per_period is not None}

    def rule(m: Any, s: str, period: int) -> Any:
        sold = [o for o, row in scenario.offer.items() if row.supplier == s]
        orders = [m.order[o, period] for o in sold if (o, period) in m.order]
        if not orders or (len(orders) == 1 and not course.elastic):
            return pyo.Constraint.Skip  # the bound on the order says it
        factor = course.tree.supplier_capacity[s]
        most = course.seen(f"supplier:{s}", period, factor * (limited[s].max_kg_per_period or 0.0))
        loosened = course.loosened("suppliers", s, "max_kg_per_period")
        return total(orders) - course.seen(f"supplier factor:{s}", period, factor) * loosened <= most

    m.supplier_capacity = pyo.Constraint(list(limited), list(course.periods), rule=rule)

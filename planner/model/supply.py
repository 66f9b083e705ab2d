"""What is signed and ordered.

Index sets: `sign` now (period 0) and in later periods that allow it, `keep` for offers with a reservation fee, `order`
where an order can be more than 0 and still arrive, `place` where an order has a minimum or a fee. An offer that needs
no signature counts as signed.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from planner.model.capacity import most_ordered
from planner.model.course import Course, Number, total
from planner.model.licences import applied
from planner.model.promised import Promised
from planner.model.reach import Reach
from planner.scenario import tables as t
from planner.scenario import windows


def add_variables(course: Course, reach: Reach) -> None:
    """sign (and `signed`, its sum so far), keep (now), order, place."""
    m, offers = course.model, course.scenario.offer
    orders = [(row.offer, period) for row in course.scenario.offers for period in reach.order_periods(row)]
    signatures = [(o, period) for o, periods in course.signable.items() for period in periods]
    m.sign = pyo.Var(signatures, domain=pyo.Integers, bounds=lambda m, o, period: _signing(course, offers[o], period))
    m.signed = pyo.Expression(signatures, rule=lambda m, o, period: _signed_so_far(course, o, period))
    m.keep = pyo.Var(
        [row.offer for row in course.scenario.offers if row.reservation_fee_per_kg is not None],
        bounds=lambda m, o: (0, None if course.elastic else offers[o].max_kg_per_period - offers[o].kept_kg),
    )
    course.now_variables |= {"keep"}
    m.order = pyo.Var(
        orders, bounds=lambda m, o, period: (0, None if course.elastic else _most(course, offers[o], period))
    )
    m.place = pyo.Var(
        [(o, period) for o, period in orders if _is_placed(course, offers[o])], domain=pyo.Integers, bounds=(0, 1)
    )


def _signing(course: Course, offer: t.Offer, period: int) -> tuple[int, int]:
    """Bounds on signing an offer in a period."""
    if course.forbidden(offer):
        return (0, 0)
    return course.taken_or_free(windows.must_sign(course.scenario, offer) == period)


def _signed_so_far(course: Course, offer: str, period: int) -> Number:
    m, before = course.model, [t for t in course.signable[offer] if t < period]
    return (m.signed[offer, before[-1]] if before else 0.0) + m.sign[offer, period]


def _is_placed(course: Course, offer: t.Offer) -> bool:
    """Whether placing an order is a decision of its own: it has a minimum or costs a fee."""
    return offer.min_order_kg > 0 or placing_fee(course, offer) > 0


def placing_fee(course: Course, offer: t.Offer) -> float:
    """Paid for each order placed: the offer's order fee, and the application that its licence asks for each order."""
    each = windows.is_per_order(course.scenario, offer)
    application = course.scenario.licence[offer.licence or ""].application_fee if each else 0.0
    return offer.order_fee + application


def _most(course: Course, offer: t.Offer, period: int) -> Number:
    """The most kg of one order in a period."""
    return course.seen(f"most:{offer.offer}", period, most_ordered(course, offer, period))


def _loosened(course: Course, offer: t.Offer, period: int) -> Number:
    """What is added to f · max where the offer's capacity is loosened."""
    factor = course.seen(f"capacity:{offer.offer}", period, course.tree.offer_capacity[offer.offer])
    return factor * course.loosened("offers", offer.offer, "max_kg_per_period")


def licence_needed(course: Course) -> None:
    """1. What is signed needs its licence applied for by then.

    sign(o,a) ≤ applied(licence of o, a); not under a licence per order, with an open application, or where the offer
    was signed before
    """
    m, scenario = course.model, course.scenario

    def rule(m: Any, o: str, period: int) -> Any:
        offer = scenario.offer[o]
        if not windows.needs_application(scenario, offer):
            return pyo.Constraint.Skip
        return m.sign[o, period] - applied(course, offer.licence or "", period) <= 0

    m.licence_needed = pyo.Constraint(m.sign.index_set(), rule=rule)


def one_of_group(course: Course) -> None:
    """1. At most one offer of a group is signed, and an offer at most once.

    Σ signed(o,leaf) ≤ 1 over the offers of a group, those signed before among them; so for an offer alone. Left out
    where there is one signature to decide on.
    """
    m = course.model
    groups: dict[str, list[t.Offer]] = {}
    for row in course.scenario.offers:
        groups.setdefault(f"group {row.group}" if row.group else f"offer {row.offer}", []).append(row)

    def rule(m: Any, name: str) -> Any:
        signed_before = sum(row.signed == "yes" for row in groups[name])
        signatures = [m.sign[row.offer, t] for row in groups[name] for t in course.signable.get(row.offer, ())]
        if len(signatures) + signed_before < 2:
            return pyo.Constraint.Skip
        return course.row(None, total(signatures), 1 - signed_before)

    m.one_of_group = pyo.Constraint(list(groups), rule=rule)


def order_capacity(course: Course) -> None:
    """2. Orders stay within the signed or kept capacity and what expansions have added.

    order(o,n) ≤ f · (max · signed(o,n) + Σ step · expand(e,a)), open steps among them, with kept + keep(o) for
    max · signed(o,n) where a reservation is needed. Offers with neither reservation nor expansion: see `signed_first`.
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        kept = offer.reservation_fee_per_kg is not None
        if not kept and not _is_expanded(course, o):
            return pyo.Constraint.Skip
        factor = course.seen(f"capacity:{o}", period, course.tree.offer_capacity[o])
        signed = offer.kept_kg + m.keep[o] if kept else offer.max_kg_per_period * course.signed(offer, period)
        capacity = factor * (signed + course.expanded("offer", o, period))
        if not kept:
            capacity += _loosened(course, offer, period)
        return course.row(None, m.order[o, period] - capacity, 0)

    m.order_capacity = pyo.Constraint(m.order.index_set(), rule=rule)


def signed_first(course: Course) -> None:
    """2. Nothing is ordered under an offer that is not signed.

    order(o,n) ≤ most(o,n) · signed(o,n), where most is the bound on order(o,n). An offer without signing fee,
    commitment, group, licence and fixed decision needs no signature and counts as signed. Left out where another row
    says it: `placed_order` for offers with a minimum or a fee, `kept_if_signed` for those with a reservation.
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        said = offer.reservation_fee_per_kg is not None and not _is_expanded(course, o)
        bound_says_it = not windows.needs_signature(offer) and not course.elastic
        if bound_says_it or said or ((o, period) in m.place and not course.elastic):
            return pyo.Constraint.Skip
        most = _most(course, offer, period) * course.signed(offer, period) + _loosened(course, offer, period)
        return course.row(None, m.order[o, period] - most, 0)

    m.signed_first = pyo.Constraint(m.order.index_set(), rule=rule)


def _is_expanded(course: Course, offer: str) -> bool:
    """Whether steps can add to an offer's capacity, or are under way."""
    return bool(course.expansions["offer", offer]) or course.under_way("offer", offer, course.last) > 0


def kept_if_signed(course: Course) -> None:
    """2. Capacity is kept only under an offer that is signed now, or was before.

    kept + keep(o) ≤ max · sign(o, now)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str) -> Any:
        if not windows.needs_signature(offers[o]):
            return pyo.Constraint.Skip
        most = offers[o].max_kg_per_period * m.sign[o, windows.NOW] + course.loosened("offers", o, "max_kg_per_period")
        return offers[o].kept_kg + m.keep[o] - most <= 0

    m.kept_if_signed = pyo.Constraint(m.keep.index_set(), rule=rule)


def placed_order(course: Course) -> None:
    """2. An order with a minimum or a fee is 0 unless placed.

    order(o,n) ≤ f · (max + Σ step · max_steps) · place(o,n)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        most = course.large if course.elastic else _most(course, offers[o], period)
        return m.order[o, period] - most * m.place[o, period] <= 0

    m.placed_order = pyo.Constraint(m.place.index_set(), rule=rule)


def minimum_order(course: Course) -> None:
    """2. A placed order is at least the minimum, unless it is fixed.

    order(o,n) ≥ min_order · place(o,n)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        if offers[o].min_order_kg <= 0 or (o, period) in course.fixed:
            return pyo.Constraint.Skip
        least = offers[o].min_order_kg * m.place[o, period]
        return m.order[o, period] - least + course.loosened("offers", o, "min_order_kg", offers[o].min_order_kg) >= 0

    m.minimum_order = pyo.Constraint(m.place.index_set(), rule=rule)


def placed_if_signed(course: Course) -> None:
    """2. Orders are placed only under a signed offer.

    place(o,n) ≤ signed(o,n)
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        if not windows.needs_signature(offers[o]):
            return pyo.Constraint.Skip
        return m.place[o, period] - course.signed(offers[o], period) <= 0

    m.placed_if_signed = pyo.Constraint(m.place.index_set(), rule=rule)


def commitment(course: Course) -> None:
    """2. Once signed, at least the commitment is ordered, as far as offer and supplier can deliver it.

    order(o,n) ≥ g · c · signed(o,n), where c is the larger of min_order and min(commit, f · max); 0 where no order
    fits, where one is fixed, and where g < 1 leaves less than min_order. For an offer with a reservation
    min(f, 1) · min(commit, max) stands in for c.
    """
    m, offers, promised = course.model, course.scenario.offer, Promised(course)
    committed = [o for o, row in offers.items() if row.commit_kg_per_period > 0 and not course.forbidden(row)]

    def rule(m: Any, o: str, period: int) -> Any:
        offer, least = offers[o], promised.committed(offers[o])
        if not course.ever(period, least):
            return pyo.Constraint.Skip
        order = m.order[o, period] if (o, period) in m.order else 0
        loosened = course.loosened("offers", o, "commit_kg_per_period", offer.commit_kg_per_period)
        asked = course.seen(f"commit:{o}", period, least) * course.signed(offer, period)
        return course.row(0, order - asked + loosened, None)

    m.commitment = pyo.Constraint(
        [(o, period) for o in committed for period in course.order_periods(offers[o])], rule=rule
    )


def fixed_order(course: Course) -> None:
    """2. What is fixed is ordered, as far as offer and supplier can deliver it.

    order(o,n) = g · k, where k = min(kg, f · (max + open steps)); for an offer with a reservation
    min(f, 1) · min(kg, max + open steps)
    """
    m, offers, promised = course.model, course.scenario.offer, Promised(course)

    def rule(m: Any, o: str, period: int) -> Any:
        kg = course.seen(f"fixed:{o}", period, promised.fixed(offers[o], period))
        order = m.order[o, period] if (o, period) in m.order else 0
        row = f"{o}/{course.calendar.month(period)}"
        loosened = course.loosened("fixed_orders", row, "kg", course.fixed[o, period])
        return course.row(0, order + loosened - kg, 0)

    m.fixed_order = pyo.Constraint(list(course.fixed), rule=rule)


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

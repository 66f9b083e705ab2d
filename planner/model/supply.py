"""What is signed and ordered.

Index sets: `sign` now (period 0) and in later periods that allow it, `keep` for offers with a reservation fee, `order`
where an order can be more than 0 and still arrive, `place` where an order has a minimum or a fee. An offer that needs
no signature counts as signed.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from planner.model.capacity import most_ordered
from planner.model.licences import applied
from planner.model.path import Number, PathModel, total
from planner.model.promised import Promised
from planner.model.reach import Reach
from planner.scenario import tables as t
from planner.scenario import windows


def add_variables(path: PathModel, reach: Reach) -> None:
    """sign (and `signed`, its sum so far), keep (now), order, place."""
    m, offers = path.model, path.scenario.offer
    orders = [(row.offer, period) for row in path.scenario.offers for period in reach.order_periods(row)]
    signatures = [(o, period) for o, periods in path.signable.items() for period in periods]
    m.sign = pyo.Var(signatures, domain=pyo.Integers, bounds=lambda m, o, period: _signing(path, offers[o], period))
    m.signed = pyo.Expression(signatures, rule=lambda m, o, period: _signed_so_far(path, o, period))
    m.keep = pyo.Var(
        [row.offer for row in path.scenario.offers if row.reservation_fee_per_kg is not None],
        bounds=lambda m, o: (0, None if path.elastic else offers[o].max_kg_per_period - offers[o].kept_kg),
    )
    path.now_variables |= {"keep"}
    m.order = pyo.Var(orders, bounds=lambda m, o, period: (0, None if path.elastic else _most(path, offers[o], period)))
    m.place = pyo.Var(
        [(o, period) for o, period in orders if _is_placed(path, offers[o])], domain=pyo.Integers, bounds=(0, 1)
    )


def _signing(path: PathModel, offer: t.Offer, period: int) -> tuple[int, int]:
    """Bounds on signing an offer in a period."""
    if path.forbidden(offer):
        return (0, 0)
    return path.taken_or_free(windows.must_sign(path.scenario, offer) == period)


def _signed_so_far(path: PathModel, offer: str, period: int) -> Number:
    m, before = path.model, [t for t in path.signable[offer] if t < period]
    return (m.signed[offer, before[-1]] if before else 0.0) + m.sign[offer, period]


def _is_placed(path: PathModel, offer: t.Offer) -> bool:
    """Whether placing an order is a decision of its own: it has a minimum or costs a fee."""
    return offer.min_order_kg > 0 or placing_fee(path, offer) > 0


def placing_fee(path: PathModel, offer: t.Offer) -> float:
    """Paid for each order placed: the offer's order fee, and the application that its licence asks for each order."""
    each = windows.is_per_order(path.scenario, offer)
    application = path.scenario.licence[offer.licence or ""].application_fee if each else 0.0
    return offer.order_fee + application


def _most(path: PathModel, offer: t.Offer, period: int) -> Number:
    """The most kg of one order in a period."""
    return path.node_parameter(f"most:{offer.offer}", period, most_ordered(path, offer, period))


def _slack(path: PathModel, offer: t.Offer, period: int) -> Number:
    """What is added to f · max where the offer's capacity is relaxed."""
    factor = path.node_parameter(f"capacity:{offer.offer}", period, path.tree.offer_capacity[offer.offer])
    return factor * path.slack("offers", offer.offer, "max_kg_per_period")


def licence_needed(path: PathModel) -> None:
    """1. What is signed needs its licence applied for by then.

    sign(o,a) ≤ applied(licence of o, a); not under a licence per order, with an open application, or where the offer
    was signed before
    """
    m, scenario = path.model, path.scenario

    def rule(m: Any, o: str, period: int) -> Any:
        offer = scenario.offer[o]
        if not windows.needs_application(scenario, offer):
            return pyo.Constraint.Skip
        return m.sign[o, period] - applied(path, offer.licence or "", period) <= 0

    m.licence_needed = pyo.Constraint(m.sign.index_set(), rule=rule)


def one_of_group(path: PathModel) -> None:
    """1. At most one offer of a group is signed, and an offer at most once.

    Σ signed(o,leaf) ≤ 1 over the offers of a group, those signed before among them; so for an offer alone. Left out
    where there is one signature to decide on.
    """
    m = path.model
    groups: dict[str, list[t.Offer]] = {}
    for row in path.scenario.offers:
        groups.setdefault(f"group {row.group}" if row.group else f"offer {row.offer}", []).append(row)

    def rule(m: Any, name: str) -> Any:
        signed_before = sum(row.signed == "yes" for row in groups[name])
        signatures = [m.sign[row.offer, t] for row in groups[name] for t in path.signable.get(row.offer, ())]
        if len(signatures) + signed_before < 2:
            return pyo.Constraint.Skip
        return path.row(None, total(signatures), 1 - signed_before)

    m.one_of_group = pyo.Constraint(list(groups), rule=rule)


def order_capacity(path: PathModel) -> None:
    """2. Orders stay within the signed or kept capacity and what expansions have added.

    order(o,n) ≤ f · (max · signed(o,n) + Σ step · expand(e,a)), open steps among them, with kept + keep(o) for
    max · signed(o,n) where a reservation is needed. Offers with neither reservation nor expansion: see `signed_first`.
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        kept = offer.reservation_fee_per_kg is not None
        if not kept and not _is_expanded(path, o):
            return pyo.Constraint.Skip
        factor = path.node_parameter(f"capacity:{o}", period, path.tree.offer_capacity[o])
        signed = offer.kept_kg + m.keep[o] if kept else offer.max_kg_per_period * path.signed(offer, period)
        capacity = factor * (signed + path.expanded("offer", o, period))
        if not kept:
            capacity += _slack(path, offer, period)
        return path.row(None, m.order[o, period] - capacity, 0)

    m.order_capacity = pyo.Constraint(m.order.index_set(), rule=rule)


def signed_first(path: PathModel) -> None:
    """2. Nothing is ordered under an offer that is not signed.

    order(o,n) ≤ most(o,n) · signed(o,n), where most is the bound on order(o,n). An offer without signing fee,
    commitment, group, licence and fixed decision needs no signature and counts as signed. Left out where another row
    says it: `placed_order` for offers with a minimum or a fee, `kept_if_signed` for those with a reservation.
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        said = offer.reservation_fee_per_kg is not None and not _is_expanded(path, o)
        bound_says_it = not windows.needs_signature(offer) and not path.elastic
        if bound_says_it or said or ((o, period) in m.place and not path.elastic):
            return pyo.Constraint.Skip
        most = _most(path, offer, period) * path.signed(offer, period) + _slack(path, offer, period)
        return path.row(None, m.order[o, period] - most, 0)

    m.signed_first = pyo.Constraint(m.order.index_set(), rule=rule)


def _is_expanded(path: PathModel, offer: str) -> bool:
    """Whether steps can add to an offer's capacity, or are under way."""
    return bool(path.expansions["offer", offer]) or path.under_way("offer", offer, path.last) > 0


def kept_if_signed(path: PathModel) -> None:
    """2. Capacity is kept only under an offer that is signed now, or was before.

    kept + keep(o) ≤ max · sign(o, now)
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str) -> Any:
        if not windows.needs_signature(offers[o]):
            return pyo.Constraint.Skip
        most = offers[o].max_kg_per_period * m.sign[o, windows.NOW] + path.slack("offers", o, "max_kg_per_period")
        return offers[o].kept_kg + m.keep[o] - most <= 0

    m.kept_if_signed = pyo.Constraint(m.keep.index_set(), rule=rule)


def placed_order(path: PathModel) -> None:
    """2. An order with a minimum or a fee is 0 unless placed.

    order(o,n) ≤ f · (max + Σ step · max_steps) · place(o,n)
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        most = path.large if path.elastic else _most(path, offers[o], period)
        return m.order[o, period] - most * m.place[o, period] <= 0

    m.placed_order = pyo.Constraint(m.place.index_set(), rule=rule)


def minimum_order(path: PathModel) -> None:
    """2. A placed order is at least the minimum, unless it is fixed.

    order(o,n) ≥ min_order · place(o,n)
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        if offers[o].min_order_kg <= 0 or (o, period) in path.fixed:
            return pyo.Constraint.Skip
        least = offers[o].min_order_kg * m.place[o, period]
        return m.order[o, period] - least + path.slack("offers", o, "min_order_kg", offers[o].min_order_kg) >= 0

    m.minimum_order = pyo.Constraint(m.place.index_set(), rule=rule)


def placed_if_signed(path: PathModel) -> None:
    """2. Orders are placed only under a signed offer.

    place(o,n) ≤ signed(o,n)
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        if not windows.needs_signature(offers[o]):
            return pyo.Constraint.Skip
        return m.place[o, period] - path.signed(offers[o], period) <= 0

    m.placed_if_signed = pyo.Constraint(m.place.index_set(), rule=rule)


def commitment(path: PathModel) -> None:
    """2. Once signed, at least the commitment is ordered, as far as offer and supplier can deliver it.

    order(o,n) ≥ g · c · signed(o,n), where c is the larger of min_order and min(commit, f · max); 0 where no order
    fits, where one is fixed, and where g < 1 leaves less than min_order. For an offer with a reservation
    min(f, 1) · min(commit, max) stands in for c.
    """
    m, offers, promised = path.model, path.scenario.offer, Promised(path)
    committed = [o for o, row in offers.items() if row.commit_kg_per_period > 0 and not path.forbidden(row)]

    def rule(m: Any, o: str, period: int) -> Any:
        offer, least = offers[o], promised.committed(offers[o])
        if not path.positive_in(period, least):
            return pyo.Constraint.Skip
        order = m.order[o, period] if (o, period) in m.order else 0
        slack = path.slack("offers", o, "commit_kg_per_period", offer.commit_kg_per_period)
        asked = path.node_parameter(f"commit:{o}", period, least) * path.signed(offer, period)
        return path.row(0, order - asked + slack, None)

    m.commitment = pyo.Constraint(
        [(o, period) for o in committed for period in path.order_periods(offers[o])], rule=rule
    )


def fixed_order(path: PathModel) -> None:
    """2. What is fixed is ordered, as far as offer and supplier can deliver it.

    order(o,n) = g · k, where k = min(kg, f · (max + open steps)); for an offer with a reservation
    min(f, 1) · min(kg, max + open steps)
    """
    m, offers, promised = path.model, path.scenario.offer, Promised(path)

    def rule(m: Any, o: str, period: int) -> Any:
        kg = path.node_parameter(f"fixed:{o}", period, promised.fixed(offers[o], period))
        order = m.order[o, period] if (o, period) in m.order else 0
        row = f"{o}/{path.calendar.month(period)}"
        slack = path.slack("fixed_orders", row, "kg", path.fixed[o, period])
        return path.row(0, order + slack - kg, 0)

    m.fixed_order = pyo.Constraint(list(path.fixed), rule=rule)


def supplier_capacity(path: PathModel) -> None:
    """2. A supplier takes no more than it can over all its offers.

    Σ order(o,n) ≤ f · max of the supplier
    """
    m, scenario = path.model, path.scenario
    limited = {s: row for s, row in scenario.supplier.items() if row.max_kg_per_period is not None}

    def rule(m: Any, s: str, period: int) -> Any:
        sold = [o for o, row in scenario.offer.items() if row.supplier == s]
        orders = [m.order[o, period] for o in sold if (o, period) in m.order]
        if not orders or (len(orders) == 1 and not path.elastic):
            return pyo.Constraint.Skip  # the bound on the order says it
        factor = path.tree.supplier_capacity[s]
        most = path.node_parameter(f"supplier:{s}", period, factor * (limited[s].max_kg_per_period or 0.0))
        slack = path.slack("suppliers", s, "max_kg_per_period")
        return total(orders) - path.node_parameter(f"supplier factor:{s}", period, factor) * slack <= most

    m.supplier_capacity = pyo.Constraint(list(limited), list(path.periods), rule=rule)

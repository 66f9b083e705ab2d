"""What arrives: of orders, of orders open from before, and of what waits for a licence; and what is paid for it.

Nothing of this is a variable. What a licence that loses does not release never arrives; what one that waits holds back
arrives when it is released (see `licences`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.model import licences
from planner.model.course import Arrival, Course, Number
from planner.scenario import tables as t
from planner.scenario import windows


@dataclass(frozen=True)
class _Prices:
    """Of an offer at a price factor, base currency/kg: its price, and that with freight and duty."""

    price: Number
    landed: Number


def add_arrivals(course: Course) -> None:
    """3. All arrivals of a course by the period in which they come, and what is paid before release.

    Licence that loses, or none: arrive(o,n) = κ(o,n) · order(o, anc(n, lead)); an open order likewise with its kg. One
    whose licence is granted arrives whole. Licence that waits: arrive(o,n) = release(o,n).
    """
    found: dict[int, list[Arrival]] = defaultdict(list)
    for offer in course.scenario.offers:
        waits = windows.waits(course.scenario, offer)
        for arrival in (*_granted(course, offer), *(_released(course, offer) if waits else _cleared(course, offer))):
            found[arrival.period].append(arrival)
        if waits:
            course.advances += _advances(course, offer)
    course.arrivals = found


def _cleared(course: Course, offer: t.Offer) -> Iterator[Arrival]:
    """Of an offer whose licence loses what it does not release, or that needs none."""
    for period in _ordered(course, offer):
        arrives = period + offer.lead_periods
        yield _share(course, offer, arrives, course.model.order[offer.offer, period], _factor(course, offer, period))
    for period, kg in course.open_orders(offer):
        yield _share(course, offer, period, kg, 1.0)


def _share(course: Course, offer: t.Offer, period: int, ordered: Number, factor: Number) -> Arrival:
    """The cleared share of what was ordered at a price factor."""
    release, prices = (
        course.seen(f"release:{offer.licence}", period, course.release(offer)),
        _prices(course, offer, factor),
    )
    return Arrival(
        offer,
        course.scenario.pool(offer),
        period,
        ordered,
        released=release * ordered,
        purchase=release * prices.landed * ordered,
        deposit=offer.deposit_share * (1 - release) * prices.price * ordered if offer.deposit_share > 0 else 0.0,
    )


def _granted(course: Course, offer: t.Offer) -> Iterator[Arrival]:
    """Open orders whose licence is granted; under a licence that waits their deposit is paid already."""
    prices = _prices(course, offer, 1.0)
    paid = offer.deposit_share * prices.price if windows.waits(course.scenario, offer) else 0.0
    for row in course.scenario.open_orders:
        if row.offer == offer.offer and row.cleared == "yes" and row.kg > 0:
            period = course.calendar.period(row.period)
            yield Arrival(offer, course.scenario.pool(offer), period, row.kg, row.kg, (prices.landed - paid) * row.kg)


def _released(course: Course, offer: t.Offer) -> Iterator[Arrival]:
    """What a licence that waits releases, at that day's landed price; under take-or-pay the price is paid before."""
    for period, kg in licences.released(course, offer):
        prices = _prices(course, offer, _factor(course, offer, period))
        owed = prices.landed - (prices.price if offer.take_or_pay == "yes" else 0.0)
        held = course.model.held[offer.offer, period]
        yield Arrival(offer, course.scenario.pool(offer), period, held, kg, owed * kg)


def _advances(course: Course, offer: t.Offer) -> Iterator[tuple[int, Number]]:
    """What is paid before release: the deposit with the order; under take-or-pay the rest of the price when it is due.

    Unless the price is paid anyway, the deposit is credited at release.
    """
    deposit = offer.deposit_share * _prices(course, offer, 1.0).price
    for period in _ordered(course, offer) if deposit > 0 else ():
        yield period, deposit * course.model.order[offer.offer, period]
    if offer.take_or_pay == "yes":
        yield from _price_when_due(course, offer, deposit)
        return
    for period, kg in licences.released(course, offer) if deposit > 0 else ():
        yield period, -deposit * kg


def _price_when_due(course: Course, offer: t.Offer, deposit: float) -> Iterator[tuple[int, Number]]:
    """The price less its deposit, when an order is due, whether it is released or not."""
    for period in _ordered(course, offer):
        price = _prices(course, offer, _factor(course, offer, period)).price
        arrives = period + windows.due_after(course.scenario, offer)
        yield arrives, (price - deposit) * course.model.order[offer.offer, period]
    for period, kg in course.open_orders(offer):
        yield period, (_prices(course, offer, 1.0).price - deposit) * kg


def _ordered(course: Course, offer: t.Offer) -> list[int]:
    return [period for period in course.order_periods(offer) if (offer.offer, period) in course.model.order]


def _factor(course: Course, offer: t.Offer, period: int) -> Number:
    return course.seen(f"price:{offer.offer}", period, course.tree.price[offer.offer])


def _prices(course: Course, offer: t.Offer, factor: Number) -> _Prices:
    rate = course.scenario.rate[offer.currency or course.scenario.settings.currency]
    return _Prices(
        price=rate * offer.price_per_kg * factor,
        landed=rate * (1 + offer.duty_rate) * (offer.price_per_kg * factor + offer.freight_per_kg),
    )

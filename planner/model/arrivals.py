"""What arrives: of orders, `lead_periods` after they were placed, and of orders open from before.

Nothing of this is a variable: an arrival is its order times the clearance of the arrival's node.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from planner.model.course import Course, Number
from planner.scenario import tables as t


@dataclass(frozen=True)
class Arrival:
    """An order, or open order, and the period in which what is released of it arrives.

    `ordered` and `released` are kg; `price` is the offer's price by the factor of the order's node and
    `landed` that with freight and duty, both in base currency/kg. `release` is κ at the arrival's node.
    """

    offer: t.Offer
    pool: str
    period: int
    ordered: Number
    release: Number
    price: Number
    landed: Number

    @property
    def released(self) -> Number:
        """κ(o,n) · order: what is not released never arrives."""
        return self.release * self.ordered

    @property
    def purchase(self) -> Number:
        """Landed price × arrival."""
        return self.release * self.landed * self.ordered

    @property
    def deposit(self) -> Number:
        """deposit_share × price × what was not released."""
        return self.offer.deposit_share * (1 - self.release) * self.price * self.ordered


def arrivals(course: Course) -> dict[int, list[Arrival]]:
    """3. All arrivals of a course by the period in which they come.

    arrive(o,n) = κ(o,n) · order(o, anc(n, lead)); an open order likewise with its kg
    """
    found: dict[int, list[Arrival]] = defaultdict(list)
    for name, period in course.model.order:
        offer = course.scenario.offer[name]
        factor = course.seen(f"price:{name}", period, course.tree.price[name])
        arrival = _arrival(course, offer, period + offer.lead_periods, course.model.order[name, period], factor)
        found[arrival.period].append(arrival)
    for row in course.scenario.open_orders:
        if row.kg > 0:
            period = course.calendar.period(row.period)
            found[period].append(_arrival(course, course.scenario.offer[row.offer], period, row.kg, 1.0))
    return found


def _arrival(course: Course, offer: t.Offer, period: int, ordered: Number, factor: Number) -> Arrival:
    rate = course.scenario.rate[offer.currency or course.scenario.settings.currency]
    return Arrival(
        offer=offer,
        pool=course.scenario.pool(offer),
        period=period,
        ordered=ordered,
        release=course.seen(f"release:{offer.licence}", period, course.release(offer)),
        price=rate * offer.price_per_kg * factor,
        landed=rate * (1 + offer.duty_rate) * (offer.price_per_kg * factor + offer.freight_per_kg),
    )

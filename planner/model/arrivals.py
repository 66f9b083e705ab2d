"""What arrives: of orders, of orders open from before, and of what waits for a licence; and what is paid for it.

Nothing of this is a variable. What a licence that loses does not release never arrives; what one that waits holds back
arrives when it is released (see `licences`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.model import licences
from planner.model.path import Arrival, Number, PathModel
from planner.scenario import tables as t
from planner.scenario import windows


@dataclass(frozen=True)
class _Prices:
    """Of an offer at a price factor, base currency/kg: its price, and that with freight and duty."""

    price: Number
    landed: Number


def add_arrivals(path: PathModel) -> None:
    """3. All arrivals of a path by the period in which they come, and what is paid before release.

    Licence that loses, or none: arrive(o,n) = κ(o,n) · order(o, anc(n, lead)); an open order likewise with its kg. One
    whose licence is granted arrives whole. Licence that waits: arrive(o,n) = release(o,n).
    """
    found: dict[int, list[Arrival]] = defaultdict(list)
    for offer in path.scenario.offers:
        waits = windows.waits(path.scenario, offer)
        for arrival in (*_granted(path, offer), *(_released(path, offer) if waits else _cleared(path, offer))):
            found[arrival.period].append(arrival)
        if waits:
            path.advances += _advances(path, offer)
    path.arrivals = found


def _cleared(path: PathModel, offer: t.Offer) -> Iterator[Arrival]:
    """Of an offer whose licence loses what it does not release, or that needs none."""
    for period in _ordered(path, offer):
        arrives = period + offer.lead_periods
        yield _share(path, offer, arrives, path.model.order[offer.offer, period], _factor(path, offer, period))
    for period, kg in path.open_orders(offer):
        yield _share(path, offer, period, kg, 1.0)


def _share(path: PathModel, offer: t.Offer, period: int, ordered: Number, factor: Number) -> Arrival:
    """The cleared share of what was ordered at a price factor."""
    release, prices = (
        path.node_parameter(f"release:{offer.licence}", period, path.release(offer)),
        _prices(path, offer, factor),
    )
    return Arrival(
        offer,
        path.scenario.pool(offer),
        period,
        ordered,
        released=release * ordered,
        purchase=release * prices.landed * ordered,
        deposit=offer.deposit_share * (1 - release) * prices.price * ordered if offer.deposit_share > 0 else 0.0,
    )


def _granted(path: PathModel, offer: t.Offer) -> Iterator[Arrival]:
    """Open orders whose licence is granted; under a licence that waits their deposit is paid already."""
    prices = _prices(path, offer, 1.0)
    paid = offer.deposit_share * prices.price if windows.waits(path.scenario, offer) else 0.0
    for row in path.scenario.open_orders:
        if row.offer == offer.offer and row.cleared == "yes" and row.kg > 0:
            period = path.calendar.period(row.period)
            yield Arrival(offer, path.scenario.pool(offer), period, row.kg, row.kg, (prices.landed - paid) * row.kg)


def _released(path: PathModel, offer: t.Offer) -> Iterator[Arrival]:
    """What a licence that waits releases, at that day's landed price; under take-or-pay the price is paid before."""
    for period, kg in licences.released(path, offer):
        prices = _prices(path, offer, _factor(path, offer, period))
        owed = prices.landed - (prices.price if offer.take_or_pay == "yes" else 0.0)
        held = path.model.held[offer.offer, period]
        yield Arrival(offer, path.scenario.pool(offer), period, held, kg, owed * kg)


def _advances(path: PathModel, offer: t.Offer) -> Iterator[tuple[int, Number]]:
    """What is paid before release: the deposit with the order; under take-or-pay the rest of the price when it is due.

    Unless the price is paid anyway, the deposit is credited at release.
    """
    deposit = offer.deposit_share * _prices(path, offer, 1.0).price
    for period in _ordered(path, offer) if deposit > 0 else ():
        yield period, deposit * path.model.order[offer.offer, period]
    if offer.take_or_pay == "yes":
        yield from _price_when_due(path, offer, deposit)
        return
    for period, kg in licences.released(path, offer) if deposit > 0 else ():
        yield period, -deposit * kg


def _price_when_due(path: PathModel, offer: t.Offer, deposit: float) -> Iterator[tuple[int, Number]]:
    """The price less its deposit, when an order is due, whether it is released or not."""
    for period in _ordered(path, offer):
        price = _prices(path, offer, _factor(path, offer, period)).price
        arrives = period + windows.due_after(path.scenario, offer)
        yield arrives, (price - deposit) * path.model.order[offer.offer, period]
    for period, kg in path.open_orders(offer):
        yield period, (_prices(path, offer, 1.0).price - deposit) * kg


def _ordered(path: PathModel, offer: t.Offer) -> list[int]:
    return [period for period in path.order_periods(offer) if (offer.offer, period) in path.model.order]


def _factor(path: PathModel, offer: t.Offer, period: int) -> Number:
    return path.node_parameter(f"price:{offer.offer}", period, path.tree.price[offer.offer])


def _prices(path: PathModel, offer: t.Offer, factor: Number) -> _Prices:
    rate = path.scenario.rate[offer.currency or path.scenario.settings.currency]
    return _Prices(
        price=rate * offer.price_per_kg * factor,
        landed=rate * (1 + offer.duty_rate) * (offer.price_per_kg * factor + offer.freight_per_kg),
    )

"""What is bought: materials, licences and their undertakings, suppliers, offers and orders."""

from __future__ import annotations

from typing import ClassVar

from planner.scenario.fields import (
    Amount,
    Count,
    Decision,
    Mass,
    MaterialClass,
    Month,
    Name,
    Names,
    Positive,
    PositiveMass,
    Rate,
    Share,
    Steps,
    Unreleased,
    YesNo,
    column,
)
from planner.scenario.rows.base import Row


class Currency(Row):
    """Currencies of offers other than the base currency, which is 1 and needs no row."""

    currency: Name = column("currency of an offer", unit="ISO 4217", key=True)
    rate: Positive = column("what one unit of it costs", unit="base currency per unit")


class Material(Row):
    """Magnet grades, feedstocks (oxide, metal, alloy), and assemblies that hold their magnets."""

    required_table: ClassVar[bool] = True

    material: Name = column("a magnet grade or a feedstock", key=True)
    class_: MaterialClass = column(
        "the class that limits speak of; assembly: bought-in motors, rotors, modules that hold their magnets, "
        "counted in pieces: read piece for kg in all its fields",
        alias="class",
    )
    hs_code: Name | None = column("customs heading, for the certificate annex", default=None, blank="(none)")
    value_per_kg: Amount = column("book value; used for salvage", unit="base currency/kg", default=0.0)
    holding_cost_per_kg: Amount = column(
        "storage and capital cost of stock at a period's end, and of what waits for a licence",
        unit="base currency/kg/period",
        default=0.0,
    )
    max_stock_kg: Mass | None = column("storage limit over all pools", unit="kg", default=None, blank="unlimited")
    min_stock_kg: Mass = column(
        "safety stock over all pools at every period's end from min_stock_from on", unit="kg", default=0.0
    )
    min_stock_from: Month | None = column(
        "first period at whose end the safety stock must be there", default=None, blank="first period"
    )


class Stock(Row):
    """Opening stock."""

    material: Name = column("what lies in stock when the first period begins", key=True, ref="materials")
    undertaking: Name | None = column(
        "the undertaking that the stock is bound by", key=True, ref="undertakings", default=None, blank="(free)"
    )
    kg: Mass = column("how much", unit="kg")


class Undertaking(Row):
    """What a buyer promises for a licence: an end-user certificate, a no-re-export guarantee."""

    undertaking: Name = column("the promise", key=True)
    barred_markets: Names = column(
        "markets that material under it may not go to, separated by ;",
        ref="segments.market",
        default=(),
        blank="(none)",
    )
    barred_end_uses: Names = column(
        "end uses that material under it may not go to, separated by ;",
        ref="segments.end_use",
        default=(),
        blank="(none)",
    )
    only_segments: Names = column(
        "the only segments that material under it may serve (a licence tied to named end users), separated by ;",
        ref="segments",
        default=(),
        blank="(all)",
    )


class Licence(Row):
    """Export licences that can be applied for."""

    licence: Name = column("an export licence that can be applied for", key=True)
    application_fee: Amount = column("paid with each application", unit="base currency", default=0.0)
    undertaking: Name | None = column(
        "the undertaking that binds all material bought under it", ref="undertakings", default=None, blank="(free)"
    )
    clearance: Share = column(
        "share that is released: of an order on arrival (lost), or of all that waits in a period (waits); "
        "where no event says otherwise",
        unit="share",
        default=1.0,
    )
    decision: Decision = column(
        "must: applied for (asks nothing where an application is open); never: not applied for", default="free"
    )
    unreleased: Unreleased = column(
        "what becomes of what is not released: lost: it never arrives; waits: it waits at the supplier's works, "
        "and clearance is the share of all that waits that is released in a period",
        default="lost",
    )
    per_order: YesNo = column(
        "yes: each order needs an application of its own, as under China's Announcement 18 (its fee is paid with each "
        "order placed; it arrives after lead_periods or processing_periods, whichever is longer); no: an application "
        "covers all that is released while it is in force. With waits only",
        default="no",
    )
    apply_from: Month | None = column(
        "first period in which it can be applied for; with waits and not per order only. Blank: now",
        default=None,
        blank="(now)",
    )
    apply_until: Month | None = column(
        "last period in which it can be applied for; with waits and not per order only. Both blank: now only",
        default=None,
        blank="(now; with apply_from the last period)",
    )
    processing_periods: Count = column(
        "from application to the first period in which it is in force (stamps, courier and the ministry's review "
        "are part of it); with waits only",
        unit="periods",
        default=0,
    )
    valid_periods: Steps | None = column(
        "how long it is in force before it has to be applied for again; with waits and not per order only",
        unit="periods",
        default=None,
        blank="(unlimited)",
    )
    max_kg_per_application: PositiveMass | None = column(
        "what one application covers; what is left when it lapses is gone; with waits and not per order only",
        unit="kg",
        default=None,
        blank="(unlimited)",
    )
    normal_kg_per_period: PositiveMass | None = column(
        "what would be released in a period at clearance 1: releases are at most clearance times this, "
        "however much waits; with waits only",
        unit="kg/period",
        default=None,
        blank="(unlimited)",
    )


class OpenApplication(Row):
    """Applications made before the horizon, under licences that wait and are not per order."""

    application: Name = column("an application made before the horizon", key=True)
    licence: Name = column("the licence; with waits and not per order only", ref="licences")
    from_: Month | None = column(
        "first period in which it is in force (later: it is still being processed)",
        default=None,
        blank="first period",
        alias="from",
    )
    until: Month | None = column("last period in which it is in force", default=None, blank="last period")
    kg: Mass | None = column("what it still covers", unit="kg", default=None, blank="(unlimited)")


class Supplier(Row):
    """Who sells, and where from."""

    required_table: ClassVar[bool] = True

    supplier: Name = column("who sells", key=True)
    country: Name = column("where it ships from; counts in limits")
    max_kg_per_period: Mass | None = column(
        "what it can take as orders over all its offers in a period",
        unit="kg/period",
        default=None,
        blank="unlimited",
    )


class Offer(Row):
    """Prices at which suppliers sell materials: spot quotes and contract options."""

    required_table: ClassVar[bool] = True

    offer: Name = column("a price at which a supplier sells a material", key=True)
    supplier: Name = column("who sells", ref="suppliers")
    material: Name = column("what is sold", ref="materials")
    price_per_kg: Amount = column("price before freight and duty", unit="offer currency/kg")
    currency: Name | None = column(
        "currency of price and freight", ref="currencies", default=None, blank="base currency"
    )
    freight_per_kg: Amount = column("freight to the plant", unit="offer currency/kg", default=0.0)
    duty_rate: Rate = column("customs duty", unit="share of price + freight", default=0.0)
    lead_periods: Count = column("from order to arrival", unit="periods", default=0)
    from_: Month | None = column(
        "first period in which it can be ordered", default=None, blank="first period", alias="from"
    )
    until: Month | None = column("last period in which it can be ordered", default=None, blank="last period")
    max_kg_per_period: Mass = column("largest order in a period", unit="kg/period")
    min_order_kg: Mass = column("an order is nothing or at least this (MOQ)", unit="kg", default=0.0)
    commit_kg_per_period: Mass = column(
        "offtake: once signed, at least this is ordered in every period of from..until whose order can still arrive",
        unit="kg/period",
        default=0.0,
    )
    signing_fee: Amount = column("paid once, when it is signed", unit="base currency", default=0.0)
    deposit_share: Share = column(
        "share of the price that is lost on what is not released; where the licence lets it wait: "
        "paid with the order and credited at release",
        unit="share of price",
        default=0.0,
    )
    reservation_fee_per_kg: Amount | None = column(
        "paid once, now, for each kg/period of capacity kept; orders stay within what is kept",
        unit="base currency/(kg/period)",
        default=None,
        blank="(no reservation)",
    )
    licence: Name | None = column("the licence that it needs", ref="licences", default=None, blank="(none)")
    undertaking: Name | None = column(
        "what binds the material where it is not the licence's undertaking "
        "(Chinese content in a magnet made elsewhere)",
        ref="undertakings",
        default=None,
        blank="(the licence's)",
    )
    group: Name | None = column("at most one offer of a group is signed", default=None, blank="(none)")
    decision: Decision = column(
        "must: signed; never: not signed; free: signed where it pays. An offer with a signing fee, a commitment, a "
        "group, a licence, or must or never here must be signed before anything is ordered under it; any other "
        "needs no signature and can be ordered under at once",
        default="free",
    )
    sign_until: Month | None = column(
        "last period in which it can be signed; blank: with its licence. Not to be given with a reservation fee "
        "(capacity is kept now only)",
        default=None,
        blank="(its licence's apply_until; else now)",
    )
    order_fee: Amount = column(
        "paid for each order placed (papers, inspection, a container)", unit="base currency/order", default=0.0
    )
    signed: YesNo = column(
        "yes: signed before the horizon; no fee; no application is needed to sign (what waits is still released "
        "under applications only); goes before its decision",
        default="no",
    )
    firm: YesNo = column(
        "yes: an order cannot be left once it is placed: what is released is taken and paid; "
        "with a licence per order only, and without normal_kg_per_period",
        default="no",
    )
    take_or_pay: YesNo = column(
        "yes: the price is paid when the order is due, whether it is released or not (freight and duty at release); "
        "with a licence that waits only",
        default="no",
    )
    kept_kg: Mass = column(
        "capacity kept before the horizon; with a reservation fee and signed yes; at most max_kg_per_period",
        unit="kg/period",
        default=0.0,
    )


class OpenOrder(Row):
    """Orders placed before the horizon that are still to arrive."""

    offer: Name = column("the offer it was placed under", key=True, ref="offers")
    period: Month = column("when it arrives", key=True)
    kg: Mass = column(
        "how much; released by the same clearance as the offer's other arrivals, paid for as released; where the "
        "licence lets it wait, it waits with the rest and its deposit is paid already",
        unit="kg",
    )
    cleared: YesNo = column(
        "yes: its licence is granted: it arrives in its period whatever the clearance", default="no"
    )


class FixedOrder(Row):
    """Orders that are decided: what management has promised, or what an earlier plan began."""

    offer: Name = column("the offer it is ordered under", key=True, ref="offers")
    period: Month = column("the period in which it is ordered", key=True)
    kg: Mass = column(
        "ordered in that period, in every future, as far as the capacity is there (steps under way included); "
        "min_order_kg does not bind it",
        unit="kg",
    )

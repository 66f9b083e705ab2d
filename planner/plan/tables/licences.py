"""What is decided later than now, applied for, waits for a licence and is released; and whom a panel lets sell."""

from __future__ import annotations

from planner.plan.tables.column import (
    COUNTRY,
    DESIGN,
    FUTURE,
    MATERIAL,
    MONTH,
    NODE,
    OFFER,
    POOL,
    SEGMENT,
    SUPPLIER,
    Column,
    PlanTable,
    kg,
    money,
    share,
    text,
    units,
)

_LICENCE = text("licence", "licence")
_APPLICATION = text("application", "now, the month in which it is made, or the name of one made before the horizon")

LICENCES: tuple[PlanTable, ...] = (
    PlanTable(
        "later_decisions",
        "Decide later",
        "what is applied for and signed later than now, once more is known",
        ("node", "decision", "item"),
        (
            NODE,
            MONTH,
            text("decision", "apply (for a licence) or sign (an offer)"),
            text("item", "licence or offer"),
            SUPPLIER,
            MATERIAL,
            POOL,
            money("cost", "fee paid in the period"),
        ),
    ),
    PlanTable(
        "applications",
        "Applications",
        "applications that each future makes, and those made before: when each is in force, what it covers, and what "
        "of that lapses unused; licences per order have theirs beside the orders",
        ("future", "licence", "application"),
        (
            FUTURE,
            _LICENCE,
            _APPLICATION,
            POOL,
            Column("in_force", "month", "", "first period in which it is in force; blank: after the horizon"),
            Column("until", "month", "", "last period of the horizon in which it is in force"),
            Column("lapses", "flag", "", "whether it lapses within the horizon"),
            kg("covers_kg", "what it covers; blank: any quantity"),
            kg("used_kg", "released under it; blank: any quantity is covered, and nothing is counted"),
            kg("unused_kg", "what is left of it at its end, or at the horizon's"),
            money("cost", "application fee"),
        ),
    ),
    PlanTable(
        "filings",
        "Applications an order",
        "orders that each need an application of their own: what its form and its end-user certificate ask",
        ("node", "offer"),
        (
            NODE,
            MONTH,
            _LICENCE,
            POOL,
            OFFER,
            Column("supplier", "text", "", "exporter, who files"),
            COUNTRY,
            MATERIAL,
            text("hs_code", "customs heading of the material"),
            kg("kg", "of the order, which the application must name exactly"),
            Column("price_per_kg", "number", "offer currency/kg", "price of the order, before freight and duty"),
            text("currency", "currency of the price"),
            text("end_users", "product lines that use it, in any future"),
            text("models", "designs that hold it"),
        ),
    ),
    PlanTable(
        "waiting",
        "Waiting for a licence",
        "goods at the supplier's works whose licence is pending: what is due, released and still waits, and what is "
        "paid for it in advance",
        ("node", "offer"),
        (
            NODE,
            MONTH,
            OFFER,
            SUPPLIER,
            COUNTRY,
            MATERIAL,
            _LICENCE,
            POOL,
            kg("due_kg", "comes due in the period: orders, and open orders whose licence is not granted"),
            kg("released_kg", "released in the period, and arrived"),
            kg("held_kg", "waits at the period's end"),
            Column("since", "month", "", "period since whose end something has waited without a break"),
            money("advance", "paid in the period before release (deposits, under take-or-pay the price), less credits"),
            money(
                "advanced", "paid for what waits at the period's end: its deposit, under take-or-pay its price today"
            ),
            money("holding_cost", "of what waits"),
        ),
    ),
    PlanTable(
        "released_under",
        "Released under",
        "what is released under each application that covers a quantity",
        ("node", "licence", "application"),
        (NODE, MONTH, _LICENCE, _APPLICATION, kg("kg", "released under it in the period")),
    ),
    PlanTable(
        "panel_suppliers",
        "Panels",
        "the suppliers that each panel buys from, and what share they have on average over the futures",
        ("panel", "supplier"),
        (
            text("panel", "panel"),
            SUPPLIER,
            COUNTRY,
            Column("used", "flag", "", "whether anything may be ordered from it"),
            Column("counts", "flag", "", "whether it counts towards the least number of suppliers"),
            kg("kg", "arrivals by offers over the horizon, on average over the futures"),
            share("share", "of all such arrivals that the panel speaks of"),
        ),
    ),
    PlanTable(
        "eligible",
        "Chance of a substitute",
        "units that wait and keep their chance of a design that serves a share of demand alone",
        ("node", "design"),
        (NODE, MONTH, SEGMENT, DESIGN, units("units", "waiting at the period's end that it may serve")),
    ),
)

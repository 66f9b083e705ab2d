"""What planners ask of a licence or a supply, and the cells that say it: for the template and the reference page."""

from __future__ import annotations

HOW_TO_SAY: dict[str, str] = {
    "Transit, customs, stamps and courier take time": (
        "They are part of a licence's processing_periods, which run from the application to the arrival. The months "
        "of a clearance event are months of arrival, too."
    ),
    "Each order needs an application of its own": (
        "licences: unreleased waits, per_order yes. application_fee is then paid with each order placed, order_fee of "
        "the offer beside it. An order that cannot be left once it is placed: firm yes on offers."
    ),
    "A general licence for a year": (
        "licences: unreleased waits, per_order no, valid_periods, and max_kg_per_application where it names a "
        "quantity. It is applied for again when it has lapsed; what it did not cover by then goes on waiting."
    ),
    "I may wait and see before I apply or sign": (
        "licences: apply_from and apply_until; offers: sign_until. Blank, it is decided now."
    ),
    "The answer depends on when it was filed": (
        "One row of licences for each filing round, each with its own events, and an offer under each."
    ),
    "The authority releases no more than normal trade": (
        "licences: normal_kg_per_period. Ordering more to get a share of more then brings nothing."
    ),
    "A licence for one vehicle maker": (
        "An undertaking with only_segments, and a licence that names it: what comes under it may serve no other line."
    ),
    "Light magnets need a test of their composition at the border": (
        "A licence with unreleased waits and per_order yes, without an undertaking, and the test's time in "
        "processing_periods."
    ),
    "An order whose licence is granted": "open_orders: cleared yes. It arrives in its period whatever comes.",
    "An order whose file was returned": "open_orders: cleared blank. It waits with the rest; its deposit is paid.",
    "An application under way": (
        "open_applications: the licence, from and until when it is in force, and the kg that it still covers."
    ),
    "The supplier wants the price although nothing is released": (
        "offers: take_or_pay yes; the share that is paid with the order is deposit_share."
    ),
    "Bought motors, rotors or modules": (
        "A material of class assembly, counted in pieces, with its own offers and duty; a design then needs 1 piece a "
        "unit. Sub-assemblies sent abroad and back are such an offer: its price is what the work abroad costs."
    ),
    "Exchange rates or an index move prices": (
        "events: kind price, scope country (or supplier, offer, material), with the factor as value."
    ),
    "A treaty lowers the duty on goods of one origin": "The duty_rate of that origin's offers.",
    "Stock costs money": (
        "holding_cost_per_kg is storage and insurance. Capital is the discount_rate: do not count it in both."
    ),
}
"""What is wanted, and how the tables say it."""

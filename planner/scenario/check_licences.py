"""Notes on licences: windows, validity, quotas and deposits that ask for a second look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.errors import Problem
from planner.scenario.check_lookups import Lookups
from planner.scenario.fields import plain
from planner.scenario.parse import Parsed

LICENCES = "licences"


def validity_outlasts_processing(parsed: Parsed) -> Iterator[Problem]:
    """Who renews a licence that is in force for a shorter time than it takes must file before the last is granted."""
    for raw_row, row in parsed.rows(LICENCES):
        if row.valid_periods is not None and row.valid_periods < row.processing_periods:
            text = f": {row.valid_periods} is shorter than processing_periods, {row.processing_periods}."
            fix = "Check both: to stay in force, each application has to be filed before the one before it is granted."
            yield parsed.problem("short_validity", LICENCES, raw_row, "valid_periods", text, fix=fix)


def applications_come_in_time(parsed: Parsed) -> Iterator[Problem]:
    """What is applied for is in force within the horizon."""
    calendar = parsed.calendar
    for raw_row, row in parsed.rows(LICENCES) if calendar else ():
        if calendar is None or row.unreleased != "waits" or row.per_order == "yes" or row.decision == "never":
            continue
        first = max(1, calendar.period(row.apply_from)) if row.apply_from else 1
        if first + row.processing_periods > calendar.periods:
            field = "apply_from" if row.apply_from else "processing_periods"
            month = calendar.month(first)
            text = f": applied for in {month}, it would be in force after the horizon only: it releases nothing."
            fix = "Correct apply_from or processing_periods, or set decision to never."
            yield parsed.problem("too_late", LICENCES, raw_row, field, text, fix=fix)


def quotas_hold_an_order(parsed: Parsed) -> Iterator[Problem]:
    """What a licence releases is not below the least order under it."""
    look = Lookups(parsed)
    for raw_row, row in parsed.rows(LICENCES):
        for field in ("max_kg_per_application", "normal_kg_per_period"):
            most = getattr(row, field)
            above = [o for o in look.offer.values() if o.licence == row.licence and most and o.min_order_kg > most]
            for offer in above[:1]:
                text = f": {plain(most)} is below the least order of offer {offer.offer}, {plain(offer.min_order_kg)}."
                fix = "Check both: no such order is ever released at once."
                yield parsed.problem("small_quota", LICENCES, raw_row, field, text, fix=fix)


def limits_hold_an_order(parsed: Parsed) -> Iterator[Problem]:
    """A limit in kg is not below the least order of all that it allows."""
    look = Lookups(parsed)
    for raw_row, row in parsed.rows("limits") if parsed.whole("offers") else ():
        offers = [o for o in look.offer.values() if _counts(look, row, o)]
        least = min((o.min_order_kg for o in offers), default=0.0)
        if row.max_kg is not None and 0 < row.max_kg < least:
            text = f": {plain(row.max_kg)} is below the least order from {row.target}, {plain(least)}."
            fix = "Check both: as they stand, nothing can be ordered there."
            yield parsed.problem("small_quota", "limits", raw_row, "max_kg", text, fix=fix)


def _counts(look: Lookups, limit: Any, offer: Any) -> bool:
    class_ = look.class_of.get(offer.material)
    counted = class_ == limit.class_ if limit.class_ else class_ not in ("feedstock", "assembly")
    supplier = offer.supplier
    return counted and limit.target == (look.country_of.get(supplier) if limit.scope == "country" else supplier)


def waiting_orders_cost_something(parsed: Parsed) -> Iterator[Problem]:
    """An order that may wait for ever and costs nothing until it is released is placed by whoever may need it."""
    look = Lookups(parsed)
    for raw_row, row in parsed.rows("offers"):
        free = row.deposit_share == 0 and row.take_or_pay == "no" and row.firm == "no"
        if free and look.waits(row) and row.decision != "never":
            text = f": 0 under licence {row.licence}, whose orders wait: what nobody needs costs nothing to order."
            fix = "Type the share of the price that the supplier asks for in advance, if there is any."
            yield parsed.problem("no_deposit", "offers", raw_row, "deposit_share", text, fix=fix)


def single_orders_clear_whole(parsed: Parsed) -> Iterator[Problem]:
    """A clearance between 0 and 1 speaks of many orders: a single one is released or it is not."""
    look = Lookups(parsed)
    if look.calendar is None or not parsed.whole("offers") or not parsed.whole("open_orders"):
        return
    single = {name for name in look.licence if _orders(look, name) == 1}
    shares = [("licences", "clearance", raw, row, row.licence, row.clearance) for raw, row in parsed.rows(LICENCES)]
    shares += [
        ("events", "value", raw, row, row.target, row.value)
        for raw, row in parsed.rows("events")
        if row.kind == "clearance" and row.scope == "licence"
    ]
    for table, field, raw_row, _, licence, share in shares:
        if licence in single and 0 < share < 1:
            text = f": {plain(share)}, but under licence {licence} there is one order only: all or nothing is released."
            fix = "Two futures, one with 0 and one with 1, say that better."
            yield parsed.problem("single_order", table, raw_row, field, text, fix=fix)


def _orders(look: Lookups, licence: str) -> int:
    """How many orders there can be under a licence: of before the horizon, and one a period of each offer."""
    offers = {name: row for name, row in look.offer.items() if row.licence == licence}
    open_orders = sum(row.offer in offers and row.cleared == "no" for _, row in look.parsed.rows("open_orders"))
    calendar = look.calendar
    assert calendar is not None
    usable = (row for row in offers.values() if row.max_kg_per_period > 0 and row.decision != "never")
    return int(open_orders) + sum(len(look.order_periods(row, calendar)) for row in usable)

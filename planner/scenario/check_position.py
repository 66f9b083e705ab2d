"""Checks of decisions that are made already, or must be: they can be carried out, and fit what they are part of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.errors import Problem
from planner.scenario.check_lookups import Lookups
from planner.scenario.fields import plain
from planner.scenario.parse import Parsed
from planner.scenario.raw import RawRow
from planner.scenario.scenario import Calendar


def kept_capacity_is_there(parsed: Parsed) -> Iterator[Problem]:
    """No more capacity is kept than there is."""
    for raw_row, row in parsed.rows("offers"):
        if row.kept_kg > row.max_kg_per_period:
            text = f": {plain(row.kept_kg)} is above max_kg_per_period, {plain(row.max_kg_per_period)}."
            yield parsed.problem("too_large", "offers", raw_row, "kept_kg", text, fix="Correct one of the two.")


def capacity_can_be_kept(parsed: Parsed) -> Iterator[Problem]:
    """Capacity is kept now only: its offer can be signed now."""
    look = Lookups(parsed)
    for raw_row, row in parsed.rows("offers"):
        licence = look.licence_of(row)
        later = licence is not None and licence.apply_from and look.needs_application(row)
        if row.reservation_fee_per_kg is not None and licence is not None and later:
            text = f": capacity is kept now, but its licence {licence.licence} can be applied for later only."
            fix = "Delete the fee, or the licence's apply_from; or enter an application that is open."
            yield parsed.problem("cannot_be_kept", "offers", raw_row, "reservation_fee_per_kg", text, fix=fix)


def must_can_be_signed(parsed: Parsed) -> Iterator[Problem]:
    """What must be signed can be, and may have its licence."""
    look = Lookups(parsed)
    for raw_row, row in parsed.rows("offers"):
        if row.decision == "must" and row.signed == "no":
            why = _cannot_be_signed(look, row)
            if why:
                fix = "Change the decision, or what stands against it."
                yield parsed.problem("must_not_signed", "offers", raw_row, "decision", f": must, but {why}.", fix=fix)


def _cannot_be_signed(look: Lookups, offer: Any) -> str:
    licence, calendar = look.licence_of(offer), look.calendar
    if licence is None or calendar is None:
        return ""
    if licence.decision == "never" and (look.per_order(offer) or look.needs_application(offer)):
        return f"its licence {licence.licence} is never applied for"
    if look.needs_application(offer) and licence.apply_from:
        period = max(1, calendar.period(licence.apply_from))
        if period not in look.sign_periods(offer, calendar):
            until = f", and it can be signed until {offer.sign_until}" if offer.sign_until else ""
            return f"its licence {licence.licence} can be applied for from {licence.apply_from} on{until}"
    return ""


def fixed_orders_can_be_placed(parsed: Parsed) -> Iterator[Problem]:
    """A fixed order falls where its offer can be ordered, and arrives by the horizon's end."""
    look = Lookups(parsed)
    if look.calendar is None:
        return
    for raw_row, row in parsed.rows("fixed_orders"):
        offer = look.offer.get(row.offer)
        if offer is not None and 1 <= look.calendar.period(row.period) <= look.calendar.periods:
            yield from _fixed_order(parsed, look, look.calendar, raw_row, row, offer)


def _fixed_order(
    parsed: Parsed, look: Lookups, calendar: Calendar, raw_row: RawRow, row: Any, offer: Any
) -> Iterator[Problem]:
    def wrong(field: str, text: str, fix: str) -> Problem:
        return parsed.problem("cannot_be_ordered", "fixed_orders", raw_row, field, text, fix=fix)

    licence, period = look.licence_of(offer), calendar.period(row.period)
    if offer.decision == "never" and offer.signed == "no":
        yield wrong("offer", f": {offer.offer} is never signed.", "Change its decision, or delete this order.")
    elif licence is not None and look.per_order(offer) and licence.decision == "never":
        text = f": its licence {licence.licence} is never applied for."
        yield wrong("offer", text, "Change the licence's decision, or delete this order.")
    elif period not in calendar.within(offer.from_, offer.until):
        text = f": {row.period} is outside the from..until of offer {offer.offer}."
        yield wrong("period", text, "Correct one of the two.")
    elif period + look.lead(offer) > calendar.periods:
        text = f": ordered in {row.period} it would arrive after the horizon, {look.lead(offer)} periods later."
        yield wrong("period", text, "Correct the period or the lead time, or delete this order.")


def eligible_units_wait(parsed: Parsed) -> Iterator[Problem]:
    """Of the units that wait at the start no more may be eligible than there are."""
    look = Lookups(parsed)
    for raw_row, row in parsed.rows("designs"):
        segment = look.segment.get(row.segment)
        if segment is not None and row.eligible_units is not None and row.eligible_units > segment.backlog_units:
            text = (
                f": {plain(row.eligible_units)} is above the segment's backlog_units, {plain(segment.backlog_units)}."
            )
            yield parsed.problem("too_large", "designs", raw_row, "eligible_units", text, fix="Correct one of the two.")


def panels_say_what_counts(parsed: Parsed) -> Iterator[Problem]:
    """A panel with a least number of suppliers says what share each must have."""
    for raw_row, row in parsed.rows("panels"):
        if row.min_suppliers > 0 and row.min_share_each is None:
            fix = "It is required with min_suppliers: the least share of arrivals with which a supplier counts."
            yield parsed.problem("missing", "panels", raw_row, "min_share_each", " is blank.", fix=fix)


def lost_units_are_among_those_before(parsed: Parsed) -> Iterator[Problem]:
    """Units lost before the start are among those built or lost before it."""
    for raw_row, row in parsed.rows("segments"):
        if row.before_lost_units > row.before_units:
            text = (
                f": {plain(row.before_lost_units)} is above before_units, {plain(row.before_units)}, which hold them."
            )
            yield parsed.problem(
                "too_large", "segments", raw_row, "before_lost_units", text, fix="Correct one of the two."
            )

"""Notes on rows that change nothing: events, licences, undertakings, windows, and offers that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.errors import Problem
from planner.scenario.check_lookups import Lookups
from planner.scenario.fields import plain
from planner.scenario.parse import Parsed, horizon
from planner.scenario.raw import RawRow
from planner.scenario.scenario import Calendar
from planner.scenario.tables import tables

CHANGES_NOTHING = "the row changes nothing."


def windows_meet_the_horizon(parsed: Parsed) -> Iterator[Problem]:
    """A row whose whole window lies outside the horizon changes nothing, or cannot be used."""
    calendar = parsed.calendar
    if calendar is None:
        return
    for table, spec in tables().items():
        if {"from", "until"} <= spec.fields.keys():
            for raw_row, row in parsed.rows(table):
                if row.from_ and calendar.period(row.from_) > calendar.periods:
                    yield _outside(parsed, calendar, table, raw_row, "from", f"{row.from_} is after")
                elif row.until and calendar.period(row.until) < 1:
                    yield _outside(parsed, calendar, table, raw_row, "until", f"{row.until} is before")


def _outside(parsed: Parsed, calendar: Calendar, table: str, raw_row: RawRow, field: str, where: str) -> Problem:
    text = f": {where} the horizon, {horizon(calendar)}: {CHANGES_NOTHING}"
    fix = "Correct the month, unless the row is kept for another horizon."
    return parsed.problem("outside_horizon", table, raw_row, field, text, fix=fix)


# --- events -----------------------------------------------------------------------------------------


def events_change_something(parsed: Parsed) -> Iterator[Problem]:
    """An event reaches something, and makes it other than it is anyway."""
    look = Lookups(parsed)
    if not all(parsed.whole(table) for table in ("offers", "conversions", "licences", "events")):
        return
    for raw_row, row in parsed.rows("events"):
        field, text = _clearance(look, row) if row.kind == "clearance" else _factor(look, row)
        if text:
            text = f": {text}: {CHANGES_NOTHING}"
            fix = "Delete it, or correct it." if field == "value" else "Delete it, or name what it is meant to change."
            yield parsed.problem("no_effect", "events", raw_row, field, text, fix=fix)


def _clearance(look: Lookups, event: Any) -> tuple[str, str]:
    needed = {row.licence for _, row in look.parsed.rows("offers") if row.licence}
    if event.scope == "licence" and event.target in look.licence and event.target not in needed:
        return "target", f"no offer needs licence {event.target}"
    reached = [event.target] if event.scope == "licence" else list(look.licence)
    licences = [look.licence[name] for name in reached if name in look.licence]
    alone = not any(_same_licence(event, other) for _, other in look.parsed.rows("events"))
    if licences and alone and all(row.clearance == event.value for row in licences):
        return "value", f"the clearance is {plain(event.value)} already"
    return "", ""


def _same_licence(event: Any, other: Any) -> bool:
    """Whether another event may give the licence another clearance, which this one then ends."""
    reaches = "all" in (event.scope, other.scope) or event.target == other.target
    return bool(other.kind == "clearance" and other.event != event.event and reaches)


def _factor(look: Lookups, event: Any) -> tuple[str, str]:
    if event.kind == "capacity" and event.scope == "design" and event.value >= 1:
        return "value", "a design's capacity is a limit only below 1"
    if event.value == 1:
        return "value", "a factor of 1"
    sources = {"price": ("offers",), "capacity": ("offers", "conversions")}.get(event.kind, ())
    rows = [row for table in sources for _, row in look.parsed.rows(table)]
    suppliers = {row.supplier for row in rows}
    reached: dict[str, set[Any]] = {
        "supplier": suppliers,
        "country": {look.country_of.get(name) for name in suppliers},
        "material": {row.material for row in rows},
    }
    known = set(look.country_of) | set(look.country_of.values()) | set(look.class_of)
    if sources and event.scope in reached and event.target in known - reached[event.scope]:
        material = event.scope == "material"
        return "target", f"no offer is of {event.target}" if material else f"nothing comes from {event.target}"
    return "", ""


# --- licences and undertakings ----------------------------------------------------------------------


def licences_are_needed(parsed: Parsed) -> Iterator[Problem]:
    """A licence that no offer needs is never applied for."""
    needed = {row.licence for _, row in parsed.rows("offers")}
    for raw_row, row in parsed.rows("licences") if parsed.whole("offers") else ():
        if row.licence not in needed:
            text = f": no offer needs it: {CHANGES_NOTHING}"
            fix = "Name it in the offers that need it, or delete it."
            yield parsed.problem("no_effect", "licences", raw_row, "licence", text, fix=fix)


def undertakings_bind(parsed: Parsed) -> Iterator[Problem]:
    """An undertaking binds something, and bars something."""
    named = {row.undertaking for table in ("licences", "offers", "stock") for _, row in parsed.rows(table)}
    whole = all(parsed.whole(table) for table in ("licences", "offers", "stock"))
    for raw_row, row in parsed.rows("undertakings"):
        if whole and row.undertaking not in named:
            text = f": no licence, offer or stock is bound by it: {CHANGES_NOTHING}"
            fix = "Name it in what it binds, or delete it."
            yield parsed.problem("no_effect", "undertakings", raw_row, "undertaking", text, fix=fix)
        elif not (row.barred_markets or row.barred_end_uses or row.only_segments):
            text = ": it bars nothing: what it binds may go anywhere."
            fix = "Fill in barred_markets, barred_end_uses or only_segments."
            yield parsed.problem("no_effect", "undertakings", raw_row, "undertaking", text, fix=fix)


def designs_have_magnets(parsed: Parsed) -> Iterator[Problem]:
    """A design without magnets is most often one whose magnets were forgotten; a note says that it is not."""
    made = {row.design for _, row in parsed.rows("design_materials")}
    for raw_row, row in parsed.rows("designs") if parsed.whole("design_materials") else ():
        if row.design not in made and row.decision != "never" and not row.note:
            text = " has no row in design_materials: it needs no magnet."
            fix = "Add its magnets; where it truly needs none, say so in its note."
            yield parsed.problem("no_magnets", "designs", raw_row, "design", text, fix=fix)


# --- offers that cannot be used ---------------------------------------------------------------------


def offers_can_be_used(parsed: Parsed) -> Iterator[Problem]:
    """Lead times, processing and windows leave a period in which an offer can be ordered and signed."""
    look = Lookups(parsed)
    if look.calendar is None or not all(parsed.whole(table) for table in ("licences", "open_applications")):
        return
    for raw_row, row in parsed.rows("offers"):
        if row.max_kg_per_period > 0 and (row.signed == "yes" or row.decision != "never"):
            field, text, fix = _useless(look, look.calendar, row)
            if text:
                yield parsed.problem("never_used", "offers", raw_row, field, f": {text}.", fix=fix)


def _useless(look: Lookups, calendar: Calendar, offer: Any) -> tuple[str, str, str]:
    licence, window = look.licence_of(offer), calendar.within(offer.from_, offer.until)
    periods = look.order_periods(offer, calendar)
    if not window:
        return "", "", ""
    if not periods:
        text = f"ordered in {calendar.month(window[0])} at the earliest, it would arrive after the horizon"
        if look.lead(offer) > offer.lead_periods and licence is not None:
            text += f", as licence {licence.licence} takes {licence.processing_periods} periods"
        return "lead_periods", text, "Correct the lead time, the processing or from; or set decision to never."
    signing = look.sign_periods(offer, calendar)
    if licence is not None and look.needs_application(offer) and licence.decision != "never":
        if not signing:
            text = f"it can be signed until {offer.sign_until}, before licence {licence.licence} can be applied for"
            return "sign_until", text, "Correct it, or the licence's apply_from."
        if signing[0] > periods[-1]:
            last = calendar.month(periods[-1])
            text = f"licence {licence.licence} can be applied for after its last order that arrives, in {last}"
            return "licence", text, "Correct the licence's apply_from, or the offer's until or lead time."
    return "", "", ""

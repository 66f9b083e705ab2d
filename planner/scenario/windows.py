"""When licences can be applied for and offers signed, and what needs either.

Periods are numbers 1..T; 0 stands for `now`, the decision point before period 1.
"""

from __future__ import annotations

from planner.scenario import tables as t
from planner.scenario.scenario import Scenario

NOW = 0

APPLIED_BEFORE = "applied for before"
"""Stands in the note of a licence that loses and was applied for, where a scenario goes on from a plan."""


def waits(scenario: Scenario, offer: t.Offer) -> bool:
    """Whether what its licence does not release waits, rather than being lost."""
    return offer.licence is not None and scenario.licence[offer.licence].unreleased == "waits"


def is_per_order(scenario: Scenario, offer: t.Offer) -> bool:
    """Whether each of its orders needs an application of its own."""
    return offer.licence is not None and scenario.licence[offer.licence].per_order == "yes"


def due_after(scenario: Scenario, offer: t.Offer) -> int:
    """Periods from order to the day on which it is due: its lead, or the licence's processing where that is longer."""
    if is_per_order(scenario, offer):
        return max(offer.lead_periods, scenario.licence[offer.licence or ""].processing_periods)
    return offer.lead_periods


# --- applications ---------------------------------------------------------------------------------------


def has_window(licence: t.Licence) -> bool:
    """Whether it can be applied for later than now."""
    return licence.apply_from is not None or licence.apply_until is not None


def is_applied_before(licence: t.Licence) -> bool:
    """Whether a licence that loses was applied for before the horizon, so that nothing is left to be done."""
    return licence.decision == "must" and APPLIED_BEFORE in (licence.note or "")


def is_open(scenario: Scenario, licence: str) -> bool:
    """Whether an application for it was made before the horizon."""
    return any(row.licence == licence for row in scenario.open_applications)


def apply_periods(scenario: Scenario, licence: t.Licence) -> list[int]:
    """Periods in which it can be applied for, now (0) among them; none of a licence per order."""
    if licence.per_order == "yes":
        return []
    if not has_window(licence):
        return [NOW]
    window = list(scenario.calendar.within(licence.apply_from, licence.apply_until))
    return window if licence.apply_from else [NOW, *window]


def must_apply(scenario: Scenario, licence: t.Licence) -> int | None:
    """The period in which it must be applied for (0: now); None where nothing is asked."""
    if licence.decision != "must" or licence.per_order == "yes" or is_open(scenario, licence.licence):
        return None
    return scenario.calendar.period(licence.apply_from) if licence.apply_from else NOW


def in_force(scenario: Scenario, licence: t.Licence, applied: int) -> range:
    """Periods in which an application made in a period (0: now) is in force; `now` counts as period 1."""
    first = max(applied, 1) + licence.processing_periods
    last = scenario.calendar.periods
    until = last if licence.valid_periods is None else min(first + licence.valid_periods - 1, last)
    return range(first, until + 1)


# --- signatures -----------------------------------------------------------------------------------------


def needs_signature(offer: t.Offer) -> bool:
    """Whether signing it is a decision: not signed yet, and with a fee, commitment, group, licence or decision."""
    return offer.signed == "no" and bool(
        offer.signing_fee > 0
        or offer.commit_kg_per_period > 0
        or offer.group
        or offer.licence
        or offer.decision != "free"
    )


def needs_application(scenario: Scenario, offer: t.Offer) -> bool:
    """Whether an application has to be made before it can be signed."""
    return (
        offer.licence is not None
        and offer.signed == "no"
        and not is_per_order(scenario, offer)
        and not is_open(scenario, offer.licence)
    )


def sign_periods(scenario: Scenario, offer: t.Offer) -> list[int]:
    """Periods in which it can be signed, now (0) first; of one that needs no signature none."""
    if not needs_signature(offer):
        return []
    calendar = scenario.calendar
    licence = scenario.licence[offer.licence] if offer.licence else None
    if offer.sign_until is not None:
        return [NOW, *calendar.within(None, offer.sign_until)]
    if licence is not None and has_window(licence):
        return [NOW, *calendar.within(None, licence.apply_until)]
    return [NOW]


def must_sign(scenario: Scenario, offer: t.Offer) -> int | None:
    """The period in which it must be signed (0: now); None where nothing is asked."""
    if offer.decision != "must" or offer.signed == "yes":
        return None
    licence = scenario.licence[offer.licence] if offer.licence else None
    if licence is not None and licence.apply_from and needs_application(scenario, offer):
        return scenario.calendar.period(licence.apply_from)
    return NOW


def is_never(scenario: Scenario, offer: t.Offer) -> bool:
    """Whether nothing can be ordered under it: it, or the licence that it would need, is ruled out."""
    licence = scenario.licence[offer.licence] if offer.licence else None
    ruled_out = licence is not None and licence.decision == "never"
    if ruled_out and is_per_order(scenario, offer):
        return True
    if offer.signed == "yes":
        return False
    return offer.decision == "never" or (ruled_out and needs_application(scenario, offer))

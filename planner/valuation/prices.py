"""The negotiation sheet: of each offer the price, and on request other terms, at which it is just signed or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from planner.scenario import tables as t
from planner.scenario.scenario import Scenario
from planner.valuation.break_even import Choice, Sought, find_break_even
from planner.valuation.inquiry import Base, Inquiry

TERMS = ("price_per_kg", "min_order_kg", "commit_kg_per_period", "lead_periods")
"""What a buyer negotiates."""

_TIMES = 1000.0
"""Prices are looked for up to so many times the offer's own."""

_APART = 4e-3
"""The share of an offer's price to which its break-even is reported."""

_NO_PRICE = 1000.0
"""Offer currency per kg up to which a price is looked for where the offer's own is 0."""


@dataclass(frozen=True)
class Term:
    """A term of an offer: what it is now, and between which values the offer is just signed (None: at none)."""

    offer: str
    taken: bool
    field: str
    now: float
    break_even: tuple[float, float] | None
    note: str = ""


NO_CHOICE = "the scenario leaves no choice"
ALWAYS = "taken at any"
NEVER = "not taken at any"


class Prices:
    """Asks at which terms each offer is just signed."""

    def __init__(self, inquiry: Inquiry, terms: Sequence[str] = TERMS[:1]) -> None:
        self._inquiry, self._terms, self._scenario = inquiry, terms, inquiry.scenario
        for offer in self._scenario.offers:
            for field in terms:
                if _is_open(self._scenario, offer):
                    choice = _choice(self._scenario, offer, inquiry.base)
                    inquiry.have(_label(offer, field), find_break_even, choice, _sought(self._scenario, offer, field))

    def rows(self) -> list[Term]:
        """Each term of each offer."""
        return [self._row(offer, field) for offer in self._scenario.offers for field in self._terms]

    def _row(self, offer: t.Offer, field: str) -> Term:
        taken, now = offer.offer in self._inquiry.base.bought, float(getattr(offer, field))
        said = self._inquiry.answer(_label(offer, field))
        if not _is_open(self._scenario, offer) or said is None:
            return Term(offer.offer, taken, field, now, None, "" if _is_open(self._scenario, offer) else NO_CHOICE)
        edges = said["break_even"]
        if edges is not None:
            return Term(offer.offer, taken, field, now, (edges["low"], edges["high"]))
        sides = {trial["side"] for trial in said["trials"]}
        note = {frozenset({"pays"}): ALWAYS, frozenset({"does not pay"}): NEVER}.get(frozenset(sides), "")
        return Term(offer.offer, taken, field, now, None, note)


def _label(offer: t.Offer, field: str) -> str:
    return f"{field} of {offer.offer}"


def _is_open(scenario: Scenario, offer: t.Offer) -> bool:
    """Whether the scenario leaves it open to sign the offer."""
    licence = scenario.licence[offer.licence] if offer.licence else None
    is_free = offer.decision == "free" and offer.signed != "yes"
    return is_free and (licence is None or licence.decision != "never")


def _choice(scenario: Scenario, offer: t.Offer, base: Base) -> Choice:
    """The offer signed or ruled out.

    The plan of the scenario as it stands does one of both, and is the best that does, unless it signs later or a
    commitment of the same supplier depends on who else may be signed.
    """
    decision = ("offers", offer.offer, "decision")
    settled = all(row.offer != offer.offer for row in scenario.open_orders)
    limited = scenario.supplier[offer.supplier].max_kg_per_period is not None
    beside = [row for row in scenario.offers if row.supplier == offer.supplier and row.commit_kg_per_period > 0]
    is_later = any(row["item"] == offer.offer for row in base.decisions.get("later", ()))
    now: Literal["taken", "left"] | None = "taken" if offer.offer in base.bought else "left"
    if is_later or (limited and beside):
        now = None
    return Choice(((*decision, "must"),), ((*decision, "never"),), settled=settled, now=now)


def _sought(scenario: Scenario, offer: t.Offer, field: str) -> Sought:
    now, cell = float(getattr(offer, field)), ("offers", offer.offer, field)
    if field == "lead_periods":
        ends = (0.0, float(scenario.calendar.periods - 1))
        return Sought(_label(offer, field), ends, now, cell, whole=True)
    if field == "price_per_kg":
        price = now or _NO_PRICE / _TIMES
        return Sought(_label(offer, field), (0.0, price * _TIMES), now, cell, tolerance=_APART * price)
    return Sought(_label(offer, field), (0.0, offer.max_kg_per_period), now, cell)

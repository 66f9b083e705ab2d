"""What licences and undertakings are worth: certain, as an option, by assumed clearance; and a promise's price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.scenario import tables as t
from planner.scenario.scenario import Scenario
from planner.valuation.break_even import Choice, Sought, find_break_even
from planner.valuation.inquiry import Inquiry
from planner.valuation.interval import Interval, difference
from planner.valuation.question import Cell, Question

BAND = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Clearances that a licence's worth is reported for."""

Edges = tuple[float, float]


@dataclass(frozen=True)
class LicenceWorth:
    """What a licence is worth (None: there is no such plan).

    `certain`: by how much all being cleared would lower the optimum; `option`: by how much its being ruled out would
    raise it; `band`: the option where its clearance is one and the same throughout; `pays_from`: between which
    clearances applying begins to pay.
    """

    licence: str
    certain: Interval | None
    option: Interval | None
    pays_from: Edges | None
    band: tuple[tuple[float, Interval | None], ...]


@dataclass(frozen=True)
class UndertakingWorth:
    """What it is worth to be able to give an undertaking, and what its promise costs; None: there is no such plan."""

    undertaking: str
    option: Interval | None
    promise: Interval | None


class Licences:
    """Asks what the worths of licences and undertakings rest on, and reads them off the answers."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry, self._scenario = inquiry, inquiry.scenario
        for licence in self._scenario.licences:
            self._ask_of(licence)
        for undertaking in self._scenario.undertakings:
            name = undertaking.undertaking
            if not _is_needed(self._scenario, _without_undertaking(self._scenario, name)):
                inquiry.ask(
                    f"without undertaking {name}", Question(_without_undertaking(self._scenario, name)), "above"
                )
            inquiry.ask(f"undertaking {name} without its promise", Question(_without_promise(name)), "below")

    def _ask_of(self, licence: t.Licence) -> None:
        inquiry, name = self._inquiry, licence.licence
        for share in BAND:
            inquiry.ask(f"licence {name} cleared by {share:.0%}", Question(cleared=(name, share)))
        if licence.decision == "must":
            return
        inquiry.ask(f"without licence {name}", Question((_never(name),)), "above")
        for share in BAND:
            inquiry.ask(f"without licence {name}, cleared by {share:.0%}", self._without(name, share))
        if licence.decision == "free":
            inquiry.have(self._label(name), find_break_even, self._choice(name), _clearance(name))

    def _label(self, name: str) -> str:
        return f"clearance from which licence {name} pays"

    def _choice(self, name: str) -> Choice:
        decision = ("licences", name, "decision")
        settled = not _arrives_without(self._scenario, name)
        return Choice(((*decision, "must"),), ((*decision, "never"),), settled=settled)

    def _without(self, name: str, share: float) -> Question:
        """The licence ruled out where its clearance is this: what is on its way already may still be released."""
        settled = not _arrives_without(self._scenario, name)
        return Question((_never(name),), cleared=None if settled else (name, share))

    def licences(self) -> list[LicenceWorth]:
        """The worth of each licence."""
        return [self._worth(licence) for licence in self._scenario.licences]

    def _worth(self, licence: t.Licence) -> LicenceWorth:
        name, inquiry = licence.licence, self._inquiry
        said = inquiry.answer(self._label(name)) or {}
        edges = said.get("break_even")
        must = licence.decision == "must"
        return LicenceWorth(
            name,
            inquiry.saved(Question(cleared=(name, 1.0))),
            None if must else inquiry.lost(Question((_never(name),))),
            None if edges is None else (edges["low"], edges["high"]),
            () if must else tuple((share, self._option_at(name, share)) for share in BAND),
        )

    def _option_at(self, name: str, share: float) -> Interval | None:
        without = self._inquiry.found(self._without(name, share))
        with_it = self._inquiry.found(Question(cleared=(name, share)))
        if without is None or with_it is None or without.infeasible or with_it.infeasible:
            return None
        return difference(without, with_it, 0.0)

    def undertakings(self) -> list[UndertakingWorth]:
        """The worth of each undertaking."""
        inquiry = self._inquiry
        return [
            UndertakingWorth(
                row.undertaking,
                inquiry.lost(Question(_without_undertaking(self._scenario, row.undertaking))),
                inquiry.saved(Question(_without_promise(row.undertaking)), 0.0),
            )
            for row in self._scenario.undertakings
        ]


def _never(licence: str) -> Cell:
    return ("licences", licence, "decision", "never")


def _clearance(licence: str) -> Sought:
    return Sought(f"clearance of {licence}", (0.0, 1.0), 1.0, licence=licence)


def _arrives_without(scenario: Scenario, licence: str) -> bool:
    """Whether something may arrive under a licence that is ruled out: by what was ordered or signed before."""
    begun = [scenario.offer[row.offer] for row in scenario.open_orders]
    begun += [row for row in scenario.offers if row.signed == "yes"]
    return any(row.licence == licence for row in begun)


def _without_undertaking(scenario: Scenario, name: str) -> tuple[Cell, ...]:
    """Every licence bound by it ruled out, and every offer bound by it or that needs such a licence, unless signed."""
    licences = {row.licence for row in scenario.licences if row.undertaking == name}
    bound = [row for row in scenario.offers if scenario.pool(row) == name or row.licence in licences]
    offers = [row.offer for row in bound if row.signed != "yes"]
    cells: list[Cell] = [_never(row.licence) for row in scenario.licences if row.licence in licences]
    return (*cells, *(("offers", offer, "decision", "never") for offer in offers))


def _is_needed(scenario: Scenario, cells: Iterable[Cell]) -> bool:
    """Whether any of what would be ruled out must be."""
    musts = {("licences", row.licence) for row in scenario.licences if row.decision == "must"}
    musts |= {("offers", row.offer) for row in scenario.offers if row.decision == "must"}
    return any((table, key) in musts for table, key, *_ in cells)


def _without_promise(undertaking: str) -> tuple[Cell, ...]:
    """It bars nothing, and names no segments."""
    fields = ("barred_markets", "barred_end_uses", "only_segments")
    return tuple(("undertakings", undertaking, field, None) for field in fields)

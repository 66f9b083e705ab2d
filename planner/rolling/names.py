"""From what an export calls things to the scenario's materials, offers, undertakings and segments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from planner.rolling.actuals import BLOCKED, FREE, JOB_WORKER, TRANSIT
from planner.rolling.known import IGNORE, MOVEMENTS, PIECES, RECEIPT, RESULTS, RETURN, UNITS
from planner.rolling.mapping import Mapping, Question, choice_text
from planner.scenario.fields import close, sharing_words
from planner.scenario.letters import looks
from planner.scenario.scenario import Scenario

NO_UNDERTAKING = "free"
"""The answer that stock or an order is bound by no undertaking."""
NOTHING = "(blank)"
"""What stands in a question for a cell that holds nothing."""


@dataclass(frozen=True)
class Bought:
    """What a row of an export says of where something was bought."""

    offer: str | None
    vendor: str | None
    material: str | None
    """The scenario's own name."""
    reference: str | None
    cell: str


@dataclass
class Names:
    """The scenario's names, and the mapping by which others are found."""

    scenario: Scenario
    mapping: Mapping
    offer_of_batch: dict[tuple[str, str], str] = field(default_factory=dict)
    """Offers by material and batch or order number, as receipts and orders tell them."""
    waiting: set[tuple[str, str]] = field(default_factory=set)
    """Such batches and order numbers whose offer is asked for: nothing more is asked of them before."""

    def named(self, what: str, text: str, choices: Iterable[str], cell: str) -> str:
        """One of some names of the scenario: the name itself, or what the mapping says; '' where it is asked for."""
        own = list(choices)
        known = {looks(name): name for name in own}
        if looks(text) in known:
            return known[looks(text)]
        likely = close(text, own) or sharing_words(text, own) or ""
        asked = f"'{text}' is no {what} of the scenario. Which one is it? One of {choice_text(own)}."
        return self.mapping.ask(Question(what, "", text, asked, likely, (*own, IGNORE), cell))

    def material(self, text: str, cell: str) -> str:
        """The material that an export's number or name means."""
        return self.named("material", text, self.scenario.material, cell)

    def chosen(self, what: str, sheet: str, text: str, choices: Sequence[str], cell: str) -> str:
        """One of a field's choices, whatever the export calls it."""
        if looks(text) in choices:
            return looks(text)
        likely = RESULTS.get(looks(text), "")
        asked = f"What is the {what} '{text}'? One of {choice_text(choices)}."
        proposal = likely if likely in choices else ""
        return self.mapping.ask(Question(what, sheet, text, asked, proposal, (*choices, IGNORE), cell))

    def state(self, place: str, cell: str) -> str:
        """The state that stock at a place is in."""
        states = (FREE, BLOCKED, TRANSIT, JOB_WORKER)
        asked = f"In which state is what lies at '{place}'? One of {choice_text(states)}."
        return self.mapping.ask(Question("place", "", place, asked, "", (*states, IGNORE), cell))

    def movement(self, text: str, sheet: str, cell: str) -> str:
        """Whether a movement is a receipt, what was received going back, or neither."""
        kinds = (RECEIPT, RETURN, IGNORE)
        asked = (
            f"What is the movement '{text}'? {RECEIPT}: it came; {RETURN}: what had come went back, or was booked in "
            f"error; {IGNORE}: anything else."
        )
        return self.mapping.ask(
            Question("movement", sheet, text, asked, MOVEMENTS.get(looks(text), IGNORE), kinds, cell)
        )

    # --- units ------------------------------------------------------------------------------------

    def per_unit(self, unit: str | None, material: str, cell: str) -> float | None:
        """The kg (of what is counted: the pieces) in one unit; None where it is asked for."""
        row = self.scenario.material.get(material)
        counted = row is not None and row.class_ == "assembly"
        if unit is None or (counted and looks(unit) in PIECES):
            return 1.0
        if not counted and looks(unit) in UNITS:
            return UNITS[looks(unit)]
        return self._asked_unit(unit, material, "pieces" if counted else "kg", cell)

    def _asked_unit(self, unit: str, material: str, what: str, cell: str) -> float | None:
        theirs = f"{unit} / {material}"
        asked = f"How many {what} of {material} is one {unit}? Type a number, such as 0.125, or {IGNORE}."
        answer = self.mapping.ask(Question("unit", "", theirs, asked, "", (), cell))
        try:
            number = float(answer.replace(",", ".")) if answer else None
        except ValueError:
            number = None if answer == IGNORE else -1.0
        if number is None or number > 0:
            return 0.0 if answer == IGNORE else number
        self.mapping.ask(Question("unit", "", f"{theirs} (not {answer})", asked, "", (), cell))
        return None

    # --- offers -----------------------------------------------------------------------------------

    def offer(self, row: Bought) -> str:
        """The offer that something was bought under: named, by its order, or by vendor and material; '' if asked."""
        if row.offer is not None:
            return self.named("offer", row.offer, self.scenario.offer, row.cell)
        ordered = self.mapping.answered("order", row.reference) if row.reference else None
        if ordered is not None and row.reference is not None:
            choices = (*self.scenario.offer, IGNORE)
            return self.mapping.ask(Question("order", "", row.reference, "", "", choices, row.cell))
        if row.vendor is None or row.material is None:
            return self._of_order(row)
        return self._of_vendor(row, row.vendor, row.material)

    def vendor(self, text: str, cell: str) -> str:
        """The supplier, or the one offer, that a vendor stands for."""
        sellers = dict.fromkeys([*self.scenario.supplier, *self.scenario.offer])
        return self.named("vendor", text, sellers, cell)

    def _of_order(self, row: Bought) -> str:
        """By the number of its order alone."""
        theirs = row.reference or NOTHING
        known = self.offer_of_batch.get((row.material or "", theirs))
        if known:
            return known
        fitting = [o.offer for o in self.scenario.offers if row.material in (None, o.material)]
        asked = f"Under which offer was order {theirs} placed? One of {choice_text(fitting)}."
        return self.mapping.ask(Question("order", "", theirs, asked, "", (*fitting, IGNORE), row.cell))

    def _of_vendor(self, row: Bought, vendor: str, material: str) -> str:
        seller = self.vendor(vendor, row.cell)
        if not seller or seller == IGNORE:
            return seller
        if seller in self.scenario.offer and self.scenario.offer[seller].material == material:
            return seller
        supplier = self.scenario.offer[seller].supplier if seller in self.scenario.offer else seller
        offers = [o.offer for o in self.scenario.offers if (o.supplier, o.material) == (supplier, material)]
        if len(offers) == 1:
            return offers[0]
        how = "several offers" if offers else "no offer"
        order = f" (Order {row.reference} alone: add a row 'order, {row.reference}'.)" if row.reference else ""
        choices = offers or [o.offer for o in self.scenario.offers if o.material == material]
        asked = f"{supplier} has {how} of {material}. Which one is meant? One of {choice_text(choices)}.{order}"
        return self.mapping.ask(
            Question("offer", "", f"{vendor} / {material}", asked, "", (*choices, IGNORE), row.cell)
        )

    # --- undertakings -----------------------------------------------------------------------------

    def remember(self, offer: str, material: str, *marks: str | None) -> None:
        """Note the batch and order number under which a material was bought."""
        for mark in marks:
            if mark:
                self.offer_of_batch[(material, mark)] = offer

    def pools(self, material: str) -> set[str]:
        """The undertakings that a material may be bound by ('': free), those of what it is made of included."""
        made_of, left = {material}, [material]
        while left:
            makers = {row.conversion for row in self.scenario.conversions if row.material == left[-1]}
            inputs = {row.material for row in self.scenario.conversion_inputs if row.conversion in makers}
            left = [*left[:-1], *(inputs - made_of)]
            made_of |= inputs
        found = {self.scenario.pool(offer) for offer in self.scenario.offers if offer.material in made_of}
        return found | {row.undertaking or "" for row in self.scenario.stock if row.material in made_of} or {""}

    def undertaking(self, text: str | None, material: str, marks: Sequence[str], place: str, cell: str) -> str:
        """What binds stock: named, by its batch or order, or asked for; NO_UNDERTAKING where nothing can bind it."""
        if text is not None:
            own = [NO_UNDERTAKING, *(row.undertaking for row in self.scenario.undertakings)]
            return self.named("undertaking", text, own, cell)
        pools = self.pools(material)
        if pools == {""}:
            return NO_UNDERTAKING
        for mark in marks:
            if offer := self.offer_of_batch.get((material, mark)):
                return self.scenario.pool(self.scenario.offer[offer]) or NO_UNDERTAKING
        if self.waiting & {(material, mark) for mark in marks}:
            return ""
        theirs = f"{material} / {marks[0] if marks else place or NOTHING}"
        choices = sorted(pool or NO_UNDERTAKING for pool in pools | {""})
        what = f"batch or order {marks[0]}" if marks else "stock without batch or order"
        asked = f"Under which undertaking was {what} of {material} bought? One of {choice_text(choices)}."
        return self.mapping.ask(Question("batch", "", theirs, asked, "", (*choices, IGNORE), cell))

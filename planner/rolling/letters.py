"""What letters about licences make of the orders on the way, and of the applications made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from planner.rolling.actuals import GRANTED, REFUSED, Letter, Ordered
from planner.scenario.scenario import Scenario


@dataclass(frozen=True)
class Application:
    """An application under a licence that waits and is not per order: a row of open_applications."""

    licence: str
    from_: str | None
    """First month in which it is in force; None: it is in force."""
    until: str | None
    kg: float | None
    cell: str


@dataclass
class Lettered:
    """Orders and applications as they stand after all letters."""

    orders: list[Ordered]
    applications: list[Application] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)
    """Licences not per order that letters speak of: their applications take the place of the plan's."""
    refused: list[tuple[Ordered, Letter]] = field(default_factory=list)
    """Orders that are gone, with the letter that says so."""

    @property
    def deposits_back(self) -> float:
        """What comes back of the deposits of orders that were refused, in base currency."""
        letters = {letter.cell: letter.deposit_back or 0.0 for _, letter in self.refused}
        return sum(letters.values())


def after_letters(orders: Sequence[Ordered], letters: Sequence[Letter], scenario: Scenario) -> Lettered:
    """Orders on the way, and applications, after what the letters say.

    Granted: the order is cleared, as far as the letter's kg go, the earliest due first. Returned or pending: it comes
    when it is expected now. Refused: it is gone. Under a licence that waits and is not per order a letter is about
    an application: granted it is in force, refused it is gone, else it is in force from when it is expected.
    """
    found = Lettered(list(orders))
    for letter in letters:
        licence = licence_of(letter, found.orders, scenario)
        if licence is not None and covers_releases(licence, scenario):
            _apply(found, letter, licence)
        else:
            _settle(found, letter)
    return found


def covers_releases(licence: str, scenario: Scenario) -> bool:
    """Whether an application under a licence covers what is released while it is in force, and not one order."""
    row = scenario.licence.get(licence)
    return row is not None and row.unreleased == "waits" and row.per_order == "no"


def licence_of(letter: Letter, orders: Sequence[Ordered], scenario: Scenario) -> str | None:
    """The licence that a letter is about: named by it, or that of its offer."""
    if letter.licence is not None:
        return letter.licence
    offers = [letter.offer] if letter.offer else [row.offer for row in about(letter, orders)]
    return next((scenario.offer[name].licence for name in offers if name in scenario.offer), None)


def about(letter: Letter, orders: Sequence[Ordered]) -> list[Ordered]:
    """The orders that a letter is about: those of its number, else those of its offer; the earliest due first."""
    numbered = [row for row in orders if letter.reference is not None and row.reference == letter.reference]
    if letter.offer is not None and numbered:
        numbered = [row for row in numbered if row.offer == letter.offer]
    found = numbered or [row for row in orders if letter.offer is not None and row.offer == letter.offer]
    return sorted(found, key=lambda row: row.month)


def _apply(found: Lettered, letter: Letter, licence: str) -> None:
    found.answered.add(licence)
    if letter.result == REFUSED:
        return
    start = None if letter.result == GRANTED else letter.expected
    found.applications.append(Application(licence, start, letter.valid_until, letter.kg, letter.cell))


def _settle(found: Lettered, letter: Letter) -> None:
    concerned = {id(row) for row in _open_to(letter, about(letter, found.orders))}
    left = letter.kg
    orders: list[Ordered] = []
    for row in sorted(found.orders, key=lambda row: row.month):
        if id(row) not in concerned or left == 0:
            orders.append(row)
            continue
        taken = row.kg if left is None else min(row.kg, left)
        left = None if left is None else left - taken
        orders += _parted(found, letter, row, taken)
    found.orders = orders


def _open_to(letter: Letter, orders: Sequence[Ordered]) -> Iterator[Ordered]:
    """Orders that the letter can still change: one that is cleared is not cleared again."""
    return (row for row in orders if row.cleared == "no")


def _parted(found: Lettered, letter: Letter, row: Ordered, kg: float) -> Iterator[Ordered]:
    """An order after a letter that is about `kg` of it."""
    part = row.model_copy(update={"kg": kg, "cell": f"{row.cell}, {letter.cell}".strip(", ")})
    if letter.result == REFUSED:
        found.refused.append((part, letter))
    elif letter.result == GRANTED:
        yield part.model_copy(update={"cleared": "yes"})
    else:
        yield part.model_copy(update={"month": letter.expected or row.month})
    if row.kg > kg:
        yield row.model_copy(update={"kg": row.kg - kg})

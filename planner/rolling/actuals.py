"""What really came, normalized: receipts, stock, open purchase orders, builds, and letters about licences.

Each row knows the cell that it was read from. Masses are kg; a month is 'YYYY-MM'. `planner.rolling.reading` makes
these rows from what an ERP gives; here nothing is left that has to be mapped or guessed.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator

from planner.errors import Problem
from planner.scenario.fields import Amount, Mass, Month, Name, Names, PositiveMass, YesNo, column, to_choice
from planner.scenario.rows.base import Record
from planner.scenario.tables import Table, table_of

FREE, BLOCKED, TRANSIT, JOB_WORKER = "free", "blocked", "in transit", "at a job worker"
"""The states that stock is in. Only what is free can be built from."""
_STATES = (FREE, BLOCKED, TRANSIT, JOB_WORKER)
GRANTED, RETURNED, REFUSED, PENDING = "granted", "returned", "refused", "pending"
"""What became of an application."""

StockState = Annotated[
    Literal["free", "blocked", "in transit", "at a job worker"], BeforeValidator(to_choice(*_STATES))
]
Result = Annotated[
    Literal["granted", "returned", "refused", "pending"],
    BeforeValidator(to_choice(GRANTED, RETURNED, REFUSED, PENDING)),
]

Key = TypeVar("Key", bound=tuple[Any, ...])

CELL = "cell"
"""The field that says where a row was read: it is no column."""


class Actual(Record):
    """What all rows share."""

    cell: str = column("where the row was read; of rows that were added up, all the places", default="")


class Receipt(Actual):
    """What arrived: a row each goods receipt."""

    offer: Name = column("the offer that it was ordered under", ref="offers")
    month: Month = column("when it arrived")
    kg: Mass = column("how much arrived", unit="kg")
    paid: Amount | None = column(
        "what it cost with freight and duty", unit="base currency", default=None, blank="the offer's landed price"
    )
    document: Name | None = column("number of the goods receipt, by which a double one is found", default=None)
    reference: Name | None = column("number of the purchase order", default=None, blank="(none)")


class Held(Actual):
    """What lies in stock when the new first period begins."""

    material: Name = column("what lies there", ref="materials")
    undertaking: Name | None = column(
        "the undertaking that it was bought under; free: none",
        ref="undertakings",
        default=None,
        blank="that of its batch or order; else asked for, where something can bind the material",
    )
    state: StockState = column(
        "free: can be used; blocked, in transit, at a job worker: reported, and not taken as stock", default=FREE
    )
    kg: Mass = column("how much", unit="kg")
    batch: Name | None = column("batch or lot", default=None, blank="(none)")


class Ordered(Actual):
    """Purchase orders that are still to arrive, by what of them is open."""

    offer: Name = column("the offer that it was ordered under", ref="offers")
    month: Month = column("when it is due; a month that has passed: it waits, or comes in the first period")
    kg: Mass = column("what is still to come", unit="kg")
    cleared: YesNo = column("yes: its licence is granted", default="no")
    reference: Name | None = column("number of the purchase order", default=None, blank="(none)")


class Built(Actual):
    """What was built."""

    segment: Name = column("the product line", ref="segments")
    month: Month = column("when")
    units: Amount = column("how many", unit="units")


class Letter(Actual):
    """The register of applications: a row each application, and what became of it."""

    reference: Name | None = column("purchase order or application that it is about", default=None, blank="(none)")
    licence: Name | None = column("the licence that was applied for", ref="licences", default=None, blank="the offer's")
    offer: Name | None = column(
        "the offer whose order it is about", ref="offers", default=None, blank="that of the order, or of no order"
    )
    exporter: Name | None = column("who applied", default=None, blank="(none)")
    stamped: Name | None = column("when the end-user certificate was stamped", default=None, blank="(not yet)")
    courier: Name | None = column("when the papers went by courier", default=None, blank="(not yet)")
    accepted: Name | None = column("when the ministry took it in", default=None, blank="(not yet)")
    result: Result = column("granted, returned (asked for again), refused, or pending", default=PENDING)
    rules_out: Names = column(
        "futures that it rules out, separated by ;; one firm's letter alone rules out none",
        ref="futures",
        default=(),
        blank="(none)",
    )
    kg: PositiveMass | None = column("what it covers", unit="kg", default=None, blank="the whole order")
    expected: Month | None = column(
        "when what was returned or is pending is expected now", default=None, blank="as the order says"
    )
    valid_until: Month | None = column("last month in which it is in force", default=None, blank="unlimited")
    deposit_back: Amount | None = column(
        "of an order that was refused: what of its deposit comes back", unit="base currency", default=None, blank="0"
    )


ROWS: dict[str, type[Actual]] = {
    "receipts": Receipt,
    "stock": Held,
    "orders": Ordered,
    "builds": Built,
    "letters": Letter,
}
"""The sheets of actuals, by name."""


@functools.cache
def sheets() -> dict[str, Table]:
    """The sheets of actuals as the schema declares them."""
    return {name: table_of(name, row) for name, row in ROWS.items()}


@dataclass(frozen=True)
class Actuals:
    """What really came until a period begins.

    A sheet that was `given` takes the place of what the plan says of the same thing, whole; of one that was not
    given, the plan's figures stand.
    """

    origin: str
    receipts: tuple[Receipt, ...] = ()
    stock: tuple[Held, ...] = ()
    orders: tuple[Ordered, ...] = ()
    builds: tuple[Built, ...] = ()
    letters: tuple[Letter, ...] = ()
    given: frozenset[str] = frozenset()
    notes: tuple[Problem, ...] = ()
    """What is no error and has to be known: rows left out, overdue orders, stock that stands apart."""

    def stock_free(self) -> dict[tuple[str, str | None], tuple[float, str]]:
        """The kg that can be used, and where they were read, by material and undertaking."""
        return _summed(((row.material, row.undertaking), row.kg, row.cell) for row in self.stock if row.state == FREE)

    def stock_apart(self) -> dict[tuple[str, str, str | None], tuple[float, str]]:
        """The kg that are blocked, in transit or at a job worker, by state, material and undertaking."""
        return _summed(
            ((row.state, row.material, row.undertaking), row.kg, row.cell) for row in self.stock if row.state != FREE
        )

    def received(self) -> dict[tuple[str, str], tuple[float, str]]:
        """The kg that arrived, by offer and month."""
        return _summed(((row.offer, row.month), row.kg, row.cell) for row in self.receipts)

    def built(self) -> dict[tuple[str, str], tuple[float, str]]:
        """The units that were built, by segment and month."""
        return _summed(((row.segment, row.month), row.units, row.cell) for row in self.builds)


def _summed(rows: Iterable[tuple[Key, float, str]]) -> dict[Key, tuple[float, str]]:
    """Rows of one key added up, with all the places that they were read from."""
    parts: dict[Key, list[float]] = defaultdict(list)
    places: dict[Key, list[str]] = defaultdict(list)
    for key, amount, place in rows:
        parts[key].append(amount)
        places[key].append(place)
    return {key: (math.fsum(found), ", ".join(dict.fromkeys(places[key]))) for key, found in parts.items()}

"""What checks of several tables look up: rows by name, and the periods in which an offer can be used."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from planner.scenario.parse import Parsed
from planner.scenario.raw import RawRow
from planner.scenario.scenario import Calendar

Pair = tuple[RawRow, Any]


class Lookups:
    """A parsed scenario's rows by what they name; rows with another problem are left out."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed

    def by(self, table: str, column: str) -> dict[str, Any]:
        """The rows of a table by a column of names; of several with one name the first."""
        found: dict[str, Any] = {}
        for _, row in self.parsed.rows(table):
            found.setdefault(getattr(row, column), row)
        return found

    @cached_property
    def calendar(self) -> Calendar | None:
        """The scenario's periods, where its settings could be taken."""
        return self.parsed.calendar

    @cached_property
    def licence(self) -> dict[str, Any]:
        """Licences by name."""
        return self.by("licences", "licence")

    @cached_property
    def offer(self) -> dict[str, Any]:
        """Offers by name."""
        return self.by("offers", "offer")

    @cached_property
    def segment(self) -> dict[str, Any]:
        """Segments by name."""
        return self.by("segments", "segment")

    @cached_property
    def class_of(self) -> dict[str, str]:
        """The class of each material."""
        return {row.material: row.class_ for _, row in self.parsed.rows("materials")}

    @cached_property
    def country_of(self) -> dict[str, str]:
        """The country of each supplier."""
        return {row.supplier: row.country for _, row in self.parsed.rows("suppliers")}

    @cached_property
    def open_applications(self) -> dict[str, list[Any]]:
        """Applications of before the horizon, by licence."""
        found: dict[str, list[Any]] = defaultdict(list)
        for _, row in self.parsed.rows("open_applications"):
            found[row.licence].append(row)
        return found

    def licence_of(self, offer: Any) -> Any | None:
        """The licence that an offer needs."""
        return self.licence.get(offer.licence) if offer.licence else None

    def waits(self, offer: Any) -> bool:
        """Whether what is not released of an offer waits."""
        licence = self.licence_of(offer)
        return licence is not None and licence.unreleased == "waits"

    def per_order(self, offer: Any) -> bool:
        """Whether each order of an offer needs an application of its own."""
        licence = self.licence_of(offer)
        return licence is not None and licence.per_order == "yes"

    def needs_application(self, offer: Any) -> bool:
        """Whether signing an offer needs an application that is still to be made."""
        licence = self.licence_of(offer)
        if licence is None or licence.per_order == "yes" or offer.signed == "yes":
            return False
        return licence.licence not in self.open_applications

    def lead(self, offer: Any) -> int:
        """Periods from an order to when it is due."""
        licence = self.licence_of(offer)
        waiting = licence.processing_periods if licence is not None and self.per_order(offer) else 0
        return int(max(offer.lead_periods, waiting))

    def order_periods(self, offer: Any, calendar: Calendar) -> list[int]:
        """The periods in which an offer can be ordered so that it is due within the horizon."""
        window = calendar.within(offer.from_, offer.until)
        return [t for t in window if t + self.lead(offer) <= calendar.periods]

    def sign_periods(self, offer: Any, calendar: Calendar) -> range:
        """The periods in which an offer that needs a signature can get it; now counts as the first."""
        licence, last = self.licence_of(offer), 1
        if offer.sign_until:
            last = calendar.period(offer.sign_until)
        elif licence is not None and (licence.apply_from or licence.apply_until):
            last = calendar.period(licence.apply_until) if licence.apply_until else calendar.periods
        first = 1
        if licence is not None and licence.apply_from and self.needs_application(offer):
            first = max(1, calendar.period(licence.apply_from))
        # Now can always be signed where nothing has to be applied for later.
        return range(first, min(max(last, 1 if first == 1 else last), calendar.periods) + 1)

"""How months and periods read: a period longer than a month is named by its first month and reported to be longer."""

from __future__ import annotations

from dataclasses import dataclass

from planner.scenario.scenario import Calendar

_LENGTHS = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}


@dataclass(frozen=True)
class Periods:
    """The periods of a calendar in words. Months are 'YYYY-MM'; a period is named by its first."""

    calendar: Calendar

    @property
    def length(self) -> str:
        """'month', 'quarter', 'half-year' or 'year'."""
        return _LENGTHS[self.calendar.months]

    def named(self, month: str) -> str:
        """A period: '2026-04', 'the quarter from 2026-04'."""
        return month if self.calendar.months == 1 else f"the {self.length} from {month}"

    def end(self, month: str) -> str:
        """The last month of a period."""
        year, last = divmod(int(month[:4]) * 12 + int(month[5:7]) - 1 + self.calendar.months - 1, 12)
        return f"{year:04d}-{last + 1:02d}"

    @property
    def horizon(self) -> str:
        """First and last month: '2026-04 to 2027-03'."""
        return f"{self.calendar.month(1)} to {self.end(self.calendar.month(self.calendar.periods))}"

    @property
    def many(self) -> str:
        """How many there are: '4 quarters', '1 year'."""
        return f"{self.calendar.periods} {self.length}{'s' * (self.calendar.periods > 1)}"

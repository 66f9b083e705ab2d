"""How large a program will be, reported before memory is taken for it."""

from __future__ import annotations

from dataclasses import dataclass

from planner import memory
from planner.errors import TooLarge
from planner.scenario.scenario import Scenario

_PER_ENTRY, _PER_LINE = 600, 850
"""Bytes that arrays, presolve and factors take at their peak, by entry and by row or column: fitted to whole runs
from 8,000 to 600,000 rows."""

_PER_CHOICE = 4_000
"""Bytes of the least that an offer, design or conversion takes in the model of a period, before it is repeated."""


@dataclass(frozen=True)
class Size:
    """Rows, columns, integer columns, and entries of a program."""

    rows: int
    columns: int
    integers: int
    entries: int

    @property
    def bytes(self) -> int:
        """What solving it takes, about."""
        return _PER_ENTRY * self.entries + _PER_LINE * (self.rows + self.columns)


def ensure_fits(size: Size, memory_limit: float | None) -> None:
    """Raise TooLarge where a program takes more than the limit (GiB), or than there is."""
    what = f"a model of {size.rows:,} rows, {size.columns:,} columns and {size.integers:,} integer variables"
    _ensure(what, size.bytes, memory_limit)


def ensure_writable(scenario: Scenario, memory_limit: float | None) -> None:
    """Raise TooLarge where the model of a single path takes more than the limit (GiB), or than there is."""
    choices = len(scenario.offers) + len(scenario.designs) + len(scenario.conversions)
    periods = scenario.settings.periods
    what = f"a model of {choices:,} offers, designs and conversions in {periods:,} periods each"
    _ensure(what, _PER_CHOICE * choices * periods, memory_limit)


def _ensure(what: str, needed: int, memory_limit: float | None) -> None:
    left, is_free, more = memory.free(), "are free on this machine", "a machine with more memory"
    if memory_limit is not None and memory_limit * memory.GIB - memory.held() < left:
        left = int(memory_limit * memory.GIB) - memory.held()
        is_free, more = "are left of the memory limit", "a higher limit"
    if needed > left:
        raise TooLarge(
            f"The scenario makes {what}, which takes about {_gib(needed)} of memory; {_gib(max(left, 0))} {is_free}. "
            f"Use fewer futures, or fewer and longer periods, or {more}."
        )


def _gib(number: int) -> str:
    gib = number / memory.GIB
    return f"{gib:,.0f} GiB" if gib >= 10 else f"{gib:.2g} GiB"

"""When a licence may come, in words: 'March', '2026-08', '2 months later', 'now', 'never'."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import PydanticCustomError

from planner.scenario.fields import to_month, to_text
from planner.scenario.letters import looks
from planner.scenario.scenario import Calendar

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "twelve": 12, "a": 1}
_LATER = re.compile(r"(\d+|[a-z]+) months? later")
_NAMED = re.compile(r"([a-z]{3,9})[ \-'/,.]*(\d{4}|\d{2})?")
_NEVER = ("never", "not at all", "does not come", "refused", "no")
_NOW = ("now", "at once", "has come", "granted")


@dataclass(frozen=True)
class Outcome:
    """One thing that may become of a licence: from which month on material under it comes; None from the first on."""

    words: str
    month: str | None = None
    never: bool = False
    chance: float = 0.0
    line: Any = None

    def with_chance(self, chance: float, line: Any) -> Outcome:
        """The same, with how likely it is and the line that says so."""
        return replace(self, chance=chance, line=line)


def outcome(words: Any, calendar: Calendar | None, before: str | None) -> Outcome | None:
    """What a cell says; `before` is the month of the outcome above it. None where it says nothing that is understood.

    A month without a year is the first of that name within the horizon or after it.
    """
    text = looks(to_text(words)).removeprefix("in ").removeprefix("from ")
    if text in _NEVER:
        return Outcome("never", never=True)
    if text in _NOW:
        return Outcome("now")
    month = _later(text, before) or _plain(words) or _named(text, calendar)
    if month is None or calendar is None:
        return None
    period = calendar.period(month)
    if period > calendar.periods:
        return Outcome(f"in {month}", never=True)
    return Outcome(f"in {month}", None if period < 1 else month)


def _plain(words: Any) -> str | None:
    try:
        return to_month(words)
    except PydanticCustomError:
        return None


def _later(text: str, before: str | None) -> str | None:
    found = _LATER.fullmatch(text)
    if not found or before is None:
        return None
    count = int(found[1]) if found[1].isdecimal() else _NUMBERS.get(found[1], 0)
    year, month = divmod(int(before[:4]) * 12 + int(before[5:]) - 1 + count, 12)
    return f"{year:04d}-{month + 1:02d}" if count else None


def _named(text: str, calendar: Calendar | None) -> str | None:
    found = _NAMED.fullmatch(text)
    number = next((i for i, name in enumerate(_MONTHS, 1) if found and name.startswith(found[1])), None)
    if found is None or number is None:
        return None
    if found[2]:
        return f"{found[2] if len(found[2]) == 4 else '20' + found[2]}-{number:02d}"
    if calendar is None:
        return None
    year, first = int(calendar.start[:4]), int(calendar.start[5:])
    return f"{year if number >= first else year + 1:04d}-{number:02d}"

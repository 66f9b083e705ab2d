"""Optima as far as they are known, and differences of optima as the intervals that this leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXACT = 1e-6
"""Differences below this share of the optimum count as none."""

SHARE = 0.1
"""An interval is narrow enough where it is narrower than this share of its value."""


@dataclass(frozen=True)
class Found:
    """An optimum: the objective of the best plan found and the proven bound (base currency).

    Both are infinite where it is proven that there is no plan; the objective alone where none was found.
    """

    objective: float
    bound: float

    @property
    def width(self) -> float:
        """How far the bound leaves the optimum open."""
        return 0.0 if self.infeasible else self.objective - self.bound

    @property
    def infeasible(self) -> bool:
        """Whether it is proven that there is no plan."""
        return math.isinf(self.bound) and self.bound > 0

    @property
    def document(self) -> dict[str, float | None]:
        """As plain values: None for what is infinite."""
        return {"objective": _finite(self.objective), "bound": _finite(self.bound)}


NO_PLAN = Found(math.inf, math.inf)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def found_in(document: Mapping[str, Any]) -> Found:
    """An optimum from its document, `infeasible` distinguished from one of which nothing is known."""
    objective, bound = document["objective"], document["bound"]
    if document.get("status") == "infeasible":
        return NO_PLAN
    return Found(math.inf if objective is None else objective, -math.inf if bound is None else bound)


@dataclass(frozen=True)
class Interval:
    """A difference of optima: `value` by the plans found, between `low` and `high` by the proven bounds.

    All in base currency; None where nothing is known of that side.
    """

    value: float | None
    low: float | None
    high: float | None

    @property
    def width(self) -> float:
        """From low to high; infinite where a side is open."""
        return math.inf if self.low is None or self.high is None else self.high - self.low

    @property
    def document(self) -> dict[str, float | None]:
        """As JSON has it."""
        return {"value": self.value, "low": self.low, "high": self.high}

    def is_nothing(self, optimum: float) -> bool:
        """Whether it is proven to be nothing, to within 1e-6 of the optimum."""
        return self.low is not None and self.high is not None and max(abs(self.low), abs(self.high)) <= near(optimum)

    def is_open(self, optimum: float) -> bool:
        """Whether the bounds do not distinguish it from zero, though it may be something."""
        includes = (self.low is None or self.low <= 0) and (self.high is None or self.high >= 0)
        return includes and not self.is_nothing(optimum)

    def is_narrow(self, optimum: float) -> bool:
        """Whether it is narrower than a tenth of its value, or than 1e-6 of the optimum."""
        return self.value is not None and self.width <= max(SHARE * abs(self.value), near(optimum))


NOTHING = Interval(0.0, 0.0, 0.0)


def near(optimum: float) -> float:
    """What counts as nothing beside an optimum."""
    return EXACT * max(abs(optimum), 1.0)


def difference(one: Found, other: Found, least: float = -math.inf, most: float = math.inf) -> Interval:
    """One optimum less another, which is known to lie between `least` and `most`."""
    low, high = max(one.bound - other.objective, least), min(one.objective - other.bound, most)
    high = max(high, low)
    value = one.objective - other.objective
    return Interval(_finite(min(max(value, low), high)) if math.isfinite(value) else None, _finite(low), _finite(high))

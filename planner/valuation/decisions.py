"""What the opposite of each decision for now would cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.valuation.inquiry import Inquiry
from planner.valuation.interval import Interval
from planner.valuation.question import Question

_NOTHING = 1e-6
"""kg/period below it are rounding."""

FIXED = "the scenario leaves no choice"
NO_PLAN = "no plan can be otherwise"
NONE_KEPT = "none is kept"
NOT_USED = "it is not used"


@dataclass(frozen=True)
class Opposite:
    """A decision for now, whether it is taken, and what its opposite costs; `note` says why there is none."""

    kind: str
    item: str
    taken: bool
    opposite: Interval | None
    note: str = ""


class Opposites:
    """Asks for the opposite of each decision for now, and reads off what it costs."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        for row in inquiry.base.now:
            question = _opposite(row)
            if question is not None:
                inquiry.ask(f"otherwise: {row['kind']} {_item(row)}", question, "above")

    def rows(self) -> list[Opposite]:
        """Each decision, what matters most first, those without an opposite last."""
        found = [self._row(row) for row in self._inquiry.base.now]
        return sorted(found, key=_least, reverse=True)

    def _row(self, row: dict[str, Any]) -> Opposite:
        taken = row["value"] > (_NOTHING if row["kind"] == "keep" else 0.5)
        question = _opposite(row)
        if question is None:
            why = FIXED if taken else _LEFT.get(row["kind"], FIXED)
            return Opposite(row["kind"], _item(row), taken, None, why)
        found = self._inquiry.found(question)
        note = NO_PLAN if found is not None and found.infeasible else ""
        return Opposite(row["kind"], _item(row), taken, self._inquiry.lost(question), note)


def _item(row: dict[str, Any]) -> str:
    return "/".join(str(part) for part in row["index"] if not isinstance(part, int))


_LEFT = {"keep": NONE_KEPT, "used": NOT_USED}
"""Kinds of which only what the plan does has an opposite, and why there is none else."""


def _opposite(row: dict[str, Any]) -> Question | None:
    """The variable fixed otherwise: of kept capacity none; None where it has no other value."""
    label = (row["kind"], tuple(row["index"]))
    if row["kind"] in _LEFT:
        value, is_free = 0.0, row["value"] > _NOTHING and row["lower"] <= 0
    else:
        value = 1.0 - round(row["value"])
        is_free = row["lower"] <= value <= row["upper"]
    return Question(decided=((label, value),)) if is_free else None


def _least(one: Opposite) -> tuple[bool, float]:
    value = one.opposite.value if one.opposite is not None else None
    return value is not None, value or 0.0

"""What is reported of a scenario that has no plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.scenario.fields import to_text


@dataclass(frozen=True)
class Reason:
    """One of the rows that cannot all hold, in words, and the cells that say it."""

    text: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class CellChange:
    """A cell that is to say something else: `old` and `new` as one would type them."""

    table: str
    key: str
    field: str
    cell: str
    old: Any
    new: Any

    @property
    def old_text(self) -> str:
        """What the cell says."""
        return to_text(self.old)

    @property
    def new_text(self) -> str:
        """What it is to say."""
        return to_text(self.new)

    def __str__(self) -> str:
        return f"{self.cell} ({self.field} of {self.key}): {self.old_text} → {self.new_text}"


@dataclass(frozen=True)
class Repair:
    """Changes that give the scenario a plan, checked by solving it with them.

    `expected_cost` is of a plan of the repaired scenario, base currency, within `gap` of its best.
    """

    changes: tuple[CellChange, ...]
    expected_cost: float
    gap: float

    @property
    def text(self) -> str:
        """The changes in a line."""
        return "; ".join(str(change) for change in self.changes)


@dataclass(frozen=True)
class Explanation:
    """Conflicts, each minimal in that any one row less of it could hold, and repairs that differ in kind."""

    conflicts: tuple[tuple[Reason, ...], ...]
    repairs: tuple[Repair, ...]

    @property
    def said(self) -> list[tuple[str, tuple[Reason, ...]]]:
        """Each conflict under its heading."""
        return [(_heading(conflict, number), conflict) for number, conflict in enumerate(self.conflicts)]

    @property
    def repairs_heading(self) -> str:
        """What stands above the repairs."""
        if not self.repairs:
            return "No change of cells was found that gives it a plan."
        return "Any one of these changes gives it a plan:" if len(self.repairs) > 1 else "This change gives it a plan:"

    @property
    def lines(self) -> list[str]:
        """The explanation as lines of text."""
        lines = [line for heading, conflict in self.said for line in (heading, *(f"  {r.text}" for r in conflict))]
        repairs = [f"  {number}. {repair.text}" for number, repair in enumerate(self.repairs, start=1)]
        return [*lines, self.repairs_heading, *repairs]


def _heading(conflict: tuple[Reason, ...], number: int) -> str:
    if len(conflict) == 1:
        return "Nor can this be had:" if number else "This cannot be had:"
    return "Nor can these all hold:" if number else "These cannot all hold:"

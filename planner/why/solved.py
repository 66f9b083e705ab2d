"""A solved scenario as the questions about it see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.futures.tree import Floats, Ints
from planner.model.path import PathModel
from planner.model.tiling import Instance
from planner.solver.duals import Duals, Push
from planner.solver.outcome import Outcome

ZERO = "zero: more of it saves nothing"
DEGENERATE = "degenerate: may hold only in one direction"

_ROUNDING = 1e-9
"""A sum below this share of its parts is rounding."""


@dataclass(frozen=True)
class Solved:
    """A scenario's path model, its program, and what the solver found."""

    path: PathModel
    instance: Instance
    outcome: Outcome

    @property
    def x(self) -> Floats:
        """The solution."""
        if self.outcome.x is None:
            raise ValueError("a solved program has a solution")
        return self.outcome.x

    def row(self, row: int) -> tuple[str, tuple[Any, ...]]:
        """A row's constraint and its index."""
        (name, index), _ = self.instance.row_names[row]
        return name, index if isinstance(index, tuple) else (index,)

    def column(self, column: int) -> tuple[str, tuple[Any, ...]]:
        """A column's variable and its index."""
        layout = self.instance.layout
        node = int(np.searchsorted(layout.first, column, side="right")) - 1
        return layout.labels[int(layout.tree.period[node])][column - int(layout.first[node])]

    def columns(self, variable: Any) -> Ints:
        """The columns of a variable of the path, one for each node of its period."""
        return self.instance.layout.column(variable)


def judged(duals: Duals, parts: Sequence[float], push: Push) -> tuple[float, str]:
    """What a move saves, and what is to be said of that: the optimum moves by `parts`, rows and bounds by `push`."""
    moved = float(sum(parts))
    if abs(moved) <= _ROUNDING * sum(abs(part) for part in parts):
        return 0.0, ZERO
    return -moved, "" if duals.basis.holds(push) else DEGENERATE

"""One period of one path: what a plan decides there, made feasible.

What is ordered, qualified and expanded is as the plan has it, as far as it can be; what is made and built goes by the
plan's node as well, and further units are built where more are asked for than the plan has and there is material. What
may not hold (minimum service, promises, limits, budgets, panels, safety stock, storage) is broken only where no
decision of the period keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats
from planner.model.tiling import Label, Matrix
from planner.scenario.scenario import Scenario
from planner.solver.small import Small, SmallSolver

FOLLOWED = frozenset({"order", "place", "expand", "qualify", "apply", "sign", "cover"})
"""What is done as the plan has it wherever that can be."""

SOFT = frozenset(
    {"service", "promise", "sourcing", "quota", "budget", "panel_used", "safety_stock", "storage", "panel_size"}
)
"""Constraints that may be broken where no decision keeps them."""

_TINY = 1e-9
_ROOM = 1e-7
_AWAY = 1e3
"""What it weighs not to do as the plan has it, in worth of the most valuable unit; a broken row weighs the square."""


_BY_KG = {"run": (1.0, 1.0), "release": (1.0, 0.1), "use": (0.01, 0.01), "move": (0.01, 0.01)}
"""What it weighs to make, release, use or move less or more of a kg than the plan does, in small parts of its worth."""


@dataclass(frozen=True)
class Broken:
    """A row that is not kept: the constraint, its index, the period, and by how much, in the row's unit."""

    name: str
    index: tuple[Any, ...]
    period: int
    amount: float


@dataclass(frozen=True)
class Rows:
    """The rows of a node with what earlier periods put into them taken to the sides."""

    matrix: Matrix
    lower: Floats
    upper: Floats


class Weights:
    """What it weighs to deviate from a plan, by column of a period: below what it decides, and above."""

    def __init__(self, scenario: Scenario, labels: Sequence[Label]) -> None:
        self._scenario = scenario
        worth = {row.segment: row.shortage_cost_per_unit for row in scenario.segments}
        delay = {row.segment: row.delay_cost_per_unit or 0.0 for row in scenario.segments}
        self._most = max([*worth.values(), 1.0])
        self._worth = {name: max(cost / self._most, 1e-6) for name, cost in worth.items()}
        self._delay = {name: cost / self._most for name, cost in delay.items()}
        self._segment = {row.design: row.segment for row in scenario.designs}
        below, above = zip(*(self._of(name, index) for name, index in labels), strict=True) if labels else ((), ())
        self.below, self.above = np.array(below, dtype=float), np.array(above, dtype=float)
        self.followed = np.array([name in FOLLOWED for name, _ in labels], dtype=bool)
        self.stored = np.array([name == "stock" for name, _ in labels], dtype=bool)

    @cached_property
    def _per_kg(self) -> float:
        """A small part of what a kg is worth in the product that needs most of it."""
        needs = [self._worth[self._segment[row.design]] / row.kg_per_unit for row in self._scenario.design_materials]
        return 1e-3 * float(np.median(needs)) if needs else 1e-3

    def _of(self, name: str, index: tuple[Any, ...]) -> tuple[float, float]:
        if name in FOLLOWED:
            return _AWAY, _AWAY
        if name == "build":
            worth = self._worth[self._segment[index[0]]]
            return 0.5 * worth, 0.01 * worth
        if name == "lost":
            return 0.0, self._worth[index[0]]
        if name == "late":
            return 0.0, max(self._delay[index[0]], 0.05 * self._worth[index[0]])
        below, above = _BY_KG.get(name, (0.0, 0.0))
        return below * self._per_kg, above * self._per_kg


class Stage:
    """Finds what is done in a period that is nearest to what a plan has."""

    def __init__(self, scenario: Scenario, labels: Sequence[Label], names: Sequence[tuple[str, Any]]) -> None:
        self._weights = Weights(scenario, labels)
        self._names = names
        self._soft = np.array([name in SOFT for name, _ in names], dtype=bool)
        self._solver = SmallSolver()

    def decide(
        self, wanted: Floats, lower: Floats, upper: Floats, integer: NDArray[np.bool_], rows: Rows, period: int
    ) -> tuple[Floats, list[Broken]]:
        """The values of the period's columns, and the rows that they break."""
        target = np.clip(wanted, lower, upper)
        target[integer] = target[integer].round()
        strict = np.where(self._weights.followed, 0.0, np.inf)
        found = self._near(target, lower, upper, np.zeros_like(integer), rows, strict, None)
        if found is None:
            found = self._near(target, lower, upper, integer, rows, np.full(len(target), np.inf), self._soft)
        if found is None:
            # Nothing keeps even what holds of itself: then every row may be broken, and is counted.
            room = np.where(self._weights.stored, np.inf, upper)
            every = np.ones_like(self._soft)
            found = self._near(target, lower, room, integer, rows, np.full(len(target), np.inf), every)
        if found is None:
            found = target
        return found, self._broken(found, rows, period)

    def keep(
        self, wanted: Floats, lower: Floats, upper: Floats, integer: NDArray[np.bool_], rows: Rows, period: int
    ) -> tuple[Floats, list[Broken]]:
        """What is wanted as it is where it can be so, else what is nearest to it."""
        if holds(wanted, lower, upper, rows):
            return wanted, []
        return self.decide(wanted, lower, upper, integer, rows, period)

    def _near(
        self,
        target: Floats,
        lower: Floats,
        upper: Floats,
        integer: NDArray[np.bool_],
        rows: Rows,
        reach: Floats,
        soft: NDArray[np.bool_] | None,
    ) -> Floats | None:
        """The nearest values within reach of the target (None: there are none); rows that are soft may be broken."""
        weights, count = self._weights, len(target)
        places = np.flatnonzero(soft) if soft is not None else np.zeros(0, dtype=np.int64)
        slack = np.full(2 * len(places), _AWAY**2)
        above = np.minimum(reach, np.maximum(upper - target, 0.0))
        below = np.minimum(reach, np.maximum(target - lower, 0.0))
        unlimited = np.full(2 * len(places), np.inf)
        base = rows.matrix.times(target)
        program = Small(
            cost=np.concatenate([weights.above + _TINY, weights.below + _TINY, slack]),
            lower=np.zeros(2 * count + len(slack)),
            upper=np.concatenate([above, below, unlimited]),
            integer=np.concatenate([integer, integer, np.zeros(len(slack), dtype=bool)]),
            matrix=_split(rows.matrix, count, places),
            row_lower=rows.lower - base,
            row_upper=rows.upper - base,
        )
        x = self._solver.solve(program).x
        return None if x is None else target + x[:count] - x[count : 2 * count]

    def _broken(self, x: Floats, rows: Rows, period: int) -> list[Broken]:
        value = rows.matrix.times(x)
        missed = np.maximum(rows.lower - value, value - rows.upper)
        size = 1.0 + rows.matrix.by_row(np.maximum, np.abs(rows.matrix.value * x[rows.matrix.index]))
        found = []
        for row in np.flatnonzero(missed > 10 * _ROOM * size).tolist():
            name, index = self._names[row]
            found.append(Broken(name, index if isinstance(index, tuple) else (index,), period, float(missed[row])))
        return found


def holds(x: Floats, lower: Floats, upper: Floats, rows: Rows) -> bool:
    """Whether values keep bounds and rows, to within the solver's tolerance of what is summed up."""
    size = 1.0 + rows.matrix.by_row(np.maximum, np.abs(rows.matrix.value * x[rows.matrix.index]))
    value = rows.matrix.times(x)
    bounds = ((x >= lower - _ROOM * (1 + np.abs(lower))) & (x <= upper + _ROOM * (1 + np.abs(upper)))).all()
    return bool(bounds and (np.maximum(rows.lower - value, value - rows.upper) <= 1e-5 * size).all())


def _split(matrix: Matrix, count: int, soft: NDArray[np.int64]) -> Matrix:
    """The rows over what is above and below the target, and over two slacks for each soft row."""
    lengths = np.diff(matrix.starts)
    extra = np.zeros(len(lengths), dtype=np.int64)
    extra[soft] = 2
    starts = np.concatenate([[0], np.cumsum(2 * lengths + extra)])
    index, value = np.empty(int(starts[-1]), dtype=np.int64), np.empty(int(starts[-1]))
    own = starts[:-1][matrix.row] + np.arange(len(matrix.index)) - matrix.starts[:-1][matrix.row]
    index[own], value[own] = matrix.index, matrix.value
    beside = own + lengths[matrix.row]
    index[beside], value[beside] = matrix.index + count, -matrix.value
    at = starts[1:][soft] - 2
    index[at], value[at] = 2 * count + 2 * np.arange(len(soft)), 1.0
    index[at + 1], value[at + 1] = 2 * count + 2 * np.arange(len(soft)) + 1, -1.0
    return Matrix(starts, index, value)

"""What the rows and bounds of a plan are worth: the duals of the linear program its integer variables leave."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.solver.engine import Solver
from planner.solver.halt import Halt
from planner.solver.highs import NEGLIGIBLE, fixed
from planner.solver.outcome import Stop
from planner.solver.scaling import Scaling, scale

_FEASIBLE = 1e-7
"""How far from a bound, in scaled units, a value counts as at it."""

_ROUNDING = 1e-7
"""Moves below this share of the largest are rounding."""


@dataclass(frozen=True)
class Duals:
    """The optimum of a linear program and its duals, without the solver's scaling.

    `rows[r]` is what the objective gains when the side of row r that binds rises by one; `columns[j]` likewise
    for the bound of column j. Both are 0 where nothing binds.
    """

    x: Floats
    rows: Floats
    columns: Floats
    basis: Basis


@dataclass(frozen=True)
class Push:
    """How far the sides of rows and the bounds of columns begin to move, and `pull`: what rows must make up for.

    `pull` is by row the move of the side that binds, less what moved bounds and coefficients add at the same x.
    """

    pull: Floats
    row_low: Floats
    row_high: Floats
    column_low: Floats
    column_high: Floats


class Basis:
    """The optimal basis: shows whether the duals still hold when sides of rows move."""

    def __init__(self, solver: Solver, scaling: Scaling) -> None:
        self._solver, self._scaling = solver, scaling
        basic = solver.basic()
        self._is_row: NDArray[np.bool_] = basic < 0
        # HiGHS counts rows as −1, −2, …; a row's slack moves against its activity.
        self._place = np.where(self._is_row, -basic - 1, basic)
        self._sign = np.where(self._is_row, -1.0, 1.0)
        lower, upper = solver.bounds()
        value = self._basic(*solver.solution)
        self._is_low = value <= self._basic(*lower) + _FEASIBLE
        self._is_high = value >= self._basic(*upper) - _FEASIBLE

    def _basic(self, columns: Floats, rows: Floats) -> Floats:
        """Of values by column and by row those that are basic."""
        found = np.empty(len(self._place))
        found[~self._is_row] = columns[self._place[~self._is_row]]
        found[self._is_row] = rows[self._place[self._is_row]]
        return found

    def holds(self, push: Push) -> bool:
        """Whether the basis stays feasible, and with it the duals hold, when a push begins; not where degenerate."""
        rows, columns = self._scaling.rows, self._scaling.columns
        moves = self._solver.solve_basis(push.pull * rows) * self._sign
        rounding = _ROUNDING * np.abs(moves).max(initial=0.0)
        low = self._basic(push.column_low / columns, push.row_low * rows)
        high = self._basic(push.column_high / columns, push.row_high * rows)
        out = (self._is_low & (moves < low - rounding)) | (self._is_high & (moves > high + rounding))
        return not bool(out.any())


def duals(instance: Instance, x: Floats, cancel: threading.Event) -> Duals | None:
    """The duals at a solution x, its integer variables held; None where stopped before they were found."""
    program = fixed(instance, np.round(x[instance.integer]))
    scaling = scale(program)
    solver = Solver(program, scaling)
    halt = Halt(cancel)
    solver.listen(None, halt)
    # Once more without presolve: it takes no step, but leaves the basis factorised.
    for presolve in ("choose", "off"):
        solver.set({"presolve": presolve})
        solver.run(halt)
        if solver.stop is not Stop.OPTIMAL or cancel.is_set():
            return None
    (value, _), (rows, columns) = solver.solution, solver.duals
    for part in (value, rows, columns):
        part[np.abs(part) < NEGLIGIBLE] = 0.0
    return Duals(
        value * scaling.columns,
        rows * scaling.rows / scaling.objective,
        columns / scaling.columns / scaling.objective,
        Basis(solver, scaling),
    )

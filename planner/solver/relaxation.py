"""The linear relaxation of an instance, held by HiGHS: bounds of its integer variables move, the basis stays."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from planner.futures.tree import Floats, Ints
from planner.model.tiling import Instance
from planner.solver.engine import Basis, Solver
from planner.solver.halt import Halt
from planner.solver.outcome import Stop
from planner.solver.patch import patch
from planner.solver.scaling import Scaling

UNLIMITED = 2**31 - 1
"""Simplex iterations."""

_TOLERANCE = 1e-7
"""By which HiGHS itself lets a row be missed, scaled."""


class Stopped(Exception):
    """A limit or the user stopped a linear program before its optimum."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.value)
        self.stop = stop


class LpFailed(Exception):
    """HiGHS gave up on a linear program."""


@dataclass(frozen=True)
class State:
    """A solution of a relaxation, within its bounds and with its basis, to come back to."""

    lower: Floats
    upper: Floats
    x: Floats
    rows: Floats
    objective: float
    basis: Basis


class Relaxation:
    """The program without its integrality, solved again and again from the last basis.

    `whole` are the integer columns; `lower` and `upper` their bounds, which a dive narrows. After a solve that
    found an optimum `x` (by column, scaled), `rows` (activity by row, scaled) and `objective` (base currency) hold
    it. `deadline` is a moment of `time.monotonic`, None without a limit. `is_rescaled` shows that HiGHS's own scaling
    is no longer that of the program it held first.
    """

    def __init__(
        self, instance: Instance, scaling: Scaling, seed: int, halt: Halt, deadline: float | None = None
    ) -> None:
        self.scaling, self.is_rescaled = scaling, False
        self._solver = Solver(instance, scaling)
        self._solver.set({"solve_relaxation": True, "random_seed": seed})
        self._take_on(instance, halt, deadline)

    def become(self, instance: Instance, basis: Basis, halt: Halt, deadline: float | None = None) -> None:
        """Go on with a like program, from a basis: HiGHS gets what has changed, and forgets how it came there."""
        patch(self._solver, self.instance, instance)
        self._take_on(instance, halt, deadline)
        self._solver.forget()
        self.begin_from(basis)

    def _take_on(self, instance: Instance, halt: Halt, deadline: float | None) -> None:
        self.instance = instance
        self.whole: Ints = np.flatnonzero(instance.integer)
        self.lower, self.upper = instance.lower[self.whole], instance.upper[self.whole]
        self.x, self.rows, self.objective = np.zeros(0), np.zeros(0), np.inf
        self._halt, self._deadline = halt, deadline
        self._held: State | None = None
        self._solver.listen(None, halt)

    def begin(self) -> bool:
        """Solve for the first time, without a basis; whether there is a solution.

        Rows that tie a number to a whole one come in only once a solution breaks them. Most never do, and the dual
        simplex takes a multiple of the time with all of them from the start, see docs/design.md.

        Raises as `solve` does.
        """
        waiting = _ties(self.instance)
        self._release(waiting)
        while self.solve():
            broken = self._broken(waiting)
            self._bind(broken)
            waiting = np.setdiff1d(waiting, broken, assume_unique=True)
            if not len(broken):
                self._bind(waiting)
                return True
            # It would forget the basis.
            self._solver.set({"presolve": "off"})
        return False

    def _release(self, rows: Ints) -> None:
        nothing = np.full(len(rows), np.inf)
        self._between(rows, -nothing, nothing)

    def _bind(self, rows: Ints) -> None:
        instance, factor = self.instance, self.scaling.rows[rows]
        self._between(rows, instance.row_lower[rows] * factor, instance.row_upper[rows] * factor)

    def _between(self, rows: Ints, lower: Floats, upper: Floats) -> None:
        self._solver.change_rows(rows, lower, upper)

    def _broken(self, rows: Ints) -> Ints:
        return rows[self.rows[rows] > self.instance.row_upper[rows] * self.scaling.rows[rows] + _TOLERANCE]

    def solve(self, iterations: int = UNLIMITED, below: float = np.inf) -> bool:
        """Solve within the bounds as they are; whether there is a solution, found within so many iterations.

        The search for one may end where it is seen to cost more than `below` (base currency).

        Raises Stopped at the deadline or when the user stops it, LpFailed where HiGHS gives up.
        """
        solver, self._held = self._solver, None
        solver.change_columns(self.whole, self.lower, self.upper)
        solver.set({"simplex_iteration_limit": iterations, "objective_bound": below * self.scaling.objective})
        left = np.inf if self._deadline is None else self._deadline - time.monotonic()
        if left <= 0:
            raise Stopped(Stop.TIME_LIMIT)
        solver.set({"time_limit": solver.seconds + left})
        solver.run(self._halt)
        if solver.stop is Stop.FAILED:
            self._run_anew()
        return self._take()

    def _run_anew(self) -> None:
        """Run without a basis: after thousands of bound changes HiGHS may find the one that it has too inexact."""
        solver = self._solver
        scaling = solver.option("simplex_scale_strategy")
        solver.forget()
        solver.set({"simplex_scale_strategy": 0})  # the program is scaled; twice blurs it further
        solver.run(self._halt)
        solver.set({"simplex_scale_strategy": scaling})
        self.is_rescaled = True

    def _take(self) -> bool:
        solver = self._solver
        stop = solver.stop
        if self._halt.stop is not None:
            raise Stopped(self._halt.stop)
        if stop is Stop.OPTIMAL:
            self.x, self.rows = solver.solution
            self.objective = solver.objective / self.scaling.objective
            return True
        if stop is Stop.INFEASIBLE or solver.gave_up:
            return False
        if stop is Stop.FAILED:
            raise LpFailed(solver.detail)
        raise Stopped(stop)

    def begin_from(self, basis: Basis) -> None:
        """Begin solves from a basis: presolve, which helps a first solve without one, would forget it."""
        self._solver.start_from(basis)

    def state(self) -> State:
        """The bounds and the solution that there is now."""
        self._held = State(self.lower.copy(), self.upper.copy(), self.x, self.rows, self.objective, self._solver.basis)
        return self._held

    def go_back(self, state: State) -> None:
        """To bounds and a solution that there were."""
        self.lower, self.upper = state.lower.copy(), state.upper.copy()
        self.x, self.rows, self.objective = state.x, state.rows, state.objective
        if self._held is not state:  # else HiGHS has it still, factorised
            self.begin_from(state.basis)
            self._held = state

    def reduced_costs(self) -> Floats:
        """By whole column, what raising it adds to the objective at first, at the last solve's optimum (scaled)."""
        return self._solver.duals[1][self.whole]

    def values(self) -> Floats:
        """The whole columns at the solution."""
        return self.x[self.whole]


def _ties(instance: Instance) -> Ints:
    """Rows by which one number is above 0 only if a whole one is: less others, some of them whole, it is at most 0."""
    matrix, rows = instance.matrix, len(instance.row_upper)
    above = np.bincount(matrix.row[matrix.value > 0], minlength=rows)
    whole = np.bincount(matrix.row[(matrix.value < 0) & instance.integer[matrix.index]], minlength=rows)
    return np.flatnonzero((instance.row_upper == 0) & np.isinf(instance.row_lower) & (above == 1) & (whole > 0))

"""Small programs, solved one after the other by one HiGHS that gets each as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats
from planner.model.tiling import Matrix
from planner.solver.engine import Engine
from planner.solver.outcome import Stop


@dataclass(frozen=True)
class Small:
    """min cost · x with rows and columns within bounds, some columns integer."""

    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    matrix: Matrix
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True)
class SmallAnswer:
    """The solution found (None: there is none), its objective, and a bound on what any may have."""

    x: Floats | None
    objective: float
    bound: float


class SmallSolver:
    """Solves small programs to a relative gap, each within a time limit in seconds."""

    def __init__(self, gap: float = 1e-7, time_limit: float = 60.0) -> None:
        self._options = {"threads": 1, "mip_rel_gap": gap, "mip_abs_gap": 0.0, "time_limit": time_limit}
        self._solver = self._new()

    def _new(self) -> Engine:
        return Engine({"output_flag": False, **self._options})

    def solve(self, program: Small) -> SmallAnswer:
        """The best solution found in time. Raises ValueError where HiGHS does not take the program."""
        is_mip = bool(program.integer.any())
        if is_mip:
            self._solver = self._new()  # its clock cannot be set back
        solver, matrix = self._solver, program.matrix
        solver.hold(
            program.cost,
            (program.lower, program.upper),
            (program.row_lower, program.row_upper),
            (matrix.starts, matrix.index, matrix.value),
            program.integer,
        )
        if not is_mip:
            solver.set({"time_limit": solver.seconds + self._options["time_limit"]})
        solver.run_here()
        return self._answer(program, is_mip)

    def _answer(self, program: Small, is_mip: bool) -> SmallAnswer:
        solver = self._solver
        found = solver.stop in (Stop.OPTIMAL, Stop.TIME_LIMIT)
        bound = solver.bound if is_mip and found else -np.inf
        if not (found and solver.has_solution):
            return SmallAnswer(None, np.inf, bound)
        x, _ = solver.solution
        x[program.integer] = x[program.integer].round()
        objective = float(program.cost @ x)
        return SmallAnswer(
            x, objective, min(bound, objective) if is_mip else (objective if solver.stop is Stop.OPTIMAL else -np.inf)
        )

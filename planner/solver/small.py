"""Small programs, solved one after the other by one HiGHS that is told each as a whole."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats
from planner.model.tiling import Matrix
from planner.solver.highs import Silent

_FOUND = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit)


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

    def _new(self) -> highspy.Highs:
        solver = Silent()
        for name, value in {"output_flag": False, **self._options}.items():
            solver.setOptionValue(name, value)
        return solver

    def solve(self, program: Small) -> SmallAnswer:
        """The best solution found in time. Raises ValueError where HiGHS does not take the program."""
        is_mip = bool(program.integer.any())
        if is_mip:
            self._solver = self._new()  # its clock cannot be set back
        solver, matrix = self._solver, program.matrix
        no_number, no_place = np.zeros(0), np.zeros(0, dtype=np.int32)
        status = solver.passModel(
            len(program.cost), len(program.row_lower), len(matrix.index), 0,
            int(highspy.MatrixFormat.kRowwise), 0, int(highspy.ObjSense.kMinimize), 0.0,
            program.cost, program.lower, program.upper, program.row_lower, program.row_upper,
            matrix.starts.astype(np.int32), matrix.index.astype(np.int32), matrix.value,
            no_place, no_place, no_number,
            program.integer.astype(np.int32),
        )  # fmt: skip
        if status == highspy.HighsStatus.kError:
            raise ValueError("HiGHS does not take the program")
        if not is_mip:
            solver.setOptionValue("time_limit", solver.getRunTime() + self._options["time_limit"])
        solver.run()
        return self._answer(program, is_mip)

    def _answer(self, program: Small, is_mip: bool) -> SmallAnswer:
        solver, info = self._solver, self._solver.getInfo()
        is_solved = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        found = solver.getModelStatus() in _FOUND
        has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        bound = info.mip_dual_bound if is_mip and found else -np.inf
        if not (found and has_point):
            return SmallAnswer(None, np.inf, bound)
        x = np.array(solver.getSolution().col_value)
        x[program.integer] = x[program.integer].round()
        objective = float(program.cost @ x)
        return SmallAnswer(x, objective, min(bound, objective) if is_mip else (objective if is_solved else -np.inf))

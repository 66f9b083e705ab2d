"""The only module that knows HiGHS: load a program, start it somewhere, run it, change bounds, read what came out.

All is in the program's scaled units but plans to start from, which are in base units.
"""

from __future__ import annotations

import copyreg
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints
from planner.model.tiling import Instance
from planner.solver.halt import Halt
from planner.solver.outcome import Progress, Stop, Watcher, gap
from planner.solver.scaling import Scaling

Basis = highspy.HighsBasis
"""Which columns and rows are basic, and at which bound the others stand."""

STOPS: dict[str, Stop] = {
    "kOptimal": Stop.OPTIMAL,
    "kModelEmpty": Stop.OPTIMAL,
    "kInfeasible": Stop.INFEASIBLE,
    # Every cost is at least 0 or bounded by what can be stocked, so the objective is bounded.
    "kUnboundedOrInfeasible": Stop.INFEASIBLE,
    "kTimeLimit": Stop.TIME_LIMIT,
    "kIterationLimit": Stop.TIME_LIMIT,
    "kSolutionLimit": Stop.TIME_LIMIT,
    "kObjectiveBound": Stop.TIME_LIMIT,
    "kObjectiveTarget": Stop.TIME_LIMIT,
    "kMemoryLimit": Stop.MEMORY_LIMIT,
    "kInterrupt": Stop.INTERRUPTED,
    "kHighsInterrupt": Stop.INTERRUPTED,
    "kUnbounded": Stop.FAILED,
    "kNotset": Stop.FAILED,
    "kLoadError": Stop.FAILED,
    "kModelError": Stop.FAILED,
    "kPresolveError": Stop.FAILED,
    "kSolveError": Stop.FAILED,
    "kPostsolveError": Stop.FAILED,
    "kUnknown": Stop.FAILED,
}
"""What each HighsModelStatus means here, by its name; a test holds it complete."""

_GIVEN_UP = ("kIterationLimit", "kObjectiveBound")

_STATUSES = tuple(highspy.HighsBasisStatus.__members__.values())
"""By number."""


class Engine:
    """HiGHS holding a program as it is given. What it found is read after a run."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.highs = Silent()
        self.set(options)

    def hold(
        self,
        cost: Floats,
        columns: tuple[Floats, Floats],
        rows: tuple[Floats, Floats],
        matrix: tuple[Ints, Ints, Floats],
        integer: NDArray[np.bool_],
        offset: float = 0.0,
    ) -> None:
        """Hold a program in place of what was held: bounds of columns, sides of rows, entries by row.

        The matrix comes as starts, indices and values. All in one call, as arrays: HiGHS's own object for a program
        would take them as lists. Raises ValueError where HiGHS refuses it.
        """
        no_number, no_place = np.zeros(0), np.zeros(0, dtype=np.int32)
        starts, index, value = matrix
        status = self.highs.passModel(
            len(cost),
            len(rows[0]),
            len(index),
            0,
            int(highspy.MatrixFormat.kRowwise),
            0,
            int(highspy.ObjSense.kMinimize),
            offset,
            cost,
            *columns,
            *rows,
            starts.astype(np.int32),
            index.astype(np.int32),
            value,
            no_place,  # no squares in the objective: starts, indices, values
            no_place,
            no_number,
            integer.astype(np.int32),
        )
        if status == highspy.HighsStatus.kError:
            raise ValueError("HiGHS does not take the program")  # it would hold none, whose optimum is 0

    def set(self, options: Mapping[str, Any]) -> None:
        """Set options by HiGHS's names."""
        for name, value in options.items():
            self.highs.setOptionValue(name, value)

    # --- what came out --------------------------------------------------------------------------------

    @property
    def stop(self) -> Stop:
        """Why it stopped."""
        return STOPS[self.highs.getModelStatus().name]

    @property
    def detail(self) -> str:
        """The same in HiGHS's words."""
        return self.highs.modelStatusToString(self.highs.getModelStatus())

    @property
    def gave_up(self) -> bool:
        """Whether a linear program was left at its limit of iterations, or as it cost more than what was asked."""
        return self.highs.getModelStatus().name in _GIVEN_UP

    @property
    def has_solution(self) -> bool:
        """Whether there is a solution that HiGHS takes for feasible."""
        status = self.highs.getInfo().primal_solution_status
        return bool(status == highspy.SolutionStatus.kSolutionStatusFeasible)

    @property
    def objective(self) -> float:
        """The cost of the solution."""
        return float(self.highs.getInfo().objective_function_value)

    @property
    def bound(self) -> float:
        """The cost that no solution of a mixed-integer program can be below."""
        return float(self.highs.getInfo().mip_dual_bound)

    @property
    def solution(self) -> tuple[Floats, Floats]:
        """The solution by column, and the activity of each row."""
        found = self.highs.getSolution()
        return np.array(found.col_value), np.array(found.row_value)

    @property
    def seconds(self) -> float:
        """How long it has run, from which time limits count."""
        return float(self.highs.getRunTime())

    def run_here(self) -> None:
        """Run in this thread, unheard: for programs that take a blink."""
        self.highs.run()


class Solver(Engine):
    """A program of the model, held in its scaled units and solved again and again."""

    def __init__(self, instance: Instance, scaling: Scaling, threads: int = 1) -> None:
        _pool(threads)
        super().__init__({"threads": threads, "parallel": "on" if threads > 1 else "off"})
        self.scaling = scaling
        self.load(instance)

    def load(self, instance: Instance) -> None:
        """Hold a program in place of what was held; raises as `hold` does."""
        scaling, matrix = self.scaling, instance.matrix
        value = matrix.value * scaling.rows[matrix.row] * scaling.columns[matrix.index]
        self.hold(
            instance.cost * scaling.columns * scaling.objective,
            (instance.lower / scaling.columns, instance.upper / scaling.columns),
            (instance.row_lower * scaling.rows, instance.row_upper * scaling.rows),
            (matrix.starts, matrix.index, value),
            instance.integer,
            instance.offset * scaling.objective,
        )

    # --- options and starts ---------------------------------------------------------------------------

    def option(self, name: str) -> Any:
        """What an option is set to."""
        return self.highs.getOptionValue(name)[1]

    def start_from_plan(self, x: Floats) -> None:
        """Have a search know a plan (base units), to better it."""
        solution = highspy.HighsSolution()
        solution.col_value, solution.value_valid = x / self.scaling.columns, True
        self.highs.setSolution(solution)

    def start_from(self, basis: Basis) -> None:
        """Start from a basis; presolve, which helps a first solve without one, would forget it."""
        self.highs.setBasis(basis)
        self.set({"presolve": "off"})

    def forget(self) -> None:
        """Forget how the last solution was found."""
        self.highs.clearSolver()

    def listen(self, watch: Watcher | None, halt: Halt) -> None:
        """Have `halt` heard while HiGHS runs, in place of one before it, and `watch` reported where it stands."""

        def stop_if_halted(event: Any) -> None:
            if halt.stop is not None:
                event.interrupt()

        highs = self.highs
        for callback in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
            callback.clear()  # type: ignore[no-untyped-call]  # as the constructor
            callback.subscribe(stop_if_halted)
        if watch is not None:

            def notify(event: Any) -> None:
                watch(_progress(event.data_out, self.scaling.objective))

            highs.cbMipLogging.subscribe(notify)

    def run(self, halt: Halt) -> None:
        """Run in a thread of its own, so that Ctrl-C and a lack of memory are seen and end in the best plan so far.

        The end is reported by an event: a join that Ctrl-C breaks off may take the thread for ended.
        """
        ended = threading.Event()

        def run_to_the_end() -> None:
            try:
                self.highs.run()
            finally:
                ended.set()

        threading.Thread(target=run_to_the_end, daemon=True).start()
        while not ended.is_set():
            try:
                if not ended.wait(0.1):
                    halt.look()
            except KeyboardInterrupt:
                halt.cancel.set()

    # --- changes in place -----------------------------------------------------------------------------

    def change_costs(self, columns: Ints, costs: Floats) -> None:
        """Set the costs of some columns."""
        self.highs.changeColsCost(len(columns), columns.astype(np.int32), costs)

    def change_offset(self, offset: float) -> None:
        """Set the constant of the objective."""
        self.highs.changeObjectiveOffset(offset)

    def change_columns(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        """Set the bounds of some columns."""
        self.highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def change_rows(self, rows: Ints, lower: Floats, upper: Floats) -> None:
        """Set the sides of some rows."""
        # Missing in the stubs of HiGHS.
        # The stubs of HiGHS leave this method out, and the two of the basis below.
        self.highs.changeRowsBounds(len(rows), rows.astype(np.int32), lower, upper)  # type: ignore[attr-defined]

    def change_coefficient(self, row: int, column: int, value: float) -> None:
        """Set one entry of the matrix."""
        self.highs.changeCoeff(row, column, value)

    # --- duals and basis ------------------------------------------------------------------------------

    @property
    def duals(self) -> tuple[Floats, Floats]:
        """The duals by row and the reduced costs by column."""
        found = self.highs.getSolution()
        return np.array(found.row_dual), np.array(found.col_dual)

    @property
    def basis(self) -> Basis:
        """The last basis."""
        return self.highs.getBasis()

    def basic(self) -> Ints:
        """What is basic, in the order of the basis: columns by number, rows as −1, −2, …"""
        # HiGHS has it and the next; its type stubs leave them out.
        return np.asarray(self.highs.getBasicVariables()[1])  # type: ignore[attr-defined]  # not in the stubs

    def solve_basis(self, right: Floats) -> Floats:
        """The values of what is basic for a right-hand side."""
        return np.asarray(self.highs.getBasisSolve(right)[1])  # type: ignore[attr-defined]  # not in the stubs

    def bounds(self) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """The lower and the upper bounds, each by column and by row."""
        lp = self.highs.getLp()
        lower, upper = (lp.col_lower_, lp.row_lower_), (lp.col_upper_, lp.row_upper_)
        return (np.array(lower[0]), np.array(lower[1])), (np.array(upper[0]), np.array(upper[1]))


class Silent(highspy.Highs):
    """A HiGHS that prints nothing.

    The first one in a process would print a banner when it enables its callbacks, which its constructor does before
    any option can be set from outside.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the stubs of HiGHS give its constructor no types

    def enableCallbacks(self) -> None:  # noqa: N802  # HiGHS's own name
        """As HiGHS's own, silenced before."""
        self.setOptionValue("log_to_console", False)  # not output_flag: without output there is no progress either
        super().enableCallbacks()  # type: ignore[no-untyped-call]  # as its constructor

    def run(self) -> highspy.HighsStatus:
        """As HiGHS's own, with the pool of threads made again where it was made for another number of them.

        HiGHS has one pool a process, and refuses a solve with another number of threads without a word: its status
        stays that of a program never run.
        """
        status = super().run()
        if self.getModelStatus() == highspy.HighsModelStatus.kNotset:
            highspy.Highs.resetGlobalScheduler(True)
            status = super().run()
        return status


@lru_cache(maxsize=1)
def _pool(threads: int) -> None:
    """Have HiGHS make again the one pool of threads that all solves of a process share, where it is to have others."""
    highspy.Highs.resetGlobalScheduler(True)


def _progress(data: Any, factor: float) -> Progress:
    incumbent, bound = data.mip_primal_bound / factor, data.mip_dual_bound / factor
    has_incumbent, has_bound = bool(np.isfinite(incumbent)), bool(np.isfinite(bound))
    share = gap(incumbent, bound) if has_incumbent and has_bound else None
    return Progress(
        "solving", data.running_time, incumbent if has_incumbent else None, bound if has_bound else None, share
    )


def _basis(columns: bytes, rows: bytes) -> Basis:
    basis = highspy.HighsBasis()
    basis.col_status = [_STATUSES[status] for status in columns]
    basis.row_status = [_STATUSES[status] for status in rows]
    basis.valid = True
    return basis


def _packed_basis(basis: Basis) -> tuple[Callable[..., Basis], tuple[bytes, bytes]]:
    return _basis, (bytes(map(int, basis.col_status)), bytes(map(int, basis.row_status)))


# HiGHS gives its bases no way into another process.
copyreg.pickle(highspy.HighsBasis, _packed_basis)


def version() -> str:
    """The version of HiGHS."""
    return str(Silent().version())

"""The only hand on HiGHS: an instance goes in whole, an outcome comes out.

Why the solver stopped and what it found are told apart: at a limit, or when the user stops it, the
incumbent, the proven bound and the gap between them are kept.
"""

from __future__ import annotations

import copyreg
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import highspy
import numpy as np

from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.solver.halt import Halt
from planner.solver.outcome import Options, Outcome, Progress, Stop, Watcher, gap
from planner.solver.scaling import Scaling

NEGLIGIBLE = 1e-9
"""Values below it, in scaled units, are noise of the solver."""

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

SEARCH: dict[str, Any] = {"mip_allow_restart": False}
"""Options of branch and bound: restarts took more than they spared, see docs/design.md."""

BETTERING: dict[str, Any] = {
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_detect_symmetry": False,
}
"""Options where the dive has found a good plan: what looks for a first one, or for twins of decisions, then only takes
time."""

_SMALL, _MODERATE = 1_000, 10_000
"""Whole numbers, up to which trying both sides of each (strong branching) once is enough to know it, and up to which
presolve can probe them all."""

_MANY = 100
"""Futures, beyond which RINS and other searches beside branching pay: it betters one future at a time, they many."""

_TIGHT = 1e-5
"""The gap from which on probing and sparsified rows pay: cuts close the last of it sooner."""

_STATUSES = tuple(highspy.HighsBasisStatus.__members__.values())
"""By number."""

_SPARSIFYING, _PROBING = 1 << 14, 1 << 15
"""Rules of presolve, by their bits. Sparsified rows are dear to find cuts in."""


def branch_and_bound(
    instance: Instance,
    scaling: Scaling,
    options: Options,
    extra: dict[str, Any],
    watch: Watcher | None,
    halt: Halt,
    start: Floats | None = None,
) -> Outcome:
    """HiGHS's own search, by the settings of `SEARCH` and `extra`.

    `start` is a plan to better.
    """
    solver = loaded(instance, scaling, options.threads)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value, solution.value_valid = start / scaling.columns, True
        solver.setSolution(solution)
    settings = {"mip_rel_gap": options.gap, "random_seed": options.seed}
    settings |= _suited(instance, options.gap, start is not None) | extra
    if options.time_limit is not None:
        settings["time_limit"] = options.time_limit
    for name, value in settings.items():
        solver.setOptionValue(name, value)
    subscribe(solver, scaling, watch, halt)
    started = time.monotonic()
    run(solver, halt)
    outcome = _outcome(solver, instance, scaling, time.monotonic() - started)
    return replace(outcome, stop=halt.stop or Stop.INTERRUPTED) if outcome.stop is Stop.INTERRUPTED else outcome


def _suited(instance: Instance, wanted: float, has_plan: bool) -> dict[str, Any]:
    """Options of branch and bound for a program of this size, and the gap wanted."""
    whole = np.count_nonzero(instance.integer)
    settings = SEARCH | (BETTERING if has_plan else {})
    if has_plan and not has_many_futures(instance):
        settings |= {"mip_heuristic_run_rins": False, "mip_heuristic_effort": 0.0}
    if wanted > _TIGHT or whole > _MODERATE:
        settings["presolve_rule_off"] = _SPARSIFYING | _PROBING
    if whole <= _SMALL:
        settings["mip_pscost_minreliable"] = 1
    return settings


def has_many_futures(instance: Instance) -> bool:
    """Whether there are so many that each by itself is little beside all of them."""
    return len(instance.layout.tree.futures) > _MANY


def _basis(columns: bytes, rows: bytes) -> highspy.HighsBasis:
    basis = highspy.HighsBasis()
    basis.col_status = [_STATUSES[status] for status in columns]
    basis.row_status = [_STATUSES[status] for status in rows]
    basis.valid = True
    return basis


def _packed_basis(basis: highspy.HighsBasis) -> tuple[Callable[..., highspy.HighsBasis], tuple[bytes, bytes]]:
    return _basis, (bytes(map(int, basis.col_status)), bytes(map(int, basis.row_status)))


# HiGHS gives its bases no way into another process.
copyreg.pickle(highspy.HighsBasis, _packed_basis)


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


def loaded(instance: Instance, scaling: Scaling, threads: int = 1) -> highspy.Highs:
    """HiGHS holding the scaled instance, handed over in one call."""
    solver = Silent()
    _pool(threads)
    solver.setOptionValue("threads", threads)
    solver.setOptionValue("parallel", "on" if threads > 1 else "off")
    hand_over(solver, instance, scaling)
    return solver


def hand_over(solver: highspy.Highs, instance: Instance, scaling: Scaling) -> None:
    """Have a solver hold the scaled instance in place of what it held.

    All in one call, as arrays: HiGHS's own object for a program would take them as lists. Raises ValueError where
    HiGHS refuses it.
    """
    matrix, no_number, no_place = instance.matrix, np.zeros(0), np.zeros(0, dtype=np.int32)
    status = solver.passModel(
        len(instance.cost),
        len(instance.row_lower),
        len(matrix.index),
        0,
        int(highspy.MatrixFormat.kRowwise),
        0,
        int(highspy.ObjSense.kMinimize),
        instance.offset * scaling.objective,
        instance.cost * scaling.columns * scaling.objective,
        instance.lower / scaling.columns,
        instance.upper / scaling.columns,
        instance.row_lower * scaling.rows,
        instance.row_upper * scaling.rows,
        matrix.starts.astype(np.int32),
        matrix.index.astype(np.int32),
        matrix.value * scaling.rows[matrix.row] * scaling.columns[matrix.index],
        no_place,  # no squares in the objective: starts, indices, values
        no_place,
        no_number,
        instance.integer.astype(np.int32),
    )
    if status == highspy.HighsStatus.kError:
        raise ValueError("HiGHS does not take the program")  # it would hold none, whose optimum is 0


@lru_cache(maxsize=1)
def _pool(threads: int) -> None:
    """Have HiGHS make anew the one pool of threads that all solves of a process share, where it is to have others."""
    highspy.Highs.resetGlobalScheduler(True)


def subscribe(solver: highspy.Highs, scaling: Scaling, watch: Watcher | None, halt: Halt) -> None:
    """Have `halt` heard while the solver runs, in place of one before it, and `watch` told where it stands."""

    def stop_if_halted(event: Any) -> None:
        if halt.stop is not None:
            event.interrupt()

    for callback in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        callback.clear()  # type: ignore[no-untyped-call]  # as the constructor
        callback.subscribe(stop_if_halted)
    if watch is not None:

        def tell(event: Any) -> None:
            watch(_progress(event.data_out, scaling.objective))

        solver.cbMipLogging.subscribe(tell)


def _progress(data: Any, factor: float) -> Progress:
    incumbent, bound = data.mip_primal_bound / factor, data.mip_dual_bound / factor
    has_incumbent, has_bound = bool(np.isfinite(incumbent)), bool(np.isfinite(bound))
    share = gap(incumbent, bound) if has_incumbent and has_bound else None
    return Progress(
        "solving", data.running_time, incumbent if has_incumbent else None, bound if has_bound else None, share
    )


def run(solver: highspy.Highs, halt: Halt) -> None:
    """Run in a thread of its own, so that Ctrl-C and a lack of memory are seen and end in the best plan so far.

    The end is told by an event: a join that Ctrl-C breaks off may take the thread for ended.
    """
    ended = threading.Event()

    def run_to_the_end() -> None:
        try:
            solver.run()
        finally:
            ended.set()

    threading.Thread(target=run_to_the_end, daemon=True).start()
    while not ended.is_set():
        try:
            if not ended.wait(0.1):
                halt.look()
        except KeyboardInterrupt:
            halt.cancel.set()


def _outcome(solver: highspy.Highs, instance: Instance, scaling: Scaling, seconds: float) -> Outcome:
    status, info = solver.getModelStatus(), solver.getInfo()
    stop, detail = STOPS[status.name], solver.modelStatusToString(status)
    found = stop is not Stop.FAILED and info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    is_mip = bool(instance.integer.any())
    # Of a program without a solution HiGHS tells a bound that is none.
    is_proven = is_mip and stop not in (Stop.INFEASIBLE, Stop.FAILED)
    bound = info.mip_dual_bound / scaling.objective if is_proven else -np.inf
    if not found or stop is Stop.INFEASIBLE:
        return Outcome(stop, None, np.inf, bound, np.inf, seconds, detail)
    scaled = np.array(solver.getSolution().col_value)
    scaled[np.abs(scaled) < NEGLIGIBLE] = 0.0
    x = scaled * scaling.columns
    objective = float(instance.cost @ x) + instance.offset
    if stop is Stop.OPTIMAL and not is_mip:
        bound = objective
    return Outcome(stop, x, objective, min(bound, objective), gap(objective, bound), seconds, detail)


def fixed(instance: Instance, whole: Floats) -> Instance:
    """The instance with its integer columns fixed at `whole`: a linear program."""
    lower, upper = instance.lower.copy(), instance.upper.copy()
    lower[instance.integer] = upper[instance.integer] = whole
    return replace(instance, lower=lower, upper=upper, integer=np.zeros_like(instance.integer))


def version() -> str:
    """The version of HiGHS."""
    return str(Silent().version())

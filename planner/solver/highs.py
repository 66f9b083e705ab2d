"""The only driver of HiGHS: an instance goes in whole, an outcome comes out.

Why the solver stopped and what it found are told apart: at a limit, or when the user stops it, the
incumbent, the proven bound and the gap between them are kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import highspy
import numpy as np

from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.solver.scaling import Scaling, scale

NEGLIGIBLE = 1e-9
"""Values below it, in scaled units, are noise of the solver."""


class Stop(Enum):
    """Why the solver stopped."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


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


@dataclass(frozen=True)
class Options:
    """How far to solve: relative gap, seconds (None: no limit) and the seed of HiGHS's own choices."""

    gap: float = 1e-4
    time_limit: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """Where a running solve stands; incumbent and bound in base currency, None before there is one."""

    stage: str
    seconds: float
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None


@dataclass(frozen=True)
class Outcome:
    """Why the solver stopped, and what there is: `x` is None without a plan.

    `objective` and `bound` are in base currency; `gap` is (objective − bound) / |objective|.
    `seconds` is HiGHS's own time.
    """

    stop: Stop
    x: Floats | None
    objective: float
    bound: float
    gap: float
    seconds: float
    detail: str


Watcher = Callable[[Progress], None]

_ATTEMPTS: tuple[dict[str, Any], ...] = ({"presolve": "off"}, {"presolve": "off", "simplex_scale_strategy": 0})
"""Options of the attempts after one that HiGHS itself reports as failed."""

_STRICT = {"mip_feasibility_tolerance": 1e-10, "primal_feasibility_tolerance": 1e-10}
"""Options after an attempt whose plan does not hold: beside a capacity of 10⁷ a signature of 10⁻⁷ passes for
none, and lets 1 kg through. They take longer, so that they are not the first."""

TOO_FAR_APART = "figures too far apart"
"""What is told of a plan that keeps its rows only beside figures far larger than any need."""

_HOLDS = 1e-6
"""Most by which a row may be missed, relative to the largest part of its sum."""


_WITH_START: dict[str, Any] = {"mip_heuristic_run_rins": False, "mip_heuristic_run_rens": False}
"""Where there is a good plan to start from, searching around it took twenty times what it spared."""


def solve(
    instance: Instance,
    options: Options | None = None,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
    start: Floats | None = None,
) -> Outcome:
    """Solve an instance to the gap asked for, or until a limit, `cancel` or Ctrl-C.

    The plan found by then is kept. Ctrl-C counts only in the main thread. `start` is a guess whose whole
    numbers are tried first.
    """
    options, cancel = options or Options(), cancel or threading.Event()
    scaling, started = scale(instance), time.monotonic()

    def attempt(extra: dict[str, Any]) -> Outcome:
        spent = time.monotonic() - started
        left = None if options.time_limit is None else max(options.time_limit - spent, 0.0)
        return _attempt(instance, scaling, replace(options, time_limit=left), extra, watch, cancel, start)

    outcome = _polished(instance, scaling, _first(attempt, ({}, *_ATTEMPTS)))
    if not _holds(instance, scaling, outcome, options):
        outcome = _polished(instance, scaling, _first(attempt, (_STRICT, *(_STRICT | extra for extra in _ATTEMPTS))))
    if not _holds(instance, scaling, outcome, options):
        return replace(outcome, stop=Stop.FAILED, x=None, detail=TOO_FAR_APART)
    return outcome


def _first(attempt: Callable[[dict[str, Any]], Outcome], extras: Iterable[dict[str, Any]]) -> Outcome:
    """The first attempt that HiGHS does not itself report as failed, or the last."""
    outcome = Outcome(Stop.FAILED, None, np.inf, -np.inf, np.inf, 0.0, "not started")
    for extra in extras:
        outcome = attempt(extra)
        if outcome.stop is not Stop.FAILED:
            break
    return outcome


def _holds(instance: Instance, scaling: Scaling, outcome: Outcome, options: Options) -> bool:
    """Whether a plan keeps every row, seen beside the row's own figures, and is as near to the bound as asked for."""
    x, matrix = outcome.x, instance.matrix
    if x is None:
        return True
    # Whole numbers are exact; of others less than a hundredth of the column's unit counts as that.
    size = np.maximum(np.abs(x), np.where(instance.integer, 0.0, 0.01 * scaling.columns))
    body, largest = matrix.times(x), np.zeros(len(instance.row_lower))
    np.maximum.at(largest, matrix.row, np.abs(matrix.value) * size[matrix.index])
    missed = np.maximum(instance.row_lower - body, body - instance.row_upper)
    near = outcome.gap <= options.gap + _HOLDS or (outcome.objective - outcome.bound) * scaling.objective <= _HOLDS
    return bool((missed <= _HOLDS * largest).all()) and (near or outcome.stop is not Stop.OPTIMAL)


def _attempt(
    instance: Instance,
    scaling: Scaling,
    options: Options,
    extra: dict[str, Any],
    watch: Watcher | None,
    cancel: threading.Event,
    start: Floats | None = None,
) -> Outcome:
    solver = loaded(instance, scaling)
    if start is not None:
        whole = np.flatnonzero(instance.integer)
        solver.setSolution(len(whole), whole.astype(np.int32), start[whole])
    settings: dict[str, Any] = {
        "mip_rel_gap": options.gap,
        "random_seed": options.seed,
        "threads": 1,
        "mip_allow_restart": False,
        **(_WITH_START if start is not None else {}),
    } | extra
    if options.time_limit is not None:
        settings["time_limit"] = options.time_limit
    for name, value in settings.items():
        solver.setOptionValue(name, value)
    subscribe(solver, scaling, watch, cancel)
    started = time.monotonic()
    run(solver, cancel)
    return _outcome(solver, instance, scaling, time.monotonic() - started)


def loaded(instance: Instance, scaling: Scaling) -> highspy.Highs:
    """HiGHS holding the scaled instance, handed over in one call."""
    matrix = instance.matrix
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(instance.cost), len(instance.row_lower)
    lp.col_cost_ = instance.cost * scaling.columns * scaling.objective
    lp.offset_ = instance.offset * scaling.objective
    lp.col_lower_, lp.col_upper_ = instance.lower / scaling.columns, instance.upper / scaling.columns
    lp.row_lower_, lp.row_upper_ = instance.row_lower * scaling.rows, instance.row_upper * scaling.rows
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.starts, matrix.index
    lp.a_matrix_.value_ = matrix.value * scaling.rows[matrix.row] * scaling.columns[matrix.index]
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[flag] for flag in instance.integer.astype(int).tolist()]
    # The stubs of HiGHS give its constructor no types.
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("log_to_console", False)  # not output_flag: without output there is no progress either
    solver.passModel(lp)
    return solver


def subscribe(solver: highspy.Highs, scaling: Scaling, watch: Watcher | None, cancel: threading.Event) -> None:
    """Have `cancel` heard while the solver runs, and `watch` told where it stands."""

    def stop_if_cancelled(event: Any) -> None:
        if cancel.is_set():
            event.interrupt()

    for callback in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        callback.subscribe(stop_if_cancelled)
    if watch is not None:

        def tell(event: Any) -> None:
            watch(_progress(event.data_out, scaling.objective))

        solver.cbMipLogging.subscribe(tell)


def _progress(data: Any, factor: float) -> Progress:
    incumbent, bound = data.mip_primal_bound / factor, data.mip_dual_bound / factor
    has_incumbent, has_bound = bool(np.isfinite(incumbent)), bool(np.isfinite(bound))
    gap = _gap(incumbent, bound) if has_incumbent and has_bound else None
    return Progress(
        "solving", data.running_time, incumbent if has_incumbent else None, bound if has_bound else None, gap
    )


def run(solver: highspy.Highs, cancel: threading.Event) -> None:
    """Run in a thread of its own, so that Ctrl-C is heard at once and ends in the best plan so far.

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
            ended.wait(0.1)
        except KeyboardInterrupt:
            cancel.set()


def _gap(objective: float, bound: float) -> float:
    if objective == bound:
        return 0.0
    return max(objective - bound, 0.0) / max(abs(objective), 1e-10)


def _outcome(solver: highspy.Highs, instance: Instance, scaling: Scaling, seconds: float) -> Outcome:
    status, info = solver.getModelStatus(), solver.getInfo()
    stop, detail = STOPS[status.name], solver.modelStatusToString(status)
    found = stop is not Stop.FAILED and info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    is_mip = bool(instance.integer.any())
    bound = info.mip_dual_bound / scaling.objective if is_mip else -np.inf
    if not found or stop is Stop.INFEASIBLE:
        return Outcome(stop, None, np.inf, bound, np.inf, seconds, detail)
    scaled = np.array(solver.getSolution().col_value)
    scaled[np.abs(scaled) < NEGLIGIBLE] = 0.0
    x = scaled * scaling.columns
    objective = float(instance.cost @ x) + instance.offset
    if stop is Stop.OPTIMAL and not is_mip:
        bound = objective
    return Outcome(stop, x, objective, min(bound, objective), _gap(objective, bound), seconds, detail)


def _polished(instance: Instance, scaling: Scaling, outcome: Outcome) -> Outcome:
    """The outcome with whole numbers whole: they are rounded and, where that moved any, the rest re-solved."""
    x = outcome.x
    if x is None or not instance.integer.any():
        return outcome
    whole = np.round(x[instance.integer])
    if np.abs(whole - x[instance.integer]).max() <= NEGLIGIBLE:
        x = x.copy()
        x[instance.integer] = whole
        return replace(outcome, x=x)
    again = _attempt(fixed(instance, whole), scaling, Options(gap=0.0), {}, None, threading.Event())
    if again.x is None:
        return outcome
    gap = _gap(again.objective, outcome.bound)
    return replace(
        again,
        stop=outcome.stop,
        bound=min(outcome.bound, again.objective),
        gap=gap,
        seconds=outcome.seconds + again.seconds,
        detail=outcome.detail,
    )


def fixed(instance: Instance, whole: Floats) -> Instance:
    """The instance with its integer columns fixed at `whole`: a linear program."""
    lower, upper = instance.lower.copy(), instance.upper.copy()
    lower[instance.integer] = upper[instance.integer] = whole
    return replace(instance, lower=lower, upper=upper, integer=np.zeros_like(instance.integer))


def version() -> str:
    """The version of HiGHS."""
    return str(highspy.Highs().version())  # type: ignore[no-untyped-call]

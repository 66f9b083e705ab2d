"""The only driver of HiGHS: an instance goes in whole, an outcome comes out.

Why the solver stopped and what it found are told apart: at a limit, or when the user stops it, the
incumbent, the proven bound and the gap between them are kept.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import highspy
import numpy as np

from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.solver.scaling import Scaling, scale

_NEGLIGIBLE = 1e-9
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

_ATTEMPTS: tuple[dict[str, Any], ...] = ({}, {"presolve": "off"}, {"presolve": "off", "simplex_scale_strategy": 0})
"""Options of the first attempt, and of those after one that HiGHS itself reports as failed."""


def solve(
    instance: Instance,
    options: Options | None = None,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
) -> Outcome:
    """Solve an instance to the gap asked for, or until a limit, `cancel` or Ctrl-C.

    The plan found by then is kept. Ctrl-C counts only in the main thread.
    """
    options, cancel = options or Options(), cancel or threading.Event()
    scaling = scale(instance)
    started = time.monotonic()
    outcome = None
    for extra in _ATTEMPTS:
        spent = time.monotonic() - started
        left = None if options.time_limit is None else max(options.time_limit - spent, 0.0)
        outcome = _attempt(instance, scaling, replace(options, time_limit=left), extra, watch, cancel)
        if outcome.stop is not Stop.FAILED:
            break
    if outcome is None or outcome.x is None:
        return outcome or Outcome(Stop.FAILED, None, np.inf, -np.inf, np.inf, 0.0, "not started")
    return _polished(instance, scaling, outcome)


def _attempt(
    instance: Instance,
    scaling: Scaling,
    options: Options,
    extra: dict[str, Any],
    watch: Watcher | None,
    cancel: threading.Event,
) -> Outcome:
    solver = _loaded(instance, scaling)
    settings: dict[str, Any] = {
        "mip_rel_gap": options.gap,
        "random_seed": options.seed,
        "threads": 1,
        "mip_allow_restart": False,
    } | extra
    if options.time_limit is not None:
        settings["time_limit"] = options.time_limit
    for name, value in settings.items():
        solver.setOptionValue(name, value)
    _subscribe(solver, scaling, watch, cancel)
    started = time.monotonic()
    _run(solver, cancel)
    return _outcome(solver, instance, scaling, time.monotonic() - started)


def _loaded(instance: Instance, scaling: Scaling) -> highspy.Highs:
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
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("log_to_console", False)  # not output_flag: without output there is no progress either
    solver.passModel(lp)
    return solver


def _subscribe(solver: highspy.Highs, scaling: Scaling, watch: Watcher | None, cancel: threading.Event) -> None:
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
        "branch and bound", data.running_time, incumbent if has_incumbent else None, bound if has_bound else None, gap
    )


def _run(solver: highspy.Highs, cancel: threading.Event) -> None:
    """Run in a thread of its own, so that Ctrl-C is heard at once and ends in the best plan so far.

    The end is told by an event: a join that Ctrl-C breaks off may take the thread for ended.
    """
    ended = threading.Event()

    def run() -> None:
        try:
            solver.run()
        finally:
            ended.set()

    threading.Thread(target=run, daemon=True).start()
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
    scaled[np.abs(scaled) < _NEGLIGIBLE] = 0.0
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
    if np.abs(whole - x[instance.integer]).max() <= _NEGLIGIBLE:
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

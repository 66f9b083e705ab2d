"""HiGHS's own branch and bound, with the options that suit a program: an instance goes in whole, an outcome comes out.

Why the solver stopped and what it found are distinguished: at a limit, or when the user stops it, the
incumbent, the proven bound and the gap between them are kept.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.solver.engine import Solver
from planner.solver.halt import Halt
from planner.solver.outcome import Options, Outcome, Stop, Watcher, gap
from planner.solver.scaling import Scaling

NEGLIGIBLE = 1e-9
"""Values below it, in scaled units, are noise of the solver."""

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
"""Integer variables, up to which trying both sides of each (strong branching) once is enough to know it, and up to
which presolve can probe them all."""

_MANY = 100
"""Futures, beyond which RINS and other searches beside branching pay: it betters one future at a time, they many."""

_TIGHT = 1e-5
"""The gap from which on probing and sparsified rows pay: cuts close the last of it sooner."""

_SPARSIFYING, _PROBING = 1 << 14, 1 << 15
"""Rules of presolve, by their bits. Sparsified rows are expensive to find cuts in."""


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
    solver = Solver(instance, scaling, options.threads)
    if start is not None:
        solver.start_from_plan(start)
    settings = {"mip_rel_gap": options.gap, "random_seed": options.seed}
    settings |= _suited(instance, options.gap, start is not None) | extra
    if options.time_limit is not None:
        settings["time_limit"] = options.time_limit
    solver.set(settings)
    solver.listen(watch, halt)
    started = time.monotonic()
    solver.run(halt)
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


def _outcome(solver: Solver, instance: Instance, scaling: Scaling, seconds: float) -> Outcome:
    stop, detail = solver.stop, solver.detail
    found = stop is not Stop.FAILED and solver.has_solution
    is_mip = bool(instance.integer.any())
    # Of a program without a solution HiGHS shows a bound that is none.
    is_proven = is_mip and stop not in (Stop.INFEASIBLE, Stop.FAILED)
    bound = solver.bound / scaling.objective if is_proven else -np.inf
    if not found or stop is Stop.INFEASIBLE:
        return Outcome(stop, None, np.inf, bound, np.inf, seconds, detail)
    scaled, _ = solver.solution
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

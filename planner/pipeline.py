"""The journey of a scenario: tree, model, solve, plan."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pandas as pd
import pyomo

import planner.version
from planner.audit import audit
from planner.errors import Fault, Infeasible, InputError, Problem, StoppedWithoutPlan
from planner.futures.tree import Tree, grow
from planner.model.path import PathModel
from planner.model.program import program
from planner.model.solution import read
from planner.model.tidy import tidied
from planner.model.tiling import Instance
from planner.plan.answer import frame
from planner.plan.assemble import assemble
from planner.plan.plan import Plan, Status
from planner.plan.tables import PLAN_TABLES
from planner.scenario.fields import to_text
from planner.scenario.load import Loaded
from planner.solver.engine import version
from planner.solver.outcome import Options, Outcome, Progress, Stop, Watcher
from planner.solver.strategy import TOO_FAR_APART, begin, solve
from planner.solver.warm_start import WarmStart
from planner.why.explain import explain
from planner.why.settled import with_savings
from planner.why.solved import Solved

_STATUS: dict[Stop, Status] = {
    Stop.OPTIMAL: "optimal",
    Stop.TIME_LIMIT: "time_limit",
    Stop.MEMORY_LIMIT: "memory_limit",
    Stop.INTERRUPTED: "interrupted",
    Stop.FAILED: "gave_up",
}


@dataclass(frozen=True)
class Prepared:
    """A scenario's tree, path and program, ready to be solved (again and again)."""

    loaded: Loaded
    tree: Tree
    path: PathModel
    instance: Instance


@dataclass
class Clock:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def prepare(loaded: Loaded, memory_limit: float | None = None) -> Prepared:
    """The program of a scenario.

    Raises TooLarge where solving it would take more memory than the limit (GiB; None: than is free).
    """
    tree = grow(loaded.scenario)
    return Prepared(loaded, tree, *program(loaded.scenario, tree, memory_limit))


def make_plan(
    loaded: Loaded,
    options: Options | None = None,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
    why: bool = False,
    warm_start: WarmStart | None = None,
) -> Plan:
    """The optimal plan of a scenario, or the best one found until a limit, `cancel` or Ctrl-C.

    With `why` it also shows what more of anything scarce is worth, and what decisions not taken would cost. It begins
    from the warm start of a scenario that is alike: see `warm_start_of`.

    Raises Infeasible where no plan can be, StoppedWithoutPlan where none was found in time or memory.
    """
    return plan_and_outcome(loaded, options, watch, cancel or threading.Event(), why, warm_start, settle=True)[0]


def plan_and_outcome(
    loaded: Loaded,
    options: Options | None = None,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
    why: bool = False,
    warm_start: WarmStart | None = None,
    settle: bool = False,
) -> tuple[Plan, Outcome]:
    """As `make_plan`, with what the solver found, for like scenarios to begin from.

    Which decisions for now the gap leaves open is looked into only with `settle`: else all may be.
    """
    options, cancel = options or Options(), cancel or threading.Event()
    clock, started = Clock(), dt.datetime.now(dt.UTC)
    _notify(watch, "building the model", started)
    with clock.stage("build"):
        prepared = prepare(loaded, options.memory_limit)
    _notify(watch, "solving", started)
    outcome = solve(prepared.instance, options, watch, cancel, warm_start)
    clock.seconds["solve"] = outcome.seconds
    _raise_without_plan(outcome)
    with clock.stage("plan"):
        plan = _plan(prepared, outcome, _provenance(loaded, options, clock, started))
    with clock.stage("settle"):
        solved = _solved(prepared, outcome, plan)
        now = with_savings(plan.tables["now_decisions"], solved, cancel if settle else None)
        plan = replace(plan, tables=plan.tables | {"now_decisions": now})
    with clock.stage("audit"):
        plan = _audited(loaded, plan)
    if why:
        with clock.stage("why"):
            tables = explain(solved, options, watch, cancel)
            plan = replace(plan, tables=plan.tables | tables, explained=True)
    return plan, outcome


def plan_of(prepared: Prepared, outcome: Outcome) -> Plan:
    """The plan that an outcome of a scenario's own program makes, audited.

    Raises as `make_plan` does, Fault where it does not pass the audit.
    """
    _raise_without_plan(outcome)
    return _audited(prepared.loaded, _plan(prepared, outcome, {}))


def warm_start_of(
    loaded: Loaded, options: Options, cancel: threading.Event, outcome: Outcome | None = None
) -> WarmStart:
    """Where scenarios begin that differ from this one in numbers only: from what came out of it, or a quick answer.

    Raises as `prepare` does.
    """
    base = prepare(loaded, options.memory_limit).instance
    return WarmStart(base, outcome or begin(base, options, cancel))


def _notify(watch: Watcher | None, stage: str, started: dt.datetime) -> None:
    if watch is not None:
        watch(Progress(stage, (dt.datetime.now(dt.UTC) - started).total_seconds()))


_TOO_FAR_APART = Problem(
    "too_far_apart",
    "The scenario's figures lie too far apart for a solver to distinguish small ones from zero.",
    "Lower capacities, minimum orders and commitments that are far above any need, such as 999999999.",
)


def _raise_without_plan(outcome: Outcome) -> None:
    if outcome.stop is Stop.INFEASIBLE:
        raise Infeasible("No plan can satisfy every row of the scenario.")
    if outcome.x is None:
        if outcome.detail == TOO_FAR_APART:
            raise InputError([_TOO_FAR_APART])
        if outcome.stop is Stop.FAILED:
            raise Fault(f"The solver gave up: {outcome.detail}. This is a fault of the planner; please report it.")
        why = {
            Stop.TIME_LIMIT: "The time limit came before a first plan was found: give it more time.",
            Stop.MEMORY_LIMIT: "Memory ran out before a first plan was found: allow more, or use fewer futures.",
        }
        raise StoppedWithoutPlan(why.get(outcome.stop, "Stopped before a first plan was found."))


def _plan(prepared: Prepared, outcome: Outcome, provenance: dict[str, Any]) -> Plan:
    if outcome.x is None:
        raise StoppedWithoutPlan("Stopped before a first plan was found.")
    loaded = prepared.loaded
    layout = prepared.instance.layout
    x = tidied(prepared.path, layout, outcome.x)
    made = assemble(loaded.scenario, prepared.tree, read(prepared.path, layout, x))
    _agree(made.objective, outcome)
    bound = min(outcome.bound, made.objective)
    gap = 0.0 if made.objective == bound else (made.objective - bound) / max(abs(made.objective), 1e-10)
    return Plan(
        status=_STATUS[outcome.stop],
        objective=made.objective,
        bound=bound,
        gap=gap,
        expected_cost=made.expected_cost,
        cvar=made.cvar,
        decisions=made.decisions,
        tables=made.tables | _taken_over(loaded) | _on_request(),
        provenance=provenance,
    )


def _agree(objective: float, outcome: Outcome) -> None:
    """The plan's own figures must come to what the solver found, or less where something idle was left out."""
    room = 1e-6 * max(abs(outcome.objective), 1.0)
    if not outcome.bound - room <= objective <= outcome.objective + room:
        raise Fault(
            f"The plan's costs come to {objective:.10g}, the solver's to {outcome.objective:.10g}. "
            "This is a fault of the planner; please report it."
        )


def _solved(prepared: Prepared, outcome: Outcome, plan: Plan) -> Solved:
    """What the solver found as the plan has it: without what is idle."""
    if outcome.x is None:
        raise StoppedWithoutPlan("Stopped before a first plan was found.")
    x = tidied(prepared.path, prepared.instance.layout, outcome.x)
    mine = replace(outcome, x=x, objective=plan.objective, bound=plan.bound)
    return Solved(prepared.path, prepared.instance, mine)


def _audited(loaded: Loaded, plan: Plan) -> Plan:
    """The plan with what the audit found; one that breaks a rule is never handed over as a plan."""
    report = audit(loaded.scenario, plan)
    if not report.passed:
        broken = "; ".join(f"{violation.rule}: {violation.where}" for violation in report.failed)
        raise Fault(
            f"The plan found does not pass the audit ({broken}). This is a fault of the planner; please report it."
        )
    return replace(plan, audit=report.largest)


def _on_request() -> dict[str, pd.DataFrame]:
    """The tables made only when asked for, empty."""
    return {table.name: frame(table.name, {}) for table in PLAN_TABLES if table.on_request}


def _taken_over(loaded: Loaded) -> dict[str, pd.DataFrame]:
    """Plan tables about the scenario itself: changed cells and defaults taken."""
    changed = [
        {
            "table": change.table,
            "key": change.key,
            "field": change.field,
            "old": "" if change.old is None else to_text(change.old),
            "new": "" if change.new is None else to_text(change.new),
            "by": change.by,
            "cell": change.cell,
        }
        for change in loaded.changes
    ]
    defaults = [{"table": d.table, "key": d.key, "field": d.field, "default": d.default} for d in loaded.defaults]
    return {
        "changed_cells": frame("changed_cells", pd.DataFrame(changed)),
        "defaults_taken": frame("defaults_taken", pd.DataFrame(defaults)),
    }


def _provenance(loaded: Loaded, options: Options, clock: Clock, started: dt.datetime) -> dict[str, Any]:
    return {
        "scenario": loaded.raw.name,
        "sha256": loaded.raw.sha256,
        "strategy": loaded.strategy,
        "options": asdict(options),
        "planner": planner.version.__version__,
        "pyomo": pyomo.__version__,
        "highspy": version(),
        "started": started.isoformat(timespec="seconds"),
        "seconds": clock.seconds,
    }

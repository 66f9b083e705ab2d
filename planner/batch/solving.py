"""What a worker process makes of a cell: its plan reported in figures, or why there is none."""

from __future__ import annotations

import pickle
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any

import pandas as pd

from planner.batch.cells import Case, Cell, CellOptions
from planner.comparison.cell import CellAnswer, CellStatus, plain
from planner.errors import Infeasible, InputError, NoPlan, OutOfMemory, PlannerError, StoppedWithoutPlan
from planner.explain.explain import explain
from planner.pipeline import plan_and_outcome, warm_start_of
from planner.plan import document
from planner.plan.outcome import cvar
from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLE
from planner.present.figures import CHINA, arrivals_by_country, cash_now, figures, service
from planner.present.series import ALL_MAGNETS, cost_by_kind
from planner.scenario.fields import to_text
from planner.scenario.load import Loaded, from_raw
from planner.scenario.raw import RawScenario
from planner.scenario.scenario import NO_MAGNETS
from planner.scenario.tables import Settings
from planner.solver.outcome import Options, Outcome, Progress
from planner.solver.warm_start import WarmStart

Watch = Callable[[Any], None]


def solve_cell(
    cell: Cell, options: CellOptions, start: bytes | None, watch: Watch, cancel: threading.Event
) -> tuple[CellAnswer, bytes | None]:
    """Solve a cell. Whatever comes in between is an answer, too: one cell is not to stop the others.

    A strategy that is alike begins from `start`, which came with the answer to its scenario as it stands; without one,
    from a quick answer to that. Never from one another, so that an answer does not depend on what was solved before.
    """
    started, found = time.perf_counter(), None
    try:
        answer, found = _solved(cell, options, start, watch, cancel)
    except InputError as error:
        problems = [asdict(problem) for problem in error.problems]
        answer = replace(without_plan(cell, "invalid", str(error.problems[0])), problems=problems)
    except StoppedWithoutPlan as error:
        answer = without_plan(cell, "no_plan", str(error))
    except OutOfMemory:
        raise
    except PlannerError as error:
        answer = without_plan(cell, "failed", str(error))
    return plain(replace(answer, seconds=time.perf_counter() - started)), found


def without_plan(cell: Cell, status: CellStatus, text: str) -> CellAnswer:
    """The answer of a cell that has no plan."""
    return CellAnswer(cell.case.name, cell.strategy, status, text)


def _solved(
    cell: Cell, options: CellOptions, start: bytes | None, watch: Watch, cancel: threading.Event
) -> tuple[CellAnswer, bytes | None]:
    loaded, wanted = _loaded(cell), Options(gap=options.gap, time_limit=options.time_limit)
    try:
        warm_start = _warm_start(cell.case, wanted, start, watch, cancel) if cell.alike else None
        plan, outcome = plan_and_outcome(loaded, wanted, watch, cancel, warm_start=warm_start)
    except Infeasible as error:
        return _infeasible(cell, loaded, str(error), watch, cancel), None
    return _of_plan(cell, loaded, plan), _packed(outcome) if cell.chosen is None else None


def _packed(outcome: Outcome) -> bytes:
    return zlib.compress(pickle.dumps(outcome), level=1)


def _unpacked(start: bytes | None) -> Outcome | None:
    return pickle.loads(zlib.decompress(start)) if start else None


# --- what a worker keeps ------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _raw(case: Case) -> RawScenario:
    """A scenario's cells, unpacked once a process."""
    return case.unpacked()


def _loaded(cell: Cell) -> Loaded:
    return from_raw(_raw(cell.case), cell.chosen)


@lru_cache(maxsize=4)
def _own_settings(case: Case) -> Settings | None:
    """The settings of a scenario as it stands; None where it is wrong."""
    try:
        return from_raw(_raw(case)).scenario.settings
    except InputError:
        return None


_WARM_START: dict[tuple[Case, Options, bytes | None], WarmStart | None] = {}
"""Of the scenario that was solved last: cells come scenario by scenario."""


def _warm_start(
    case: Case, options: Options, start: bytes | None, watch: Watch, cancel: threading.Event
) -> WarmStart | None:
    """Where the strategies of a scenario begin: from the answer to it as it stands, or a quick one; None without."""
    key = (case, options, start)
    if key not in _WARM_START:
        _WARM_START.clear()
        if not start:
            watch(Progress("solving the scenario as it stands", 0.0))
        found = _begun(case, options, start, cancel)
        if cancel.is_set():
            return found
        _WARM_START[key] = found
    return _WARM_START[key]


def _begun(case: Case, options: Options, start: bytes | None, cancel: threading.Event) -> WarmStart | None:
    try:
        return warm_start_of(from_raw(_raw(case)), options, cancel, _unpacked(start))
    except InputError:
        return None


# --- an answer from a plan ------------------------------------------------------------------------------


def _infeasible(cell: Cell, loaded: Loaded, text: str, watch: Watch, cancel: threading.Event) -> CellAnswer:
    """The cell has no plan: with the rows that cannot all hold, and what would give it one, unless cancelled."""
    answer = replace(
        without_plan(cell, "infeasible", text),
        currency=loaded.scenario.settings.currency,
        changes=_changes(loaded),
    )
    with suppress(NoPlan):
        said = document.infeasible(loaded, explain(loaded, watch, cancel))
        answer = replace(answer, **{name: said[name] for name in ("conflict", "repairs", "provenance", "warnings")})
    return answer


def _of_plan(cell: Cell, loaded: Loaded, plan: Plan) -> CellAnswer:
    own = _own_settings(cell.case) or loaded.scenario.settings
    return answer_of_plan(cell.case.name, cell.strategy, own, loaded, plan)


def answer_of_plan(scenario: str, strategy: str, own: Settings, loaded: Loaded, plan: Plan) -> CellAnswer:
    """A plan reported in figures; `own` are the settings of the scenario without its strategy."""
    shares, by_kind = _sourcing(plan), cost_by_kind(plan)
    futures = document.rows(PLAN_TABLE["futures"], plan.tables["futures"])
    return CellAnswer(
        scenario=scenario,
        strategy=strategy,
        status=plan.status,
        currency=loaded.scenario.settings.currency,
        objective=plan.objective,
        bound=plan.bound,
        gap=plan.gap,
        cost=_weighed(own, plan),
        expected_cost=plan.expected_cost,
        cvar=plan.cvar,
        service=service(plan),
        china_share=shares.get(ALL_MAGNETS, {}).get(CHINA, 0.0),
        china_heavy_share=shares["heavy"].get(CHINA, 0.0) if "heavy" in shares else None,
        efficiency_lost=next((f.value for f in figures(loaded, plan) if f.name == "efficiency_lost"), 0.0),
        cash_now=cash_now(plan),
        costs=dict(zip(by_kind["kind"].tolist(), by_kind["cost"].tolist(), strict=True)),
        sourcing=shares,
        futures=[{name: row[name] for name in _OF_FUTURES} for row in futures],
        decisions=asdict(plan.decisions),
        changes=_changes(loaded),
        audit=plan.audit,
        provenance=plan.provenance,
        warnings=[asdict(warning) for warning in loaded.warnings],
    )


_OF_FUTURES = ("future", "probability", "cost", "first_shortage")


def _weighed(own: Settings, plan: Plan) -> float:
    """A plan's cost as the scenario weighs expected cost and CVaR, where a strategy weighs them otherwise."""
    futures = plan.tables["futures"]
    costs, probability = (futures[name].to_numpy(dtype=float) for name in ("cost", "probability"))
    tail = cvar(costs, probability, own.risk_tail)
    return (1 - own.risk_weight) * plan.expected_cost + own.risk_weight * tail


def _sourcing(plan: Plan) -> dict[str, dict[str, float]]:
    """Each country's share of what arrives of a class over the horizon, on average; of all magnets together as well."""
    found = arrivals_by_country(plan)
    magnets = found[~found["class"].isin(NO_MAGNETS)].assign(**{"class": ALL_MAGNETS})
    kg = pd.concat([found, magnets]).groupby(["class", "country"])["kg"].sum()
    shares = kg / kg.groupby(level="class").transform("sum")
    said: dict[str, dict[str, float]] = {}
    names = shares.index.to_frame()
    for name, country, part in zip(names["class"], names["country"], shares.tolist(), strict=True):
        said.setdefault(str(name), {})[str(country)] = part
    return said


def _changes(loaded: Loaded) -> list[dict[str, Any]]:
    """The cells that the strategy changed."""
    return [
        {
            "table": change.table,
            "key": change.key,
            "field": change.field,
            "cell": change.cell,
            "from": None if change.old is None else to_text(change.old),
            "to": None if change.new is None else to_text(change.new),
        }
        for change in loaded.changes
    ]

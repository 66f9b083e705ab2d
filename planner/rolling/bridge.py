"""From the last plan's expected cost to the new one's: what each part of what moved explains, each step solved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from planner.errors import Infeasible, InputError
from planner.pipeline import Prepared, plan_of, prepare
from planner.plan.plan import Plan
from planner.rolling.last import LastPlan, charged, held
from planner.rolling.roll import Rolled
from planner.scenario.fields import to_text
from planner.scenario.load import Loaded, from_raw
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.solver.outcome import Options, Outcome, Stop, Watcher
from planner.solver.strategy import solve

PARTS: dict[str, tuple[tuple[str, ...], str]] = {
    "licences": (("licences", "open_applications", "undertakings", "futures"), "clearance"),
    "prices": (("offers", "currencies"), "price"),
    "demand": (("demand", "segments", "promises"), "demand"),
}
"""What is changed together in a step: tables, and the kind of events."""


@dataclass(frozen=True)
class Step:
    """A step of the bridge: the expected cost after it, and by how much it changed (base currency).

    `low` and `high` are what the proven bounds leave of that change. `cost` is None where there is no plan so far:
    what it changes is then part of the next step.
    """

    name: str
    cost: float | None
    change: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True)
class Bridge:
    """The steps from the expected cost before to that of the new plan, each in the money of its first period."""

    before: float
    after: float
    steps: tuple[Step, ...]
    plan: Plan
    loaded: Loaded
    stayed: Plan | None = None
    """The plan in which a decision that differs from the last plan's costs what was asked."""


@dataclass(frozen=True)
class Solving:
    """How the steps are solved."""

    options: Options
    watch: Watcher | None
    cancel: threading.Event

    def best(self, prepared: Prepared) -> Outcome:
        """What comes out of a program."""
        return solve(prepared.instance, self.options, self.watch, self.cancel)

    def kept(self, prepared: Prepared, last: LastPlan) -> Outcome:
        """What comes out with the last plan's decisions held in the first period."""
        return solve(held(prepared.instance, last), self.options, self.watch, self.cancel)


def bridge(
    last: LastPlan,
    by_plan: Rolled,
    by_actuals: Rolled | None,
    edited: Loaded | None,
    solving: Solving,
    stay: float | None = None,
) -> Bridge:
    """What explains the way from the last plan's expected cost to the new one's.

    `by_plan` goes on from the plan's own figures, `by_actuals` from what really came, `edited` is the new scenario with
    the figures that have changed since. Until the last step the last plan's decisions of the first period are held.
    """
    stages = list(_stages(by_plan, by_actuals, edited))
    final = prepare(stages[-1][1], solving.options.memory_limit)
    free = solving.best(final)
    plan = plan_of(final, free)
    steps = list(_steps(last, stages, solving, free))
    stayed = None if stay is None else staying(final, last, stay, free, solving)
    return Bridge(last.plan.expected_cost, plan.expected_cost, tuple(steps), plan, final.loaded, stayed)


def _stages(by_plan: Rolled, by_actuals: Rolled | None, edited: Loaded | None) -> Iterator[tuple[str, Loaded]]:
    """The scenario after each step but the last."""
    yield "time passed", by_plan.loaded
    now = by_actuals or by_plan
    if by_actuals is not None:
        yield "actuals", by_actuals.loaded
    if edited is None:
        return
    raw = now.raw
    for name, (tables, kind) in PARTS.items():
        raw = _with(raw, edited.raw, tables, kind)
        try:
            yield name, from_raw(raw)
        except InputError:
            continue  # What moved in it needs what moved in the next.
    yield "remainder", edited


def _with(raw: RawScenario, other: RawScenario, tables: tuple[str, ...], kind: str) -> RawScenario:
    """A scenario with some tables, and events of a kind, of another."""
    found = {name: table for name, table in raw.tables.items() if name not in tables}
    found |= {name: other.tables[name] for name in tables if name in other.tables}
    events = _events(raw.tables.get("events"), other.tables.get("events"), kind)
    if events is not None:
        found["events"] = events
    return replace(raw, tables=found)


def _events(ours: RawTable | None, theirs: RawTable | None, kind: str) -> RawTable | None:
    """Our events, those of a kind taken from the other side; their order within a kind stays."""

    def rows(table: RawTable | None, wanted: Callable[[RawRow], bool]) -> list[RawRow]:
        return [row for row in table.data_rows() if wanted(row)] if table else []

    def is_of_kind(row: RawRow) -> bool:
        return to_text(row.cells.get("kind", "")).casefold() == kind

    table = ours or theirs
    if table is None:
        return None
    return replace(table, rows=[*rows(ours, lambda row: not is_of_kind(row)), *rows(theirs, is_of_kind)])


def _steps(last: LastPlan, stages: list[tuple[str, Loaded]], solving: Solving, free: Outcome) -> Iterator[Step]:
    before, room = last.plan.expected_cost, max(last.plan.objective - last.plan.bound, 0.0)
    prepared: Prepared | None = None
    for name, loaded in stages:
        try:
            prepared = prepare(loaded, solving.options.memory_limit)
            outcome = solving.kept(prepared, last)
            cost = _expected(prepared, outcome)
        except Infeasible:
            yield Step(name, None, 0.0, 0.0, 0.0, "no plan keeps to the last plan's decisions: part of the next step")
            continue
        here = outcome.objective - outcome.bound
        yield Step(name, cost, cost - before, cost - before - here, cost - before + room)
        before, room = cost, here
    if prepared is not None:
        cost = _expected(prepared, free)
        here = free.objective - free.bound
        yield Step("decisions", cost, cost - before, cost - before - here, cost - before + room)


def _expected(prepared: Prepared, outcome: Outcome) -> float:
    """The expected cost of what was found. Raises Infeasible where there is no plan."""
    if outcome.stop is Stop.INFEASIBLE or outcome.x is None:
        raise Infeasible("No plan keeps to the last plan's decisions.")
    return plan_of(prepared, outcome).expected_cost


def staying(prepared: Prepared, last: LastPlan, cost: float, free: Outcome, solving: Solving) -> Plan:
    """The best plan where each decision that differs from the last plan's costs so much (base currency).

    Its costs are without that; its bound is the scenario's own.
    """
    instance, added = charged(prepared.instance, last, cost)
    outcome = solve(instance, solving.options, solving.watch, solving.cancel)
    if outcome.x is None:
        return plan_of(prepared, free)
    objective = outcome.objective - float(added @ outcome.x)
    return plan_of(prepared, replace(outcome, objective=objective, bound=min(free.bound, objective)))

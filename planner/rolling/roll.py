"""Moving on: the scenario that begins at a later period, with the position that a plan has reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

import pandas as pd

from planner.errors import InputError, Problem, UsageError
from planner.futures.tree import Tree, grow
from planner.plan.plan import Plan
from planner.rolling.actuals import Actuals
from planner.rolling.climates import put_climates
from planner.rolling.draft import ROW, Draft, Note
from planner.rolling.merging import with_actuals
from planner.rolling.moving import MOVES
from planner.rolling.planned import planned_against_actual
from planner.rolling.position import Past, Position, position
from planner.scenario.fields import close, shown, to_text
from planner.scenario.keys import is_month
from planner.scenario.load import Loaded, check_raw, from_raw
from planner.scenario.overlay import Change
from planner.scenario.raw import RawRow, RawScenario
from planner.scenario.scenario import Scenario

Horizon = Literal["same", "shrink"]


@dataclass(frozen=True)
class Rolled:
    """The scenario that goes on, what was changed to make it, what it does not keep, and the position it begins with.

    `spent` is what the past cost, discounted to the first period of the old scenario, in base currency; `discount` is
    what brings costs of the new scenario there. `planned` is what was planned and what came, by month.
    """

    raw: RawScenario
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    position: Position
    spent: float
    discount: float
    planned: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def loaded(self) -> Loaded:
        """The new scenario, checked."""
        return from_raw(self.raw, changes=self.changes)


def roll(
    loaded: Loaded,
    plan: Plan,
    to: str,
    future: str | None = None,
    periods: Horizon = "shrink",
    came: Callable[[int], Actuals | None] | None = None,
    demand: RawScenario | None = None,
) -> Rolled:
    """The scenario that begins at the period of month `to` (YYYY-MM), where the plan has come in a future.

    `future` may be left out where all futures look alike until then. The horizon's end stays (`shrink`), or moves on
    by as much as has passed where `demand` gives the units of its months (`same`). `came` gives, for the number of the
    period that begins, what really came until then: it takes the place of the plan's figures.

    Raises:
        UsageError: `to` or `future` is none of the scenario's, or a future has to be named.
        InputError: the new scenario would not be whole, or what came contradicts the plan.
    """
    scenario = loaded.scenario
    period, tree = _period(scenario, to), grow(scenario)
    past = Past(scenario, tree, plan, _future(scenario, tree, period, future), period)
    reached = position(past)
    actuals = came(period) if came else None
    if actuals is None:
        return moved(loaded, reached, periods, demand)
    merged = with_actuals(reached, past, actuals)
    rolled = moved(loaded, merged.position, periods, demand)
    planned = planned_against_actual(past, reached, merged.position, actuals)
    return replace(rolled, notes=(*rolled.notes, *merged.notes), planned=planned)


def moved(loaded: Loaded, reached: Position, periods: Horizon = "shrink", demand: RawScenario | None = None) -> Rolled:
    """The scenario that begins with a position. Raises InputError where it would not be whole."""
    scenario = loaded.scenario
    month = scenario.calendar.month(reached.period)
    draft = Draft(loaded.raw, scenario.calendar, f"roll to {month}")
    for move in MOVES:
        move(draft, scenario, reached)
    _horizon(draft, scenario, reached, periods, demand)
    put_climates(draft, loaded, reached)
    _strategies(draft, loaded)
    for panel in scenario.panels:
        draft.note(f"Panel {panel.panel} starts anew: it counts what is ordered from {month} on.")
    raw = _sound(draft)
    settings = scenario.settings
    years = (reached.period - 1) * settings.period_months / 12
    return Rolled(
        raw,
        tuple(draft.changes),
        tuple(draft.notes),
        reached,
        sum(reached.spent.values()),
        (1 + settings.discount_rate) ** -years,
    )


# --- what is asked for ------------------------------------------------------------------------------------


def _period(scenario: Scenario, month: str) -> int:
    calendar = scenario.calendar
    if not is_month(month):
        raise UsageError(f"{shown(month)} is not a month such as {calendar.month(min(2, calendar.periods))}.")
    period = calendar.period(month)
    if not 2 <= period <= calendar.periods:
        begins, ends = calendar.month(2), calendar.month(calendar.periods)
        side = "has begun with it already" if period == 1 else "does not reach it"
        raise UsageError(f"There is no moving on to {month}: the plan {side}. Name a month from {begins} to {ends}.")
    return period


def _future(scenario: Scenario, tree: Tree, period: int, named: str | None) -> str:
    """The future that has come: the one named, or any where all look alike up to the period."""
    names = ", ".join(tree.futures)
    if named is not None and named not in tree.futures:
        near = close(named, tree.futures)
        meant = f" Did you mean '{near}'?" if near else ""
        raise UsageError(f"The scenario has no future {shown(named)}.{meant} Its futures: {names}.")
    if named is None and len(tree.at[period - 1]) > 1:
        month = scenario.calendar.month(period - 1)
        raise UsageError(f"By {month} futures have parted: say with --future which has come. They are: {names}.")
    return named or tree.futures[0]


# --- horizon and strategies -------------------------------------------------------------------------------


def _horizon(draft: Draft, scenario: Scenario, reached: Position, periods: Horizon, demand: RawScenario | None) -> None:
    """The new first month, the periods that are left, and their demand."""
    calendar, passed = scenario.calendar, reached.period - 1
    month = calendar.month(reached.period)
    left = calendar.periods - passed if periods == "shrink" else calendar.periods
    draft.set("settings", ["start"], "value", month, f"--to {month}")
    draft.set("settings", ["periods"], "value", left, f"--periods {periods}")
    for name in [name for name in draft.raw.tables["demand"].columns if is_month(name)]:
        if calendar.period(name) < reached.period:
            draft.drop_column("demand", name, "its period has passed")
    if periods == "same":
        _more_demand(draft, scenario, [calendar.month(calendar.periods + n) for n in range(1, passed + 1)], demand)


def _more_demand(draft: Draft, scenario: Scenario, months: list[str], demand: RawScenario | None) -> None:
    """Demand of months after the old horizon. Raises InputError where it is not given."""
    table = demand.tables.get("demand") if demand else None
    given = {to_text(row.cells.get("segment", "")): row for row in (table.data_rows() if table else ())}
    missing = []
    for segment in scenario.segment:
        for month in months:
            row = given.get(segment)
            if table is None or row is None or month not in row.cells:
                missing.append(f"{segment} in {month}")
            else:
                draft.set("demand", [segment], month, row.cells[month], table.cell(row, month))
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        text = f"With --periods same demand is needed of {', '.join(missing[:5])}{more}."
        fix = "Give it with --demand FILE, a workbook or folder with a table demand; or use --periods shrink."
        place = table.place if table else draft.raw.tables["demand"].heading()
        raise InputError([Problem("missing", text, fix, "demand", None, None, place)])


def _strategies(draft: Draft, loaded: Loaded) -> None:
    """The plan's own strategy is part of the new scenario; rows of others about what is gone are dropped."""
    own = loaded.strategy
    if own is not None:
        draft.drop("strategies", partial(_is_of, own), f"strategy {own} is part of the scenario now")
    settled = {(change.table, change.key, change.field) for change in draft.changes}
    gone = {(change.table, change.key) for change in draft.changes if change.new is None and change.field == ROW}

    def is_gone(row: RawRow) -> bool:
        table, key, field = _named(row)
        return (table, key, field) in settled or (table, key) in gone

    dropped = draft.drop("strategies", is_gone, "it is about what is settled or gone")
    for row in dropped:
        name, (table, key, field) = to_text(row.cells["strategy"]), _named(row)
        draft.note(f"Strategy {name} no longer sets {field} of {key} in {table}: that is settled or gone.")


def _named(row: RawRow) -> tuple[str, str, str]:
    """The table, key and field that a row of strategies names."""
    table, key, field = (to_text(row.cells.get(name, "")) for name in ("table", "key", "field"))
    return table, key, field


def _is_of(strategy: str, row: RawRow) -> bool:
    return to_text(row.cells.get("strategy", "")) == strategy


def _sound(draft: Draft) -> RawScenario:
    """The new cells, which have no problem; a strategy that would bring one is left out, and said to be."""
    for name in dict.fromkeys(_unsound(draft)):
        draft.drop("strategies", partial(_is_of, name), "it fits no more")
        draft.note(f"Strategy {name} is left out: it no longer fits the position.")
    raw = draft.finished()
    problems, warnings = check_raw(raw)
    if problems:
        raise InputError(problems, warnings)
    return raw


def _unsound(draft: Draft) -> Iterator[str]:
    for problem in check_raw(draft.finished())[0]:
        if problem.message.startswith("With strategy "):
            yield problem.message.removeprefix("With strategy ").split(":")[0]

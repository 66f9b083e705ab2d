"""From a scenario without a plan to the conflict in it and to repairs that were tried out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from itertools import islice

from planner.errors import InputError, NoPlan
from planner.explain.changes import new_value, value_of
from planner.explain.quick import Cell
from planner.explain.relax import Elastic, Slacks
from planner.explain.words import asks
from planner.model.reach import Reach
from planner.pipeline import make_plan
from planner.plan.explanation import CellChange, Explanation, Reason, Repair
from planner.scenario.keys import key_text
from planner.scenario.load import Loaded, from_raw
from planner.scenario.overlay import apply_cells
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.solver.outcome import Options, Progress, Watcher

REPAIRS = 3
"""How many repairs are looked for."""

Kind = tuple[str, str]
"""Table and field: repairs that change the same kinds of cell are one to a planner."""

_TRIALS = 8
_GAP = 0.05
"""To what gap a repaired scenario is solved: enough to show that it has a plan, and about what it costs."""


def explain(loaded: Loaded, watch: Watcher | None = None, cancel: threading.Event | None = None) -> Explanation:
    """Why an infeasible scenario has no plan and what would give it one.

    The conflict is minimal: without any one of its rows the others can hold. Each repair has been solved;
    no two relax the same kinds of cell.
    """
    _notify(watch, "looking for the rows that cannot all hold")
    elastic = Elastic(loaded.scenario, cancel)
    conflicts = tuple(
        tuple(_reason(loaded.raw, elastic, cell) for cell in conflict) for conflict in elastic.conflicts()
    )
    _notify(watch, "trying out repairs")
    return Explanation(conflicts, tuple(islice(_repairs(loaded, elastic, cancel), REPAIRS)))


def _notify(watch: Watcher | None, stage: str) -> None:
    if watch is not None:
        watch(Progress(stage, 0.0))


def _reason(raw: RawScenario, elastic: Elastic, cell: Cell) -> Reason:
    address = _address(raw, cell)
    return Reason(f"{address} {asks(elastic, cell)}.", (address,))


def _repairs(loaded: Loaded, elastic: Elastic, cancel: threading.Event | None) -> Iterator[Repair]:
    """Repairs, the smallest first; each later one leaves some kind of cell alone that an earlier one changed."""
    waiting: deque[frozenset[Kind]] = deque([frozenset()])
    seen: set[frozenset[Kind]] = set()
    for _ in range(_TRIALS):
        if not waiting:
            return
        left_alone = waiting.popleft()
        slacks = elastic.least([cell for cell in elastic.columns if _kind(cell) in left_alone])
        if slacks is None or not slacks.amounts:
            continue
        kinds = frozenset(_kind(cell) for cell in slacks.amounts)
        waiting.extend(left_alone | {kind} for kind in sorted(kinds))
        if kinds in seen:
            continue
        seen.add(kinds)
        changes = _changes(loaded.raw, elastic, slacks)
        yield from filter(
            None, (_tried(loaded, tried, cancel) for tried in (changes, *_later(elastic, loaded, changes)))
        )


def _kind(cell: Cell) -> Kind:
    return cell[0], cell[2]


def _later(elastic: Elastic, loaded: Loaded, changes: tuple[CellChange, ...]) -> Iterator[tuple[CellChange, ...]]:
    """The same repair with safety stocks asked for later instead of lowered, where that is what is missing."""
    later = tuple(_from_arrival(elastic, loaded.raw, change) for change in changes)
    if later != changes:
        yield later


def _from_arrival(elastic: Elastic, raw: RawScenario, change: CellChange) -> CellChange:
    if change.field != "min_stock_kg":
        return change
    scenario = elastic.scenario
    since = scenario.material[change.key].min_stock_from or scenario.settings.start
    first = Reach(elastic.path).first_of(change.key)
    if not scenario.calendar.period(since) < first <= scenario.calendar.periods:
        return change
    cell = (change.table, change.key, "min_stock_from")
    return CellChange(*cell, _address(raw, cell), since, scenario.calendar.month(first))


def _changes(raw: RawScenario, elastic: Elastic, slacks: Slacks) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(*cell, _address(raw, cell), value_of(elastic.scenario, cell), new_value(elastic, slacks, cell))
        for cell in slacks.amounts
    )


def _tried(loaded: Loaded, changes: tuple[CellChange, ...], cancel: threading.Event | None) -> Repair | None:
    """The repair, if the scenario has a plan with it."""
    raw = apply_cells(loaded.raw, "repair", [(c.table, c.key, c.field, c.new) for c in changes])
    try:
        plan = make_plan(from_raw(raw), Options(gap=_GAP), cancel=cancel)
    except (NoPlan, InputError):
        return None
    return Repair(changes, plan.expected_cost, plan.gap)


def _place(raw: RawScenario, cell: Cell) -> tuple[RawTable, RawRow]:
    table = raw.tables[cell[0]]
    return table, next(row for row in table.data_rows() if key_text(cell[0], row.cells) == cell[1])


def _address(raw: RawScenario, cell: Cell) -> str:
    table, row = _place(raw, cell)
    return table.cell(row, cell[2])

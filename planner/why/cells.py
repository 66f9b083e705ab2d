"""What one more of a cell is worth: of a capacity, a limit, a budget, a stock, by period.

Each kind of cell is moved a little in all its rows at once, and the program built again; which row or bound of the
program belongs to which cell and period is read off its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.catalogue.limits import MOST, Limit, Worth
from planner.model.program import program
from planner.scenario.scenario import Scenario
from planner.solver.duals import Duals
from planner.why.change import Moves, moves
from planner.why.solved import Solved, judged

_STEP = 2.0**-10
"""How far a cell is moved, in its unit (a percentage point for a share)…"""

_LEAST = 2.0**-20
"""… but at least this share of what it says, so that the move is not lost in rounding."""

HORIZON = "horizon"


@dataclass
class _Found:
    """The rows and columns of the program that a cell moves in a period."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)


def worth_of_cells(solved: Solved, duals: Duals, limit: Limit) -> Iterator[dict[str, Any]]:
    """Rows of the table `values` for the cells of a limit."""
    if limit.worth is None:
        return
    steps = _steps(solved.path.scenario, limit, limit.worth.from_zero)
    if not steps:
        return
    after = program(_slack(solved.path.scenario, limit, steps), solved.path.tree)[1]
    moved = moves(solved.instance, after, duals)
    order = list(steps)
    found = [
        (order.index(item), when, here) for (item, when), here in _grouped(solved, limit, limit.worth, moved).items()
    ]
    for place, when, here in sorted(found, key=lambda row: row[:2]):
        parts = [*moved.row_part[here.rows].tolist(), *moved.column_part[here.columns].tolist()]
        saved, note = judged(duals, parts, moved.push(solved.instance.matrix, here.rows, here.columns))
        item = order[place]
        value = saved * limit.per / steps[item]
        yield {"what": limit.name, "item": item, "when": when, "value": value, "unit": limit.one_more, "note": note}


def _steps(scenario: Scenario, limit: Limit, from_zero: bool) -> dict[str, float]:
    """How far each cell of a limit is moved; what limits nothing is left alone."""
    cells = {getattr(row, limit.key): getattr(row, limit.field) for row in getattr(scenario, limit.table)}
    idle = (None, *((1.0,) if limit.is_share and limit.side == MOST else ()), *(() if from_zero else (0.0,)))
    steps = {}
    for item, value in cells.items():
        if value in idle:
            continue
        step = max(limit.per * _STEP, abs(value) * _LEAST)
        # What the cell really moves by, after rounding.
        steps[item] = abs((value + limit.looser * step) - value)
    return steps


def _slack(scenario: Scenario, limit: Limit, steps: Mapping[str, float]) -> Scenario:
    """The scenario with all cells of a limit a little looser."""
    rows = [
        row.model_copy(
            update={limit.field: getattr(row, limit.field) + limit.looser * steps.get(getattr(row, limit.key), 0.0)}
        )
        if getattr(row, limit.key) in steps
        else row
        for row in getattr(scenario, limit.table)
    ]
    same = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    return type(scenario).model_construct(**same | {limit.table: tuple(rows)})


def _grouped(solved: Solved, limit: Limit, worth: Worth, moved: Moves) -> dict[tuple[str, str], _Found]:
    """What moved, by item and period."""
    scenario = solved.path.scenario
    owner = {}
    if worth.via:
        table, name = worth.via
        owner = {getattr(row, name): getattr(row, limit.key) for row in getattr(scenario, table)}
    # What can be kept of an offer is one amount for all periods.
    whole = {row.offer for row in scenario.offers if row.reservation_fee_per_kg is not None and limit.table == "offers"}

    def place(name: str, index: tuple[Any, ...]) -> tuple[str, str]:
        own = name == limit.family
        item = index[0] if own else owner.get(index[0], index[0])
        window = index[worth.window] if own and worth.window is not None else HORIZON
        when = scenario.calendar.month(index[-1]) if isinstance(index[-1], int) else window
        return item, HORIZON if item in whole else when

    found: dict[tuple[str, str], _Found] = defaultdict(_Found)
    for row in np.flatnonzero(moved.row_moved).tolist():
        found[place(*solved.row(row))].rows.append(row)
    for column in np.flatnonzero(moved.column_moved).tolist():
        found[place(*solved.column(column))].columns.append(column)
    return found

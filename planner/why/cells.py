"""What one more of a cell is worth: of a capacity, a limit, a budget, a stock, by period.

Each kind of cell is moved a little in all its rows at once, and the program built anew; which row or bound of the
program belongs to which cell and period is read off its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.model.program import program
from planner.scenario.scenario import Calendar, Scenario
from planner.solver.duals import Duals
from planner.why.change import Moves, moves
from planner.why.solved import Solved, judged

_STEP = 2.0**-10
"""How far a cell is moved, in its unit (a percentage point for a share)…"""

_LEAST = 2.0**-20
"""… but at least this share of what it says, so that the move is not lost in rounding."""

HORIZON = "horizon"


@dataclass(frozen=True)
class Kind:
    """A kind of cell that binds: `looser` is +1 where more of it binds less, `per` is a unit of it, in its own.

    Cells of 0 are left alone unless `from_zero`: where there is no capacity or demand on anything, the program has
    no row for it. `via` is a table, and its key, whose rows name the cell that binds what is named after them.
    """

    what: str
    table: str
    key: str
    field: str
    unit: str
    looser: int = 1
    per: float = 1.0
    from_zero: bool = False
    via: tuple[str, str] | None = None


_BUILT = ("designs", "design")

KINDS = (
    Kind("capacity of offer", "offers", "offer", "max_kg_per_period", "kg more"),
    Kind("capacity of supplier", "suppliers", "supplier", "max_kg_per_period", "kg more", via=("offers", "offer")),
    Kind("capacity of conversion", "conversions", "conversion", "max_kg_per_period", "kg more"),
    Kind("assembly", "segments", "segment", "max_units_per_period", "unit more", from_zero=True, via=_BUILT),
    Kind("share of design", "designs", "design", "max_share", "percentage point more", per=0.01),
    Kind("largest share", "limits", "limit", "max_share", "percentage point more", per=0.01, from_zero=True),
    Kind("least share", "limits", "limit", "min_share", "percentage point less", looser=-1, per=0.01),
    Kind("budget", "budgets", "year", "max_spend", "unit of base currency more", from_zero=True),
    Kind("storage", "materials", "material", "max_stock_kg", "kg more", from_zero=True),
    Kind("safety stock", "materials", "material", "min_stock_kg", "kg less", looser=-1),
    Kind("service", "segments", "segment", "min_service", "percentage point less", looser=-1, per=0.01),
    Kind(
        "efficiency",
        "segments",
        "segment",
        "max_efficiency_loss_pp",
        "percentage point more",
        from_zero=True,
        via=_BUILT,
    ),
)
"""Every kind of cell whose worth is told."""

_OWN = frozenset({"assembly", "efficiency", "supplier_capacity"})
"""Rows named after the cell's own row though others of the kind are named after what it binds."""


@dataclass
class _Found:
    """The rows and columns of the program that a cell moves in a period."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)


def worth_of_cells(solved: Solved, duals: Duals, kind: Kind) -> Iterator[dict[str, Any]]:
    """Rows of the table `values` for a kind of cell."""
    steps = _steps(solved.course.scenario, kind)
    if not steps:
        return
    after = program(_loosened(solved.course.scenario, kind, steps), solved.course.tree)[1]
    moved = moves(solved.instance, after, duals)
    order = list(steps)
    found = [(order.index(item), when, here) for (item, when), here in _grouped(solved, kind, moved).items()]
    for place, when, here in sorted(found, key=lambda row: row[:2]):
        parts = [*moved.row_part[here.rows].tolist(), *moved.column_part[here.columns].tolist()]
        saved, note = judged(duals, parts, moved.push(solved.instance.matrix, here.rows, here.columns))
        item = order[place]
        value = saved * kind.per / steps[item]
        yield {"what": kind.what, "item": item, "when": when, "value": value, "unit": kind.unit, "note": note}


def _steps(scenario: Scenario, kind: Kind) -> dict[str, float]:
    """How far each cell of a kind is moved."""
    cells = {getattr(row, kind.key): getattr(row, kind.field) for row in getattr(scenario, kind.table)}
    steps = {}
    for item, value in cells.items():
        if value is None or (value == 0 and not kind.from_zero) or (value == 1 and kind.field == "max_share"):
            continue
        step = max(kind.per * _STEP, abs(value) * _LEAST)
        # What the cell really moves by, after rounding.
        steps[item] = abs((value + kind.looser * step) - value)
    return steps


def _loosened(scenario: Scenario, kind: Kind, steps: Mapping[str, float]) -> Scenario:
    """The scenario with all cells of a kind a little looser."""
    rows = [
        row.model_copy(
            update={kind.field: getattr(row, kind.field) + kind.looser * steps.get(getattr(row, kind.key), 0.0)}
        )
        if getattr(row, kind.key) in steps
        else row
        for row in getattr(scenario, kind.table)
    ]
    same = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    return type(scenario).model_construct(**same | {kind.table: tuple(rows)})


def _grouped(solved: Solved, kind: Kind, moved: Moves) -> dict[tuple[str, str], _Found]:
    """What moved, by item and period."""
    scenario = solved.course.scenario
    owner = {}
    if kind.via:
        table, name = kind.via
        owner = {getattr(row, name): getattr(row, kind.key) for row in getattr(scenario, table)}
    # What can be kept of an offer is one amount for all periods.
    whole = {row.offer for row in scenario.offers if row.reservation_fee_per_kg is not None and kind.table == "offers"}

    def place(name: str, index: tuple[Any, ...]) -> tuple[str, str]:
        item, when = _place(scenario.calendar, name, index, owner)
        return item, HORIZON if item in whole else when

    found: dict[tuple[str, str], _Found] = defaultdict(_Found)
    for row in np.flatnonzero(moved.row_moved).tolist():
        found[place(*solved.row(row))].rows.append(row)
    for column in np.flatnonzero(moved.column_moved).tolist():
        found[place(*solved.column(column))].columns.append(column)
    return found


def _place(calendar: Calendar, name: str, index: tuple[Any, ...], owner: Mapping[str, str]) -> tuple[str, str]:
    """Whose cell it is that moves a row or column, and when it binds."""
    item = index[0] if name in _OWN else owner.get(index[0], index[0])
    if isinstance(index[-1], int):
        return item, calendar.month(index[-1])
    window = {"budget": index[0], "sourcing": index[min(1, len(index) - 1)]}
    return item, window.get(name, HORIZON)

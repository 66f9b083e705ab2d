"""Strategies begun from the scenario as it stands come to what they come to when solved afresh."""

from __future__ import annotations

import threading
from functools import cache

import pytest
from hypothesis import settings

import planner
from planner.batch.cells import Cell, CellOptions, plan_cells
from planner.batch.solving import solve_cell
from planner.comparison.cell import AS_IT_STANDS
from planner.reading import load
from planner.scenario.bundled import bundled

NIGHTLY = settings.get_current_profile_name() == "nightly"

GAP = 1e-2
ROUNDING = 1e-6
"""Share by which costs may miss each other in floating point."""

NAMES = [scenario.name for scenario in bundled()] if NIGHTLY else ["radar-and-audio"]
"""All of them take minutes: with HYPOTHESIS_PROFILE=nightly. One whose futures are to be sampled has no plan yet."""

CELLS = [
    cell for name in NAMES if not load(name).scenario.settings.futures for cell in plan_cells([name]) if cell.chosen
]


@cache
def start(scenario: str) -> bytes | None:
    """What strategies begin from: the answer to a scenario as it stands."""
    (cell,) = plan_cells([scenario], [AS_IT_STANDS])
    return solve_cell(cell, CellOptions(gap=GAP), None, lambda _: None, threading.Event())[1]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.label)
def test_neither_plan_beats_the_bound_of_the_other(cell: Cell) -> None:
    from_what = start(cell.case.name)
    begun, _ = solve_cell(cell, CellOptions(gap=GAP), from_what, lambda _: None, threading.Event())
    afresh = planner.solve(load(cell.case.name, cell.strategy), planner.Options(gap=GAP))
    assert begun.objective is not None
    assert begun.bound is not None
    assert begun.objective - begun.bound <= GAP * begun.objective
    room = ROUNDING * abs(afresh.objective)
    assert begun.bound <= afresh.objective + room
    assert afresh.bound <= begun.objective + room

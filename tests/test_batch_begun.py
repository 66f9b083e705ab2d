"""Strategies begun from the scenario as it stands come to what they come to when solved afresh."""

from __future__ import annotations

import threading

import pytest
from hypothesis import settings

import planner
from planner.batch.cells import Cell, CellOptions, plan_cells
from planner.batch.solving import solve_cell
from planner.scenario.bundled import bundled
from planner.scenario.load import load

NIGHTLY = settings.get_current_profile_name() == "nightly"

GAP = 1e-2
ROUNDING = 1e-6
"""Share by which costs may miss each other in floating point."""

NAMES = [scenario.name for scenario in bundled()] if NIGHTLY else ["radar-and-audio"]
"""All of them take minutes: with HYPOTHESIS_PROFILE=nightly."""

CELLS = [cell for name in NAMES for cell in plan_cells([name]) if cell.chosen]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.label)
def test_neither_plan_beats_the_bound_of_the_other(cell: Cell) -> None:
    begun, _ = solve_cell(cell, CellOptions(gap=GAP), None, lambda _: None, threading.Event())
    afresh = planner.solve(load(cell.case.name, cell.strategy), planner.Options(gap=GAP))
    assert begun.objective is not None
    assert begun.bound is not None
    assert begun.objective - begun.bound <= GAP * begun.objective
    room = ROUNDING * abs(afresh.objective)
    assert begun.bound <= afresh.objective + room
    assert afresh.bound <= begun.objective + room

"""The choice of suppliers that panels leave open, settled in the relaxation before anything else."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.solver.halt import Halt
from planner.solver.highs import branch_and_bound
from planner.solver.outcome import Options, Outcome
from planner.solver.panel import Panels
from planner.solver.relaxation import LpFailed, Relaxation
from planner.solver.scaling import scale
from planner.solver.shared import bounded
from planner.solver.strategy import solve
from tests.scenarios import near
from tests.shared_cases import EXPECTED, loaded

CASES = ("tiny-144", "tiny-152", "tiny-156", "tiny-158", "small-213", "small-217")
"""Shared cases whose relaxation takes a part of a supplier that a panel limits."""


def begun(case: str) -> tuple[Relaxation, Panels]:
    """The relaxation of a case, solved, and the search over its panels."""
    instance = prepare(loaded(case)).instance
    relaxation = Relaxation(instance, scale(instance), 0, Halt(threading.Event()))
    assert relaxation.begin()
    return relaxation, Panels(relaxation)


def exact(instance: Instance) -> Outcome:
    """What HiGHS makes of a program by itself."""
    return branch_and_bound(instance, scale(instance), Options(gap=1e-9), {}, None, Halt(threading.Event()))


@pytest.mark.parametrize("case", CASES)
def test_the_first_choice_is_whole_and_bounds_all_plans(case: str) -> None:
    """It costs no less than the relaxation, and no plan costs less than it."""
    relaxation, panels = begun(case)
    root = relaxation.objective
    assert panels.is_open
    first = panels.first()
    assert first is not None
    chosen = relaxation.values()[panels.places]
    assert chosen == pytest.approx(np.round(chosen), abs=1e-6)
    assert root <= first.objective * (1 + 1e-9)
    assert panels.bound == first.objective <= EXPECTED[case]["objective"] * (1 + 1e-6)


@pytest.mark.parametrize("case", CASES)
def test_ruling_out_keeps_the_optimum(case: str) -> None:
    """What costs more than a plan a hundredth above the optimum goes; the optimum stays and is found in what is left."""
    relaxation, panels = begun(case)
    optimum = EXPECTED[case]["objective"]
    panels.first()
    panels.rule_out(optimum * 1.01)
    left = bounded(relaxation)
    assert exact(left).objective == near(optimum)
    assert relaxation.objective <= optimum * (1 + 1e-6)


def test_a_choice_is_ruled_out() -> None:
    """With the optimum for a plan, small-217 has but one choice of two suppliers left."""
    relaxation, panels = begun("small-217")
    before = np.count_nonzero(relaxation.lower[panels.places] < relaxation.upper[panels.places])
    panels.first()
    panels.rule_out(EXPECTED["small-217"]["objective"])
    after = np.count_nonzero(relaxation.lower[panels.places] < relaxation.upper[panels.places])
    assert after < before


def test_nothing_is_left_beside_a_plan_that_is_too_good() -> None:
    """A plan below the bound is none: tolerances made it."""
    _, panels = begun("tiny-152")
    with pytest.raises(LpFailed, match="nothing is left"):
        panels.rule_out(EXPECTED["tiny-152"]["objective"] * 0.5)


def test_suppliers_are_chosen_before_the_dive() -> None:
    """The steps say so, and the bound rises with it."""
    outcome = solve(prepare(loaded("small-217")).instance, Options(gap=5e-3))
    bounds = {step.name: step.bound for step in outcome.steps}
    assert bounds["choosing suppliers"] > bounds["solving the relaxation"]

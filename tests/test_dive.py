"""The dive: how near its plans come, and that changes which are not tried could not have saved."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from planner.catalogue.decisions import Rank
from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.solver.dive import EXACTING, Dive, ranks
from planner.solver.halt import Halt
from planner.solver.relaxation import Relaxation
from planner.solver.scaling import scale
from tests.scenarios import near
from tests.shared_cases import EXPECTED, loaded

SMALL = sorted(case for case in EXPECTED if case.startswith("small"))


def solved_relaxation(instance: Instance) -> Relaxation:
    """An instance's relaxation at its optimum."""
    relaxation = Relaxation(instance, scale(instance), 0, Halt(threading.Event()))
    assert relaxation.begin()
    return relaxation


def of(instance: Instance, dive: Dive) -> float:
    """What a dive's plan costs, once it is seen to keep every row and to be whole."""
    x = dive.run()
    assert x is not None
    body = instance.matrix.times(x)
    scaling = scale(instance).rows
    assert (body * scaling <= instance.row_upper * scaling + 1e-5).all()
    assert (body * scaling >= instance.row_lower * scaling - 1e-5).all()
    assert (x[instance.integer] == np.round(x[instance.integer])).all()
    return float(instance.cost @ x) + instance.offset


@pytest.mark.parametrize("case", SMALL)
def test_in_small_portions_it_ends_close_to_the_optimum(case: str) -> None:
    instance = prepare(loaded(case)).instance
    relaxation = solved_relaxation(instance)
    optimum = EXPECTED[case]["objective"]
    cost = of(instance, Dive(relaxation, careful=False, aim=EXACTING))
    assert optimum * (1 - 1e-6) <= cost <= optimum * (1 + 1e-3)


def test_in_small_portions_it_ends_closer_than_at_once() -> None:
    instance = prepare(loaded("small-205")).instance
    relaxation = solved_relaxation(instance)
    root = relaxation.state()
    at_once = of(instance, Dive(relaxation, careful=False))
    relaxation.go_back(root)
    assert of(instance, Dive(relaxation, careful=False, aim=EXACTING)) < at_once


def test_a_change_saves_at_most_what_its_reduced_cost_says() -> None:
    """So that the dive passes over a decision now whose reduced cost promises nothing."""
    instance = prepare(loaded("small-201")).instance
    relaxation = solved_relaxation(instance)
    now = np.flatnonzero(ranks(instance)[relaxation.whole] == Rank.NOW)
    relaxation.lower[now] = relaxation.upper[now] = np.ceil(relaxation.values()[now] - 1e-6)
    assert relaxation.solve()
    before, reduced = relaxation.state(), relaxation.reduced_costs()[now] / relaxation.scaling.objective
    savings = []
    for place, rate in zip(now, reduced, strict=True):
        step = 1 - 2 * before.lower[place]
        relaxation.lower[place] = relaxation.upper[place] = before.lower[place] + step
        if relaxation.solve():
            savings.append(before.objective - relaxation.objective)
            assert savings[-1] <= -rate * step + 1e-6 * before.objective
        relaxation.go_back(before)
    assert max(savings) > 0 > min(savings)


def test_going_back_to_where_it_is_changes_nothing() -> None:
    """Whether HiGHS holds the basis still, or is given it again."""
    instance = prepare(loaded("small-206")).instance
    relaxation = solved_relaxation(instance)
    here = relaxation.state()
    relaxation.go_back(here)
    assert relaxation.solve()
    assert relaxation.objective == near(here.objective)
    relaxation.upper[:] = relaxation.lower
    relaxation.solve()
    relaxation.go_back(here)
    assert relaxation.solve()
    assert relaxation.objective == near(here.objective)
    assert (relaxation.upper == here.upper).all()

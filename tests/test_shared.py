"""What futures share: each bettered by itself, and what is ruled out of all of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.sizes import many_futures
from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.scenario.load import from_rows
from planner.solver import strategy
from planner.solver.dive import Dive
from planner.solver.halt import Halt
from planner.solver.highs import branch_and_bound
from planner.solver.outcome import Options, Outcome, Stop
from planner.solver.relaxation import LpFailed, Relaxation
from planner.solver.scaling import scale
from planner.solver.shared import held, narrowed
from planner.solver.strategy import solve
from tests.scenarios import EXACT, near
from tests.shared_cases import EXPECTED, loaded

CASES = sorted(case for case in EXPECTED if case.startswith(("tiny", "small")) and "objective" in EXPECTED[case])


def exact(instance: Instance, gap: float = 1e-9) -> Outcome:
    """What HiGHS makes of a program by itself."""
    return branch_and_bound(instance, scale(instance), Options(gap=gap), {}, None, Halt(threading.Event()))


def dived(instance: Instance) -> tuple[Relaxation, np.ndarray, float]:
    """The relaxation of a program at its optimum, and a plan that a dive found with its cost."""
    relaxation = Relaxation(instance, scale(instance), 0, Halt(threading.Event()))
    assert relaxation.begin()
    root = relaxation.state()
    x = Dive(relaxation, careful=False).run()
    assert x is not None
    relaxation.go_back(root)
    return relaxation, x, float(instance.cost @ x) + instance.offset


@cache
def many() -> Instance:
    """120 futures, each with minimum orders of its own."""
    return prepare(from_rows(many_futures(120))).instance


@pytest.mark.parametrize("case", CASES)
def test_what_is_ruled_out_costs_nothing(case: str) -> None:
    """On the shared cases the narrowed program has the same optimum, or the plan that it was narrowed by is it."""
    instance = prepare(loaded(case)).instance
    relaxation, x, cost = dived(instance)
    bound = relaxation.objective
    program = narrowed(relaxation, x, cost)
    assert (program.lower >= instance.lower).all()
    assert (program.upper <= instance.upper).all()
    assert (program.lower <= x + 1e-6).all()
    assert (x <= program.upper + 1e-6).all()
    expected = EXPECTED[case]["objective"]
    assert bound * (1 - 1e-9) <= relaxation.objective <= expected * (1 + 1e-6) or cost == near(expected)
    assert exact(program, 1e-7).objective == near(expected)


def test_a_side_is_ruled_out_only_where_every_plan_there_costs_more() -> None:
    """Narrowed by a plan that is not the best, so that some sides must stay open."""
    instance = many()
    relaxation, best, _ = dived(instance)
    shared = int(instance.layout.first[1])
    others = [exact(held_at(instance, c, 1 - best[c])) for c in np.flatnonzero(instance.integer[:shared])]
    worse = min(others, key=lambda other: other.objective)
    assert worse.x is not None
    program = narrowed(relaxation, worse.x, worse.objective)
    changed = np.flatnonzero((program.lower > instance.lower) | (program.upper < instance.upper))
    is_open = instance.integer[:shared] & (program.lower < program.upper)[:shared]
    assert len(changed) > 0
    assert is_open.any()
    for column in changed:
        for side, bound in (("lower", program.upper[column] + 1), ("upper", program.lower[column] - 1)):
            if instance.lower[column] <= bound <= instance.upper[column]:
                bounds = getattr(instance, side).copy()
                bounds[column] = bound
                other = exact(replace(instance, **{side: bounds}), 1e-4)
                assert other.x is None or other.bound >= worse.objective * (1 - 1e-9)


def held_at(instance: Instance, column: int, value: float) -> Instance:
    """A program with one column fixed."""
    lower, upper = instance.lower.copy(), instance.upper.copy()
    lower[column] = upper[column] = value
    return replace(instance, lower=lower, upper=upper)


def test_where_nothing_is_left_beside_the_plan_nothing_is_ruled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where HiGHS, by its tolerances, finds the plan itself to be none."""
    relaxation, x, cost = dived(many())
    monkeypatch.setattr(relaxation, "solve", lambda below=None: False)
    with pytest.raises(LpFailed):
        narrowed(relaxation, x, cost)


def test_what_several_futures_share_is_held() -> None:
    instance = many()
    _, x, cost = dived(instance)
    program, first = held(instance, x), int(instance.layout.first[2])
    assert (program.lower[:first] == x[:first]).all()
    assert (program.upper[:first] == x[:first]).all()
    assert (program.lower[first:] == instance.lower[first:]).all()
    assert (program.upper[first:] == instance.upper[first:]).all()
    assert exact(program).objective <= cost * (1 + 1e-9)


def test_each_of_many_futures_is_bettered_and_what_they_share_narrowed() -> None:
    found = solve(many(), Options(gap=1e-5))
    assert [step.name for step in found.steps[2:]] == ["searching each future", "ruling out", "branching"]
    costs, bounds = ([getattr(step, name) for step in found.steps[1:]] for name in ("incumbent", "bound"))
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert bounds[2] > bounds[1]
    assert found.objective == near(exact(many(), 1e-7).objective)


def test_no_bound_is_said_that_holds_only_of_what_is_held() -> None:
    said: list[float] = []
    found = solve(many(), Options(gap=1e-5), lambda news: said.append(news.bound or 0.0))
    assert max(said) <= found.bound * (1 + 1e-9)
    assert said == sorted(said)


def test_the_last_search_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a plan does not hold, nor does what it ruled out."""
    searched: list[Instance] = []
    search, settle = strategy._Search._found, strategy._Search._settle

    def recorded(self: strategy._Search, program: Instance, extras: Any, start: Any) -> Outcome:
        searched.append(program)
        return search(self, program, extras, start)

    monkeypatch.setattr(strategy._Search, "_found", recorded)
    monkeypatch.setattr(strategy._Search, "_settle", lambda *given: settle(*given) and len(searched) > 1)
    found = solve(many(), EXACT)
    assert [program is many() for program in searched] == [False, True, True]
    assert found.objective == near(exact(many(), 1e-7).objective)


def emptied(relaxation: Relaxation, x: np.ndarray, objective: float) -> Instance:
    """A program without a solution, as where HiGHS, by its tolerances, loses the plan in what was narrowed by it."""
    return replace(relaxation.instance, row_lower=np.full(len(relaxation.instance.row_lower), 1e12))


def test_where_a_known_plan_is_lost_the_search_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strategy, "narrowed", emptied)
    found = solve(many(), EXACT)
    assert found.stop is Stop.OPTIMAL
    assert found.objective == near(exact(many(), 1e-7).objective)


@pytest.mark.parametrize(("stop", "said"), [(Stop.TIME_LIMIT, Stop.TIME_LIMIT), (Stop.INFEASIBLE, Stop.FAILED)])
def test_a_plan_outlives_searches_that_find_none(monkeypatch: pytest.MonkeyPatch, stop: Stop, said: Stop) -> None:
    """Nor is anything taken for a bound that they show."""
    search = strategy.branch_and_bound

    def fails(*given: Any) -> Outcome:
        is_strict = "mip_feasibility_tolerance" in given[3]
        return Outcome(stop, None, np.inf, -np.inf, np.inf, 0.0, "") if is_strict else search(*given)

    monkeypatch.setattr(strategy, "narrowed", emptied)
    monkeypatch.setattr(strategy, "branch_and_bound", fails)
    found, best = solve(many(), EXACT), exact(many(), 1e-7)
    assert found.stop is said
    assert found.x is not None
    assert found.bound <= best.objective <= found.objective
    assert found.gap > 0


def test_a_bound_above_a_known_plan_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where HiGHS, by its tolerances, loses all but a more expensive plan, and calls that the best."""
    instance, search = many(), strategy.branch_and_bound
    signed = int(np.flatnonzero(instance.integer)[0])
    best = exact(instance, 1e-7)
    assert best.x is not None
    costlier = exact(held_at(instance, signed, 1 - best.x[signed]), 1e-4)
    assert costlier.objective > best.objective * 1.01

    def fails(*given: Any) -> Outcome:
        is_strict = "mip_feasibility_tolerance" in given[3]
        return replace(costlier, bound=costlier.objective, gap=0.0) if is_strict else search(*given)

    monkeypatch.setattr(strategy, "narrowed", emptied)
    monkeypatch.setattr(strategy, "branch_and_bound", fails)
    found = solve(instance, EXACT)
    assert found.stop is Stop.FAILED
    assert found.bound <= best.objective <= found.objective < costlier.objective
    assert found.gap > 0

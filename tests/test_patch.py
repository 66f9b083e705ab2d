"""A like program patched into the HiGHS that held another is the one that a fresh HiGHS would hold."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import cache
from typing import Any

import highspy
import numpy as np
import pytest

from planner.model.tiling import Instance, Matrix
from planner.pipeline import prepare
from planner.reading import load
from planner.scenario.bundled import bundled
from planner.scenario.load import from_raw, strategies
from planner.scenario.overlay import apply_cells
from planner.solver.engine import Solver
from planner.solver.halt import Halt
from planner.solver.outcome import Options, Outcome
from planner.solver.patch import are_alike, patch
from planner.solver.relaxation import Relaxation
from planner.solver.scaling import scale
from planner.solver.strategy import begin, solve
from planner.solver.warm_start import WarmStart
from tests.scenarios import P2, near, tiny

NAMES = [scenario.name for scenario in bundled() if not load(scenario.name).scenario.settings.futures]
CELLS = [(name, strategy) for name in NAMES for strategy in strategies(load(name).raw)]

Held = dict[str, np.ndarray[Any, Any]]


def held(solver: Solver) -> Held:
    """What HiGHS holds, as arrays."""
    program = solver.highs.getLp()
    matrix = program.a_matrix_
    starts, index, value = (np.array(part) for part in (matrix.start_, matrix.index_, matrix.value_))
    major = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    by_row = matrix.format_ == highspy.MatrixFormat.kRowwise
    rows, columns = (major, index) if by_row else (index, major)
    order = np.lexsort((columns, rows))
    arrays = {
        name: np.array(getattr(program, name))
        for name in ("col_cost_", "offset_", "col_lower_", "col_upper_", "row_lower_", "row_upper_")
    }
    return arrays | {"rows": rows[order], "columns": columns[order], "values": value[order]}


def assert_same(found: Held, expected: Held) -> None:
    """To the last digit."""
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


@cache
def base(name: str) -> Instance:
    """The program of a scenario as it stands."""
    return prepare(load(name)).instance


@cache
def begun(name: str) -> Outcome:
    """A quick answer to it."""
    return begin(base(name), Options(gap=1e-2), threading.Event())


def warm_start(name: str) -> WarmStart:
    """Its family, with a HiGHS of its own."""
    return WarmStart(base(name), begun(name))


def optimum(relaxation: Relaxation) -> float:
    """Of a relaxation."""
    assert relaxation.solve()
    return relaxation.objective


@pytest.mark.parametrize(("name", "strategy"), CELLS, ids=lambda part: part)
def test_every_strategy_of_every_scenario_is_patched_to_what_is_built_afresh(name: str, strategy: str) -> None:
    """Or refused, where it adds or takes away rows or columns."""
    before, after = base(name), prepare(load(name, strategy)).instance
    scaling, nothing = scale(before), Halt(threading.Event())
    if not warm_start(name).fits(after):
        with pytest.raises(ValueError, match="other shapes"):
            patch(Solver(before, scaling), before, after)
        return
    patched, afresh = warm_start(name).relaxation(after, 0, nothing, None), Relaxation(after, scale(after), 0, nothing)
    assert_same(held(patched._solver), held(Solver(after, scaling)))
    assert optimum(patched) == near(optimum(afresh))


def test_most_strategies_that_change_numbers_alone_are_patched() -> None:
    """The test above would hold as well if none were."""
    fitting = [cell for cell in CELLS if warm_start(cell[0]).fits(prepare(load(*cell)).instance)]
    assert len(fitting) >= 4 * len(NAMES) - 2


LICENSED: dict[str, dict[str, Any]] = {
    "offers": {"licence": "L", "price_per_kg": 60, "duty_rate": 0.05, "min_order_kg": 3},
    "licences": {"licence": "L", "application_fee": 3, "clearance": 0.5},
    "segments": {"shortage_cost_per_unit": 900},
    "settings": {"risk_weight": 0.5},
}
"""A scenario with a licence that is let go in part."""

MOVES: dict[str, dict[str, dict[str, Any]]] = {
    "a price": {"offers": {"price_per_kg": 70}},
    "a duty": {"offers": {"duty_rate": 0.25}},
    "a capacity": {"offers": {"max_kg_per_period": 60}},
    "a minimum order": {"offers": {"min_order_kg": 4}},
    "the cost of shortage": {"segments": {"shortage_cost_per_unit": 90}},
    "the weight of risk": {"settings": {"risk_weight": 0.7}},
    "a clearance": {"licences": {"clearance": 0.25}},
}


def licensed(moved: dict[str, dict[str, Any]]) -> Instance:
    """Its program, with some cells moved."""
    tables = {table: cells | moved.get(table, {}) for table, cells in LICENSED.items()}
    return prepare(tiny((10, 20, 10), **tables | {"licences": [tables["licences"]]})).instance


def without(instance: Instance, entry: int) -> Instance:
    """A program without one of its entries, as where nothing is let go in one of the futures."""
    matrix = instance.matrix
    starts = matrix.starts - (np.arange(len(matrix.starts)) > matrix.row[entry])
    index, value = np.delete(matrix.index, entry), np.delete(matrix.value, entry)
    return replace(instance, matrix=Matrix(starts, index, value))


@pytest.mark.parametrize("moved", MOVES.values(), ids=MOVES)
def test_a_moved_cell_is_patched_there_and_back(moved: dict[str, dict[str, Any]]) -> None:
    assert_patched_there_and_back(licensed({}), licensed(moved))


@pytest.mark.parametrize("entry", [0, 7])
def test_where_an_entry_goes_or_comes_it_is_handed_over_whole(entry: int) -> None:
    before, nothing = licensed({}), Halt(threading.Event())
    after, begun = without(before, entry), begin(before, Options(), threading.Event())
    scaling = scale(before)
    with pytest.raises(ValueError, match="other shapes"):
        patch(Solver(before, scaling), before, after)
    found, afresh = WarmStart(before, begun).relaxation(after, 0, nothing, None), Relaxation(after, scaling, 0, nothing)
    assert_same(held(found._solver), held(Solver(after, scaling)))
    assert optimum(found) == near(optimum(afresh))


def moved_minimum(first: float, second: float) -> Instance:
    """A program with two offers, each with a minimum order or none."""
    offers = [
        {"min_order_kg": first, "lead_periods": 2, "max_kg_per_period": 20, "price_per_kg": 9},
        {"offer": "J", "price_per_kg": 25, "min_order_kg": second, "lead_periods": 1, "from": P2},
    ]
    segments = {"shortage_cost_per_unit": 100, "min_service": 0.95}
    return prepare(tiny((0, 0, 42, 47, 39, 38), offers=offers, segments=segments)).instance


def test_as_many_rows_and_columns_that_mean_something_else_do_not_fit() -> None:
    """A minimum order that goes at one offer and comes at another: the same numbers of all, at other places."""
    before, after = moved_minimum(10, 0), moved_minimum(0, 37)
    assert len(before.cost) == len(after.cost)
    assert len(before.row_lower) == len(after.row_lower)
    assert before.integer.sum() == after.integer.sum()
    one = WarmStart(before, solve(before, Options(gap=1e-6)))
    assert not one.fits(after)
    alone = solve(after, Options(gap=1e-6))
    assert alone.x is not None
    assert solve(after, Options(gap=1e-6), warm_start=one).objective == near(alone.objective)


def test_a_time_limit_does_not_outlast_its_program() -> None:
    before, nothing = licensed({}), Halt(threading.Event())
    patched = Relaxation(before, scale(before), 0, nothing, time.monotonic() + 0.05)
    cost, basis = optimum(patched), patched.state().basis
    time.sleep(0.1)
    patched.become(before, basis, nothing)
    assert optimum(patched) == near(cost)


def assert_patched_there_and_back(before: Instance, after: Instance) -> None:
    """Each time the program and its optimum are those of a fresh HiGHS."""
    scaling, nothing = scale(before), Halt(threading.Event())
    patched = Relaxation(before, scaling, 0, nothing)
    optima, basis = [optimum(patched)], patched.state().basis
    for program in (after, before):
        patched.become(program, basis, nothing)
        assert_same(held(patched._solver), held(Solver(program, scaling)))
        optima.append(optimum(patched))
    afresh = Relaxation(after, scale(after), 0, nothing)
    assert optima == [near(optima[0]), near(optimum(afresh)), near(optima[0])]
    there, back = held(Solver(after, scaling)), held(Solver(before, scaling))
    assert any(not np.array_equal(there[name], back[name]) for name in there)


def test_after_a_patch_it_takes_few_steps() -> None:
    """The basis is kept."""
    after, nothing = prepare(load("e3w-maker", "risk-averse")).instance, Halt(threading.Event())
    patched = warm_start("e3w-maker").relaxation(after, 0, nothing, None)
    afresh = Relaxation(after, scale(after), 0, nothing)
    assert optimum(patched) == near(optimum(afresh))
    steps = [relaxation._solver.highs.getInfo().simplex_iteration_count for relaxation in (patched, afresh)]
    assert steps[0] < steps[1] / 4


def test_strategies_come_out_the_same_in_any_order() -> None:
    names = ("with-guarantee", "little let go", "risk-averse", "substitutes-first")
    programs = {name: prepare(load("radar-and-audio", name)).instance for name in names if name != "little let go"}
    # Nothing is let go as it stands, so that entries come.
    opened = apply_cells(load("radar-and-audio").raw, "opened", [("licences", "CN samarium", "clearance", 0.05)])
    programs["little let go"] = prepare(from_raw(opened)).instance
    assert not are_alike(base("radar-and-audio"), programs["little let go"])
    options, forward, backward = Options(gap=1e-2), warm_start("radar-and-audio"), warm_start("radar-and-audio")
    first = {name: solve(programs[name], options, warm_start=forward) for name in names}
    last = {name: solve(programs[name], options, warm_start=backward) for name in reversed(names)}
    for name in names:
        alone = solve(programs[name], options, warm_start=warm_start("radar-and-audio"))
        for found in (first[name], last[name]):
            assert (found.objective, found.bound) == (alone.objective, alone.bound)
            np.testing.assert_array_equal(found.x, alone.x)

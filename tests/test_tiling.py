"""The program over the tree is what Pyomo itself makes of each course through it, with shared nodes shared."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler

from planner.futures.tree import grow
from planner.model.build import build
from planner.model.path import PathModel
from planner.model.tiling import Instance, tile
from planner.pipeline import make_plan
from planner.reading import load
from planner.scenario.load import Loaded
from planner.scenario.scenario import Scenario
from tests.scenarios import EXACT, RICH, near, tiny
from tests.test_golden_lp import PARTING, SCENARIOS

CASES = Path(__file__).parent / "cases"

Key = tuple[Hashable, ...]
"""A variable's or constraint's name and index and, in a tree, its node."""


@dataclass
class Row:
    """A row: the coefficients of its columns, and its sides."""

    entries: dict[Key, float]
    lower: float = -np.inf
    upper: float = np.inf


@dataclass
class Program:
    """A mixed-integer program by name: rows, bounds and integrality of columns, objective."""

    rows: dict[Key, Row] = field(default_factory=dict)
    columns: dict[Key, tuple[float, float, bool]] = field(default_factory=dict)
    cost: dict[Key, float] = field(default_factory=dict)
    offset: float = 0.0


def compiled(path: PathModel) -> Program:
    """A course's program as Pyomo's own compiler makes it."""
    form = LinearStandardFormCompiler().write(path.model, mixed_form=True)
    keys = [_key(variable) for variable in form.columns]
    program = Program(offset=float(form.c_offset[0]))
    for key, variable in zip(keys, form.columns, strict=True):
        low, high = variable.bounds
        sides = (-np.inf if low is None else float(low), np.inf if high is None else float(high))
        program.columns[key] = (*sides, not variable.is_continuous())
    costs = form.c.tocoo()
    program.cost = {keys[column]: float(value) for column, value in zip(costs.col, costs.data, strict=True) if value}
    matrix = form.A.tocsr()
    for place, (constraint, side) in enumerate(form.rows):
        span = slice(matrix.indptr[place], matrix.indptr[place + 1])
        entries = zip(matrix.indices[span], matrix.data[span], strict=True)
        row = program.rows.setdefault(_key(constraint), Row({keys[c]: float(v) for c, v in entries if v}))
        if side >= 0:
            row.upper = float(form.rhs[place])
        if side <= 0:
            row.lower = float(form.rhs[place])
    return program


def _key(component: Any) -> Key:
    index = component.index()
    return (component.parent_component().local_name, index if isinstance(index, tuple) else (index,))


def named(instance: Instance) -> Program:
    """The tiled program by name, each key with its node at the end."""
    keys = _columns(instance)
    matrix, program = instance.matrix, Program(offset=instance.offset)
    for place, (name, node) in enumerate(instance.row_names):
        span = slice(matrix.starts[place], matrix.starts[place + 1])
        entries = {keys[c]: float(v) for c, v in zip(matrix.index[span], matrix.value[span], strict=True)}
        index = name[1] if isinstance(name[1], tuple) else (name[1],)
        program.rows[name[0], index, node] = Row(
            entries, float(instance.row_lower[place]), float(instance.row_upper[place])
        )
    bounds = zip(instance.lower.tolist(), instance.upper.tolist(), instance.integer.tolist(), strict=True)
    program.columns = dict(zip(keys, bounds, strict=True))
    program.cost = {key: float(value) for key, value in zip(keys, instance.cost, strict=True) if value}
    return program


def _columns(instance: Instance) -> list[Key]:
    layout = instance.layout
    return [
        (*label, node) for node in range(layout.tree.size) for label in layout.labels[int(layout.tree.period[node])]
    ]


def alone(scenario: Scenario, future: str) -> Scenario:
    """The scenario as if one of its futures were certain."""
    only = tuple(row.model_copy(update={"probability": 1.0}) for row in scenario.futures if row.future == future)
    events = tuple(row for row in scenario.events if row.future in ("*", future))
    return scenario.model_copy(update={"futures": only, "events": events})


def path_of(scenario: Scenario) -> PathModel:
    """Its model and its tree."""
    return build(scenario, grow(scenario))


def without_sums(program: Program) -> Program:
    """The program with what was spent where paths part put in: a future alone has no such sums."""
    sums = {key: row for key, row in program.rows.items() if key[0] == "spent_so_far"}
    rows = {key: row for key, row in program.rows.items() if key not in sums}
    for row in rows.values():
        while column := next((column for column in row.entries if column[0] == "spent"), None):
            factor, its = row.entries.pop(column), sums["spent_so_far", *column[1:]]
            for other, value in its.entries.items():
                if other != column:
                    row.entries[other] = row.entries.get(other, 0.0) + factor * value
            row.lower += factor * its.lower
    return replace(program, rows=rows)


def check_row(found: Row, expected: Row) -> None:
    """The same entries and sides, to the last digits."""
    assert found.entries == pytest.approx(expected.entries, rel=1e-12)
    assert (found.lower, found.upper) == pytest.approx((expected.lower, expected.upper), rel=1e-12, abs=1e-9)


def add_weighted(total: Row, row: Row, at: dict[Key, Key], weight: float) -> None:
    """Add a future's row to one that holds on average, as much as the future weighs."""
    for column, value in row.entries.items():
        total.entries[at[column]] = total.entries.get(at[column], 0.0) + weight * value
    total.lower += weight * row.lower
    total.upper += weight * row.upper


def check_program(scenario: Scenario) -> None:
    """The tiled program of a scenario is, row by row and column by column, that of each of its futures."""
    tree, whole, expected = grow(scenario), without_sums(named(tile(path_of(scenario)))), Program()
    for future, probability, nodes in zip(tree.futures, tree.probability.tolist(), tree.node_of.tolist(), strict=True):
        path = path_of(alone(scenario, future) if scenario.futures else scenario)
        single = compiled(path)
        at = {key: (*key, nodes[0 if key[0] in path.now_variables else _period(key)]) for key in single.columns}
        for key, row in single.rows.items():
            if key[0] in path.on_average:
                add_weighted(expected.rows.setdefault((*key, -1), Row({}, 0.0, 0.0)), row, at, probability)
                continue
            (place,) = [(*key, node) for node in nodes if (*key, node) in whole.rows]
            expected.rows[place] = Row({at[column]: v for column, v in row.entries.items()}, row.lower, row.upper)
            check_row(whole.rows[place], expected.rows[place])
        for key, column in single.columns.items():
            assert whole.columns[at[key]] == pytest.approx(column, rel=1e-12)
        for key, value in single.cost.items():
            expected.cost[at[key]] = expected.cost.get(at[key], 0.0) + probability * value
        expected.offset += probability * single.offset
    assert set(whole.rows) == set(expected.rows)
    for key in [key for key in whole.rows if key[-1] == -1]:
        check_row(whole.rows[key], expected.rows[key])
    assert whole.cost == pytest.approx(expected.cost, rel=1e-9)
    assert whole.offset == pytest.approx(expected.offset, rel=1e-9)


def _period(key: Key) -> int:
    """The period of a variable that is not decided now: the last part of its index."""
    index: Any = key[1]
    return int(index[-1])


@pytest.mark.parametrize("family", SCENARIOS)
def test_one_future_is_pyomos_own_compilation(family: str) -> None:
    check_program(tiny(**SCENARIOS[family]).scenario)


def test_an_average_is_made_of_its_futures() -> None:
    """What a panel asks on average over two futures that part late is what each asks, weighed by its probability."""
    check_program(tiny(**SCENARIOS["panel_share"] | PARTING | {"units": (10, 12, 14)}).scenario)


@pytest.mark.parametrize("case", ["tiny-104", "tiny-108", "small-200"])
def test_a_future_of_a_shared_case_is_pyomos_own_compilation(case: str) -> None:
    scenario = load(CASES / f"{case}.xlsx", "averse" if case == "tiny-108" else None).scenario
    check_program(alone(scenario, scenario.futures[-1].future))


def test_a_tree_is_made_of_its_futures() -> None:
    """Each row stands once at each node, in every future that passes it, and says what it says in that future alone."""
    scenario = tiny(**RICH).scenario
    assert grow(scenario).size - 1 == 1 + 3 + 3
    check_program(scenario)


def rich(**changes: Any) -> Loaded:
    """The rich scenario, with changes."""
    return tiny(**RICH | changes)


@pytest.mark.parametrize("weight", [0.0, 0.3])
def test_a_future_split_into_equal_halves_changes_nothing(weight: float) -> None:
    futures = [row if row.get("future", "a") != "b" else row | {"probability": 0.15} for row in RICH["futures"]]
    events = [*RICH["events"], *(row | {"future": "b2"} for row in RICH["events"] if row["future"] == "b")]
    settings = RICH["settings"] | {"risk_weight": weight}
    split = rich(settings=settings, futures=[*futures, {"future": "b2", "probability": 0.15}], events=events)
    found, whole = make_plan(split, EXACT), make_plan(rich(settings=settings), EXACT)
    assert found.objective == near(whole.objective)
    assert len(found.tables["nodes"]) == len(whole.tables["nodes"])


def test_knowing_the_future_is_never_costlier() -> None:
    """Wait-and-see: the mean cost of the best plan of each future alone is at most that of the one plan for all."""
    loaded = rich(settings=RICH["settings"] | {"risk_weight": 0})
    plan = make_plan(loaded, EXACT)
    rows = plan.tables["futures"][["future", "probability", "cost"]].itertuples(index=False, name=None)
    waiting = 0.0
    for future, probability, cost in rows:
        best = make_plan(replace(loaded, scenario=alone(loaded.scenario, future)), EXACT).objective
        assert best <= cost + 1e-6 * abs(cost)
        waiting += probability * best
    assert waiting < plan.objective


def test_a_design_that_waits_four_hundred_periods_for_its_magnets_is_read() -> None:
    """Its qualification adds up over all of them, and is not read down a chain as deep."""
    loaded = tiny((1,) * 420, offers={"from": "2126-04"}, designs={"qualified": "no"})
    path = build(loaded.scenario, grow(loaded.scenario))
    builds = [period for _, period in path.model.build]
    instance = tile(path)
    entries = np.diff(instance.matrix.starts)
    rows = [row for row, ((name, _), _) in enumerate(instance.row_names) if name == "qualified_first"]
    assert builds[0] == 401
    assert entries[rows].tolist() == [1 + period for period in builds]

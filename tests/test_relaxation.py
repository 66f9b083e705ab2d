"""The linear relaxation: rows that come in when they are broken, and a program on which HiGHS gives up."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.reading import load
from planner.solver import relaxation as relaxation_
from planner.solver.engine import Solver
from planner.solver.halt import Halt
from planner.solver.relaxation import LpFailed, Relaxation
from planner.solver.scaling import scale
from tests.scenarios import near, tiny

CASES = Path(__file__).parent / "cases"


def relaxed(instance: Instance) -> Relaxation:
    """An instance's relaxation, not yet solved."""
    return Relaxation(instance, scale(instance), 0, Halt(threading.Event()))


def instance_of(case: str) -> Instance:
    """The program of a shared case."""
    return prepare(load(CASES / f"{case}.xlsx")).instance


@pytest.mark.parametrize("case", ["tiny-104", "tiny-120", "small-200", "small-206", "medium-303"])
def test_rows_that_come_in_late_change_nothing(case: str) -> None:
    instance = instance_of(case)
    all_at_once, one_by_one = relaxed(instance), relaxed(instance)
    assert all_at_once.solve()
    assert one_by_one.begin()
    assert one_by_one.objective == near(all_at_once.objective)
    one_by_one.solve()
    assert one_by_one.objective == near(all_at_once.objective)
    body = one_by_one.rows
    assert (body <= instance.row_upper * one_by_one.scaling.rows + 1e-6).all()
    assert (body >= instance.row_lower * one_by_one.scaling.rows - 1e-6).all()


def test_what_ties_an_order_to_its_signature_and_a_unit_to_its_qualification() -> None:
    instance = prepare(
        tiny(
            offers={"signing_fee": 5, "min_order_kg": 3},
            designs={"qualified": "no", "qualification_cost": 5},
        )
    ).instance
    names = [name for (name, _), _ in instance.row_names]
    ties = relaxation_._ties(instance)
    assert {names[row] for row in ties} == {"placed_order", "placed_if_signed", "qualified_first"}
    assert "minimum_order" in names


def test_a_relaxation_without_a_solution() -> None:
    instance = prepare(tiny(segments={"min_service": 1}, offers={"max_kg_per_period": 1})).instance
    assert not relaxed(instance).begin()


def test_where_highs_gives_up_it_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left unsolved the first time, as where its basis is too inexact; after a second time it has failed."""
    calls: list[int] = []
    run = Solver.run

    def give_up(times: int, solver: Solver, halt: Halt) -> None:
        calls.append(len(calls))
        if len(calls) > times:
            run(solver, halt)

    instance = instance_of("tiny-104")
    expected = relaxed(instance)
    expected.solve()
    monkeypatch.setattr(Solver, "run", lambda solver, halt: give_up(1, solver, halt))
    found = relaxed(instance)
    assert found.solve()
    assert found.objective == near(expected.objective)
    assert len(calls) == 2
    monkeypatch.setattr(Solver, "run", lambda solver, halt: give_up(4, solver, halt))
    with pytest.raises(LpFailed):
        relaxed(instance).solve()
    assert np.isinf(relaxed(instance).objective)

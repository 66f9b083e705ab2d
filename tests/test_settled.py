"""What the gap leaves open of the decisions for now: never less than a plan with one of them turned can save."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import planner
from planner.pipeline import prepare
from planner.plan.plan import Plan
from planner.present.open import still_open
from planner.present.words import Wording
from planner.solver.outcome import Options, Stop
from planner.solver.settled import savings
from planner.solver.strategy import solve
from tests.scenarios import EXACT, plan, tiny
from tests.shared_cases import loaded

ROUGH = Options(gap=0.05)
ROUNDING = 1e-6


@pytest.mark.parametrize("case", ["tiny-104", "tiny-108", "tiny-123", "small-206"])
def test_never_less_than_turning_a_decision_saves(case: str) -> None:
    """Each is turned and the rest solved again, exactly."""
    instance = prepare(loaded(case)).instance
    outcome = solve(instance, ROUGH)
    assert outcome.x is not None
    columns = np.flatnonzero(instance.integer[: instance.layout.first[1]])
    found = savings(instance, outcome, columns, threading.Event())
    assert (found <= outcome.objective - outcome.bound).all()
    for column, most in zip(columns.tolist(), found.tolist(), strict=True):
        lower, upper = instance.lower.copy(), instance.upper.copy()
        lower[column] = upper[column] = 1.0 - round(float(outcome.x[column]))
        if instance.lower[column] <= lower[column] <= instance.upper[column]:
            turned = solve(replace(instance, lower=lower, upper=upper), Options(gap=1e-7))
            saved = 0.0 if turned.stop is Stop.INFEASIBLE else outcome.objective - turned.objective
            assert saved <= most + ROUNDING * abs(outcome.objective)


def test_some_are_settled_and_some_are_not() -> None:
    instance = prepare(loaded("small-206")).instance
    outcome = solve(instance, Options(gap=1e-3))
    columns = np.flatnonzero(instance.integer[: instance.layout.first[1]])
    found = savings(instance, outcome, columns, threading.Event())
    assert 0 < np.count_nonzero(found == 0) < len(found)


def test_nothing_is_open_without_a_gap() -> None:
    instance = prepare(loaded("tiny-108")).instance
    outcome = solve(instance, EXACT)
    columns = np.flatnonzero(instance.integer)
    assert not savings(instance, outcome, columns, threading.Event()).any()


def test_all_is_open_where_it_is_stopped() -> None:
    instance = prepare(loaded("small-206")).instance
    outcome, cancel = solve(instance, Options(gap=1e-2)), threading.Event()
    cancel.set()
    columns = np.flatnonzero(instance.integer)
    assert (savings(instance, outcome, columns, cancel) == outcome.objective - outcome.bound).all()


# --- in a plan ----------------------------------------------------------------------------------------


def test_a_plan_without_a_gap_leaves_no_decision_open() -> None:
    """The fee of 50 is worth it: 10 units at 1,000 each are lost without."""
    found = plan(offers={"signing_fee": 50})
    assert found.tables["now_decisions"]["could_save"].tolist() == [0.0]
    assert (
        said(found)
        == "All applications and signatures are proven: no plan that decides one of them otherwise costs less."
    )


def test_a_plan_with_a_gap_says_what_it_leaves_open() -> None:
    found = planner.solve(loaded("small-206"), Options(gap=1e-2))
    open_ = found.tables["now_decisions"].query("could_save > 0")
    assert (open_["could_save"] <= found.objective - found.bound).all()
    text = said(found)
    assert text.startswith("Not proven is whether to ")
    assert open_[open_["decision"] != "keep"]["item"].iloc[0] in text


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], ""),
        ([("keep", "O", 5.0)], ""),
        (
            [("apply", "L", 0.0), ("sign", "O", 5.0), ("sign", "P", 3.0)],
            "Not proven is whether to sign O and P: a plan that decides it otherwise could save up to ₹5; "
            "all others are (sheet Do now).",
        ),
        (
            [("apply", "L", 2.0), ("sign", "O", 5.0)],
            "Not proven is whether to apply for L and whether to sign O: "
            "a plan that decides it otherwise could save up to ₹5.",
        ),
    ],
)
def test_words(rows: list[tuple[str, str, float]], expected: str) -> None:
    table = pd.DataFrame(rows, columns=["decision", "item", "could_save"])
    one = plan()
    assert said(replace(one, tables=one.tables | {"now_decisions": table})) == expected


def said(found: Plan) -> str:
    return still_open(found, Wording(tiny().scenario.settings.currency))

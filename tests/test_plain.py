"""The contract stated once more finds the optima that others have found; so does the planner, on random scenarios."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings

from planner.audit import audit
from planner.errors import Infeasible
from planner.pipeline import make_plan
from planner.scenario.load import from_rows
from tests.generated import EXACT, Rows, cost
from tests.generated_licences import staged
from tests.plain import optimum
from tests.shared_cases import EXPECTED, loaded

TINY = [case for case in EXPECTED if case.startswith("tiny")]
QUICK = ("tiny-108", "tiny-130", "tiny-131", "tiny-138", "tiny-144", "tiny-153", "tiny-160")


def check_known(case: str) -> None:
    known = EXPECTED[case].get("objective", math.inf)
    assert optimum(loaded(case).scenario) == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("case", QUICK)
def test_known_optimum(case: str) -> None:
    check_known(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", TINY)
def test_known_optimum_of_every_tiny_case(case: str) -> None:
    check_known(case)


@given(staged())
def test_planner_and_contract_find_the_same_optimum(rows: Rows) -> None:
    assert cost(rows) == pytest.approx(optimum(from_rows(rows).scenario), rel=1e-6, abs=1e-6)


@given(staged())
@settings(max_examples=15)
def test_plans_of_random_scenarios_pass_the_audit(rows: Rows) -> None:
    try:
        plan = make_plan(from_rows(rows), EXACT)
    except Infeasible:
        return
    assert audit(from_rows(rows).scenario, plan).failed == []

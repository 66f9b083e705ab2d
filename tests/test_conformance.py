"""Workbooks whose optimum another program has found: the plan here costs the same."""

from __future__ import annotations

import pytest

from planner.errors import Infeasible
from planner.plan.plan import Plan
from tests.shared_cases import EXPECTED, loaded, solved

INFEASIBLE = [case for case, expected in EXPECTED.items() if expected["status"] == "infeasible"]
LARGE = [case for case in EXPECTED if case.startswith("medium")]
SMALL = [case for case in EXPECTED if case not in INFEASIBLE + LARGE]


def check_headline(case: str, plan: Plan) -> None:
    """Expected cost and CVaR are those of the plan's own futures, and make up its objective."""
    settings = loaded(case).scenario.settings
    futures = sorted(plan.tables["futures"][["cost", "probability"]].itertuples(index=False, name=None), reverse=True)
    mean = sum(cost * probability for cost, probability in futures)
    left, tail = 1 - settings.risk_tail, 0.0
    for cost, probability in futures:
        weight = min(probability, left)
        tail, left = tail + weight * cost, left - weight
    tail /= 1 - settings.risk_tail
    assert plan.expected_cost == pytest.approx(mean, rel=1e-9)
    assert plan.cvar == pytest.approx(tail, rel=1e-9)
    weight = settings.risk_weight
    assert plan.objective == pytest.approx((1 - weight) * mean + weight * tail, rel=1e-9)


def test_every_kind_of_case_is_there() -> None:
    assert INFEASIBLE
    assert LARGE
    assert any("@" in case for case in SMALL)


@pytest.mark.parametrize("case", SMALL)
def test_optimum(case: str) -> None:
    plan = solved(case)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(EXPECTED[case]["objective"], rel=1e-6)
    assert plan.bound <= plan.objective
    assert plan.gap <= 1e-7
    check_headline(case, plan)


@pytest.mark.parametrize("case", INFEASIBLE)
def test_infeasible(case: str) -> None:
    with pytest.raises(Infeasible, match=r"^No plan can satisfy every row of the scenario\."):
        solved(case)


@pytest.mark.slow
@pytest.mark.parametrize("case", LARGE)
def test_large_case_within_its_bounds(case: str) -> None:
    plan, expected = solved(case, gap=1e-4), EXPECTED[case]
    assert plan.status == "optimal"
    assert expected["bound"] * (1 - 1e-4) <= plan.objective <= expected["objective"] * (1 + 1e-4)
    assert plan.bound <= expected["objective"]
    assert plan.gap <= 1e-4
    check_headline(case, plan)

"""Rank, regret, differences and what cannot be distinguished, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from planner.comparison.cell import AS_IT_STANDS, CellAnswer, answer_of
from planner.comparison.comparison import Comparison, Difference, Standing, compare
from planner.comparison.words import sentences


def plan(scenario: str, strategy: str, cost: float, slack: float = 0.0, **more: Any) -> CellAnswer:
    decisions = {"apply": [], "sign": [], "keep": {}}
    figures = {"objective": cost, "bound": cost - slack, "cost": cost, "expected_cost": cost, "cvar": cost}
    said = {"currency": "INR", "gap": slack / cost, "decisions": decisions, **figures} | more
    return CellAnswer(scenario, strategy, "optimal", **said)


def none(scenario: str, strategy: str) -> CellAnswer:
    return CellAnswer(scenario, strategy, "infeasible", "No plan can satisfy every row of the scenario.")


CRORE = 1e7

TWO = (
    plan("calm", "a", 100 * CRORE),
    plan("calm", "b", 110 * CRORE),
    plan("calm", "c", 95 * CRORE),
    plan("freeze", "a", 200 * CRORE),
    plan("freeze", "b", 180 * CRORE),
    none("freeze", "c"),
)
"""         calm  freeze   regret: calm  freeze  largest
    a        100     200             5      20       20
    b        110     180            15       0       15
    c         95    none             0    none     none     b regrets least.
"""


def test_regret_by_hand() -> None:
    compared = Comparison(TWO)
    assert compared.scenarios == ("calm", "freeze")
    assert compared.strategies == ("a", "b", "c")
    found = [[compared.regret(scenario, name) for scenario in compared.scenarios] for name in compared.strategies]
    assert found == [[5 * CRORE, 20 * CRORE], [15 * CRORE, 0.0], [0.0, None]]
    assert [compared.largest_regret(name) for name in compared.strategies] == [20 * CRORE, 15 * CRORE, None]
    assert compared.least_regret == ("b",)


def test_rank_by_hand() -> None:
    compared = Comparison(TWO)
    assert [compared.standing(answer) for answer in compared.answers] == [
        Standing(2, 5 * CRORE, ()),
        Standing(3, 15 * CRORE, ()),
        Standing(1, 0.0, ()),
        Standing(2, 20 * CRORE, ()),
        Standing(1, 0.0, ()),
        None,
    ]


def test_equal_costs_share_a_rank_and_the_next_is_left_out() -> None:
    compared = Comparison((plan("s", "a", 100.0), plan("s", "b", 100.0), plan("s", "c", 101.0)))
    standings = [compared.standing(answer) for answer in compared.answers]
    assert [standing and standing.rank for standing in standings] == [1, 1, 3]
    assert [standing and standing.alike for standing in standings] == [("b",), ("a",), ()]
    assert compared.least_regret == ("a", "b")


@pytest.mark.parametrize(
    ("slack", "other", "alike"),
    [
        (0.0, 0.0, False),  # 100 and 103 are both exact
        (2.9, 0.0, False),  # the cheaper may be 97.1: that shows them apart all the more
        (0.0, 2.9, False),  # [100, 100] and [100.1, 103]
        (0.0, 3.0, True),  # [100, 100] and [100, 103] touch
        (5.0, 3.5, True),  # [95, 100] and [99.5, 103]
    ],
)
def test_plans_are_alike_where_their_costs_may_be_the_same(slack: float, other: float, alike: bool) -> None:
    compared = Comparison((plan("s", "a", 100.0, slack), plan("s", "b", 103.0, other)))
    standings = [compared.standing(answer) for answer in compared.answers]
    assert [standing and standing.alike for standing in standings] == ([("b",), ("a",)] if alike else [(), ()])


def test_no_strategy_with_a_plan_everywhere() -> None:
    compared = Comparison((plan("calm", "a", 1.0), none("calm", "b"), none("freeze", "a"), plan("freeze", "b", 1.0)))
    assert compared.least_regret == ()
    assert next(iter(sentences(compared))) == (
        "No strategy has a plan in every scenario, so that none can be said to regret least."
    )


def test_a_strategy_that_a_scenario_does_not_have() -> None:
    compared = Comparison((plan("calm", "a", 5.0), plan("calm", "b", 4.0), plan("freeze", "a", 7.0)))
    assert compared.answer("freeze", "b") is None
    assert compared.regret("freeze", "b") is None
    assert compared.least_regret == ("a",)


def test_difference_to_the_base() -> None:
    decided = {"apply": ["EUC"], "sign": ["O1", "O2"], "keep": {"O1": 10.0}}
    other = {"apply": [], "sign": ["O2", "O3"], "keep": {"O1": 20.0, "O2": 5.0}}
    base = plan("s", AS_IT_STANDS, 100.0, service=0.9, china_share=0.5, decisions=decided)
    mine = plan("s", "a", 90.0, service=0.95, china_share=0.2, decisions=other)
    compared = compare((base, mine, none("s", "b")))
    assert compared.base == AS_IT_STANDS
    assert compared.difference(base) is None
    assert compared.difference(compared.answers[2]) is None
    assert compared.difference(mine) == Difference(
        {
            "cost": -10.0,
            "expected_cost": -10.0,
            "cvar": -10.0,
            "service": pytest.approx(0.05),
            "china_share": pytest.approx(-0.3),
        },
        {"apply": (), "sign": ("O3",), "keep": ("O2",)},
        {"apply": ("EUC",), "sign": ("O1",), "keep": ()},
    )


def test_base_is_the_first_strategy_where_the_scenario_as_it_stands_is_not_compared() -> None:
    assert compare(TWO).base == "a"
    assert compare(TWO, "b").base == "b"
    assert compare((plan("s", "a", 1.0), plan("s", AS_IT_STANDS, 1.0))).base == AS_IT_STANDS


def test_sentences() -> None:
    assert list(sentences(Comparison(TWO))) == [
        "calm: c costs least, ₹95.00 crore, ₹5.00 crore less than a.",
        "calm: b costs most, ₹15.00 crore more (15.8 %).",
        "freeze: b costs least, ₹180.00 crore, ₹20.00 crore less than a.",
        "freeze: a costs most, ₹20.00 crore more (11.1 %).",
        "Over all scenarios b regrets least: at most ₹15.00 crore above the best strategy of any.",
        "freeze, c: infeasible. No plan can satisfy every row of the scenario.",
    ]
    near = (plan("s", "a", 100 * CRORE), plan("s", "b", 101 * CRORE, 2 * CRORE), plan("s", "c", 120 * CRORE))
    assert list(sentences(Comparison(near))) == [
        "s: a costs least, ₹100.00 crore; within the gaps it cannot be distinguished from b.",
        "s: c costs most, ₹20.00 crore more (20.0 %).",
    ]
    same = (plan("s", "a", 1.0), plan("s", "b", 2.0), plan("t", "a", 1.0), plan("t", "b", 2.0))
    assert list(sentences(Comparison(same)))[-1] == "Over all scenarios a costs least in each."


def test_document_round_trip() -> None:
    document = compare(TWO).document()
    assert document["regret"] == {
        "a": {"calm": 5 * CRORE, "freeze": 20 * CRORE},
        "b": {"calm": 15 * CRORE, "freeze": 0.0},
        "c": {"calm": 0.0, "freeze": None},
    }
    assert document["largest_regret"] == {"a": 20 * CRORE, "b": 15 * CRORE, "c": None}
    assert document["least_regret"] == ["b"]
    assert document["base"] == "a"
    cell = document["cells"][1]
    assert (cell["rank"], cell["regret"], cell["alike"]) == (3, 15 * CRORE, [])
    assert cell["difference"]["figures"]["cost"] == 10 * CRORE
    assert tuple(answer_of(cell) for cell in document["cells"]) == TWO

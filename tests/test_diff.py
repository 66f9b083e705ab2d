"""What two scenarios, or two plans, differ in: row by row, whatever the order and the way of writing."""

from __future__ import annotations

from typing import Any

import pytest
from minimal import load

from planner.scenario.diff import diff, diff_plans


def said(a: dict[str, Any], b: dict[str, Any]) -> list[str]:
    """The differences of the smallest scenario changed in two ways."""
    return [str(difference) for difference in diff(load(**a).scenario, load(**b).scenario)]


SAME = [
    pytest.param({}, {}, id="nothing"),
    pytest.param({"offers": {"price_per_kg": 100}}, {"offers": {"price_per_kg": " 100.0"}}, id="number as text"),
    pytest.param({"offers": {"lead_periods": None}}, {"offers": {"lead_periods": 0}}, id="blank and default"),
    pytest.param({"offers": {"from": "2026-07"}}, {"offers": {"from": "2026-07-01"}}, id="month"),
    pytest.param(
        {"currencies": [{"currency": "USD", "rate": 88}, {"currency": "CNY", "rate": 12}]},
        {"currencies": [{"currency": "CNY", "rate": 12}, {"currency": "USD", "rate": 88}]},
        id="order of rows",
    ),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_what_means_the_same_is_the_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert said(a, b) == []


STOCK = {"material": "NdFeB", "kg": 5}
DIFFERENT = [
    pytest.param({}, {"offers": {"price_per_kg": 90}}, ["offers O1, price_per_kg: 100 -> 90"], id="number"),
    pytest.param({}, {"settings": {"risk_weight": 0.5}}, ["settings risk_weight, value: 0 -> 0.5"], id="setting"),
    pytest.param({}, {"offers": {"until": "2026-10"}}, ["offers O1, until: last period -> 2026-10"], id="blank"),
    pytest.param({}, {"demand": {"2026-07": 12.5}}, ["demand bus, 2026-07: 10 -> 12.5"], id="demand"),
    pytest.param({}, {"offers": {"note": "a guess"}}, ["offers O1, note: (none) -> a guess"], id="note"),
    pytest.param({}, {"stock": [STOCK]}, ["stock NdFeB/: only in B: kg 5"], id="row in B"),
    pytest.param({"stock": [STOCK]}, {}, ["stock NdFeB/: only in A: kg 5"], id="row in A"),
    pytest.param(
        {"undertakings": [{"undertaking": "EUC", "barred_markets": "US; EU"}]},
        {"undertakings": [{"undertaking": "EUC"}]},
        ["undertakings EUC, barred_markets: US; EU -> (none)"],
        id="list",
    ),
    pytest.param(
        {},
        {"licences": [{"licence": "EUC"}]},
        [
            "licences EUC: only in B: application_fee 0, clearance 1, decision free, unreleased lost, per_order no, "
            "processing_periods 0"
        ],
        id="row of defaults",
    ),
]


@pytest.mark.parametrize(("a", "b", "differences"), DIFFERENT)
def test_what_differs_is_said(a: dict[str, Any], b: dict[str, Any], differences: list[str]) -> None:
    assert said(a, b) == differences


def plan(**changes: Any) -> dict[str, Any]:
    """A plan as `--json` writes it."""
    return {
        "status": "optimal",
        "objective": 1000.0,
        "gap": 0.0,
        "futures": [{"future": "F0", "probability": 1.0, "cost": 1000.0, "first_shortage": None}],
        "decisions": {"apply": ["EUC"], "sign": [], "keep": {"O1": 5.0}},
        "tables": {
            "orders": [
                {"offer": "O1", "period": "2026-04", "kg": 5.0},
                {"offer": "O1", "period": "2026-07", "kg": 6.0},
            ]
        },
        "provenance": {"started": "today"},
        **changes,
    }


PLANS = [
    pytest.param({}, [], id="same"),
    pytest.param({"objective": 1000.0000001, "provenance": {}}, [], id="as close as solvers agree"),
    pytest.param({"objective": 1100}, ["figures objective, value: 1000 -> 1100"], id="objective"),
    pytest.param({"status": "time_limit"}, ["figures status, value: optimal -> time_limit"], id="status"),
    pytest.param(
        {"futures": [{"future": "F0", "probability": 1.0, "cost": 1000.0, "first_shortage": "2026-07"}]},
        ["futures F0, first_shortage: (blank) -> 2026-07"],
        id="shortage",
    ),
    pytest.param(
        {"decisions": {"apply": [], "sign": ["O1"], "keep": {"O1": 7.0}}},
        [
            "decisions apply/EUC: only in A: taken",
            "decisions keep/O1, kg: 5 -> 7",
            "decisions sign/O1: only in B: taken",
        ],
        id="decisions",
    ),
    pytest.param(
        {
            "tables": {
                "orders": [{"offer": "O1", "period": "2026-07", "kg": 7}, {"offer": "O2", "period": "x", "kg": 1}]
            }
        },
        [
            "table orders O1/2026-04: only in A: kg 5",
            "table orders O1/2026-07, kg: 6 -> 7",
            "table orders O2/x: only in B: kg 1",
        ],
        id="rows",
    ),
    pytest.param(
        {"tables": {}},
        ["table orders O1/2026-04: only in A: kg 5", "table orders O1/2026-07: only in A: kg 6"],
        id="no such table",
    ),
]


@pytest.mark.parametrize(("changes", "differences"), PLANS)
def test_plans_are_compared_by_figure_and_row(changes: dict[str, Any], differences: list[str]) -> None:
    assert [str(difference) for difference in diff_plans(plan(), plan(**changes))] == differences


def test_keys_of_plan_tables_may_be_named() -> None:
    """With a text that changes, here a status, a row is found by its key only."""
    a = plan(tables={"designs": [{"design": "D1", "status": "qualified"}, {"design": "D1", "status": "built"}]})
    b = plan(tables={"designs": [{"design": "D1", "status": "never"}, {"design": "D1", "status": "built"}]})
    assert [str(difference) for difference in diff_plans(a, b, {"designs": ("design",)})] == [
        "table designs D1, status: qualified -> never"
    ]
    assert [str(difference) for difference in diff_plans(b, a, {"designs": ("design",)})] == [
        "table designs D1, status: never -> qualified"
    ]
    assert len(diff_plans(a, b)) == 2

"""A plan month by month on the page: the same figures as the plan's tables, for every future and on average."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.present.months import AVERAGE
from planner.present.words import Wording
from planner.reading import load
from planner.serve import monthly

TINY = Path(__file__).parent / "cases" / "tiny-100.xlsx"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(load(str(TINY)))


def test_grids_hold_the_plans_own_figures(plan: Plan) -> None:
    document = monthly.grids(plan, Wording("INR"))
    assert document["futures"][0] == AVERAGE
    assert document["futures"][1:] == plan.tables["futures"]["future"].tolist()
    shortage = plan.tables["shortage"].merge(plan.tables["paths"][["future", "node"]], on="node")
    for row in plan.tables["futures"].itertuples():
        shown = {grid.title: grid for grid in monthly.shown(document, row.future)}
        built = shortage[shortage["future"] == row.future]["built"].sum()
        found = shown["Built"].total or shown["Built"].lines[0]
        assert found.whole == pytest.approx(built)
        assert sum(found.values) == pytest.approx(built)
    average = {grid.title: grid for grid in monthly.shown(document, AVERAGE)}
    cash = average["Cash paid"].total
    assert cash is not None
    assert cash.whole == pytest.approx(sum(sum(line.values) for line in average["Cash paid"].lines))


def test_levels_tell_their_peak_and_flows_their_sum() -> None:
    values = {"a": {"bus": [0.0, 5.0, 3.0], "car": [1.0, 1.0, 0.0]}}
    grid = {"name": "late", "title": "Waiting", "unit": "units", "bad": True, "values": values}
    months = {"months": ["2026-01", "2026-02", "2026-03"], "futures": ["a", "b"]}
    (late,) = monthly.shown(months | {"grids": [grid | {"counts": True}]}, "a")
    assert [(line.item, line.whole, line.largest) for line in late.lines] == [
        ("bus", 5.0, "2026-02"),
        ("car", 1.0, "2026-01"),
    ]
    assert late.total == monthly.Line("In all", [1.0, 6.0, 3.0], 6.0, "2026-02")
    (lost,) = monthly.shown(months | {"grids": [grid | {"counts": False}]}, "a")
    assert [line.whole for line in lost.lines] == [8.0, 2.0]
    assert monthly.shown(months | {"grids": [grid | {"counts": False}]}, "b") == []

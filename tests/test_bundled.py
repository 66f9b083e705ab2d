"""The bundled scenarios: every figure owned up to, every strategy doing what its name says."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pandas as pd
import pytest

import planner
from planner.plan.plan import Plan
from planner.plan.tables import by_future
from planner.scenario.bundled import bundled
from planner.scenario.columns import cell_kind
from planner.scenario.load import check, read
from planner.scenario.raw import RawRow
from planner.scenario.tables import tables

NAMES = [scenario.name for scenario in bundled()]
NUMBERS = ("number", "whole", "month")
CHINESE = "China"


@cache
def plan(strategy: str | None) -> Plan:
    return planner.solve(planner.load("e3w-maker", strategy), planner.Options(gap=0.02, time_limit=120))


@pytest.mark.parametrize("name", NAMES)
def test_no_problem_and_no_warning(name: str) -> None:
    assert check(name) == ([], [])


def is_figure(table: str, column: str, row: RawRow) -> bool:
    kind = cell_kind(tables()[table], column, row)
    return kind in NUMBERS or (kind == "any" and re.fullmatch(r"[\d.]+", str(row.cells[column])) is not None)


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_has_its_code(name: str) -> None:
    """A row's note says of each of its figures whether it is found, derived, general knowledge or assumed."""
    raw, _ = read(name)
    codes: Counter[str] = Counter()
    for title, table in raw.tables.items():
        for row in table.data_rows():
            coded = dict(re.findall(r"([\w-]+)=([FDGA])\b", str(row.cells.get("note", "")).partition(" | ")[0]))
            figures = [column for column in row.cells if is_figure(title, column, row)]
            assert [field for field in figures if field not in coded] == [], (title, row.line)
            assert row.cells.get("source"), (title, row.line)
            codes.update(coded.values())
    assert set(codes) == {"F", "D", "G", "A"}


def china_orders(found: Plan) -> float:
    orders = found.tables["orders"]
    return float(orders.loc[orders["country"] == CHINESE, "kg"].sum())


def test_base_applies_signs_and_qualifies() -> None:
    found = plan(None)
    assert found.decisions.apply
    assert any("JP" in offer or "Midwest" in offer for offer in found.decisions.sign)
    assert len(found.tables["qualification"])
    assert (found.tables["futures"]["first_shortage"] != "").all()


def test_least_cost_costs_least_and_risk_averse_risks_least() -> None:
    """Up to the gaps to which the three are solved."""
    least, averse = plan("least-cost"), plan("risk-averse")
    assert least.expected_cost <= averse.expected_cost * 1.02
    assert averse.cvar <= least.cvar * 1.02


def test_no_china_orders_nothing_from_china() -> None:
    assert china_orders(plan("no-china")) == 0
    assert china_orders(plan(None)) > 0


def test_diversify_holds_china_to_two_fifths() -> None:
    found = plan("diversify")
    arrived = by_future(found.tables, "arrivals").rename(columns={"released_kg": "kg"})
    flows = pd.concat([arrived, by_future(found.tables, "conversion")])
    late = flows[(flows["month"] >= "2026-10") & (flows["material"] == "NdFeB-light")]
    kg = late.groupby("future")["kg"].sum()
    chinese = late[late["country"] == CHINESE].groupby("future")["kg"].sum()
    assert (chinese / kg).max() <= 0.4 + 1e-6


def test_no_substitutes_builds_only_todays_designs_at_a_loss() -> None:
    found = plan("no-substitutes")
    assert set(found.tables["build"]["design"]) == {
        "passenger heavy", "cargo heavy", "cargo US heavy", "bus heavy",
    }  # fmt: skip
    assert found.expected_cost > 2 * plan(None).expected_cost

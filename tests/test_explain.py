"""Infeasible scenarios: the conflict named by its cells, and repairs that give the scenario a plan.

Each case is the smallest scenario with one thing asked that cannot be had. In it an offer O1 sells up to
50 kg a quarter of NdFeB, at once, and a bus needs 2 kg; ten buses are asked for in each of four quarters.
"""

from __future__ import annotations

from typing import Any

import pytest

import planner
from planner.errors import Infeasible
from planner.explain.explain import explain
from planner.plan.explanation import Explanation
from planner.reading import load
from planner.scenario.load import from_raw
from tests.minimal import load as minimal
from tests.shared_cases import CASES

SPARE = {"material": "Spare", "class": "heavy"}
MATERIAL = {"material": "NdFeB", "class": "heavy"}

CONFLICTS: dict[str, tuple[dict[str, Any], set[str], set[str]]] = {
    # name: changed tables, cells of the conflict, changes of the first repair
    "safety stock above what can be ordered": (
        {"materials": [MATERIAL | {"min_stock_kg": 80}]},
        {"materials row 1, min_stock_kg", "offers row 1, max_kg_per_period"},
        {"materials row 1, min_stock_kg (min_stock_kg of NdFeB): 80 → 50"},
    ),
    "safety stock before the first arrival": (
        {"materials": [MATERIAL | {"min_stock_kg": 20}], "offers": {"lead_periods": 2}},
        {"materials row 1, min_stock_kg"},
        {"materials row 1, min_stock_kg (min_stock_kg of NdFeB): 20 → 0"},
    ),
    "safety stock above the storage limit": (
        {"materials": [MATERIAL | {"min_stock_kg": 40, "max_stock_kg": 30}]},
        {"materials row 1, min_stock_kg", "materials row 1, max_stock_kg"},
        {"materials row 1, min_stock_kg (min_stock_kg of NdFeB): 40 → 30"},
    ),
    "minimum order above the storage limit": (
        {
            "materials": [MATERIAL, SPARE | {"min_stock_kg": 5, "max_stock_kg": 10}],
            "offers": [
                {"offer": "O2", "supplier": "Baotou", "material": "Spare", "price_per_kg": 1, "max_kg_per_period": 99}
                | {"min_order_kg": 40}
            ],
        },
        {"materials row 2, min_stock_kg", "materials row 2, max_stock_kg", "offers row 1, min_order_kg"},
        {"offers row 1, min_order_kg (min_order_kg of O2): 40 → 10"},
    ),
    "commitment above the storage limit": (
        {
            "materials": [MATERIAL | {"max_stock_kg": 30}],
            "offers": {"commit_kg_per_period": 45, "decision": "must"},
        },
        {"offers row 1, commit_kg_per_period", "offers row 1, decision", "materials row 1, max_stock_kg"},
        {"offers row 1, commit_kg_per_period (commit_kg_per_period of O1): 45 → 27.5"},
    ),
    "supplier too small for the safety stock": (
        {
            "materials": [MATERIAL | {"min_stock_kg": 40}],
            "suppliers": [{"supplier": "Baotou", "country": "China", "max_kg_per_period": 10}],
        },
        {"materials row 1, min_stock_kg", "suppliers row 1, max_kg_per_period"},
        {"materials row 1, min_stock_kg (min_stock_kg of NdFeB): 40 → 10"},
    ),
    "plant too small for the safety stock": (
        {
            "materials": [MATERIAL, SPARE | {"min_stock_kg": 30}],
            "conversions": [
                {"conversion": "Plant", "supplier": "Baotou", "material": "Spare", "max_kg_per_period": 12}
            ],
            "conversion_inputs": [{"conversion": "Plant", "material": "NdFeB", "kg_per_kg": 1}],
        },
        {"materials row 2, min_stock_kg", "conversions row 1, max_kg_per_period"},
        {"materials row 2, min_stock_kg (min_stock_kg of Spare): 30 → 12"},
    ),
    "service above what can be assembled": (
        {"segments": {"min_service": 0.9, "max_units_per_period": 8}},
        {"segments row 1, min_service", "segments row 1, max_units_per_period"},
        {"segments row 1, min_service (min_service of bus): 0.9 → 0.8"},
    ),
    "service with the only design ruled out": (
        {"segments": {"min_service": 0.5}, "designs": {"decision": "never"}},
        {"segments row 1, min_service", "designs row 1, decision"},
        {"designs row 1, decision (decision of D1): never → free"},
    ),
    "service above a design's share": (
        {"segments": {"min_service": 0.9}, "designs": {"max_share": 0.6}},
        {"segments row 1, min_service", "designs row 1, max_share"},
        {"segments row 1, min_service (min_service of bus): 0.9 → 0.6"},
    ),
    "service above what loses little": (
        {
            "segments": {"min_service": 0.5, "max_efficiency_loss_pp": 1},
            "designs": {"efficiency_loss_pp": 2},
        },
        {"segments row 1, min_service", "segments row 1, max_efficiency_loss_pp"},
        {"segments row 1, max_efficiency_loss_pp (max_efficiency_loss_pp of bus): 1 → 2"},
    ),
    "share of a country that sells nothing": (
        {
            "limits": [{"limit": "Home", "scope": "country", "target": "China", "max_share": 0.2}],
            "open_orders": [{"offer": "O1", "period": "2026-04", "kg": 10}],
        },
        {"limits row 1, max_share"},
        {"limits row 1, max_share (max_share of Home): 0.2 → 1"},
    ),
    "budget below what is on order": (
        {
            "budgets": [{"year": "FY27", "max_spend": 900}],
            "open_orders": [{"offer": "O1", "period": "2026-04", "kg": 10}],
        },
        {"budgets row 1, max_spend"},
        {"budgets row 1, max_spend (max_spend of FY27): 900 → 1000"},
    ),
    "budget below what must be committed to": (
        {
            "budgets": [{"year": "FY27", "max_spend": 9000}],
            "offers": {"commit_kg_per_period": 40, "decision": "must"},
        },
        {"budgets row 1, max_spend", "offers row 1, commit_kg_per_period", "offers row 1, decision"},
        {"offers row 1, commit_kg_per_period (commit_kg_per_period of O1): 40 → 22.5"},
    ),
    "licence that must be and cannot be paid": (
        {
            "licences": [{"licence": "L", "application_fee": 5000, "decision": "must"}],
            "budgets": [{"year": "FY27", "max_spend": 2000}],
        },
        {"licences row 1, decision", "budgets row 1, max_spend"},
        {"licences row 1, decision (decision of L): must → free"},
    ),
}


def said(explanation: Explanation) -> set[str]:
    return {cell for conflict in explanation.conflicts for reason in conflict for cell in reason.cells}


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflict_and_repairs(name: str) -> None:
    tables, cells, first = CONFLICTS[name]
    loaded = minimal(**tables)
    with pytest.raises(Infeasible):
        planner.solve(loaded)
    explanation = explain(loaded)
    assert len(explanation.conflicts) == 1
    assert said(explanation) == cells
    assert explanation.repairs
    assert {str(change) for change in explanation.repairs[0].changes} == first


@pytest.mark.parametrize("name", CONFLICTS)
def test_every_repair_gives_a_plan(name: str) -> None:
    loaded = minimal(**CONFLICTS[name][0])
    for repair in explain(loaded).repairs:
        raw = loaded.raw.copy()
        for change in repair.changes:
            table = raw.tables[change.table]
            row = next(row for row in table.rows if change.key in row.cells.values())
            row.cells[change.field] = change.new
        assert planner.solve(from_raw(raw), planner.Options(gap=0.01)).expected_cost <= repair.expected_cost * 1.0001


def test_two_conflicts_are_said_apart() -> None:
    """tiny-102 asks for SmCo before any can come, and for Indian magnets that nobody sells."""
    explanation = explain(load(CASES / "tiny-102.xlsx"))
    assert explanation.lines[0] == "This cannot be had:"
    assert "Nor can these all hold:" in explanation.lines
    assert [len(conflict) for conflict in explanation.conflicts] == [1, 2]
    assert 2 <= len(explanation.repairs) <= 3
    kinds = [frozenset((c.table, c.field) for c in repair.changes) for repair in explanation.repairs]
    assert len(set(kinds)) == len(kinds)


def test_a_scenario_with_a_plan_has_no_conflict() -> None:
    explanation = explain(minimal())
    assert explanation == Explanation((), ())

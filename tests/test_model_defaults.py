"""A blank cell is its default: the plan costs what it costs with the default written out, and not with another value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from planner.scenario.tables import tables
from tests.scenarios import PLANT, TWO_FUTURES, TWO_SUPPLIERS, Y1, Y2, YEARLY, cost, near

LICENSED = {"licences": {}, "offers": {"licence": "L", "max_kg_per_period": 10}}
LATER = {"units": (0, 10), "offers": {"lead_periods": 1}}
SURPLUS = {"offers": {"min_order_kg": 15}, "settings": {"salvage_share": 0.5}}
NEW = {"designs": {"qualified": "no"}}
STEPS = {"offers": {"max_kg_per_period": 0}, "expansions": {"step_kg_per_period": 5}}
TWICE_THE_PRICE = {"futures": TWO_FUTURES, "events": {"future": "b", "kind": "price", "value": 2}}

CASES: list[tuple[str, Any, dict[str, Any]]] = [
    ("settings.period_months", 6, LATER | {"settings": {"discount_rate": 0.21}}),
    (
        "settings.year_start_month",
        1,
        {"units": (10, 0, 0, 10), "materials": {"max_stock_kg": 0}, "budgets": {"max_spend": 60}},
    ),
    ("settings.discount_rate", 0.25, LATER),
    ("settings.risk_weight", 1, TWICE_THE_PRICE),
    ("settings.risk_tail", 0.2, TWICE_THE_PRICE | {"settings": {"risk_weight": 1}}),
    ("settings.salvage_share", 0.5, {"offers": {"min_order_kg": 15}, "materials": {"value_per_kg": 8}}),
    (
        "segments.end_use",
        "defence",
        {
            "units": {"bus": (10,), "fan": (0,)},
            "segments": [{}, {"segment": "fan", "end_use": "civil"}],
            "undertakings": {"barred_end_uses": "civil"},
            "offers": {"undertaking": "U"},
        },
    ),
    ("segments.min_service", 0.9, {"segments": {"shortage_cost_per_unit": 5}}),
    ("segments.efficiency_cost_per_pp", 1, {"designs": {"efficiency_loss_pp": 2}}),
    ("designs.efficiency_loss_pp", 2, {"segments": {"efficiency_cost_per_pp": 1}}),
    ("designs.extra_cost_per_unit", 1, {}),
    ("designs.max_share", 0.4, {}),
    ("designs.qualified", "no", {"designs": {"qualification_cost": 50}}),
    ("designs.qualification_cost", 50, NEW),
    ("designs.qualification_periods", 1, NEW),
    ("designs.decision", "never", {}),
    ("materials.value_per_kg", 8, SURPLUS),
    ("materials.holding_cost_per_kg", 1, SURPLUS),
    ("materials.min_stock_kg", 5, {}),
    ("licences.application_fee", 5, LICENSED),
    ("licences.clearance", 0.5, LICENSED),
    ("licences.decision", "never", LICENSED),
    ("offers.freight_per_kg", 1, {}),
    ("offers.duty_rate", 0.1, {}),
    ("offers.lead_periods", 1, {}),
    ("offers.min_order_kg", 15, {}),
    ("offers.commit_kg_per_period", 15, {}),
    ("offers.signing_fee", 5, {}),
    ("offers.deposit_share", 0.5, {"licences": {"clearance": 0.5}, "offers": {"licence": "L"}}),
    ("offers.decision", "never", {}),
    ("conversions.cost_per_kg", 1, PLANT | {"conversions": {}}),
    ("expansions.max_steps", 2, STEPS),
    ("expansions.lead_periods", 1, STEPS),
    ("expansions.decision", "never", STEPS),
    (
        "limits.per",
        "year",
        {
            "units": (10, 10),
            "settings": YEARLY,
            "materials": {"max_stock_kg": 0},
            "suppliers": TWO_SUPPLIERS["suppliers"],
            "offers": [{"from": Y2}, {"offer": "J", "supplier": "T", "until": Y1}],
            "limits": {"max_share": 0.5},
        },
    ),
    ("limits.min_share", 0.6, {**TWO_SUPPLIERS, "limits": {"target": "Japan"}}),
    ("limits.max_share", 0.4, {**TWO_SUPPLIERS, "limits": {}}),
]
"""A field, another value than its default, and a scenario in which that matters."""

LICENCES = {
    "segments.backlog_units", "segments.before_units", "segments.before_lost_units", "licences.unreleased",
    "licences.per_order", "licences.processing_periods", "offers.order_fee", "offers.signed", "offers.firm",
    "offers.take_or_pay", "offers.kept_kg", "open_orders.cleared", "limits.min_kg", "limits.before_kg",
    "limits.before_all_kg", "panels.min_suppliers",
}  # fmt: skip
"""Those of licences that wait and of the position at the start: tried beside their rules."""

ELSEWHERE = LICENCES | {"settings.currency", "settings.futures", "settings.courses", "settings.seed"}
"""The base currency has a test among the costs; the others are about sampled futures."""


def changed(given: Mapping[str, Any], field: str, value: Any) -> dict[str, Any]:
    """The tables with a field of the first row set."""
    table, _, name = field.partition(".")
    rows = given.get(table, {})
    first, *rest = [rows] if isinstance(rows, Mapping) else rows
    return {**given, table: {**first, name: value} if table == "settings" else [{**first, name: value}, *rest]}


@pytest.mark.parametrize(("field", "other", "given"), CASES, ids=[field for field, _, _ in CASES])
def test_blank_is_the_default(field: str, other: Any, given: dict[str, Any]) -> None:
    table, _, name = field.partition(".")
    default = tables()[table].fields[name].default
    blank = cost(**changed(given, field, None))
    assert cost(**changed(given, field, default)) == near(blank)
    assert cost(**changed(given, field, other)) != near(blank)


def test_every_default_is_tried() -> None:
    defaults = {
        f"{table.name}.{field.name}"
        for table in tables().values()
        for field in table.fields.values()
        if not field.required and field.default not in (None, ())
    }
    assert {field for field, _, _ in CASES} | ELSEWHERE == defaults

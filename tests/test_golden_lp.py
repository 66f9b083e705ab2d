"""Each constraint family as LP text, on a scenario small enough to be read beside `tests/golden/<family>.lp`.

`pytest tests/test_golden_lp.py --update-golden` writes the files again; look at what changed.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest
from pyomo.repn.plugins.lp_writer import LPWriter

from planner.model.build import FAMILIES
from tests.scenarios import P1, P2, TWO_SUPPLIERS, Y1, Y2, YEARLY, path

GOLDEN = Path(__file__).parent / "golden"

NAMES = [family.__name__ for family in FAMILIES]

MIXED: dict[str, Any] = {
    "materials": [{"max_stock_kg": 90, "min_stock_kg": 5}, {"material": "ore", "class": "feedstock"}],
    "undertakings": {},
    "licences": {"clearance": 0.5},
    "offers": [{"licence": "L", "lead_periods": 1}, {"offer": "O2", "material": "ore"}],
    "open_orders": {"kg": 4},
    "stock": [{"undertaking": "U", "kg": 6}, {"material": "ore", "undertaking": "U", "kg": 8}],
    "conversions": {"max_kg_per_period": 7, "cost_per_kg": 3},
    "conversion_inputs": {"kg_per_kg": 2},
    "design_materials": {"kg_per_unit": 2.5},
}
"""Magnets and ore, free and bound, bought, on order, in stock and made."""

EXPANDED: dict[str, Any] = {"units": (10, 10), "expansions": {"lead_periods": 1, "max_steps": 2}}
WAITING: dict[str, Any] = {"units": (10, 12), "segments": {"delay_cost_per_unit": 2, "min_service": 0.9}}
TWO_DESIGNS: dict[str, Any] = {"designs": [{}, {"design": "F", "efficiency_loss_pp": 3}]}
NEW: dict[str, Any] = {
    "units": (10, 12, 14),
    "designs": {"qualified": "no", "qualification_periods": 1, "qualification_cost": 50},
}
EVERY_COST: dict[str, Any] = {
    "units": (10, 12),
    "settings": YEARLY | {"discount_rate": 0.25, "risk_weight": 0.3, "risk_tail": 0.8, "salvage_share": 0.5},
    "materials": [
        {"value_per_kg": 8, "holding_cost_per_kg": 0.5},
        {"material": "ore", "class": "feedstock", "value_per_kg": 1},
    ],
    "licences": {"application_fee": 300, "clearance": 0.8},
    "offers": [
        {"licence": "L", "signing_fee": 50, "deposit_share": 0.4, "freight_per_kg": 2, "duty_rate": 0.1},
        {"offer": "O2", "material": "ore", "reservation_fee_per_kg": 0.25},
    ],
    "conversions": {"cost_per_kg": 3},
    "conversion_inputs": {},
    "expansions": {},
    "segments": {"efficiency_cost_per_pp": 4, "delay_cost_per_unit": 6},
    "designs": {"efficiency_loss_pp": 2, "extra_cost_per_unit": 7, "qualified": "no", "qualification_cost": 60},
}
PARTING: dict[str, Any] = {
    "units": (10, 12, 14),
    "futures": [{}, {"future": "b"}],
    "events": {"future": "b", "kind": "demand", "value": 1.5, "from": Y2},
}
"""Two futures, known from the second period of three."""

WAITS: dict[str, Any] = {
    "units": (10, 12),
    "licences": {"unreleased": "waits", "clearance": 0.5, "normal_kg_per_period": 30},
    "offers": [{"licence": "L"}, {"offer": "O2", "licence": "L", "max_kg_per_period": 8}],
    "open_orders": {"kg": 4},
}
"""Two offers under a licence that waits."""
STAGED: dict[str, Any] = {"licences": {"unreleased": "waits", "apply_until": P2, "processing_periods": 1}}
FEW: dict[str, Any] = TWO_SUPPLIERS | {
    "panels": {"max_suppliers": 1, "min_suppliers": 1, "min_share_each": 0.25},
    "open_orders": {"kg": 3},
}
"""Two suppliers, of whom one may be bought from."""

SCENARIOS: dict[str, dict[str, Any]] = {
    "applied_once_at_first": STAGED | {"units": (10, 12), "offers": {"licence": "L"}},
    "licence_needed": {"licences": {}, "offers": [{"licence": "L"}, {"offer": "O2", "licence": "L"}]},
    "one_of_group": {"offers": [{"group": "G"}, {"offer": "O2", "group": "G"}]},
    "order_capacity": EXPANDED | {"offers": [{"signing_fee": 5}, {"offer": "O2", "reservation_fee_per_kg": 2}]},
    "signed_first": {"offers": {"signing_fee": 5}},
    "kept_if_signed": {"offers": {"signing_fee": 5, "reservation_fee_per_kg": 2}},
    "placed_order": {"offers": {"min_order_kg": 15}},
    "minimum_order": {"offers": {"min_order_kg": 15}},
    "placed_if_signed": {"offers": {"min_order_kg": 15, "signing_fee": 5}},
    "commitment": {
        "units": (10, 12),
        "offers": {"commit_kg_per_period": 30},
        "events": {"kind": "capacity", "value": 0.25, "from": P2},
    },
    "fixed_order": {
        "units": (10, 12),
        "fixed_orders": {"kg": 30, "period": P2},
        "events": {"kind": "capacity", "value": 0.25, "from": P2},
    },
    "waiting_balance": WAITS,
    "cleared_share": WAITS,
    "usual_release": WAITS,
    "released_in_force": WAITS,
    "covered": WAITS | {"licences": WAITS["licences"] | {"max_kg_per_application": 9}},
    "application_quantity": WAITS
    | {
        "licences": WAITS["licences"] | {"max_kg_per_application": 9, "apply_until": P2, "valid_periods": 1},
        "open_applications": {"kg": 5, "until": P1},
    },
    "supplier_capacity": {"suppliers": {"max_kg_per_period": 60}, "offers": [{}, {"offer": "O2"}]},
    "stock_balance": MIXED | {"units": (10, 12)},
    "storage": MIXED,
    "safety_stock": MIXED,
    "conversion_capacity": MIXED | EXPANDED | {"expansions": {"scope": "conversion", "target": "C"}},
    "expansion_steps": EXPANDED | {"units": (10, 12, 14)},
    "magnets": MIXED,
    "demand_balance": WAITING,
    "assembly": TWO_DESIGNS | {"segments": {"max_units_per_period": 6}},
    "promise": {"promises": {"share": 0.8}},
    "design_share": WAITING | {"designs": {"max_share": 0.4}},
    "eligible_waits": WAITING | {"designs": {"max_share": 0.4}},
    "barred_share": WAITING
    | {"events": {"kind": "capacity", "scope": "design", "target": "D", "value": 0.5, "from": P2}},
    "qualified_first": NEW,
    "qualified_beside_backlog": NEW | {"segments": {"delay_cost_per_unit": 2, "max_units_per_period": 11}},
    "qualified_once": NEW,
    "efficiency": TWO_DESIGNS | {"segments": {"max_efficiency_loss_pp": 1}},
    "service": WAITING,
    "sourcing": MIXED
    | {
        "units": (10, 12),
        "settings": YEARLY,
        "suppliers": TWO_SUPPLIERS["suppliers"],
        "open_orders": {"period": Y1},
        "conversions": {"supplier": "T"},
        "limits": [
            {"limit": "horizon", "min_share": 0.1, "max_share": 0.4},
            {"limit": "yearly", "scope": "supplier", "target": "T", "class": "heavy", "per": "year", "min_share": 0.2},
        ],
    },
    "quota": MIXED
    | {
        "units": (10, 12),
        "settings": YEARLY,
        "suppliers": TWO_SUPPLIERS["suppliers"],
        "open_orders": {"period": Y1},
        "limits": [
            {"limit": "horizon", "min_kg": 5, "before_kg": 2},
            {"limit": "yearly", "per": "year", "max_kg": 20, "before_kg": 6},
        ],
    },
    "panel_used": FEW,
    "panel_size": FEW,
    "panel_counts": FEW,
    "panel_least": FEW,
    "panel_share": FEW,
    "budget": EVERY_COST | {"budgets": [{"max_spend": 60}, {"year": "FY28", "max_spend": 70}]},
    "spent_so_far": EVERY_COST | PARTING,
    "cvar_excess": EVERY_COST | PARTING,
}
"""By family, a scenario in which it has rows."""


def lp(family: str) -> str:
    """A family's rows, and the bounds of the columns in them."""
    model = path(**SCENARIOS[family]).model
    for constraint in model.component_objects(pyo.Constraint):
        if constraint.local_name != family:
            constraint.deactivate()
    model.objective.deactivate()
    model.no_objective = pyo.Objective(expr=0)
    text = io.StringIO()
    LPWriter().write(model, text, symbolic_solver_labels=True)
    return text.getvalue()


@pytest.mark.parametrize("family", NAMES)
def test_rows_of_the_family(family: str, request: pytest.FixtureRequest) -> None:
    text, path = lp(family), GOLDEN / f"{family}.lp"
    assert re.search(rf"^[cr]_\w_{family}\(", text, re.MULTILINE), f"{family} has no row in its scenario"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_no_family_goes_without() -> None:
    assert sorted(SCENARIOS) == sorted(path.stem for path in GOLDEN.glob("*")) == sorted(NAMES)


def test_the_model_has_no_other_constraints() -> None:
    assert [constraint.local_name for constraint in path().model.component_objects(pyo.Constraint)] == NAMES

"""Tiny scenarios that can be solved by hand, as rows that tests change.

The smallest: one segment `bus`, built by design `D` from 1 kg of material `M`, of which `S` in China sells up to
100 kg a period under offer `O` at 10 a kg. 10 units are asked for in each period; one not built costs 1000.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

from planner.model.path import PathModel
from planner.pipeline import make_plan, prepare
from planner.plan.plan import Plan
from planner.scenario.load import Loaded, from_rows
from planner.scenario.scenario import Calendar
from planner.solver.outcome import Options

Units = Sequence[float] | Mapping[str, Sequence[float]]

P1, P2, P3, P4, P5 = "2026-04", "2026-07", "2026-10", "2027-01", "2027-04"
"""The first periods' months where a period is three months long."""

YEARLY = {"period_months": 12}
Y1, Y2 = "2026-04", "2027-04"
"""The first periods' months where a period is a year long."""

EXACT = Options(gap=0.0)

ROW: dict[str, dict[str, Any]] = {
    "settings": {"title": "tiny", "start": P1},
    "currencies": {"currency": "USD", "rate": 80},
    "materials": {"material": "M", "class": "heavy"},
    "stock": {"material": "M", "kg": 10},
    "undertakings": {"undertaking": "U"},
    "licences": {"licence": "L"},
    "open_applications": {"application": "A", "licence": "L"},
    "suppliers": {"supplier": "S", "country": "China"},
    "offers": {"offer": "O", "supplier": "S", "material": "M", "price_per_kg": 10, "max_kg_per_period": 100},
    "open_orders": {"offer": "O", "period": P1, "kg": 4},
    "fixed_orders": {"offer": "O", "period": P1, "kg": 4},
    "conversions": {"conversion": "C", "supplier": "S", "material": "M", "max_kg_per_period": 100},
    "conversion_inputs": {"conversion": "C", "material": "ore", "kg_per_kg": 1},
    "expansions": {"expansion": "E", "scope": "offer", "target": "O", "step_kg_per_period": 10, "cost_per_step": 5},
    "open_expansions": {"expansion": "E", "period": P1, "steps": 1},
    "segments": {"segment": "bus", "market": "India", "shortage_cost_per_unit": 1000},
    "promises": {"segment": "bus", "share": 0.5},
    "designs": {"design": "D", "segment": "bus"},
    "design_materials": {"design": "D", "material": "M", "kg_per_unit": 1},
    "futures": {"future": "a", "probability": 0.5},
    "events": {"future": "*", "scope": "all"},
    "limits": {"limit": "X", "scope": "country", "target": "China"},
    "panels": {"panel": "P"},
    "budgets": {"year": "FY27"},
}
"""A row of each table, which the rows that a test gives complete or change."""

ALWAYS = ("settings", "materials", "suppliers", "offers", "segments", "designs", "design_materials")
"""The tables of the smallest scenario."""


def tables(units: Units = (10,), **given: Any) -> dict[str, Any]:
    """The smallest scenario with the units asked for, and with tables whose rows change the row above.

    `units` is by period, of the segment `bus` or by segment. A table is given as one row or several; `[]`
    leaves it empty.
    """
    asked = units if isinstance(units, Mapping) else {"bus": units}
    found: dict[str, Any] = {name: [copy.deepcopy(ROW[name])] for name in ALWAYS}
    for name, rows in given.items():
        several = [rows] if isinstance(rows, Mapping) else rows
        found[name] = [{**ROW[name], **row} for row in several]
    for number, event in enumerate(found.get("events", ())):
        event.setdefault("event", f"e{number}")
    (settings,) = found["settings"]
    settings.setdefault("periods", len(next(iter(asked.values()))))
    found["settings"] = settings
    found["demand"] = [_demand(settings, segment, row) for segment, row in asked.items()]
    return found


def _demand(settings: Mapping[str, Any], segment: str, units: Sequence[float]) -> dict[str, Any]:
    calendar = Calendar(settings["start"], len(units), settings.get("period_months") or 3, 4)
    return {"segment": segment} | {calendar.month(period): n for period, n in zip(calendar.all, units, strict=True)}


def tiny(units: Units = (10,), **given: Any) -> Loaded:
    """The scenario of `tables`, checked."""
    return from_rows(tables(units, **given))


def plan(units: Units = (10,), **given: Any) -> Plan:
    """Its optimal plan, which costs what the solver has proven to be the least."""
    found = make_plan(tiny(units, **given), EXACT)
    assert found.bound == near(found.objective)
    return found


def cost(units: Units = (10,), **given: Any) -> float:
    """The objective of its optimal plan."""
    return plan(units, **given).objective


def path(units: Units = (10,), **given: Any) -> PathModel:
    """Its model."""
    return prepare(tiny(units, **given)).path


def near(value: Any) -> Any:
    """Equal to 1e-6 relative."""
    return pytest.approx(value, rel=1e-6, abs=1e-6)


def table(found: Plan, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a plan table, row by row, numbers rounded to a millionth."""
    rows = found.tables[name][list(columns)].itertuples(index=False, name=None)
    return [tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row) for row in rows]


def by_kind(found: Plan, column: str = "amount") -> dict[str, float]:
    """Cost by kind over all years of a plan with one future."""
    sums: pd.Series[float] = found.tables["costs"].groupby("kind")[column].sum()
    return {str(kind): float(amount) for kind, amount in sums.items()}


# --- scenarios that several tests share --------------------------------------------------------------

PLANT: dict[str, Any] = {
    "materials": [{}, {"material": "ore", "class": "feedstock"}],
    "offers": {"material": "ore", "price_per_kg": 2},
    "conversions": {"cost_per_kg": 3},
    "conversion_inputs": {"kg_per_kg": 2},
}
"""M is not for sale; plant C makes 1 kg of it from 2 kg of ore at 2 a kg, for 3: 7 a kg."""

TWO_SUPPLIERS: dict[str, Any] = {
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "offers": [{}, {"offer": "J", "supplier": "T", "price_per_kg": 20}],
}
"""M costs 10 from China and 20 from Japan."""

TWO_FUTURES = [{"future": "a", "probability": 0.5}, {"future": "b", "probability": 0.5}]

RICH: dict[str, Any] = {
    "units": {"bus": (40, 50, 60), "fan": (10, 10, 20)},
    "settings": YEARLY | {"discount_rate": 0.1, "risk_weight": 0.3, "risk_tail": 0.7, "salvage_share": 0.5},
    "currencies": {},
    "materials": [
        {"value_per_kg": 8, "holding_cost_per_kg": 0.5, "max_stock_kg": 90, "min_stock_kg": 3},
        {"material": "ore", "class": "feedstock", "holding_cost_per_kg": 0.25, "value_per_kg": 2},
    ],
    "stock": [{"kg": 12}, {"undertaking": "U", "kg": 9}, {"material": "ore", "undertaking": "U", "kg": 16}],
    "undertakings": {"barred_markets": "US"},
    "licences": {"application_fee": 30, "undertaking": "U", "clearance": 0.9},
    "suppliers": [{"max_kg_per_period": 80}, {"supplier": "T", "country": "Japan"}],
    "offers": [
        {"licence": "L", "max_kg_per_period": 70, "min_order_kg": 12, "deposit_share": 0.4, "freight_per_kg": 0.5},
        {"offer": "O2", "price_per_kg": 13, "max_kg_per_period": 30, "commit_kg_per_period": 6, "group": "G",
         "signing_fee": 20, "lead_periods": 1},
        {"offer": "J", "supplier": "T", "currency": "USD", "price_per_kg": 0.25, "duty_rate": 0.1, "group": "G",
         "max_kg_per_period": 20},
        {"offer": "A", "supplier": "T", "material": "ore", "price_per_kg": 3, "reservation_fee_per_kg": 0.75},
    ],
    "open_orders": [{"kg": 8}, {"offer": "J", "period": Y2, "kg": 5}],
    "conversions": {"supplier": "T", "max_kg_per_period": 6, "cost_per_kg": 2},
    "conversion_inputs": {"kg_per_kg": 1.5},
    "expansions": [
        {"scope": "conversion", "target": "C", "step_kg_per_period": 5, "max_steps": 3, "cost_per_step": 40},
        {"expansion": "E2", "target": "J", "step_kg_per_period": 4, "cost_per_step": 15, "lead_periods": 1},
    ],
    "segments": [
        {"sector": "road", "shortage_cost_per_unit": 90, "delay_cost_per_unit": 4, "max_units_per_period": 75,
         "min_service": 0.2, "efficiency_cost_per_pp": 1.5, "max_efficiency_loss_pp": 2},
        {"segment": "fan", "market": "US", "shortage_cost_per_unit": 70},
    ],
    "designs": [
        {},
        {"design": "F", "efficiency_loss_pp": 5, "extra_cost_per_unit": 6, "max_share": 0.5, "qualified": "no",
         "qualification_cost": 35, "qualification_periods": 1},
        {"design": "W", "segment": "fan"},
    ],
    "design_materials": [{"kg_per_unit": 1.25}, {"design": "W", "kg_per_unit": 0.75}],
    "futures": [{"probability": 0.5}, {"future": "b", "probability": 0.3}, {"future": "c", "probability": 0.2}],
    "events": [
        {"future": "b", "kind": "clearance", "from": Y2, "value": 0.5},
        {"future": "b", "kind": "price", "scope": "country", "target": "Japan", "from": Y2, "value": 1.4},
        {"future": "c", "kind": "clearance", "from": Y2, "value": 0.25},
        {"future": "c", "kind": "price", "from": "2028-04", "value": 1.7},
        {"future": "c", "kind": "capacity", "scope": "supplier", "target": "S", "from": "2028-04", "value": 0.8},
        {"future": "c", "kind": "capacity", "scope": "conversion", "target": "C", "from": "2028-04", "value": 0.6},
        {"future": "b", "kind": "demand", "scope": "sector", "target": "road", "from": "2028-04", "value": 1.2},
    ],
    "limits": [
        {"max_share": 0.95},
        {"limit": "Y", "scope": "supplier", "target": "T", "class": "heavy", "per": "year", "min_share": 0.05},
    ],
    "budgets": [{"max_spend": 900}, {"year": "FY28", "max_spend": 1100}],
}  # fmt: skip
"""All tables, every kind of cost and constraint, three years, and three futures that part in the second year."""

"""A scenario in which goods wait for licences and decisions come later than now: every kind of row of the second kind.

Three years, two futures that part in the second. Licence L covers 40 kg for two years and is applied for again; under P
each order has its own application; J is signed once its first order nears.
"""

from __future__ import annotations

from typing import Any

from tests.scenarios import TWO_FUTURES, Y1, Y2, YEARLY, tables

Y3 = "2028-04"

WAITING: dict[str, Any] = tables(
    {"bus": (40, 50, 60), "fan": (10, 10, 20)},
    settings=YEARLY | {"discount_rate": 0.1, "salvage_share": 0.5},
    materials={"value_per_kg": 8, "holding_cost_per_kg": 0.5},
    undertakings={"only_segments": "bus"},
    licences=[
        {"unreleased": "waits", "application_fee": 30, "undertaking": "U", "clearance": 0.5, "apply_until": Y3,
         "valid_periods": 2, "max_kg_per_application": 40, "normal_kg_per_period": 50},
        {"licence": "P", "unreleased": "waits", "per_order": "yes", "application_fee": 5, "processing_periods": 1},
        {"licence": "Q", "unreleased": "waits", "apply_from": Y3},
    ],
    open_applications={"application": "A", "licence": "L", "until": Y1, "kg": 9},
    suppliers=[{}, {"supplier": "T", "country": "Japan"}, {"supplier": "K", "country": "Korea"}],
    offers=[
        {"licence": "L", "deposit_share": 0.3, "max_kg_per_period": 60, "order_fee": 2},
        {"offer": "F", "licence": "P", "price_per_kg": 9.5, "firm": "yes", "deposit_share": 0.2, "max_kg_per_period": 15},
        {"offer": "TP", "licence": "L", "price_per_kg": 9, "take_or_pay": "yes", "deposit_share": 0.1,
         "min_order_kg": 5, "max_kg_per_period": 8, "decision": "must"},
        {"offer": "J", "supplier": "T", "price_per_kg": 15, "from": Y2, "signing_fee": 3, "commit_kg_per_period": 4,
         "sign_until": Y3, "max_kg_per_period": 30},
        {"offer": "X", "supplier": "T", "price_per_kg": 24, "max_kg_per_period": 25},
        {"offer": "never", "supplier": "K", "price_per_kg": 9, "licence": "Q", "decision": "never"},
    ],
    open_orders=[{"kg": 8}, {"offer": "F", "period": Y2, "kg": 3, "cleared": "yes"}],
    fixed_orders={"offer": "X", "period": Y1, "kg": 6},
    segments=[
        {"shortage_cost_per_unit": 90, "delay_cost_per_unit": 4, "backlog_units": 6},
        {"segment": "fan", "market": "US", "shortage_cost_per_unit": 70},
    ],
    promises={"segment": "fan", "share": 0.4},
    designs=[
        {},
        {"design": "Z", "max_share": 0.3, "extra_cost_per_unit": 6},
        {"design": "W", "segment": "fan"},
    ],
    design_materials=[{"kg_per_unit": 1}, {"design": "W", "kg_per_unit": 0.75}],
    futures=TWO_FUTURES,
    events=[
        {"future": "b", "kind": "clearance", "scope": "licence", "target": "L", "from": Y2, "value": 0.25},
        {"future": "b", "kind": "clearance", "scope": "licence", "target": "P", "from": Y2, "value": 0},
        {"future": "b", "kind": "capacity", "scope": "design", "target": "Z", "from": Y2, "value": 0.5},
    ],
    panels={"panel": "N", "max_suppliers": 2, "min_suppliers": 2, "min_share_each": 0.1},
    limits={"max_kg": 95, "before_kg": 5, "before_all_kg": 9},
    budgets=[{"year": Y1, "max_spend": 1500}, {"year": "FY29", "max_spend": 2000}],
)  # fmt: skip

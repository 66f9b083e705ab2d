"""A scenario small enough to plan by hand, and its plan, every figure worked out on paper.

Two years (factors 1 and 0.8 at a rate of 25 %), two futures that part in the second: in 'freeze' only half of what
is ordered under the licence is released and the Japanese price is half as high again. Nodes: 1, then 2 (calm) and
3 (freeze).

- Node 1. 20 kg of an open order arrive under the certificate, 40 kg from Japan, 40 kg of oxide. Of it 34 kg make
  17 kg of magnets, 2 of these in the certificate's pool (4 kg of oxide moved into it). Free: 10 + 40 + 15 = 65 kg,
  bound 22 kg. 10 exports take 20 free kg, 35 fans 22 bound and 13 free: 32 kg free are left. 5 fans wait, and keep
  their chance of the design without magnet.
- Node 2. 30 kg bound and 10 kg from Japan arrive, 6 kg of oxide make 3 kg: 45 free. 45 fans are asked for: 12 without
  magnet, 33 with 30 bound and 3 free kg. 20 free kg go into exports: 22 kg are left.
- Node 3. 15 of 30 kg arrive, 16 kg of oxide make 8: 40 kg free. 20 fans without magnet, 20 with 15 bound and 5 free
  kg; of 45 asked for, 3 are lost and 2 wait. 20 free kg go into exports: 15 kg are left.

Landed: China (10 + 1) × 1.1 × 2 = 24.2. Deposit 0.2 × 10 × 2 × 15 = 60.
First year: 1000 + 500 + 40 now; purchase 20 × 24.2 + 40 × 30 + 40 × 5 = 1884; conversion 17 × 4 = 68; holding
32 + 6 / 2 = 35; qualification 50; expansion 100; delay 5 × 5 = 25: 3702 in all.
Second, calm: purchase 726 + 300 = 1026, conversion 12, holding 22, design 24, efficiency 36, salvage −110: 1010.
Second, freeze: purchase 363 + 50 = 413, deposit 60, conversion 32, holding 15, design 40, efficiency 60, shortage
1000 × (3 + 2) = 5000, delay 10, salvage −75: 5555.
Calm 3702 + 0.8 × 1010 = 4510, freeze 3702 + 0.8 × 5555 = 8146; expected 6328, CVaR at 0.5 8146, objective 7237.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.plan.plan import Decisions, Plan
from planner.plan.tables import PLAN_TABLE, PLAN_TABLES

A, B = "2026-04", "2027-04"

SCENARIO: dict[str, Any] = {
    "settings": {
        "title": "By hand",
        "start": A,
        "periods": 2,
        "period_months": 12,
        "discount_rate": 0.25,
        "risk_weight": 0.5,
        "risk_tail": 0.5,
        "salvage_share": 0.5,
    },
    "currencies": [{"currency": "USD", "rate": 2}],
    "materials": [
        {"material": "NdFeB", "class": "heavy", "value_per_kg": 10, "holding_cost_per_kg": 1, "max_stock_kg": 100,
         "min_stock_kg": 5},
        {"material": "oxide", "class": "feedstock", "holding_cost_per_kg": 0.5},
    ],
    "stock": [{"material": "NdFeB", "kg": 10}],
    "undertakings": [
        {"undertaking": "EUC", "barred_markets": "US"},
        {"undertaking": "guarantee", "barred_end_uses": "civil"},
    ],
    "licences": [
        {"licence": "L", "application_fee": 1000, "undertaking": "EUC"},
        {"licence": "K", "application_fee": 9, "decision": "never"},
    ],
    "suppliers": [
        {"supplier": "Baotou", "country": "China", "max_kg_per_period": 80},
        {"supplier": "Hitachi", "country": "Japan"},
        {"supplier": "IREL", "country": "India"},
    ],
    "offers": [
        {"offer": "CN", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 10, "currency": "USD",
         "freight_per_kg": 1, "duty_rate": 0.1, "lead_periods": 1, "max_kg_per_period": 100, "min_order_kg": 20,
         "commit_kg_per_period": 10, "signing_fee": 500, "deposit_share": 0.2, "licence": "L", "group": "China"},
        {"offer": "CN2", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 9, "max_kg_per_period": 100,
         "licence": "K", "group": "China"},
        {"offer": "JP", "supplier": "Hitachi", "material": "NdFeB", "price_per_kg": 30, "max_kg_per_period": 50},
        {"offer": "AU", "supplier": "IREL", "material": "oxide", "price_per_kg": 5, "max_kg_per_period": 200,
         "reservation_fee_per_kg": 1},
        {"offer": "spot", "supplier": "Hitachi", "material": "oxide", "price_per_kg": 7, "max_kg_per_period": 10,
         "until": A, "decision": "must"},
    ],
    "open_orders": [{"offer": "CN", "period": A, "kg": 20}],
    "conversions": [
        {"conversion": "sinter", "supplier": "IREL", "material": "NdFeB", "cost_per_kg": 4, "max_kg_per_period": 30},
        {"conversion": "pilot", "supplier": "IREL", "material": "NdFeB", "max_kg_per_period": 5, "until": A},
    ],
    "conversion_inputs": [
        {"conversion": "sinter", "material": "oxide", "kg_per_kg": 2},
        {"conversion": "pilot", "material": "oxide", "kg_per_kg": 2},
    ],
    "expansions": [
        {"expansion": "line", "scope": "conversion", "target": "sinter", "step_kg_per_period": 10, "max_steps": 2,
         "cost_per_step": 100, "lead_periods": 1, "until": A},
        {"expansion": "mine", "scope": "offer", "target": "AU", "step_kg_per_period": 10, "cost_per_step": 1,
         "decision": "never"},
    ],
    "segments": [
        {"segment": "fan", "sector": "fans", "market": "India", "shortage_cost_per_unit": 1000,
         "delay_cost_per_unit": 5,
         "max_units_per_period": 60, "min_service": 0.5, "efficiency_cost_per_pp": 1, "max_efficiency_loss_pp": 2},
        {"segment": "export", "market": "US", "shortage_cost_per_unit": 2000},
    ],
    "demand": [{"segment": "fan", A: 40, B: 40}, {"segment": "export", A: 10, B: 10}],
    "designs": [
        {"design": "fan-m", "segment": "fan"},
        {"design": "fan-f", "segment": "fan", "efficiency_loss_pp": 3, "extra_cost_per_unit": 2, "max_share": 0.5,
         "qualified": "no", "qualification_cost": 50, "qualification_periods": 1, "decision": "must"},
        {"design": "exp-m", "segment": "export"},
        {"design": "exp-f", "segment": "export", "decision": "never"},
    ],
    "design_materials": [
        {"design": "fan-m", "material": "NdFeB", "kg_per_unit": 1},
        {"design": "exp-m", "material": "NdFeB", "kg_per_unit": 2},
    ],
    "futures": [{"future": "calm", "probability": 0.5}, {"future": "freeze", "probability": 0.5}],
    "events": [
        {"event": "E1", "future": "freeze", "kind": "clearance", "scope": "licence", "target": "L", "from": B,
         "value": 0.5},
        {"event": "E2", "future": "freeze", "kind": "price", "scope": "country", "target": "Japan", "from": B,
         "value": 1.5},
    ],
    "limits": [
        {"limit": "china", "scope": "country", "target": "China", "max_share": 0.6},
        {"limit": "india", "scope": "supplier", "target": "IREL", "class": "heavy", "per": "year", "min_share": 0.03},
    ],
    "budgets": [{"year": "FY27", "max_spend": 4000}, {"year": "FY28", "max_spend": 1500}],
}  # fmt: skip

ROWS: dict[str, list[tuple[Any, ...]]] = {
    "now_decisions": [
        ("apply", "L", True, 0, 1000, 0, "", "", "EUC"),
        ("apply", "K", False, 0, 0, 0, "", "", ""),
        ("sign", "CN", True, 0, 500, 0, "Baotou", "NdFeB", "EUC"),
        ("sign", "CN2", False, 0, 0, 0, "Baotou", "NdFeB", ""),
        ("sign", "spot", True, 0, 0, 0, "Hitachi", "oxide", ""),
        ("keep", "AU", True, 40, 40, 0, "IREL", "oxide", ""),
    ],
    "applications": [
        (future, "L", "now", "EUC", A, B, False, None, None, None, 1000) for future in ("calm", "freeze")
    ],
    "orders": [
        (1, A, "CN", "Baotou", "China", "NdFeB", "L", "EUC", 30, 24.2, B, 0),
        (1, A, "JP", "Hitachi", "Japan", "NdFeB", "", "", 40, 30, A, 0),
        (1, A, "AU", "IREL", "India", "oxide", "", "", 40, 5, A, 0),
        (2, B, "JP", "Hitachi", "Japan", "NdFeB", "", "", 10, 30, B, 0),
        (3, B, "AU", "IREL", "India", "oxide", "", "", 10, 5, B, 0),
    ],
    "arrivals": [
        (1, A, "CN", "open order", "Baotou", "China", "NdFeB", "EUC", 20, 20, 0, 484, 0),
        (1, A, "JP", "order", "Hitachi", "Japan", "NdFeB", "", 40, 40, 0, 1200, 0),
        (1, A, "AU", "order", "IREL", "India", "oxide", "", 40, 40, 0, 200, 0),
        (2, B, "CN", "order", "Baotou", "China", "NdFeB", "EUC", 30, 30, 0, 726, 0),
        (2, B, "JP", "order", "Hitachi", "Japan", "NdFeB", "", 10, 10, 0, 300, 0),
        (3, B, "CN", "order", "Baotou", "China", "NdFeB", "EUC", 30, 15, 15, 363, 60),
        (3, B, "AU", "order", "IREL", "India", "oxide", "", 10, 10, 0, 50, 0),
    ],
    "stock": [
        (1, A, "NdFeB", "", 32, 32),
        (1, A, "oxide", "", 6, 3),
        (2, B, "NdFeB", "", 22, 22),
        (3, B, "NdFeB", "", 15, 15),
    ],
    "moves": [(1, A, "oxide", "EUC", 4)],
    "conversion": [
        (1, A, "sinter", "IREL", "India", "NdFeB", "", 15, 60),
        (1, A, "sinter", "IREL", "India", "NdFeB", "EUC", 2, 8),
        (2, B, "sinter", "IREL", "India", "NdFeB", "", 3, 12),
        (3, B, "sinter", "IREL", "India", "NdFeB", "", 8, 32),
    ],
    "expansion": [(1, A, "line", "conversion", "sinter", 1, 10, B, 100)],
    "qualification": [(1, A, "fan-f", "fan", B, 50)],
    "build": [
        (1, A, "fan", "fan-m", 35, 0, 0, 0),
        (1, A, "export", "exp-m", 10, 0, 0, 0),
        (2, B, "fan", "fan-m", 33, 0, 0, 0),
        (2, B, "fan", "fan-f", 12, 3, 24, 36),
        (2, B, "export", "exp-m", 10, 0, 0, 0),
        (3, B, "fan", "fan-m", 20, 0, 0, 0),
        (3, B, "fan", "fan-f", 20, 3, 40, 60),
        (3, B, "export", "exp-m", 10, 0, 0, 0),
    ],
    "eligible": [(1, A, "fan", "fan-f", 5)],
    "magnets": [
        (1, A, "fan", "fan-m", "NdFeB", "EUC", 22),
        (1, A, "fan", "fan-m", "NdFeB", "", 13),
        (1, A, "export", "exp-m", "NdFeB", "", 20),
        (2, B, "fan", "fan-m", "NdFeB", "EUC", 30),
        (2, B, "fan", "fan-m", "NdFeB", "", 3),
        (2, B, "export", "exp-m", "NdFeB", "", 20),
        (3, B, "fan", "fan-m", "NdFeB", "EUC", 15),
        (3, B, "fan", "fan-m", "NdFeB", "", 5),
        (3, B, "export", "exp-m", "NdFeB", "", 20),
    ],
    "shortage": [
        (1, A, "fan", 40, 35, 0, 5, 0, 25),
        (1, A, "export", 10, 10, 0, 0, 0, 0),
        (2, B, "fan", 40, 45, 0, 0, 0, 0),
        (2, B, "export", 10, 10, 0, 0, 0, 0),
        (3, B, "fan", 40, 40, 3, 2, 5000, 10),
        (3, B, "export", 10, 10, 0, 0, 0, 0),
    ],
    "costs": [
        *(
            (future, "FY27", kind, kind != "delay", amount, amount)
            for future in ("calm", "freeze")
            for kind, amount in {
                "application": 1000, "signing": 500, "reservation": 40, "purchase": 1884, "conversion": 68,
                "holding": 35, "qualification": 50, "expansion": 100, "delay": 25,
            }.items()
        ),
        ("calm", "FY28", "purchase", True, 1026, 820.8),
        ("calm", "FY28", "conversion", True, 12, 9.6),
        ("calm", "FY28", "holding", True, 22, 17.6),
        ("calm", "FY28", "design", True, 24, 19.2),
        ("calm", "FY28", "efficiency", False, 36, 28.8),
        ("calm", "FY28", "salvage", False, -110, -88),
        ("freeze", "FY28", "purchase", True, 413, 330.4),
        ("freeze", "FY28", "deposit", True, 60, 48),
        ("freeze", "FY28", "conversion", True, 32, 25.6),
        ("freeze", "FY28", "holding", True, 15, 12),
        ("freeze", "FY28", "design", True, 40, 32),
        ("freeze", "FY28", "efficiency", False, 60, 48),
        ("freeze", "FY28", "shortage", False, 5000, 4000),
        ("freeze", "FY28", "delay", False, 10, 8),
        ("freeze", "FY28", "salvage", False, -75, -60),
    ],
    "futures": [
        ("calm", 0.5, 4510, 1.0, A, 0, 0),
        ("freeze", 0.5, 8146, 0.95, A, 3, 2),
    ],
    "sourcing": [
        *(
            (future, *row)
            for future in ("calm", "freeze")
            for row in (
                ("FY27", "heavy", "China", 20, 20 / 77),
                ("FY27", "heavy", "Japan", 40, 40 / 77),
                ("FY27", "heavy", "India", 17, 17 / 77),
                ("FY27", "feedstock", "India", 40, 1.0),
            )
        ),
        ("calm", "FY28", "heavy", "China", 30, 30 / 43),
        ("calm", "FY28", "heavy", "Japan", 10, 10 / 43),
        ("calm", "FY28", "heavy", "India", 3, 3 / 43),
        ("freeze", "FY28", "heavy", "China", 15, 15 / 23),
        ("freeze", "FY28", "heavy", "India", 8, 8 / 23),
        ("freeze", "FY28", "feedstock", "India", 10, 1.0),
    ],
    "nodes": [(1, 1, A, None, 1.0), (2, 2, B, 1, 0.5), (3, 2, B, 1, 0.5)],
    "paths": [("calm", 1, A, 1), ("calm", 2, B, 2), ("freeze", 1, A, 1), ("freeze", 2, B, 3)],
}  # fmt: skip


def handmade_plan() -> Plan:
    """The plan of `SCENARIO` by hand; fresh tables each time."""
    return Plan(
        status="optimal",
        objective=7237.0,
        bound=7229.763,
        gap=0.001,
        expected_cost=6328.0,
        cvar=8146.0,
        decisions=Decisions(("L",), ("CN", "spot"), {"AU": 40.0}),
        tables={table.name: _frame(table.name) for table in PLAN_TABLES},
    )


def _frame(name: str) -> pd.DataFrame:
    return pd.DataFrame(ROWS.get(name, []), columns=PLAN_TABLE[name].names)

"""Optima that others have published or that have a closed form, in scenarios that say the same; sources are with each."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from planner.plan.outcome import cvar
from planner.plan.plan import Plan
from tests.scenarios import P1, near, plan, table

# --- CVaR --------------------------------------------------------------------------------------------


def test_cvar_of_four_losses() -> None:
    """By the definition of Rockafellar and Uryasev, 'Optimization of conditional value-at-risk', J. Risk 2 (2000).

    Of {10, 20, 30, 40}, equally likely, the worst 40 % are 40 with 25 % and 30 with 15 %:
    (0.25 · 40 + 0.15 · 30) / 0.4 = 36.25.
    """
    assert cvar(np.array([10.0, 20, 30, 40]), np.full(4, 0.25), 0.6) == pytest.approx(36.25)


def test_cvar_of_four_futures() -> None:
    """The same as a plan: 1 kg at 10 in each future, and the price 1, 2, 3 or 4 times that."""
    found = plan(
        (1,),
        settings={"risk_weight": 1, "risk_tail": 0.6},
        futures=[{"future": name, "probability": 0.25} for name in "abcd"],
        events=[{"future": name, "kind": "price", "value": n} for n, name in enumerate("abcd", start=1)],
    )
    assert found.tables["futures"]["cost"].tolist() == pytest.approx([10, 20, 30, 40])
    assert (found.objective, found.cvar, found.expected_cost) == pytest.approx((36.25, 36.25, 25))


# --- Wagner and Whitin -------------------------------------------------------------------------------

DEMAND = (69, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56)
SET_UP = (85, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114)
"""Months of the example in Wagner and Whitin, 'Dynamic version of the economic lot size model', Management Science
5 (1958), table 1: units asked for and the cost of a set-up; to hold a unit for a month costs 1. The least cost is 864."""

LOTS = {1: 98, 3: 97, 5: 121, 8: 112, 10: 67, 11: 135}
"""Their optimal lots by month."""


def lot_sizes(months: int = 12, **changes: Any) -> Plan:
    """The example: to sign an offer that can be ordered in one month only is a set-up in that month."""
    calendar = [f"{2026 + (3 + n) // 12}-{(3 + n) % 12 + 1:02d}" for n in range(months)]
    offers = [
        {"offer": f"{n}", "from": month, "until": month, "signing_fee": fee, "price_per_kg": 0}
        | {"max_kg_per_period": sum(DEMAND)}
        for n, month, fee in zip(range(1, months + 1), calendar, SET_UP, strict=False)
    ]
    return plan(
        DEMAND[:months],
        settings={"period_months": 1},
        materials={"holding_cost_per_kg": 1},
        offers=offers,
        **changes,
    )


LEAST = (85, 114, 186, 277, 348, 400, 469, 555, 600, 710, 789, 864)
"""The least cost of the first 1, 2, … 12 months: the row of minima of their table 2."""


def test_lot_sizes_of_wagner_and_whitin() -> None:
    found = lot_sizes()
    assert found.objective == near(864)
    assert {int(offer): kg for offer, kg in table(found, "orders", "offer", "kg")} == LOTS


@pytest.mark.parametrize("months", [3, 6, 9, 11])
def test_lot_sizes_of_the_first_months(months: int) -> None:
    assert lot_sizes(months).objective == near(LEAST[months - 1])


def test_minima_are_those_of_their_recursion() -> None:
    """F(t) = min over j of F(j − 1) + the set-up in j + what is held from j for the months up to t."""
    least = [0.0]
    for t in range(12):
        costs = [least[j] + SET_UP[j] + sum((n - j) * DEMAND[n] for n in range(j, t + 1)) for j in range(t + 1)]
        least.append(min(costs))
    assert tuple(least[1:]) == LEAST


# --- newsvendor --------------------------------------------------------------------------------------

SOLD = np.arange(1, 21)
"""Units that may be asked for, each of 1 … 20 as likely as the others."""


@pytest.mark.parametrize(("price", "scrap", "margin"), [(10, 4, 25), (10, 0, 15), (30, 12, 34), (10, 9, 200)])
def test_newsvendor_of_many_futures(price: float, scrap: float, margin: float) -> None:
    """The least q with F(q) ≥ (margin − price) / (margin − scrap): Arrow, Harris and Marschak, 'Optimal inventory
    policy', Econometrica 19 (1951); in the words of Porteus, 'Foundations of Stochastic Inventory Theory' (2002), 1.

    What is not sold is worth `scrap`, what is asked for in vain costs `margin`; ordered before it is known.
    """
    ratio = (margin - price) / (margin - scrap)
    best = math.ceil(ratio * len(SOLD) - 1e-9)
    left, short = np.maximum(best - SOLD, 0).mean(), np.maximum(SOLD - best, 0).mean()
    found = plan(
        (0, 1),
        settings={"salvage_share": 1},
        materials={"value_per_kg": scrap},
        offers={"price_per_kg": price, "until": P1},
        segments={"shortage_cost_per_unit": margin},
        futures=[{"future": f"{units} sold", "probability": 1 / len(SOLD)} for units in SOLD],
        events=[
            {"future": f"{units} sold", "kind": "demand", "from": "2026-07", "value": float(units)} for units in SOLD
        ],
    )
    assert found.objective == near(price * best - scrap * left + margin * short)
    ((ordered,),) = table(found, "orders", "kg")
    # Between two quantities of the same cost any is as good.
    assert best <= ordered + 1e-6 <= best + (1 if ratio * len(SOLD) == pytest.approx(best) else 0) + 2e-6


# --- capacitated facility choice ---------------------------------------------------------------------

ASKED = (15, 18, 14, 20)
CAPACITY = (20, 22, 17, 19, 18)
OPENING = (12000, 15000, 17000, 13000, 16000)
SHIPPING = (
    (4000, 2000, 3000, 2500, 4500),
    (2500, 2600, 3400, 3000, 4000),
    (1200, 1800, 2600, 4100, 3000),
    (2200, 2600, 3100, 3700, 3200),
)
"""Four warehouses and five plants: what each asks for, holds, costs to open, and costs to ship a unit from plant to
warehouse. The example 'facility' of Frontline Systems (solver.com/disfacility.htm), also in the documentation of
Gurobi (docs.gurobi.com, examples, facility): the optimum is 210500, with plant 3 closed."""


def facilities() -> Plan:
    """To sign a plant's offer opens it; a design builds a warehouse's unit from one plant, at the cost of shipping."""
    plants, warehouses = range(len(CAPACITY)), range(len(ASKED))
    ways = list(itertools.product(warehouses, plants))
    return plan(
        {f"W{w}": (ASKED[w],) for w in warehouses},
        settings={"period_months": 12},
        materials=[{"material": f"M{p}"} for p in plants],
        suppliers=[{"supplier": f"P{p}"} for p in plants],
        offers=[
            {
                "offer": f"O{p}",
                "supplier": f"P{p}",
                "material": f"M{p}",
                "price_per_kg": 0,
                "max_kg_per_period": CAPACITY[p],
                "signing_fee": OPENING[p],
            }
            for p in plants
        ],
        segments=[{"segment": f"W{w}", "shortage_cost_per_unit": 1e5, "min_service": 1} for w in warehouses],
        designs=[{"design": f"D{w}{p}", "segment": f"W{w}", "extra_cost_per_unit": SHIPPING[w][p]} for w, p in ways],
        design_materials=[{"design": f"D{w}{p}", "material": f"M{p}"} for w, p in ways],
    )


def test_facilities_to_open() -> None:
    found = facilities()
    assert found.objective == near(210_500)
    assert found.decisions.sign == ("O0", "O1", "O3", "O4")


def test_no_other_choice_of_facilities_is_better() -> None:
    """Each of the 31 choices as a transport problem of its own, solved by SciPy."""
    costs = {}
    for opened in itertools.product((0, 1), repeat=len(CAPACITY)):
        found = _transport(np.array(opened))
        if found is not None:
            costs[opened] = found
    assert min(costs.values()) == pytest.approx(210_500)
    assert min(costs, key=lambda opened: costs[opened]) == (1, 1, 0, 1, 1)


def _transport(opened: np.ndarray[Any, Any]) -> float | None:
    sends = np.kron(np.ones((1, len(ASKED))), np.eye(len(CAPACITY)))
    gets = np.kron(np.eye(len(ASKED)), np.ones((1, len(CAPACITY))))
    found = linprog(
        np.array(SHIPPING).ravel(), A_ub=sends, b_ub=np.array(CAPACITY) * opened, A_eq=gets, b_eq=np.array(ASKED)
    )
    return float(found.fun + opened @ np.array(OPENING)) if found.status == 0 else None

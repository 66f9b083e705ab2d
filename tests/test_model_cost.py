"""Each kind of cost, discounting and risk, in scenarios that are solved by hand.

Unless a test says otherwise 10 units are asked for, each takes 1 kg at 10, and costs 1000 if not built.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.plan.outcome import cvar
from planner.plan.tables import COST_KINDS
from tests.scenarios import (
    P1,
    P2,
    PLANT,
    TWO_FUTURES,
    Y2,
    YEARLY,
    by_kind,
    cost,
    near,
    plan,
    table,
)

DISCOUNT = YEARLY | {"discount_rate": 0.25}
"""A period of a year counts 0.8 of the one before."""

# --- kinds -------------------------------------------------------------------------------------------

KINDS: dict[str, tuple[tuple[float, ...], dict[str, Any], dict[str, float]]] = {
    "application": (
        (10,),
        {"licences": {"application_fee": 300}, "offers": {"licence": "L"}},
        {"application": 300, "purchase": 10 * 10},
    ),
    "signing": ((10,), {"offers": {"signing_fee": 50}}, {"signing": 50, "purchase": 10 * 10}),
    "reservation": ((10,), {"offers": {"reservation_fee_per_kg": 2}}, {"reservation": 10 * 2, "purchase": 10 * 10}),
    "ordering": ((10, 10), {"offers": {"order_fee": 7, "max_kg_per_period": 10}}, {"ordering": 2 * 7, "purchase": 200}),
    "purchase": ((10,), {}, {"purchase": 10 * 10}),
    "deposit": (
        (10,),
        {"licences": {"clearance": 0.8}, "offers": {"licence": "L", "deposit_share": 0.4}},
        {"purchase": 10 * 10, "deposit": 0.4 * 10 * 2.5},  # 12.5 kg are ordered
    ),
    "conversion": ((10,), PLANT, {"purchase": 20 * 2, "conversion": 10 * 3}),
    "holding": (
        (0, 0, 10),
        {"materials": {"holding_cost_per_kg": 1}, "offers": {"until": P1}},
        {"purchase": 10 * 10, "holding": 10 * 1 * 2},
    ),
    "design": ((10,), {"designs": {"extra_cost_per_unit": 7}}, {"purchase": 10 * 10, "design": 10 * 7}),
    "qualification": (
        (10,),
        {"designs": {"qualified": "no", "qualification_cost": 50}},
        {"purchase": 10 * 10, "qualification": 50},
    ),
    "expansion": (
        (10,),
        {"offers": {"max_kg_per_period": 0}, "expansions": {"step_kg_per_period": 5, "max_steps": 2}},
        {"purchase": 10 * 10, "expansion": 2 * 5},
    ),
    "efficiency": (
        (10,),
        {"designs": {"efficiency_loss_pp": 2}, "segments": {"efficiency_cost_per_pp": 3}},
        {"purchase": 10 * 10, "efficiency": 10 * 2 * 3},
    ),
    "shortage": ((10,), {"offers": {"max_kg_per_period": 4}}, {"purchase": 4 * 10, "shortage": 6 * 1000}),
    "delay": (
        (10, 0),
        {"offers": {"from": P2}, "segments": {"delay_cost_per_unit": 2}},
        {"purchase": 10 * 10, "delay": 10 * 2},
    ),
    "salvage": (
        (10,),
        {"offers": {"min_order_kg": 15}, "settings": {"salvage_share": 0.5}, "materials": {"value_per_kg": 8}},
        {"purchase": 15 * 10, "salvage": -0.5 * 8 * 5},
    ),
}
"""By kind: units asked for, a scenario in which it is borne, and its cost by kind."""


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_cost(kind: str) -> None:
    """The arithmetic stands beside each scenario; the kinds add up to the objective."""
    units, given, expected = KINDS[kind]
    found = plan(units, **given)
    assert by_kind(found) == near(expected)
    assert found.objective == near(sum(expected.values()))


def test_every_kind_of_cost_is_tried() -> None:
    assert set(KINDS) == set(COST_KINDS)
    assert all(kind in expected for kind, (_, _, expected) in KINDS.items())


def test_landed_price() -> None:
    """10 kg at (10 · 3 + 2) · 1.1 · 80: the price factor leaves freight alone, duty and rate take both: 28,160."""
    found = plan(
        currencies={},
        offers={"freight_per_kg": 2, "duty_rate": 0.1, "currency": "USD"},
        events={"kind": "price", "value": 3},
        segments={"shortage_cost_per_unit": 10_000},
    )
    assert found.objective == near(28_160)
    assert table(found, "orders", "landed_price_per_kg") == [(2816,)]


@pytest.mark.parametrize("currency", [None, "INR", "EUR"])
def test_base_currency_is_one(currency: str | None) -> None:
    """A blank currency is the base currency, which is INR unless reported otherwise: 10 · 10 = 100."""
    settings = {"currency": currency} if currency else {}
    assert cost(settings=settings, offers={"currency": currency}) == near(100)


def test_deposit_lost_is_of_the_price_alone() -> None:
    """0.2 of 12.5 kg are not released: 0.4 · (10 · 3) · 80 · 2.5 = 2400, without freight and duty."""
    found = plan(
        currencies={},
        licences={"clearance": 0.8},
        offers={"licence": "L", "deposit_share": 0.4, "currency": "USD", "freight_per_kg": 2, "duty_rate": 0.1},
        events={"kind": "price", "value": 3},
        segments={"shortage_cost_per_unit": 10_000},
    )
    assert by_kind(found) == near({"purchase": 10 * 32 * 1.1 * 80, "deposit": 2400})


@pytest.mark.parametrize(("window", "expected"), [({"from": P2}, 140), ({"until": P1}, 420)])
def test_price_is_that_of_the_order(window: dict[str, str], expected: float) -> None:
    """Ordered in period 1, 0.5 released in 2: 10 kg at 10 and 0.4 · 10 · 10 lost, times 3 if P1 is expensive: 140, 420."""
    found = cost(
        (0, 10),
        licences={"clearance": 0.5},
        offers={"licence": "L", "lead_periods": 1, "deposit_share": 0.4},
        events={"kind": "price", "value": 3} | window,
    )
    assert found == near(expected)


def test_open_orders_are_paid_at_a_price_factor_of_one() -> None:
    """Of 20 open kg 10 are released at (10 + 2) · 1.1 = 132; 0.4 · 10 · 10 = 40 of deposit is lost: 172."""
    found = plan(
        licences={"clearance": 0.5},
        offers={"licence": "L", "freight_per_kg": 2, "duty_rate": 0.1, "deposit_share": 0.4},
        open_orders={"kg": 20},
        events={"kind": "price", "value": 3},
    )
    assert by_kind(found) == near({"purchase": 132, "deposit": 40})


def test_no_deposit_is_lost_unless_said() -> None:
    """20 kg are ordered for the 10 that are released: 100."""
    assert cost(licences={"clearance": 0.5}, offers={"licence": "L"}) == near(100)


def test_what_still_waits_at_the_end_is_not_built() -> None:
    """6 units wait at no cost, or are lost, for 1000 each: 4 · 10 + 6 · 1000 = 6040."""
    found = plan(offers={"max_kg_per_period": 4}, segments={"delay_cost_per_unit": 0})
    assert found.objective == near(6040)
    assert by_kind(found)["shortage"] == near(6000)


def test_no_credit_for_stock_unless_said() -> None:
    """15 · 10: salvage_share is 0."""
    assert cost(offers={"min_order_kg": 15}, materials={"value_per_kg": 8}) == near(150)


def test_stock_is_credited_in_every_pool() -> None:
    """0.5 · 8 · (10 + 10) = 80 for what is left of 30 kg: −80."""
    found = cost(
        undertakings={},
        stock=[{"kg": 20}, {"undertaking": "U"}],
        settings={"salvage_share": 0.5},
        materials={"value_per_kg": 8},
    )
    assert found == near(-80)


# --- discounting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "expected"),
    [(1, 1.21 ** (-1 / 12)), (3, 1.21**-0.25), (None, 1.21**-0.25), (6, 1 / 1.1), (12, 1 / 1.21)],
)
def test_period_two_is_discounted_by_its_length(months: int | None, expected: float) -> None:
    """100 in period 2 count 100 · 1.21 ^ −(months / 12); three months unless reported otherwise."""
    settings = {"discount_rate": 0.21} | ({"period_months": months} if months else {})
    month = {1: "2026-05", 6: "2026-10", 12: Y2}.get(months or 3, P2)
    assert cost((0, 10), settings=settings, offers={"from": month}) == near(100 * expected)


def test_nothing_is_discounted_unless_said() -> None:
    """100 in period 2 are 100."""
    assert cost((0, 10), offers={"from": P2}) == near(100)


def test_now_and_period_one_are_not_discounted() -> None:
    """50 to sign + 100 in period 1, (10 · 10) · 0.8 in period 2: 230."""
    found = plan((10, 10), settings=DISCOUNT, offers={"signing_fee": 50}, materials={"max_stock_kg": 0})
    assert found.objective == near(230)
    assert by_kind(found, "amount") == near({"signing": 50, "purchase": 200})
    assert by_kind(found, "discounted") == near({"signing": 50, "purchase": 180})


def test_salvage_is_discounted_as_the_last_period() -> None:
    """15 · 10 in period 1, 5 kg left after period 2 at 0.5 · 8, times 0.8: 150 − 16 = 134."""
    found = cost(
        (10, 0),
        settings=DISCOUNT | {"salvage_share": 0.5},
        offers={"min_order_kg": 15},
        materials={"value_per_kg": 8},
    )
    assert found == near(134)


def test_every_cost_is_discounted_by_its_period() -> None:
    """Period 3 counts 0.64: holding 1 · 10 · (1 + 0.8), 100 in period 1, extra cost 7 · 10 · 0.64: 162.8."""
    found = cost(
        (0, 0, 10),
        settings=DISCOUNT,
        materials={"holding_cost_per_kg": 1},
        offers={"until": P1},
        designs={"extra_cost_per_unit": 7},
    )
    assert found == near(162.8)


# --- risk --------------------------------------------------------------------------------------------

FOUR = [{"future": name, "probability": 0.25} for name in "abcd"]
TENS = [{"future": name, "kind": "price", "value": factor} for factor, name in enumerate("abcd", start=1)]
"""One unit costs 10, 20, 30 or 40, alike probable."""


@pytest.mark.parametrize(
    ("weight", "tail", "expected"),
    [(0, 0.6, 25), (1, 0.6, 36.25), (0.5, 0.6, 30.625), (1, 0, 25), (1, 0.5, 35), (1, 0.75, 40), (1, None, 40)],
)
def test_cvar(weight: float, tail: float | None, expected: float) -> None:
    """The worst 0.4 of {10, 20, 30, 40} are 0.25 of 40 and 0.15 of 30: (10 + 4.5) / 0.4 = 36.25; the mean is 25.

    Half of each is 30.625. The worst half is 35, the worst quarter 40, and so is the worst tenth, which is what
    counts unless reported otherwise. With all weight on the tail, what other futures cost is not minimised.
    """
    settings = {"risk_weight": weight} | ({} if tail is None else {"risk_tail": tail})
    found = plan((1,), settings=settings, futures=FOUR, events=TENS)
    assert found.objective == near(expected)
    assert found.cvar == near(expected) if weight == 1 else found.expected_cost == near(25)


def test_cvar_is_said_without_a_weight_on_it() -> None:
    """The objective is the mean, 25; the CVaR of its plan at 0.6 is 36.25."""
    found = plan((1,), settings={"risk_tail": 0.6}, futures=FOUR, events=TENS)
    assert (found.objective, found.expected_cost, found.cvar) == near((25, 25, 36.25))
    assert table(found, "futures", "future", "probability", "cost") == [
        ("a", 0.25, 10),
        ("b", 0.25, 20),
        ("c", 0.25, 30),
        ("d", 0.25, 40),
    ]


def test_cvar_of_one_future_is_its_cost() -> None:
    """100."""
    found = plan(settings={"risk_weight": 0.5})
    assert (found.objective, found.expected_cost, found.cvar) == near((100, 100, 100))


@pytest.mark.parametrize(("weight", "signed", "expected"), [(0, "spot", 140), (0.05, "spot", 148), (1, "fixed", 150)])
def test_weight_on_risk_changes_the_plan(weight: float, signed: str, expected: float) -> None:
    """spot costs 100, with 0.2 of probability 300: mean 140, CVaR at 0.8 300. fixed costs 150.

    At a weight of 0.05 spot is 0.95 · 140 + 0.05 · 300 = 148, at 1 it is 300.
    """
    found = plan(
        settings={"risk_weight": weight, "risk_tail": 0.8},
        offers=[{"offer": "spot", "group": "G"}, {"offer": "fixed", "group": "G", "price_per_kg": 15}],
        futures=[{"probability": 0.8}, {"future": "b", "probability": 0.2}],
        events={"future": "b", "kind": "price", "scope": "offer", "target": "spot", "value": 3},
    )
    assert found.objective == near(expected)
    assert found.decisions.sign == (signed,)


def test_risk_is_of_the_discounted_cost_over_the_whole_future() -> None:
    """a: 100 + 0.8 · 300 = 340; b: 300 + 0.8 · 100 = 380; the CVaR at 0.9 is that of b."""
    found = plan(
        (10, 10),
        settings=DISCOUNT | {"risk_weight": 1},
        materials={"max_stock_kg": 0},
        futures=TWO_FUTURES,
        events=[
            {"future": "a", "kind": "price", "value": 3, "from": Y2},
            {"future": "b", "kind": "price", "value": 3, "until": P1},
        ],
    )
    assert (found.objective, found.expected_cost) == near((380, 360))


def test_cvar_of_costs() -> None:
    """The worst 0.4 of {10, 20, 30, 40} in whatever order: 36.25."""
    assert cvar(np.array([30.0, 10.0, 40.0, 20.0]), np.full(4, 0.25), 0.6) == near(36.25)

"""Limits on sourcing and budgets, each pushed against in a scenario that is solved by hand.

Unless a test says otherwise 10 units are asked for, each takes 1 kg, and costs 1000 if not built. M costs 10 from
China and, where Japan sells it, 20 from there.
"""

from __future__ import annotations

from typing import Any

import pytest

from planner.errors import Infeasible
from planner.plan.tables import CASH_KINDS, COST_KINDS
from tests.scenarios import P1, P2, P4, PLANT, TWO_FUTURES, TWO_SUPPLIERS, Y1, Y2, YEARLY, cost, near, plan, table

NO_STORE = {"max_stock_kg": 0}

# --- 12. limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limit",
    [
        {"max_share": 0.4},
        {"scope": "supplier", "target": "S", "max_share": 0.4},
        {"target": "Japan", "min_share": 0.6},
        {"scope": "supplier", "target": "T", "min_share": 0.6},
    ],
    ids=lambda limit: " ".join(map(str, limit.values())),
)
def test_share_of_a_country_or_supplier(limit: dict[str, Any]) -> None:
    """China at most 0.4, or Japan at least 0.6: 4 · 10 + 6 · 20 = 160."""
    found = plan(**TWO_SUPPLIERS, limits=limit)
    assert found.objective == near(160)
    assert table(found, "sourcing", "country", "share") == [("China", 0.4), ("Japan", 0.6)]


def test_limit_without_shares_limits_nothing() -> None:
    """At least 0 and at most 1: 100."""
    assert cost(**TWO_SUPPLIERS, limits={}) == near(100)


def test_share_of_nothing_bars_a_country() -> None:
    """All from Japan: 200."""
    assert cost(**TWO_SUPPLIERS, limits={"max_share": 0}) == near(200)


def test_no_arrivals_satisfy_any_share() -> None:
    """Only China sells, and may have half: nothing is bought, 10 · 1000 lost."""
    assert cost(limits={"max_share": 0.5}) == near(10_000)


SWITCH = {**TWO_SUPPLIERS, "offers": [{"from": Y2}, {"offer": "J", "supplier": "T", "price_per_kg": 20, "until": Y1}]}
"""Japan sells in the first year only, China in the second, and nothing can be stored."""


@pytest.mark.parametrize(("per", "expected"), [("horizon", 300), (None, 300), ("year", 20_000)])
def test_share_is_taken_over_the_horizon_or_each_year(per: str | None, expected: float) -> None:
    """Half of the horizon's 20 kg is from China: 200 + 100; each year it is none or all: 20 · 1000 lost."""
    limits = [{"per": per, "max_share": 0.5}, {"limit": "Y", "per": per, "target": "Japan", "max_share": 0.5}]
    assert cost((10, 10), **SWITCH, settings=YEARLY, materials=NO_STORE, limits=limits) == near(expected)


def test_years_are_financial_years() -> None:
    """China at most half of each year: October to March and April on are apart. 5 · 10 + 5 · 20, twice: 300.

    Over the horizon it would be China's 10 kg in the one and Japan's in the other: no more expensive, but not asked for.
    """
    limits = {"per": "year", "max_share": 0.5}
    settings = {"start": P4}
    found = plan((10, 10), **TWO_SUPPLIERS, settings=settings, materials=NO_STORE, limits=limits)
    assert found.objective == near(300)
    assert table(found, "sourcing", "year", "country", "kg") == [
        ("FY27", "China", 5),
        ("FY27", "Japan", 5),
        ("FY28", "China", 5),
        ("FY28", "Japan", 5),
    ]


@pytest.mark.parametrize(
    ("window", "expected"),
    [({"from": P2, "until": P2}, 400), ({"from": P2}, 500), ({"until": P2}, 500), ({}, 600)],
    ids=["from until", "from", "until", "horizon"],
)
@pytest.mark.parametrize("per", ["horizon", "year"])
def test_arrivals_outside_from_until_do_not_count(per: str, window: dict[str, str], expected: float) -> None:
    """Nothing from China, 10 kg at 20 instead of 10, in one, two or all of three periods."""
    limits = {"per": per, "max_share": 0} | window
    assert cost((10, 10, 10), **TWO_SUPPLIERS, materials=NO_STORE, limits=limits) == near(expected)


CHINESE_ORE: dict[str, Any] = {
    "materials": PLANT["materials"],
    "suppliers": TWO_SUPPLIERS["suppliers"],
    "offers": [{}, {"offer": "O2", "material": "ore", "price_per_kg": 2}],
    "conversions": {"supplier": "T", "cost_per_kg": 18},
    "conversion_inputs": {},
}
"""M costs 10 from China, and 20 from a plant in Japan, 2 of it for 1 kg of Chinese ore."""


@pytest.mark.parametrize(
    ("class_", "expected"),
    [(None, 160), ("heavy", 160), ("light", 100), ("feedstock", 100)],
)
def test_limit_counts_a_class(class_: str | None, expected: float) -> None:
    """Blank counts all but ore, as heavy does here: 4 · 10 + 6 · 20 = 160, and light none: 100.

    Of feedstock China may sell 0.4 of all, so none is bought, which the cheaper M does not need: 100.
    """
    assert cost(**CHINESE_ORE, limits={"class": class_, "max_share": 0.4}) == near(expected)


def test_limit_on_feedstock() -> None:
    """M is not sold, and ore by China alone, which may sell 0.4 of it: 10 · 1000 lost; without the limit 70."""
    assert cost(**PLANT, limits={"class": "feedstock", "max_share": 0.4}) == near(10_000)
    assert cost(**PLANT, limits={"class": "light", "max_share": 0.4}) == near(70)


def test_blank_class_counts_all_magnets_together() -> None:
    """20 kg in all, China half: 10 of light N at 1 from there, 10 of M from Japan at 20: 210; of each class 305."""
    given = {
        "materials": [{}, {"material": "N", "class": "light"}],
        "suppliers": TWO_SUPPLIERS["suppliers"],
        "offers": [
            {"offer": "CM"},
            {"offer": "JM", "supplier": "T", "price_per_kg": 20},
            {"offer": "CN", "material": "N", "price_per_kg": 1},
            {"offer": "JN", "material": "N", "supplier": "T", "price_per_kg": 30},
        ],
        "design_materials": [{}, {"material": "N"}],
    }
    each = [{"limit": name, "class": name, "max_share": 0.5} for name in ("heavy", "light")]
    assert cost(**given, limits={"max_share": 0.5}) == near(210)
    assert cost(**given, limits=each) == near(50 + 100 + 5 + 150)


def test_conversions_count_as_arrivals_of_their_plants_country() -> None:
    """Japan's plant may make 0.3 of all, and China's M is 30 kg expensive: 3 · 20 + 7 · 30 = 270."""
    offers = [{"price_per_kg": 30}, CHINESE_ORE["offers"][1]]
    assert cost(**CHINESE_ORE | {"offers": offers}, limits={"target": "Japan", "max_share": 0.3}) == near(270)


def test_open_orders_count() -> None:
    """4 open kg of China's 0.4 are all it may have: 4 · 10 + 6 · 20 = 160."""
    assert cost(**TWO_SUPPLIERS, open_orders={}, limits={"max_share": 0.4}) == near(160)


def test_open_orders_are_made_up_for() -> None:
    """6 open kg from China ask for 9 from Japan to be 0.4: 6 · 10 + 9 · 20 = 240, 5 kg more than needed."""
    assert cost(**TWO_SUPPLIERS, open_orders={"kg": 6}, limits={"max_share": 0.4}) == near(240)


def test_open_orders_above_a_limit_are_infeasible() -> None:
    """4 open kg from China are all that arrives, and it may have half."""
    with pytest.raises(Infeasible):
        cost(offers={"decision": "never"}, open_orders={}, limits={"max_share": 0.5})


def test_only_what_is_released_counts() -> None:
    """0.5 of China's 8 kg are its 0.4: 4 · 10 + 6 · 20 = 160."""
    china, japan = TWO_SUPPLIERS["offers"]
    found = plan(
        **TWO_SUPPLIERS | {"offers": [{**china, "licence": "L"}, japan]},
        licences={"clearance": 0.5},
        limits={"max_share": 0.4},
    )
    assert found.objective == near(160)
    assert table(found, "orders", "offer", "kg") == [("O", 8), ("J", 6)]


def test_opening_stock_is_no_arrival() -> None:
    """4 kg in stock; of the other 6 China may sell 0.5: 3 · 10 + 3 · 20 = 90."""
    assert cost(**TWO_SUPPLIERS, stock={"kg": 4}, limits={"max_share": 0.5}) == near(90)


def test_limits_hold_in_every_future() -> None:
    """Japan has 12 kg in a, none in b: 160 in a, and in b China's 0.4 of nothing, 10 · 1000 lost. Mean 5080."""
    found = cost(
        **TWO_SUPPLIERS,
        futures=TWO_FUTURES,
        events={"future": "b", "kind": "capacity", "scope": "offer", "target": "J", "value": 0},
        limits={"max_share": 0.4},
    )
    assert found == near(5080)


# --- 13. budgets -------------------------------------------------------------------------------------


def test_budget() -> None:
    """60 buy 6 kg: 60 + 4 · 1000 lost = 4060."""
    assert cost(budgets={"max_spend": 60}) == near(4060)


def test_budget_of_each_financial_year() -> None:
    """60 in FY27 buy 6 kg, 100 in FY28 all 10; a year without a budget has none: 60 + 4 · 1000 + 100."""
    found = cost((10, 10), settings=YEARLY, offers={}, materials=NO_STORE, budgets={"max_spend": 60})
    assert found == near(4160)


@pytest.mark.parametrize(
    ("month", "year", "expected"),
    [(None, "FY27", 14_060), (4, "FY27", 14_060), (1, "FY27", 4160), (1, "FY26", 4160), (7, "FY26", 4160)],
)
def test_financial_year_begins_in_its_month(month: int | None, year: str, expected: float) -> None:
    """20 kg, in April 2026 and January 2027; 60 buy 6 of the year's.

    From April on both are in FY27: 60 + 14 · 1000 lost. From January on they are in FY26 and FY27, from July on
    April 2026 ends FY26: in either 60 + 4 · 1000 + 100.
    """
    found = cost(
        (10, 0, 0, 10),
        settings={"year_start_month": month},
        materials=NO_STORE,
        budgets={"year": year, "max_spend": 60},
    )
    assert found == near(expected)


def test_budget_is_of_cash_as_paid_and_not_discounted() -> None:
    """80 buy 8 kg in period 2, whose costs count 0.8 at 25 % a year: 0.8 · (80 + 2 · 1000 lost) = 1664."""
    found = cost(
        (0, 10),
        settings=YEARLY | {"discount_rate": 0.25},
        offers={"from": Y2},
        budgets={"year": "FY28", "max_spend": 80},
    )
    assert found == near(1664)


def test_budget_holds_in_every_future() -> None:
    """60 are enough for 5 units in a, for 6 of 10 in b: 0.5 · 50 + 0.5 · (60 + 4 · 1000 lost) = 2055."""
    found = cost(
        budgets={"max_spend": 60},
        futures=TWO_FUTURES,
        events={"future": "a", "kind": "demand", "value": 0.5},
    )
    assert found == near(2055)


def test_now_costs_count_in_the_first_periods_year() -> None:
    """FY28's budget of 100 is not touched by 50 to sign; FY27's of 140 is: 50 + 9 · 10 + 1000 lost + 100."""
    given = {"settings": YEARLY, "offers": {"signing_fee": 50}, "materials": NO_STORE}
    budgets = [{"max_spend": 140}, {"year": "FY28", "max_spend": 100}]
    assert cost((10, 10), **given, budgets=budgets) == near(50 + 90 + 1000 + 100)


CASH: dict[str, tuple[dict[str, Any], float]] = {
    "application": ({"licences": {"application_fee": 61}, "offers": {"licence": "L", "price_per_kg": 0}}, 10_000),
    "signing": ({"offers": {"signing_fee": 61, "price_per_kg": 0}}, 10_000),
    "reservation": ({"offers": {"reservation_fee_per_kg": 10, "price_per_kg": 0}}, 4060),
    "purchase": ({}, 4060),
    "deposit": (
        {"licences": {"clearance": 0.5}, "offers": {"licence": "L", "deposit_share": 1, "price_per_kg": 10}},
        7060,
    ),
    "conversion": (
        PLANT | {"offers": {"material": "ore", "price_per_kg": 0}, "conversions": {"cost_per_kg": 10}},
        4060,
    ),
    "holding": ({"offers": {"price_per_kg": 0, "until": P1}, "materials": {"holding_cost_per_kg": 10}}, 4060),
    "design": ({"designs": {"extra_cost_per_unit": 10}, "design_materials": []}, 4060),
    "qualification": (
        {"designs": {"qualified": "no", "qualification_cost": 61}, "design_materials": []},
        10_000,
    ),
    "ordering": ({"offers": {"price_per_kg": 0, "order_fee": 61}}, 10_000),
    "expansion": (
        {"offers": {"price_per_kg": 0, "max_kg_per_period": 0}, "expansions": {"cost_per_step": 61}},
        10_000,
    ),
}
"""What a budget of 60 leaves of 10 units, where all cost is of one kind (for deposits 10 + 10 a kg)."""

NOT_CASH: dict[str, tuple[dict[str, Any], float]] = {
    "efficiency": (
        {
            "segments": {"efficiency_cost_per_pp": 5},
            "designs": {"efficiency_loss_pp": 2},
            "design_materials": [],
        },
        100,
    ),
    "shortage": ({"offers": {"decision": "never"}}, 10_000),
    "delay": ({"segments": {"delay_cost_per_unit": 7}, "offers": {"price_per_kg": 0, "from": P2}}, 70),
    "salvage": (
        {
            "settings": {"salvage_share": 1},
            "materials": {"value_per_kg": 1},
            "stock": {"kg": 110},
            "offers": {"max_kg_per_period": 10},
        },
        -100,
    ),
}
"""What 10 units cost with no budget at all, where all cost is of one kind."""


@pytest.mark.parametrize("kind", CASH)
def test_cash_counts_against_the_budget(kind: str) -> None:
    """10 a unit: 6 of them are 60, and 4 · 1000 lost; fees of 61 are not paid: 10 · 1000 lost.

    A deposit of 10 is lost for every kg that arrives at 10: 3 · 20 + 7 · 1000 lost. A unit held costs 10 a period:
    asked for in period 2, sold in 1.
    """
    given, expected = CASH[kind]
    units = (0, 10) if kind == "holding" else (10,)
    assert cost(units, **given, budgets={"max_spend": 60}) == near(expected)
    assert cost(units, **given, budgets={"max_spend": 10_000}) < expected


@pytest.mark.parametrize("kind", NOT_CASH)
def test_other_costs_do_not_count_against_the_budget(kind: str) -> None:
    """10 · 2 · 5 for efficiency, 10 · 1000 lost, 10 · 7 late, − 100 · 1 for stock left."""
    given, expected = NOT_CASH[kind]
    units = (10, 0) if kind == "delay" else (10,)
    assert cost(units, **given, budgets={"max_spend": 0}) == near(expected)


def test_every_kind_of_cost_is_tried_against_a_budget() -> None:
    assert set(CASH) == set(CASH_KINDS)
    assert set(NOT_CASH) == set(COST_KINDS) - set(CASH_KINDS)

"""Rules of supply, each pushed against in a scenario that is solved by hand: licences, orders, arrivals.

Unless a test says otherwise 10 units are asked for, each takes 1 kg at 10, and costs 1000 if not built.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios import P1, P2, P3, TWO_SUPPLIERS, Y1, YEARLY, cost, near, plan, table

# --- 1. licences, groups, decisions ------------------------------------------------------------------


def test_smallest_scenario() -> None:
    """10 · 10 = 100, and nothing to be decided now."""
    found = plan()
    assert found.objective == near(100)
    assert found.tables["now_decisions"].empty


def test_signing_needs_the_licence() -> None:
    """300 to apply + 10 · 10 = 400."""
    found = plan(licences={"application_fee": 300}, offers={"licence": "L"})
    assert found.objective == near(400)
    assert (found.decisions.apply, found.decisions.sign) == (("L",), ("O",))


def test_licence_is_not_applied_for_when_it_costs_more_than_it_saves() -> None:
    """10,001 to apply + 100 is more than 10 · 1000 lost = 10,000."""
    found = plan(licences={"application_fee": 10_001}, offers={"licence": "L"})
    assert found.objective == near(10_000)
    assert (found.decisions.apply, found.decisions.sign) == ((), ())


def test_one_application_serves_all_offers_of_a_licence() -> None:
    """300 to apply + 5 · 10 + 5 · 10 = 400."""
    offers = [{"licence": "L", "max_kg_per_period": 5}, {"offer": "O2", "licence": "L", "max_kg_per_period": 5}]
    assert cost(licences={"application_fee": 300}, offers=offers) == near(400)


def test_at_most_one_offer_of_a_group_is_signed() -> None:
    """Two offers of 5 kg each, one of which is signed: 5 · 10 + 5 · 1000 lost = 5050."""
    offers = [{"group": "G", "max_kg_per_period": 5}, {"offer": "O2", "group": "G", "max_kg_per_period": 5}]
    found = plan(offers=offers)
    assert found.objective == near(5050)
    assert len(found.decisions.sign) == 1


def test_groups_do_not_bind_each_other() -> None:
    """Two offers of 5 kg each, in two groups: 5 · 10 + 5 · 10 = 100."""
    offers = [{"group": "G", "max_kg_per_period": 5}, {"offer": "O2", "group": "H", "max_kg_per_period": 5}]
    assert cost(offers=offers) == near(100)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"licences": {"application_fee": 300, "decision": "must"}}, 400),
        ({"licences": {"decision": "never"}, "offers": {"licence": "L"}}, 10_000),
        ({"offers": {"price_per_kg": 2000, "signing_fee": 50, "decision": "must"}}, 10_050),
        ({"offers": {"decision": "never"}}, 10_000),
    ],
    ids=["licence must", "licence never", "offer must", "offer never"],
)
def test_fixed_decisions(given: dict[str, Any], expected: float) -> None:
    """must: 300 for a licence that no offer needs + 100, 50 for an offer too expensive to use + 10 · 1000 lost.

    never: 10 · 1000 lost.
    """
    assert cost(**given) == near(expected)


# --- 2. orders ---------------------------------------------------------------------------------------


def test_order_is_at_most_the_capacity() -> None:
    """4 · 10 + 6 · 1000 lost = 6040."""
    assert cost(offers={"max_kg_per_period": 4}) == near(6040)


def test_order_is_at_most_the_capacity_times_its_factor() -> None:
    """0.4 · 10 = 4 kg: 4 · 10 + 6 · 1000 lost = 6040."""
    event = {"kind": "capacity", "scope": "offer", "target": "O", "value": 0.4}
    assert cost(offers={"max_kg_per_period": 10}, events=event) == near(6040)


def test_nothing_is_ordered_that_is_not_signed() -> None:
    """Signing at 10,001 costs more than 10 · 1000 lost, though an expansion at 1 would give all 10 kg."""
    offers = {"signing_fee": 10_001, "max_kg_per_period": 0}
    found = plan(offers=offers, expansions={"cost_per_step": 1})
    assert found.objective == near(10_000)
    assert found.tables["orders"].empty


@pytest.mark.parametrize("window", [{"from": P2, "until": P2}, {"from": P2}, {"from": "2026-09"}])
def test_nothing_is_ordered_before_from(window: dict[str, str]) -> None:
    """Period 1: 10 · 1000 lost; period 2: 10 · 10. Together 10,100. Any month of a period names it."""
    assert cost((10, 10), offers=window) == near(10_100)


def test_nothing_is_ordered_after_until() -> None:
    """All 20 kg in period 1, 10 of them stored at 1 a kg: 200 + 10 = 210; in period 2 they would cost 200."""
    assert cost((10, 10), offers={"until": P1}, materials={"holding_cost_per_kg": 1}) == near(210)


# expansions


def test_expansion_adds_to_an_offers_capacity() -> None:
    """Two steps of 3 kg at 5 each make 4 kg 10: 2 · 5 + 10 · 10 = 110."""
    found = plan(offers={"max_kg_per_period": 4}, expansions={"step_kg_per_period": 3, "max_steps": 2})
    assert found.objective == near(110)
    assert table(found, "expansion", "expansion", "steps", "kg_per_period", "available") == [("E", 2, 6, P1)]


def test_expansion_has_one_step_unless_said_otherwise() -> None:
    """One step of 3 kg: 5 + 7 · 10 + 3 · 1000 lost = 3075."""
    assert cost(offers={"max_kg_per_period": 4}, expansions={"step_kg_per_period": 3}) == near(3075)


@pytest.mark.parametrize("when", [{"lead_periods": 1}, {"from": P2}], ids=["lead", "from"])
def test_expansion_comes_into_use_after_its_lead(when: dict[str, Any]) -> None:
    """Period 1: 4 · 10 + 6 · 1000 lost; period 2: 10 · 10; the step 5. Together 6145."""
    assert cost((10, 10), offers={"max_kg_per_period": 4}, expansions=when) == near(6145)


def test_steps_decided_in_several_periods_add_up() -> None:
    """Later is cheaper at 25 % a year: 5 + 7 · 10 in period 1, (5 + 10 · 10) · 0.8 in period 2: 159."""
    found = plan(
        (7, 10),
        settings=YEARLY | {"discount_rate": 0.25},
        offers={"max_kg_per_period": 4},
        expansions={"step_kg_per_period": 3, "max_steps": 2},
    )
    assert found.objective == near(159)
    assert table(found, "expansion", "node", "steps") == [(1, 1), (2, 1)]


def test_steps_count_along_the_path_and_not_by_period() -> None:
    """The one step is spent in period 1: 5 + 7 · 10; in period 2 7 of 13: (7 · 10 + 6 · 1000) · 0.8. 4931."""
    found = cost(
        (7, 13),
        settings=YEARLY | {"discount_rate": 0.25},
        offers={"max_kg_per_period": 4},
        expansions={"step_kg_per_period": 3, "max_steps": 1},
    )
    assert found == near(4931)


def test_expansion_is_decided_by_until() -> None:
    """The step that period 2 needs must be decided in 1: 4 · 10 + 5 + 7 · 10 · 0.8 = 101; in 2 it would cost 4."""
    found = cost(
        (4, 7),
        settings=YEARLY | {"discount_rate": 0.25},
        offers={"max_kg_per_period": 4},
        expansions={"step_kg_per_period": 3, "until": Y1},
    )
    assert found == near(101)


def test_factor_acts_on_what_expansions_add_too() -> None:
    """0.4 · (10 + 10) = 8 kg: 5 + 8 · 10 + 2 · 1000 lost = 2085."""
    event = {"kind": "capacity", "value": 0.4}
    assert cost(offers={"max_kg_per_period": 10}, expansions={}, events=event) == near(2085)


def test_expansion_never() -> None:
    """4 · 10 + 6 · 1000 lost = 6040, though a step at 5 would help."""
    assert cost(offers={"max_kg_per_period": 4}, expansions={"decision": "never"}) == near(6040)


# reservations


def test_orders_stay_within_what_is_kept_in_every_period() -> None:
    """10 kg/period kept at 2, for 10 and then 6 kg: 20 + 160 = 180."""
    found = plan((10, 6), offers={"reservation_fee_per_kg": 2})
    assert found.objective == near(180)
    assert found.decisions.keep == {"O": near(10)}


def test_no_more_is_kept_than_the_capacity() -> None:
    """4 kept at 2: 8 + 4 · 10 + 6 · 1000 lost = 6048."""
    assert cost(offers={"reservation_fee_per_kg": 2, "max_kg_per_period": 4}) == near(6048)


def test_factor_acts_on_what_is_kept() -> None:
    """20 are kept to have 0.5 · 20: 40 + 100 = 140."""
    event = {"kind": "capacity", "value": 0.5}
    assert cost(offers={"reservation_fee_per_kg": 2}, events=event) == near(140)


def test_nothing_is_kept_that_is_not_signed() -> None:
    """Signing at 10,001 costs more than 10 · 1000 lost."""
    found = plan(offers={"reservation_fee_per_kg": 2, "signing_fee": 10_001})
    assert found.objective == near(10_000)
    assert found.decisions.keep == {}


def test_expansion_needs_no_reservation() -> None:
    """6 kg by a step at 5, and the other 4 kept at 2: 5 + 8 + 100 = 113."""
    found = plan(offers={"reservation_fee_per_kg": 2}, expansions={"step_kg_per_period": 6})
    assert found.objective == near(113)
    assert found.decisions.keep == {"O": near(4)}


# minimum orders


def test_order_is_at_least_the_minimum() -> None:
    """15 · 10 = 150, 5 kg of which stay in stock."""
    found = plan(offers={"min_order_kg": 15})
    assert found.objective == near(150)
    assert table(found, "stock", "kg") == [(5,)]


def test_order_may_be_nothing() -> None:
    """At 12 a unit, 10 · 12 lost = 120 is less than 15 · 10 = 150."""
    assert cost(offers={"min_order_kg": 15}, segments={"shortage_cost_per_unit": 12}) == near(120)


def test_minimum_above_the_capacity_allows_no_order() -> None:
    """0.12 · 100 = 12 kg are fewer than 15: 10 · 1000 lost."""
    event = {"kind": "capacity", "value": 0.12}
    assert cost(offers={"min_order_kg": 15}, events=event) == near(10_000)


def test_minimum_can_be_reached_by_expansion() -> None:
    """A step at 5 makes 10 kg 20: 5 + 15 · 10 = 155."""
    assert cost(offers={"min_order_kg": 15, "max_kg_per_period": 10}, expansions={}) == near(155)


def test_minimum_and_signature() -> None:
    """50 to sign + 15 · 10 = 200."""
    found = plan(offers={"min_order_kg": 15, "signing_fee": 50})
    assert found.objective == near(200)
    assert found.decisions.sign == ("O",)


# commitments


def test_commitment_is_ordered_in_every_period() -> None:
    """12 kg in each of two periods, at 10: 240, where 20 kg would do."""
    assert cost((10, 10), offers={"commit_kg_per_period": 12}) == near(240)


def test_commitment_binds_only_once_signed() -> None:
    """12 · 10 = 120 is more than 10 · 5 lost = 50: not signed."""
    found = plan(offers={"commit_kg_per_period": 12}, segments={"shortage_cost_per_unit": 5})
    assert found.objective == near(50)
    assert found.decisions.sign == ()


def test_commitment_is_no_more_than_the_capacity_of_the_period() -> None:
    """min(12, 0.5 · 22) = 11 in period 2, after 12 in period 1: 23 · 10 = 230."""
    event = {"kind": "capacity", "value": 0.5, "from": P2}
    assert cost((10, 10), offers={"commit_kg_per_period": 12, "max_kg_per_period": 22}, events=event) == near(230)


def test_commitment_does_not_count_expansions() -> None:
    """min(30, 12) = 12, though a step could be had: 12 · 10 = 120."""
    assert cost(offers={"commit_kg_per_period": 30, "max_kg_per_period": 12}, expansions={}) == near(120)


def test_commitment_ends_when_orders_no_longer_arrive() -> None:
    """Lead 1 of 3 periods: 12 kg are ordered in periods 1 and 2, none in 3: 240."""
    found = plan((0, 10, 10), offers={"commit_kg_per_period": 12, "lead_periods": 1})
    assert found.objective == near(240)
    assert table(found, "orders", "month", "arrives", "kg") == [(P1, P2, 12), (P2, P3, 12)]


@pytest.mark.parametrize(("window", "expected"), [({"until": P1}, 200), ({"from": P2}, 10_120)], ids=["until", "from"])
def test_commitment_holds_from_until(window: dict[str, str], expected: float) -> None:
    """until period 1: 20 kg there, no more; from period 2: 10 · 1000 lost, then 12 kg: 10,120."""
    assert cost((10, 10), offers={"commit_kg_per_period": 12} | window) == near(expected)


# suppliers


@pytest.mark.parametrize("offers", [[{}], [{}, {"offer": "O2", "price_per_kg": 20}]], ids=["one offer", "two offers"])
def test_supplier_takes_no_more_than_it_can(offers: list[dict[str, Any]]) -> None:
    """6 kg over all its offers: 6 · 10 + 4 · 1000 lost = 4060."""
    assert cost(suppliers={"max_kg_per_period": 6}, offers=offers) == near(4060)


def test_supplier_does_not_bind_another() -> None:
    """4 kg from China at 10, 6 from Japan at 20: 160."""
    suppliers = [{"max_kg_per_period": 4}, {"supplier": "T", "country": "Japan"}]
    assert cost(suppliers=suppliers, offers=TWO_SUPPLIERS["offers"]) == near(160)


@pytest.mark.parametrize("scope", [{"scope": "supplier", "target": "S"}, {"scope": "country", "target": "China"}, {}])
def test_factor_acts_on_the_suppliers_capacity(scope: dict[str, str]) -> None:
    """0.5 · 12 = 6 kg, of offers that could give 0.5 · 8 each: 6 · 10 + 4 · 1000 lost = 4060."""
    offers = [{"max_kg_per_period": 8}, {"offer": "O2", "max_kg_per_period": 8}]
    event = {"kind": "capacity", "value": 0.5} | scope
    assert cost(suppliers={"max_kg_per_period": 12}, offers=offers, events=event) == near(4060)


def test_factor_of_an_offer_leaves_its_supplier_alone() -> None:
    """0.5 · 8 = 4 kg of O, 6 of O2, within the supplier's 12: 10 · 10 = 100."""
    offers = [{"max_kg_per_period": 8}, {"offer": "O2", "max_kg_per_period": 8}]
    event = {"kind": "capacity", "value": 0.5, "scope": "offer", "target": "O"}
    assert cost(suppliers={"max_kg_per_period": 12}, offers=offers, events=event) == near(100)


# --- 3. arrivals -------------------------------------------------------------------------------------


def test_order_arrives_after_its_lead() -> None:
    """Period 1: 10 · 1000 lost; ordered then, 10 kg arrive in period 2: 100."""
    found = plan((10, 10), offers={"lead_periods": 1})
    assert found.objective == near(10_100)
    assert table(found, "orders", "month", "arrives", "kg") == [(P1, P2, 10)]
    assert table(found, "arrivals", "month", "origin", "released_kg") == [(P2, "order", 10)]


def test_order_that_would_arrive_after_the_horizon_is_not_made() -> None:
    """20 · 1000 lost."""
    found = plan((10, 10), offers={"lead_periods": 2})
    assert found.objective == near(20_000)
    assert found.tables["orders"].empty


@pytest.mark.parametrize(
    ("window", "expected", "ordered"),
    [({"from": P2}, 4060, 12), ({"until": P1}, 100, 10)],
    ids=["low on arrival", "low on order"],
)
def test_clearance_is_that_of_the_arrival(window: dict[str, str], expected: float, ordered: float) -> None:
    """Of 12 kg ordered a period ahead 0.5 · 12 = 6 arrive: 60 + 4 · 1000 lost = 4060; of 10 all: 100."""
    found = plan(
        (0, 10),
        licences={},
        offers={"licence": "L", "lead_periods": 1, "max_kg_per_period": 12},
        events={"kind": "clearance", "value": 0.5} | window,
    )
    assert found.objective == near(expected)
    assert table(found, "orders", "kg") == [(ordered,)]


def test_what_is_not_released_never_arrives() -> None:
    """0.5 · 10 = 5 kg in period 1, 10 in period 2, of 20: 150 + 5 · 1000 lost = 5150."""
    event = {"kind": "clearance", "value": 0.5, "until": P1}
    found = plan((10, 10), licences={}, offers={"licence": "L", "max_kg_per_period": 10}, events=event)
    assert found.objective == near(5150)
    assert table(found, "arrivals", "month", "released_kg", "withheld_kg") == [(P1, 5, 5), (P2, 10, 0)]


def test_clearance_is_the_licences_where_no_event_says_otherwise() -> None:
    """0.25 · 20 = 5 kg: 50 + 5 · 1000 lost = 5050."""
    assert cost(licences={"clearance": 0.25}, offers={"licence": "L", "max_kg_per_period": 20}) == near(5050)


# open orders


def test_open_order_arrives_at_the_offers_price_whatever_its_factor() -> None:
    """4 open kg at 10 + 6 kg at 3 · 10: 220."""
    found = plan(open_orders={}, events={"kind": "price", "value": 3})
    assert found.objective == near(220)
    assert table(found, "arrivals", "origin", "released_kg", "purchase_cost") == [
        ("order", 6, 180),
        ("open order", 4, 40),
    ]


def test_open_order_arrives_when_it_says() -> None:
    """Nothing can be ordered: 4 kg in period 2 at 10, 10 + 6 units lost: 16,040."""
    offers = {"decision": "never"}
    assert cost((10, 10), offers=offers, open_orders={"period": P2}) == near(16_040)


@pytest.mark.parametrize("offer", [{"signing_fee": 10_001}, {"decision": "never"}], ids=["unsigned", "never"])
def test_open_order_arrives_whether_its_offer_is_signed_or_not(offer: dict[str, Any]) -> None:
    """4 · 10 + 6 · 1000 lost = 6040."""
    found = plan(offers=offer, open_orders={})
    assert found.objective == near(6040)
    assert found.decisions.sign == ()


def test_open_order_is_released_by_its_licence_even_if_not_applied_for() -> None:
    """0.5 · 4 = 2 kg at 10, 8 · 1000 lost: 8020."""
    licence = {"application_fee": 10_001, "clearance": 0.5}
    found = plan(licences=licence, offers={"licence": "L"}, open_orders={})
    assert found.objective == near(8020)
    assert table(found, "arrivals", "ordered_kg", "released_kg", "withheld_kg") == [(4, 2, 2)]

"""Licences that wait, decisions later than now and the position at the start, solved by hand.

The smallest scenario asks for 10 units a period, of 1 kg each at 10 a kg; a unit not built costs 1000.
"""

from __future__ import annotations

from typing import Any

import pytest

from planner.errors import Infeasible
from planner.plan.plan import Later
from tests.scenarios import P1, P2, P3, P4, TWO_FUTURES, TWO_SUPPLIERS, YEARLY, cost, near, plan, table

WAITS: dict[str, Any] = {"unreleased": "waits"}
UNDER: dict[str, Any] = {"licence": "L"}
LATE: dict[str, Any] = {"delay_cost_per_unit": 2}
"""Units may wait at 2 a period."""


def frozen(until: str | None = None, future: str = "*") -> dict[str, Any]:
    """Nothing is cleared up to a period."""
    return {"kind": "clearance", "future": future, "value": 0, "until": until}


# --- what waits ---------------------------------------------------------------------------------------


def test_half_is_released_a_period_and_the_rest_waits() -> None:
    """Clearance ½ and a deposit of 0.4: 20 kg are ordered in period 1, 10 released then, 5 in period 2, 5 wait.

    Period 1: deposit 0.4 · 10 · (20 − 10) = 40, landed 100. Period 2 asks for 5: release 5: landed 50, deposit − 20.
    The 5 kg left cost their deposit, 0.4 · 10 · 5 = 20, which is what 40 − 20 leaves: 40 + 100 + 50 − 20 = 170.
    """
    found = plan(
        (10, 5),
        licences=WAITS | {"clearance": 0.5},
        offers=UNDER | {"deposit_share": 0.4, "until": P1},
    )
    assert found.objective == near(170)
    assert table(found, "waiting", "month", "due_kg", "released_kg", "held_kg", "advance") == [
        (P1, 20, 10, 10, 40),
        (P2, 0, 5, 5, -20),
    ]
    assert table(found, "arrivals", "origin", "released_kg") == [("release", 10), ("release", 5)]


def test_what_is_lost_is_bought_again() -> None:
    """The same with a licence that loses: 20 + 10 kg ordered, 10 + 5 arrive at 10, and 15 lose 0.4 · 10: 210."""
    found = cost((10, 5), licences={"clearance": 0.5}, offers=UNDER | {"deposit_share": 0.4})
    assert found == near(15 * 10 + 15 * 4)


def test_what_waits_costs_storage() -> None:
    """10 kg ordered in period 1 are held in it at 1 a kg and released in period 2: 10 + 100; units wait at 2: 20."""
    found = cost(
        (10, 0),
        materials={"holding_cost_per_kg": 1},
        licences=WAITS,
        offers=UNDER | {"until": P1},
        events=frozen(P1),
        segments=LATE,
    )
    assert found == near(10 + 100 + 20)


def test_nothing_is_gained_by_padding_orders() -> None:
    """At clearance ½ and a normal 10 kg a period at most 5 kg are released, however much is ordered: 5 · 1000 lost."""
    licence = WAITS | {"clearance": 0.5}
    assert cost(licences=licence, offers=UNDER) == near(100)  # 20 kg ordered, 10 of them released
    found = plan(licences=licence | {"normal_kg_per_period": 10}, offers=UNDER)
    assert found.objective == near(5 * 10 + 5 * 1000)


def test_a_deposit_that_still_waits_at_the_end() -> None:
    """An order of 10 kg is fixed in a freeze: its deposit of 0.3 · 10 · 10 = 30 is paid, half of it salvaged."""
    found = cost(
        (0,),
        settings={"salvage_share": 0.5},
        licences=WAITS,
        offers=UNDER | {"deposit_share": 0.3},
        fixed_orders={"kg": 10},
        events=frozen(),
    )
    assert found == near(30 - 15)


def test_take_or_pay_under_a_freeze() -> None:
    """10 kg fixed are due in period 1 and paid then: 100. Released in period 2, freight 1 and duty 0.1 of 11 are due:
    10 · (1 + 1.1) = 21; the units wait at 2: 20.
    """
    offer = UNDER | {"take_or_pay": "yes", "freight_per_kg": 1, "duty_rate": 0.1, "deposit_share": 0.4, "until": P1}
    found = plan((10, 0), licences=WAITS, offers=offer, fixed_orders={"kg": 10}, events=frozen(P1), segments=LATE)
    assert found.objective == near(100 + 21 + 20)
    assert table(found, "waiting", "month", "advance") == [(P1, 100), (P2, 0)]


def test_a_firm_order_is_taken_when_it_comes() -> None:
    """In future b nothing is asked for in period 2, but the firm order of 10 kg is released and paid: 100 in both."""
    demand = {"kind": "demand", "future": "b", "value": 0, "from": P2}
    given: dict[str, Any] = {
        "futures": TWO_FUTURES,
        "licences": WAITS | {"per_order": "yes"},
        "events": [demand | {"scope": "all"}, frozen(P1)],
    }
    offer = UNDER | {"until": P1, "lead_periods": 1}
    assert cost((0, 10), **given, offers=offer) == near(0.5 * 100)
    assert cost((0, 10), **given, offers=offer | {"firm": "yes"}) == near(100)


def test_a_granted_order_comes_whatever_the_clearance() -> None:
    """4 kg are granted and come in a freeze, less their deposit of 0.5: 4 · 5 + 6 · 1000; not granted they wait."""
    given: dict[str, Any] = {"licences": WAITS, "offers": UNDER | {"deposit_share": 0.5}, "events": frozen()}
    assert cost(**given, open_orders={"kg": 4, "cleared": "yes"}) == near(4 * 5 + 6 * 1000)
    assert cost(**given, open_orders={"kg": 4}) == near(10_000)


# --- applications -------------------------------------------------------------------------------------


def test_processing_takes_its_time() -> None:
    """Applied for now at 7, in force from period 2 on: period 1 waits at 2 a unit, then 20 kg: 7 + 20 + 200."""
    licence = WAITS | {"processing_periods": 1, "application_fee": 7}
    assert cost((10, 10), licences=licence, offers=UNDER, segments=LATE) == near(7 + 20 + 200)


def test_an_application_an_order() -> None:
    """Lead 0 but processing 1: the order of period 1 arrives in 2; each order placed costs its application of 7.

    Periods 2 and 3 need 10 each: one order of 20 in period 1 and holding 1 · 10, against two applications of 7.
    """
    licence = WAITS | {"per_order": "yes", "processing_periods": 1, "application_fee": 7}
    found = plan((0, 10, 10), materials={"holding_cost_per_kg": 1}, licences=licence, offers=UNDER)
    assert found.objective == near(200 + 2 * 7)
    assert table(found, "orders", "month", "arrives", "kg", "order_fee") == [(P1, P2, 10, 7), (P2, P3, 10, 7)]
    assert found.decisions.apply == ()


def test_an_application_an_order_names_what_its_form_asks() -> None:
    """10 kg at 10, and 10 kg at 1.5 · 10 as prices rise, both for the one product line and its design."""
    licence = WAITS | {"per_order": "yes", "undertaking": "EUC"}
    dearer = {"kind": "price", "scope": "all", "value": 1.5, "from": P2}
    found = plan(
        (10, 10), licences=licence, undertakings={"undertaking": "EUC"}, offers=UNDER | {"max_kg_per_period": 10},
        events=dearer,
    )  # fmt: skip
    wanted = ("month", "undertaking", "kg", "price_per_kg", "end_users", "models")
    segment, design = found.tables["magnets"][["segment", "design"]].iloc[0]
    rows = table(found, "filings", *wanted)
    assert rows == [(P1, "EUC", 10, 10, segment, design), (P2, "EUC", 10, 15, segment, design)]


def test_what_lapses_is_gone_and_is_applied_for_again() -> None:
    """Valid for 2 periods: 4 periods need two applications at 7, or 20 units of the last two are lost."""
    licence = WAITS | {"valid_periods": 2, "application_fee": 7}
    assert cost((10, 10, 10, 10), licences=licence, offers=UNDER | {"max_kg_per_period": 10}) == near(
        7 + 200 + 20 * 1000
    )
    found = plan((10, 10, 10, 10), licences=licence | {"apply_until": P4}, offers=UNDER | {"max_kg_per_period": 10})
    assert found.objective == near(2 * 7 + 400)
    rows = table(found, "applications", "in_force", "until", "lapses")
    assert rows == [(P1, P2, True), (P3, P4, False)]


def test_a_quantity_per_application() -> None:
    """An application covers 15 kg: the second period has 5 kg left of it, and a second application costs less than
    5 · 1000 lost.
    """
    licence = WAITS | {"max_kg_per_application": 15, "application_fee": 7}
    assert cost((10, 10), licences=licence, offers=UNDER) == near(7 + 150 + 5 * 1000)
    found = plan((10, 10), licences=licence | {"apply_until": P2}, offers=UNDER)
    assert found.objective == near(14 + 200)
    assert sum(row[0] for row in table(found, "applications", "unused_kg")) == near(10)


def test_open_applications_cover_what_they_still_may() -> None:
    """One of before covers 6 kg until period 1: 4 · 1000 lost there and 10 · 1000 in period 2; a new one is never."""
    found = plan(
        (10, 10),
        licences=WAITS | {"decision": "never"},
        offers=UNDER,
        open_applications={"kg": 6, "until": P1},
    )
    assert found.objective == near(60 + 14 * 1000)
    assert table(found, "released_under", "application", "kg") == [("A", 6)]


def test_wait_and_see() -> None:
    """Licences come in future a alone, seen in period 1: applied for and signed only there: 0.5 · (7 + 5 + 100) +
    0.5 · 10,000.
    """
    found = plan(
        (10,),
        futures=TWO_FUTURES,
        licences=WAITS | {"apply_from": P1, "application_fee": 7},
        offers=UNDER | {"signing_fee": 5},
        events=frozen(future="b"),
    )
    assert found.objective == near(0.5 * 112 + 0.5 * 10_000)
    assert found.decisions.apply == found.decisions.sign == ()
    assert found.decisions.later == (Later("apply", "L", P1, ("a",)), Later("sign", "O", P1, ("a",)))


def test_now_and_the_first_period_are_one_moment() -> None:
    """15 kg an application: a second one at the same moment is not to be had, so that 5 of 20 units are lost."""
    licence = WAITS | {"max_kg_per_application": 15, "apply_until": P1}
    assert cost((20,), licences=licence, offers=UNDER) == near(150 + 5 * 1000)


# --- orders -------------------------------------------------------------------------------------------


def test_a_fixed_order_is_ordered_in_every_future() -> None:
    """15 kg are fixed, 10 asked for; a least order of 20 does not bind it: 150."""
    assert cost(offers={"min_order_kg": 20}, fixed_orders={"kg": 15}) == near(150)


def test_a_fixed_order_reaches_as_far_as_the_capacity() -> None:
    """30 kg are fixed, f · (10 + 10 of a step under way) = 10 can be delivered: 100."""
    found = cost(
        offers={"max_kg_per_period": 10},
        expansions={},
        open_expansions={},
        fixed_orders={"kg": 30},
        events={"kind": "capacity", "scope": "offer", "target": "O", "value": 0.5},
    )
    assert found == near(100)


def test_a_supplier_who_cannot_deliver_lets_off() -> None:
    """He takes 9 kg of 6 + 12 promised by two offers that must be signed: half of each, 3 + 6, and 1 · 1000 lost."""
    offers = [
        {"commit_kg_per_period": 6, "decision": "must"},
        {"offer": "O2", "commit_kg_per_period": 12, "decision": "must"},
    ]
    found = plan(suppliers={"max_kg_per_period": 9}, offers=offers)
    assert found.objective == near(90 + 1000)
    assert table(found, "orders", "offer", "kg") == [("O", 3), ("O2", 6)]


def test_a_limit_in_kg() -> None:
    """Of a quota of 8 kg in the running year 5 came before: 3 · 10 + 7 · 20 from Japan; at least 4 of it: 4, and 6."""
    given: dict[str, Any] = TWO_SUPPLIERS
    quota = {"max_kg": 8, "before_kg": 5}
    assert cost(**given, limits=quota) == near(3 * 10 + 7 * 20)
    assert cost(**given, limits={"target": "Japan", "min_kg": 6, "before_kg": 2}) == near(6 * 10 + 4 * 20)
    cut_off = {"target": "Japan", "min_kg": 6, "per": "year"}
    assert cost(**given, limits=cut_off) == near(100)  # the horizon ends in June, the year in March


def test_a_panel_of_one_supplier() -> None:
    """Each can give 6 kg; of one alone 4 units are lost: 60 + 4000, of both 6 · 10 + 4 · 20."""
    offers = [row | {"max_kg_per_period": 6} for row in TWO_SUPPLIERS["offers"]]
    given: dict[str, Any] = TWO_SUPPLIERS | {"offers": offers}
    assert cost(**given) == near(140)
    found = plan(**given, panels={"max_suppliers": 1})
    assert found.objective == near(60 + 4000)
    assert found.decisions.used == {"P": ("S",)}


def test_a_panel_on_average_over_the_futures() -> None:
    """Two suppliers with 0.3 each. Japan sells in future b alone (probability ½): 10 kg arrive in either future, so that
    0.3 · 10 = 3 on average are 6 in b: 0.5 · 100 + 0.5 · (4 · 10 + 6 · 20).
    """
    found = cost(
        **TWO_SUPPLIERS,
        futures=TWO_FUTURES,
        events={"kind": "capacity", "scope": "country", "target": "Japan", "future": "a", "value": 0},
        panels={"min_suppliers": 2, "min_share_each": 0.3},
    )
    assert found == near(0.5 * 100 + 0.5 * (40 + 120))


def test_an_assembly_counts_in_no_limit_of_magnets() -> None:
    """Bought-in motors at 30 a piece serve half of the units: China may have half of all magnets, the motors no matter."""
    found = cost(
        materials=[{}, {"material": "motor", "class": "assembly"}],
        suppliers=TWO_SUPPLIERS["suppliers"],
        offers=[{"max_kg_per_period": 5}, {"offer": "X", "material": "motor", "price_per_kg": 30}],
        designs=[{}, {"design": "B"}],
        design_materials=[{}, {"design": "B", "material": "motor"}],
        limits={"max_share": 0.5, "target": "Japan"},
    )
    assert found == near(5 * 10 + 5 * 30)


# --- what is asked for --------------------------------------------------------------------------------


def test_an_undertaking_for_named_segments() -> None:
    """What is bought under it may serve the bus alone: 10 · 10, and the 10 fans are lost."""
    found = cost(
        {"bus": (10,), "fan": (10,)},
        segments=[{}, {"segment": "fan"}],
        designs=[{}, {"design": "F", "segment": "fan"}],
        design_materials=[{}, {"design": "F"}],
        undertakings={"only_segments": "bus"},
        offers={"undertaking": "U"},
    )
    assert found == near(100 + 10_000)


def test_a_promise_by_period() -> None:
    """A unit lost costs 5, less than its magnet: but 0.6 · 10 = 6 are promised: 6 · 10 + 4 · 5."""
    given: dict[str, Any] = {"segments": {"shortage_cost_per_unit": 5}}
    assert cost(**given) == near(50)
    assert cost(**given, promises={"share": 0.6}) == near(80)


def test_a_promise_that_cannot_be_kept() -> None:
    with pytest.raises(Infeasible):
        plan(offers={"max_kg_per_period": 4}, promises={"share": 0.6})


def test_a_ban_on_a_design_from_a_date() -> None:
    """From period 2 on the free design is barred: 10 units of magnets: 100."""
    found = cost(
        (10, 10),
        designs=[{}, {"design": "F"}],
        events={"kind": "capacity", "scope": "design", "target": "F", "value": 0, "from": P2},
    )
    assert found == near(100)


def test_a_budget_of_a_single_period() -> None:
    """60 may be spent in period 2: 6 units there, unless they are bought in period 1 and stored for nothing."""
    found = cost((10, 10), materials={"max_stock_kg": 0}, budgets={"year": P2, "max_spend": 60})
    assert found == near(160 + 4 * 1000)
    assert cost((10, 10), budgets={"year": P2, "max_spend": 60}) == near(200)


# --- the position at the start ------------------------------------------------------------------------


def test_what_is_signed_needs_neither_fee_nor_application() -> None:
    """Signed before: 100; its commitment of 12 binds all the same: 120."""
    given: dict[str, Any] = {"licences": {"decision": "never"}}
    assert cost(**given, offers=UNDER | {"signing_fee": 50, "signed": "yes"}) == near(100)
    assert cost(**given, offers=UNDER | {"signed": "yes", "commit_kg_per_period": 12}) == near(120)


def test_kept_capacity_costs_nothing_more() -> None:
    """4 kg a period are kept, 6 more cost 2 each now: 12 + 100."""
    offer = {"reservation_fee_per_kg": 2, "signed": "yes", "kept_kg": 4}
    assert cost(offers=offer) == near(12 + 100)


def test_steps_under_way_count_towards_all_steps() -> None:
    """One of at most one step is under way from period 2 on: 4 + 14 kg can be had, and no step is bought at 5."""
    found = cost((4, 14), offers={"max_kg_per_period": 4}, expansions={}, open_expansions={"period": P2})
    assert found == near(180)


def test_a_design_under_way_is_qualified_from_its_month() -> None:
    """From period 2 on without a cost; for period 1 it would cost 50, and 10 · 1000 are lost otherwise."""
    design = {"qualified": "no", "qualification_cost": 50, "qualified_from": P2}
    assert cost((0, 10), designs=design) == near(100)
    assert cost((10, 10), designs=design) == near(50 + 200)


def test_a_backlog_and_who_of_it_may_have_the_substitute() -> None:
    """8 units wait, 3 of them for the design with a share of 0.5, and 10 are asked for: 3 + 5 are built, 10 lost."""
    given: dict[str, Any] = {"segments": LATE | {"backlog_units": 8}}
    assert cost(**given, designs={"max_share": 0.5, "eligible_units": 3}) == near(80 + 10 * 1000)
    assert cost(**given, designs={"max_share": 0.5}) == near(90 + 9 * 1000)  # half of the 8
    assert cost(**given) == near(180)


def test_service_so_far_counts() -> None:
    """A unit lost costs 5. 0.75 of 10 + 30 must be built, and 8 of the 30 were lost before: 2 more may be: 80 + 10."""
    segment = {"shortage_cost_per_unit": 5, "min_service": 0.75, "before_units": 30, "before_lost_units": 8}
    assert cost(segments=segment) == near(8 * 10 + 2 * 5)


def test_shares_count_what_arrived_before() -> None:
    """China may have half: 10 of 10 kg came from there before, 10 more arrive: (10 + x) / 20 ≤ ½: all from Japan."""
    limit = {"max_share": 0.5, "before_kg": 10, "before_all_kg": 10}
    assert cost(**TWO_SUPPLIERS, limits=limit) == near(200)


def test_years_stand_for_themselves() -> None:
    """Of a yearly quota of 8 kg, 5 came before in the running year alone: 3 and 8 kg from China."""
    limit = {"per": "year", "max_kg": 8, "before_kg": 5}
    given: dict[str, Any] = TWO_SUPPLIERS | {"settings": YEARLY, "materials": {"max_stock_kg": 0}}
    assert cost((10, 10), **given, limits=limit) == near(3 * 10 + 7 * 20 + 8 * 10 + 2 * 20)

"""Events, futures and the tree, in scenarios that are solved by hand.

Unless a test says otherwise 10 units are asked for, each takes 1 kg at 10, and costs 1000 if not built.
"""

from __future__ import annotations

from typing import Any

import pytest

from planner.plan.plan import Plan
from planner.scenario.tables import EVENT_SCOPES_BY_KIND, tables
from tests.scenarios import P1, P2, P3, TWO_FUTURES, Y2, YEARLY, cost, near, plan, table

# --- kinds and scopes --------------------------------------------------------------------------------

TWINS: dict[str, Any] = {
    "units": {"bus": (10,), "fan": (10,)},
    "segments": [{"sector": "road"}, {"segment": "fan", "sector": "home", "market": "US"}],
    "designs": [{}, {"design": "F", "segment": "fan"}],
    "materials": [{}, {"material": "N", "class": "light"}],
    "design_materials": [{}, {"design": "F", "material": "N"}],
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "licences": [{}, {"licence": "K"}],
    "offers": [
        {"licence": "L", "max_kg_per_period": 20},
        {"offer": "J", "supplier": "T", "material": "N", "licence": "K", "max_kg_per_period": 20},
    ],
}
"""Two segments, each with all its own: 10 units each, at 10 kg each, of the 20 kg that each supplier has: 200."""

TARGETS = {
    "licence": "L", "country": "China", "supplier": "S", "offer": "O", "material": "M",
    "design": "D", "sector": "road", "market": "India", "segment": "bus", "all": None,
}  # fmt: skip
"""What an event of each scope names to act on the first twin alone; `all` acts on both."""

VALUE = {"clearance": 0.25, "price": 2, "capacity": 0.25, "demand": 2}
HIT = {"clearance": 5050, "price": 200, "capacity": 5050, "demand": 200}
"""What a twin then costs: 0.25 · 20 = 5 kg and 5 · 1000 lost, 10 · 20, or 20 · 10."""
BARRED = 7525
"""What it costs with its design barred for all but a quarter of its demand: 2.5 · 10 + 7.5 · 1000 lost."""

SCOPES = [(kind, scope) for kind, scopes in EVENT_SCOPES_BY_KIND.items() for scope in scopes if scope != "conversion"]


@pytest.mark.parametrize(("kind", "scope"), SCOPES)
def test_event_acts_on_what_it_names(kind: str, scope: str) -> None:
    """The twin that is not named costs 10 · 10 = 100."""
    event = {"kind": kind, "scope": scope, "target": TARGETS[scope], "value": VALUE[kind]}
    hit = BARRED if scope == "design" else HIT[kind]
    assert cost(**TWINS, events=event) == near(hit * (2 if scope == "all" else 1) + (scope != "all") * 100)


CONVERSIONS: dict[str, Any] = {
    "materials": [{}, {"material": "ore", "class": "feedstock"}],
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "offers": [],
    "stock": {"material": "ore", "kg": 100},
    "conversions": [
        {"max_kg_per_period": 8, "cost_per_kg": 1},
        {"conversion": "C2", "supplier": "T", "max_kg_per_period": 8, "cost_per_kg": 1},
    ],
    "conversion_inputs": [{}, {"conversion": "C2"}],
}
"""Two plants that make up to 8 kg each, for 1 a kg."""


@pytest.mark.parametrize(
    ("scope", "target", "expected"),
    [
        ("conversion", "C", 10),
        ("supplier", "S", 10),
        ("country", "China", 10),
        ("all", None, 6004),
        ("offer", "O", 10),
    ],
)
def test_capacity_of_conversions(scope: str, target: str | None, expected: float) -> None:
    """0.25 · 8 = 2 kg of the one and 8 of the other are 10: 10; 2 and 2 are 4: 4 + 6 · 1000 lost.

    An offer's capacity is no plant's.
    """
    given = CONVERSIONS | {"offers": {"decision": "never"}}
    event = {"kind": "capacity", "scope": scope, "target": target, "value": 0.25}
    assert cost(**given, events=event) == near(expected)


def test_every_kind_and_scope_is_tried() -> None:
    fields = tables()["events"].fields
    assert {kind for kind, _ in SCOPES} == set(fields["kind"].choices)
    assert {scope for _, scope in SCOPES} | {"conversion"} == set(fields["scope"].choices)


# --- when, and in which futures ----------------------------------------------------------------------

DOUBLE = {"kind": "demand", "value": 2}


@pytest.mark.parametrize(
    ("window", "expected"),
    [({}, 600), ({"from": P2}, 500), ({"until": P2}, 500), ({"from": P2, "until": P2}, 400), ({"from": P3}, 400)],
)
def test_event_holds_from_until(window: dict[str, str], expected: float) -> None:
    """100 in each of three periods, 200 where demand is doubled."""
    assert cost((10, 10, 10), events=DOUBLE | window) == near(expected)


def test_event_holds_in_its_future() -> None:
    """0.75 · 100 + 0.25 · 200 = 125."""
    futures = [{"probability": 0.75}, {"future": "b", "probability": 0.25}]
    assert cost(futures=futures, events=DOUBLE | {"future": "b"}) == near(125)


def test_event_in_every_future() -> None:
    """200, whichever future."""
    found = plan(futures=TWO_FUTURES, events=DOUBLE | {"future": "*"})
    assert found.objective == near(200)
    assert table(found, "futures", "future", "cost") == [("a", 200), ("b", 200)]


def test_without_futures_there_is_one() -> None:
    """100, of probability 1; an event of every future happens in it."""
    found = plan(events=DOUBLE)
    assert found.objective == near(200)
    assert table(found, "futures", "probability", "cost") == [(1, 200)]


# --- several events ----------------------------------------------------------------------------------


def clearance(value: float, **changes: Any) -> dict[str, Any]:
    """An event that sets the clearance of every licence, unless reported otherwise."""
    return {"kind": "clearance", "value": value} | changes


ONE = {"scope": "licence", "target": "L"}


@pytest.mark.parametrize(
    ("events", "kg"),
    [
        ([clearance(0.5), clearance(0.2)], 4),
        ([clearance(0.2), clearance(0.5)], 10),
        ([clearance(0.5, **ONE), clearance(0.2)], 4),
        ([clearance(0.2), clearance(0.5, **ONE)], 10),
        ([clearance(0.2, future="a"), clearance(0.5)], 10),
        ([clearance(0.5), clearance(0.2, future="a")], 4),
        ([clearance(1)], 10),
    ],
)
def test_of_several_clearances_the_last_row_holds(events: list[dict[str, Any]], kg: float) -> None:
    """0.2 · 20 = 4 kg and 6 · 1000 lost: 6040; 0.5 · 20 = 10 kg: 100. Nor does the licence's own 0.3 matter."""
    found = cost(
        licences={"clearance": 0.3},
        offers={"licence": "L", "max_kg_per_period": 20},
        futures={"probability": 1},
        events=events,
    )
    assert found == near(kg * 10 + (10 - kg) * 1000)


def test_the_last_row_holds_only_in_its_window() -> None:
    """0.2 · 20 = 4 kg in period 1, 0.5 · 20 in period 2: 140 + 6 · 1000 lost = 6140."""
    found = cost(
        (10, 10),
        licences={},
        offers={"licence": "L", "max_kg_per_period": 20},
        events=[clearance(0.2), clearance(0.5, **{"from": P2})],
    )
    assert found == near(6140)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([DOUBLE, DOUBLE | {"value": 1.5}], 300),
        ([DOUBLE | {"scope": "sector", "target": "road"}, DOUBLE | {"scope": "segment", "target": "bus"}], 400),
        ([DOUBLE | {"future": "a"}, DOUBLE], 400),
        ([DOUBLE, {"kind": "price", "value": 3}], 600),
        ([{"kind": "price", "value": 3}, {"kind": "price", "scope": "material", "target": "M", "value": 0.5}], 150),
        ([DOUBLE, DOUBLE | {"value": 0}], 0),
    ],
)
def test_factors_multiply(events: list[dict[str, Any]], expected: float) -> None:
    """100 times each of the factors, of demand and of price."""
    assert cost(segments={"sector": "road"}, futures={"probability": 1}, events=events) == near(expected)


# --- the tree ----------------------------------------------------------------------------------------


def shapes(found: Plan) -> dict[str, list[int]]:
    """The nodes that each future passes."""
    paths = found.tables["paths"]
    return {
        future: paths.loc[paths["future"] == future, "node"].tolist() for future in found.tables["futures"]["future"]
    }


def test_futures_that_look_alike_share_their_nodes() -> None:
    """Two futures with the same events, reported by other rows, are one path."""
    events = [DOUBLE | {"future": "a"}, DOUBLE | {"future": "b", "scope": "segment", "target": "bus"}]
    found = plan((10, 10), futures=TWO_FUTURES, events=events)
    assert shapes(found) == {"a": [1, 2], "b": [1, 2]}
    assert table(found, "nodes", "node", "probability") == [(1, 1), (2, 1)]


def test_futures_part_when_they_first_differ() -> None:
    """b differs from period 2 on: one node in period 1, two in 2 and in 3."""
    found = plan((10, 10, 10), futures=TWO_FUTURES, events=DOUBLE | {"future": "b", "from": P2, "until": P2})
    paths = shapes(found)
    assert paths["a"][0] == paths["b"][0]
    assert not set(paths["a"][1:]) & set(paths["b"][1:])
    assert sorted(table(found, "nodes", "period", "probability")) == [(1, 1), (2, 0.5), (2, 0.5), (3, 0.5), (3, 0.5)]


def test_futures_that_have_parted_do_not_meet_again() -> None:
    """They look alike in periods 2 and 3, but not up to there."""
    found = plan((10, 10, 10), futures=TWO_FUTURES, events=DOUBLE | {"future": "b", "until": P1})
    paths = shapes(found)
    assert not set(paths["a"]) & set(paths["b"])


RISKY: dict[str, Any] = {
    "licences": {},
    "offers": [
        {"licence": "L", "lead_periods": 1},
        {"offer": "safe", "price_per_kg": 30, "lead_periods": 1},
    ],
    "futures": TWO_FUTURES,
}
"""Ordered a period ahead, M costs 10 under a licence that is not cleared in b, and 30 under an offer that is safe."""


@pytest.mark.parametrize(("since", "expected"), [(P2, 300), (P1, 200)], ids=["after", "before"])
def test_decision_before_and_after_the_future_is_known(since: str, expected: float) -> None:
    """When period 1 does not show it, 10 kg are ordered safe: 300, where 100 and 10 · 1000 lost are 5050 on average.

    When it does, 100 in a and 300 in b: 200.
    """
    event = {"future": "b", "kind": "clearance", "value": 0, "from": since}
    assert cost((0, 10), **RISKY, events=event) == near(expected)


def test_order_at_a_shared_node_is_one() -> None:
    """As above, at 50 lost a unit: 10 kg ordered once at 10 in period 1, lost in b: 0.5 · 100 + 0.5 · 500 = 300."""
    found = plan(
        (0, 10),
        **RISKY | {"offers": [RISKY["offers"][0]]},
        segments={"shortage_cost_per_unit": 50},
        events={"future": "b", "kind": "clearance", "value": 0, "from": P2},
    )
    assert found.objective == near(300)
    assert table(found, "orders", "node", "kg") == [(1, 10)]
    assert sorted(table(found, "arrivals", "released_kg", "withheld_kg")) == [(0, 10), (10, 0)]


def test_capacity_is_kept_now_for_all_futures() -> None:
    """20 kept at 2 for b's 20, though a needs 10: 40 + 0.5 · 100 + 0.5 · 200 = 190."""
    found = plan(offers={"reservation_fee_per_kg": 2}, futures=TWO_FUTURES, events=DOUBLE | {"future": "b"})
    assert found.objective == near(190)
    assert found.decisions.keep == {"O": near(20)}


def test_signing_is_now_for_all_futures() -> None:
    """In b M costs 990: not worth 200 to sign, were b known; in a it is. 200 + 0.5 · 100 + 0.5 · 9900 = 5200."""
    found = plan(
        offers={"signing_fee": 200},
        futures=TWO_FUTURES,
        events={"future": "b", "kind": "price", "value": 99},
    )
    assert found.objective == near(5200)
    assert found.decisions.sign == ("O",)


def test_expansion_is_decided_where_it_is_needed() -> None:
    """10 kg a period, 20 asked for in b from period 2 on: a step at 5 there. 100 + 0.5 · 100 + 0.5 · (5 + 200)."""
    found = plan(
        (10, 10),
        materials={"max_stock_kg": 0},
        offers={"max_kg_per_period": 10},
        expansions={},
        futures=TWO_FUTURES,
        events=DOUBLE | {"future": "b", "from": P2},
    )
    assert found.objective == near(252.5)
    assert table(found, "expansion", "month", "steps") == [(P2, 1)]


def test_steps_are_counted_along_each_path() -> None:
    """Both futures take their one step in period 2, when they have parted, and it counts 0.8: 100 + 0.8 · 227.5.

    a: 5 + 18 · 10 = 185; b: 5 + 20 · 10 = 205, and half of 60 · 1000 lost would show a missing step.
    """
    found = plan(
        (10, 10),
        settings=YEARLY | {"discount_rate": 0.25},
        materials={"max_stock_kg": 0},
        offers={"max_kg_per_period": 10},
        expansions={},
        futures=TWO_FUTURES,
        events=[
            {"future": "a", "kind": "demand", "value": 1.8, "from": Y2},
            {"future": "b", "kind": "demand", "value": 2, "from": Y2},
        ],
    )
    assert found.objective == near(100 + 0.8 * (185 + 205) / 2)
    assert len(found.tables["expansion"]) == 2


def test_qualification_is_once_along_each_path() -> None:
    """Both futures qualify in period 2, when they have parted: 0.8 · (50 + (10 + 20) / 2 · 10) = 160."""
    found = plan(
        (0, 10),
        settings=YEARLY | {"discount_rate": 0.25},
        designs={"qualified": "no", "qualification_cost": 50},
        futures=TWO_FUTURES,
        events=DOUBLE | {"future": "b", "from": Y2},
    )
    assert found.objective == near(160)
    assert len(found.tables["qualification"]) == 2


def test_qualification_before_the_future_is_known_is_for_both() -> None:
    """It takes a period, so it starts in the shared node: 50 + 0.5 · 100 + 0.5 · 200 = 200."""
    found = plan(
        (0, 10),
        designs={"qualified": "no", "qualification_cost": 50, "qualification_periods": 1},
        futures=TWO_FUTURES,
        events=DOUBLE | {"future": "b", "from": P2},
    )
    assert found.objective == near(200)
    assert table(found, "qualification", "node") == [(1,)]


def test_safety_stock_holds_in_every_future() -> None:
    """15 kg at 10 in a, at 20 in b: 0.5 · 150 + 0.5 · 300 = 225."""
    event = {"future": "b", "kind": "price", "value": 2}
    assert cost(materials={"min_stock_kg": 5}, futures=TWO_FUTURES, events=event) == near(225)

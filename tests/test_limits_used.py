"""How near plans come to their limits, which lines stop, and what futures assume."""

from __future__ import annotations

from typing import Any

import pytest

from planner.futures.tree import grow
from planner.plan.limits_used import limits_used
from planner.plan.stops import stops
from planner.present.assumptions import EVERY, assumptions
from planner.scenario.load import from_rows
from tests import scenarios
from tests.handmade import SCENARIO, A, B, handmade_plan
from tests.minimal import load


def used(**changed: Any) -> list[tuple[Any, ...]]:
    """What the plan by hand uses of the limits of its scenario, changed."""
    scenario = from_rows(SCENARIO | changed).scenario
    found = limits_used(scenario, grow(scenario), handmade_plan().tables)
    columns = ["node", "month", "kind", "item", "window", "side", "used", "limit", "slack", "unit", "binds"]
    assert list(found.columns) == columns
    return [
        tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row)
        for row in found.itertuples(index=False, name=None)
    ]


def test_each_limit_where_it_is_tightest() -> None:
    most, least, kg = "at most", "at least", "kg"
    assert used() == [
        (2, B, "share of arrivals", "china", "horizon", most, 0.416667, 0.6, 0.183333, "share", False),
        (1, A, "share of arrivals", "india", "FY27", least, 0.220779, 0.03, 0.190779, "share", False),
        (2, B, "share of arrivals", "india", "FY28", least, 0.069767, 0.03, 0.039767, "share", False),
        (1, A, "budget", "FY27", "FY27", most, 3677, 4000, 323, "base currency", False),
        (3, B, "budget", "FY28", "FY28", most, 1084, 1500, 416, "base currency", False),
        (3, B, "service", "fan", "horizon", least, 0.9375, 0.5, 0.4375, "share", False),
        (1, A, "storage", "NdFeB", "period", most, 32, 100, 68, kg, False),
        (3, B, "safety stock", "NdFeB", "period", least, 15, 5, 10, kg, False),
        (1, A, "supplier's capacity", "Baotou", "period", most, 30, 80, 50, kg, False),
        (1, A, "offer's capacity", "CN", "period", most, 30, 100, 70, kg, False),
        (1, A, "offer's capacity", "JP", "period", most, 40, 50, 10, kg, False),
        (1, A, "offer's capacity", "AU", "period", most, 40, 40, 0, kg, True),
        (1, A, "plant's capacity", "sinter", "period", most, 17, 30, 13, kg, False),
        (2, B, "assembly", "fan", "period", most, 45, 60, 15, "units", False),
        (3, B, "efficiency lost", "fan", "period", most, 1.5, 2, 0.5, "percentage points", False),
        (3, B, "design's share", "fan-f", "period", most, 20, 25, 5, "units", False),  # 5 that waited, and half of 40
    ]


def test_every_row_that_is_near_its_limit() -> None:
    """Storage for 35 kg: 32 are there in the first year, 22 and 15 in the second."""
    materials = [SCENARIO["materials"][0] | {"max_stock_kg": 23}, SCENARIO["materials"][1]]
    found = [row for row in used(materials=materials) if row[2] == "storage"]
    assert [(row[0], row[6], row[8], row[10]) for row in found] == [(1, 32, 0, True), (2, 22, 1, False)]


def test_expansions_add_to_capacity() -> None:
    """The line is 10 kg larger from the second year on: of 13 kg, 8 are used in freeze; of 7 there are none in time."""
    conversions = [SCENARIO["conversions"][0] | {"max_kg_per_period": 3}, SCENARIO["conversions"][1]]
    found = [row for row in used(conversions=conversions) if row[2] == "plant's capacity"]
    assert [(row[0], row[6], row[7]) for row in found] == [(1, 17, 3)]
    late = [row for row in used(conversions=[conversions[0] | {"from": B}, conversions[1]]) if row[3] == "sinter"]
    assert [(row[0], row[6], row[7]) for row in late] == [(3, 8, 13)]


def test_capacity_that_an_event_takes() -> None:
    event = {"event": "E9", "future": "*", "kind": "capacity", "scope": "supplier", "target": "Baotou", "value": 0.5}
    found = [row for row in used(events=[*SCENARIO["events"], event]) if row[3] in ("Baotou", "CN")]
    assert [(row[2], row[6], row[7]) for row in found] == [
        ("supplier's capacity", 30, 40), ("offer's capacity", 30, 50),
    ]  # fmt: skip


def test_solved_plan_stays_within_what_it_uses() -> None:
    plan = scenarios.plan(**scenarios.RICH)
    found = plan.tables["limits_used"]
    above = found["side"] == "at most"
    left = (found["limit"] - found["used"]).where(above, found["used"] - found["limit"])
    assert (left >= -1e-6 * found["limit"].clip(lower=1)).all()
    assert set(found["kind"]) >= {"share of arrivals", "budget", "service", "storage", "assembly", "plant's capacity"}
    assert found["binds"].any()


def test_where_nothing_arrives_no_share_binds() -> None:
    """In the first year 20 kg come from China, in the second none at all: then the limits are nobody's."""
    limits = [
        {"limit": name, "scope": "country", "target": "China", "per": "year", **share}
        for name, share in (("none", {"max_share": 0}), ("some", {"min_share": 0.2}))
    ]
    scenario = from_rows(SCENARIO | {"limits": limits}).scenario
    tables = handmade_plan().tables
    only_first = {name: tables[name][tables[name]["month"] == A] for name in ("arrivals", "conversion")}
    found = limits_used(scenario, grow(scenario), tables | only_first)
    shares = found[found["kind"] == "share of arrivals"]
    assert list(shares[["item", "window"]].itertuples(index=False, name=None)) == [("none", "FY27"), ("some", "FY27")]


def test_no_limits_no_rows() -> None:
    loaded = load(offers={"max_kg_per_period": 0}, segments={"shortage_cost_per_unit": 1})
    scenario = loaded.scenario
    from planner.pipeline import make_plan

    assert limits_used(scenario, grow(scenario), make_plan(loaded).tables).empty


def test_stops() -> None:
    found = stops(handmade_plan().tables)
    columns = [
        "future",
        "segment",
        "first_shortage",
        "demand",
        "lost",
        "late",
        "service",
        "shortage_cost",
        "delay_cost",
    ]
    assert list(found.itertuples(index=False, name=None)) == [
        ("calm", "fan", A, 80, 0, 0, 1.0, 0, 25),
        ("freeze", "fan", A, 80, 3, 2, 0.9375, 5000, 35),
    ]
    assert list(found.columns) == columns


def test_lines_that_never_stop() -> None:
    tables = handmade_plan().tables
    calm = tables["shortage"].assign(lost=0.0, late=0.0)
    assert stops(tables | {"shortage": calm}).empty


EVENTS = [
    ({"kind": "clearance", "scope": "licence", "target": "L", "value": 0.25, "from": B}, f"licence L releases 25 % from {B}"),
    ({"kind": "clearance", "scope": "all", "value": 0}, "every licence releases nothing"),
    ({"kind": "capacity", "scope": "country", "target": "Japan", "value": 0.4, "from": A, "until": B},
     f"the capacity of Japan at 40 % from {A} to {B}"),
    ({"kind": "capacity", "scope": "offer", "target": "CN", "value": 0, "from": A, "until": A},
     f"the capacity of offer CN gone in {A}"),
    ({"kind": "capacity", "scope": "conversion", "target": "sinter", "value": 0.5, "until": A},
     f"the capacity of plant sinter at 50 % to {A}"),
    ({"kind": "price", "scope": "country", "target": "Japan", "value": 1.3}, "prices from Japan 30 % higher"),
    ({"kind": "price", "scope": "material", "target": "oxide", "value": 0.9}, "prices of oxide 10 % lower"),
    ({"kind": "price", "scope": "all", "value": 3}, "all prices 3 times as high"),
    ({"kind": "demand", "scope": "market", "target": "US", "value": 0.8}, "demand in US 20 % lower"),
    ({"kind": "demand", "scope": "segment", "target": "fan", "value": 1}, "demand for fan unchanged"),
    ({"kind": "demand", "scope": "sector", "target": "fans", "value": 1.05}, "demand of fans 5 % higher"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "text"), EVENTS, ids=[text for _, text in EVENTS])
def test_events_in_words(event: dict[str, Any], text: str) -> None:
    rows = SCENARIO | {"events": [{"event": "E", "future": "calm"} | event]}
    nothing = "nothing but what stands in the tables"
    assert assumptions(from_rows(rows).scenario) == {"calm": text, "freeze": nothing, EVERY: ""}


def test_events_in_order_and_of_every_future() -> None:
    events = [
        {"event": "E1", "future": "calm", "kind": "price", "scope": "all", "value": 1.1, "from": B},
        {"event": "E2", "future": "calm", "kind": "demand", "scope": "all", "value": 0.5},
        {"event": "E3", "future": "*", "kind": "price", "scope": "all", "value": 2},
    ]
    found = assumptions(from_rows(SCENARIO | {"events": events}).scenario)
    assert found["calm"] == f"all demand 50 % lower; all prices 10 % higher from {B}"
    assert found[EVERY] == "all prices 2 times as high"


def test_nothing_binds_where_nothing_is_built_or_asked_for() -> None:
    """Half of the 10 units may be built of D, none may lose efficiency; in the second quarter there are none."""
    found = scenarios.plan(
        (10, 0), segments={"max_efficiency_loss_pp": 0}, designs=[{"max_share": 0.5}, {"design": "F", "extra_cost_per_unit": 90}]
    )  # fmt: skip
    rows = scenarios.table(found, "limits_used", "month", "kind", "item", "used", "limit", "binds")
    assert [row for row in rows if row[1] in ("efficiency lost", "design's share")] == [
        (scenarios.P1, "efficiency lost", "bus", 0.0, 0.0, True),
        (scenarios.P1, "design's share", "D", 5.0, 5.0, True),
    ]


def test_quantities_and_promises() -> None:
    """10 kg are bought of 12 that may come, 3 of them before; 5 of 10 units are promised."""
    found = scenarios.plan(
        (10, 0), limits=[{"limit": "quota", "max_kg": 15, "before_kg": 3, "before_all_kg": 3, "min_kg": 2}], promises=[{"share": 0.5}]
    )  # fmt: skip
    rows = scenarios.table(found, "limits_used", "kind", "item", "side", "used", "limit")
    assert [row for row in rows if row[0] in ("quantity that arrives", "promise")] == [
        ("quantity that arrives", "quota", "at most", 13.0, 15.0),
        ("quantity that arrives", "quota", "at least", 13.0, 2.0),
        ("promise", "bus", "at least", 10.0, 5.0),
    ]


def test_panels_fixed_orders_and_budgets_of_a_period() -> None:
    """10 kg at 10 in each period, 4 of the first fixed, from S alone: the second supplier costs more."""
    found = scenarios.plan(
        (10, 10), suppliers=[{}, {"supplier": "T", "country": "Japan"}],
        offers=[{}, {"offer": "Q", "supplier": "T", "price_per_kg": 20}], fixed_orders={"kg": 10},
        panels={"max_suppliers": 1}, budgets={"year": scenarios.P2, "max_spend": 160},
    )  # fmt: skip
    rows = scenarios.table(found, "limits_used", "month", "kind", "item", "window", "side", "used", "limit", "binds")
    kinds = ("suppliers of a panel", "fixed order", "budget")
    assert [row for row in rows if row[1] in kinds] == [
        (scenarios.P2, "budget", scenarios.P2, "period", "at most", 100.0, 160.0, False),
        (scenarios.P1, "suppliers of a panel", "P", "horizon", "at most", 1.0, 1.0, True),
        (scenarios.P1, "fixed order", "O", "period", "at least", 10.0, 10.0, True),
    ]


def test_a_fixed_order_that_the_supplier_cannot_deliver_whole() -> None:
    """Of 10 kg the event leaves 6."""
    event = {"kind": "capacity", "scope": "supplier", "target": "S", "value": 0.06}
    found = scenarios.plan((10,), fixed_orders={"kg": 10}, events=event)
    rows = scenarios.table(found, "limits_used", "kind", "used", "limit", "slack", "binds")
    assert [row[1:] for row in rows if row[0] == "fixed order"] == [(6.0, 10.0, 0.0, True)]


def test_units_that_wait_keep_their_chance_of_a_design() -> None:
    """8 units wait, 3 of them for a design with a share of a half; 10 are asked for: 3 + 5 are built of at most 8."""
    late = {"delay_cost_per_unit": 1, "backlog_units": 8}
    found = scenarios.plan((10,), segments=late, designs={"max_share": 0.5, "eligible_units": 3})
    rows = scenarios.table(found, "limits_used", "kind", "item", "used", "limit", "binds")
    assert [row for row in rows if row[0] == "design's share"] == [("design's share", "D", 8.0, 8.0, True)]

"""Where a buyer stands: days of cover, last days to file, what runs without a licence, what may be lost."""

from __future__ import annotations

from typing import Any

import pytest
from minimal import load, minimal

from planner.pipeline import make_plan
from planner.present.standing import (
    DAYS_OF_MONTH,
    at_risk,
    covers,
    deadlines,
    sentences,
    stages,
    tripwires,
    without_licence,
)  # fmt: skip
from planner.present.words import Wording
from planner.scenario.load import from_rows
from planner.scenario.scenario import Scenario

OFFER = {"supplier": "Baotou", "material": "NdFeB", "max_kg_per_period": 50}
LICENSED: dict[str, Any] = {
    "licences": [{"licence": "EUC", "application_fee": 10}],
    "undertakings": [{"undertaking": "civil", "barred_end_uses": "defence"}],
    "offers": [
        {**OFFER, "offer": "O1", "price_per_kg": 100, "licence": "EUC", "lead_periods": 1, "deposit_share": 0.3},
        {**OFFER, "offer": "O2", "price_per_kg": 150, "lead_periods": 2},
    ],
    "stock": [{"material": "NdFeB", "kg": 10}, {"material": "NdFeB", "undertaking": "civil", "kg": 5}],
    "open_orders": [
        {"offer": "O1", "period": "2026-04", "kg": 4},
        {"offer": "O2", "period": "2026-07", "kg": 2},
    ],
}
"""20 kg are needed a quarter: ten units of 2 kg. A quarter has 3 * 30.4 days, so that 1 kg lasts 4.6 days."""

DAY = 3 * DAYS_OF_MONTH / 20
"""Days that a kilogram lasts."""


@pytest.fixture
def scenario() -> Scenario:
    return from_rows(minimal(**LICENSED)).scenario


def test_cover_in_four_columns(scenario: Scenario) -> None:
    """10 kg free, 5 bound, 2 granted; 4 whose licence is not granted do not count."""
    (cover,) = covers(scenario)
    assert (cover.free, cover.bound, cover.granted, cover.waiting) == pytest.approx(
        (10 * DAY, 5 * DAY, 2 * DAY, 4 * DAY)
    )
    assert cover.sure == pytest.approx(17 * DAY)


def test_last_day_to_file(scenario: Scenario) -> None:
    """17 kg last 77.6 days from 1 April: to 17 June. The licensed offer takes a quarter, 91.3 days: too late."""
    (line,) = deadlines(scenario)
    assert (line.stops.isoformat(), line.act_by and line.act_by.isoformat()) == ("2026-06-17", "2026-03-17")
    assert line.too_late
    assert next(sentences(scenario, make_plan(load(**LICENSED)), Wording("INR"))) == (
        "bus stops on 17 June 2026, when sure NdFeB runs out; nothing that is ordered now comes before that."
    )


def test_file_in_time() -> None:
    """With 30 kg more the line lasts 214.6 days, to 1 November; a quarter before is 1 August."""
    rows = minimal(**LICENSED)
    rows["stock"][0]["kg"] = 40
    (line,) = deadlines(from_rows(rows).scenario)
    assert (line.stops.isoformat(), line.act_by and line.act_by.isoformat(), line.licence) == (
        "2026-11-01", "2026-08-01", "EUC",
    )  # fmt: skip
    assert not line.too_late


def test_tripwire_is_the_last_day_for_what_needs_no_licence() -> None:
    """The line stops on 1 November; the offer without a licence takes two quarters, 182.6 days: 2 May."""
    rows = minimal(**LICENSED)
    rows["stock"][0]["kg"] = 40
    loaded = from_rows(rows)
    (wire,) = tripwires(loaded.scenario)
    assert (wire.licence, wire.offer, wire.design, wire.last.isoformat()) == ("EUC", "O2", None, "2026-05-02")
    said = list(sentences(loaded.scenario, make_plan(loaded), Wording("INR")))
    assert said[1] == (
        "Nothing released under EUC by 2 May 2026: order O2 (NdFeB) that day at the latest, or bus stops on "
        "1 November 2026."
    )
    # Without such an offer, or where its day has passed, there is none.
    assert tripwires(from_rows(minimal(**LICENSED)).scenario) == []
    del rows["offers"][1], rows["open_orders"][1]
    assert tripwires(from_rows(rows).scenario) == []


def test_stages_of_applications() -> None:
    """One to be filed now for its fee of 10; one left; one in force; one with the ministry."""
    rows = minimal(**LICENSED)
    waits = {"unreleased": "waits", "processing_periods": 1}
    rows["licences"][0]["decision"] = "must"
    rows["licences"] += [{"licence": "left", "decision": "never"}, {"licence": "made", "decision": "never", **waits}]
    rows["offers"] += [
        {**OFFER, "offer": f"O{number}", "price_per_kg": 900, "licence": name}
        for number, name in ((3, "left"), (4, "made"))
    ]
    rows["open_applications"] = [
        {"application": "A1", "licence": "made", "until": "2026-07", "kg": 5},
        {"application": "A2", "licence": "made", "from": "2026-07", "kg": 7},
    ]
    loaded = from_rows(rows)
    found = stages(loaded.scenario, make_plan(loaded))
    assert [(one.licence, one.stage, one.who, one.kg, one.paid) for one in found] == [
        ("EUC", "to be filed now", "you", None, 10.0),
        ("left", "not applied for", "nobody", None, 0.0),
        ("made", "in force until 2026-07", "nobody", 5.0, 0.0),
        ("made", "filed, in force from 2026-07 at the earliest", "the ministry", 7.0, 0.0),
    ]


def test_stock_that_lasts_needs_no_deadline() -> None:
    rows = minimal(**LICENSED)
    rows["stock"][0]["kg"] = 80
    assert deadlines(from_rows(rows).scenario) == []


def test_what_runs_without_a_licence(scenario: Scenario) -> None:
    """2 kg at 150 in place of 100: 100 a unit more."""
    assert without_licence(scenario) == [("bus", "D1", pytest.approx(100))]


def test_nothing_runs_without_a_licence() -> None:
    rows = minimal(**LICENSED)
    del rows["offers"][1], rows["open_orders"][1]
    loaded = from_rows(rows)
    assert without_licence(loaded.scenario) == []
    said = list(sentences(loaded.scenario, make_plan(loaded), Wording("INR")))
    assert "Without any licence there is no way to build bus." in said


def test_money_that_can_be_lost() -> None:
    """The fee of 10, and 30 % of the price of what is ordered first under the licence."""
    loaded = load(**LICENSED)
    plan = make_plan(loaded)
    orders = plan.tables["orders"]
    placed = orders[(orders["offer"] == "O1") & (orders["month"] == "2026-04")]["kg"].sum()
    assert at_risk(loaded.scenario, plan) == pytest.approx(10 + 0.3 * 100 * placed)


def test_order_whose_licence_is_granted_counts() -> None:
    rows = minimal(**LICENSED)
    rows["open_orders"][0]["cleared"] = "yes"
    (cover,) = covers(from_rows(rows).scenario)
    assert (cover.granted, cover.waiting) == pytest.approx((6 * DAY, 0))

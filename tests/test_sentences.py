"""The sentences of a summary again, each from a scenario that is solved to make the plan say it."""

from __future__ import annotations

from typing import Any

import pytest

from planner.pipeline import make_plan
from planner.present.summary import headline, question
from planner.scenario.load import Loaded
from tests.scenarios import EXACT, P1, P2, TWO_FUTURES, tiny
from tests.shared_cases import loaded, solved

FREE = {"discount_rate": 0}
NO_STOCK = {"max_stock_kg": 0}
SUBSTITUTE = {"design": "F", "qualified": "no", "qualification_cost": 35}
TWO_LICENCES = [{"application_fee": 30}, {"licence": "K", "application_fee": 7}]
QUARTER = "in the quarter from 2026-04"


def said(given: Loaded, why: bool = False) -> list[str]:
    """The sentences of the optimal plan."""
    return headline(given, make_plan(given, EXACT, why=why))


def at_once(future: str, **event: Any) -> dict[str, Any]:
    """An event of a future from the first period on."""
    return {"future": future, "kind": "price", "from": P1, **event}


# --- what to do -------------------------------------------------------------------------------------

DECIDED = [
    pytest.param(
        {"licences": {"application_fee": 30}, "offers": {"licence": "L", "signing_fee": 5}},
        ["Apply now for the licence L; sign O."],
        id="a licence and a signature",
    ),
    pytest.param(
        {
            "licences": TWO_LICENCES,
            "offers": [
                {"licence": "L", "max_kg_per_period": 6},
                {"offer": "P", "licence": "K", "max_kg_per_period": 6, "reservation_fee_per_kg": 1},
            ],
        },
        ["Apply now for the licences L and K; sign O and P; keep 4 kg a period of P."],
        id="all that can be decided",
    ),
    pytest.param({"offers": {"signing_fee": 5}}, ["Sign now O."], id="a signature"),
    pytest.param({"offers": {"reservation_fee_per_kg": 2}}, ["Keep now 10 kg a period of O."], id="capacity"),
    pytest.param(
        {"offers": [{"price_per_kg": 20}, {"offer": "P", "signing_fee": 500}]},
        ["Nothing needs to be applied for, signed or kept now."],
        id="nothing of what could be",
    ),
    pytest.param(
        {"licences": TWO_LICENCES},
        ["Nothing needs to be applied for, signed or kept now.", "Do not apply for L or K."],
        id="licences that nothing needs",
    ),
]


@pytest.mark.parametrize(("given", "sentences"), DECIDED)
def test_what_is_decided_now(given: dict[str, Any], sentences: list[str]) -> None:
    found = said(tiny(settings=FREE, **given))
    assert found[: len(sentences) + 1] == [*sentences, f"Order {QUARTER}: 10 kg of M from S."]


def test_cost_of_a_licence_that_nothing_needs() -> None:
    assert said(tiny(settings=FREE, licences={"application_fee": 30}), why=True)[1] == (
        "Do not apply for L (it would cost ₹30 more)."
    )


def test_qualified_now() -> None:
    """Both designs cost 10 a unit more, so that 35 for the one without magnets saves 100 in the second quarter."""
    designs = [{"extra_cost_per_unit": 10}, SUBSTITUTE | {"qualification_periods": 1, "extra_cost_per_unit": 10}]
    assert said(tiny((10, 10), settings=FREE, designs=designs))[2:4] == [
        f"Start qualifying {QUARTER}: F for bus.",
        f"₹235 is to be paid now and {QUARTER}; what is decided by then comes to ₹135.",
    ]


def test_expanded_now_and_later() -> None:
    """A step for 5 adds 10 kg a quarter, usable in the quarter after; discounted, it waits until it is needed."""
    few, steps = {"max_kg_per_period": 10}, {"lead_periods": 1}
    now = said(tiny((10, 20, 20), settings=FREE, offers=few, expansions=steps))
    assert f"Expand {QUARTER}: E by 10 kg a period." in now
    later = said(tiny((10, 10, 20), settings={"discount_rate": 0.1}, offers=few, expansions=steps, materials=NO_STOCK))
    assert "Expand later, in the quarter from 2026-07: E by 10 kg a period." in later


def test_starts_alike_in_all_futures_that_differ_are_said_once() -> None:
    """The futures part at once, and in both the price rises ninefold after a quarter."""
    events = [at_once("b", value=1.1), {"future": "*", "kind": "price", "from": P2, "value": 9}]
    found = said(
        tiny(
            (10, 10, 10), settings={"discount_rate": 0.1}, materials=NO_STOCK, futures=TWO_FUTURES, events=events,
            designs=[{}, SUBSTITUTE | {"extra_cost_per_unit": 30}],
        )
    )  # fmt: skip
    assert found[1:3] == [
        f"What to order {QUARTER} depends on the future (sheet Do now).",
        "Start qualifying later, in the quarter from 2026-07: F for bus.",
    ]


@pytest.mark.parametrize(
    ("futures", "rest"),
    [
        (5, "One more such start follows, or comes in other futures (sheet Qualification)."),
        (6, "Two more such starts follow, or come in other futures (sheet Qualification)."),
    ],
)
def test_starts_in_many_futures_are_said_short(futures: int, rest: str) -> None:
    """The price rises tenfold, in each future a quarter later than in the one before, and the substitute pays."""
    names, months = "abcdef"[:futures], (P1, P2, "2026-10", "2027-01", "2027-04", "2027-07")
    given = tiny(
        (10,) * futures, settings={"discount_rate": 0.1}, materials=NO_STOCK,
        designs=[{}, SUBSTITUTE | {"extra_cost_per_unit": 30}],
        futures=[{"future": name, "probability": 1 / futures} for name in names],
        events=[at_once(name, **{"from": month}, value=10) for name, month in zip(names, months, strict=False)],
    )  # fmt: skip
    found = said(given)
    start = f"In one of {'five' if futures == 5 else 'six'} futures ({20 if futures == 5 else 17} %) start qualifying"
    later = [f"{start} later, in the quarter from {month}: F for bus." for month in months[1:4]]
    assert found[2:7] == [f"{start} {QUARTER}: F for bus.", *later, rest]


# --- what it comes to -------------------------------------------------------------------------------


def falls_to(share: float) -> dict[str, Any]:
    """In future b the supplier's capacity falls to a share from the second quarter on."""
    return {"future": "b", "kind": "capacity", "scope": "supplier", "target": "S", "from": P2, "value": share}


def test_one_future_is_the_worst() -> None:
    """5 of 10 kg come in the second quarter."""
    given = tiny((10, 10), settings=FREE, materials=NO_STOCK, futures=TWO_FUTURES, events=falls_to(0.05))
    assert said(given)[3:7] == [
        "In one of two futures (50 %) the bus line runs short first, in the quarter from 2026-07.",
        "In one of two futures (50 %) no line runs short.",
        "On average 87.5 % of demand is built by the horizon's end; 2.5 units are not. "
        "In the worst future, b, 75.0 % is built.",
        "It is expected to cost ₹2,675, discounted; the worst 10 % of the futures cost ₹5,150 on average (CVaR).",
    ]


def test_futures_that_differ_less_than_is_said() -> None:
    """990 and 989.9 of 1000 kg."""
    given = tiny(
        (1000, 1000), settings=FREE, materials=NO_STOCK, offers={"max_kg_per_period": 990}, futures=TWO_FUTURES,
        events=falls_to(0.9999),
    )  # fmt: skip
    assert said(given)[3:6] == [
        f"Whatever comes, the bus line runs short, first {QUARTER}.",
        "In every future no line runs short beyond that.",
        "On average 99.0 % of demand is built by the horizon's end; 20 units are not; "
        "it is much the same in every future.",
    ]


def test_each_future_costs_otherwise() -> None:
    given = tiny(settings=FREE, futures=TWO_FUTURES, events=at_once("b", value=1.5))
    assert said(given)[2:6] == [
        f"₹125 is to be paid now and {QUARTER}, on average.",
        "No line runs short: all demand is built on time in every future.",
        "It is expected to cost ₹125, discounted; the worst 10 % of the futures cost ₹150 on average (CVaR).",
        "The most expensive future is b (₹150), the cheapest a (₹100).",
    ]


def test_magnets_of_another_class() -> None:
    sentence = "100 % of the samarium magnets that arrive over the horizon come from China."
    assert sentence in said(tiny(settings=FREE, materials={"class": "samarium"}))


# --- stock and limits -------------------------------------------------------------------------------


def of_each(count: int, **material: Any) -> dict[str, Any]:
    """Materials M1, M2, …, an offer of each, and as many kg of each in a unit as its number."""
    numbers = range(1, count + 1)
    return {
        "materials": [{"material": f"M{number}", **material} for number in numbers],
        "offers": [{"offer": f"O{number}", "material": f"M{number}"} for number in numbers],
        "design_materials": [{"material": f"M{number}", "kg_per_unit": number} for number in numbers],
    }


def test_stock_of_many_materials() -> None:
    """The price triples: all of the second quarter is bought in the first, but of M6, of which there are 100 kg."""
    given = tiny(
        (10, 10), settings=FREE, futures=TWO_FUTURES, events={"future": "*", "kind": "price", "from": P2, "value": 3},
        **of_each(6),
    )  # fmt: skip
    assert said(given)[-2] == (
        "Stock is largest at the end of 2026-06: 50 kg of M5, 40 kg of M4, 40 kg of M6, 30 kg of M3 and two more "
        "materials, on average."
    )


def test_many_limits_are_said_short() -> None:
    names = ", ".join(f"the safety stock of M{number}" for number in range(1, 6))
    assert said(tiny((1, 1), settings=FREE, **of_each(7, min_stock_kg=3)))[-2] == (
        f"Limits that hold the plan back: {names} and two more (sheet Limits and values)."
    )


def test_efficiency_that_is_demanded() -> None:
    """A substitute that costs nothing loses 2 points: of it half the units may be."""
    designs = [{}, {"design": "F", "efficiency_loss_pp": 2}]
    assert said(tiny(settings=FREE, segments={"max_efficiency_loss_pp": 1}, designs=designs))[-2] == (
        "Limits that hold the plan back: the efficiency demanded of bus (sheet Limits and values)."
    )


def test_efficiency_of_what_is_not_built_holds_nothing_back() -> None:
    """No loss is allowed, and nothing is built: magnets cost more than the units are worth."""
    given = tiny(settings=FREE, offers={"price_per_kg": 2000}, segments={"max_efficiency_loss_pp": 0})
    assert not [text for text in said(given) if text.startswith("Limits")]


# --- the question -----------------------------------------------------------------------------------


def test_strategy_and_goal() -> None:
    found = question(loaded("tiny-108@averse"), solved("tiny-108@averse", 0.0))
    assert (found["Strategy"], found["Status"]) == ("averse", "solved as closely as asked; gap none")
    weighed = tiny(settings=FREE | {"risk_weight": 0.25, "risk_tail": 0.8}, futures=TWO_FUTURES)
    assert question(weighed, make_plan(weighed, EXACT))["Goal"] == (
        "least cost: 75 % what is expected, 25 % the average of the worst 20 % of futures (CVaR)"
    )

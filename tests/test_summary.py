"""The sentences of a plan's summary, each kind by a plan made to trigger it, and the words they are made of."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest

from planner.pipeline import make_plan
from planner.plan.plan import Decisions, Plan
from planner.present.figures import figures, largest_sources, service_by_sector
from planner.present.series import cost_by_future, demand_by_month, sourcing_by_year
from planner.present.summary import headline, question
from planner.present.words import Wording, listed, percent, shortened
from planner.scenario.load import Loaded, from_rows
from planner.solver.outcome import Options
from tests.handmade import SCENARIO, B, handmade_plan
from tests.minimal import load

SURE = "This is the best plan there can be."
CHINA = "100 % of the heavy magnets that arrive over the horizon come from China."
NOTHING_NOW = "Nothing needs to be applied for, signed or kept now."
NO_DECISION = "Nothing can be applied for, signed or kept now: the scenario has no such decision."
PROVEN = "All applications and signatures are proven: no plan that decides one of them otherwise costs less."
ORDER = "Order in the quarter from 2026-04: 20 kg of NdFeB from Baotou."
CASH = "₹2,000 is to be paid now and in the quarter from 2026-04."


def said(loaded: Loaded) -> list[str]:
    """The sentences of the optimal plan of a scenario."""
    return headline(loaded, make_plan(loaded, Options(gap=0)))


def futures(**probabilities: float) -> list[dict[str, Any]]:
    return [{"future": name, "probability": share} for name, share in probabilities.items()]


def stop(future: str, month: str, until: str = "") -> dict[str, Any]:
    """From a month on (or in it) a supplier can deliver nothing."""
    where = {"scope": "supplier", "target": "Baotou", "from": month, "until": until}
    return {"event": f"{future}{month}", "future": future, "kind": "capacity", "value": 0, **where}


NO_STOCK = {"max_stock_kg": 0}


def test_nothing_to_do_now_and_no_shortage() -> None:
    """4 periods × 20 kg × ₹100."""
    costs = "It costs ₹8,000, discounted."
    stops = "No line runs short: all demand is built on time."
    assert said(load()) == [NO_DECISION, ORDER, CASH, stops, costs, CHINA, SURE]


def test_shortage_in_some_futures() -> None:
    """₹100 × 20 kg for 4 periods in open, for 2 in the others, which lose 2 × 10 units of ₹900."""
    loaded = load(
        materials=NO_STOCK,
        futures=futures(open=0.82, shut=0.1, closed=0.08),
        events=[stop("shut", "2026-10"), stop("closed", "2026-10")],
    )
    assert said(loaded)[3:8] == [
        "In two of three futures (18 %) the bus line runs short first, in the quarter from 2026-10.",
        "In one of three futures (82 %) no line runs short.",
        "On average 91.0 % of demand is built by the horizon's end; 3.6 units are not. "
        "In the worst futures, shut and closed, 50.0 % is built.",
        "It is expected to cost ₹10,520, discounted; the worst 10 % of the futures cost ₹22,000 on average (CVaR).",
        "The most expensive futures are shut and closed (₹22,000 each), the cheapest open (₹8,000).",
    ]


def test_no_shortage_in_several_futures() -> None:
    loaded = load(futures=futures(expensive=0.5, cheap=0.5), events=[stop("expensive", "2027-01") | {"value": 0.8}])
    assert "No line runs short: all demand is built on time in every future." in said(loaded)
    assert "All futures cost the same." in said(loaded)


def test_shortage_in_all_futures_and_of_several_lines() -> None:
    loaded = load(
        materials=NO_STOCK,
        futures=futures(open=0.5, shut=0.5),
        segments=[{"segment": name, "market": "India", "shortage_cost_per_unit": 900} for name in ("bus", "car")],
        demand=[{"segment": name, "2026-04": 20, "2026-07": 10, "2026-10": 1, "2027-01": 1} for name in ("bus", "car")],
        designs=[{"design": f"D {name}", "segment": name} for name in ("bus", "car")],
        design_materials=[{"design": f"D {name}", "material": "NdFeB", "kg_per_unit": 2} for name in ("bus", "car")],
        events=[{**stop("*", "2026-04", "2026-04"), "event": "E1"}, stop("shut", "2026-10")],
    )
    assert said(loaded)[1:5] == [
        "Nothing is ordered in the quarter from 2026-04.",
        "Whatever comes, the lines of bus and car run short, first in the quarter from 2026-04.",
        "In one of two futures (50 %) the lines of bus and car run short beyond that first, in the quarter from 2026-10.",
        "In one of two futures (50 %) no line runs short beyond that.",
    ]


def test_many_courses_of_shortage_are_said_short() -> None:
    """Five futures that stop in turn, two of them in the same month as another: 4 are reported, the rest counted."""
    months = ["2026-04", "2026-07", "2026-10", "2027-01"]
    names = [f"F{number}" for number in range(5)]
    loaded = load(
        settings={"periods": 5},
        materials=NO_STOCK,
        demand=[{"segment": "bus", **dict.fromkeys([*months, "2027-04"], 10)}],
        futures=[{"future": name, "probability": 0.2} for name in names],
        events=[stop(name, month) for name, month in zip(names, [*months, "2027-04"], strict=True)],
    )
    sentences = said(loaded)
    assert sentences[1:3] == [
        "What to order in the quarter from 2026-04 depends on the future (sheet Do now).",
        "₹1,600 is to be paid now and in the quarter from 2026-04, on average.",
    ]
    short = "In one of five futures (20 %) the bus line runs short first, in the quarter from"
    assert sentences[3:8] == [
        *(f"{short} {month}." for month in months),
        "In one of five futures (20 %) lines run short first in other months (sheet Futures).",
    ]


def test_in_a_single_future_nothing_is_said_of_futures() -> None:
    loaded = load(materials=NO_STOCK, events=[stop("*", "2026-10")])
    assert said(loaded)[3:6] == [
        "The bus line runs short first, in the quarter from 2026-10.",
        "50.0 % of demand is built by the horizon's end; 20 units are not.",
        "It costs ₹22,000, discounted.",
    ]


def test_nothing_arrives() -> None:
    """Losing 40 units of ₹1 is cheaper than magnets: no country is named, no efficiency is lost."""
    loaded = load(segments={"shortage_cost_per_unit": 1})
    plan = make_plan(loaded, Options(gap=0))
    assert [figure.name for figure in figures(loaded, plan)] == [
        "expected_cost", "cvar", "objective", "cash_now", "committed", "service", "service_by_value", "missing", "gap",
        "gap_amount",
    ]  # fmt: skip
    assert headline(loaded, plan)[1:] == [
        "Nothing is ordered in the quarter from 2026-04.",
        "The bus line runs short first, in the quarter from 2026-04.",
        "0.0 % of demand is built by the horizon's end; 40 units are not.",
        "It costs ₹40, discounted.",
        SURE,
    ]
    assert largest_sources(plan) == []
    assert sourcing_by_year(plan).empty


def test_plan_by_hand() -> None:
    assert headline(from_rows(SCENARIO), handmade_plan()) == [
        "Apply now for the licence L; sign CN and spot; keep 40 kg a period of AU.",
        "Do not apply for K.",
        "Order in the year from 2026-04: 30 kg of NdFeB from Baotou, 40 kg of NdFeB from Hitachi and 40 kg of oxide "
        "from IREL.",
        "Start qualifying in the year from 2026-04: fan-f for fan.",
        "Expand in the year from 2026-04: line by 10 kg a period.",
        "₹3,677 is to be paid now and in the year from 2026-04; what is decided by then comes to ₹3,816.",
        "Whatever comes, the fan line runs short, first in the year from 2026-04.",
        "In one of two futures (50 %) the fan line runs short beyond that first, in the year from 2027-04.",
        "In one of two futures (50 %) no line runs short beyond that.",
        "On average 97.5 % of demand is built by the horizon's end; 2.5 units are not. "
        "In the worst future, freeze, 95.0 % is built.",
        "At worst there wait: fan, 5.0 units at the end of 2027-03 and up to 2 years.",
        "It is expected to cost ₹6,328, discounted; the worst 50 % of the futures cost ₹8,146 on average (CVaR).",
        "The most expensive future is freeze (₹8,146), the cheapest calm (₹4,510).",
        "41 % of the heavy magnets that arrive over the horizon come from Japan.",
        "Stock is largest at the end of 2027-03: 32 kg of NdFeB and 6 kg of oxide, on average.",
        f"No plan can be better by more than 0.10 %, that is by ₹7 of the ₹7,237 that the goal comes to. {PROVEN}",
    ]


def test_licences_that_are_left_are_said_together() -> None:
    plan = handmade_plan()
    now = plan.tables["now_decisions"]
    more = now[now["item"] == "K"].assign(item="M")
    plan = dataclasses.replace(plan, tables=plan.tables | {"now_decisions": pd.concat([now, more])})
    assert headline(from_rows(SCENARIO), plan)[1] == "Do not apply for K or M."


def test_what_is_left_is_said_with_its_cost_where_that_is_known() -> None:
    left = pd.DataFrame([{"decision": "apply", "item": "K", "cost": 120_000.0}])
    plan = handmade_plan()
    known = dataclasses.replace(plan, explained=True, tables=plan.tables | {"not_taken": left})
    assert headline(from_rows(SCENARIO), known)[1] == "Do not apply for K (it would cost ₹1.20 lakh more)."


SUBSTITUTE = {
    "design": "F", "segment": "bus", "qualified": "no", "qualification_cost": 500, "qualification_periods": 1,
    "extra_cost_per_unit": 400,
}  # fmt: skip
"""Dearer than a magnet of ₹200 a unit."""


def test_substitute_that_is_qualified_later() -> None:
    """Where magnets cost ten times as much from 2027-01 on, it pays; that is seen in 2026-07, and 2026-10 will do."""
    loaded = load(
        settings={"discount_rate": 0.1},
        futures=futures(calm=0.5, expensive=0.5),
        events=[
            {"event": "E1", "future": "expensive", "kind": "price", "scope": "all", "from": "2026-07", "value": 1.1},
            {"event": "E2", "future": "expensive", "kind": "price", "scope": "all", "from": "2027-01", "value": 10},
        ],
        materials={"max_stock_kg": 0},
        designs=[{"design": "D1", "segment": "bus"}, SUBSTITUTE],
    )
    later = "In one of two futures (50 %) start qualifying later, in the quarter from 2026-10: F for bus."
    assert later in said(loaded)


def test_substitutes_that_are_not_worth_it() -> None:
    loaded = load(designs=[{"design": "D1", "segment": "bus"}, SUBSTITUTE])
    assert "The substitute F is not worth qualifying." in said(loaded)
    expensive = [SUBSTITUTE | {"design": name} for name in ("F", "G")]
    loaded = load(designs=[{"design": "D1", "segment": "bus"}, *expensive])
    assert "None of the two substitutes is worth qualifying." in said(loaded)


def test_ties_are_said_as_ties() -> None:
    """Half from each of two countries."""
    loaded = load(
        suppliers=[{"supplier": "Baotou", "country": "China"}, {"supplier": "Hitachi", "country": "Japan"}],
        offers=[
            {"offer": "O1", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 100, "max_kg_per_period": 10},
            {"offer": "O2", "supplier": "Hitachi", "material": "NdFeB", "price_per_kg": 100, "max_kg_per_period": 10},
        ],
    )
    both = "50 % of the heavy magnets that arrive over the horizon come from each of China and Japan."
    assert both in said(loaded)


def test_shortage_alike_in_every_future() -> None:
    loaded = load(
        materials=NO_STOCK,
        futures=futures(open=0.5, expensive=0.5),
        events=[
            {**stop("*", "2026-10"), "event": "E1"},
            {"event": "E2", "future": "expensive", "kind": "price", "scope": "all", "from": "2026-07", "value": 1.5},
        ],
    )
    assert "In every future 50.0 % of demand is built by the horizon's end; 20 units are not." in said(loaded)


def test_two_licences_are_licences() -> None:
    plan = dataclasses.replace(handmade_plan(), decisions=Decisions(("L", "K")))
    assert headline(from_rows(SCENARIO), plan)[0] == "Apply now for the licences L and K."


@pytest.mark.parametrize(
    ("decisions", "sentence"),
    [
        (Decisions(sign=("CN",)), "Sign now CN."),
        (Decisions(keep={"AU": 40.0}), "Keep now 40 kg a period of AU."),
        (Decisions(keep={"AU": 0.0}), NOTHING_NOW),
    ],
)
def test_first_of_what_to_do_now_says_now(decisions: Decisions, sentence: str) -> None:
    plan = dataclasses.replace(handmade_plan(), decisions=decisions)
    assert headline(from_rows(SCENARIO), plan)[0] == sentence


def _moved(plan: Plan, table: str, rows: list[dict[str, Any]]) -> Plan:
    """The plan with one table's first row repeated, each with some cells changed."""

    first = plan.tables[table].iloc[0].to_dict()
    return dataclasses.replace(plan, tables=plan.tables | {table: pd.DataFrame([first | row for row in rows])})


def test_starts_in_some_futures() -> None:
    plan = _moved(handmade_plan(), "qualification", [{"node": 3, "month": B}])
    expected = "In one of two futures (50 %) start qualifying later, in the year from 2027-04: fan-f for fan."
    assert headline(from_rows(SCENARIO), plan)[3] == expected


def test_starts_alike_in_several_nodes_are_said_once() -> None:
    plan = _moved(handmade_plan(), "expansion", [{"node": node, "month": B} for node in (2, 3)])
    assert headline(from_rows(SCENARIO), plan)[4] == "Expand later, in the year from 2027-04: line by 10 kg a period."


def test_many_starts_are_said_short() -> None:
    plan = _moved(handmade_plan(), "expansion", [{"month": f"2026-{month:02d}"} for month in range(4, 11)])
    sentences = headline(from_rows(SCENARIO), plan)
    assert sentences[7] == "Expand later, in the year from 2026-07: line by 10 kg a period."
    assert sentences[8] == "Three more such starts follow, or come in other futures (sheet Expansion)."
    plan = _moved(handmade_plan(), "expansion", [{"month": f"2026-{month:02d}"} for month in range(4, 9)])
    said = "One more such start follows, or comes in other futures (sheet Expansion)."
    assert headline(from_rows(SCENARIO), plan)[8] == said


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("time_limit", "The time limit came first"),
        ("memory_limit", "Memory ran out first"),
        ("interrupted", "The solve was stopped by hand"),
    ],
)
def test_stopped_early(status: Any, why: str) -> None:
    plan = dataclasses.replace(handmade_plan(), status=status, bound=7000.0, gap=237 / 7237)
    sure = "No plan can be better by more than 3.28 %, that is by ₹237 of the ₹7,237 that the goal comes to"
    assert headline(from_rows(SCENARIO), plan)[-1] == f"{why}. {sure}; more time may find a better one. {PROVEN}"


def test_short_of_the_gap_without_a_limit() -> None:
    """No time would help."""
    plan = dataclasses.replace(handmade_plan(), status="gave_up", bound=7000.0, gap=237 / 7237)
    sure = "No plan can be better by more than 3.28 %, that is by ₹237 of the ₹7,237 that the goal comes to"
    why = "The solver came no nearer to what was asked, as where capacities or commitments lie far above any need"
    assert headline(from_rows(SCENARIO), plan)[-1] == f"{why}. {sure}. {PROVEN}"


def test_question() -> None:
    assert question(from_rows(SCENARIO), handmade_plan()) == {
        "Strategy": "none: the scenario as it stands",
        "Horizon": "2026-04 to 2028-03, 2 years",
        "Futures": "2",
        "Goal": "least cost: 50 % what is expected, 50 % the average of the worst 50 % of futures (CVaR)",
        "Status": "solved as closely as asked; gap 0.10 %",
    }
    loaded = load()
    found = question(loaded, make_plan(loaded, Options(gap=0)))
    assert (found["Goal"], found["Status"]) == ("least expected cost", "solved as closely as asked; gap none")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("time_limit", "the best plan found until the time limit; gap 3.28 %"),
        ("memory_limit", "the best plan found until memory ran out; gap 3.28 %"),
        ("interrupted", "the best plan found until it was stopped by hand; gap 3.28 %"),
        ("gave_up", "the best plan found until the solver came no nearer; gap 3.28 %"),
    ],
)
def test_status(status: Any, said: str) -> None:
    plan = dataclasses.replace(handmade_plan(), status=status, gap=0.0328)
    assert question(from_rows(SCENARIO), plan)["Status"] == said


# --- figures ----------------------------------------------------------------------------------------


def test_figures_of_the_plan_by_hand() -> None:
    """Missing 0.5 × 5; Japan 45 of 110 kg; efficiency 16 × 3 points over 97.5 units: see the plan by hand.

    Heavy arrivals: China 20 + (30 + 15) / 2 = 42.5, Japan 40 + 10 / 2 = 45, India 17 + (3 + 8) / 2 = 22.5: 110 in
    all. Units: 45 + (55 + 50) / 2 = 97.5, of which without magnet (12 + 20) / 2 = 16, of 3 points each.
    """
    found = {figure.name: figure.value for figure in figures(from_rows(SCENARIO), handmade_plan())}
    assert found == pytest.approx(
        {
            "expected_cost": 6328,
            "cvar": 8146,
            "objective": 7237,
            "cash_now": 3677,
            "committed": 1540 + 2126 + 150,
            "service": 0.975,
            "service_by_value": 1 - 2.5 * 1000 / (80 * 1000 + 20 * 2000),
            "missing": 2.5,
            "largest_country": 45 / 110,
            "china": 42.5 / 110,
            "efficiency_lost": 48 / 97.5,
            "gap": 0.001,
            "gap_amount": 7.237,
        }
    )


def test_service_by_sector() -> None:
    """fans: 80 asked for, 5 missing in freeze; export has no sector and misses nothing."""
    found = service_by_sector(from_rows(SCENARIO), handmade_plan())
    assert found.to_dict("records") == [
        {"sector": "fans", "service": pytest.approx(1 - 2.5 / 80), "worst": 1 - 5 / 80, "future": "freeze"},
        {"sector": "export", "service": 1.0, "worst": 1.0, "future": "every future"},
    ]


def test_series_of_charts() -> None:
    plan = handmade_plan()
    assert cost_by_future(plan).to_dict("list") == {
        "future": ["freeze", "calm"],
        "cost": [8146, 4510],
        "expected": [6328.0, 6328.0],
        "cvar": [8146.0, 8146.0],
    }
    assert sourcing_by_year(plan).to_dict("list") == {
        "year": ["FY27", "FY28"],
        "Japan": [40.0, 5.0],
        "China": [20.0, 22.5],
        "India": [17.0, 5.5],
    }
    assert demand_by_month(plan).to_dict("list") == {
        "month": ["2026-04", "2027-04"],
        "built": [45.0, 52.5],
        "lost": [0.0, 1.5],
        "demand": [50.0, 50.0],
        "late": [5.0, 1.0],
    }


# --- words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("INR", 2_014_348_016, "₹201.43 crore"),
        ("INR", 12_345_678_900_000, "₹12,34,567.89 crore"),
        ("INR", 1_947_716, "₹19.48 lakh"),
        ("INR", 99_999, "₹99,999"),
        ("INR", -1_368_089, "-₹13.68 lakh"),
        ("INR", 0.2, "₹0"),
        ("EUR", 3_250_000, "EUR 3.25 million"),
        ("EUR", 999_999, "EUR 999,999"),
    ],
)
def test_money_in_words(currency: str, amount: float, text: str) -> None:
    assert Wording(currency).money(amount) == text


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [(0.18, 0, "18 %"), (0.001, 0, "below 1 %"), (0.9999, 1, "above 99.9 %"), (0, 1, "0.0 %"), (1, 0, "100 %")],
)
def test_percent(share: float, decimals: int, text: str) -> None:
    assert percent(share, decimals) == text


def test_lists() -> None:
    said = [listed(list("abcde")[:length], 3) for length in (1, 2, 3, 5)]
    assert said == ["a", "a and b", "a, b and c", "a, b, c and two more"]


def test_long_names_keep_their_ends() -> None:
    assert shortened("a future of slow licences, number 8") == "a future of…es, number 8"
    assert len(shortened("x" * 40)) == 24
    assert shortened("x" * 24) == "x" * 24


def test_digits_are_grouped_as_usual_in_the_currency() -> None:
    assert Wording("INR").number(-1234567.891, 1) == "-12,34,567.9"
    assert Wording("USD").number(1234567) == "1,234,567"
    assert Wording("INR").number(-0.2) == "0"


# --- what holds the plan back -----------------------------------------------------------------------

SHEET = "(sheet Limits and values)."


def held_back(**tables: Any) -> list[str]:
    """The sentences about stock and limits of the optimal plan of a scenario."""
    return [text for text in said(load(**tables)) if text.startswith(("Stock is", "Limits that"))]


def test_stock_that_is_laid_in_before_the_price_rises() -> None:
    """All of 2027 is bought before it."""
    events = [{"event": "E", "future": "*", "kind": "price", "scope": "all", "from": "2027-01", "value": 5}]
    assert held_back(events=events) == ["Stock is largest at the end of 2026-12: 20 kg of NdFeB."]


def test_limits_that_hold_the_plan_back() -> None:
    """15 kg of storage for 20 that would be laid in."""
    events = [{"event": "E", "future": "*", "kind": "price", "scope": "all", "from": "2027-01", "value": 5}]
    assert held_back(events=events, materials={"max_stock_kg": 15}) == [
        "Stock is largest at the end of 2026-12: 15 kg of NdFeB.",
        f"Limits that hold the plan back: storage of NdFeB {SHEET}",
    ]


def test_several_limits() -> None:
    found = held_back(
        materials={"min_stock_kg": 3, "holding_cost_per_kg": 1},
        segments={"min_service": 0.5, "shortage_cost_per_unit": 1},
        budgets=[{"year": "FY27", "max_spend": 4312}],
    )
    assert found == [
        "Stock is largest first at the end of 2026-06: 3 kg of NdFeB.",
        f"Limits that hold the plan back: the budget of FY27, the service promised for bus and the safety stock of NdFeB {SHEET}",
    ]


def test_share_limit() -> None:
    found = held_back(
        suppliers=[{"supplier": "Baotou", "country": "China"}, {"supplier": "Hitachi", "country": "Japan"}],
        offers=[
            {"offer": "O1", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 100, "max_kg_per_period": 50},
            {"offer": "O2", "supplier": "Hitachi", "material": "NdFeB", "price_per_kg": 120, "max_kg_per_period": 50},
        ],
        limits=[{"limit": "diversify", "scope": "country", "target": "China", "max_share": 0.5}],
        materials={"max_stock_kg": 100},
    )
    assert f"Limits that hold the plan back: the limit diversify on shares {SHEET}" in found


def test_capacities_are_facts_not_limits() -> None:
    assert held_back(offers={"max_kg_per_period": 15}, materials={"holding_cost_per_kg": 1}) == []

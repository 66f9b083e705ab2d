"""Rows that do not agree with each other are reported, each in one whole text, and doubtful ones as warnings."""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from check_cases import DOUBTFUL as MORE_DOUBTFUL
from check_cases import WRONG as MORE_WRONG
from minimal import MINIMAL, load, minimal, problems
from mistakes import MISTAKES, make

from planner.errors import Problem
from planner.reading import read
from planner.scenario.check import PROBLEMS, SHOWN, WARNINGS, Check, grouped
from planner.scenario.load import raw_from_rows
from planner.scenario.parse import parse
from planner.scenario.raw import RawScenario

OFFER = MINIMAL["offers"][0]


def offers(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The smallest scenario's offer as often as there are changes."""
    return [{**OFFER, **change} for change in changes]


def climate(
    climates: Sequence[tuple[str, float]] = (("calm", 0.5), ("freeze", 0.5)),
    moves: Sequence[tuple[str, str, float]] = (
        ("calm", "calm", 0.5),
        ("calm", "freeze", 0.5),
        ("freeze", "freeze", 0.5),
        ("freeze", "calm", 0.5),
    ),
    **tables: Any,
) -> dict[str, Any]:
    """Tables of a climate C, by default of two states that come and go by the toss of a coin."""
    of = {"climate": "C"}
    return {
        "climates": [of | {"state": state, "start_probability": start} for state, start in climates],
        "climate_moves": [of | {"state": a, "next_state": b, "probability": p} for a, b, p in moves],
        **tables,
    }


WRONG = [
    pytest.param(
        {"segments": [], "designs": [], "demand": [], "design_materials": []},
        [
            (
                "demand: There is no column for any period. Add a column for each, headed by its first month,"
                " such as 2026-04."
            ),
            (
                "segments: The table segments has no row. Add at least one row: product lines, each sold to "
                "one market: what magnets are needed for."
            ),
            (
                "demand: The table demand has no row. Add at least one row: units asked for: one column a "
                "period, each named by the period's first month."
            ),
            (
                "designs: The table designs has no row. Add at least one row: ways to build a segment's "
                "product: which magnets, how many, at what loss of efficiency."
            ),
        ],
        id="no row",
    ),
    pytest.param(
        {"offers": offers({}, {})},
        [
            (
                "offers row 2, offer: offer O1: a row with this key stands at offers row 1, offer already. "
                "Give each row its own offer, or delete one."
            )
        ],
        id="duplicate",
    ),
    pytest.param(
        {"stock": [{"material": "NdFeB", "kg": 1}, {"material": "NdFeB ", "kg": 2}]},
        [
            (
                "stock row 2, material: material NdFeB, undertaking (free): a row with this key stands at "
                "stock row 1, material already. If both are meant, add them up: type the sum in one row, "
                "or use --add-up."
            )
        ],
        id="duplicate compound",
    ),
    pytest.param(
        {"open_orders": [{"offer": "O1", "period": "2026-07", "kg": 1}, {"offer": "O1", "period": "2026-08", "kg": 2}]},
        [
            (
                "open_orders row 2, offer: offer O1, period 2026-08: a row with this key stands at "
                "open_orders row 1, offer already. If both are meant, add them up: type the sum in one row, "
                "or use --add-up."
            )
        ],
        id="duplicate month",
    ),
    pytest.param(
        {"offers": offers({}, {"offer": "o1"})},
        [
            (
                "offers row 2, offer: offer o1: 'O1' at offers row 1, offer differs by capitals or spaces "
                "only. Spell both alike, or name one otherwise."
            )
        ],
        id="spelling",
    ),
    pytest.param(
        {"suppliers": [{"supplier": "Baotou", "country": "China"}, {"supplier": "B2", "country": "CHINA"}]},
        [
            (
                "suppliers row 2, country: country of supplier B2: 'China' at suppliers row 1, country "
                "differs by capitals or spaces only. Spell both alike, or name one otherwise."
            )
        ],
        id="spelling country",
    ),
    pytest.param(
        {"offers": {"supplier": "Baotu"}},
        [("offers row 1, supplier: supplier of offer O1: 'Baotu' is not in suppliers. Did you mean 'Baotou'?")],
        id="unknown supplier",
    ),
    pytest.param(
        {"offers": {"licence": "EUC"}},
        [
            (
                "offers row 1, licence: licence of offer O1: 'EUC' is not in licences. There is no file licences.csv: "
                "add it, with the heading licence and a row for 'EUC'."
            )
        ],
        id="unknown licence",
    ),
    pytest.param(
        {"offers": {"licence": "EUC"}, "licences": []},
        [
            (
                "offers row 1, licence: licence of offer O1: 'EUC' is not in licences. Add it there: licences"
                " has no rows yet."
            )
        ],
        id="no licence",
    ),
    pytest.param(
        {"offers": {"currency": "USD"}},
        [
            (
                "offers row 1, currency: currency of offer O1: 'USD' is not in currencies. Add it there, or "
                "use one of: INR."
            )
        ],
        id="unknown currency",
    ),
    pytest.param(
        {"currencies": [{"currency": "INR", "rate": 2}]},
        [
            (
                "currencies row 1, rate: rate of currency INR: 2 stands here, but INR is the base currency, "
                "whose rate is 1. Delete the row, or correct the currency in settings."
            )
        ],
        id="base currency rate",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "F1", "kind": "price", "scope": "all", "value": 1.1}]},
        [("events row 1, future: future of event E1: 'F1' is not in futures. Add it there, or use one of: *.")],
        id="unknown future",
    ),
    pytest.param(
        {
            "climates": [{"climate": "C", "state": "freeze", "start_probability": 1}],
            "climate_moves": [{"climate": "C", "state": "freeze", "next_state": "freeeze", "probability": 1}],
        },
        [
            (
                "climate_moves row 1, next_state: climate C, state freeze, next_state freeeze: 'freeeze' is "
                "not a state of climate C. Did you mean 'freeze'?"
            )
        ],
        id="unknown state",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "price", "scope": "offer", "target": "O2", "value": 1.1}]},
        [("events row 1, target: target of event E1: 'O2' is not in offers. Add it there, or use one of: O1.")],
        id="unknown target",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "clearance", "scope": "offer", "target": "O1", "value": 1}]},
        [
            (
                "events row 1, scope: scope of event E1: 'offer' is not a scope of the kind clearance. Use "
                "one of: licence, all."
            )
        ],
        id="wrong scope",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "price", "scope": "offer", "value": 1}]},
        [("events row 1, target: target of event E1 is blank. Type the name of the offer, or set the scope to all.")],
        id="no target",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "price", "scope": "all", "target": "O1", "value": 1}]},
        [
            (
                "events row 1, target: target of event E1: 'O1' stands here, but the scope is all. Leave the "
                "target blank, or name its scope."
            )
        ],
        id="needless target",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "clearance", "scope": "all", "value": 30}]},
        [
            (
                "events row 1, value: value of event E1: 30 is too large. The released share is written from "
                "0 to 1: for 30 % type 0.3."
            )
        ],
        id="clearance",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "clearance", "scope": "all", "value": 3000}]},
        [("events row 1, value: value of event E1: 3000 is too large. The released share is written from 0 to 1.")],
        id="clearance big",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "price", "scope": "all", "value": 120}]},
        [
            (
                "events row 1, value: value of event E1: 120 is too large. It is a factor: 1.05 is 5 % more, "
                "and 100 the most."
            )
        ],
        id="factor",
    ),
    pytest.param(
        {"open_orders": [{"offer": "O1", "period": "2027-04", "kg": 1}]},
        [
            (
                "open_orders row 1, period: offer O1, period 2027-04: 2027-04 is after the horizon, whose "
                "periods run from 2026-04 to 2027-01. Type a month within it."
            )
        ],
        id="after",
    ),
    pytest.param(
        {"offers": {"from": "2026-10", "until": "2026-07"}},
        [("offers row 1, from: from of offer O1: 2026-10 is after until, 2026-07. Correct one of the two.")],
        id="backwards",
    ),
    pytest.param(
        {"futures": [{"future": "F1", "probability": 0.5}, {"future": "F2", "probability": 0.4}]},
        [("futures row 1, probability: The probabilities of the futures add up to 0.9. They must add up to 1.")],
        id="probabilities",
    ),
    pytest.param(
        {
            "climates": [
                {"climate": "C", "state": "freeze", "start_probability": 0.5},
                {"climate": "C", "state": "flow", "start_probability": 0.6},
            ],
            "climate_moves": [{"climate": "C", "state": "freeze", "next_state": "flow", "probability": 0.9}],
        },
        [
            (
                "climates row 1, start_probability: The probabilities of the states of climate C add up to "
                "1.1. They must add up to 1."
            ),
            (
                "climate_moves row 1, probability: The probabilities of the moves from climate C, state "
                "freeze add up to 0.9. They must add up to 1."
            ),
            (
                "climates row 2, state: climate C, state flow has no row in climate_moves. Add the states "
                "that may come next, itself among them, with their probabilities."
            ),
        ],
        id="climate sums",
    ),
    pytest.param(
        {"settings": {"futures": 6}},
        [
            (
                "settings row 4, value: futures is 6, but there is no climate to make them from. Fill the tables"
                " climates, climate_moves and climate_effects; or set it to 0, and fill futures and events."
            )
        ],
        id="made futures",
    ),
    pytest.param(
        climate(climates=[("calm", 1), ("freeze", 0)], moves=[("calm", "calm", 1), ("freeze", "freeze", 1)]),
        [
            (
                "climates row 2, state: climate C, state freeze never comes: no path of the climate leads to it. Give it"
                " a start_probability above 0, or a row in climate_moves that leads to it; or delete its rows."
            )
        ],
        id="states nobody reaches",
    ),
    pytest.param(
        climate(settings={"futures": 1}),
        [
            (
                "climates row 1, climate: climate C, state calm: nothing in climate_effects says what C changes. Add a"
                " row to climate_effects for each thing that a state of it changes, or delete the climate."
            )
        ],
        id="climates without effects",
    ),
    pytest.param(
        climate(
            settings={"futures": 17, "courses": 200},
            climate_effects=[
                {"climate": "C", "state": "freeze", "kind": "price", "scope": "all", "value": 2},
            ],
        ),
        [
            (
                "settings row 4, value: futures is 17, but of 200 sampled paths only 16 differ. Set it to 16 or less,"
                " or raise courses, the number of paths that are sampled."
            )
        ],
        id="more leaves than paths differ",
    ),
    pytest.param(
        {
            "materials": [{"material": m, "class": "heavy"} for m in ("NdFeB", "Alloy")],
            "conversions": [
                {"conversion": "Sinter", "supplier": "Baotou", "material": "NdFeB", "max_kg_per_period": 1},
                {"conversion": "Recycle", "supplier": "Baotou", "material": "Alloy", "max_kg_per_period": 1},
            ],
            "conversion_inputs": [
                {"conversion": "Sinter", "material": "Alloy", "kg_per_kg": 1},
                {"conversion": "Recycle", "material": "NdFeB", "kg_per_kg": 1},
            ],
        },
        [
            (
                "conversions row 2, material: material of conversion Recycle: Recycle makes Alloy from NdFeB,"
                " Sinter makes NdFeB from Alloy: a cycle. Take out one of the conversions."
            )
        ],
        id="cycle",
    ),
    pytest.param(
        {
            "conversions": [
                {"conversion": "Sinter", "supplier": "Baotou", "material": "NdFeB", "max_kg_per_period": 1}
            ],
            "conversion_inputs": [{"conversion": "Sinter", "material": "NdFeB", "kg_per_kg": 1}],
        },
        [
            (
                "conversions row 1, material: material of conversion Sinter: Sinter makes NdFeB from NdFeB "
                "itself. Take out one of the conversions."
            )
        ],
        id="itself",
    ),
    pytest.param(
        {
            "segments": [{"segment": s, "market": "India", "shortage_cost_per_unit": 1} for s in ("bus", "car")],
            "designs": [{"design": "D1", "segment": "bus"}, {"design": "D2", "segment": "car"}],
        },
        [
            (
                "segments row 2, segment: segment car has no row in demand. Add one with its units, 0 where "
                "none are asked for."
            )
        ],
        id="no demand",
    ),
    pytest.param(
        {"demand": {"segment": "buss"}},
        [
            ("demand row 1, segment: segment buss: 'buss' is not in segments. Did you mean 'bus'?"),
            ("segments row 1, segment: segment bus has no row in demand. Is it meant by 'buss' there?"),
        ],
        id="demand slip",
    ),
    pytest.param(
        {"offers": offers({"group": "G", "decision": "must"}, {"offer": "O2", "group": "G", "decision": "must"})},
        [
            (
                "offers row 2, decision: decision of offer O2: must, and so is offer O1; but of group G at "
                "most one is signed. Set one of the two to free or never."
            )
        ],
        id="two musts",
    ),
    pytest.param(
        {"limits": [{"limit": "L", "scope": "country", "target": "China", "min_share": 0.5, "max_share": 0.4}]},
        [("limits row 1, min_share: min_share of limit L: 0.5 is above max_share, 0.4. Correct one of the two.")],
        id="limit",
    ),
    pytest.param(
        {"offers": [{**OFFER, "offer": f"O{i}", "supplier": "Ningbo"} for i in range(8)]},
        [
            (
                "offers row 1, supplier: supplier of offer O0: 'Ningbo' is not in suppliers. (7 more like it:"
                " offers row 2, supplier; offers row 3, supplier; offers row 4, supplier; offers row 5, "
                "supplier; …) Add it there, or use one of: Baotou."
            )
        ],
        id="many",
    ),
    *(pytest.param(*case, id=name) for name, case in MORE_WRONG.items()),
]

DOUBTFUL = [
    pytest.param(
        {"offers": {"duty_rate": 1.5}, "settings": {"discount_rate": 1}},
        [
            "offers row 1, duty_rate: duty_rate of offer O1: 1.5 is 150 %. For 1.5 % type 0.015.",
            "settings row 4, value: discount_rate: 1 is 100 %. For 1 % type 0.01.",
        ],
        id="rates",
    ),
    pytest.param(
        {"settings": {"risk_weight": 1}},
        [
            "settings row 4, value: risk_weight: at 1 only the worst futures count, and the plan may waste money in all "
            "others. Type 0.99: the worst still count nearly alone, and the others stay cheap."
        ],
        id="only risk",
    ),
    pytest.param(
        {
            "undertakings": [{"undertaking": "EUC", "barred_markets": "Indya; US", "barred_end_uses": "defence"}],
            "offers": {"undertaking": "EUC"},
        },
        [
            (
                "undertakings row 1, barred_markets: barred_markets of undertaking EUC: 'Indya' is the market"
                " of no row in segments. Did you mean 'India'?"
            )
        ],
        id="barred slip",
    ),
    pytest.param(
        {
            "events": [
                {"event": "E1", "future": "*", "kind": "price", "scope": "country", "target": "Chna", "value": 1.1}
            ]
        },
        [
            (
                "events row 1, target: target of event E1: 'Chna' is the country of no row in suppliers. Did"
                " you mean 'China'?"
            )
        ],
        id="soft target",
    ),
    pytest.param(
        {"limits": [{"limit": "L", "scope": "country", "target": "Chna", "max_share": 0.4}]},
        [
            (
                "limits row 1, target: target of limit L: 'Chna' is the country of no row in suppliers. Did "
                "you mean 'China'?"
            )
        ],
        id="limit target",
    ),
    pytest.param(
        {"events": [{"event": "E1", "future": "*", "kind": "price", "scope": "all", "value": 12}]},
        [("events row 1, value: value of event E1: 12 times the price is much. It is a factor: 1.05 is 5 % more.")],
        id="factor",
    ),
    pytest.param(
        {"conversions": [{"conversion": "Sinter", "supplier": "Baotou", "material": "NdFeB", "max_kg_per_period": 1}]},
        [
            (
                "conversions row 1, conversion: conversion Sinter has no row in conversion_inputs: it makes "
                "material from nothing. Add what it takes in, unless that is bought with its cost_per_kg."
            )
        ],
        id="no inputs",
    ),
    pytest.param(
        {"designs": {"decision": "never"}},
        [
            (
                "segments row 1, segment: segment bus has no design that may be built: all its demand is "
                "lost. Add a design."
            )
        ],
        id="no design",
    ),
    pytest.param(
        {"materials": {"class": "feedstock"}},
        [
            (
                "design_materials row 1, material: design D1, material NdFeB: NdFeB is a feedstock, not a "
                "magnet. Name the magnet that is made from it, or correct its class."
            )
        ],
        id="feedstock",
    ),
    pytest.param(
        {"offers": {"min_order_kg": 60}},
        [
            (
                "offers row 1, min_order_kg: min_order_kg of offer O1: 60 is above max_kg_per_period, 50. "
                "Nothing can be ordered as it stands; correct one of the two."
            )
        ],
        id="min order",
    ),
    pytest.param(
        {"offers": {"commit_kg_per_period": 60}},
        [
            (
                "offers row 1, commit_kg_per_period: commit_kg_per_period of offer O1: 60 is above "
                "max_kg_per_period, 50. It counts as 50; correct one of the two."
            )
        ],
        id="commit",
    ),
    pytest.param(
        {"offers": {"max_kg_per_period": 999999999}},
        [
            (
                "offers row 1, max_kg_per_period: max_kg_per_period of offer O1: 999999999 is far above all that can be "
                "used, some 80 kg. Type what can be delivered at most: beside so large a figure a small one may be taken "
                "for nothing."
            )
        ],
        id="no limit",
    ),
    pytest.param(
        {"budgets": [{"year": "FY29", "max_spend": 5}]},
        [
            (
                "budgets row 1, year: year FY29: FY29 is no year of the horizon, so that this budget limits "
                "nothing. The horizon, whose periods run from 2026-04 to 2027-01, has the financial years FY27."
            )
        ],
        id="budget",
    ),
    *(pytest.param(*case, id=name) for name, case in MORE_DOUBTFUL.items()),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_what_does_not_agree_is_said(changes: dict[str, Any], said: list[str]) -> None:
    assert problems(minimal(**changes)) == said


@pytest.mark.parametrize(("changes", "said"), DOUBTFUL)
def test_what_is_doubtful_is_a_warning(changes: dict[str, Any], said: list[str]) -> None:
    assert [str(warning) for warning in load(**changes).warnings] == said


def test_a_good_scenario_has_no_warning() -> None:
    assert load().warnings == ()


def test_names_are_looked_for_in_rows_with_other_problems() -> None:
    """A wrong price is one problem, not one more for each row that names the offer."""
    said = problems(minimal(offers={"price_per_kg": "x"}, open_orders=[{"offer": "O1", "period": "2026-07", "kg": 1}]))
    assert said == [
        "offers row 1, price_per_kg: price_per_kg of offer O1: 'x' is text where a number belongs. Type a number."
    ]


def test_sums_are_not_said_where_a_part_is_missing() -> None:
    futures = [{"future": "F1", "probability": 0.5}, {"future": "F2", "probability": "half"}]
    assert problems(minimal(futures=futures)) == [
        "futures row 2, probability: probability of future F2: 'half' is text where a number belongs. Type a number."
    ]


def test_probabilities_add_up_within_a_millionth() -> None:
    thirds = [{"future": f"F{number}", "probability": 0.3333333} for number in range(3)]
    assert problems(minimal(futures=thirds)) == []


def test_an_event_may_happen_in_every_future() -> None:
    event = {"event": "E1", "future": "*", "kind": "demand", "scope": "all", "value": 1.2}
    assert load(events=[event]).scenario.events[0].future == "*"


@pytest.mark.parametrize("count", [SHOWN, SHOWN + 1])
def test_many_alike_are_said_as_one_that_knows_all_cells(count: int) -> None:
    alike = [Problem("unknown_name", f"N{n} is unknown.", "", "offers", cell=f"offers!B{n}") for n in range(count)]
    other = Problem("missing", "Blank.", "", "offers", cell="offers!C9")
    said = grouped([other, *alike])
    if count <= SHOWN:
        assert said == [other, *alike]
    else:
        assert [str(problem) for problem in said] == [
            "offers!C9: Blank.",
            "offers!B0: N0 is unknown. (5 more like it: offers!B1; offers!B2; offers!B3; offers!B4; …)",
        ]
        assert said[1].cells == tuple(f"offers!B{n}" for n in range(count))


def test_the_base_currency_may_have_its_row() -> None:
    assert load(offers={"currency": "INR"}, currencies=[{"currency": "INR", "rate": 1}]).scenario.rate == {"INR": 1.0}


@pytest.mark.parametrize("check", PROBLEMS + WARNINGS, ids=lambda check: check.__name__)
def test_no_check_goes_without_a_case(check: Check) -> None:
    """Each check is made to speak by a case above, or by a mistake in a workbook."""
    cases = [case.values[0] for case in (WRONG if check in PROBLEMS else DOUBTFUL)]
    scenarios = itertools.chain((raw_from_rows(minimal(**changes), "case") for changes in cases), _mistaken())
    assert any(list(check(parse(raw))) for raw in scenarios)


@functools.cache
def _mistaken() -> list[RawScenario]:
    with tempfile.TemporaryDirectory() as folder:
        return [read(make(Path(folder) / "book.xlsx", changes))[0] for changes in MISTAKES.values()]

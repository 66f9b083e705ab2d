"""Cells become typed values, or problems in the planner's words; blanks become their defaults."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from minimal import MINIMAL, MONTHS, load, minimal, problems

from planner.errors import InputError, Problem
from planner.scenario.load import from_rows, raw_from_rows
from planner.scenario.parse import Default, parse
from planner.scenario.tables import tables

OFFER = MINIMAL["offers"][0]

WRONG = [
    pytest.param(
        {"offers": {"price_per_kg": None}},
        [
            (
                "offers row 1, price_per_kg: price_per_kg of offer O1 is blank. It is required: price before "
                "freight and duty (offer currency/kg)."
            )
        ],
        id="blank required",
    ),
    pytest.param(
        {"offers": {"price_per_kg": "abc"}},
        [
            (
                "offers row 1, price_per_kg: price_per_kg of offer O1: 'abc' is text where a number belongs. "
                "Type a number."
            )
        ],
        id="text for number",
    ),
    pytest.param(
        {"offers": {"price_per_kg": "1,200"}},
        [
            (
                "offers row 1, price_per_kg: price_per_kg of offer O1: '1,200' is text where a number "
                "belongs. Type 1200, without separators or signs of currency."
            )
        ],
        id="thousands",
    ),
    pytest.param(
        {"offers": {"price_per_kg": -1}},
        [("offers row 1, price_per_kg: price_per_kg of offer O1: -1 is too small. It must be at least 0.")],
        id="negative",
    ),
    pytest.param(
        {"offers": {"price_per_kg": float("nan")}},
        [("offers row 1, price_per_kg: price_per_kg of offer O1: nan is not a finite number. Type a number.")],
        id="nan",
    ),
    pytest.param(
        {"offers": {"price_per_kg": float("inf")}},
        [("offers row 1, price_per_kg: price_per_kg of offer O1: inf is not a finite number. Type a number.")],
        id="inf",
    ),
    pytest.param(
        {"offers": {"price_per_kg": 10**400}},
        [
            (
                "offers row 1, price_per_kg: price_per_kg of offer O1: "
                "100000000000000000000000000000000000000000000000000000000… is not a finite number. Type a "
                "number."
            )
        ],
        id="huge",
    ),
    pytest.param(
        {"offers": {"price_per_kg": 1e15}},
        [
            (
                "offers row 1, price_per_kg: price_per_kg of offer O1: 1e+15 is too large. The most that is "
                "taken is 1e+12."
            )
        ],
        id="absurd",
    ),
    pytest.param(
        {"offers": {"deposit_share": 30}},
        [
            (
                "offers row 1, deposit_share: deposit_share of offer O1: 30 is too large. A share is written "
                "from 0 to 1: for 30 % type 0.3."
            )
        ],
        id="share",
    ),
    pytest.param(
        {"offers": {"duty_rate": 7.5}},
        [
            (
                "offers row 1, duty_rate: duty_rate of offer O1: 7.5 is too large. A rate is written as a "
                "share: for 7.5 % type 0.075."
            )
        ],
        id="duty",
    ),
    pytest.param(
        {"offers": {"lead_periods": 1.5}},
        [("offers row 1, lead_periods: lead_periods of offer O1: 1.5 is not a whole number. Type a whole number.")],
        id="fraction",
    ),
    pytest.param(
        {"offers": {"decision": "musst"}},
        [("offers row 1, decision: decision of offer O1: 'musst' is not one of the choices. Did you mean 'must'?")],
        id="choice",
    ),
    pytest.param(
        {"offers": {"from": 202604}},
        [
            (
                "offers row 1, from: from of offer O1: 202604 is a number where a month belongs. Type the "
                "month as text, such as 2026-04, or enter a date."
            )
        ],
        id="month number",
    ),
    pytest.param(
        {"offers": {"from": "April 2026"}},
        [("offers row 1, from: from of offer O1: 'April 2026' is not a month. Type 2026-04.")],
        id="month text",
    ),
    pytest.param(
        {"offers": {"price_per_kg": dt.date(2026, 4, 1)}},
        [
            (
                "offers row 1, price_per_kg: price_per_kg of offer O1: 2026-04-01 is a date where a number "
                "belongs. Set the cell's format to Number and type the number again."
            )
        ],
        id="date for number",
    ),
    pytest.param(
        {"offers": {"price_per_kg": True}},
        [
            (
                "offers row 1, price_per_kg: price_per_kg of offer O1: TRUE is a truth value where a number "
                "belongs. Type a number."
            )
        ],
        id="truth",
    ),
    pytest.param(
        {"offers": {"pric_per_kg": 5}},
        [
            (
                "offers row 1, pric_per_kg: pric_per_kg of offer O1 is not a field of this table. Did you "
                "mean 'price_per_kg'?"
            )
        ],
        id="unknown field",
    ),
    pytest.param(
        {"undertakings": [{"undertaking": "EUC", "barred_markets": ["US", 3]}]},
        [
            (
                "undertakings row 1, barred_markets: barred_markets of undertaking EUC: 3 cannot stand here. "
                "Type markets that material under it may not go to, separated by ;."
            )
        ],
        id="list in list",
    ),
    pytest.param(
        {"offers": [{k: v for k, v in OFFER.items() if k != "price_per_kg"}]},
        [
            (
                "offers: The column price_per_kg is missing. Add a column with the heading price_per_kg: "
                "price before freight and duty (offer currency/kg)."
            )
        ],
        id="missing column",
    ),
    pytest.param(
        {"budgets": [{"year": "2027", "max_spend": 5}]},
        [
            (
                "budgets row 1, year: year 2027: '2027' is neither a financial year nor a month. "
                "Type a financial year as FY27, or a period's month as 2026-07."
            )
        ],
        id="year",
    ),
    pytest.param({"ofers": []}, [("ofers: 'ofers' is not a table. Did you mean 'offers'?")], id="unknown table"),
    pytest.param(
        {"settings": {"discount": 0.1}},
        [("settings row 4, name: 'discount' is not a setting. Did you mean 'discount_rate'?")],
        id="setting unknown",
    ),
    pytest.param(
        {"settings": {"start": None}},
        [("settings row 2, value: start is blank. It is required: first month of the first period (YYYY-MM).")],
        id="setting missing",
    ),
    pytest.param(
        {"settings": [{"name": "title", "value": "x"}, {"name": "start", "value": "2026-04"}]},
        [("settings: There is no setting 'periods'. Add a row with the name periods: number of periods.")],
        id="setting absent",
    ),
    pytest.param(
        {
            "settings": [
                {"name": "title", "value": "x"},
                {"name": "start", "value": "2026-04"},
                {"name": "periods", "value": 4},
                {"name": "Periods", "value": 5},
            ]
        },
        [
            (
                "settings row 4, name: 'periods' stands here a second time, after settings row 3, name. "
                "Delete one of the two rows."
            )
        ],
        id="setting twice",
    ),
    pytest.param(
        {
            "settings": [
                {"name": "title", "value": "x"},
                {"name": "start", "value": "2026-04"},
                {"name": "periods", "value": 4},
                {"value": 5},
            ]
        },
        [("settings row 4, name: The setting has no name. Type its name.")],
        id="setting nameless",
    ),
    pytest.param(
        {"settings": {"periods": 0}},
        [("settings row 3, value: periods: 0 is too small. It must be at least 1.")],
        id="setting wrong",
    ),
    pytest.param(
        {"settings": {"period_months": 2}},
        [("settings row 4, value: period_months: 2 is not a period's length. Use 1, 3, 6 or 12.")],
        id="period months",
    ),
    pytest.param(
        {"demand": {"2026-07": None}},
        [
            (
                "demand row 1, 2026-07: 2026-07 of segment bus is blank. It is required: units asked for in "
                "the period; 0 where there are none."
            )
        ],
        id="demand blank",
    ),
    pytest.param(
        {"demand": {"2026-07": "ten"}},
        [("demand row 1, 2026-07: 2026-07 of segment bus: 'ten' is text where a number belongs. Type a number.")],
        id="demand text",
    ),
    pytest.param(
        {"demand": [{"segment": "bus", "2026-04": 1, "2026-08": "x", "2026-10": 1, "2027-01": 1}]},
        [("demand row 1, 2026-08: 2026-08 of segment bus: 'x' is text where a number belongs. Type a number.")],
        id="demand other month text",
    ),
    pytest.param(
        {"demand": [{"segment": "bus", "2026-04": 1}]},
        [
            (
                "demand: There is no column for 2026-07, 2026-10, 2027-01. Add a column for each period, "
                "headed by its first month."
            )
        ],
        id="demand no column",
    ),
    pytest.param(
        {"demand": [{"segment": "bus"}]},
        [
            (
                "demand: There is no column for any period. Add a column for each, headed by its first month,"
                " such as 2026-04."
            )
        ],
        id="demand none",
    ),
    pytest.param(
        {"demand": {"2027-04": 1, "2026-03": 2}},
        [
            (
                "demand, 2027-04: 2027-04 lies outside the horizon, whose periods run from 2026-04 to 2027-01. Take it"
                " out, or change the settings."
            ),
            (
                "demand, 2026-03: 2026-03 lies outside the horizon, whose periods run from 2026-04 to 2027-01. Take it"
                " out, or change the settings."
            ),
        ],
        id="demand outside",
    ),
    pytest.param(
        {"demand": {"2026-05": 1}},
        [
            (
                "demand, 2026-05: The columns 2026-04 and 2026-05 stand for one period, that of 2026-04. Keep one "
                "column a period, headed by its first month."
            )
        ],
        id="demand two",
    ),
    pytest.param(
        {"demand": {"foo": 1}},
        [("demand row 1, foo: foo of segment bus is not a field of this table. Use one of: note, segment, source.")],
        id="demand unknown",
    ),
    pytest.param(
        {"settings": {"periods": 40}},
        [
            (
                "demand: There is no column for 2027-04, 2027-07, 2027-10, 2028-01, 2028-04 and 31 more. Add "
                "a column for each period, headed by its first month."
            )
        ],
        id="demand many",
    ),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_a_wrong_cell_is_said(changes: dict[str, Any], said: list[str]) -> None:
    assert problems(minimal(**changes)) == said


def test_a_missing_table_is_said_once() -> None:
    rows = minimal()
    del rows["suppliers"]
    assert problems(rows) == [
        "The table suppliers is missing. Add a file named suppliers.csv with the headings supplier, country: "
        "who sells, and where from."
    ]


def test_a_problem_is_a_record() -> None:
    with pytest.raises(InputError) as caught:
        load(offers={"price_per_kg": "1,200"})
    (problem,) = caught.value.problems
    assert problem.kind == "not_a_number"
    assert (problem.table, problem.row, problem.field) == ("offers", "O1", "price_per_kg")
    assert problem.cell == "offers row 1, price_per_kg"
    assert problem.message == "price_per_kg of offer O1: '1,200' is text where a number belongs."
    assert problem.fix == "Type 1200, without separators or signs of currency."


SEPARATED = "without separators or signs of currency"
POINT = "with a point before the decimals"


@pytest.mark.parametrize(
    ("typed", "fix"),
    [
        ("86,5", f"Type 86.5, {POINT}."),
        ("86,50", f"Type 86.5, {POINT}."),
        ("-0,1234", f"Type -0.1234, {POINT}."),
        ("0,125", f"Type 0.125, {POINT}."),
        ("1200,500", f"Type 1200.5, {POINT}."),
        ("1.200,50", f"Type 1200.5, {POINT}."),
        ("1 200,5", f"Type 1200.5, {POINT}."),
        ("₹ 1,200", f"Type 1200, {SEPARATED}."),
        ("1,20,000", f"Type 120000, {SEPARATED}."),
        ("12,34,567.5", f"Type 1234567.5, {SEPARATED}."),
        ("1,200,000 €", f"Type 1200000, {SEPARATED}."),
        ("2,5 %", "Type 0.025."),
        ("30%", "Type 0.3."),
        ("1,2,3", "Type a number."),
        ("12,", "Type a number."),
        ("%", "Type a number."),
        (",", "Type a number."),
    ],
)
def test_what_to_type_for_text_that_is_meant_as_a_number(typed: str, fix: str) -> None:
    (said,) = problems(minimal(offers={"price_per_kg": typed}))
    assert said == (
        f"offers row 1, price_per_kg: price_per_kg of offer O1: '{typed}' is text where a number belongs. {fix}"
    )


@pytest.mark.parametrize(
    ("typed", "fix"),
    [
        ("July 2026", "Type 2026-07."),
        ("Jul-26", "Type 2026-07."),
        ("sept '26", "Type 2026-09."),
        ("Margin 26", "Type year and month, such as 2026-04."),
        ("Jul-260", "Type year and month, such as 2026-04."),
    ],
)
def test_what_to_type_for_text_that_is_meant_as_a_month(typed: str, fix: str) -> None:
    (said,) = problems(minimal(offers={"from": typed}))
    assert said == f"offers row 1, from: from of offer O1: '{typed}' is not a month. {fix}"


def test_all_problems_of_all_tables_come_at_once() -> None:
    said = problems(minimal(settings={"periods": "four"}, offers={"price_per_kg": "x"}, segments={"market": ""}))
    assert said == [
        "settings row 3, value: periods: 'four' is text where a number belongs. Type a number.",
        "offers row 1, price_per_kg: price_per_kg of offer O1: 'x' is text where a number belongs. Type a number.",
        "segments row 1, market: market of segment bus is blank. It is required: where its products are sold.",
    ]


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_cell_takes_its_default(blank: str | None) -> None:
    loaded = load(offers={"lead_periods": blank, "currency": blank, "decision": blank})
    (offer,) = loaded.scenario.offers
    assert (offer.lead_periods, offer.currency, offer.decision) == (0, None, "free")


def test_other_cells_of_a_wrong_row_are_looked_at_too() -> None:
    wrong = {"price_per_kg": "x", "supplier": "Baotu", "licence": "EUC"}
    assert problems(minimal(offers=wrong)) == [
        "offers row 1, price_per_kg: price_per_kg of offer O1: 'x' is text where a number belongs. Type a number.",
        "offers row 1, supplier: supplier of offer O1: 'Baotu' is not in suppliers. Did you mean 'Baotou'?",
        "offers row 1, licence: licence of offer O1: 'EUC' is not in licences. There is no file licences.csv: add it, "
        "with the heading licence and a row for 'EUC'.",
    ]


def test_defaults_taken_are_said() -> None:
    taken = load(settings={"risk_weight": 0.5}, stock=[{"material": "NdFeB", "kg": 5}]).defaults
    assert Default("stock", "NdFeB/", "undertaking", "(free)") in taken
    assert Default("offers", "O1", "until", "last period") in taken
    assert Default("offers", "O1", "deposit_share", "0") in taken
    assert Default("settings", "risk_tail", "value", "0.9") in taken
    assert not [default for default in taken if default[1:3] == ("risk_weight", "value")]
    assert not [default for default in taken if default.field in ("source", "note", "offer", "price_per_kg")]


def test_values_are_taken_however_they_are_typed() -> None:
    given = {"title": "t", " Periods ": "4", "start": dt.date(2026, 4, 1)}
    loaded = load(
        settings=[{"name": name, "value": value} for name, value in given.items()],
        offers={"price_per_kg": " 100.0 ", "from": dt.datetime(2026, 7, 15), "decision": "MUST", "offer": " O1 "},
        undertakings=[{"undertaking": "EUC", "barred_markets": "US; EU ;", "barred_end_uses": "defence"}],
        designs={"qualified": True},
    )
    scenario = loaded.scenario
    assert (scenario.settings.periods, scenario.settings.start) == (4, "2026-04")
    (offer,) = scenario.offers
    assert (offer.offer, offer.price_per_kg, offer.from_, offer.decision) == ("O1", 100.0, "2026-07", "must")
    assert scenario.undertakings[0].barred_markets == ("US", "EU")
    assert scenario.designs[0].qualified == "yes"


def test_any_month_of_a_period_heads_its_column() -> None:
    cells = dict(zip(("2026-06", "2026-07", "2026-11", "2027-03"), (1, 2, 3, 4), strict=True))
    scenario = load(demand=[{"segment": "bus", **cells}]).scenario
    assert scenario.demand[0].units == dict(zip(MONTHS, (1, 2, 3, 4), strict=True))
    assert scenario.units == {"bus": {1: 1, 2: 2, 3: 3, 4: 4}}


def test_demand_beyond_all_measure_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.scenario.parse.LARGEST_DEMAND", 1000)
    rows = [{"segment": f"S{number}", **dict.fromkeys(MONTHS, "x")} for number in range(201)]
    assert problems(minimal(demand=rows)) == [
        "demand: There are 1,005 cells of demand; the most that can be worked with are 1,000. Join segments or periods."
    ]


def test_tables_that_are_the_same_are_parsed_once() -> None:
    raw = raw_from_rows(minimal(), "minimal")
    first = parse(raw)
    assert parse(raw, first).tables["offers"] is first.tables["offers"]


CELLS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(["1e999", "30%", "2026-13", "2026-04", "*", "=A1", "{x}", "#N/A", "\x00", "٤", "a/b"]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.lists(st.one_of(st.text(max_size=3), st.integers()), max_size=2),
)


@pytest.mark.parametrize("table", [name for name in tables() if name != "settings"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_a_cell_is_taken_or_said(table: str, data: st.DataObject) -> None:
    """Never a Python error, never one of pydantic's own texts."""
    fields = [name for name in tables()[table].fields if name != "units"] + (list(MONTHS) if table == "demand" else [])
    row = {field: data.draw(CELLS, label=field) for field in fields}
    said = all_problems(minimal(**{table: [row]}))
    assert {problem.kind for problem in said} <= KINDS
    assert not [problem for problem in said if "Input should" in problem.message]


def test_whatever_a_setting_is_is_taken_or_said() -> None:
    for name in tables()["settings"].fields:
        for value in (None, "x", -1, 0.5, 1e300, True, float("nan"), dt.date(2026, 4, 1), [], {}):
            said = all_problems(minimal(settings={name: value}))
            assert {problem.kind for problem in said} <= KINDS


def all_problems(rows: dict[str, Any]) -> list[Problem]:
    try:
        from_rows(rows)
    except InputError as error:
        return error.problems
    return []


KINDS = {
    "backwards", "base_currency", "based_on", "blank", "cycle", "duplicate", "missing", "missing_field",
    "must_without_licence", "needless_target", "not_a_choice", "not_a_month", "not_a_number", "not_a_year",
    "not_finite", "not_understood", "not_whole", "outside_horizon", "spelling", "sum", "too_large", "too_small",
    "two_musts", "unknown_name", "wrong_scope",
}  # fmt: skip
"""The kinds of problem that a cell may give rise to."""

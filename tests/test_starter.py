"""The starter: six sheets in a planner's words, and the tables that are made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.cli import main
from planner.errors import InputError
from planner.excel.annotate import annotate
from planner.excel.starter import write_starter
from planner.pipeline import make_plan
from planner.reading import check, load
from planner.scenario.outcomes import outcome
from planner.scenario.scenario import Calendar
from planner.solver.outcome import Options

PRICES, LICENCES, SETTINGS = "3 suppliers and prices", "5 licences in words", "6 settings"


@pytest.fixture
def starter(tmp_path: Path) -> Callable[..., Path]:
    """Writes the starter with some cells changed: {'6 settings': {'B7': 3}}."""

    def made(changes: dict[str, dict[str, Any]] = {}) -> Path:  # noqa: B006  Only read.
        path = tmp_path / "starter.xlsx"
        write_starter(path)
        book = openpyxl.load_workbook(path)
        for sheet, cells in changes.items():
            for reference, value in cells.items():
                book[sheet][reference] = value
        book.save(path)
        return path

    return made


def test_starter_solves_as_it_stands(starter: Callable[..., Path]) -> None:
    path = starter()
    assert check(path) == ([], [])
    plan = make_plan(load(path), Options(gap=1e-2))
    assert plan.decisions.apply == ("China heavy",)


def test_units_of_a_planner_become_those_of_the_tables(starter: Callable[..., Path]) -> None:
    """Quarters: 3 months of 900 are 2,700 units, 7.5 % is 0.075, 300 kg a month are 900, 3 months are one period."""
    scenario = load(starter({SETTINGS: {"B7": 3}})).scenario
    assert (scenario.settings.periods, scenario.settings.period_months) == (4, 3)
    assert scenario.demand[0].units == dict.fromkeys(("2026-04", "2026-07", "2026-10", "2027-01"), 2700)
    ganzhou, nagoya = scenario.offer["Ganzhou N42UH"], scenario.offer["Nagoya N42UH"]
    assert (ganzhou.duty_rate, ganzhou.max_kg_per_period, ganzhou.lead_periods) == (0.075, 900, 1)
    assert (nagoya.lead_periods, nagoya.licence) == (1, None)
    assert scenario.segment["e-3W motor"].delay_cost_per_unit == 2700
    (ferrite,) = (design for design in scenario.designs if design.design == "e-3W ferrite")
    assert (ferrite.qualified, ferrite.qualification_periods, ferrite.qualification_cost) == ("no", 2, 1_500_000)
    (order,) = scenario.open_orders
    assert (order.offer, order.period, order.kg) == ("Nagoya N38SH", "2026-05", 400)


def test_licence_in_words_becomes_futures_and_events(starter: Callable[..., Path]) -> None:
    """30 % in August, 50 % four months later, 20 % never."""
    scenario = load(starter()).scenario
    assert {row.future: row.probability for row in scenario.futures} == pytest.approx(
        {"China heavy in 2026-08": 0.3, "China heavy in 2026-12": 0.5, "China heavy never": 0.2}
    )
    assert [(row.future, row.kind, row.scope, row.target, row.from_, row.value) for row in scenario.events] == [
        ("China heavy in 2026-08", "clearance", "licence", "China heavy", "2026-08", 1),
        ("China heavy in 2026-12", "clearance", "licence", "China heavy", "2026-12", 1),
    ]
    (licence,) = scenario.licences
    assert (licence.clearance, licence.decision) == (0, "must")


def test_each_supplier_alone_makes_futures_of_all_that_may_come(starter: Callable[..., Path]) -> None:
    """Two suppliers, three outcomes each: nine futures, both never with 20 % of 20 %."""
    scenario = load(starter({LICENCES: {"D3": "alone"}})).scenario
    chances = {row.future: row.probability for row in scenario.futures}
    assert len(chances) == 9
    assert chances["China heavy (Ningbo) never; China heavy (Ganzhou) never"] == pytest.approx(0.04)
    assert {row.licence for row in scenario.licences} == {"China heavy (Ningbo)", "China heavy (Ganzhou)"}
    assert scenario.offer["Ningbo N38SH"].licence == "China heavy (Ningbo)"


CALENDAR = Calendar("2026-04", 12, 1, 4)


@pytest.mark.parametrize(
    ("words", "month", "never"),
    [
        ("March", "2027-03", False),
        ("in August", "2026-08", False),
        ("Aug-26", "2026-08", False),
        ("2026-08", "2026-08", False),
        ("two months later", "2026-10", False),
        ("6 months later", "2027-02", False),
        ("never", None, True),
        ("now", None, False),
        ("2026-01", None, False),
        ("June 2028", None, True),
    ],
)
def test_when_it_comes(words: str, month: str | None, never: bool) -> None:
    found = outcome(words, CALENDAR, "2026-08")
    assert found is not None
    assert (found.month, found.never) == (month, never)


WRONG: list[Any] = [
    pytest.param(
        {PRICES: {"D3": "38 USD", "B4": None}},
        [
            (
                "3 suppliers and prices!B4: country of supplier Ganzhou in suppliers is blank. It is required: where it "
                "ships from; counts in limits."
            ),
            (
                "3 suppliers and prices!D3: price_per_kg of offer Ningbo N38SH in offers: '38 USD' is text where a "
                "number belongs. Type 38, without separators or signs of currency."
            ),
        ],
        id="cells",
    ),
    pytest.param(
        {LICENCES: {"B4": "soon", "C5": 10}},
        [
            (
                "5 licences in words!B4: 'soon' says not when it comes. Type a month such as 2026-08 or August, "
                "'2 months later', now, or never."
            )
        ],
        id="when",
    ),
    pytest.param(
        {LICENCES: {"C5": 10}},
        ["5 licences in words!C3: The chances of licence China heavy add up to 90 %. They must add up to 100 %."],
        id="chances",
    ),
    pytest.param(
        {PRICES: {"D2": "cost"}},
        [
            "3 suppliers and prices!D2: 'cost' is no heading of this sheet. Use one of: country, currency, duty (%), "
            "freight (per kg), lead time (months), least order (kg), licence, magnet, ….",
            "3 suppliers and prices!A2: The column 'price (per kg)' is missing. Add it: before freight and duty.",
        ],
        id="heading",
    ),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_what_is_wrong_is_said_by_the_cells_of_the_starter(
    changes: dict[str, dict[str, Any]], said: list[str], starter: Callable[..., Path], tmp_path: Path
) -> None:
    path = starter(changes)
    problems, notes = check(path)
    assert [str(problem) for problem in problems][: len(said)] == said
    annotate(path, problems, tmp_path / "marked.xlsx", notes)
    assert [str(problem) for problem in check(tmp_path / "marked.xlsx")[0]] == [str(problem) for problem in problems]


def test_import_writes_the_full_form(starter: Callable[..., Path], tmp_path: Path) -> None:
    path, folder = starter(), tmp_path / "full"
    assert main(["import", str(path), str(folder)]) == 0
    assert load(folder).scenario.model_dump(exclude={"name"}) == load(path).scenario.model_dump(exclude={"name"})


def test_report_shows_what_the_starter_was_expanded_to(starter: Callable[..., Path]) -> None:
    changes = load(starter()).changes
    assert {change.by for change in changes} == {"starter"}
    assert ("offers", "Ganzhou N42UH", "duty_rate", 0.075, f"{PRICES}!G4") in {
        (change.table, change.key, change.field, change.new, change.cell) for change in changes
    }


def test_too_many_futures_are_refused(starter: Callable[..., Path]) -> None:
    """Three outcomes for each of five licences: 243."""
    rows = {}
    for number in range(4):
        for line, (month, chance) in enumerate((("August", 30), ("2026-12", 50), ("never", 20)), 6 + 3 * number):
            rows |= {f"A{line}": f"L{number}", f"B{line}": month, f"C{line}": chance}
    with pytest.raises(InputError, match="These licences make 243 futures; the most are 200"):
        load(starter({LICENCES: rows}))

"""The weakest figures of a scenario moved, one at a time: how they are chosen, moved and reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from planner.cli import main
from planner.reading import load
from planner.scenario.folder import write_folder
from planner.scenario.load import Loaded, raw_from_rows
from planner.sensitivity.answer import Answer, change_of_decisions
from planner.sensitivity.moves import Move, movable, move
from planner.sensitivity.study import Study, study
from planner.sensitivity.table import introduction, markdown
from planner.sensitivity.weakest import weights
from planner.solver.outcome import Options
from planner.sources.figures import Figure, figures
from tests.minimal import MONTHS, minimal


def rows() -> dict[str, Any]:
    """A licence that may be cleared in full or not at all, a more expensive offer without one, and a design without magnets."""
    return minimal(
        settings={"title": "moved", "risk_weight": 0.5},
        licences=[{"licence": "L", "application_fee": 10, "clearance": 0.9, "note": "application_fee=A; clearance=A"}],
        suppliers=[{"supplier": "Baotou", "country": "China"}, {"supplier": "Osaka", "country": "Japan"}],
        offers=[
            {"offer": "O1", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 100, "lead_periods": 1,
             "max_kg_per_period": 50, "licence": "L", "from": "2026-07",
             "note": "price_per_kg=F; lead_periods=A; max_kg_per_period=D; from=A | capacity: a tenth (A)"},
            {"offer": "O2", "supplier": "Osaka", "material": "NdFeB", "price_per_kg": 180, "signing_fee": 5,
             "max_kg_per_period": 12, "note": "price_per_kg=G; signing_fee=D; max_kg_per_period=F"},
        ],
        segments={"note": "shortage_cost_per_unit=A"},
        demand={"note": "; ".join(f"{month}=D" for month in MONTHS) + " | 40 a year (A)"},
        design_materials={"note": "kg_per_unit=D"},
        futures=[
            {"future": "good", "probability": 0.75, "note": "probability=A"},
            {"future": "bad", "probability": 0.25, "note": "probability=A"},
        ],
        events=[
            {"event": "E1", "future": "bad", "kind": "clearance", "scope": "licence", "target": "L", "value": 0,
             "from": "2026-10", "note": "value=A; from=A"},
        ],
    )  # fmt: skip


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    folder = tmp_path / "moved"
    write_folder(raw_from_rows(rows(), "moved"), folder)
    return folder


def figure(scenario: Path, name: str) -> Figure:
    return next(one for one in figures(scenario) if one.name == name)


def moved(scenario: Path, name: str, share: float) -> Move | None:
    return move(load(scenario), figure(scenario, name), share)


def said(found: Move | None) -> tuple[str, str] | None:
    return None if found is None else (found.to, found.note)


@pytest.mark.parametrize(
    ("name", "down", "up"),
    [
        ("price_per_kg of offer O1", ("75", ""), ("125", "")),
        ("clearance of licence L", ("0.675", ""), ("1", "no share is above 1")),
        ("lead_periods of offer O1", ("0", "by whole steps"), ("2", "by whole steps")),
        ("from of offer O1", ("2026-04", "3 months earlier"), ("2026-10", "3 months later")),
        ("demand of segment bus", ("−25%", ""), ("+25%", "")),
        ("probability of future good", ("0.5625", "the others in proportion"), ("0.875", "the others in proportion")),
    ],
)
def test_each_kind_of_figure_is_moved_as_far_as_it_can_be(
    scenario: Path, name: str, down: tuple[str, str], up: tuple[str, str]
) -> None:
    assert said(moved(scenario, name, -0.25)) == down
    assert said(moved(scenario, name, 0.25)) == up


def test_a_month_stays_in_the_horizon(scenario: Path) -> None:
    assert said(moved(scenario, "from of offer O1", -4)) == ("2026-04", "3 months earlier")
    assert said(moved(scenario, "from of offer O1", 4)) == ("2027-01", "6 months later")


def test_probabilities_still_add_up(scenario: Path) -> None:
    found = moved(scenario, "probability of future bad", 0.25)
    assert found
    after = found.applied(load(scenario)).scenario
    assert {row.future: row.probability for row in after.futures} == pytest.approx({"good": 0.6875, "bad": 0.3125})


def test_all_months_of_demand_are_moved(scenario: Path) -> None:
    found = moved(scenario, "demand of segment bus", 0.25)
    assert found
    assert found.applied(load(scenario)).scenario.demand[0].units == dict.fromkeys(MONTHS, 12.5)


def test_nothing_else_changes(scenario: Path) -> None:
    found = moved(scenario, "price_per_kg of offer O1", 0.25)
    assert found
    before, after = load(scenario).scenario, found.applied(load(scenario)).scenario
    assert after.offer["O1"].price_per_kg == 125
    assert after.model_copy(update={"offers": before.offers}) == before


def test_what_is_asked_is_not_moved_nor_what_a_strategy_chose(scenario: Path) -> None:
    base = load(scenario)
    names = {one.name for one in movable(base, figures(scenario))}
    assert {"setting periods", "setting risk_weight"} & names == set()
    assert "value of event E1 (clearance of L, bad)" not in names  # 25 % of nothing is nothing
    strategy = {"strategy": "expensive", "table": "offers", "key": "O1", "field": "price_per_kg", "value": 150}
    write_folder(raw_from_rows(rows() | {"strategies": [strategy]}, "moved"), scenario)
    chosen = {one.name for one in movable(load(scenario, "expensive"), figures(scenario))}
    assert names - chosen == {"price_per_kg of offer O1"}


def ranked(loaded: Loaded, scenario: Path) -> list[str]:
    candidates = movable(loaded, figures(scenario))
    found = [(weight, one.name) for weight, one in zip(weights(loaded, candidates, 0.25), candidates, strict=True)]
    return [name for weight, name in sorted((weight, name) for weight, name in found if weight)]


def test_assumptions_come_first_and_among_them_what_the_answer_hangs_on(scenario: Path) -> None:
    found = ranked(load(scenario), scenario)
    assert found[0] == "demand of segment bus"  # derived from an assumption, and all depends on it
    assert found.index("shortage_cost_per_unit of segment bus") < found.index("application_fee of licence L")
    # What is derived from nothing assumed comes after all assumptions, what is found last.
    assert found[-4:-2] == ["kg_per_unit of design D1, material NdFeB", "signing_fee of offer O2"]
    assert set(found[-2:]) == {"price_per_kg of offer O1", "max_kg_per_period of offer O2"}


def test_the_weight_is_how_far_the_optimum_moves(scenario: Path) -> None:
    """A fee is paid in full by the share to which the relaxation takes the licence: at most a quarter of 10."""
    loaded = load(scenario)
    fee = weights(loaded, [figure(scenario, "application_fee of licence L")], 0.25)[0]
    assert fee is not None
    assert 0 < -fee[1] <= 2.5


def studied(scenario: Path) -> Study:
    return study(scenario, load(scenario), 3, 0.25, Options(gap=1e-9), workers=1)


def test_each_is_moved_both_ways_and_compared(scenario: Path) -> None:
    found = studied(scenario)
    assert found.complete
    assert [one.name for one, _, _ in found.rows] == ranked(load(scenario), scenario)[:3]
    for _, down, up in found.rows:
        for tried in (down, up):
            assert tried.move
            assert tried.answer
    _, less, more = found.rows[0]
    assert less.answer
    assert more.answer
    assert less.answer.expected_cost < found.base.expected_cost < more.answer.expected_cost


def test_several_processes_find_the_same(scenario: Path) -> None:
    shared = study(scenario, load(scenario), 2, 0.25, Options(gap=1e-9), workers=2)
    alone = study(scenario, load(scenario), 2, 0.25, Options(gap=1e-9), workers=1)
    assert markdown(shared) == markdown(alone)


def test_the_heading_says_which_differences_mean_nothing(scenario: Path) -> None:
    found = Study(load(scenario), 0.25, 5e-3, Answer(23_450_000, 34_560_000, 0.9372), ())
    assert introduction(found) == (
        "moved: expected cost ₹2.35 crore, CVaR ₹3.46 crore, service 93.7 %. Its 0 weakest figures, each moved alone by "
        "−25% and +25%. Each plan may cost up to 0.5 % more than the best: smaller changes of cost mean nothing, nor does "
        "a change between decisions that are as good as each other within that."
    )


def test_decisions_that_differ_are_said_in_words() -> None:
    before = Answer(now={("apply", "L1"): 1, ("sign", "O1"): 1, ("keep", "O2"): 500, ("qualify", "D1"): 1})
    after = Answer(now={("sign", "O1"): 1, ("sign", "O3"): 1, ("keep", "O2"): 400, ("expand", "X"): 2})
    assert change_of_decisions(before, before) == ""
    assert change_of_decisions(before, after) == (
        "Signs O3; expands by X at once; does not apply for L1; does not qualify D1 at once; "
        "400 instead of 500 of O2"
    )  # fmt: skip


def test_the_command_prints_the_table_and_writes_it(
    scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "moved.xlsx"
    arguments = ["--figures", "1", "--gap", "1e-6", "--workers", "1", "--report", str(out)]
    assert main(["sensitivity", str(scenario), *arguments]) == 0
    said = capsys.readouterr()
    assert said.err == f"The report is {out}.\n"
    lines = said.out.splitlines()
    assert lines[0].startswith("moved: expected cost ₹")
    assert lines[1:4] == [
        "",
        "| figure | from | to | cost | CVaR | service | now |",
        "|---|---|---|---|---|---|---|",
    ]
    cells = [cell.strip() for cell in lines[4].strip("|").split("|")]
    assert cells[:3] == ["demand of segment bus (D)", "every month", "−25%<br>+25%"]
    assert len(lines) == 5
    sheet = load_workbook(out)["Weakest figures"]
    texts = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert texts[0][0] == lines[0]
    assert texts[1][:4] == ["Figure", "Cell", "Code", "From"]
    assert [row[0] for row in texts[2:4]] == ["demand of segment bus"] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "1.5"], "argument --by: '1.5' is not a share above 0 and below 1, such as 0.25."),
        (["--figures", "0"], "argument --figures: '0' is not a whole number from 1 on."),
    ],
)
def test_wrong_arguments_are_said(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sensitivity", "e3w-maker", *arguments]) == 2
    assert capsys.readouterr().err == f"{message} See 'planner sensitivity --help'.\n"


def test_a_scenario_without_a_plan_is_said(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (scenario / "segments.csv").write_text("segment,market,shortage_cost_per_unit,min_service\nbus,India,900,1\n")
    assert main(["sensitivity", str(scenario), "--figures", "1", "--workers", "1"]) == 4
    assert capsys.readouterr().err == "No plan can satisfy every row of the scenario.\n"

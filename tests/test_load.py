"""A workbook, a folder, a bundled name or rows become one checked scenario, or all that is wrong with it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from minimal import MINIMAL, minimal

from planner import reading as loading
from planner.errors import InputError, UsageError
from planner.reading import check, load, read_raw
from planner.scenario.bundled import bundled
from planner.scenario.load import from_rows, strategies

CASES = sorted((Path(__file__).parent / "cases").glob("*.xlsx"))


def workbook(path: Path, tables: dict[str, Any]) -> Path:
    """Tables as a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, given in tables.items():
        rows = [{"name": k, "value": v} for k, v in given.items()] if isinstance(given, dict) else given
        columns = list(dict.fromkeys(field for row in rows for field in row))
        sheet = book.create_sheet(name)
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    book.save(path)
    return path


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_loads_with_each_of_its_strategies(path: Path) -> None:
    names = strategies(read_raw(path))
    assert names == ["no-china", "averse"]
    for name in (None, *names):
        loaded = load(path, name)
        assert (loaded.scenario.name, loaded.strategy) == (path.stem, name)
        assert {change.by for change in loaded.changes} <= {name}
    assert check(path)[0] == []


def test_a_workbook_is_the_same_as_its_rows(tmp_path: Path) -> None:
    loaded = load(workbook(tmp_path / "scenario.xlsx", MINIMAL))
    assert loaded.scenario == from_rows(MINIMAL).scenario
    assert loaded.warnings == ()


def test_problems_of_a_workbook_name_its_cells(tmp_path: Path) -> None:
    rows = minimal(offers={"supplier": "Baotu", "price_per_kg": "1,200"}, settings={"periods": 5, "risk": 1})
    path = workbook(tmp_path / "scenario.xlsx", rows)
    with pytest.raises(InputError) as caught:
        load(path)
    assert [str(problem) for problem in caught.value.problems] == [
        "settings!A5: 'risk' is not a setting. Use one of: based_on, courses, currency, discount_rate, futures, "
        "period_months, periods, risk_tail, ….",
        "demand!A1: There is no column for 2027-04. Add a column for each period, headed by its first month.",
        "offers!D2: price_per_kg of offer O1: '1,200' is text where a number belongs. "
        "Type 1200, without separators or signs of currency.",
        "offers!B2: supplier of offer O1: 'Baotu' is not in suppliers. Did you mean 'Baotou'?",
    ]
    assert caught.value.problems == check(path)[0]


def test_a_strategys_problem_names_its_cell(tmp_path: Path) -> None:
    wrong = {"strategy": "s", "table": "offers", "key": "O1", "field": "price_per_kg", "value": "cheap"}
    path = workbook(tmp_path / "scenario.xlsx", minimal(strategies=[wrong, {**wrong, "strategy": "t", "value": 1}]))
    text = "price_per_kg of offer O1 in offers: 'cheap' is text where a number belongs. Type a number."
    with pytest.raises(InputError) as caught:
        load(path, "s")
    assert [str(problem) for problem in caught.value.problems] == [f"strategies!E2: {text}"]
    assert load(path, "t").changes[0].cell == "strategies!E3"
    assert [str(problem) for problem in check(path)[0]] == [f"strategies!E2: With strategy s: {text}"]


def test_strategies_are_checked_once_the_scenario_is_right(tmp_path: Path) -> None:
    wrong = {"strategy": "s", "table": "offers", "key": "O1", "field": "price_per_kg", "value": "cheap"}
    path = workbook(tmp_path / "scenario.xlsx", minimal(segments={"market": None}, strategies=[wrong]))
    assert [str(problem) for problem in check(path)[0]] == [
        "segments!B2: market of segment bus is blank. It is required: where its products are sold."
    ]


def test_check_shows_warnings_of_scenario_and_strategies(tmp_path: Path) -> None:
    slip = {"strategy": "s", "table": "licences", "key": "EUCC", "field": "decision", "value": "never"}
    rows = minimal(offers={"min_order_kg": 60, "licence": "EUC"}, licences=[{"licence": "EUC"}], strategies=[slip])
    problems, warnings = check(workbook(tmp_path / "scenario.xlsx", rows))
    assert problems == []
    assert [str(warning) for warning in warnings] == [
        "offers!F2: min_order_kg of offer O1: 60 is above max_kg_per_period, 50. "
        "Nothing can be ordered as it stands; correct one of the two.",
        "strategies!C2: licences has no row 'EUCC': strategy s makes it. Did you mean 'EUC'?",
    ]


def test_based_on_is_for_folders_only(tmp_path: Path) -> None:
    path = workbook(tmp_path / "scenario.xlsx", minimal(settings={"based_on": "nation"}))
    assert [str(problem) for problem in check(path)[0]] == [
        "settings!B5: based_on is for scenario folders only. Delete the row: a workbook holds all its rows."
    ]


def test_a_broken_cell_is_said_once(tmp_path: Path) -> None:
    """What the reader has reported of a cell is not reported again as blank, or as not a number."""
    path = workbook(tmp_path / "scenario.xlsx", minimal(offers={"price_per_kg": "#REF!"}))
    (problem,) = check(path)[0]
    assert problem.cell == "offers!D2"


def test_a_missing_column_does_not_bring_a_problem_a_row(tmp_path: Path) -> None:
    rows = minimal()
    del rows["suppliers"][0]["supplier"]
    assert [str(problem) for problem in check(workbook(tmp_path / "scenario.xlsx", rows))[0]] == [
        "suppliers!A1: The column supplier is missing. Add a column with the heading supplier: who sells."
    ]


def test_a_scenario_that_is_not_there_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(loading, "bundled_folders", lambda: {"e3w-maker": tmp_path, "india": tmp_path})
    with pytest.raises(UsageError) as caught:
        load("e3w-makr")
    assert str(caught.value) == (
        "There is no file, folder or bundled scenario 'e3w-makr'. Did you mean 'e3w-maker'? "
        "Bundled scenarios: e3w-maker, india."
    )


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", ""])
def test_a_name_that_no_file_can_have_is_wrong_usage(name: str) -> None:
    with pytest.raises(UsageError, match=r"^There is no file, folder or bundled scenario '"):
        load(name)


def test_bundled_scenarios_show_what_they_are() -> None:
    for scenario in bundled():
        loaded = load(scenario.name)
        assert scenario.title == loaded.scenario.settings.title
        assert list(scenario.strategies) == strategies(loaded.raw)
        assert str(scenario).startswith(f"{scenario.name}: {scenario.title} (strategies: ")
        assert check(scenario.name)[0] == []


def test_a_loaded_scenario_can_be_sent_to_another_process() -> None:
    loaded = from_rows(MINIMAL)
    assert loaded.defaults
    assert pickle.loads(pickle.dumps(loaded)) == loaded


def test_rows_do_not_share_their_hash() -> None:
    assert from_rows(MINIMAL).raw.sha256 != from_rows(minimal(offers={"price_per_kg": 99})).raw.sha256


def test_loading_brings_no_heavy_library() -> None:
    heavy = ("pandas", "pyomo", "openpyxl", "xlsxwriter", "highspy")
    code = f"import sys, planner.reading; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"

"""A report holds the scenario it was made from: it alone gives the plan again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.cli import main
from planner.errors import InputError
from planner.excel.annotate import annotate
from planner.pipeline import make_plan
from planner.reading import check, load
from planner.report.workbook import write_report
from planner.scenario.load import Loaded, from_rows
from planner.solver.outcome import Options
from tests import minimal
from tests.handmade import SCENARIO

CASES = Path(__file__).with_name("cases")
CLOSE = Options(gap=1e-4)


def report(loaded: Loaded, folder: Path, options: Options | None = CLOSE) -> tuple[float, Path]:
    """The objective of the plan of a scenario, and its report."""
    plan = make_plan(loaded, options)
    write_report(loaded, plan, folder / "plan.xlsx")
    return plan.objective, folder / "plan.xlsx"


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        ("tiny-108.xlsx", None),
        ("tiny-108.xlsx", "averse"),
        ("small-202.xlsx", None),
        ("e3w-maker", "no-china"),
        ("india-magnets", "diversify"),
        ("china-freeze", None),
        ("radar-and-audio", None),
        ("wind-maker", None),
    ],
)
def test_report_is_solved_to_the_same_objective(name: str, strategy: str | None, tmp_path: Path) -> None:
    """Workbooks, folders, a scenario based on another, and strategies that change rows and add some."""
    source = CASES / name if name.endswith("xlsx") else name
    options = CLOSE if name.endswith("xlsx") else Options(gap=0.2)
    loaded = load(source, strategy)
    objective, path = report(loaded, tmp_path, options)
    again = load(path)
    # What a strategy sets a field to may be text in a folder and a number in a workbook.
    kept = {"name", "strategies"}
    assert again.scenario.model_dump(exclude=kept) == loaded.scenario.model_dump(exclude=kept)
    assert [warning.message.replace("Input ", "") for warning in again.warnings] == [
        warning.message for warning in loaded.warnings if "left alone" not in warning.message
    ]
    assert make_plan(again, options).objective == pytest.approx(objective, rel=1e-12)


def test_strategies_of_a_report_can_be_tried(tmp_path: Path) -> None:
    _, path = report(load(CASES / "tiny-108.xlsx"), tmp_path)
    averse = load(CASES / "tiny-108.xlsx", "averse").scenario
    assert load(path, "averse").scenario.settings == averse.settings


def test_scenario_in_memory(tmp_path: Path) -> None:
    loaded = from_rows(SCENARIO)
    _, path = report(loaded, tmp_path)
    assert load(path).scenario.model_dump(exclude={"name"}) == loaded.scenario.model_dump(exclude={"name"})


def test_report_of_a_report(tmp_path: Path) -> None:
    objective, path = report(minimal.load(), tmp_path)
    (tmp_path / "again").mkdir()
    again, twice = report(load(path), tmp_path / "again")
    assert again == objective
    assert openpyxl.load_workbook(twice).sheetnames == openpyxl.load_workbook(path).sheetnames


def edited(path: Path, sheet: str, cell: str, value: Any) -> Path:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)
    return path


def test_changed_cell_asks_what_if(tmp_path: Path) -> None:
    """Edited and saved by another program, as Excel would."""
    _, path = report(minimal.load(), tmp_path)
    header = [cell.value for cell in openpyxl.load_workbook(path)["Input offers"][1]]
    column = "ABCDEFGH"[header.index("price_per_kg")]
    edited(path, "Input offers", f"{column}2", 200)
    assert make_plan(load(path)).objective == 16_000


def test_problem_is_said_and_marked_where_it_stands(tmp_path: Path) -> None:
    _, path = report(minimal.load(), tmp_path)
    edited(path, "Input segments", "A2", "train")
    problems, _ = check(path)
    assert {problem.cell for problem in problems} >= {"Input demand!A2", "Input designs!B2"}
    annotate(path, problems, tmp_path / "marked.xlsx")
    marked = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert (
        marked["Input demand"]["A2"].comment.text.startswith("'bus' is not a segment")
        or marked["Input demand"]["A2"].comment
    )
    assert marked["Input demand"]["A2"].fill.fgColor.rgb != "00000000"


def test_sheets_named_input_are_left_alone_in_a_scenario(tmp_path: Path) -> None:
    """A planner's own workbook may have sheets that are named so: it has plain ones too."""
    book = openpyxl.load_workbook(CASES / "tiny-108.xlsx")
    book.create_sheet("Input settings")["A1"] = "my notes"
    book.save(tmp_path / "mine.xlsx")
    own = load(tmp_path / "mine.xlsx").scenario
    assert own.settings == load(CASES / "tiny-108.xlsx").scenario.settings


def test_report_without_its_settings_is_no_scenario(tmp_path: Path) -> None:
    _, path = report(minimal.load(), tmp_path)
    book = openpyxl.load_workbook(path)
    del book["Input settings"]
    book.save(path)
    with pytest.raises(InputError):
        load(path)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, path = report(minimal.load(), tmp_path)
    assert main(["solve", str(path), "--report", str(tmp_path / "again.xlsx")]) == 0
    assert "It costs ₹8,000, discounted." in capsys.readouterr().out

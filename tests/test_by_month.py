"""The sheet By month: its figures are the plan's, and follow the future that is chosen."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.present.months import AVERAGE, by_month, months
from planner.report.by_month import DATA, TITLE
from planner.report.workbook import write_report
from planner.scenario.load import Loaded
from planner.solver.outcome import Options
from tests.reports import written
from tests.test_report_shapes import shaped


def of_sheet(path: Path, values: bool) -> dict[tuple[str, str, str], float]:
    """The figures of a sheet: by heading, item and month."""
    sheet = openpyxl.load_workbook(path, data_only=values)[TITLE]
    found: dict[tuple[str, str, str], float] = {}
    grid, heads = "", []
    for row in sheet.iter_rows(min_row=6, values_only=True):
        if isinstance(row[1], str) and row[1][:2] == "20":
            grid, heads = str(row[0]), [str(cell) for cell in row[1:] if isinstance(cell, str) and cell[:2] == "20"]
        elif row[0] and row[0] != "In all":
            found |= {(grid, str(row[0]), month): float(row[n] or 0) for n, month in enumerate(heads, 1)}
    return found


@pytest.fixture(scope="module")
def solved() -> tuple[Loaded, Plan]:
    given = shaped(licensed=True, futures=2)
    return given, make_plan(given, Options(gap=0.05))


def test_cash_is_that_of_the_costs(solved: tuple[Loaded, Plan]) -> None:
    """What is paid over the months of a future is the cash of its costs, undiscounted."""
    _, plan = solved
    rows = by_month(plan)
    paid = rows[(rows["grid"] == "cash") & (rows["future"] != AVERAGE)].groupby("future")["value"].sum()
    costs = plan.tables["costs"]
    cash = costs[costs["cash"].astype(bool)].groupby("future")["amount"].sum()
    assert paid.to_dict() == pytest.approx(cash.to_dict())


def test_average_weighs_the_futures(solved: tuple[Loaded, Plan]) -> None:
    _, plan = solved
    rows = by_month(plan).set_index("future")
    weight = plan.tables["futures"].set_index("future")["probability"]
    for grid in ("ordered", "built", "cash"):
        sums = rows[rows["grid"] == grid]["value"].groupby(level="future").sum()
        assert sums[AVERAGE] == pytest.approx(sum(weight[name] * sums.get(name, 0.0) for name in weight.index))


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice calculates the formulas")
def test_figures_follow_the_future_that_is_chosen(solved: tuple[Loaded, Plan], tmp_path: Path) -> None:
    given, plan = solved
    future = str(plan.tables["futures"]["future"].iloc[-1])
    path = tmp_path / "plan.xlsx"
    write_report(given, plan, path)
    mean = of_sheet(path, values=True)
    book = openpyxl.load_workbook(path)
    book[TITLE]["B3"] = future
    (tmp_path / "chosen").mkdir()
    book.save(tmp_path / "chosen.xlsx")
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", tmp_path / "chosen", tmp_path / "chosen.xlsx"], check=True, timeout=120)
    chosen = of_sheet(tmp_path / "chosen" / "chosen.xlsx", values=True)
    rows = by_month(plan)
    for figures, name in ((mean, AVERAGE), (chosen, future)):
        for grid, heading in (("ordered", "Ordered from, kg"), ("built", "Built, units"), ("cash", "Cash paid, ₹")):
            held = rows[(rows["grid"] == grid) & (rows["future"] == name)]
            expected = {(heading, item, month): value for item, month, value in
                        zip(held["item"], held["month"], held["value"], strict=True)}  # fmt: skip
            shown = {key: value for key, value in figures.items() if key[0] == heading and value}
            assert shown == pytest.approx(expected)


def test_sheets_that_few_look_for_are_hidden(solved: tuple[Loaded, Plan], tmp_path: Path) -> None:
    """Input, tree and what is empty; a report still solves again as it is."""
    book = written(tmp_path, *solved)
    hidden = {sheet.title for sheet in book if sheet.sheet_state == "hidden"}
    assert {"Tree of futures", "Futures by node", "Input offers", DATA} <= hidden
    assert {"Summary", TITLE, "Do now", "Orders", "About"}.isdisjoint(hidden)
    assert months(solved[1]) == [str(cell.value) for cell in book[TITLE][6][1:] if str(cell.value)[:2] == "20"]

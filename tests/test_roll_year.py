"""A plan that is lived with: e3w-maker rolled month by month from the command line, with figures that change."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from planner.cli import main
from planner.plan import document
from planner.reading import load

GAP = "0.005"


def changed(folder: Path, month: int) -> None:
    """New figures of the month: prices go up and down by 2 %, each third month demand by 5 % up; budgets are raised.

    What is left of a budget that binds would not bear a price that rises.
    """
    _scaled(folder / "offers.csv", ("price_per_kg",), 1.02 if month % 2 else 0.98)
    _scaled(folder / "budgets.csv", ("max_spend",), 1.25)
    if month % 3 == 0:
        _scaled(folder / "demand.csv", None, 1.05)


def _scaled(path: Path, fields: tuple[str, ...] | None, factor: float) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    names = fields or [name for name in lines[0] if name[:2] == "20"]
    for line in lines:
        line |= {name: repr(float(line[name]) * factor) for name in names if line[name]}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def ensure_lived_with(future: str, months: int, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Solve and roll so many times; each new scenario is whole, and holds what the plan of before has reached."""
    scenario = "e3w-maker"
    for number in range(1, months + 1):
        plan = folder / f"plan {number}.json"
        assert main(["solve", scenario, "--gap", GAP, "--json", str(plan)]) in (0, 5)
        month = load(scenario).scenario.calendar.month(2)
        out = folder / f"month {number}"
        assert main(["roll", scenario, str(plan), "--to", month, "--future", future, str(out)]) == 0
        assert main(["check", str(out)]) == 0
        scenario = str(out)
        loaded = load(scenario)
        found = document.to_plan(json.loads(plan.read_text(encoding="utf-8")))
        assert loaded.scenario.settings.start == month
        paths = found.tables["paths"]
        node = paths[(paths["future"] == future) & (paths["period"] == 1)]["node"].iloc[0]
        stock = found.tables["stock"][found.tables["stock"]["node"] == node]
        held = {(row.material, row.undertaking or ""): row.kg for row in loaded.scenario.stock if row.kg > 1e-6}
        keys = zip(stock["material"], stock["undertaking"], strict=True)
        assert held == pytest.approx(dict(zip(keys, stock["kg"], strict=True)), abs=1e-5)
        changed(out, number)
    said = capsys.readouterr().out
    assert said.count(" goes on from ") == months


def test_two_months_of_e3w_maker(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ensure_lived_with("freeze", 2, tmp_path, capsys)


@pytest.mark.slow
@pytest.mark.parametrize("future", ["freeze", "assurance"])
def test_twelve_months_of_e3w_maker(future: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ensure_lived_with(future, 12, tmp_path, capsys)

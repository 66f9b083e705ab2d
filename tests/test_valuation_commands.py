"""`planner worth`, `frontier` and `alternatives` end to end: sentences, JSON, sheets, resuming, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from planner.cli import main
from planner.scenario.folder import write_folder
from planner.scenario.load import raw_from_rows
from tests.scenarios import tables
from tests.test_alternatives import FEES
from tests.test_valuation import BARRED, LATE


def scenario(tmp_path: Path, given: dict[str, Any]) -> str:
    rows = tables(**given)
    write_folder(raw_from_rows(rows, "made"), tmp_path / "made")
    return str(tmp_path / "made")


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_worth_in_words_json_and_sheets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, out = tmp_path / "worth.xlsx", tmp_path / "worth.json"
    command = ["worth", scenario(tmp_path, LATE), "--workers", "1", "--report", str(report), "--json", str(out)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "To know from the start which future comes would be worth ₹90 (EVPI)." in said
    assert "To decide now for the average future instead of all of them would cost ₹20 (VSS)." in said
    assert "To know the answer of licence L 12 months earlier is worth ₹30." in said
    assert "Offer J is dropped above a price of" in said
    found = read(out)
    assert {"rp", "evpi", "vss", "notice", "licences", "undertakings", "decisions", "prices"} <= found.keys()
    assert found["status"] == "optimal"
    assert found["evpi"]["value"] == pytest.approx(90)
    assert set(found["evpi"]) == {"value", "low", "high"}
    assert {(row["licence"], row["periods"]) for row in found["notice"]} == {("L", 1), ("L", 2), (None, 1), (None, 2)}
    (licence,) = found["licences"]
    assert licence["pays_from"]["low"] <= 0.1 <= licence["pays_from"]["high"]
    assert [row["clearance"] for row in licence["band"]] == [0, 0.25, 0.5, 0.75, 1]
    assert {"kind", "item", "taken", "opposite"} <= found["decisions"][0].keys()
    assert {"offer", "taken", "field", "now", "break_even"} <= found["prices"][0].keys()
    assert found["wide"] == []
    book = load_workbook(report)
    assert book.sheetnames == [
        "Summary", "Information", "Notice", "Licences", "Licences by clearance", "Undertakings", "Decisions",
        "Negotiation",
    ]  # fmt: skip
    first = {cell.value for row in book["Summary"].iter_rows() for cell in row}
    assert "To know from the start which future comes would be worth ₹90 (EVPI)." in first


def test_break_even_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = ["--break-even", "licences/L/application_fee", "--decision", "apply/L", "--between", "0", "400"]
    assert main(["worth", scenario(tmp_path, BARRED), "--workers", "1", *cell]) == 0
    said = capsys.readouterr().out
    assert "Whether apply L pays changes where licences/L/application_fee lies between 199." in said
    assert "EVPI" not in said


def test_break_even_needs_a_decision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worth", scenario(tmp_path, BARRED), "--break-even", "licences/L/application_fee"]) == 2
    assert "belong together" in capsys.readouterr().err


def test_answers_are_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started again with the same folder nothing is solved; another gap makes everything again."""
    source, folder = scenario(tmp_path, BARRED), str(tmp_path / "answers")
    command = ["worth", source, "--workers", "1", "--of", "licences", "--resume", folder, "--json"]
    assert main([*command, str(tmp_path / "first.json")]) == 0

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("nothing is to be solved")

    with monkeypatch.context() as again:
        again.setattr("planner.valuation.desk.solve", fail)
        assert main([*command, str(tmp_path / "second.json")]) == 0
    assert read(tmp_path / "first.json") == read(tmp_path / "second.json")


def test_frontier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, out = tmp_path / "frontier.xlsx", tmp_path / "frontier.json"
    over = ["--over", "offers/J/price_per_kg", "--values", "20:40:3"]
    files = ["--report", str(report), "--json", str(out)]
    assert main(["frontier", scenario(tmp_path, BARRED), "--workers", "1", *over, *files]) == 0
    assert [point["objective"] for point in read(out)["points"]] == pytest.approx([320, 420, 520])
    assert {"value", "objective", "bound", "expected_cost", "cvar", "service", "decisions"} <= read(out)["points"][
        0
    ].keys()
    assert load_workbook(report).sheetnames == ["Summary", "Frontier"]
    assert "At 40.0: ₹520" in capsys.readouterr().out


def test_alternatives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, out = tmp_path / "others.xlsx", tmp_path / "others.json"
    given = {
        "suppliers": [{"supplier": name, "country": name} for name in FEES],
        "offers": [{"offer": name, "supplier": name, "signing_fee": fee} for name, fee in FEES.items()],
    }
    files = ["--report", str(report), "--json", str(out)]
    assert main(["alternatives", scenario(tmp_path, given), "--workers", "1", "--within", "0.02", *files]) == 0
    found = read(out)
    assert sorted(plan["objective"] for plan in found["plans"]) == pytest.approx([200, 201, 202])
    assert {(row["kind"], row["item"]): row["in"] for row in found["decisions"]}["sign", "A"] == 1
    assert load_workbook(report).sheetnames == ["Summary", "Plans", "Must, could, never"]
    assert "It is proven that no plan that decides otherwise does." in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [["worth"], ["frontier", "--over", "offers/O/x", "--values", "1"], ["alternatives"]]
)
def test_scenario_without_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    given = {"segments": {"min_service": 1}, "offers": {"max_kg_per_period": 1}}
    name, *rest = command
    code = main([name, scenario(tmp_path, given), *rest, "--workers", "1"])
    said = capsys.readouterr().err
    assert (code, "Traceback" in said) == (2 if name == "frontier" else 4, False)
    assert said.startswith("'x' is not a field of offers." if name == "frontier" else "No plan can satisfy")


def test_in_worker_processes(tmp_path: Path) -> None:
    """The same answers from two processes as from this one."""
    source = scenario(tmp_path, BARRED)
    for workers in ("1", "2"):
        command = ["worth", source, "--of", "licences,decisions", "--json", str(tmp_path / f"{workers}.json")]
        assert main([*command, "--workers", workers]) == 0
    assert read(tmp_path / "1.json") == read(tmp_path / "2.json")

"""The command as users run it: exit codes, texts, files."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner import pipeline
from planner.cli import main
from planner.reading import load
from planner.scenario.load import bundled_folders
from tests.workbooks import make

CASES = Path(__file__).parent / "cases"
FEASIBLE = str(CASES / "tiny-108.xlsx")
INFEASIBLE = str(CASES / "tiny-101.xlsx")
LONG = str(CASES / "medium-303.xlsx")


def test_solve_writes_report_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, document = tmp_path / "plan.xlsx", tmp_path / "plan.json"
    assert main(["solve", FEASIBLE, "--gap", "1e-7", "--report", str(report), "--json", str(document)]) == 0
    assert openpyxl.load_workbook(report).sheetnames[0] == "Summary"
    plan = json.loads(document.read_text(encoding="utf-8"))
    assert plan["status"] == "optimal"
    assert plan["objective"] == pytest.approx(901951975.7404045, rel=1e-6)
    assert plan["futures"][0] == {
        "future": "F0",
        "probability": 0.544539,
        "cost": pytest.approx(plan["futures"][0]["cost"]),
        "first_shortage": "2026-04",
    }
    assert set(plan["decisions"]) == {"apply", "sign", "keep", "later", "used"}
    assert plan["provenance"]["scenario"] == "tiny-108"
    assert all(violation <= 1e-6 for violation in plan["audit"].values())
    said = capsys.readouterr()
    assert f"The report is {report}." in said.out
    assert "\r" not in said.err


def test_strategy_is_applied_and_logged(tmp_path: Path) -> None:
    document = tmp_path / "plan.json"
    assert (
        main(
            ["solve", str(CASES / "tiny-104.xlsx"), "--strategy", "no-china", "--gap", "1e-7", "--json", str(document)]
        )
        == 0
    )
    plan = json.loads(document.read_text(encoding="utf-8"))
    assert plan["objective"] == pytest.approx(1489218560.974489, rel=1e-6)
    assert [(c["table"], c["key"], c["field"], c["new"]) for c in plan["tables"]["changed_cells"]] == [
        ("licences", "CN EUC", "decision", "never"),
        ("licences", "CN guarantee", "decision", "never"),
    ]


def test_infeasible_is_said_and_exits_with_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, document = tmp_path / "plan.xlsx", tmp_path / "plan.json"
    assert main(["solve", INFEASIBLE, "--report", str(report), "--json", str(document)]) == 4
    said = (
        "No plan can satisfy every row of the scenario.\n"
        "These cannot all hold:\n"
        "  limits!H3 asks that at least 2.0 % of heavy material that arrives from 2026-10 on come from India, "
        "over the horizon; nothing of it is sold or made there.\n"
        "  materials!G3 asks for 200 kg of NdFeB-UH in stock from 2026-10 on; the first can be there in 2026-07 "
        "(offers O5 and O7).\n"
        "Any one of these changes gives it a plan:\n"
        "  1. limits!H3 (min_share of Home floor): 0.02 → 0\n"
        "  2. materials!G3 (min_stock_kg of NdFeB-UH): 200 → 0\n"
    )
    assert capsys.readouterr().err == said
    stated = json.loads(document.read_text(encoding="utf-8"))
    assert stated["status"] == "infeasible"
    assert [reason["cells"] for reason in stated["conflict"]] == [["limits!H3"], ["materials!G3"]]
    change = {
        "table": "limits",
        "key": "Home floor",
        "field": "min_share",
        "cell": "limits!H3",
        "from": 0.02,
        "to": 0.0,
    }
    assert stated["repairs"][0] == {"text": "limits!H3 (min_share of Home floor): 0.02 → 0", "changes": [change]}
    sheet = openpyxl.load_workbook(report)["No plan"]
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert {line.strip() for line in said.splitlines()[2:4]} <= set(texts)
    assert texts[-7:-1] == ["2", "materials!G3", "min_stock_kg", "NdFeB-UH", "200", "0"]


def test_wrong_input_exits_with_3_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = make(tmp_path / "bad.xlsx", designs=[["design", "segment"], ["D1", "buss"]])
    report, document = tmp_path / "plan.xlsx", tmp_path / "plan.json"
    assert main(["solve", str(book), "--report", str(report), "--json", str(document)]) == 3
    assert not report.exists()
    stated = json.loads(document.read_text(encoding="utf-8"))
    assert stated["status"] == "invalid"
    assert [problem["cell"] for problem in stated["problems"]] == ["designs!B2"]
    assert capsys.readouterr().err == (
        "1 problem:\n"
        "  designs!B2: segment of design D1: 'buss' is not in segments. Did you mean 'bus'?\n"
        "  Note: segments!A2: segment bus has no design that may be built: all its demand is lost. Add a design.\n"
        "  Note: designs!A2: design D1 has no row in design_materials: it needs no magnet. Add its "
        "magnets; where it truly needs none, say so in its note.\n"
    )


def test_check_shows_and_annotates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = make(tmp_path / "bad.xlsx", designs=[["design", "segment"], ["D1", "buss"]])
    marked = tmp_path / "marked.xlsx"
    assert main(["check", str(book), "--annotate", str(marked)]) == 3
    assert capsys.readouterr().out == (
        f"{book}: 1 problem.\n"
        "  designs!B2: segment of design D1: 'buss' is not in segments. Did you mean 'bus'?\n"
        "  Note: segments!A2: segment bus has no design that may be built: all its demand is lost. Add a design.\n"
        "  Note: designs!A2: design D1 has no row in design_materials: it needs no magnet. Add its "
        "magnets; where it truly needs none, say so in its note.\n"
        f"They are marked in {marked}.\n"
    )
    comment = openpyxl.load_workbook(marked)["designs"]["B2"].comment
    assert comment is not None
    assert "buss" in comment.text


def test_what_a_planner_has_written_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = make(tmp_path / "my.xlsx")
    before = book.read_bytes()
    assert main(["solve", str(book), "--report", str(book)]) == 2
    assert main(["check", str(book), "--annotate", str(book)]) == 2
    lost = f"{book} is the scenario itself, which would be lost. Name another file for the result.\n"
    assert capsys.readouterr().err == 2 * lost
    assert main(["template", str(book)]) == 3
    assert main(["export", "e3w-maker", str(book)]) == 3
    there = f"{book} is there already. Nothing was written: name another file, or move that one.\n"
    assert capsys.readouterr().err == 2 * there
    assert book.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["solve", FEASIBLE, "--gap", "0"],
            "argument --gap: '0' is not a gap: a share above 0 and below 1, such as 1e-4 or 0.01. "
            "See 'planner solve --help'.\n",
        ),
        (
            ["solve", FEASIBLE, "--time-limit", "-1"],
            "argument --time-limit: '-1' is not a time limit: a number of seconds above 0, such as 60. "
            "See 'planner solve --help'.\n",
        ),
        (
            ["solve", FEASIBLE, "--report", "plan.pdf"],
            "argument --report: 'plan.pdf' must end in .xlsx. See 'planner solve --help'.\n",
        ),
        (["solve"], "the following arguments are required: SCENARIO. See 'planner solve --help'.\n"),
        (
            ["solve", FEASIBLE, "--strategy", "no-chin"],
            "tiny-108 has no strategy 'no-chin'. Did you mean 'no-china'? Its strategies: no-china, averse.\n",
        ),
        (
            ["diff", "e3w-maker", "plan.json"],
            "A scenario and a plan cannot be compared: name two scenarios, or two plans (.json).\n",
        ),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == said


def test_output_that_cannot_be_written_is_said_before_the_solve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "nowhere" / "plan.xlsx"
    started = time.monotonic()
    assert main(["solve", LONG, "--report", str(missing)]) == 3
    assert time.monotonic() - started < 5
    assert capsys.readouterr().err == (
        f"The folder '{missing.parent}' does not exist. Make it first, or name another.\n"
    )


def test_time_limit_without_a_plan_exits_with_6(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["solve", LONG, "--time-limit", "0.001"]) == 6
    assert "time limit" in capsys.readouterr().err


@pytest.mark.parametrize("stage", ["assemble", "audit"])
def test_an_interrupt_after_the_solve_loses_nothing(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = getattr(pipeline, stage)

    def interrupted(*given: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return made(*given)

    monkeypatch.setattr(pipeline, stage, interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["solve", FEASIBLE, "--json", str(tmp_path / "plan.json")]) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["status"] == "optimal"


HEARING = """
import signal, sys
from planner import pipeline
from planner.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main(sys.argv[1:]))
"""
"""The command, hearing Ctrl-C even where the tests run in the background, which has it ignored."""


def test_interrupt_ends_at_once_with_the_best_plan(tmp_path: Path) -> None:
    """A person at a terminal sees the gap and presses Ctrl-C: the best plan so far is handed over."""
    document = tmp_path / "plan.json"
    screen, terminal = pty.openpty()
    command = [sys.executable, "-c", HEARING, "solve", LONG, "--gap", "1e-9", "--json", str(document)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal, text=True)
    os.close(terminal)
    seen = ""
    while not re.search(r"gap \d", seen):
        seen += os.read(screen, 4096).decode(errors="replace")
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    while True:
        try:
            if not os.read(screen, 4096):
                break
        except OSError:
            break
    said, _ = process.communicate(timeout=60)
    assert time.monotonic() - asked < 30
    assert process.returncode == 5, said
    plan = json.loads(document.read_text(encoding="utf-8"))
    assert plan["status"] == "interrupted"
    assert plan["bound"] <= plan["objective"]
    assert plan["gap"] > 0


def test_export_edit_import_and_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, folder = tmp_path / "a.xlsx", tmp_path / "a"
    assert main(["export", "e3w-maker", str(book)]) == 0
    assert main(["diff", "e3w-maker", str(book)]) == 0
    assert capsys.readouterr().out.endswith(f"e3w-maker and {book} do not differ.\n")
    workbook = openpyxl.load_workbook(book)
    row = [cell.value for cell in workbook["segments"][1]].index("shortage_cost_per_unit") + 1
    workbook["segments"].cell(2, row).value = 1
    workbook.save(book)
    assert main(["import", str(book), str(folder)]) == 0
    assert main(["diff", "e3w-maker", str(folder)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if "shortage_cost_per_unit" in line and line.endswith("-> 1")]
    assert load(folder).scenario.segments[0].shortage_cost_per_unit == 1


def test_diff_of_two_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents = []
    for strategy in ([], ["--strategy", "averse"]):
        documents.append(str(tmp_path / f"{len(documents)}.json"))
        assert main(["solve", FEASIBLE, *strategy, "--json", documents[-1]]) == 0
    capsys.readouterr()
    assert main(["diff", *documents]) == 0
    said = capsys.readouterr().out
    assert "objective" in said
    assert main(["diff", documents[0], documents[0]]) == 0
    assert "do not differ" in capsys.readouterr().out


def test_list_names_every_bundled_scenario_with_its_strategies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == sorted(bundled_folders())
    assert (
        "e3w-maker: Maker of e-3-wheelers and small buses: magnets while China licences heavy grades (strategies: "
        "least-cost, balanced, risk-averse, as-today, no-china, diversify, substitutes-first, no-substitutes, "
        "stockpile, domestic-first, with-guarantee, without-guarantee)"
    ) in said


def test_a_fault_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> list[object]:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("planner.scenario.bundled.bundled", broken)
    assert main(["list"]) == 1
    assert capsys.readouterr().err == (
        "This is a fault of the planner, not of your scenario: ZeroDivisionError: division by zero. "
        "Please report it; PLANNER_DEBUG=1 shows where it happened.\n"
    )

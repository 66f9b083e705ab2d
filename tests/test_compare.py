"""`planner compare` as users run it: table, workbook, JSON, exit codes, Ctrl-C, texts."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.batch import folder
from planner.batch.run import Board
from planner.cli import main
from planner.cli.compare import exit_code
from planner.cli.comparing import progress
from planner.comparison.cell import AS_IT_STANDS, CellAnswer
from planner.comparison.workbook import write_comparison
from planner.solver.outcome import Progress
from tests.test_batch import STRATEGIES, small
from tests.test_compare_figures import CRORE, TWO, compare, plan

LONG = str(Path(__file__).parent / "cases" / "medium-303.xlsx")


def test_compare_shows_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, report, document = small(tmp_path), tmp_path / "c.xlsx", tmp_path / "c.json"
    command = ["compare", book, "--report", str(report), "--json", str(document), "--resume", str(tmp_path / "r")]
    assert main(command) == 3  # strategy 'wrong' is
    said = capsys.readouterr()
    assert said.err == ""
    lines = [re.sub(r"\s+", " ", line).strip() for line in said.out.splitlines()]
    assert lines[0] == "small (costs in ₹)"
    table = {line.split(" ")[0]: line for line in lines}
    assert re.match(
        r"as-it-stands 2 4,500 4,500 4,500 2,250 100.0 % 100.0 % 100.0 % 0.00 pp solved 0.00% \d+ s",
        table[AS_IT_STANDS],
    )
    assert re.match(r"cheap 1 2,250 2,250 2,250 0 .* solved 0.00% \d+ s", table["cheap"])
    assert re.match(r"nothing 3 20,250 20,250 20,250 18,000 0.0 % .* solved 0.00% \d+ s", table["nothing"])
    assert re.match(r"impossible infeasible \d+ s", table["impossible"])
    assert re.match(r"wrong wrong input \d+ s", table["wrong"])
    assert "small: cheap costs least, ₹2,250, ₹2,250 less than as-it-stands." in lines
    assert "small: nothing costs most, ₹18,000 more (800.0 %)." in lines
    assert f"The report is {report}." in said.out
    stated = json.loads(document.read_text(encoding="utf-8"))
    assert [(cell["strategy"], cell["status"], cell["rank"]) for cell in stated["cells"]] == [
        (AS_IT_STANDS, "optimal", 2),
        ("cheap", "optimal", 1),
        ("nothing", "optimal", 3),
        ("impossible", "infeasible", None),
        ("wrong", "invalid", None),
    ]
    assert stated["regret"]["nothing"] == {"small": pytest.approx(18000)}
    assert main(command) == 3  # all is taken over
    assert capsys.readouterr().out == said.out


def test_compare_exits_with_0_where_every_cell_has_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", small(tmp_path), "--strategies", "cheap,impossible", "--base", "impossible"]) == 0
    assert "small, impossible: infeasible. These cannot all hold: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        (["optimal", "infeasible", "time_limit"], 0),
        (["optimal", "interrupted"], 5),
        (["no_plan", "infeasible"], 6),
        (["no_plan", "time_limit"], 5),
        (["invalid", "interrupted"], 3),
        (["lost", "invalid", "optimal"], 1),
        (["failed"], 1),
    ],
)
def test_exit_codes(statuses: list[Any], code: int) -> None:
    with_plan = ("optimal", "time_limit", "interrupted")
    answers = [
        CellAnswer("s", str(n), each, cost=1.0 if each in with_plan else None) for n, each in enumerate(statuses)
    ]
    assert exit_code(answers) == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--strategies", "a,,b"],
            "argument --strategies: 'a,,b' is not a list of strategies, such as no-china,diversify. ",
        ),
        (["--workers", "0"], "argument --workers: '0' is not a whole number from 1 on. "),
        (
            ["--workers", "1", "--cluster", "tcp://127.0.0.1:9"],
            "argument --cluster: not allowed with argument --workers. ",
        ),
        (["--cluster", "x"], "'x' is not the address of a cluster, such as tcp://10.0.0.5:8786."),
        (["--base", "chaep"], "The base 'chaep' is none of the strategies compared. Did you mean 'cheap'?"),
        (
            ["--cluster", "tcp://127.0.0.1:9"],
            "Nobody answers at tcp://127.0.0.1:9: no cluster is running there. "
            "Start one, or leave --cluster out to use this machine.",
        ),
    ],
)
def test_wrong_usage_exits_with_2(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", small(tmp_path), *arguments]) == 2
    stated = capsys.readouterr().err.removesuffix("\n")
    assert stated == said if not said.endswith(" ") else stated == f"{said}See 'planner compare --help'."


def test_results_that_cannot_be_written_are_said_before_anything_is_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, missing = small(tmp_path), tmp_path / "nowhere" / "c.xlsx"
    assert main(["compare", book, "--report", str(missing)]) == 3
    assert capsys.readouterr().err == f"The folder '{missing.parent}' does not exist. Make it first, or name another.\n"
    assert main(["compare", book, "--report", book]) == 2
    assert capsys.readouterr().err == (
        f"{book} is the scenario itself, which would be lost. Name another file for the result.\n"
    )
    assert main(["compare", book, "--resume", str(tmp_path)]) == 3
    assert capsys.readouterr().err == (
        f"The folder '{tmp_path}' holds other files than a comparison's results. Nothing was written. "
        "Name a new or empty folder, or that of an earlier comparison.\n"
    )


def test_a_full_disk_is_said_after_the_comparison(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found is reported and written elsewhere all the same; once there is room, the folder gets it, too."""
    book, results, document = small(tmp_path), tmp_path / "r", tmp_path / "c.json"
    put = folder._put

    def full(path: Path, content: dict[str, Any]) -> None:
        put(Path("/dev/full") if "answer" in content else path, content)

    monkeypatch.setattr(folder, "_put", full)
    command = ["compare", book, "--strategies", "cheap", "--resume", str(results), "--json", str(document)]
    assert main(command) == 3
    stated = re.fullmatch(
        r"'(.*)' was not written: the disk is full\. Make room, or name a place on another disk\.\n",
        capsys.readouterr().err,
    )
    assert stated
    assert Path(stated[1]).name.startswith("small-cheap-")
    assert [entry.name for entry in results.iterdir()] == ["comparison.json"]
    assert json.loads(document.read_text(encoding="utf-8"))["cells"][0]["cost"] == pytest.approx(2250)
    monkeypatch.setattr(folder, "_put", put)
    assert main(command) == 0
    assert Path(stated[1]).exists()


HEARING = """
import signal, sys
from planner.cli import main
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
"""


def test_interrupt_gives_what_there_is(tmp_path: Path) -> None:
    """A person at a terminal sees a gap and presses Ctrl-C, which every process of the group hears."""
    script, document = tmp_path / "script.py", tmp_path / "c.json"
    script.write_text(HEARING)
    screen, terminal = pty.openpty()
    arguments = ["compare", LONG, "--strategies", "all", "--gap", "1e-9", "--workers", "1", "--json", str(document)]
    process = subprocess.Popen(
        [sys.executable, str(script), *arguments],
        stdout=subprocess.PIPE, stderr=terminal, text=True, start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "COLUMNS": "200"},
    )  # fmt: skip
    os.close(terminal)
    seen = ""
    while not re.search(r"as-it-stands: gap \d", seen):
        seen += os.read(screen, 4096).decode(errors="replace")
    os.killpg(process.pid, signal.SIGINT)
    while True:
        try:
            news = os.read(screen, 4096).decode(errors="replace")
        except OSError:
            break
        if not news:
            break
        seen += news
    process.communicate(timeout=60)
    assert process.returncode == 5
    assert "Traceback" not in seen
    cells = json.loads(document.read_text(encoding="utf-8"))["cells"]
    assert (cells[0]["status"], cells[0]["gap"] > 0) == ("interrupted", True)
    assert {(cell["status"], cell["text"]) for cell in cells[1:]} == {("no_plan", "Stopped before it was begun.")}


def test_progress_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    board = Board(3)
    board.begin("s · a", Progress("building the model", 0.0))
    assert progress(board) == "0 of 3 cells, 0 s · s · a: building the model · Ctrl-C takes what there is"
    now = 75.0
    board.end("s · a")
    board.begin("s · b", Progress("solving", 1.0, 110.0, 100.0, 0.0909))
    assert progress(board) == (
        "1 of 3 cells, 1 min 15 s · s · b: gap 9.09% · about 2 min 30 s left · Ctrl-C takes what there is"
    )


# --- the workbook ----------------------------------------------------------------------------------------


def rows(path: Path, sheet: str) -> list[dict[str, Any]]:
    """A sheet's table, by the first words of its headings."""
    lines = list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))
    top = next(number for number, line in enumerate(lines) if line[0] == "Scenario")
    heads = [str(head).split(" [")[0] for head in lines[top] if head is not None]
    return [dict(zip(heads, line, strict=False)) for line in lines[top + 1 :]]


def test_workbook_holds_the_comparison(tmp_path: Path) -> None:
    decided = {"apply": ["EUC"], "sign": ["O1"], "keep": {"O1": 10.0}}
    change = {
        "table": "offers",
        "key": "O1",
        "field": "price_per_kg",
        "cell": "strategies!E2",
        "from": "1",
        "to": "=2+2",
    }
    future = {"future": "F1", "probability": 1.0, "cost": 90 * CRORE, "first_shortage": "2026-07"}
    more = plan(
        "calm", "d", 90 * CRORE, decisions=decided, changes=[change], futures=[future], costs={"purchase": 90 * CRORE}
    )
    compared = compare((*TWO, more))
    path = write_comparison(compared, tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        "Comparison", "Cells", "Differences", "Now-decisions", "Changed cells", "Costs", "Futures", "Chart figures",
    ]  # fmt: skip
    first = [[cell for cell in line if cell is not None] for line in book["Comparison"].iter_rows(values_only=True)]
    assert first[0] == ["Strategies for calm and freeze"]
    assert ["Over all scenarios a and b regret least: at most ₹20.00 crore above the best strategy of any."] in first
    assert [line for line in first if line[:1] in (["a"], ["b"], ["c"], ["d"])] == [
        ["a", 10.0, 20.0, 20.0],
        ["b", 20.0, 0.0, 20.0],
        ["c", 5.0, "infeasible"],
        ["d", 0.0, "has none"],
    ]
    assert len(book["Comparison"]._charts) == 4
    cells = {(row["Scenario"], row["Strategy"]): row for row in rows(path, "Cells")}
    assert len(cells) == 7
    assert cells["calm", "d"]["Rank"] == 1
    assert cells["calm", "b"]["Regret"] == 20 * CRORE
    assert cells["freeze", "c"]["Status"] == "infeasible"
    assert cells["freeze", "c"]["Why no plan"] == "No plan can satisfy every row of the scenario."
    differences = {row["Strategy"]: row for row in rows(path, "Differences") if row["Scenario"] == "calm"}
    assert differences["d"]["Cost"] == -10 * CRORE
    assert differences["d"]["Licences added"] == "EUC"
    assert [(row["Decision"], row["Item"], row["Share of strategies"]) for row in rows(path, "Now-decisions")] == [
        ("apply", "EUC", 0.25),
        ("sign", "O1", 0.25),
        ("keep", "O1", 0.25),
    ]
    (changed,) = rows(path, "Changed cells")
    assert changed["To"] == "=2+2"
    assert book["Changed cells"].cell(2, 7).data_type == "s"
    assert rows(path, "Futures")[0]["First shortage"] == "2026-07"
    assert rows(path, "Costs")[-1]["Purchase"] == 90 * CRORE


def test_workbook_without_any_plan(tmp_path: Path) -> None:
    path = write_comparison(compare((TWO[-1],)), tmp_path / "c.xlsx")
    book = openpyxl.load_workbook(path)
    assert "Chart figures" not in book.sheetnames
    assert book["Comparison"]._charts == []


def test_the_first_scenario_of_a_name_is_not_the_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other").mkdir()
    costlier = [STRATEGIES[0], ["cheap", "offers", "O1", "price_per_kg", 60]]
    one, other = small(tmp_path), small(tmp_path / "other", costlier)
    assert main(["compare", one, other, "--strategies", "cheap", "--json", str(tmp_path / "c.json")]) == 0
    stated = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert [(cell["scenario"], cell["cost"]) for cell in stated["cells"]] == [
        (one, pytest.approx(2250)),
        (other, pytest.approx(2700)),
    ]

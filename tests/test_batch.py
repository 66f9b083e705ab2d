"""Many cells solved in worker processes: answers, failures, going on after a kill, results on the disk."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

import planner.version
from planner.batch.cells import Case, Cell, CellOptions, digest, plan_cells
from planner.batch.folder import ResultsFolder
from planner.batch.run import Board, _after_their_base, solve_cells
from planner.batch.solving import solve_cell
from planner.comparison.cell import AS_IT_STANDS, CellAnswer, CellStatus
from planner.errors import InputError, OutputError, UsageError
from planner.pipeline import prepare
from planner.reading import load
from planner.scenario.bundled import bundled
from planner.scenario.load import raw_from_rows
from planner.solver.outcome import Options
from planner.solver.strategy import begin
from tests.handmade import SCENARIO
from tests.workbooks import Rows, make

ROOT = Path(__file__).parents[1]
FINE = CellOptions(gap=1e-6)

STRATEGIES: Rows = [
    ["strategy", "table", "key", "field", "value"],
    ["cheap", "offers", "O1", "price_per_kg", 50],
    ["nothing", "offers", "O1", "decision", "never"],
    ["nothing", "offers", "O2", "decision", "never"],
    ["impossible", "materials", "NdFeB", "min_stock_kg", 1e6],
    ["wrong", "offers", "O1", "price_per_kg", "much"],
]
NEEDS: Rows = [["design", "material", "kg_per_unit"], ["D1", "NdFeB", 2]]
"""A bus takes 2 kg: 10 in the first period and 12.5 in the second come to 45 kg."""


def small(folder: Path, strategies: Rows = STRATEGIES, name: str = "small.xlsx", **sheets: Rows | None) -> str:
    return str(make(folder / name, strategies=strategies, design_materials=NEEDS, **sheets))


def statuses(answers: list[CellAnswer]) -> dict[str, str]:
    return {answer.strategy: answer.status for answer in answers}


def test_every_cell_gets_an_answer_of_its_own(tmp_path: Path) -> None:
    book = small(tmp_path)
    answers = solve_cells(plan_cells([book]), FINE, workers=2)
    assert statuses(answers) == {
        AS_IT_STANDS: "optimal",
        "cheap": "optimal",
        "nothing": "optimal",
        "impossible": "infeasible",
        "wrong": "invalid",
    }
    stands, cheap, nothing, impossible, wrong = answers
    for answer in (stands, cheap, nothing):
        plan = planner.solve(load(book, None if answer is stands else answer.strategy), planner.Options(gap=1e-6))
        assert answer.objective == pytest.approx(plan.objective, rel=1e-9)
        assert answer.expected_cost == pytest.approx(plan.expected_cost, rel=1e-9)
        assert answer.decisions == {
            "apply": list(plan.decisions.apply),
            "sign": list(plan.decisions.sign),
            "keep": {},
            "later": [],
            "used": {},
        }
        assert sum(answer.costs.values()) == pytest.approx(plan.expected_cost)
        assert answer.answered
    assert [answer.cost for answer in answers] == pytest.approx([4500.0, 2250.0, 22.5 * 900, None, None])
    assert [answer.service for answer in answers[:3]] == [1.0, 1.0, 0.0]
    assert [answer.china_heavy_share for answer in answers[:3]] == [1.0, 1.0, None]
    assert stands.scenario == "small"
    assert stands.changes == []
    assert [(c["table"], c["key"], c["field"], c["from"], c["to"]) for c in cheap.changes] == [
        ("offers", "O1", "price_per_kg", "100", "50")
    ]
    assert impossible.text == "No plan can satisfy every row of the scenario."
    assert ["strategies!E5"] in [reason["cells"] for reason in impossible.conflict]
    assert wrong.text.startswith("strategies!E6: ")
    assert [problem["cell"] for problem in wrong.problems] == ["strategies!E6"]
    assert json.loads(json.dumps([answer.document() for answer in answers]))


def plain(answer: CellAnswer) -> dict[str, Any]:
    """An answer without what differs from run to run."""
    said = answer.document() | {"seconds": 0.0}
    return said | {"provenance": {k: v for k, v in said["provenance"].items() if k not in ("started", "seconds")}}


def test_answers_do_not_depend_on_the_number_of_workers_or_the_order() -> None:
    cells = plan_cells([str(ROOT / "tests/cases/tiny-104.xlsx"), str(ROOT / "tests/cases/tiny-112.xlsx")])
    one = solve_cells(cells, CellOptions(gap=1e-3), workers=1)
    two = solve_cells(cells[::-1], CellOptions(gap=1e-3), workers=2)[::-1]
    assert [plain(answer) for answer in one] == [plain(answer) for answer in two]


def test_cost_is_weighed_as_the_scenario_does_whatever_the_strategy() -> None:
    rows = SCENARIO | {
        "strategies": [
            {"strategy": "neutral", "table": "settings", "key": "risk_weight", "field": "value", "value": 0},
            {"strategy": "other tail", "table": "settings", "key": "risk_tail", "field": "value", "value": 0},
        ]
    }
    raw = raw_from_rows(rows, "by hand")
    case = Case("by hand", zlib.compress(pickle.dumps(raw)))
    cells = [Cell(case, name, digest(raw, name)) for name in (AS_IT_STANDS, "neutral", "other tail")]
    stands, neutral, tail = solve_cells(cells, FINE, workers=1)
    assert stands.cost == pytest.approx(stands.objective)
    for answer in (stands, neutral, tail):
        worst = max(future["cost"] for future in answer.futures)  # the tail is the worse of two halves
        assert answer.expected_cost is not None
        assert answer.cost == pytest.approx(0.5 * answer.expected_cost + 0.5 * worst)
    assert neutral.objective == pytest.approx(neutral.expected_cost)
    assert tail.cvar == pytest.approx(tail.expected_cost)


# --- what strategies begin from --------------------------------------------------------------------------


def test_a_strategy_is_alike_that_rules_nothing_in_or_out(tmp_path: Path) -> None:
    strategies = [
        *STRATEGIES[:4],
        ["bound", "offers", "O1", "decision", "must"],
        ["bound", "offers", "O2", "price_per_kg", 50],
        ["averse", "settings", "risk_weight", "value", "0.5"],
    ]
    settings = [["name", "value"], ["start", "2026-04"], ["periods", 2], ["risk_weight", "0.1"]]
    cells = plan_cells([small(tmp_path, strategies, settings=settings)])
    assert {cell.strategy: cell.alike for cell in cells} == {
        AS_IT_STANDS: False,
        "cheap": True,
        "nothing": False,
        "bound": True,
        "averse": True,
    }


def test_alike_strategies_wait_for_their_scenario_where_it_is_to_be_solved(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = small(tmp_path), small(tmp_path / "other", name="other.xlsx")
    cells = [*plan_cells([one]), *plan_cells([other], ["cheap", "nothing"])]
    waiting = _after_their_base(cells)
    assert {base: [cell.label for cell in group] for base, group in waiting.items()} == {
        "small · as-it-stands": ["small · cheap"]
    }


def test_the_plan_as_the_scenario_stands_is_tried_first() -> None:
    """And the answer is the one that comes out without it."""
    base, cell = plan_cells([str(ROOT / "tests/cases/tiny-112.xlsx")], [AS_IT_STANDS, "averse"])
    stages: list[str] = []

    def solved(wanted: Cell, start: bytes | None) -> tuple[CellAnswer, bytes | None]:
        stages.clear()
        return solve_cell(wanted, FINE, start, lambda news: stages.append(news.stage), threading.Event())

    answer, start = solved(base, None)
    assert start is not None
    assert "trying the plan of a like program" not in stages
    begun, nothing = solved(cell, start)
    assert nothing is None
    assert "solving the scenario as it stands" not in stages
    assert "trying the plan of a like program" in stages
    afresh, _ = solved(cell, None)
    assert "solving the scenario as it stands" in stages
    assert begun.objective == pytest.approx(afresh.objective)
    assert begun.objective != pytest.approx(answer.objective)


def test_a_basis_goes_to_another_process_and_back() -> None:
    outcome = begin(prepare(load(ROOT / "tests/cases/small-206.xlsx")).instance, Options(), threading.Event())
    back = pickle.loads(pickle.dumps(outcome))
    assert back.basis.valid
    assert back.basis.col_status == outcome.basis.col_status
    assert back.basis.row_status == outcome.basis.row_status
    assert len(set(map(int, back.basis.col_status))) > 1
    assert (back.x == outcome.x).all()


# --- the cells -----------------------------------------------------------------------------------------


def test_scenarios_and_strategies_by_name(tmp_path: Path) -> None:
    book = small(tmp_path)
    assert [cell.label for cell in plan_cells([book], ["cheap", AS_IT_STANDS])] == [
        "small · cheap",
        "small · as-it-stands",
    ]
    (tmp_path / "other").mkdir()
    twin = small(tmp_path / "other")
    assert [cell.label for cell in plan_cells([book, twin], ["cheap"])] == [f"{book} · cheap", f"{twin} · cheap"]


@pytest.mark.parametrize(
    ("sources", "chosen", "said"),
    [
        (
            ["e3w-makr"],
            None,
            "There is no file, folder or bundled scenario 'e3w-makr'. Did you mean 'e3w-maker'? "
            f"Bundled scenarios: {', '.join(scenario.name for scenario in bundled())}.",
        ),
        (
            ["small.xlsx"],
            ["chaep"],
            "small has no strategy 'chaep'. Did you mean 'cheap'? "
            "Its strategies: as-it-stands, cheap, nothing, impossible, wrong.",
        ),
        (["small.xlsx"], ["cheap", "cheap"], "The strategy 'cheap' is named twice."),
        (["small.xlsx", "small.xlsx"], None, "The scenario 'small.xlsx' is named twice."),
        (
            ["small.xlsx", "euro.xlsx"],
            None,
            "small.xlsx counts in INR, euro.xlsx in EUR: compare scenarios of one base currency.",
        ),
        (
            ["taken.xlsx"],
            None,
            "taken has a strategy called 'as-it-stands', as the scenario without any is. Rename it.",
        ),
    ],
)
def test_wrong_names_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: list[str], chosen: list[str] | None, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    small(tmp_path)
    settings = [["name", "value"], ["title", "x"], ["start", "2026-04"], ["periods", 2], ["currency", "EUR"]]
    small(tmp_path, name="euro.xlsx", settings=settings)
    small(tmp_path, [STRATEGIES[0], [AS_IT_STANDS, *STRATEGIES[1][1:]]], name="taken.xlsx")
    with pytest.raises(UsageError) as raised:
        plan_cells(sources, chosen)
    assert str(raised.value) == said


def test_a_scenario_that_cannot_be_read_is_said_before_anything_starts(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.xlsx"
    wrong.write_text("no workbook")
    with pytest.raises(InputError):
        plan_cells([str(wrong)])


def test_the_digest_shows_what_a_cell_is_solved_from(tmp_path: Path) -> None:
    before = {cell.strategy: cell.digest for cell in plan_cells([small(tmp_path)])}
    assert len(set(before.values())) == 5
    costlier = [*STRATEGIES[:1], ["cheap", "offers", "O1", "price_per_kg", 60], *STRATEGIES[2:]]
    after = {cell.strategy: cell.digest for cell in plan_cells([small(tmp_path, costlier)])}
    assert {name for name in before if before[name] != after[name]} == {"cheap"}
    segments = [["segment", "market", "shortage_cost_per_unit"], ["bus", "India", 901]]
    third = {cell.strategy: cell.digest for cell in plan_cells([small(tmp_path, costlier, segments=segments)])}
    assert all(third[name] != after[name] for name in after)


# --- the folder ----------------------------------------------------------------------------------------


def solved_now(cells: list[Cell], options: CellOptions, path: Path) -> list[str]:
    """The strategies that are solved, not taken over, with a folder."""
    folder = ResultsFolder(path, options)
    kept = [cell.strategy for cell in cells if folder.kept(cell)]
    answers = solve_cells(cells, options, folder, workers=1)
    assert all(folder.kept(cell) == answer for cell, answer in zip(cells, answers, strict=True))
    return [cell.strategy for cell in cells if cell.strategy not in kept]


def test_resume_solves_what_is_missing_or_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cells = tmp_path / "results", plan_cells([small(tmp_path)])
    every = [cell.strategy for cell in cells]
    assert solved_now(cells[:2], FINE, path) == every[:2]
    assert solved_now(cells, FINE, path) == every[2:]
    assert solved_now(cells, FINE, path) == []
    costlier = [*STRATEGIES[:1], ["cheap", "offers", "O1", "price_per_kg", 60], *STRATEGIES[2:]]
    cells = plan_cells([small(tmp_path, costlier)])
    assert solved_now(cells, FINE, path) == ["cheap"]
    assert solved_now(cells, replace(FINE, gap=1e-5), path) == every
    damaged = next(path.glob("small-cheap-*.json"))
    damaged.write_text(damaged.read_text()[:100])
    assert solved_now(cells, replace(FINE, gap=1e-5), path) == ["cheap"]
    monkeypatch.setattr("planner.version.__version__", "9.9.9")
    folder = ResultsFolder(path, replace(FINE, gap=1e-5))
    assert [folder.kept(cell) for cell in cells] == [None] * 5


def test_what_may_come_out_otherwise_is_solved_again(tmp_path: Path) -> None:
    (cell,) = plan_cells([small(tmp_path)], ["cheap"])
    folder = ResultsFolder(tmp_path / "results", FINE)
    kept = {}
    for status in get_args(CellStatus):
        folder.keep(cell, CellAnswer("small", "cheap", status))
        kept[status] = folder.kept(cell) is not None
    lasting = ["optimal", "time_limit", "gave_up", "infeasible", "invalid"]
    assert [status for status, holds in kept.items() if holds] == lasting


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("expensive")
    with pytest.raises(OutputError) as raised:
        ResultsFolder(tmp_path, FINE)
    assert str(raised.value) == (
        f"The folder '{tmp_path}' holds other files than a comparison's results. Nothing was written. "
        "Name a new or empty folder, or that of an earlier comparison."
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(OutputError) as raised:
        ResultsFolder(tmp_path / "letter.txt", FINE)
    assert str(raised.value) == f"'{tmp_path / 'letter.txt'}' is a file. Name a folder."
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "comparison.json").write_text('{"kind": "planner comparison", "format": 2}')
    with pytest.raises(OutputError) as raised:
        ResultsFolder(tmp_path / "later", FINE)
    assert str(raised.value) == (
        f"'{tmp_path / 'later' / 'comparison.json'}' is not of a comparison by this planner. "
        "Name a new or empty folder."
    )


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison goes on, what could not be written is tried again with each later answer."""
    cells = plan_cells([small(tmp_path)])[:2]
    folder = ResultsFolder(tmp_path / "results", FINE)

    def full(path: Path, content: dict[str, Any]) -> None:
        with Path("/dev/full").open("w") as device:
            device.write("x" * 100_000)

    with monkeypatch.context() as while_full:
        while_full.setattr("planner.batch.folder._put", full)
        answers = solve_cells(cells, FINE, folder, workers=1)
    assert [answer.status for answer in answers] == ["optimal", "optimal"]
    first = folder._file(cells[0].label)
    assert str(folder.trouble) == (
        f"'{first}' was not written: the disk is full. Make room, or name a place on another disk."
    )
    assert [folder.kept(cell) for cell in cells] == [None, None]
    folder.keep(cells[1], answers[1])
    assert folder.trouble is None
    assert [folder.kept(cell) for cell in cells] == answers


KILLED = """
import sys
from pathlib import Path
from planner.batch.cells import CellOptions, plan_cells
from planner.batch.folder import ResultsFolder
from planner.batch.run import solve_cells

if __name__ == "__main__":
    options = CellOptions(gap=1e-6)
    solve_cells(plan_cells([sys.argv[1]]), options, ResultsFolder(Path(sys.argv[2]), options), workers=1)
"""


def test_killed_it_goes_on_where_it_was(tmp_path: Path) -> None:
    strategies = [STRATEGIES[0], *([f"price {price}", "offers", "O1", "price_per_kg", price] for price in range(1, 40))]
    book, path, script = small(tmp_path, strategies), tmp_path / "results", tmp_path / "script.py"
    script.write_text(KILLED)
    process = subprocess.Popen(
        [sys.executable, str(script), book, str(path)], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    deadline = time.monotonic() + 60
    while len(list(path.glob("small-*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    cells = plan_cells([book])
    folder = ResultsFolder(path, FINE)
    kept = [cell for cell in cells if folder.kept(cell)]
    assert 3 <= len(kept) < len(cells)
    board = Board(len(cells))
    answers = solve_cells(cells, FINE, folder, board, workers=1)
    assert board.done == len(cells)
    assert {answer.status for answer in answers} == {"optimal"}


# --- progress ------------------------------------------------------------------------------------------


def test_the_board_shows_how_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    board = Board(5)
    board.end("taken over", solved=False)
    assert (board.done, board.seconds_left) == (1, None)
    board.begin("a", None)
    board.begin("b", "news")
    assert board.under_way() == {"a": None, "b": "news"}
    now = 110.0
    board.end("a")
    board.end("b")
    assert (board.done, board.under_way(), board.seconds) == (3, {}, 10.0)
    assert board.seconds_left == 10.0  # two took 10 s, two are left

"""HiGHS says nothing on standard output, not even a process's first one, whose banner no option asked for later stops."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from planner.excel.workbook import write_workbook
from tests.scenarios import tiny
from tests.serving import served

ROOT = Path(__file__).parents[1]
BANNER = "Running HiGHS"

LIBRARY = """
import highspy, planner, sys
plan = planner.solve(planner.load(sys.argv[1]))
assert plan.status == "optimal" and highspy.HighsModelStatus.kOptimal
"""

WORKERS = """
import sys
from planner.batch.cells import CellOptions, plan_cells
from planner.batch.run import solve_cells

if __name__ == "__main__":
    (answer,) = solve_cells(plan_cells([sys.argv[1]]), CellOptions(), workers=1)
    assert answer.status == "optimal"
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.xlsx"
    write_workbook(tiny().raw, path)
    return path


def said(code: str, book: Path) -> str:
    command = [sys.executable, "-c", code, str(book)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, timeout=120).stdout


def test_as_a_library(book: Path) -> None:
    assert said(LIBRARY, book) == ""


def test_in_a_worker(book: Path, tmp_path: Path) -> None:
    """In a file, since workers of their own import the script again."""
    script = tmp_path / "script.py"
    script.write_text(WORKERS)
    command = [sys.executable, str(script), str(book)]
    found = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=120
    )
    assert found.stdout == ""


def solving(book: Path) -> list[str]:
    return [sys.executable, "-m", "planner", "solve", str(book), "--report", str(book.with_name("plan.xlsx"))]


def test_through_a_pipe(book: Path) -> None:
    found = subprocess.run(solving(book), stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT, timeout=120)
    assert found.stdout
    assert BANNER not in found.stdout


def test_on_a_terminal(book: Path) -> None:
    mine, its = pty.openpty()
    with subprocess.Popen(solving(book), stdout=its, stderr=its, cwd=ROOT) as process:
        os.close(its)
        found = b""
        try:
            while part := os.read(mine, 4096):
                found += part
        except OSError:  # how Linux shows that the other end is closed
            pass
        assert process.wait(120) == 0
    os.close(mine)
    assert b"The report is" in found
    assert BANNER.encode() not in found


def test_in_a_server(book: Path, tmp_path: Path) -> None:
    with served(tmp_path / "data") as server:
        scenario = server.upload(book)
        assert server.solve(scenario["id"])["state"] == "done"
        assert BANNER not in server.stop()

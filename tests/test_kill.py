"""Killed with -9 at any moment while it writes: what stood there, or what was to stand there, whole."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import settings

from planner.excel.workbook import read_workbook
from planner.scenario.folder import read_folder
from tests.scenarios import RICH, tables

TIMES = 50 if settings.get_current_profile_name() == "nightly" else 10
"""How often each writer is killed."""

WRITER = """
import json, os, sys, time
from pathlib import Path
from planner.errors import Problem
from planner.pipeline import make_plan
from planner.plan import document
from planner.report.workbook import write_report
from planner.excel.annotate import annotate
from planner.scenario.folder import write_folder
from planner.excel.workbook import write_workbook
from tests.scenarios import EXACT, RICH, tiny

PROBLEMS = [Problem("doubtful", "Is this so?", table="offers", cell="offers!A2")]
place = Path(sys.argv[1])
loaded = [tiny(**RICH | {"settings": RICH["settings"] | {"title": title}}) for title in ("one", "other")]
plans = [make_plan(each, EXACT) for each in loaded]
write_workbook(loaded[0].raw, place / "source.xlsx")
WRITE = {
    "report.xlsx": lambda path, n: write_report(loaded[n], plans[n], path),
    "plan.json": lambda path, n: document.write(document.of_plan(loaded[n], plans[n]), path),
    "scenario.xlsx": lambda path, n: write_workbook(loaded[n].raw, path),
    "scenario": lambda path, n: write_folder(loaded[n].raw, path),
    "marked.xlsx": lambda path, n: annotate(place / "source.xlsx", PROBLEMS[:n], path),
}
takes = {}
for name, write in WRITE.items():
    write(place / name, 1)
    started = time.perf_counter()
    write(place / name, 0)
    takes[name] = time.perf_counter() - started
print(json.dumps(takes), flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        number = 0
        while True:
            number += 1
            WRITE[line.strip()](place / line.strip(), number % 2)
            print("written", flush=True)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""
"""Writes a file again and again, now for one plan, now for the other, in a child whose number it shows."""


Writer = Callable[[str, int, float], None]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def writer(place: Path) -> Iterator[Writer]:
    """Has a file written some times and for a share of the time that it takes; then its writer is killed."""
    command = [sys.executable, "-c", WRITER, str(place)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=Path(__file__).parents[1]) as process:
        assert process.stdin
        assert process.stdout
        said = process.stdout
        takes: dict[str, float] = json.loads(said.readline())

        def kill(name: str, writes: int, share: float) -> None:
            assert process.stdin
            process.stdin.write(f"{name}\n")
            process.stdin.flush()
            child = int(said.readline())
            for _ in range(writes):
                assert said.readline() == "written\n"
            time.sleep(share * takes[name])
            os.kill(child, signal.SIGKILL)
            while said.readline() != "ended\n":
                pass

        yield kill
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def title_of_report(path: Path) -> str:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
    return str(openpyxl.load_workbook(path, read_only=True).properties.title)


def title_of_document(path: Path) -> str:
    """The two plans are alike, but for the fingerprint of their scenarios."""
    return str(json.loads(path.read_text(encoding="utf-8"))["provenance"]["sha256"])


def title_of_scenario(path: Path) -> str:
    raw = read_folder(path) if path.is_dir() else read_workbook(path)
    assert raw.problems == []
    assert set(raw.tables) == set(tables(**RICH))
    rows = raw.tables["settings"].data_rows()
    return str(next(row.cells["value"] for row in rows if row.cells["name"] == "title"))


def remark(path: Path) -> str:
    """What a marked workbook says of the first offer."""
    return str(openpyxl.load_workbook(path)["offers"]["A2"].comment)


READ: dict[str, Callable[[Path], str]] = {
    "report.xlsx": title_of_report,
    "plan.json": title_of_document,
    "scenario.xlsx": title_of_scenario,
    "scenario": title_of_scenario,
    "marked.xlsx": remark,
}


@pytest.mark.parametrize("name", READ)
def test_killed_while_writing(name: str, place: Path, writer: Writer) -> None:
    chance, found = random.Random(name), {READ[name](place / name)}
    for turn in range(TIMES):
        # Once when the first is written and the next has just begun: both are seen in any case.
        writer(name, (turn + 1) % 2, chance.uniform(0, 1.5) if turn else 0)
        found.add(READ[name](place / name))
    assert len(found) == 2
    left = {entry.name for entry in place.iterdir()} - set(READ) - {"source.xlsx"}
    assert all(entry.startswith(".planner-") and entry.endswith((".tmp", ".tmp-old")) for entry in left)


def test_what_a_killed_writer_leaves_is_no_table(place: Path, writer: Writer) -> None:
    """What is left beside the files of a scenario's folder is not read, nor named in a warning."""
    (place / "scenario" / ".planner-0123456789ab.tmp").write_text("offer,supplier\nO9,")
    assert title_of_scenario(place / "scenario") in ("one", "other")
    assert read_folder(place / "scenario").warnings == []

"""Files and surroundings that once led to a wrong answer, or to none."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from mistakes import MISTAKES, cell, column, make, rows

from planner.errors import InputError
from planner.pipeline import make_plan
from planner.reading import check, load

FAULTS = Path(__file__).parent / "faults"
STRATEGIES = [
    column("offers", "signing_fee", 1000),
    rows(
        "strategies",
        ["strategy", "table", "key", "field", "value"],
        ["none", "offers", "G1", "decision", "never"],
    ),
]


def planner(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in an environment of its own."""
    env = os.environ | environment
    command = [sys.executable, "-m", "planner", *map(str, arguments)]
    return subprocess.run(command, env=env, capture_output=True, timeout=120, encoding="latin-1", check=False)


# --- files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "error-value-of-a-new-kind",
            "offers!D2: #GETTING_DATA stands here: the formula has failed. Mend the formula, or type the value itself.",
        ),
        (
            "error-of-google-in-a-key",
            "offers!A2: #ERROR! stands here: the formula has failed. Mend the formula, or type the value itself.",
        ),
    ],
)
def test_error_values_that_excel_knows_not(name: str, said: str) -> None:
    problems, notes = check(FAULTS / f"{name}.xlsx")
    assert [str(problem) for problem in problems] == [said]
    assert notes == []


@pytest.mark.parametrize(
    ("mistake", "table", "kg"),
    [("two orders in one quarter", "open_orders", 100), ("stock of two warehouses", "stock", 100)],
)
def test_rows_of_one_key_are_added_up_where_asked(mistake: str, table: str, kg: float, tmp_path: Path) -> None:
    """40 kg and 60 kg are 100 kg, and the change is logged."""
    path = make(tmp_path / "book.xlsx", MISTAKES[mistake])
    with pytest.raises(InputError, match="--add-up"):
        load(path)
    loaded = load(path, add_up=True)
    (row,) = getattr(loaded.scenario, table)
    assert row.kg == kg
    assert [(change.old, change.new, change.by) for change in loaded.changes] == [(40, kg, "added up")]


def test_rows_that_differ_in_more_are_not_added_up(tmp_path: Path) -> None:
    twice = rows("design_materials", ["R1", "N38", "half a kilo"])
    path = make(tmp_path / "book.xlsx", [twice])
    with pytest.raises(InputError) as caught:
        load(path, add_up=True)
    assert "design_materials!A4" in {problem.cell for problem in caught.value.problems}


def test_thirds_are_scaled_to_one(tmp_path: Path) -> None:
    loaded = load(make(tmp_path / "book.xlsx", MISTAKES["thirds that add up to 0.9999"]))
    assert sum(row.probability for row in loaded.scenario.futures) == pytest.approx(1, abs=1e-15)


def test_placeholders_leave_offers_to_be_signed_together(tmp_path: Path) -> None:
    """150 kg a quarter of 100 and 40 kg of 110, in four quarters: 4 * 150 * 100 + 4 * 40 * 110 = 77,600."""
    dashes = make(tmp_path / "book.xlsx", [column("offers", "group", "-", "-", "-")])
    assert make_plan(load(dashes)).objective == pytest.approx(77_600)


def test_total_is_no_demand(tmp_path: Path) -> None:
    path = make(tmp_path / "book.xlsx", MISTAKES["total row"])
    assert make_plan(load(path)).objective == pytest.approx(77_600)


# --- consoles ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["cp1252", "cp437", "ascii"])
def test_report_is_written_whatever_the_console_can_show(page: str, tmp_path: Path) -> None:
    book = make(tmp_path / "book.xlsx", [])
    report, json = tmp_path / "plan.xlsx", tmp_path / "plan.json"
    done = planner("solve", book, "--report", report, "--json", json, PYTHONIOENCODING=page)
    assert (done.returncode, done.stderr) == (0, "")
    assert "It costs Rs 77,600" in done.stdout
    assert report.exists()
    assert json.exists()


def test_names_that_a_console_cannot_show(tmp_path: Path) -> None:
    book = make(tmp_path / "book.xlsx", [cell("offers", "B3", "Nagoyā 磁石")])
    done = planner("check", book, PYTHONIOENCODING="ascii")
    assert done.returncode == InputError.exit_code
    assert "'Nagoya ??' is not in suppliers." in done.stdout


def test_report_is_written_though_nobody_reads_on(tmp_path: Path) -> None:
    """As in `planner solve … | head -1`: the reader is gone before the first line."""
    report = tmp_path / "plan.xlsx"
    command = [sys.executable, "-m", "planner", "solve", make(tmp_path / "book.xlsx", []), "--report", report]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait(timeout=120)
    assert report.exists()


# --- Dask ----------------------------------------------------------------------------------------------


@pytest.fixture
def broken_configuration(tmp_path: Path) -> Path:
    """A user's configuration of Dask that cannot be read, where Dask looks for it by itself."""
    folder = tmp_path / "home" / ".config" / "dask"
    folder.mkdir(parents=True)
    (folder / "distributed.yaml").write_text("distributed: [broken")
    return folder


def test_comparison_needs_no_configuration_of_dask(broken_configuration: Path, tmp_path: Path) -> None:
    book = make(tmp_path / "book.xlsx", STRATEGIES)
    home = str(broken_configuration.parents[1])
    done = planner("compare", book, "--workers", "2", HOME=home, DASK_CONFIG=str(broken_configuration))
    assert done.returncode == 0, done.stderr
    assert "none costs most" in done.stdout


def test_cluster_with_a_configuration_that_cannot_be_read(broken_configuration: Path, tmp_path: Path) -> None:
    book = make(tmp_path / "book.xlsx", STRATEGIES)
    done = planner("compare", book, "--cluster", "127.0.0.1:9", DASK_CONFIG=str(broken_configuration))
    file = broken_configuration / "distributed.yaml"
    assert (done.returncode, done.stderr.strip()) == (
        2,
        f"Dask's own configuration cannot be read: A dask config file at '{file}' is malformed. "
        "Mend the file, or move it away.",
    )


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port at which someone listens and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


@pytest.fixture
def web_port() -> Iterator[int]:
    """A port of a web server."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("port", ["silent_port", "web_port"])
def test_cluster_at_a_port_that_is_something_else(port: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    address = f"127.0.0.1:{request.getfixturevalue(port)}"
    done = planner("compare", make(tmp_path / "book.xlsx", STRATEGIES), "--cluster", address)
    assert (done.returncode, done.stderr.strip()) == (
        2,
        f"What answers at {address} is something else, not the scheduler of a cluster. "
        "Give the scheduler's address, or leave --cluster out to use this machine.",
    )

"""Killed with -9 while it queues, solves and writes: nothing is lost, doubled or stuck. Twenty times each behind `slow`."""

from __future__ import annotations

import contextlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.serving import CASES, PATIENCE, Server, free_port, served

TIMES = [pytest.param(1, id="once"), pytest.param(20, id="twenty", marks=pytest.mark.slow)]


def ask(server: Server, scenario: str, count: int, **wanted: Any) -> list[str]:
    return [
        server.client.post("/api/runs", json={"scenario": scenario, "label": str(number), **wanted}).json()["id"]
        for number in range(count)
    ]


def whole(server: Server, runs: list[str]) -> None:
    """All have ended with a plan, each once, and all that is told of them is there."""
    for run in runs:
        ended = server.ended(run)
        assert (ended["state"], ended["message"]) == ("done", "")
        assert server.client.get(f"/api/runs/{run}/plan.json").json()["objective"] == pytest.approx(902.0e6, rel=1e-2)
        assert server.client.get(f"/api/runs/{run}/report.xlsx").status_code == 200
    listed = server.client.get("/api/runs", params={"most": 500}).json()
    assert sorted(one["id"] for one in listed["runs"]) == sorted(runs)


@pytest.mark.parametrize("times", TIMES)
def test_server_killed(tmp_path: Path, times: int) -> None:
    chance, server = random.Random(times), Server(tmp_path)
    try:
        scenario = server.upload(CASES / "tiny-108.xlsx")["id"]
        runs = ask(server, scenario, 3)
        for _ in range(times):
            time.sleep(chance.uniform(0.0, 3.0))
            server.kill()
            server = Server(tmp_path)
            runs += ask(server, scenario, 1)
        whole(server, runs)
    finally:
        server.kill()


@pytest.mark.parametrize("times", TIMES)
def test_workers_killed(tmp_path: Path, times: int) -> None:
    """Each of them in turn, whatever it does; the run is begun again by another."""
    chance = random.Random(times)
    with served(tmp_path) as server:
        scenario = server.upload(CASES / "tiny-108.xlsx")["id"]
        for _ in range(times):
            runs = ask(server, scenario, 2)
            time.sleep(chance.uniform(0.2, 2.0))
            for child in psutil.Process(server.process.pid).children(recursive=True):
                command = " ".join(child.cmdline()) if child.is_running() else ""
                if "multiprocessing.forkserver" in command and "tracker" not in command and chance.random() < 0.5:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        child.kill()
            for run in runs:
                ended = server.ended(run)
                # Killed again and again at its work it may be given up, in words; it is never stuck.
                assert ended["state"] in ("done", "failed")
        assert server.solve(scenario)["state"] == "done"


@contextmanager
def locked(data: Path) -> Iterator[None]:
    other = sqlite3.connect(data / "planner.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.slow
def test_database_locked_for_a_minute(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        scenario = server.upload(CASES / "tiny-108.xlsx")["id"]
        runs = ask(server, scenario, 2)
        while server.client.get(f"/api/runs/{runs[0]}").json()["state"] == "waiting":
            time.sleep(0.02)
        with locked(tmp_path):
            time.sleep(30)
            refused = server.client.post("/api/runs", json={"scenario": scenario})
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
            assert server.client.get("/api/runs").status_code == 200
            time.sleep(30)
        for run in [*runs, *ask(server, scenario, 1)]:
            assert server.ended(run)["state"] == "done"


@pytest.mark.slow
def test_disk_filled_and_freed(tmp_path: Path) -> None:
    """Files may grow no further than they are: results cannot be written, and the next run works without a restart."""
    with served(tmp_path) as server:
        scenario = server.upload(CASES / "tiny-108.xlsx")["id"]
        process = psutil.Process(server.process.pid)
        family = [process, *process.children(recursive=True)]
        for one in family:
            one.rlimit(psutil.RLIMIT_FSIZE, (2000, -1))
        (run,) = ask(server, scenario, 1) if server.client.get("/readyz").status_code == 200 else (None,)
        time.sleep(10)
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.rlimit(psutil.RLIMIT_FSIZE, (-1, -1))
        if run is not None:
            assert server.ended(run)["state"] in ("done", "failed")
        assert server.solve(scenario)["state"] == "done"


# --- a cluster ------------------------------------------------------------------------------------------


class Cluster:
    """A scheduler and a worker, on a port that stays the same."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def _start(self, what: str, *arguments: str) -> None:
        command = [str(Path(sys.executable).with_name("dask")), what, *arguments]
        with (self.place / f"{what}.log").open("ab") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.place))

    def start(self) -> None:
        self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                break
            time.sleep(0.1)
        self._start("worker", f"tcp://127.0.0.1:{self.port}", "--nthreads", "1", "--no-dashboard")

    def kill(self) -> None:
        for process in self.processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                    one.send_signal(signal.SIGKILL)
            process.wait()
        self.processes.clear()


def test_cluster_that_is_not_there_goes_and_comes_back(tmp_path: Path) -> None:
    """Uploads are checked all along, runs wait, and what was solved as it went is solved again."""
    (tmp_path / "cluster").mkdir()
    cluster = Cluster(tmp_path / "cluster")
    try:
        with served(tmp_path / "data", "--cluster", f"tcp://127.0.0.1:{cluster.port}") as server:
            scenario = server.upload(CASES / "tiny-108.xlsx")
            assert scenario["state"] == "good"
            (first,) = ask(server, scenario["id"], 1)
            until(lambda: server.client.get("/readyz").status_code == 503)
            assert "Nobody answers at tcp://127.0.0.1" in server.client.get("/readyz").json()["why"]
            assert "Nothing is solved just now" in server.client.get(f"/runs/{first}").text
            assert server.client.get(f"/api/runs/{first}").json()["state"] == "waiting"
            cluster.start()
            assert server.ended(first)["state"] == "done"
            second, third = ask(server, scenario["id"], 2)
            until(lambda: server.client.get(f"/api/runs/{second}").json()["state"] != "waiting")
            cluster.kill()
            assert server.upload(CASES / "tiny-104.xlsx")["state"] == "good"
            cluster.start()
            assert [server.ended(run)["state"] for run in (second, third)] == ["done", "done"]
    finally:
        cluster.kill()


def until(condition: Any) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.1)

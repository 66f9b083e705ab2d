"""A cluster of one scheduler and three worker processes, started as docs/compare.md says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from planner.batch.cells import CellOptions, plan_cells
from planner.batch.engine import Engine
from planner.batch.run import solve_cells
from planner.cli import main
from planner.comparison.cell import CellAnswer
from planner.errors import UsageError, WorkerLost
from tests import engine_work

ROOT = Path(__file__).parents[1]
CASES = [str(ROOT / "tests/cases" / name) for name in ("tiny-104.xlsx", "tiny-112.xlsx")]
PAGE = (ROOT / "docs/compare.md").read_text(encoding="utf-8")


def documented(what: str, **values: str) -> list[str]:
    """The command that starts a scheduler or worker, as the page has it, with this machine's values."""
    found = re.search(rf"^    (dask {what} .*)$", PAGE, flags=re.MULTILINE)
    assert found
    text = found[1]
    for shown, here in values.items():
        text = text.replace({"host": "10.0.0.5", "port": "8786"}[shown], here)
    dask, *arguments = text.split()
    return [str(Path(sys.executable).with_name(dask)), *arguments]


@dataclass
class Cluster:
    address: str
    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, what: str, *more: str) -> subprocess.Popen[str]:
        host, port = self.address.removeprefix("tcp://").split(":")
        with (self.folder / f"{what}-{len(self.processes)}.log").open("w") as log:
            process = subprocess.Popen(
                [*documented(what, host=host, port=port), *more],
                stdout=log, stderr=log, text=True, cwd=self.folder, env=os.environ | {"PYTHONPATH": str(ROOT)},
            )  # fmt: skip
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for member in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = Cluster(f"tcp://127.0.0.1:{port}", tmp_path)
    found.start("scheduler")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.1)
    try:
        yield found
    finally:
        found.stop()


def plain(answers: list[CellAnswer]) -> list[dict[str, Any]]:
    """Answers without what differs from run to run."""
    return [
        answer.document()
        | {"seconds": 0.0, "provenance": {name: answer.provenance.get(name) for name in ("scenario", "sha256")}}
        for answer in answers
    ]


def test_a_worker_killed_midway_changes_nothing(cluster: Cluster) -> None:
    workers = [cluster.start("worker") for _ in range(3)]
    cells, options = plan_cells(CASES), CellOptions(gap=1e-3)
    killed = threading.Event()

    def kill_one_that_is_at_work() -> None:
        """Both the watching process and the one that works, as when a machine goes down."""
        for process in workers[:1]:
            for member in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
                member.kill()
        killed.set()

    with Engine(cluster=cluster.address) as engine:
        begun = engine.submit(engine_work.wait_for_cancel)
        while begun.state != "running":
            time.sleep(0.01)
        begun.cancel()
        threading.Timer(1.0, kill_one_that_is_at_work).start()
        found = solve_cells(cells, options, cluster=cluster.address)
    assert killed.wait(60)
    assert [answer.status for answer in found] == ["optimal"] * len(cells)
    assert plain(found) == plain(solve_cells(cells, options, workers=1))


def test_compare_with_a_cluster_is_compare_without(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("worker")
    documents = []
    for where in (["--cluster", cluster.address], ["--workers", "1"]):
        path = tmp_path / f"{len(documents)}.json"
        assert main(["compare", CASES[0], "--strategies", "no-china,averse", "--json", str(path), *where]) == 0
        documents.append(json.loads(path.read_text(encoding="utf-8")))
    here, there = ([(cell["strategy"], cell["objective"]) for cell in document["cells"]] for document in documents)
    assert here == there


def test_lost_work_runs_on_other_workers_of_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    for _ in range(2):
        cluster.start("worker")
    log = tmp_path / "runs"
    with Engine(cluster=cluster.address) as engine:
        assert engine.submit(engine_work.end_the_process, log, 2).result(120) == 3
        assert engine.submit(engine_work.add, 1, 2).result(60) == 3
    assert len(set(log.read_text().splitlines())) == 3


def test_a_worker_with_several_threads_is_refused(cluster: Cluster) -> None:
    cluster.start("worker", "--nthreads", "2")
    with pytest.raises(UsageError) as raised, Engine(cluster=cluster.address):
        pass
    assert re.fullmatch(
        r"The worker at tcp://127\.0\.0\.1:\d+ has 2 threads\. Start it with --nthreads 1, "
        r"and several of them with --nworkers\.",
        str(raised.value),
    )


def test_a_worker_of_another_version_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.start("worker")
    with Engine(cluster=cluster.address) as engine:
        monkeypatch.setattr("planner.version.__version__", "9.9.9")
        with pytest.raises(UsageError) as raised:
            engine.submit(engine_work.add, 1, 2).result(60)
    assert re.fullmatch(
        r"The worker at tcp://127\.0\.0\.1:\d+ has planner 0\.1\.0, this machine has 9\.9\.9\. "
        r"Install the same there and start it again\.",
        str(raised.value),
    )
    monkeypatch.setattr("planner.batch.processes._versions_of", others())
    with pytest.raises(UsageError) as raised, Engine(cluster=cluster.address):
        pass
    assert re.fullmatch(
        r"The worker at tcp://127\.0\.0\.1:\d+ has no pyomo, this machine has 6\.10\.1\. "
        r"Install the same there and start it again\.",
        str(raised.value),
    )


def others() -> Any:
    """Shows this machine's packages, and then those of a worker without Pyomo."""
    said = iter([{"pyomo": "6.10.1"}, {"pyomo": None}])
    return lambda _: next(said)


def test_a_cluster_without_workers_is_refused(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.batch.processes._WORKERS_WITHIN", 0.5)
    with pytest.raises(UsageError) as raised, Engine(cluster=cluster.address):
        pass
    assert str(raised.value) == f"The cluster at {cluster.address} has no worker. Start one there, then try again."


def test_a_scheduler_that_goes_is_said(cluster: Cluster) -> None:
    cluster.start("worker")
    with Engine(cluster=cluster.address) as engine:
        ticket = engine.submit(engine_work.wait_for_cancel)
        while ticket.state != "running":
            time.sleep(0.01)
        os.kill(cluster.processes[0].pid, signal.SIGKILL)
        with pytest.raises(WorkerLost) as raised:
            ticket.result(60)
        assert str(raised.value) == "The connection to the cluster was lost."

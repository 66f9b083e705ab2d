"""The queue with a database that refuses and workers that go: nothing is lost, and nobody else waits for it."""

from __future__ import annotations

import concurrent.futures
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from planner.errors import EngineLost
from planner.serve.config import Config
from planner.serve.folder import Folder
from planner.serve.queue import Queue
from planner.serve.store import GOOD, Run, Scenario, Store, open_store
from planner.solver.outcome import Progress


class Handed:
    """A solve that a test ends when it likes."""

    def __init__(self, watch: Callable[[Any], None]) -> None:
        self.watch, self.cancelled, self.tight = watch, False, False
        self.answer: dict[str, Any] | Exception | None = None

    def done(self) -> bool:
        return self.answer is not None

    def result(self) -> dict[str, Any]:
        assert self.answer is not None
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def cancel(self) -> None:
        self.cancelled = True

    def when_done(self, tell: Callable[[], object]) -> None:
        pass


class Bench:
    """Workers that do nothing by themselves."""

    def __init__(self) -> None:
        self.handed: list[Handed] = []
        self.trouble = ""
        self.losses = 0

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def submit(self, work: Any, *args: Any, watch: Callable[[Any], None], label: str) -> Handed:
        if self.trouble:
            raise EngineLost(self.trouble)
        self.handed.append(Handed(watch))
        return self.handed[-1]

    def lost(self) -> None:
        self.losses += 1


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, patience=0.01)
    yield opened
    opened.close()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def queue(tmp_path: Path, store: Store, bench: Bench) -> Queue:
    workers: Any = lambda: bench  # noqa: E731  # stands in for a class
    return Queue(Config(data=tmp_path, workers=1), store, Folder(tmp_path), workers)


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Another program writes to the database all the while."""
    other = sqlite3.connect(data / "planner.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def full(store: Store) -> Iterator[None]:
    """The database cannot grow, as on a full disk."""
    with store.engine.connect() as one:
        pages = one.exec_driver_sql("PRAGMA page_count").scalar_one()
        one.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(OperationalError, match="full"):
        store.add(Scenario(name="x" * 100_000))
    yield
    with store.engine.connect() as one:
        one.exec_driver_sql("PRAGMA max_page_count=1000000")


def waiting(store: Store, *labels: str) -> list[str]:
    parent = store.add(Scenario(name="a.xlsx", state=GOOD))
    runs = [Run(scenario=parent.id, label=label, created=time.time() + place) for place, label in enumerate(labels)]
    store.add_all(runs)
    return [run.id for run in runs]


def states(store: Store, runs: list[str]) -> list[str]:
    found = [store.get(Run, run) for run in runs]
    return [run.state for run in found if run is not None]


DONE = {"state": "done", "status": "optimal", "message": "m" * 50_000}


@pytest.mark.parametrize("trouble", ["locked", "full"])
def test_end_that_the_database_does_not_take_is_written_later(
    store: Store, queue: Queue, bench: Bench, tmp_path: Path, trouble: str
) -> None:
    runs = waiting(store, "a", "b")
    queue.step()
    bench.handed[0].watch(Progress("searching", 1.0, 5.0, 4.0, 0.2))
    bench.handed[0].answer = DONE
    with locked(tmp_path) if trouble == "locked" else full(store):
        for _ in range(3):
            with pytest.raises(OperationalError, match="locked" if trouble == "locked" else "full"):
                queue.step()
            assert states(store, runs) == ["running", "waiting"]
    queue.step()
    assert states(store, runs) == ["done", "running"]
    assert [point.bound for point in store.points(runs[0])] == [4.0]
    bench.handed[1].answer = DONE
    queue.step()
    assert states(store, runs) == ["done", "done"]
    assert len(bench.handed) == 2


def test_run_nobody_works_on_is_begun_again(store: Store, queue: Queue, bench: Bench) -> None:
    runs = waiting(store, "lost", "next")
    assert store.begin(runs[0], "gone")
    store.tell(runs[0], {"seconds": 1.0, "incumbent": 5.0, "bound": 4.0, "gap": 0.2}, kept=True)
    queue.step()
    assert states(store, runs) == ["running", "waiting"]
    assert len(bench.handed) == 1
    assert store.points(runs[0]) == []
    bench.handed[0].answer = DONE
    queue.step()
    assert states(store, runs) == ["done", "running"]


def test_run_nobody_works_on_stops_when_asked_to(store: Store, queue: Queue, bench: Bench) -> None:
    runs = waiting(store, "lost")
    assert store.begin(runs[0], "gone")
    assert store.set_if(runs[0], "running", cancel=True)
    queue.step()
    assert states(store, runs) == ["stopped"]
    assert bench.handed == []


def test_stop_reaches_the_solve(store: Store, queue: Queue, bench: Bench) -> None:
    (run,) = waiting(store, "a")
    queue.step()
    store.set_if(run, "running", cancel=True)
    queue.step()
    assert bench.handed[0].cancelled


def test_run_whose_workers_are_lost_goes_back_and_is_not_blamed(store: Store, queue: Queue, bench: Bench) -> None:
    runs = waiting(store, "a", "b")
    queue.step()
    bench.handed[0].answer = EngineLost("The connection to the cluster was lost.")
    bench.trouble = "Nobody answers at tcp://127.0.0.1:9."
    queue.step()
    assert states(store, runs) == ["waiting", "waiting"]
    assert bench.losses == 1
    bench.trouble = ""
    queue.step()
    assert states(store, runs) == ["running", "waiting"]
    bench.handed[1].answer = DONE
    queue.step()
    assert states(store, runs) == ["done", "running"]


def test_run_that_went_with_a_lost_engine_is_begun_again_unless_it_was_stopped(
    store: Store, queue: Queue, bench: Bench
) -> None:
    """One run says that the engine is lost; closing it cancels the others, which nobody has stopped."""
    (run,) = waiting(store, "a")
    queue.step()
    bench.handed[0].answer = concurrent.futures.CancelledError()
    queue.step()
    assert states(store, [run]) == ["running"]
    assert len(bench.handed) == 2
    store.set_if(run, "running", cancel=True)
    bench.handed[1].answer = concurrent.futures.CancelledError()
    queue.step()
    assert states(store, [run]) == ["stopped"]


def test_answer_that_comes_too_late_changes_nothing(store: Store, queue: Queue, bench: Bench) -> None:
    (run,) = waiting(store, "a")
    queue.step()
    assert store.set_if(run, "running", state="stopped")
    bench.handed[0].answer = DONE
    queue.step()
    assert states(store, [run]) == ["stopped"]


def test_data_is_the_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    open_store(tmp_path).close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700

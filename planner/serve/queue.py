"""From the store to the engine: what waits is handed in, what is told of it and what comes out is noted.

The store says what is to be done; this only remembers which of it is under way in this process. All that is noted
is written by one thread, again and again until the database takes it: work counts as under way until then. What the
store calls running and nobody works on is begun again.
"""

from __future__ import annotations

import concurrent.futures
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planner.batch.engine import Ticket
from planner.errors import EngineLost, PlannerError
from planner.serve import work
from planner.serve.checks import MOST, Check, Checks
from planner.serve.config import Config
from planner.serve.folder import Folder, remove
from planner.serve.store import BROKEN, CHECKING, FAILED, INVALID, RUNNING, STOPPED, WAITING, Run, Scenario, Store
from planner.serve.workers import Workers

_LOOKS = 0.25
"""Seconds between two looks at the store; work that comes from this process is seen at once."""

_TOLD = 0.5
"""Least seconds between two points of a solve's course."""

_SWEPT = 3600.0
"""Seconds between two looks for what has expired."""

_DAY = 86400.0

_log = logging.getLogger(__name__)


def source_of(folder: Folder, scenario: Scenario) -> str:
    """What a worker loads for a scenario: its workbook, or a bundled name."""
    return scenario.bundled or str(folder.scenario(scenario.id) / scenario.name)


class Queue:
    """Hands in what waits, oldest first: at most as many runs at once as there are places, and checks beside them."""

    def __init__(self, config: Config, store: Store, folder: Folder, workers: Workers | None = None) -> None:
        self._config, self._store, self._folder = config, store, folder
        self._places = config.workers or os.cpu_count() or 1
        count = None if config.cluster else self._places + 1
        self._workers = workers or Workers(count, config.cluster, self._places)
        self._checks = Checks(config.check_seconds, config.check_memory)
        self._solves: dict[str, _Solve] = {}
        self._checking: dict[str, Check] = {}
        self._wake, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._go, name="queue", daemon=True)

    def start(self) -> None:
        """Start the workers, and take up what was waiting or running when the server last ended."""
        self._workers.start()
        self._thread.start()

    def stop(self) -> None:
        """End; what runs is taken up again at the next start."""
        self._ending.set()
        self._wake.set()
        self._thread.join()
        for check in self._checking.values():
            check.cancel()
        self._checks.stop()
        self._workers.stop()

    def wake(self) -> None:
        """Have the queue look at once."""
        self._wake.set()

    def draw(self, run: Run, scenario: Scenario, seconds: float) -> None:
        """Draw a run's charts for download, and wait for them.

        Raises TimeoutError after that many seconds, EngineLost where no worker can be reached.
        """
        home = str(self._folder.run(run.id))
        source = source_of(self._folder, scenario)
        self._workers.submit(work.draw_charts, home, source, run.strategy, label="charts").result(seconds)

    # --- in the queue's own thread ----------------------------------------------------------------

    def _go(self) -> None:
        swept = 0.0
        while not self._ending.is_set():
            self._tried(self.step)
            if time.monotonic() - swept > _SWEPT and self._tried(self.sweep):
                swept = time.monotonic()
            self._wake.wait(_LOOKS)
            self._wake.clear()

    def _tried(self, action: Callable[[], object]) -> bool:
        """Do something that the database may refuse for a while; whether it was done."""
        try:
            action()
        except Exception:
            _log.exception("the queue could not go on; it tries again")
            self._ending.wait(_LOOKS)
            return False
        return True

    def step(self) -> None:
        """Note what has come in, then hand in what waits."""
        for scenario, check in list(self._checking.items()):
            if check.done():
                self._checked(scenario, check)
        for run, solve in list(self._solves.items()):
            solve.tell(self._store)
            if solve.ticket.done():
                self._solved(run, solve)
        self._check_more()
        self._solve_more()

    def _check_more(self) -> None:
        for scenario in self._store.to_check():
            if len(self._checking) >= MOST:
                return
            if scenario.id not in self._checking:
                self._checking[scenario.id] = self._checks.begin(self._job(scenario))

    def _job(self, scenario: Scenario) -> dict[str, Any]:
        parent = self._store.get(Scenario, scenario.parent) if scenario.parent else None
        derived = None
        if parent is not None:
            source = source_of(self._folder, parent)
            derived = {"source": source, "strategy": scenario.strategy, "changes": scenario.changes}
        return {
            "folder": str(self._folder.scenario(scenario.id)),
            "source": source_of(self._folder, scenario),
            "derived": derived,
        }

    def _checked(self, scenario: str, check: Check) -> None:
        try:
            found = check.result()
        except OSError:
            _log.exception("a check could not be started; it is tried again")
            del self._checking[scenario]
            return
        except Exception as error:
            _log.exception("a scenario could not be checked")
            found = {"state": BROKEN, "title": _told(error)}
        self._store.set(Scenario, scenario, **found)
        del self._checking[scenario]

    def _solve_more(self) -> None:
        running = self._store.in_state(RUNNING)
        for run in running:
            if run.id not in self._solves:
                self._store.requeue(run.id)
            elif run.cancel:
                self._solves[run.id].ticket.cancel()
        free = self._places - len(self._solves)
        for run in self._store.in_state(WAITING) if free > 0 and not self._workers.trouble else ():
            if free > 0 and self._solve(run):
                free -= 1

    def _solve(self, run: Run) -> bool:
        """Hand in a run, where its scenario is ready; whether it was."""
        scenario = self._store.get(Scenario, run.scenario)
        if scenario is None or scenario.state == CHECKING:
            return False
        if scenario.state == BROKEN:
            told = "The scenario has problems; its page tells them."
            self._store.set_if(run.id, WAITING, state=INVALID, message=told, ended=time.time())
            return False
        if not self._store.begin(run.id):
            return False
        home, source = str(self._folder.run(run.id)), source_of(self._folder, scenario)
        solve = _Solve(run.id)
        try:
            solve.ticket = self._workers.submit(
                work.solve_run, home, source, run.strategy, run.options, watch=solve.hear, label="solve"
            )
        except EngineLost:
            return False  # It is found to be running with nobody at it, and put back.
        self._solves[run.id] = solve
        solve.ticket.when_done(self.wake)
        return True

    def _solved(self, run: str, solve: _Solve) -> None:
        try:
            ended = solve.ticket.result()
        except EngineLost as error:
            _log.warning("a run goes back to the queue: %s", error)
            self._workers.lost()
            self._store.requeue(run)
            del self._solves[run]
            return
        except concurrent.futures.CancelledError:
            ended = {"state": STOPPED, "message": "Stopped before it was started."}
        except Exception as error:
            if not isinstance(error, PlannerError):
                _log.exception("a run failed")
            ended = {"state": FAILED, "message": _told(error)}
        self._store.set_if(run, RUNNING, ended=time.time(), **ended)
        del self._solves[run]

    def sweep(self) -> None:
        """Remove what has expired."""
        before = time.time() - self._config.keep_days * _DAY
        runs, scenarios = self._store.expired(before)
        self._store.forget_comparisons(before)
        for run in runs:
            self._store.remove(Run, run)
            remove(self._folder.run(run))
        for scenario in scenarios:
            self._store.remove(Scenario, scenario)
            remove(self._folder.scenario(scenario))


def _told(error: Exception) -> str:
    """An error in words."""
    if isinstance(error, PlannerError):
        return str(error)
    return f"This is a fault of the planner, not of your scenario: {type(error).__name__}. Please report it."


@dataclass
class _News:
    """What a solve told, and whether it is a point of its course."""

    latest: dict[str, Any]
    kept: bool


class _Solve:
    """A run that is under way, and news of it that are not in the store yet.

    News are heard in the engine's thread, which must not wait for the database; the queue's thread writes them: the
    latest always, and points of the course not too close to each other.
    """

    ticket: Ticket[dict[str, Any]]

    def __init__(self, run: str) -> None:
        self._run, self._heard = run, list[_News]()
        self._last = (0.0, "")

    def hear(self, news: Any) -> None:
        """Take in what the solve tells."""
        when, stage = self._last
        if news.stage == stage and time.monotonic() - when < _TOLD:
            return
        self._last = (time.monotonic(), news.stage)
        kept = news.incumbent is not None or news.bound is not None
        latest = {"stage": news.stage, "seconds": news.seconds}
        if kept:
            latest |= {"incumbent": news.incumbent, "bound": news.bound, "gap": news.gap}
        self._heard.append(_News(latest, kept))

    def tell(self, store: Store) -> None:
        """Write what was heard."""
        while self._heard:
            news = self._heard[0]
            store.tell(self._run, news.latest, news.kept)
            del self._heard[0]

"""From the store to the engine: what waits is handed in, what is told of it and what comes out is noted.

The store says what is to be done; this only remembers which of it is under way in this process, so that after a
kill all of it can be taken up again from the store.
"""

from __future__ import annotations

import concurrent.futures
import logging
import os
import threading
import time
from typing import Any

from planner.batch.engine import Engine, Ticket
from planner.errors import PlannerError
from planner.serve import work
from planner.serve.checking import check_scenario, warm
from planner.serve.config import Config
from planner.serve.folder import Folder, remove
from planner.serve.store import BROKEN, CHECKING, FAILED, INVALID, RUNNING, STOPPED, WAITING, Run, Scenario, Store

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
    """Hands in what waits, oldest first: at most as many runs at once as there are workers, and all checks.

    One worker more is started than runs may use, so that who uploads a workbook does not wait for a solve.
    """

    def __init__(self, config: Config, store: Store, folder: Folder) -> None:
        self._config, self._store, self._folder = config, store, folder
        self._places = config.workers or os.cpu_count() or 1
        self._engine: Engine
        self._under_way: dict[str, Ticket[Any]] = {}
        self._wake, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._go, name="queue", daemon=True)

    def start(self) -> None:
        """Start the workers, and take up what was waiting or running when the server last ended."""
        workers = None if self._config.cluster else self._places + 1
        self._engine = Engine(workers, self._config.cluster).__enter__()
        for _ in range(self._places):
            self._engine.submit(warm, label="warm")
        self._store.requeue()
        self._thread.start()

    def stop(self) -> None:
        """End; what runs is taken up again at the next start."""
        self._ending.set()
        self._wake.set()
        self._thread.join()
        self._engine.__exit__(None, None, None)

    def wake(self) -> None:
        """Have the queue look at once."""
        self._wake.set()

    def draw(self, run: Run, scenario: Scenario, seconds: float) -> None:
        """Draw a run's charts for download, and wait for them.

        Raises TimeoutError after that many seconds.
        """
        home = str(self._folder.run(run.id))
        self._engine.submit(
            work.draw_charts, home, source_of(self._folder, scenario), run.strategy, label="charts"
        ).result(seconds)

    # --- in the queue's own thread ----------------------------------------------------------------

    def _go(self) -> None:
        swept = 0.0
        while not self._ending.is_set():
            try:
                self._step()
                if time.monotonic() - swept > _SWEPT:
                    self.sweep()
                    swept = time.monotonic()
            except Exception:
                _log.exception("the queue could not go on; it tries again")
                self._ending.wait(_LOOKS)
            self._wake.wait(_LOOKS)
            self._wake.clear()

    def _step(self) -> None:
        for scenario in self._store.to_check():
            if scenario.id not in self._under_way:
                self._check(scenario)
        running = self._store.in_state(RUNNING)
        for run in running:
            if run.cancel and run.id in self._under_way:
                self._under_way[run.id].cancel()
        free = self._places - len(running)
        for run in self._store.in_state(WAITING):
            if free > 0 and self._solve(run):
                free -= 1

    def _check(self, scenario: Scenario) -> None:
        parent = self._store.get(Scenario, scenario.parent) if scenario.parent else None
        derived = None
        if parent is not None:
            source = source_of(self._folder, parent)
            derived = {"source": source, "strategy": scenario.strategy, "changes": scenario.changes}
        job = {
            "folder": str(self._folder.scenario(scenario.id)),
            "source": source_of(self._folder, scenario),
            "derived": derived,
        }
        limits = (self._config.check_seconds, self._config.check_memory)
        ticket = self._engine.submit(check_scenario, job, *limits, label="check")
        self._under_way[scenario.id] = ticket
        ticket.when_done(lambda: self._checked(scenario.id, ticket))

    def _checked(self, scenario: str, ticket: Ticket[Any]) -> None:
        if self._ending.is_set():
            return  # It is still to be checked, at the next start.
        try:
            self._store.set(Scenario, scenario, **ticket.result())
        except Exception as error:
            _log.exception("a scenario could not be checked")
            self._store.set(Scenario, scenario, state=BROKEN, title=_told(error))
        finally:
            self._under_way.pop(scenario, None)

    def _solve(self, run: Run) -> bool:
        """Hand in a run, where its scenario is ready; whether it was."""
        scenario = self._store.get(Scenario, run.scenario)
        if scenario is None or scenario.state == CHECKING:
            return False
        if scenario.state == BROKEN:
            told = "The scenario has problems; its page tells them."
            self._store.set_if(run.id, WAITING, state=INVALID, message=told, ended=time.time())
            return False
        if not self._store.set_if(run.id, WAITING, state=RUNNING, started=time.time()):
            return False
        self._store.restart(run.id)
        ticket = self._engine.submit(
            work.solve_run,
            str(self._folder.run(run.id)),
            source_of(self._folder, scenario),
            run.strategy,
            run.options,
            watch=_Listener(self._store, run.id),
            label="solve",
        )
        self._under_way[run.id] = ticket
        ticket.when_done(lambda: self._solved(run.id, ticket))
        return True

    def _solved(self, run: str, ticket: Ticket[Any]) -> None:
        if self._ending.is_set():
            return  # It stays 'running' in the store, and is put back in the queue at the next start.
        try:
            ended = ticket.result()
        except concurrent.futures.CancelledError:
            ended = {"state": STOPPED, "message": "Stopped before it was started."}
        except Exception as error:
            if not isinstance(error, PlannerError):
                _log.exception("a run failed")
            ended = {"state": FAILED, "message": _told(error)}
        self._under_way.pop(run, None)
        self._store.set(Run, run, ended=time.time(), **ended)
        self.wake()

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


class _Listener:
    """Notes the news of a solve: the latest always, and points of its course not too close to each other."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self._run = store, run
        self._last = (0.0, "")

    def __call__(self, news: Any) -> None:
        when, stage = self._last
        if news.stage == stage and time.monotonic() - when < _TOLD:
            return
        self._last = (time.monotonic(), news.stage)
        kept = news.incumbent is not None or news.bound is not None
        latest = {"stage": news.stage, "seconds": news.seconds}
        if kept:
            latest |= {"incumbent": news.incumbent, "bound": news.bound, "gap": news.gap}
        self._store.tell(self._run, latest, kept)

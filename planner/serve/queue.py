"""From the store to the engine: what waits is handed in, what is told of it and what comes out is noted.

The store says what is to be done; this only remembers which of it is under way in this process. All that is noted
is written by one thread, again and again until the database takes it: work counts as under way until then. What the
store calls running and nobody works on is begun again. Of several server processes with one database, the one that
holds the lease does all this.
"""

from __future__ import annotations

import concurrent.futures
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from planner.batch.engine import Ticket
from planner.errors import EngineLost, OutOfMemory, OutputError, PlannerError, WorkerLost
from planner.serve import keeping, turns, work
from planner.serve.asked import OF_A_PLAN
from planner.serve.checks import MOST, Check, Checks
from planner.serve.config import Config
from planner.serve.folder import Folder
from planner.serve.store import BROKEN, CHECKING, FAILED, INVALID, RUNNING, WAITING, Run, Scenario, Store
from planner.serve.workers import Workers

_LOOKS = 0.25
"""Seconds between two looks at the store; work that comes from this process is seen at once."""

_TOLD = 0.5
"""Least seconds between two points of a solve's course."""

_SWEPT = 3600.0
"""Seconds between two looks for what has expired."""

_LEASE, _RENEWED = 15.0, 3.0
"""Seconds for which the engine is taken, and after which this is renewed."""

_ENGINE = "engine"

_log = logging.getLogger(__name__)


def source_of(folder: Folder, scenario: Scenario) -> str:
    """What a worker loads for a scenario: its workbook, or a bundled name."""
    return scenario.bundled or str(folder.scenario(scenario.id) / scenario.file)


class Queue:
    """Hands in what waits, whoever's turn it is (see `turns`): runs to the workers, and checks beside them."""

    def __init__(
        self, config: Config, store: Store, folder: Folder, workers: Callable[[], Workers] | None = None
    ) -> None:
        self._config, self._store, self._folder = config, store, folder
        self._places = config.workers or os.cpu_count() or 1
        # One worker more than there are places: it is kept for short solves.
        count = None if config.cluster else self._places + 1
        self._open = workers or (lambda: Workers(count, config.cluster, self._places))
        self._me = uuid.uuid4().hex
        self._workers: Workers | None = None
        self._checks = Checks(config.check_seconds, config.check_memory)
        self._solves: dict[str, _Solve] = {}
        self._checking: dict[str, Check] = {}
        self._drawing: dict[str, Ticket[None]] = {}
        self._renewed = 0.0
        self._stepped = time.monotonic()
        self._wake, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._go, name="queue", daemon=True)

    def start(self) -> None:
        """Begin to do what waits, and take up what was under way when the server last ended."""
        self._thread.start()

    def stop(self) -> None:
        """End; what runs is taken up again at the next start."""
        self._ending.set()
        self._wake.set()
        self._thread.join()
        self._let_go()
        self._checks.stop()
        self._tried(lambda: self._store.release(_ENGINE, self._me))

    @property
    def trouble(self) -> str:
        """Why nothing is solved now; blank where all is well, or another process does it."""
        if time.monotonic() - self._stepped > _LEASE:
            return "The database does not take what is to be written."
        workers = self._workers
        return workers.trouble if workers else ""

    def wake(self) -> None:
        """Have the queue look at once."""
        self._wake.set()

    # --- in the queue's own thread ----------------------------------------------------------------

    def _go(self) -> None:
        swept = 0.0
        while not self._ending.is_set():
            self._tried(self.step)
            if self._workers and time.monotonic() - swept > _SWEPT and self._tried(self.sweep):
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
        """Note what has come in, then hand in what waits; nothing while another process does it."""
        workers = self._held()
        if workers is not None:
            for note in (self._note_checks, self._note_solves, self._note_charts):
                note()
            self._check_more()
            self._solve_more(workers)
            self._draw_more(workers)
        self._stepped = time.monotonic()

    def _held(self) -> Workers | None:
        """The workers, where this process may use them."""
        if time.monotonic() - self._renewed > _RENEWED or self._workers is None:
            # A folder with SQLite is this process's alone: whoever held the lease before is gone.
            first = self._workers is None and not self._store.shared
            if not self._store.lease(_ENGINE, self._me, _LEASE, force=first):
                self._let_go()
                return None
            self._renewed = time.monotonic()
        if self._workers is None:
            self._workers = self._open()
            self._workers.start()
        return self._workers

    def _let_go(self) -> None:
        """Leave all that is under way to whoever holds the lease."""
        for check in self._checking.values():
            check.cancel()
        if self._workers is not None:
            self._workers.stop()
        self._workers = None
        for under_way in (self._solves, self._checking, self._drawing):
            under_way.clear()

    # --- checks -----------------------------------------------------------------------------------

    def _check_more(self) -> None:
        if len(self._checking) >= MOST:
            return
        found = {scenario.id: scenario for scenario in self._store.to_check()}
        order = turns.checks(list(found.values()), list(self._checking))
        for one in order[: MOST - len(self._checking)]:
            self._checking[one] = self._checks.begin(self._job(found[one]))

    def _note_checks(self) -> None:
        for scenario, check in list(self._checking.items()):
            if check.done():
                self._checked(scenario, check)

    def _job(self, scenario: Scenario) -> dict[str, Any]:
        parent = self._store.get(Scenario, scenario.parent) if scenario.parent else None
        derived = None
        if parent is not None:
            source = source_of(self._folder, parent)
            derived = {"source": source, "strategy": scenario.strategy, "changes": scenario.changes}
        return {
            "folder": str(self._folder.scenario(scenario.id)),
            "source": source_of(self._folder, scenario),
            "name": scenario.name,
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

    # --- runs -------------------------------------------------------------------------------------

    def _note_solves(self) -> None:
        for run, solve in list(self._solves.items()):
            solve.tell(self._store)
            if solve.ticket.done():
                self._solved(run, solve)

    def _solve_more(self, workers: Workers) -> None:
        for run in self._store.in_state(RUNNING):
            if run.id not in self._solves:
                self._store.requeue(run.id)
            elif run.cancel:
                self._solves[run.id].ticket.cancel()
        if workers.trouble:
            return
        ready = [(run, scenario) for run, scenario in self._store.unfinished() if self._is_ready(run, scenario)]
        line = turns.line(ready, self._store.served(time.time() - 3600))
        found = {run.id: (run, scenario) for run, scenario in ready}
        for one in line.next(self._places):
            self._solve(workers, *found[one])

    def _is_ready(self, run: Run, scenario: Scenario) -> bool:
        """Whether a run can be in the line; one whose scenario is broken ends here."""
        if run.state == RUNNING:
            return run.id in self._solves
        if scenario.state == BROKEN:
            told = "The scenario has problems; its page tells them."
            self._store.set_if(run.id, WAITING, state=INVALID, message=told, ended=time.time())
        return scenario.state not in (CHECKING, BROKEN)

    def _solve(self, workers: Workers, run: Run, scenario: Scenario) -> None:
        """Hand in a run."""
        if not self._store.begin(run.id, self._me):
            return
        solve = _Solve(run.id)
        try:
            solve.ticket = self._submitted(workers, run, scenario, solve)
        except EngineLost:
            return  # It is found to be running with nobody at it, and put back.
        self._solves[run.id] = solve
        solve.ticket.when_done(self.wake)

    def _submitted(self, workers: Workers, run: Run, scenario: Scenario, solve: _Solve) -> Ticket[dict[str, Any]]:
        home, source = str(self._folder.run(run.id)), source_of(self._folder, scenario)
        common = (home, source, scenario.name, run.strategy, run.options)
        if run.study is None:
            return workers.submit(work.solve_run, *common, watch=solve.hear, label="solve")
        plan = str(self._folder.run(run.base) / work.PLAN) if run.base and run.study in OF_A_PLAN else None
        return workers.submit(_study, *common, plan, watch=solve.hear, label="study")

    def _solved(self, run: str, solve: _Solve) -> None:
        try:
            ended = solve.ticket.result()
        except (EngineLost, concurrent.futures.CancelledError) as error:
            # Cancelled is what was stopped before it began, and all else that an engine held which was lost.
            if isinstance(error, EngineLost) and self._workers is not None:
                _log.warning("a run goes back to the queue: %s", error)
                self._workers.lost()
            self._store.requeue(run)
            del self._solves[run]
            return
        except Exception as error:
            if not isinstance(error, PlannerError):
                _log.exception("a run failed")
            ended = {"state": FAILED, "message": _told(error)}
        if solve.ticket.tight and not ended.get("message"):
            ended["message"] = _TIGHT
        self._store.finish(run, self._me, **ended)
        del self._solves[run]

    # --- charts -----------------------------------------------------------------------------------

    def _draw_more(self, workers: Workers) -> None:
        for run, scenario in self._store.to_draw() if not workers.trouble else ():
            if run.id not in self._drawing:
                home, source = str(self._folder.run(run.id)), source_of(self._folder, scenario)
                self._drawing[run.id] = workers.submit(work.draw_charts, home, source, run.strategy, label="charts")

    def _note_charts(self) -> None:
        for run, ticket in list(self._drawing.items()):
            if ticket.done():
                try:
                    ticket.result()
                except Exception:
                    _log.exception("charts could not be drawn")
                self._store.set(Run, run, draw=False)
                del self._drawing[run]

    def sweep(self) -> None:
        """Remove what has expired."""
        if self._workers is not None:
            keeping.sweep(self._store, self._folder, self._config.keep_days)


def _study(*asked: Any, **how: Any) -> dict[str, Any]:
    """In a worker process, which alone needs what studies are made with."""
    from planner.serve.study import run_study

    return run_study(*asked, **how)


_TIGHT = "Memory ran short, so that the search was ended early: this is the best plan found by then."


def _told(error: Exception) -> str:
    """An error in words for who asked: what they can do, and nothing of the server's own places."""
    if isinstance(error, OutOfMemory):
        return (
            "The solve needs more memory than the server gives one. Use fewer futures or longer periods, or ask for a "
            "machine with more memory or fewer workers."
        )
    if isinstance(error, WorkerLost):
        return (
            "The process that solved it ended four times: it was killed, or the server ran out of memory. The scenario "
            "is as it was; solve it again when the server has less to do."
        )
    if isinstance(error, OutputError):
        return (
            "The results could not be written: the server's disk is full, or may not be written to. The scenario is as "
            "it was; tell whoever looks after the server, then solve again."
        )
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

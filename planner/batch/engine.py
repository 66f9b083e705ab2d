"""The one engine of all parallel work: worker processes on this machine, or of a cluster that is running.

A thin layer on Dask distributed (see `processes`). Laid on top: news while work runs, a cancel that leaves the best
answer so far, memory watched, and errors in words. Nothing else in the planner knows of Dask.

A worker process does one piece of work at a time. The engine hands Dask no more pieces than there are workers, so
that a process that is lost takes none with it that merely waited.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import pickle
import queue
import signal
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, Self, TypeVar

import planner.version
from planner.batch import worker
from planner.batch.processes import Processes, cores, import_ahead, is_address, processes
from planner.batch.ticket import State, Ticket
from planner.errors import EngineLost, OutOfMemory, PlannerError, UsageError, WorkerLost

__all__ = ["Engine", "State", "Ticket", "cores"]

T = TypeVar("T")

_RERUNS = 3
"""How often work is run again whose process was lost while it was at it."""

_RECOUNTED = 1.0
"""Seconds between looks at how many workers there are."""

_PATIENT = 5
"""Looks in a row that fail, after which the connection is given up."""


class Engine:
    """Runs work in worker processes: of this machine, one per core or as many as asked for; or those of a cluster.

    Work is a function of a module with plain values: it is pickled. News come in before the answer, all in one
    thread, so that watchers should be quick; a watcher that raises is not called again.

    Entering raises UsageError where a cluster does not answer, has no worker, or has other versions than here.
    """

    def __init__(self, workers: int | None = None, cluster: str | None = None) -> None:
        if workers is not None and workers < 1:
            raise UsageError(f"There must be at least one worker, not {workers}.")
        if cluster is not None and not is_address(cluster):
            raise UsageError(f"'{cluster}' is not the address of a cluster, such as tcp://10.0.0.5:8786.")
        self._workers, self._address = workers, cluster
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="engine", daemon=True)
        self._heard: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._notify, name="engine-news", daemon=True)
        self._topic = f"planner-{uuid.uuid4().hex}"
        self._open = AsyncExitStack()
        self._processes: Processes
        self._started: concurrent.futures.Future[None]
        # These belong to the engine's thread.
        self._tickets: dict[str, Ticket[Any]] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._turn, self._busy, self._workers_there = asyncio.Condition(), 0, 0
        self._lost = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self._teller.start()
        self._started = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        if self._address is not None:
            # Processes of this machine start while the caller goes on; a cluster must answer now.
            try:
                self._started.result()
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._heard.put(None)
        self._teller.join()

    @property
    def lost(self) -> str:
        """Why no more work can be done with this engine; blank while it can."""
        return self._lost

    def submit(
        self, work: Callable[..., T], /, *args: Any, watch: Callable[[Any], None] | None = None, label: str = ""
    ) -> Ticket[T]:
        """Have a worker process call work(*args, watch=…, cancel=…).

        What it gives to its `watch` arrives at `watch` here; it should end with what it has once the event `cancel`
        is set. Work is begun in the order in which it is handed in.
        """
        ticket: Ticket[T] = Ticket(label, watch, lambda ticket: self._in_loop(self._cancel(ticket)))
        self._in_loop(self._see_through(ticket, pickle.dumps((work, args))))
        return ticket

    # --- in the engine's thread: start and end ------------------------------------------------------

    def _run_loop(self) -> None:
        if hasattr(signal, "pthread_sigmask"):
            # Ctrl-C on a terminal reaches every process of the command, but workers are to go on until cancelled.
            # They inherit what is blocked here; started later, the tracker of multiprocessing would unblock it.
            resource_tracker.ensure_running()
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        if self._address is None:
            import_ahead()
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _in_loop(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _start(self) -> None:
        self._processes = await self._open.enter_async_context(processes(self._workers, self._address))
        self._processes.client.subscribe_topic(self._topic, self._hear)
        await self._count()
        counting = asyncio.ensure_future(self._count_on())
        self._open.callback(counting.cancel)

    async def _count_on(self) -> None:
        failures = 0
        while failures < _PATIENT:
            await asyncio.sleep(_RECOUNTED)
            try:
                await self._count()
                failures = 0
            except Exception:
                failures += 1  # Dask mends a short break by itself
        self._lose(_CUT_OFF)

    def _lose(self, why: str) -> None:
        """Give up: no work that waits or runs will end."""
        self._lost = why
        for ticket in list(self._tickets.values()):
            self._settle(ticket, "failed", error=EngineLost(why))

    async def _count(self) -> None:
        """A place for each worker that there is."""
        self._workers_there = await self._processes.count()
        async with self._turn:
            self._turn.notify_all()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """A worker's time, once one is free."""
        async with self._turn:
            await self._turn.wait_for(lambda: self._busy < self._workers_there)
            self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            async with self._turn:
                self._turn.notify()

    async def _close(self) -> None:
        # Where the start failed, each ticket shows why.
        with suppress(Exception):
            await asyncio.wrap_future(self._started)
        for task in self._work:
            task.cancel()
        for ticket in list(self._tickets.values()):
            self._settle(ticket, "cancelled", error=concurrent.futures.CancelledError())
        await self._open.aclose()

    # --- in the engine's thread: a piece of work ----------------------------------------------------

    async def _see_through(self, ticket: Ticket[Any], job: bytes) -> None:
        self._tickets[ticket._key] = ticket
        task = asyncio.current_task()
        if task is not None:
            self._work.add(task)
            task.add_done_callback(self._work.discard)
        try:
            await self._ready()
            async with self._place():
                if not ticket._stopping:
                    await self._carry_out(ticket, job)
        except Exception as error:
            self._settle(ticket, "failed", error=_in_words(error))

    async def _ready(self) -> None:
        """Wait until there are processes. Raises EngineLost where none could be started, or all are gone."""
        try:
            await asyncio.wrap_future(self._started)
        except Exception as error:
            self._lost = f"The worker processes cannot be used: {type(error).__name__}: {error}"
        if self._lost:
            raise EngineLost(self._lost)

    async def _carry_out(self, ticket: Ticket[Any], job: bytes) -> None:
        ended_well, answer = pickle.loads(await self._answer(ticket, job))
        if ended_well:
            self._settle(ticket, "done", answer)
        else:
            self._settle(ticket, "failed", error=answer)
        if ticket.tight:
            # What the work held may still be held: the next is to begin with a fresh process.
            with suppress(ValueError, OSError):
                await self._processes.client.restart_workers([ticket._process], raise_for_error=False)

    async def _answer(self, ticket: Ticket[Any], job: bytes, again: bool = False) -> bytes:
        """What Dask brings. It gives up what was on lost workers too often, even what never began: that goes again."""
        from distributed import KilledWorker

        handed = (self._topic, ticket._key, planner.version.__version__, job)
        ticket._future = self._processes.client.submit(_carry_out, *handed, key=f"{ticket._key}-{uuid.uuid4().hex}")
        try:
            answer: bytes = await ticket._future
        except KilledWorker:
            # Once only: what dies at once may not even have reported that it began.
            if again or ticket._begun > _RERUNS:
                raise
            return await self._answer(ticket, job, again=True)
        finally:
            ticket._future.release()
        return answer

    def _hear(self, event: tuple[float, tuple[str, str, Any]]) -> None:
        """Take in what a worker reports of its work."""
        key, what, news = event[1]
        ticket = self._tickets.get(key)
        if what == "started":
            self._begun(key, ticket, news)
        elif ticket and what == "ended":
            # Where its process is lost from here on, before the answer was fetched, it was not over this work.
            ticket._begun -= 1
        elif ticket and what == "tight":
            ticket.tight = True
        elif ticket and ticket._watch:
            self._heard.put(lambda: _give(ticket, news))

    def _begun(self, key: str, ticket: Ticket[Any] | None, process: str) -> None:
        if ticket is None or ticket._stopping:
            self._in_loop(self._notify_worker(key, process))
        if ticket is None:
            return
        if ticket.tight:
            # It ran short of memory, was lost over it, and is run again: it would only be lost again.
            self._settle(ticket, "failed", error=OutOfMemory(worker.OUT_OF_MEMORY))
            self._in_loop(ticket._future.cancel())
            return
        ticket._begun += 1
        if ticket._begun > 1 + _RERUNS:
            self._settle(ticket, "failed", error=WorkerLost(_LOST))
            self._in_loop(self._notify_worker(key, process))
            self._in_loop(ticket._future.cancel())
            return
        ticket._process = process
        self._heard.put(lambda: setattr(ticket, "state", "running"))

    async def _cancel(self, ticket: Ticket[Any]) -> None:
        if ticket._key not in self._tickets:
            return
        ticket._stopping = True
        if ticket._process is not None:
            await self._notify_worker(ticket._key, ticket._process)
            return
        self._settle(ticket, "cancelled", error=concurrent.futures.CancelledError())
        if ticket._future is not None:
            await ticket._future.cancel()

    async def _notify_worker(self, key: str, process: str) -> None:
        with suppress(OSError):
            await self._processes.client.run(worker.stop, key, workers=[process], on_error="ignore")

    def _settle(
        self, ticket: Ticket[Any], state: State, answer: Any = None, error: BaseException | None = None
    ) -> None:
        """Report the end of a ticket, once, after all that was heard before it."""
        if self._tickets.pop(ticket._key, None) is None:
            return

        def settle() -> None:
            ticket.state = state
            if error is None:
                ticket._answer.set_result(answer)
            else:
                ticket._answer.set_exception(error)

        self._heard.put(settle)

    # --- in the thread of the news --------------------------------------------------------------------

    def _notify(self) -> None:
        while (notify := self._heard.get()) is not None:
            notify()


def _give(ticket: Ticket[Any], news: bytes) -> None:
    if ticket._watch is None:
        return
    try:
        ticket._watch(pickle.loads(news))
    except Exception:
        ticket._watch = None


# --- in a worker process ------------------------------------------------------------------------------


class _Process:
    """Dask's worker as work sees it."""

    def __init__(self, dask_worker: Any, topic: str) -> None:
        self._worker, self._topic = dask_worker, topic
        self.address: str = dask_worker.address
        self.limit: int = dask_worker.memory_manager.memory_limit or 0

    def used(self) -> int:
        return int(self._worker.monitor.get_process_memory())

    def notify(self, key: str, what: str, news: Any = None) -> None:
        self._worker.log_event(self._topic, (key, what, news))


def _carry_out(topic: str, key: str, version: str, job: bytes) -> bytes:
    from distributed import get_worker

    return worker.carry_out(_Process(get_worker(), topic), key, version, job)


# --- errors in words ------------------------------------------------------------------------------------

_LOST = (
    "The worker process ended four times while it was at it: it was killed, or the machine ran out of memory. "
    "Try fewer workers."
)


_CUT_OFF = "The connection to the cluster was lost."


def _in_words(error: Exception) -> BaseException:
    from distributed import KilledWorker
    from distributed.utils import CancelledError

    if isinstance(error, KilledWorker):
        return WorkerLost(_LOST)
    if isinstance(error, CancelledError):
        return EngineLost(_CUT_OFF)
    if isinstance(error, PlannerError):
        return error
    return EngineLost(f"The worker processes cannot be used: {type(error).__name__}: {error}")

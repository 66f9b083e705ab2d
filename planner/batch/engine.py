"""The one engine of all parallel work: worker processes on this machine, or of a cluster that is running.

A thin layer on Dask distributed, which starts and watches the processes, carries work and answers, and runs lost work
again. Laid on top: news while work runs, a cancel that leaves the best answer so far, memory watched, and errors in
words. Nothing else in the planner knows of Dask.

A worker process does one piece of work at a time. The engine hands Dask no more pieces than there are workers, so
that a process that is lost takes none with it that merely waited.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import pickle
import queue
import re
import signal
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from multiprocessing import resource_tracker
from types import TracebackType
from typing import Any, Self, TypeVar

import planner
from planner.batch import worker
from planner.batch.ticket import State, Ticket
from planner.errors import Fault, OutOfMemory, PlannerError, UsageError, WorkerLost

__all__ = ["Engine", "State", "Ticket", "cores"]

T = TypeVar("T")

_SETTINGS = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.multiprocessing-method": "spawn",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    # A process that still holds much after a large piece of work would take no other for ever.
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
}
"""Of the workers on this machine; those of a cluster follow its own."""

_ANSWERS_WITHIN, _WORKERS_WITHIN = 5.0, 20.0
"""Seconds in which a cluster must answer, and have a first worker."""

_ENDS_WITHIN = 1.0
"""Seconds in which a worker process ends by itself, before it is killed."""

_RERUNS = 3
"""How often work is run again whose process was lost while it was at it."""

_RECOUNTED = 1.0
"""Seconds between looks at how many workers there are."""

_SAME = ("magnet-planner", "pyomo", "highspy", "numpy", "distributed")
"""Packages that must have the same version here and on every worker, for the same plans to come out."""

_ADDRESS = re.compile(r"((tcp|tls)://)?(\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):\d+")
"""What the address of a scheduler looks like."""

_QUIET = logging.CRITICAL + 1


def cores() -> int:
    """How many processes this machine can run at once, as far as this one may use it."""
    from dask.system import CPU_COUNT

    return CPU_COUNT


class Engine:
    """Runs work in worker processes: of this machine, one per core or as many as told; or those of a cluster.

    Work is a function of a module with plain values: it is pickled. News come in before the answer, all in one
    thread, so that watchers should be quick; a watcher that raises is not called again.

    Entering raises UsageError where a cluster does not answer, has no worker, or has other versions than here.
    """

    def __init__(self, workers: int | None = None, cluster: str | None = None) -> None:
        if workers is not None and workers < 1:
            raise UsageError(f"There must be at least one worker, not {workers}.")
        if cluster is not None and not _ADDRESS.fullmatch(cluster):
            raise UsageError(f"'{cluster}' is not the address of a cluster, such as tcp://10.0.0.5:8786.")
        self._workers, self._address = workers, cluster
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="engine", daemon=True)
        self._heard: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._teller = threading.Thread(target=self._tell, name="engine-news", daemon=True)
        self._topic = f"planner-{uuid.uuid4().hex}"
        self._open = AsyncExitStack()
        self._client: Any = None
        self._cluster: Any = None
        self._processes_wanted = 0
        self._started: concurrent.futures.Future[None]
        # These belong to the engine's thread.
        self._tickets: dict[str, Ticket[Any]] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._turn, self._busy, self._workers_there = asyncio.Condition(), 0, 0

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
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _in_loop(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _start(self) -> None:
        import dask
        from distributed import Client
        from distributed.utils import silence_logging_cmgr

        self._open.enter_context(dask.config.set(_SETTINGS))
        self._open.enter_context(silence_logging_cmgr(_QUIET))
        where = self._address or await self._processes()
        with _silence_told(self._address):
            client = Client(where, asynchronous=True, set_as_default=False, timeout=_ANSWERS_WITHIN)
            self._client = await self._open.enter_async_context(client)
        if self._address is not None:
            await self._check_cluster(self._address)
        self._client.subscribe_topic(self._topic, self._hear)
        await self._count()
        counting = asyncio.ensure_future(self._count_on())
        self._open.callback(counting.cancel)

    async def _processes(self) -> Any:
        """Worker processes on this machine, that only it can reach."""
        from distributed import Nanny, Scheduler, SpecCluster
        from distributed.system import MEMORY_LIMIT

        count = self._workers or cores()
        # Dask serves pages about itself: none of them, and what is left to this machine only.
        alone = {"host": "127.0.0.1", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
        share = {"nthreads": 1, "memory_limit": MEMORY_LIMIT // count, "preload": [__name__], "silence_logs": _QUIET}
        each = {"cls": Nanny, "options": alone | share}
        cluster = SpecCluster(
            workers=dict.fromkeys(range(count), each),
            worker=each,
            scheduler={"cls": Scheduler, "options": alone | {"port": 0}},
            silence_logs=_QUIET,
            asynchronous=True,
        )
        self._cluster, self._processes_wanted = await self._open.enter_async_context(cluster), count
        self._open.push_async_callback(_end, cluster)
        return cluster

    async def _check_cluster(self, address: str) -> None:
        """Raise UsageError where the cluster has no workers, or some that would not come to the same plans."""
        with suppress(TimeoutError):
            await self._client.wait_for_workers(1, timeout=_WORKERS_WITHIN)
        threads = await self._client.nthreads()
        if not threads:
            raise UsageError(f"The cluster at {address} has no worker. Start one there, then try again.")
        versions = await self._client.get_versions(packages=list(_SAME))
        here = _versions_of(versions["client"])
        for place, found in versions["workers"].items():
            for package, version in _versions_of(found).items():
                if version != here[package]:
                    raise UsageError(worker.other_version(place, package, version, here[package]))
        many = next((place for place, number in threads.items() if number != 1), None)
        if many:
            raise UsageError(
                f"The worker at {many} has {threads[many]} threads. Start it with --nthreads 1, "
                "and several of them with --nworkers."
            )

    async def _count_on(self) -> None:
        while True:
            await asyncio.sleep(_RECOUNTED)
            # A cluster that has gone is told by what it worked on.
            with suppress(Exception):
                await self._count()

    async def _count(self) -> None:
        """A place for each worker that there is."""
        if self._cluster is not None and len(self._cluster.workers) < self._processes_wanted:
            # One that is lost while it starts is not started again by what watches it.
            self._cluster.scale(self._processes_wanted)
        self._workers_there = len(await self._client.nthreads())
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
        # Where the start failed, each ticket tells why.
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
            await asyncio.wrap_future(self._started)
            async with self._place():
                if not ticket._stopping:
                    await self._carry_out(ticket, job)
        except Exception as error:
            self._settle(ticket, "failed", error=_in_words(error))

    async def _carry_out(self, ticket: Ticket[Any], job: bytes) -> None:
        ended_well, answer = pickle.loads(await self._answer(ticket, job))
        if ended_well:
            self._settle(ticket, "done", answer)
        else:
            self._settle(ticket, "failed", error=answer)
        if ticket.tight:
            # What the work held may still be held: the next is to begin with a fresh process.
            with suppress(ValueError, OSError):
                await self._client.restart_workers([ticket._process], raise_for_error=False)

    async def _answer(self, ticket: Ticket[Any], job: bytes, again: bool = False) -> bytes:
        """What Dask brings. It gives up what was on lost workers too often, even what never began: that goes again."""
        from distributed import KilledWorker

        handed = (self._topic, ticket._key, planner.__version__, job)
        ticket._future = self._client.submit(_carry_out, *handed, key=f"{ticket._key}-{uuid.uuid4().hex}")
        try:
            answer: bytes = await ticket._future
        except KilledWorker:
            # Once only: what dies at once may not even have told that it began.
            if again or ticket._begun > _RERUNS:
                raise
            return await self._answer(ticket, job, again=True)
        finally:
            ticket._future.release()
        return answer

    def _hear(self, event: tuple[float, tuple[str, str, Any]]) -> None:
        """Take in what a worker tells of its work."""
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
            self._in_loop(self._tell_worker(key, process))
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
            self._in_loop(self._tell_worker(key, process))
            self._in_loop(ticket._future.cancel())
            return
        ticket._process = process
        self._heard.put(lambda: setattr(ticket, "state", "running"))

    async def _cancel(self, ticket: Ticket[Any]) -> None:
        if ticket._key not in self._tickets:
            return
        ticket._stopping = True
        if ticket._process is not None:
            await self._tell_worker(ticket._key, ticket._process)
            return
        self._settle(ticket, "cancelled", error=concurrent.futures.CancelledError())
        if ticket._future is not None:
            await ticket._future.cancel()

    async def _tell_worker(self, key: str, process: str) -> None:
        with suppress(OSError):
            await self._client.run(worker.stop, key, workers=[process], on_error="ignore")

    def _settle(
        self, ticket: Ticket[Any], state: State, answer: Any = None, error: BaseException | None = None
    ) -> None:
        """Tell the end of a ticket, once, after all that was heard before it."""
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

    def _tell(self) -> None:
        while (tell := self._heard.get()) is not None:
            tell()


async def _end(cluster: Any) -> None:
    """End the worker processes, also those that are at work, which Dask would wait for longer."""
    closing = (nanny.close(timeout=_ENDS_WITHIN) for nanny in cluster.workers.values())
    await asyncio.gather(*closing, return_exceptions=True)


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

    def tell(self, key: str, what: str, news: Any = None) -> None:
        self._worker.log_event(self._topic, (key, what, news))


def _carry_out(topic: str, key: str, version: str, job: bytes) -> bytes:
    from distributed import get_worker

    return worker.carry_out(_Process(get_worker(), topic), key, version, job)


def dask_setup(_: Any) -> None:
    """Called by Dask, by this name, in each worker process of this machine."""
    worker.set_up()


# --- errors in words ------------------------------------------------------------------------------------

_LOST = (
    "The worker process ended four times while it was at it: it was killed, or the machine ran out of memory. "
    "Try fewer workers."
)


def _in_words(error: Exception) -> BaseException:
    from distributed import KilledWorker
    from distributed.utils import CancelledError

    if isinstance(error, KilledWorker):
        return WorkerLost(_LOST)
    if isinstance(error, CancelledError):
        return WorkerLost("The connection to the cluster was lost.")
    if isinstance(error, PlannerError):
        return error
    return Fault(f"The worker processes cannot be used: {type(error).__name__}: {error}")


@contextmanager
def _silence_told(address: str | None) -> Iterator[None]:
    """Say in words where nobody answers at a cluster's address."""
    try:
        yield
    except (OSError, ValueError, TimeoutError) as error:
        if address is None:
            raise
        raise UsageError(
            f"Nobody answers at {address}: no cluster is running there. "
            "Start one, or leave --cluster out to use this machine."
        ) from error


def _versions_of(told: Mapping[str, Any]) -> dict[str, str | None]:
    """The versions of what must be the same; of Python the first two numbers."""
    packages = told["packages"]
    python = ".".join(packages["python"].split(".")[:2])
    return {"Python": python} | {name: packages.get(name) for name in _SAME}

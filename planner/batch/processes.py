"""The worker processes, by Dask distributed: started on this machine, or those of a cluster that is running.

Dask starts and watches them, carries work and answers, and runs lost work again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import forkserver
from typing import Any

from planner.batch import worker
from planner.errors import UsageError

_METHOD = "forkserver" if sys.platform == "linux" else "spawn"
"""How worker processes of this machine begin. Windows cannot fork, and on macOS not every library outlives it."""

_SETTINGS = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.multiprocessing-method": _METHOD,
    # It would have memory given back at every turn, which takes a sixth of the time that HiGHS does.
    "distributed.nanny.pre-spawn-environ": {},
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    # A process that still holds much after a large piece of work would take no other for ever.
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
}
"""Of the workers on this machine; those of a cluster follow its own. Dask watches less than it would by itself."""

_AHEAD = "planner.batch.ahead"

_ANSWERS_WITHIN, _WORKERS_WITHIN = 5.0, 20.0
"""Seconds in which a cluster must answer, and have a first worker."""

_ENDS_WITHIN = 1.0
"""Seconds in which a worker process ends by itself, before it is killed."""

_SAME = ("magnet-planner", "pyomo", "highspy", "numpy", "distributed")
"""Packages that must have the same version here and on every worker, for the same plans to come out."""

_ADDRESS = re.compile(r"((tcp|tls)://)?(\[[0-9a-fA-F:]+\]|[^\s:/\[\]]+):\d+")
"""What the address of a scheduler looks like."""

_QUIET = logging.CRITICAL + 1


_CONFIGURED_BY = ("HOME", "USERPROFILE")
"""Where Dask looks for a user's configuration, beside what begins with DASK_."""


@contextmanager
def _own_configuration() -> Iterator[None]:
    """Have Dask imported as it comes: a configuration that a user has for other work is none of the planner's."""
    names = [name for name in os.environ if name in _CONFIGURED_BY or name.startswith("DASK_")]
    kept = {name: os.environ.pop(name) for name in names}
    with tempfile.TemporaryDirectory() as nothing:
        os.environ.update(dict.fromkeys((*_CONFIGURED_BY, "DASK_ROOT_CONFIG"), nothing))
        try:
            yield
        finally:
            for name in (*_CONFIGURED_BY, "DASK_ROOT_CONFIG"):
                os.environ.pop(name, None)
            os.environ.update(kept)


def import_dask(address: str | None = None) -> None:
    """Import Dask: for processes of this machine as it comes, for a cluster as the user has configured it.

    Raises UsageError where that configuration cannot be read.
    """
    # Dask reads its configuration when it is first imported.
    if address is None:
        with _own_configuration():
            import_module("distributed")
        return
    try:
        import_module("distributed")
    except ValueError as error:
        why = str(error).partition(",")[0]
        raise UsageError(f"Dask's own configuration cannot be read: {why}. Mend the file, or move it away.") from error


def cores() -> int:
    """How many processes this machine can run at once, as far as this one may use it."""
    import_dask()
    from dask.system import CPU_COUNT

    return CPU_COUNT


def is_address(text: str) -> bool:
    """Whether a text looks like the address of a cluster."""
    return _ADDRESS.fullmatch(text) is not None


def import_ahead() -> None:
    """Have a process import what workers of this machine need, while the caller goes on; they are forked from it."""
    if _METHOD == "forkserver":
        forkserver.set_forkserver_preload([_AHEAD])
        with _own_configuration():
            forkserver.ensure_running()


@dataclass
class Processes:
    """Worker processes within reach: Dask's client, and of this machine what holds `wanted` of them."""

    client: Any
    local: Any
    wanted: int

    async def count(self) -> int:
        """How many there are now. Raises OSError while the connection is broken."""
        if self.client.scheduler_comm is None or self.client.scheduler_comm.comm.closed():
            raise ConnectionError("The scheduler cannot be reached.")
        if self.local is not None and len(self.local.workers) < self.wanted:
            # One that is lost while it starts is not started again by what watches it.
            self.local.scale(self.wanted)
        return len(await self.client.nthreads())


@asynccontextmanager
async def processes(workers: int | None, address: str | None) -> AsyncIterator[Processes]:
    """So many worker processes of this machine, one per core where None, or those of the cluster at an address.

    Raises UsageError where a cluster does not answer, has no worker, or has other versions than here.
    """
    import_dask(address)
    import dask
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    count = workers or cores()
    with dask.config.set(_SETTINGS), silence_logging_cmgr(_QUIET):
        async with _of_this_machine(count, address is None) as local:
            with _silence_said(address):
                if address is not None:
                    await _refuse_others(address)
                client = Client(local or address, asynchronous=True, set_as_default=False, timeout=_ANSWERS_WITHIN)
                await client
            async with client:
                if address is not None:
                    await _check_cluster(client, address)
                yield Processes(client, local, count)


# --- of this machine ----------------------------------------------------------------------------------


@asynccontextmanager
async def _of_this_machine(count: int, wanted: bool) -> AsyncIterator[Any]:
    """Worker processes that only this process can use; None unless they are wanted.

    Every user of this machine can reach what listens on it, and Dask runs what it is sent: both ends of a connection
    show a certificate whose key is made here, lives in memory, and ends with the processes.
    """
    if not wanted:
        yield None
        return
    from distributed import Nanny, Scheduler, Security, SpecCluster
    from distributed.system import MEMORY_LIMIT

    keys = Security.temporary()
    # Dask serves pages about itself: none of them, and what is left to this machine only.
    alone = {"host": "127.0.0.1", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    alone |= {"protocol": "tls", "security": keys}
    share = {"nthreads": 1, "memory_limit": MEMORY_LIMIT // count, "preload": [__name__], "silence_logs": _QUIET}
    each = {"cls": Nanny, "options": alone | share}
    cluster = SpecCluster(
        workers=dict.fromkeys(range(count), each),
        worker=each,
        scheduler={"cls": Scheduler, "options": alone | {"port": 0}},
        silence_logs=_QUIET,
        asynchronous=True,
        security=keys,
    )
    async with cluster:
        try:
            yield cluster
        finally:
            await _end(cluster)


async def _end(cluster: Any) -> None:
    """End the worker processes, also those that are at work, which Dask would wait for longer."""
    closing = (nanny.close(timeout=_ENDS_WITHIN) for nanny in cluster.workers.values())
    await asyncio.gather(*closing, return_exceptions=True)


def dask_setup(_: Any) -> None:
    """Called by Dask, by this name, in each worker process of this machine."""
    worker.set_up()


# --- of a cluster -------------------------------------------------------------------------------------


@contextmanager
def _silence_said(address: str | None) -> Iterator[None]:
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


async def _refuse_others(address: str) -> None:
    """Raise UsageError where what answers at an address is no scheduler: Dask's client would wait for ever."""
    from distributed.comm.addressing import get_address_host_port
    from distributed.core import rpc
    from distributed.security import Security

    async with asyncio.timeout(_ANSWERS_WITHIN):
        _, writer = await asyncio.open_connection(*get_address_host_port(address))
    writer.close()
    own: Any = Security()
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN):
            async with rpc(address, connection_args=own.get_connection_args("client")) as peer:
                kind = (await peer.identity()).get("type")
    except (OSError, AttributeError, TypeError, EOFError, TimeoutError) as error:
        raise UsageError(_no_scheduler(address)) from error
    if kind != "Scheduler":
        raise UsageError(_no_scheduler(address, f"a {str(kind).lower()} of Dask"))


def _no_scheduler(address: str, what: str = "something else") -> str:
    return (
        f"What answers at {address} is {what}, not the scheduler of a cluster. "
        "Give the scheduler's address, or leave --cluster out to use this machine."
    )


async def _check_cluster(client: Any, address: str) -> None:
    """Raise UsageError where the cluster has no workers, or some that would not come to the same plans."""
    with suppress(TimeoutError):
        await client.wait_for_workers(1, timeout=_WORKERS_WITHIN)
    threads = await client.nthreads()
    if not threads:
        raise UsageError(f"The cluster at {address} has no worker. Start one there, then try again.")
    versions = await client.get_versions(packages=list(_SAME))
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


def _versions_of(said: Mapping[str, Any]) -> dict[str, str | None]:
    """The versions of what must be the same; of Python the first two numbers."""
    packages = said["packages"]
    python = ".".join(packages["python"].split(".")[:2])
    return {"Python": python} | {name: packages.get(name) for name in _SAME}

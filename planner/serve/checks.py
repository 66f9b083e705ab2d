"""Checks of uploads, beside the solves: each in a process of its own, some at once, and none for ever."""

from __future__ import annotations

import concurrent.futures
import threading
from typing import Any

from planner.serve.checking import check_scenario

MOST = 2
"""Checks at once."""


class Check:
    """A check that is under way or waits for its turn."""

    def __init__(self, pool: concurrent.futures.Executor, job: dict[str, Any], seconds: float, memory: int) -> None:
        self._cancelled = threading.Event()
        self._future = pool.submit(check_scenario, job, seconds, memory, cancel=self._cancelled)

    def done(self) -> bool:
        """Whether it has ended."""
        return self._future.done()

    def result(self) -> dict[str, Any]:
        """Fields of the scenario's row; raises what went wrong."""
        return self._future.result()

    def cancel(self) -> None:
        """End its process."""
        self._cancelled.set()
        self._future.cancel()


class Checks:
    """Carries out checks, `MOST` of them at once: a check needs no worker, and no cluster."""

    def __init__(self, seconds: float, memory: int) -> None:
        self._limits = (seconds, memory)
        self._pool = concurrent.futures.ThreadPoolExecutor(MOST, "check")

    def begin(self, job: dict[str, Any]) -> Check:
        """Begin a check."""
        return Check(self._pool, job, *self._limits)

    def stop(self) -> None:
        """Take in no more; those under way are to be cancelled before."""
        self._pool.shutdown()

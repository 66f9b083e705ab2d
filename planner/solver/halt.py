"""What ends a solve from outside: the user, or memory. Time is HiGHS's own to watch."""

from __future__ import annotations

import threading

from planner import memory
from planner.solver.outcome import Stop

_RESERVE = memory.GIB // 4
"""Bytes left free for handing over the plan found so far."""


class Halt:
    """Whether a solve has to end, and why.

    `cancel` is the user's wish; `memory_limit` the most GiB that the process may hold, None for all of the machine.
    """

    def __init__(self, cancel: threading.Event, memory_limit: float | None = None) -> None:
        self.cancel = cancel
        self._limit = memory_limit
        self._is_full = False

    @property
    def stop(self) -> Stop | None:
        """Why to end; None while there is no reason to."""
        if self.cancel.is_set():
            return Stop.INTERRUPTED
        return Stop.MEMORY_LIMIT if self._is_full else None

    def look(self) -> None:
        """See how much memory there is: a few times a second is enough."""
        over = self._limit is not None and memory.held() > self._limit * memory.GIB
        self._is_full = self._is_full or over or memory.free() < _RESERVE

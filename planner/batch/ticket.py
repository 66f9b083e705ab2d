"""A piece of work that was handed to the engine."""

from __future__ import annotations

import concurrent.futures
import uuid
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar

T = TypeVar("T")

State = Literal["waiting", "running", "done", "failed", "cancelled"]


class Ticket(Generic[T]):
    """Work handed in: where it stands, and what it came to."""

    def __init__(self, label: str, watch: Callable[[Any], None] | None, cancel: Callable[[Ticket[T]], None]) -> None:
        self.label = label
        self.state: State = "waiting"
        self.tight = False
        """Whether its process ran short of memory, so that it was asked to end."""
        self._watch, self._cancel = watch, cancel
        self._key = f"{label or 'work'}-{uuid.uuid4().hex}"
        self._answer: concurrent.futures.Future[T] = concurrent.futures.Future()
        # These belong to the engine's thread.
        self._future: Any = None
        self._process: str | None = None
        self._begun = 0
        self._stopping = False

    def result(self, timeout: float | None = None) -> T:
        """The answer; waits for it.

        Raises:
            WorkerLost: its process ended, and so did those in which it was run again (three times at most).
            OutOfMemory: it needed more memory than a worker has.
            TimeoutError: `timeout` seconds have passed.
            concurrent.futures.CancelledError: it was cancelled while it waited, or the engine has closed.
            Exception: what the work raised.
        """
        return self._answer.result(timeout)

    def cancel(self) -> None:
        """Drop work that waits; have work that runs end with what it has: its answer still comes."""
        self._cancel(self)

    def done(self) -> bool:
        """Whether there is an answer, or will be none."""
        return self._answer.done()

    def when_done(self, notify: Callable[[], object]) -> None:
        """Have `tell` called once it is done, at once where it is; it should be quick."""
        self._answer.add_done_callback(lambda _: notify())

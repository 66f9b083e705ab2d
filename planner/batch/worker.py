"""What runs in a worker process: a piece of work, its news, its cancel and a watch over memory."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import planner.version
from planner.errors import Fault, OutOfMemory, UsageError

OUT_OF_MEMORY = "It needs more memory than a worker process has: use fewer workers, fewer futures or longer periods."

_TIGHT = 0.85
"""Share of a process's memory above which its work is asked to end; a little above, the process is ended."""

_RUNNING: dict[str, threading.Event] = {}
"""The cancel events of work that is under way in this process, by key."""


class Process(Protocol):
    """The worker process as its work sees it: `limit` and `used` are bytes of memory, a limit of 0 is none."""

    address: str
    limit: int

    def used(self) -> int:
        """Bytes of memory that the process holds."""

    def notify(self, key: str, what: str, news: Any = None) -> None:
        """Send news of the work `key` to whoever handed it in."""


def set_up() -> None:
    """Prepare a process that belongs to a command: Ctrl-C is the command's, and so is the error stream."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not os.environ.get("PLANNER_DEBUG"):
        # What went wrong is reported by the answer; libraries' last words would land between the command's lines.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def carry_out(process: Process, key: str, version: str, job: bytes) -> bytes:
    """Do a piece of work: whether it ended well, and its answer or error, pickled."""
    cancel = threading.Event()

    def alarm() -> None:
        process.notify(key, "tight")
        cancel.set()

    def watch(news: Any) -> None:
        process.notify(key, "news", pickle.dumps(news))

    _RUNNING[key] = cancel
    process.notify(key, "started", process.address)
    try:
        if version != planner.version.__version__:
            raise UsageError(other_version(process.address, "planner", planner.version.__version__, version))
        with _memory_watched(process, alarm):
            work, args = pickle.loads(job)
            return pickle.dumps((True, work(*args, watch=watch, cancel=cancel)))
    except Exception as error:
        return _raised(error)
    finally:
        del _RUNNING[key]
        process.notify(key, "ended")


def stop(key: str) -> None:
    """Set the cancel event of work that is still under way in this process."""
    if key in _RUNNING:
        _RUNNING[key].set()


@contextmanager
def _memory_watched(process: Process, alarm: Callable[[], None]) -> Iterator[None]:
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            if process.used() > _TIGHT * process.limit:
                alarm()
                return

    if process.limit:
        threading.Thread(target=look, name="memory", daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def _raised(error: Exception) -> bytes:
    """An error as an answer, with where it was raised as a note; as a Fault where it cannot be carried over."""
    if isinstance(error, MemoryError):
        error = OutOfMemory(OUT_OF_MEMORY)
    try:
        error.add_note(traceback.format_exc())
        said = pickle.dumps((False, error))
        pickle.loads(said)
    except Exception:
        said = pickle.dumps((False, Fault(f"{type(error).__name__}: {error}")))
    return said


def other_version(place: str, package: str, there: str | None, here: str | None) -> str:
    """What is reported of a worker that would not come to the same plans."""
    found = f"{package} {there}" if there else f"no {package}"
    return f"The worker at {place} has {found}, this machine has {here}. Install the same there and start it again."

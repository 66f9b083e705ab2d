"""What the commands say on a terminal: progress while it solves, problems, a plan's summary.

Progress goes to the error stream and only when a person is there to see it; piped, all is quiet.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from planner.errors import Problem

if TYPE_CHECKING:
    from planner.solver.highs import Progress, Watcher


@contextmanager
def progress(currency: str) -> Iterator[Watcher | None]:
    """A line that follows the solve: stage, time, incumbent, bound and gap; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    line = _Line(currency)
    with console.status("starting") as status:
        ticking = threading.Event()

        def tick() -> None:
            while not ticking.wait(0.2):
                status.update(line.text())

        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            yield line.follow
        finally:
            ticking.set()
            ticker.join()


class _Line:
    """The latest news of a solve, as a line of text whose clock goes on between two of them."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self._started = time.monotonic()
        self._latest: Progress | None = None

    def follow(self, news: Progress) -> None:
        """Take in the latest news."""
        self._latest = news

    def text(self) -> str:
        """The line now."""
        news, seconds = self._latest, time.monotonic() - self._started
        if news is None:
            return "reading"
        parts = [f"{news.stage}, {seconds:.0f} s"]
        if news.incumbent is not None:
            parts.append(f"best plan {self._currency} {news.incumbent:,.0f}")
        if news.bound is not None:
            parts.append(f"none below {self._currency} {news.bound:,.0f}")
        if news.gap is not None:
            parts.append(f"gap {news.gap:.2%}")
        return " · ".join(parts) + " · Ctrl-C takes the best plan so far"


def say(text: str = "") -> None:
    """A line of the command's answer."""
    print(text)


def complain(text: str) -> None:
    """A line about what is wrong."""
    print(text, file=sys.stderr)


def tell_problems(problems: Sequence[Problem], warnings: Sequence[Problem]) -> None:
    """All problems, then what is doubtful."""
    for problem in problems:
        complain(f"  {problem}")
    tell_warnings(warnings)


def tell_warnings(warnings: Sequence[Problem]) -> None:
    """What is doubtful, but no hindrance."""
    for warning in warnings:
        complain(f"  Note: {warning}")


def count(number: int, what: str) -> str:
    """'1 problem', '2 problems'."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"

"""What the commands say on a terminal: progress while it solves, problems, a plan's summary.

Progress goes to the error stream and only when a person is there to see it; piped, all is quiet.
"""

from __future__ import annotations

import codecs
import io
import signal
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from planner.errors import Problem

if TYPE_CHECKING:
    from planner.solver.outcome import Progress, Watcher


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
            parts.append(f"best {self._money(news.incumbent)}")
        if news.bound is not None:
            parts.append(f"lower bound {self._money(news.bound)}")
        if news.gap is not None:
            parts.append(f"gap {news.gap:.2%} · Ctrl-C takes it")
        return " · ".join(parts)

    def _money(self, amount: float) -> str:
        from planner.present.words import Wording

        return Wording(self._currency).money(amount)


def stop_on_termination() -> None:
    """Let a polite request to end (SIGTERM) do what Ctrl-C does."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def uninterrupted() -> AbstractContextManager[None]:
    """Ctrl-C within the block is forgotten."""
    return _on_interrupt(signal.SIG_IGN)


def stopping(cancel: threading.Event) -> AbstractContextManager[None]:
    """Ctrl-C within the block sets an event, and breaks nothing off."""
    return _on_interrupt(lambda *_: cancel.set())


@contextmanager
def _on_interrupt(handler: Any) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) != signal.SIG_IGN]
    kept = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, before in kept.items():
            signal.signal(number, before)


_PLAINER = {"₹": "Rs ", "≈": "~", "≤": "<=", "≥": ">=", "−": "-", "–": "-", "—": "-", "·": "-", "×": "x", "…": "...",
            "\u202f": " ", "\u00a0": " ", "→": "->", "λ": "lambda", "α": "alpha"}  # fmt: skip
"""What stands for a character that a console's code page does not have."""


def speak_any_code_page() -> None:
    """Have characters that the console cannot show replaced: an answer must not be lost to one of them."""
    codecs.register_error("planner", _plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="planner")


def _plainer(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end]
    # Of letters with accents the letters remain.
    letters = ("".join(c for c in unicodedata.normalize("NFKD", letter) if c.isascii()) for letter in lost)
    return "".join(_PLAINER.get(c) or letter or "?" for c, letter in zip(lost, letters, strict=True)), error.end


def say(text: str = "") -> None:
    """A line of the command's answer."""
    print(text)


def complain(text: str) -> None:
    """A line about what is wrong."""
    print(text, file=sys.stderr)


def remarks(problems: Sequence[Problem], warnings: Sequence[Problem]) -> list[str]:
    """A line for each problem, then one for all that is doubtful but no hindrance."""
    return [*(f"  {problem}" for problem in problems), *(f"  Note: {warning}" for warning in warnings)]


def count(number: int, what: str) -> str:
    """'1 problem', '2 problems'."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"

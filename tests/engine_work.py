"""Work for the engine's tests: functions of a module, as worker processes import them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planner.errors import InputError, Problem

Watch = Callable[[Any], None]


def add(one: int, other: int, watch: Watch, cancel: threading.Event) -> int:
    for number in range(5):
        watch({"number": number})
    return one + other


def process(watch: Watch, cancel: threading.Event) -> int:
    return os.getpid()


def wait_for_cancel(watch: Watch, cancel: threading.Event) -> str:
    watch("on")
    return "the best so far" if cancel.wait(60) else "not cancelled"


def refuse(watch: Watch, cancel: threading.Event) -> None:
    raise InputError([Problem("kind", "It is wrong.", "Make it right.", cell="offers!A1")], [Problem("doubt", "Hm.")])


class Unspeakable(Exception):
    def __init__(self, text: str, lock: Any) -> None:
        super().__init__(text, lock)


def raise_what_cannot_be_carried(watch: Watch, cancel: threading.Event) -> None:
    raise Unspeakable("No lock can travel.", threading.Lock())


def print_much(watch: Watch, cancel: threading.Event) -> None:
    os.write(2, b"a library's last words\n")


def end_the_process(log: Path, losses: int, watch: Watch, cancel: threading.Event) -> int:
    """Ends its process, but only the first so many times; a line of `log` each run."""
    with log.open("a") as file:
        file.write(f"{os.getpid()}\n")
    runs = len(log.read_text().splitlines())
    if runs <= losses:
        time.sleep(0.2)  # what dies at once cannot even show that it was begun
        os.kill(os.getpid(), signal.SIGKILL)
    return runs


def eat_until_cancelled(watch: Watch, cancel: threading.Event) -> str:
    eaten = []
    while not cancel.is_set():
        eaten.append(b"x" * 20_000_000)
        time.sleep(0.02)
    return "the best so far"


def eat(watch: Watch, cancel: threading.Event) -> None:
    eaten = []
    while True:
        eaten.append(b"x" * 10_000_000)
        time.sleep(0.02)


def raise_memory_error(watch: Watch, cancel: threading.Event) -> None:
    raise MemoryError

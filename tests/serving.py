"""A real server for tests: `planner serve` in a process of its own, on a free port, with a data folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

CASES = Path(__file__).parent / "cases"
UNFINISHED = ("waiting", "running")
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATIENCE = 120.0
"""Seconds after which a test gives up waiting."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server that is running, and a client for its API."""

    def __init__(self, data: Path, *arguments: str, database: str | None = None) -> None:
        self.data, self.port = data, free_port()
        self.url = f"http://localhost:{self.port}"
        command = [sys.executable, "-m", "planner", "serve", "--data", str(data), "--port", str(self.port)]
        self.log = data.with_name(f"{data.name}-{self.port}.log")  # a pipe that nobody reads would fill up
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--workers", "1", *arguments], stdout=log, stderr=subprocess.STDOUT,
                env=os.environ | ({"PLANNER_DATABASE": database} if database else {}),
            )  # fmt: skip
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE)
        self._wait()

    def _wait(self) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with contextlib.suppress(httpx.TransportError):
                self.client.get("/api/runs")
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.process.wait()
        raise RuntimeError(f"The server did not start: {self.said()}")

    def said(self) -> str:
        """What it has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> str:
        """End it as Ctrl-C does; what it said."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=PATIENCE)
        self.client.close()
        return self.said()

    def kill(self) -> None:
        """End it and its workers as a power cut would."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        os.kill(self.process.pid, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self.process.wait()
        self.client.close()

    def upload(self, path: Path, who: str = "") -> dict[str, Any]:
        """Upload a workbook and wait until it has been checked."""
        headers = {"Content-Type": WORKBOOK} | ({"X-Who": who} if who else {})
        wanted: dict[str, Any] = {"params": {"name": path.name}, "headers": headers}
        answer = self.client.post("/api/scenarios", content=path.read_bytes(), **wanted)
        assert answer.status_code == 201, answer.text
        return self.checked(answer.json()["id"])

    def checked(self, identifier: str) -> dict[str, Any]:
        return self._until(f"/api/scenarios/{identifier}", ("checking",))

    def solve(self, scenario: str, **wanted: Any) -> dict[str, Any]:
        """Solve a scenario and wait for the end."""
        answer = self.client.post("/api/runs", json={"scenario": scenario, **wanted})
        assert answer.status_code == 201, answer.text
        return self.ended(answer.json()["id"])

    def ended(self, identifier: str) -> dict[str, Any]:
        return self._until(f"/api/runs/{identifier}", UNFINISHED)

    def _until(self, path: str, states: tuple[str, ...]) -> dict[str, Any]:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            found: dict[str, Any] = self.client.get(path).json()
            if found["state"] not in states:
                return found
            time.sleep(0.05)
        raise RuntimeError(f"{path} is still {found['state']}")


@contextlib.contextmanager
def served(data: Path, *arguments: str) -> Iterator[Server]:
    """A server while a test needs it."""
    server = Server(data, *arguments)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()

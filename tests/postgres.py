"""A PostgreSQL server for tests: in a folder of its own, reached through a socket there, run by nobody where by root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.users import NOBODY


def program(name: str) -> str:
    """Debian keeps PostgreSQL's programs off the path."""
    found = shutil.which(name) or next(
        iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    assert found, f"{name} is missing: install postgresql"
    return str(found)


class Postgres:
    """A server that is running."""

    def __init__(self, place: Path) -> None:
        self.place, self._count = place, 0
        # It refuses to be run by root.
        self._as: dict[str, Any] = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
        os.chown(place, *((NOBODY, NOBODY) if self._as else (-1, -1)))
        self._run("initdb", "-D", str(place / "data"), "-U", "planner", "-A", "trust", "--no-sync", "-E", "UTF8")
        self.process: subprocess.Popen[bytes]
        self.start()

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run([program(name), *arguments], check=True, capture_output=True, cwd=self.place, **self._as)

    def start(self) -> None:
        data = self.place / "data"
        settings = ["-k", str(self.place), "-c", "listen_addresses=", "-c", "fsync=off"]
        with (self.place / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program("postgres"), "-D", str(data), *settings], stdout=log, stderr=log, cwd=self.place, **self._as
            )
        for _ in range(600):
            ready = [program("pg_isready"), "-q", "-h", str(self.place), "-U", "planner"]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            self.process.poll()
            subprocess.run(["sleep", "0.1"], check=True)
        raise RuntimeError((self.place / "log").read_text())

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def database(self) -> str:
        """The URL of a new, empty database."""
        self._count += 1
        name = f"planner_{self._count}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://planner@/{name}?host={self.place}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        found = Postgres(Path(name))
        try:
            yield found
        finally:
            found.stop()

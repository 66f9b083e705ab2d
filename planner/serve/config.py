"""What the server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

LOCAL = ("localhost", "127.0.0.1", "[::1]")
"""Names by which a browser on this machine calls it."""


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider; `newcomers` is the role of who is not known yet, None where they are refused."""

    issuer: str
    client: str
    secret: str
    newcomers: str | None = None


@dataclass(frozen=True)
class Config:
    """How the server runs: where its data lies, how long it is kept, and how much it may use.

    `largest_upload` and `check_memory` are in bytes, `check_seconds` in seconds. `hosts` are the names by which
    browsers may call it; `cluster` is the address of a scheduler that is already running, None for this machine.
    `database` is the URL of PostgreSQL, None for SQLite in the data folder. `prefix` stands before all paths behind a
    proxy. `most_runs` and `most_checks` are what one person may have waiting. `users` says whether there must be users.
    """

    data: Path
    keep_days: int = 90
    workers: int | None = None
    cluster: str | None = None
    hosts: tuple[str, ...] = LOCAL
    largest_upload: int = 50 * 2**20
    check_seconds: float = 60.0
    check_memory: int = 4 * 2**30
    database: str | None = None
    prefix: str = ""
    users: bool = False
    most_runs: int = 400
    most_checks: int = 100
    provider: Provider | None = None


def default_data() -> Path:
    """The folder for data where none is named: the user's own."""
    return Path(platformdirs.user_data_dir("magnet-planner", appauthor=False))

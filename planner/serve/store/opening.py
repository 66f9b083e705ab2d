"""Opening the database of a server: one server a folder, nothing damaged, and the tables of this version.

SQLite in the data folder, or PostgreSQL by its URL. Whatever stands in the way is said with what to do about it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as Alembic
from alembic.util import CommandError
from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError, OperationalError

from planner.errors import UsageError
from planner.serve.store.store import Store

FILE = "planner.sqlite"
_HELD = "server.lock"
_FIRST = "1"
"""The revision of databases made before there were any."""


def open_store(data: Path, url: str | None = None, patience: float = 10.0, beside: bool = False) -> Store:
    """The database of a data folder, or at a URL; made, or brought to this version, where need be.

    A command may open it `beside` the server that holds the folder.

    Raises UsageError where it cannot be used: held by another server, damaged, of a newer version, out of reach.
    """
    own_folder(data)
    held = None if url or beside else _hold(data)
    engine = _engine(data, url, patience)
    try:
        with _in_words(data, url):
            if url is None:
                _look_through(data / FILE)
            migrate(engine)
    except BaseException:
        engine.dispose()
        if held:
            held.close()
        raise
    return Store(engine, held)


def own_folder(data: Path) -> None:
    """Make the data folder, and have it be its owner's alone."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.chmod(0o700)


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring a database to a revision of its tables, from whatever it has."""
    settings = Alembic()
    settings.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # all steps or none
        settings.attributes["connection"] = connection
        names = inspect(connection).get_table_names()
        if "runs" in names and "alembic_version" not in names:
            command.stamp(settings, _FIRST)
        command.upgrade(settings, to)


def _engine(data: Path, url: str | None, patience: float) -> Engine:
    if url is None:
        engine = create_engine(f"sqlite:///{data / FILE}")
        event.listen(engine, "connect", _sqlite_prepared(patience))
        return engine
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise UsageError("The database must be PostgreSQL: 'postgresql://user@host/name'. Leave it out for SQLite.")
    waits = f"-c lock_timeout={patience * 1000:.0f} -c statement_timeout=60000"
    return create_engine(f"postgresql+psycopg://{rest}", pool_pre_ping=True, connect_args={"options": waits})


def _sqlite_prepared(patience: float) -> Callable[[Any, object], None]:
    """Readers do not wait for a writer, and what depends on a row goes with it."""
    waits = f"busy_timeout={patience * 1000:.0f}"

    def prepare(connection: Any, _: object) -> None:
        for pragma in (waits, "journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _hold(data: Path) -> sqlite3.Connection:
    """A lock on the folder that ends with this process, however that ends."""
    held = sqlite3.connect(data / _HELD, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        held.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        held.close()
        raise UsageError(
            f"Another server works in the folder '{data}'. End it, name another folder with --data, or give several "
            "servers one PostgreSQL database."
        ) from error
    return held


def _look_through(path: Path) -> None:
    """Raise sqlite3.DatabaseError where a database is damaged."""
    connection = sqlite3.connect(path)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        connection.close()
    if found != "ok":
        raise sqlite3.DatabaseError(str(found))


class _in_words:  # noqa: N801  # used as a context manager, as one would a function
    """Say what stands in the way, and what to do about it."""

    def __init__(self, data: Path, url: str | None) -> None:
        self._data, self._url = data, url

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CommandError):
            raise UsageError(
                "The database was made by a newer planner. Use that version, or restore a backup of this one's."
            ) from error
        if isinstance(error, OperationalError) and self._url:
            raise UsageError(f"The database cannot be reached: {str(error.orig).splitlines()[0]}") from error
        if isinstance(error, (DatabaseError, sqlite3.DatabaseError)):
            raise UsageError(
                f"The database '{self._data / FILE}' cannot be read ({getattr(error, 'orig', error)}). "
                "Restore a backup with 'planner admin restore', or move the file away to begin with an empty one: "
                "workbooks and reports lie beside it and are not touched."
            ) from error

"""What the server remembers: scenarios, runs and comparisons and the state each is in, in a database.

Nothing else of the server keeps state: whatever is waiting or running can be taken up again from here. Times are
seconds since 1970. Files (workbooks, plans, reports) lie beside the database, see `folder`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from sqlalchemy import JSON, ForeignKey, Select, create_engine, delete, event, func, or_, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

import planner

WAITING, RUNNING = "waiting", "running"
UNFINISHED = (WAITING, RUNNING)
CHECKING, GOOD, BROKEN = "checking", "good", "broken"
"""States of a scenario: being checked, ready to be solved, or with problems."""
DONE, INFEASIBLE, INVALID, STOPPED, FAILED = "done", "infeasible", "invalid", "stopped", "failed"
"""States of a run that has ended, besides those of `plan.status`: with a plan, with proof that there is none, with
problems of its input, stopped before a first plan, or through a fault."""
RunState = Literal["waiting", "running", "done", "infeasible", "invalid", "stopped", "failed"]

_Row = TypeVar("_Row", bound="Base")


class Base(DeclarativeBase):
    """What all tables have."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON}


def new_id() -> str:
    """An identifier that cannot be guessed."""
    return secrets.token_hex(8)


class Scenario(Base):
    """A scenario: uploaded, bundled, or made from another by changes."""

    __tablename__ = "scenarios"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=time.time, index=True)
    state: Mapped[str] = mapped_column(default=CHECKING, index=True)
    version: Mapped[str] = mapped_column(default=planner.__version__)
    """The planner that checked it."""
    bundled: Mapped[str | None]
    parent: Mapped[str | None]
    strategy: Mapped[str | None]
    """The parent's strategy that lies under the changes."""
    changes: Mapped[list[Any]] = mapped_column(default=list)
    sha256: Mapped[str] = mapped_column(default="")
    currency: Mapped[str] = mapped_column(default="")
    strategies: Mapped[list[Any]] = mapped_column(default=list)
    problems: Mapped[int] = mapped_column(default=0)
    warnings: Mapped[int] = mapped_column(default=0)


class Comparison(Base):
    """Strategies × scenarios, solved together; its cells are runs."""

    __tablename__ = "comparisons"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    label: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=time.time, index=True)


class Run(Base):
    """A scenario solved with a strategy and options.

    `stage`, `incumbent`, `bound` (base currency) and `gap` are the latest news of the solve; `figures` are headline
    figures of the plan; `message` says what went wrong.
    """

    __tablename__ = "runs"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    scenario: Mapped[str] = mapped_column(ForeignKey("scenarios.id", ondelete="CASCADE"), index=True)
    comparison: Mapped[str | None] = mapped_column(index=True)
    base: Mapped[str | None]
    """The run that this one is a what-if or a repair of."""
    strategy: Mapped[str | None]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    label: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(default="")
    created: Mapped[float] = mapped_column(default=time.time, index=True)
    started: Mapped[float | None]
    ended: Mapped[float | None]
    state: Mapped[str] = mapped_column(default=WAITING, index=True)
    cancel: Mapped[bool] = mapped_column(default=False)
    stage: Mapped[str] = mapped_column(default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    incumbent: Mapped[float | None]
    bound: Mapped[float | None]
    gap: Mapped[float | None]
    status: Mapped[str] = mapped_column(default="")
    message: Mapped[str] = mapped_column(default="")
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Point(Base):
    """Where a running solve stood at a moment."""

    __tablename__ = "points"

    id: Mapped[int] = mapped_column(primary_key=True)
    run: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    seconds: Mapped[float]
    incumbent: Mapped[float | None]
    bound: Mapped[float | None]
    gap: Mapped[float | None]


class Store:
    """The database of a server; a writer waits for others for up to `patience` seconds."""

    def __init__(self, url: str, patience: float = 10.0) -> None:
        self._engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _sqlite_prepared(patience))
        Base.metadata.create_all(self._engine)
        self._session = sessionmaker(self._engine, expire_on_commit=False)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # --- rows ------------------------------------------------------------------------------------

    def add(self, row: _Row) -> _Row:
        """Add a row; its defaults are filled in."""
        with self._session.begin() as session:
            session.add(row)
        return row

    def add_all(self, rows: Sequence[Base]) -> None:
        """Add rows, all or none."""
        with self._session.begin() as session:
            session.add_all(rows)

    def get(self, kind: type[_Row], identifier: str) -> _Row | None:
        """The row of a kind with an identifier, if there is one."""
        with self._session() as session:
            return session.get(kind, identifier)

    def set(self, kind: type[Scenario] | type[Run], identifier: str, **values: Any) -> None:
        """Set fields of a row."""
        with self._session.begin() as session:
            session.execute(update(kind).where(kind.id == identifier).values(**values))

    def set_if(self, run: str, state: str, /, **values: Any) -> bool:
        """Set fields of a run where it is in a state; whether it was."""
        with self._session.begin() as session:
            found = session.execute(update(Run).where(Run.id == run, Run.state == state).values(**values))
        return bool(getattr(found, "rowcount", 0))

    def remove(self, kind: type[Scenario] | type[Run] | type[Comparison], identifier: str) -> None:
        """Remove a row and what hangs on it."""
        with self._session.begin() as session:
            session.execute(delete(kind).where(kind.id == identifier))

    # --- lists -----------------------------------------------------------------------------------

    def scenarios(self, most: int = 100, skip: int = 0) -> list[Scenario]:
        """Scenarios, newest first."""
        return self._all(select(Scenario).order_by(Scenario.created.desc(), Scenario.id).limit(most).offset(skip))

    def bundled(self, name: str) -> Scenario | None:
        """The latest scenario made from a bundled one that is as it stands."""
        mine = select(Scenario).where(
            Scenario.bundled == name, Scenario.state != BROKEN, Scenario.version == planner.__version__
        )
        return next(iter(self._all(mine.order_by(Scenario.created.desc()).limit(1))), None)

    def runs(self, search: str = "", state: str = "", most: int = 50, skip: int = 0) -> list[tuple[Run, Scenario]]:
        """Runs and their scenarios, newest first; `search` is looked for in all that a person reads of them."""
        query = self._found(select(Run, Scenario), search, state)
        return self._pairs(query.order_by(Run.created.desc(), Run.id).limit(most).offset(skip))

    def count(self, search: str = "", state: str = "") -> int:
        """How many runs there are."""
        with self._session() as session:
            return session.scalar(self._found(select(func.count(Run.id)), search, state)) or 0

    def _found(self, query: Select[*tuple[Any, ...]], search: str, state: str) -> Select[*tuple[Any, ...]]:
        query = query.join_from(Run, Scenario, Run.scenario == Scenario.id)
        for word in search.split():
            places = (Run.label, Run.who, Run.strategy, Run.id, Scenario.name, Scenario.title)
            query = query.where(or_(*(place.icontains(word, autoescape=True) for place in places)))
        return query.where(Run.state == state) if state else query

    def runs_of(self, scenario: str) -> list[Run]:
        """The runs of a scenario, newest first."""
        return self._all(select(Run).where(Run.scenario == scenario).order_by(Run.created.desc(), Run.id))

    def cells(self, comparison: str) -> list[tuple[Run, Scenario]]:
        """The runs of a comparison, in the order in which they were asked for."""
        mine = select(Run, Scenario).join_from(Run, Scenario, Run.scenario == Scenario.id)
        return self._pairs(mine.where(Run.comparison == comparison).order_by(Run.created, Run.id))

    def comparisons(self, most: int = 20) -> list[Comparison]:
        """Comparisons, newest first."""
        return self._all(select(Comparison).order_by(Comparison.created.desc()).limit(most))

    def in_state(self, state: str) -> list[Run]:
        """The runs in a state, oldest first."""
        return self._all(select(Run).where(Run.state == state).order_by(Run.created, Run.id))

    def to_check(self) -> list[Scenario]:
        """Scenarios that are still to be checked, oldest first."""
        return self._all(select(Scenario).where(Scenario.state == CHECKING).order_by(Scenario.created))

    def points(self, run: str) -> list[Point]:
        """The course of a run's solve."""
        return self._all(select(Point).where(Point.run == run).order_by(Point.id))

    def ahead_of(self, run: Run) -> int:
        """How many runs are to be started before a waiting one."""
        earlier = select(func.count(Run.id)).where(Run.state == WAITING, Run.created < run.created)
        with self._session() as session:
            return session.scalar(earlier) or 0

    # --- the queue's part ------------------------------------------------------------------------

    def begin(self, run: str) -> bool:
        """Have a waiting run be running, without the course of an earlier try; whether it was waiting."""
        with self._session.begin() as session:
            mine = update(Run).where(Run.id == run, Run.state == WAITING)
            found = session.execute(mine.values(state=RUNNING, started=time.time()))
            session.execute(delete(Point).where(Point.run == run))
        return bool(getattr(found, "rowcount", 0))

    def requeue(self, run: str) -> None:
        """Put a run that nobody works on back in the queue; one that was to be stopped is."""
        mine = update(Run).where(Run.id == run, Run.state == RUNNING)
        with self._session.begin() as session:
            stopped = {"state": STOPPED, "message": "Stopped before a plan was found.", "ended": time.time()}
            session.execute(mine.where(Run.cancel).values(**stopped))
            session.execute(mine.values(state=WAITING, started=None, stage=""))

    def tell(self, run: str, latest: dict[str, Any], kept: bool) -> None:
        """Note the latest news of a solve; `kept` ones are points of its course."""
        with self._session.begin() as session:
            session.execute(update(Run).where(Run.id == run, Run.state == RUNNING).values(**latest))
            if kept:
                course = {name: latest[name] for name in ("seconds", "incumbent", "bound", "gap")}
                session.add(Point(run=run, **course))

    def expired(self, before: float) -> tuple[list[str], list[str]]:
        """Runs that ended before a time, and scenarios made before it that no other run is of."""
        with self._session() as session:
            runs = session.scalars(select(Run.id).where(Run.ended < before)).all()
            used = select(Run.scenario).where(or_(Run.ended.is_(None), Run.ended >= before))
            old = select(Scenario.id).where(Scenario.created < before, Scenario.id.not_in(used))
            return list(runs), list(session.scalars(old).all())

    def forget_comparisons(self, before: float) -> None:
        """Remove comparisons made before a time."""
        with self._session.begin() as session:
            session.execute(delete(Comparison).where(Comparison.created < before))

    def _all(self, query: Select[_Row]) -> list[_Row]:
        with self._session() as session:
            return list(session.scalars(query).all())

    def _pairs(self, query: Select[*tuple[Any, ...]]) -> list[tuple[Run, Scenario]]:
        with self._session() as session:
            return [(run, scenario) for run, scenario in session.execute(query).all()]


def open_store(data: Path, patience: float = 10.0) -> Store:
    """The database in a data folder, made where there is none; the folder is its owner's alone."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.chmod(0o700)
    return Store(f"sqlite:///{data / 'planner.sqlite'}", patience)


def _sqlite_prepared(patience: float) -> Callable[[Any, object], None]:
    """Readers do not wait for a writer, and what hangs on a row goes with it."""
    waits = f"busy_timeout={patience * 1000:.0f}"

    def prepare(connection: Any, _: object) -> None:
        for pragma in (waits, "journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    return prepare

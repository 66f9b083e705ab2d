"""What the server asks of its database, but for what is about people (see `people`).

A query that a person's request leads to takes their `Viewer`, so that nobody is shown what is not theirs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, Select, delete, exists, func, insert, or_, select, text, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import sessionmaker

import planner.version
from planner.serve.store.people import People
from planner.serve.store.tables import (
    BROKEN,
    CHECKING,
    RUNNING,
    STOPPED,
    UNFINISHED,
    WAITING,
    Base,
    Comment,
    Comparison,
    Fact,
    Lease,
    Point,
    Run,
    Scenario,
    Share,
)

_Row = TypeVar("_Row", bound=Base)


@dataclass(frozen=True)
class Viewer:
    """Who looks: a user sees what is theirs and shared with them; None sees all, as where there are no users."""

    user: str | None = None

    def sees_scenario(self) -> ColumnElement[bool]:
        """Which scenarios."""
        if self.user is None:
            return true()
        shared = exists().where(Share.scenario == Scenario.id, Share.user == self.user)
        return or_(Scenario.owner == self.user, shared)

    def sees_run(self) -> ColumnElement[bool]:
        """Which runs: their own, and all of the scenarios they see."""
        if self.user is None:
            return true()
        return or_(Run.owner == self.user, Run.scenario.in_(select(Scenario.id).where(self.sees_scenario())))

    def sees_comparison(self) -> ColumnElement[bool]:
        """Which comparisons: their own, and those of which every run is theirs to see."""
        if self.user is None:
            return true()
        mine = exists().where(Run.comparison == Comparison.id, self.sees_run())
        others = exists().where(Run.comparison == Comparison.id, ~self.sees_run())
        return or_(Comparison.owner == self.user, mine & ~others)


ALL = Viewer()

_PASSING = ("leases", "attempts", "sessions")
_KEPT = [table for table in Base.metadata.sorted_tables if table.name not in _PASSING]
"""What a backup holds, parents first."""

_NUMBERED = ("points", "events")
"""Tables whose rows the database numbers."""


class Store:
    """The database of a server; `held` is what keeps other servers from it."""

    def __init__(self, engine: Engine, held: sqlite3.Connection | None = None) -> None:
        self.engine, self._held = engine, held
        self._session = sessionmaker(engine, expire_on_commit=False)
        self.people = People(self._session)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
        if self._held:
            self._held.close()

    @property
    def shared(self) -> bool:
        """Whether other server processes may work with the same database."""
        return self.engine.dialect.name != "sqlite"

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
        """Remove a row and what depends on it."""
        with self._session.begin() as session:
            session.execute(delete(kind).where(kind.id == identifier))

    # --- what a person sees ----------------------------------------------------------------------

    def scenario(self, identifier: str, viewer: Viewer) -> Scenario | None:
        """A scenario, where they may see it."""
        return self._one(select(Scenario).where(Scenario.id == identifier, viewer.sees_scenario()))

    def run(self, identifier: str, viewer: Viewer) -> Run | None:
        """A run, where they may see it."""
        return self._one(select(Run).where(Run.id == identifier, viewer.sees_run()))

    def comparison(self, identifier: str, viewer: Viewer) -> Comparison | None:
        """A comparison, where they may see it."""
        return self._one(select(Comparison).where(Comparison.id == identifier, viewer.sees_comparison()))

    def scenarios(self, most: int = 100, skip: int = 0, viewer: Viewer = ALL) -> list[Scenario]:
        """Scenarios, newest first."""
        mine = select(Scenario).where(viewer.sees_scenario())
        return self._all(mine.order_by(Scenario.created.desc(), Scenario.id).limit(most).offset(skip))

    def bundled(self, name: str, owner: str | None) -> Scenario | None:
        """Somebody's latest scenario made from a bundled one that is as it stands."""
        mine = select(Scenario).where(
            Scenario.bundled == name,
            Scenario.state != BROKEN,
            Scenario.version == planner.version.__version__,
            Scenario.owner.is_not_distinct_from(owner),
        )
        return self._one(mine.order_by(Scenario.created.desc()).limit(1))

    def runs(
        self, search: str = "", state: str = "", most: int = 50, skip: int = 0, viewer: Viewer = ALL
    ) -> list[tuple[Run, Scenario]]:
        """Runs and their scenarios, newest first; `search` is looked for in all that a person reads of them."""
        query = self._found(select(Run, Scenario), search, state, viewer)
        return self._pairs(query.order_by(Run.created.desc(), Run.id).limit(most).offset(skip))

    def count(self, search: str = "", state: str = "", viewer: Viewer = ALL) -> int:
        """How many runs there are."""
        with self._session() as session:
            return session.scalar(self._found(select(func.count(Run.id)), search, state, viewer)) or 0

    def _found(
        self, query: Select[*tuple[Any, ...]], search: str, state: str, viewer: Viewer
    ) -> Select[*tuple[Any, ...]]:
        query = query.join_from(Run, Scenario, Run.scenario == Scenario.id).where(viewer.sees_run())
        for word in search.replace("\0", " ").split():
            places = (Run.label, Run.who, Run.strategy, Run.id, Scenario.name, Scenario.title)
            query = query.where(or_(*(place.icontains(word, autoescape=True) for place in places)))
        return query.where(Run.state == state) if state else query

    def runs_of(self, scenario: str, viewer: Viewer = ALL) -> list[Run]:
        """The runs of a scenario, newest first."""
        mine = select(Run).where(Run.scenario == scenario, viewer.sees_run())
        return self._all(mine.order_by(Run.created.desc(), Run.id))

    def cells(self, comparison: str, viewer: Viewer = ALL) -> list[tuple[Run, Scenario]]:
        """The runs of a comparison, in the order in which they were asked for."""
        mine = select(Run, Scenario).join_from(Run, Scenario, Run.scenario == Scenario.id)
        mine = mine.where(Run.comparison == comparison, viewer.sees_run())
        return self._pairs(mine.order_by(Run.created, Run.id))

    def comparisons(self, most: int = 20, viewer: Viewer = ALL) -> list[Comparison]:
        """Comparisons, newest first."""
        mine = select(Comparison).where(viewer.sees_comparison())
        return self._all(mine.order_by(Comparison.created.desc()).limit(most))

    def points(self, run: str) -> list[Point]:
        """The course of a run's solve."""
        return self._all(select(Point).where(Point.run == run).order_by(Point.id))

    def comments(self, run: str) -> list[Comment]:
        """What was said of a run, oldest first."""
        return self._all(select(Comment).where(Comment.run == run).order_by(Comment.created))

    def shared_with(self, scenario: str) -> list[str]:
        """The users that a scenario is shared with."""
        with self._session() as session:
            return list(session.scalars(select(Share.user).where(Share.scenario == scenario)).all())

    def share(self, scenario: str, users: Sequence[str]) -> None:
        """Share a scenario with these users, and no others."""
        with self._session.begin() as session:
            session.execute(delete(Share).where(Share.scenario == scenario))
            session.add_all([Share(scenario=scenario, user=user) for user in users])

    # --- the queue's part ------------------------------------------------------------------------

    def in_state(self, state: str) -> list[Run]:
        """The runs in a state, oldest first."""
        return self._all(select(Run).where(Run.state == state).order_by(Run.created, Run.id))

    def unfinished(self) -> list[tuple[Run, Scenario]]:
        """The runs that wait or are being solved and their scenarios, oldest first."""
        query = select(Run, Scenario).join_from(Run, Scenario, Run.scenario == Scenario.id)
        return self._pairs(query.where(Run.state.in_(UNFINISHED)).order_by(Run.created, Run.id))

    def to_check(self) -> list[Scenario]:
        """Scenarios that are still to be checked, oldest first."""
        return self._all(select(Scenario).where(Scenario.state == CHECKING).order_by(Scenario.created, Scenario.id))

    def to_draw(self) -> list[tuple[Run, Scenario]]:
        """Runs whose charts somebody waits for, and their scenarios."""
        query = select(Run, Scenario).join_from(Run, Scenario, Run.scenario == Scenario.id)
        return self._pairs(query.where(Run.draw))

    def served(self, since: float) -> dict[str, float]:
        """By person (see `turns.person`) when a run of theirs was last begun, of those not ended before a time."""
        person = func.coalesce(Run.owner, Run.who)
        recent = select(person, func.max(Run.started)).where(or_(Run.state == RUNNING, Run.ended > since))
        with self._session() as session:
            found = session.execute(recent.group_by(person)).all()
        return {who: started for who, started in found if started is not None}

    def unfinished_of(self, person: str) -> tuple[int, int]:
        """How many scenarios of a person are still to be checked, and how many of their runs have not ended."""

        def mine(kind: type[Scenario] | type[Run], states: tuple[str, ...]) -> int:
            query = select(func.count(kind.id)).where(kind.state.in_(states))
            with self._session() as session:
                return session.scalar(query.where(func.coalesce(kind.owner, kind.who) == person)) or 0

        return mine(Scenario, (CHECKING,)), mine(Run, UNFINISHED)

    def begin(self, run: str, holder: str) -> bool:
        """Have a waiting run be running, without the course of an earlier try; whether it was waiting."""
        with self._session.begin() as session:
            mine = update(Run).where(Run.id == run, Run.state == WAITING)
            found = session.execute(mine.values(state=RUNNING, started=time.time(), holder=holder))
            session.execute(delete(Point).where(Point.run == run))
        return bool(getattr(found, "rowcount", 0))

    def requeue(self, run: str) -> None:
        """Put a run that nobody works on back in the queue; one that was to be stopped is."""
        mine = update(Run).where(Run.id == run, Run.state == RUNNING)
        with self._session.begin() as session:
            stopped = {"state": STOPPED, "message": "Stopped before a plan was found.", "ended": time.time()}
            session.execute(mine.where(Run.cancel).values(**stopped))
            session.execute(mine.values(state=WAITING, started=None, stage="", holder=None))

    def finish(self, run: str, holder: str, **values: Any) -> bool:
        """Note how a run has ended, where it is still this holder's; whether it was."""
        mine = update(Run).where(Run.id == run, Run.state == RUNNING, Run.holder == holder)
        with self._session.begin() as session:
            found = session.execute(mine.values(ended=time.time(), **values))
        return bool(getattr(found, "rowcount", 0))

    def lease(self, name: str, holder: str, seconds: float, force: bool = False) -> bool:
        """Take a task for some seconds, or keep it; whether it is this holder's now."""
        now = time.time()
        with self._session.begin() as session:
            row = session.get(Lease, name, with_for_update=True)
            if row is None:
                session.add(Lease(name=name, holder=holder, until=now + seconds))
            elif row.holder == holder or row.until < now or force:
                row.holder, row.until = holder, now + seconds
            else:
                return False
        return True

    def release(self, name: str, holder: str) -> None:
        """Let others have a task at once."""
        with self._session.begin() as session:
            session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))

    def fact(self, name: str) -> str | None:
        """What was remembered under a name."""
        found = self._one(select(Fact).where(Fact.name == name))
        return None if found is None else found.value

    def secret(self, fresh: str) -> str:
        """The secret that all processes of a server share: the first that one of them came up with."""
        if self.fact("secret") is None:
            with suppress(IntegrityError):
                self.add(Fact(name="secret", value=fresh))
        return self.fact("secret") or fresh

    def states(self) -> dict[str, int]:
        """How many runs are in each state."""
        with self._session() as session:
            found = session.execute(select(Run.state, func.count(Run.id)).group_by(Run.state)).all()
        return {str(row[0]): int(row[1]) for row in found}

    # --- backups ---------------------------------------------------------------------------------

    def dump(self) -> Iterator[dict[str, Any]]:
        """All rows that outlast a restart, as plain values: each its table and its columns, parents first."""
        with self.engine.connect().execution_options(isolation_level=self._snapshot) as connection, connection.begin():
            for table in _KEPT:
                for row in connection.execute(select(table)).mappings():
                    yield {"table": table.name, "row": dict(row)}

    @property
    def _snapshot(self) -> str:
        """How a reader sees one state of the database all along."""
        return "REPEATABLE READ" if self.shared else "SERIALIZABLE"

    def fill(self, rows: Iterable[dict[str, Any]]) -> int:
        """Add the rows of a dump, all or none; how many."""
        count = 0
        with self.engine.begin() as connection:
            for one in rows:
                table = Base.metadata.tables[one["table"]]
                connection.execute(insert(table).values(**one["row"]))
                count += 1
            if self.shared:
                for name in _NUMBERED:
                    last = f"(SELECT COALESCE(MAX(id), 1) FROM {name})"
                    connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last})"))
        return count

    def remember(self, name: str, value: str) -> None:
        """Remember something under a name."""
        with self._session.begin() as session:
            session.merge(Fact(name=name, value=value))

    def tell(self, run: str, latest: dict[str, Any], kept: bool) -> None:
        """Note the latest news of a solve; `kept` ones are points of its course."""
        with self._session.begin() as session:
            session.execute(update(Run).where(Run.id == run, Run.state == RUNNING).values(**latest))
            if kept:
                course = {name: latest[name] for name in ("seconds", "incumbent", "bound", "gap")}
                session.add(Point(run=run, **course))

    def expired(self, before: float) -> tuple[list[str], list[str]]:
        """Runs that ended before a time and are not signed off, and scenarios made before it without other runs."""
        with self._session() as session:
            runs = session.scalars(select(Run.id).where(Run.ended < before, Run.approved.is_(None))).all()
            used = select(Run.scenario).where(or_(Run.ended.is_(None), Run.ended >= before, Run.approved.is_not(None)))
            old = select(Scenario.id).where(Scenario.created < before, Scenario.id.not_in(used))
            return list(runs), list(session.scalars(old).all())

    def forget_comparisons(self, before: float) -> None:
        """Remove comparisons made before a time."""
        with self._session.begin() as session:
            session.execute(delete(Comparison).where(Comparison.created < before))

    def _one(self, query: Select[_Row]) -> _Row | None:
        with self._session() as session:
            return session.scalars(query).first()

    def _all(self, query: Select[_Row]) -> list[_Row]:
        with self._session() as session:
            return list(session.scalars(query).all())

    def _pairs(self, query: Select[*tuple[Any, ...]]) -> list[tuple[Run, Scenario]]:
        with self._session() as session:
            return [(run, scenario) for run, scenario in session.execute(query).all()]

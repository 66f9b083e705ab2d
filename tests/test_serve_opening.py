"""Opening the database: of version 0.1, newer, damaged, held by another server, and with a clock that jumps."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from planner.errors import UsageError
from planner.serve.folder import Folder
from planner.serve.keeping import sweep
from planner.serve.store import ADMINISTRATOR, Run, Scenario, User, open_store
from planner.serve.store.tables import Base

OLD = Path(__file__).parent / "cases" / "server-0.1.sql"


def old(data: Path) -> None:
    """A folder as version 0.1 leaves it."""
    with sqlite3.connect(data / "planner.sqlite") as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.close()


def test_database_of_version_0_1_is_brought_up(tmp_path: Path) -> None:
    old(tmp_path)
    store = open_store(tmp_path)
    runs = {run.label: run for run, _ in store.runs()}
    assert (runs["spring"].state, runs["spring"].figures, runs["waits"].state) == (
        "done", {"expected_cost": 5.0}, "waiting",
    )  # fmt: skip
    assert [one.file for one in store.scenarios()] == ["annotated.xlsx", "e3w-maker.xlsx"]
    assert len(store.points(runs["spring"].id)) == 1
    # What was there before there were users is the first administrator's.
    user = store.people.add(User(name="Asha", role=ADMINISTRATOR))
    assert {run.owner for run, _ in store.runs()} == {user.id}
    store.close()
    open_store(tmp_path).close()


def test_migrations_come_to_the_tables_that_are_declared(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    store.close()
    # SQLite does not say what becomes of a reference in a column that was added.
    assert [one for one in found if one[0] not in ("add_fk", "remove_fk")] == []


def test_newer_database_is_said_to_be_that(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "planner.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '999'")
    connection.close()
    with pytest.raises(UsageError) as stated:
        open_store(tmp_path)
    assert str(stated.value) == (
        "The database was made by a newer planner. Use that version, or restore a backup of this one's."
    )


@pytest.mark.parametrize("damage", [b"this is no database, whatever its name" * 100, None])
def test_damaged_database_is_said_to_be_that(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "planner.sqlite"
    if damage is None:
        old(tmp_path)
        content = bytearray(path.read_bytes())
        content[8192:20_000] = b"\xff" * (20_000 - 8192)
        damage = bytes(content)
    path.write_bytes(damage)
    with pytest.raises(UsageError) as stated:
        open_store(tmp_path)
    assert str(stated.value).startswith(f"The database '{path}' cannot be read (")
    assert "planner admin restore" in str(stated.value)
    assert path.read_bytes() == damage


def test_second_server_on_a_folder_is_refused(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with pytest.raises(UsageError, match=r"^Another server works in the folder '.*'\. End it, name another"):
        open_store(tmp_path)
    open_store(tmp_path, beside=True).close()  # a command such as a backup
    store.close()
    open_store(tmp_path).close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://here/planner", "The database must be PostgreSQL: 'postgresql://user@host/name'. Leave it out for"),
        ("postgresql://nobody@127.0.0.1:9/planner", "The database cannot be reached: "),
    ],
)
def test_url_that_leads_nowhere(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(UsageError) as stated:
        open_store(tmp_path, url)
    assert str(stated.value).startswith(said)


def test_clock_that_jumps_ahead_removes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, day, start = open_store(tmp_path), 86400.0, time.time()
    scenario = store.add(Scenario(name="a.xlsx", state="good"))
    run = store.add(Run(scenario=scenario.id, state="done", ended=start))
    now = start
    monkeypatch.setattr(time, "time", lambda: now)
    assert sweep(store, Folder(tmp_path), keep_days=90)
    now = start + 100 * day
    for _ in range(3):
        assert not sweep(store, Folder(tmp_path), keep_days=90)
        now += 3600
    assert store.get(Run, run.id) is not None
    # Set right again: all goes on as before.
    now = start + day
    assert sweep(store, Folder(tmp_path), keep_days=90)
    assert store.get(Run, run.id) is not None
    # And where it really is a hundred days later, a day of looks without another jump is enough.
    now = start + 100 * day
    for hour in range(25):
        now = start + 100 * day + hour * 3600
        done = sweep(store, Folder(tmp_path), keep_days=90)
    assert done
    assert store.get(Run, run.id) is None
    store.close()


def test_plan_that_is_signed_off_is_kept(tmp_path: Path) -> None:
    store, old_time = open_store(tmp_path), time.time() - 400 * 86400.0
    scenario = store.add(Scenario(name="a.xlsx", state="good", created=old_time))
    store.add(Run(scenario=scenario.id, state="done", ended=old_time, label="kept", approved=old_time, approver="A"))
    store.add(Run(scenario=scenario.id, state="done", ended=old_time, label="gone"))
    assert sweep(store, Folder(tmp_path), keep_days=90)
    assert [run.label for run, _ in store.runs()] == ["kept"]
    store.close()


def test_lease_is_one_holders_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, now = open_store(tmp_path), time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    assert store.lease("engine", "one", 15)
    assert not store.lease("engine", "other", 15)
    now += 10
    assert store.lease("engine", "one", 15)
    now += 10
    assert not store.lease("engine", "other", 15)
    now += 10
    assert store.lease("engine", "other", 15)
    assert not store.lease("engine", "one", 15)
    store.release("engine", "other")
    assert store.lease("engine", "one", 15)
    store.close()

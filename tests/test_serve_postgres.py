"""The server on PostgreSQL: the same tables and answers as on SQLite, and several processes with one database."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DatabaseError

from planner.errors import UsageError
from planner.serve.access import new_token, new_user
from planner.serve.backup import back_up, restore
from planner.serve.store import Comment, Run, Scenario, Store, open_store
from planner.serve.store.tables import Base
from tests.postgres import Postgres, postgres
from tests.serving import CASES, Server

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture
def store(server: Postgres, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path, server.database())
    yield opened
    opened.close()


def test_migrations_come_to_the_tables_that_are_declared(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.parametrize("change", ["UPDATE events SET who = 'nobody'", "DELETE FROM events", "TRUNCATE events"])
def test_database_refuses_to_change_the_audit_trail(store: Store, change: str) -> None:
    store.people.note("asha", "signed in")
    with pytest.raises(DatabaseError, match="audit trail"), store.engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert [(one.who, one.action) for one in store.people.trail()] == [("asha", "signed in")]


def one_run(store: Store, **more: object) -> Run:
    scenario = store.add(Scenario(name="a.xlsx", title="Maker", state="good", size=10, strategies=["no-china"]))
    return store.add(Run(scenario=scenario.id, who="Asha", label="100 % of spring", **more))


def test_queue_and_history(store: Store) -> None:
    run = one_run(store)
    assert store.begin(run.id, "me")
    assert not store.begin(run.id, "other")
    store.tell(run.id, {"stage": "searching", "seconds": 1.0, "incumbent": 5.0, "bound": 4.0, "gap": 0.2}, kept=True)
    assert not store.finish(run.id, "other", state="done")
    assert store.finish(run.id, "me", state="done", figures={"expected_cost": 5.0})
    assert [(found.label, found.figures) for found, _ in store.runs("100% ASHA".replace("%", " %"))] == [
        ("100 % of spring", {"expected_cost": 5.0})
    ]
    assert store.count("100%") == 0
    assert [point.bound for point in store.points(run.id)] == [4.0]
    assert store.states() == {"done": 1}
    assert store.served(0.0).keys() == {"Asha"}
    runs, scenarios = store.expired(time.time() + 1)
    assert (runs, scenarios) == ([run.id], [run.scenario])
    store.remove(Scenario, run.scenario)
    assert store.get(Run, run.id) is None


def test_people_and_what_is_theirs(store: Store) -> None:
    run = one_run(store)
    asha = new_user(store, "Asha", "administrator", "four words of mine")
    bela = new_user(store, "Bela", "planner", None)
    held = store.get(Run, run.id)
    assert held is not None
    assert held.owner == asha.id
    with pytest.raises(UsageError):
        new_user(store, "ASHA", "reader", None)
    token = new_token(store, bela, "t", 1)
    assert len(token) > 40
    store.share(run.scenario, [bela.id])
    assert store.shared_with(run.scenario) == [bela.id]
    store.people.note("Asha", "shared")
    assert [one.action for one in store.people.trail()] == ["shared"]
    assert store.lease("engine", "one", 15)
    assert not store.lease("engine", "other", 15)


def test_backup_of_sqlite_fills_postgres_and_back(server: Postgres, tmp_path: Path) -> None:
    here, there, again = (tmp_path / name for name in ("here", "there", "again"))
    first = open_store(here)
    run = one_run(first, state="done", options={"gap": 1e-4})
    new_user(first, "Asha", "administrator", "four words of mine")
    first.add(Comment(run=run.id, who="Asha", text="Zürich, योजना 🧲"))
    first.people.note("Asha", "signed in")
    (here / "runs" / run.id / "tables").mkdir(parents=True)
    (here / "runs" / run.id / "tables" / "orders.json").write_text("{}")
    rows, files = back_up(first, here, tmp_path / "one.zip")
    assert (rows, files) == (5, 1)  # a scenario, run, user, comment and event
    second = open_store(there, server.database())
    assert restore(second, there, tmp_path / "one.zip") == (rows, files)
    with pytest.raises(UsageError, match="There is something here already"):
        restore(second, there, tmp_path / "one.zip")
    second.people.note("Asha", "numbers go on")
    back_up(second, there, tmp_path / "two.zip")
    third = open_store(again)
    restore(third, again, tmp_path / "two.zip")
    dumps = [json.dumps(list(one.dump()), sort_keys=True) for one in (second, third)]
    assert dumps[0] == dumps[1]
    assert (again / "runs" / run.id / "tables" / "orders.json").read_text() == "{}"
    for one in (first, second, third):
        one.close()


def test_two_processes_one_engine_and_a_process_that_is_killed(server: Postgres, tmp_path: Path) -> None:
    """The one that owns the engine is killed with -9 while it solves; the other finishes what both were asked for."""
    url = server.database()
    one = Server(tmp_path, database=url)
    other = Server(tmp_path, database=url)
    try:
        scenario = other.upload(CASES / "tiny-108.xlsx")["id"]
        runs = [
            each.client.post("/api/runs", json={"scenario": scenario}).json()["id"] for each in (one, other, other, one)
        ]
        while not any(other.client.get(f"/api/runs/{run}").json()["state"] == "running" for run in runs):
            time.sleep(0.02)
        one.kill()
        ended = [other.ended(run) for run in runs]
        assert [run["state"] for run in ended] == ["done"] * 4
        assert other.client.get(f"/api/runs/{runs[0]}/charts.zip").status_code == 200
    finally:
        for each in (one, other):
            if each.process.poll() is None:
                each.kill()


def test_database_killed_and_started_again(server: Postgres, tmp_path: Path) -> None:
    running = Server(tmp_path, database=server.database())
    try:
        scenario = running.upload(CASES / "tiny-108.xlsx")["id"]
        run = running.client.post("/api/runs", json={"scenario": scenario}).json()["id"]
        server.kill()
        answer = running.client.get("/api/runs")
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "30")
        assert running.client.get("/readyz").status_code == 503
        assert running.client.get("/healthz").status_code == 200
        (server.place / "data" / "postmaster.pid").unlink(missing_ok=True)
        server.start()
        assert running.ended(run)["state"] == "done"
        assert running.solve(scenario)["state"] == "done"
    finally:
        running.kill()

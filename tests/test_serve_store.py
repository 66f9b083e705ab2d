"""What the server remembers, and that it goes on after its process was killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.serve import turns
from planner.serve.folder import Folder
from planner.serve.keeping import sweep
from planner.serve.store import GOOD, Comparison, Run, Scenario, Store, open_store
from tests.serving import CASES, Server, served


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def runs_of(store: Store, *labels: str, scenario: str = "e3w", state: str = "done", age: float = 0.0) -> list[Run]:
    parent = store.add(
        Scenario(name=f"{scenario}.xlsx", title="Maker of e-3-wheelers", state=GOOD, created=time.time() - age)
    )
    moments = [time.time() - age + place for place in range(len(labels))]
    runs = [
        Run(scenario=parent.id, label=label, state=state, created=moment, ended=moment if state == "done" else None)
        for label, moment in zip(labels, moments, strict=True)
    ]
    store.add_all(runs)
    return runs


def test_search_looks_at_all_that_a_person_reads(store: Store) -> None:
    runs_of(store, "spring review", "autumn review")
    runs_of(store, "other", scenario="wind")
    store.set(Run, store.runs("other")[0][0].id, who="Asha", strategy="no-china")

    def found(search: str, state: str = "") -> list[str]:
        labels = [run.label for run, _ in store.runs(search, state)]
        assert store.count(search, state) == len(labels)
        return labels

    assert found("review") == ["autumn review", "spring review"]
    assert found("SPRING e3w") == ["spring review"]
    assert found("asha") == ["other"]
    assert found("no-china wind") == ["other"]
    assert found("100%") == []
    assert found("", "waiting") == []
    assert len(found("")) == 3


def test_runs_come_page_by_page(store: Store) -> None:
    runs_of(store, *"abcde")
    assert [run.label for run, _ in store.runs(most=2)] == ["e", "d"]
    assert [run.label for run, _ in store.runs(most=2, skip=4)] == ["a"]


def test_place_in_the_queue(store: Store) -> None:
    first, second, third = runs_of(store, *"abc", state="waiting")
    assert store.begin(first.id, "me")
    places = turns.line(store.unfinished(), {}).positions()
    assert [places.get(run.id) for run in (first, second, third)] == [None, 1, 2]


def test_what_a_scenario_leaves_goes_with_it(store: Store) -> None:
    (run,) = runs_of(store, "a", state="running")
    store.tell(run.id, {"seconds": 1.0, "incumbent": 5.0, "bound": 4.0, "gap": 0.2}, kept=True)
    assert [point.bound for point in store.points(run.id)] == [4.0]
    store.remove(Scenario, run.scenario)
    assert store.get(Run, run.id) is None
    assert store.points(run.id) == []


def test_news_of_a_run_that_has_ended_are_not_taken(store: Store) -> None:
    (run,) = runs_of(store, "a")
    store.tell(run.id, {"seconds": 1.0, "incumbent": 5.0, "bound": 4.0, "gap": 0.2}, kept=False)
    held = store.get(Run, run.id)
    assert held is not None
    assert held.incumbent is None


def test_a_state_is_taken_only_once(store: Store) -> None:
    (run,) = runs_of(store, "a", state="waiting")
    assert store.set_if(run.id, "waiting", state="running")
    assert not store.set_if(run.id, "waiting", state="running")


def test_results_expire_by_the_setting(store: Store, tmp_path: Path) -> None:
    day = 86400.0
    (old,) = runs_of(store, "old", scenario="gone", age=31 * day)
    (fresh,) = runs_of(store, "fresh", scenario="kept", age=29 * day)
    (waiting,) = runs_of(store, "waiting", scenario="busy", age=31 * day, state="waiting")
    folder = Folder(tmp_path)
    for run in (old, fresh):
        (folder.run(run.id) / "plan.json").write_text("{}")
    assert sweep(store, folder, keep_days=30)
    assert [run.label for run, _ in store.runs()] == ["fresh", "waiting"]
    assert [scenario.name for scenario in store.scenarios()] == ["kept.xlsx", "busy.xlsx"]
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == [fresh.id]
    assert waiting.ended is None


def test_comparisons_that_have_lost_their_runs_expire_too(store: Store, tmp_path: Path) -> None:
    store.add(Comparison(label="old", created=time.time() - 40 * 86400.0))
    store.add(Comparison(label="new"))
    assert sweep(store, Folder(tmp_path), keep_days=30)
    assert [one.label for one in store.comparisons()] == ["new"]


def test_a_killed_server_takes_up_what_it_was_doing(tmp_path: Path) -> None:
    server = Server(tmp_path)
    try:
        scenario = server.upload(CASES / "tiny-108.xlsx")["id"]
        # One place, and one more that is kept for short solves such as these.
        running, _, waiting = (
            server.client.post("/api/runs", json={"scenario": scenario}).json()["id"] for _ in range(3)
        )
        while server.client.get(f"/api/runs/{running}").json()["state"] != "running":
            time.sleep(0.05)
        assert server.client.get(f"/api/runs/{waiting}").json()["position"] == 1
    finally:
        server.kill()
    with served(tmp_path) as again:
        assert again.ended(running)["state"] == "done"
        assert again.ended(waiting)["state"] == "done"
        assert "Magnet planner" in again.client.get(f"/runs/{running}").text
        said = again.stop()
        address, data = f"http://localhost:{again.port}", tmp_path
        assert said == f"The page is at {address} (Ctrl-C ends it). Its data lies in {data}.\n"
        assert again.process.returncode == 0

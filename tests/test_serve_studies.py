"""Studies on the page: asked for like runs, answered by workers, shown, downloaded, stopped and gone on with."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.datastructures import FormData

from planner.serve.access import RefusedError
from planner.serve.asked import ANSWERS, TITLES, AskedFrontier, AskedStress, AskedSurvive, AskedWorth
from planner.serve.study import run_study
from planner.serve.studying import read_form
from planner.serve.typed import number
from planner.serve.work import ANSWER, PLAN
from tests.serving import CASES, UNFINISHED, Server, served

TINY = CASES / "tiny-100.xlsx"
ASKED: dict[str, dict[str, Any]] = {
    "worth": {"parts": ["information", "decisions"]},
    "frontier": {"over": "settings/risk_weight/value", "values": ["0", "1"]},
    "alternatives": {"most": 3},
    "stress": {"courses": 10},
    "survive": {},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture(scope="module")
def plan(server: Server) -> dict[str, Any]:
    """A run that has a plan."""
    run = server.solve(server.upload(TINY)["id"])
    assert run["state"] == "done"
    return run


@pytest.mark.parametrize("kind", TITLES)
def test_study_is_asked_answered_shown_and_downloaded(server: Server, plan: dict[str, Any], kind: str) -> None:
    asked = {"study": kind} | ASKED[kind]
    made = server.client.post("/api/studies", json={"run": plan["id"], "asked": asked})
    assert made.status_code == 201, made.text
    study = server.ended(made.json()["id"])
    assert (study["state"], study["status"], study["message"]) == ("done", "optimal", "")
    assert (study["study"], study["base"]) == (kind, plan["id"])
    told = server.client.get(f"/api/runs/{study['id']}/plan.json").json()
    assert told["status"] == "optimal"
    assert told["provenance"]["scenario"] == "tiny-100"
    book = openpyxl.load_workbook(BytesIO(server.client.get(f"/api/runs/{study['id']}/report.xlsx").content))
    answer = server.client.get(f"/api/runs/{study['id']}/answer").json()
    assert book.sheetnames == ["Summary", *(one["title"] for one in answer["tables"])]
    page = server.client.get(f"/runs/{study['id']}").text
    assert TITLES[kind].replace("'", "&#39;") in page
    assert "--" not in re.sub(r"<script.*?</script>|<!--.*?-->", "", page, flags=re.DOTALL)
    for table in answer["tables"]:
        shown = server.client.get(f"/runs/{study['id']}/tables/{table['name']}")
        assert (shown.status_code, table["title"].split(",")[0] in shown.text) == (200, True)
    # What only a plan has is not offered, nor to be had.
    for path in ("charts", "tables", "why", "what-if", "studies"):
        assert server.client.get(f"/runs/{study['id']}/{path}").status_code in (404, 409), path
    assert server.client.put(f"/api/runs/{study['id']}/approval", json={}).status_code == 409
    assert server.client.get(f"/compare?run={plan['id']}&run={study['id']}").status_code == 422


def test_plan_month_by_month(server: Server, plan: dict[str, Any]) -> None:
    held = server.client.get(f"/api/runs/{plan['id']}/months").json()
    for future in held["futures"]:
        page = server.client.get(f"/runs/{plan['id']}/months", params={"future": future})
        assert page.status_code == 200
        assert re.search(rf"<option selected>{re.escape(future)}</option>", page.text)
        assert "Cash paid" in page.text
        assert all(f">{month}</th>" in page.text for month in held["months"])
    assert server.client.get(f"/runs/{plan['id']}/months?future=doom").status_code == 404


def test_forms_of_every_study_are_offered(server: Server, plan: dict[str, Any]) -> None:
    for kind, title in TITLES.items():
        for place in (f"runs/{plan['id']}", f"scenarios/{plan['scenario']}"):
            page = server.client.get(f"/{place}/studies/{kind}")
            assert (page.status_code, title in page.text) == (200, True)
    assert server.client.get(f"/runs/{plan['id']}/studies/weather").status_code == 404
    made = server.client.post(f"/runs/{plan['id']}/studies/survive", data={"lengths": "1"})
    assert made.status_code == 303
    study = server.ended(made.headers["location"].rpartition("/")[2])
    assert (study["state"], study["options"]["asked"]["lengths"]) == ("done", [1])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"study": "frontier", "over": "offers/O99/price_per_kg", "values": ["1", "2"]}, "offers has no row 'O99'."),
        ({"study": "survive", "impact": ["country/Atlantis"]}, "There is no source 'country/Atlantis'."),
        ({"study": "stress", "weights": {"doom": 1.0}}, "doom"),
    ],
)
def test_what_cannot_be_answered_is_said(server: Server, plan: dict[str, Any], asked: Any, told: str) -> None:
    made = server.client.post("/api/studies", json={"scenario": plan["scenario"], "asked": asked}).json()
    study = server.ended(made["id"])
    assert study["state"] == "failed"
    assert told in study["message"]
    assert "Go on" in server.client.get(f"/runs/{study['id']}").text


def test_study_of_a_plan_that_was_deleted(server: Server, plan: dict[str, Any]) -> None:
    gone = server.solve(plan["scenario"])
    made = server.client.post("/api/studies", json={"run": gone["id"], "asked": {"study": "stress", "courses": 5}})
    assert made.status_code == 201
    server.client.post(f"/api/runs/{made.json()['id']}/stop")
    server.ended(made.json()["id"])
    server.client.delete(f"/api/runs/{gone['id']}")
    again = server.client.post(f"/runs/{made.json()['id']}/again")
    study = server.ended(again.headers["location"].rpartition("/")[2])
    assert study["message"].startswith("The plan that this looks into has been deleted.")


def test_stopped_study_keeps_its_answers_and_goes_on(tmp_path: Path) -> None:
    cancel, stages = threading.Event(), list[str]()

    def watch(news: Any) -> None:
        stages.append(news.stage)
        if news.stage.startswith("3 of"):
            cancel.set()

    def run(watch: Callable[[Any], None], cancel: threading.Event) -> dict[str, Any]:
        options = {"gap": 1e-3, "time_limit": None, "asked": {"study": "survive"}}
        return run_study(str(tmp_path), str(TINY), "tiny-100.xlsx", None, options, None, watch=watch, cancel=cancel)

    assert run(watch, cancel) == {"state": "done", "status": "interrupted"}
    assert not json.loads((tmp_path / ANSWER).read_text())["complete"]
    assert json.loads((tmp_path / PLAN).read_text())["status"] == "interrupted"
    held = {path.name: path.stat().st_mtime_ns for path in (tmp_path / ANSWERS).iterdir()}
    assert len(held) >= 3
    assert run(lambda news: None, threading.Event()) == {"state": "done", "status": "optimal"}
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / ANSWERS).iterdir()}
    assert len(after) > len(held)
    assert {name: after[name] for name in held} == held
    assert json.loads((tmp_path / ANSWER).read_text())["complete"]


def test_study_is_stopped_on_the_page(server: Server, plan: dict[str, Any]) -> None:
    asked = {"study": "stress", "courses": 2000, "policy": "replan"}
    made = server.client.post("/api/studies", json={"scenario": plan["scenario"], "asked": asked}).json()
    while server.client.get(f"/api/runs/{made['id']}").json()["state"] == "waiting":
        time.sleep(0.05)
    assert "Stop and take what is answered so far" in server.client.get(f"/runs/{made['id']}").text
    server.client.post(f"/api/runs/{made['id']}/stop")
    study = server.ended(made["id"])
    assert (study["state"], study["status"]) in (("stopped", ""), ("done", "interrupted"))
    assert study["state"] not in UNFINISHED


# --- what is typed ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1.5", 1.5), ("1,5", 1.5), ("0,125", 0.125), ("1,00,000", 1e5), ("1,000,000", 1e6), ("1,500.25", 1500.25),
        ("12 lakh", 12e5), ("1,5 crore", 1.5e7), ("15 %", 0.15), ("-3", -3.0), ("1e3", 1000.0),
        ("1,500", None), ("", None), ("nan", None), ("inf", None), ("1_000", None), ("abc", None), ("1,5,2", None),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(text: str, meant: float | None) -> None:
    assert number(text) == meant


def test_forms_are_read() -> None:
    frontier = read_form(
        "frontier", FormData({"over": "offers/O1/price_per_kg", "from": "1,5", "to": "3", "points": "4"})
    )
    assert isinstance(frontier, AskedFrontier)
    assert frontier.values == ["1.5", "2", "2.5", "3"]
    listed = read_form("frontier", FormData({"over": "offers/O1/price_per_kg", "values": "0,5; 1; blank"}))
    assert isinstance(listed, AskedFrontier)
    assert listed.values == ["0.5", "1", "blank"]
    stress = read_form(
        "stress", FormData([("demand", "15"), ("future", "a"), ("weight", "2"), ("future", "b"), ("weight", "")])
    )
    assert isinstance(stress, AskedStress)
    assert (stress.demand, stress.weights, stress.courses) == (0.15, {"a": 2.0}, 200)
    survive = read_form("survive", FormData([("lengths", "1, 2;4"), ("impact", "country/China")]))
    assert isinstance(survive, AskedSurvive)
    assert (survive.lengths, survive.impact, survive.longer) == ([1, 2, 4], ["country/China"], None)
    worth = read_form("worth", FormData([("break_even", "offers/O1/price_per_kg"), ("decision", "sign/O1")]))
    assert isinstance(worth, AskedWorth)
    assert worth.parts == []


@pytest.mark.parametrize(
    ("kind", "typed", "told"),
    [
        ("worth", {}, "Nothing was ticked."),
        ("worth", {"break_even": "offers/O1/price_per_kg"}, "A break-even needs both"),
        ("frontier", {"over": "x", "from": "1,500", "to": "3"}, "From: '1,500' may mean 1.500 or 1500."),
        ("frontier", {"from": "1", "to": "3"}, "This cannot be asked: over."),
        ("stress", {"courses": "0"}, "Paths: '0' is not from 1 to 10000."),
        ("stress", {"policy": "hope"}, "This cannot be asked: policy."),
        ("survive", {"lengths": "soon"}, "Length of an outage: 'soon' is not a number."),
    ],
)
def test_what_cannot_be_asked_is_said(kind: str, typed: dict[str, str], told: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_form(kind, FormData(typed))
    assert refused.value.status == 422
    assert refused.value.why.startswith(told)

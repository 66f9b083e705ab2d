"""The server's doors: behind a proxy and under a prefix, through a provider, watched, and asked with odd text."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from planner.cli import main
from planner.serve.access import new_user
from planner.serve.app import create_app
from planner.serve.config import Config
from planner.serve.config import Provider as Settings
from planner.serve.folder import plain_text
from planner.serve.store import Run, Scenario
from planner.serve.watching import JsonLines
from tests.provider import Provider
from tests.test_serve_people import PASSWORD, Browser, browser

# --- who must not start without users ----------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--address", "0.0.0.0"],
        ["--address", "192.0.2.1"],
        ["--host", "planner.example"],
        ["--prefix", "/planner"],
        ["--proxy", "10.0.0.1"],
    ],
)
def test_where_others_reach_it_there_must_be_users(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--data", str(tmp_path), *arguments]) == 2
    assert capsys.readouterr().err == (
        "Others than you could reach this server, and it has no users yet. Add an administrator first: "
        "planner admin add-user NAME --role administrator\n"
    )


def test_users_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def admin(*arguments: str, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["admin", arguments[0], "--data", str(tmp_path), *arguments[1:]])
        said = capsys.readouterr()
        return code, said.out + said.err

    assert admin("add-user", "Asha", "--role", "administrator", typed=f"{PASSWORD}\n") == (
        0,
        "Asha is administrator.\n",
    )
    assert admin("add-user", "Bela", "--no-password") == (0, "Bela is planner.\n")
    assert admin("add-user", "asha", "--no-password") == (2, "There is a user 'asha' already.\n")
    assert admin("add-user", "Cora", typed="short\n") == (2, "A password has at least 12 characters.\n")
    assert admin("change-user", "bela", "--role", "reader", "--shut-out", "yes")[0] == 0
    assert admin("users") == (0, "Asha: administrator, password\nBela: reader, provider, shut out\n")
    code, token = admin("token", "Asha", "nightly")
    assert (code, token[:3]) == (0, "mp_")
    assert "made a token\tnightly for Asha" in admin("audit")[1]
    assert admin("backup", str(tmp_path / "all.zip"))[0] == 0
    assert admin("restore", str(tmp_path / "all.zip"))[1].startswith("There is something here already")
    app = create_app(Config(data=tmp_path))
    headers = {"authorization": f"Bearer {token.strip()}"}
    assert Browser(app).ask("GET", "/api/me", headers=headers).json()["role"] == "administrator"
    app.state.server.store.close()


# --- under a prefix ----------------------------------------------------------------------------------


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[FastAPI]:
    app = create_app(Config(data=tmp_path))
    yield app
    app.state.server.store.close()


@pytest.mark.parametrize("stripped", [True, False])
def test_under_a_prefix_all_links_carry_it(tmp_path: Path, stripped: bool) -> None:
    app = create_app(Config(data=tmp_path, prefix="/planner"))
    store = app.state.server.store
    new_user(store, "asha", "planner", PASSWORD)
    asha, before = Browser(app), "" if stripped else "/planner"
    answer = asha.ask("GET", f"{before}/runs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/planner/sign-in?to=/runs")
    assert asha.ask("GET", f"{before}/static/icon.svg").status_code == 200
    answer = asha.ask("POST", f"{before}/sign-in", data={"name": "asha", "password": PASSWORD})
    assert "Path=/planner" in answer.headers["set-cookie"]
    session = asha.cookies.get("planner-session")
    page = asha.ask("GET", f"{before}/", headers={"cookie": f"planner-session={session}"}).text
    links = [
        part.split('"')[0] for part in page.replace('action="', 'href="').replace('src="', 'href="').split('href="')[1:]
    ]
    assert len(links) > 10
    assert [link for link in links if not link.startswith(("/planner/", "#"))] == []
    store.close()


# --- static files, compression, odd text -------------------------------------------------------------


def test_pages_are_packed_and_static_files_kept(plain: FastAPI) -> None:
    page = Browser(plain).ask("GET", "/", headers={"accept-encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["cache-control"] == "no-store"
    static = plain.state.static
    assert f"/static/planner.css?v={static}" in page.text
    file = Browser(plain).ask("GET", f"/static/planner.css?v={static}")
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"


ODD = ["\ud800", "NaN", "\U0001f9f2" * 100, "\u202egnp.exe", "a\x00b", "\U0001d518" * 150, "\u200bhidden", "x" * 199]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_text_is_never_a_fault(plain: FastAPI, text: str) -> None:
    here, store = Browser(plain), plain.state.server.store
    scenario = store.add(Scenario(name="a.xlsx", state="good"))
    run = store.add(Run(scenario=scenario.id, state="done"))
    sent = json.dumps({"label": text}).encode()
    answers = [
        here.ask("PATCH", f"/api/runs/{run.id}", content=sent, headers={"content-type": "application/json"}),
        here.ask("POST", f"/runs/{run.id}/label", data={"label": text.encode("utf-8", "replace").decode()}),
        here.ask("GET", "/api/runs", params={"search": text.encode("utf-8", "replace").decode()}),
        here.ask("POST", "/who", data={"who": text.encode("utf-8", "replace").decode()[:60]}),
        here.ask(
            "POST", "/api/scenarios", params={"name": text.encode("utf-8", "replace").decode()}, content=b"x",
            headers={"content-type": "application/octet-stream"},
        ),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
    for one in store.runs():
        assert one[0].label == plain_text(one[0].label)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(plain: FastAPI, value: str) -> None:
    sent = f'{{"scenario": "0123456789abcdef", "options": {{"gap": {value}, "time_limit": {value}}}}}'
    answer = Browser(plain).ask("POST", "/api/runs", content=sent, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert [one["loc"][-1] for one in answer.json()["detail"]] == ["gap", "time_limit"]


def test_names_keep_what_scripts_need_and_lose_what_deceives() -> None:
    assert plain_text("क्\u200dष") == "क्\u200dष"
    assert plain_text(" \u202egpj.exe\u2066 ") == "gpj.exe"
    assert plain_text("one\ntwo", lines=True) == "one\ntwo"
    assert plain_text("one\ntwo") == "onetwo"


# --- uploads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["annotated.xlsx", "check.json", "workbook.xlsx", "con.xlsx", "../../x.xlsx"])
def test_no_name_takes_another_files_place(plain: FastAPI, name: str) -> None:
    """The workbook lies under the server's own name, beside what is made of it."""
    here, server = Browser(plain), plain.state.server
    made = here.ask(
        "POST", "/api/scenarios", params={"name": name}, content=b"the workbook",
        headers={"content-type": "application/octet-stream"},
    ).json()  # fmt: skip
    folder = server.folder.scenario(made["id"])
    (folder / "annotated.xlsx").write_bytes(b"marked")
    (folder / "check.json").write_bytes(b"{}")
    assert here.ask("GET", f"/api/scenarios/{made['id']}/workbook.xlsx").content == b"the workbook"
    assert sorted(path.name for path in folder.iterdir()) == ["annotated.xlsx", "check.json", "workbook.xlsx"]


def test_one_person_cannot_fill_the_queue(tmp_path: Path) -> None:
    app = create_app(Config(data=tmp_path, most_runs=3, most_checks=2))
    store = app.state.server.store
    scenario = store.add(Scenario(name="a.xlsx", state="good"))

    def ask(who: str) -> int:
        headers = {"x-who": who}
        return Browser(app).ask("POST", "/api/runs", json={"scenario": scenario.id}, headers=headers).status_code

    def upload(who: str) -> int:
        headers = {"x-who": who, "content-type": "application/octet-stream"}
        return Browser(app).ask("POST", "/api/scenarios?name=a.xlsx", content=b"x", headers=headers).status_code

    assert [ask("asha") for _ in range(4)] == [201, 201, 201, 429]
    assert ask("bela") == 201
    assert [upload("asha") for _ in range(3)] == [201, 201, 429]
    assert upload("bela") == 201
    store.close()


# --- through a provider ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def provider() -> Provider:
    return Provider()


def through(app: FastAPI, provider: Provider) -> tuple[Browser, Any]:
    """Sign in through the provider, as a browser follows it."""
    import httpx

    somebody = Browser(app)
    away = somebody.ask("GET", "/sign-in/provider")
    assert away.headers["location"].startswith(f"{provider.issuer}/authorize?")
    back = httpx.get(away.headers["location"]).headers["location"]
    return somebody, somebody.ask("GET", back)


def test_signing_in_through_a_provider(tmp_path: Path, provider: Provider) -> None:
    settings = Settings(provider.issuer, "planner", "secret")
    app = create_app(Config(data=tmp_path, provider=settings, users=True))
    store = app.state.server.store
    provider.claims = {"sub": "1", "preferred_username": "asha"}
    # Not known, refused; added by name, let in and known by subject from then on.
    assert through(app, provider)[1].status_code == 403
    new_user(store, "asha", "planner", None)
    asha, answer = through(app, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert asha.ask("GET", "/api/me").json()["name"] == "asha"
    provider.claims["preferred_username"] = "asha.rao"
    assert through(app, provider)[0].ask("GET", "/api/me").json()["name"] == "asha"
    # Somebody else under a name that has a password is not let in.
    new_user(store, "bela", "administrator", PASSWORD)
    provider.claims = {"sub": "2", "preferred_username": "bela"}
    assert through(app, provider)[1].status_code == 403
    # An answer that was not asked for by this browser.
    assert Browser(app).ask("GET", "/sign-in/provider/back?code=1&state=2").status_code == 401
    assert "Sign in with your company" in Browser(app).ask("GET", "/sign-in").text
    store.close()


def test_newcomers_where_they_are_welcome(tmp_path: Path, provider: Provider) -> None:
    settings = Settings(provider.issuer, "planner", "secret", newcomers="reader")
    app = create_app(Config(data=tmp_path, provider=settings, users=True))
    provider.claims = {"sub": "3", "email": "cora@example.com"}
    found = through(app, provider)[0].ask("GET", "/api/me").json()
    assert (found["name"], found["role"]) == ("cora@example.com", "reader")
    app.state.server.store.close()


# --- watched -----------------------------------------------------------------------------------------


def test_figures_show_routes_and_states_but_no_contents(plain: FastAPI) -> None:
    here, store = Browser(plain), plain.state.server.store
    scenario = store.add(Scenario(name="secret.xlsx", title="secret", state="good"))
    run = store.add(Run(scenario=scenario.id, state="done", label="secret"))
    here.ask("GET", f"/api/runs/{run.id}")
    text = here.ask("GET", "/metrics").text
    assert 'planner_requests_total{method="GET",route="/runs/{identifier}",status="200"} 1.0' in text.replace(
        "/api", ""
    )
    assert 'planner_runs{state="done"} 1.0' in text
    assert "planner_trouble 0.0" in text
    assert "secret" not in text
    assert run.id not in text
    assert here.ask("GET", "/healthz", headers={"host": "10.0.0.7:8321"}).text == "ok\n"
    assert here.ask("GET", "/readyz").json() == {"ready": True, "why": ""}
    plain.state.server.queue._stepped -= 60
    answer = here.ask("GET", "/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


def test_log_is_lines_of_json(plain: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "planner.requests"):
        Browser(plain).ask("GET", "/runs?search=secret", headers={"x-who": "Asha"})
    told = json.loads(JsonLines().format(caplog.records[-1]))
    assert {name: told[name] for name in ("level", "message", "method", "route", "status", "who")} == {
        "level": "info", "message": "request", "method": "GET", "route": "/runs", "status": 200, "who": "Asha",
    }  # fmt: skip
    assert "secret" not in json.dumps(told)


def test_what_is_removed_soon_says_so(plain: FastAPI) -> None:
    import time

    store = plain.state.server.store
    scenario = store.add(Scenario(name="a.xlsx", state="good"))
    for days, warned in ((85, True), (60, False)):
        run = store.add(Run(scenario=scenario.id, state="stopped", ended=time.time() - days * 86400))
        assert ("This run is removed on" in Browser(plain).ask("GET", f"/runs/{run.id}").text) is warned


def test_users_see_that_they_are_apart(plain: FastAPI) -> None:
    new_user(plain.state.server.store, "asha", "planner", PASSWORD)
    asha = browser(plain, "asha")
    assert "Sign out" in asha.ask("GET", "/").text

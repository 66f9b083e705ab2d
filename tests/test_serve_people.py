"""Users apart: who must sign in, what each is shown, may change and is refused; sessions, tokens, forms, the trail."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError

from planner.errors import UsageError
from planner.serve.access import IDLE, form_key, hashed_password, new_token, new_user
from planner.serve.app import ROUTERS, create_app
from planner.serve.asked import TITLES
from planner.serve.config import Config
from planner.serve.store import Comparison, Run, Scenario, Store, User
from planner.serve.store.tables import Session

PASSWORD = "four words of mine"
URL = "http://localhost:8321"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Config(data=tmp_path))
    yield made
    made.state.server.store.close()


@pytest.fixture
def store(app: FastAPI) -> Store:
    found: Store = app.state.server.store
    return found


@pytest.fixture
def users(store: Store) -> dict[str, User]:
    roles = {"root": "administrator", "asha": "planner", "bela": "planner", "rita": "reader"}
    return {name: new_user(store, name, role, PASSWORD) for name, role in roles.items()}


class Browser:
    """A browser that keeps its cookies."""

    def __init__(self, app: FastAPI) -> None:
        self.app, self.cookies = app, httpx.Cookies()

    def ask(self, method: str, path: str, **what: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=URL, cookies=self.cookies) as client:
                answer = await client.request(method, path, **what)
                self.cookies = client.cookies
                return answer

        return anyio.run(asked)

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return self.ask("POST", "/sign-in", data={"name": name, "password": password})

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form of a page of this session."""
        page = self.ask("GET", "/").text
        key = re.search(r'name="form-key" value="([^"]+)"', page)
        assert key
        return self.ask("POST", path, data=fields | {"form-key": key[1]})


def browser(app: FastAPI, name: str) -> Browser:
    found = Browser(app)
    assert found.sign_in(name).status_code == 303
    return found


def work_of(app: FastAPI, user: User) -> dict[str, str]:
    """A scenario, a run with a plan and a comparison of somebody, with files."""
    store, folder = app.state.server.store, app.state.server.folder
    mine: dict[str, Any] = {"owner": user.id, "who": user.name}
    scenario = store.add(
        Scenario(name=f"{user.name} secret.xlsx", title=f"secret of {user.name}", state="good", **mine)
    )
    comparison = store.add(Comparison(label=f"secret of {user.name}", **mine))
    run = store.add(
        Run(
            scenario=scenario.id,
            comparison=comparison.id,
            state="done",
            label=f"secret of {user.name}",
            ended=9e9,
            **mine,
        )
    )
    (folder.scenario(scenario.id) / "workbook.xlsx").write_bytes(b"PK")
    (folder.scenario(scenario.id) / "check.json").write_text('{"cells": []}')
    for name in ("plan.json", "answer.json", "explained.json", "charts.json"):
        (folder.run(run.id) / name).write_text('{"repairs": [{"changes": []}]}')
    return {"scenarios": scenario.id, "runs": run.id, "comparisons": comparison.id}


# --- who must sign in -------------------------------------------------------------------------------

OPEN = {"/sign-in", "/healthz", "/readyz", "/palette.css", "/who"}
"""Routes that tell nothing of anybody."""


def routes() -> list[tuple[str, str]]:
    its = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    found = [(method, route.path) for route in its for method in route.methods]
    assert len(found) > 60
    return sorted(found)


def filled(path: str, of: dict[str, str]) -> str:
    kind = path.removeprefix("/api").split("/")[1]
    values = {
        "identifier": of.get(kind, "0" * 16),
        "number": "1",
        "name": "orders",
        "table": "orders",
        "kind": "survive",
    }
    return re.sub(r"{(\w+)}", lambda part: values[part[1]], path)


BODIES: dict[str, Any] = {
    "runs": {"scenario": "{scenarios}"},
    "comparisons": {"scenarios": ["{scenarios}"]},
    "studies": {"scenario": "{scenarios}", "asked": {"study": "survive"}},
    "what-if": {"changes": [{"table": "offers", "key": "O1", "field": "price_per_kg", "value": "1"}]},
    "shares": {"users": []},
    "comments": {"text": "hm"},
    "approval": {"note": "ok"},
    "{identifier}": {"label": "mine"},
}
FORM = {
    "cell": "offers|O1|price_per_kg", "value": "1", "text": "hm", "label": "mine", "scenario": "{scenarios}",
    "role": "reader", "name": "e3w-maker", "password": PASSWORD, "old": PASSWORD, "new": "another four words",
    "month": "2026-07", "answer": "M",
}  # fmt: skip


def sent(method: str, path: str, of: dict[str, str], key: str) -> dict[str, Any]:
    """A body that is right but for whose it is."""
    filled_in = lambda value: json.loads(json.dumps(value).replace("{scenarios}", of["scenarios"]))  # noqa: E731
    if path.startswith("/api/"):
        body = BODIES.get(path.rpartition("/")[2])
        return {"json": filled_in(body)} if body and method in ("POST", "PUT", "PATCH") else {}
    return {"data": filled_in(FORM) | {"form-key": key}} if method == "POST" else {}


def test_nothing_is_shown_or_done_without_signing_in(app: FastAPI, users: dict[str, User]) -> None:
    of, stranger = work_of(app, users["asha"]), Browser(app)
    for method, path in routes():
        if path in OPEN:
            continue
        answer = stranger.ask(method, filled(path, of), **sent(method, path, of, ""))
        assert answer.status_code in (303, 401), (method, path, answer.status_code)
        assert "secret" not in answer.text
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/sign-in?to=/")
    assert app.state.server.store.get(Run, of["runs"]).label == "secret of asha"


def test_every_route_with_the_other_ones_identifiers(app: FastAPI, users: dict[str, User]) -> None:
    of, bela = work_of(app, users["asha"]), browser(app, "bela")
    tried = 0
    for method, path in routes():
        if "{identifier}" not in path and path not in ("/api/runs", "/api/studies", "/api/comparisons", "/comparisons"):
            continue
        if method == "GET" and "{identifier}" not in path:
            continue
        key = form_key_of(bela)
        answer = bela.ask(method, filled(path, of), **sent(method, path, of, key))
        refused = (403, 404) if path.startswith(("/users", "/account")) else (404,)
        assert answer.status_code in refused, (method, path, answer.status_code, answer.text[:300])
        assert "secret" not in answer.text
        tried += 1
    assert tried > 45
    run, scenario = of["runs"], of["scenarios"]
    for path in (f"/compare?run={run}", f"/api/differences?a={run}&b={run}"):
        assert bela.ask("GET", path).status_code == 404
    for path in ("/", "/runs", "/scenarios", "/comparisons/new", "/api/runs", "/api/scenarios", "/api/comparisons"):
        answer = bela.ask("GET", path)
        assert answer.status_code == 200
        assert "secret" not in answer.text, path
    assert bela.ask("GET", "/api/runs?search=secret").json() == {"runs": [], "total": 0}
    assert app.state.server.store.get(Scenario, scenario) is not None
    # They are Asha's to see, and an administrator's.
    for name in ("asha", "root"):
        assert browser(app, name).ask("GET", f"/api/runs/{run}").status_code == 200


def test_every_study_of_the_other_ones_runs_and_scenarios(app: FastAPI, users: dict[str, User]) -> None:
    of, bela = work_of(app, users["asha"]), browser(app, "bela")
    of_run = {"run": of["runs"], "asked": {"study": "stress"}}
    assert bela.ask("POST", "/api/studies", json=of_run).status_code == 404
    key = form_key_of(bela)
    for kind, place, method in itertools.product(TITLES, ("runs", "scenarios"), ("GET", "POST")):
        path = f"/{place}/{of[place]}/studies/{kind}"
        answer = bela.ask(method, path, **sent(method, path, of, key))
        assert (answer.status_code, "secret" in answer.text) == (404, False), (method, path)
    assert app.state.server.store.count() == 1


def form_key_of(somebody: Browser) -> str:
    session = somebody.cookies["planner-session"]
    return form_key(type("P", (), {"session": session})())


def test_roles(app: FastAPI, users: dict[str, User]) -> None:
    of = work_of(app, users["asha"])
    asha, rita, root = (browser(app, name) for name in ("asha", "rita", "root"))
    assert asha.ask("PUT", f"/api/scenarios/{of['scenarios']}/shares", json={"users": [users["rita"].id]}).json() == [
        users["rita"].id
    ]
    # A reader sees what is shared with them, and may speak of it, but changes nothing.
    run = f"/api/runs/{of['runs']}"
    assert rita.ask("GET", run).json()["label"] == "secret of asha"
    assert rita.ask("GET", f"/api/comparisons/{of['comparisons']}").status_code == 200
    assert rita.ask("POST", f"{run}/comments", json={"text": "Too dear?"}).status_code == 201
    assert [one["who"] for one in asha.ask("GET", f"{run}/comments").json()] == ["rita"]
    refused = [
        rita.ask("PATCH", run, json={"label": "mine"}),
        rita.ask("DELETE", run),
        rita.ask("PUT", f"{run}/approval", json={}),
        rita.ask("POST", "/api/runs", json={"scenario": of["scenarios"]}),
        rita.ask(
            "POST", "/api/scenarios?name=a.xlsx", content=b"x", headers={"content-type": "application/octet-stream"}
        ),
        rita.ask("DELETE", f"/api/scenarios/{of['scenarios']}"),
        rita.ask("PUT", f"/api/scenarios/{of['scenarios']}/shares", json={"users": []}),
        rita.ask("POST", f"{run}/what-if", json=BODIES["what-if"]),
        rita.ask("GET", "/users"),
        rita.ask("GET", "/audit"),
        rita.ask("GET", "/metrics"),
        asha.ask("GET", "/users"),
        asha.ask("POST", "/users", data={"name": "x", "role": "administrator", "form-key": form_key_of(asha)}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert root.ask("GET", "/users").status_code == 200
    assert root.ask("GET", "/metrics").status_code == 200
    # No longer shared, no longer seen.
    asha.ask("PUT", f"/api/scenarios/{of['scenarios']}/shares", json={"users": []})
    assert rita.ask("GET", run).status_code == 404


def test_signing_off(app: FastAPI, users: dict[str, User]) -> None:
    of, asha = work_of(app, users["asha"]), browser(app, "asha")
    run = f"/api/runs/{of['runs']}"
    signed = asha.ask("PUT", f"{run}/approval", json={"note": "for the board"}).json()
    assert (signed["approver"], signed["approval"]) == ("asha", "for the board")
    for path in (run, f"/api/scenarios/{of['scenarios']}"):
        answer = asha.ask("DELETE", path)
        assert (answer.status_code, "signed off: withdraw that first" in answer.json()["detail"]) == (409, True)
    assert asha.ask("DELETE", f"{run}/approval").json()["approver"] is None
    assert asha.ask("DELETE", run).status_code == 204


# --- sessions, forms, tokens ------------------------------------------------------------------------


def test_session_cookie_and_its_end(app: FastAPI, users: dict[str, User], store: Store) -> None:
    asha = Browser(app)
    answer = asha.ask("GET", "/runs?search=x")
    assert answer.headers["location"] == "/sign-in?to=/runs%3Fsearch%3Dx"
    asha.ask("GET", answer.headers["location"])
    answer = asha.sign_in("ASHA")
    assert answer.headers["location"] == "/runs?search=x"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    held = asha.cookies["planner-session"]
    with store._session() as session:
        assert held not in [row.id for row in session.query(Session).all()]  # only its hash is kept
    assert asha.ask("GET", "/runs").status_code == 200
    assert asha.post("/sign-out").status_code == 303
    asha.cookies.set("planner-session", held)
    assert asha.ask("GET", "/api/runs").status_code == 401


def test_sessions_end_when_they_are_not_used(app: FastAPI, users: dict[str, User], store: Store) -> None:
    asha = browser(app, "asha")
    with store._session.begin() as session:
        session.query(Session).update({"used": Session.used - IDLE - 1})
    assert asha.ask("GET", "/api/runs").status_code == 401


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(app: FastAPI, users: dict[str, User], to: str) -> None:
    asha = Browser(app)
    asha.ask("GET", "/sign-in", params={"to": to})
    assert asha.sign_in("asha").headers["location"] == "/"


def test_forms_of_others_are_refused(app: FastAPI, users: dict[str, User]) -> None:
    of = work_of(app, users["asha"])
    asha, bela = browser(app, "asha"), browser(app, "bela")
    path = f"/runs/{of['runs']}/label"
    for key in ("", "x", form_key_of(bela)):
        assert asha.ask("POST", path, data={"label": "theirs", "form-key": key}).status_code == 403
    assert asha.ask("POST", path, data={"label": "theirs"}).status_code == 403
    assert asha.post(path, label="mine").status_code == 303
    assert app.state.server.store.get(Run, of["runs"]).label == "mine"


def test_tokens_are_made_used_and_revoked(app: FastAPI, users: dict[str, User], store: Store) -> None:
    asha, program = browser(app, "asha"), Browser(app)
    page = asha.post("/account/tokens", name="nightly", days=30).text
    token = re.search(r"mp_[\w-]+", page)
    assert token
    assert token[0] not in asha.ask("GET", "/account").text
    headers = {"authorization": f"Bearer {token[0]}"}
    assert program.ask("GET", "/api/me", headers=headers).json()["name"] == "asha"
    assert program.ask("GET", "/api/me", headers={"authorization": f"Bearer {token[0]}x"}).status_code == 401
    (held,) = store.people.tokens(users["asha"].id)
    assert browser(app, "bela").post(f"/account/tokens/{held.id}/revoke").status_code == 404
    assert asha.post(f"/account/tokens/{held.id}/revoke").status_code == 303
    assert program.ask("GET", "/api/me", headers=headers).status_code == 401
    ended = new_token(store, users["asha"], "old", days=-1)
    assert program.ask("GET", "/api/me", headers={"authorization": f"Bearer {ended}"}).status_code == 401


def test_sign_ins_that_fail_are_slowed(app: FastAPI, users: dict[str, User]) -> None:
    mip_start = Browser(app)
    said = {mip_start.sign_in(name, "wrong").text for name in ("asha", "nobody")}
    assert len(said) == 1  # whether there is such a user is not told
    answers = [mip_start.sign_in("bela", "wrong").status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert mip_start.sign_in("bela").status_code == 429
    assert mip_start.sign_in("asha").status_code == 303


def test_shut_out_or_changed_users_are_signed_out(app: FastAPI, users: dict[str, User]) -> None:
    root, asha = browser(app, "root"), browser(app, "asha")
    held = new_token(app.state.server.store, users["asha"], "t", 1)
    assert root.post(f"/users/{users['asha'].id}", role="reader").status_code == 303
    assert asha.ask("GET", "/api/me").status_code == 401
    asha = browser(app, "asha")
    assert asha.ask("GET", "/api/me").json()["role"] == "reader"
    root.post(f"/users/{users['asha'].id}", role="reader", disabled="true")
    assert asha.ask("GET", "/api/me").status_code == 401
    assert asha.ask("GET", "/api/me", headers={"authorization": f"Bearer {held}"}).status_code == 401
    assert Browser(app).sign_in("asha").status_code == 401
    last = root.post(f"/users/{users['root'].id}", role="reader")
    assert (last.status_code, "There must be an administrator" in last.text) == (409, True)


def test_passwords(app: FastAPI, users: dict[str, User]) -> None:
    asha = browser(app, "asha")
    assert users["asha"].password is not None
    assert users["asha"].password.startswith("$argon2id$")
    for bad in ("short", "asha asha asha asha", "aaaaaaaaaaaaaaaa"):
        with pytest.raises(UsageError):
            hashed_password("asha", bad)
        assert asha.post("/account/password", old=PASSWORD, new=bad).status_code == 422
    assert asha.post("/account/password", old="wrong", new="another four words").status_code == 403
    assert asha.post("/account/password", old=PASSWORD, new="another four words").status_code == 303
    assert asha.ask("GET", "/api/me").status_code == 200
    assert Browser(app).sign_in("asha").status_code == 401
    assert Browser(app).sign_in("asha", "another four words").status_code == 303


def test_audit_trail_shows_and_cannot_be_changed(app: FastAPI, users: dict[str, User], store: Store) -> None:
    of, asha, root = work_of(app, users["asha"]), browser(app, "asha"), browser(app, "root")
    Browser(app).sign_in("asha", "wrong")
    asha.ask("PUT", f"/api/runs/{of['runs']}/approval", json={})
    asha.ask("DELETE", f"/api/runs/{of['runs']}/approval")
    asha.ask("DELETE", f"/api/runs/{of['runs']}")
    found = [(one.who, one.action) for one in store.people.trail()]
    assert found[:4] == [
        ("asha", "deleted"), ("asha", "withdrew sign-off"), ("asha", "signed off"), ("asha", "sign-in failed"),
    ]  # fmt: skip
    assert "withdrew sign-off" in root.ask("GET", "/audit").text
    assert [method for method, path in routes() if path.startswith("/audit")] == ["GET"]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET who = 'nobody'",
        "DELETE FROM events",
        "REPLACE INTO events (id, at, who, action, subject, address) VALUES (1, 0, '', '', '', '')",
    ],
)
def test_database_refuses_to_change_the_audit_trail(store: Store, change: str) -> None:
    store.people.note("asha", "signed in")
    with pytest.raises(IntegrityError, match="audit trail"), store.engine.begin() as connection:
        connection.exec_driver_sql(change)
    assert [(one.who, one.action) for one in store.people.trail()] == [("asha", "signed in")]


# --- without users ----------------------------------------------------------------------------------


def test_without_users_who_reaches_it_may_do_everything(app: FastAPI) -> None:
    here = Browser(app).ask("GET", "/api/me", headers={"x-who": "Asha"})
    assert here.json() == {"id": None, "name": "Asha", "role": "administrator"}


def test_servers_that_others_reach_show_nothing_without_users(tmp_path: Path) -> None:
    app = create_app(Config(data=tmp_path, users=True))
    assert Browser(app).ask("GET", "/api/runs").status_code == 401
    app.state.server.store.close()

"""What every request must pass, seen without workers: who may call, how much, and what answers carry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI

from planner.serve.app import create_app
from planner.serve.config import Config
from planner.serve.folder import Folder, safe_name
from tests.serving import WORKBOOK

HOST = {"host": "localhost:8321"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    made = create_app(Config(data=tmp_path, largest_upload=1000))
    yield made
    made.state.server.store.close()


def ask(app: FastAPI, method: str, path: str, **what: Any) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8321") as client:
            return await client.request(method, path, **what)

    return anyio.run(asked)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8321", "localhost.evil.example", "", "127.0.0.2"])
def test_other_names_are_not_answered_to(app: FastAPI, host: str) -> None:
    answer = ask(app, "GET", "/api/runs", headers={"host": host})
    assert answer.status_code == 400
    assert answer.json() == {
        "detail": f"This server does not answer to the name '{host}'. Start it with --host to give it another."
    }


@pytest.mark.parametrize("host", ["localhost", "localhost:8321", "127.0.0.1:8321", "[::1]:8321", "[::1]"])
def test_names_of_this_machine_are(app: FastAPI, host: str) -> None:
    assert ask(app, "GET", "/api/runs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/bundled", "/api/bundled/e3w-maker"])
def test_other_sites_cannot_change_anything(app: FastAPI, headers: dict[str, str], path: str) -> None:
    answer = ask(app, "POST", path, data={"name": "e3w-maker"}, headers=HOST | headers)
    assert answer.status_code == 403
    assert "This came from another site. Open the page itself and try again." in answer.text
    assert app.state.server.store.scenarios() == []


def test_the_page_itself_and_programs_can(app: FastAPI) -> None:
    own = HOST | {"origin": "http://localhost:8321", "sec-fetch-site": "same-origin"}
    assert ask(app, "POST", "/bundled", data={"name": "e3w-maker"}, headers=own).status_code == 303
    assert ask(app, "POST", "/api/bundled/e3w-maker", headers=HOST).status_code == 201


TOO_LARGE = "A file may have at most 0 MB. This one is larger; it was not read."


def test_what_says_that_it_is_too_large_is_not_read(app: FastAPI) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * 1000

    headers = HOST | {"content-length": str(10**9), "content-type": WORKBOOK}
    answer = ask(app, "POST", "/api/scenarios?name=a", content=body(), headers=headers)
    assert (answer.status_code, answer.json(), read) == (413, {"detail": TOO_LARGE}, 0)


def test_what_turns_out_too_large_is_not_kept(app: FastAPI) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\ncontent-disposition: form-data; name="workbook"; filename="a.xlsx"\r\n\r\n'
        for _ in range(40):
            yield b"x" * 2**16
        yield b"\r\n--b--\r\n"

    for path, kind in (("/api/scenarios?name=a", WORKBOOK), ("/scenarios", "multipart/form-data; boundary=b")):
        answer = ask(app, "POST", path, content=body(), headers=HOST | {"content-type": kind})
        assert answer.status_code == 413
        assert TOO_LARGE in answer.text
    assert app.state.server.store.scenarios() == []


@pytest.mark.parametrize(
    "path", ["/", "/runs", "/static/planner.js", "/api/runs", "/nothing", "/api/nothing", "/api/docs"]
)
def test_answers_allow_nothing_from_elsewhere(app: FastAPI, path: str) -> None:
    answer = ask(app, "GET", path)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/scenarios", "/runs", "/comparisons/new", "/api/docs"])
def test_pages_ask_for_nothing_from_elsewhere(app: FastAPI, path: str) -> None:
    text = ask(app, "GET", path).text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text
    assert "<style" not in text
    assert " style=" not in text
    assert "javascript:" not in text


def test_names_are_escaped_wherever_they_stand(app: FastAPI) -> None:
    evil = "<img src=x onerror=alert(1)>"
    headers = HOST | {"x-who": evil, "content-type": WORKBOOK}
    made = ask(app, "POST", "/api/scenarios", params={"name": f"{evil}.xlsx"}, content=b"PK", headers=headers).json()
    assert made["name"] == "_img src_x onerror_alert(1)_.xlsx"
    for path in ("/", "/scenarios", f"/scenarios/{made['id']}", f"/runs?search={evil}", f"/compare?run={evil}"):
        answer = ask(app, "GET", path)
        assert evil not in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in ask(app, "GET", "/scenarios").text


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plan.xlsx", "plan.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\Magnete für Busse.xlsx", "Magnete für Busse.xlsx"),
        ("योजना.xlsx", "योजना.xlsx"),
        ("a\r\nb\0.xlsx", "a__b_.xlsx"),
        ("a;b'c\"d|e.xlsx", "a_b_c_d_e.xlsx"),
        ("con.xlsx", "scenario.xlsx"),
        ("", "scenario.xlsx"),
        ("..", "scenario.xlsx"),
        (".xlsx", "xlsx"),
        ("x" * 300 + ".xlsx", "x" * 80 + ".xlsx"),
    ],
)
def test_file_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("identifier", ["..", "../x", "", "0123456789abcdeF", "0123456789abcde", "a/b"])
def test_only_identifiers_name_folders(tmp_path: Path, identifier: str) -> None:
    with pytest.raises(ValueError, match="is no identifier"):
        Folder(tmp_path).run(identifier)


def test_what_is_no_workbook_is_said_how_to_be_sent(app: FastAPI) -> None:
    answer = ask(app, "POST", "/api/scenarios?name=a.xlsx", json={}, headers=HOST)
    assert (answer.status_code, answer.json()) == (
        415,
        {"detail": "Send the workbook as it is, with the content type application/octet-stream."},
    )


def test_a_path_shows_all_it_can_do(app: FastAPI) -> None:
    answer = ask(app, "PUT", "/api/runs/0123456789abcdef", headers=HOST)
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, PATCH")

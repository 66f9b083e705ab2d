"""Connections to a server whose queue is not started: idle, unfinished, too many, and through proxies."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import uvicorn

from planner.serve.access import new_user
from planner.serve.app import create_app
from planner.serve.config import Config
from planner.serve.run import how, is_loopback
from tests.serving import free_port


@contextmanager
def listening(data: Path, *proxies: str) -> Iterator[tuple[Any, int]]:
    """A server in a thread of this process, and its port."""
    app, port = create_app(Config(data=data)), free_port()
    settings = how(app, "127.0.0.1", port, proxies, json_log=False)
    settings.lifespan = "off"
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield app, port
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()  # it ends, whatever is still open
        app.state.server.store.close()


def test_idle_connections_and_endless_uploads_do_not_stop_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.serve.connections.PATIENCE", 1.0)
    monkeypatch.setattr("planner.serve.connections.MOST", 50)
    monkeypatch.setattr("planner.serve.run._LAST_WORDS", 1)
    with listening(tmp_path) as (app, port):
        idle = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(80)]
        slow = socket.create_connection(("127.0.0.1", port), 5)
        upload = socket.create_connection(("127.0.0.1", port), 5)
        head = f"POST /api/scenarios?name=a.xlsx HTTP/1.1\r\nHost: localhost:{port}\r\n"
        with contextlib.suppress(OSError):
            upload.sendall(
                f"{head}Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\nPK".encode()
            )
            slow.sendall(b"GET /runs HTTP/1.1\r\n")
        ends, answer = time.monotonic() + 30, 0
        while answer != 200 and time.monotonic() < ends:
            with contextlib.suppress(httpx.TransportError):
                answer = httpx.get(f"http://localhost:{port}/runs", timeout=5).status_code
        assert answer == 200
        # Those that said nothing, or not enough, are closed.
        for one in (idle[0], idle[-1], slow):
            one.settimeout(10)
            with contextlib.suppress(ConnectionError):
                assert one.recv(100) == b""
        assert app.state.server.store.scenarios() == []
        for one in (*idle, slow):
            one.close()
    upload.close()


def test_connection_is_kept_between_requests(tmp_path: Path) -> None:
    with listening(tmp_path) as (_, port), httpx.Client(base_url=f"http://localhost:{port}") as client:
        for _ in range(3):
            assert client.get("/healthz").text == "ok\n"


def test_body_that_stops_coming_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.serve.safety._SILENCE", 0.1)
    app = create_app(Config(data=tmp_path))
    sent: list[dict[str, Any]] = []

    async def go() -> None:
        parts = iter([{"type": "http.request", "body": b"PK", "more_body": True}])

        async def receive() -> dict[str, Any]:
            for part in parts:
                return part
            await anyio.sleep(60)
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"content-type", b"application/octet-stream")]
        scope = {
            "type": "http", "method": "POST", "path": "/api/scenarios", "query_string": b"name=a.xlsx",
            "headers": headers, "http_version": "1.1", "scheme": "http", "server": ("localhost", 80),
        }  # fmt: skip
        await app(scope, receive, send)

    anyio.run(go)
    assert sent[0]["status"] == 408
    assert app.state.server.store.scenarios() == []
    app.state.server.store.close()


@pytest.mark.parametrize(
    ("proxies", "secure", "address"), [([], False, "127.0.0.1"), (["127.0.0.1"], True, "203.0.113.9")]
)
def test_forwarded_headers_count_from_named_proxies_only(
    tmp_path: Path, proxies: list[str], secure: bool, address: str
) -> None:
    """Whose address is noted, and whether cookies are for TLS: what a stranger says of either does not count."""
    with listening(tmp_path, *proxies) as (app, port):
        people = app.state.server.store.people
        new_user(app.state.server.store, "asha", "administrator", "four words of mine")
        headers = {"x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https"}
        sent = {"name": "asha", "password": "four words of mine"}
        answer = httpx.post(f"http://localhost:{port}/sign-in", data=sent, headers=headers)
        assert answer.status_code == 303
        assert ("Secure" in answer.headers["set-cookie"]) is secure
        assert [one.address for one in people.trail()] == [address]


def test_which_addresses_are_this_machines_alone() -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "planner.example")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip

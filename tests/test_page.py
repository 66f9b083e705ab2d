"""The page without a console."""

from __future__ import annotations

import http.server
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from planner import terminal
from planner.cli import page


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that the browser was opened at."""
    found: list[str] = []
    monkeypatch.setattr(page.webbrowser, "open", found.append)
    return found


def test_a_page_that_runs_is_opened_and_not_started_again(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(page, "PORT", server.server_port)
        assert page.main() == 0
        server.shutdown()
    assert opened == [f"http://localhost:{server.server_port}/"]


def test_it_starts_without_a_console(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unused_port: int
) -> None:
    """As Windows starts it: no streams to write to, so that what is said goes to a log."""
    import planner.cli
    import planner.serve.config

    asked: list[Any] = []

    def command(arguments: list[str]) -> int:
        asked.extend(arguments)
        terminal.say("started")
        return 0

    monkeypatch.setattr(planner.cli, "main", command)
    monkeypatch.setattr(planner.serve.config, "default_data", lambda: tmp_path)
    monkeypatch.setattr(page, "PORT", unused_port)
    monkeypatch.setattr(page, "open_once_there", lambda _: None)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert page.main() == 0
    log = sys.stdout
    assert log is not None
    log.close()
    assert asked == ["serve", "--port", str(unused_port)]
    assert (tmp_path / "page.log").read_text(encoding="utf-8") == "started\n"


@pytest.fixture
def unused_port() -> int:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        return server.server_port

"""What every request must pass before anything of it is read, and what every answer carries.

Who may call: browsers that use one of the server's own names (against DNS rebinding), and for anything that changes
something, from the server's own pages only (against other sites' forms and scripts). How much: no more than a workbook
may be large. Answers allow scripts, styles and pictures from here only.
"""

from __future__ import annotations

import asyncio
import html
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ENVELOPE = 2**20
"""Bytes that a form may have beside the file in it."""

_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


_SILENCE = 30.0
"""Seconds in which more of a body must come."""

_TOO_SLOW = "The rest of this did not come within half a minute; nothing of it was kept. Try again."

_PROBES = ("/healthz", "/readyz")


class UnreadError(Exception):
    """The rest of a body is not read."""


def path_of(scope: Scope) -> str:
    """The path of a request without the prefix."""
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return path or "/"


class _Body:
    """The body of a request as it comes in: `refused` is 413 once it is too large, 408 once it has stopped coming."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left, self._whole = receive, most, False
        self.refused = 0

    async def receive(self) -> Message:
        """The next part. Raises UnreadError."""
        try:
            message = await asyncio.wait_for(self._receive(), None if self._whole else _SILENCE)
        except TimeoutError:
            self.refused = 408
            raise UnreadError from None
        self._left -= len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._left < 0:
            self.refused = 413
            raise UnreadError
        return message


class Guard:
    """Lets through what is safe, and adds the headers to what comes back."""

    def __init__(
        self,
        app: App,
        hosts: tuple[str, ...],
        largest_upload: int,
        prefix: str = "",
        answered: Callable[[Scope, int, float], None] | None = None,
    ) -> None:
        self._app, self._hosts, self._largest = app, hosts, largest_upload + _ENVELOPE
        self._prefix, self._answered = prefix, answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._prefix:
            scope["root_path"] = self._prefix
            if not scope["path"].startswith(f"{self._prefix}/"):
                # Proxies pass paths on with the prefix or without.
                scope["path"] = self._prefix + scope["path"]
        started, status = time.perf_counter(), 0

        async def told(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refused = self._refused(scope, headers)
        if refused is not None:
            await _answer(scope, told, *refused)
        else:
            await self._limited(scope, receive, told)
        if self._answered:
            self._answered(scope, status, time.perf_counter() - started)

    def _refused(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        method, host = scope["method"], headers.get("host", "")
        # Whatever watches the server may call it by its address.
        if _name(host) not in self._hosts and scope["path"].removeprefix(self._prefix) not in _PROBES:
            return 400, f"This server does not answer to the name '{host}'. Start it with --host to give it another."
        if method not in _SAFE and not _from_here(headers, host):
            return 403, "This came from another site. Open the page itself and try again."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._largest:
            return 413, self._too_large()
        return None

    def _too_large(self) -> str:
        return (
            f"A file may have at most {(self._largest - _ENVELOPE) // 2**20} MB. This one is larger; it was not read."
        )

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body, whatever length it says it has."""
        body = _Body(receive, self._largest)

        async def told(message: Message) -> None:
            # What reads the body may take the error for a broken one: its answer is not the right one then.
            if body.refused:
                return
            if message["type"] == "http.response.start":
                message["headers"] = [*self._moved(message.get("headers", [])), *_encoded(_HEADERS)]
            await send(message)

        with suppress(UnreadError):
            await self._app(scope, body.receive, told)
        if body.refused:
            await _answer(scope, send, *((413, self._too_large()) if body.refused == 413 else (408, _TOO_SLOW)))

    def _moved(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Pages go on to other pages by their paths; before these stands the prefix."""
        if not self._prefix:
            return headers
        prefix = self._prefix.encode()
        return [
            (name, prefix + value if name == b"location" and value.startswith(b"/") else value)
            for name, value in headers
        ]


def _name(host: str) -> str:
    """The name in a Host header, without the port."""
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and ":" in host else host


def _from_here(headers: dict[str, str], host: str) -> bool:
    """Whether a request comes from a page of this server, or from no browser at all."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


async def _answer(scope: Scope, send: Send, status: int, why: str) -> None:
    if "/api" in scope["path"]:
        kind, body = "application/json", json.dumps({"detail": why})
    else:
        page = "<!doctype html><html lang='en'><meta charset='utf-8'><title>Not done</title><h1>Not done</h1><p>{}</p>"
        kind, body = "text/html; charset=utf-8", page.format(html.escape(why))
    content = body.encode()
    headers = _encoded(_HEADERS | {"content-type": kind, "content-length": str(len(content)), "connection": "close"})
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

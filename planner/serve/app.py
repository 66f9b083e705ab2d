"""The server put together: store, queue, REST API and pages behind the guard."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import compile_path

import planner.version
from planner.errors import PlannerError
from planner.serve import (
    api,
    pages,
    people,
    people_api,
    rolling,
    short_form,
    side_by_side,
    studying,
    together,
    watching,
)
from planner.serve.access import Access, RefusedError
from planner.serve.config import Config
from planner.serve.folder import Folder
from planner.serve.queue import Queue
from planner.serve.safety import Guard, path_of
from planner.serve.service import Server
from planner.serve.store import Store, open_store

STATIC = Path(__file__).with_name("static")
_PAGES = (pages, side_by_side, short_form, studying, rolling, together, people)
ROUTERS = [one.router for one in (api, people_api, *_PAGES, watching)]
_TITLE = "Magnet planner"
_ABOUT = "All that the page does, for programs. Money is base currency, mass kg, shares are 0..1."
_log = logging.getLogger(__name__)


def create_app(config: Config) -> FastAPI:
    """The server as an application that uvicorn runs; the data folder is made where there is none."""
    store, folder = open_store(config.data, config.database), Folder(config.data)
    queue = Queue(config, store, folder)

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        queue.start()
        yield
        queue.stop()
        store.close()

    app = FastAPI(
        title=_TITLE,
        version=planner.version.__version__,
        description=_ABOUT,
        lifespan=alive,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.server = Server(config, store, folder, queue, Access(store, config.users))
    app.state.metrics = watching.Metrics(store, queue)
    app.state.static = _fingerprint()
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", _Static(directory=STATIC), name="static")
    for error, handler in _HANDLERS.items():
        app.add_exception_handler(error, handler)
    _guard(app, config, store)
    return app


def _guard(app: FastAPI, config: Config, store: Store) -> None:
    """What every request passes, innermost first."""
    if config.provider is not None:
        from planner.serve import provider

        app.include_router(provider.router)
        app.state.provider = provider.client(config.provider)
        secret = store.secret(secrets.token_urlsafe(32))
        app.add_middleware(SessionMiddleware, secret_key=secret, session_cookie="planner-provider", max_age=600)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(
        Guard,
        hosts=config.hosts,
        largest_upload=config.largest_upload,
        prefix=config.prefix,
        answered=app.state.metrics.answered,
    )


def _fingerprint() -> str:
    """What changes with the static files, so that browsers may keep those they have."""
    found = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


class _Static(StaticFiles):
    """Static files, whose addresses change with them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file, to be kept for a year."""
        answer = super().file_response(*args, **kwargs)
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


# --- what cannot be done --------------------------------------------------------------------------


async def _refused(request: Request, error: Exception) -> Response:
    status, why = (error.status, error.why) if isinstance(error, RefusedError) else (500, str(error))
    path = path_of(request.scope)
    if status == 401 and not path.startswith(("/api", "/sign-in", "/metrics")):
        to = quote(f"{path}?{request.url.query}" if request.url.query else path) if request.method == "GET" else "/"
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": f"{request.scope['root_path']}/sign-in"})
        return RedirectResponse(f"/sign-in?to={to}", 303)
    return _told(request, status, why)


async def _wrong(request: Request, error: Exception) -> Response:
    return _told(request, 422, str(error))


async def _not_stored(request: Request, error: Exception) -> Response:
    _log.error("the database refused a request: %s", getattr(error, "orig", error))
    why = "The server's database is busy, or its disk is full: nothing was changed. Try again in a minute."
    return _told(request, 503, why, {"retry-after": "30"})


async def _misread(request: Request, error: Exception) -> Response:
    """A request whose parts are not what they must be; what was sent is not repeated, it may be no text at all."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    problems = [{"loc": list(one["loc"]), "msg": one["msg"], "type": one["type"]} for one in found]
    if path_of(request.scope).startswith("/api"):
        return JSONResponse({"detail": problems}, 422)
    named = ", ".join(str(one["loc"][-1]) for one in problems)
    return _told(request, 422, f"This cannot be read: {named}. Go back, and type it anew.")


_WORDS = {
    404: "There is no such page. It may have been deleted, or have expired.",
    405: "This page cannot do that.",
}


async def _http(request: Request, error: Exception) -> Response:
    """What the framework itself refuses."""
    if not isinstance(error, HTTPException):
        raise error
    why = _WORDS.get(error.status_code, str(error.detail))
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == 405 and (methods := _methods(request)):
        headers["allow"] = ", ".join(sorted(methods))
    return _told(request, error.status_code, why, headers)


_HANDLERS: dict[type[Exception], Any] = {
    RefusedError: _refused,
    PlannerError: _wrong,
    SQLAlchemyError: _not_stored,
    RequestValidationError: _misread,
    HTTPException: _http,
}


def _methods(request: Request) -> set[str]:
    """All methods that a path of the API takes: the framework tells those of its first route only."""
    found: set[str] = set()
    for template, operations in request.app.openapi()["paths"].items():
        if compile_path(template)[0].match(path_of(request.scope)):
            found |= {method.upper() for method in operations}
    return found


def _told(request: Request, status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    """Why something was not done: as JSON for programs, as a page for people."""
    if path_of(request.scope).startswith("/api"):
        return JSONResponse({"detail": why}, status, headers)
    return HTMLResponse(pages.render(request, "error.html", status=status, why=why), status, headers)

"""The server put together: store, queue, REST API and pages behind the guard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

import planner
from planner.errors import PlannerError
from planner.serve import api, pages, side_by_side
from planner.serve.config import Config
from planner.serve.folder import Folder
from planner.serve.queue import Queue
from planner.serve.safety import Guard
from planner.serve.service import RefusedError, Service
from planner.serve.store import open_store

STATIC = Path(__file__).with_name("static")
_TITLE = "Magnet planner"
_ABOUT = "All that the page does, for programs. Money is base currency, mass kg, shares are 0..1."


def create_app(config: Config) -> FastAPI:
    """The server as an application that uvicorn runs; the data folder is made where there is none."""
    store, folder = open_store(config.data), Folder(config.data)
    queue = Queue(config, store, folder)

    @asynccontextmanager
    async def alive(_: FastAPI) -> AsyncIterator[None]:
        queue.start()
        yield
        queue.stop()
        store.close()

    app = FastAPI(
        title=_TITLE,
        version=planner.__version__,
        description=_ABOUT,
        lifespan=alive,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.service = Service(config, store, folder, queue)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.include_router(side_by_side.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(PlannerError, _wrong)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Guard, hosts=config.hosts, largest_upload=config.largest_upload)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    status, why = (error.status, error.why) if isinstance(error, RefusedError) else (500, str(error))
    return _told(request, status, why)


async def _wrong(request: Request, error: Exception) -> Response:
    return _told(request, 422, str(error))


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


def _methods(request: Request) -> set[str]:
    """All methods that a path of the API takes: the framework tells those of its first route only."""
    found: set[str] = set()
    for template, operations in request.app.openapi()["paths"].items():
        if compile_path(template)[0].match(request.url.path):
            found |= {method.upper() for method in operations}
    return found


def _told(request: Request, status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    """Why something was not done: as JSON for programs, as a page for people."""
    if request.url.path.startswith("/api"):
        return JSONResponse({"detail": why}, status, headers)
    return HTMLResponse(pages.render(request, "error.html", status=status, why=why), status, headers)

"""How the server is doing, for whoever watches it: alive, ready, figures for Prometheus, and a log in lines of JSON.

Nothing here tells what scenarios contain: paths are those of the routes, people are their names.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from planner.serve.access import RefusedError
from planner.serve.api import Here, server_of
from planner.serve.queue import Queue
from planner.serve.store import Store

router = APIRouter(include_in_schema=False)
_requests = logging.getLogger("planner.requests")


@router.get("/healthz")
def alive() -> Response:
    """That the process answers."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz")
def ready(request: Request) -> JSONResponse:
    """Whether work asked for now would be done, and if not why."""
    server = server_of(request)
    try:
        server.store.fact("ready")
        why = server.queue.trouble
    except Exception as error:
        why = f"The database cannot be used ({type(error).__name__})."
    return JSONResponse({"ready": not why, "why": why}, 503 if why else 200)


@router.get("/metrics")
def metrics(request: Request, here: Here) -> Response:
    """Figures for Prometheus; for administrators, where there are users."""
    if not here.person.is_administrator:
        raise RefusedError(403, "Figures of the server are for administrators.")
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE_LATEST)


class Metrics:
    """The figures of one server."""

    def __init__(self, store: Store, queue: Queue) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._count = Counter("planner_requests", "Requests answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "planner_request_seconds", "Seconds to an answer.", ("route",), registry=self._registry
        )
        trouble = Gauge("planner_trouble", "1 while nothing is solved that should be.", registry=self._registry)
        trouble.set_function(lambda: float(bool(queue.trouble)))
        self._registry.register(_Counts(store))

    def text(self) -> bytes:
        """All of them as Prometheus reads them."""
        return generate_latest(self._registry)

    def answered(self, scope: Any, status: int, seconds: float) -> None:
        """Note an answer, in the figures and in the log."""
        route = getattr(scope.get("route"), "path", "other")
        self._count.labels(scope["method"], route, status).inc()
        self._seconds.labels(route).observe(seconds)
        person = scope.get("state", {}).get("person")
        told = {"method": scope["method"], "route": route, "status": status, "ms": round(1000 * seconds, 1)}
        _requests.info("request", extra={"told": told | {"who": person.name if person else ""}})


class _Counts(Collector):
    """How many runs are in each state, counted when asked."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        found = GaugeMetricFamily("planner_runs", "Runs by state.", labels=["state"])
        for state, count in self._store.states().items():
            found.add_metric([state], count)
        yield found

    def describe(self) -> list[GaugeMetricFamily]:
        return []


class JsonLines(logging.Formatter):
    """A line of the log as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        told = {"at": when, "level": record.levelname.lower(), "log": record.name, "message": record.getMessage()}
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told | getattr(record, "told", {}), ensure_ascii=False)


def log_as_json() -> None:
    """Have all be logged, each request as well, as JSON on the error stream."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _requests.setLevel(logging.INFO)
    logging.getLogger("planner.serve").setLevel(logging.INFO)

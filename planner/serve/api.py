"""The REST API: all that the page does, for programs. Its own page is /api/docs."""

from __future__ import annotations

import pathlib
import tempfile
from typing import Annotated, Any, BinaryIO, Literal, cast
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from planner.scenario.bundled import bundled
from planner.serve import schemas, work
from planner.serve.access import Person, RefusedError
from planner.serve.folder import ANNOTATED, CHECK, ROWS, plain_text, read_json, safe_name
from planner.serve.service import Server, Service
from planner.serve.store import ADMINISTRATOR, CHECKING, Run, RunState

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WHO = "who"
"""The cookie that says who asks where nobody signs in; the API takes the header X-Who as well."""

SESSION = "planner-session"
"""The cookie of who is signed in."""

_LONGEST_NAME = 60


def server_of(request: Request) -> Server:
    """The server."""
    found: Server = request.app.state.server
    return found


def name_given(request: Request) -> str:
    """The free name of who asks; blank where it was not given."""
    name = request.headers.get("x-who") or unquote(request.cookies.get(WHO, ""))
    return plain_text(name)[:_LONGEST_NAME]


def asks(request: Request) -> Person | None:
    """Who asks; None where they must sign in first."""
    access, address = server_of(request).access, request.client.host if request.client else ""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.casefold() == "bearer":
        return access.of_token(token.strip(), address)
    if access.closed:
        return access.of_session(request.cookies.get(SESSION, ""), address)
    return Person(None, name_given(request), ADMINISTRATOR, address=address)


def service_of(request: Request) -> Service:
    """What who asks can do. Refused where they must sign in first."""
    person = asks(request)
    if person is None:
        raise RefusedError(401, "Sign in first: programs with the header 'Authorization: Bearer TOKEN'.")
    request.state.person = person
    return Service(server_of(request), person)


Here = Annotated[Service, Depends(service_of)]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]

MISSING: dict[int | str, dict[str, Any]] = {404: {"model": schemas.Refusal, "description": "there is none"}}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": schemas.Refusal, "description": "not in this state"}}
GUARDED: dict[int | str, dict[str, Any]] = {
    401: {"model": schemas.Refusal, "description": "not signed in"},
    429: {"model": schemas.Refusal, "description": "too much at once"},
    503: {"model": schemas.Refusal, "description": "not now"},
    400: {"model": schemas.Refusal, "description": "not a request that can be read"},
    403: {"model": schemas.Refusal, "description": "from another site, or not yours to do"},
    413: {"model": schemas.Refusal, "description": "larger than may be"},
}


def _gives(kind: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "object"} if kind == "application/json" else {"type": "string", "format": "binary"}
    return {200: {"content": {kind: {"schema": schema}}, "description": "the file"}}


router = APIRouter(prefix="/api", responses=GUARDED, dependencies=[Depends(service_of)])


# --- scenarios ------------------------------------------------------------------------------------


@router.get("/bundled", tags=["scenarios"])
def list_bundled() -> list[schemas.BundledOut]:
    """The scenarios that come with the planner."""
    return [schemas.BundledOut(name=one.name, title=one.title, strategies=list(one.strategies)) for one in bundled()]


@router.post("/bundled/{name}", status_code=201, tags=["scenarios"], responses=MISSING)
def open_bundled(name: Annotated[str, Path(max_length=100)], here: Here) -> schemas.ScenarioOut:
    """Open a bundled scenario, to be looked at and solved."""
    return schemas.ScenarioOut(**schemas.scenario_out(here.open_bundled(name)))


@router.get("/template.xlsx", tags=["scenarios"], response_class=FileResponse, responses=_gives(WORKBOOK))
def template(here: Here) -> FileResponse:
    """A workbook to fill in."""
    return FileResponse(here.template(), media_type=WORKBOOK, filename="template.xlsx")


@router.get("/starter.xlsx", tags=["scenarios"], response_class=FileResponse, responses=_gives(WORKBOOK))
def starter(here: Here) -> FileResponse:
    """The short form of a workbook to fill in: six sheets in plain words."""
    return FileResponse(here.starter(), media_type=WORKBOOK, filename="starter.xlsx")


@router.get("/scenarios", tags=["scenarios"])
def list_scenarios(
    here: Here, most: Annotated[int, Query(ge=1, le=500)] = 100, skip: Annotated[int, Query(ge=0, le=10**9)] = 0
) -> list[schemas.ScenarioOut]:
    """Scenarios, newest first."""
    return [schemas.ScenarioOut(**schemas.scenario_out(row)) for row in here.store.scenarios(most, skip, here.viewer)]


_BYTES = "application/octet-stream"
_BODY = {"content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}}, "required": True}


@router.post(
    "/scenarios",
    status_code=201, tags=["scenarios"], openapi_extra={"requestBody": _BODY},
    responses={
        415: {"model": schemas.Refusal, "description": "not sent as a workbook"},
        507: {"model": schemas.Refusal, "description": "no room on the disk"},
    },
)  # fmt: skip
async def upload(
    request: Request,
    name: Annotated[str, Query(min_length=1, max_length=300, description="the file's name, such as my.xlsx")],
    here: Here,
) -> schemas.ScenarioOut:
    """Upload a workbook, the body being the file itself; it is checked next."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in (_BYTES, WORKBOOK):
        raise RefusedError(415, f"Send the workbook as it is, with the content type {_BYTES}.")
    with tempfile.SpooledTemporaryFile(2**20) as content:
        async for part in request.stream():
            content.write(part)
        content.seek(0)
        scenario = await run_in_threadpool(here.upload, name, cast(BinaryIO, content))
    return schemas.ScenarioOut(**schemas.scenario_out(scenario))


@router.get("/scenarios/{identifier}", tags=["scenarios"], responses=MISSING)
def scenario(identifier: Id, here: Here) -> schemas.ScenarioDetail:
    """A scenario, with its problems or its picture."""
    row = here.scenario(identifier)
    check = read_json(here.folder.scenario(identifier) / CHECK) if row.state != CHECKING else None
    return schemas.ScenarioDetail(**schemas.scenario_out(row), check=check)


@router.get("/scenarios/{identifier}/rows", tags=["scenarios"], responses=MISSING)
def rows(identifier: Id, here: Here) -> dict[str, Any]:
    """Every table of a scenario: its fields, and its rows as they stand, which a what-if may change."""
    here.scenario(identifier)
    found = read_json(here.folder.scenario(identifier) / ROWS)
    if found is None:
        raise RefusedError(404, "This scenario has problems, or was checked by an earlier version.")
    return _object(found)


@router.get(
    "/scenarios/{identifier}/workbook.xlsx",
    tags=["scenarios"], response_class=FileResponse, responses=MISSING | _gives(WORKBOOK),
)  # fmt: skip
def workbook(identifier: Id, here: Here) -> FileResponse:
    """The scenario as a workbook, as it was uploaded or made."""
    row = here.scenario(identifier)
    return _file(here.folder.scenario(identifier) / row.file, row.name, WORKBOOK)


@router.get(
    "/scenarios/{identifier}/annotated.xlsx",
    tags=["scenarios"], response_class=FileResponse, responses=MISSING | _gives(WORKBOOK),
)  # fmt: skip
def annotated(identifier: Id, here: Here) -> FileResponse:
    """The workbook with each cell in question marked."""
    row = here.scenario(identifier)
    name = f"{row.name.removesuffix('.xlsx')} marked.xlsx"
    return _file(here.folder.scenario(identifier) / ANNOTATED, name, WORKBOOK)


@router.delete("/scenarios/{identifier}", status_code=204, tags=["scenarios"], responses=MISSING | CONFLICT)
def delete_scenario(identifier: Id, here: Here) -> None:
    """Delete a scenario and its runs."""
    here.delete_scenario(here.scenario(identifier))


# --- runs -----------------------------------------------------------------------------------------


@router.get("/runs", tags=["runs"])
def list_runs(
    here: Here,
    search: Annotated[str, Query(max_length=200, description="words in label, scenario, strategy or name")] = "",
    state: Annotated[Literal[""] | RunState, Query(description="blank: any")] = "",
    most: Annotated[int, Query(ge=1, le=500)] = 50,
    skip: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> schemas.RunPage:
    """Runs, newest first."""
    places = here.positions()
    found = here.store.runs(search, state, most, skip, here.viewer)
    runs = [schemas.run_out(run, places.get(run.id)) for run, _ in found]
    return schemas.RunPage(runs=runs, total=here.store.count(search, state, here.viewer))


@router.post("/runs", status_code=201, tags=["runs"], responses=MISSING)
def start(wanted: schemas.RunRequest, here: Here) -> schemas.RunOut:
    """Put a scenario in the queue to be solved; one that is still being checked is solved once it is found good."""
    row = here.scenario(wanted.scenario)
    run = here.start(row, [wanted.strategy], wanted.options.model_dump(), wanted.label)[0]
    return _told(here, run)


@router.get("/runs/{identifier}", tags=["runs"], responses=MISSING)
def run(identifier: Id, here: Here) -> schemas.RunOut:
    """A run."""
    return _told(here, here.run(identifier))


@router.get("/runs/{identifier}/progress", tags=["runs"], responses=MISSING)
def progress(identifier: Id, here: Here) -> schemas.ProgressOut:
    """A run and the course of its solve."""
    row = here.run(identifier)
    points = [
        schemas.PointOut(seconds=one.seconds, incumbent=one.incumbent, bound=one.bound, gap=one.gap)
        for one in here.store.points(identifier)
    ]
    return schemas.ProgressOut(run=_told(here, row), points=points)


@router.patch("/runs/{identifier}", tags=["runs"], responses=MISSING)
def rename(identifier: Id, wanted: schemas.LabelRequest, here: Here) -> schemas.RunOut:
    """Give a run another label."""
    here.rename(here.run(identifier), wanted.label)
    return _told(here, here.run(identifier))


@router.post("/runs/{identifier}/stop", tags=["runs"], responses=MISSING | CONFLICT)
def stop(identifier: Id, here: Here) -> schemas.RunOut:
    """End a run: one that waits is dropped, one that runs ends with the best plan so far."""
    here.stop(here.run(identifier))
    return _told(here, here.run(identifier))


@router.delete("/runs/{identifier}", status_code=204, tags=["runs"], responses=MISSING | CONFLICT)
def delete_run(identifier: Id, here: Here) -> None:
    """Delete a run that is not being solved."""
    here.delete_run(here.run(identifier))


@router.post("/runs/{identifier}/what-if", status_code=201, tags=["runs"], responses=MISSING | CONFLICT)
def what_if(identifier: Id, wanted: schemas.WhatIfRequest, here: Here) -> schemas.RunOut:
    """Solve a run's scenario once more with some cells changed."""
    changes = [change.model_dump() for change in wanted.changes]
    return _told(here, here.what_if(here.run(identifier), changes, wanted.label))


@router.post("/runs/{identifier}/repairs/{number}", status_code=201, tags=["runs"], responses=MISSING | CONFLICT)
def repair(identifier: Id, number: Annotated[int, Path(ge=1, le=100)], here: Here) -> schemas.RunOut:
    """Solve the scenario of a run that had no plan once more, with a repair made (1 is the first)."""
    return _told(here, here.repair(here.run(identifier), number))


@router.post("/studies", status_code=201, tags=["runs"], responses=MISSING | CONFLICT)
def study(wanted: schemas.StudyRequest, here: Here) -> schemas.RunOut:
    """Put a study of a scenario, or of a run's plan, in the queue; it is followed, stopped and read like a run."""
    base = here.run(wanted.run) if wanted.run else None
    scenario = here.scenario_of(base) if base is not None else here.scenario(wanted.scenario or "")
    options = {"gap": wanted.gap, "time_limit": wanted.time_limit}
    made = here.study(scenario, wanted.asked, options, wanted.label, strategy=wanted.strategy, base=base)
    return _told(here, made)


# --- what a run came to ---------------------------------------------------------------------------


@router.get("/runs/{identifier}/answer", tags=["answers"], responses=MISSING)
def answer(identifier: Id, here: Here) -> dict[str, Any]:
    """The summary of a plan: what was asked, sentences, figures, provenance."""
    return _object(here.read(here.run(identifier), work.ANSWER))


@router.get("/runs/{identifier}/explanation", tags=["answers"], responses=MISSING)
def explanation(identifier: Id, here: Here) -> dict[str, Any]:
    """Of a run that has no plan: the rows that cannot all hold, and repairs."""
    return _object(here.read(here.run(identifier), work.EXPLAINED))


@router.get("/runs/{identifier}/charts", tags=["answers"], responses=MISSING)
def charts(identifier: Id, here: Here) -> list[dict[str, Any]]:
    """The figures of a plan's charts."""
    found: list[dict[str, Any]] = here.read(here.run(identifier), work.PICTURES)
    return found


@router.get("/runs/{identifier}/months", tags=["answers"], responses=MISSING)
def months(identifier: Id, here: Here) -> dict[str, Any]:
    """A plan month by month: grids of what is ordered, arrives, is paid, built, waits and is lost, by future."""
    return _object(here.read(here.run(identifier), work.MONTHS))


@router.get("/runs/{identifier}/tables/{table}", tags=["answers"], responses=MISSING)
def table(identifier: Id, table: Annotated[str, Path(pattern=r"^[a-z_]{1,40}$")], here: Here) -> dict[str, Any]:
    """A table of a plan, as the report shows it."""
    return _object(here.read(here.run(identifier), f"{work.TABLES}/{table}.json"))


@router.get(
    "/runs/{identifier}/plan.json",
    tags=["answers"], response_class=FileResponse, responses=MISSING | _gives("application/json"),
)  # fmt: skip
def plan(identifier: Id, here: Here) -> FileResponse:
    """The plan as JSON, as `planner solve --json` writes it."""
    row = here.run(identifier)
    return _file(here.file(row, work.PLAN), _named(here, row, "json"), "application/json")


@router.get(
    "/runs/{identifier}/report.xlsx",
    tags=["answers"], response_class=FileResponse, responses=MISSING | _gives(WORKBOOK),
)  # fmt: skip
def report(identifier: Id, here: Here) -> FileResponse:
    """The report: the plan, or why there is none, as a workbook."""
    row = here.run(identifier)
    return _file(here.file(row, work.REPORT), _named(here, row, "xlsx"), WORKBOOK)


@router.get(
    "/runs/{identifier}/charts.zip",
    tags=["answers"], response_class=FileResponse, responses=MISSING | CONFLICT | _gives("application/zip"),
)  # fmt: skip
def charts_zip(identifier: Id, here: Here) -> FileResponse:
    """The charts as PNG files and a page that works offline."""
    row = here.run(identifier)
    return _file(here.charts(row), _named(here, row, "zip"), "application/zip")


# --- comparisons ----------------------------------------------------------------------------------


@router.post("/comparisons", status_code=201, tags=["comparisons"], responses=MISSING | CONFLICT)
def compare(wanted: schemas.ComparisonRequest, here: Here) -> schemas.ComparisonOut:
    """Put strategies × scenarios in the queue to be solved."""
    scenarios = [here.scenario(identifier) for identifier in wanted.scenarios]
    made = here.compare(scenarios, wanted.strategies, wanted.options.model_dump(), wanted.label)
    return comparison(made.id, here)


@router.get("/comparisons", tags=["comparisons"])
def list_comparisons(here: Here, most: Annotated[int, Query(ge=1, le=100)] = 20) -> list[schemas.ComparisonOut]:
    """Comparisons, newest first."""
    return [comparison(row.id, here) for row in here.store.comparisons(most, here.viewer)]


@router.get("/comparisons/{identifier}", tags=["comparisons"], responses=MISSING)
def comparison(identifier: Id, here: Here) -> schemas.ComparisonOut:
    """A comparison and its cells."""
    row = here.comparison(identifier)
    return schemas.comparison_out(row, [_told(here, run) for run, _ in here.store.cells(identifier, here.viewer)])


@router.get("/differences", tags=["comparisons"], responses=MISSING)
def differences(
    a: Annotated[schemas.Identifier, Query()], b: Annotated[schemas.Identifier, Query()], here: Here
) -> list[str]:
    """What the plans of two runs differ in, row by row."""
    return [str(one) for one in here.differences(here.run(a), here.run(b))]


def _told(here: Service, row: Run) -> schemas.RunOut:
    return schemas.run_out(row, here.position(row))


def _object(found: Any) -> dict[str, Any]:
    return dict(found)


def _named(here: Service, row: Run, ending: str) -> str:
    """What a result is called when it is saved."""
    stem = here.scenario_of(row).name.removesuffix(".xlsx")
    parts = [stem, *([row.strategy] if row.strategy else []), "plan"]
    return safe_name(f"{' '.join(parts)}.{ending}", f"plan.{ending}")


def _file(path: pathlib.Path, name: str, kind: str) -> FileResponse:
    if not path.is_file():
        raise RefusedError(404, "There is no such file.")
    return FileResponse(path, media_type=kind, filename=name)

"""The pages of the next period: moving on from a run, the mapping of what was uploaded, the plans of one scenario."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from planner.serve import work
from planner.serve.access import RefusedError
from planner.serve.api import Here, Id
from planner.serve.child import limited
from planner.serve.folder import plain_text, read_json, remove, safe_name, write_json
from planner.serve.moving import ANSWERS, MOVED, UPLOADED, keep
from planner.serve.pages import about_run, own_form, page_of, to
from planner.serve.queue import source_of
from planner.serve.service import Service
from planner.serve.store import WORKBOOK_FILE, Run, Scenario, new_id

_ENDINGS = (".xlsx", ".csv", ".txt", ".tsv")
_LINK = "next.json"
"""In a run's folder: the scenarios that were made from its plan. In a scenario's: the run that it goes on from."""

_ASKED = "asked.json"
"""In the folder of what was uploaded: the questions that were asked of it."""

_LONGEST = 200
"""Characters of an answer that are kept."""

_STAGED = "next"
"""In a run's folder: begins the name of the folder of what somebody has uploaded for the next period."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(own_form)])


# --- moving on ----------------------------------------------------------------------------------------


@router.get("/runs/{identifier}/next")
def next_period(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """How to go on from a plan, and the plans before and after it."""
    return _page(request, here, identifier)


@router.post("/runs/{identifier}/next")
def move_on(
    request: Request,
    identifier: Id,
    here: Here,
    month: Annotated[str, Form(max_length=10)],
    future: Annotated[str, Form(max_length=500)] = "",
    periods: Annotated[str, Form(pattern="same|shrink")] = "shrink",
    actuals: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Make the scenario of the next period from a plan, and what came; ask for what is not mapped."""
    run = _planned(here, identifier)
    _stage(here, run, [file for file in actuals or [] if file.filename])
    return _moved(request, here, run, {"to": month, "future": future or None, "periods": periods})


@router.post("/runs/{identifier}/next/mapping")
def keep_answers(
    request: Request, identifier: Id, here: Here, answer: Annotated[list[str], Form(max_length=10_000)]
) -> Response:
    """Keep what the export's names are here, and go on."""
    run = _planned(here, identifier)
    asked = read_json(_staged(here, run) / _ASKED)
    if asked is None or len(answer) != len(asked["questions"]):
        raise RefusedError(409, "Something else is asked for now. Choose the files of actuals again.")
    answers = [
        (question["what"], question["sheet"], question["theirs"], plain_text(ours)[:_LONGEST])
        for question, ours in zip(asked["questions"], answer, strict=True)
        if ours.strip()
    ]
    keep(_staged(here, run), answers)
    if here.may_change(here.scenario_of(run)):
        keep(here.folder.scenario(run.scenario), answers)
    return _moved(request, here, run, asked["wanted"])


def _planned(here: Service, identifier: str) -> Run:
    run = here.run(identifier)
    if not run.has_plan:
        raise RefusedError(404, "This run has no plan to go on from.")
    here.may_plan()
    return run


def _staged(here: Service, run: Run) -> Path:
    return here.folder.run(run.id) / f"{_STAGED}-{here.person.id or 'anyone'}"


def _stage(here: Service, run: Run, files: Sequence[UploadFile]) -> None:
    """Put uploaded files where they are read, in place of those of before."""
    home, mapping = _staged(here, run), here.folder.scenario(run.scenario) / ANSWERS
    remove(home)
    home.mkdir()
    if mapping.is_file():
        shutil.copy2(mapping, home / ANSWERS)
    for file in files:
        name = safe_name(file.filename or "", "actuals.xlsx")
        if not name.casefold().endswith(_ENDINGS):
            raise RefusedError(422, f"'{name}' is no workbook (.xlsx) or CSV file. Choose what the ERP exports as one.")
        (home / UPLOADED).mkdir(exist_ok=True)
        with (home / UPLOADED / name).open("wb") as target:
            shutil.copyfileobj(file.file, target, 2**20)


def _moved(request: Request, here: Service, run: Run, wanted: dict[str, Any]) -> Response:
    """Have the scenario made; its run's page, or what has to be answered or mended first."""
    home, scenario = _staged(here, run), here.scenario_of(run)
    job = wanted | {
        "folder": str(home), "source": source_of(here.folder, scenario), "strategy": run.strategy,
        "plan": str(here.folder.run(run.id) / work.PLAN), "out": str(home / WORKBOOK_FILE),
    }  # fmt: skip
    found = limited({"moved": job}, here.config.check_seconds, here.config.check_memory, threading.Event())
    if isinstance(found, str):
        raise RefusedError(409, "The actuals are too large to be read here. Upload fewer rows, or a shorter time.")
    if found["state"] == "asked":
        write_json(home / _ASKED, {"wanted": wanted, "questions": found["questions"]})
        return page_of(request, "next_mapping.html", questions=found["questions"], **about_run(here, run.id))
    if found["state"] == "wrong":
        return _page(request, here, run.id, problems=found["problems"], wanted=wanted)
    made = _taken_in(here, run, scenario)
    remove(home)
    return to(f"/runs/{made.id}")


def _taken_in(here: Service, run: Run, old: Scenario) -> Run:
    """The scenario that was made as one of the server's own, and its run."""
    home, identifier = _staged(here, run), new_id()
    target = here.folder.scenario(identifier)
    month = read_json(home / MOVED)["to"]
    for name in (WORKBOOK_FILE, MOVED, ANSWERS):
        if (home / name).is_file():
            shutil.move(home / name, target / name)
    write_json(target / _LINK, {"run": run.id})
    made = here.take_in(identifier, f"{Path(old.name).stem} from {month}.xlsx")
    linked = read_json(here.folder.run(run.id) / _LINK) or []
    write_json(here.folder.run(run.id) / _LINK, [*linked, identifier])
    here.note("moved on from", f"run {run.id}")
    return here.start(made, [None], run.options, f"from {month}", base=run.id)[0]


# --- the page -----------------------------------------------------------------------------------------


def _page(request: Request, here: Service, identifier: str, **more: Any) -> HTMLResponse:
    about = about_run(here, identifier)
    run: Run = about["run"]
    if not run.has_plan:
        raise RefusedError(404, "This run has no plan to go on from.")
    months, futures = _column(here, run, "shortage", "month"), _column(here, run, "futures", "future")
    values = {"problems": [], "wanted": {}} | more
    origin = read_json(here.folder.scenario(run.scenario) / MOVED)
    return page_of(
        request, "next_period.html", months=months[1:], futures=futures, origin=origin, timeline=timeline(here, run),
        **about, **values,
    )  # fmt: skip


def _column(here: Service, run: Run, table: str, name: str) -> list[str]:
    """The values of a column of a plan's table, each once and in order."""
    found = here.read(run, f"{work.TABLES}/{table}.json")
    place = next(index for index, column in enumerate(found["columns"]) if column["name"] == name)
    return sorted({str(row[place]) for row in found["rows"]})


@dataclass(frozen=True)
class Step:
    """A scenario of a family with its runs: `depth` counts how often it was moved on."""

    scenario: Scenario
    runs: list[Run]
    depth: int
    month: str


def timeline(here: Service, run: Run) -> list[Step]:
    """The plans of one family: from its first scenario on, each with the scenarios that go on from its runs."""
    first = here.scenario_of(run)
    seen = {first.id}
    while (before := _before(here, first)) is not None and before.id not in seen:
        first = before
        seen.add(first.id)
    return _steps(here, first, 0, set())


def _before(here: Service, scenario: Scenario) -> Scenario | None:
    """The scenario that one goes on from, where they may see it and it is still there."""
    link = read_json(here.folder.scenario(scenario.id) / _LINK)
    run = here.store.run(link["run"], here.viewer) if link else None
    return here.store.scenario(run.scenario, here.viewer) if run else None


def _steps(here: Service, scenario: Scenario, depth: int, seen: set[str]) -> list[Step]:
    seen.add(scenario.id)
    runs = [run for run in here.store.runs_of(scenario.id, here.viewer) if run.study is None]
    moved = read_json(here.folder.scenario(scenario.id) / MOVED)
    found = [Step(scenario, runs, depth, moved["to"] if moved else "")]
    for run in sorted(runs, key=lambda run: run.created):
        for identifier in read_json(here.folder.run(run.id) / _LINK) or []:
            after = here.store.scenario(identifier, here.viewer)
            if after is not None and identifier not in seen:
                found += _steps(here, after, depth + 1, seen)
    return found

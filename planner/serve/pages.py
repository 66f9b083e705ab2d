"""The pages: what a person sees, made from the same functions as the REST API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

import planner.version
from planner.present import colours
from planner.present.months import AVERAGE
from planner.scenario.bundled import bundled
from planner.serve import monthly, work
from planner.serve.access import Person, RefusedError, form_key, is_own_form
from planner.serve.api import SESSION, WHO, Here, Id, server_of
from planner.serve.asked import MEANINGS, TITLES
from planner.serve.folder import CHECK, TYPED, read_json
from planner.serve.safety import path_of
from planner.serve.service import Service
from planner.serve.shown import checklist, shown
from planner.serve.store import CHECKING, DONE, INFEASIBLE, Run, RunState
from planner.serve.words import FILTERS, STATES, run_name
from planner.solver.defaults import GAP

_YEAR = 365 * 86400
_A_PAGE = 25
"""Runs on a page of the history."""

_WHY = {"values": ("value", True), "not_taken": ("cost", False), "limits_used": ("", False)}
"""Tables that say why a plan is so, and by what they are sorted: what is worth most and what is nearest, first."""

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= FILTERS
_environment.globals |= {
    "states": STATES,
    "version": planner.version.__version__,
    "run_name": run_name,
    "gap": f"{100 * GAP:g}",
    "study_titles": TITLES,
    "study_meanings": MEANINGS,
}


def render(request: Request, template: str, **values: Any) -> str:
    """A page; everything that goes into it is escaped."""
    person: Person | None = getattr(request.state, "person", None)
    key = escape(form_key(person)) if person else ""
    return _environment.get_template(template).render(
        request=request,
        person=person,
        who=person.name if person else "",
        path=path_of(request.scope),
        root=request.scope.get("root_path", ""),
        static=request.app.state.static,
        form_key=Markup(f'<input type="hidden" name="form-key" value="{key}">') if key else "",  # escaped above
        **values,
    )


async def own_form(request: Request) -> None:
    """Refuse a form of somebody signed in that no page of theirs has sent."""
    session = request.cookies.get(SESSION, "")
    if request.method != "POST" or not session or not server_of(request).access.closed:
        return
    key = (await request.form()).get("form-key", "")
    if path_of(request.scope) != "/sign-in" and not is_own_form(session, str(key)):
        raise RefusedError(403, "This form was not sent by a page of yours. Open the page again and repeat it.")


def page_of(request: Request, template: str, **values: Any) -> HTMLResponse:
    """A page as an answer."""
    return HTMLResponse(render(request, template, **values), headers={"cache-control": "no-store"})


def to(path: str) -> RedirectResponse:
    """Go on to another page, which can be loaded again without doing anything twice."""
    return RedirectResponse(path, 303)


router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(own_form)])


# --- start ------------------------------------------------------------------------------------------


@router.get("/")
def start(request: Request, here: Here) -> HTMLResponse:
    """Bundled scenarios, the template, a place to drop a workbook, and what was done last."""
    mine = [one for one in here.store.scenarios(40, viewer=here.viewer) if not one.changes][:6]
    return page_of(
        request, "start.html", bundled=bundled(), scenarios=mine, runs=here.store.runs(most=6, viewer=here.viewer),
        largest=here.config.largest_upload // 2**20,
    )  # fmt: skip


@router.get("/palette.css")
def palette() -> Response:
    """The colours of the planner's charts and reports, for the style sheet."""
    names = {"ink": colours.INK, "rule": colours.RULE, "faint": colours.FAINT, "warning": colours.WARNING}
    light = names | {f"series-{place}": colour for place, colour in enumerate(colours.PALETTE)}
    dark = {f"series-{place}": colour for place, colour in enumerate(colours.PALETTE_ON_DARK)}
    told = [";".join(f"--{name}:{colour}" for name, colour in one.items()) for one in (light, dark)]
    css = f":root{{{told[0]}}}\n@media screen and (prefers-color-scheme:dark){{:root:not(.paper){{{told[1]}}}}}\n"
    return Response(css, media_type="text/css", headers={"cache-control": "max-age=3600"})


@router.get("/api/docs")
def docs(request: Request, here: Here) -> HTMLResponse:
    """The REST API, to read and try."""
    return page_of(request, "docs.html")


@router.post("/who")
def who(request: Request, who: Annotated[str, Form(max_length=60)] = "") -> RedirectResponse:
    """Remember who asks."""
    back = urlsplit(request.headers.get("referer", "/")).path
    back = back.removeprefix(request.scope.get("root_path", ""))
    answer = to(back if back.startswith("/") and not back.startswith("//") else "/")
    answer.set_cookie(WHO, quote(who.strip()), max_age=_YEAR, samesite="lax", httponly=True)
    return answer


# --- scenarios --------------------------------------------------------------------------------------


@router.post("/scenarios")
def upload(here: Here, workbook: Annotated[UploadFile, File()]) -> RedirectResponse:
    """Take in a workbook, and show what it is."""
    if not workbook.filename:
        raise RefusedError(422, "No file was chosen. Choose a workbook (.xlsx) and try again.")
    return to(f"/scenarios/{here.upload(workbook.filename, workbook.file).id}")


@router.post("/bundled")
def open_bundled(here: Here, name: Annotated[str, Form()]) -> RedirectResponse:
    """Open a bundled scenario."""
    return to(f"/scenarios/{here.open_bundled(name).id}")


@router.get("/scenarios")
def scenarios(request: Request, here: Here) -> HTMLResponse:
    """All scenarios."""
    return page_of(request, "scenarios.html", scenarios=here.store.scenarios(500, viewer=here.viewer))


@router.get("/scenarios/{identifier}")
def scenario(request: Request, identifier: Id, here: Here) -> Response:
    """What is wrong with a scenario, or what it contains, and how to solve it."""
    row = here.scenario(identifier)
    check = read_json(here.folder.scenario(identifier) / CHECK) if row.state != CHECKING else None
    parent = here.store.scenario(row.parent, here.viewer) if row.parent else None
    return page_of(
        request,
        "scenario.html",
        scenario=row,
        check=check,
        parent=parent,
        typed=(here.folder.scenario(identifier) / TYPED).is_file(),
        runs=here.store.runs_of(identifier, here.viewer),
    )


@router.get("/scenarios/{identifier}/state")
def scenario_state(identifier: Id, here: Here) -> Response:
    """Nothing while a scenario is being checked; after that the page is to be loaded anew."""
    return when(here.scenario(identifier).state != CHECKING)


def when(ended: bool) -> Response:
    """Have the browser load the page anew once something has ended, and until then do nothing."""
    return Response(headers={"HX-Refresh": "true"}) if ended else Response(status_code=204)


@router.post("/scenarios/{identifier}/delete")
def delete_scenario(identifier: Id, here: Here) -> RedirectResponse:
    """Delete a scenario and its runs."""
    here.delete_scenario(here.scenario(identifier))
    return to("/scenarios")


@router.post("/scenarios/{identifier}/runs")
def solve(
    identifier: Id,
    here: Here,
    strategy: Annotated[list[str] | None, Form()] = None,
    gap: Annotated[float, Form(gt=0, lt=100)] = 100 * GAP,
    time_limit: Annotated[str, Form(max_length=20)] = "",
    why: Annotated[bool, Form()] = False,
    label: Annotated[str, Form(max_length=200)] = "",
) -> RedirectResponse:
    """Solve a scenario with the strategies ticked: one is a run, several are a comparison."""
    row = here.scenario(identifier)
    options = solve_options(gap, time_limit, why)
    chosen = [name or None for name in strategy or [""]]
    if len(chosen) > 1:
        return to(f"/comparisons/{here.compare([row], chosen, options, label).id}")
    return to(f"/runs/{here.start(row, chosen, options, label)[0].id}")


def solve_options(gap: float, time_limit: str, why: bool) -> dict[str, Any]:
    """Options of a solve from what was typed: the gap in per cent, the limit in seconds or blank."""
    try:
        seconds = float(time_limit) if time_limit.strip() else None
    except ValueError:
        seconds = -1.0
    if seconds is not None and not 0 < seconds <= 1e6:
        raise RefusedError(
            422, f"'{time_limit}' is not a time limit. Type a number of seconds, such as 60, or nothing."
        )
    return {"gap": gap / 100, "time_limit": seconds, "why": why}


# --- runs -------------------------------------------------------------------------------------------


@router.get("/runs")
def runs(
    request: Request,
    here: Here,
    search: Annotated[str, Query(max_length=200)] = "",
    state: RunState | str = "",
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> HTMLResponse:
    """The history."""
    total = here.store.count(search, state, here.viewer)
    found = here.store.runs(search, state, _A_PAGE, (page - 1) * _A_PAGE, here.viewer)
    last = max(1, -(-total // _A_PAGE))
    return page_of(
        request, "runs.html", runs=found, total=total, search=search, state=state, page=page, last=last,
        comparisons=here.store.comparisons(8, here.viewer),
    )  # fmt: skip


def about_run(here: Service, identifier: str) -> dict[str, Any]:
    """What every page of a run shows."""
    run = here.run(identifier)
    scenario = here.scenario_of(run)
    base = here.store.run(run.base, here.viewer) if run.base else None
    return {
        "run": run,
        "scenario": scenario,
        "base": base,
        "position": here.position(run),
        "trouble": here.queue.trouble if here.is_unfinished(run) else "",
        "comments": here.store.comments(run.id),
        "may_change": here.may_change(run),
        "removed": here.removed_at(run),
    }


_TEMPLATES = {DONE: "answer.html", INFEASIBLE: "no_plan.html"}


@router.get("/runs/{identifier}")
def run(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """A run: where it stands, or its answer."""
    about = about_run(here, identifier)
    row: Run = about["run"]
    if row.study is not None and row.state == DONE:
        return page_of(request, "study.html", **about, **_study(here, row))
    if row.state == DONE:
        about["answer"] = here.read(row, work.ANSWER)
        todo = here.read(row, f"{work.TABLES}/now_decisions.json")
        about["todo"] = checklist(todo, about["answer"]["currency"])
        about["charts"] = here.read(row, work.PICTURES)
    if row.state == INFEASIBLE:
        about["explained"] = read_json(here.folder.run(row.id) / work.EXPLAINED)
    return page_of(
        request, "live.html" if here.is_unfinished(row) else _TEMPLATES.get(row.state, "ended.html"), **about
    )


_FIRST_ROWS = 25
"""Rows of a study's table that its page shows."""


def _study(here: Service, run: Run) -> dict[str, Any]:
    """What the page of a study shows."""
    found = here.read(run, work.ANSWER)
    tables = [here.read(run, f"{work.TABLES}/{one['name']}.json") for one in found["tables"]]
    return {"answer": found, "tables": tables, "first": _FIRST_ROWS}


@router.get("/runs/{identifier}/live")
def live(request: Request, identifier: Id, here: Here) -> Response:
    """Where a run stands; once it has ended the page is to be loaded anew."""
    about = about_run(here, identifier)
    if not here.is_unfinished(about["run"]):
        return when(True)
    return page_of(request, "_live_answer.html", **about)


@router.post("/runs/{identifier}/stop")
def stop(identifier: Id, here: Here) -> RedirectResponse:
    """End a run with the best plan so far."""
    here.stop(here.run(identifier))
    return to(f"/runs/{identifier}")


@router.post("/runs/{identifier}/label")
def rename(identifier: Id, here: Here, label: Annotated[str, Form(max_length=200)] = "") -> RedirectResponse:
    """Give a run another label."""
    here.rename(here.run(identifier), label.strip())
    return to(f"/runs/{identifier}")


@router.post("/runs/{identifier}/delete")
def delete_run(identifier: Id, here: Here) -> RedirectResponse:
    """Delete a run."""
    here.delete_run(here.run(identifier))
    return to("/runs")


@router.post("/runs/{identifier}/again")
def again(identifier: Id, here: Here, why: Annotated[bool, Form()] = False) -> RedirectResponse:
    """Solve once more with the same options; with `why` also tell why the plan is so."""
    return to(f"/runs/{here.again(here.run(identifier), why).id}")


def _with_plan(here: Service, identifier: str) -> dict[str, Any]:
    about = _with_tables(here, identifier)
    if about["run"].study is not None:
        raise RefusedError(404, "This is a study: it has no plan to show.")
    return about


def _with_tables(here: Service, identifier: str) -> dict[str, Any]:
    about = about_run(here, identifier)
    if about["run"].state != DONE:
        raise RefusedError(404, "This run has nothing to show.")
    return about | {"answer": here.read(about["run"], work.ANSWER)}


@router.get("/runs/{identifier}/charts")
def charts(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """The charts of a plan."""
    about = _with_plan(here, identifier)
    return page_of(request, "charts.html", charts=here.read(about["run"], work.PICTURES), **about)


@router.get("/runs/{identifier}/tables")
def tables(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """All tables of a plan."""
    return page_of(request, "tables.html", **_with_plan(here, identifier))


@router.get("/runs/{identifier}/tables/{name}")
def table(
    request: Request,
    identifier: Id,
    name: str,
    here: Here,
    search: Annotated[str, Query(max_length=200)] = "",
    sort: Annotated[str, Query(max_length=40)] = "",
    desc: bool = False,
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> HTMLResponse:
    """A table of a plan or a study, sorted and filtered."""
    about = _with_tables(here, identifier)
    if name not in {one["name"] for one in about["answer"]["tables"]}:
        raise RefusedError(404, "This run has no such table.")
    found = here.read(about["run"], f"{work.TABLES}/{name}.json")
    return page_of(request, "table.html", shown=shown(found, search, sort, desc, page), **about)


@router.get("/runs/{identifier}/months")
def months(
    request: Request, identifier: Id, here: Here, future: Annotated[str, Query(max_length=300)] = AVERAGE
) -> HTMLResponse:
    """A plan month by month, on average or in one future."""
    about = _with_plan(here, identifier)
    held = read_json(here.folder.run(identifier) / work.MONTHS)
    if held is None:
        raise RefusedError(404, "This run was solved by an earlier version. Solve it again to see it by month.")
    if future not in held["futures"]:
        raise RefusedError(404, "This plan has no such future.")
    return page_of(request, "months.html", months=held, future=future, grids=monthly.shown(held, future), **about)


@router.get("/runs/{identifier}/why")
def why(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """Why a plan is so."""
    about = _with_plan(here, identifier)
    tables = {name: here.read(about["run"], f"{work.TABLES}/{name}.json") for name in _WHY}
    listed = [shown(tables[name], sort=sort, descending=descending) for name, (sort, descending) in _WHY.items()]
    return page_of(request, "why.html", tables=listed, **about)

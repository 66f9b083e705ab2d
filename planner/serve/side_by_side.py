"""The pages of plans beside each other: what-if, repairs, and strategies × scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from planner.serve import anything, work
from planner.serve.access import RefusedError
from planner.serve.api import Here, Id
from planner.serve.comparing import compared
from planner.serve.folder import CHECK, ROWS, read_json
from planner.serve.pages import about_run, own_form, page_of, solve_options, to, when
from planner.serve.service import Service
from planner.serve.store import GOOD, Run, Scenario
from planner.serve.typed import number, unread
from planner.serve.words import difference
from planner.solver.defaults import GAP

_SIDE_BY_SIDE = ("sourcing", "cost-by-future", "demand", "shortage-by-future", "flows")
"""Charts of two plans that are shown beside each other."""

_WIDE = 6
"""Plans that stand beside each other; of more each is a row."""

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(own_form)])


# --- what-if ----------------------------------------------------------------------------------------


@router.get("/runs/{identifier}/what-if")
def what_if(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """The cells of a run's scenario that can be changed."""
    about = about_run(here, identifier)
    check = read_json(here.folder.scenario(about["scenario"].id) / CHECK)
    if about["scenario"].state != GOOD or check is None or about["run"].study is not None:
        raise RefusedError(409, "Only a scenario without problems can be changed here.")
    groups: dict[str, list[Any]] = {}
    for cell in check["cells"]:
        groups.setdefault(cell["group"], []).append(cell)
    held = read_json(here.folder.scenario(about["scenario"].id) / ROWS) or {}
    listed = {name: one["meaning"] for name, one in held.items()}
    keys = {name: [key for key, _ in held.get(name, {"rows": []})["rows"]] for name in ("segments", "offers")}
    return page_of(request, "what_if.html", groups=groups, tables=listed, **keys, **about)


def _promise(
    promise: Annotated[str, Form(max_length=300)] = "",
    promise_share: Annotated[str, Form(max_length=20)] = "",
    promise_from: Annotated[str, Form(max_length=10)] = "",
    promise_until: Annotated[str, Form(max_length=10)] = "",
) -> list[str]:
    return [promise, promise_share, promise_from, promise_until]


def _order(
    order: Annotated[str, Form(max_length=300)] = "",
    order_period: Annotated[str, Form(max_length=10)] = "",
    order_kg: Annotated[str, Form(max_length=20)] = "",
) -> list[str]:
    return [order, order_period, order_kg]


@router.post("/runs/{identifier}/what-if")
def solve_what_if(
    identifier: Id,
    here: Here,
    cell: Annotated[list[str] | None, Form()] = None,
    value: Annotated[list[str] | None, Form()] = None,
    table: Annotated[list[str] | None, Form()] = None,
    row: Annotated[list[str] | None, Form()] = None,
    field: Annotated[list[str] | None, Form()] = None,
    new: Annotated[list[str] | None, Form()] = None,
    promise: Annotated[list[str] | None, Depends(_promise)] = None,
    order: Annotated[list[str] | None, Depends(_order)] = None,
    label: Annotated[str, Form(max_length=200)] = "",
) -> RedirectResponse:
    """Solve once more with some cells changed, and show both plans side by side."""
    scenario = here.scenario_of(here.run(identifier))
    check = read_json(here.folder.scenario(scenario.id) / CHECK) or {"cells": []}
    now = {one["name"]: one["now"] for one in check["cells"]}
    named = zip(cell or [], value or [], strict=False)
    changes = [_change(name, text, now.get(name, "")) for name, text in named if name]
    held = read_json(here.folder.scenario(scenario.id) / ROWS) or {}
    changes += anything.lines(held, list(zip(table or [], row or [], field or [], new or [], strict=False)))
    changes += anything.promised(held, *promise) if promise else []
    changes += anything.decided(held, *order) if order else []
    if not changes:
        raise RefusedError(422, "No cell was chosen. Choose one and type what it is to say.")
    made = here.what_if(here.run(identifier), changes, label)
    return to(f"/compare?run={identifier}&run={made.id}")


def _change(name: str, value: str, now: str) -> dict[str, str]:
    parts, value = name.split("|"), value.strip()
    if len(parts) < 3:
        raise RefusedError(422, "This is not a cell of the scenario.")
    if value and number(now) is not None:
        found = number(value)
        if found is None:
            raise RefusedError(422, f"The cell holds a number. {unread(value)} Go back to change it.")
        value = f"{found:.15g}"
    return {"table": parts[0], "key": "|".join(parts[1:-1]), "field": parts[-1], "value": value}


@router.post("/runs/{identifier}/repairs/{number}")
def repair(identifier: Id, number: int, here: Here) -> RedirectResponse:
    """Solve once more with a repair made."""
    return to(f"/runs/{here.repair(here.run(identifier), number).id}")


# --- compare ----------------------------------------------------------------------------------------


@router.get("/compare")
def compare(request: Request, here: Here, run: Annotated[list[str] | None, Query(max_length=50)] = None) -> Response:
    """Some runs beside each other."""
    found = [here.run(identifier) for identifier in dict.fromkeys(run or [])]
    if any(one.study is not None for one in found):
        raise RefusedError(422, "Studies have no plan to compare. Go back, and tick plans alone.")
    return _compared(request, here, [(one, here.scenario_of(one)) for one in found], "")


@router.get("/comparisons/new")
def new_comparison(request: Request, here: Here) -> HTMLResponse:
    """Which scenarios and strategies to compare."""
    good = [one for one in here.store.scenarios(100, viewer=here.viewer) if one.state == GOOD]
    return page_of(request, "new_comparison.html", scenarios=good, strategies=_strategies(good))


def _strategies(scenarios: Sequence[Scenario]) -> list[str]:
    return list(dict.fromkeys(name for one in scenarios for name in one.strategies))


@router.post("/comparisons")
def solve_comparison(
    here: Here,
    scenario: Annotated[list[str] | None, Form()] = None,
    gap: Annotated[float, Form(gt=0, lt=100)] = 100 * GAP,
    time_limit: Annotated[str, Form(max_length=20)] = "",
    label: Annotated[str, Form(max_length=200)] = "",
    plain: Annotated[bool, Form()] = False,
) -> RedirectResponse:
    """Solve every strategy of the scenarios ticked; with `plain` each as it stands alone."""
    rows = [here.scenario(identifier) for identifier in scenario or []]
    if not rows:
        raise RefusedError(422, "No scenario was chosen. Tick one or more.")
    options = solve_options(gap, time_limit, False)
    return to(f"/comparisons/{here.compare(rows, [None] if plain else None, options, label).id}")


@router.get("/comparisons/{identifier}")
def comparison(request: Request, identifier: Id, here: Here) -> Response:
    """A comparison: its cells beside each other, while they are solved and after."""
    row = here.comparison(identifier)
    return _compared(request, here, here.store.cells(identifier, here.viewer), row.label or "Strategies compared")


def _compared(request: Request, here: Service, cells: list[tuple[Run, Scenario]], label: str) -> Response:
    unfinished = any(here.is_unfinished(run) for run, _ in cells)
    if "hx-request" in request.headers and not unfinished:
        return when(True)  # the page that follows has charts as well
    found = compared(cells, [here.cell(run) for run, _ in cells])
    pair = _pair(here, [run for run, _ in cells], found.currency) if len(cells) == 2 else None
    return page_of(
        request, "compare.html", cells=cells, found=found, label=label, unfinished=unfinished, pair=pair, wide=_WIDE
    )


def _pair(here: Service, runs: list[Run], currency: str) -> dict[str, Any] | None:
    """What stands side by side of two plans: sentences, charts, and every difference."""
    if any(not run.has_plan for run in runs):
        return None
    pictures = [{one["name"]: one for one in here.read(run, work.PICTURES)} for run in runs]
    return {
        "answers": [here.read(run, work.ANSWER) for run in runs],
        "charts": [[one[name] for one in pictures if name in one] for name in _SIDE_BY_SIDE],
        "differences": [difference(one, currency) for one in here.differences(*runs)],
    }

"""The pages of studies: what can be asked of a scenario or of a run's plan, and the forms in which it is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData

from planner.serve.access import RefusedError
from planner.serve.api import Here, Id
from planner.serve.asked import OF_A_PLAN, TITLES, Asked
from planner.serve.folder import CHECK, read_json
from planner.serve.pages import about_run, own_form, page_of, solve_options, to
from planner.serve.service import Service
from planner.serve.store import GOOD, Run, Scenario
from planner.serve.typed import asked_number

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(own_form)])

_GAP = 0.01
"""The gap of a study in per cent, unless asked otherwise: it tells small differences apart."""

_asked: TypeAdapter[Asked] = TypeAdapter(Asked)


async def form_of(request: Request) -> FormData:
    """What a form sent."""
    return await request.form()


Form = Annotated[FormData, Depends(form_of)]


@router.get("/runs/{identifier}/studies")
def offered(request: Request, identifier: Id, here: Here) -> HTMLResponse:
    """What can be asked of a run's plan and its scenario."""
    about = about_run(here, identifier)
    if not about["run"].has_plan:
        raise RefusedError(404, "This run has no plan to look into.")
    return page_of(request, "studies.html", **about)


@router.get("/scenarios/{identifier}/studies/{kind}")
def of_scenario(request: Request, identifier: Id, kind: str, here: Here) -> HTMLResponse:
    """The form in which a study of a scenario is asked for."""
    return page_of(request, "new_study.html", **_offer(here, here.scenario(identifier), None, kind))


@router.get("/runs/{identifier}/studies/{kind}")
def of_run(request: Request, identifier: Id, kind: str, here: Here) -> HTMLResponse:
    """The same of a run."""
    run = here.run(identifier)
    return page_of(request, "new_study.html", **_offer(here, here.scenario_of(run), run, kind))


def _offer(here: Service, scenario: Scenario, run: Run | None, kind: str) -> dict[str, Any]:
    _refuse_kind(kind)
    check = read_json(here.folder.scenario(scenario.id) / CHECK)
    if scenario.state != GOOD or check is None:
        raise RefusedError(409, "Only a scenario without problems can be asked about.")
    return {
        "scenario": scenario, "of": run, "kind": kind, "check": check, "study_gap": _GAP,
        "of_plan": run is not None and kind in OF_A_PLAN,
    }  # fmt: skip


def _refuse_kind(kind: str) -> None:
    if kind not in TITLES:
        raise RefusedError(404, "There is no such study.")


@router.post("/scenarios/{identifier}/studies/{kind}")
def ask_scenario(identifier: Id, kind: str, here: Here, form: Form) -> RedirectResponse:
    """Put a study of a scenario in the queue."""
    scenario = here.scenario(identifier)
    strategy = _text(form, "strategy") or None
    made = here.study(scenario, read_form(kind, form), _options(form), _text(form, "label"), strategy=strategy)
    return to(f"/runs/{made.id}")


@router.post("/runs/{identifier}/studies/{kind}")
def ask_run(identifier: Id, kind: str, here: Here, form: Form) -> RedirectResponse:
    """Put a study of a run in the queue."""
    run = here.run(identifier)
    made = here.study(here.scenario_of(run), read_form(kind, form), _options(form), _text(form, "label"), base=run)
    return to(f"/runs/{made.id}")


# --- what was typed ---------------------------------------------------------------------------------


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:300] if isinstance(value, str) else ""


def _texts(form: FormData, name: str) -> list[str]:
    return [value.strip() for value in form.getlist(name) if isinstance(value, str) and value.strip()]


def _options(form: FormData) -> dict[str, Any]:
    gap = asked_number(_text(form, "gap"), "Gap, in %", 1e-6, 50, _GAP)
    return solve_options(gap, _text(form, "time_limit"), False)


def read_form(kind: str, form: FormData) -> Asked:
    """What a form asks. Refused, in words, where it cannot be."""
    _refuse_kind(kind)
    try:
        return _asked.validate_python({"study": kind} | _FORMS[kind](form))
    except ValidationError as error:
        what = ", ".join(dict.fromkeys(str(one["loc"][1]) for one in error.errors() if len(one["loc"]) > 1))
        raise RefusedError(
            422, f"This cannot be asked: {what or 'nothing was asked'}. Go back to change it."
        ) from error


def _worth(form: FormData) -> dict[str, Any]:
    cell, decision = _text(form, "break_even"), _text(form, "decision")
    if bool(cell) != bool(decision):
        raise RefusedError(422, "A break-even needs both: a cell, and the decision that it is to turn.")
    parts = _texts(form, "parts")
    if not parts and not cell:
        raise RefusedError(422, "Nothing was ticked. Tick one part or more, or name a cell and a decision.")
    found: dict[str, Any] = {"parts": parts, "break_even": cell or None, "decision": decision or None}
    terms = _texts(form, "terms")
    ends = [_text(form, name) for name in ("low", "high")]
    if all(ends):
        found["between"] = [asked_number(text, "The range", -1e15, 1e15) for text in ends]
    return found | ({"terms": terms} if terms else {})


def _frontier(form: FormData) -> dict[str, Any]:
    listed = [part.strip() for part in _text(form, "values").split(";") if part.strip()]
    if listed:
        return {"over": _text(form, "over"), "values": [_value(text) for text in listed]}
    low, high = (asked_number(_text(form, name), name.capitalize(), -1e15, 1e15) for name in ("from", "to"))
    count = int(asked_number(_text(form, "points"), "How many values", 2, 40, 5))
    values = [f"{low + (high - low) * step / (count - 1):.12g}" for step in range(count)]
    return {"over": _text(form, "over"), "values": values}


def _value(text: str) -> str:
    """A value as it is written in a workbook: a number where it is one, else the word."""
    return f"{asked_number(text, 'A value', -1e15, 1e15):.15g}" if text[:1].isdigit() and "-" not in text else text


def _alternatives(form: FormData) -> dict[str, Any]:
    within = asked_number(_text(form, "within"), "How much more, in %", 1e-4, 100, 1.0) / 100
    return {"within": within, "most": int(asked_number(_text(form, "most"), "How many plans", 2, 30, 10))}


def _stress(form: FormData) -> dict[str, Any]:
    found: dict[str, Any] = {
        "courses": int(asked_number(_text(form, "courses"), "Paths", 1, 10_000, 200)),
        "seed": int(asked_number(_text(form, "seed"), "Seed", 0, 1e9, 1)),
        "policy": _text(form, "policy") or "plan",
        "hindsight": bool(_text(form, "hindsight")),
        "strategies": [None if name == "as it stands" else name for name in _texts(form, "strategies")],
    }
    for name in ("demand", "price", "capacity"):
        found[name] = asked_number(_text(form, name), f"Noise on {name}, in %", 0, 200, 0.0) / 100
    names, weights = form.getlist("future"), form.getlist("weight")
    typed = {str(name): str(text) for name, text in zip(names, weights, strict=False) if str(text).strip()}
    return found | {"weights": {n: asked_number(text, f"Weight of {n}", 0, 1e9) for n, text in typed.items()}}


def _survive(form: FormData) -> dict[str, Any]:
    lengths = _text(form, "lengths").replace(";", ",").split(",")
    return {
        "future": _text(form, "future") or None,
        "impact": _texts(form, "impact") or None,
        "longer": _texts(form, "longer") or None,
        "lengths": [int(asked_number(one, "Length of an outage", 1, 400)) for one in lengths if one.strip()],
    }


_FORMS: dict[str, Callable[[FormData], dict[str, Any]]] = {
    "worth": _worth, "frontier": _frontier, "alternatives": _alternatives, "stress": _stress, "survive": _survive,
}  # fmt: skip

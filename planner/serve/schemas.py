"""What the REST API takes and gives, as its OpenAPI page tells it. Money is base currency, shares are 0..1."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from planner.serve.asked import Asked, writable
from planner.serve.store import Comparison, Run, RunState, Scenario
from planner.solver.defaults import GAP

Label = Annotated[str, StringConstraints(max_length=200), AfterValidator(writable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(writable)]
Note = Annotated[str, StringConstraints(max_length=2000), AfterValidator(writable)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class _Taken(BaseModel):
    """What comes in: nothing unknown, nothing bent into shape."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SolveOptions(_Taken):
    """How far to solve."""

    gap: float = Field(default=GAP, gt=0, lt=1, description="how far above the best possible, as a share")
    time_limit: float | None = Field(default=None, gt=0, le=1e6, description="seconds; null: no limit")
    why: bool = Field(default=False, description="tell what more of anything scarce is worth; takes time")


class RunRequest(_Taken):
    """A scenario to be solved with one of its strategies."""

    scenario: Identifier
    strategy: Text | None = Field(default=None, description="null: the scenario as it stands")
    options: SolveOptions = SolveOptions()
    label: Label = ""


class StudyRequest(_Taken):
    """What is to be found out of a scenario with one of its strategies, or of a run's plan."""

    scenario: Identifier | None = Field(default=None, description="or a run")
    run: Identifier | None = Field(default=None, description="whose plan and strategy are looked into")
    strategy: Text | None = None
    asked: Asked
    gap: float = Field(default=GAP, gt=0, lt=1, description="of each plan at first, as a share")
    time_limit: float | None = Field(default=None, gt=0, le=1e6, description="seconds for each question")
    label: Label = ""


class ComparisonRequest(_Taken):
    """Strategies × scenarios to be solved."""

    scenarios: list[Identifier] = Field(min_length=1, max_length=50)
    strategies: list[Text | None] | None = Field(
        default=None, max_length=50, description="null: all that each scenario has, and none; null in the list: none"
    )
    options: SolveOptions = SolveOptions()
    label: Label = ""


class ChangeRequest(_Taken):
    """A cell to be changed; with the field 'demand factor' the demand of a product line is multiplied."""

    table: Text
    key: Text = Field(description="the row: parts of a compound key joined by /")
    field: Text
    value: Label = Field(description="as one would type it; blank: no value")


class WhatIfRequest(_Taken):
    """Cells of a run's scenario to be changed."""

    changes: list[ChangeRequest] = Field(min_length=1, max_length=3000)
    label: Label = ""


class LabelRequest(_Taken):
    """A run's new label."""

    label: Label


class SharesRequest(_Taken):
    """Whom a scenario is to be shared with."""

    users: list[Identifier] = Field(max_length=200)


class CommentRequest(_Taken):
    """What is to be said of a run."""

    text: Note = Field(min_length=1)


class ApprovalRequest(_Taken):
    """What is noted when a plan is signed off."""

    note: Label = ""


class PersonOut(BaseModel):
    """A user; `id` is null where there are no users."""

    id: str | None
    name: str
    role: str


class CommentOut(BaseModel):
    """What somebody said of a run."""

    who: str
    created: dt.datetime
    text: str


class Refusal(BaseModel):
    """Why something was not done."""

    detail: str


class BundledOut(BaseModel):
    """A scenario that comes with the planner."""

    name: str
    title: str
    strategies: list[str]


class ScenarioOut(BaseModel):
    """A scenario; `state` is checking, good or broken."""

    id: str
    name: str
    title: str
    who: str
    created: dt.datetime
    state: Literal["checking", "good", "broken"]
    bundled: str | None
    parent: str | None
    strategy: str | None
    changes: list[dict[str, str]]
    sha256: str
    currency: str
    strategies: list[str]
    problems: int
    warnings: int


class ScenarioDetail(ScenarioOut):
    """A scenario with its problems and warnings, or what its picture shows; null while it is being checked."""

    check: dict[str, Any] | None


class RunOut(BaseModel):
    """A run; `study` says which study it is, null where it is solved for a plan.

    `position` is its place in the queue, 1 for the next; `figures` are headline figures of its plan.
    """

    id: str
    scenario: str
    comparison: str | None
    base: str | None
    study: str | None
    strategy: str | None
    options: dict[str, Any]
    label: str
    who: str
    created: dt.datetime
    started: dt.datetime | None
    ended: dt.datetime | None
    state: RunState
    status: str
    stage: str
    position: int | None
    incumbent: float | None
    bound: float | None
    gap: float | None
    message: str
    figures: dict[str, Any]
    approver: str | None
    approved: dt.datetime | None
    approval: str


class RunPage(BaseModel):
    """Some of the runs, newest first, and how many there are."""

    runs: list[RunOut]
    total: int


class PointOut(BaseModel):
    """Where a solve stood after some seconds; incumbent and bound in base currency, null before there is one."""

    seconds: float
    incumbent: float | None
    bound: float | None
    gap: float | None


class ProgressOut(BaseModel):
    """The course of a run's solve."""

    run: RunOut
    points: list[PointOut]


class ComparisonOut(BaseModel):
    """A comparison: its cells are runs."""

    id: str
    label: str
    who: str
    created: dt.datetime
    cells: list[RunOut]


def time_of(seconds: float) -> dt.datetime:
    """A moment of the store."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def scenario_out(row: Scenario) -> dict[str, Any]:
    """A scenario's fields as the API gives them."""
    names = [name for name in ScenarioOut.model_fields if name != "created"]
    return {name: getattr(row, name) for name in names} | {"created": time_of(row.created)}


def run_out(row: Run, position: int | None) -> RunOut:
    """A run as the API gives it."""
    moments = {name: getattr(row, name) for name in ("created", "started", "ended", "approved")}
    times = {name: None if moment is None else time_of(moment) for name, moment in moments.items()}
    plain = [name for name in RunOut.model_fields if name not in times and name != "position"]
    return RunOut(**{name: getattr(row, name) for name in plain}, **times, position=position)


def comparison_out(row: Comparison, cells: list[RunOut]) -> ComparisonOut:
    """A comparison as the API gives it."""
    return ComparisonOut(id=row.id, label=row.label, who=row.who, created=time_of(row.created), cells=cells)

"""What of a plan is compared when a figure moves: cost, service, and what is to be done now."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from planner.catalogue.decisions import DECISION
from planner.errors import Fault, Infeasible, InputError, StoppedWithoutPlan
from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.present.figures import service
from planner.present.words import capital, listed
from planner.scenario.load import Loaded
from planner.sensitivity.moves import Move
from planner.solver.outcome import Options, Watcher

_SAME = 0.05
"""Capacity kept, and steps, that differ by less than this share are the same decision."""

Decision = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """A plan's expected cost and CVaR (base currency), its service (0..1) and the amounts of what it does now.

    `note` says why there is no plan; then the figures mean nothing. `complete` is False where it was stopped.
    """

    expected_cost: float = 0.0
    cvar: float = 0.0
    service: float = 0.0
    now: Mapping[Decision, float] = field(default_factory=dict)
    note: str = ""
    complete: bool = True


def answer(
    loaded: Loaded, options: Options, watch: Watcher | None = None, cancel: threading.Event | None = None
) -> Answer:
    """The answer of a scenario as it is.

    Raises Infeasible and the like where it has no plan.
    """
    return _of(make_plan(loaded, options, watch, cancel))


def answer_moved(
    loaded: Loaded,
    moved: Move,
    options: Options,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
) -> Answer:
    """The answer of a scenario with a figure moved, or why there is none."""
    try:
        return answer(moved.applied(loaded), options, watch, cancel)
    except Infeasible:
        return Answer(note="no plan can be")
    except InputError as error:
        return Answer(note=f"cannot be: {error.problems[0].message}")
    except Fault:
        return Answer(note="a fault of the planner: please report it")
    except StoppedWithoutPlan:
        return Answer(note="no plan found in time", complete=cancel is None or not cancel.is_set())


def _of(plan: Plan) -> Answer:
    complete = plan.status != "interrupted"
    return Answer(plan.expected_cost, plan.cvar, service(plan), _now(plan), complete=complete)


def _now(plan: Plan) -> dict[Decision, float]:
    """Every decision for now that is taken, and designs and expansions decided in the first period."""
    tables = plan.tables
    rows = tables["now_decisions"]
    rows = rows[rows["taken"].astype(bool)]
    amounts = rows["kg_per_period"].where(rows["decision"] == "keep", 1.0)
    found = dict(zip(zip(rows["decision"], rows["item"], strict=True), amounts.astype(float), strict=True))
    first = tables["nodes"]["month"].min()
    starts = tables["qualification"]
    found |= {("qualify", design): 1.0 for design in starts.loc[starts["month"] == first, "design"]}
    steps = tables["expansion"]
    begun = steps[steps["month"] == first]
    found |= {("expand", name): float(count) for name, count in zip(begun["expansion"], begun["steps"], strict=True)}
    return found


def change_of_decisions(before: Answer, after: Answer) -> str:
    """What is done otherwise now, in words; '' where nothing is."""
    new = [key for key in after.now if key not in before.now]
    gone = [key for key in before.now if key not in after.now]
    other = [key for key in before.now if key in after.now and _differs(before.now[key], after.now[key])]
    parts = [*_said("does", new), *_said("leaves", gone)]
    parts += [f"{after.now[key]:,.0f} instead of {before.now[key]:,.0f} of {key[1]}" for key in other]
    return capital("; ".join(parts))


def _differs(one: float, other: float) -> bool:
    return abs(one - other) > _SAME * max(abs(one), abs(other))


def _said(words: Literal["does", "leaves"], decisions: list[Decision]) -> list[str]:
    said = []
    for kind in dict.fromkeys(kind for kind, _ in decisions):
        text: str = getattr(DECISION[kind], words)
        said.append(text.format(listed([item for one, item in decisions if one == kind])))
    return said

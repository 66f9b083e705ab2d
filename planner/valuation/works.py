"""Pieces of work of a valuation, as worker processes do them: each solves a few programs and gives plain values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from planner.batch.cells import Case
from planner.errors import InputError
from planner.explain.explain import explain
from planner.model.fixing import NOW, decided_now
from planner.plan.now import decisions
from planner.solver.outcome import Progress
from planner.valuation.desk import (
    Desk,
    Limits,
    Side,
    Solved,
    desk,
    document,
    exactly,
    invalid,
    packed,
    plain,
    staged,
    wanted,
)
from planner.valuation.interval import Found
from planner.valuation.question import AS_IT_STANDS, Question, overlaid

Watch = Callable[[Any], None]
Document = dict[str, Any]


def solve_as_it_stands(case: Case, limits: Limits, exact: bool, *, watch: Watch, cancel: threading.Event) -> Document:
    """The optimum of the scenario itself, which all others are compared with, and what is decided now."""
    watch(Progress("the scenario as it stands", 0.0))
    here = desk(case, None)
    enough = exactly if exact else lambda _: None
    solved = here.narrowed(here.program(AS_IT_STANDS), limits, enough, watch, cancel).tidied
    tree = here.path.tree
    said = document(solved, cancel) | {"futures": list(tree.futures), "probability": tree.probability.tolist()}
    if solved.outcome.x is None:
        return said
    return said | {
        "decisions": plain(decisions(solved.answer)),
        "bought": _bought(solved),
        "now": _now(here, solved),
        "start": packed(solved.outcome),
        "integers": int(np.count_nonzero(here.instance.integer)),
    }


def _bought(solved: Solved) -> list[str]:
    """Offers that are signed or, where none need be, ordered from."""
    solution = solved.answer.solution
    signed = {str(name) for name in solution.of("sign", 1).index[0]}
    ordered = {str(name) for name in solution.of("order", 1).index[0]}
    return sorted(signed | (ordered - set(solution.to_sign)))


def _now(here: Desk, solved: Solved) -> list[Document]:
    """Each decision for now: what it is in the plan, and between which values it may be."""
    layout, x = here.instance.layout, solved.outcome.x
    rows = []
    for place, (name, index) in enumerate(layout.labels[0]):
        if name in NOW and x is not None:
            column = int(layout.first[0]) + place
            bounds = {"lower": float(here.instance.lower[column]), "upper": float(here.instance.upper[column])}
            rows.append({"kind": name, "index": list(index), "value": float(x[column])} | bounds)
    return rows


def solve_question(
    case: Case,
    limits: Limits,
    question: Question,
    other: Found | None,
    side: Side,
    start: str | None = None,
    *,
    watch: Watch,
    cancel: threading.Event,
) -> Document:
    """The optimum of a question, as near as its difference from another, on this side of it, asks for.

    Where there is no other: exactly.
    """
    here = desk(case, start)
    try:
        program = here.program(question)
    except InputError as error:
        return invalid(error)
    enough = exactly if other is None else lambda found: wanted(found, other, side)
    solved = here.narrowed(program, limits, enough, watch, cancel, future=question.future)
    return document(solved, cancel)


def solve_average(
    case: Case, limits: Limits, other: Found, start: str | None = None, *, watch: Watch, cancel: threading.Event
) -> Document:
    """What the plan for the average future comes to in the futures themselves (`eev`), and what it decides now.

    `why` says what stands in its way where it cannot be carried out.
    """
    here = desk(case, start)
    watch(Progress("the average future", 0.0))
    average = here.narrowed(here.program(Question(average=True)), limits, exactly, watch, cancel).tidied
    said: Document = {"average": document(average, cancel), "stopped": cancel.is_set()}
    if average.outcome.x is None:
        return said
    decided = decided_now(average.instance.layout, average.outcome.x)
    question = Question(decided=tuple(decided.items()))
    watch(Progress("the plan for the average future in all futures", 0.0))
    held = here.narrowed(here.program(question), limits, lambda found: wanted(found, other, "above"), watch, cancel)
    said |= {"decisions": plain(decisions(average.answer)), "eev": document(held, cancel), "stopped": cancel.is_set()}
    if held.found.infeasible:
        said["why"] = _in_the_way(here, average, staged(watch, "what stands in the way of that plan"), cancel)
    return said


_FIELDS = {"apply": "licences", "sign": "offers"}
"""The tables whose `decision` says what is decided now."""


def _in_the_way(here: Desk, average: Solved, watch: Watch, cancel: threading.Event) -> list[str]:
    """The rows that cannot hold with what the plan decides now; none where it keeps too little capacity."""
    x = average.outcome.x
    decided = decided_now(average.instance.layout, np.zeros(0) if x is None else x)
    cells = [
        (_FIELDS[name], str(index[0]), "decision", "must" if value > 0.5 else "never")
        for (name, index), value in decided.items()
        if name in _FIELDS
    ]
    try:
        explanation = explain(overlaid(here.loaded, cells), watch, cancel)
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return [reason.text for conflict in explanation.conflicts for reason in conflict]

"""Where questions about a scenario are solved: in a worker process, from what came out of the scenario itself."""

from __future__ import annotations

import base64
import json
import math
import pickle
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from planner.batch.cells import Case
from planner.errors import InputError
from planner.futures.tree import Floats
from planner.model.fixing import carried_over
from planner.model.path import PathModel
from planner.model.solution import read
from planner.model.tidy import tidied
from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.plan.answer import Answer
from planner.plan.plan import Decisions
from planner.scenario.load import Loaded, from_raw
from planner.solver.defaults import GAP
from planner.solver.outcome import Options, Outcome, Progress, Stop
from planner.solver.patch import mean_the_same
from planner.solver.strategy import solve
from planner.solver.warm_start import WarmStart
from planner.valuation.interval import NO_PLAN, Found, difference, near
from planner.valuation.question import AS_IT_STANDS, Question, posed

TIGHT = 2.5e-7
"""The gap at which the optimum of the scenario itself leaves little of an interval."""

_LEAST_SECONDS = 60.0
_ROUNDS = 4

Watch = Callable[[Any], None]
Side = Literal["above", "below", "either"]


@dataclass(frozen=True)
class Limits:
    """How far questions are solved: first to a relative gap, then as far as an interval asks for.

    `time_limit` is in seconds for each question; without one the first solve has none, and what narrows it has as
    long again, at least a minute.
    """

    gap: float = GAP
    time_limit: float | None = None


@dataclass(frozen=True)
class Solved:
    """A question's program and what the solver found."""

    path: PathModel
    instance: Instance
    outcome: Outcome

    @property
    def found(self) -> Found:
        """Its optimum as far as it is known."""
        outcome = self.outcome
        return NO_PLAN if outcome.stop is Stop.INFEASIBLE else Found(outcome.objective, outcome.bound)

    @property
    def tidied(self) -> Solved:
        """The same with nothing signed or applied for that serves nothing, as the plan itself is reported."""
        if self.outcome.x is None:
            return self
        x = tidied(self.path, self.instance.layout, self.outcome.x)
        return replace(self, outcome=replace(self.outcome, x=x))

    @property
    def answer(self) -> Answer:
        """Its plan as the plan's tables read it."""
        if self.outcome.x is None:
            raise ValueError("a question without a plan has no answer to read")
        solution = read(self.path, self.instance.layout, self.outcome.x)
        return Answer(self.path.scenario, self.path.tree, solution)


class Desk:
    """A scenario whose program is built, and what came out of it where it has been solved: questions begin there."""

    def __init__(self, loaded: Loaded, start: Outcome | None) -> None:
        self.loaded, self.start = loaded, start
        self.prepared = prepare(loaded)
        self.path, self.instance = self.prepared.path, self.prepared.instance
        self.warm_start = WarmStart(self.instance, start) if start is not None else None

    def program(self, question: Question) -> tuple[PathModel, Instance]:
        """The program of a question; raises InputError where its cells make no scenario."""
        return (self.path, self.instance) if question == AS_IT_STANDS else posed(self.loaded, question)

    def solve(
        self,
        program: tuple[PathModel, Instance],
        options: Options,
        watch: Watch,
        cancel: threading.Event,
        mip_start: Floats | None = None,
        future: int | None = None,
        warm_start: WarmStart | None = None,
    ) -> Solved:
        """Solve a program from a MIP start, a warm start of like ones, or what came out of the scenario itself.

        `future` is the one whose path the program is of, where it is of one alone.
        """
        path, instance = program
        if warm_start is None and self.warm_start is not None and mean_the_same(self.instance, instance):
            warm_start = self.warm_start
        if mip_start is None and warm_start is None and self.start is not None and self.start.x is not None:
            mip_start = carried_over(self.instance.layout, self.start.x, instance.layout, future)
        return Solved(path, instance, solve(instance, options, watch, cancel, warm_start, mip_start))

    def narrowed(
        self,
        program: tuple[PathModel, Instance],
        limits: Limits,
        enough: Callable[[Found], float | None],
        watch: Watch,
        cancel: threading.Event,
        **how: Any,
    ) -> Solved:
        """Solve a program to the gap of the limits, then on to the gap that `enough` asks for (None: it is enough).

        Ends at a time limit with what there is.
        """
        started = time.monotonic()
        options = Options(gap=limits.gap, time_limit=limits.time_limit)
        solved = self.solve(program, options, watch, cancel, **how)
        most = limits.time_limit or 2 * (time.monotonic() - started) + _LEAST_SECONDS
        for _ in range(_ROUNDS):
            gap, left = enough(solved.found), most - (time.monotonic() - started)
            if gap is None or left <= 0 or cancel.is_set() or solved.outcome.stop is not Stop.OPTIMAL:
                break
            mine = {"mip_start": solved.outcome.x, "warm_start": WarmStart(program[1], solved.outcome)}
            again = self.solve(program, replace(options, gap=gap, time_limit=left), watch, cancel, **how | mine)
            solved = replace(solved, outcome=_better(solved.outcome, again.outcome))
        return solved


def _better(one: Outcome, other: Outcome) -> Outcome:
    """The later outcome with the better plan and the better bound of both."""
    bound = max(one.bound, other.bound)
    best = other if other.objective <= one.objective else replace(other, x=one.x, objective=one.objective)
    return replace(best, bound=min(bound, best.objective))


def wanted(found: Found, other: Found, side: Side = "either") -> float | None:
    """The relative gap to which an optimum must be known for its difference from another; None where it is already.

    The interval is to be narrower than a tenth of the difference or 1e-6 of the optimum; what the other optimum takes
    of that is left to it, but no more than half. It may be known on which `side` of the other the optimum lies.
    """
    if found.infeasible or other.infeasible:
        return None
    least = -math.inf if side == "either" else 0.0
    apart = difference(other, found, least) if side == "below" else difference(found, other, least)
    if apart.is_narrow(other.objective):
        return None
    target = max(0.1 * abs(found.objective - other.objective), near(other.objective))
    own = max(target - other.width, 0.5 * target)
    return None if found.width <= own else 0.5 * own / max(abs(found.objective), 1e-10)


def exactly(found: Found) -> float | None:
    """The gap for an optimum that others are compared with; None where it is known so."""
    is_exact = found.infeasible or found.width <= 2 * TIGHT * abs(found.objective)
    return None if is_exact else TIGHT


# --- what a worker process keeps ----------------------------------------------------------------------


@lru_cache(maxsize=2)
def desk(case: Case, start: str | None) -> Desk:
    """The desk of a scenario that is sent as it stands, and of its outcome, packed."""
    return Desk(from_raw(case.unpacked()), unpacked(start))


def packed(outcome: Outcome) -> str:
    """An outcome as a text that JSON can hold."""
    return base64.b85encode(zlib.compress(pickle.dumps(outcome), level=1)).decode()


def unpacked(text: str | None) -> Outcome | None:
    """The outcome that was packed."""
    return pickle.loads(zlib.decompress(base64.b85decode(text))) if text else None


def plain(decided: Decisions) -> dict[str, Any]:
    """Decisions as JSON brings them back: lists for tuples."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(decided)))
    return found


def document(solved: Solved, cancel: threading.Event) -> dict[str, Any]:
    """What a question came to, as plain values."""
    return {"status": solved.outcome.stop.value, "stopped": cancel.is_set()} | solved.found.document


def invalid(error: InputError) -> dict[str, Any]:
    """What a question came to that makes no scenario: it has no plan."""
    said = {"status": "infeasible", "stopped": False} | NO_PLAN.document
    return said | {"why": str(error.problems[0])}


def staged(watch: Watch, stage: str) -> Watch:
    """A watch that is reported a stage in place of the solver's own."""

    def said(news: Any) -> None:
        watch(replace(news, stage=stage) if isinstance(news, Progress) else news)

    return said


Document = Mapping[str, Any]

"""The frontier: cost, risk, service and decisions as one cell takes several values."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from planner.batch.cells import Case
from planner.batch.pieces import workshop
from planner.batch.run import Board
from planner.errors import Infeasible, InputError, StoppedWithoutPlan
from planner.model.fixing import carried_over
from planner.pipeline import Prepared, plan_of, prepare
from planner.plan.plan import Plan
from planner.present.figures import CHINA, arrivals_by_country, service
from planner.scenario.fields import to_text
from planner.scenario.load import Loaded
from planner.solver.outcome import Options, Outcome, Progress
from planner.solver.strategy import solve
from planner.valuation.cell import NamedCell, named_cell
from planner.valuation.desk import Desk, Limits, desk, packed, plain, staged, unpacked
from planner.valuation.implied import Proven, cheapest, implied_bound
from planner.valuation.inquiry import Inquiry
from planner.valuation.question import Cell, overlaid

Watch = Callable[[Any], None]
Document = dict[str, Any]

KIND = "frontier"

_FINER = 0.5
"""The part of the gap to which a point is solved whose bound is to prove others between it and the next."""

_NOT_TRIED = "not tried: stopped before"


@dataclass(frozen=True)
class Point:
    """What comes out at one value: figures in base currency and shares 0..1, None where `note` says why there are none.

    `changed` is what is decided otherwise now than at the point before.
    """

    value: Any
    objective: float | None = None
    bound: float | None = None
    expected_cost: float | None = None
    cvar: float | None = None
    service: float | None = None
    china_share: float | None = None
    decisions: Document | None = None
    note: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frontier:
    """The points of a frontier in the order of their values; `complete` is False where Ctrl-C came before the end."""

    loaded: Loaded
    cell: NamedCell
    points: tuple[Point, ...]
    complete: bool

    @property
    def document(self) -> Document:
        """As JSON has it (see docs/cli.md)."""
        return {"over": self.cell.name, "points": [asdict(point) for point in self.points], "complete": self.complete}


def frontier(
    loaded: Loaded,
    over: NamedCell | str,
    values: Sequence[Any],
    limits: Limits | None = None,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    resume: Path | None = None,
    board: Board | None = None,
) -> Frontier:
    """The plan at each value of a cell, each solved to the gap of the limits, from that of the scenario itself.

    The ends come first, then what lies in the middle of two points: what their plans and bounds say may be enough. A
    value at which there is no plan makes a point that says so. Raises UsageError where `over` (TABLE/KEY/FIELD) names
    no cell, Infeasible and the like where the scenario itself has no plan.
    """
    cell = named_cell(loaded, over) if isinstance(over, str) else over
    limits = limits or Limits()
    with workshop(KIND, workers, cluster, resume, board) as shop:
        inquiry = Inquiry(loaded, limits, shop, exact=False)
        labels = [f"{cell.name} = {to_text(value) if value is not None else 'blank'}" for value in values]
        answers: dict[int, Document] = {}
        for level in _levels(len(values)):
            for place in level:
                beside = _beside(answers, place)
                is_last = {place - 1, place + 1} <= set(beside)
                gap = limits.gap if is_last else _FINER * limits.gap
                proven = tuple((cell.to(values[one]), answers[one]["bound"]) for one in beside)
                starts = [answers[one]["start"] for one in beside]
                inquiry.have(labels[place], solve_point, cell.to(values[place]), gap, proven, starts=starts)
            inquiry.do()
            found = {place: inquiry.answer(labels[place]) for place in level}
            answers |= {place: answer for place, answer in found.items() if answer is not None}
        points = [
            Point(value, **_figures(answers[place])) if place in answers else Point(value, note=_NOT_TRIED)
            for place, value in enumerate(values)
        ]
        return Frontier(loaded, cell, _with_changes(points), not inquiry.stopped)


def _levels(count: int) -> Iterator[list[int]]:
    """The places of points in the order in which they are solved: the ends, then the middles of what lies between."""
    known = sorted({0, count - 1}) if count else []
    level = known
    while level:
        yield level
        level = [(low + high) // 2 for low, high in itertools.pairwise(known) if high - low > 1]
        known = sorted(known + level)


def _beside(answers: Mapping[int, Document], place: int) -> list[int]:
    """The nearest points on both sides that have a plan."""
    known = [one for one, answer in answers.items() if answer.get("start")]
    below, above = [one for one in known if one < place], [one for one in known if one > place]
    return [*([max(below)] if below else []), *([min(above)] if above else [])]


def _figures(said: Document) -> Document:
    return {name: value for name, value in said.items() if name not in ("stopped", "start")}


def _with_changes(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points, each with what is decided otherwise than at the last one before it that has a plan."""
    found, before = [], None
    for point in points:
        changed = () if before is None or point.decisions is None else tuple(_changes(before, point.decisions))
        before = point.decisions if point.decisions is not None else before
        found.append(replace(point, changed=changed))
    return tuple(found)


def _changes(before: Document, after: Document) -> list[str]:
    said = []
    for kind in ("apply", "sign", "keep"):
        one, other = set(before[kind]), set(after[kind])
        said += [f"+ {kind} {item}" for item in sorted(other - one)]
        said += [f"− {kind} {item}" for item in sorted(one - other)]
    return said


# --- in a worker process ------------------------------------------------------------------------------


def solve_point(
    case: Case,
    limits: Limits,
    cell: Cell,
    gap: float,
    proven: Sequence[tuple[Cell, float]],
    start: str | None = None,
    *starts: str,
    watch: Watch,
    cancel: threading.Event,
) -> Document:
    """The plan with a cell changed, in figures, from the plans and `proven` bounds of points beside it."""
    here = desk(case, start)
    try:
        point, outcome = _solved(here, Options(gap, limits.time_limit), cell, proven, starts, watch, cancel)
        plan = plan_of(point, outcome)
    except InputError as error:
        return {"note": f"wrong: {error.problems[0].message}", "stopped": False}
    except Infeasible:
        return {"note": "no plan can be", "stopped": False}
    except StoppedWithoutPlan:
        return {"note": "no plan was found in time", "stopped": cancel.is_set()}
    return _said(plan) | {"start": packed(outcome), "stopped": cancel.is_set()}


def _solved(
    here: Desk,
    options: Options,
    cell: Cell,
    proven: Sequence[tuple[Cell, float]],
    starts: Sequence[str],
    watch: Watch,
    cancel: threading.Event,
) -> tuple[Prepared, Outcome]:
    watch(Progress(f"{to_text(cell[3]) if cell[3] is not None else 'blank'}", 0.0))
    point = prepare(overlaid(here.loaded, (cell,)))
    beside = [(prepare(overlaid(here.loaded, (other,))).instance, bound) for other, bound in proven]
    outcomes = [unpacked(text) for text in starts]
    plans = [
        carried_over(instance.layout, outcome.x, point.instance.layout)
        for (instance, _), outcome in zip(beside, outcomes, strict=True)
        if outcome is not None and outcome.x is not None
    ]
    if here.start is not None and here.start.x is not None:
        beside.append((here.instance, here.start.bound))
        plans.append(carried_over(here.instance.layout, here.start.x, point.instance.layout))
    bound = implied_bound(point.instance, [Proven(*one) for one in beside])
    mip_start = cheapest(point.instance, plans)
    return point, solve(point.instance, options, staged(watch, "solving"), cancel, here.warm_start, mip_start, bound)


def _said(plan: Plan) -> Document:
    return {
        "objective": plan.objective,
        "bound": plan.bound,
        "expected_cost": plan.expected_cost,
        "cvar": plan.cvar,
        "service": service(plan),
        "china_share": _china(plan),
        "decisions": plain(plan.decisions),
    }


def _china(plan: Plan) -> float:
    """China's share of all magnets that arrive over the horizon, on average over the futures."""
    found = arrivals_by_country(plan)
    kg = found[found["class"] != "feedstock"].groupby("country")["kg"].sum()
    return float(kg.get(CHINA, 0.0) / kg.sum()) if kg.sum() > 0 else 0.0

"""The frontier: cost, risk, service and decisions as one cell takes several values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from planner.batch.cells import Case
from planner.batch.pieces import workshop
from planner.batch.run import Board
from planner.errors import Infeasible, InputError, StoppedWithoutPlan
from planner.pipeline import plan_and_outcome
from planner.plan.plan import Plan
from planner.present.figures import CHINA, arrivals_by_country, service
from planner.scenario.fields import to_text
from planner.scenario.load import Loaded
from planner.solver.outcome import Options
from planner.valuation.cell import NamedCell, named_cell
from planner.valuation.desk import Limits, desk, plain, staged
from planner.valuation.inquiry import Inquiry
from planner.valuation.question import Cell, overlaid

Watch = Callable[[Any], None]
Document = dict[str, Any]

KIND = "frontier"


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

    A value at which there is no plan makes a point that says so. Raises UsageError where `over` (TABLE/KEY/FIELD) names
    no cell, Infeasible and the like where the scenario itself has no plan.
    """
    cell = named_cell(loaded, over) if isinstance(over, str) else over
    limits = limits or Limits()
    with workshop(KIND, workers, cluster, resume, board) as shop:
        inquiry = Inquiry(loaded, limits, shop, exact=False)
        labels = [f"{cell.name} = {to_text(value) if value is not None else 'blank'}" for value in values]
        for label, value in zip(labels, values, strict=True):
            inquiry.have(label, solve_point, cell.to(value))
        inquiry.do()
        answers = [inquiry.answer(label) for label in labels]
        points = [
            Point(value, note="not tried: stopped before") if told is None else Point(value, **_figures(told))
            for value, told in zip(values, answers, strict=True)
        ]
        return Frontier(loaded, cell, _with_changes(points), not inquiry.stopped)


def _figures(told: Document) -> Document:
    return {name: value for name, value in told.items() if name != "stopped"}


def _with_changes(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points, each with what is decided otherwise than at the last one before it that has a plan."""
    found, before = [], None
    for point in points:
        changed = () if before is None or point.decisions is None else tuple(_changes(before, point.decisions))
        before = point.decisions if point.decisions is not None else before
        found.append(replace(point, changed=changed))
    return tuple(found)


def _changes(before: Document, after: Document) -> list[str]:
    told = []
    for kind in ("apply", "sign", "keep"):
        one, other = set(before[kind]), set(after[kind])
        told += [f"+ {kind} {item}" for item in sorted(other - one)]
        told += [f"− {kind} {item}" for item in sorted(one - other)]
    return told


# --- in a worker process ------------------------------------------------------------------------------


def solve_point(
    case: Case, limits: Limits, cell: Cell, start: str | None = None, *, watch: Watch, cancel: threading.Event
) -> Document:
    """The plan with a cell changed, in figures."""
    here = desk(case, start)
    options = Options(gap=limits.gap, time_limit=limits.time_limit)
    try:
        loaded = overlaid(here.loaded, (cell,))
        plan, _ = plan_and_outcome(loaded, options, staged(watch, "solving"), cancel, family=here.family)
    except InputError as error:
        return {"note": f"wrong: {error.problems[0].message}", "stopped": False}
    except Infeasible:
        return {"note": "no plan can be", "stopped": False}
    except StoppedWithoutPlan:
        return {"note": "no plan was found in time", "stopped": cancel.is_set()}
    return _told(plan) | {"stopped": cancel.is_set()}


def _told(plan: Plan) -> Document:
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

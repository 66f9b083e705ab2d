"""The value of a cell, or the clearance of a licence, at which a decision just pays: trials in a worker process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from planner.batch.cells import Case
from planner.errors import InputError
from planner.model.tiling import Label
from planner.plan.outcome import future_costs, tail_weights
from planner.plan.supply import arrivals
from planner.solver.outcome import Progress
from planner.solver.warm_start import WarmStart
from planner.valuation.bracket import Search, Side, Trial
from planner.valuation.desk import TIGHT, Desk, Limits, Solved, desk, exactly
from planner.valuation.interval import NO_PLAN, Found, near
from planner.valuation.question import Cell, Question

Watch = Callable[[Any], None]


@dataclass(frozen=True)
class Choice:
    """A decision taken and left: the cells, or the variables, that say so.

    `settled` says that without the decision the number that is looked for changes nothing. `now` is what the plan of
    the scenario as it stands does, where that plan is therefore the best one so, too.
    """

    taken: tuple[Cell, ...] = ()
    left: tuple[Cell, ...] = ()
    takes: tuple[tuple[Label, float], ...] = ()
    leaves: tuple[tuple[Label, float], ...] = ()
    settled: bool = False
    now: Literal["taken", "left"] | None = None


@dataclass(frozen=True)
class Sought:
    """The number whose value is looked for: a cell's, or else the clearance of a licence throughout.

    `ends` are those of its range, `start` is where to begin; it is found to a thousandth of the range, or a tolerance.
    """

    name: str
    ends: tuple[float, float]
    start: float
    cell: tuple[str, str, str] | None = None
    licence: str | None = None
    whole: bool = False
    tolerance: float | None = None

    def question(self, value: float) -> Question:
        """The scenario with that value."""
        if self.cell is None:
            return Question(cleared=(self.licence or "", value))
        return Question(cells=((*self.cell, int(value) if self.whole else value),))


def find_break_even(
    case: Case,
    limits: Limits,
    choice: Choice,
    sought: Sought,
    start: str | None = None,
    *,
    watch: Watch,
    cancel: threading.Event,
) -> dict[str, Any]:
    """Between which values the decision begins to pay, or ceases to: `break_even` is None where the range has none."""
    trials = _Trials(desk(case, start), limits, choice, sought, watch, cancel)
    tolerance = sought.tolerance or 1e-3 * abs(sought.ends[1] - sought.ends[0])
    search = Search(trials.at, sought.ends, tolerance, sought.whole)
    try:
        edges = search.run(sought.start)
    except _Ended:
        edges = None
    said = [{"value": trial.value, "side": trial.side.value, "gain": _plain(trial.gain)} for trial in search.trials]
    found = None if edges is None else {"low": edges[0], "high": edges[1]}
    return {"break_even": found, "trials": said, "stopped": cancel.is_set()}


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None


class _Ended(Exception):
    """The search was asked to end."""


@dataclass
class _Trials:
    """Trials of a decision at values of a number, each from the plan of the one before."""

    desk: Desk
    limits: Limits
    choice: Choice
    sought: Sought
    watch: Watch
    cancel: threading.Event
    _left: Found | None = None
    _warm_starts: dict[bool, WarmStart] = field(default_factory=dict)

    def at(self, value: float) -> Trial:
        """Whether the decision pays at a value."""
        if self.cancel.is_set():
            raise _Ended
        self.watch(Progress(f"{self.sought.name} at {value:.6g}", 0.0))
        left = self._without(value)
        taken = self._taken_now(value) or self._solve(value, True, lambda found: _gap(found, left))
        found = NO_PLAN if taken is None else taken.found
        slope = self._slope(taken, value) if taken is not None and np.isfinite(left.objective) else None
        gain = 0.0 if found.infeasible and left.infeasible else left.objective - found.objective
        return Trial(value, _side(found, left), gain, slope)

    def _taken_now(self, value: float) -> Solved | None:
        """The plan of the scenario as it stands where that takes the decision at this value."""
        if self.choice.now != "taken" or value != self.sought.start or self.desk.start is None:
            return None
        return Solved(self.desk.path, self.desk.instance, self.desk.start)

    def _without(self, value: float) -> Found:
        if self._left is not None:
            return self._left
        if self.choice.now == "left" and self.choice.settled and self.desk.start is not None:
            self._left = Found(self.desk.start.objective, self.desk.start.bound)
            return self._left
        solved = self._solve(value, False, exactly)
        left = NO_PLAN if solved is None else solved.found
        if self.choice.settled:
            self._left = left
        return left

    def _solve(self, value: float, taken: bool, enough: Callable[[Found], float | None]) -> Solved | None:
        """The best plan with the decision taken or left; None where the value makes no scenario."""
        cells, decided = (self.choice.taken, self.choice.takes) if taken else (self.choice.left, self.choice.leaves)
        question = self.sought.question(value).having(*cells)
        question = Question(question.cells, decided, cleared=question.cleared)
        try:
            program = self.desk.program(question)
        except InputError:
            return None
        warm_start = self._warm_starts.get(taken)
        if warm_start is not None and not warm_start.fits(program[1]):
            warm_start = None
        mip_start = warm_start.outcome.x if warm_start is not None else None
        solved = self.desk.narrowed(
            program, self.limits, enough, self.watch, self.cancel, mip_start=mip_start, warm_start=warm_start
        )
        if warm_start is None and solved.outcome.x is not None and solved.outcome.basis is not None:
            self._warm_starts[taken] = WarmStart(program[1], solved.outcome)
        return solved

    def _slope(self, taken: Solved, value: float) -> float | None:
        """How much more the plan costs with each unit of an offer's price: what arrives, discounted and weighed."""
        if self.sought.cell is None or self.sought.cell[2] != "price_per_kg" or value <= 0 or taken.outcome.x is None:
            return None
        offer, answer = taken.path.scenario.offer[self.sought.cell[1]], taken.answer
        settings, tree = answer.scenario.settings, answer.tree
        tail = tail_weights(future_costs(answer), tree.probability, settings.risk_tail)
        weight = (1 - settings.risk_weight) * tree.probability + settings.risk_weight * tail
        node_weight = np.bincount(tree.node_of.ravel(), np.repeat(weight, tree.periods + 1), minlength=tree.size)
        found = arrivals(answer)
        found = found[(found["offer"] == offer.offer) & (found["origin"] == "order")]
        nodes = found["node"].to_numpy(np.int64)
        worth = node_weight[nodes] * answer.discount[tree.period[nodes]]
        rate = answer.scenario.rate[offer.currency or settings.currency]
        freight = offer.freight_per_kg * (1 + offer.duty_rate) * rate
        paid = found["purchase_cost"] + found["deposit_lost"] - freight * found["released_kg"]
        return float(worth @ paid) / value or None


def _side(taken: Found, left: Found) -> Side:
    if taken.objective < left.bound:
        return Side.PAYS
    return Side.NOT if taken.infeasible or taken.bound >= left.objective - near(left.objective) else Side.OPEN


def _gap(taken: Found, left: Found) -> float | None:
    """The gap that may show whether taking the decision pays; None where that is known."""
    if _side(taken, left) is not Side.OPEN:
        return None
    apart = abs(taken.objective - left.objective) / max(abs(left.objective), 1e-10)
    gap = max(0.25 * apart, TIGHT)
    return gap if taken.width > gap * abs(taken.objective) else None

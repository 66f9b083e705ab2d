"""What other decisions would cost: each taken, or left out, in turn, and the rest planned again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from planner.futures.tree import Floats
from planner.model.solution import read
from planner.plan.answer import Answer
from planner.plan.outcome import future_costs, tail_weights
from planner.plan.supply import arrivals
from planner.present.words import Wording
from planner.solver.duals import Duals
from planner.solver.outcome import Options, Outcome, Progress, Stop, Watcher
from planner.solver.strategy import solve
from planner.solver.warm_start import WarmStart
from planner.why.candidates import Candidate, candidates, taken
from planner.why.solved import Solved

MOST = 20
"""Decisions of each kind (left, taken) that are turned; of those beyond it is only reported that they were not."""

_LEAST_SECONDS = 30.0
_SAME = 1e-9
"""A difference below this share of the plan's cost is rounding."""

NOT_TRIED = f"not tried: {MOST} others came nearer to being taken"
FARTHER = f"not tried: {MOST} others stand before it"
STOPPED = "not tried: stopped before"
IMPOSSIBLE = "cannot be: no plan can satisfy every row with it"
INDISPENSABLE = "cannot be left out: no plan can satisfy every row without it"
NO_PLAN = "no such plan was found in the time that the plan itself took"


@dataclass(frozen=True)
class Forcing:
    """Turns decisions one by one, each solved as closely as the plan was and no longer than it took."""

    solved: Solved
    options: Options
    watch: Watcher | None
    cancel: threading.Event

    @cached_property
    def _warm_start(self) -> WarmStart:
        """Decisions are turned by bounds alone, so that one HiGHS does for all."""
        return WarmStart(self.solved.instance, self.solved.outcome)

    def rows(self, duals: Duals | None) -> Iterator[dict[str, Any]]:
        """Rows of the table `not_taken`, nearest to being taken first; stopped ones are reported as such."""
        ranked = sorted(candidates(self.solved), key=lambda one: _score(one, duals))
        yield from self._each(ranked, NOT_TRIED, "forcing", self._said)

    def left_out(self) -> Iterator[dict[str, Any]]:
        """Rows of the table `left_out`, in the order in which they are decided."""
        found = taken(self.solved)
        yield from self._each(found, FARTHER, "leaving out", self._cost)

    def _each(
        self, found: list[Candidate], beyond: str, doing: str, tell: Callable[[Candidate, Outcome], dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        for place, one in enumerate(found):
            row = {"decision": one.decision, "item": one.item}
            if place >= MOST:
                yield row | {"note": beyond}
                continue
            stage = f"why: {doing} {one.item} ({place + 1} of {min(len(found), MOST)})"
            outcome = None if self.cancel.is_set() else self._otherwise(one, stage)
            yield row | ({"note": STOPPED} if outcome is None else tell(one, outcome))

    def _otherwise(self, one: Candidate, stage: str) -> Outcome | None:
        """The best plan with a decision taken that the plan leaves, or left that it takes; None: stopped before."""
        before, mip_start = self.solved.instance, self.solved.x.copy()
        lower, upper = before.lower.copy(), before.upper.copy()
        bounds, value = (upper, 0.0) if one.is_taken else (lower, 1.0)
        bounds[one.columns] = mip_start[one.columns] = value
        changed = replace(before, lower=lower, upper=upper)
        found = solve(changed, self._options(), self._watched(stage), self.cancel, self._warm_start, mip_start)
        return None if found.stop is Stop.INTERRUPTED else found

    def _options(self) -> Options:
        most = max(self.solved.outcome.seconds, _LEAST_SECONDS)
        return replace(self.options, time_limit=min(most, self.options.time_limit or most))

    def _watched(self, stage: str) -> Watcher | None:
        watch = self.watch
        if watch is None:
            return None
        watch(Progress(stage, 0.0))
        return lambda news: watch(replace(news, stage=stage))

    def _said(self, one: Candidate, forced: Outcome) -> dict[str, Any]:
        found = self._cost(one, forced)
        if forced.x is None or "cost" not in found:
            return found
        cheaper = self._cheaper(one, forced.x, found["cost"], found["at_least"])
        notes = [one.note, found["note"], cheaper.pop("note")]
        return found | cheaper | {"note": "; ".join(note for note in notes if note)}

    def _cost(self, one: Candidate, forced: Outcome) -> dict[str, Any]:
        """How much more the best plan found costs, and between which amounts the difference is proven to lie."""
        plan = self.solved.outcome
        if forced.stop is Stop.INFEASIBLE:
            return {"note": INDISPENSABLE if one.is_taken else IMPOSSIBLE}
        least = max(forced.bound - plan.objective, 0.0)
        if forced.x is None:
            return {"at_least": least, "note": NO_PLAN}
        most = max(forced.objective - plan.bound, least)
        cost = min(max(forced.objective - plan.objective, least), most)
        if cost <= _SAME * abs(plan.objective):
            cost = 0.0
        return {"cost": cost, "at_least": least, "at_most": most, "note": self._between(least, most)}

    def _between(self, least: float, most: float) -> str:
        """What is to be said where the gaps leave open whether it costs anything."""
        if most <= _SAME * abs(self.solved.outcome.objective):
            return "as good as the plan"
        if least > 0:
            return ""
        money = Wording(self.solved.path.scenario.settings.currency).money
        return f"between {money(least)} and {money(most)}: the gap does not show more"

    def _cheaper(self, one: Candidate, x: Floats, cost: float, least: float) -> dict[str, Any]:
        """How much cheaper it would have to be to be taken: its price where something is ordered, else its fee.

        That even nothing is too much is said only where it is proven: `least` is what it costs at least.
        """
        rounding = _SAME * abs(self.solved.outcome.objective)
        if one.decision == "sign":
            kg, paid = self._ordered(one.item, x)
            if kg > 0:
                free = "it would not be taken even for nothing" if least > paid + one.fee + rounding else ""
                return {"cheaper_by": cost / kg, "unit": "base currency/kg", "note": free}
        free = "it would not be taken even without its fee" if least > one.fee + rounding else ""
        return {"cheaper_by": cost, "unit": "base currency", "note": free}

    def _ordered(self, offer: str, x: Floats) -> tuple[float, float]:
        """kg that arrive of an offer and what they cost, discounted and weighed as the objective weighs them."""
        path = self.solved.path
        settings, tree = path.scenario.settings, path.tree
        answer = Answer(path.scenario, tree, read(path, self.solved.instance.layout, x))
        tail = tail_weights(future_costs(answer), tree.probability, settings.risk_tail)
        weight = (1 - settings.risk_weight) * tree.probability + settings.risk_weight * tail
        node_weight = np.bincount(tree.node_of.ravel(), np.repeat(weight, tree.periods + 1), minlength=tree.size)
        found = arrivals(answer)
        found = found[(found["offer"] == offer) & (found["origin"] == "order")]
        nodes = found["node"].to_numpy(np.int64)
        worth = node_weight[nodes] * answer.discount[tree.period[nodes]]
        return float(worth @ found["released_kg"]), float(worth @ found["purchase_cost"])


def _score(one: Candidate, duals: Duals | None) -> float:
    """What the plan's duals say that it costs: an estimate of how near it is to being taken."""
    return 0.0 if duals is None else float(duals.columns[one.columns].sum())

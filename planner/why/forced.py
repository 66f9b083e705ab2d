"""What decisions that the plan does not take would cost: each forced in turn, and the rest planned anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.futures.tree import Floats, Ints
from planner.model.solution import read
from planner.plan.answer import Answer
from planner.plan.outcome import future_costs, tail_weights
from planner.plan.supply import arrivals
from planner.plan.words import Wording
from planner.solver.duals import Duals
from planner.solver.highs import Options, Outcome, Progress, Stop, Watcher, solve
from planner.why.solved import Solved

MOST = 20
"""Decisions that are forced; of those beyond it is only told that they were not."""

_LEAST_SECONDS = 30.0
_SAME = 1e-9
"""A difference below this share of the plan's cost is rounding."""

NOT_TRIED = f"not tried: {MOST} others came nearer to being taken"
STOPPED = "not tried: stopped before"
IMPOSSIBLE = "cannot be: no plan can satisfy every row with it"
NO_PLAN = "no plan with it was found in the time that the plan itself took"


@dataclass(frozen=True)
class Candidate:
    """A decision that the plan does not take, the columns that take it, its fee, and what the plan does instead."""

    decision: str
    item: str
    columns: Ints
    fee: float
    note: str = ""


def candidates(solved: Solved) -> list[Candidate]:
    """Every decision for now that the plan leaves, but those that the scenario rules out."""
    found = [*_licences(solved), *_offers(solved), *_designs(solved)]
    lower, upper, x = solved.instance.lower, solved.instance.upper, solved.x
    return [
        one
        for one in found
        if (upper[one.columns] >= 1).all() and (lower[one.columns] <= 0).any() and x[one.columns].min() < 0.5
    ]


def _licences(solved: Solved) -> Iterator[Candidate]:
    for name, row in solved.course.scenario.licence.items():
        yield Candidate("apply", name, solved.columns(solved.course.model.apply[name]), row.application_fee)


def _offers(solved: Solved) -> Iterator[Candidate]:
    scenario = solved.course.scenario
    for name in solved.course.model.sign:
        if not solved.course.forbidden(scenario.offer[name]):
            columns = solved.columns(solved.course.model.sign[name])
            yield Candidate("sign", name, columns, scenario.offer[name].signing_fee)


def _designs(solved: Solved) -> Iterator[Candidate]:
    qualify, x = solved.course.model.qualify, solved.x
    for row in solved.course.scenario.designs:
        if (row.design, 1) in qualify:
            later = [period for name, period in qualify if name == row.design and period > 1]
            waits = any(x[solved.columns(qualify[row.design, period])].any() for period in later)
            note = "the plan qualifies it later" if waits else ""
            columns = solved.columns(qualify[row.design, 1])
            yield Candidate("qualify", row.design, columns, row.qualification_cost, note)


@dataclass(frozen=True)
class Forcing:
    """Forces decisions one by one, each solved as closely as the plan was and no longer than it took."""

    solved: Solved
    options: Options
    watch: Watcher | None
    cancel: threading.Event

    def rows(self, duals: Duals | None) -> Iterator[dict[str, Any]]:
        """Rows of the table `not_taken`, nearest to being taken first; stopped ones are told as such."""
        ranked = sorted(candidates(self.solved), key=lambda one: _score(one, duals))
        for place, one in enumerate(ranked):
            row = {"decision": one.decision, "item": one.item}
            if place >= MOST:
                yield row | {"note": NOT_TRIED}
                continue
            stage = f"why: forcing {one.item} ({place + 1} of {min(len(ranked), MOST)})"
            outcome = None if self.cancel.is_set() else self._forced(one, stage)
            yield row | ({"note": STOPPED} if outcome is None else self._told(one, outcome))

    def _forced(self, one: Candidate, stage: str) -> Outcome | None:
        """The best plan with a decision taken; None where stopped before."""
        before, guess = self.solved.instance, self.solved.x.copy()
        lower = before.lower.copy()
        lower[one.columns] = guess[one.columns] = 1.0
        found = solve(replace(before, lower=lower), self._options(), self._watched(stage), self.cancel, guess)
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

    def _told(self, one: Candidate, forced: Outcome) -> dict[str, Any]:
        plan = self.solved.outcome
        if forced.stop is Stop.INFEASIBLE:
            return {"note": IMPOSSIBLE}
        least = max(forced.bound - plan.objective, 0.0)
        if forced.x is None:
            return {"at_least": least, "note": NO_PLAN}
        most = max(forced.objective - plan.bound, least)
        cost = min(max(forced.objective - plan.objective, least), most)
        if cost <= _SAME * abs(plan.objective):
            cost = 0.0
        found = {"cost": cost, "at_least": least, "at_most": most}
        cheaper = self._cheaper(one, forced.x, cost, least)
        notes = [one.note, self._between(least, most), cheaper.pop("note")]
        return found | cheaper | {"note": "; ".join(note for note in notes if note)}

    def _between(self, least: float, most: float) -> str:
        """What is to be said where the gaps leave open whether it costs anything."""
        if most <= _SAME * abs(self.solved.outcome.objective):
            return "as good as the plan"
        if least > 0:
            return ""
        money = Wording(self.solved.course.scenario.settings.currency).money
        return f"between {money(least)} and {money(most)}: the gap does not tell more"

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
        course = self.solved.course
        settings, tree = course.scenario.settings, course.tree
        answer = Answer(course.scenario, tree, read(course, self.solved.instance.layout, x))
        tail = tail_weights(future_costs(answer), tree.probability, settings.risk_tail)
        weight = (1 - settings.risk_weight) * tree.probability + settings.risk_weight * tail
        node_weight = np.bincount(tree.node_of.ravel(), np.repeat(weight, tree.periods + 1), minlength=tree.size)
        found = arrivals(answer)
        found = found[(found["offer"] == offer) & (found["origin"] == "order")]
        nodes = found["node"].to_numpy(np.int64)
        worth = node_weight[nodes] * answer.discount[tree.period[nodes]]
        return float(worth @ found["released_kg"]), float(worth @ found["purchase_cost"])


def _score(one: Candidate, duals: Duals | None) -> float:
    """What the plan's duals say that it costs: a guess of how near it is to being taken."""
    return 0.0 if duals is None else float(duals.columns[one.columns].sum())

"""The plan of before in the program of the scenario that goes on: what it decided at nodes still to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.futures.tree import Floats, Ints, Tree, grow
from planner.model.tiling import Instance
from planner.plan.plan import Plan
from planner.scenario.scenario import Scenario

KINDS = ("apply", "sign", "qualify", "expand")
"""Decisions that a plan can be held to."""

Decision = tuple[str, str, int]
"""Kind, item, and node of the tree of before."""


@dataclass(frozen=True)
class LastPlan:
    """A plan, its scenario, and the period of it that the new scenario begins with."""

    scenario: Scenario
    plan: Plan
    period: int

    @cached_property
    def tree(self) -> Tree:
        """The tree of before."""
        return grow(self.scenario)

    @cached_property
    def taken(self) -> dict[Decision, float]:
        """What is decided at each node of before: 1, of steps how many."""
        found: dict[Decision, float] = {}
        for later in self.plan.decisions.later:
            period = self.scenario.calendar.period(later.period)
            for future in later.futures:
                found[later.kind, later.item, int(self.tree.node_of[self.tree.futures.index(future), period])] = 1.0
        for table, kind, item in (("qualification", "qualify", "design"), ("expansion", "expand", "expansion")):
            for row in self.plan.tables[table].to_dict("records"):
                found[kind, str(row[item]), int(row["node"])] = float(row.get("steps", 1.0))
        return found

    @cached_property
    def _known(self) -> dict[str, set[str]]:
        scenario = self.scenario
        return {
            "apply": set(scenario.licence),
            "sign": set(scenario.offer),
            "qualify": {row.design for row in scenario.designs},
            "expand": {row.expansion for row in scenario.expansions},
        }

    def columns(self, instance: Instance) -> Iterator[tuple[int, int, float]]:
        """Of each decision that the plan of before knew of: its column, its period, and what that plan decided.

        What can be decided now was decided, or left, by that plan before: it counts as left.
        """
        layout = instance.layout
        before = self._nodes_before(layout.tree)
        for node, period in enumerate(layout.tree.period.tolist()):
            for place, (kind, index) in enumerate(layout.labels[period]):
                if kind in KINDS and index[0] in self._known[kind] and (before[node] >= 0 or period == 0):
                    value = self.taken.get((kind, str(index[0]), int(before[node])), 0.0) if period else 0.0
                    yield int(layout.first[node]) + place, period, value

    def _nodes_before(self, tree: Tree) -> Ints:
        """By node, that of the tree of before which shares a future with it; -1 where none does."""
        found = np.full(tree.size, -1, dtype=np.int64)
        for w, future in enumerate(tree.futures):
            if future in self.tree.futures:
                path = self.tree.node_of[self.tree.futures.index(future)]
                for period in range(1, min(tree.periods, self.tree.periods - self.period + 1) + 1):
                    found[tree.node_of[w, period]] = path[period + self.period - 1]
        return found


def held(instance: Instance, last: LastPlan) -> Instance:
    """The program in which what is decided now and in the first period is as the plan of before has it."""
    lower, upper = instance.lower.copy(), instance.upper.copy()
    for column, period, value in last.columns(instance):
        if period <= 1 and lower[column] <= value <= upper[column]:
            lower[column] = upper[column] = value
    return replace(instance, lower=lower, upper=upper)


def charged(instance: Instance, last: LastPlan, cost: float) -> tuple[Instance, Floats]:
    """The program in which each decision that differs from the plan of before costs so much, and what it adds to costs.

    Base currency, weighted by the probability of the decision's node. Of steps each one more or less counts.
    """
    added = np.zeros_like(instance.cost)
    weight = np.repeat(instance.layout.tree.node_probability, np.diff(instance.layout.first))
    for column, _, value in last.columns(instance):
        if instance.lower[column] < instance.upper[column]:
            added[column] = cost * weight[column] * (1.0 if value <= instance.lower[column] else -1.0)
    return replace(instance, cost=instance.cost + added), added

"""Planning again in every period of a path: a small tree from the state reached, solved, and its first period taken."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.futures.apart import held
from planner.futures.tree import Floats, Tree
from planner.model.program import program
from planner.model.tiling import Instance, Label
from planner.scenario.changed import changed
from planner.scenario.scenario import Scenario
from planner.solver.outcome import Options, Outcome, Stop
from planner.solver.strategy import solve
from planner.trial.following import Followed, World
from planner.trial.paths import Paths
from planner.trial.plans import TriedPlan
from planner.trial.stage import SOFT, Stage

LEAVES = 5
"""Leaves of the trees that periods are planned again with, where futures come from climates."""

_SECONDS = 20.0
"""Most that planning a period again may take."""

Decided = Mapping[Label, float]


@dataclass(eq=False)
class Replanner:
    """Plans periods again; paths that have looked the same up to a period share what is decided in it."""

    scenario: Scenario
    paths: Paths
    now: Decided
    gap: float = 1e-3
    leaves: int = LEAVES
    cancel: threading.Event = field(default_factory=threading.Event)
    _known: dict[tuple[int, bytes], Decided | None] = field(default_factory=dict)

    def follow(self, world: World, plan: TriedPlan, numbers: Sequence[int]) -> Followed:
        """What is decided along some paths, put into the columns of their program, and what it breaks."""
        x = np.zeros(world.layout.size)
        for place, label in enumerate(world.layout.labels[0]):
            x[place] = plan.now.get(label, 0.0)
        seen, broken = _seen(world.tree), []
        stages = {
            period: Stage(world.scenario, world.layout.labels[period], world.instance.names[period])
            for period in range(1, world.tree.periods + 1)
        }
        for path, number in enumerate(numbers):
            missed, history = [], [self.now]
            for period in range(1, world.tree.periods + 1):
                key = (period, seen[path, : period + 1].tobytes())
                if key not in self._known:
                    self._known[key] = self._decide(number, period, history)
                here = int(world.tree.node_of[path, period])
                columns = slice(int(world.layout.first[here]), int(world.layout.first[here + 1]))
                labels, instance = world.layout.labels[period], world.instance
                wanted = np.array([(self._known[key] or {}).get(label, 0.0) for label in labels])
                x[columns], its = stages[period].keep(
                    wanted,
                    instance.lower[columns],
                    instance.upper[columns],
                    instance.integer[columns],
                    world.rows(here, x),
                    period,
                )
                missed += its
                history.append(dict(zip(labels, x[columns].tolist(), strict=True)))
            broken.append(missed)
        return Followed(x, broken)

    def _decide(self, number: int, period: int, history: Sequence[Decided]) -> Decided | None:
        """What a plan from the state reached does in its first period; None where none was found."""
        if self.cancel.is_set():
            raise KeyboardInterrupt
        tree = self.paths.knowing(number, period, self.leaves)
        panels = tuple(row.model_copy(update={"min_suppliers": 0}) for row in self.scenario.panels)
        _, instance = program(changed(self.scenario, panels=panels), tree)
        instance = _reached(instance, history)
        outcome = self._solved(instance)
        if outcome.x is None and outcome.stop is Stop.INFEASIBLE:
            outcome = self._solved(_softened(instance))
        if outcome.x is None:
            return None
        node = int(tree.node_of[0, period])
        columns = outcome.x[instance.layout.first[node] : instance.layout.first[node + 1]]
        return dict(zip(instance.layout.labels[period], columns.tolist(), strict=True))

    def _solved(self, instance: Instance) -> Outcome:
        return solve(instance, Options(gap=self.gap, time_limit=_SECONDS), cancel=self.cancel)


def _seen(tree: Tree) -> Floats:
    """What has been seen along each path, shape (paths, periods, names), now first."""
    columns = [values for its in held(tree).values() for values in its.values()]
    return np.stack(columns, axis=1)[tree.node_of].round(12)


def _reached(instance: Instance, history: Sequence[Decided]) -> Instance:
    """The program in which all up to a period is as it came; rows of that time no longer ask anything."""
    layout, tree = instance.layout, instance.layout.tree
    lower, upper = instance.lower.copy(), instance.upper.copy()
    row_lower, row_upper = instance.row_lower.copy(), instance.row_upper.copy()
    for period, decided in enumerate(history):
        for place, label in enumerate(layout.labels[period]):
            if label in decided or label[0] not in _OF_RISK:
                columns = layout.first[tree.at[period]] + place
                lower[columns] = upper[columns] = decided.get(label, 0.0)
    past = [row for row, ((name, _), node) in enumerate(instance.row_names) if _is_past(name, tree, node, len(history))]
    row_lower[past], row_upper[past] = -np.inf, np.inf
    return replace(instance, lower=lower, upper=upper, row_lower=row_lower, row_upper=row_upper)


_OF_RISK = frozenset({"spent", "excess", "eta", "nothing"})


def _is_past(name: str, tree: Tree, node: int, period: int) -> bool:
    return node >= 0 and int(tree.period[node]) < period and name != "spent_so_far"


def _softened(instance: Instance) -> Instance:
    """Without what may not hold."""
    rows = [row for row, ((name, _), _) in enumerate(instance.row_names) if name in SOFT]
    lower, upper = instance.row_lower.copy(), instance.row_upper.copy()
    lower[rows], upper[rows] = -np.inf, np.inf
    return replace(instance, row_lower=lower, row_upper=upper)

"""A plan followed along paths, period by period, and what hindsight would have done."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints, Tree
from planner.model.program import program
from planner.model.tiling import Matrix, node_costs
from planner.plan.tables import COST_KINDS
from planner.scenario.changed import changed
from planner.scenario.scenario import Scenario
from planner.solver.small import Small, SmallSolver
from planner.trial.plans import Fit, TriedPlan, fit
from planner.trial.stage import Broken, Rows, Stage


def neutral(scenario: Scenario) -> Scenario:
    """The scenario as one path sees it: without a weight on risk, and without shares that are averages over futures."""
    settings = scenario.settings.model_copy(update={"risk_weight": 0.0})
    panels = tuple(row.model_copy(update={"min_suppliers": 0}) for row in scenario.panels)
    return changed(scenario, settings=settings, panels=panels)


class World:
    """The program of some paths side by side; columns and rows of a path stand together, those of `now` first."""

    def __init__(self, scenario: Scenario, tree: Tree) -> None:
        self.scenario, self.tree = neutral(scenario), tree
        self.path, self.instance = program(self.scenario, tree)
        self.layout = self.instance.layout
        rows = np.array([len(self.instance.names[period]) for period in tree.period])
        self.first_row: Ints = np.concatenate([[0], np.cumsum(rows)])

    def rows(self, node: int, x: Floats) -> Rows:
        """A node's rows over its own columns; what earlier columns put into them is taken to the sides."""
        return self._between(node, node + 1, x)

    def path_rows(self, path: int, x: Floats) -> Rows:
        """The rows of a whole path over its own columns."""
        nodes = self.tree.node_of[path]
        return self._between(int(nodes[1]), int(nodes[-1]) + 1, x)

    def _between(self, node: int, end: int, x: Floats) -> Rows:
        matrix, first, last = self.instance.matrix, self.first_row[node], self.first_row[end]
        low, high = self.layout.first[node], self.layout.first[end]
        entries = slice(int(matrix.starts[first]), int(matrix.starts[last]))
        index, value = matrix.index[entries], matrix.value[entries]
        row = np.repeat(np.arange(last - first), np.diff(matrix.starts[first : last + 1]))
        own = (index >= low) & (index < high)
        before = np.bincount(row[~own], value[~own] * x[index[~own]], int(last - first))
        starts = np.concatenate([[0], np.cumsum(np.bincount(row[own], minlength=int(last - first)))])
        sides = (side[first:last] - before for side in (self.instance.row_lower, self.instance.row_upper))
        return Rows(Matrix(starts, index[own] - low, value[own]), *sides)

    def costs(self, x: Floats) -> Floats:
        """C(w) of each path, discounted."""
        settings = self.scenario.settings
        years = (np.maximum(self.tree.period, 1) - 1) * settings.period_months / 12
        by_node = node_costs(self.path, self.layout, x, list(COST_KINDS)).sum(axis=1)
        by_node *= (1 + settings.discount_rate) ** -years
        return np.asarray(by_node[self.tree.node_of].sum(axis=1))

    def of(self, variable: str, name: str, x: Floats) -> Floats:
        """The values of a variable with one name besides its period, shape (paths, periods)."""
        found = np.zeros((len(self.tree.futures), self.tree.periods))
        for period in range(1, self.tree.periods + 1):
            place = self._places[period].get((variable, (name, period)))
            if place is not None:
                found[:, period - 1] = x[self.layout.first[self.tree.node_of[:, period]] + place]
        return found

    @cached_property
    def _places(self) -> list[dict[object, int]]:
        return [{label: n for n, label in enumerate(labels)} for labels in self.layout.labels]


@dataclass(frozen=True)
class Followed:
    """What came of following a plan: the values of all columns, and by path the rows that were broken."""

    x: Floats
    broken: list[list[Broken]]


def follow(world: World, plan: TriedPlan, cancel: threading.Event) -> Followed:
    """Decide each period of each path by the plan's node that fits best what has been seen, made feasible."""
    fitting, follower = fit(plan.tree, world.tree), _Follower(world, plan)
    for path in range(len(world.tree.futures)):
        if cancel.is_set():
            raise KeyboardInterrupt
        follower.along(path, fitting)
    return Followed(follower.x, follower.broken)


class _Follower:
    def __init__(self, world: World, plan: TriedPlan) -> None:
        self._world, self._plan = world, plan
        layout, instance = world.layout, world.instance
        self._stages = {
            period: Stage(world.scenario, layout.labels[period], instance.names[period])
            for period in range(1, world.tree.periods + 1)
        }
        self.x = np.zeros(layout.size)
        for place, label in enumerate(layout.labels[0]):
            self.x[place] = plan.now.get(label, 0.0)
        self.broken: list[list[Broken]] = [[] for _ in world.tree.futures]

    def along(self, path: int, fitting: Fit) -> None:
        """All periods of a path."""
        for period in range(1, self._world.tree.periods + 1):
            self._decide(path, period, int(fitting.node[path, period]), bool(fitting.same[path, period]))

    def _decide(self, path: int, period: int, node: int, same: bool) -> None:
        world, instance = self._world, self._world.instance
        here = int(world.tree.node_of[path, period])
        columns = slice(int(world.layout.first[here]), int(world.layout.first[here + 1]))
        wanted = self._plan.decided(period, world.layout.labels[period], np.array([node]))[0]
        lower, upper, integer = instance.lower[columns], instance.upper[columns], instance.integer[columns]
        rows = world.rows(here, self.x)
        stage = self._stages[period]
        decide = stage.keep if same else stage.decide
        self.x[columns], broken = decide(wanted, lower, upper, integer, rows, period)
        self.broken[path] += broken


# --- hindsight ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hindsight:
    """By path, what it would have cost to know all from the start, `now` as decided: what is proven, and was found."""

    low: Floats
    high: Floats


def hindsight(
    world: World, followed: Followed, cancel: threading.Event, gap: float = 1e-4, seconds: float = 0.2
) -> Hindsight:
    """The least cost of each path with all known; rows that following the plan broke may be missed by as much.

    The linear relaxation bounds it. The rest is planned at least cost beside the integer variables as they were
    followed, and beside the relaxation's, rounded up; the program itself is searched for so many seconds.
    """
    costs, x = world.costs(followed.x), followed.x.copy()
    bounds, objectives = np.full(len(costs), -np.inf), np.zeros(len(costs))
    solvers = SmallSolver(), SmallSolver(gap, seconds)
    for path in range(len(costs)):
        if cancel.is_set():
            raise KeyboardInterrupt
        columns = _columns(world, path)
        small = _alone(world, path, followed, columns)
        bounds[path], found = _least(small, x[columns], *solvers)
        if found is not None:
            x[columns] = found
        objectives[path] = float(small.cost @ x[columns])
    found_costs = world.costs(x)
    # What a path costs whatever is decided is no part of its program's objective.
    low = bounds + found_costs - objectives
    high = np.minimum(found_costs, costs)
    return Hindsight(np.minimum(low, high), high)


def _least(small: Small, followed: Floats, relaxed: SmallSolver, searching: SmallSolver) -> tuple[float, Floats | None]:
    """A bound on the least cost, and the best found (None: nothing)."""
    relaxation = relaxed.solve(replace(small, integer=np.zeros_like(small.integer)))
    sides = [followed, *([] if relaxation.x is None else [np.ceil(relaxation.x - _WHOLE)])]
    found = [searching.solve(small), *(relaxed.solve(_fixed(small, side)) for side in sides)]
    best = min(found, key=lambda answer: answer.objective)
    return max(relaxation.bound, found[0].bound), best.x


def _fixed(small: Small, x: Floats) -> Small:
    """The program with its integer variables as in x: a linear one."""
    whole = np.clip(x.round(), small.lower, small.upper)
    lower, upper = (np.where(small.integer, whole, side) for side in (small.lower, small.upper))
    return replace(small, lower=lower, upper=upper, integer=np.zeros_like(small.integer))


_WHOLE = 1e-6
"""By which a solver lets an integer variable be more than integral."""


def _columns(world: World, path: int) -> slice:
    nodes = world.tree.node_of[path]
    return slice(int(world.layout.first[nodes[1]]), int(world.layout.first[nodes[-1] + 1]))


def _alone(world: World, path: int, followed: Followed, columns: slice) -> Small:
    """The program of one path, `now` fixed."""
    instance, x = world.instance, followed.x
    rows = world.path_rows(path, x)
    value = rows.matrix.times(x[columns])
    # Where following the plan missed a row, hindsight need not keep it better.
    lower = np.where(np.isfinite(rows.lower), np.minimum(rows.lower, value), rows.lower)
    upper = np.where(np.isfinite(rows.upper), np.maximum(rows.upper, value), rows.upper)
    weight = float(world.tree.probability[path])
    integer: NDArray[np.bool_] = instance.integer[columns]
    return Small(
        cost=instance.cost[columns] / weight,
        lower=np.minimum(instance.lower[columns], x[columns]),
        upper=np.maximum(instance.upper[columns], x[columns]),
        integer=integer,
        matrix=rows.matrix,
        row_lower=lower,
        row_upper=upper,
    )

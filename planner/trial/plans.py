"""The plan that is tried: what it decides at each node of its tree, and which node fits best what has been seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.futures.apart import held
from planner.futures.tree import Floats, Ints, Tree
from planner.model.tiling import Label, Layout

_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class TriedPlan:
    """A solution of a scenario's program: the values of its columns, and the nodes that they stand at."""

    layout: Layout
    x: Floats

    @property
    def tree(self) -> Tree:
        """The plan's tree."""
        return self.layout.tree

    @property
    def now(self) -> dict[Label, float]:
        """What is decided now, by variable and index."""
        return {label: float(self.x[place]) for place, label in enumerate(self.layout.labels[0])}

    def decided(self, period: int, labels: list[Label], nodes: Ints) -> Floats:
        """What the plan decides at nodes of a period: values of columns (nodes, labels), 0 where it has none."""
        place = self._places[period]
        known = np.array([place.get(label, -1) for label in labels], dtype=np.int64)
        found = np.zeros((len(nodes), len(labels)))
        there = np.flatnonzero(known >= 0)
        found[:, there] = self.x[self.layout.first[nodes][:, None] + known[there]]
        return found

    @cached_property
    def _places(self) -> list[dict[Label, int]]:
        return [{label: n for n, label in enumerate(labels)} for labels in self.layout.labels]


@dataclass(frozen=True)
class Fit:
    """By path and period (now first) the plan's node that fits best, and whether the path has been the same so far."""

    node: Ints
    same: np.ndarray[tuple[int, int], np.dtype[np.bool_]]


def fit(plan: Tree, paths: Tree) -> Fit:
    """The node of each period whose path has been nearest to each path up to then.

    Values are compared by absolute differences in standard deviations over the plan's nodes and the paths together.
    """
    ours, theirs = _values(plan), _values(paths)
    spread = np.concatenate([ours[1:], theirs[1:]]).std(axis=0)
    moving = spread > _SAME
    ours, theirs = ours[:, moving] / spread[moving], theirs[:, moving] / spread[moving]
    count = len(paths.futures)
    node = np.zeros((count, plan.periods + 1), dtype=np.int64)
    same = np.ones((count, plan.periods + 1), dtype=bool)
    far = np.zeros((count, plan.size))
    for period in range(1, plan.periods + 1):
        nodes, here = plan.at[period], theirs[paths.node_of[:, period]]
        step = np.abs(here[:, None, :] - ours[nodes][None, :, :]).sum(axis=2)
        far[:, nodes] = far[:, plan.parent[nodes]] + step
        best = far[:, nodes].argmin(axis=1)
        node[:, period] = nodes[best]
        same[:, period] = far[np.arange(count), node[:, period]] <= _SAME * max(1, ours.shape[1])
    return Fit(node, same)


def _values(tree: Tree) -> Floats:
    """All that holds at each node, shape (nodes, names)."""
    columns = [values for its in held(tree).values() for values in its.values()]
    return np.stack(columns, axis=1) if columns else np.zeros((tree.size, 1))

"""A scenario tree from Markov chains: branches where they bring it nearest to the chains in nested distance.

Backwards in time, for every state that may be reached and every number of leaves, the representatives of what may come
next are taken by fast forward selection (Heitsch and Römisch 2003) on nested distances between the chains' laws, and
the leaves are shared out among them. By the triangle inequality of the nested distance (Pflug and Pichler 2012) the sum
of these distances bounds that of the tree to the process; it is what is made small. So a node's children stand for what
the chains may do next, with their probabilities, and no node knows of a path what the chains would not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from planner.climates.chains import Climates, Floats, Ints, State
from planner.climates.distance import Apart
from planner.climates.nodes import Node

MOST_CHILDREN = 16
"""Children of a node; further ones would hardly bring it nearer."""


@dataclass(frozen=True)
class _Step:
    """Some states taken to stand for all that may come next: how far that is off, and the probability of each."""

    states: tuple[State, ...]
    off: float
    probability: Floats


class Branching:
    """Trees of a process by number of leaves, the nearest first in a bound on the nested distance."""

    def __init__(self, climates: Climates, apart: Apart, leaves: int) -> None:
        self._climates, self._apart, self._most = climates, apart, leaves
        self._steps: dict[tuple[int, State | None], list[_Step]] = {}
        self._bounds: dict[tuple[int, State | None], Floats] = {}

    def tree(self) -> Node:
        """The tree with as many leaves as there are to be, or as there can be if that is fewer."""
        bounds = self._bound(0, None)
        leaves = int(np.flatnonzero(np.isfinite(bounds)).max())
        root = Node((), 1.0, 1.0)
        self._grow(root, 0, None, leaves)
        return root

    def going_on(self, period: int, state: State) -> Node:
        """The tree of what comes after a state of a period, which is its root."""
        bounds = self._bound(period, state)
        root = Node(state, 1.0, 1.0)
        self._grow(root, period, state, int(np.flatnonzero(np.isfinite(bounds)).max()))
        return root

    def bound(self) -> float:
        """A bound on the nested distance of the tree to the process."""
        return float(self._bound(0, None)[np.isfinite(self._bound(0, None))][-1])

    def _grow(self, node: Node, period: int, state: State | None, leaves: int) -> None:
        if period == self._climates.periods:
            return
        step, shares = self._best(period, state, leaves)
        for to, probability, its in zip(step.states, step.probability.tolist(), shares, strict=True):
            child = Node(to, probability, node.probability * probability)
            node.children.append(child)
            self._grow(child, period + 1, to, its)

    def _bound(self, period: int, state: State | None) -> Floats:
        """By number of leaves (0 to most) the bound of a tree from a state on; infinite where there is none."""
        key = (period, state)
        if key not in self._bounds:
            found = np.full(self._most + 1, np.inf)
            if period == self._climates.periods:
                found[1] = 0.0
            else:
                for step in self._taken(period, state):
                    found = np.minimum(found, step.off + self._shared(period, step)[0])
            self._bounds[key] = found
        return self._bounds[key]

    def _best(self, period: int, state: State | None, leaves: int) -> tuple[_Step, list[int]]:
        """The states that a node with so many leaves branches to, and the leaves of each."""
        options = [(step, *self._shared(period, step)) for step in self._taken(period, state)]
        step, _, splits = min(options, key=lambda option: option[0].off + option[1][leaves])
        shares = []
        for split in reversed(splits):
            shares.append(int(split[leaves]))
            leaves -= shares[-1]
        return step, [*shares[::-1]]

    def _shared(self, period: int, step: _Step) -> tuple[Floats, list[Ints]]:
        """By number of leaves the bound of what comes after a step, and how many leaves the last of its states gets."""
        total = np.full(self._most + 1, np.inf)
        total[0] = 0.0
        splits = []
        for state, probability in zip(step.states, step.probability, strict=True):
            total, split = _convolved(total, probability * self._bound(period + 1, state))
            splits.append(split)
        return total, splits

    def _taken(self, period: int, state: State | None) -> list[_Step]:
        """One state that stands for all that may come next, two, three …, by fast forward selection."""
        key = (period, state)
        if key not in self._steps:
            self._steps[key] = list(self._select(period, state))
        return self._steps[key]

    def _select(self, period: int, state: State | None) -> Iterator[_Step]:
        nexts = list(self._climates.next(state))
        states, weights = [to for to, _ in nexts], np.array([p for _, p in nexts])
        distance = self._apart.between(period + 1, states, states)
        nearest, chosen = np.full(len(states), np.inf), list[int]()
        for _ in range(min(len(states), self._most, MOST_CHILDREN)):
            off = weights @ np.minimum(nearest[:, None], distance)
            off[chosen] = np.inf
            chosen.append(int(off.argmin()))
            nearest = np.minimum(nearest, distance[:, chosen[-1]])
            stands_for = distance[:, chosen].argmin(axis=1)
            probability = np.bincount(stands_for, weights, len(chosen)).astype(float)
            yield _Step(tuple(states[place] for place in chosen), float(weights @ nearest), probability)


def _convolved(one: Floats, other: Floats) -> tuple[Floats, Ints]:
    """The least of one[n − k] + other[k] for each n, and the k at which it is."""
    count = len(one)
    padded = np.concatenate([np.full(count - 1, np.inf), one])
    places = np.arange(count)[:, None] - np.arange(count)[None, :] + count - 1
    sums = padded[places] + other[None, :]
    best = sums.argmin(axis=1)
    return sums[np.arange(count), best], best

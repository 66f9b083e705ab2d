"""Nested distances of order 1 (Pflug and Pichler 2012): between chains begun in two states, and from tree to chains.

Values are compared by the sum of absolute differences over periods. Transport problems are solved by POT's network
simplex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.climates.chains import Climates, Floats, State, differences
from planner.climates.nodes import Node

MOST_PAIRS = 200_000
"""Pairs of node and state beyond which a nested distance is not worked out."""


def transport(one: Floats, other: Floats, cost: Floats) -> float:
    """The least cost of moving one distribution to another (cost: shape (one, other))."""
    if len(one) == 1 or len(other) == 1:
        return float(one @ cost @ other)
    # It takes long to import, and only who makes futures needs it.
    from ot.lp import emd2

    return float(emd2(one / one.sum(), other / other.sum(), np.ascontiguousarray(cost), numItermax=1_000_000))


@dataclass(frozen=True)
class Apart:
    """How far the chains' laws lie apart that begin in two states, by period: exact for each chain, summed over them.

    The chains are independent and their differences add up, so that the sum is the distance of the joint laws.
    """

    by_chain: tuple[Floats, ...]
    """(T + 1, S, S) of each chain; period t is place t, place 0 is empty."""

    def between(self, period: int, ones: Sequence[State], others: Sequence[State]) -> Floats:
        """Nested distances from each of some states of a period to each of others, shape (ones, others)."""
        found = np.zeros((len(ones), len(others)))
        rows, columns = np.array(ones, dtype=np.int64), np.array(others, dtype=np.int64)
        for place, distance in enumerate(self.by_chain):
            found += distance[period][rows[:, place][:, None], columns[:, place][None, :]]
        return found


def apart(climates: Climates) -> Apart:
    """Backwards in time: the difference of the two states and the transport of what comes after them."""
    found = []
    for chain, difference in zip(climates.chains, differences(climates.chains), strict=True):
        count, last = len(chain.states), climates.periods
        distance = np.zeros((last + 1, count, count))
        distance[last] = difference
        for period in range(last - 1, 0, -1):
            for one in range(count):
                for other in range(one):
                    after = transport(chain.moves[one], chain.moves[other], distance[period + 1])
                    distance[period, one, other] = distance[period, other, one] = difference[one, other] + after
        found.append(distance)
    return Apart(tuple(found))


def from_tree(climates: Climates, root: Node) -> float | None:
    """The nested distance from a tree to the process that the chains are; None where it would take too long."""
    step = differences(climates.chains)
    known: dict[tuple[int, State], float] = {}

    def beyond(node: Node, state: State | None) -> float:
        """What comes after a node, where the process is in a state."""
        if not node.children:
            return 0.0
        nexts = list(climates.next(state))
        cost = np.array([[here(child, to) for child in node.children] for to, _ in nexts])
        return transport(np.array([p for _, p in nexts]), np.array([c.conditional for c in node.children]), cost)

    def here(node: Node, state: State) -> float:
        key = (id(node), state)
        if key not in known:
            if len(known) > MOST_PAIRS:
                raise _TooMany
            own = sum(d[a, b] for d, a, b in zip(step, node.state, state, strict=True))
            known[key] = own + beyond(node, state)
        return known[key]

    try:
        return beyond(root, None)
    except _TooMany:
        return None


class _TooMany(Exception):
    """There are too many pairs of node and state."""


def from_sample(values: Floats, weights: Floats, leaves: Floats, probability: Floats) -> float:
    """The transport distance of order 1 between paths (paths, periods, values) and a tree's leaves, likewise."""
    paths, ends = values.reshape(len(values), -1), leaves.reshape(len(leaves), -1)
    cost = np.stack([np.abs(paths - end).sum(axis=1) for end in ends], axis=1)
    return transport(weights, probability, cost)


def one_child(climates: Climates, levels: Sequence[Sequence[Node]]) -> list[float]:
    """By period, from now on: the chance of a node with one child though the chains may still move."""
    found = []
    for nodes in levels[:-1]:
        alone = [node for node in nodes if len(node.children) == 1]
        found.append(float(sum(node.probability for node in alone if _may_move(climates, node))))
    return found


def _may_move(climates: Climates, node: Node) -> bool:
    nexts = np.array([[state] for state, _ in climates.next(node.state or None)], dtype=np.int64)
    return len(np.unique(_rounded(climates.values(nexts)), axis=0)) > 1


def _rounded(values: Floats) -> Floats:
    return np.round(values.reshape(len(values), -1), 12)

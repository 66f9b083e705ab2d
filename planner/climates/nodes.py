"""A scenario tree as its nodes: what is known at each, and what may come next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from planner.climates.chains import Floats, Ints, State


@dataclass
class Node:
    """What is known at a period: the chains' states. `conditional` is the probability given its parent."""

    state: State
    conditional: float
    probability: float
    children: list[Node] = field(default_factory=list)


def levels(root: Node) -> list[list[Node]]:
    """The nodes of each period, now first."""
    found = [[root]]
    while found[-1][0].children:
        found.append([child for node in found[-1] for child in node.children])
    return found


def leaves(root: Node) -> tuple[Ints, Floats]:
    """The states along each leaf's path, shape (leaves, periods, chains), and the leaves' probabilities."""
    paths: list[list[State]] = []
    weights: list[float] = []

    def walk(node: Node, path: list[State]) -> None:
        if not node.children:
            paths.append(path)
            weights.append(node.probability)
        for child in node.children:
            walk(child, [*path, child.state])

    walk(root, [])
    return np.array(paths, dtype=np.int64), np.array(weights)

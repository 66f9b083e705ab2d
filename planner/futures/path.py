"""Trees of one path: a future by itself, and the average of all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np

from planner.futures.tree import Floats, Tree

AVERAGE = "average of the futures"


def alone(tree: Tree, future: int) -> Tree:
    """The tree of one future: in it all is known from the start."""
    path = tree.node_of[future]
    return _path(tree, tree.futures[future], lambda values: values[path])


def average(tree: Tree) -> Tree:
    """The tree of one future in which each clearance and factor is its probability-weighted mean by period."""
    return _path(tree, AVERAGE, lambda values: tree.probability @ values[tree.node_of] / tree.probability.sum())


def _path(tree: Tree, name: str, along: Callable[[Floats], Floats]) -> Tree:
    """One path whose values are taken from those by node."""
    count = tree.periods + 1
    nodes = np.arange(count)
    by_node = {
        field.name: {item: along(values) for item, values in held.items()}
        for field in fields(tree)
        if isinstance(held := getattr(tree, field.name), dict)
    }
    return Tree((name,), np.ones(1), nodes[None, :], nodes, nodes - 1, np.ones(count), **by_node)

"""Trees made of paths of a tree: side by side, sharing no node but `now`; or some of its futures by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from planner.futures.tree import Floats, Tree


def held(tree: Tree) -> dict[str, dict[str, Floats]]:
    """What holds at the nodes of a tree: by kind, and by name."""
    return {field.name: found for field in fields(tree) if isinstance(found := getattr(tree, field.name), dict)}


def apart(tree: Tree, picked: Sequence[int]) -> Tree:
    """The paths of some futures (one may come more than once), each with nodes of its own and as likely as the others.

    The nodes of path c are 1 + c · T to (c + 1) · T, in the order of its periods.
    """
    count, last = len(picked), tree.periods
    source = np.concatenate([[0], tree.node_of[list(picked), 1:].ravel()])
    own = 1 + np.arange(count * last).reshape(count, last)
    node_of = np.concatenate([np.zeros((count, 1), dtype=np.int64), own], axis=1)
    period = np.concatenate([[0], np.tile(np.arange(1, last + 1), count)])
    parent = np.concatenate([[-1], node_of[:, :-1].ravel()])
    probability = np.full(count, 1 / count)
    by_node = {kind: {name: values[source] for name, values in its.items()} for kind, its in held(tree).items()}
    names = tuple(str(number) for number in range(count))
    return Tree(
        names, probability, node_of, period, parent, np.concatenate([[1.0], np.repeat(probability, last)]), **by_node
    )


def among(tree: Tree, picked: Sequence[int]) -> Tree:
    """The tree of some futures alone, with their probabilities made to add up to 1; nodes are shared as before."""
    paths = tree.node_of[list(picked)]
    kept, node_of = np.unique(paths, return_inverse=True)
    place = {int(node): number for number, node in enumerate(kept)}
    probability = tree.probability[list(picked)] / tree.probability[list(picked)].sum()
    node_of = node_of.reshape(paths.shape)
    node_probability = np.zeros(len(kept))
    for column in node_of.T:
        np.add.at(node_probability, column, probability)
    parent = np.array([place.get(int(node), -1) for node in tree.parent[kept]], dtype=np.int64)
    by_node = {kind: {name: values[kept] for name, values in its.items()} for kind, its in held(tree).items()}
    names = tuple(tree.futures[number] for number in picked)
    return Tree(names, probability, node_of, tree.period[kept], parent, node_probability, **by_node)

"""Programs in which some decisions are fixed: by their variable and index, at every node of its period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from planner.errors import Fault
from planner.futures.tree import Floats, Ints
from planner.model.tiling import Instance, Label, Layout

NOW = ("apply", "sign", "keep", "used")
"""The variables of what is decided now."""


def decided_now(layout: Layout, x: Floats) -> dict[Label, float]:
    """What a solution decides now, taken or not, by variable and index; kg/period of capacity kept."""
    return {label: float(x[place]) for place, label in enumerate(layout.labels[0]) if label[0] in NOW}


def fixed(instance: Instance, decided: Mapping[Label, float]) -> Instance:
    """The program with decisions fixed at values, everything else as it was.

    A decision that the program has no column for can only be left.
    """
    lower, upper = instance.lower.copy(), instance.upper.copy()
    for label, value in decided.items():
        columns = columns_of(instance.layout, label)
        if not len(columns) and value:
            raise Fault(f"The model has no decision {label}. This is a fault of the planner; please report it.")
        lower[columns] = upper[columns] = value
    return replace(instance, lower=lower, upper=upper)


def columns_of(layout: Layout, label: Label) -> Ints:
    """The columns of a variable, one for each node of its period; none where it has no column."""
    _, index = label
    period = 0 if label in layout.labels[0] else index[-1]
    if not isinstance(period, int) or not 0 <= period < len(layout.labels) or label not in layout.labels[period]:
        return np.zeros(0, dtype=np.int64)
    return layout.first[layout.tree.at[period]] + layout.labels[period].index(label)


def carried_over(before: Layout, x: Floats, after: Layout, future: int | None = None) -> Floats:
    """A solution of one program as columns of another: of the same variables, at nodes that share a future; else 0.

    `future` is that of the first tree whose path the second is, where it is one path.
    """
    found = np.zeros(after.size)
    first = np.zeros(after.tree.size, dtype=np.int64)
    for w, path in enumerate(after.tree.node_of):
        first[path] = before.tree.node_of[w if future is None else future]
    for period, labels in enumerate(after.labels):
        place = {label: n for n, label in enumerate(before.labels[period])}
        known = [(n, place[label]) for n, label in enumerate(labels) if label in place]
        if known:
            to, source = np.array(known).T
            nodes = after.tree.at[period]
            found[after.first[nodes][:, None] + to] = x[before.first[first[nodes]][:, None] + source]
    return found

"""Reading a solution back, by variable and node, in one pass over the columns of each period."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from planner.futures.tree import Floats
from planner.model.course import Course
from planner.model.tiling import Layout, node_costs
from planner.plan.tables import COST_KINDS
from planner.plan.values import Solution, Values


def read(course: Course, layout: Layout, x: Floats) -> Solution:
    """The solution x of the tree as values by variable and node."""
    parts: dict[str, list[Values]] = defaultdict(list)
    for period in range(course.last + 1):
        columns, nodes = layout.columns(period), course.tree.at[period]
        for name, places, keys in _by_variable(course, layout, period):
            values = x[columns[:, places]]
            at, place = np.nonzero(values)
            if len(at):
                index = tuple(part[place] for part in keys)
                parts[name].append(Values(index, nodes[at], values[at, place]))
    m = course.model
    return Solution(
        {name: _joined(found) for name, found in parts.items()},
        licences=tuple(m.apply),
        to_sign=tuple(m.sign),
        to_keep=tuple(m.keep),
        costs=node_costs(course, layout, x, list(COST_KINDS)),
    )


def _by_variable(course: Course, layout: Layout, period: int) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """The variables of a period: name, places of their columns, and the parts of their keys but the period."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, (name, _) in enumerate(layout.labels[period]):
        places[name].append(place)
    found = []
    for name, here in places.items():
        keys = [layout.labels[period][place][1] for place in here]
        keys = keys if name in course.now_variables else [key[:-1] for key in keys]
        parts = tuple(np.array(part, dtype=object) for part in zip(*keys, strict=True))
        found.append((name, np.array(here), parts))
    return found


def _joined(found: list[Values]) -> Values:
    count = len(found[0].index)
    return Values(
        tuple(np.concatenate([values.index[part] for values in found]) for part in range(count)),
        np.concatenate([values.node for values in found]),
        np.concatenate([values.value for values in found]),
    )

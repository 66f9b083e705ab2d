"""Reading a solution back, by variable and node, in one pass over the columns of each period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints
from planner.model.course import Course
from planner.model.tiling import Label, Layout, node_costs
from planner.plan.tables import COST_KINDS
from planner.plan.values import Solution, Values


def read(course: Course, layout: Layout, x: Floats) -> Solution:
    """The solution x of the tree as values by variable and node."""
    parts: dict[str, list[Values]] = defaultdict(list)
    for period in range(course.last + 1):
        values, nodes = x[layout.columns(period)], course.tree.at[period]
        for name, places, keys in _by_variable(course, layout.labels[period], np.flatnonzero(values.any(axis=0))):
            here = values[:, places]
            at, place = np.nonzero(here)
            parts[name].append(Values(tuple(part[place] for part in keys), nodes[at], here[at, place]))
    parts["use"] += _given_alone(course, layout, x)
    m = course.model
    return Solution(
        {name: _joined(found) for name, found in parts.items() if found},
        licences=tuple(m.apply),
        to_sign=tuple(m.sign),
        to_keep=tuple(m.keep),
        costs=node_costs(course, layout, x, list(COST_KINDS)),
    )


def _given_alone(course: Course, layout: Layout, x: Floats) -> Iterator[Values]:
    """What is used of pools that alone can give a magnet, which has no variable: kg_per_unit · build."""
    for row in course.scenario.design_materials:
        for period in course.build_periods(row.design):
            pools = course.giving[row.design, row.material, period]
            if len(pools) == 1:
                kg = row.kg_per_unit * x[layout.column(course.model.build[row.design, period])]
                at = np.flatnonzero(kg)
                key = (np.full(len(at), name, dtype=object) for name in (row.design, row.material, pools[0]))
                yield Values(tuple(key), course.tree.at[period][at], kg[at])


def _by_variable(
    course: Course, labels: Sequence[Label], used: Ints
) -> Iterator[tuple[str, Ints, tuple[NDArray[np.object_], ...]]]:
    """The variables of a period, as far as used: name, places, and the parts of their keys but the period."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in used.tolist():
        places[labels[place][0]].append(place)
    for name, here in places.items():
        keys = [labels[place][1] for place in here]
        keys = keys if name in course.now_variables else [key[:-1] for key in keys]
        yield name, np.array(here), tuple(np.array(part, dtype=object) for part in zip(*keys, strict=True))


def _joined(found: list[Values]) -> Values:
    count = len(found[0].index)
    return Values(
        tuple(np.concatenate([values.index[part] for values in found]) for part in range(count)),
        np.concatenate([values.node for values in found]),
        np.concatenate([values.value for values in found]),
    )

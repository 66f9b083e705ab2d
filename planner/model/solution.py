"""Reading a solution back, by variable and node, in one pass over the columns of each period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints
from planner.model.path import PathModel
from planner.model.tiling import WIDTH, Label, Layout, node_costs
from planner.plan.tables import COST_KINDS
from planner.plan.values import Solution, Values


def read(path: PathModel, layout: Layout, x: Floats) -> Solution:
    """The solution x of the tree as values by variable and node."""
    parts: dict[str, list[Values]] = defaultdict(list)
    alone = _given_alone(path, layout)
    for period in range(path.last + 1):
        values, nodes = x[layout.columns(period)], path.tree.at[period]
        for name, places, keys in _by_variable(path, layout.labels[period], np.flatnonzero(values.any(axis=0))):
            parts[name].append(_at_nodes(values[:, places], keys, nodes))
        given = alone[period]
        if given.keys:
            parts["use"].append(_at_nodes(values[:, given.places] * given.kg, _by_part(given.keys), nodes))
    m = path.model
    return Solution(
        {name: _joined(found) for name, found in parts.items()},
        licences=tuple(dict.fromkeys(name for name, _ in m.apply)),
        to_sign=tuple(dict.fromkeys(name for name, _ in m.sign)),
        to_keep=tuple(m.keep),
        costs=node_costs(path, layout, x, list(COST_KINDS)),
    )


Keys = tuple[NDArray[np.object_], ...]
"""The parts of the keys of several variables, each an array."""


def _by_part(keys: Iterable[tuple[Any, ...]]) -> Keys:
    return tuple(np.array(part, dtype=object) for part in zip(*keys, strict=True))


def _at_nodes(values: Floats, keys: Keys, nodes: Ints) -> Values:
    """Of values by node and key those that are not 0."""
    at, place = np.nonzero(values)
    return Values(tuple(part[place] for part in keys), nodes[at], values[at, place])


@dataclass
class _Alone:
    """What single pools give in a period, for which there is no variable: kg times what is built at a place."""

    keys: list[tuple[str, str, str]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    kg: list[float] = field(default_factory=list)


def _given_alone(path: PathModel, layout: Layout) -> list[_Alone]:
    """By period the magnets (design, material and pool) that a single pool gives."""
    found = [_Alone() for _ in range(path.last + 1)]
    per_unit = {(row.design, row.material): row.kg_per_unit for row in path.scenario.design_materials}
    for (k, i, period), pools in path.giving.items():
        if len(pools) == 1:
            found[period].keys.append((k, i, pools[0]))
            found[period].places.append(layout.place[id(path.model.build[k, period])] % WIDTH)
            found[period].kg.append(per_unit[k, i])
    return found


def _by_variable(path: PathModel, labels: Sequence[Label], used: Ints) -> Iterator[tuple[str, Ints, Keys]]:
    """The variables of a period, as far as used: name, places, and the parts of their keys but the period."""
    places: dict[str, list[int]] = defaultdict(list)
    for place in used.tolist():
        places[labels[place][0]].append(place)
    for name, here in places.items():
        keys = [labels[place][1] for place in here]
        keys = keys if name in path.now_variables else [key[:-1] for key in keys]
        yield name, np.array(here), _by_part(keys)


def _joined(found: list[Values]) -> Values:
    count = len(found[0].index)
    return Values(
        tuple(np.concatenate([values.index[part] for values in found]) for part in range(count)),
        np.concatenate([values.node for values in found]),
        np.concatenate([values.value for values in found]),
    )

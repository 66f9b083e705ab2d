"""The values of a solution by variable and node, as the plan's tables read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints


@dataclass(frozen=True)
class Values:
    """The non-zero values of one variable: `index[i]` holds the i-th part of each key, `node` its node."""

    index: tuple[NDArray[Any], ...]
    node: Ints
    value: Floats


@dataclass(frozen=True)
class Solution:
    """A solution: values by variable, which offers and licences are decided on, costs by node and kind.

    `costs` has the shape (nodes, kinds of cost), undiscounted, in base currency.
    """

    values: dict[str, Values]
    licences: tuple[str, ...]
    to_sign: tuple[str, ...]
    to_keep: tuple[str, ...]
    costs: Floats

    def of(self, name: str, parts: int) -> Values:
        """The values of a variable with `parts` parts to its key besides the node; empty when all are 0."""
        nothing = np.array([], dtype=object)
        empty = Values((nothing,) * parts, np.array([], dtype=np.int64), np.array([]))
        return self.values.get(name, empty)

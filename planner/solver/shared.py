"""What futures share: held, so that each is bettered by itself, or narrowed to where a better plan can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.futures.tree import Floats, Ints
from planner.model.tiling import Instance, Layout
from planner.solver.relaxation import LpFailed, Relaxation

MARGIN = 1e-7
"""The share of a plan's cost by which the relaxation must cost more; less may be noise."""


def held(instance: Instance, x: Floats) -> Instance:
    """The program with all that more than one future shares as in a plan x: each future is then one by itself."""
    together = _futures(instance.layout)[_nodes(instance.layout, np.arange(len(x)))] > 1
    lower, upper = instance.lower.copy(), instance.upper.copy()
    lower[together] = upper[together] = x[together]
    return replace(instance, lower=lower, upper=upper)


def narrowed(relaxation: Relaxation, x: Floats, objective: float) -> Instance:
    """The program less what cannot better a plan x that costs `objective` (base currency).

    Each whole number that all futures share is moved from its value in the plan, to either side, in the relaxation as
    it stands: where that alone costs more than the plan, the side is ruled out. The relaxation is left at the optimum
    of what comes out.

    Raises as `Relaxation.solve` does, and LpFailed where HiGHS finds no solution beside the plan.
    """
    layout, whole = relaxation.instance.layout, relaxation.whole
    places = np.flatnonzero(_futures(layout)[_nodes(layout, whole)] == len(layout.tree.futures))
    most = objective + MARGIN * abs(objective)
    for place, value in zip(places.tolist(), np.round(x[whole[places]]).tolist(), strict=True):
        lower, upper = relaxation.lower[place], relaxation.upper[place]
        least = value if _costs_more(relaxation, place, lower, value - 1, most) else lower
        greatest = value if _costs_more(relaxation, place, value + 1, upper, most) else upper
        relaxation.lower[place], relaxation.upper[place] = least, greatest
    if not relaxation.solve():
        raise LpFailed("nothing is left beside the plan")
    return bounded(relaxation)


def _futures(layout: Layout) -> Ints:
    """By node, how many futures share it."""
    return np.bincount(layout.tree.node_of.ravel(), minlength=layout.tree.size)


def _nodes(layout: Layout, columns: Ints) -> Ints:
    return np.searchsorted(layout.first, columns, side="right") - 1


def _costs_more(relaxation: Relaxation, place: int, lower: float, upper: float, most: float) -> bool:
    """Whether a whole number within other bounds makes the relaxation cost more than that; no bounds, no plan."""
    if lower > upper:
        return True
    relaxation.lower[place], relaxation.upper[place] = lower, upper
    return not relaxation.solve(below=most) or relaxation.objective > most


def bounded(relaxation: Relaxation) -> Instance:
    """The program within the bounds that a relaxation's whole columns have now."""
    instance = relaxation.instance
    lower, upper = instance.lower.copy(), instance.upper.copy()
    lower[relaxation.whole], upper[relaxation.whole] = relaxation.lower, relaxation.upper
    return replace(instance, lower=lower, upper=upper)

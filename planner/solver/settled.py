"""How far the gap leaves integer variables open: what a solution in which one of them differs could save at most.

Moved to either side of its value in the plan, alone, a variable makes the linear relaxation cost more: that is a lower
bound on what any solution with such a value costs. Where it is no less than the plan's cost, the value is settled.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from planner.futures.tree import Floats, Ints
from planner.model.tiling import Instance
from planner.solver.halt import Halt
from planner.solver.outcome import Outcome
from planner.solver.relaxation import LpFailed, Relaxation, Stopped
from planner.solver.scaling import scale

_ROUNDING = 1e-7
"""The share of the cost below which a saving is noise of the solver."""

_MOST_ENTRIES = 20_000_000
"""So many entries of matrices are solved at most: all sides of programs of usual size, the likeliest of large ones.
Counted and not timed, so that the answer does not depend on the machine."""


class _Side(NamedTuple):
    """A variable, by its place among those asked for, on one side of its value; what that costs at least so far."""

    place: int
    low: float
    high: float
    least: float


def savings(instance: Instance, outcome: Outcome, columns: Ints, cancel: threading.Event) -> Floats:
    """By integer column, the most (base currency) that a solution with another value in it could save; 0: nothing.

    Never less than is possible: where nothing is proven it is the whole gap.
    """
    whole, rounding = max(outcome.objective - outcome.bound, 0.0), _ROUNDING * abs(outcome.objective)
    if whole <= rounding:
        return np.zeros(len(columns))
    if outcome.x is None or outcome.basis is None:
        return np.full(len(columns), whole)
    relaxation = Relaxation(instance, scale(instance), 0, Halt(cancel))
    relaxation.begin_from(outcome.basis)
    try:
        least = _least(relaxation, outcome.x[columns], outcome.objective, np.searchsorted(relaxation.whole, columns))
    except (Stopped, LpFailed):
        return np.full(len(columns), whole)
    saved = np.clip(outcome.objective - least, 0.0, whole)
    return np.where(saved > rounding, saved, 0.0)


def _least(relaxation: Relaxation, planned: Floats, most: float, whole: Ints) -> Floats:
    """What solutions in which a variable has another value than planned cost at least, as far as it is below `most`."""
    relaxation.solve()
    relaxed = relaxation.state()
    sides = sorted(_sides(relaxation, planned, whole), key=lambda side: -side.least)
    tries = _MOST_ENTRIES // max(len(relaxation.instance.matrix.value), 1)
    proven = {}
    with suppress(Stopped, LpFailed):
        for side in [side for side in sides if side.least < most][:tries]:
            place = whole[side.place]
            relaxation.lower[place], relaxation.upper[place] = side.low, side.high
            proven[side] = relaxation.objective if relaxation.solve(below=most) else most
            relaxation.go_back(relaxed)
    least = np.full(len(whole), np.inf)
    for side in sides:
        least[side.place] = min(least[side.place], proven.get(side, side.least))
    return least


def _sides(relaxation: Relaxation, planned: Floats, whole: Ints) -> Iterator[_Side]:
    """Both sides of each variable, where its bounds leave any, with what its reduced cost says."""
    slope = relaxation.reduced_costs()[whole] / relaxation.scaling.objective
    relaxed, lower, upper = relaxation.values()[whole], relaxation.lower[whole], relaxation.upper[whole]
    for place, value in enumerate(np.round(planned).tolist()):
        for low, high in ((lower[place], value - 1.0), (value + 1.0, upper[place])):
            if low <= high:
                step = np.clip(relaxed[place], low, high) - relaxed[place]
                yield _Side(place, low, high, relaxation.objective + max(float(slope[place] * step), 0.0))

"""What optima of like programs prove about another one, before it is solved.

A program whose every row and bound holds in another one as well, its relaxation, costs no more where its costs are no
higher; nor does a mixture of two of them: the optimum is concave in the costs. So few points of a frontier over a
price or the weight of risk bound all between them, and a limit that no longer binds bounds all that are tighter.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints
from planner.model.tiling import Instance

_NOISE = 1e-9
"""The share of the largest cost, and of a coefficient, that is noise of adding up."""


_ROOM = 1e-6
"""By which a solver's plan may miss a row or a bound, relative to its figures."""


@dataclass(frozen=True)
class Proven:
    """A program and a bound on its optimum (base currency)."""

    instance: Instance
    bound: float


def implied_bound(instance: Instance, known: Sequence[Proven]) -> float:
    """The best bound on a program's optimum that other programs prove; −∞ where they prove nothing of it."""
    relaxing = [found for one in known if (found := _relaxing(one, instance)) is not None]
    pairs = itertools.combinations(relaxing, 2)
    return max(
        [*(_alone(instance, one) for one in relaxing), *(_mixed(instance, one, other) for one, other in pairs)],
        default=-np.inf,
    )


def cheapest(instance: Instance, plans: Sequence[Floats]) -> Floats | None:
    """The plan that costs least of those that keep a program's rows and bounds; where none does, the first."""
    kept = [plan for plan in plans if _keeps(instance, plan)]
    return min(kept, key=lambda plan: float(instance.cost @ plan), default=plans[0] if plans else None)


def _keeps(instance: Instance, plan: Floats) -> bool:
    value = instance.matrix.times(plan)
    room = _ROOM * (1 + instance.matrix.by_row(np.maximum, np.abs(instance.matrix.value * plan[instance.matrix.index])))
    rows = (value >= instance.row_lower - room) & (value <= instance.row_upper + room)
    size = _ROOM * (1 + np.abs(plan))
    return bool(rows.all() and ((plan >= instance.lower - size) & (plan <= instance.upper + size)).all())


@dataclass(frozen=True)
class _Relaxing:
    """The costs of a relaxation in the columns of the program, its constant, and its bound."""

    cost: Floats
    offset: float
    bound: float

    def mixed(self, other: _Relaxing, share: float) -> _Relaxing:
        """So much of the other one in place of this."""
        return _Relaxing(
            (1 - share) * self.cost + share * other.cost,
            (1 - share) * self.offset + share * other.offset,
            (1 - share) * self.bound + share * other.bound,
        )


def _alone(instance: Instance, one: _Relaxing) -> float:
    return one.bound + _least(instance, instance.cost - one.cost) + instance.offset - one.offset


def _mixed(instance: Instance, one: _Relaxing, other: _Relaxing) -> float:
    """From the mixture of both whose costs lie nearest to the program's."""
    apart = other.cost - one.cost
    size = float(apart @ apart)
    share = float(apart @ (instance.cost - one.cost)) / size if size > 0 else 0.0
    return _alone(instance, one.mixed(other, share)) if 0 < share < 1 else -np.inf


def _least(instance: Instance, cost: Floats) -> float:
    """The least that costs come to within the bounds of the columns."""
    cost = np.where(np.abs(cost) > _NOISE * np.abs(instance.cost).max(initial=1.0), cost, 0.0)
    paid = cost != 0
    return float(np.minimum(cost[paid] * instance.lower[paid], cost[paid] * instance.upper[paid]).sum())


def _relaxing(one: Proven, instance: Instance) -> _Relaxing | None:
    """A program as a relaxation of another one with the same tree; None where it is not seen to be one."""
    theirs = one.instance
    if not np.array_equal(theirs.layout.tree.node_of, instance.layout.tree.node_of) or not np.isfinite(one.bound):
        return None
    columns, rows = _places(_columns(theirs), _columns(instance)), _places(_rows(theirs), _rows(instance))
    if columns is None or rows is None or not _is_wider(theirs, instance, columns):
        return None
    if not _hold(theirs, instance, columns, rows):
        return None
    cost = np.zeros(len(instance.cost))
    cost[columns] = theirs.cost
    return _Relaxing(cost, theirs.offset, one.bound)


def _columns(instance: Instance) -> list[Any]:
    layout = instance.layout
    return [(label, node) for node, period in enumerate(layout.tree.period) for label in layout.labels[period]]


def _rows(instance: Instance) -> Sequence[Any]:
    return instance.row_names


def _places(names: Sequence[Any], among: Sequence[Any]) -> Ints | None:
    """Where each of some names stands among others; None where one does not."""
    place = {name: number for number, name in enumerate(among)}
    found = [place.get(name, -1) for name in names]
    return None if -1 in found or len(place) < len(among) else np.array(found, dtype=np.int64)


def _is_wider(theirs: Instance, instance: Instance, columns: Ints) -> bool:
    """Whether columns have at least as much room, and are integer only where the program's are."""
    room = (theirs.lower <= instance.lower[columns]) & (theirs.upper >= instance.upper[columns])
    return bool((room & (instance.integer[columns] | ~theirs.integer)).all())


def _hold(theirs: Instance, instance: Instance, columns: Ints, rows: Ints) -> bool:
    """Whether each of their rows follows from the program's row of that name, column by column."""
    own, other, width = instance.matrix, theirs.matrix, len(instance.cost)
    mine = np.isin(own.row, rows)
    places = np.concatenate([(own.row * width + own.index)[mine], rows[other.row] * width + columns[other.index]])
    values = np.concatenate([own.value[mine], -other.value])
    place, entry = np.unique(places, return_inverse=True)
    apart, size = np.bincount(entry, values), np.bincount(entry, np.abs(values))
    is_other = np.abs(apart) > _NOISE * size
    row, column, grows = place[is_other] // width, place[is_other] % width, apart[is_other] > 0
    their_row = np.empty(len(instance.row_upper), dtype=np.int64)
    their_row[rows] = np.arange(len(rows))
    # A coefficient may grow where a row is at most something and the column is never negative; and the other way.
    binds_above, binds_below = (np.isfinite(side)[their_row[row]] for side in (theirs.row_upper, theirs.row_lower))
    follows = (instance.lower[column] >= 0) & np.where(grows, ~binds_below, ~binds_above)
    return bool(follows.all() and _sides_hold(theirs, instance, rows).all())


def _sides_hold(theirs: Instance, instance: Instance, rows: Ints) -> NDArray[np.bool_]:
    return (theirs.row_upper >= instance.row_upper[rows]) & (theirs.row_lower <= instance.row_lower[rows])

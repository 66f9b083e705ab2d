"""What a small change of a scenario does to the optimum of its program, by the envelope theorem.

With the optimal x and duals y (rows), d (columns) of min c·x, the optimum moves with a parameter as the
Lagrangian does: Δc·x + y·(Δb − ΔA·x) + d·Δbounds. The program is built again with the parameter moved, so what
a cell means for rows, bounds and costs is said in the model alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.errors import Fault
from planner.futures.tree import Floats
from planner.model.tiling import Instance, Matrix
from planner.solver.duals import Duals, Push


@dataclass(frozen=True)
class Moves:
    """By row and by column of a program: whether a change moves it, and what that adds to the optimum.

    `sides` are moves of the sides of rows that bind, less what the same x comes to in them; `bounds` are moves of
    the bounds that bind; `row_low` … `column_high` are those of all.
    """

    row_moved: NDArray[np.bool_]
    column_moved: NDArray[np.bool_]
    row_part: Floats
    column_part: Floats
    sides: Floats
    bounds: Floats
    row_low: Floats
    row_high: Floats
    column_low: Floats
    column_high: Floats

    def push(self, matrix: Matrix, rows: Sequence[int] | slice, columns: Sequence[int] | slice) -> Push:
        """What of the change is due to some rows and columns."""
        pull = _only(self.sides, rows) - matrix.times(_only(self.bounds, columns))
        low, high = _only(self.row_low, rows), _only(self.row_high, rows)
        return Push(pull, low, high, _only(self.column_low, columns), _only(self.column_high, columns))


def _only(values: Floats, places: Sequence[int] | slice) -> Floats:
    """The values at some places, 0 elsewhere."""
    found = np.zeros_like(values)
    found[places] = values[places]
    return found


def moves(before: Instance, after: Instance, duals: Duals) -> Moves:
    """What a change does that turns one program into another of the same rows and columns."""
    _ensure_alike(before, after)
    x, y, d = duals.x, duals.rows, duals.columns
    activity = after.matrix.times(x) - before.matrix.times(x)
    low, high = _moved(before.row_lower, after.row_lower), _moved(before.row_upper, after.row_upper)
    sides = np.where(y > 0, low, np.where(y < 0, high, 0.0)) - activity
    left, right = _moved(before.lower, after.lower), _moved(before.upper, after.upper)
    left[before.integer] = right[before.integer] = 0.0  # integer variables are held
    bounds = np.where(d > 0, left, np.where(d < 0, right, 0.0))
    cost = after.cost - before.cost
    return Moves(
        row_moved=(low != 0) | (high != 0) | (activity != 0),
        column_moved=(left != 0) | (right != 0) | (cost != 0),
        row_part=y * sides,
        column_part=cost * x + d * bounds,
        sides=sides,
        bounds=bounds,
        row_low=low,
        row_high=high,
        column_low=left,
        column_high=right,
    )


def reduced_cost(instance: Instance, duals: Duals) -> Floats:
    """By column: its cost less what its entries are worth in the rows."""
    matrix = instance.matrix
    weights = matrix.value * duals.rows[matrix.row]
    return instance.cost - np.bincount(matrix.index, weights=weights, minlength=len(instance.cost))


def _moved(before: Floats, after: Floats) -> Floats:
    """after − before; 0 where both are the same infinity."""
    same = before == after
    return np.where(same, 0.0, np.where(same, 0.0, after) - np.where(same, 0.0, before))


def are_alike(before: Instance, after: Instance) -> bool:
    """Whether two programs have the same rows and columns."""
    return before.row_names == after.row_names and before.layout.labels == after.layout.labels


def _ensure_alike(before: Instance, after: Instance) -> None:
    if not are_alike(before, after):
        raise Fault(
            "A small change of a cell has changed the shape of the program. "
            "This is a fault of the planner; please report it, and solve without --why."
        )

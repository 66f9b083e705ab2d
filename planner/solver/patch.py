"""A program in place of the like one that HiGHS holds, which is told what has changed."""

from __future__ import annotations

import highspy
import numpy as np
from numpy.typing import NDArray

from planner.model.tiling import Instance, Matrix
from planner.solver.scaling import Scaling


def patch(solver: highspy.Highs, before: Instance, after: Instance, scaling: Scaling) -> None:
    """Have a solver that holds `before`, by a scaling, hold `after` by the same.

    Costs, bounds, sides of rows and coefficients change in place. Raises ValueError where the programs are not alike.
    """
    if not are_alike(before, after):
        raise ValueError("programs of other shapes are not patched")
    _change_costs(solver, before, after, scaling)
    _change_bounds(solver, before, after, scaling)
    _change_coefficients(solver, before.matrix, after.matrix, scaling)


def mean_the_same(one: Instance, other: Instance) -> bool:
    """Whether the rows and columns of two programs mean the same, whatever entries stand in them."""
    return (
        np.array_equal(one.layout.tree.period, other.layout.tree.period)
        and np.array_equal(one.integer, other.integer)
        and one.layout.labels == other.layout.labels
        and one.names == other.names
    )


def are_alike(one: Instance, other: Instance) -> bool:
    """Whether two programs that mean the same have entries at the same places, too."""
    before, after = one.matrix, other.matrix
    same_places = np.array_equal(before.starts, after.starts) and np.array_equal(before.index, after.index)
    return same_places and mean_the_same(one, other)


def _change_costs(solver: highspy.Highs, before: Instance, after: Instance, scaling: Scaling) -> None:
    columns = _places(before.cost != after.cost)
    solver.changeColsCost(len(columns), columns, (after.cost * scaling.columns)[columns] * scaling.objective)
    solver.changeObjectiveOffset(after.offset * scaling.objective)


def _change_bounds(solver: highspy.Highs, before: Instance, after: Instance, scaling: Scaling) -> None:
    columns = _places((before.lower != after.lower) | (before.upper != after.upper))
    unit = scaling.columns[columns]
    solver.changeColsBounds(len(columns), columns, after.lower[columns] / unit, after.upper[columns] / unit)
    rows = _places((before.row_lower != after.row_lower) | (before.row_upper != after.row_upper))
    lower, upper = (side[rows] * scaling.rows[rows] for side in (after.row_lower, after.row_upper))
    solver.changeRowsBounds(len(rows), rows, lower, upper)  # type: ignore[attr-defined]  # missing in the stubs


def _places(changed: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.flatnonzero(changed).astype(np.int32)


def _change_coefficients(solver: highspy.Highs, before: Matrix, after: Matrix, scaling: Scaling) -> None:
    changed = np.flatnonzero(before.value != after.value)
    rows, columns = after.row[changed], after.index[changed]
    values = after.value[changed] * scaling.rows[rows] * scaling.columns[columns]
    for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
        solver.changeCoeff(row, column, value)

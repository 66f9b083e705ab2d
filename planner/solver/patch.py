"""A program in place of the like one that HiGHS holds, which gets what has changed."""

from __future__ import annotations

import numpy as np

from planner.model.tiling import Instance, Matrix
from planner.solver.engine import Solver


def patch(solver: Solver, before: Instance, after: Instance) -> None:
    """Have a solver that holds `before` hold `after`, by the same scaling.

    Costs, bounds, sides of rows and coefficients change in place. Raises ValueError where the programs are not alike.
    """
    if not are_alike(before, after):
        raise ValueError("programs of other shapes are not patched")
    _change_costs(solver, before, after)
    _change_bounds(solver, before, after)
    _change_coefficients(solver, before.matrix, after.matrix)


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


def _change_costs(solver: Solver, before: Instance, after: Instance) -> None:
    columns = np.flatnonzero(before.cost != after.cost)
    scaling = solver.scaling
    solver.change_costs(columns, (after.cost * scaling.columns)[columns] * scaling.objective)
    solver.change_offset(after.offset * scaling.objective)


def _change_bounds(solver: Solver, before: Instance, after: Instance) -> None:
    columns = np.flatnonzero((before.lower != after.lower) | (before.upper != after.upper))
    scaling = solver.scaling
    unit = scaling.columns[columns]
    solver.change_columns(columns, after.lower[columns] / unit, after.upper[columns] / unit)
    rows = np.flatnonzero((before.row_lower != after.row_lower) | (before.row_upper != after.row_upper))
    lower, upper = (side[rows] * scaling.rows[rows] for side in (after.row_lower, after.row_upper))
    solver.change_rows(rows, lower, upper)


def _change_coefficients(solver: Solver, before: Matrix, after: Matrix) -> None:
    changed = np.flatnonzero(before.value != after.value)
    rows, columns = after.row[changed], after.index[changed]
    scaling = solver.scaling
    values = after.value[changed] * scaling.rows[rows] * scaling.columns[columns]
    for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
        solver.change_coefficient(row, column, value)

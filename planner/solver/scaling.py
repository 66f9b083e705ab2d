"""Numbers near 1 for the solver: rows, continuous columns and the objective scaled by powers of two.

Money runs to 10⁹ and kilograms to 10⁵ beside binaries, and feasibility tolerances are absolute: unscaled,
optima were seen reported as solve errors. Powers of two change no digit of a number. Geometric-mean
scaling in the manner of Curtis and Reid (1972), as Fourer (1982) iterates it; integer columns keep
their unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.futures.tree import Floats
from planner.model.tiling import Instance

_PASSES = 6


@dataclass(frozen=True)
class Scaling:
    """Factors: row r is multiplied by `rows[r]`, column j counts in units of `columns[j]`."""

    rows: Floats
    columns: Floats
    objective: float


def scale(instance: Instance) -> Scaling:
    """The scaling of an instance."""
    matrix = instance.matrix
    size = np.log2(np.abs(matrix.value))
    columns = _geometric(instance, size)
    rows = -np.rint(matrix.by_row(np.maximum, size + columns[matrix.index]))  # the largest of each near 1
    return Scaling(np.exp2(rows), np.exp2(columns), _objective(instance, columns))


def _geometric(instance: Instance, size: Floats) -> Floats:
    """Factors of columns, with which the geometric means of rows and columns are near 1; they and `size` are log2."""
    matrix, count = instance.matrix, len(instance.cost)
    in_row = np.maximum(np.diff(matrix.starts), 1)
    in_column = np.maximum(np.bincount(matrix.index, minlength=count), 1)
    of_row, of_column = matrix.by_row(np.add, size), np.bincount(matrix.index, weights=size, minlength=count)
    columns: Floats = np.zeros(count)
    at_entry = np.empty(len(size))  # made once: at a nation's size, taking memory again costs more than the sums
    for _ in range(_PASSES):
        np.take(columns, matrix.index, out=at_entry, mode="clip")
        rows = -(of_row + matrix.by_row(np.add, at_entry)) / in_row
        np.take(rows, matrix.row, out=at_entry, mode="clip")
        columns = -(of_column + np.bincount(matrix.index, weights=at_entry, minlength=count)) / in_column
        columns[instance.integer] = 0.0
    return np.rint(columns)


def _objective(instance: Instance, columns: Floats) -> float:
    """The factor that brings the median cost near 1."""
    costly = instance.cost != 0
    if not costly.any():
        return 1.0
    return float(np.exp2(-np.rint(np.median(np.log2(np.abs(instance.cost[costly])) + columns[costly]))))

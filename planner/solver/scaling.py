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
    row_count = np.maximum(np.diff(matrix.starts), 1)
    column_count = np.maximum(np.bincount(matrix.index, minlength=len(instance.cost)), 1)
    columns: Floats = np.zeros(len(instance.cost))
    for _ in range(_PASSES):
        rows = -matrix.by_row(np.add, size + columns[matrix.index]) / row_count
        sums = np.bincount(matrix.index, weights=size + rows[matrix.row], minlength=len(column_count))
        columns = -sums / column_count
        columns[instance.integer] = 0.0
    columns = np.rint(columns)
    return Scaling(_largest_to_one(instance, columns), np.exp2(columns), _objective(instance, columns))


def _largest_to_one(instance: Instance, columns: Floats) -> Floats:
    """Row factors that bring each row's largest coefficient near 1."""
    matrix = instance.matrix
    size = np.log2(np.abs(matrix.value)) + columns[matrix.index]
    return np.exp2(-np.rint(matrix.by_row(np.maximum, size)))


def _objective(instance: Instance, columns: Floats) -> float:
    """The factor that brings the median cost near 1."""
    costly = instance.cost != 0
    if not costly.any():
        return 1.0
    return float(np.exp2(-np.rint(np.median(np.log2(np.abs(instance.cost[costly])) + columns[costly]))))

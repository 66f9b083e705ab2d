"""The limit: the same program as NumPy arrays by hand, in one call of `passModel`."""

from __future__ import annotations

import highspy
import numpy as np

from benchmarks.peers.described import Described
from benchmarks.peers.solving import optimum_of


def build(described: Described) -> highspy.Highs:
    """HiGHS holding the program."""
    first, columns = {}, 0
    for name, variable in described.variables.items():
        first[name] = columns
        columns += len(variable.lower)
    row, column, value, rows = [], [], [], 0
    for family in described.families.values():
        for terms in family.terms:
            row.append(terms.row + rows)
            column.append(terms.place + first[terms.variable])
            value.append(terms.coefficient)
        rows += family.rows
    variables, families = described.variables.values(), described.families.values()
    rows_of = np.concatenate(row)
    order = np.argsort(rows_of, kind="stable")
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    none = np.zeros(0)
    status = solver.passModel(
        columns,
        rows,
        len(order),
        0,  # no quadratic terms
        int(highspy.MatrixFormat.kRowwise),
        0,
        int(highspy.ObjSense.kMinimize),
        described.offset,
        np.concatenate([v.cost for v in variables]),
        np.concatenate([v.lower for v in variables]),
        np.concatenate([v.upper for v in variables]),
        np.concatenate([np.full(f.rows, -np.inf) if f.sign == "<=" else f.side for f in families]),
        np.concatenate([np.full(f.rows, np.inf) if f.sign == ">=" else f.side for f in families]),
        np.concatenate([[0], np.cumsum(np.bincount(rows_of, minlength=rows))]).astype(np.int32),
        np.concatenate(column)[order].astype(np.int32),
        np.concatenate(value)[order],
        none.astype(np.int32),
        none.astype(np.int32),
        none,
        np.concatenate([np.full(len(v.lower), v.integer, dtype=np.int32) for v in variables]),
    )
    if status == highspy.HighsStatus.kError:
        raise ValueError("HiGHS does not take the arrays.")
    return solver


def optimum(solver: highspy.Highs, relaxed: bool) -> float:
    """The objective of the program, or of its relaxation."""
    return optimum_of(solver, relaxed)

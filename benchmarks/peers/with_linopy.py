"""The program in linopy as one who knows it writes it.

A variable is one array; a family is one expression over all its terms, summed by row, in a sparse model, which is
faster here than a dense one. `to_highspy` hands it over in one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import linopy
import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.peers.described import Described, Family, Variable
from benchmarks.peers.solving import optimum_of


@dataclass(frozen=True)
class Handed:
    """HiGHS holding the program; the objective's constant stays outside, since linopy has none."""

    solver: highspy.Highs
    offset: float


def build(described: Described) -> Handed:
    """The program, stated and handed over."""
    with linopy.options as options:
        options.set_value(semantics="v1")
        solver = _model(described).to_highspy()
    solver.setOptionValue("output_flag", False)
    return Handed(solver, described.offset)


def optimum(handed: Handed, relaxed: bool) -> float:
    """The objective of the program, or of its relaxation."""
    return optimum_of(handed.solver, relaxed) + handed.offset


def _model(described: Described) -> linopy.Model:
    model = linopy.Model(sparse=True)
    x = {
        name: model.add_variables(v.lower, v.upper, [_places(name, v)], name=name, integer=v.integer)
        for name, v in described.variables.items()
    }
    for name, family in described.families.items():
        side = xr.DataArray(family.side, [pd.RangeIndex(family.rows, name="row")])
        model.add_constraints(_sums(family, model), family.sign, side, name=name)
    costs = [(xr.DataArray(v.cost, [_places(name, v)]) * x[name]).sum() for name, v in described.variables.items()]
    model.add_objective(linopy.merge(costs))
    return model


def _dimension(name: str) -> str:
    return f"{name}_place"


def _places(name: str, variable: Variable) -> pd.RangeIndex:
    return pd.RangeIndex(len(variable.lower), name=_dimension(name))


def _sums(family: Family, model: linopy.Model) -> linopy.LinearExpression:
    """Terms as one expression over all entries, from the labels of their variables; summed by row."""
    labels = [model.variables[terms.variable].labels.values[terms.place] for terms in family.terms]
    values = [terms.coefficient for terms in family.terms]
    columns = {"vars": labels, "coeffs": values}
    entries = {name: (("entry", "_term"), np.concatenate(parts)[:, None]) for name, parts in columns.items()}
    row = xr.DataArray(np.concatenate([terms.row for terms in family.terms]), dims="entry", name="row")
    return linopy.LinearExpression(xr.Dataset(entries), model).groupby(row).sum()

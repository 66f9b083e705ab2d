"""The program in PyOptInterface with its HiGHS backend: variables and rows one by one, as its users write them."""

from __future__ import annotations

import numpy as np
import pyoptinterface as poi
from pyoptinterface import highs

from benchmarks.peers.described import Described, Family, Variable
from benchmarks.peers.solving import EXACT

SENSES = {"=": poi.Eq, "<=": poi.Leq, ">=": poi.Geq}


def build(described: Described) -> highs.Model:
    """The model, which is HiGHS's own from the first variable on."""
    model = highs.Model()
    model.set_model_attribute(poi.ModelAttribute.Silent, True)
    x = {name: _variables(model, variable) for name, variable in described.variables.items()}
    for family in described.families.values():
        _constraints(model, x, family)
    costs = np.concatenate([v.cost for v in described.variables.values()])
    places = np.concatenate(list(x.values()))
    costly = np.flatnonzero(costs)
    model.set_objective(
        poi.ScalarAffineFunction(costs[costly].tolist(), places[costly].tolist(), described.offset),
        poi.ObjectiveSense.Minimize,
    )
    return model


def _variables(model: highs.Model, variable: Variable) -> np.ndarray:
    domain = poi.VariableDomain.Integer if variable.integer else poi.VariableDomain.Continuous
    bounds = zip(variable.lower.tolist(), variable.upper.tolist(), strict=True)
    return np.array([model.add_variable(domain, lower, upper).index for lower, upper in bounds], dtype=np.int64)


def _constraints(model: highs.Model, x: dict[str, np.ndarray], family: Family) -> None:
    """Each row as one affine function over the indices of its variables, which is the fastest way it has."""
    row = np.concatenate([terms.row for terms in family.terms])
    order = np.argsort(row, kind="stable")
    index = np.concatenate([x[terms.variable][terms.place] for terms in family.terms])[order].tolist()
    value = np.concatenate([terms.coefficient for terms in family.terms])[order].tolist()
    ends = np.cumsum(np.bincount(row, minlength=family.rows)).tolist()
    begin, sense = 0, SENSES[family.sign]
    for end, side in zip(ends, family.side.tolist(), strict=True):
        model.add_linear_constraint(poi.ScalarAffineFunction(value[begin:end], index[begin:end]), sense, side)
        begin = end


def optimum(model: highs.Model, relaxed: bool) -> float:
    """The objective of the program, or of its relaxation."""
    for name, value in EXACT.items():
        model.set_raw_parameter(name, value)
    model.set_raw_parameter("solve_relaxation", relaxed)
    model.optimize()
    status = model.get_model_attribute(poi.ModelAttribute.TerminationStatus)
    if status != poi.TerminationStatusCode.OPTIMAL:
        raise ValueError(f"HiGHS says {status}.")
    return float(model.get_model_attribute(poi.ModelAttribute.ObjectiveValue))

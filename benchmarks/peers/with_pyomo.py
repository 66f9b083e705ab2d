"""The program in plain Pyomo with `appsi_highs`, as in the tutorials: a rule for each family, rows summed term by term.

This is also what the planner's own model side would cost if it were written so, over the whole tree.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
from pyomo.contrib.appsi.base import TerminationCondition
from pyomo.contrib.appsi.solvers import Highs

from benchmarks.peers.described import Described, Family, Variable
from benchmarks.peers.solving import EXACT


def build(described: Described) -> Highs:
    """The solver interface, HiGHS within it holding the program."""
    solver = Highs()
    solver.set_instance(_model(described))
    return solver


def optimum(solver: Highs, relaxed: bool) -> float:
    """The objective of the program, or of its relaxation."""
    solver.highs_options = EXACT | {"solve_relaxation": relaxed}
    solver.config.load_solution = False
    found = solver.solve(solver._model)
    if found.termination_condition != TerminationCondition.optimal:
        raise ValueError(f"HiGHS says {found.termination_condition}.")
    return float(found.best_feasible_objective)


def _model(described: Described) -> pyo.ConcreteModel:
    model = pyo.ConcreteModel()
    for name, variable in described.variables.items():
        setattr(model, name, _variable(variable))
    for name, family in described.families.items():
        setattr(model, name, _constraint(family))

    def objective(m: Any) -> Any:
        costs = {name: variable.cost.tolist() for name, variable in described.variables.items()}
        return described.offset + sum(
            cost * getattr(m, name)[place] for name, all_ in costs.items() for place, cost in enumerate(all_) if cost
        )

    model.objective = pyo.Objective(rule=objective)
    return model


def _variable(variable: Variable) -> pyo.Var:
    lower, upper = variable.lower.tolist(), variable.upper.tolist()
    domain = pyo.Integers if variable.integer else pyo.Reals

    def bounds(m: Any, place: int) -> tuple[float | None, float | None]:
        return _finite(lower[place]), _finite(upper[place])

    return pyo.Var(range(len(lower)), domain=domain, bounds=bounds)


def _constraint(family: Family) -> pyo.Constraint:
    """One rule for all rows of a family; the terms of each are looked up by row."""
    terms: list[list[tuple[str, int, float]]] = [[] for _ in range(family.rows)]
    for part in family.terms:
        columns = zip(part.row.tolist(), part.place.tolist(), part.coefficient.tolist(), strict=True)
        for row, place, coefficient in columns:
            terms[row].append((part.variable, place, coefficient))
    side = family.side.tolist()

    def rule(m: Any, row: int) -> Any:
        body = sum(coefficient * getattr(m, name)[place] for name, place, coefficient in terms[row])
        if family.sign == "=":
            return body == side[row]
        return body <= side[row] if family.sign == "<=" else body >= side[row]

    return pyo.Constraint(range(family.rows), rule=rule)


def _finite(bound: float) -> float | None:
    return None if abs(bound) == float("inf") else bound

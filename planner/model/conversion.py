"""Plants that make a material from others, and steps of capacity for them and for offers.

Index sets: `run` where a conversion's inputs can be there; `expand` where a step can still come into use.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from planner.model.path import PathModel, total
from planner.model.reach import Reach


def add_variables(path: PathModel, reach: Reach) -> None:
    """run (kg made, by conversion, pool and period), expand (steps, by expansion and period)."""
    m = path.model
    steps = {
        (row.expansion, period): path.steps_left(row)
        for rows in path.expansions.values()
        for row in rows
        for period in path.decision_periods(row)
        if path.steps_left(row) > 0
    }
    m.run = pyo.Var(reach.run_index(), bounds=(0, None))
    m.expand = pyo.Var(list(steps), domain=pyo.Integers, bounds=lambda m, *index: (0, steps[index]))


def conversion_capacity(path: PathModel) -> None:
    """5. A conversion makes no more than its capacity and what expansions have added.

    Σ run(c,u,n) over pools ≤ f · (max + Σ step · expand(e,a)), open steps among them
    """
    m, conversions = path.model, path.scenario.conversion

    def rule(m: Any, c: str, period: int) -> Any:
        runs = [m.run[c, u, period] for u in path.pools if (c, u, period) in m.run]
        if not runs:
            return pyo.Constraint.Skip
        factor = path.node_parameter(f"conversion:{c}", period, path.tree.conversion_capacity[c])
        capacity = conversions[c].max_kg_per_period + path.expanded("conversion", c, period)
        capacity += path.slack("conversions", c, "max_kg_per_period")
        return path.row(None, total(runs) - factor * capacity, 0)

    m.conversion_capacity = pyo.Constraint(list(conversions), list(path.periods), rule=rule)


def expansion_steps(path: PathModel) -> None:
    """6. Along every path an expansion has at most its number of steps, those under way among them.

    Σ expand(e,a) over a ∈ path(n) ≤ max_steps − open steps; with one period to decide in, the bound says it
    """
    m = path.model
    rows = {row.expansion: row for rows in path.expansions.values() for row in rows}

    def rule(m: Any, e: str) -> Any:
        decided = [m.expand[e, period] for period in path.decision_periods(rows[e]) if (e, period) in m.expand]
        if len(decided) < 2:
            return pyo.Constraint.Skip
        return total(decided) <= path.steps_left(rows[e])

    m.expansion_steps = pyo.Constraint(list(rows), rule=rule)

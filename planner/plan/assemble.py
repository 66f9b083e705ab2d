"""From a solution's values to the plan's tables and headline figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from planner.futures.tree import Floats, Tree
from planner.plan import demand, licences, now, outcome, supply
from planner.plan.answer import Answer
from planner.plan.certificates import certificates
from planner.plan.cover import cover
from planner.plan.filings import filings
from planner.plan.limits_used import limits_used
from planner.plan.plan import Decisions
from planner.plan.stops import stops
from planner.plan.values import Solution
from planner.scenario.scenario import Scenario

MAKERS: dict[str, Callable[[Answer], pd.DataFrame]] = {
    "now_decisions": now.now_decisions,
    "orders": supply.orders,
    "arrivals": supply.arrivals,
    "later_decisions": licences.later_decisions,
    "applications": licences.applications,
    "waiting": licences.waiting,
    "released_under": licences.released_under,
    "panel_suppliers": licences.panel_suppliers,
    "eligible": licences.eligible,
    "stock": supply.stock,
    "cover": cover,
    "moves": supply.moves,
    "conversion": supply.conversion,
    "expansion": supply.expansion,
    "qualification": demand.qualification,
    "build": demand.build,
    "magnets": demand.magnets,
    "shortage": demand.shortage,
    "costs": outcome.costs,
    "futures": outcome.futures,
    "sourcing": outcome.sourcing,
    "nodes": outcome.nodes,
    "paths": outcome.paths,
}
"""The maker of each plan table that a solution decides."""


@dataclass(frozen=True)
class Assembled:
    """A plan's figures (base currency) and tables, all made from one solution."""

    objective: float
    expected_cost: float
    cvar: float
    decisions: Decisions
    tables: dict[str, pd.DataFrame]


def assemble(scenario: Scenario, tree: Tree, solution: Solution) -> Assembled:
    """The tables and figures of a plan."""
    answer = Answer(scenario, tree, solution)
    costs, settings = outcome.future_costs(answer), scenario.settings
    expected = float(tree.probability @ costs)
    tail = outcome.cvar(costs, tree.probability, settings.risk_tail)
    objective = (1 - settings.risk_weight) * expected + settings.risk_weight * tail
    tables = {name: make(answer) for name, make in MAKERS.items()}
    rest = derived(scenario, tree, tables, outcome.cash(answer))
    return Assembled(objective, expected, tail, now.decisions(answer), tables | rest)


def derived(
    scenario: Scenario, tree: Tree, tables: Mapping[str, pd.DataFrame], cash: Floats | None = None
) -> dict[str, pd.DataFrame]:
    """The plan tables that follow from the scenario and the others, and from the cash spent at each node."""
    users = {"certificates": certificates(scenario, tables)}
    return {
        "stops": stops(tables),
        "limits_used": limits_used(scenario, tree, tables, cash),
        "filings": filings(scenario, tree, {**tables, **users}),
        **users,
    }

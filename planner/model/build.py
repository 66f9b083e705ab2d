"""The model of one path, put together: variables, then constraints by group, then cost."""

from __future__ import annotations

from planner.futures.tree import Tree
from planner.model import conversion, cost, demand, licences, limits, panels, stock, supply
from planner.model import elastic as elastic_
from planner.model.arrivals import add_arrivals
from planner.model.path import PathModel
from planner.model.reach import Reach
from planner.scenario.scenario import Scenario

FAMILIES = (
    licences.applied_once_at_first,
    supply.licence_needed,
    supply.one_of_group,
    supply.order_capacity,
    supply.signed_first,
    supply.kept_if_signed,
    supply.placed_order,
    supply.minimum_order,
    supply.placed_if_signed,
    supply.commitment,
    supply.fixed_order,
    supply.supplier_capacity,
    licences.waiting_balance,
    licences.cleared_share,
    licences.usual_release,
    licences.released_in_force,
    licences.covered,
    licences.application_quantity,
    stock.stock_balance,
    stock.storage,
    stock.safety_stock,
    conversion.conversion_capacity,
    conversion.expansion_steps,
    demand.magnets,
    demand.demand_balance,
    demand.assembly,
    demand.promise,
    demand.design_share,
    demand.eligible_waits,
    demand.barred_share,
    demand.qualified_first,
    demand.qualified_beside_backlog,
    demand.qualified_once,
    demand.efficiency,
    demand.service,
    limits.sourcing,
    limits.quota,
    limits.budget,
    panels.panel_used,
    panels.panel_size,
    panels.panel_counts,
    panels.panel_least,
    panels.panel_share,
    cost.spent_so_far,
    cost.cvar_excess,
)
"""The constraint families in order; each adds the constraint of its own name."""


def build(scenario: Scenario, tree: Tree, elastic: bool = False) -> PathModel:
    """The Pyomo model of one path through the tree, with what `tiling` needs to repeat it.

    In an elastic one every cell that asks or forbids can be relaxed, and only that is minimised.
    """
    path = PathModel(scenario, tree, elastic)
    reach = Reach(path)
    conversion.add_variables(path, reach)
    licences.add_applications(path)
    supply.add_variables(path, reach)
    licences.add_variables(path, reach)
    panels.add_variables(path)
    stock.add_variables(path, reach)
    demand.add_variables(path, reach)
    add_arrivals(path)
    cost.add_costs(path)
    cost.add_risk(path)
    for family in FAMILIES:
        family(path)
    if path.elastic:
        elastic_.decided(path)
        elastic_.signed_to_be_relaxed(path)
        elastic_.objective(path)
    else:
        cost.objective(path)
    return path

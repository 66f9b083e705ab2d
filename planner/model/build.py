"""The model of one course, put together: variables, then constraints by group, then cost."""

from __future__ import annotations

from planner.futures.tree import Tree
from planner.model import conversion, cost, demand, licences, limits, panels, stock, supply
from planner.model import elastic as elastic_
from planner.model.arrivals import add_arrivals
from planner.model.course import Course
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


def build(scenario: Scenario, tree: Tree, elastic: bool = False) -> Course:
    """The Pyomo model of one course through the tree, with what `tiling` needs to repeat it.

    In an elastic one every cell that asks or forbids can be loosened, and only that is minimised.
    """
    course = Course(scenario, tree, elastic)
    reach = Reach(course)
    conversion.add_variables(course, reach)
    licences.add_applications(course)
    supply.add_variables(course, reach)
    licences.add_variables(course, reach)
    panels.add_variables(course)
    stock.add_variables(course, reach)
    demand.add_variables(course, reach)
    add_arrivals(course)
    cost.add_costs(course)
    cost.add_risk(course)
    for family in FAMILIES:
        family(course)
    if course.elastic:
        elastic_.decided(course)
        elastic_.signed_to_be_loosened(course)
        elastic_.objective(course)
    else:
        cost.objective(course)
    return course

"""The audit: a plan recomputed from its scenario and its tables alone, rule by rule.

It shares nothing with the model that made the plan: the tree of futures, prices, balances, limits and costs are
worked out again, so that an error in one is found by the other.
"""

from __future__ import annotations

from planner.audit.case import Case
from planner.audit.cost import check_cost
from planner.audit.demand import check_demand
from planner.audit.licences import check_licences
from planner.audit.limits import check_limits
from planner.audit.promised import check_promised
from planner.audit.report import RULES, TOLERANCE, AuditReport, Violation
from planner.audit.said import check_said
from planner.audit.stock import check_stock
from planner.audit.supply import check_supply
from planner.audit.tables import check_tables
from planner.plan.plan import Plan
from planner.scenario.scenario import Scenario

__all__ = ["RULES", "TOLERANCE", "AuditReport", "Violation", "audit"]


def audit(scenario: Scenario, plan: Plan) -> AuditReport:
    """The largest violation of each rule by a plan of a scenario, and where it is."""
    case = Case(scenario, plan)
    check_tables(case)
    check_supply(case)
    check_promised(case)
    check_licences(case)
    check_stock(case)
    check_demand(case)
    check_limits(case)
    check_cost(case)
    check_said(case)
    return case.ledger.report()

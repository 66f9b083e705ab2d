"""What the audit finds: one entry a rule, the largest violation of it and where it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from planner.plan.tables import COST_KINDS

TOLERANCE = 1e-6
"""A violation is one when it is above this share of its rule's scale."""

RULES: dict[str, str] = {
    # Is it a plan at all?
    "rows": "every table is there, its rows name what exists, each once, with finite numbers",
    "signs": "no quantity is below 0",
    "tree": "futures share a node, and so its decisions, exactly as long as they have looked the same",
    "labels": "what a row says of its month, supplier, country, material or pool is so",
    # Supply
    "decision": "what must be is done, what must never be is not",
    "application": "licences are applied for now or within their window, and once when the first period begins",
    "licence": "an offer that needs a licence is signed only where the licence is applied for",
    "signature_window": "offers are signed now or within their window",
    "group": "at most one offer of a group is signed, and each once",
    "signature": "nothing is ordered under an offer that is not signed",
    "reservation": "capacity is kept only of signed offers with a reservation fee, up to their largest order",
    "order_window": "orders are placed within from..until, and arrive by the horizon's end",
    "order_capacity": "an order stays within capacity, what is kept and expansions",
    "min_order": "an order is nothing or at least the minimum",
    "fixed_order": "what is fixed is ordered, as far as the capacity is there",
    "commitment": "what is committed is ordered, as far as the supplier can take it",
    "supplier_capacity": "orders stay within what a supplier can take",
    "landed_price": "orders have the landed price of their node",
    "arrival": "what is ordered arrives after its lead time, as far as it is released",
    "waiting": "what is due and not released waits",
    "release": "no more is released than is cleared of what waits; of firm orders no less",
    "normal_quantity": "a licence releases no more in a period than its usual quantity, so far as it is cleared",
    "cover": "what is released is covered by an application that is in force",
    "application_quantity": "no more is released under an application than it covers",
    "applications": "applications are reported whole, with when they are in force and what is used of them",
    # Stock and conversion
    "balance": "stock is what was there and came, less what went, in each pool",
    "storage": "stock stays within the storage limit",
    "safety_stock": "stock does not fall below the safety stock",
    "moves": "only inputs of conversions are moved, from free into a pool",
    "conversion_window": "conversions run within from..until",
    "conversion_capacity": "conversions stay within capacity and expansions",
    "expansion_window": "expansions are decided within from..until",
    "expansion_steps": "no more steps are decided than there are",
    "whole_steps": "steps of expansion are integers",
    # Demand
    "demand": "demand is the scenario's",
    "demand_balance": "what is asked for is built, waits or is lost",
    "backlog": "only segments with a delay cost let demand wait",
    "assembly": "units built stay within assembly capacity",
    "promise": "what is promised of a period's demand is built in the period",
    "max_share": "a design stays within its share of demand",
    "eligible": "only units that wait keep their chance of a design",
    "design_capacity": "a design that is barred is built no more than it may be",
    "qualification": "a design is built only when it is qualified",
    "qualified_once": "a design is qualified once, and only where it is not qualified from the start",
    "efficiency": "the average loss of efficiency stays within its limit",
    "magnets": "what is built has its magnets, no more and no less",
    "barred_pool": "no magnet goes where its undertaking bars it",
    "service": "the least service is given in every future",
    "limits": "shares and kg of arrivals stay within the limits",
    "panels": "no more suppliers are bought from than a panel allows, and as many have their share as it asks for",
    "budgets": "cash stays within the budgets",
    # Cost
    "fees": "fees paid now are those of what is decided now",
    "row_costs": "the costs beside decisions are those of the decisions",
    **{f"cost_{kind}": f"costs by future and year: {meaning}" for kind, meaning in COST_KINDS.items()},
    "discounting": "costs are discounted to the first period",
    "future_cost": "the cost of a future is the sum of its discounted costs",
    "expected_cost": "expected cost is the mean of the futures' costs",
    "cvar": "CVaR is the mean of the worst futures' costs",
    "objective": "the objective weighs expected cost and CVaR",
    "gap": "bound and gap belong to the objective",
    # What is reported of the plan
    "now_decisions": "what is to be done now is reported the same everywhere, and whole",
    "futures": "probability, service and shortage of futures are those of the plan",
    "first_shortage": "the first shortage of a future is the first",
    "sourcing": "kg and shares by country and class are those of the arrivals",
}
"""Every rule and what it demands, in the order of a planner's questions."""


@dataclass(frozen=True)
class Violation:
    """The largest violation of a rule.

    `amount` is in `unit`, `relative` is the amount as a share of what is large for the rule, so that one
    tolerance judges all. `where` says in words what is wrong; it is '' where nothing is.
    """

    rule: str
    relative: float = 0.0
    amount: float = 0.0
    unit: str = ""
    where: str = ""

    @property
    def failed(self) -> bool:
        """Whether it is more than rounding."""
        return not self.relative <= TOLERANCE


@dataclass(frozen=True)
class AuditReport:
    """The largest violation of each of `RULES`."""

    violations: dict[str, Violation]

    @property
    def failed(self) -> list[Violation]:
        """Violations beyond tolerance, in the order of the rules."""
        return [violation for violation in self.violations.values() if violation.failed]

    @property
    def passed(self) -> bool:
        """Whether no rule is violated beyond tolerance."""
        return not self.failed

    @property
    def largest(self) -> dict[str, float]:
        """The largest relative violation by rule."""
        return {rule: violation.relative for rule, violation in self.violations.items()}


class Ledger:
    """Keeps the largest violation of each rule while the audit runs."""

    def __init__(self) -> None:
        self._worst = {rule: Violation(rule) for rule in RULES}

    def check(self, rule: str, amount: ArrayLike, scale: ArrayLike, unit: str, where: Callable[..., str]) -> None:
        """Note the largest of the violations `amount` (not above 0: none), an array of any shape, in `unit`.

        `scale`, of a shape that broadcasts, is what is large for the rule, in the same unit; below 1 it counts
        as 1. `where` is given the place in the array, a number a dimension, and says what is wrong there.
        """
        amounts = np.atleast_1d(np.asarray(amount, dtype=float))
        if not amounts.size:
            return
        relative = np.nan_to_num(amounts / np.maximum(1.0, scale), nan=np.finfo(float).max)
        place = np.unravel_index(int(relative.argmax()), relative.shape)
        if relative[place] > self._worst[rule].relative:
            words = where(*(int(i) for i in place[: amounts.ndim]))
            self._worst[rule] = Violation(rule, float(relative[place]), float(amounts[place]), unit, words)

    def equal(self, rule: str, found: Any, right: Any, scale: ArrayLike, unit: str, where: Callable[..., str]) -> None:
        """Note the largest difference between `found` and `right`, arrays of one shape.

        `where` says what is looked at; both figures are added to it.
        """
        found, right = np.atleast_1d(np.asarray(found, dtype=float)), np.atleast_1d(np.asarray(right, dtype=float))
        self.check(
            rule,
            np.abs(found - right),
            scale,
            unit,
            lambda *i: f"{where(*i)}: {number(found[i])} {unit}".rstrip() + f", but it should be {number(right[i])}",
        )

    def wrong(self, rule: str, where: str) -> None:
        """Note that something is wrong that has no amount."""
        self.check(rule, 1.0, 1.0, "", lambda _: where)

    def report(self) -> AuditReport:
        """What was found."""
        return AuditReport(dict(self._worst))


def number(value: SupportsFloat) -> str:
    """A figure as a planner reads it: nine significant digits, thousands separated, no exponent."""
    value = float(value)
    if not math.isfinite(value) or value == 0:
        return "0" if value == 0 else str(value)
    decimals = max(0, 8 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

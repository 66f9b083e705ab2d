"""The whole program of a scenario, and its optimum."""

from __future__ import annotations

from typing import Any

from tests.plain.demand import Demand
from tests.plain.linear import Linear, Program, total
from tests.plain.money import Money
from tests.plain.stock import Stock
from tests.plain.supply import Supply
from tests.plain.tree import Node, Seen, Tree
from tests.plain.windows import limits, panels


class Statement:
    """A scenario's tree, program, and the variables that its rules share."""

    def __init__(self, scenario: Any) -> None:
        self.scenario = scenario
        self.calendar = scenario.calendar
        self.last: int = scenario.calendar.periods
        self.node_parameter = Seen(scenario)
        self.tree = Tree(self.node_parameter)
        self.nodes: list[Node] = self.tree.nodes[1:]
        self.program = Program()
        self.licence = {row.licence: row for row in scenario.licences}
        self.offer = {row.offer: row for row in scenario.offers}
        self.material = {row.material: row for row in scenario.materials}
        self.supply = Supply(self)
        self.stock = Stock(self)
        self.demand = Demand(self)
        self.money = Money(self)
        for part in (self.supply, self.stock, self.demand):
            part.rules()
        limits(self)
        panels(self)
        self.money.budgets()

    def at(self, node: Node, what: str, name: str) -> float:
        """What holds at a node: a clearance or a factor."""
        return self.node_parameter.value(node.futures[0], node.period, what, name)

    def within(self, node: Node, from_: str | None, until: str | None) -> bool:
        """Whether a node lies in a window of months."""
        return node.period in self.calendar.within(from_, until)

    def objective(self) -> Linear:
        """(1 − λ) · expected cost + λ · CVaR."""
        settings, costs = self.scenario.settings, self.money.by_future()
        expected = total(self.node_parameter.futures[w] * cost for w, cost in costs.items())
        if not settings.risk_weight:
            return expected
        eta = self.program.variable(lower=float("-inf"))
        above: list[Linear] = []
        for w, cost in costs.items():
            excess = self.program.variable()
            self.program.at_most(cost - eta, excess)
            above.append(self.node_parameter.futures[w] / (1 - settings.risk_tail) * excess)
        return (1 - settings.risk_weight) * expected + settings.risk_weight * (eta + total(above))


def optimum(scenario: Any) -> float:
    """The objective of the optimal plan of a scenario; infinite where there is none."""
    statement = Statement(scenario)
    return statement.program.least(statement.objective())

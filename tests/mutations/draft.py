"""A plan that can be spoilt, and what a mutation is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.plan.plan import Plan
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Expansion


class NoPlace(Exception):
    """A plan has nothing that the mutation could spoil."""


class Draft:
    """A plan that can be spoilt."""

    def __init__(self, scenario: Scenario, plan: Plan) -> None:
        self.scenario = scenario
        self.plan = plan
        self.tables = {name: frame.copy() for name, frame in plan.tables.items()}

    def done(self) -> Plan:
        """The spoilt plan."""
        return dataclasses.replace(self.plan, tables=self.tables)

    def change(self, **fields: Any) -> None:
        """Change headline figures or the lists of decisions."""
        self.plan = dataclasses.replace(self.plan, **fields)

    def largest(self, table: str, column: str, where: Callable[[Any], Any] = lambda row: True) -> Any:
        """The label of the row with the largest figure, whatever its sign, of those that fit."""
        frame = self.tables[table]
        fits = [label for label, row in zip(frame.index, frame.to_dict("records"), strict=True) if where(row)]
        if not fits:
            raise NoPlace
        return frame.loc[fits, column].astype(float).abs().idxmax()

    def get(self, table: str, row: Any, column: str) -> Any:
        return self.tables[table].loc[row, column]

    def set(self, table: str, row: Any, **cells: Any) -> None:
        for column, value in cells.items():
            self.tables[table][column] = self.tables[table][column].astype(object)
            self.tables[table].loc[row, column] = value

    def drop(self, table: str, rows: Iterable[Any]) -> None:
        self.tables[table] = self.tables[table].drop(index=list(rows))

    def add(self, table: str, **cells: Any) -> None:
        """Add a row; fields that are not given are blank."""
        frame = self.tables[table]
        row = {column: cells.get(column, "") for column in frame.columns}
        self.tables[table] = pd.concat([frame.astype(object), pd.DataFrame([row])], ignore_index=True)

    def first(self, items: Iterable[Any]) -> Any:
        """The first of some items of the scenario."""
        for item in items:
            return item
        raise NoPlace

    def node(self, period: int) -> int:
        """A node of a period."""
        nodes = self.tables["nodes"]
        return int(nodes.loc[nodes["period"] == period, "node"].iloc[0])

    def month(self, period: int) -> str:
        return self.scenario.calendar.month(period)

    def decide(self, decision: str, item: str, taken: bool) -> None:
        """Change a decision taken now, its fee with it, in the table and in the list."""
        frame = self.tables["now_decisions"]
        row = self.first(frame.index[(frame["decision"] == decision) & (frame["item"] == item)])
        fee = (
            self.scenario.licence[item].application_fee
            if decision == "apply"
            else self.scenario.offer[item].signing_fee
        )
        self.set("now_decisions", row, taken=taken, cost=fee if taken else 0.0)
        listed = set(getattr(self.plan.decisions, decision))
        items = listed | {item} if taken else listed - {item}
        self.change(decisions=dataclasses.replace(self.plan.decisions, **{decision: tuple(sorted(items))}))

    def decide_expansion(self, expansion: Expansion, period: int, steps: float) -> None:
        """Have one expansion decided, at a node of a period, and no other."""
        self.tables["expansion"] = self.tables["expansion"].iloc[0:0]
        self.add(
            "expansion",
            node=self.node(period),
            month=self.month(period),
            expansion=expansion.expansion,
            scope=expansion.scope,
            target=expansion.target,
            steps=steps,
            kg_per_period=steps * expansion.step_kg_per_period,
            cost=steps * expansion.cost_per_step,
        )


@dataclass(frozen=True)
class Mutation:
    """What is done to a plan, and the rule that must catch it."""

    words: str
    rule: str
    spoil: Callable[[Draft], None]


MUTATIONS: list[Mutation] = []
"""All mutations, in the order in which their files are read."""


def mutation(words: str, rule: str) -> Callable[[Callable[[Draft], None]], Callable[[Draft], None]]:
    """Keep a function that spoils a plan as a mutation."""

    def keep(spoil: Callable[[Draft], None]) -> Callable[[Draft], None]:
        MUTATIONS.append(Mutation(words, rule, spoil))
        return spoil

    return keep

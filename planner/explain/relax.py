"""The elastic program of a scenario: which cells must be relaxed, and how far."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import StoppedWithoutPlan
from planner.explain.quick import Cell, quick_conflicts
from planner.futures.tree import Floats, Tree, grow
from planner.model.build import build
from planner.model.path import PathModel
from planner.model.tiling import Instance, tile
from planner.scenario.scenario import Scenario
from planner.solver.outcome import Options, Stop
from planner.solver.strategy import solve

_NEGLIGIBLE = 1e-7
"""A cell is relaxed when by more than this, weighed as the objective does."""


@dataclass(frozen=True)
class Slacks:
    """A solution of the elastic program: how far each cell is relaxed, and the solution itself."""

    amounts: dict[Cell, float]
    x: Floats


class Elastic:
    """The elastic program of a scenario, solved again and again with other cells held to."""

    def __init__(self, scenario: Scenario, cancel: threading.Event | None = None) -> None:
        self.scenario = scenario
        self.tree: Tree = grow(scenario)
        self.path: PathModel = build(scenario, self.tree, elastic=True)
        self._cancel = cancel
        self._instance: Instance = tile(self.path)
        labels = self._instance.layout.labels[0]
        self.columns: dict[Cell, int] = {key: place for place, (name, key) in enumerate(labels) if name == "slack"}

    @property
    def instance(self) -> Instance:
        """The program with every cell loose."""
        return self._instance

    def least(self, held: Collection[Cell], gap: float = 1e-3) -> Slacks | None:
        """The cheapest relaxation that leaves the cells `held` as they are; None where there is none."""
        upper = self._instance.upper.copy()
        upper[[self.columns[cell] for cell in held]] = 0.0
        outcome = solve(replace(self._instance, upper=upper), Options(gap=gap), cancel=self._cancel)
        if outcome.stop is Stop.INFEASIBLE:
            return None
        if outcome.x is None:
            raise StoppedWithoutPlan("Stopped before the scenario could be explained.")
        weighed = {cell: outcome.x[place] * self._instance.cost[place] for cell, place in self.columns.items()}
        amounts = {
            cell: float(outcome.x[self.columns[cell]]) for cell, weight in weighed.items() if weight > _NEGLIGIBLE
        }
        return Slacks(amounts, outcome.x)

    def conflicts(self) -> Iterator[list[Cell]]:
        """Sets of cells that cannot all be held, and of which any one less can; no two share a cell.

        First come those that arithmetic shows, then those that only the solver finds.
        """
        said: set[Cell] = set()
        for conflict in quick_conflicts(self.path):
            if said.isdisjoint(conflict):
                said |= set(conflict)
                yield conflict
        while conflict := self._conflict(said):
            said |= set(conflict)
            yield conflict

    def _conflict(self, loose: set[Cell]) -> list[Cell]:
        """A conflict among the cells that are not `loose`; empty where these can all be held.

        The elastic filter (Chinneck and Dravnieks 1991) holds to what had to be relaxed until nothing can
        give any more; the deletion filter then leaves out what is not needed for that.
        """
        held: list[Cell] = []
        while (found := self.least(held)) is not None:
            given = [cell for cell in found.amounts if cell not in loose]
            if not given:
                return []
            held.extend(given)
        for cell in list(held):
            fewer = [other for other in held if other != cell]
            if self.least(fewer, gap=np.inf) is None:
                held = fewer
        return held

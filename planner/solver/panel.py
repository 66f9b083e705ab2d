"""Which suppliers a panel takes, settled first: branch and bound in the relaxation over the panels' columns alone.

A panel is a choice of k suppliers out of many. The relaxation takes a part of each, and HiGHS, which has no branching
priorities, finds out late that it cannot. There are few such columns, so that each choice is soon judged.
"""

from __future__ import annotations

import heapq
from itertools import count

import numpy as np

from planner.catalogue.decisions import Rank
from planner.futures.tree import Floats, Ints
from planner.solver.dive import ranks
from planner.solver.relaxation import LpFailed, Relaxation, State
from planner.solver.shared import MARGIN

_FRACTIONAL = 1e-6

_MOST_NODES = 100
"""Nodes, each of which costs two linear programs; what is still open then is left to branch and bound."""

Box = tuple[Floats, Floats]
"""Lower and upper bounds of the panels' columns."""


class Panels:
    """A best-first search over the columns of panels, from a solved relaxation.

    `is_open` says whether the relaxation takes a part of a supplier at first; `places` are the panels' columns among
    its integer ones.
    """

    def __init__(self, relaxation: Relaxation) -> None:
        self._lp, self._root = relaxation, relaxation.state()
        self.places: Ints = np.flatnonzero(ranks(relaxation.instance)[relaxation.whole] == Rank.PANEL)
        self._order, self._nodes = count(), 0
        self.is_open = self._fractional() is not None
        box = relaxation.lower[self.places], relaxation.upper[self.places]
        self._open: list[tuple[float, int, Box]] = [(relaxation.objective, next(self._order), box)]
        self._chosen: list[tuple[float, int, Box]] = []

    @property
    def bound(self) -> float:
        """The least that a choice which is not ruled out can cost (base currency)."""
        return min((cost for cost, _, _ in (*self._open, *self._chosen)), default=np.inf)

    def first(self) -> State | None:
        """The relaxation's best choice, with its solution and bounds; None where none is found in time."""
        while self._open and self._nodes < _MOST_NODES:
            found = self._step(np.inf)
            if found is not None:
                return found
        return None

    def rule_out(self, objective: float) -> None:
        """Rule out choices that cost more than a plan; the relaxation is left at the optimum of the others.

        Raises as `Relaxation.solve` does, and LpFailed where HiGHS finds no solution beside the plan.
        """
        most = objective + MARGIN * abs(objective)
        while self._open and self._open[0][0] <= most and self._nodes < _MOST_NODES:
            self._step(most)
        left = [box for cost, _, box in (*self._open, *self._chosen) if cost <= most]
        if not left:
            raise LpFailed("nothing is left beside the plan")
        lowers, uppers = zip(*left, strict=True)
        if not self._solve((np.min(lowers, axis=0), np.max(uppers, axis=0)), np.inf):
            raise LpFailed("nothing is left beside the plan")

    def _step(self, most: float) -> State | None:
        """Take the best open node: its solution where it is a choice, else both sides of a part are opened."""
        _, _, box = heapq.heappop(self._open)
        if not self._solve(box, most):
            return None
        self._nodes += 1
        place = self._fractional()
        if place is None:
            self._chosen.append((self._lp.objective, next(self._order), box))
            return self._lp.state()
        for side in (0.0, 1.0):
            lower, upper = box[0].copy(), box[1].copy()
            lower[place] = upper[place] = side
            if self._solve((lower, upper), most):
                heapq.heappush(self._open, (self._lp.objective, next(self._order), (lower, upper)))
        return None

    def _solve(self, box: Box, most: float) -> bool:
        """Whether the relaxation has a solution within a box that costs at most that."""
        self._lp.go_back(self._root)
        self._lp.lower[self.places], self._lp.upper[self.places] = box
        return self._lp.solve(below=most) and self._lp.objective <= most

    def _fractional(self) -> int | None:
        """The place among the panels' columns that is least sure; None where all are integral."""
        values = self._lp.values()[self.places]
        parts = np.abs(values - np.round(values))
        return int(np.argmax(parts)) if len(parts) and parts.max() > _FRACTIONAL else None

"""Which figures of a scenario are weakest: nobody has found them out, and the answer depends on them.

A chain is as weak as its weakest link, so figures stand in three ranks: those without a code, assumed (A) and general
knowledge (G), and with them what is derived (D) from an assumption, as the row's note says by an (A); then what else
is derived; then what is found (F). Within a rank the one by which the optimum of the linear relaxation moves most
comes first, of two alike A before G before D. How far it moves is taken from the duals, to the first order, where the
program keeps its shape; where it does not (a lead time, a month), the relaxation is solved again.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import InputError
from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.scenario.load import Loaded
from planner.sensitivity.moves import Move, move
from planner.solver.duals import Duals, duals
from planner.solver.outcome import Stop, Watcher
from planner.solver.strategy import solve
from planner.sources.figures import CODES, Figure
from planner.why.change import moves

Weight = tuple[int, float, int]
"""Rank, how far the optimum moves (base currency, negative: the most first), place of the code."""

_RANKS = {"": 0, "A": 0, "G": 0, "D": 1, "F": 2}
_ORDER = [*CODES, ""]


@dataclass(frozen=True)
class _Relaxation:
    """A scenario's linear relaxation, solved: what a moved figure does to its optimum."""

    loaded: Loaded
    instance: Instance
    duals: Duals

    def pull(self, moved: Move) -> float:
        """How far the optimum moves with a figure, in base currency; 0 where it cannot be moved so."""
        with suppress(InputError):
            after = _relaxed(prepare(moved.applied(self.loaded)).instance)
            if after.row_names == self.instance.row_names and after.layout.labels == self.instance.layout.labels:
                change = moves(self.instance, after, self.duals)
                offset = after.offset - self.instance.offset
                return abs(float(change.row_part.sum() + change.column_part.sum()) + offset)
            found = solve(after)
            if found.stop is Stop.OPTIMAL:
                return abs(found.objective - float(self.instance.cost @ self.duals.x) - self.instance.offset)
        return 0.0


def _relaxed(instance: Instance) -> Instance:
    return replace(instance, integer=np.zeros_like(instance.integer))


def weights(
    loaded: Loaded,
    figures: Sequence[Figure],
    by: float,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
) -> list[Weight | None]:
    """What each figure weighs when moved by a share `by`: the least is the weakest. None where it cannot be reported.

    That is so of one that cannot be moved, and of all where the relaxation has no optimum.
    """
    cancel = cancel or threading.Event()
    instance = _relaxed(prepare(loaded).instance)
    found = duals(instance, np.zeros(len(instance.cost)), cancel)
    if found is None:
        return [None] * len(figures)
    base = _Relaxation(loaded, instance, found)
    return [None if cancel.is_set() else _weight(base, figure, by) for figure in figures]


def _weight(base: _Relaxation, figure: Figure, by: float) -> Weight | None:
    moved = move(base.loaded, figure, by) or move(base.loaded, figure, -by)
    if moved is None:
        return None
    rank = 0 if figure.leans else _RANKS[figure.code]
    return rank, -base.pull(moved), -_ORDER.index(figure.code)

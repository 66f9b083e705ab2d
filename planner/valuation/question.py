"""Questions about a scenario: programs that differ from its own in what is known, asked or decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from planner.futures.path import alone, average
from planner.futures.tree import Notice, Tree, grow
from planner.model.fixing import fixed
from planner.model.path import PathModel
from planner.model.program import program
from planner.model.tiling import Instance, Label
from planner.scenario.load import Loaded, from_raw
from planner.scenario.overlay import apply_cells
from planner.scenario.scenario import Scenario

Cell = tuple[str, str, str, Any]
"""Table, key, field and value, as in `strategies`."""


@dataclass(frozen=True)
class Question:
    """What is otherwise than in the scenario; without anything it is the scenario itself.

    `cells` say something else, `decided` fixes variables. Of the futures: `notice` is known earlier; only the `future`
    with this number happens; their `average` takes their place; a licence is `cleared` by this share throughout, on
    the tree as it stands.
    """

    cells: tuple[Cell, ...] = ()
    decided: tuple[tuple[Label, float], ...] = ()
    notice: Notice | None = None
    future: int | None = None
    average: bool = False
    cleared: tuple[str, float] | None = None

    def having(self, *cells: Cell) -> Question:
        """The same question with more cells changed."""
        return replace(self, cells=(*self.cells, *cells))

    @property
    def grounds(self) -> str:
        """Distinguishes it from other questions."""
        return repr(self)


AS_IT_STANDS = Question()


def overlaid(loaded: Loaded, cells: Iterable[Cell]) -> Loaded:
    """The scenario with cells changed; raises InputError where it is none any more."""
    cells = tuple(cells)
    return from_raw(apply_cells(loaded.raw, "worth", cells)) if cells else loaded


def posed(loaded: Loaded, question: Question) -> tuple[PathModel, Instance]:
    """The program of a question. Raises InputError where its cells make no scenario."""
    scenario = overlaid(loaded, question.cells).scenario
    if question.future is not None:
        scenario = _without_least_suppliers(scenario)
    path, instance = program(scenario, _tree(scenario, question))
    return path, fixed(instance, dict(question.decided)) if question.decided else instance


def _without_least_suppliers(scenario: Scenario) -> Scenario:
    """What `min_suppliers` asks holds on average over the futures: it cannot be asked of one."""
    panels = tuple(row.model_copy(update={"min_suppliers": 0}) for row in scenario.panels)
    return scenario.model_copy(update={"panels": panels})


def _tree(scenario: Scenario, question: Question) -> Tree:
    tree = grow(scenario, question.notice)
    if question.future is not None:
        return alone(tree, question.future)
    if question.average:
        return average(tree)
    if question.cleared is not None:
        licence, share = question.cleared
        return replace(tree, clearance=tree.clearance | {licence: np.full(tree.size, share)})
    return tree

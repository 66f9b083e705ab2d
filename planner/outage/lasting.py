"""Time to survive: for how many periods a line can build all its demand when nothing arrives from a source.

For a future by itself the question is whether a program has a solution in which all demand up to a period is built in
its period. The linear relaxation rules out most periods; the longest that it leaves is asked of the program itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from planner.futures.path import alone
from planner.futures.tree import Floats, Tree
from planner.model.program import program
from planner.model.tiling import Instance
from planner.outage.sources import Source
from planner.outage.worlds import bare, decided, held_back, out, promising, waiting
from planner.plan.plan import Decisions
from planner.scenario.scenario import Scenario
from planner.solver.outcome import Options, Stop
from planner.solver.strategy import solve

ALL = ""
"""Stands for all lines together."""


@dataclass(frozen=True)
class Lasts:
    """For how many periods a line lasts in a future, and which offers and conversions it then gets something from."""

    periods: int
    uses: tuple[str, ...] = ()


ByLine = dict[str, dict[str, Lasts]]
"""By future and line."""


def lasting(
    scenario: Scenario,
    tree: Tree,
    decisions: Decisions,
    source: Source | None,
    futures: Iterable[str],
    undisturbed: ByLine,
    cancel: threading.Event,
) -> ByLine:
    """How long every line lasts in each future without a source (None: with all of them).

    With what comes of it `undisturbed` known, only lines that get something of the source are asked about.
    """
    found: ByLine = {}
    for future in futures:
        world = _World(scenario, tree, decisions, source, future, cancel)
        found[future] = _in_future(scenario, source, world, undisturbed.get(future))
    return found


def _in_future(
    scenario: Scenario, source: Source | None, world: _World, undisturbed: dict[str, Lasts] | None
) -> dict[str, Lasts]:
    last, found = Lasts(scenario.calendar.periods), dict[str, Lasts]()
    for name in (*scenario.segment, ALL):
        known = (undisturbed or {}).get(name, last)
        if source is not None and undisturbed and not _hits(scenario, source, known):
            found[name] = known
            continue
        most = min([known.periods, *(its.periods for its in found.values())]) if name == ALL else known.periods
        found[name] = world.lasts(list(scenario.segment) if name == ALL else [name], most)
    return found


def _hits(scenario: Scenario, source: Source, known: Lasts) -> bool:
    """Whether a line may last less long without a source: it gets something of it, or may do of its open orders."""
    theirs = source.offers(scenario) | source.conversions(scenario)
    return known.periods > 0 and (
        not theirs.isdisjoint(known.uses) or any(row.offer in theirs for row in scenario.open_orders)
    )


class _World:
    """A future in which a source is out for good: its program, with a row for each line's demand in each period."""

    def __init__(
        self,
        scenario: Scenario,
        tree: Tree,
        decisions: Decisions,
        source: Source | None,
        future: str,
        cancel: threading.Event,
    ) -> None:
        self._asked = scenario, alone(tree, tree.futures.index(future)), decisions, source
        self._cancel = cancel

    @cached_property
    def _instance(self) -> Instance:
        """Its objective is what is ordered and made in all, so that a solution takes from few sources."""
        scenario, path, decisions, source = self._asked
        last = scenario.calendar.periods
        world = promising(bare(scenario), scenario.segment, last)
        if source is not None:
            world, path = out(world, path, source, last)
        instance = decided(program(world, path)[1], decisions)
        if source is not None:
            instance = held_back(instance, waiting(scenario, source), last)
        cost = np.zeros_like(instance.cost)
        for column, name, _ in _supplied(instance):
            cost[column] = 1.0 if name != "release" else 0.0
        return replace(instance, cost=cost, offset=0.0)

    @cached_property
    def _promises(self) -> list[tuple[int, str, int]]:
        """The rows of demand to be built: row, line and period."""
        period = self._instance.layout.tree.period
        return [
            (row, index[1], int(period[node]))
            for row, ((name, index), node) in enumerate(self._instance.row_names)
            if name == "promise"
        ]

    def lasts(self, segments: Sequence[str], most: int) -> Lasts:
        """For how many periods all demand of some lines can be built in its period, at most as many as said."""
        found = self._can(segments, most, relaxed=False)
        if found is not None:
            return Lasts(most, found)
        low, high = 0, most - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._can(segments, middle, relaxed=True) is not None:
                low = middle
            else:
                high = middle - 1
        while (found := self._can(segments, high, relaxed=False)) is None:
            high -= 1
        return Lasts(high, found)

    def _can(self, segments: Sequence[str], periods: int, relaxed: bool) -> tuple[str, ...] | None:
        """What is taken from where that can be; None where it cannot."""
        if periods == 0:
            return ()
        instance = replace(self._instance, row_lower=self._asking(set(segments), periods))
        if relaxed:
            instance = replace(instance, integer=np.zeros_like(instance.integer))
        found = solve(instance, Options(gap=_ROUGHLY), cancel=self._cancel)
        if found.stop is Stop.INTERRUPTED:
            raise KeyboardInterrupt
        if found.x is None:
            return None
        x = found.x
        return tuple({item: None for column, _, item in _supplied(instance) if x[column] > _NOTHING})

    def _asking(self, segments: set[str], periods: int) -> Floats:
        """The lower sides of rows where only the demand of some lines up to a period must be built."""
        lower = self._instance.row_lower.copy()
        lower[[row for row, segment, period in self._promises if segment not in segments or period > periods]] = -np.inf
        return lower


_ROUGHLY, _NOTHING = 0.5, 1e-9
"""The gap at which a solution is near enough to taking little; kg that are none."""


def _supplied(instance: Instance) -> Iterator[tuple[int, str, str]]:
    """Columns of what is ordered, released and made: the column, its variable, and the offer or conversion."""
    layout = instance.layout
    for node, period in enumerate(layout.tree.period.tolist()):
        for place, (name, index) in enumerate(layout.labels[period]):
            if name in ("order", "release", "run"):
                yield int(layout.first[node]) + place, name, str(index[0])

"""What an outage costs by its length."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.futures.tree import Floats, Tree
from planner.model.program import program
from planner.model.tiling import Instance
from planner.outage.sources import Source
from planner.outage.worlds import PROMISED, bare, decided, held_back, out, unbound, waiting
from planner.plan.plan import Decisions
from planner.scenario.scenario import Scenario
from planner.solver.outcome import Options, Outcome, Stop
from planner.solver.strategy import solve
from planner.solver.warm_start import WarmStart


@dataclass(frozen=True)
class Impact:
    """What a source out in the first so many periods costs: by the plans found, and by the proven bounds.

    `value` is None where nothing was found in time, or (`impossible`) where there is no plan so.
    """

    source: Source
    periods: int
    value: float | None
    low: float | None
    high: float | None
    impossible: bool = False


def impacts(
    scenario: Scenario,
    tree: Tree,
    decisions: Decisions,
    source: Source,
    lengths: Iterable[int],
    options: Options,
    cancel: threading.Event,
) -> list[Impact]:
    """The impact of a source out by length, on the tree as it stands and with `now` decided.

    Where nothing of the source comes in a period that the outage grows by, the optimum stays what it was.
    """
    asking = _Asking(scenario, tree, decisions, source, options, cancel)
    last = asking.solved(0)
    return [_difference(source, periods, asking.solved(periods), last) for periods in sorted(set(lengths))]


def _difference(source: Source, periods: int, found: Outcome, base: Outcome) -> Impact:
    if found.stop is Stop.INFEASIBLE:
        return Impact(source, periods, None, None, None, impossible=True)
    low, high = found.bound - base.objective, found.objective - base.bound
    value = found.objective - base.objective
    known = found.x is not None and base.x is not None
    return Impact(
        source,
        periods,
        value if known else None,
        low if np.isfinite(low) else None,
        high if np.isfinite(high) else None,
    )


class _Asking:
    """Optima of a scenario with a source out, from none to all periods."""

    def __init__(
        self,
        scenario: Scenario,
        tree: Tree,
        decisions: Decisions,
        source: Source,
        options: Options,
        cancel: threading.Event,
    ) -> None:
        self._scenario, self._tree, self._decisions = bare(scenario), tree, decisions
        self._source, self._options, self._cancel = source, options, cancel
        self._found: dict[int, tuple[Instance, Outcome]] = {}

    def solved(self, periods: int) -> Outcome:
        """The optimum with the source out in the first so many periods."""
        if periods not in self._found:
            self._found[periods] = self._same(periods) or self._solve(periods)
        return self._found[periods][1]

    def _same(self, periods: int) -> tuple[Instance, Outcome] | None:
        """What was found of a shorter outage, where nothing of the source comes in what this one is longer by."""
        shorter = [done for done in self._found if done < periods]
        if not shorter:
            return None
        instance, outcome = self._found[max(shorter)]
        if outcome.x is None or self._comes(instance, outcome.x, max(shorter) + 1, periods):
            return None
        return instance, outcome

    def _comes(self, instance: Instance, x: Floats, first: int, last: int) -> bool:
        """Whether anything of the source arrives, is released or runs in some periods of a solution."""
        scenario, layout = self._scenario, instance.layout
        offers, conversions = self._source.offers(scenario), self._source.conversions(scenario)
        calendar = scenario.calendar
        if any(r.offer in offers and first <= calendar.period(r.period) <= last for r in scenario.open_orders):
            return True
        for period in range(1, last + 1):
            columns = layout.columns(period)
            for place, (name, index) in enumerate(layout.labels[period]):
                when = period
                if name == "order" and index[0] in offers - waiting(scenario, self._source):
                    when = period + scenario.offer[index[0]].lead_periods
                elif not (name == "release" and index[0] in offers) and not (name == "run" and index[0] in conversions):
                    continue
                if first <= when <= last and (x[columns[:, place]] > 0).any():
                    return True
        return False

    def _solve(self, periods: int) -> tuple[Instance, Outcome]:
        offers = self._source.offers(self._scenario)
        world, tree = out(self._scenario, self._tree, self._source, periods)
        instance = decided(program(world, tree)[1], self._decisions)
        instance = unbound(instance, PROMISED, offers)
        instance = held_back(instance, waiting(self._scenario, self._source), periods)
        base = self._found.get(0)
        warm_start = WarmStart(*base) if base is not None and base[1].basis is not None else None
        return instance, solve(instance, self._options, cancel=self._cancel, warm_start=warm_start)

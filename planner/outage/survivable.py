"""The cheapest way to survive longer: a plan for the scenario's futures that could outlast an outage, too."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from planner.futures.apart import held
from planner.futures.path import alone
from planner.futures.tree import Tree
from planner.model.program import program
from planner.model.tiling import Instance
from planner.outage.sources import Source
from planner.outage.worlds import PROMISED, out, promising, waiting
from planner.plan.plan import Decisions
from planner.scenario.scenario import Scenario
from planner.scenario.tables import OpenOrder
from planner.solver.outcome import Options, Outcome
from planner.solver.strategy import solve

_NOT_BINDING = frozenset(
    {"service", "sourcing", "quota", "safety_stock", "storage", "panel_used", "panel_size", "panel_least"}
)
"""What does not bind in an outage."""

_NAMES = {"apply": ("apply for {}", "do not apply for {}"), "sign": ("sign {}", "do not sign {}")}


def survivable(
    scenario: Scenario, tree: Tree, source: Source, segments: Sequence[str], futures: Sequence[str], last: int
) -> Instance:
    """The program of a scenario in which all demand of some lines up to a period can be built without a source.

    To its tree paths of probability 0 are added that part from it in the first period: futures in which the source is
    out. So `now` is decided for both, and costs what it costs in the scenario's own futures.
    """
    grown = tree
    for future in futures:
        _, lost = out(scenario, alone(tree, tree.futures.index(future)), source, tree.periods)
        grown = _beside(grown, lost)
    asked = promising(scenario, segments, last)
    _, instance = program(asked, grown)
    return _in_outage(asked, instance, source, range(tree.size, grown.size), len(scenario.promises))


def _beside(tree: Tree, path: Tree) -> Tree:
    """A tree and one path of probability 0 that shares only `now` with it; the path's nodes come last."""
    own = np.arange(tree.size, tree.size + tree.periods)
    theirs = held(path)
    by_node = {
        kind: {name: np.concatenate([values, theirs[kind][name][1:]]) for name, values in its.items()}
        for kind, its in held(tree).items()
    }
    return Tree(
        (*tree.futures, f"{path.futures[0]} with an outage"),
        np.append(tree.probability, 0.0),
        np.vstack([tree.node_of, np.concatenate([[0], own])]),
        np.concatenate([tree.period, np.arange(1, tree.periods + 1)]),
        np.concatenate([tree.parent, [0], own[:-1]]),
        np.concatenate([tree.node_probability, np.zeros(tree.periods)]),
        **by_node,
    )


def _in_outage(scenario: Scenario, instance: Instance, source: Source, nodes: range, promises: int) -> Instance:
    """The program whose nodes of an outage ask only for what must be built in it, and get nothing of the source."""
    lower, upper = instance.row_lower.copy(), instance.row_upper.copy()
    gone, offers = _Gone(scenario, instance, source), source.offers(scenario)
    for row, ((name, index), node) in enumerate(instance.row_names):
        if node in nodes and name == "stock_balance":
            kg = gone.kg(index, node)
            lower[row] += kg
            upper[row] += kg
        elif _is_idle(name, index, offers, node in nodes, name == "promise" and index[0] >= promises):
            lower[row], upper[row] = -np.inf, np.inf
    return replace(instance, row_lower=lower, row_upper=upper, upper=_columns(scenario, instance, source, nodes))


def _is_idle(name: str, index: Any, offers: frozenset[str], in_outage: bool, is_added: bool) -> bool:
    if name == "promise":
        return is_added != in_outage
    if not in_outage:
        return False
    first = index[0] if isinstance(index, tuple) else index
    return name in _NOT_BINDING or (name in (*PROMISED, "cleared_share") and first in offers)


def _columns(scenario: Scenario, instance: Instance, source: Source, nodes: range) -> Any:
    """The upper bounds of columns: in the outage nothing is released, and stock has room."""
    layout, upper, wait = instance.layout, instance.upper.copy(), waiting(scenario, source)
    for node in nodes:
        first = int(layout.first[node])
        for place, (name, index) in enumerate(layout.labels[int(layout.tree.period[node])]):
            if name == "release" and index[0] in wait:
                upper[first + place] = 0.0
            elif name == "stock":
                upper[first + place] = np.inf
    return upper


class _Gone:
    """What open orders of a source would bring into stock in an outage."""

    def __init__(self, scenario: Scenario, instance: Instance, source: Source) -> None:
        offers, wait = source.offers(scenario), waiting(scenario, source)
        rows = [r for r in scenario.open_orders if r.offer in offers and (r.offer not in wait or r.cleared == "yes")]
        self._scenario, self._tree = scenario, instance.layout.tree
        self._orders: dict[tuple[str, str, int], list[OpenOrder]] = {}
        for row in rows:
            offer = scenario.offer[row.offer]
            key = (offer.material, scenario.pool(offer), scenario.calendar.period(row.period))
            self._orders.setdefault(key, []).append(row)

    def kg(self, index: tuple[str, str, int], node: int) -> float:
        """What would come into a pool (material, pool, period) at a node."""
        return sum(row.kg * self._released(row, node) for row in self._orders.get(index, ()))

    def _released(self, row: OpenOrder, node: int) -> float:
        licence = self._scenario.offer[row.offer].licence
        return 1.0 if row.cleared == "yes" or licence is None else float(self._tree.clearance[licence][node])


def one_longer(
    scenario: Scenario,
    tree: Tree,
    source: Source,
    segments: Sequence[str],
    futures: Sequence[str],
    periods: int,
    options: Options,
    cancel: threading.Event,
) -> tuple[Outcome, Instance]:
    """The cheapest plan with which some lines last so many periods without a source, and its program."""
    instance = survivable(scenario, tree, source, segments, futures, periods)
    return solve(instance, options, cancel=cancel), instance


def decided_otherwise(instance: Instance, outcome: Outcome, decisions: Decisions) -> list[str]:
    """What a solution decides now that a plan does not, and what it leaves, in words."""
    if outcome.x is None:
        return []
    taken: dict[str, Iterable[str]] = {"apply": decisions.apply, "sign": decisions.sign}
    found = []
    for place, (name, index) in enumerate(instance.layout.labels[0]):
        value = float(outcome.x[place])
        if name in taken and (value > 0.5) != (index[0] in taken[name]):
            found.append(_NAMES[name][value < 0.5].format(index[0]))
        elif name == "keep" and abs(value - decisions.keep.get(index[0], 0.0)) > 1e-3 * (1 + value):
            found.append(f"keep {value:,.0f} kg a period of {index[0]}")
    return [*found, *_begun(instance, outcome)]


def _begun(instance: Instance, outcome: Outcome) -> Iterator[str]:
    """What the solution begins to qualify or expand in the first period of the outage."""
    layout = instance.layout
    first = int(layout.tree.node_of[-1, 1])
    for place, (name, index) in enumerate(layout.labels[1]):
        if (
            name in ("qualify", "expand")
            and outcome.x is not None
            and outcome.x[int(layout.first[first]) + place] > 0.5
        ):
            yield f"{name} {index[0]} when it stops"

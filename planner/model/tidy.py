"""Of plans that cost the same, the one that asks least: nothing is signed or applied for that serves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from planner.futures.tree import Floats, Ints
from planner.model.path import PathModel
from planner.model.tiling import Layout


def tidied(path: PathModel, layout: Layout, x: Floats) -> Floats:
    """A solution without orders placed for nothing, signatures that serve nothing and licences that none needs.

    A solver is free to leave them in where they cost nothing, and at a limit even where they cost. What must
    be placed, signed or applied for stays.
    """
    x = x.copy()
    _leave_empty_orders(path, layout, x)
    used = _items(layout, x, "order", "keep")
    idle = {row.offer for row in path.scenario.offers if row.decision == "free" and row.offer not in used}
    _leave(layout, x, "sign", idle)
    needing = _items(layout, x, "sign", "release")
    needed = {path.scenario.offer[name].licence for name in needing}
    licences = path.scenario.licences
    _leave(layout, x, "apply", {row.licence for row in licences if row.decision == "free"} - needed)
    return x


def _columns(layout: Layout) -> Iterator[tuple[str, tuple[Any, ...], Ints]]:
    """The name, key and columns (one a node) of each variable of the path."""
    for period, labels in enumerate(layout.labels):
        columns = layout.columns(period)
        for place, (name, key) in enumerate(labels):
            yield name, key, columns[:, place]


def _leave_empty_orders(path: PathModel, layout: Layout, x: Floats) -> None:
    """No order is placed where nothing is ordered."""
    for period in path.periods:
        columns, place = layout.columns(period), {label: place for place, label in enumerate(layout.labels[period])}
        for (name, key), order in place.items():
            if name == "order" and ("place", key) in place:
                placed = columns[:, place["place", key]]
                x[placed[x[columns[:, order]] <= 0]] = 0.0


def _leave(layout: Layout, x: Floats, variable: str, items: Set[str | None]) -> None:
    """Take none of the items' decisions, now or later."""
    for name, key, places in _columns(layout):
        if name == variable and key[0] in items:
            x[places] = 0.0


def _items(layout: Layout, x: Floats, *variables: str) -> set[str]:
    """The items for which a variable is above 0 at any node."""
    return {key[0] for name, key, places in _columns(layout) if name in variables and (x[places] > 0).any()}

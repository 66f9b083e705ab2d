"""What `formulation` writes its tables with: places of variables and rows by node, and terms as long arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.peers.described import Described, Family, Terms, Variable
from planner.futures.tree import Floats, Ints, Tree

Key = Any
Mask = NDArray[np.bool_]
NONE = -1
"""The place of what does not exist."""


class Column:
    """A variable being written: for each key an array with its place at each node, `NONE` where it has none."""

    def __init__(self, name: str, nodes: int, integer: bool) -> None:
        self.name, self.integer = name, integer
        self.at: dict[Key, Ints] = {}
        self.none: Ints = np.full(nodes, NONE)
        self.size = 0
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []

    def add(self, key: Key, where: Mask, upper: ArrayLike = np.inf, lower: ArrayLike = 0.0) -> None:
        """A variable of this key at the nodes of a mask; bounds are numbers, or arrays by node."""
        count = int(where.sum())
        if count == 0:
            return
        places = self.none.copy()
        places[where] = np.arange(self.size, self.size + count)
        self.at[key] = places
        self.size += count
        for bounds, given in ((self._lower, lower), (self._upper, upper)):
            bounds.append(np.broadcast_to(np.asarray(given, dtype=float), where.shape)[where])

    def __getitem__(self, key: Key) -> Ints:
        return self.at.get(key, self.none)

    def variable(self, cost: Floats) -> Variable:
        """As peers are given it."""
        return Variable(np.concatenate(self._lower), np.concatenate(self._upper), cost, self.integer)


class Rows:
    """A family being written: its sides, and its terms by variable."""

    def __init__(self, sign: str, nodes: int) -> None:
        self.sign, self._nodes = sign, nodes
        self._size = 0
        self._side: list[Floats] = []
        self._terms: dict[str, list[tuple[Ints, Ints, Floats]]] = {}

    def add(self, where: Mask, side: ArrayLike = 0.0) -> Ints:
        """A row at each node of a mask: the number of each, `NONE` elsewhere."""
        count = int(where.sum())
        rows: Ints = np.full(self._nodes, NONE)
        rows[where] = np.arange(self._size, self._size + count)
        self._size += count
        self._side.append(np.broadcast_to(np.asarray(side, dtype=float), where.shape)[where])
        return rows

    def term(self, rows: Ints, column: Column, places: Ints, coefficient: ArrayLike = 1.0) -> None:
        """Let a variable's places stand in rows, by like arrays; what has no row or no place is left out."""
        value = np.broadcast_to(np.asarray(coefficient, dtype=float), rows.shape)
        kept = (rows >= 0) & (places >= 0) & (value != 0)
        if kept.any():
            self._terms.setdefault(column.name, []).append((rows[kept], places[kept], value[kept]))

    def family(self) -> Family | None:
        """As peers are given it; None where it has no rows. Rows without terms are left out where they hold."""
        terms = {
            name: [np.concatenate(part) for part in zip(*found, strict=True)] for name, found in self._terms.items()
        }
        side = np.concatenate([np.zeros(0), *self._side])
        used = np.zeros(len(side), dtype=bool)
        for rows, _, _ in terms.values():
            used[rows] = True
        holds = {"=": side == 0, "<=": side >= 0, ">=": side <= 0}[self.sign]
        if not (used | holds).all():
            raise ValueError("A row without variables does not hold: no plan can be.")
        number = np.cumsum(used) - 1
        found = [_sorted(name, number[rows], places, values) for name, (rows, places, values) in terms.items()]
        return Family(self.sign, side[used], tuple(found)) if used.any() else None


def _sorted(name: str, rows: Ints, places: Ints, values: Floats) -> Terms:
    """Terms by row; what stands twice for a place of a row is added up."""
    entry = rows * (int(places.max()) + 1) + places
    order = np.argsort(entry, kind="stable")
    entry, rows, places, values = entry[order], rows[order], places[order], values[order]
    new = np.concatenate([[True], entry[1:] != entry[:-1]])
    if not new.all():
        values = np.add.reduceat(values, np.flatnonzero(new))
    return Terms(name, rows[new], places[new], values)


class Flows:
    """Amounts that variables bring at nodes (cash, arrivals), to be added up along paths."""

    def __init__(self) -> None:
        self.parts: list[tuple[Column, Ints, Ints, Floats]] = []

    def add(self, column: Column, places: Ints, coefficient: ArrayLike) -> None:
        """At each node the variable's place there counts so much."""
        value = np.broadcast_to(np.asarray(coefficient, dtype=float), places.shape)
        nodes = np.flatnonzero((places >= 0) & (value != 0))
        if len(nodes):
            self.parts.append((column, places[nodes], nodes, value[nodes]))

    def times(self, factor: Floats) -> Flows:
        """The amounts times a factor by node."""
        found = Flows()
        found.parts = [(column, places, nodes, value * factor[nodes]) for column, places, nodes, value in self.parts]
        return found

    def along(self, family: Rows, rows: Ints, ancestors: Iterable[Ints], nodes: int) -> None:
        """Add to each row the amounts at all of its node's given ancestors (arrays by node)."""
        counted: list[tuple[Ints, Ints]] = []
        for ancestor in ancestors:
            kept = (rows >= 0) & (ancestor >= 0)
            counted.append((ancestor[kept], rows[kept]))
        of_node = np.concatenate([node for node, _ in counted])
        order = np.argsort(of_node, kind="stable")
        row = np.concatenate([row for _, row in counted])[order]
        first = np.searchsorted(of_node[order], np.arange(nodes + 1))
        for column, places, at, value in self.parts:
            times = first[at + 1] - first[at]
            begin = np.repeat(first[at] - np.concatenate([[0], np.cumsum(times)[:-1]]), times)
            entries = row[begin + np.arange(int(times.sum()))]
            family.term(entries, column, np.repeat(places, times), np.repeat(value, times))


class Book:
    """All variables and families of a program over a tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.nodes = tree, tree.size
        self.columns: dict[str, Column] = {}
        self.families: dict[str, Rows] = {}
        self.paths = tree.ancestor

    def column(self, name: str, integer: bool = False) -> Column:
        """A new variable."""
        self.columns[name] = Column(name, self.nodes, integer)
        return self.columns[name]

    def rows(self, name: str, sign: str) -> Rows:
        """A new family."""
        self.families[name] = Rows(sign, self.nodes)
        return self.families[name]

    def back(self, periods: int) -> Ints:
        """The node so many periods back; `NONE` before period 1."""
        period = self.tree.period - periods
        found = self.paths[np.arange(self.nodes), np.maximum(period, 0)]
        return np.where(period >= 1, found, NONE)

    def on_path(self, period: int) -> Ints:
        """By node its ancestor at a period; `NONE` where that is later."""
        return np.ascontiguousarray(self.paths[:, period])

    def described(self, costs: dict[str, Floats], offset: float) -> Described:
        """All of it as peers are given it."""
        variables = {c.name: c.variable(costs[c.name]) for c in self.columns.values() if c.size}
        families = {name: rows.family() for name, rows in self.families.items()}
        return Described(variables, {name: f for name, f in families.items() if f is not None}, offset)


def of(values: NDArray[Any], nodes: Ints, missing: float = NONE) -> NDArray[Any]:
    """Values of nodes; `missing` where a node is `NONE`."""
    return np.where(nodes >= 0, values[np.maximum(nodes, 0)], missing)

"""The program of a plan that differs as much as possible from others and costs little more.

Modelling to generate alternatives (Brill, Chang and Hopkins, 'Modeling to generate alternatives: the Hop, Skip and Jump
method', Management Science 28, 1982). There the decisions of earlier plans are made small; here the least number of
decisions in which the plan differs from any earlier one is made large, so that none lies near another.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from planner.catalogue.decisions import DIFFERS
from planner.futures.tree import Floats, Ints
from planner.model.path import PathModel
from planner.model.tiling import Instance, Label, Layout, Matrix

_LEAST = 0.05
"""The share of a period's need, or of the capacity where that is less, that must be ordered or kept to count."""

_TIE = 0.5
"""The weight of the mean difference beside the least: below 1, so that it only decides between equals."""

Name = tuple[str, str]
"""A decision that counts: its kind (apply, sign, keep, qualify, order) and its licence, offer, design or supplier."""

Choice = frozenset[Name]
"""The decisions that a plan takes."""


@dataclass(frozen=True)
class _Key:
    """A decision: taken where its columns add up to at least `least`, left where they are 0; `most` is their sum's."""

    name: Name
    columns: Ints
    least: float
    most: float


@dataclass
class _Rows:
    """Rows to be added to a program, and the columns that they speak of."""

    entries: list[tuple[Ints, Floats]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, columns: Iterable[int], values: Iterable[float], low: float, high: float) -> None:
        """low ≤ Σ value · column ≤ high"""
        self.entries.append((np.array(list(columns), dtype=np.int64), np.array(list(values), dtype=float)))
        self.low.append(low)
        self.high.append(high)

    def below(self, matrix: Matrix) -> Matrix:
        """The matrix with these rows below its own."""
        counts = [len(columns) for columns, _ in self.entries]
        starts = np.concatenate([matrix.starts, matrix.starts[-1] + np.cumsum(counts)])
        index = np.concatenate([matrix.index, *(columns for columns, _ in self.entries)])
        return Matrix(starts, index, np.concatenate([matrix.value, *(values for _, values in self.entries)]))


class Differing:
    """A scenario's program with a binary for each decision that counts, and the least difference from other plans.

    `most` is what a plan may cost (base currency). The new columns stand last among those of `now`.
    """

    def __init__(self, path: PathModel, instance: Instance, most: float) -> None:
        self._path, self._instance, self._most = path, instance, most
        self._keys = list(_keys(path, instance))
        self._first = int(instance.layout.first[1])
        self._least = self._first + len(self._keys)
        self._layout = _extended(instance.layout, [(DIFFERS.variable, key.name) for key in self._keys])
        self._rows = _Rows()
        self._link()

    @property
    def names(self) -> list[Name]:
        """The decisions that count."""
        return [key.name for key in self._keys]

    def choice(self, x: Floats) -> Choice:
        """The decisions that a plan of the scenario takes."""
        return frozenset(key.name for key in self._keys if x[key.columns].sum() >= 0.5 * key.least)

    def plan(self, x: Floats) -> Floats:
        """The columns of the scenario's own program."""
        return np.delete(x, slice(self._first, self._least + 1))

    def farthest(self, earlier: Sequence[Choice]) -> Instance:
        """The program of the plan within the cost that differs most from the nearest of earlier ones."""
        rows = self._apart(earlier)
        costly = np.flatnonzero(self._instance.cost)
        rows.add(self._moved(costly), self._instance.cost[costly], -np.inf, self._most - self._instance.offset)
        return self._instance_of(rows, *self._difference(earlier))

    def cheapest(self, earlier: Sequence[Choice], worth: float) -> Instance:
        """The program of the cheapest plan that differs from each, where each decision that differs saves `worth`."""
        cost, offset = self._difference(earlier)
        own = np.insert(self._instance.cost, self._first, np.zeros(len(self._keys) + 1))
        return self._instance_of(self._apart(earlier), own + worth * cost, self._instance.offset + worth * offset)

    def exactly(self, choice: Choice) -> Instance:
        """The program of the cheapest plan that takes just these decisions."""
        cost = np.insert(self._instance.cost, self._first, np.zeros(len(self._keys) + 1))
        found = self._instance_of(self._rows, cost, self._instance.offset)
        lower, upper = found.lower.copy(), found.upper.copy()
        values = [float(name in choice) for name in self.names]
        lower[self._first : self._least] = upper[self._first : self._least] = values
        lower[self._least] = upper[self._least] = 0.0
        return replace(found, lower=lower, upper=upper)

    def _difference(self, earlier: Sequence[Choice]) -> tuple[Floats, float]:
        """Costs and offset whose sum is the least difference from earlier plans, and a little of the mean, negative."""
        count = len(self._keys)
        cost = np.zeros(self._layout.size)
        cost[self._least] = -1.0
        for choice in earlier:
            signs = np.array([-1.0 if name in choice else 1.0 for name in self.names])
            cost[self._first : self._least] -= _TIE * signs / (count * len(earlier))
        return cost, -_TIE * float(np.mean([len(one) for one in earlier])) / count

    def _apart(self, earlier: Sequence[Choice]) -> _Rows:
        """Σ over what a plan left of y + Σ over what it took of (1 − y) ≥ the least difference, for each of them."""
        rows = _Rows(list(self._rows.entries), list(self._rows.low), list(self._rows.high))
        for choice in earlier:
            signs = [-1.0 if name in choice else 1.0 for name in self.names]
            rows.add([*range(self._first, self._least), self._least], [*signs, -1.0], -float(len(choice)), np.inf)
        return rows

    def _moved(self, columns: Ints) -> Ints:
        """Columns of the scenario's program where they stand in this one."""
        return columns + np.where(columns >= self._first, len(self._keys) + 1, 0)

    def _instance_of(self, rows: _Rows, cost: Floats, offset: float) -> Instance:
        before, count, at = self._instance, len(self._keys), self._first
        matrix = replace(before.matrix, index=self._moved(before.matrix.index))
        return replace(
            before,
            layout=self._layout,
            cost=cost,
            offset=offset,
            lower=np.insert(before.lower, at, [*np.zeros(count), 1.0]),
            upper=np.insert(before.upper, at, [*np.ones(count), float(count)]),
            integer=np.insert(before.integer, at, [*np.ones(count, dtype=bool), False]),
            matrix=rows.below(matrix),
            row_lower=np.concatenate([before.row_lower, rows.low]),
            row_upper=np.concatenate([before.row_upper, rows.high]),
        )

    def _link(self) -> None:
        """Each binary says whether its decision is taken, and that it serves something."""
        place = {key.name: self._first + number for number, key in enumerate(self._keys)}
        for key in self._keys:
            ones = np.ones(len(key.columns))
            columns = [*self._moved(key.columns), place[key.name]]
            self._rows.add(columns, [*ones, -key.most], -np.inf, 0.0)
            self._rows.add(columns, [*ones, -key.least], 0.0, np.inf)
        for name, used, least in self._uses(place):
            self._rows.add([*self._moved(used), place[name]], [*np.ones(len(used)), -least], 0.0, np.inf)

    def _uses(self, place: Mapping[Name, int]) -> Iterator[tuple[Name, Ints, float]]:
        """What has to be used for a signature or an application to count."""
        path, layout = self._path, self._instance.layout
        for kind, item in place:
            if kind == "sign":
                offer = path.scenario.offer[item]
                columns = _columns(layout, "order", {item})
                yield (kind, item), columns, _enough(path, {offer.material}, offer.max_kg_per_period)
            if kind == "apply":
                signed = {row.offer for row in path.scenario.offers if row.licence == item}
                yield (kind, item), _columns(layout, "sign", signed), 1.0


def _extended(layout: Layout, labels: Sequence[Label]) -> Layout:
    """The layout with more columns for now, and one for the least difference."""
    extended = copy.copy(layout)
    extended.labels = [[*layout.labels[0], *labels, ("least difference", ())], *layout.labels[1:]]
    extended.first = layout.first.copy()
    extended.first[1:] += len(labels) + 1
    return extended


def _keys(path: PathModel, instance: Instance) -> Iterator[_Key]:
    """The decisions for now, and whose qualification is started and which suppliers are ordered from in period 1."""
    scenario, layout = path.scenario, instance.layout
    for kind, items in (("apply", scenario.licence), ("sign", scenario.offer)):
        for item in items:
            yield from _open(instance, _Key((kind, item), _columns(layout, kind, {item}, last=0), 1.0, 1.0))
    for row in scenario.offers:
        columns, most = _columns(layout, "keep", {row.offer}), row.max_kg_per_period
        yield from _open(instance, _Key(("keep", row.offer), columns, _enough(path, {row.material}, most), most))
    for design in scenario.designs:
        columns = _columns(layout, "qualify", {design.design}, last=1)
        yield from _open(instance, _Key(("qualify", design.design), columns, 1.0, float(len(columns))))
    for supplier in scenario.suppliers:
        offers = {row.offer: row for row in scenario.offers if row.supplier == supplier.supplier}
        columns = _columns(layout, "order", set(offers), last=1)
        most = float(instance.upper[columns].sum())
        enough = _enough(path, {row.material for row in offers.values()}, most)
        yield from _open(instance, _Key(("order", supplier.supplier), columns, enough, most))


def _open(instance: Instance, key: _Key) -> Iterator[_Key]:
    """The decision where it can be taken and left."""
    lower, upper = instance.lower[key.columns].sum(), instance.upper[key.columns].sum()
    if len(key.columns) and lower <= 0 and upper >= key.least > 0:
        yield key


def _columns(layout: Layout, variable: str, items: set[str], last: int | None = None) -> Ints:
    """The columns of a variable for some items at every node, or at those up to the `last` period."""
    found = [np.zeros(0, dtype=np.int64)]
    for period, labels in enumerate(layout.labels[: None if last is None else last + 1]):
        places = [place for place, label in enumerate(labels) if _is_of(label, variable, items)]
        nodes = layout.tree.at[period]
        found.append((layout.first[nodes][:, None] + np.array(places, dtype=np.int64)).ravel())
    return np.concatenate(found)


def _is_of(label: Label, variable: str, items: set[str]) -> bool:
    name, index = label
    return name == variable and index[0] in items


def _enough(path: PathModel, materials: set[str], most: float) -> float:
    """kg that count: a share of what a period's demand of these materials needs, or of the most that can be had."""
    needed = 0.0
    for row in path.scenario.design_materials:
        if row.material in materials:
            segment = next(d.segment for d in path.scenario.designs if d.design == row.design)
            needed = max(needed, row.kg_per_unit * float(path.demand[segment].mean()))
    return _LEAST * min(needed or most, most)

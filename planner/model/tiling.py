"""From one path to the whole tree: the compiled path repeated over the nodes, as arrays.

Each period of the path is compiled once into a block of columns and rows. Every node gets the
columns of its period; every row of a period is written for each of its nodes, its entries pointing to
the columns of the node's own ancestors and its parameters filled in from what is seen there.
Columns and rows stand node by node, depth first, so that a future's lie close together; rows that hold on
average over the futures stand last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count, zip_longest
from typing import Any, NamedTuple

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints, Tree
from planner.model.linear import NUMBERS, LinearForm, Params, Polynomial, Reader, number_form
from planner.model.path import PathModel
from planner.model.size import Size, ensure_fits

INFINITY = float("inf")

WIDTH = 1 << 32
"""More than the columns of any period."""

Label = tuple[str, tuple[Any, ...]]
"""A column of the path: the variable's name and its index, the period at the end (not for `now`)."""


@dataclass(frozen=True)
class Matrix:
    """Sparse rows: row r has entries starts[r]..starts[r+1]-1 of `index` (columns) and `value`."""

    starts: Ints
    index: Ints
    value: Floats

    @cached_property
    def row(self) -> Ints:
        """The row of each entry."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def by_row(self, reduce: np.ufunc, values: Floats, of_none: float = 0.0) -> Floats:
        """Values of the entries brought together by row, of those without entries `of_none`."""
        found = np.full(len(self.starts) - 1, of_none)
        filled = np.flatnonzero(np.diff(self.starts))
        if len(filled):
            found[filled] = reduce.reduceat(values, self.starts[filled])
        return found

    def times(self, x: Floats) -> Floats:
        """The value of each row at x."""
        return self.by_row(np.add, self.value * x[self.index])


@dataclass(frozen=True)
class Instance:
    """A mixed-integer program over the whole tree: min cost · x + offset, rows and columns within bounds.

    Money is base currency, mass kg. `first[n]` is the first column of node n.
    """

    layout: Layout
    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    matrix: Matrix
    row_lower: Floats
    row_upper: Floats
    names: tuple[tuple[tuple[str, Any], ...], ...]
    """By period: name and index of the constraints that each of its nodes has."""
    averages: tuple[tuple[str, Any], ...] = ()
    """Name and index of the constraints that hold on average over the futures."""

    @cached_property
    def row_names(self) -> tuple[tuple[tuple[str, Any], int], ...]:
        """By row: the constraint's name and index, and its node; -1 of one that holds on average."""
        period = self.layout.tree.period
        by_node = ((name, node) for node in range(len(period)) for name in self.names[period[node]])
        return (*by_node, *((name, -1) for name in self.averages))


class Layout:
    """Which column of which node stands where."""

    def __init__(self, path: PathModel) -> None:
        self.tree = path.tree
        self.labels: list[list[Label]] = [[] for _ in range(path.last + 1)]
        self.data: list[list[Any]] = [[] for _ in range(path.last + 1)]
        self.whole: list[list[bool]] = [[] for _ in range(path.last + 1)]
        self.place: dict[int, int] = {}
        """By the id of a variable of the path: its period · `WIDTH` + its place among the period's columns."""
        for variable in path.model.component_objects(pyo.Var):
            name = variable.local_name
            for index, data in variable.items():
                self._add(path, name, index, data)
        self.reader = Reader(self.place)
        widths = np.array([len(labels) for labels in self.labels])[self.tree.period]
        self.first: Ints = np.concatenate([[0], np.cumsum(widths)])

    def _add(self, path: PathModel, name: str, index: Any, data: Any) -> None:
        key = index if isinstance(index, tuple) else (index,)
        period = 0 if name in path.now_variables else key[-1]
        self.place[id(data)] = period * WIDTH + len(self.labels[period])
        self.labels[period].append((name, key))
        self.data[period].append(data)
        self.whole[period].append(not data.is_continuous())

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(self.first[-1])

    def column(self, variable: Any) -> Ints:
        """The columns of a variable of the path, one for each node of its period."""
        period, place = divmod(self.place[id(variable)], WIDTH)
        return self.first[self.tree.at[period]] + place

    def columns(self, period: int) -> Ints:
        """Columns of a period, shape (nodes of the period, columns of the path's period)."""
        nodes = self.tree.at[period]
        return self.first[nodes][:, None] + np.arange(len(self.labels[period]))


Side = float | Polynomial | None
"""A side of a row or a bound of a column: a number, one that differs by node, or none."""


class _Filler:
    """Products of the path's parameters at the nodes of a period."""

    def __init__(self, path: PathModel) -> None:
        self.at, self._path = path.tree.at, path.tree.ancestor
        self._place = np.zeros(path.tree.size, dtype=np.int64)
        for nodes in self.at:
            self._place[nodes] = np.arange(len(nodes))
        # All values in one array, each parameter's from its `first` on; the very first is that of no parameter.
        periods, values = zip((0, np.ones(1)), *path.node_values.values(), strict=True)
        self._values = np.concatenate(values)
        self._period = np.array(periods)
        self._first = np.cumsum([0, *map(len, values[:-1])])
        self._number = {param: number for number, param in enumerate(path.node_values, start=1)}

    def products(self, products: Sequence[Params], period: int) -> Floats:
        """Each product at each node of the period, shape (nodes, products)."""
        path = self._place[self._path[self.at[period]]]
        result = np.ones((len(path), len(products)))
        for params in zip_longest(*products):
            numbers = np.array([0 if param is None else self._number[param] for param in params])
            result *= self._values[self._first[numbers] + path[:, self._period[numbers]]]
        return result

    def sides(self, sides: Sequence[Side], period: int, missing: float = 0.0) -> Floats:
        """Values of several sides at the nodes of a period, shape (nodes, sides); `missing` of None."""
        numbers, terms = np.empty(len(sides)), _Terms()
        for place, side in enumerate(sides):
            if isinstance(side, Polynomial):
                numbers[place] = side.constant
                for factor, params in side.terms:
                    terms.add(params, [place], [factor])
            else:
                numbers[place] = missing if side is None else side
        return terms.added_to(numbers, self, period)


class _Terms:
    """What is added to numbers at each node: factors times products of parameters."""

    def __init__(self) -> None:
        self._products: dict[Params, int] = {}
        self._places: list[int] = []
        self._factors: list[float] = []
        self._product: list[int] = []

    def add(self, params: Params, places: Iterable[int], factors: Iterable[float]) -> None:
        """Add a product of parameters to the numbers at some places, times a factor each."""
        product = self._products.setdefault(params, len(self._products))
        before = len(self._places)
        self._places += places
        self._factors += factors
        self._product += [product] * (len(self._places) - before)

    def added_to(self, numbers: Floats, fill: _Filler, period: int) -> Floats:
        """The numbers with all that is added to them at the nodes of a period, shape (nodes, numbers)."""
        values = np.tile(numbers, (len(fill.at[period]), 1))
        if self._places:
            order = np.argsort(self._places, kind="stable")
            places, starts = np.unique(np.array(self._places)[order], return_index=True)
            parts = fill.products(list(self._products), period)[:, np.array(self._product)[order]]
            values[:, places] += np.add.reduceat(parts * np.array(self._factors)[order], starts, axis=1)
        return values


class _Block:
    """Rows of one period of the path, compiled: where their entries point and what they hold."""

    def __init__(self, period: int, forms: Sequence[LinearForm]) -> None:
        self.period = period
        self.counts = np.array([len(form.numbers) for form in forms], dtype=np.int64)
        entries = int(self.counts.sum())
        places = np.fromiter(chain.from_iterable(form.numbers for form in forms), dtype=np.int64, count=entries)
        self.when, self.local = np.divmod(places, WIDTH)
        numbers = chain.from_iterable(form.numbers.values() for form in forms)
        self.numbers = np.fromiter(numbers, dtype=float, count=entries)
        self._terms = _Terms()
        for form, first in zip(forms, np.cumsum(self.counts) - self.counts, strict=True):
            if form.varying:
                place = dict(zip(form.numbers, count(int(first))))
                for params, coefficients in form.varying.items():
                    self._terms.add(params, map(place.__getitem__, coefficients), coefficients.values())

    def columns(self, layout: Layout, tree: Tree) -> Ints:
        """Column of each entry at each node, shape (nodes, entries)."""
        first = layout.first[tree.ancestor[tree.at[self.period]]]
        return first[:, self.when] + self.local

    def values(self, fill: _Filler) -> Floats:
        """Value of each entry at each node, shape (nodes, entries)."""
        return self._terms.added_to(self.numbers, fill, self.period)


def _tile(layout: Layout, path: PathModel, blocks: Sequence[_Block], fill: _Filler) -> tuple[Matrix, Ints]:
    """The rows of all blocks at all nodes, node by node, and the first row of each node."""
    tree = path.tree
    rows = np.array([len(block.counts) for block in blocks], dtype=np.int64)[tree.period]
    entries = np.array([len(block.when) for block in blocks], dtype=np.int64)[tree.period]
    first_row: Ints = np.concatenate([[0], np.cumsum(rows)])
    first_entry = np.concatenate([[0], np.cumsum(entries)])
    index = np.empty(int(first_entry[-1]), dtype=np.int64)
    value = np.empty(int(first_entry[-1]))
    counts = np.empty(int(first_row[-1]), dtype=np.int64)
    for block in blocks:
        nodes = tree.at[block.period]
        columns, values = block.columns(layout, tree), block.values(fill)
        for place, node in enumerate(nodes):
            index[first_entry[node] : first_entry[node + 1]] = columns[place]
            value[first_entry[node] : first_entry[node + 1]] = values[place]
            counts[first_row[node] : first_row[node + 1]] = block.counts
    return _without_zeros(counts, index, value), first_row


def _without_zeros(counts: Ints, index: Ints, value: Floats) -> Matrix:
    """The matrix without entries that are 0 at their node."""
    starts = np.concatenate([[0], np.cumsum(counts)])
    zeros = np.flatnonzero(value == 0)
    if len(zeros):
        rows = np.searchsorted(starts, zeros, side="right") - 1
        starts[1:] -= np.cumsum(np.bincount(rows, minlength=len(counts)))
        index, value = np.delete(index, zeros), np.delete(value, zeros)
    return Matrix(starts, index, value)


class _Row(NamedTuple):
    """A constraint of the path, read."""

    name: tuple[str, Any]
    period: int
    form: LinearForm
    lower: Side
    upper: Side


def _rows(path: PathModel, layout: Layout) -> tuple[list[list[_Row]], list[_Row]]:
    """The constraints of the path by the latest period that they speak of, and those that hold on average."""
    rows: list[list[_Row]] = [[] for _ in range(path.last + 1)]
    averages: list[_Row] = []
    # In the order in which they are made: one that builds on the period before finds that read.
    for expression in path.model.component_data_objects(pyo.Expression):
        layout.reader.form(expression)
    for constraint in path.model.component_objects(pyo.Constraint):
        name = constraint.local_name
        for index, data in constraint.items():
            low, body, high = data.to_bounded_expression()
            form = layout.reader.form(body)
            sides = (_number(low), _number(high))
            period = _latest(path, form, sides)
            found = averages if name in path.on_average else rows[period]
            found.append(_Row((name, index), period, form, *sides))
    return rows, averages


def _latest(path: PathModel, form: LinearForm, sides: Iterable[Side]) -> int:
    terms = (side.terms for side in sides if isinstance(side, Polynomial))
    products = chain(form.products(), (params for _, params in chain.from_iterable(terms)))
    latest = max(form.numbers, default=0) // WIDTH
    return max((latest, *(path.node_values[param][0] for params in products for param in params)))


def tile(path: PathModel, memory_limit: float | None = None) -> Instance:
    """The program over the whole tree.

    Raises TooLarge where solving it would take more than the limit (GiB; None: than is free).
    """
    layout, fill = Layout(path), _Filler(path)
    rows, averages = _rows(path, layout)
    blocks = [_Block(period, [row.form for row in rows[period]]) for period in range(path.last + 1)]
    ensure_fits(_size(path, layout, blocks), memory_limit)
    matrix, first_row = _tile(layout, path, blocks, fill)
    row_lower, row_upper = _sides(path, rows, first_row, fill)
    lower, upper, integer = _bounds(path, layout, fill)
    cost, offset = _objective(path, layout, fill)
    names = tuple(tuple(row.name for row in here) for here in rows)
    instance = Instance(layout, cost, offset, lower, upper, integer, matrix, row_lower, row_upper, names)
    return _with_averages(path, instance, averages, fill) if averages else instance


def _with_averages(path: PathModel, instance: Instance, rows: list[_Row], fill: _Filler) -> Instance:
    """The program with rows whose body is its mean over the leaves, each weighing as its probability."""
    layout, leaves = instance.layout, path.tree.at[path.last]
    weight = path.tree.node_probability[leaves]
    block = _Block(path.last, [row.form for row in rows])
    key = np.repeat(np.arange(len(rows)), block.counts) * layout.size + block.columns(layout, path.tree)
    places, place = np.unique(key, return_inverse=True)
    values = np.bincount(place.ravel(), weights=(block.values(fill) * weight[:, None]).ravel())
    counts = np.bincount(places // layout.size, minlength=len(rows))
    added = _without_zeros(counts, places % layout.size, np.asarray(values, dtype=float))
    constants = weight @ fill.sides([_plain(row.form.constant) for row in rows], path.last)
    lower = fill.sides([row.lower for row in rows], path.last, -INFINITY)[0] - constants
    upper = fill.sides([row.upper for row in rows], path.last, INFINITY)[0] - constants
    matrix = instance.matrix
    return replace(
        instance,
        matrix=Matrix(
            np.concatenate([matrix.starts, matrix.starts[-1] + added.starts[1:]]),
            np.concatenate([matrix.index, added.index]),
            np.concatenate([matrix.value, added.value]),
        ),
        row_lower=np.concatenate([instance.row_lower, lower]),
        row_upper=np.concatenate([instance.row_upper, upper]),
        averages=tuple(row.name for row in rows),
    )


def _size(path: PathModel, layout: Layout, blocks: Sequence[_Block]) -> Size:
    nodes = np.array([len(nodes) for nodes in path.tree.at])
    whole = [sum(here) for here in layout.whole]
    rows = [len(block.counts) for block in blocks]
    entries = [len(block.when) for block in blocks]
    return Size(int(nodes @ rows), layout.size, int(nodes @ whole), int(nodes @ entries))


def _sides(path: PathModel, rows: list[list[_Row]], first_row: Ints, fill: _Filler) -> tuple[Floats, Floats]:
    lower, upper = (np.empty(int(first_row[-1])) for _ in range(2))
    for period, here in enumerate(rows):
        places = first_row[path.tree.at[period]][:, None] + np.arange(len(here))
        constants = fill.sides([_plain(row.form.constant) for row in here], period)
        lower[places] = fill.sides([row.lower for row in here], period, -INFINITY) - constants
        upper[places] = fill.sides([row.upper for row in here], period, INFINITY) - constants
    return lower, upper


def _bounds(path: PathModel, layout: Layout, fill: _Filler) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    lower, upper = np.empty(layout.size), np.empty(layout.size)
    integer = np.zeros(layout.size, dtype=bool)
    for period in range(path.last + 1):
        columns, here = layout.columns(period), layout.data[period]
        lower[columns] = fill.sides([_number(data.lower) for data in here], period, -INFINITY)
        upper[columns] = fill.sides([_number(data.upper) for data in here], period, INFINITY)
        integer[columns] = np.array(layout.whole[period], dtype=bool)
    return lower, upper, integer


def _number(expression: Any) -> Side:
    if expression is None or isinstance(expression, NUMBERS):
        return expression
    return _plain(number_form(expression))


def _plain(polynomial: Polynomial) -> Side:
    """A polynomial without parameters as the number that it is: most are, and numbers are filled in at once."""
    return polynomial if polynomial.terms else polynomial.constant


def _objective(path: PathModel, layout: Layout, fill: _Filler) -> tuple[Floats, float]:
    """Each node's part of the objective weighs as its probability."""
    tree = path.tree
    matrix, constant = _expressions(path, layout, fill, [[path.model.weighted[t]] for t in range(path.last + 1)])
    weight = tree.node_probability
    cost = np.bincount(matrix.index, weights=matrix.value * weight[matrix.row], minlength=layout.size).astype(float)
    return cost, float(weight @ constant)


def _expressions(
    path: PathModel, layout: Layout, fill: _Filler, by_period: Sequence[Sequence[Any]]
) -> tuple[Matrix, Floats]:
    """Expressions of each period (as many in each) at every node: rows node by node, and constants."""
    forms = [[layout.reader.form(expression) for expression in here] for here in by_period]
    blocks = [_Block(period, here) for period, here in enumerate(forms)]
    matrix, first_row = _tile(layout, path, blocks, fill)
    constants = np.empty(int(first_row[-1]))
    for period, here in enumerate(forms):
        places = first_row[path.tree.at[period]][:, None] + np.arange(len(here))
        constants[places] = fill.sides([_plain(form.constant) for form in here], period)
    return matrix, constants


def node_costs(path: PathModel, layout: Layout, x: Floats, kinds: Sequence[str]) -> Floats:
    """Undiscounted cost of each kind at each node at a solution x, shape (nodes, kinds)."""
    cost = path.model.cost
    by_period = [[cost[kind, period] for kind in kinds] for period in range(path.last + 1)]
    matrix, constants = _expressions(path, layout, _Filler(path), by_period)
    return (matrix.times(x) + constants).reshape(path.tree.size, len(kinds))

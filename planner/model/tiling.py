"""From one course to the whole tree: the compiled course repeated over the nodes, as arrays.

Each period of the course is compiled once into a block of columns and rows. Every node gets the
columns of its period; every row of a period is written for each of its nodes, its entries pointing to
the columns of the node's own ancestors and its parameters filled in from what is seen there.
Columns and rows stand node by node, depth first, so that a future's lie close together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from planner.futures.tree import Floats, Ints, Tree
from planner.model.course import Course
from planner.model.linear import LinearForm, Polynomial, linear_form, number_form
from planner.model.size import Size, ensure_fits

INFINITY = float("inf")

Label = tuple[str, tuple[Any, ...]]
"""A column of the course: the variable's name and its index, the period at the end (not for `now`)."""


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

    @cached_property
    def row_names(self) -> tuple[tuple[tuple[str, Any], int], ...]:
        """By row: the constraint's name and index, and its node."""
        period = self.layout.tree.period
        return tuple((name, node) for node in range(len(period)) for name in self.names[period[node]])


class Layout:
    """Which column of which node stands where."""

    def __init__(self, course: Course) -> None:
        self.tree = course.tree
        self.labels: list[list[Label]] = [[] for _ in range(course.last + 1)]
        self.data: list[list[Any]] = [[] for _ in range(course.last + 1)]
        self.place: dict[int, tuple[int, int]] = {}
        for variable in course.model.component_objects(pyo.Var):
            for index, data in variable.items():
                self._add(course, variable.local_name, index, data)
        widths = np.array([len(labels) for labels in self.labels])[self.tree.period]
        self.first: Ints = np.concatenate([[0], np.cumsum(widths)])

    def _add(self, course: Course, name: str, index: Any, data: Any) -> None:
        key = index if isinstance(index, tuple) else (index,)
        period = 0 if name in course.now_variables else key[-1]
        self.place[id(data)] = (period, len(self.labels[period]))
        self.labels[period].append((name, key))
        self.data[period].append(data)

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(self.first[-1])

    def columns(self, period: int) -> Ints:
        """Columns of a period, shape (nodes of the period, columns of the course's period)."""
        nodes = self.tree.at[period]
        return self.first[nodes][:, None] + np.arange(len(self.labels[period]))


Side = float | Polynomial | None
"""A side of a row or a bound of a column: a number, one that differs by node, or none."""


class _Filler:
    """Evaluates polynomials in the course's parameters at the nodes of a period."""

    def __init__(self, course: Course) -> None:
        self._values = course.node_values
        self._ancestor = course.tree.ancestor
        self._at = course.tree.at

    def __call__(self, polynomial: Polynomial, period: int) -> Floats | float:
        nodes = self._at[period]
        result: Floats | float = polynomial.constant
        for factor, params in polynomial.terms:
            product: Floats | float = factor
            for param in params:
                when, at_nodes = self._values[param]
                product = product * at_nodes[self._ancestor[nodes, when]]
            result = result + product
        return result

    def table(self, sides: Sequence[Side], period: int, missing: float = 0.0) -> Floats:
        """Values of several sides at the nodes of a period, shape (nodes, sides); `missing` of None."""
        varying = {place: side for place, side in enumerate(sides) if isinstance(side, Polynomial)}
        constants = [missing if side is None or place in varying else side for place, side in enumerate(sides)]
        values = np.tile(np.array(constants, dtype=float), (len(self._at[period]), 1))
        for place, polynomial in varying.items():
            values[:, place] = self(polynomial, period)
        return values


class _Block:
    """Rows of one period of the course, compiled: where their entries point and what they hold."""

    def __init__(self, layout: Layout, period: int, forms: Sequence[LinearForm]) -> None:
        self.period = period
        self.forms = forms
        places = [layout.place[variable] for form in forms for variable in form.numbers]
        self.counts = np.array([len(form.numbers) for form in forms], dtype=np.int64)
        self.when, self.local = np.array(places, dtype=np.int64).reshape(-1, 2).T
        self.numbers = np.array([number for form in forms for number in form.numbers.values()], dtype=float)
        self.varying = _varying(forms)

    def columns(self, layout: Layout, tree: Tree) -> Ints:
        """Column of each entry at each node, shape (nodes, entries)."""
        nodes = tree.at[self.period]
        if not len(self.when):
            return np.zeros((len(nodes), 0), dtype=np.int64)
        first = layout.first[tree.ancestor[nodes]]
        return first[:, self.when] + self.local

    def values(self, fill: _Filler, nodes: int) -> Floats:
        """Value of each entry at each node, shape (nodes, entries)."""
        values = np.tile(self.numbers, (nodes, 1))
        for polynomial, places in self.varying:
            values[:, places] = np.reshape(fill(polynomial, self.period), (-1, 1))
        return values


def _varying(forms: Iterable[LinearForm]) -> list[tuple[Polynomial, list[int]]]:
    """Each polynomial among the coefficients, with all entries that it stands in: most stand in many."""
    found: dict[Any, tuple[Polynomial, list[int]]] = {}
    first = 0
    for form in forms:
        if form.varying:
            place = dict(zip(form.numbers, range(first, first + len(form.numbers)), strict=True))
            for variable, polynomial in form.varying.items():
                key = (polynomial.constant, tuple(polynomial.terms))
                found.setdefault(key, (polynomial, []))[1].append(place[variable])
        first += len(form.numbers)
    return list(found.values())


def _tile(layout: Layout, course: Course, blocks: Sequence[_Block], fill: _Filler) -> tuple[Matrix, Ints]:
    """The rows of all blocks at all nodes, node by node, and the first row of each node."""
    tree = course.tree
    rows = np.array([len(block.counts) for block in blocks], dtype=np.int64)[tree.period]
    entries = np.array([len(block.when) for block in blocks], dtype=np.int64)[tree.period]
    first_row: Ints = np.concatenate([[0], np.cumsum(rows)])
    first_entry = np.concatenate([[0], np.cumsum(entries)])
    index = np.empty(int(first_entry[-1]), dtype=np.int64)
    value = np.empty(int(first_entry[-1]))
    counts = np.empty(int(first_row[-1]), dtype=np.int64)
    for block in blocks:
        nodes = tree.at[block.period]
        places = first_entry[nodes][:, None] + np.arange(len(block.when))
        index[places] = block.columns(layout, tree)
        value[places] = block.values(fill, len(nodes))
        counts[first_row[nodes][:, None] + np.arange(len(block.counts))] = block.counts
    return _without_zeros(counts, index, value), first_row


def _without_zeros(counts: Ints, index: Ints, value: Floats) -> Matrix:
    """The matrix without entries that are 0 at their node."""
    kept = value != 0
    if not kept.all():
        row = np.repeat(np.arange(len(counts)), counts)
        counts = np.bincount(row[kept], minlength=len(counts))
        index, value = index[kept], value[kept]
    return Matrix(np.concatenate([[0], np.cumsum(counts)]), index, value)


@dataclass(frozen=True)
class _Row:
    """A constraint of the course, read."""

    name: tuple[str, Any]
    period: int
    form: LinearForm
    lower: Side
    upper: Side


def _rows(course: Course, layout: Layout) -> list[list[_Row]]:
    """The constraints of the course by the latest period that they speak of."""
    rows: list[list[_Row]] = [[] for _ in range(course.last + 1)]
    for constraint in course.model.component_objects(pyo.Constraint):
        for index, data in constraint.items():
            low, body, high = data.to_bounded_expression()
            form = linear_form(body, course.named)
            sides = (_number(low), _number(high))
            period = _latest(course, layout, form, sides)
            rows[period].append(_Row((constraint.local_name, index), period, form, *sides))
    return rows


def _latest(course: Course, layout: Layout, form: LinearForm, sides: Iterable[Side]) -> int:
    varying = (side for side in sides if isinstance(side, Polynomial))
    params = [*form.params(), *(p for side in varying for _, params in side.terms for p in params)]
    periods = [layout.place[v][0] for v in form.numbers] + [course.node_values[p][0] for p in params]
    return max(periods, default=0)


def tile(course: Course, memory_limit: float | None = None) -> Instance:
    """The program over the whole tree.

    Raises TooLarge where solving it would take more than the limit (GiB; None: than is free).
    """
    layout, fill = Layout(course), _Filler(course)
    rows = _rows(course, layout)
    blocks = [_Block(layout, period, [row.form for row in rows[period]]) for period in range(course.last + 1)]
    ensure_fits(_size(course, layout, blocks), memory_limit)
    matrix, first_row = _tile(layout, course, blocks, fill)
    row_lower, row_upper = _sides(course, rows, first_row, fill)
    lower, upper, integer = _bounds(course, layout, fill)
    cost, offset = _objective(course, layout, fill)
    names = tuple(tuple(row.name for row in here) for here in rows)
    return Instance(layout, cost, offset, lower, upper, integer, matrix, row_lower, row_upper, names)


def _size(course: Course, layout: Layout, blocks: Sequence[_Block]) -> Size:
    nodes = np.array([len(nodes) for nodes in course.tree.at])
    whole = [sum(not data.is_continuous() for data in here) for here in layout.data]
    rows = [len(block.counts) for block in blocks]
    entries = [len(block.when) for block in blocks]
    return Size(int(nodes @ rows), layout.size, int(nodes @ whole), int(nodes @ entries))


def _sides(course: Course, rows: list[list[_Row]], first_row: Ints, fill: _Filler) -> tuple[Floats, Floats]:
    lower, upper = (np.empty(int(first_row[-1])) for _ in range(2))
    for period, here in enumerate(rows):
        places = first_row[course.tree.at[period]][:, None] + np.arange(len(here))
        constants = fill.table([_plain(row.form.constant) for row in here], period)
        lower[places] = fill.table([row.lower for row in here], period, -INFINITY) - constants
        upper[places] = fill.table([row.upper for row in here], period, INFINITY) - constants
    return lower, upper


def _bounds(course: Course, layout: Layout, fill: _Filler) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    lower, upper = np.empty(layout.size), np.empty(layout.size)
    integer = np.zeros(layout.size, dtype=bool)
    for period in range(course.last + 1):
        columns, here = layout.columns(period), layout.data[period]
        lower[columns] = fill.table([_number(data.lower) for data in here], period, -INFINITY)
        upper[columns] = fill.table([_number(data.upper) for data in here], period, INFINITY)
        integer[columns] = np.array([not data.is_continuous() for data in here], dtype=bool)
    return lower, upper, integer


def _number(expression: Any) -> Side:
    if expression is None or expression.__class__ is float:
        return expression
    return _plain(number_form(expression))


def _plain(polynomial: Polynomial) -> Side:
    """A polynomial without parameters as the number that it is: most are, and numbers are filled in at once."""
    return polynomial if polynomial.terms else polynomial.constant


def _objective(course: Course, layout: Layout, fill: _Filler) -> tuple[Floats, float]:
    """Each node's part of the objective weighs as its probability."""
    tree = course.tree
    matrix, constant = _expressions(course, layout, fill, [[course.model.weighted[t]] for t in range(course.last + 1)])
    weight = tree.node_probability
    cost = np.bincount(matrix.index, weights=matrix.value * weight[matrix.row], minlength=layout.size).astype(float)
    return cost, float(weight @ constant)


def _expressions(
    course: Course, layout: Layout, fill: _Filler, by_period: Sequence[Sequence[Any]]
) -> tuple[Matrix, Floats]:
    """Expressions of each period (as many in each) at every node: rows node by node, and constants."""
    forms = [[linear_form(expression, course.named) for expression in here] for here in by_period]
    blocks = [_Block(layout, period, here) for period, here in enumerate(forms)]
    matrix, first_row = _tile(layout, course, blocks, fill)
    constants = np.empty(int(first_row[-1]))
    for period, here in enumerate(forms):
        places = first_row[course.tree.at[period]][:, None] + np.arange(len(here))
        constants[places] = fill.table([_plain(form.constant) for form in here], period)
    return matrix, constants


def node_costs(course: Course, layout: Layout, x: Floats, kinds: Sequence[str]) -> Floats:
    """Undiscounted cost of each kind at each node at a solution x, shape (nodes, kinds)."""
    cost = course.model.cost
    by_period = [[cost[kind, period] for kind in kinds] for period in range(course.last + 1)]
    matrix, constants = _expressions(course, layout, _Filler(course), by_period)
    return (matrix.times(x) + constants).reshape(course.tree.size, len(kinds))

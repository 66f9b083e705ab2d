"""Reading linear Pyomo expressions whose coefficients may hold parameters that differ by node.

Pyomo's own standard form evaluates parameters at once. Here a coefficient is kept as a polynomial in
them, so that one compiled path can be filled in for every node of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from pyomo.core.base.expression import ExpressionData
from pyomo.core.base.param import ParamData
from pyomo.core.base.var import VarData
from pyomo.core.expr.numeric_expr import (
    LinearExpression,
    MonomialTermExpression,
    NegationExpression,
    NPV_NegationExpression,
    NPV_ProductExpression,
    NPV_SumExpression,
    ProductExpression,
    SumExpression,
)
from pyomo.core.expr.numvalue import NumericConstant

NUMBERS = (int, float)
"""Classes of plain numbers."""

Params = tuple[int, ...]
"""Ids of the parameters that a term is multiplied by."""

Coefficients = dict[int, float]
"""By the place of a variable."""


@dataclass
class Polynomial:
    """A number plus products of parameters: `constant` + Σ factor · Π parameters."""

    constant: float = 0.0
    terms: list[tuple[float, Params]] = field(default_factory=list)

    def add(self, factor: float, params: Params) -> None:
        """Add factor · Π params."""
        if params:
            self.terms.append((factor, params))
        else:
            self.constant += factor

    def products(self) -> list[tuple[float, Params]]:
        """All of it as factor · Π parameters; none of a constant 0."""
        return [(self.constant, ()), *self.terms] if self.constant else self.terms


@dataclass
class LinearForm:
    """Σ coefficient · variable + constant.

    `numbers` are the coefficients by the variable's place as far as they hold no parameters, 0 where all of one does;
    `varying` what is added to them times a product of parameters, by that product.
    """

    numbers: Coefficients = field(default_factory=dict)
    varying: dict[Params, Coefficients] = field(default_factory=dict)
    constant: Polynomial = field(default_factory=Polynomial)

    def add(self, variable: int, factor: float, params: Params) -> None:
        """Add factor · Π params · variable."""
        numbers = self.numbers
        if params:
            numbers.setdefault(variable, 0.0)
            numbers = self.varying.setdefault(params, {})
        numbers[variable] = numbers.get(variable, 0.0) + factor

    def add_form(self, other: LinearForm, factor: float, params: Params) -> None:
        """Add factor · Π params · another form."""
        self._add_all(other.numbers, factor, params)
        for more, coefficients in other.varying.items():
            self._add_all(coefficients, factor, params + more)
        for extra, more in other.constant.products():
            self.constant.add(factor * extra, params + more)

    def _add_all(self, coefficients: Coefficients, factor: float, params: Params) -> None:
        numbers = self.numbers
        if params:
            for variable in coefficients:
                numbers.setdefault(variable, 0.0)
            numbers = self.varying.setdefault(params, {})
        for variable, number in coefficients.items():
            numbers[variable] = numbers.get(variable, 0.0) + factor * number

    def products(self) -> Iterator[Params]:
        """The products of parameters in it."""
        return chain(self.varying, (params for _, params in self.constant.terms))


class Reader:
    """Reads expressions into forms; `place` says by which number each variable goes, by its id.

    Named expressions are read once.
    """

    def __init__(self, place: Mapping[int, int]) -> None:
        self._place = place
        self._named: dict[int, LinearForm] = {}

    def form(self, expression: Any) -> LinearForm:
        """The linear form of a Pyomo expression; TypeError when it is not linear in its variables."""
        if isinstance(expression, ExpressionData):
            return self._form_of_named(expression)
        form = LinearForm()
        self._walk(expression, 1.0, (), form)
        return form

    def _form_of_named(self, expression: Any) -> LinearForm:
        if id(expression) not in self._named:
            self._named[id(expression)] = self.form(expression.expr)
        return self._named[id(expression)]

    def _walk(self, expression: Any, factor: float, params: Params, form: LinearForm) -> None:
        walk = _WALKS.get(expression.__class__)
        if walk is not None:
            walk(self, expression, factor, params, form)
        elif isinstance(expression, VarData):
            self._variable(expression, factor, params, form)
        elif isinstance(expression, ExpressionData):
            self._expression(expression, factor, params, form)
        else:
            for extra, more in _products(expression):
                form.constant.add(factor * extra, params + more)

    def _variable(self, variable: Any, factor: float, params: Params, form: LinearForm) -> None:
        form.add(self._place[id(variable)], factor, params)

    def _expression(self, expression: Any, factor: float, params: Params, form: LinearForm) -> None:
        form.add_form(self._form_of_named(expression), factor, params)

    def _monomial(self, expression: Any, factor: float, params: Params, form: LinearForm) -> None:
        coefficient, variable = expression.args
        place = self._place[id(variable)]
        if coefficient.__class__ is float:
            form.add(place, factor * coefficient, params)
            return
        for extra, more in _products(coefficient):
            form.add(place, factor * extra, params + more)

    def _sum(self, expression: Any, factor: float, params: Params, form: LinearForm) -> None:
        for arg in expression.args:
            self._walk(arg, factor, params, form)

    def _negation(self, expression: Any, factor: float, params: Params, form: LinearForm) -> None:
        self._walk(expression.args[0], -factor, params, form)

    def _product(self, expression: Any, factor: float, params: Params, form: LinearForm) -> None:
        left, right = expression.args
        if _is_number(right):
            left, right = right, left
        for extra, more in _products(left):
            self._walk(right, factor * extra, params + more, form)


_WALKS: dict[type, Callable[[Reader, Any, float, Params, LinearForm], None]] = {
    MonomialTermExpression: Reader._monomial,
    LinearExpression: Reader._sum,
    SumExpression: Reader._sum,
    VarData: Reader._variable,
    ExpressionData: Reader._expression,
    NegationExpression: Reader._negation,
    ProductExpression: Reader._product,
}


def number_form(expression: Any) -> Polynomial:
    """The polynomial of an expression without variables."""
    polynomial = Polynomial()
    for factor, params in _products(expression):
        polynomial.add(factor, params)
    return polynomial


def _is_number(expression: Any) -> bool:
    return isinstance(expression, NUMBERS) or not expression.is_potentially_variable()


def _products(expression: Any) -> list[tuple[float, Params]]:
    """An expression without variables as a sum of factor · Π parameters."""
    if isinstance(expression, NUMBERS):
        return [(float(expression), ())]
    if isinstance(expression, ParamData):
        return [(1.0, (id(expression),))]
    kind = expression.__class__
    if kind is NumericConstant:
        return [(float(expression.value), ())]
    if kind is NPV_ProductExpression:
        left, right = (_products(arg) for arg in expression.args)
        return [(f * g, p + q) for f, p in left for g, q in right]
    if kind is NPV_SumExpression:
        return [product for arg in expression.args for product in _products(arg)]
    if kind is NPV_NegationExpression:
        return [(-factor, params) for factor, params in _products(expression.args[0])]
    raise TypeError(f"{kind.__name__} is not linear: {expression}")

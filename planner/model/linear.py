"""Reading linear Pyomo expressions whose coefficients may hold parameters that differ by node.

Pyomo's own standard form evaluates parameters at once. Here a coefficient is kept as a polynomial in
them, so that one compiled course can be filled in for every node of the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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

Params = tuple[int, ...]
"""Ids of the parameters that a term is multiplied by."""

Named = dict[int, "LinearForm"]
"""Forms of named expressions, by the expression's id."""


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

    `numbers` are the coefficients by the variable's id; those with parameters stand in `varying` as well, whole.
    `named` holds the forms of named expressions that were read before, by id.
    """

    named: Named
    numbers: dict[int, float] = field(default_factory=dict)
    varying: dict[int, Polynomial] = field(default_factory=dict)
    constant: Polynomial = field(default_factory=Polynomial)

    def add(self, variable: int, factor: float, params: Params) -> None:
        """Add factor · Π params · variable."""
        if params or variable in self.varying:
            known = self.numbers.setdefault(variable, 0.0)
            self.varying.setdefault(variable, Polynomial(known)).add(factor, params)
        else:
            self.numbers[variable] = self.numbers.get(variable, 0.0) + factor

    def add_form(self, other: LinearForm, factor: float, params: Params) -> None:
        """Add factor · Π params · another form."""
        for variable, number in other.numbers.items():
            polynomial = other.varying.get(variable)
            for extra, more in [(number, ())] if polynomial is None else polynomial.products():
                self.add(variable, factor * extra, params + more)
        for extra, more in other.constant.products():
            self.constant.add(factor * extra, params + more)

    def params(self) -> Iterator[int]:
        """Ids of all parameters in it."""
        for polynomial in (self.constant, *self.varying.values()):
            for _, params in polynomial.terms:
                yield from params


def linear_form(expression: Any, named: Named) -> LinearForm:
    """The linear form of a Pyomo expression; TypeError when it is not linear in its variables.

    Named expressions are read once, and kept in `named`.
    """
    if isinstance(expression, ExpressionData):
        return _named(expression, named)
    form = LinearForm(named)
    _walk(expression, 1.0, (), form)
    return form


def number_form(expression: Any) -> Polynomial:
    """The polynomial of an expression without variables."""
    polynomial = Polynomial()
    for factor, params in _products(expression):
        polynomial.add(factor, params)
    return polynomial


def _walk(expression: Any, factor: float, params: Params, form: LinearForm) -> None:
    walker = _WALKERS.get(expression.__class__)
    if walker is not None:
        walker(expression, factor, params, form)
    elif isinstance(expression, VarData):
        form.add(id(expression), factor, params)
    elif isinstance(expression, ExpressionData):
        form.add_form(_named(expression, form.named), factor, params)
    else:
        for extra, more in _products(expression):
            form.constant.add(factor * extra, params + more)


def _named(expression: Any, named: Named) -> LinearForm:
    if id(expression) not in named:
        named[id(expression)] = linear_form(expression.expr, named)
    return named[id(expression)]


def _walk_monomial(expression: Any, factor: float, params: Params, form: LinearForm) -> None:
    coefficient, variable = expression.args
    if coefficient.__class__ is float:
        form.add(id(variable), factor * coefficient, params)
        return
    for extra, more in _products(coefficient):
        form.add(id(variable), factor * extra, params + more)


def _walk_sum(expression: Any, factor: float, params: Params, form: LinearForm) -> None:
    for arg in expression.args:
        if arg.__class__ is MonomialTermExpression:
            _walk_monomial(arg, factor, params, form)
        else:
            _walk(arg, factor, params, form)


def _walk_negation(expression: Any, factor: float, params: Params, form: LinearForm) -> None:
    _walk(expression.args[0], -factor, params, form)


def _walk_product(expression: Any, factor: float, params: Params, form: LinearForm) -> None:
    left, right = expression.args
    if _is_number(right):
        left, right = right, left
    for extra, more in _products(left):
        _walk(right, factor * extra, params + more, form)


_WALKERS: dict[type, Callable[[Any, float, Params, LinearForm], None]] = {
    MonomialTermExpression: _walk_monomial,
    LinearExpression: _walk_sum,
    SumExpression: _walk_sum,
    NegationExpression: _walk_negation,
    ProductExpression: _walk_product,
}


def _is_number(expression: Any) -> bool:
    return isinstance(expression, int | float) or not expression.is_potentially_variable()


def _products(expression: Any) -> list[tuple[float, Params]]:
    """An expression without variables as a sum of factor · Π parameters."""
    if isinstance(expression, int | float):
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

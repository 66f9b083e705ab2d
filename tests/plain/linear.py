"""Linear expressions and programs over them, a term at a time."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Union

import highspy
import numpy as np

Term = Union["Linear", float]


class Linear:
    """Σ coefficient · variable + constant."""

    __slots__ = ("constant", "terms")

    def __init__(self, terms: dict[int, float] | None = None, constant: float = 0.0) -> None:
        self.terms, self.constant = terms or {}, constant

    def __add__(self, other: Term) -> Linear:
        if not isinstance(other, Linear):
            return Linear(dict(self.terms), self.constant + other)
        terms = dict(self.terms)
        for variable, value in other.terms.items():
            terms[variable] = terms.get(variable, 0.0) + value
        return Linear(terms, self.constant + other.constant)

    __radd__ = __add__

    def __mul__(self, factor: float) -> Linear:
        return Linear({variable: value * factor for variable, value in self.terms.items()}, self.constant * factor)

    __rmul__ = __mul__

    def __neg__(self) -> Linear:
        return self * -1.0

    def __sub__(self, other: Term) -> Linear:
        return self + other * -1.0

    def __rsub__(self, other: Term) -> Linear:
        return -self + other


ZERO = Linear()


def total(parts: Iterable[Term]) -> Linear:
    """Their sum."""
    found = Linear()
    for part in parts:
        if isinstance(part, Linear):
            for variable, value in part.terms.items():
                found.terms[variable] = found.terms.get(variable, 0.0) + value
            found.constant += part.constant
        else:
            found.constant += part
    return found


class Program:
    """Variables and constraints as they are stated."""

    def __init__(self) -> None:
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.whole: list[bool] = []
        self._rows: list[tuple[Linear, float]] = []

    def variable(self, upper: float = np.inf, lower: float = 0.0, whole: bool = False) -> Linear:
        """A new variable."""
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return Linear({len(self.lower) - 1: 1.0})

    def choice(self) -> Linear:
        """A new variable that is 0 or 1."""
        return self.variable(1.0, whole=True)

    def at_most(self, left: Term, right: Term) -> None:
        """left ≤ right."""
        self._rows.append((ZERO + left - right, -np.inf))

    def equal(self, left: Term, right: Term) -> None:
        """left = right."""
        self._rows.append((ZERO + left - right, 0.0))

    def least(self, objective: Linear) -> float:
        """The least value of an objective; infinite where nothing satisfies all constraints."""
        units = self._units()
        costs = {place: value * units[place] for place, value in objective.terms.items()}
        size = 1e4 / max(1e4, *map(abs, costs.values()))
        highs = _highs()
        highs.addVars(len(units), np.array(self.lower) / units, np.array(self.upper) / units)
        for place in np.flatnonzero(self.whole):
            highs.changeColIntegrality(int(place), highspy.HighsVarType.kInteger)
        for place, value in costs.items():
            highs.changeColCost(place, value * size)
        for left, low in self._rows:
            places = np.array(list(left.terms), dtype=np.int32)
            values = np.array(list(left.terms.values())) * units[places]
            largest = float(np.abs(values).max(initial=0.0)) or 1.0
            side = -left.constant / largest
            highs.addRow(low + side, side, len(places), places, values / largest)
        highs.run()
        status = highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return np.inf
        assert status == highspy.HighsModelStatus.kOptimal, status
        return float(highs.getInfo().objective_function_value) / size + objective.constant

    def _units(self) -> np.ndarray:
        """What amounts are counted in, so that the solver's tolerances fit them: a hundredth of a middling figure."""
        given = sorted(abs(left.constant) for left, _ in self._rows if left.constant)
        middling = given[len(given) // 2] if given else 1.0
        return np.where(self.whole, 1.0, 10.0 ** round(math.log10(max(1.0, middling / 100))))


def _highs() -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", 0.0)
    return highs

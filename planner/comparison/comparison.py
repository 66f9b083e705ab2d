"""Strategies side by side: how they rank, what they regret, what they do otherwise than a base strategy.

Costs are compared as each scenario weighs expected cost and CVaR (`CellAnswer.cost`), in its base currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from planner.comparison.cell import AS_IT_STANDS, CellAnswer

_EQUAL = 1e-9
"""Costs that differ by less than this share are the same."""

COMPARED = (
    "cost",
    "expected_cost",
    "cvar",
    "service",
    "china_share",
    "china_heavy_share",
    "efficiency_lost",
    "cash_now",
)
"""Figures whose differences to the base strategy are reported."""

DECIDED = {"apply": "licences", "sign": "offers", "keep": "capacity"}
"""The now-decisions, and what each is about."""


@dataclass(frozen=True)
class Standing:
    """Where a plan stands among those of its scenario.

    `rank` is 1 for the least cost, equal costs share one; `regret` is what it costs above that; `alike` are the
    strategies that it cannot be distinguished from: what better plans could save at most makes up for the difference.
    """

    rank: int
    regret: float
    alike: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What a plan does otherwise than that of the base strategy: figures, and now-decisions taken or dropped."""

    figures: dict[str, float]
    taken: dict[str, tuple[str, ...]]
    dropped: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Comparison:
    """The answers of cells, compared with a base strategy: the scenario as it stands where none is named."""

    answers: tuple[CellAnswer, ...]
    base: str = AS_IT_STANDS

    @cached_property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios, in order."""
        return tuple(dict.fromkeys(answer.scenario for answer in self.answers))

    @cached_property
    def strategies(self) -> tuple[str, ...]:
        """The strategies of all scenarios, in order."""
        return tuple(dict.fromkeys(answer.strategy for answer in self.answers))

    @cached_property
    def _by_cell(self) -> dict[tuple[str, str], CellAnswer]:
        return {(answer.scenario, answer.strategy): answer for answer in self.answers}

    def answer(self, scenario: str, strategy: str) -> CellAnswer | None:
        """The answer of a cell; None where the scenario has no such strategy."""
        return self._by_cell.get((scenario, strategy))

    @cached_property
    def plans(self) -> dict[str, list[CellAnswer]]:
        """The plans of each scenario, the one of least cost first."""
        found: dict[str, list[CellAnswer]] = {scenario: [] for scenario in self.scenarios}
        for answer in sorted(self.answers, key=_cost):
            if answer.has_plan:
                found[answer.scenario].append(answer)
        return found

    def standing(self, answer: CellAnswer) -> Standing | None:
        """Where a plan stands; None without one."""
        if not answer.has_plan:
            return None
        plans = self.plans[answer.scenario]
        rank = 1 + sum(_cost(plan) < _cost(answer) - _EQUAL * abs(_cost(answer)) for plan in plans)
        alike = tuple(plan.strategy for plan in plans if plan is not answer and alike_in_cost(plan, answer))
        return Standing(rank, _cost(answer) - _cost(plans[0]), alike)

    def regret(self, scenario: str, strategy: str) -> float | None:
        """What a strategy's plan costs above that of the best; None without a plan."""
        answer = self.answer(scenario, strategy)
        standing = self.standing(answer) if answer else None
        return standing.regret if standing else None

    def largest_regret(self, strategy: str) -> float | None:
        """The largest over the scenarios; None where any of them has no plan with it."""
        regrets = [self.regret(scenario, strategy) for scenario in self.scenarios]
        known = [regret for regret in regrets if regret is not None]
        return max(known) if len(known) == len(regrets) else None

    @cached_property
    def least_regret(self) -> tuple[str, ...]:
        """The strategies whose largest regret is least; none where each lacks a plan in some scenario."""
        largest = {name: self.largest_regret(name) for name in self.strategies}
        known = {name: regret for name, regret in largest.items() if regret is not None}
        if not known:
            return ()
        room = _EQUAL * max(abs(_cost(answer)) for answer in self.answers if answer.has_plan)
        return tuple(name for name, regret in known.items() if regret <= min(known.values()) + room)

    def difference(self, answer: CellAnswer) -> Difference | None:
        """What a plan does otherwise than the base strategy's; None for that itself, and where either has no plan."""
        base = self.answer(answer.scenario, self.base)
        if base is None or base is answer or not (base.has_plan and answer.has_plan):
            return None
        figures = {name: _less(getattr(answer, name), getattr(base, name)) for name in COMPARED}
        return Difference(
            {name: value for name, value in figures.items() if value is not None},
            _only_in(answer.decisions, base.decisions),
            _only_in(base.decisions, answer.decisions),
        )

    def document(self) -> dict[str, Any]:
        """As JSON (see docs/cli.md)."""
        return {
            "cells": [self._cell(answer) for answer in self.answers],
            "base": self.base,
            "regret": {
                name: {scenario: self.regret(scenario, name) for scenario in self.scenarios} for name in self.strategies
            },
            "largest_regret": {name: self.largest_regret(name) for name in self.strategies},
            "least_regret": list(self.least_regret),
        }

    def _cell(self, answer: CellAnswer) -> dict[str, Any]:
        standing, difference = self.standing(answer), self.difference(answer)
        return answer.document() | {
            "rank": standing.rank if standing else None,
            "regret": standing.regret if standing else None,
            "alike": list(standing.alike) if standing else [],
            "difference": asdict(difference) if difference else None,
        }


def alike_in_cost(one: CellAnswer, other: CellAnswer) -> bool:
    """Whether two plans cannot be distinguished: a better plan of the one that costs more may cost less."""
    room = _EQUAL * max(abs(_cost(one)), abs(_cost(other)))
    return _cost(one) - one.slack <= _cost(other) + room and _cost(other) - other.slack <= _cost(one) + room


def _cost(answer: CellAnswer) -> float:
    return answer.cost if answer.cost is not None else float("inf")


def _less(value: float | None, base: float | None) -> float | None:
    return None if value is None or base is None else value - base


def _only_in(one: dict[str, Iterable[str]], other: dict[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """The now-decisions of one plan that another does not take."""
    return {
        kind: tuple(name for name in one.get(kind, ()) if name not in tuple(other.get(kind, ()))) for kind in DECIDED
    }


def compare(answers: Sequence[CellAnswer], base: str | None = None) -> Comparison:
    """Compare answers with a base strategy; where none is named the scenario as it stands, or the first strategy."""
    compared = Comparison(tuple(answers), base or AS_IT_STANDS)
    if base is None and compared.strategies and AS_IT_STANDS not in compared.strategies:
        return Comparison(tuple(answers), compared.strategies[0])
    return compared

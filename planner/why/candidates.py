"""The decisions for now of a scenario: those that a plan leaves, and those that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.futures.tree import Ints
from planner.scenario.windows import NOW
from planner.why.solved import Solved

_NOTHING = 1e-6
"""kg/period below it are rounding."""


@dataclass(frozen=True)
class Candidate:
    """A decision, the columns that take it, its fee, and what the plan does instead of it."""

    decision: str
    item: str
    columns: Ints
    fee: float = 0.0
    note: str = ""
    is_taken: bool = False


def candidates(solved: Solved) -> list[Candidate]:
    """Every decision for now that the plan leaves, but those that the scenario rules out."""
    found = [*_licences(solved), *_offers(solved), *_designs(solved)]
    lower, upper, x = solved.instance.lower, solved.instance.upper, solved.x
    return [
        one
        for one in found
        if (upper[one.columns] >= 1).all() and (lower[one.columns] <= 0).any() and x[one.columns].min() < 0.5
    ]


def _licences(solved: Solved) -> Iterator[Candidate]:
    apply, licences = solved.path.model.apply, solved.path.scenario.licence
    for name, period in apply:
        if period == NOW:
            yield Candidate("apply", name, solved.columns(apply[name, NOW]), licences[name].application_fee)


def _offers(solved: Solved) -> Iterator[Candidate]:
    scenario = solved.path.scenario
    for name, period in solved.path.model.sign:
        if period == NOW and not solved.path.forbidden(scenario.offer[name]):
            columns = solved.columns(solved.path.model.sign[name, NOW])
            yield Candidate("sign", name, columns, scenario.offer[name].signing_fee)


def _designs(solved: Solved) -> Iterator[Candidate]:
    qualify, x = solved.path.model.qualify, solved.x
    for row in solved.path.scenario.designs:
        if (row.design, 1) in qualify:
            later = [period for name, period in qualify if name == row.design and period > 1]
            waits = any(x[solved.columns(qualify[row.design, period])].any() for period in later)
            note = "the plan qualifies it later" if waits else ""
            columns = solved.columns(qualify[row.design, 1])
            yield Candidate("qualify", row.design, columns, row.qualification_cost, note)


def taken(solved: Solved) -> list[Candidate]:
    """Every decision that the plan takes now or starts in the first period, but those that the scenario demands."""
    lower, x = solved.instance.lower, solved.x
    return [one for one in _takeable(solved) if (x[one.columns] > _NOTHING).any() and (lower[one.columns] <= 0).all()]


def _takeable(solved: Solved) -> Iterator[Candidate]:
    model = solved.path.model
    for decision, variable in (("apply", model.apply), ("sign", model.sign)):
        for name, period in variable:
            if period == NOW:
                yield Candidate(decision, name, solved.columns(variable[name, NOW]), is_taken=True)
    for name in model.keep:
        yield Candidate("keep", name, solved.columns(model.keep[name]), is_taken=True)
    for decision, variable in (("qualify", model.qualify), ("expand", model.expand)):
        for name, period in variable:
            if period == 1:
                yield Candidate(decision, name, solved.columns(variable[name, 1]), is_taken=True)

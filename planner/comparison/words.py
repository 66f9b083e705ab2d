"""A comparison in words and rows, as the terminal and the workbook show it."""

from __future__ import annotations

from collections.abc import Iterator

from planner.comparison.cell import CellAnswer, CellStatus
from planner.comparison.comparison import Comparison
from planner.present.words import Wording, listed, percent

STATUS: dict[CellStatus, str] = {
    "optimal": "solved",
    "time_limit": "time limit",
    "memory_limit": "short of memory",
    "interrupted": "stopped by hand",
    "gave_up": "not as close as asked",
    "infeasible": "infeasible",
    "invalid": "wrong input",
    "no_plan": "no plan yet",
    "lost": "process lost",
    "failed": "failed",
}
"""What became of a cell, in words."""


def sentences(compared: Comparison) -> Iterator[str]:
    """What a comparison comes to, most important first."""
    for scenario in compared.scenarios:
        yield from _best(compared, scenario)
    if len(compared.scenarios) > 1:
        yield _least_regret(compared)
    yield from without_plan(compared)


def _best(compared: Comparison, scenario: str) -> Iterator[str]:
    plans = compared.plans[scenario]
    if len(plans) < 2:
        return
    best, wording = plans[0], Wording(plans[0].currency)
    standing = compared.standing(best)
    alike = standing.alike if standing else ()
    first = f"{scenario}: {best.strategy} costs least, {wording.money(best.cost or 0.0)}"
    if alike:
        yield f"{first}; within the gaps it cannot be distinguished from {listed(alike)}."
    else:
        second = compared.regret(scenario, plans[1].strategy) or 0.0
        yield f"{first}, {wording.money(second)} less than {plans[1].strategy}."
    costliest = plans[-1]
    if costliest.strategy not in alike:
        more = compared.regret(scenario, costliest.strategy) or 0.0
        share = f" ({percent(more / best.cost, 1)})" if best.cost and best.cost > 0 else ""
        yield f"{scenario}: {costliest.strategy} costs most, {wording.money(more)} more{share}."


def _least_regret(compared: Comparison) -> str:
    names = compared.least_regret
    if not names:
        return "No strategy has a plan in every scenario, so that none can be said to regret least."
    largest = compared.largest_regret(names[0]) or 0.0
    currency = next(answer.currency for answer in compared.answers if answer.has_plan)
    if Wording(currency).money(largest) == Wording(currency).money(0.0):
        return f"Over all scenarios {listed(names)} {'costs' if len(names) == 1 else 'cost'} least in each."
    verb = "regrets" if len(names) == 1 else "regret"
    most = Wording(currency).money(largest)
    return f"Over all scenarios {listed(names)} {verb} least: at most {most} above the best strategy of any."


def without_plan(compared: Comparison) -> Iterator[str]:
    """A line for each cell that has no plan."""
    for answer in compared.answers:
        if not answer.has_plan:
            yield f"{answer.scenario}, {answer.strategy}: {STATUS[answer.status]}. {why_none(answer)}"


def why_none(answer: CellAnswer) -> str:
    """Why a cell has no plan, in a sentence or two."""
    if answer.conflict:
        return f"These cannot all hold: {' '.join(reason['text'] for reason in answer.conflict)}"
    more = len(answer.problems) - 1
    return answer.text + (f" And {more} more." if more > 0 else "")


def licences(answer: CellAnswer) -> str:
    """The licences that a plan applies for."""
    return listed(tuple(answer.decisions.get("apply", ())))

"""The audit bites: solved plans spoilt in many ways, each caught by the rule meant for it.

The table of mutations stands in the output: what was done, the rule that caught it, and where it saw it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.audit import RULES, Violation, audit
from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.reading import load
from planner.scenario.load import from_rows
from planner.scenario.scenario import Scenario
from planner.solver.outcome import Options
from tests.handmade import SCENARIO
from tests.mutations import MUTATIONS, Draft, Mutation, NoPlace
from tests.waiting import WAITING

Solved = list[tuple[Scenario, Plan]]


@pytest.fixture(scope="module")
def solved() -> Solved:
    """Scenarios and their optimal plans; together they have a place for every mutation."""
    loaded = [load("tests/cases/small-202.xlsx"), from_rows(SCENARIO), load("tests/cases/tiny-104.xlsx")]
    loaded.append(from_rows(WAITING))
    return [(one.scenario, make_plan(one, Options(gap=1e-6))) for one in loaded]


def test_solved_plans_pass_unspoilt(solved: Solved) -> None:
    assert [audit(scenario, plan).failed for scenario, plan in solved] == [[], [], [], []]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.words} -> {m.rule}")
def test_mutation_is_caught(mutation: Mutation, solved: Solved, record_property: Callable[[str, object], None]) -> None:
    scenario, plan = first_spoilt(mutation, solved)
    caught = {violation.rule: violation for violation in audit(scenario, plan).failed}
    assert mutation.rule in caught
    record_property("mutation", row(mutation, caught[mutation.rule]))


def row(mutation: Mutation, caught: Violation) -> str:
    """A row of the table of mutations."""
    return f"{mutation.rule:<20} {mutation.words:<62} {caught.relative:8.1e}  {caught.where}"


def first_spoilt(mutation: Mutation, solved: Solved) -> tuple[Scenario, Plan]:
    """The first solved plan that has a place for a mutation, spoilt by it."""
    for scenario, plan in solved:
        draft = Draft(scenario, plan)
        try:
            mutation.spoil(draft)
        except NoPlace:
            continue
        return scenario, draft.done()
    pytest.fail("no solved plan has a place for it")


def test_there_are_sixty_mutations_and_more() -> None:
    assert len({mutation.words for mutation in MUTATIONS}) == len(MUTATIONS) >= 60


def test_every_rule_is_bitten() -> None:
    assert {mutation.rule for mutation in MUTATIONS} == set(RULES)

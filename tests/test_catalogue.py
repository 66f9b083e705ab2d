"""Every limit and every decision is declared once, and nothing of the model goes without a declaration."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.audit import RULES
from planner.catalogue.decisions import DECISIONS, FIXED
from planner.catalogue.families import NO_LIMITS
from planner.catalogue.limits import BY_CELL, LIMIT, LIMITS, Limit
from planner.explain.relax import Elastic
from planner.explain.words import asks
from planner.model.build import FAMILIES
from planner.reading import load
from planner.scenario.tables import tables
from planner.serve.whatif import cells
from planner.solver import dive
from planner.solver.dive import ranks
from tests.mutations import MUTATIONS

MODEL = Path(__file__).parents[1] / "planner" / "model"
PLAN = MODEL.parent / "plan" / "limits_used.py"


def test_every_constraint_family_is_a_limit_or_none() -> None:
    limits = [limit.family for limit in LIMITS]
    assert set(limits) | set(NO_LIMITS) == {family.__name__ for family in FAMILIES}
    assert set(limits).isdisjoint(NO_LIMITS)


def test_every_limit_is_a_cell_of_the_schema_once() -> None:
    assert len(BY_CELL) == len(LIMIT) == len(LIMITS)
    for limit in LIMITS:
        assert limit.field in tables()[limit.table].fields
        assert limit.one_more


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_every_limit_has_an_audit_rule_and_a_mutation(limit: Limit) -> None:
    assert limit.rule in RULES
    assert any(mutation.rule == limit.rule for mutation in MUTATIONS)


def relaxed() -> Iterator[tuple[str, str]]:
    """Table and field of every cell that a constraint family lets an elastic model relax."""
    for path in MODEL.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "slack":
                table, _, field = node.args[:3]
                if isinstance(table, ast.Constant) and isinstance(field, ast.Constant):
                    yield str(table.value), str(field.value)


def test_every_cell_that_can_be_relaxed_is_declared() -> None:
    assert set(relaxed()) - {fixed.cell for fixed in FIXED} == set(BY_CELL)


def test_the_limits_sheet_measures_every_limit_that_has_a_kind() -> None:
    """Each is named where the plan's use of limits is measured."""
    named = {
        node.value for node in ast.walk(ast.parse(PLAN.read_text(encoding="utf-8"))) if isinstance(node, ast.Constant)
    }
    assert named >= {limit.name for limit in LIMITS if limit.kind}
    assert len({(limit.kind, limit.side) for limit in LIMITS if limit.kind}) == sum(
        bool(limit.kind) for limit in LIMITS
    )
    # These two are conditions of an order that is placed, and nothing that a plan uses up.
    assert {limit.name for limit in LIMITS if not limit.kind} == {"minimum order", "commitment"}


CASES = ("small-202", "tiny-142", "tiny-152", "tiny-156")
"""Together they have every decision, and most limits."""


@pytest.fixture(scope="module")
def several() -> list[Elastic]:
    return [Elastic(load(f"tests/cases/{case}.xlsx").scenario) for case in CASES]


@pytest.fixture(scope="module")
def elastic(several: list[Elastic]) -> Elastic:
    return several[0]


def test_every_integer_variable_has_a_rank(several: list[Elastic]) -> None:
    named = {name for one in several for labels in one.instance.layout.labels for name, _ in labels}
    assert {decision.variable for decision in DECISIONS} <= named
    for one in several:
        assert (ranks(one.instance)[one.instance.integer] >= 0).all()


def test_an_integer_variable_without_a_rank_is_refused(elastic: Elastic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(dive._RANKS, "place")
    with pytest.raises(LookupError, match="place"):
        ranks(elastic.instance)


@pytest.mark.parametrize("place", range(len(CASES)), ids=CASES)
def test_every_clause_can_be_said(several: list[Elastic], place: int) -> None:
    """Of each kind of cell that an elastic model relaxes."""
    kinds = {(table, field): (table, key, field) for table, key, field in several[place].columns}
    for cell in kinds.values():
        assert "{" not in asks(several[place], cell)


def test_every_what_if_has_a_heading(elastic: Elastic) -> None:
    offered = {(cell["table"], cell["field"]) for cell in cells(elastic.scenario)}
    assert offered >= {limit.cell for limit in LIMITS if limit.what_if}

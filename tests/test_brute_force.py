"""The optimum against one found by trying everything: each choice of the whole numbers, each now-decision."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from hypothesis import assume, given

from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.pipeline import make_plan, prepare
from planner.scenario.load import from_rows
from planner.solver.highs import fixed
from planner.solver.outcome import Stop
from planner.solver.strategy import solve
from tests.generated import EXACT, Rows, cost, scenarios
from tests.scenarios import TWO_FUTURES, Y1, Y2, YEARLY, near, tiny

MOST = 12
"""Whole numbers that are enumerated."""
TRIES = 300
"""Linear programs in a generated scenario at most."""


def choices(instance: Instance) -> Iterator[Floats]:
    """Every value that the whole numbers can have together."""
    whole = instance.integer
    bounds = zip(instance.lower[whole], instance.upper[whole], strict=True)
    ranges = [np.arange(low, high + 1) for low, high in bounds]
    return (np.array(values) for values in itertools.product(*ranges))


def tries(instance: Instance) -> float:
    """How many these are."""
    whole = instance.integer
    return float(np.prod(instance.upper[whole] - instance.lower[whole] + 1))


def by_enumeration(instance: Instance) -> float:
    """The least objective of all linear programs; infinite where none has a plan."""
    found = [solve(fixed(instance, values), EXACT) for values in choices(instance)]
    assert {outcome.stop for outcome in found} <= {Stop.OPTIMAL, Stop.INFEASIBLE}
    return min(outcome.objective for outcome in found)


# --- the whole numbers of the program ----------------------------------------------------------------


@given(scenarios(tiny=True))
def test_optimum_is_that_of_the_best_linear_program(rows: Rows) -> None:
    instance = prepare(from_rows(rows)).instance
    assume(0 < instance.integer.sum() <= MOST)
    assume(tries(instance) <= TRIES)
    best, found = by_enumeration(instance), solve(instance, EXACT)
    assert found.objective == near(best) if np.isfinite(best) else found.stop is Stop.INFEASIBLE


FEES: dict[str, Any] = {
    "units": (10, 16),
    "settings": YEARLY | {"discount_rate": 0.1, "risk_weight": 0.4, "risk_tail": 0.5},
    "licences": {"application_fee": 40, "clearance": 1},
    "suppliers": [{}, {"supplier": "T", "country": "Japan"}],
    "offers": [
        {"licence": "L", "price_per_kg": 5, "max_kg_per_period": 12, "deposit_share": 0.3},
        {"offer": "P", "price_per_kg": 9, "max_kg_per_period": 9, "signing_fee": 15, "group": "G"},
        {"offer": "Q", "supplier": "T", "price_per_kg": 8, "max_kg_per_period": 9, "commit_kg_per_period": 4,
         "group": "G"},
        {"offer": "R", "supplier": "T", "price_per_kg": 13, "min_order_kg": 7, "until": Y1},
    ],
    "expansions": {"step_kg_per_period": 4, "cost_per_step": 12, "until": Y1},
    "segments": {"shortage_cost_per_unit": 30},
    "designs": [{}, {"design": "F", "extra_cost_per_unit": 6, "qualified": "no", "qualification_cost": 25,
                     "qualification_periods": 1, "max_share": 0.5}],
    "design_materials": [{}, {"design": "F", "material": "M", "kg_per_unit": 0.4}],
    "futures": TWO_FUTURES,
    "events": [{"future": "b", "kind": "clearance", "from": Y2, "value": 0.25}],
}  # fmt: skip
"""Every kind of whole number: apply, sign, place, expand, qualify."""


def test_every_kind_of_whole_number() -> None:
    loaded = tiny(**FEES)
    instance = prepare(loaded).instance
    assert _whole(instance) == {"apply", "sign", "place", "expand", "qualify"}
    assert 7 <= instance.integer.sum() <= MOST
    assert make_plan(loaded, EXACT).objective == near(by_enumeration(instance))


def _whole(instance: Instance) -> set[str]:
    """The variables that are whole numbers."""
    layout = instance.layout
    return {
        name
        for period, labels in enumerate(layout.labels)
        for place, (name, _) in enumerate(labels)
        if instance.integer[layout.columns(period)[:, place]].any()
    }


# --- now-decisions by their cells --------------------------------------------------------------------


def decisions(rows: Rows) -> Iterator[Rows]:
    """The scenario with each choice of licences and offers that need a signature, by `decision` cells."""
    free = [(table, n) for table in ("licences", "offers") for n, row in enumerate(rows[table]) if _is_free(table, row)]
    for choice in itertools.product(("must", "never"), repeat=len(free)):
        found = copy.deepcopy(rows)
        for (table, number), decision in zip(free, choice, strict=True):
            found[table][number]["decision"] = decision
        if not _refused(found):
            yield found


def _is_free(table: str, row: dict[str, Any]) -> bool:
    needs = ("signing_fee", "commit_kg_per_period", "group", "licence")
    return row.get("decision", "free") == "free" and (table == "licences" or any(row[name] for name in needs))


def _refused(rows: Rows) -> bool:
    """Whether it contradicts itself: two of a group must be signed, or one without its licence."""
    never = {row["licence"] for row in rows["licences"] if row["decision"] == "never"}
    must = [row for row in rows["offers"] if row.get("decision") == "must"]
    groups = [row["group"] for row in must if row["group"]]
    return len(groups) != len(set(groups)) or any(row["licence"] in never for row in must)


@given(scenarios(tiny=True))
def test_optimum_is_that_of_the_best_decisions(rows: Rows) -> None:
    said = list(itertools.islice(decisions(rows), 17))
    assume(1 < len(said) <= 16)
    assert min(map(cost, said)) == near(cost(rows))


def test_now_decisions_of_a_plan_are_the_best() -> None:
    """With the plan's own choice in the cells the optimum is the same."""
    free = make_plan(tiny(**FEES), EXACT)
    said = copy.deepcopy(FEES)
    said["licences"] = said["licences"] | {"decision": "must" if "L" in free.decisions.apply else "never"}
    for row in said["offers"]:
        name = row.get("offer", "O")
        if name != "R":
            row["decision"] = "must" if name in free.decisions.sign else "never"
    assert make_plan(tiny(**said), EXACT).objective == near(free.objective)

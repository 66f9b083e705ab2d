"""What optima of like programs prove of another one: on curves known by hand, and never more than is so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.pipeline import prepare
from planner.scenario.load import Loaded, from_rows
from planner.solver.outcome import Options
from planner.solver.strategy import solve
from planner.valuation.cell import named_cell
from planner.valuation.frontier import frontier
from planner.valuation.implied import Proven, cheapest, implied_bound
from planner.valuation.question import Cell, overlaid
from tests.generated import Rows, scenarios
from tests.scenarios import TWO_FUTURES, TWO_SUPPLIERS, near, tiny


def proven(loaded: Loaded, cell: Cell, bound: float) -> Proven:
    return Proven(prepare(overlaid(loaded, (cell,))).instance, bound)


def weight(value: float) -> Cell:
    return ("settings", "risk_weight", "value", value)


def risky() -> Loaded:
    """10 units; future b asks for 10 more: 100 and 200 at 10 a kg. E = 150, CVaR of the worst half = 200."""
    event = {"future": "b", "kind": "demand", "scope": "all", "value": 2}
    return tiny(futures=TWO_FUTURES, events=event, settings={"risk_tail": 0.5})


def test_the_weight_of_risk_lies_between() -> None:
    """At 0 150, at 1 200: at 0.3 at least 150 + 0.3 · 50 = 165, which it is. Nothing is said beyond both ends."""
    loaded = risky()
    known = [proven(loaded, weight(0), 150.0), proven(loaded, weight(0.8), 190.0)]
    assert implied_bound(prepare(overlaid(loaded, (weight(0.3),))).instance, known) == near(165)
    assert implied_bound(prepare(overlaid(loaded, (weight(1),))).instance, known) == -np.inf


def limited(share: float) -> Cell:
    return ("limits", "X", "max_share", share)


def test_a_tighter_limit_costs_no_less() -> None:
    """At most a share from China: what 0.6 costs bounds 0.4, and not the other way."""
    offers = [{"max_kg_per_period": 6}, {"offer": "J", "supplier": "T", "price_per_kg": 20}]
    loaded = tiny(**TWO_SUPPLIERS | {"offers": offers, "limits": {"max_share": 1.0}})
    tight, loose = proven(loaded, limited(0.4), 160.0), proven(loaded, limited(0.6), 140.0)
    assert implied_bound(tight.instance, [loose]) == near(140)
    assert implied_bound(loose.instance, [tight]) == -np.inf


def test_a_higher_price_costs_no_less_and_a_lower_one_by_no_more_than_all_that_can_be_bought() -> None:
    """100 kg at most: from 10 to 9 a kg the optimum falls by 100 at most."""
    loaded = tiny()
    at = {price: proven(loaded, ("offers", "O", "price_per_kg", price), 10.0 * price) for price in (9, 10, 12)}
    assert implied_bound(at[12].instance, [at[10]]) == near(100)
    assert implied_bound(at[9].instance, [at[10]]) == near(100 - 100)


def test_the_plan_that_holds_and_costs_least_is_begun_from() -> None:
    instance = prepare(tiny()).instance
    best = solve(instance, Options(gap=0.0)).x
    assert best is not None
    nothing = np.zeros_like(best)
    found = cheapest(instance, [nothing, best])
    assert found is not None
    assert (found == best).all()
    assert cheapest(instance, []) is None


CHANGES: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("settings", "value", (0.0, 0.2, 0.5, 1.0)),
    ("offers", "price_per_kg", (0.5, 3.0, 8.0, 20.0)),
    ("offers", "max_kg_per_period", (2.0, 5.0, 11.0, 40.0)),
    ("segments", "min_service", (0.0, 0.3, 0.5, 0.8)),
)
"""Cells and values in order."""


@settings(max_examples=12)
@given(scenarios(tiny=True), st.sampled_from(CHANGES))
def test_no_more_is_proven_than_is_so(rows: Rows, change: tuple[str, str, tuple[Any, ...]]) -> None:
    """For each value of a cell what the other values' optima prove lies at or below its own optimum."""
    table, field, values = change
    key = {"settings": "risk_weight", "offers": rows["offers"][0]["offer"], "segments": rows["segments"][0]["segment"]}
    loaded = from_rows(rows)
    instances = [prepare(overlaid(loaded, ((table, key[table], field, value),))).instance for value in values]
    outcomes = [solve(instance, Options(gap=0.0)) for instance in instances]
    known = [Proven(one, out.bound) for one, out in zip(instances, outcomes, strict=True) if out.x is not None]
    assume(known)
    for instance, outcome in zip(instances, outcomes, strict=True):
        others = [one for one in known if one.instance is not instance]
        if outcome.x is not None:
            assert implied_bound(instance, others) <= outcome.objective + 1e-6 * max(abs(outcome.objective), 1.0)


@pytest.mark.parametrize("workers", [1, 2])
def test_points_between_need_no_search(workers: int) -> None:
    """Ten points of a line are those worked out by hand, with one process and with two."""
    loaded = risky()
    points = frontier(loaded, named_cell(loaded, "settings/risk_weight/value"), [n / 9 for n in range(10)],
                      workers=workers).points  # fmt: skip
    assert [point.objective for point in points] == [near(150 + 50 * n / 9) for n in range(10)]
    assert [point.bound for point in points] == [near(150 + 50 * n / 9) for n in range(10)]

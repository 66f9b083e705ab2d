"""Rules of stock and its pools, each pushed against in a scenario that is solved by hand.

Unless a test says otherwise 10 units are asked for, each takes 1 kg at 10, and costs 1000 if not built.
"""

from __future__ import annotations

from typing import Any

import pytest

from planner.errors import Infeasible
from tests.scenarios import P1, P2, cost, near, plan, table

COSTLIER = {"kind": "price", "value": 3, "from": P2}
"""From period 2 on M costs 30."""

# --- pools -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("licence", "own", "expected"),
    [
        ("U", None, 10_000),
        ("U", "V", 100),
        ("V", "U", 10_000),
        ("V", None, 100),
        (None, "U", 10_000),
        (None, None, 100),
    ],
)
def test_undertaking_is_the_offers_own_else_its_licences(licence: str | None, own: str | None, expected: float) -> None:
    """U bars India, V bars nothing: what is bound by U is no use, 10 · 1000 lost; else 10 · 10."""
    found = cost(
        undertakings=[{"barred_markets": "India"}, {"undertaking": "V"}],
        licences={"undertaking": licence},
        offers={"licence": "L", "undertaking": own},
    )
    assert found == near(expected)


@pytest.mark.parametrize(
    ("barred", "expected"),
    [
        ({"barred_markets": "US; India"}, 10_000),
        ({"barred_markets": "US"}, 100),
        ({"barred_end_uses": "civil"}, 10_000),
        ({"barred_end_uses": "defence"}, 100),
        ({"barred_markets": "US", "barred_end_uses": "defence;civil"}, 10_000),
        ({}, 100),
    ],
)
def test_undertaking_bars_markets_and_end_uses(barred: dict[str, str], expected: float) -> None:
    """The segment's market is India, its end use civil, unless another is reported: barred 10 · 1000, else 10 · 10."""
    other = {"segment": "radar", "market": "US", "end_use": "defence"}
    designs = [{}, {"design": "R", "segment": "radar"}]
    found = cost(
        {"bus": (10,), "radar": (0,)},
        segments=[{}, other],
        designs=designs,
        undertakings=barred,
        offers={"undertaking": "U"},
    )
    assert found == near(expected)


@pytest.mark.parametrize(
    ("stock", "expected"),
    [({}, 0), ({"undertaking": "V"}, 0), ({"undertaking": "U"}, 100), ({"kg": 4}, 60)],
    ids=["free", "bound, not barred", "bound and barred", "less"],
)
def test_opening_stock(stock: dict[str, Any], expected: float) -> None:
    """10 kg that may serve the segment cost nothing, and 4 of them save 40 of 100."""
    assert cost(undertakings=[{"barred_markets": "India"}, {"undertaking": "V"}], stock=stock) == near(expected)


def test_magnets_of_one_design_may_come_from_several_pools() -> None:
    """4 kg free and 6 bound in stock: nothing is bought. No more comes from a pool than it holds."""
    found = plan(undertakings={}, stock=[{"kg": 4}, {"undertaking": "U", "kg": 6}])
    assert found.objective == near(0)
    assert sorted(table(found, "magnets", "undertaking", "kg")) == [("", 4), ("U", 6)]


def test_bound_stock_is_left_to_whom_it_may_serve() -> None:
    """10 kg bound by U serve India, what is bought at 10 serves the US, which U bars: 100."""
    found = plan(
        {"bus": (10,), "fan": (10,)},
        segments=[{}, {"segment": "fan", "market": "US"}],
        designs=[{}, {"design": "F", "segment": "fan"}],
        design_materials=[{}, {"design": "F"}],
        undertakings={"barred_markets": "US"},
        stock={"undertaking": "U"},
    )
    assert found.objective == near(100)
    assert sorted(table(found, "magnets", "design", "undertaking", "kg")) == [("D", "U", 10), ("F", "", 10)]


# --- balance over time -------------------------------------------------------------------------------


def test_stock_carries_over() -> None:
    """All 20 kg are bought at 10 before the price rises to 30: 200."""
    found = plan((10, 10), events=COSTLIER)
    assert found.objective == near(200)
    assert table(found, "stock", "node", "kg") == [(1, 10)]


def test_each_pool_carries_over_for_itself() -> None:
    """10 kg bound by U wait for period 2, when the segment that it may serve asks for them: nothing is bought."""
    found = plan((0, 10), undertakings={}, stock={"undertaking": "U"})
    assert found.objective == near(0)
    assert table(found, "stock", "node", "undertaking", "kg") == [(1, "U", 10)]


# --- limits ------------------------------------------------------------------------------------------


def test_storage_limit() -> None:
    """Only 4 kg can be stored before the price rises to 30: 14 · 10 + 6 · 30 = 320."""
    assert cost((10, 10), materials={"max_stock_kg": 4}, events=COSTLIER) == near(320)


def test_storage_limit_is_over_all_pools() -> None:
    """7 kg a period come free and 7 bound by U, 4 can be stored: 14 · 10 + 6 · 30 = 320."""
    offers = [{"max_kg_per_period": 7}, {"offer": "O2", "undertaking": "U", "max_kg_per_period": 7}]
    found = cost((10, 10), undertakings={}, offers=offers, materials={"max_stock_kg": 4}, events=COSTLIER)
    assert found == near(320)


def test_stock_that_cannot_be_stored_is_infeasible() -> None:
    """10 kg, of which period 1 takes 2 at most: 8 are more than 7."""
    with pytest.raises(Infeasible, match=r"^No plan can satisfy every row of the scenario\.$"):
        cost((2, 10), stock={}, materials={"max_stock_kg": 7})


@pytest.mark.parametrize(("from_", "expected"), [(None, 260), (P1, 260), (P2, 255)])
def test_safety_stock_holds_from_its_month_on(from_: str | None, expected: float) -> None:
    """25 kg at 10, 5 of them stored at 1 a period: 250 + 5 in each period from the first reported, or all."""
    material = {"min_stock_kg": 5, "min_stock_from": from_, "holding_cost_per_kg": 1}
    assert cost((10, 10), materials=material) == near(expected)


def test_safety_stock_is_over_all_pools() -> None:
    """5 kg bound by U, which bars the segment, are the safety stock: only 10 · 10 are bought."""
    found = cost(
        undertakings={"barred_markets": "India"}, stock={"undertaking": "U", "kg": 5}, materials={"min_stock_kg": 5}
    )
    assert found == near(100)


def test_safety_stock_that_cannot_be_had_is_infeasible() -> None:
    """Nothing arrives before period 2."""
    with pytest.raises(Infeasible):
        cost((10, 10), offers={"lead_periods": 1}, materials={"min_stock_kg": 5})


def test_safety_stock_of_what_is_never_had_is_infeasible() -> None:
    """No offer, stock or plant has any M."""
    with pytest.raises(Infeasible):
        cost(offers=[], materials={"min_stock_kg": 5})

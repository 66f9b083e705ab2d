"""Rules of demand, each pushed against in a scenario that is solved by hand: magnets, designs, service.

Unless a test says otherwise 10 units are asked for, each takes 1 kg at 10, and costs 1000 if not built.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from planner.errors import Infeasible
from planner.pipeline import prepare
from planner.solver.strategy import solve
from tests.scenarios import P1, P2, P3, TWO_FUTURES, YEARLY, cost, near, plan, table, tiny

SUBSTITUTE = {"design": "F"}
"""A design without magnets."""

# --- 7. magnets --------------------------------------------------------------------------------------


def test_design_takes_its_kilograms_a_unit() -> None:
    """10 · 2.5 · 10 = 250."""
    found = plan(design_materials={"kg_per_unit": 2.5})
    assert found.objective == near(250)
    assert table(found, "magnets", "design", "material", "kg") == [("D", "M", 25)]


def test_design_takes_all_its_magnets() -> None:
    """10 · (1 · 10 + 2 · 5) = 200."""
    found = cost(
        materials=[{}, {"material": "N", "class": "light"}],
        offers=[{}, {"offer": "O2", "material": "N", "price_per_kg": 5}],
        design_materials=[{}, {"material": "N", "kg_per_unit": 2}],
    )
    assert found == near(200)


def test_design_is_not_built_without_one_of_its_magnets() -> None:
    """Nobody sells N: 10 · 1000 lost."""
    materials = [{}, {"material": "N", "class": "light"}]
    assert cost(materials=materials, design_materials=[{}, {"material": "N"}]) == near(10_000)


def test_design_without_magnets_takes_none() -> None:
    """Nothing is bought: 0."""
    found = plan(design_materials=[])
    assert found.objective == near(0)
    assert table(found, "build", "design", "units") == [("D", 10)]


# --- 8. demand ---------------------------------------------------------------------------------------


def test_demand_is_lost_where_that_is_cheaper() -> None:
    """10 · 5 lost = 50, where magnets cost 100."""
    found = plan(segments={"shortage_cost_per_unit": 5})
    assert found.objective == near(50)
    assert table(found, "shortage", "demand", "built", "lost", "late") == [(10, 0, 10, 0)]


def test_demand_waits_for_its_delay_cost() -> None:
    """Nothing arrives in period 1: 10 · 2 late; 20 built in period 2: 200. Together 220."""
    found = plan((10, 10), offers={"from": P2}, segments={"delay_cost_per_unit": 2})
    assert found.objective == near(220)
    assert table(found, "shortage", "built", "lost", "late") == [(0, 0, 10), (20, 0, 0)]


def test_demand_does_not_wait_without_a_delay_cost() -> None:
    """10 · 1000 lost, then 10 · 10: 10,100."""
    assert cost((10, 10), offers={"from": P2}) == near(10_100)


def test_waiting_is_free_at_a_delay_cost_of_nothing() -> None:
    """0 is not blank: 20 built in period 2, 200."""
    assert cost((10, 10), offers={"from": P2}, segments={"delay_cost_per_unit": 0}) == near(200)


def test_demand_waits_for_several_periods() -> None:
    """10 · 2 late in each of two periods, then 10 · 10: 140."""
    assert cost((10, 0, 0), offers={"from": P3}, segments={"delay_cost_per_unit": 2}) == near(140)


def test_demand_is_not_built_before_it_is_asked_for() -> None:
    """M is sold in period 1 only: 10 kg are stored, but only used in period 2."""
    found = plan((0, 10), offers={"until": P1})
    assert found.objective == near(100)
    assert table(found, "build", "node", "units") == [(2, 10)]


@pytest.mark.parametrize("designs", [[{}], [{}, {"design": "D2"}]], ids=["one design", "two designs"])
def test_assembly_capacity(designs: list[dict[str, Any]]) -> None:
    """6 units over all designs: 6 · 10 + 4 · 1000 lost = 4060."""
    uses = [{"design": row.get("design", "D")} for row in designs]
    assert cost(segments={"max_units_per_period": 6}, designs=designs, design_materials=uses) == near(4060)


def test_assembly_capacity_holds_for_late_units_too() -> None:
    """12 of 20 units can be built in period 2, so 2 wait for it: 2 · 2 late + 120 + 8 · 1000 lost = 8124."""
    segment = {"delay_cost_per_unit": 2, "max_units_per_period": 12}
    assert cost((10, 10), offers={"from": P2}, segments=segment) == near(8124)


# --- 9. designs --------------------------------------------------------------------------------------


def test_design_serves_at_most_its_share_of_demand() -> None:
    """0.4 · 10 = 4 units: 4 · 10 + 6 · 1000 lost = 6040."""
    assert cost(designs={"max_share": 0.4}) == near(6040)


def test_a_share_is_not_raised_by_waiting() -> None:
    """0.6 · 10 = 6 units in each period; of the others none may have the design, so that waiting buys nothing:
    12 · 10 + 8 · 1000 lost = 8120."""
    assert cost((10, 10), designs={"max_share": 0.6}, segments={"delay_cost_per_unit": 2}) == near(8120)


def test_a_unit_that_waits_keeps_its_chance() -> None:
    """Magnets come in period 2 only: the 6 units of period 1 that may have the design wait for 2 each; 6 + 6 are built
    in period 2, 4 + 4 are lost: 6 · 2 + 12 · 10 + 8 · 1000 = 8132."""
    found = cost((10, 10), designs={"max_share": 0.6}, segments={"delay_cost_per_unit": 2}, offers={"from": P2})
    assert found == near(8132)


def test_a_share_is_not_saved_up() -> None:
    """Nothing is asked for in period 1: its share of nothing is no chance in period 2: 6 · 10 + 4 · 1000 lost."""
    assert cost((0, 10), designs={"max_share": 0.6}, segments={"delay_cost_per_unit": 2}) == near(4060)


def test_share_of_nothing() -> None:
    """10 · 1000 lost."""
    assert cost(designs={"max_share": 0}) == near(10_000)


def test_shares_of_two_designs() -> None:
    """6 units by D at 10, 4 by F for 12 more than nothing: 60 + 48 = 108."""
    designs = [{"max_share": 0.6}, SUBSTITUTE | {"extra_cost_per_unit": 12}]
    assert cost(designs=designs) == near(108)


@pytest.mark.parametrize(("wait", "expected"), [(0, 250), (1, 10_150), (2, 20_000)])
def test_qualification_takes_its_time(wait: int, expected: float) -> None:
    """50 + 20 · 10 at once; 10 · 1000 lost + 50 + 10 · 10 after a period; of no use after two: 20 · 1000 lost."""
    design = {"qualified": "no", "qualification_cost": 50, "qualification_periods": wait}
    assert cost((10, 10), designs=design) == near(expected)


def test_qualification_is_at_once_unless_said_otherwise() -> None:
    """50 + 10 · 10 = 150."""
    assert cost(designs={"qualified": "no", "qualification_cost": 50}) == near(150)


def test_qualification_is_not_started_when_it_costs_more_than_it_saves() -> None:
    """10,001 + 100 is more than 10 · 1000 lost."""
    found = plan(designs={"qualified": "no", "qualification_cost": 10_001})
    assert found.objective == near(10_000)
    assert found.tables["qualification"].empty


def test_qualification_is_once_for_all_that_follows() -> None:
    """Cheaper later, at 25 % a year: 50 · 0.8 in period 2, and (10 + 10 · 0.8) · 10 · 0.8 for what is built."""
    found = plan(
        (0, 10, 10),
        settings=YEARLY | {"discount_rate": 0.25},
        designs={"qualified": "no", "qualification_cost": 50},
    )
    assert found.objective == near(40 + 80 + 64)
    assert table(found, "qualification", "node", "cost") == [(2, 50)]


def test_qualified_design_needs_no_qualification() -> None:
    """10 · 10 = 100: cost and periods of qualification count only where it is not qualified."""
    design = {"qualified": "yes", "qualification_cost": 50, "qualification_periods": 3, "decision": "must"}
    assert cost(designs=design) == near(100)


@pytest.mark.parametrize("wait", [0, 3], ids=["in use", "after the horizon"])
def test_design_must_be_qualified_in_period_1(wait: int) -> None:
    """50 for a design that D makes needless + 20 · 10 = 250."""
    other = {"qualified": "no", "qualification_cost": 50, "qualification_periods": wait, "extra_cost_per_unit": 99}
    found = plan((10, 10), designs=[{}, SUBSTITUTE | other | {"decision": "must"}])
    assert found.objective == near(250)
    assert table(found, "qualification", "month", "design") == [(P1, "F")]


@pytest.mark.parametrize("qualified", ["yes", "no"])
def test_design_never(qualified: str) -> None:
    """10 · 1000 lost."""
    assert cost(designs={"decision": "never", "qualified": qualified}) == near(10_000)


# --- 10. efficiency ----------------------------------------------------------------------------------


def test_average_loss_of_efficiency() -> None:
    """F loses 3 points, at most 1 on average: F builds a third, D the rest with magnets: 6.667 · 10."""
    designs = [{}, SUBSTITUTE | {"efficiency_loss_pp": 3}]
    assert cost(designs=designs, segments={"max_efficiency_loss_pp": 1}) == near(200 / 3)


def test_no_limit_on_the_loss_of_efficiency() -> None:
    """F builds all: 0."""
    assert cost(designs=[{}, SUBSTITUTE | {"efficiency_loss_pp": 3}]) == near(0)


def test_limit_of_nothing_is_a_limit() -> None:
    """F may not be built at all: 100."""
    designs = [{}, SUBSTITUTE | {"efficiency_loss_pp": 3}]
    assert cost(designs=designs, segments={"max_efficiency_loss_pp": 0}) == near(100)


def test_average_is_over_a_segment_and_a_period() -> None:
    """Period 2 has no M, and F alone may not be built: 66.667 + 10 · 1000 lost, however good period 1 is."""
    found = cost(
        (10, 10),
        materials={"max_stock_kg": 0},
        offers={"until": P1},
        designs=[{}, SUBSTITUTE | {"efficiency_loss_pp": 3}],
        segments={"max_efficiency_loss_pp": 1},
    )
    assert found == near(200 / 3 + 10_000)


def test_average_is_over_each_segment() -> None:
    """The fan's units do not help the bus: F may not be built, 10 · 1000 lost."""
    found = cost(
        {"bus": (10,), "fan": (100,)},
        segments=[{"max_efficiency_loss_pp": 1}, {"segment": "fan"}],
        designs=[SUBSTITUTE | {"efficiency_loss_pp": 3}, {"design": "W", "segment": "fan"}],
        design_materials=[],
    )
    assert found == near(10_000)


@pytest.mark.parametrize(
    ("limit", "best", "share"),
    [(1.0, 0.0, 1 / 3), (3.0, 0.0, 1.0), (2.0, 1.0, 0.5), (1.0, 2.0, 0.0), (1.0, 1.0, 0.0)],
)
def test_bound_on_a_design_that_loses_more_than_the_limit(limit: float, best: float, share: float) -> None:
    """At most a share of the 9 that can be assembled, so that share · 3 + (1 − share) · best is within the limit."""
    prepared = prepare(
        tiny(
            segments={"max_efficiency_loss_pp": limit, "max_units_per_period": 9},
            designs=[{"efficiency_loss_pp": best}, SUBSTITUTE | {"efficiency_loss_pp": 3}],
        )
    )
    assert prepared.path.model.build["F", 1].ub == near(9 * share)


def test_fraction_of_a_qualification_serves_no_more_than_that_of_the_period() -> None:
    """D builds the first 10 for 100, F the next 10: a whole 50, though 20 could be asked for, of which 10 is half."""
    prepared = prepare(
        tiny(
            units=(10, 10),
            segments={"delay_cost_per_unit": 20},
            designs=[{}, SUBSTITUTE | {"qualified": "no", "qualification_cost": 50, "qualification_periods": 1}],
            offers={"until": P1},
            materials={"max_stock_kg": 0},
        )
    )
    relaxed = replace(prepared.instance, integer=np.zeros_like(prepared.instance.integer))
    assert solve(relaxed).objective == near(150)


# --- 11. service -------------------------------------------------------------------------------------


def test_least_service() -> None:
    """9 units at 10 each, 1 lost at 5: 95, where losing all would cost 50."""
    assert cost(segments={"shortage_cost_per_unit": 5, "min_service": 0.9}) == near(95)


def test_service_is_over_the_horizon() -> None:
    """Half of 20 units: 10 lost in period 1 at 5, when nothing arrives, 10 built in period 2: 150."""
    segment = {"shortage_cost_per_unit": 5, "min_service": 0.5}
    assert cost((10, 10), offers={"from": P2}, segments=segment) == near(150)


def test_service_counts_what_still_waits_as_not_built() -> None:
    """Waiting costs nothing, and losing 5, but all must be built: 100."""
    segment = {"shortage_cost_per_unit": 5, "delay_cost_per_unit": 0, "min_service": 1}
    assert cost(segments=segment) == near(100)


def test_what_waited_and_was_built_is_served() -> None:
    """All must be built, half of it a period late at 2: 20 · 10 + 20 = 220."""
    segment = {"delay_cost_per_unit": 2, "min_service": 1}
    assert cost((10, 10), offers={"from": P2}, segments=segment) == near(220)


def test_service_holds_in_every_future() -> None:
    """9 units in either, at 10 and at 100, 1 lost at 5: 0.5 · 95 + 0.5 · 905 = 500."""
    found = cost(
        segments={"shortage_cost_per_unit": 5, "min_service": 0.9},
        futures=TWO_FUTURES,
        events={"future": "b", "kind": "price", "value": 10},
    )
    assert found == near(500)


def test_service_is_of_the_futures_own_demand() -> None:
    """0.9 of 10 and of 20 units: 0.5 · (90 + 5) + 0.5 · (180 + 10) = 142.5."""
    found = cost(
        segments={"shortage_cost_per_unit": 5, "min_service": 0.9},
        futures=TWO_FUTURES,
        events={"future": "b", "kind": "demand", "value": 2},
    )
    assert found == near(142.5)


def test_service_that_cannot_be_given_is_infeasible() -> None:
    """4 of 10 units can be built, 5 must."""
    with pytest.raises(Infeasible):
        cost(offers={"max_kg_per_period": 4}, segments={"min_service": 0.5})

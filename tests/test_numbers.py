"""Figures small and large: what comes out is right, or the scenario is refused; it is never wrong.

Right is what the same scenario costs in ordinary figures, scaled, or what can be said in a formula.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planner.errors import InputError
from planner.pipeline import make_plan
from planner.scenario.fields import LARGEST, LARGEST_MASS
from planner.scenario.load import from_rows
from tests.generated import EXACT, Rows, cost, scenarios
from tests.retold import in_currency, in_mass, in_size
from tests.scenarios import RICH, near, plan, table, tables
from tests.scenarios import cost as planned

ORDERS = (1e-3, 1e-1, 1e2, 1e3)
"""Factors over six orders of magnitude."""


def rich() -> Rows:
    """The scenario that has a bit of everything, its settings as rows too."""
    found: dict[str, Any] = tables(**RICH)
    return found | {"settings": [{"name": name, "value": value} for name, value in found["settings"].items()]}


@functools.cache
def usual() -> float:
    """What it costs as it is."""
    return cost(rich())


def figure(rows: Rows) -> float:
    """The objective of a plan that has passed its audit."""
    return make_plan(from_rows(rows), EXACT).objective


# --- the same scenario scaled ------------------------------------------------------------------------


@pytest.mark.parametrize("factor", ORDERS)
def test_money_scaled(factor: float) -> None:
    assert figure(in_currency(rich(), factor)) / factor == near(usual())


@pytest.mark.parametrize("factor", ORDERS)
def test_mass_scaled(factor: float) -> None:
    assert figure(in_mass(rich(), factor)) == near(usual())


@pytest.mark.parametrize("factor", ORDERS)
def test_business_scaled(factor: float) -> None:
    """As many times the units, kilograms and fees cost as many times the money."""
    assert figure(in_size(rich(), factor)) / factor == near(usual())


@pytest.mark.parametrize("factors", [(1e-3, 1e3, 1e3), (1e3, 1e-3, 1e-3), (1e3, 1e3, 1e3), (1e-3, 1e-3, 1e-3)])
def test_all_scaled_at_once(factors: tuple[float, float, float]) -> None:
    money, mass, size = factors
    rows = in_size(in_mass(in_currency(rich(), money), mass), size)
    assert figure(rows) / (money * size) == near(usual())


@given(scenarios(), st.sampled_from(ORDERS), st.sampled_from(ORDERS))
def test_any_scenario_scaled(rows: Rows, money: float, size: float) -> None:
    before = cost(rows)
    assume(before < float("inf"))
    assert cost(in_size(in_currency(rows, money), size)) / (money * size) == near(before)


# --- figures that a formula gives --------------------------------------------------------------------

UNITS = (0, 0.001, 1, 250, 1e5, 1e7)
PRICES = (0.01, 3, 700, 1e6)


@pytest.mark.parametrize(("units", "price"), list(itertools.product(UNITS, PRICES)))
def test_demand_and_price(units: float, price: float) -> None:
    """A kg a unit: cheaper under an offer with a fee, worth it for what is saved; the rest of the demand is lost.

    Half of the units can be had under the fee, which is less than what that saves, and a quarter at twice the
    price; for the last quarter there is nothing, and each unit lost costs three times the price.
    """
    fee = min(units * price / 8, LARGEST)
    found = planned(
        (units,),
        offers=[
            {"price_per_kg": price, "signing_fee": fee, "max_kg_per_period": units / 2},
            {"offer": "expensive", "price_per_kg": 2 * price, "max_kg_per_period": units / 4},
        ],
        segments={"shortage_cost_per_unit": 3 * price},
    )
    assert found == pytest.approx(fee + units * price * (0.5 + 2 * 0.25 + 3 * 0.25), rel=1e-6)


def test_large_and_small_side_by_side() -> None:
    """10⁷ units of a magnet at 0.01 a kg, and one at 10⁶: neither disappears beside the other."""
    found = plan(
        {"bus": (1e7,), "radar": (1,)},
        materials=[{}, {"material": "N"}],
        offers=[
            {"price_per_kg": 0.01, "max_kg_per_period": 2e7, "signing_fee": 500},
            {"offer": "J", "material": "N", "price_per_kg": 1e6, "max_kg_per_period": 3, "signing_fee": 9e5},
        ],
        segments=[{"shortage_cost_per_unit": 1}, {"segment": "radar", "shortage_cost_per_unit": 3e6}],
        designs=[{}, {"design": "R", "segment": "radar"}],
        design_materials=[{}, {"design": "R", "material": "N"}],
    )
    assert found.objective == near(1e5 + 500 + 1e6 + 9e5)
    assert table(found, "shortage", "segment", "built", "lost") == [("bus", near(1e7), 0), ("radar", near(1), 0)]


CAPACITIES = (1e4, 1e7, LARGEST_MASS)
"""Of which 2 kg are used."""


@pytest.mark.parametrize("most", CAPACITIES)
@pytest.mark.parametrize(("lost", "expected"), [(1000, 50), (24, 48)])
def test_small_minimum_order_beside_a_large_capacity(most: float, lost: float, expected: float) -> None:
    """At least 5 kg at 10, though 2 are needed: 50, unless it is cheaper to lose the units."""
    offers = {"min_order_kg": 5, "max_kg_per_period": most}
    assert planned((2,), offers=offers, segments={"shortage_cost_per_unit": lost}) == near(expected)


@pytest.mark.parametrize("most", CAPACITIES)
@pytest.mark.parametrize(("lost", "expected"), [(500, 170), (50, 100)])
def test_fee_beside_a_large_capacity(most: float, lost: float, expected: float) -> None:
    """A fee of 150 and 2 kg at 10: 170, unless it is cheaper to lose the units. Nobody signs a little."""
    offers = {"signing_fee": 150, "max_kg_per_period": most}
    assert planned((2,), offers=offers, segments={"shortage_cost_per_unit": lost}) == near(expected)


@pytest.mark.parametrize("step", CAPACITIES)
def test_expansion_by_a_large_step(step: float) -> None:
    """One step at 150, and 2 kg at 10: 170."""
    expansions = {"step_kg_per_period": step, "cost_per_step": 150}
    assert planned((2,), offers={"max_kg_per_period": 0}, expansions=expansions) == near(170)


def test_capacity_too_large_to_show_a_signature_from_none() -> None:
    """A gram of 10⁹ kg: less than what the solver can show from nothing, and so no plan rather than a wrong one."""
    lost = {"shortage_cost_per_unit": 1e6}
    with pytest.raises(InputError) as raised:
        planned((1e-3,), offers={"signing_fee": 150, "max_kg_per_period": LARGEST_MASS}, segments=lost)
    assert [problem.kind for problem in raised.value.problems] == ["too_far_apart"]
    assert planned((1e-2,), offers={"min_order_kg": 5, "max_kg_per_period": LARGEST_MASS}, segments=lost) == near(50)


def test_fee_that_is_next_to_nothing_and_one_that_is_not_to_be_paid() -> None:
    """A fee of a thousandth beside 10⁷ at stake is paid; one of 10⁹ is not."""
    offers = {"max_kg_per_period": 1e6}
    assert planned((1e4,), offers=offers | {"signing_fee": 0.001}) == near(1e5 + 0.001)
    assert planned((1e4,), offers=offers | {"signing_fee": 1e9}) == near(1e7)


def test_nothing_asked_for_costs_nothing() -> None:
    assert planned((0, 0)) == 0


# --- refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", [LARGEST * 1.01, float("inf"), float("nan"), -1e-9, 1e300])
def test_figure_beyond_all_measure(figure: float) -> None:
    for change in (
        {"units": (figure,)},
        {"offers": {"price_per_kg": figure}},
        {"offers": {"max_kg_per_period": figure}},
        {"segments": {"shortage_cost_per_unit": figure}},
    ):
        with pytest.raises(InputError) as caught:
            planned(**change)
        assert len(caught.value.problems) == 1
        assert caught.value.problems[0].kind in ("too_large", "too_small", "not_finite")

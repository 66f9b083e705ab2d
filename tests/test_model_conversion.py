"""Rules of conversion, each pushed against in a scenario that is solved by hand.

Unless a test says otherwise 10 units are asked for, each takes 1 kg of M, and costs 1000 if not built; M is made
at plant C from 2 kg of ore at 2 a kg, for 3: 7 a kg.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios import P1, P2, PLANT, Y1, YEARLY, cost, near, plan, table


def plant(**changes: Any) -> dict[str, Any]:
    """The tables of the plant, with changes to the conversion."""
    return {**PLANT, "conversions": {"cost_per_kg": 3} | changes}


def test_conversion_takes_in_and_makes() -> None:
    """20 kg of ore at 2 + 10 kg made for 3 each: 70."""
    found = plan(**plant())
    assert found.objective == near(70)
    assert table(found, "orders", "material", "kg") == [("ore", 20)]
    assert table(found, "conversion", "conversion", "undertaking", "kg", "cost") == [("C", "", 10, 30)]
    assert found.tables["moves"].empty


def test_conversion_capacity() -> None:
    """4 · 7 + 6 · 1000 lost = 6028."""
    assert cost(**plant(max_kg_per_period=4)) == near(6028)


def test_capacity_times_its_factor() -> None:
    """0.4 · 10 = 4 kg: 4 · 7 + 6 · 1000 lost = 6028."""
    event = {"kind": "capacity", "scope": "conversion", "target": "C", "value": 0.4}
    assert cost(**plant(max_kg_per_period=10), events=event) == near(6028)


def test_capacity_is_over_all_pools() -> None:
    """5 kg of M could be made of free ore and 5 of bound ore, 6 are, for 3 each: 18 + 4 · 1000 lost = 4018."""
    stock = [{"material": "ore"}, {"material": "ore", "undertaking": "U"}]
    given = plant(max_kg_per_period=6) | {"offers": {"decision": "never"}}
    assert cost(**given, undertakings={}, stock=stock) == near(4018)


@pytest.mark.parametrize(
    ("window", "expected"), [({"from": P2}, 10_070), ({"until": P1}, 140), ({"from": P1, "until": P2}, 140)]
)
def test_conversion_runs_from_until(window: dict[str, str], expected: float) -> None:
    """from period 2: 10 · 1000 lost, then 10 · 7; until period 1: 20 · 7, and 10 kg stored."""
    found = plan((10, 10), **plant(**window))
    assert found.objective == near(expected)


def test_conversions_in_a_row_within_a_period() -> None:
    """1 kg of M from 1 of alloy, that from 1 of ore at 2: 10 · (2 + 3 + 4) = 90."""
    found = cost(
        materials=[{}, {"material": "ore", "class": "feedstock"}, {"material": "alloy", "class": "feedstock"}],
        offers={"material": "ore", "price_per_kg": 2},
        conversions=[{"cost_per_kg": 3}, {"conversion": "smelter", "material": "alloy", "cost_per_kg": 4}],
        conversion_inputs=[{"material": "alloy"}, {"conversion": "smelter"}],
    )
    assert found == near(90)


# --- expansions --------------------------------------------------------------------------------------


def expansion(**changes: Any) -> dict[str, Any]:
    """A step of 3 kg at 5 for plant C."""
    return {"scope": "conversion", "target": "C", "step_kg_per_period": 3} | changes


def test_expansion_adds_to_a_conversions_capacity() -> None:
    """Two steps at 5 make 4 kg 10: 10 + 10 · 7 = 80."""
    assert cost(**plant(max_kg_per_period=4), expansions=expansion(max_steps=2)) == near(80)


def test_expansion_from_nothing() -> None:
    """A step of 3 kg at 5: 5 + 3 · 7 + 7 · 1000 lost = 7026."""
    assert cost(**plant(max_kg_per_period=0), expansions=expansion()) == near(7026)


@pytest.mark.parametrize("when", [{"lead_periods": 1}, {"from": P2}], ids=["lead", "from"])
def test_expansion_comes_into_use_after_its_lead(when: dict[str, Any]) -> None:
    """Period 1: 4 · 7 + 6 · 1000 lost; period 2: 7 · 7 + 3 · 1000 lost; the step 5. Together 9082."""
    assert cost((10, 10), **plant(max_kg_per_period=4), expansions=expansion(**when)) == near(9082)


@pytest.mark.parametrize(("steps", "expected"), [(2, 114), (1, 2493.2)])
def test_steps_count_along_the_path(steps: int, expected: float) -> None:
    """At 25 % a year: 5 + 7 · 7 = 54 in period 1; in period 2 with the second step (5 + 10 · 7) · 0.8 = 60.

    That is 114, and without it 54 + (7 · 7 + 3 · 1000) · 0.8 = 2493.2.
    """
    found = cost(
        (7, 10),
        **plant(max_kg_per_period=4),
        settings=YEARLY | {"discount_rate": 0.25},
        expansions=expansion(max_steps=steps),
    )
    assert found == near(expected)


def test_expansion_is_decided_by_until() -> None:
    """The step for period 2 must be decided in 1: 4 · 7 + 5 + 7 · 7 · 0.8 = 72.2; in 2 it would cost 4."""
    found = cost(
        (4, 7),
        **plant(max_kg_per_period=4),
        settings=YEARLY | {"discount_rate": 0.25},
        expansions=expansion(until=Y1),
    )
    assert found == near(72.2)


def test_factor_acts_on_what_expansions_add_too() -> None:
    """0.5 · (4 + 2 · 3) = 5 kg: 2 · 5 + 5 · 7 + 5 · 1000 lost = 5045."""
    event = {"kind": "capacity", "scope": "conversion", "target": "C", "value": 0.5}
    assert cost(**plant(max_kg_per_period=4), expansions=expansion(max_steps=2), events=event) == near(5045)


def test_expansion_never() -> None:
    """4 · 7 + 6 · 1000 lost = 6028."""
    assert cost(**plant(max_kg_per_period=4), expansions=expansion(decision="never")) == near(6028)


# --- pools -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("barred", "expected"), [("India", 10_000), ("", 70)])
def test_what_is_made_is_bound_as_its_inputs_are(barred: str, expected: float) -> None:
    """M of ore bound by U is bound by U: barred 10 · 1000 lost, else 10 · 7."""
    offers = {"material": "ore", "price_per_kg": 2, "undertaking": "U"}
    assert cost(**plant() | {"offers": offers}, undertakings={"barred_markets": barred}) == near(expected)


MIXED: dict[str, Any] = {
    "materials": [{}, {"material": "ore", "class": "feedstock"}, {"material": "scrap", "class": "feedstock"}],
    "offers": [
        {"material": "ore", "price_per_kg": 2},
        {"offer": "O2", "material": "scrap", "price_per_kg": 3, "undertaking": "U"},
    ],
    "conversions": {},
    "conversion_inputs": [{}, {"material": "scrap"}],
}
"""1 kg of M is made from 1 of ore, free, and 1 of scrap, bound by U: 5 a kg."""


def test_free_input_is_moved_into_the_pool_of_the_other() -> None:
    """10 · (2 + 3) = 50; 10 kg of ore are moved into U."""
    found = plan(**MIXED, undertakings={})
    assert found.objective == near(50)
    assert table(found, "moves", "material", "undertaking", "kg") == [("ore", "U", 10)]
    assert table(found, "conversion", "undertaking", "kg") == [("U", 10)]


def test_nothing_is_moved_back() -> None:
    """U bars the segment: neither the scrap nor what is made of it becomes free, 10 · 1000 lost."""
    assert cost(**MIXED, undertakings={"barred_markets": "India"}) == near(10_000)


def test_two_undertakings_do_not_mix() -> None:
    """Ore bound by V and scrap bound by U can be moved into neither pool: 10 · 1000 lost."""
    offers = [MIXED["offers"][0] | {"undertaking": "V"}, MIXED["offers"][1]]
    assert cost(**MIXED | {"offers": offers}, undertakings=[{}, {"undertaking": "V"}]) == near(10_000)


def test_what_is_moved_is_gone_from_the_free_pool() -> None:
    """Of 10 kg free ore 4 go with the 4 kg of bound scrap, 6 with free scrap at 3: 6 · 3 = 18."""
    found = cost(
        **MIXED | {"offers": {"material": "scrap", "price_per_kg": 3}},
        undertakings={},
        stock=[{"material": "ore"}, {"material": "scrap", "undertaking": "U", "kg": 4}],
    )
    assert found == near(18)

"""The frontier over a cell, and other plans as good: against what is worked out by hand or by trying everything."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import planner
from planner.valuation.alternatives import Alternatives, alternatives
from planner.valuation.frontier import frontier
from tests.scenarios import TWO_SUPPLIERS, near, tiny

# --- frontier ----------------------------------------------------------------------------------------


def kinked() -> planner.Loaded:
    """10 kg, of which China sells up to 6 at 10 a kg and Japan the rest at 20; at most a share s from China.

    200 − 100 s up to s = 0.6, 140 from there on.
    """
    offers = [{"max_kg_per_period": 6}, {"offer": "J", "supplier": "T", "price_per_kg": 20, "signing_fee": 1}]
    return tiny(**TWO_SUPPLIERS | {"offers": offers, "limits": {"max_share": 1.0}, "segments": {"min_service": 0.5}})


def test_frontier_with_a_kink() -> None:
    shares = (0, 0.2, 0.4, 0.6, 0.8, 1.0)
    points = frontier(kinked(), "limits/X/max_share", shares, workers=1).points
    assert [point.objective for point in points] == [near(cost + 1) for cost in (200, 180, 160, 140, 140, 140)]
    assert [point.china_share for point in points] == [near(share) for share in (0, 0.2, 0.4, 0.6, 0.6, 0.6)]
    assert [point.bound for point in points] == [near(point.objective) for point in points]
    assert {point.service for point in points} == {1.0}


def test_frontier_says_where_decisions_change() -> None:
    """At 8 a kg more and a fee of 1 it pays to sign Japan; where a unit lost costs less than its magnet it does not."""
    found = frontier(kinked(), "segments/bus/shortage_cost_per_unit", (5, 15, 1000), workers=1)
    assert [point.decisions["sign"] for point in found.points if point.decisions] == [[], [], ["J"]]
    assert [point.changed for point in found.points] == [(), (), ("+ sign J",)]


def test_frontier_over_a_setting_and_past_what_can_be() -> None:
    loaded = kinked()
    points = frontier(loaded, "settings/risk_weight/value", (0, 0.5), workers=1).points
    assert [point.objective for point in points] == [near(141), near(141)]
    points = frontier(loaded, "offers/O/max_kg_per_period", (6, -1), workers=1).points
    assert points[1].objective is None
    assert points[1].note.startswith("wrong: ")
    points = frontier(loaded, "offers/J/max_kg_per_period", (0, 4), workers=1).points
    assert [point.objective for point in points] == [near(4060), near(141)]
    assert frontier(loaded, "segments/bus/min_service", (1.0,), workers=1).points[0].objective == near(141)


# --- alternatives ------------------------------------------------------------------------------------

FEES = {"A": 100, "B": 101, "C": 102}
"""Offers of as many suppliers, each of which sells all that is needed, 10 kg at 10 a kg, once it is signed."""


def three() -> planner.Loaded:
    return tiny(
        suppliers=[{"supplier": name, "country": name} for name in FEES],
        offers=[{"offer": name, "supplier": name, "signing_fee": fee} for name, fee in FEES.items()],
    )


def enumerated(most: float) -> set[frozenset[tuple[str, str]]]:
    """Every set of offers that can be signed and ordered from for at most so much."""
    sets = itertools.chain.from_iterable(itertools.combinations(FEES, count) for count in (1, 2, 3))
    affordable = [some for some in sets if 100 + sum(FEES[name] for name in some) <= most]
    return {frozenset((kind, name) for name in some for kind in ("sign", "order")) for some in affordable}


@pytest.mark.parametrize(("within", "count"), [(0.001, 1), (0.02, 3), (0.6, 6)])
def test_alternatives_by_enumeration(within: float, count: int) -> None:
    """From 200 for A alone to 202 for C alone; two of them cost 301 to 303, all three 403."""
    found = alternatives(three(), within, workers=1)
    assert {plan.choice for plan in found.plans} == enumerated(200 * (1 + within))
    assert (len(found.plans), found.exhausted) == (count, True)
    for plan in found.plans:
        signed = plan.decisions["sign"]
        assert plan.objective == near(100 + sum(FEES[name] for name in signed))
        assert plan.objective <= (1 + within) * plan.bound * (1 + 1e-9)
        assert plan.choice == {(kind, name) for name in signed for kind in ("sign", "order")}


def test_the_next_alternative_differs_most() -> None:
    """From A alone all of the other two: six decisions. Then whatever is left differs from one of both in four."""
    found = alternatives(three(), 0.6, most=3, workers=1)
    first, second, third = (plan.choice for plan in found.plans)
    assert first == {("sign", "A"), ("order", "A")}
    assert second == {("sign", "B"), ("order", "B"), ("sign", "C"), ("order", "C")}
    assert min(len(third ^ first), len(third ^ second)) == 2
    assert not found.exhausted


def test_must_could_never() -> None:
    """One licence that all need, an offer that only some sign, and one that none can afford."""
    offers: list[dict[str, Any]] = [
        {"offer": name, "supplier": name, "signing_fee": fee, "licence": "L"} for name, fee in FEES.items()
    ]
    offers[2]["signing_fee"] = 500
    given: dict[str, Any] = {"suppliers": [{"supplier": name, "country": name} for name in FEES], "offers": offers}
    found = alternatives(tiny(licences={}, **given), 0.02, workers=1)
    assert {name: found.verdict(name) for name in found.names} == {
        ("apply", "L"): "must",
        ("sign", "A"): "could",
        ("sign", "B"): "could",
        ("sign", "C"): "never",
        ("order", "A"): "could",
        ("order", "B"): "could",
        ("order", "C"): "never",
    }
    document: Any = found.document
    assert [row["in"] for row in document["decisions"] if row["kind"] == "apply"] == [len(document["plans"])]


def test_alternatives_of_a_scenario_without_choice() -> None:
    found: Alternatives = planner.alternatives(tiny(), workers=1)
    assert [plan.objective for plan in found.plans] == [near(100)]
    assert found.exhausted

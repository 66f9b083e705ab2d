"""What the national scenario says of its first year, taken back to FY25, against what was counted.

FY25 is April 2024 to March 2025; its middle is 1 October 2024, that of the first year 1 April 2026. The page
docs/scenarios/india-magnets.md gives the same figures.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from planner.reading import load
from planner.scenario.scenario import Scenario
from tests.test_prices import table

PAGE = Path(__file__).parents[1] / "docs" / "scenarios" / "india-magnets.md"

DIRECT_T = 2850 / 0.87
"""China's customs count 2,850 t to India in 2024, 85 to 90 % of all."""

AUTOS_T, REQUIREMENT_T = (800, 900), 4010
"""The autos' own count, and the requirement of a year."""

DOLLARS_PER_KG = 110.68e6 / 2850e3
"""Metal magnets from China in FY25 over the tonnes of 2024."""

WITHIN = 0.05

GROWTH = {
    "e-2W": 1.125 * 1.17**0.5,
    "e-3W": 199_610 / 159_235,
    "e-car": 176_817 * 1.35**0.75 / 111_000,
    "e-bus, e-truck": 1.54 * 1.3**0.75,
    "ICE car": 1.04**1.5,
    "wind": 1.458 * 1.12**0.5,
    "electronics": 1.08**1.5,
    "parts for the US": 1.04**1.5,
    "civil aerospace": 1.08**1.5,
    "defence": 1.08**1.5,
}
"""Growth of each line from FY25 to the scenario's first year; of L5 e-3W as registered and foreseen."""

AUTOS = ("e-2W", "e-3W", "e-car", "e-bus, e-truck", "ICE car")


@cache
def scenario(strategy: str | None = None) -> Scenario:
    return load("india-magnets", strategy).scenario


def factor(segment: str, strategy: str | None = None) -> float:
    """All factors on a line's demand that hold in every future from the start."""
    found = 1.0
    for row in scenario(strategy).events:
        if row.kind == "demand" and row.future == "*" and row.target in (None, "", segment):
            found *= row.value
    return found


def tonnes(strategy: str | None = None) -> dict[str, tuple[str, float]]:
    """The material of each line's design of FY25, and the tonnes that its first year held, taken back to FY25."""
    design = {row.segment: row.design for row in reversed(scenario().designs) if row.qualified == "yes"}
    magnets = {row.design: (row.material, row.kg_per_unit) for row in scenario().design_materials}
    found = {}
    for segment, name in design.items():
        material, kg = magnets[name]
        asked = sum(scenario().units[segment][t] for t in range(1, 5))
        found[segment] = (material, asked * factor(segment, strategy) / GROWTH[segment] * kg / 1000)
    return found


def total(strategy: str | None = None) -> float:
    return sum(t for _, t in tonnes(strategy).values())


def dollars_per_kg() -> float:
    prices = table()["2025-04"]
    grade = {"NdFeB-heavy": "China heavy", "NdFeB-light": "China light", "SmCo": "China samarium"}
    paid = sum(t * prices[grade[material]] / prices["yuan a dollar"] for material, t in tonnes().values())
    return paid / total()


def test_direct_imports_of_fy25() -> None:
    assert total() == pytest.approx(DIRECT_T, rel=WITHIN)


def test_the_autos_own_count_is_that_of_their_lines() -> None:
    low, high = AUTOS_T
    assert low <= sum(t for segment, (_, t) in tonnes().items() if segment in AUTOS) <= high * (1 + WITHIN)


def test_the_high_scale_is_the_requirement() -> None:
    assert total("high-scale") == pytest.approx(REQUIREMENT_T, rel=WITHIN)


def test_the_low_scale_leaves_the_autos() -> None:
    assert total("low-scale") < 0.4 * total()


def test_the_mean_price_is_that_of_customs() -> None:
    assert dollars_per_kg() == pytest.approx(DOLLARS_PER_KG, rel=WITHIN)


def test_demand_doubles_by_fy30() -> None:
    """ "Magnet demand doubles 2025 to 2030": with today's designs."""
    design = {row.segment: row.design for row in reversed(scenario().designs) if row.qualified == "yes"}
    kg = {row.design: row.kg_per_unit for row in scenario().design_materials}
    last = sum(sum(scenario().units[s][t] for t in range(15, 19)) * factor(s) * kg[d] for s, d in design.items()) / 1000
    assert 1.6 <= last / total() <= 2.2


def test_the_page_gives_these_figures() -> None:
    page = re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))
    assert f"**{total():,.0f} t**" in page
    assert f"**${dollars_per_kg():.1f}**" in page
    for strategy in ("low-scale", "high-scale"):
        assert f"{total(strategy):,.0f} t" in page

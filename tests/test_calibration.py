"""What the national scenario says of its first year, taken back to FY25, against what India's customs counted.

FY25 is April 2024 to March 2025; its middle is 1 October 2024. The page docs/scenarios/india-magnets.md tells the same.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from planner.reading import load
from planner.scenario.scenario import Scenario

IMPORTED_T, IMPORTED_CRORE = 870.0, 306.0
WITHIN = 0.05

GROWTH = {
    "e-2W": (0.125, 0.17),
    "e-3W": (0.12, 0.12),
    "e-car": (0.35, 0.35),
    "e-bus, e-truck": (0.30, 0.30),
    "ICE car": (0.04, 0.04),
    "wind": (0.458, 0.12),
    "electronics": (0.08, 0.08),
    "parts for the US": (0.04, 0.04),
    "civil aerospace": (0.08, 0.08),
    "defence": (0.08, 0.08),
}
"""Growth a year of each line from the middle of FY25 to that of FY26, and from there to that of FY27."""

FIRST_YEAR = ("2025-10", "2026-01", "2026-04", "2026-07")
NDPR_FY25, NDPR_NOW = 418.0, 675.0
"""Oxide of neodymium and praseodymium in China, thousand CNY/t: May 2025, and the mean of October 2025 to March 2026."""

OXIDE_PER_MAGNET = 1 / 3
CHINA = 0.93
"""China's share of India's imports of permanent magnets in FY25."""

PREMIUM = 0.175
"""Of magnets from elsewhere, before controls made them dearer still: 15-20 %."""

SEA_FREIGHT, RUPEES, YUAN = 0.08, 85.0, 7.2
"""$/kg, ₹/$ and CNY/$: customs count the value with freight, before duty."""


@cache
def scenario() -> Scenario:
    return load("india-magnets").scenario


def growth(segment: str, quarter: int) -> float:
    """From the middle of FY25 to the middle of a quarter, counted from October 2025 on."""
    first, then = GROWTH[segment]
    years = 1.125 + quarter / 4
    return float((1 + first) ** min(years, 1.0) * (1 + then) ** max(years - 1.0, 0.0))


def calibration() -> float:
    """The one factor from what India builds to what it builds with magnets imported as such."""
    (event,) = [row for row in scenario().events if row.kind == "demand" and row.scope == "all"]
    assert event.future == "*"
    return event.value


def tonnes() -> dict[str, float]:
    """What each line's first year, taken back to FY25, held of each material."""
    design = {row.segment: row.design for row in reversed(scenario().designs) if row.qualified == "yes"}
    magnets = {row.design: (row.material, row.kg_per_unit) for row in scenario().design_materials}
    found: dict[str, float] = dict.fromkeys(("NdFeB-heavy", "NdFeB-light", "SmCo"), 0.0)
    for row in scenario().segments:
        material, kg = magnets[design[row.segment]]
        asked = [scenario().units[row.segment][t] for t in range(1, 1 + len(FIRST_YEAR))]
        back = sum(units / growth(row.segment, quarter) for quarter, units in enumerate(asked))
        found[material] += back * calibration() * kg / 1000
    return found


def price(offer: str, oxide: float) -> float:
    """$/kg in China in FY25, with freight by sea: today's less what its oxide has risen by since."""
    row = scenario().offer[offer]
    assert row.currency == "CNY"
    return (row.price_per_kg - oxide * (NDPR_NOW - NDPR_FY25)) / YUAN + SEA_FREIGHT


def crore() -> float:
    """Customs value of the imports of FY25."""
    chinese = {
        "NdFeB-heavy": price("CN heavy certificate", OXIDE_PER_MAGNET),
        "NdFeB-light": price("CN light spot", OXIDE_PER_MAGNET),
        "SmCo": price("CN SmCo certificate", 0.0),
    }
    mix = CHINA + (1 - CHINA) * (1 + PREMIUM)
    return sum(1000 * t * chinese[material] * mix * RUPEES for material, t in tonnes().items()) / 1e7


def test_first_year_begins_where_the_scenario_does() -> None:
    calendar = scenario().calendar
    assert [calendar.month(t) for t in range(1, 5)] == list(FIRST_YEAR)


def test_tonnes_of_fy25() -> None:
    assert sum(tonnes().values()) == pytest.approx(IMPORTED_T, rel=WITHIN)


def test_value_of_fy25() -> None:
    assert crore() == pytest.approx(IMPORTED_CRORE, rel=WITHIN)


def test_without_the_factor_twice_as_much_is_counted() -> None:
    """What India builds holds more than customs see as magnets: the rest arrives inside motors."""
    assert sum(tonnes().values()) / calibration() > 1.8 * IMPORTED_T


def test_the_page_tells_these_figures() -> None:
    page = (Path(__file__).parents[1] / "docs" / "scenarios" / "india-magnets.md").read_text(encoding="utf-8")
    assert f"**{sum(tonnes().values()):.0f} t**, of 870 t" in page
    assert f"**₹{crore():.0f} crore**, of ₹306 crore" in page
    assert f"× {calibration()} |" in page

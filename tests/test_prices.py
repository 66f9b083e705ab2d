"""One price table for all bundled scenarios: docs/scenarios/prices.md, read as it stands, against every offer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from planner.reading import load
from planner.scenario.bundled import bundled
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Offer

PAGE = Path(__file__).parents[1] / "docs" / "scenarios" / "prices.md"

DATE = {"backcast-2025": "2025-04", "peacetime": "2025-04", "india-2026-10": "2026-10"}
"""The column of the table that a scenario stands in; the others stand in October 2025."""

GRADE = {
    "NdFeB-heavy": "heavy", "NdFeB-SH": "heavy", "NdFeB-HRE": "heavy", "NdFeB-GBD": "heavy", "NdFeB-UH": "UH",
    "NdFeB-light": "light", "SmCo": "samarium", "Ferrite": "ferrite", "NdPr-oxide": "NdPr oxide",
    "Dy-oxide": "Dy and Tb oxide", "DyTb-oxide": "Dy and Tb oxide",
}  # fmt: skip

CONTRACT = {"light contract": 0.96, "light frame": 0.95, "offtake": 0.95, "heavy offtake": 0.95, "reserved": 0.95}
"""What a contract costs of the price; Japan's blocks, cut for a turbine by the lot, are the one exception."""

CUT_BLOCKS = {("wind-maker", "JP HRE spot"): 1.1, ("wind-maker", "JP HRE reserved"): 1.0}
ELSEWHERE = {"CIT SENAI", "EU samarium works", "EU SmCo works", "free HRE works", "Serra Verde", "CN motor works"}
"""Who sells at a price that is assumed in the scenario alone."""

NAMES = [one.name for one in bundled()]


@cache
def table() -> dict[str, dict[str, float]]:
    """By date the price of each item."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.read_text(encoding="utf-8").splitlines() if " | " in line]
    (head,) = (cells for cells in lines if cells[0] == "item")
    dates = head[2:5]
    body = lines[lines.index(head) + 1 :]
    rows = {cells[0]: cells[2:5] for cells in body if len(cells) == len(head)}
    return {
        date: {item: float(cells[place]) for item, cells in rows.items() if cells[place] not in {"–", "---"}}
        for place, date in enumerate(dates)
    }


def asked(scenario: Scenario) -> Iterator[tuple[Offer, str]]:
    country = {row.supplier: row.country for row in scenario.suppliers}
    for row in scenario.offers:
        if row.supplier not in ELSEWHERE:
            yield row, f"{country[row.supplier]} {GRADE[row.material]}"


def share(name: str, offer: str) -> float:
    contract = next((share for end, share in CONTRACT.items() if offer.endswith(end)), 1.0)
    return CUT_BLOCKS.get((name, offer), contract)


@pytest.mark.parametrize("name", NAMES)
def test_every_offer_has_the_price_of_the_table(name: str) -> None:
    prices = table()[DATE.get(name, "2025-10")]
    scenario = load(name).scenario
    said = {row.offer: row.price_per_kg for row, _ in asked(scenario)}
    expected = {row.offer: prices[item] * share(name, row.offer) for row, item in asked(scenario)}
    assert said == pytest.approx(expected, rel=2e-3)
    assert said


@pytest.mark.parametrize("name", NAMES)
def test_currencies_are_those_of_the_table(name: str) -> None:
    prices = table()[DATE.get(name, "2025-10")]
    rates = {row.currency: row.rate for row in load(name).scenario.currencies}
    dollar, yuan = prices["rupees a dollar"], prices["yuan a dollar"]
    assert rates == pytest.approx({"USD": dollar, "CNY": dollar / yuan}, rel=1e-3)


def test_a_finished_magnet_is_its_blank_and_the_rise_of_the_oxide() -> None:
    for date, prices in table().items():
        oxide = (prices["NdPr oxide, China"] - 413) / 3
        assert prices["China heavy"] == pytest.approx(1.35 * 245 + oxide, abs=0.1), date
        assert prices["China light"] == pytest.approx(1.35 * 190 + oxide, abs=0.1), date

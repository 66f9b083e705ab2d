"""What is based on the national scenario: a freeze, the guarantee given, and futures left to be sampled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner.excel.workbook import write_workbook
from planner.futures.tree import Tree, grow
from planner.reading import load, read
from planner.scenario.overlay import strategies

CERTIFICATE, GUARANTEE = "CN certificate", "CN guarantee"
STRATEGIES = [
    "least-cost", "balanced", "risk-averse", "as-today", "no-china", "diversify", "substitutes-first",
    "no-substitutes", "stockpile", "domestic-first", "with-guarantee", "without-guarantee",
]  # fmt: skip


def tree(name: str) -> Tree:
    return grow(load(name).scenario)


def cleared(found: Tree, licence: str, future: str, month: str) -> float:
    period = load("india-magnets").scenario.calendar.period(month)
    return float(found.clearance[licence][found.node_of[found.futures.index(future), period]])


@pytest.mark.parametrize("name", ["india-magnets", "china-freeze", "guarantee-signed", "climate-india"])
def test_twelve_strategies_each_with_its_meaning(name: str) -> None:
    raw, _ = read(name)
    assert strategies(raw) == STRATEGIES
    assert all(row.cells["note"] for row in raw.tables["strategies"].data_rows())


def test_all_futures_share_their_first_half_year() -> None:
    found = tree("india-magnets")
    assert [len(found.at[period]) for period in (1, 2, 3, 5)] == [1, 1, 3, 5]


@pytest.mark.parametrize("future", ["freeze", "trickle", "as in Europe", "general licence", "snap-back"])
def test_the_guarantee_clears_more_than_the_certificate(future: str) -> None:
    found = tree("india-magnets")
    for month in ("2026-04", "2026-10", "2028-04", "2030-01"):
        assert cleared(found, GUARANTEE, future, month) > cleared(found, CERTIFICATE, future, month)


def test_snap_back_comes_with_the_end_of_the_suspension() -> None:
    found = tree("india-magnets")
    assert cleared(found, GUARANTEE, "snap-back", "2026-07") == 0.6
    assert cleared(found, GUARANTEE, "snap-back", "2026-10") == 0.12


def test_china_freezes_for_two_years_in_every_course() -> None:
    found = tree("china-freeze")
    for future in found.futures:
        assert cleared(found, GUARANTEE, future, "2026-04") == cleared(found, GUARANTEE, future, "2028-01") == 0.05
    assert cleared(found, GUARANTEE, "general licence", "2028-04") == 0.9


def test_a_guarantee_given_is_kept_in_every_course() -> None:
    found, as_it_is = tree("guarantee-signed"), tree("india-magnets")
    assert load("guarantee-signed").scenario.licence[GUARANTEE].decision == "must"
    for future in found.futures:
        assert cleared(found, GUARANTEE, future, "2027-01") >= cleared(as_it_is, GUARANTEE, future, "2027-01")
        assert cleared(found, CERTIFICATE, future, "2027-01") == cleared(as_it_is, CERTIFICATE, future, "2027-01")
    assert cleared(found, GUARANTEE, "snap-back", "2027-01") == 0.6


def test_futures_of_a_climate_are_made() -> None:
    found = tree("climate-india")
    assert len(found.futures) == 12
    assert found.probability.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("strategy", [None, "domestic-first"])
def test_as_a_workbook_it_is_the_same_scenario(tmp_path: Path, strategy: str | None) -> None:
    """But for the table strategies, whose values are numbers there and text in a folder."""
    raw, _ = read("guarantee-signed")
    book = tmp_path / "guarantee-signed.xlsx"
    write_workbook(raw, book)
    here, there = (load(source, strategy).scenario for source in ("guarantee-signed", book))
    assert there.model_copy(update={"strategies": ()}) == here.model_copy(update={"strategies": ()})


@pytest.mark.parametrize("name", ["india-magnets", "china-freeze", "guarantee-signed", "climate-india"])
def test_links_of_the_pages_lead_somewhere(name: str) -> None:
    page = Path(__file__).parents[1] / "docs" / "scenarios" / f"{name}.md"
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []

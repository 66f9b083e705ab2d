"""What is based on the national scenario: a freeze, the guarantee given, and futures left to be sampled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner.excel.workbook import write_workbook
from planner.futures.tree import Tree, grow
from planner.reading import load, read
from planner.scenario.overlay import strategies

PAGES = Path(__file__).parents[1] / "docs" / "scenarios"
CERTIFICATE, GUARANTEE = "CN certificate", "CN guarantee"
STRATEGIES = [
    "least-cost", "balanced", "risk-averse", "as-today", "no-china", "diversify", "substitutes-first",
    "no-substitutes", "stockpile", "domestic-first", "with-guarantee", "without-guarantee", "low-scale", "high-scale",
    "exports-halted", "relief-prolonged",
]  # fmt: skip


def tree(name: str) -> Tree:
    return grow(load(name).scenario)


def cleared(found: Tree, licence: str, future: str, month: str) -> float:
    period = load("india-magnets").scenario.calendar.period(month)
    return float(found.clearance[licence][found.node_of[found.futures.index(future), period]])


@pytest.mark.parametrize(
    "name", ["india-magnets", "china-freeze", "guarantee-signed", "climate-india", "india-2026-10"]
)
def test_strategies_each_with_its_meaning(name: str) -> None:
    raw, _ = read(name)
    assert strategies(raw) == STRATEGIES
    assert all(row.cells["note"] for row in raw.tables["strategies"].data_rows())


def test_japan_closes_in_january_2026_where_it_closes_first() -> None:
    """Two climates: China and Japan part from China and India."""
    found = tree("india-magnets")
    assert [len(found.at[period]) for period in (1, 2, 3)] == [1, 2, 7]
    assert cleared(found, CERTIFICATE, "Japan shock", "2026-04") == cleared(found, CERTIFICATE, "trickle", "2026-04")


@pytest.mark.parametrize("month", ["2026-04", "2026-10", "2028-04", "2030-01"])
def test_the_guarantee_releases_what_the_certificate_does(month: str) -> None:
    """No Indian file is known to have gone in without the state's assurance: nothing shows that it releases more."""
    found = tree("india-magnets")
    for future in found.futures:
        assert cleared(found, GUARANTEE, future, month) == cleared(found, CERTIFICATE, future, month)


def test_snap_back_comes_with_the_end_of_the_suspension() -> None:
    found = tree("india-magnets")
    assert cleared(found, CERTIFICATE, "snap-back", "2026-07") == 0.257
    assert cleared(found, CERTIFICATE, "snap-back", "2026-10") == 0


def test_china_freezes_for_two_years_in_every_future() -> None:
    found = tree("china-freeze")
    for future in found.futures:
        assert cleared(found, GUARANTEE, future, "2026-04") == cleared(found, CERTIFICATE, future, "2028-01") == 0
    assert cleared(found, CERTIFICATE, "general licence", "2028-04") == 0.9


def test_a_guarantee_given_is_kept_in_every_future() -> None:
    found, as_it_is = tree("guarantee-signed"), tree("india-magnets")
    assert load("guarantee-signed").scenario.licence[GUARANTEE].decision == "must"
    for future in found.futures:
        assert cleared(found, GUARANTEE, future, "2026-07") > cleared(as_it_is, GUARANTEE, future, "2026-07")
        assert cleared(found, CERTIFICATE, future, "2027-01") == cleared(as_it_is, CERTIFICATE, future, "2027-01")
    assert cleared(found, GUARANTEE, "snap-back", "2027-01") == 0.639


def test_november_and_january_are_two_futures_as_of_october_2026() -> None:
    found = tree("india-2026-10")
    period = load("india-2026-10").scenario.calendar.period
    node = {future: found.node_of[place] for place, future in enumerate(found.futures)}
    early, late, on = (node[name] for name in ("lapse in November", "lapse in January", "truce goes on"))
    assert early[period("2026-10")] == late[period("2026-10")]
    assert early[period("2026-11")] != late[period("2026-11")] == on[period("2026-11")]
    assert late[period("2027-01")] != on[period("2027-01")]


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


@pytest.mark.parametrize("name", sorted(page.stem for page in PAGES.glob("*.md")))
def test_links_of_the_pages_lead_somewhere(name: str) -> None:
    page = PAGES / f"{name}.md"
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []

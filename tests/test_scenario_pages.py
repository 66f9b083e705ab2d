"""The pages of the bundled scenarios: what their tables of strategies say is what the planner answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import planner

PAGES = Path(__file__).parents[1] / "docs" / "scenarios"
CRORE = 1e7
GAP = 1e-3
NEAR = 0.02
"""Plans within the gap weigh expected cost and CVaR differently: how far apart either may lie."""
QUICK = {("radar-and-audio", "as-today"), ("wind-maker", "as-today")}
"""What is solved in a second or two."""


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def rows(page: Path) -> Iterator[tuple[str, str | None, float, float]]:
    """Scenario, strategy, expected cost and CVaR in crore, of each line of a page's table of strategies."""
    places: tuple[int, int] | None = None
    for line in page.read_text(encoding="utf-8").splitlines():
        found = cells(line)
        if not line.startswith("|"):
            places = None
        elif found[0] == "strategy" and "CVaR" in found:
            expected = next(place for place, name in enumerate(found) if name.startswith("expected cost"))
            places = expected, found.index("CVaR")
        elif places and not found[0].startswith("-"):
            strategy = None if found[0] == "(none)" else found[0]
            expected_cost, cvar = (float(found[place].replace(",", "")) for place in places)
            yield page.stem, strategy, expected_cost, cvar


LINES = [line for page in sorted(PAGES.glob("*.md")) for line in rows(page)]


def test_pages_have_tables_of_strategies() -> None:
    assert {name for name, *_ in LINES} >= {
        "india-magnets",
        "india-2026-10",
        "e3w-maker",
        "radar-and-audio",
        "wind-maker",
    }


@pytest.mark.parametrize(
    ("name", "strategy", "expected_cost", "cvar"),
    [pytest.param(*line, marks=() if line[:2] in QUICK else pytest.mark.slow) for line in LINES],
)
def test_a_line_is_what_the_scenario_gives(name: str, strategy: str | None, expected_cost: float, cvar: float) -> None:
    plan = planner.solve(planner.load(name, strategy), planner.Options(gap=GAP))
    assert plan.expected_cost / CRORE == pytest.approx(expected_cost, rel=NEAR, abs=0.1)
    assert plan.cvar / CRORE == pytest.approx(cvar, rel=NEAR, abs=0.1)

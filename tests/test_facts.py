"""The page of seed facts: every cell that it names is in the scenario that it names, and holds something."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from planner.reading import read
from planner.scenario.keys import Keys, calendar_of
from planner.scenario.load import bundled_folders
from planner.scenario.parse import parse_settings
from planner.scenario.raw import RawScenario
from planner.sources.count import headline
from planner.sources.figures import figures

PAGE = Path(__file__).parents[1] / "docs" / "scenarios" / "facts.md"
CELL = re.compile(r"`([a-z0-9-]+): (\w+)/([^`]+)/([\w-]+)`")
ROWS = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
FREE = "(free)"
"""How the page writes the blank undertaking of stock that is free of any."""


@cache
def scenario(name: str) -> tuple[RawScenario, Keys]:
    raw, _ = read(name)
    return raw, Keys(calendar_of(parse_settings(raw)[0]))


@pytest.mark.parametrize("cell", sorted({match.groups() for match in CELL.finditer("\n".join(ROWS))}))
def test_the_cell_of_a_fact_is_there(cell: tuple[str, str, str, str]) -> None:
    name, table, key, field = cell
    raw, keys = scenario(name)
    wanted = tuple("" if part == FREE else part.casefold() for part in key.split("/"))
    rows = {tuple(map(str.casefold, map(str, keys.of(table, row.cells)))): row for row in raw.tables[table].data_rows()}
    assert field in rows[wanted].cells


def test_every_fact_says_where_it_stands() -> None:
    for line in ROWS:
        *_, where = (part.strip() for part in line.strip("| ").split(" | "))
        assert where == "stands in" or CELL.search(where) or where.startswith(("not ", "check", "price check")), line


@pytest.mark.parametrize("name", bundled_folders())
def test_a_scenarios_page_counts_its_figures(name: str) -> None:
    counts = headline(name, figures(name)).removeprefix(f"{name}: ")
    assert f"`planner sources {name}` counts {counts}" in (PAGE.parent / f"{name}.md").read_text(encoding="utf-8")

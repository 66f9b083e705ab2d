"""The bundled scenarios: no problem in any of them, only doubts that are meant, and what the first one decides.

That every figure is owned up to is tested with the count of sources, that strategies do what their names say with them.
"""

from __future__ import annotations

import pytest

import planner
from planner.reading import check
from planner.scenario.bundled import bundled

NAMES = [scenario.name for scenario in bundled()]

MEANT = {
    "peacetime": ("a factor of 1: the row changes nothing",),
    "backcast-2025": ("longer than the horizon leaves",),
    "india-2026-10": ("longer than the horizon leaves",),
}
"""Doubts that are meant: events that peace takes back, and redesigns of the shared table that come too late there."""


@pytest.mark.parametrize("name", NAMES)
def test_no_problem_and_no_doubt_that_is_not_meant(name: str) -> None:
    problems, warnings = check(name)
    assert problems == []
    assert [str(said) for said in warnings if not any(text in str(said) for text in MEANT.get(name, ()))] == []


def test_base_signs_and_begins() -> None:
    """No licence is applied for: under Announcement 18 each order is an application of its own."""
    found = planner.solve(planner.load("e3w-maker"), planner.Options(gap=0.05, time_limit=120))
    assert found.decisions.apply == ()
    assert {"CN SH certificate", "CN light spot"} <= set(found.decisions.sign)
    assert len(found.tables["build"])

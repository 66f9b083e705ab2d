"""The bundled scenarios: no problem and no doubt in any of them, and what the first one decides.

That every figure is owned up to is tested with the count of sources, that strategies do what their names say with them.
"""

from __future__ import annotations

import pytest

import planner
from planner.reading import check
from planner.scenario.bundled import bundled

NAMES = [scenario.name for scenario in bundled()]


@pytest.mark.parametrize("name", NAMES)
def test_no_problem_and_no_warning(name: str) -> None:
    assert check(name) == ([], [])


def test_base_applies_signs_and_qualifies() -> None:
    found = planner.solve(planner.load("e3w-maker"), planner.Options(gap=0.02, time_limit=120))
    assert found.decisions.apply
    assert any("JP" in offer or "Midwest" in offer for offer in found.decisions.sign)
    assert len(found.tables["qualification"])
    assert (found.tables["futures"]["first_shortage"] != "").all()

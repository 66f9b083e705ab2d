"""Everything released, at the prices of spring 2025: the plan builds what was built then, with the same designs."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

import planner
from planner.plan.plan import Plan
from planner.plan.tables import by_future
from planner.reading import load

TODAY = {
    "e-2W": "e-2W heavy", "e-3W": "e-3W heavy", "e-car": "e-car heavy", "e-bus, e-truck": "e-bus heavy",
    "ICE car": "ICE car heavy", "wind": "wind heavy", "electronics": "electronics light",
    "parts for the US": "US part heavy", "civil aerospace": "aerospace samarium", "defence": "defence samarium",
}  # fmt: skip
"""What each line built in FY25."""


@cache
def found() -> Plan:
    return planner.solve(load("peacetime"), planner.Options(gap=1e-4, time_limit=120))


def test_designs_are_those_of_the_crisis() -> None:
    here, there = load("peacetime").scenario, load("india-magnets").scenario
    assert here.designs == there.designs
    assert here.design_materials == there.design_materials


@pytest.mark.parametrize(("segment", "design"), TODAY.items())
def test_each_line_builds_what_it_built_in_peacetime(segment: str, design: str) -> None:
    """All but some thousandths, although the redesigns of the crisis are paid for and may be built."""
    units = by_future(found().tables, "build").query("segment == @segment").groupby("design")["units"].sum()
    assert units[design] >= 0.99 * units.sum()


def test_nothing_is_lost_but_where_china_is_barred() -> None:
    shortage = found().tables["shortage"]
    hit = shortage[(shortage["lost"] > 1e-3) | (shortage["late"] > 1e-3)]
    assert set(hit["segment"]) <= {"defence"}


def test_chinese_magnets_are_barred_from_defence_in_peace_as_well() -> None:
    used: pd.DataFrame = found().tables["magnets"]
    assert set(used.loc[used["segment"] == "defence", "undertaking"]) == {""}

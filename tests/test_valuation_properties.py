"""What holds of every valuation: over generated scenarios, by separate solves, and against the shared cases."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings

from planner.errors import Infeasible
from planner.reading import load
from planner.scenario.load import from_rows
from planner.valuation.decisions import Opposite
from planner.valuation.interval import Interval
from planner.valuation.worth import Worth, worth
from tests.generated import Rows, cost, scenarios
from tests.shared_cases import CASES

VALUES: dict[str, dict[str, Any]] = json.loads((CASES / "values.json").read_text(encoding="utf-8"))
"""By case: RP, EVPI, notice by licence and periods, the worths of licences and undertakings; null without such a plan."""

SAMPLE = ("tiny-104", "tiny-131", "tiny-160")
"""Cases of the normal run; the others are slow."""


def _valued(rows: Rows, *parts: str) -> Worth:
    try:
        return worth(from_rows(rows), parts, workers=1)
    except Infeasible:
        assume(False)
        raise


@settings(max_examples=6)
@given(scenarios(least_futures=2, tiny=True))
def test_information_is_worth_something_and_never_more_than_all_of_it(rows: Rows) -> None:
    """WS ≤ RP ≤ EEV; 0 ≤ notice, growing with the periods, at most EVPI."""
    found = _valued(rows, "information")
    near = 1e-6 * max(abs(found.rp.objective), 1.0)
    assert found.evpi is not None
    assert found.evpi.value is not None
    assert found.evpi.value >= 0
    average = found.average
    assert average is not None
    if average.vss is not None and average.vss.value is not None:
        assert average.vss.value >= 0
    for licence in {row.licence for row in found.notices}:
        worths = [row.worth.value or 0.0 for row in found.notices if row.licence == licence and row.worth]
        assert worths == sorted(worths)
        assert not worths or 0 <= worths[-1] <= found.evpi.value + near


@settings(max_examples=6)
@given(scenarios(tiny=True))
def test_options_and_opposites_are_those_of_changed_scenarios(rows: Rows) -> None:
    """Each option is the optimum of the scenario with the licence's cell at never, less its own; none is below 0."""
    found = _valued(rows, "licences", "decisions")
    near = 1e-6 * max(abs(found.rp.objective), 1.0)
    for place, row in enumerate(found.licences):
        if row.option is None or row.option.value is None:
            continue
        licences = [dict(one) for one in rows["licences"]]
        licences[place]["decision"] = "never"
        without = cost(rows | {"licences": licences})
        assert row.option.value >= 0
        assert row.option.value == pytest.approx(without - found.rp.objective, abs=2 * near)
    for one in found.undertakings:
        assert _least(one.option) >= 0
        assert _least(one.promise) >= 0
    costs = [row.opposite.value or 0.0 for row in found.decisions if row.opposite is not None]
    assert costs == sorted(costs, reverse=True)
    assert all(_is_not_negative(row) for row in found.decisions)


def _least(found: Interval | None) -> float:
    return 0.0 if found is None or found.low is None else found.low


def _is_not_negative(row: Opposite) -> bool:
    return row.opposite is None or _least(row.opposite) >= 0


# --- against values found by another program ----------------------------------------------------------


@pytest.mark.parametrize(
    "name", [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.slow) for name in VALUES]
)
def test_values_of_shared_cases(name: str) -> None:
    known = VALUES[name]
    found = worth(load(Path(CASES) / f"{name}.xlsx"), ("information", "licences"), workers=1)
    near = 1e-6 * known["rp"]
    told: dict[str, Interval | None] = {"evpi": found.evpi}
    told |= {f"notice {row.licence}/{row.periods}": row.worth for row in found.notices if row.periods <= 2}
    for row in found.licences:
        told |= {f"certain {row.licence}": row.certain, f"option {row.licence}": row.option}
    for one in found.undertakings:
        told |= {f"promise {one.undertaking}": one.promise, f"option of {one.undertaking}": one.option}
    expected: dict[str, float | None] = {"evpi": known["evpi"]}
    expected |= {f"notice {notice}": value for notice, value in known["notice"].items()}
    for licence, worths in known["licences"].items():
        expected |= {f"{what} {licence}": value for what, value in worths.items()}
    for undertaking, worths in known["undertakings"].items():
        expected |= {f"promise {undertaking}": worths["promise"], f"option of {undertaking}": worths["option"]}
    assert found.rp.objective == pytest.approx(known["rp"], abs=near)
    for what, value in expected.items():
        worth_of = told[what]
        assert (worth_of is None) == (value is None), what
        if worth_of is not None and value is not None:
            assert worth_of.value == pytest.approx(value, abs=near), what
            assert (worth_of.low or -math.inf) - near <= value <= (worth_of.high or 0.0) + near, what

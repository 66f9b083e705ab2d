"""What holds of every valuation: over generated scenarios, by separate solves, and against the shared cases."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings

from planner.errors import Infeasible
from planner.futures.tree import Notice
from planner.pipeline import prepare
from planner.reading import load
from planner.scenario.load import Loaded, from_rows
from planner.solver.outcome import Options
from planner.solver.strategy import solve
from planner.valuation.decisions import Opposite
from planner.valuation.interval import Interval
from planner.valuation.question import Question, posed
from planner.valuation.worth import Worth, worth
from tests.generated import Rows, cost, scenarios
from tests.generated_licences import staged
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


@settings(max_examples=8)
@given(scenarios(least_futures=2, tiny=True) | staged(least_futures=2))
def test_information_is_worth_something_and_never_more_than_all_of_it(rows: Rows) -> None:
    """WS ≤ RP ≤ EEV, and optima fall as more is known: by separate solves, and as the intervals report it."""
    loaded = from_rows(rows)
    rp = _optimum(loaded, Question())
    assume(np.isfinite(rp))
    near = 1e-6 * max(abs(rp), 1.0)
    futures = range(len(loaded.scenario.futures))
    ws = _weighed(loaded, [_optimum(loaded, Question(future=number)) for number in futures])
    assert ws <= rp + near
    found = _valued(rows, "information")
    assert found.evpi is not None
    assert found.evpi.value == pytest.approx(rp - ws, abs=2 * near)
    average = found.average
    if average is not None and average.vss is not None and average.decisions is not None:
        taken = [("apply", name) for name in average.decisions["apply"]]
        taken += [("sign", name) for name in average.decisions["sign"]]
        layout = prepare(loaded).instance.layout
        decided = {label: float((label[0], label[1][0]) in taken) for label in layout.labels[0] if label[0] in BINARY}
        # What is kept now is free here, so that it costs no more than the plan for the average future.
        loosest = _optimum(loaded, Question(decided=tuple(decided.items())))
        assert rp - near <= loosest <= rp + (average.vss.high or 0.0) + near
    for licence in (*loaded.scenario.licence, None):
        known = [rp]
        for row in [row for row in found.notices if row.licence == licence]:
            known.append(_optimum(loaded, Question(notice=Notice(licence, row.periods))))
            assert ws - near <= known[-1] <= known[-2] + near
            assert row.worth is not None
            assert row.worth.value == pytest.approx(rp - known[-1], abs=2 * near)


BINARY = ("apply", "sign")


def _optimum(loaded: Loaded, question: Question) -> float:
    """The objective of a question, solved by itself; infinite where it has no plan."""
    outcome = solve(posed(loaded, question)[1], Options(gap=0.0))
    return float("inf") if outcome.x is None else outcome.objective


def _weighed(loaded: Loaded, costs: list[float]) -> float:
    """(1 − λ) E + λ CVaR of costs by future, from the definition of CVaR: the best η is one of the costs."""
    its = loaded.scenario.settings
    probability = np.array([row.probability for row in loaded.scenario.futures])
    values = np.array(costs)
    tails = [eta + probability @ np.maximum(values - eta, 0) / (1 - its.risk_tail) for eta in costs]
    return float((1 - its.risk_weight) * (probability @ values) + its.risk_weight * min(tails))


@settings(max_examples=8)
@given(scenarios(tiny=True) | staged())
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
    said: dict[str, Interval | None] = {"evpi": found.evpi}
    said |= {f"notice {row.licence}/{row.periods}": row.worth for row in found.notices if row.periods <= 2}
    for row in found.licences:
        said |= {f"certain {row.licence}": row.certain, f"option {row.licence}": row.option}
    for one in found.undertakings:
        said |= {f"promise {one.undertaking}": one.promise, f"option of {one.undertaking}": one.option}
    expected: dict[str, float | None] = {"evpi": known["evpi"]}
    expected |= {f"notice {notice}": value for notice, value in known["notice"].items()}
    for licence, worths in known["licences"].items():
        expected |= {f"{what} {licence}": value for what, value in worths.items()}
    for undertaking, worths in known["undertakings"].items():
        expected |= {f"promise {undertaking}": worths["promise"], f"option of {undertaking}": worths["option"]}
    assert found.rp.objective == pytest.approx(known["rp"], abs=near)
    for what, value in expected.items():
        worth_of = said[what]
        assert (worth_of is None) == (value is None), what
        if worth_of is not None and value is not None:
            assert worth_of.value == pytest.approx(value, abs=near), what
            assert (worth_of.low or -math.inf) - near <= value <= (worth_of.high or 0.0) + near, what

"""Plans tried on paths: beside a case worked out by hand, on the plan's own futures, and where they break."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from minimal import load, minimal
from openpyxl import load_workbook
from shared_cases import CASES, EXPECTED
from test_climates import FREEZE, freeze

import planner
from planner.cli import main
from planner.errors import InputError, UsageError
from planner.futures.apart import apart
from planner.futures.tree import grow
from planner.model.solution import read
from planner.pipeline import prepare
from planner.plan import document
from planner.plan.answer import Answer
from planner.plan.outcome import future_costs
from planner.reading import load as load_scenario
from planner.scenario.load import Loaded, from_rows
from planner.solver.strategy import solve
from planner.trial.following import World, follow, hindsight
from planner.trial.noise import Noise, noisy
from planner.trial.paths import Paths, asked_of
from planner.trial.plans import TriedPlan
from planner.trial.statistics import mean, share, tail
from planner.trial.stress import How, Stress, stress

OPTIMAL = [
    name for name, stated in EXPECTED.items() if name.startswith("tiny") and "objective" in stated and "@" not in name
]

EXACT = How(gap=1e-9)

COSTS = {"calm, from 2026-07 freeze": 4200.0, "calm": 4200.0, "freeze": 12000.0}
"""What the plan of `FREEZE` costs on its paths: in calm it buys ahead whatever comes (see test_climates)."""

HINDSIGHT = {"calm, from 2026-07 freeze": 4200.0, "calm": 4000.0, "freeze": 12000.0}
"""With all known it would not hold anything where the price stays."""


def tried(loaded: Loaded, courses: int = 60, **options: Any) -> Stress:
    return stress(loaded, courses, how=EXACT, workers=1, **options)


def test_a_chain_of_two_states_by_hand() -> None:
    found = tried(freeze())
    assert found.complete
    (plan,) = found.tried
    assert {one["words"].removeprefix("Beijing: ") for one in plan.outcomes} == set(COSTS)
    for one, low, high in zip(plan.outcomes, *plan.hindsight or ((), ()), strict=True):
        path = one["words"].removeprefix("Beijing: ")
        assert one["cost"] == pytest.approx(COSTS[path], rel=1e-6)
        assert low == pytest.approx(HINDSIGHT[path], rel=1e-6)
        assert high == pytest.approx(HINDSIGHT[path], rel=1e-6)
    assert plan.broken == 0


def test_planned_anew_it_does_the_same() -> None:
    """The tree of three futures is the chain itself, and so is that of five leaves."""
    (plan,) = tried(freeze(), policy="replan").tried
    for one in plan.outcomes:
        assert one["cost"] == pytest.approx(COSTS[one["words"].removeprefix("Beijing: ")], rel=1e-6)


@pytest.mark.parametrize("policy", ["plan", "replan"])
def test_its_own_futures_cost_what_the_plan_says(policy: Any) -> None:
    loaded = freeze(
        climates=[],
        climate_moves=[],
        climate_effects=[],
        settings={"periods": 2, "futures": 0, "risk_weight": 0.3},
        futures=[{"future": "calm", "probability": 0.5}, {"future": "dry", "probability": 0.5}],
        events=[{"event": "E1", "future": "dry", "kind": "capacity", "scope": "all", "from": "2026-07", "value": 0.2}],
    )
    plan = planner.solve(loaded, planner.Options(gap=1e-9))
    costs = dict(zip(plan.tables["futures"]["future"], plan.tables["futures"]["cost"], strict=True))
    for one in tried(loaded, 8, policy=policy).tried[0].outcomes:
        assert one["cost"] == pytest.approx(costs[one["words"].removeprefix("future ")], rel=1e-6)


def test_noise_may_break_a_service_that_the_plan_just_keeps() -> None:
    """20 kg a period make just the 10 units asked for; where more are asked for some are lost, and the rest is built."""
    loaded = load(segments={"min_service": 1.0}, offers={"max_kg_per_period": 20})
    found = tried(loaded, 40, noise=Noise(demand=0.2))
    (plan,) = found.tried
    assert 0 < plan.broken < 40
    for one in plan.outcomes:
        lines = one["lines"]["bus"]
        missed = lines["missed"]
        assert one["cost"] == pytest.approx(900 * missed + 100 * 2 * 40, rel=1e-6)
        assert [row["amount"] for row in one["broken"]] == ([pytest.approx(missed)] if missed > 1e-6 else [])
        assert one["hindsight"][0] <= one["cost"] + 1e-6
    assert found.document["strategies"][0]["infeasible"] == plan.broken


def test_what_is_asked_for_beyond_the_plan_is_built_where_there_is_material() -> None:
    """50 kg are in stock for 40 units asked for: 20 kg are over. With more asked for they are used, not left."""
    loaded = load(stock=[{"material": "NdFeB", "kg": 100}])
    (plan,) = tried(loaded, 30, noise=Noise(demand=0.1)).tried
    for one in plan.outcomes:
        assert one["lines"]["bus"]["missed"] <= max(one["lines"]["bus"]["demand"] - 50, 0) + 1e-6


def test_strategies_meet_the_same_paths() -> None:
    strategies = [
        {"strategy": "expensive", "table": "offers", "key": "O1", "field": "price_per_kg", "value": 110},
    ]
    rows = minimal(**FREEZE | {"strategies": strategies})
    found = stress([from_rows(rows), from_rows(rows, strategy="expensive")], 40, how=EXACT, workers=1)
    one, other = found.tried
    assert [a["words"] for a in one.outcomes] == [b["words"] for b in other.outcomes]
    (stated,) = found.document["differences"]
    assert (stated["strategy"], stated["than"]) == ("expensive", "as-it-stands")
    assert stated["low"] <= stated["value"] <= stated["high"]
    assert stated["value"] == pytest.approx((other.costs - one.costs).mean())


def test_noise_has_the_mean_spread_and_memory_that_it_is_given() -> None:
    loaded = load(settings={"periods": 4})
    paths = Paths(loaded.scenario, asked_of(loaded.scenario, 6000, 1, None, Noise(demand=0.3)))
    tree = paths.tree(range(6000))
    factors = tree.demand_factor["bus"][tree.node_of[:, 1:]]
    assert factors.mean() == pytest.approx(1, abs=0.02)
    assert factors.std() == pytest.approx(0.3, abs=0.02)
    logs = np.log(factors)
    assert np.corrcoef(logs[:, 0], logs[:, 1])[0, 1] == pytest.approx(0.7, abs=0.03)
    again = noisy(loaded.scenario, grow_apart(loaded, 1), Noise(demand=0.3), 1, [4])
    assert again.demand_factor["bus"][1:] == pytest.approx(factors[4])


def grow_apart(loaded: Loaded, count: int) -> Any:
    from planner.futures.apart import apart

    return apart(grow(loaded.scenario), [0] * count)


def test_intervals_by_hand() -> None:
    """0 and 2: mean 1, standard error 1. CVaR at 0.5 of 1 2 3 4 is 3.5, at 0.625 (4 + 0.5 · 3) / 1.5."""
    found = mean(np.array([0.0, 2.0]))
    assert (found.value, found.high - found.low) == (1.0, pytest.approx(2 * 1.959964))
    assert tail(np.array([1.0, 2, 3, 4]), 0.5).value == pytest.approx(3.5)
    assert tail(np.array([1.0, 2, 3, 4]), 0.625).value == pytest.approx((4 + 0.5 * 3) / 1.5)
    assert share(0, 100).low == 0
    assert 0.03 < share(0, 100).high < 0.04


def test_the_command_writes_what_the_contract_says_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from planner.scenario.folder import write_folder

    write_folder(freeze_raw(), tmp_path / "scenario")
    out = tmp_path / "out.json"
    words = ["stress", str(tmp_path / "scenario"), "--courses", "20", "--json", str(out), "--workers", "1"]
    assert main([*words, "--resume", str(tmp_path / "kept")]) == 0
    first = json.loads(out.read_text())
    said = capsys.readouterr().out
    assert said.startswith("The plan costs ₹")
    assert main([*words, "--resume", str(tmp_path / "kept"), "--report", str(tmp_path / "out.xlsx")]) == 0
    assert json.loads(out.read_text()) == first
    assert load_workbook(tmp_path / "out.xlsx").sheetnames == [
        "Summary", "Costs", "Distribution", "Lines", "First stops", "Breaches", "Worst paths", "Paths",
    ]  # fmt: skip
    (stated,) = first["strategies"]
    assert {
        "strategy",
        "policy",
        "courses",
        "mean",
        "mean_low",
        "mean_high",
        "cvar",
        "hindsight_mean",
        "infeasible",
        "service",
        "first_stop",
    } <= set(stated)
    assert [set(one["cost"]) for one in first["courses"]] == [{"as-it-stands"}] * 20


def freeze_raw() -> Any:
    from planner.scenario.load import raw_from_rows

    return raw_from_rows(minimal(**FREEZE), "freeze")


def test_a_plan_of_another_scenario_is_refused() -> None:
    loaded, other = load(), load(offers={"price_per_kg": 90})
    plan = document.of_plan(other, planner.solve(other))
    with pytest.raises(InputError, match="a plan of another scenario, or of scenario before it was changed"):
        tried(loaded, 5, plan=plan)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"strategy": "no-china"}, "The plan is a plan of the strategy no-china, not none."),
        ({"planner": "0.0.1"}, r"The plan is a plan by version 0\.0\.1 of the planner, not "),
        (None, "The plan is not a plan written by `planner solve --json`."),
    ],
)
def test_a_plan_of_another_strategy_or_version_is_refused(changed: Any, told: str) -> None:
    loaded = load()
    plan = document.of_plan(loaded, planner.solve(loaded))
    plan["provenance"] = None if changed is None else plan["provenance"] | changed
    with pytest.raises(InputError, match=told):
        tried(loaded, 5, plan=plan)


def test_a_path_in_which_nothing_can_keep_the_rules_is_counted_when_planned_anew() -> None:
    """20 kg a period make 10 units: where noise asks for more some are lost at 900, what is built costs 200 a unit.

    What is bought ahead of need may be left, at most all that can be bought: 8000.
    """
    loaded = load(segments={"min_service": 1.0}, offers={"max_kg_per_period": 20})
    (plan,) = tried(loaded, 8, policy="replan", noise=Noise(demand=0.2)).tried
    assert len(plan.outcomes) == 8
    assert 0 < plan.broken <= 8
    for one in plan.outcomes:
        missed, demand = (one["lines"]["bus"][name] for name in ("missed", "demand"))
        assert 200 * (demand - missed) - 1e-3 <= one["cost"] - 900 * missed <= 8000 + 1e-3
        assert [row["rule"] for row in one["broken"]] == (["service"] if missed > 1e-6 else [])


def test_a_plan_that_was_written_down_is_tried_as_it_is() -> None:
    loaded = freeze()
    plan = document.of_plan(loaded, planner.solve(loaded, planner.Options(gap=1e-9)))
    found = tried(loaded, 40, plan=json.loads(json.dumps(plan)))
    for one in found.tried[0].outcomes:
        assert one["cost"] == pytest.approx(COSTS[one["words"].removeprefix("Beijing: ")], rel=1e-6)


def test_weights_of_unknown_futures_are_refused() -> None:
    with pytest.raises(UsageError, match=r"There is no future 'F9' to weigh\."):
        tried(freeze(), 5, weights={"F9": 1})


@pytest.mark.parametrize("name", OPTIMAL[::4])
def test_shared_cases_cost_on_their_own_futures_what_their_plans_say(name: str) -> None:
    prepared = prepare(load_scenario(CASES / f"{name}.xlsx"))
    outcome = solve(prepared.instance, planner.Options(gap=1e-6))
    assert outcome.x is not None
    layout, scenario = prepared.instance.layout, prepared.loaded.scenario
    said = future_costs(Answer(scenario, prepared.tree, read(prepared.path, layout, outcome.x)))
    world = World(scenario, apart(prepared.tree, range(len(said))))
    followed = follow(world, TriedPlan(layout, outcome.x), threading.Event())
    assert world.costs(followed.x) == pytest.approx(said, rel=1e-6)
    assert followed.broken == [[] for _ in said]
    seen = hindsight(world, followed, threading.Event())
    assert (seen.low <= said + 1e-6 * np.abs(said)).all()

"""Futures made from climates: the tree beside one worked out by hand, its quality, and what is wrong input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import minimal
import numpy as np
import pytest

import planner
from planner.climates.chains import Chain, Climates
from planner.climates.distance import from_tree
from planner.climates.making import fan_distance, make, sampled
from planner.climates.nodes import Node
from planner.futures.tree import grow
from planner.plan import document
from planner.reading import load
from planner.report.workbook import write_report
from planner.scenario.load import Loaded, from_raw

FREEZE: dict[str, Any] = {
    "settings": {"periods": 2, "futures": 3, "courses": 200},
    "demand": [{"segment": "bus", "2026-04": 10, "2026-07": 10}],
    "materials": {"holding_cost_per_kg": 10},
    "climates": [
        {"climate": "Beijing", "state": "calm", "start_probability": 0.6},
        {"climate": "Beijing", "state": "freeze", "start_probability": 0.4},
    ],
    "climate_moves": [
        {"climate": "Beijing", "state": "calm", "next_state": "calm", "probability": 0.5},
        {"climate": "Beijing", "state": "calm", "next_state": "freeze", "probability": 0.5},
        {"climate": "Beijing", "state": "freeze", "next_state": "freeze", "probability": 1},
    ],
    "climate_effects": [
        {"climate": "Beijing", "state": "freeze", "kind": "price", "scope": "all", "value": 3},
    ],
}
"""Two periods, 10 units of 2 kg in each, at 100 a kg, or 300 in a freeze, which stays once it has come."""


def freeze(**changes: Any) -> Loaded:
    return minimal.load(**{**FREEZE, **changes})


def rising(name: str = "price") -> Chain:
    return Chain(
        name, ("low", "high"), np.array([0.6, 0.4]), np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([[1.0], [3]])
    )


def test_a_chain_of_two_states_and_its_exact_tree() -> None:
    """calm calm 0.6 · 0.5, calm freeze 0.6 · 0.5, freeze freeze 0.4: three futures, of which two share the first node."""
    loaded = freeze()
    tree = grow(loaded.scenario)
    assert sorted(tree.probability.tolist()) == pytest.approx([0.3, 0.3, 0.4], abs=1e-12)
    assert [len(nodes) for nodes in tree.at] == [1, 2, 3]
    prices = {
        tuple(tree.price["O1"][path[1:]].tolist()): p for path, p in zip(tree.node_of, tree.probability, strict=True)
    }
    assert prices == pytest.approx({(1, 1): 0.3, (1, 3): 0.3, (3, 3): 0.4})
    assert loaded.made is not None
    assert loaded.made.quality.nested == pytest.approx(0, abs=1e-9)
    assert loaded.made.quality.one_child == (0.0, 0.0)


def test_its_optimum_by_hand() -> None:
    """In calm 20 kg for now and 20 kg ahead at 100 + 10 to hold: 2000 + 2000 + 200. That is less than waiting, which
    costs 0.5 · 2000 + 0.5 · 6000 later. In a freeze 2 · 20 · 300. Expected 0.6 · 4200 + 0.4 · 12000 = 7320; a fan of
    whole paths would hold nothing where the price stays: 0.3 · 4000 + 0.3 · 4200 + 0.4 · 12000 = 7260."""
    plan = planner.solve(freeze(), planner.Options(gap=1e-9))
    assert plan.objective == pytest.approx(7320, rel=1e-6)


def test_the_plan_is_solved_again_from_its_report_and_its_document(tmp_path: Path) -> None:
    loaded = freeze(settings={"periods": 2, "futures": 2, "courses": 50})
    plan = planner.solve(loaded, planner.Options(gap=1e-9))
    report = write_report(loaded, plan, tmp_path / "plan.xlsx")[0]
    again = load(report)
    assert again.made is None
    assert planner.solve(again, planner.Options(gap=1e-9)).objective == pytest.approx(plan.objective, rel=1e-9)
    made = document.of_plan(loaded, plan)["made"]
    assert [row["future"] for row in made["futures"]] == ["F1", "F2"]
    rows = minimal.minimal(
        settings={"periods": 2},
        demand=FREEZE["demand"],
        materials=FREEZE["materials"],
        futures=made["futures"],
        events=made["events"],
    )
    assert planner.solve(minimal.from_rows(rows)).objective == pytest.approx(plan.objective, rel=1e-9)


def test_the_seed_makes_the_same_futures_again() -> None:
    one, same, other = (load("climate-india") for _ in range(3))
    assert one.scenario.futures == same.scenario.futures == other.scenario.futures
    assert one.scenario.events == same.scenario.events
    assert from_raw(one.raw).scenario == one.scenario  # and from there they are not made once more


def test_of_two_clearances_the_effect_further_down_holds_below_all_events() -> None:
    loaded = freeze(
        licences=[{"licence": "L", "clearance": 0.9}],
        offers={"licence": "L"},
        events=[{"event": "E1", "future": "*", "kind": "clearance", "scope": "all", "value": 0.7}],
        climate_effects=[
            {"climate": "Beijing", "state": "freeze", "kind": "clearance", "scope": "all", "value": 0.5},
            {
                "climate": "Beijing",
                "state": "freeze",
                "kind": "clearance",
                "scope": "licence",
                "target": "L",
                "value": 0.2,
            },
        ],
    )
    tree = grow(loaded.scenario)
    assert sorted(set(tree.clearance["L"][1:].tolist())) == [0.2, 0.7]


def test_the_distance_of_a_tree_by_hand() -> None:
    """One leaf that stays low: off in period 1 by 2 with chance 0.4, in period 2 by 2 with chance 0.7: 2.2."""
    root = Node((), 1, 1, [Node((0,), 1, 1, [Node((0,), 1, 1)])])
    assert from_tree(Climates((rising(),), 2), root) == pytest.approx(0.4 * 2 + 0.7 * 2)


def test_a_fan_is_further_from_the_process_than_the_tree_of_the_same_paths() -> None:
    sample = sampled(Climates((rising(), rising("demand")), 6), 2000, seed=3)
    made = make(sample, 8)
    fan = fan_distance(sample, *made.leaves)
    assert fan is not None
    assert made.quality.nested < fan - 0.1


def test_more_leaves_come_nearer() -> None:
    sample = sampled(Climates((rising(), rising("demand")), 6), 2000, seed=3)
    found = [make(sample, count) for count in (1, 3, 9, 27)]
    assert [len(made.leaves[1]) for made in found] == [1, 3, 9, 27]
    nested = [made.quality.nested for made in found]
    assert nested == sorted(nested, reverse=True)
    assert all(made.quality.nested <= made.bound + 1e-9 for made in found)
    assert all(sum(made.leaves[1]) == pytest.approx(1) for made in found)


def test_sampled_paths_move_as_the_chain_does() -> None:
    paths = Climates((rising(),), 2).sample(20_000, seed=1)[:, :, 0]
    assert paths[:, 0].mean() == pytest.approx(0.4, abs=0.015)
    assert paths[paths[:, 0] == 0, 1].mean() == pytest.approx(0.5, abs=0.015)
    assert (paths[paths[:, 0] == 1, 1] == 1).all()

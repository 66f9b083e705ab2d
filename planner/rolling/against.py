"""A new plan against the last one: what changed in decisions and why, what explains the cost, and hindsight."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from planner.plan.plan import Plan
from planner.rolling.bridge import Bridge, Solving, bridge
from planner.rolling.decided import Otherwise, otherwise
from planner.rolling.hindsight import Hindsight, hindsight
from planner.rolling.last import LastPlan
from planner.rolling.roll import Rolled
from planner.scenario.diff import Difference, diff
from planner.scenario.load import Loaded
from planner.solver.outcome import Options, Watcher


@dataclass(frozen=True)
class Against:
    """A new plan against the last one; `stay` is what a change of decision was charged (base currency)."""

    last: LastPlan
    rolled: Rolled
    bridge: Bridge
    moved: tuple[Difference, ...]
    """Figures that have changed: from the plan's own position to what really came, and what was edited since."""
    decisions: tuple[Otherwise, ...]
    stay: float | None
    stayed: tuple[Otherwise, ...]
    """Decisions that still differ where changing one costs."""
    hindsight: Hindsight | None


def against(
    loaded: Loaded,
    plan: Plan,
    by_plan: Rolled,
    by_actuals: Rolled | None = None,
    edited: Loaded | None = None,
    stay: float | None = None,
    options: Options | None = None,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
    with_hindsight: bool = True,
) -> Against:
    """Solve what a scenario that was rolled comes to, and hold it against the plan that it goes on from.

    `loaded` is the scenario of the last plan, `plan`; `by_plan` is that plan moved on by its own figures, `by_actuals`
    by what really came, `edited` the new scenario with figures that have changed since (else as it was rolled). `stay`
    is the base currency that each decision that differs from the last plan's costs. Raises as `make_plan` does.
    """
    options = options or Options()
    last = LastPlan(loaded.scenario, plan, by_plan.position.period)
    solving = Solving(options, watch, cancel or threading.Event())
    found = bridge(last, by_plan, by_actuals, edited, solving, stay)
    moved = diff(by_plan.loaded.scenario, found.loaded.scenario)
    futures, scenario = by_plan.position.futures, found.loaded.scenario
    changed = otherwise(last, futures, found.plan, scenario, moved)
    stayed = [] if found.stayed is None else otherwise(last, futures, found.stayed, scenario, moved)
    seen = hindsight(loaded, plan, by_plan.position.future, options, watch) if with_hindsight else None
    return Against(last, by_actuals or by_plan, found, tuple(moved), tuple(changed), stay, tuple(stayed), seen)


def document(found: Against) -> dict[str, Any]:
    """What was found as plain values: money in base currency, mass in kg."""
    way, seen = found.bridge, found.hindsight
    return {
        "before": way.before,
        "after": way.after,
        "bridge": [
            {"step": one.name, "cost": one.cost, "change": one.change, "low": one.low, "high": one.high,
             "note": one.note} for one in way.steps
        ],
        "moved": [str(one) for one in found.moved],
        "decisions": [vars(one) for one in found.decisions],
        "stay": None if way.stayed is None else {
            "cost": found.stay, "expected_cost": way.stayed.expected_cost, "objective": way.stayed.objective,
            "decisions": [vars(one) for one in found.stayed],
        },
        "hindsight": None if seen is None else {
            "future": seen.future, "cost": seen.cost, "best": seen.best, "bound": seen.bound,
            "kinds": {kind: {"plan": ours, "best": theirs} for kind, (ours, theirs) in seen.kinds.items()},
        },
    }  # fmt: skip

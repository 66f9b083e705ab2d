"""What a worker process does: solve the plan that is tried, and try it on some paths."""

from __future__ import annotations

import base64
import pickle
import threading
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from planner.batch.cells import Case
from planner.futures.tree import Floats
from planner.pipeline import Prepared, prepare
from planner.scenario.load import from_raw
from planner.solver.outcome import Options, Stop
from planner.solver.strategy import solve
from planner.trial.following import Followed, World, follow, hindsight
from planner.trial.paths import Asked, Paths
from planner.trial.plans import TriedPlan
from planner.trial.recalled import recalled
from planner.trial.replanning import Replanner
from planner.trial.stage import Broken

Watch = Callable[[Any], None]
Document = dict[str, Any]

_STOPPED = 1e-6
"""Of a unit, or of what is asked for, that is lost or waits: above it a line has stopped."""


@lru_cache(maxsize=4)
def prepared(case: Case) -> Prepared:
    """A scenario's program, made once a process."""
    return prepare(from_raw(case.unpacked()))


def solve_plan(case: Case, gap: float, time_limit: float | None, watch: Watch, cancel: threading.Event) -> Document:
    """The plan of a scenario: its columns, packed, with objective and bound; without columns where there is none."""
    outcome = solve(prepared(case).instance, Options(gap=gap, time_limit=time_limit), watch, cancel)
    found = {"stopped": outcome.stop is Stop.INTERRUPTED, "infeasible": outcome.stop is Stop.INFEASIBLE}
    if outcome.x is None:
        return found | {"x": None}
    return found | {"x": packed(outcome.x), "objective": outcome.objective, "bound": outcome.bound}


def recall_plan(case: Case, document: Document, watch: Watch, cancel: threading.Event) -> Document:
    """The columns of a plan that was written down, packed; without them where the scenario has no such plan."""
    base = prepared(case)
    outcome = recalled(base.instance, document, base.loaded.scenario.calendar, watch, cancel)
    if outcome.x is None:
        return {"stopped": outcome.stop is Stop.INTERRUPTED, "infeasible": True, "x": None}
    return {
        "stopped": False,
        "infeasible": False,
        "x": packed(outcome.x),
        "objective": outcome.objective,
        "bound": None,
    }


def packed(x: Floats) -> str:
    """A solution as text."""
    return base64.b64encode(zlib.compress(pickle.dumps(x))).decode()


def _unpacked(text: str) -> Floats:
    return np.asarray(pickle.loads(zlib.decompress(base64.b64decode(text))))


def try_paths(
    case: Case,
    asked: Asked,
    numbers: Sequence[int],
    policy: str,
    leaves: int,
    with_hindsight: bool,
    plan: str,
    watch: Watch,
    cancel: threading.Event,
) -> Document:
    """What comes of a plan on some paths: for each its cost, what hindsight would have cost, service and breaches."""
    base = prepared(case)
    scenario, tried = base.loaded.scenario, TriedPlan(base.instance.layout, _unpacked(plan))
    paths = Paths(scenario, asked)
    world = World(scenario, paths.tree(numbers))
    try:
        if policy == "replan":
            followed = Replanner(scenario, paths, tried.now, leaves=leaves, cancel=cancel).follow(world, tried, numbers)
        else:
            followed = follow(world, tried, cancel)
        costs = world.costs(followed.x)
        seen = hindsight(world, followed, cancel) if with_hindsight else None
    except KeyboardInterrupt:
        return {"stopped": True}
    said = _outcomes(world, followed)
    for place, number in enumerate(numbers):
        said[place] |= {
            "number": number,
            "cost": float(costs[place]),
            "hindsight": [float(seen.low[place]), float(seen.high[place])] if seen else None,
            "words": paths.words(number),
        }
    return {"stopped": False, "paths": said}


def _outcomes(world: World, followed: Followed) -> list[Document]:
    """By path the demand, what is not built of it and the first stop of each line, and what was broken."""
    scenario, tree = world.scenario, world.tree
    found: list[Document] = [{"lines": {}, "broken": []} for _ in tree.futures]
    for name, units in scenario.units.items():
        asked = np.array([units.get(t, 0.0) for t in range(1, tree.periods + 1)])
        demand = asked * tree.demand_factor[name][tree.node_of[:, 1:]]
        lost, late = (world.of(variable, name, followed.x) for variable in ("lost", "late"))
        stopped = lost + late > _STOPPED * np.maximum(1.0, demand)
        missed = lost.sum(axis=1) + late[:, -1]
        for path, said in enumerate(found):
            first = np.flatnonzero(stopped[path])
            said["lines"][name] = {
                "demand": float(demand[path].sum()),
                "missed": float(missed[path]),
                "first_stop": scenario.calendar.month(int(first[0]) + 1) if len(first) else None,
            }
    for said, broken in zip(found, followed.broken, strict=True):
        said["broken"] = [_said(world, row) for row in broken]
    return found


def _said(world: World, row: Broken) -> Document:
    """A row that was not kept: what it is, and by how much in its unit and in money."""
    scenario = world.scenario
    item = str(row.index[0]) if row.name != "promise" else str(row.index[-2])
    unit, worth = "kg", 0.0
    if row.name in ("service", "promise"):
        unit, worth = "units", scenario.segment[item].shortage_cost_per_unit
    elif row.name == "budget":
        unit, worth = scenario.settings.currency, 1.0
    elif row.name in ("safety_stock", "storage"):
        worth = scenario.material[item].value_per_kg
    elif scenario.offers:
        # What a limit speaks of has many prices: it is counted at what the scenario's offers ask on average.
        rate = scenario.rate
        prices = [row.price_per_kg * rate[row.currency or scenario.settings.currency] for row in scenario.offers]
        worth = float(np.mean(prices))
    month = scenario.calendar.month(row.period)
    return {
        "rule": row.name, "item": item, "month": month, "amount": row.amount, "unit": unit, "money": row.amount * worth,
    }  # fmt: skip

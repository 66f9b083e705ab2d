"""Time consistency: what was spent on the path and the optimum from there on are what the plan expects at a node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planner.futures.tree import Tree, grow
from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.rolling.roll import Rolled, roll
from planner.scenario.load import Loaded
from planner.solver.outcome import Options

Rows = dict[str, list[dict[str, Any]]]

EXACT = Options(gap=1e-9)


def time_consistent(rows: Rows) -> Rows:
    """Rows of the class in which a plan can be time consistent.

    No weight on risk; no limits, budgets, panels, least service; no supplier with a limit of its own.
    """
    settings = [row for row in rows["settings"] if row["name"] != "risk_weight"]
    suppliers = [row | {"max_kg_per_period": None} for row in rows["suppliers"]]
    segments = [row | {"min_service": 0} for row in rows["segments"]]
    empty: Rows = {"limits": [], "budgets": [], "panels": []}
    return rows | {"settings": settings, "suppliers": suppliers, "segments": segments} | empty


def nodes(tree: Tree) -> Iterator[tuple[int, str, float]]:
    """The nodes at which a roll can be made: the period that begins, a future of the node, and its probability."""
    for period in range(2, tree.periods + 1):
        for node in tree.at[period - 1].tolist():
            future = next(w for w in range(len(tree.futures)) if tree.node_of[w, period - 1] == node)
            yield period, tree.futures[future], float(tree.node_probability[node])


def rolled_at(loaded: Loaded, plan: Plan, period: int, future: str) -> Rolled:
    """The roll to a period in a future."""
    return roll(loaded, plan, loaded.scenario.calendar.month(period), future)


def expected_at(plan: Plan, rolled: Rolled) -> float:
    """The plan's expected cost, given that one of the futures that agree comes."""
    rows = plan.tables["futures"].set_index("future").loc[list(rolled.position.futures)]
    return float((rows["probability"] * rows["cost"]).sum() / rows["probability"].sum())


def from_there(rolled: Rolled, options: Options = EXACT) -> tuple[float, float]:
    """What was spent and the discounted optimum of the rolled scenario; and what its gap leaves open."""
    again = make_plan(rolled.loaded, options)
    room = rolled.discount * (again.objective - again.bound)
    return rolled.spent + rolled.discount * again.objective, room


def each_roll(
    loaded: Loaded, plan: Plan, step: int = 1, options: Options = EXACT
) -> Iterator[tuple[str, float, float, float]]:
    """Of every so many-th node: where it is, what the plan expects, what comes of rolling there, and what gaps leave open."""
    for period, future, probability in list(nodes(grow(loaded.scenario)))[::step]:
        rolled = rolled_at(loaded, plan, period, future)
        found, room = from_there(rolled, options)
        # Of the whole plan's gap a node may carry all.
        room += (plan.objective - plan.bound) / probability
        yield f"period {period}, future {future}", expected_at(plan, rolled), found, room

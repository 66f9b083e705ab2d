"""How optimum and out-of-sample cost move as the futures made from climates grow: a Markdown table.

    python -m benchmarks.leaves climate-india 5,10,20,40,80 1000 --seconds 600

Every plan is solved to 0.1 % or for so many seconds, and followed along the same paths, drawn from other random numbers
than the futures were.
"""

from __future__ import annotations

import argparse
import threading
import time

import numpy as np

from planner.model.solution import read as solution
from planner.pipeline import prepare
from planner.plan.answer import Answer
from planner.plan.outcome import future_costs
from planner.reading import read
from planner.scenario.fields import to_text
from planner.scenario.load import Loaded, from_raw
from planner.solver.outcome import Options
from planner.solver.strategy import solve
from planner.trial.following import World, follow, hindsight
from planner.trial.noise import Noise
from planner.trial.paths import Paths, asked_of
from planner.trial.plans import TriedPlan
from planner.trial.statistics import mean, tail

_TOGETHER, _SEED = 25, 20


def with_leaves(name: str, count: int) -> Loaded:
    """A scenario with so many futures made from its climates."""
    raw = read(name)[0].copy()
    for row in raw.tables["settings"].data_rows():
        if to_text(row.cells.get("name", "")).casefold() == "futures":
            row.cells["value"] = count
    return from_raw(raw)


def row(name: str, count: int, paths: int, seconds: float) -> str:
    """The table's row for so many leaves."""
    loaded, started = with_leaves(name, count), time.perf_counter()
    prepared = prepare(loaded)
    outcome = solve(prepared.instance, Options(gap=1e-3, time_limit=seconds))
    took = time.perf_counter() - started
    if outcome.x is None or loaded.made is None:
        return f"| {count} | no plan in time |"
    layout = prepared.instance.layout
    inside = future_costs(Answer(loaded.scenario, prepared.tree, solution(prepared.course, layout, outcome.x)))
    costs, proven, found, broken = tried(loaded, TriedPlan(layout, outcome.x), paths)
    out, unknown = mean(costs), mean(costs - found)
    quality = loaded.made.quality
    figures = [
        f"{count}", f"{prepared.tree.size:,}", f"{quality.nested:.1f}", f"{quality.sample:.1f}",
        f"{outcome.objective:.6g}", f"{outcome.bound:.6g}", f"{prepared.tree.probability @ inside:.6g}",
        f"{out.value:.6g}",
        f"{out.low:.6g} to {out.high:.6g}", f"{tail(costs, loaded.scenario.settings.risk_tail).value:.6g}",
        f"{proven.mean():.6g}", f"{unknown.value:.4g}", f"{broken} of {paths}", f"{took:.0f}",
    ]  # fmt: skip
    return f"| {' | '.join(figures)} |"


def tried(loaded: Loaded, plan: TriedPlan, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Cost, hindsight (proven and found) of each path, and in how many the plan breaks something."""
    paths = Paths(loaded.scenario, asked_of(loaded.scenario, count, _SEED, None, Noise()))
    alike, cancel = paths.alike(), threading.Event()
    costs, proven, found, broken = np.zeros(count), np.zeros(count), np.zeros(count), 0
    for start in range(0, len(alike), _TOGETHER):
        groups = alike[start : start + _TOGETHER]
        world = World(loaded.scenario, paths.tree([group[0] for group in groups]))
        followed = follow(world, plan, cancel)
        its, seen = world.costs(followed.x), hindsight(world, followed, cancel)
        for place, group in enumerate(groups):
            costs[group], proven[group], found[group] = its[place], seen.low[place], seen.high[place]
            broken += len(group) * bool(followed.broken[place])
    return costs, proven, found, broken


HEAD = (
    "| leaves | nodes | nested distance | to the sample | optimum | bound | expected in sample | out of sample | 95 % |"
    " CVaR | hindsight (proven) | not knowing (at least) | breaks | seconds |"
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario")
    parser.add_argument("leaves", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("paths", type=int)
    parser.add_argument("--seconds", type=float, default=600.0)
    options = parser.parse_args()
    print(HEAD, f"|{'---|' * HEAD.count(' | ')}---|", sep="\n", flush=True)
    for leaves in options.leaves:
        print(row(options.scenario, leaves, options.paths, options.seconds), flush=True)

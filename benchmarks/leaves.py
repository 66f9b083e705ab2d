"""How optimum and out-of-sample cost move as the futures made from climates grow: a Markdown table.

    python -m benchmarks.leaves climate-india 5,10,20,40,80 500 --seconds 600

Every plan is solved to 0.1 % or for so many seconds, and followed along the same paths, drawn from other random numbers
than the futures were. Wait-and-see is the mean of its own futures, each planned alone to 0.1 %. With `--hindsight` each
path is planned with hindsight as well. Seconds are of the processor: others may use the machine.
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
from planner.valuation.question import Question, posed

_TOGETHER, _SEED = 25, 20
_GAP = 1e-3


def with_leaves(name: str, count: int) -> Loaded:
    """A scenario with so many futures made from its climates."""
    raw = read(name)[0].copy()
    for row in raw.tables["settings"].data_rows():
        if to_text(row.cells.get("name", "")).casefold() == "futures":
            row.cells["value"] = count
    return from_raw(raw)


def row(name: str, count: int, paths: int, seconds: float, with_hindsight: bool) -> str:
    """The table's row for so many leaves."""
    loaded, started = with_leaves(name, count), time.process_time()
    prepared = prepare(loaded)
    outcome = solve(prepared.instance, Options(gap=_GAP, time_limit=seconds))
    took = time.process_time() - started
    if outcome.x is None or loaded.made is None:
        return f"| {count} | no plan in time |"
    layout = prepared.instance.layout
    inside = future_costs(Answer(loaded.scenario, prepared.tree, solution(prepared.path, layout, outcome.x)))
    costs, found, broken = tried(loaded, TriedPlan(layout, outcome.x), paths, with_hindsight)
    out, quality = mean(costs), loaded.made.quality
    low, high = wait_and_see(loaded, prepared.tree.probability)
    unknown = f"{mean(costs - found).value:.4g}" if with_hindsight else "–"
    figures = [
        f"{count}", f"{prepared.tree.size:,}", f"{quality.nested:.1f}", f"{quality.sample:.1f}",
        f"{outcome.objective:.6g}", f"{outcome.bound:.6g}", f"{prepared.tree.probability @ inside:.6g}",
        f"{out.value:.6g}",
        f"{out.low:.6g} to {out.high:.6g}", f"{tail(costs, loaded.scenario.settings.risk_tail).value:.6g}",
        f"{low:.6g} to {high:.6g}", unknown, f"{broken} of {paths}", f"{took:.0f}",
    ]  # fmt: skip
    return f"| {' | '.join(figures)} |"


def wait_and_see(loaded: Loaded, probability: np.ndarray) -> tuple[float, float]:
    """The expected cost of the scenario's own futures, each planned alone: what is proven, and what was found."""
    found = []
    for number in range(len(probability)):
        _, instance = posed(loaded, Question(future=number))
        outcome = solve(instance, Options(gap=_GAP))
        found.append((outcome.bound, outcome.objective))
    low, high = probability @ np.array(found)
    return float(low), float(high)


def tried(loaded: Loaded, plan: TriedPlan, count: int, with_hindsight: bool) -> tuple[np.ndarray, np.ndarray, int]:
    """Cost and hindsight (as found) of each path, and in how many the plan breaks something."""
    paths = Paths(loaded.scenario, asked_of(loaded.scenario, count, _SEED, None, Noise()))
    alike, cancel = paths.alike(), threading.Event()
    costs, found, broken = np.zeros(count), np.zeros(count), 0
    for start in range(0, len(alike), _TOGETHER):
        groups = alike[start : start + _TOGETHER]
        world = World(loaded.scenario, paths.tree([group[0] for group in groups]))
        followed = follow(world, plan, cancel)
        its = world.costs(followed.x)
        seen = hindsight(world, followed, cancel).high if with_hindsight else its
        for place, group in enumerate(groups):
            costs[group], found[group] = its[place], seen[place]
            broken += len(group) * bool(followed.broken[place])
    return costs, found, broken


HEAD = (
    "| leaves | nodes | nested distance | to the sample | optimum | bound | expected in sample | out of sample | 95 % |"
    " CVaR | wait-and-see | not knowing (at least) | breaks | seconds |"
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario")
    parser.add_argument("leaves", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("paths", type=int)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--hindsight", action="store_true")
    options = parser.parse_args()
    print(HEAD, f"|{'---|' * HEAD.count(' | ')}---|", sep="\n", flush=True)
    for leaves in options.leaves:
        print(row(options.scenario, leaves, options.paths, options.seconds, options.hindsight), flush=True)

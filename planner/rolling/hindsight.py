"""Once a future has come: what the plan cost, what the best plan in hindsight would have, and what they differ in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.scenario.changed import changed
from planner.scenario.load import Loaded
from planner.scenario.scenario import Scenario
from planner.solver.outcome import Options, Watcher
from planner.trial.following import neutral


@dataclass(frozen=True)
class Hindsight:
    """A future's discounted cost under the plan, and under the best plan of one who knew it (base currency).

    `bound` is proven: no plan costs less in that future. `kinds` has both costs by kind.
    """

    future: str
    cost: float
    best: float
    bound: float
    kinds: Mapping[str, tuple[float, float]]
    plan: Plan

    @property
    def regret(self) -> float:
        """What not knowing has cost, by the plan found."""
        return self.cost - self.best


def hindsight(loaded: Loaded, plan: Plan, future: str, options: Options, watch: Watcher | None = None) -> Hindsight:
    """What knowing a future from the start would have saved.

    The best plan is that of the future alone; shares that are averages over the futures do not bind it, nor does a
    weight on risk.
    """
    alone = replace(loaded, scenario=_alone(loaded.scenario, future))
    best = make_plan(alone, options, watch)
    costs = dict(zip(plan.tables["futures"]["future"], plan.tables["futures"]["cost"].astype(float), strict=True))
    cost = costs[future]
    ours, theirs = _by_kind(plan, future), _by_kind(best, future)
    kinds = {kind: (ours.get(kind, 0.0), theirs.get(kind, 0.0)) for kind in dict.fromkeys([*ours, *theirs])}
    return Hindsight(future, cost, best.objective, best.bound, kinds, best)


def _alone(scenario: Scenario, future: str) -> Scenario:
    """The scenario in which one future is certain."""
    futures = tuple(row.model_copy(update={"probability": 1.0}) for row in scenario.futures if row.future == future)
    events = tuple(row for row in scenario.events if row.future in ("*", future))
    return changed(neutral(scenario), futures=futures, events=events)


def _by_kind(plan: Plan, future: str) -> dict[str, float]:
    rows = plan.tables["costs"]
    sums = rows[rows["future"] == future].groupby("kind", sort=False)["discounted"].sum()
    return {str(kind): float(amount) for kind, amount in sums.items()}

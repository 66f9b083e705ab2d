"""Plans tried on paths that they were not made for, several strategies on the same paths."""

from __future__ import annotations

import math
import pickle
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from planner.batch.cells import Case, digest
from planner.batch.pieces import Piece, Workshop, workshop
from planner.batch.run import Board
from planner.climates.chains import Floats
from planner.comparison.cell import AS_IT_STANDS
from planner.errors import Infeasible, StoppedWithoutPlan, UsageError
from planner.scenario.load import Loaded
from planner.solver.defaults import GAP
from planner.trial.noise import Noise
from planner.trial.paths import Asked, Paths, asked_of
from planner.trial.recalled import ensure_plan_of
from planner.trial.replanning import LEAVES
from planner.trial.statistics import QUANTILES, Estimate, mean, quantile, share, tail
from planner.trial.work import recall_plan, solve_plan, try_paths

Document = dict[str, Any]
Policy = Literal["plan", "replan"]
POLICIES: tuple[Policy, ...] = ("plan", "replan")

_TOGETHER = 25
"""Paths that a worker follows a plan along at a time."""

_PIECES = 8
"""Pieces that paths are planned again in: those alike at first stay together, as they share what is solved."""

WORST = 5


@dataclass(frozen=True)
class Tried:
    """A plan and what came of it, path by path; `alike` says which of the asked paths each document stands for."""

    strategy: str
    policy: Policy
    loaded: Loaded
    objective: float
    bound: float | None
    outcomes: tuple[Document, ...]

    @cached_property
    def costs(self) -> Floats:
        """Of each path asked for."""
        return np.array([outcome["cost"] for outcome in self.outcomes])

    @cached_property
    def hindsight(self) -> tuple[Floats, Floats] | None:
        """Of each path what hindsight costs at least, and what was found; None where it was not asked for."""
        if not self.outcomes or self.outcomes[0]["hindsight"] is None:
            return None
        low, high = np.array([outcome["hindsight"] for outcome in self.outcomes]).T
        return low, high

    @property
    def broken(self) -> int:
        """Paths in which the plan breaks something."""
        return sum(bool(outcome["broken"]) for outcome in self.outcomes)

    def service(self, segment: str) -> Estimate:
        """The share of a line's demand that is built, over all paths."""
        lines = [outcome["lines"][segment] for outcome in self.outcomes]
        return mean(np.array([1 - one["missed"] / one["demand"] if one["demand"] > 0 else 1.0 for one in lines]))

    def first_stop(self, segment: str) -> dict[str, float]:
        """The share of the paths in which a line first stops, by period."""
        found: dict[str, int] = {}
        for outcome in self.outcomes:
            month = outcome["lines"][segment]["first_stop"]
            if month is not None:
                found[month] = found.get(month, 0) + 1
        return {month: found[month] / len(self.outcomes) for month in sorted(found)}

    def worst(self) -> list[Document]:
        """The paths that cost most, the most expensive first, each once."""
        seen: dict[str, Document] = {}
        for outcome in sorted(self.outcomes, key=lambda one: -float(one["cost"])):
            seen.setdefault(outcome["words"] + repr(outcome["cost"]), outcome)
        return list(seen.values())[:WORST]


@dataclass(frozen=True)
class Stress:
    """What came of trying plans on paths; `complete` unless it was stopped before all were tried."""

    loaded: Loaded
    asked: Asked
    tried: tuple[Tried, ...]
    complete: bool

    def difference(self, one: Tried, other: Tried) -> Estimate:
        """How much more one costs than another on the same paths."""
        return mean(one.costs - other.costs)

    @cached_property
    def document(self) -> Document:
        """Strategies and paths, as `docs/cli.md` has them."""
        count = min((len(tried.outcomes) for tried in self.tried), default=0)
        return {
            "strategies": [_strategy(tried) for tried in self.tried],
            "differences": [
                {
                    "strategy": one.strategy,
                    "than": self.tried[0].strategy,
                    **asdict(self.difference(one, self.tried[0])),
                }
                for one in self.tried[1:]
            ],
            "courses": [
                {
                    "course": number,
                    "words": self.tried[0].outcomes[number]["words"],
                    "cost": {tried.strategy: tried.outcomes[number]["cost"] for tried in self.tried},
                    "hindsight": {
                        tried.strategy: None if tried.hindsight is None else float(tried.hindsight[0][number])
                        for tried in self.tried
                    },
                    "broken": {tried.strategy: tried.outcomes[number]["broken"] for tried in self.tried},
                }
                for number in range(count)
            ],
        }


def _strategy(tried: Tried) -> Document:
    settings = tried.loaded.scenario.settings
    middle, worst, seen = mean(tried.costs), tail(tried.costs, settings.risk_tail), tried.hindsight
    unknown = None if seen is None else mean(tried.costs - seen[1])
    breaks = share(tried.broken, len(tried.outcomes))
    return {
        "strategy": tried.strategy,
        "policy": tried.policy,
        "courses": len(tried.outcomes),
        "objective": tried.objective,
        "mean": middle.value,
        "mean_low": middle.low,
        "mean_high": middle.high,
        "cvar": worst.value,
        "cvar_low": worst.low,
        "cvar_high": worst.high,
        "quantiles": [{"level": level, **asdict(quantile(tried.costs, level))} for level in QUANTILES],
        "hindsight_mean": None if seen is None else float(seen[0].mean()),
        "hindsight_found_mean": None if seen is None else float(seen[1].mean()),
        "not_knowing": None if unknown is None else asdict(unknown),
        "infeasible": tried.broken,
        "infeasible_low": breaks.low,
        "infeasible_high": breaks.high,
        "service": {segment: tried.service(segment).value for segment in tried.loaded.scenario.segment},
        "first_stop": {segment: tried.first_stop(segment) for segment in tried.loaded.scenario.segment},
        "worst": [{name: outcome[name] for name in ("number", "cost", "words", "broken")} for outcome in tried.worst()],
    }


@dataclass(frozen=True)
class How:
    """How plans are solved (gap, seconds) and tried: leaves of the trees of `replan`, and whether with hindsight."""

    gap: float = GAP
    time_limit: float | None = None
    leaves: int = LEAVES
    hindsight: bool = True


def stress(
    loaded: Loaded | Sequence[Loaded],
    courses: int = 1000,
    seed: int = 1,
    policy: Policy = "plan",
    *,
    noise: Noise | None = None,
    weights: Mapping[str, float] | None = None,
    plan: Mapping[str, Any] | None = None,
    how: How | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    resume: Path | None = None,
    board: Board | None = None,
) -> Stress:
    """Try a scenario's plan, or the plans of several of its strategies, on the same `courses` paths.

    Without `weights` the paths are those of the scenario's climates, or where it has none its own futures drawn by
    their probabilities. `plan` is a plan as JSON to be tried in place of the optimum.

    Raises:
        UsageError: weights of futures that are not there, or a policy that is not known.
        InputError: the plan is of another scenario, strategy or version.
        Infeasible: a scenario has no plan. StoppedWithoutPlan: none was found in time.
    """
    if policy not in POLICIES:
        raise UsageError(f"There is no policy '{policy}'. Use one of: {', '.join(POLICIES)}.")
    every = [loaded] if isinstance(loaded, Loaded) else list(loaded)
    asked = asked_of(every[0].scenario, courses, seed, weights, noise or Noise())
    if plan is not None:
        ensure_plan_of(every[0], dict(plan), "The plan")
    how = how or How()
    with workshop("stress test", workers, cluster, resume, board) as shop:
        trial = _Trial(shop, asked, policy, how)
        tried = [found for one in every if (found := trial.of(one, plan)) is not None]
    if not tried:
        raise StoppedWithoutPlan("Stopped before a first plan was tried.")
    return Stress(every[0], asked, tuple(tried), len(tried) == len(every) and all(_whole(t, courses) for t in tried))


def _whole(tried: Tried, courses: int) -> bool:
    return len(tried.outcomes) == courses


@dataclass
class _Trial:
    """Solves plans and tries them, piece by piece."""

    shop: Workshop
    asked: Asked
    policy: Policy
    how: How
    _alike: list[list[int]] = field(default_factory=list)

    def of(self, loaded: Loaded, plan: Mapping[str, Any] | None) -> Tried | None:
        """What comes of one scenario's plan; None where it was stopped before any path was tried."""
        case = Case(loaded.raw.name, zlib.compress(pickle.dumps(loaded.raw)))
        name = loaded.strategy or AS_IT_STANDS
        grounds = {"input": digest(loaded.raw, AS_IT_STANDS)}
        solved = self._solved(case, name, grounds, plan)
        if solved is None or solved["x"] is None:
            _raise_without(solved, name)
            return None
        found = self._outcomes(case, name, loaded, grounds, solved)
        if not found:
            return None
        return Tried(name, self.policy, loaded, solved["objective"], solved["bound"], tuple(found))

    def _solved(self, case: Case, name: str, grounds: Document, plan: Mapping[str, Any] | None) -> Document | None:
        if plan is None:
            its = grounds | {"gap": self.how.gap, "time_limit": self.how.time_limit}
            piece = Piece(f"{name}: the plan", solve_plan, (case, self.how.gap, self.how.time_limit), its)
        else:
            its = grounds | {"plan": repr(sorted(plan["provenance"].items()))}
            piece = Piece(f"{name}: the plan", recall_plan, (case, dict(plan)), its)
        return self.shop.do([piece]).get(piece.label)

    def _outcomes(self, case: Case, name: str, loaded: Loaded, grounds: Document, solved: Document) -> list[Document]:
        paths = Paths(loaded.scenario, self.asked)
        alike = paths.alike()
        its = grounds | paths.document() | asdict(self.how) | {"policy": self.policy, "x": solved["x"]}
        pieces = [
            Piece(
                f"{name}: paths {number + 1} of {self.policy}",
                try_paths,
                (case, self.asked, tuple(group), self.policy, self.how.leaves, self.how.hindsight, solved["x"]),
                its | {"paths": group},
            )
            for number, group in enumerate(self._groups([group[0] for group in alike]))
        ]
        answers = self.shop.do(pieces)
        by_number = {one["number"]: one for answer in answers.values() for one in answer.get("paths", ())}
        of = {number: group[0] for group in alike for number in group}
        return [by_number[of[number]] for number in range(self.asked.count) if of[number] in by_number]

    def _groups(self, numbers: list[int]) -> list[list[int]]:
        size = _TOGETHER if self.policy == "plan" else max(1, math.ceil(len(numbers) / _PIECES))
        return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def _raise_without(solved: Document | None, name: str) -> None:
    if solved is not None and solved["infeasible"]:
        raise Infeasible(f"No plan can satisfy every row of the scenario (strategy: {name}).")
    if solved is not None and not solved["stopped"]:
        raise StoppedWithoutPlan("The time limit came before a first plan was found: give it more time.")

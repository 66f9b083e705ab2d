"""Other plans nearly as good, which differ as much as possible in what is to be done first."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from planner.batch.cells import Case
from planner.batch.pieces import workshop
from planner.batch.run import Board
from planner.errors import Fault
from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.pipeline import plan_of
from planner.scenario.load import Loaded
from planner.solver.halt import Halt
from planner.solver.highs import branch_and_bound
from planner.solver.outcome import Options, Outcome, Progress, Stop
from planner.solver.scaling import scale
from planner.solver.strategy import solve
from planner.valuation.desk import Desk, Limits, desk, plain
from planner.valuation.differing import Choice, Differing, Name
from planner.valuation.inquiry import Inquiry
from planner.valuation.interval import Found

Watch = Callable[[Any], None]
Document = dict[str, Any]

KIND = "alternatives"
_CLOSE = 0.05
"""The relative gap of the search for what differs most: whether one decision more could differ is little to know."""

_FINE = 5e-4
"""The gap at which what single differences save still shows."""

_LEAST_SECONDS = 2.0
_MARGIN = 1e-7
"""The share of the cost by which an alternative is kept below what is allowed, for rounding."""


@dataclass(frozen=True)
class Alternative:
    """A plan nearly as good as the best, proven to lie within the share asked for of the scenario's `bound`.

    `choice` is what it decides now, starts to qualify and whom it orders from in the first period.
    """

    objective: float
    bound: float
    decisions: Document
    choice: Choice


@dataclass(frozen=True)
class Alternatives:
    """The best plan found and others within a share of it; `names` are the decisions that count.

    `exhausted` says that it is proven that there are no others, `complete` is False where Ctrl-C came before the end.
    """

    loaded: Loaded
    within: float
    found: Found
    plans: tuple[Alternative, ...]
    names: tuple[Name, ...]
    exhausted: bool
    complete: bool

    @property
    def counts(self) -> dict[Name, int]:
        """In how many of the plans each decision is taken."""
        counted = Counter(name for plan in self.plans for name in plan.choice)
        return {name: counted[name] for name in self.names}

    def verdict(self, name: Name) -> str:
        """Whether a decision is taken in all of the plans (must), in some (could), or in none (never)."""
        count = self.counts[name]
        return "must" if count == len(self.plans) else "could" if count else "never"

    @property
    def document(self) -> Document:
        """As JSON has it (see docs/cli.md)."""
        plans = [{"objective": p.objective, "bound": p.bound, "decisions": p.decisions} for p in self.plans]
        rows = [
            {"kind": kind, "item": item, "in": count, "verdict": self.verdict((kind, item))}
            for (kind, item), count in self.counts.items()
        ]
        said = {"plans": plans, "decisions": rows, "rp": self.found.document, "within": self.within}
        return said | {"exhausted": self.exhausted, "complete": self.complete}


def alternatives(
    loaded: Loaded,
    within: float = 0.01,
    most: int = 10,
    limits: Limits | None = None,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    resume: Path | None = None,
    board: Board | None = None,
) -> Alternatives:
    """Up to `most` plans within a share of the optimum, the best first, each as far as can be from those before it.

    They differ in what is applied for, signed and kept now, and in what is qualified and ordered from whom in the
    first period; a signature under which nothing is ordered does not count. Each is proven to lie `within` the share.

    Raises Infeasible and the like where the scenario has no plan.
    """
    limits = limits or Limits()
    with workshop(KIND, workers, cluster, resume, board) as shop:
        inquiry = Inquiry(loaded, limits, shop)
        rp, exhausted = inquiry.base.found, False
        plans: list[Alternative] = []
        names: tuple[Name, ...] = ()
        while len(plans) < most and not exhausted:
            earlier = tuple(tuple(sorted(plan.choice)) for plan in plans)
            label = f"alternative {len(plans)}" if plans else "the best plan"
            inquiry.have(label, solve_alternative, rp, within, earlier)
            inquiry.do()
            said = inquiry.answer(label)
            if said is None or said["objective"] is None:
                exhausted = said is not None and said["exhausted"]
                break
            names = tuple((kind, item) for kind, item in said["names"])
            choice = frozenset((kind, item) for kind, item in said["choice"])
            plans.append(Alternative(said["objective"], rp.bound, said["decisions"], choice))
        return Alternatives(loaded, within, rp, tuple(plans), names, exhausted, not inquiry.stopped)


# --- in a worker process ------------------------------------------------------------------------------


def solve_alternative(
    case: Case,
    limits: Limits,
    rp: Found,
    within: float,
    earlier: tuple[tuple[Name, ...], ...],
    start: str | None = None,
    *,
    watch: Watch,
    cancel: threading.Event,
) -> Document:
    """The plan that differs most from earlier ones; the scenario's own where there are none."""
    here = desk(case, start)
    most = rp.bound + within * abs(rp.bound)
    differing = Differing(here.path, here.instance, most - _MARGIN * abs(most))
    if here.start is None or here.start.x is None:
        raise Fault("An alternative is looked for before the plan itself. This is a fault of the planner.")
    if not earlier:
        return _said(here, differing, here.start.x, cancel)
    search = _Search(here, differing, [frozenset(choice) for choice in earlier], limits, watch, cancel)
    found = search.run(within * abs(rp.bound), most)
    if found is None:
        return {"objective": None, "exhausted": search.exhausted, "stopped": cancel.is_set()}
    return _said(here, differing, found, cancel)


@dataclass
class _Search:
    """The search for a plan that differs from earlier ones, none of whose steps takes longer than the plan itself did.

    Where every decision that differs saves so much, the cheapest plan differs in many and is found like every plan;
    from there branch and bound looks for one that differs in more.
    """

    here: Desk
    differing: Differing
    earlier: list[Choice]
    limits: Limits
    watch: Watch
    cancel: threading.Event
    exhausted: bool = False

    def run(self, spare: float, most: float) -> Floats | None:
        """A plan that costs at most `most`, `spare` above the bound; None where there is none, or none was found."""
        begun = self._begun(spare, most)
        if begun is None or self.cancel.is_set():
            return None
        self.watch(Progress("looking for a plan that differs in more", 0.0))
        program, options = self.differing.farthest(self.earlier), Options(gap=_CLOSE, time_limit=0.5 * self._seconds)
        far = branch_and_bound(program, scale(program), options, {}, None, Halt(self.cancel), begun)
        if far.x is None or far.objective >= self._objective(program, begun) - 0.5:
            return self.differing.plan(begun)
        choice = self.differing.choice(self.differing.plan(far.x))
        cheap = self._solved(self.differing.exactly(choice), "making it cheaper", far.x)
        is_better = cheap.x is not None and cheap.objective <= most
        return self.differing.plan(cheap.x if is_better and cheap.x is not None else begun)

    def _begun(self, spare: float, most: float) -> Floats | None:
        """The cheapest of plans whose differences save less and less, the first that costs no more than allowed."""
        count = len(self.differing.names)
        for worth in (2 * spare / count, spare / count, 0.0):
            found = self._solved(self.differing.cheapest(self.earlier, worth), "looking for another plan", None)
            self.exhausted = found.stop is Stop.INFEASIBLE or (worth == 0.0 and found.bound > most)
            if self.exhausted:
                return None
            if found.x is not None and self._cost(found.x) <= most and self._is_new(found.x):
                return found.x
        return None

    def _cost(self, x: Floats) -> float:
        instance = self.here.instance
        return float(instance.cost @ self.differing.plan(x)) + instance.offset

    def _is_new(self, x: Floats) -> bool:
        return self.differing.choice(self.differing.plan(x)) not in self.earlier

    @staticmethod
    def _objective(program: Instance, x: Floats) -> float:
        return float(program.cost @ x) + program.offset

    @property
    def _seconds(self) -> float:
        taken = self.here.start.seconds if self.here.start is not None else 0.0
        return self.limits.time_limit or max(taken, _LEAST_SECONDS)

    def _solved(self, program: Instance, stage: str, mip_start: Floats | None) -> Outcome:
        self.watch(Progress(stage, 0.0))
        options = Options(gap=min(self.limits.gap, _FINE), time_limit=2 * self._seconds)
        return solve(program, options, None, self.cancel, mip_start=mip_start)


def _said(here: Desk, differing: Differing, x: Floats, cancel: threading.Event) -> Document:
    """The plan in plain values, checked as every plan is."""
    choice = differing.choice(x)
    objective = float(here.instance.cost @ x) + here.instance.offset
    plan = plan_of(here.prepared, Outcome(Stop.OPTIMAL, x, objective, -np.inf, np.inf, 0.0, ""))
    more = {kind: [item for one, item in sorted(choice) if one == kind] for kind in ("qualify", "order")}
    return {
        "objective": plan.objective,
        "decisions": plain(plan.decisions) | more,
        "names": [list(name) for name in differing.names],
        "choice": [list(name) for name in sorted(choice)],
        "stopped": cancel.is_set(),
    }

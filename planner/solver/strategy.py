"""How an instance is solved: relaxation, dive, branch and bound, each only where the one before left a gap.

The relaxation gives a bound, the dive a plan near it; where the two lie within the gap asked for, or at a limit,
that is the answer. Else HiGHS searches on from the plan. What holds of the result is proven either way: the bound
is the better of the two.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.futures.tree import Floats
from planner.model.tiling import Instance
from planner.solver.dive import EXACTING, Dive, MipStart
from planner.solver.halt import Halt
from planner.solver.highs import NEGLIGIBLE, branch_and_bound, fixed, has_many_futures
from planner.solver.outcome import BRANCHING, Options, Outcome, Progress, Step, Stop, Watcher, gap
from planner.solver.panel import Panels
from planner.solver.relaxation import LpFailed, Relaxation, State, Stopped
from planner.solver.scaling import Scaling, scale
from planner.solver.shared import bounded, held, narrowed
from planner.solver.warm_start import WarmStart

_ATTEMPTS: tuple[dict[str, Any], ...] = ({"presolve": "off"}, {"presolve": "off", "simplex_scale_strategy": 0})
"""Options of the attempts after one that HiGHS itself reports as failed."""

_EXACT = {"mip_feasibility_tolerance": 1e-10, "primal_feasibility_tolerance": 1e-10}
_STRICT: tuple[dict[str, Any], ...] = (_EXACT, _EXACT | {"presolve": "off"})
"""Options after an attempt whose plan does not hold: beside a capacity of 10⁷ a signature of 10⁻⁷ passes for
none, and lets 1 kg through. They take longer, so that they are not the first."""

_NEAR = 5e-3
"""The gap up to which a dive after a MIP start, or a careful one after a quick one, betters little that branch and
bound would not; and beyond which a plan rules out little, and is none to be left with where the solver gives up."""

_FAR = 0.1
"""The share of the bound above it at which a quick dive is given up: a careful one will do better."""

_SMALL, _MODERATE = 1_000, 10_000
"""Integer variables, up to which the search is quick even from a plan that is less exact, and up to which a dive in
small portions spares it more than it takes."""

_ROUGH = 3e-4
"""The gap that a dive in a small program aims at, at least: finer portions shorten the short searches and draw out the
long ones."""

TOO_FAR_APART = "figures too far apart"
"""What is reported of a plan that keeps its rows only beside figures far larger than any need."""

_A_WHILE = 5.0
"""Seconds."""

_HOLDS = 1e-6
"""Most by which a row may be missed, relative to the largest part of its sum."""


def solve(
    instance: Instance,
    options: Options | None = None,
    watch: Watcher | None = None,
    cancel: threading.Event | None = None,
    warm_start: WarmStart | None = None,
    mip_start: Floats | None = None,
    bound: float = -np.inf,
) -> Outcome:
    """Solve an instance to the gap asked for, or until a limit, `cancel` or Ctrl-C.

    The plan found by then is kept. Ctrl-C counts only in the main thread. Where the instance fits a warm start of like
    ones, the relaxation begins from its basis, and the integer variables of a `mip_start`, else of its plan, come
    first.
    `bound` (base currency) is one that is proven already: the search ends where its plan comes near enough to it.
    """
    options = options or Options()
    halt = Halt(cancel or threading.Event(), options.memory_limit)
    warm_start = warm_start if warm_start is not None and warm_start.fits(instance) else None
    search = _Search(
        instance, scale(instance) if warm_start is None else warm_start.scaling, options, watch, halt, bound
    )
    try:
        if instance.integer.any():
            search.dive(warm_start, mip_start)
        if search.best.stop is Stop.FAILED:
            search.branch()
    except Stopped as stopped:
        search.stop(stopped.stop)
    except KeyboardInterrupt:
        search.halt.cancel.set()
        search.stop(Stop.INTERRUPTED)
    return search.outcome()


def begin(instance: Instance, options: Options, cancel: threading.Event) -> Outcome:
    """What the relaxation and dives give by the gap asked for or a limit, for like instances to begin from."""
    halt = Halt(cancel, options.memory_limit)
    search = _Search(instance, scale(instance), options, None, halt)
    try:
        search.dive()
    except Stopped as stopped:
        search.stop(stopped.stop)
    return search.outcome()


_NOTHING = Outcome(Stop.FAILED, None, np.inf, -np.inf, np.inf, 0.0, "not started")


@dataclass
class _Search:
    """One solve: what it is asked, and the best plan, bound and steps so far."""

    instance: Instance
    scaling: Scaling
    options: Options
    watch: Watcher | None
    halt: Halt
    known: float = -np.inf
    started: float = field(default_factory=time.monotonic)
    best: Outcome = _NOTHING
    narrowed: Instance | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self.started

    # --- relaxation and dive --------------------------------------------------------------------------

    def dive(self, warm_start: WarmStart | None = None, mip_start: Floats | None = None) -> None:
        """A bound from the relaxation and a plan from a dive in it, unless a linear program fails."""
        if warm_start is not None and mip_start is None:
            mip_start = warm_start.outcome.x
        with suppress(LpFailed):
            self._dives(warm_start, mip_start)

    def _dives(self, warm_start: WarmStart | None, mip_start: Floats | None) -> None:
        relaxation = self._relaxation(warm_start)
        self._notify("solving the relaxation")
        if not (relaxation.begin() if warm_start is None else relaxation.solve()):
            self._step("solving the relaxation", Stop.INFEASIBLE)
            return
        relaxed = relaxation.state()
        self.best = replace(self.best, bound=max(relaxed.objective, self.known), basis=relaxed.basis)
        self._step("solving the relaxation", Stop.FAILED)
        if mip_start is not None:
            self._find(MipStart(relaxation, mip_start))
            relaxation.go_back(relaxed)
        panels = Panels(relaxation)
        if mip_start is None or not self._is_enough(warm_start is not None and warm_start.is_searched):
            self._dive_from(relaxation, self._chosen(panels) or relaxed)
            relaxation.go_back(relaxed)
        self._rule_out(panels, relaxation)
        if has_many_futures(self.instance):
            self._search_futures()
            self._narrow(relaxation)

    def _is_enough(self, is_searched: bool) -> bool:
        """Whether the plan of a like program is one to search from: near, or where dives have not helped before."""
        return self._is_near() or self.best.gap <= _NEAR or (is_searched and self.best.x is not None)

    def _dive_from(self, relaxation: Relaxation, start: State) -> None:
        relaxation.go_back(start)
        for dive in self._finders(relaxation):
            self._find(dive)
            relaxation.go_back(start)
            if self._is_near():
                break

    def _chosen(self, panels: Panels) -> State | None:
        """The best choice of suppliers that the relaxation finds, where panels leave one open."""
        if not panels.is_open:
            return None
        self._notify("choosing suppliers")
        found = panels.first()
        self._raise(panels.bound)
        self._step("choosing suppliers", Stop.FAILED)
        return found

    def _raise(self, bound: float) -> None:
        """Take over a bound that is higher, as far as the incumbent allows."""
        bound = min(max(self.best.bound, bound), self.best.objective)
        if np.isfinite(bound):
            self.best = replace(self.best, bound=bound, gap=gap(self.best.objective, bound))

    def _relaxation(self, warm_start: WarmStart | None) -> Relaxation:
        limit, seed = self.options.time_limit, self.options.seed
        deadline = None if limit is None else self.started + limit
        if warm_start is None:
            return Relaxation(self.instance, self.scaling, seed, self.halt, deadline)
        return warm_start.relaxation(self.instance, seed, self.halt, deadline)

    def _finders(self, relaxation: Relaxation) -> Iterator[Dive]:
        most = self.best.bound + _FAR * abs(self.best.bound)
        aim = max(self.options.gap, _ROUGH if len(relaxation.whole) <= _SMALL else EXACTING)
        moderate = len(relaxation.whole) <= _MODERATE
        if self.options.gap > EXACTING or not moderate:
            yield Dive(relaxation, careful=False, most=most)
        if moderate:
            yield Dive(relaxation, careful=False, most=min(most, self.best.objective), aim=aim)
        if self.best.gap > _NEAR:
            yield Dive(relaxation, most=self.best.objective)

    def _find(self, finder: Dive | MipStart) -> None:
        self._notify(finder.name)
        x = finder.run()
        if x is not None:
            self._take(x)
        self._step(finder.name, Stop.OPTIMAL if self._is_near() else Stop.FAILED)

    def _search_futures(self) -> None:
        """Better each future by itself, with what it shares with others held."""
        if self.best.x is None or self._is_near():
            return
        self._notify("searching each future")
        program = held(self.instance, self.best.x)
        # Not watched: what is proven of the rest of a plan is no bound of all.
        found = self._attempt(program, {"mip_max_nodes": 1}, self.best.x, None)
        better = self._polished(program, found).x
        if better is not None:
            self._take(better)
        self._step("searching each future", Stop.OPTIMAL if self._is_near() else Stop.FAILED)

    def _rule_out(self, panels: Panels, relaxation: Relaxation) -> None:
        """Leave out of the search the choices of suppliers that cost more than the incumbent."""
        if self.best.x is None or self._is_near() or not panels.is_open:
            return
        self._notify("ruling out suppliers")
        panels.rule_out(self.best.objective)
        self._raise(panels.bound)
        self.narrowed = bounded(relaxation)
        self._step("ruling out suppliers", Stop.OPTIMAL if self._is_near() else Stop.FAILED)

    def _narrow(self, relaxation: Relaxation) -> None:
        """Leave out of the search what all futures share and no better plan decides so."""
        if self.best.x is None or self._is_near() or self.best.gap > _NEAR:
            return
        self._notify("ruling out")
        self.narrowed = narrowed(relaxation, self.best.x, self.best.objective)
        self._raise(relaxation.objective)
        self._step("ruling out", Stop.OPTIMAL if self._is_near() else Stop.FAILED)

    def _take(self, x: Floats) -> None:
        """Keep a plan that costs less; as it comes out mended where it breaks a row."""
        kept = x if self._keeps(x) else self._mended(x)
        objective = np.inf if kept is None else float(self.instance.cost @ kept) + self.instance.offset
        if objective < self.best.objective:
            bound = min(self.best.bound, objective)
            self.best = replace(self.best, x=kept, objective=objective, bound=bound, gap=gap(objective, bound))

    def _step(self, name: str, stop: Stop) -> None:
        self.best = replace(self.best, stop=stop, seconds=self.seconds, detail=name)
        self.steps.append(Step(name, self.seconds, self.best.objective, self.best.bound))
        self._notify(name)

    def _notify(self, stage: str) -> None:
        if self.watch is not None:
            self.watch(self._progress(Progress(stage, 0.0)))

    def _progress(self, news: Progress) -> Progress:
        """Progress of a step as that of the whole solve."""
        mine = self.best
        incumbent = min((value for value in (news.incumbent, mine.objective) if value is not None), default=np.inf)
        bound = max((value for value in (news.bound, mine.bound) if value is not None), default=-np.inf)
        has_incumbent, has_bound = bool(np.isfinite(incumbent)), bool(np.isfinite(bound))
        return Progress(
            news.stage,
            self.seconds,
            incumbent if has_incumbent else None,
            bound if has_bound else None,
            gap(incumbent, bound) if has_incumbent and has_bound else None,
        )

    # --- branch and bound -----------------------------------------------------------------------------

    def branch(self) -> None:
        """Search on from what there is; once more, strictly, where what comes out does not fit."""
        if not self._search(self.narrowed or self.instance, ({}, *_ATTEMPTS), self.best.x):
            if not self._search_strictly():
                self._give_up()
        elif self.best.stop is Stop.INFEASIBLE:
            self._doubt()

    def _search_strictly(self) -> bool:
        """With presolve and without it: either may lose plans that the other finds, and only what both prove counts."""
        self.scaling = scale(self.instance)  # by its own figures: a warm start's may lie far from them
        found = [self._found(self.instance, (way, way | _ATTEMPTS[-1]), None) for way in _STRICT]
        best = min(found, key=lambda one: (one.objective, one.stop is Stop.INFEASIBLE))
        return self._settle(replace(best, bound=min(one.bound for one in found)))

    def _doubt(self) -> None:
        """Where HiGHS finds no plan, though the relaxation has a solution, see whether its tolerances hide one.

        For as long again, and a few seconds: that none is found after all may take strict searches much longer to see.
        """
        said, asked = self.best, self.options
        limit = 2 * self.seconds + _A_WHILE
        self.options = replace(asked, time_limit=limit if asked.time_limit is None else min(limit, asked.time_limit))
        with suppress(Stopped):
            self._search_strictly()
        self.options = asked
        if self.best.x is None:
            self.best = said
        elif self.best.stop is not Stop.OPTIMAL and not self._search_strictly():
            self._give_up()

    def _give_up(self) -> None:
        """Leave it at a plan that is near; of one far from the bound, what is wrong with the figures is the answer."""
        if self.best.gap > _NEAR:
            self.best = replace(self.best, x=None, objective=np.inf, gap=np.inf)
        self.best = replace(self.best, stop=Stop.FAILED, detail=TOO_FAR_APART)

    def stop(self, stop: Stop) -> None:
        """Leave it at what there is."""
        self._step("stopped", stop)

    def outcome(self) -> Outcome:
        """What there is now."""
        return replace(self.best, seconds=self.seconds, steps=tuple(self.steps))

    def _search(self, program: Instance, extras: Iterable[dict[str, Any]], start: Floats | None) -> bool:
        """Better what there is; whether what was found fits."""
        return self._settle(self._found(program, extras, start))

    def _found(self, program: Instance, extras: Iterable[dict[str, Any]], start: Floats | None) -> Outcome:
        """What branch and bound makes of a program, its plan taken: as it is or, where it breaks a row, mended."""
        watch = self.watch
        notify = None if watch is None else (lambda news: watch(self._progress(news)))
        attempted = _first(lambda extra: self._attempt(program, extra, start, notify), extras)
        found = self._polished(program, attempted)
        if found.x is None:
            return found
        self._take(found.x)
        return found if self._keeps(found.x) else replace(found, x=None, objective=np.inf, gap=np.inf)

    def _settle(self, found: Outcome) -> bool:
        """Take over what was found; whether it fits.

        Tolerances may let a plan pass for one that breaks a row, or a known one be lost: then none is left, or
        only ones that cost more.
        """
        is_lost = self.best.x is not None and (found.stop is Stop.INFEASIBLE or self._is_below(found.bound))
        self.best = _better(self.best, replace(found, bound=-np.inf) if is_lost else found)
        self.steps.append(Step(BRANCHING, self.seconds, self.best.objective, self.best.bound))
        if self._is_near():
            self.best = replace(self.best, stop=Stop.OPTIMAL)
            return True
        return not is_lost and (found.stop is not Stop.OPTIMAL or self._is_proven())

    def _attempt(
        self, program: Instance, extra: dict[str, Any], start: Floats | None, watch: Watcher | None
    ) -> Outcome:
        limit = self.options.time_limit
        left = None if limit is None else max(limit - self.seconds, 0.0)
        stop = self.halt.stop or (Stop.TIME_LIMIT if left == 0.0 else None)
        if stop is not None:
            raise Stopped(stop)
        options = replace(self.options, time_limit=left)
        if np.isfinite(self.known):
            enough = self.known + self.options.gap * abs(self.known)
            extra = extra | {"objective_target": enough * self.scaling.objective}
        return branch_and_bound(program, self.scaling, options, extra, watch, self.halt, start)

    def _polished(self, program: Instance, outcome: Outcome) -> Outcome:
        """The outcome with integral integer variables: they are rounded and, where that moved any, the rest re-solved.

        At a limit, too: it takes one linear program, and without it the plan is none.
        """
        x, integer = outcome.x, program.integer
        if x is None or not integer.any():
            return outcome
        rounded = np.where(integer, np.round(x), x)
        if np.abs(rounded - x).max() <= NEGLIGIBLE:
            return replace(outcome, x=rounded)
        again = self._fixed(program, rounded[integer])
        if again.x is None:
            return outcome
        return replace(
            again,
            stop=outcome.stop,
            bound=min(outcome.bound, again.objective),
            gap=gap(again.objective, outcome.bound),
            seconds=outcome.seconds + again.seconds,
            detail=outcome.detail,
        )

    def _mended(self, x: Floats) -> Floats | None:
        """With the integer variables of an x that breaks rows, or those raised that they need; None: none is found.

        Beside a capacity of 10⁹ a signature of 10⁻⁹ passes for none, and lets 1 kg through.
        """
        instance, matrix = self.instance, self.instance.matrix
        nearest = np.where(instance.integer, np.round(x), x)
        raises = (matrix.value < 0) & instance.integer[matrix.index] & self._broken(nearest)[matrix.row]
        raised = nearest.copy()
        raised[matrix.index[raises]] += 1.0
        sides = (nearest, np.minimum(raised, instance.upper))
        found = [self._fixed(instance, side[instance.integer]) for side in sides]
        plans = [one for one in found if one.x is not None and self._keeps(one.x)]
        return min(plans, key=lambda one: one.objective).x if plans else None

    def _fixed(self, program: Instance, whole: Floats) -> Outcome:
        """What is best with the integer variables as stated."""
        own = Halt(threading.Event())
        found = branch_and_bound(fixed(program, whole), self.scaling, Options(gap=0.0), {}, None, own)
        if own.cancel.is_set():
            self.halt.cancel.set()
        if found.x is not None:
            found.x[program.integer] = whole
        return found

    # --- what holds -----------------------------------------------------------------------------------

    def _keeps(self, x: Floats) -> bool:
        """Whether a plan keeps every row and bound, with integral integer variables."""
        instance, whole = self.instance, x[self.instance.integer]
        outside = np.maximum(instance.lower - x, x - instance.upper) > _HOLDS * self._sizes(x)
        return bool((whole == np.round(whole)).all() and not outside.any() and not self._broken(x).any())

    def _broken(self, x: Floats) -> NDArray[np.bool_]:
        """By row, whether it is broken, seen beside its own figures."""
        instance, matrix = self.instance, self.instance.matrix
        body, largest = matrix.times(x), matrix.by_row(np.maximum, np.abs(matrix.value) * self._sizes(x)[matrix.index])
        missed = np.maximum(instance.row_lower - body, body - instance.row_upper)
        return np.asarray(missed > _HOLDS * largest)

    def _sizes(self, x: Floats) -> Floats:
        """By column, beside what an error is seen: integer variables themselves, of others a hundredth of the unit."""
        return np.maximum(np.abs(x), np.where(self.instance.integer, 0.0, 0.01 * self.scaling.columns))

    def _is_near(self) -> bool:
        return self.best.x is not None and self.best.gap <= self.options.gap

    def _is_proven(self) -> bool:
        """Whether the plan is as near to the bound as asked for, but for what is noise."""
        best = self.best
        apart = (best.objective - best.bound) * self.scaling.objective
        return best.gap <= self.options.gap + _HOLDS or apart <= _HOLDS

    def _is_below(self, bound: float) -> bool:
        """Whether the plan costs less than a bound says that any can."""
        return bound - self.best.objective > _HOLDS * max(abs(bound), 1.0 / self.scaling.objective)


def _better(known: Outcome, found: Outcome) -> Outcome:
    """What two steps make together: the better plan, the better bound, why the last one stopped."""
    if found.stop is Stop.INFEASIBLE and known.x is None:
        return found
    best = known if known.objective < found.objective else found
    if best.x is None:
        return replace(found, basis=known.basis, bound=max(known.bound, found.bound))
    bound = min(max(known.bound, found.bound), best.objective)
    return replace(
        found, basis=known.basis, x=best.x, objective=best.objective, bound=bound, gap=gap(best.objective, bound)
    )


def _first(attempt: Callable[[dict[str, Any]], Outcome], extras: Iterable[dict[str, Any]]) -> Outcome:
    """The first attempt that HiGHS does not itself report as failed, or the last."""
    outcome = _NOTHING
    for extra in extras:
        outcome = attempt(extra)
        if outcome.stop is not Stop.FAILED:
            break
    return outcome

"""A first plan from the linear relaxation: its fractional integer variables are fixed step by step.

After each step the relaxation is solved again from its basis, so that the rest answers. What is decided now comes
first, then what is expanded and qualified, then which orders are placed; each of the first two, while they are
few, at the side that costs less (as in strong branching, Applegate et al. 1995), the last in portions. Before the
second of them, what is decided now is changed one by one as long as that saves (1-opt).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.catalogue.decisions import DECISIONS, DIFFERS, Rank
from planner.futures.tree import Floats, Ints
from planner.model.tiling import Instance
from planner.solver.highs import NEGLIGIBLE
from planner.solver.relaxation import UNLIMITED, Relaxation

_FRACTIONAL = 1e-6
_FEW = 48
"""Most fractional numbers of a rank that are fixed one by one, both sides tried."""

_PORTION = 0.25
"""The share of more than that which is fixed in one step, at most."""

_EXPENSIVE, _OF_AIM, _FEWER = 1e-3, 0.25, 4
"""What raises the cost by more than that share, or than that part of the gap aimed at, is expensive; such a portion is
tried again so many times smaller, and the next ones grow again."""

EXACTING = 1e-4
"""The gap from which on a better plan spares the search more than both sides of single numbers take."""

_WORTH = 1e-7
"""The share of the cost that a changed decision must save; less may be noise."""

_MOST_ITERATIONS = 5_000
"""Where one side is not expensive, another that takes more simplex iterations than that is taken to cost more."""

_NOW, _ORDERS = Rank.NOW, Rank.ORDERS
_RANKS = {decision.variable: int(decision.rank) for decision in (*DECISIONS, DIFFERS)}
_NONE = -1


class Dive:
    """A dive in a solved relaxation, given up where it costs more than `most` (base currency).

    With `careful` both sides of few numbers are tried, which costs solves. So does an `aim`, the gap that the plan is
    to come within: what is decided now is looked at twice, and the smaller the gap, the smaller the portions. From
    `EXACTING` on both sides are tried of numbers that are left alone once portions have become small, in place of the
    nearer side first.
    """

    def __init__(self, relaxation: Relaxation, careful: bool = True, most: float = np.inf, aim: float = np.inf) -> None:
        self._lp, self._careful, self._most, self._portion = relaxation, careful, most, _PORTION
        self._expensive, self._patient = min(_EXPENSIVE, _OF_AIM * aim), aim <= EXACTING
        self._settled = not np.isfinite(aim)
        self.name = "diving carefully" if careful else "diving" if self._settled else "diving in small portions"
        self._rank = ranks(relaxation.instance)[relaxation.whole]
        self._orders = _Lifting(relaxation, relaxation.whole[self._rank == _ORDERS])

    def run(self) -> Floats | None:
        """The columns of a plan (base units); None where it found no solution, or an expensive one."""
        while self._lp.objective < self._most:
            fractional = self._fractional()
            if not len(fractional):
                return whole(self._lp, np.round(self._lp.values()))
            rank = int(self._rank[fractional].min())
            if rank > _NOW and not self._settled:
                self._settle()
                continue
            of_rank = fractional[self._rank[fractional] == rank]
            one_by_one = self._careful and rank != _ORDERS and len(of_rank) <= _FEW
            fixed = self._cheaper_side(self._next(of_rank, rank)) if one_by_one else self._fix(of_rank, rank)
            if not fixed:
                return None
        return None

    def _fractional(self) -> Ints:
        values = self._lp.values()
        return np.flatnonzero(np.abs(values - np.round(values)) > _FRACTIONAL)

    def _part(self, places: Ints) -> Floats:
        values = self._lp.values()[places]
        return np.asarray(values - np.floor(values))

    def _is_expensive(self, objective: float, before: float) -> bool:
        return objective - before > self._expensive * abs(before)

    # --- what is decided now ------------------------------------------------------------------------

    def _settle(self) -> None:
        """Fix what is decided now, after changing single decisions as long as one of them saves."""
        lp, self._settled = self._lp, True
        is_free = lp.instance.lower[lp.whole] < lp.instance.upper[lp.whole]
        now = np.flatnonzero((self._rank == _NOW) & is_free)
        lp.lower[now] = lp.upper[now] = np.round(lp.values()[now])
        improved = lp.solve()
        while improved:
            improved = self._change(now)

    def _change(self, places: Ints) -> bool:
        """Take or leave the first of some decisions that saves by it; whether one does.

        A change saves at most what its reduced cost at the last solve says, so that most need not be tried.
        """
        lp, before = self._lp, self._lp.state()
        change = 1.0 - 2.0 * lp.lower[places]
        saving = -lp.reduced_costs()[places] * change
        most_first = np.argsort(-saving, kind="stable")[: np.count_nonzero(saving > 0)]
        for place, step in zip(places[most_first], change[most_first], strict=True):
            lp.lower[place] = lp.upper[place] = lp.lower[place] + step
            below = before.objective - _WORTH * abs(before.objective)
            if lp.solve(_MOST_ITERATIONS, below=below) and lp.objective < below:
                return True
            lp.go_back(before)
        return False

    # --- one at a time ------------------------------------------------------------------------------

    def _next(self, places: Ints, rank: int) -> int:
        """What is decided now is fixed where it is least sure first, since the rest depends on it."""
        part = self._part(places)
        return int(places[np.argmin(np.abs(part - 0.5)) if rank <= _NOW else np.argmax(part)])

    def _cheaper_side(self, place: int) -> bool:
        """Fix a fractional number at the side that costs less; False where neither has a solution."""
        lp, before = self._lp, self._lp.state()
        value = lp.values()[place]
        if abs(value - np.round(value)) <= _FRACTIONAL:
            return True
        # The nearer side is the likelier one; the other need only be followed until it costs as much.
        near, far = sorted((np.ceil(value), np.floor(value)), key=lambda side: abs(side - value))
        best, found = self._most, None
        for side in (near, far):
            lp.go_back(before)
            lp.lower[place] = lp.upper[place] = side
            iterations = UNLIMITED if side == near or self._is_expensive(best, before.objective) else _MOST_ITERATIONS
            if lp.solve(iterations, below=best) and lp.objective < best:
                best, found = lp.objective, lp.state()
        if found is None:
            return False
        lp.go_back(found)
        return True

    # --- in portions --------------------------------------------------------------------------------

    def _fix(self, places: Ints, rank: int) -> bool:
        """Fix the numbers nearest to a side; fewer where that costs much, at last only the first and the last."""
        lp, before = self._lp, self._lp.state()
        part = self._part(places)
        if rank == _ORDERS:
            part = part + self._orders.rise(lp)[np.searchsorted(lp.whole[self._rank == _ORDERS], lp.whole[places])]
        order, portion = _surest(part), int(len(places) * self._portion)
        ends = places[order[[0, -1]]]
        if self._patient and portion == 0:
            self._portion = min(2 * self._portion, _PORTION)
            return all(self._cheaper_side(int(place)) for place in ends)
        while True:
            self._keep(rank)
            self._round(places[order], part[order], max(portion, 1))
            if lp.solve() and not self._is_expensive(lp.objective, before.objective):
                self._portion = min(2 * self._portion, _PORTION)
                return True
            lp.go_back(before)
            if portion <= 1:
                return all(self._cheaper_side(int(place)) for place in ends)
            portion //= _FEWER
            self._portion /= _FEWER

    def _keep(self, rank: int) -> None:
        """What is a whole number above 0 already, is to stay."""
        lp, values = self._lp, self._lp.values()
        whole = np.abs(values - np.round(values)) <= _FRACTIONAL
        kept = whole & (values > 0.5) & (self._rank <= rank)
        lp.lower[kept] = np.round(values[kept])

    def _round(self, places: Ints, part: Floats, portion: int) -> None:
        """Round so many at either end of places in order of their part: up at the first, down at the last."""
        lp, values = self._lp, self._lp.values()
        up, down = places[:portion][part[:portion] >= 0.5], places[-portion:][part[-portion:] < 0.5]
        lp.lower[up] = np.ceil(values[up])
        lp.upper[down] = np.floor(values[down])


class MipStart:
    """A plan whose integer variables are known from a like program."""

    name = "trying the plan of a like program"

    def __init__(self, relaxation: Relaxation, x: Floats) -> None:
        self._lp, self._values = relaxation, np.round(x[relaxation.whole])

    def run(self) -> Floats | None:
        """The columns of a plan (base units); None where its integer variables leave no solution."""
        return whole(self._lp, np.clip(self._values, self._lp.lower, self._lp.upper), _MOST_ITERATIONS)


def whole(relaxation: Relaxation, values: Floats, iterations: int = UNLIMITED) -> Floats | None:
    """The rest of a relaxation with all integer variables integral, in base units; None without a solution."""
    relaxation.lower, relaxation.upper = values, values.copy()
    # From the basis again: after thousands of changes HiGHS may hold an order of a milligram that is not placed.
    relaxation.begin_from(relaxation.state().basis)
    if not relaxation.solve(iterations):
        return None
    x = np.where(np.abs(relaxation.x) < NEGLIGIBLE, 0.0, relaxation.x) * relaxation.scaling.columns
    x[relaxation.whole] = values
    return np.asarray(x)


def _surest(part: Floats) -> Ints:
    """Places from the nearest to the upper side on."""
    return np.argsort(-part, kind="stable")


def ranks(instance: Instance) -> NDArray[np.int64]:
    """By column, when a dive fixes it; of continuous columns without meaning.

    Raises LookupError for an integer variable that the catalogue of decisions does not declare.
    """
    layout = instance.layout
    by_period = [np.array([_RANKS.get(name, _NONE) for name, _ in labels], dtype=np.int64) for labels in layout.labels]
    for ranked in by_period[1:]:
        ranked[ranked == Rank.NOW] = Rank.LATER
    found = np.concatenate([by_period[period] for period in layout.tree.period])
    if (found[instance.integer] == _NONE).any():
        unknown = np.concatenate([[name for name, _ in layout.labels[period]] for period in layout.tree.period])
        raise LookupError(f"not declared: {sorted(set(unknown[(found == _NONE) & instance.integer]))}")
    return found


class _Lifting:
    """How far columns can be raised alone within their rows: an order above its minimum is placed for nothing."""

    def __init__(self, relaxation: Relaxation, columns: Ints) -> None:
        instance, scaling = relaxation.instance, relaxation.scaling
        matrix = instance.matrix
        place = np.full(len(instance.cost), -1)
        place[columns] = np.arange(len(columns))
        mine = place[matrix.index] >= 0
        self._count = len(columns)
        self._place, self._row = place[matrix.index][mine], matrix.row[mine]
        self._value = (matrix.value * scaling.rows[matrix.row] * scaling.columns[matrix.index])[mine]
        self._lower, self._upper = instance.row_lower * scaling.rows, instance.row_upper * scaling.rows

    def rise(self, relaxation: Relaxation) -> Floats:
        """By column, at most 1."""
        activity = relaxation.rows[self._row]
        room = np.where(self._value > 0, self._upper[self._row] - activity, activity - self._lower[self._row])
        rise = np.ones(self._count)
        np.minimum.at(rise, self._place, np.maximum(room, 0.0) / np.abs(self._value))
        return rise

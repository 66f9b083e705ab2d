"""Audit of arrivals by source: limits, and the shares that the plan shows."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.panels import check_panel, is_counted
from planner.audit.report import number
from planner.audit.tree import Array, Mask
from planner.scenario.tables import Limit


def check_limits(case: Case) -> None:
    """All rules of this file."""
    arrivals = _Arrivals(case)
    for limit in case.scenario.limits:
        _limit(case, arrivals, limit)
    for panel in case.scenario.panels:
        check_panel(case, panel)
    _sourcing(case, arrivals)


class _Arrivals:
    """kg of each source (offers, then conversions) by future, period and source; and what each source is."""

    def __init__(self, case: Case) -> None:
        s = case.scenario
        sources = [(o.supplier, o.material) for o in s.offers] + [(c.supplier, c.material) for c in s.conversions]
        country = {row.supplier: row.country for row in s.suppliers}
        class_ = {row.material: row.class_ for row in s.materials}
        by_node = np.concatenate([case.arrived.sum(axis=2), case.run.sum(axis=2)], axis=1)
        self.kg: Array = by_node[case.tree.at]
        self.supplier = [supplier for supplier, _ in sources]
        self.country = [country[supplier] for supplier in self.supplier]
        self.classes: list[str] = [class_[material] for _, material in sources]

    def counted(self, limit: Limit) -> Mask:
        """Sources whose class a limit speaks of; all but feedstock and assembly where it names none."""
        return np.array([is_counted(c, limit.class_) for c in self.classes], dtype=bool)

    def aimed(self, limit: Limit) -> Mask:
        """Sources that are a limit's target."""
        names = self.country if limit.scope == "country" else self.supplier
        return np.array([name == limit.target for name in names], dtype=bool)


def _windows(case: Case, limit: Limit) -> dict[str, list[int]]:
    """The windows of a limit by name: periods, 0-based, within from..until."""
    windows: dict[str, list[int]] = {}
    for t in case.calendar.within(limit.from_, limit.until):
        name = case.calendar.year(t) if limit.per == "year" else "the horizon"
        windows.setdefault(name, []).append(t - 1)
    return windows


def _limit(case: Case, arrivals: _Arrivals, limit: Limit) -> None:
    """Of the target at least min_share and min_kg, at most max_share and max_kg, in every future and window.

    What came before the horizon counts in the window that is running when it begins.
    """
    counted, aimed = arrivals.counted(limit), arrivals.aimed(limit)
    whole = arrivals.kg[:, :, counted].sum(axis=(1, 2))
    for name, periods in _windows(case, limit).items():
        kg = arrivals.kg[:, periods]
        running = limit.per == "horizon" or name == case.calendar.year(1)
        before, all_before = (limit.before_kg, limit.before_all_kg) if running else (0.0, 0.0)
        everything = kg[:, :, counted].sum(axis=(1, 2)) + all_before
        target = kg[:, :, counted & aimed].sum(axis=(1, 2))
        _share(case, limit, name, target + before, everything, np.maximum(whole, everything))
        cut_off = limit.per == "year" and name == case.calendar.year(case.calendar.periods + 1)
        least = 0.0 if cut_off else limit.min_kg
        most = np.inf if limit.max_kg is None else max(0.0, limit.max_kg - before)
        _quantity(case, limit, name, target, (least - before, most), np.maximum(whole, 1.0))


def _share(case: Case, limit: Limit, window: str, target: Array, everything: Array, scale: Array) -> None:
    """The shares of one window; arrays by future, in kg."""
    case.ledger.check(
        "limits",
        np.maximum(limit.min_share * everything - target, target - limit.max_share * everything),
        scale,
        "kg",
        lambda w: (
            f"limit {limit.limit} in future {case.names['future'][w]}, {window}: {number(target[w])} kg of "
            f"{number(everything[w])} kg are from {limit.target}, the share must be {limit.min_share:g} to "
            f"{limit.max_share:g}"
        ),
    )


def _quantity(case: Case, limit: Limit, window: str, target: Array, between: tuple[float, float], scale: Array) -> None:
    """The kg of one window that arrive in the horizon, by future."""
    least, most = between
    case.ledger.check(
        "limits",
        np.maximum(least - target, target - most),
        scale,
        "kg",
        lambda w: (
            f"limit {limit.limit} in future {case.names['future'][w]}, {window}: {number(target[w])} kg are from "
            f"{limit.target}, at least {number(max(least, 0.0))} and at most {number(most)} may be"
        ),
    )


def _sourcing(case: Case, arrivals: _Arrivals) -> None:
    """kg and share by future, year, class and country."""
    axes = ("future", "year", "class", "country")
    right = np.zeros([len(case.names[axis]) for axis in axes])
    years = case.places("year", [case.calendar.year(t) for t in case.calendar.all])
    places = zip(case.places("class", arrivals.classes), case.places("country", arrivals.country), strict=True)
    for source, (c, k) in enumerate(places):
        for t, year in enumerate(years):
            right[:, year, c, k] += arrivals.kg[:, t, source]
    rows = case.rows["sourcing"]
    total = right.sum(axis=3, keepdims=True)
    shares = np.divide(right, total, out=np.zeros_like(right), where=total > 0)
    found = np.zeros((2, *right.shape))
    for i, column in enumerate(("kg", "share")):
        np.add.at(found[i], tuple(rows.at[axis] for axis in axes), rows.numbers(column))

    def where(*at: int) -> str:
        return ", ".join(case.names[axis][i] for axis, i in zip(axes, at, strict=True))

    case.ledger.equal("sourcing", found[0], right, total, "kg", lambda *at: f"{where(*at)}, kg")
    case.ledger.equal("sourcing", found[1], shares, 1.0, "", lambda *at: f"{where(*at)}, share")

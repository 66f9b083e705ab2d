"""Licences: when they are applied for, and what those that let goods wait release.

Index sets: `apply` now (period 0) and in later periods that allow it, where it can still come into force; `release` and
`held` for offers whose licence waits, from the first period in which anything of theirs can be due; `cover` where an
application covers a quantity alone. Of a licence that loses what it does not release nothing stands here but `apply`:
see `arrivals`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo

from planner.futures.tree import Floats
from planner.model.capacity import most_ordered
from planner.model.path import Number, PathModel, total
from planner.model.reach import Reach
from planner.scenario import tables as t
from planner.scenario import windows

Application = int | str
"""An application: the period in which it is made (0: now), or the name of one made before the horizon."""


def add_applications(path: PathModel) -> None:
    """apply (and `applied`, its sum so far), by licence and period."""
    m, licences = path.model, path.scenario.licence
    index = [(name, period) for name, row in licences.items() for period in _apply_periods(path, row)]
    m.apply = pyo.Var(index, domain=pyo.Integers, bounds=lambda m, i, period: _applying(path, licences[i], period))
    m.applied = pyo.Expression(index, rule=lambda m, i, period: applied(path, i, period - 1) + m.apply[i, period])


def _apply_periods(path: PathModel, licence: t.Licence) -> list[int]:
    """Periods in which it can be applied for and come into force, or must be applied for."""
    must = windows.must_apply(path.scenario, licence)
    periods = windows.apply_periods(path.scenario, licence)
    return [period for period in periods if period == must or windows.in_force(path.scenario, licence, period)]


def _applying(path: PathModel, licence: t.Licence, period: int) -> tuple[int, int]:
    if licence.decision == "never" and not path.elastic:
        return (0, 0)
    return path.taken_or_free(windows.must_apply(path.scenario, licence) == period)


def applied(path: PathModel, licence: str, period: int) -> Number:
    """How often a licence has been applied for by a period."""
    made = [t for t in _applied_for(path, licence) if t <= period]
    return path.model.applied[licence, made[-1]] if made else 0.0


def _applied_for(path: PathModel, licence: str) -> list[int]:
    return [t for t in (windows.NOW, *path.periods) if (licence, t) in path.model.apply]


def applied_once_at_first(path: PathModel) -> None:
    """1. `now` and a node of period 1 are one moment: a licence is applied for at most once at it.

    apply(l, now) + apply(l,n) ≤ 1 at the nodes n of period 1
    """
    m = path.model

    def rule(m: Any, i: str) -> Any:
        if (i, windows.NOW) not in m.apply or (i, 1) not in m.apply:
            return pyo.Constraint.Skip
        return m.apply[i, windows.NOW] + m.apply[i, 1] <= 1

    m.applied_once_at_first = pyo.Constraint(list(path.scenario.licence), rule=rule)


# --- what waits -----------------------------------------------------------------------------------------


def add_variables(path: PathModel, reach: Reach) -> None:
    """release, held (kg, by offer and period), cover (kg, by licence, application and period)."""
    m, scenario = path.model, path.scenario
    waiting = [row for row in scenario.offers if windows.waits(scenario, row)]
    first = {row.offer: reach.first_due(row) for row in waiting}
    path.most_released = {row.offer: _most_released(path, row) for row in waiting}
    m.held = pyo.Var(
        [(row.offer, period) for row in waiting for period in path.periods if period >= first[row.offer]],
        bounds=lambda m, o, period: (
            0,
            None if path.elastic else path.node_parameter(f"due:{o}", period, _due(path, o)),
        ),
    )
    m.release = pyo.Var(
        [(row.offer, period) for row in waiting for period in reach.release_periods(row)],
        bounds=lambda m, o, period: (
            0,
            None if path.elastic else path.node_parameter(f"released:{o}", period, path.most_released[o]),
        ),
    )
    covered = [name for name, row in scenario.licence.items() if is_covered(path, row)]
    m.cover = pyo.Var(
        [
            (name, application, period)
            for name in covered
            for application in _applications(path, name)
            for period in periods_of(path, name, application)
            if any((row.offer, period) in m.release for row in _under(path, name))
        ],
        bounds=(0, None),
    )


def _due(path: PathModel, offer: str) -> Floats:
    """By node, all kg of an offer that may have come due on the path to it."""
    if offer not in path.most_due:
        row = path.scenario.offer[offer]
        path.most_due[offer] = path.along_path(_most_coming_due(path, row))
    return path.most_due[offer]


def _most_coming_due(path: PathModel, offer: t.Offer) -> Floats:
    """By node, the most kg of an offer that come due at it."""
    tree, after = path.tree, windows.due_after(path.scenario, offer)
    due = np.zeros(tree.size)
    for period in path.order_periods(offer):
        if (offer.offer, period) in path.model.order:
            nodes = tree.at[period + after]
            due[nodes] += most_ordered(path, offer, period)[tree.ancestor[nodes, period]]
    for period, kg in path.open_orders(offer):
        due[tree.at[period]] += kg
    return due


def _most_released(path: PathModel, offer: t.Offer) -> Floats:
    """By node, the most kg of an offer that its licence can release: a share of what waits, and of the usual."""
    clearance = path.release(offer)
    usual = path.scenario.licence[offer.licence or ""].normal_kg_per_period
    most = _due(path, offer.offer)
    return clearance * (most if usual is None else np.minimum(most, usual))


def is_covered(path: PathModel, licence: t.Licence) -> bool:
    """Whether an application of a licence that waits covers a quantity alone."""
    if licence.unreleased != "waits" or licence.per_order == "yes":
        return False
    limited = any(row.kg is not None for row in path.scenario.open_applications if row.licence == licence.licence)
    return limited or licence.max_kg_per_application is not None


def _applications(path: PathModel, licence: str) -> list[Application]:
    """All applications for a licence: those made before the horizon, and those that can be made."""
    before = [row.application for row in path.scenario.open_applications if row.licence == licence]
    return [*before, *_applied_for(path, licence)]


def periods_of(path: PathModel, licence: str, application: Application) -> range:
    """Periods in which an application is in force."""
    if isinstance(application, int):
        return windows.in_force(path.scenario, path.scenario.licence[licence], application)
    row = next(row for row in path.scenario.open_applications if row.application == application)
    return path.calendar.within(row.from_, row.until)


def _made(path: PathModel, licence: str, application: Application) -> Number:
    """Whether an application is made: 1 of one made before the horizon."""
    return path.model.apply[licence, application] if isinstance(application, int) else 1


def _quantity(path: PathModel, licence: str, application: Application) -> float | None:
    """What an application covers, kg; None: any quantity."""
    if isinstance(application, int):
        return path.scenario.licence[licence].max_kg_per_application
    return next(row.kg for row in path.scenario.open_applications if row.application == application)


def _under(path: PathModel, licence: str) -> list[t.Offer]:
    return [row for row in path.scenario.offers if row.licence == licence]


def due(path: PathModel, offer: t.Offer, period: int) -> Number:
    """What comes due of an offer in a period, kg: its order of then, and open orders that are not granted."""
    ordered = period - windows.due_after(path.scenario, offer)
    order = path.model.order[offer.offer, ordered] if (offer.offer, ordered) in path.model.order else 0.0
    return order + sum(kg for when, kg in path.open_orders(offer) if when == period)


def waiting_balance(path: PathModel) -> None:
    """3. What is not released waits at the supplier's works.

    held(o,n) = held(o,parent) + due(o,n) − release(o,n), where due is the order placed `lead` periods before (the
    longer of lead and processing where the licence is per order) and the open orders of n
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        return path.row(0, _waiting(path, offers[o], period) - _released(path, o, period) - m.held[o, period], 0)

    m.waiting_balance = pyo.Constraint(m.held.index_set(), rule=rule)


def _waiting(path: PathModel, offer: t.Offer, period: int) -> Number:
    """What waits in a period before anything is released: held(o,parent) + due(o,n)."""
    m = path.model
    before = m.held[offer.offer, period - 1] if (offer.offer, period - 1) in m.held else 0.0
    return before + due(path, offer, period)


def _released(path: PathModel, offer: str, period: int) -> Number:
    m = path.model
    return m.release[offer, period] if (offer, period) in m.release else 0.0


def cleared_share(path: PathModel) -> None:
    """3. No more than the cleared share of what waits is released; of a firm order all of that share.

    release(o,n) ≤ κ(o,n) · (held(o,parent) + due(o,n)), for a firm offer with =; left out where κ is 1 and the offer
    is not firm, as `waiting_balance` says it
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        clearance = path.node_parameter(f"release:{offer.licence}", period, path.release(offer))
        body = clearance * _waiting(path, offer, period) - _released(path, o, period)
        if offer.firm == "yes":
            return path.row(0, body, 0)
        if (o, period) not in m.release or (isinstance(clearance, float) and clearance >= 1):
            return pyo.Constraint.Skip
        return path.row(0, body, None)

    m.cleared_share = pyo.Constraint(m.held.index_set(), rule=rule)


def usual_release(path: PathModel) -> None:
    """3. However much waits, no more than the cleared share of the usual quantity is released in a period.

    Σ release(o,n) over the licence's offers ≤ κ(o,n) · normal_kg_per_period; of a single offer the bound says it
    """
    m, licences = path.model, path.scenario.licence

    def rule(m: Any, i: str, period: int) -> Any:
        released = _releases(path, i, period)
        if len(released) < 2:
            return pyo.Constraint.Skip
        most = path.tree.clearance[i] * (licences[i].normal_kg_per_period or 0.0)
        return total(released) - path.node_parameter(f"usual:{i}", period, most) <= 0

    usual = [name for name, row in licences.items() if row.normal_kg_per_period is not None]
    m.usual_release = pyo.Constraint(usual, list(path.periods), rule=rule)


def _releases(path: PathModel, licence: str, period: int) -> list[Number]:
    m = path.model
    return [m.release[row.offer, period] for row in _under(path, licence) if (row.offer, period) in m.release]


def released_in_force(path: PathModel) -> None:
    """3. Only under an application in force is anything released.

    release(o,n) ≤ most(o,n) · Σ apply(l,a) over the applications in force at n, where most is the bound on
    release(o,n); where applications cover a quantity alone see `covered`
    """
    m, scenario = path.model, path.scenario

    def rule(m: Any, o: str, period: int) -> Any:
        licence = scenario.licence[scenario.offer[o].licence or ""]
        if licence.per_order == "yes" or is_covered(path, licence):
            return pyo.Constraint.Skip
        in_force = [
            _made(path, licence.licence, application)
            for application in _applications(path, licence.licence)
            if period in periods_of(path, licence.licence, application)
        ]
        if any(isinstance(made, int) for made in in_force):
            return pyo.Constraint.Skip
        most = path.large if path.elastic else path.node_parameter(f"released:{o}", period, path.most_released[o])
        return m.release[o, period] - most * total(in_force) <= 0

    m.released_in_force = pyo.Constraint(m.release.index_set(), rule=rule)


def covered(path: PathModel) -> None:
    """3. What is released is covered by applications in force.

    Σ release(o,n) over the licence's offers = Σ cover(l,a,n) over the applications a in force at n
    """
    m, scenario = path.model, path.scenario
    names = [name for name, row in scenario.licence.items() if is_covered(path, row)]

    def rule(m: Any, i: str, period: int) -> Any:
        covers = [m.cover[i, a, period] for a in _applications(path, i) if (i, a, period) in m.cover]
        return path.row(0, total(_releases(path, i, period)) - total(covers), 0)

    m.covered = pyo.Constraint(names, list(path.periods), rule=rule)


def application_quantity(path: PathModel) -> None:
    """3. An application covers its quantity, and nothing where it is not made; what it leaves unused lapses.

    Σ cover(l,a,·) along every path ≤ max_kg_per_application · apply(l,a); of one made before the horizon ≤ its kg
    """
    m = path.model

    def rule(m: Any, i: str, number: int) -> Any:
        application = _applications(path, i)[number]
        covers = [m.cover[i, application, t] for t in path.periods if (i, application, t) in m.cover]
        quantity = _quantity(path, i, application)
        if not covers or (quantity is None and isinstance(application, str)):
            return pyo.Constraint.Skip
        most = _most_covered(path, i) if quantity is None else quantity
        return path.row(None, total(covers) - most * _made(path, i, application), 0)

    index = [(i, number) for i in _names(m.cover) for number in range(len(_applications(path, i)))]
    m.application_quantity = pyo.Constraint(index, rule=rule)


def _names(variable: Any) -> Iterable[str]:
    return list(dict.fromkeys(index[0] for index in variable))


def _most_covered(path: PathModel, licence: str) -> float:
    """More kg than an application for any quantity can come to cover."""
    if path.elastic:
        return path.large * path.last
    return float(sum(_due(path, row.offer).max() for row in _under(path, licence)))


def released(path: PathModel, offer: t.Offer) -> Iterable[tuple[int, Number]]:
    """What is released of an offer whose licence waits, by period."""
    return [(period, path.model.release[o, period]) for o, period in path.model.release if o == offer.offer]

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
from planner.model.course import Course, Number, total
from planner.model.reach import Reach
from planner.scenario import tables as t
from planner.scenario import windows

Application = int | str
"""An application: the period in which it is made (0: now), or the name of one made before the horizon."""


def add_applications(course: Course) -> None:
    """apply (and `applied`, its sum so far), by licence and period."""
    m, licences = course.model, course.scenario.licence
    index = [(name, period) for name, row in licences.items() for period in _apply_periods(course, row)]
    m.apply = pyo.Var(index, domain=pyo.Integers, bounds=lambda m, i, period: _applying(course, licences[i], period))
    m.applied = pyo.Expression(index, rule=lambda m, i, period: applied(course, i, period - 1) + m.apply[i, period])


def _apply_periods(course: Course, licence: t.Licence) -> list[int]:
    """Periods in which it can be applied for and come into force, or must be applied for."""
    must = windows.must_apply(course.scenario, licence)
    periods = windows.apply_periods(course.scenario, licence)
    return [period for period in periods if period == must or windows.in_force(course.scenario, licence, period)]


def _applying(course: Course, licence: t.Licence, period: int) -> tuple[int, int]:
    if licence.decision == "never" and not course.elastic:
        return (0, 0)
    return course.taken_or_free(windows.must_apply(course.scenario, licence) == period)


def applied(course: Course, licence: str, period: int) -> Number:
    """How often a licence has been applied for by a period."""
    made = [t for t in _applied_for(course, licence) if t <= period]
    return course.model.applied[licence, made[-1]] if made else 0.0


def _applied_for(course: Course, licence: str) -> list[int]:
    return [t for t in (windows.NOW, *course.periods) if (licence, t) in course.model.apply]


def applied_once_at_first(course: Course) -> None:
    """1. `now` and a node of period 1 are one moment: a licence is applied for at most once at it.

    apply(l, now) + apply(l,n) ≤ 1 at the nodes n of period 1
    """
    m = course.model

    def rule(m: Any, i: str) -> Any:
        if (i, windows.NOW) not in m.apply or (i, 1) not in m.apply:
            return pyo.Constraint.Skip
        return m.apply[i, windows.NOW] + m.apply[i, 1] <= 1

    m.applied_once_at_first = pyo.Constraint(list(course.scenario.licence), rule=rule)


# --- what waits -----------------------------------------------------------------------------------------


def add_variables(course: Course, reach: Reach) -> None:
    """release, held (kg, by offer and period), cover (kg, by licence, application and period)."""
    m, scenario = course.model, course.scenario
    waiting = [row for row in scenario.offers if windows.waits(scenario, row)]
    first = {row.offer: reach.first_due(row) for row in waiting}
    course.most_released = {row.offer: _most_released(course, row) for row in waiting}
    m.held = pyo.Var(
        [(row.offer, period) for row in waiting for period in course.periods if period >= first[row.offer]],
        bounds=lambda m, o, period: (0, None if course.elastic else course.seen(f"due:{o}", period, _due(course, o))),
    )
    m.release = pyo.Var(
        [(row.offer, period) for row in waiting for period in reach.release_periods(row)],
        bounds=lambda m, o, period: (
            0,
            None if course.elastic else course.seen(f"released:{o}", period, course.most_released[o]),
        ),
    )
    covered = [name for name, row in scenario.licence.items() if is_covered(course, row)]
    m.cover = pyo.Var(
        [
            (name, application, period)
            for name in covered
            for application in _applications(course, name)
            for period in periods_of(course, name, application)
            if any((row.offer, period) in m.release for row in _under(course, name))
        ],
        bounds=(0, None),
    )


def _due(course: Course, offer: str) -> Floats:
    """By node, all kg of an offer that may have come due on the path to it."""
    if offer not in course.most_due:
        row = course.scenario.offer[offer]
        course.most_due[offer] = course.along_path(_most_coming_due(course, row))
    return course.most_due[offer]


def _most_coming_due(course: Course, offer: t.Offer) -> Floats:
    """By node, the most kg of an offer that come due at it."""
    tree, after = course.tree, windows.due_after(course.scenario, offer)
    due = np.zeros(tree.size)
    for period in course.order_periods(offer):
        if (offer.offer, period) in course.model.order:
            nodes = tree.at[period + after]
            due[nodes] += most_ordered(course, offer, period)[tree.ancestor[nodes, period]]
    for period, kg in course.open_orders(offer):
        due[tree.at[period]] += kg
    return due


def _most_released(course: Course, offer: t.Offer) -> Floats:
    """By node, the most kg of an offer that its licence can release: a share of what waits, and of the usual."""
    clearance = course.release(offer)
    usual = course.scenario.licence[offer.licence or ""].normal_kg_per_period
    most = _due(course, offer.offer)
    return clearance * (most if usual is None else np.minimum(most, usual))


def is_covered(course: Course, licence: t.Licence) -> bool:
    """Whether an application of a licence that waits covers a quantity alone."""
    if licence.unreleased != "waits" or licence.per_order == "yes":
        return False
    limited = any(row.kg is not None for row in course.scenario.open_applications if row.licence == licence.licence)
    return limited or licence.max_kg_per_application is not None


def _applications(course: Course, licence: str) -> list[Application]:
    """All applications for a licence: those made before the horizon, and those that can be made."""
    before = [row.application for row in course.scenario.open_applications if row.licence == licence]
    return [*before, *_applied_for(course, licence)]


def periods_of(course: Course, licence: str, application: Application) -> range:
    """Periods in which an application is in force."""
    if isinstance(application, int):
        return windows.in_force(course.scenario, course.scenario.licence[licence], application)
    row = next(row for row in course.scenario.open_applications if row.application == application)
    return course.calendar.within(row.from_, row.until)


def _made(course: Course, licence: str, application: Application) -> Number:
    """Whether an application is made: 1 of one made before the horizon."""
    return course.model.apply[licence, application] if isinstance(application, int) else 1


def _quantity(course: Course, licence: str, application: Application) -> float | None:
    """What an application covers, kg; None: any quantity."""
    if isinstance(application, int):
        return course.scenario.licence[licence].max_kg_per_application
    return next(row.kg for row in course.scenario.open_applications if row.application == application)


def _under(course: Course, licence: str) -> list[t.Offer]:
    return [row for row in course.scenario.offers if row.licence == licence]


def due(course: Course, offer: t.Offer, period: int) -> Number:
    """What comes due of an offer in a period, kg: its order of then, and open orders that are not granted."""
    ordered = period - windows.due_after(course.scenario, offer)
    order = course.model.order[offer.offer, ordered] if (offer.offer, ordered) in course.model.order else 0.0
    return order + sum(kg for when, kg in course.open_orders(offer) if when == period)


def waiting_balance(course: Course) -> None:
    """3. What is not released waits at the supplier's works.

    held(o,n) = held(o,parent) + due(o,n) − release(o,n), where due is the order placed `lead` periods before (the
    longer of lead and processing where the licence is per order) and the open orders of n
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        return course.row(0, _waiting(course, offers[o], period) - _released(course, o, period) - m.held[o, period], 0)

    m.waiting_balance = pyo.Constraint(m.held.index_set(), rule=rule)


def _waiting(course: Course, offer: t.Offer, period: int) -> Number:
    """What waits in a period before anything is released: held(o,parent) + due(o,n)."""
    m = course.model
    before = m.held[offer.offer, period - 1] if (offer.offer, period - 1) in m.held else 0.0
    return before + due(course, offer, period)


def _released(course: Course, offer: str, period: int) -> Number:
    m = course.model
    return m.release[offer, period] if (offer, period) in m.release else 0.0


def cleared_share(course: Course) -> None:
    """3. No more than the cleared share of what waits is released; of a firm order all of that share.

    release(o,n) ≤ κ(o,n) · (held(o,parent) + due(o,n)), for a firm offer with =; left out where κ is 1 and the offer
    is not firm, as `waiting_balance` says it
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str, period: int) -> Any:
        offer = offers[o]
        clearance = course.seen(f"release:{offer.licence}", period, course.release(offer))
        body = clearance * _waiting(course, offer, period) - _released(course, o, period)
        if offer.firm == "yes":
            return course.row(0, body, 0)
        if (o, period) not in m.release or (isinstance(clearance, float) and clearance >= 1):
            return pyo.Constraint.Skip
        return course.row(0, body, None)

    m.cleared_share = pyo.Constraint(m.held.index_set(), rule=rule)


def usual_release(course: Course) -> None:
    """3. However much waits, no more than the cleared share of the usual quantity is released in a period.

    Σ release(o,n) over the licence's offers ≤ κ(o,n) · normal_kg_per_period; of a single offer the bound says it
    """
    m, licences = course.model, course.scenario.licence

    def rule(m: Any, i: str, period: int) -> Any:
        released = _releases(course, i, period)
        if len(released) < 2:
            return pyo.Constraint.Skip
        most = course.tree.clearance[i] * (licences[i].normal_kg_per_period or 0.0)
        return total(released) - course.seen(f"usual:{i}", period, most) <= 0

    usual = [name for name, row in licences.items() if row.normal_kg_per_period is not None]
    m.usual_release = pyo.Constraint(usual, list(course.periods), rule=rule)


def _releases(course: Course, licence: str, period: int) -> list[Number]:
    m = course.model
    return [m.release[row.offer, period] for row in _under(course, licence) if (row.offer, period) in m.release]


def released_in_force(course: Course) -> None:
    """3. Only under an application in force is anything released.

    release(o,n) ≤ most(o,n) · Σ apply(l,a) over the applications in force at n, where most is the bound on
    release(o,n); where applications cover a quantity alone see `covered`
    """
    m, scenario = course.model, course.scenario

    def rule(m: Any, o: str, period: int) -> Any:
        licence = scenario.licence[scenario.offer[o].licence or ""]
        if licence.per_order == "yes" or is_covered(course, licence):
            return pyo.Constraint.Skip
        in_force = [
            _made(course, licence.licence, application)
            for application in _applications(course, licence.licence)
            if period in periods_of(course, licence.licence, application)
        ]
        if any(isinstance(made, int) for made in in_force):
            return pyo.Constraint.Skip
        most = course.large if course.elastic else course.seen(f"released:{o}", period, course.most_released[o])
        return m.release[o, period] - most * total(in_force) <= 0

    m.released_in_force = pyo.Constraint(m.release.index_set(), rule=rule)


def covered(course: Course) -> None:
    """3. What is released is covered by applications in force.

    Σ release(o,n) over the licence's offers = Σ cover(l,a,n) over the applications a in force at n
    """
    m, scenario = course.model, course.scenario
    names = [name for name, row in scenario.licence.items() if is_covered(course, row)]

    def rule(m: Any, i: str, period: int) -> Any:
        covers = [m.cover[i, a, period] for a in _applications(course, i) if (i, a, period) in m.cover]
        return course.row(0, total(_releases(course, i, period)) - total(covers), 0)

    m.covered = pyo.Constraint(names, list(course.periods), rule=rule)


def application_quantity(course: Course) -> None:
    """3. An application covers its quantity, and nothing where it is not made; what it leaves unused lapses.

    Σ cover(l,a,·) along every path ≤ max_kg_per_application · apply(l,a); of one made before the horizon ≤ its kg
    """
    m = course.model

    def rule(m: Any, i: str, number: int) -> Any:
        application = _applications(course, i)[number]
        covers = [m.cover[i, application, t] for t in course.periods if (i, application, t) in m.cover]
        quantity = _quantity(course, i, application)
        if not covers or (quantity is None and isinstance(application, str)):
            return pyo.Constraint.Skip
        most = _most_covered(course, i) if quantity is None else quantity
        return course.row(None, total(covers) - most * _made(course, i, application), 0)

    index = [(i, number) for i in _names(m.cover) for number in range(len(_applications(course, i)))]
    m.application_quantity = pyo.Constraint(index, rule=rule)


def _names(variable: Any) -> Iterable[str]:
    return list(dict.fromkeys(index[0] for index in variable))


def _most_covered(course: Course, licence: str) -> float:
    """More kg than an application for any quantity can come to cover."""
    if course.elastic:
        return course.large * course.last
    return float(sum(_due(course, row.offer).max() for row in _under(course, licence)))


def released(course: Course, offer: t.Offer) -> Iterable[tuple[int, Number]]:
    """What is released of an offer whose licence waits, by period."""
    return [(period, course.model.release[o, period]) for o, period in course.model.release if o == offer.offer]

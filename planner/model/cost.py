"""What a plan costs, kind by kind, and the objective.

Each kind of cost is an expression by period, undiscounted, in base currency; `now` is period 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pyomo.environ as pyo

from planner.model.course import Course, Number, total
from planner.model.supply import placing_fee
from planner.plan.tables import CASH_KINDS, COST_KINDS
from planner.scenario import tables as t

Terms = Iterator[tuple[int, Number]]
"""Terms of a kind of cost, each with the period in which it is borne."""


def application(course: Course) -> Terms:
    """application_fee · apply(l,a), at the decision"""
    for name, period in course.model.apply:
        yield period, course.scenario.licence[name].application_fee * course.model.apply[name, period]


def signing(course: Course) -> Terms:
    """signing_fee · sign(o,a), at the decision"""
    for name, period in course.model.sign:
        yield period, course.scenario.offer[name].signing_fee * course.model.sign[name, period]


def reservation(course: Course) -> Terms:
    """reservation_fee · keep(o), now"""
    for name in course.model.keep:
        yield 0, (course.scenario.offer[name].reservation_fee_per_kg or 0.0) * course.model.keep[name]


def ordering(course: Course) -> Terms:
    """(order_fee + application_fee of a licence per order) · place(o,n)"""
    for name, period in course.model.place:
        fee = placing_fee(course, course.scenario.offer[name])
        if fee > 0:
            yield period, fee * course.model.place[name, period]


def purchase(course: Course) -> Terms:
    """landed price (price factor of the order's node) · arrival; open orders with price factor 1

    Under a licence that waits by the price factor of the release's node; under take-or-pay less the price, which is
    paid when it is due.
    """
    for period, arrivals in course.arrivals.items():
        for arrival in arrivals:
            yield period, arrival.purchase


def deposit(course: Course) -> Terms:
    """deposit_share · price · price factor · rate · what was not released

    Under a licence that waits deposit_share · price · rate · (order − release); under take-or-pay that of the order,
    and the rest of the price when it is due.
    """
    for period, arrivals in course.arrivals.items():
        for arrival in arrivals:
            if arrival.offer.deposit_share > 0:
                yield period, arrival.deposit
    yield from course.advances


def conversion(course: Course) -> Terms:
    """cost_per_kg · run(c,u,n)"""
    for c, u, period in course.model.run:
        yield period, course.scenario.conversion[c].cost_per_kg * course.model.run[c, u, period]


def holding(course: Course) -> Terms:
    """holding_cost_per_kg · (stock(n) + held(n)) at the period's end"""
    materials, offers = course.scenario.material, course.scenario.offer
    for i, u, period in course.model.stock:
        yield period, materials[i].holding_cost_per_kg * course.model.stock[i, u, period]
    for o, period in course.model.held:
        yield period, materials[offers[o].material].holding_cost_per_kg * course.model.held[o, period]


def design(course: Course) -> Terms:
    """extra_cost_per_unit · build(k,n)"""
    for rows in course.designs.values():
        for row in rows:
            for period in course.build_periods(row.design):
                yield period, row.extra_cost_per_unit * course.model.build[row.design, period]


def qualification(course: Course) -> Terms:
    """qualification_cost · qualify(k,n), at the decision"""
    cost = {row.design: row.qualification_cost for row in course.scenario.designs}
    for k, period in course.model.qualify:
        yield period, cost[k] * course.model.qualify[k, period]


def expansion(course: Course) -> Terms:
    """cost_per_step · expand(e,n), at the decision"""
    cost = {row.expansion: row.cost_per_step for row in course.scenario.expansions}
    for e, period in course.model.expand:
        yield period, cost[e] * course.model.expand[e, period]


def efficiency(course: Course) -> Terms:
    """efficiency_cost_per_pp · loss · build(k,n)"""
    for segment, rows in course.designs.items():
        for row in rows:
            per_unit = course.scenario.segment[segment].efficiency_cost_per_pp * row.efficiency_loss_pp
            for period in course.build_periods(row.design):
                yield period, per_unit * course.model.build[row.design, period]


def shortage(course: Course) -> Terms:
    """shortage_cost · lost(n); at the last period shortage_cost · late(n) as well"""
    m = course.model
    for d, period in m.lost:
        yield period, course.scenario.segment[d].shortage_cost_per_unit * m.lost[d, period]
    for d, period in m.late:
        if period == course.last:
            yield period, course.scenario.segment[d].shortage_cost_per_unit * m.late[d, period]


def delay(course: Course) -> Terms:
    """delay_cost · late(n)"""
    for d, period in course.model.late:
        yield period, (course.scenario.segment[d].delay_cost_per_unit or 0.0) * course.model.late[d, period]


def salvage(course: Course) -> Terms:
    """− salvage_share · (value · stock + what is paid of what is held) at the horizon's end

    Of what is held the deposit is paid, under take-or-pay its value.
    """
    share = course.scenario.settings.salvage_share
    for i, u, period in course.model.stock:
        if period == course.last:
            yield period, -share * course.scenario.material[i].value_per_kg * course.model.stock[i, u, period]
    for o, period in course.model.held:
        if period == course.last:
            yield period, -share * _paid(course, course.scenario.offer[o]) * course.model.held[o, period]


def _paid(course: Course, offer: t.Offer) -> float:
    """What is paid of a kg that waits, base currency: its deposit, under take-or-pay its value."""
    if offer.take_or_pay == "yes":
        return course.scenario.material[offer.material].value_per_kg
    rate = course.scenario.rate[offer.currency or course.scenario.settings.currency]
    return offer.deposit_share * offer.price_per_kg * rate


TERMS: dict[str, Callable[[Course], Terms]] = {
    "application": application,
    "signing": signing,
    "reservation": reservation,
    "ordering": ordering,
    "purchase": purchase,
    "deposit": deposit,
    "conversion": conversion,
    "holding": holding,
    "design": design,
    "qualification": qualification,
    "expansion": expansion,
    "efficiency": efficiency,
    "shortage": shortage,
    "delay": delay,
    "salvage": salvage,
}
"""The terms of each kind of cost."""


def discount(course: Course, period: int) -> float:
    """(1 + discount_rate) ^ −((t − 1) · period_months / 12); 1 for `now` and period 1."""
    settings = course.scenario.settings
    years = (max(period, 1) - 1) * settings.period_months / 12
    return float((1 + settings.discount_rate) ** -years)


def add_costs(course: Course) -> None:
    """Expressions `cost[kind, period]` and `cash[period]`, undiscounted."""
    m, periods = course.model, [0, *course.periods]
    found: dict[tuple[str, int], list[Number]] = defaultdict(list)
    for kind in COST_KINDS:
        for period, term in TERMS[kind](course):
            found[kind, period].append(term)
    m.cost = pyo.Expression(list(COST_KINDS), periods, rule=lambda m, kind, period: total(found[kind, period]))
    cash = [kind for kind in COST_KINDS if kind in CASH_KINDS]  # in an order that every run shares
    m.cash = pyo.Expression(periods, rule=lambda m, period: total(m.cost[kind, period] for kind in cash))


def add_risk(course: Course) -> None:
    """Variables of the CVaR: spent (discounted cost so far, where paths part), excess (above η, at the end), eta (now).

    Summed up at every node instead, HiGHS takes longer to find cuts. Without a weight on risk there are none: the
    CVaR of the plan is taken from its futures' costs.
    """
    m, at = course.model, course.tree.at
    risky = course.scenario.settings.risk_weight > 0
    parting = [period for period in range(course.last) if len(at[period]) < len(at[period + 1])]
    m.eta = pyo.Var([0] if risky else [])
    m.spent = pyo.Var(parting if risky else [])
    m.excess = pyo.Var([course.last] if risky else [], bounds=(0, None))


def spent_so_far(course: Course) -> None:
    """The discounted cost of the path so far, where paths part.

    spent(n) = spent(a) + Σ discount(t) · cost(kind,b) over the nodes b after a up to n, where a is the last node on the
    path before n from which paths part
    """
    m = course.model

    def rule(m: Any, period: int) -> Any:
        return course.row(0, _spent(course, period) - m.spent[period], 0)

    m.spent_so_far = pyo.Constraint(m.spent.index_set(), rule=rule)


def _spent(course: Course, period: int) -> Number:
    """C(w) up to a period: what was spent where paths last parted before it, and the costs borne since."""
    m = course.model
    parted = max((t for t in m.spent if t < period), default=-1)
    before = m.spent[parted] if parted >= 0 else 0.0
    return before + total(discount(course, t) * _borne(course, t) for t in range(parted + 1, period + 1))


def _borne(course: Course, period: int) -> Number:
    return total(course.model.cost[kind, period] for kind in COST_KINDS)


def cvar_excess(course: Course) -> None:
    """What a future costs above η.

    excess(w) ≥ C(w) − η (Rockafellar and Uryasev 2000), where C(w) is what was spent where paths last parted and the
    discounted cost of the nodes since
    """
    m = course.model

    def rule(m: Any, period: int) -> Any:
        return course.row(0, m.excess[period] - _spent(course, period) + m.eta[0], None)

    m.cvar_excess = pyo.Constraint(m.excess.index_set(), rule=rule)


def objective(course: Course) -> None:
    """(1 − λ) · Σ p(w) C(w) + λ · CVaR_α(C), as what each node adds, weighted by the node's probability.

    CVaR_α = min over η of η + Σ p(w) max(C(w) − η, 0) / (1 − α) (Rockafellar and Uryasev 2000).
    `weighted[period]` is a node's part before its probability; in one course, of probability 1, they
    make up the objective.
    """
    m, settings = course.model, course.scenario.settings

    def rule(m: Any, period: int) -> Any:
        part = (1 - settings.risk_weight) * discount(course, period) * _borne(course, period)
        if period in m.eta:
            part += settings.risk_weight * m.eta[period]
        if period in m.excess:
            part += settings.risk_weight / (1 - settings.risk_tail) * m.excess[period]
        return part

    m.weighted = pyo.Expression([0, *course.periods], rule=rule)
    m.objective = pyo.Objective(expr=total(m.weighted[period] for period in [0, *course.periods]))

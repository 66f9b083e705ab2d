"""What a plan costs, kind by kind, and the objective.

Each kind of cost is an expression by period, undiscounted, in base currency; `now` is period 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pyomo.environ as pyo

from planner.model.path import Number, PathModel, total
from planner.model.supply import placing_fee
from planner.plan.tables import CASH_KINDS, COST_KINDS
from planner.scenario import tables as t

Terms = Iterator[tuple[int, Number]]
"""Terms of a kind of cost, each with the period in which it is borne."""


def application(path: PathModel) -> Terms:
    """application_fee · apply(l,a), at the decision"""
    for name, period in path.model.apply:
        yield period, path.scenario.licence[name].application_fee * path.model.apply[name, period]


def signing(path: PathModel) -> Terms:
    """signing_fee · sign(o,a), at the decision"""
    for name, period in path.model.sign:
        yield period, path.scenario.offer[name].signing_fee * path.model.sign[name, period]


def reservation(path: PathModel) -> Terms:
    """reservation_fee · keep(o), now"""
    for name in path.model.keep:
        yield 0, (path.scenario.offer[name].reservation_fee_per_kg or 0.0) * path.model.keep[name]


def ordering(path: PathModel) -> Terms:
    """(order_fee + application_fee of a licence per order) · place(o,n)"""
    for name, period in path.model.place:
        fee = placing_fee(path, path.scenario.offer[name])
        if fee > 0:
            yield period, fee * path.model.place[name, period]


def purchase(path: PathModel) -> Terms:
    """landed price (price factor of the order's node) · arrival; open orders with price factor 1

    Under a licence that waits by the price factor of the release's node; under take-or-pay less the price, which is
    paid when it is due.
    """
    for period, arrivals in path.arrivals.items():
        for arrival in arrivals:
            yield period, arrival.purchase


def deposit(path: PathModel) -> Terms:
    """deposit_share · price · price factor · rate · what was not released

    Under a licence that waits deposit_share · price · rate · (order − release); under take-or-pay that of the order,
    and the rest of the price when it is due.
    """
    for period, arrivals in path.arrivals.items():
        for arrival in arrivals:
            if arrival.offer.deposit_share > 0:
                yield period, arrival.deposit
    yield from path.advances


def conversion(path: PathModel) -> Terms:
    """cost_per_kg · run(c,u,n)"""
    for c, u, period in path.model.run:
        yield period, path.scenario.conversion[c].cost_per_kg * path.model.run[c, u, period]


def holding(path: PathModel) -> Terms:
    """holding_cost_per_kg · (stock(n) + held(n)) at the period's end"""
    materials, offers = path.scenario.material, path.scenario.offer
    for i, u, period in path.model.stock:
        yield period, materials[i].holding_cost_per_kg * path.model.stock[i, u, period]
    for o, period in path.model.held:
        yield period, materials[offers[o].material].holding_cost_per_kg * path.model.held[o, period]


def design(path: PathModel) -> Terms:
    """extra_cost_per_unit · build(k,n)"""
    for rows in path.designs.values():
        for row in rows:
            for period in path.build_periods(row.design):
                yield period, row.extra_cost_per_unit * path.model.build[row.design, period]


def qualification(path: PathModel) -> Terms:
    """qualification_cost · qualify(k,n), at the decision"""
    cost = {row.design: row.qualification_cost for row in path.scenario.designs}
    for k, period in path.model.qualify:
        yield period, cost[k] * path.model.qualify[k, period]


def expansion(path: PathModel) -> Terms:
    """cost_per_step · expand(e,n), at the decision"""
    cost = {row.expansion: row.cost_per_step for row in path.scenario.expansions}
    for e, period in path.model.expand:
        yield period, cost[e] * path.model.expand[e, period]


def efficiency(path: PathModel) -> Terms:
    """efficiency_cost_per_pp · loss · build(k,n)"""
    for segment, rows in path.designs.items():
        for row in rows:
            per_unit = path.scenario.segment[segment].efficiency_cost_per_pp * row.efficiency_loss_pp
            for period in path.build_periods(row.design):
                yield period, per_unit * path.model.build[row.design, period]


def shortage(path: PathModel) -> Terms:
    """shortage_cost · lost(n); at the last period shortage_cost · late(n) as well"""
    m = path.model
    for d, period in m.lost:
        yield period, path.scenario.segment[d].shortage_cost_per_unit * m.lost[d, period]
    for d, period in m.late:
        if period == path.last:
            yield period, path.scenario.segment[d].shortage_cost_per_unit * m.late[d, period]


def delay(path: PathModel) -> Terms:
    """delay_cost · late(n)"""
    for d, period in path.model.late:
        yield period, (path.scenario.segment[d].delay_cost_per_unit or 0.0) * path.model.late[d, period]


def salvage(path: PathModel) -> Terms:
    """− salvage_share · (value · stock + what is paid of what is held) at the horizon's end

    Of what is held the deposit is paid, under take-or-pay its value.
    """
    share = path.scenario.settings.salvage_share
    for i, u, period in path.model.stock:
        if period == path.last:
            yield period, -share * path.scenario.material[i].value_per_kg * path.model.stock[i, u, period]
    for o, period in path.model.held:
        if period == path.last:
            yield period, -share * _paid(path, path.scenario.offer[o]) * path.model.held[o, period]


def _paid(path: PathModel, offer: t.Offer) -> float:
    """What is paid of a kg that waits, base currency: its deposit, under take-or-pay its value."""
    if offer.take_or_pay == "yes":
        return path.scenario.material[offer.material].value_per_kg
    rate = path.scenario.rate[offer.currency or path.scenario.settings.currency]
    return offer.deposit_share * offer.price_per_kg * rate


TERMS: dict[str, Callable[[PathModel], Terms]] = {
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


def discount(path: PathModel, period: int) -> float:
    """(1 + discount_rate) ^ −((t − 1) · period_months / 12); 1 for `now` and period 1."""
    settings = path.scenario.settings
    years = (max(period, 1) - 1) * settings.period_months / 12
    return float((1 + settings.discount_rate) ** -years)


def add_costs(path: PathModel) -> None:
    """Expressions `cost[kind, period]` and `cash[period]`, undiscounted."""
    m, periods = path.model, [0, *path.periods]
    found: dict[tuple[str, int], list[Number]] = defaultdict(list)
    for kind in COST_KINDS:
        for period, term in TERMS[kind](path):
            found[kind, period].append(term)
    m.cost = pyo.Expression(list(COST_KINDS), periods, rule=lambda m, kind, period: total(found[kind, period]))
    cash = [kind for kind in COST_KINDS if kind in CASH_KINDS]  # in an order that every run shares
    m.cash = pyo.Expression(periods, rule=lambda m, period: total(m.cost[kind, period] for kind in cash))


def add_risk(path: PathModel) -> None:
    """Variables of the CVaR: spent (discounted cost so far, where paths part), excess (above η, at the end), eta (now).

    Summed up at every node instead, HiGHS takes longer to find cuts. Without a weight on risk there are none: the
    CVaR of the plan is taken from its futures' costs.
    """
    m, at = path.model, path.tree.at
    risky = path.scenario.settings.risk_weight > 0
    parting = [period for period in range(path.last) if len(at[period]) < len(at[period + 1])]
    m.eta = pyo.Var([0] if risky else [])
    m.spent = pyo.Var(parting if risky else [])
    m.excess = pyo.Var([path.last] if risky else [], bounds=(0, None))


def spent_so_far(path: PathModel) -> None:
    """The discounted cost of the path so far, where paths part.

    spent(n) = spent(a) + Σ discount(t) · cost(kind,b) over the nodes b after a up to n, where a is the last node on the
    path before n from which paths part
    """
    m = path.model

    def rule(m: Any, period: int) -> Any:
        return path.row(0, _spent(path, period) - m.spent[period], 0)

    m.spent_so_far = pyo.Constraint(m.spent.index_set(), rule=rule)


def _spent(path: PathModel, period: int) -> Number:
    """C(w) up to a period: what was spent where paths last parted before it, and the costs borne since."""
    m = path.model
    parted = max((t for t in m.spent if t < period), default=-1)
    before = m.spent[parted] if parted >= 0 else 0.0
    return before + total(discount(path, t) * _borne(path, t) for t in range(parted + 1, period + 1))


def _borne(path: PathModel, period: int) -> Number:
    return total(path.model.cost[kind, period] for kind in COST_KINDS)


def cvar_excess(path: PathModel) -> None:
    """What a future costs above η.

    excess(w) ≥ C(w) − η (Rockafellar and Uryasev 2000), where C(w) is what was spent where paths last parted and the
    discounted cost of the nodes since
    """
    m = path.model

    def rule(m: Any, period: int) -> Any:
        return path.row(0, m.excess[period] - _spent(path, period) + m.eta[0], None)

    m.cvar_excess = pyo.Constraint(m.excess.index_set(), rule=rule)


def objective(path: PathModel) -> None:
    """(1 − λ) · Σ p(w) C(w) + λ · CVaR_α(C), as what each node adds, weighted by the node's probability.

    CVaR_α = min over η of η + Σ p(w) max(C(w) − η, 0) / (1 − α) (Rockafellar and Uryasev 2000).
    `weighted[period]` is a node's part before its probability; in one path, of probability 1, they
    make up the objective.
    """
    m, settings = path.model, path.scenario.settings

    def rule(m: Any, period: int) -> Any:
        part = (1 - settings.risk_weight) * discount(path, period) * _borne(path, period)
        if period in m.eta:
            part += settings.risk_weight * m.eta[period]
        if period in m.excess:
            part += settings.risk_weight / (1 - settings.risk_tail) * m.excess[period]
        return part

    m.weighted = pyo.Expression([0, *path.periods], rule=rule)
    m.objective = pyo.Objective(expr=total(m.weighted[period] for period in [0, *path.periods]))

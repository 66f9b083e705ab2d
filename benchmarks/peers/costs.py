"""Costs, budgets and the CVaR of the program that `formulation` writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.peers.described import Described
from benchmarks.peers.writing import NONE, Flows, Rows, of
from planner.futures.tree import Floats, Ints

if TYPE_CHECKING:
    from benchmarks.peers.formulation import Formulation


def add_costs(model: Formulation) -> Described:
    """The whole program, with its objective, budgets and CVaR."""
    cash, other, given = Flows(), Flows(), _purchases(model)
    _now(model, cash)
    _bought(model, cash)
    _made(model, cash, other)
    _missed(model, other)
    _budgets(model, cash, given)
    settings = model.scenario.settings
    years = (np.maximum(model.period, 1) - 1) * settings.period_months / 12
    discount = (1 + settings.discount_rate) ** -years
    weight = (1 - settings.risk_weight) * model.tree.node_probability * discount
    costs: dict[str, Floats] = {}
    if settings.risk_weight > 0:
        _risk(model, (cash, other), discount, given, costs)
    for name, column in model.book.columns.items():
        costs.setdefault(name, np.zeros(column.size))
    for flows in (cash, other):
        for column, places, nodes, value in flows.parts:
            np.add.at(costs[column.name], places, value * weight[nodes])
    return model.book.described(costs, float(weight @ given))


def _rate(model: Formulation, offer: Any) -> float:
    return model.scenario.rate[offer.currency or model.scenario.settings.currency]


def _prices(model: Formulation, offer: Any, factor: Any) -> tuple[Any, Any]:
    """Price of a kg that is not released, by its deposit, and landed price of one that is; base currency."""
    price = offer.price_per_kg * factor
    lost = _rate(model, offer) * offer.deposit_share * price
    return lost, _rate(model, offer) * (1 + offer.duty_rate) * (price + offer.freight_per_kg)


def _purchases(model: Formulation) -> Floats:
    """Cost of open orders by node."""
    given = np.zeros(model.tree.size)
    for row in model.scenario.open_orders:
        offer = model.scenario.offer[row.offer]
        (lost, landed), release = _prices(model, offer, 1.0), model.release(offer)
        here = model.period == model.scenario.calendar.period(row.period)
        given += here * row.kg * (release * landed + (1 - release) * lost)
    return given


def _now(model: Formulation, cash: Flows) -> None:
    for licence in model.scenario.licences:
        cash.add(model.apply, model.apply[licence.licence], licence.application_fee)
    for offer in model.scenario.offers:
        cash.add(model.sign, model.sign[offer.offer], offer.signing_fee)
        cash.add(model.keep, model.keep[offer.offer], offer.reservation_fee_per_kg or 0.0)


def _bought(model: Formulation, cash: Flows) -> None:
    """Orders are paid for where they arrive, at the price of where they were placed."""
    for offer in model.scenario.offers:
        node = model.ordered_at(offer)
        factor = of(model.tree.price[offer.offer], node, 0.0)
        (lost, landed), release = _prices(model, offer, factor), model.release(offer)
        cash.add(model.order, model.arriving(offer), release * landed + (1 - release) * lost)


def _made(model: Formulation, cash: Flows, other: Flows) -> None:
    scenario, settings = model.scenario, model.scenario.settings
    for (conversion, _), places in model.run.at.items():
        cash.add(model.run, places, scenario.conversion[conversion].cost_per_kg)
    for (name, _), places in model.stock.at.items():
        material = scenario.material[name]
        cash.add(model.stock, places, material.holding_cost_per_kg)
        left = (model.period == model.last) * settings.salvage_share * material.value_per_kg
        other.add(model.stock, places, -left)
    for name, design in model.designs.items():
        per_pp = scenario.segment[design.segment].efficiency_cost_per_pp
        cash.add(model.build, model.build[name], design.extra_cost_per_unit)
        cash.add(model.qualify, model.qualify[name], design.qualification_cost)
        other.add(model.build, model.build[name], per_pp * design.efficiency_loss_pp)
    for row in model.steps:
        cash.add(model.expand, model.expand[row.expansion], row.cost_per_step)


def _missed(model: Formulation, other: Flows) -> None:
    for name, segment in model.scenario.segment.items():
        shortage = segment.shortage_cost_per_unit
        other.add(model.lost, model.lost[name], shortage)
        waits = (segment.delay_cost_per_unit or 0.0) + (model.period == model.last) * shortage
        other.add(model.late, model.late[name], waits)


def _budgets(model: Formulation, cash: Flows, given: Floats) -> None:
    """13. Cash in every future and financial year; what is decided now counts in the first."""
    family, calendar = model.book.rows("budget", "<="), model.scenario.calendar
    for row in model.scenario.budgets:
        periods = [period for period in calendar.all if calendar.year(period) == row.year]
        if periods:
            nodes = [model.book.on_path(period) for period in ([0] if periods[0] == 1 else []) + periods]
            spent = sum(of(given, node, 0.0) for node in nodes)
            rows = family.add(model.period == periods[-1], row.max_spend - spent)
            cash.along(family, rows, nodes, model.tree.size)


def _risk(
    model: Formulation, flows: tuple[Flows, ...], discount: Floats, given: Floats, costs: dict[str, Floats]
) -> None:
    """CVaR by Rockafellar and Uryasev: what each future spends, summed up where paths part, and its part above η."""
    book, settings = model.book, model.scenario.settings
    leaf, nodes = model.period == model.last, np.bincount(model.period)
    parting = [period for period in range(model.last) if nodes[period] < nodes[period + 1]]
    eta, spent, excess = (book.column(name) for name in ("eta", "spent", "excess"))
    eta.add("", model.period == 0, lower=-np.inf)
    spent.add("", np.isin(model.period, parting), lower=-np.inf)
    excess.add("", leaf)
    so_far, above = book.rows("spent_so_far", "="), book.rows("cvar_excess", ">=")
    for period in parting:
        rows = _spent(model, so_far, period, parting, flows, discount, given, 1)
        so_far.term(rows, spent, spent[""], -1)
    rows = _spent(model, above, model.last, parting, flows, discount, given, -1)
    above.term(rows, excess, excess[""])
    above.term(rows, eta, np.full(model.tree.size, eta[""][0]))
    costs["eta"] = np.array([settings.risk_weight])
    tail = settings.risk_weight / (1 - settings.risk_tail)
    costs["excess"] = tail * model.tree.node_probability[leaf]


def _spent(
    model: Formulation,
    family: Rows,
    period: int,
    parting: list[int],
    flows: tuple[Flows, ...],
    discount: Floats,
    given: Floats,
    sign: int,
) -> Ints:
    """Rows of a period with what was spent up to it: up to where paths last parted before, and since."""
    book = model.book
    before = max((parted for parted in parting if parted < period), default=NONE)
    path = [book.on_path(since) for since in range(before + 1, period + 1)]
    bought = sum(of(discount * given, node, 0.0) for node in path)
    rows = family.add(model.period == period, -sign * bought)
    for found in flows:
        found.times(sign * discount).along(family, rows, path, model.tree.size)
    if before != NONE:
        spent = book.columns["spent"]
        family.term(rows, spent, of(spent[""], book.on_path(before)).astype(np.int64), sign)
    return rows

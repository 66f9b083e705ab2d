"""Audit of money: every cost by kind, future and year, budgets, discounting, CVaR and the objective."""

from __future__ import annotations

import math

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.tree import Array, Mask
from planner.plan.tables import CASH_KINDS
from planner.scenario.tables import Budget


def check_cost(case: Case) -> None:
    """All rules of this file."""
    costs = Costs(case)
    _fees(case)
    _later_fees(case)
    _row_costs(case, costs)
    _by_kind(case, costs)
    _budgets(case, costs)
    _headline(case, costs)


class Costs:
    """Every cost of the plan, recomputed from its decisions; base currency, undiscounted.

    `by_item` has arrays node × item for the kinds that fall at nodes.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.by_item = _by_item(case)
        self.by_period = self._by_period()
        t = np.arange(case.calendar.periods)
        s = case.scenario.settings
        self.discount: Array = (1.0 + s.discount_rate) ** (-t * s.period_months / 12)
        years = [case.calendar.year(period) for period in case.calendar.all]
        self.of_year = np.array([[year == own for year in case.names["year"]] for own in years], dtype=float)
        self.amount = {kind: values @ self.of_year for kind, values in self.by_period.items()}
        self.discounted = {kind: (values * self.discount) @ self.of_year for kind, values in self.by_period.items()}
        self.future: Array = sum((values.sum(axis=1) for values in self.discounted.values()), np.zeros(1))
        self.gross: Array = sum((np.abs(values).sum(axis=1) for values in self.discounted.values()), np.zeros(1))

    def scale(self, costs: Array) -> float:
        """What costs of one kind are measured against: the largest of them, or a millionth of all costs."""
        return float(max(np.abs(costs).max(initial=0.0), 1e-6 * self.gross.max()))

    def _by_period(self) -> dict[str, Array]:
        """By kind: future × period; what is paid now stands in the first period, salvage in the last."""
        case = self.case
        by_period = {kind: items.sum(axis=1)[case.tree.at] for kind, items in self.by_item.items()}
        for kind, fee in now_costs(case).items():
            by_period.setdefault(kind, np.zeros(case.tree.at.shape))
            by_period[kind][:, 0] += fee
        left = left_over(case)[case.tree.leaf]
        by_period["salvage"] = np.zeros(case.tree.at.shape)
        by_period["salvage"][:, -1] = -case.scenario.settings.salvage_share * left
        return by_period


def now_costs(case: Case) -> dict[str, float]:
    """Fees paid now, by kind."""
    s = case.scenario
    signed = zip(s.offers, case.signed_now, strict=True)
    signing = [o.signing_fee for o, is_signed in signed if is_signed and o.signed == "no"]
    return {
        "application": sum(row.application_fee for row in s.licences if row.licence in case.applied),
        "signing": sum(signing),
        "reservation": sum((o.reservation_fee_per_kg or 0.0) * kg for o, kg in zip(s.offers, case.keep, strict=True)),
    }


def left_over(case: Case) -> Array:
    """By node, what salvage counts: the value of stock, and what is paid of what is held."""
    s = case.scenario
    value = {m.material: m.value_per_kg for m in s.materials}
    deposit = np.array([o.deposit_share for o in s.offers]) * case.usual_price
    paid = np.where(_paid_when_due(case), [value[o.material] for o in s.offers], deposit)
    left: Array = case.stock.sum(axis=2) @ np.array([m.value_per_kg for m in s.materials]) + case.held @ paid
    return left


def _by_item(case: Case) -> dict[str, Array]:
    s = case.scenario
    at_arrival, lost_deposit = arrival_costs(case)
    loss = np.array([d.efficiency_loss_pp for d in s.designs])
    segment = {g.segment: g for g in s.segments}
    per_pp = np.array([segment[d.segment].efficiency_cost_per_pp for d in s.designs])
    holding = [m.holding_cost_per_kg for m in s.materials]
    last = (case.tree.period == case.calendar.periods)[:, None]
    lost = np.array([g.shortage_cost_per_unit for g in s.segments])
    late = np.array([g.delay_cost_per_unit or 0.0 for g in s.segments])
    advances = Advances(case)
    later = {"application": [row.application_fee for row in s.licences], "signing": [o.signing_fee for o in s.offers]}
    return {
        "application": case.apply * np.array(later["application"]),
        "signing": case.sign * np.array(later["signing"]),
        "ordering": np.where(case.order > 0, order_fees(case), 0.0),
        "purchase": at_arrival.sum(axis=2),
        "deposit": lost_deposit.sum(axis=2) + advances.deposit + advances.price,
        "conversion": case.run.sum(axis=2) * np.array([c.cost_per_kg for c in s.conversions]),
        "holding": np.concatenate([case.stock.sum(axis=2) * np.array(holding), held_costs(case)], axis=1),
        "design": case.build * np.array([d.extra_cost_per_unit for d in s.designs]),
        "qualification": case.qualify * np.array([d.qualification_cost for d in s.designs]),
        "expansion": case.steps * np.array([e.cost_per_step for e in s.expansions]),
        "efficiency": case.build * loss * per_pp,
        "shortage": (case.lost + np.where(last, case.late, 0.0)) * lost,
        "delay": case.late * late,
    }


def order_fees(case: Case) -> Array:
    """Paid with each order placed, by offer: its own fee, and its application's where the licence is per order."""
    fees = []
    for offer in case.scenario.offers:
        licence = case.licence_of(offer)
        own = licence.application_fee if licence is not None and licence.per_order == "yes" else 0.0
        fees.append(offer.order_fee + own)
    return np.array(fees)


def held_costs(case: Case) -> Array:
    """Storage of what waits for a licence: node × offer."""
    holding = {m.material: m.holding_cost_per_kg for m in case.scenario.materials}
    costs: Array = case.held * np.array([holding[o.material] for o in case.scenario.offers])
    return costs


def _paid_when_due(case: Case) -> Mask:
    """By offer: its price is paid when the order is due, released or not."""
    return np.array([o.take_or_pay == "yes" for o in case.scenario.offers], dtype=bool) & case.waits


def arrival_costs(case: Case) -> tuple[Array, Array]:
    """Paid for what arrives, and deposit lost on what never does: node × offer × origin.

    An order's price is that of the node it was placed at, that of what waited of the node at which it is released; an
    open order's has no price factor. What is paid before is taken off: the deposit of an order that is granted under
    a licence that waits, the price under take-or-pay.
    """
    ordered = case.tree.lagged(case.price, case.leads)
    usual = np.broadcast_to(case.usual_price, ordered.shape)
    prices = np.stack([ordered, usual, usual, case.price], axis=2)
    landed = np.stack([case.landed(prices[:, :, k]) for k in range(4)], axis=2)
    deposit = np.array([o.deposit_share for o in case.scenario.offers])
    share = np.where(case.waits, 1.0, case.clearance)
    kg = np.where(case.waits[:, None], 0.0, case.due[:, :, :2])
    paid = np.zeros_like(landed)
    paid[:, :, 2] = np.where(case.waits, deposit * usual, 0.0)
    paid[:, :, 3] = np.where(_paid_when_due(case), case.price, 0.0)
    arrived = np.concatenate(
        [share[:, :, None] * kg, case.due[:, :, 2:], np.where(case.waits, case.release, 0.0)[:, :, None]], axis=2
    )
    lost = np.zeros_like(landed)
    lost[:, :, :2] = deposit[:, None] * prices[:, :, :2] * (1.0 - share)[:, :, None] * kg
    return (landed - paid) * arrived, lost


class Advances:
    """Paid for what waits before it is released: node × offer.

    `deposit` is paid with the order and credited at release; under take-or-pay it is part of `price`, paid when due.
    """

    def __init__(self, case: Case) -> None:
        share = np.array([o.deposit_share for o in case.scenario.offers]) * case.usual_price
        when_due = _paid_when_due(case)
        credited = np.where(when_due, 0.0, case.release)
        self.deposit: Array = np.where(case.waits, share * (case.order - credited), 0.0)
        ordered = case.tree.lagged(case.price, case.leads) - share
        owed = ordered * case.due[:, :, 0] + (case.usual_price - share) * case.due[:, :, 1]
        self.price: Array = np.where(when_due, owed, 0.0)


def _fees(case: Case) -> None:
    """Beside each decision taken now stands its fee."""
    s = case.scenario
    rows = case.rows["now_decisions"].frame
    fee = {("apply", row.licence): row.application_fee for row in s.licences}
    fee |= {("sign", row.offer): row.signing_fee for row in s.offers}
    fee |= {("keep", row.offer): row.reservation_fee_per_kg or 0.0 for row in s.offers}
    right = [
        fee.get((decision, item), 0.0) * (kg if decision == "keep" else taken)
        for decision, item, taken, kg in zip(
            rows["decision"], rows["item"], rows["taken"], rows["kg_per_period"], strict=True
        )
    ]
    case.ledger.equal(
        "fees",
        rows["cost"],
        right,
        np.abs(right),
        "base currency",
        lambda i: f"{rows['decision'].iloc[i]} {rows['item'].iloc[i]}, cost",
    )


def _later_fees(case: Case) -> None:
    """So does beside each that is taken later."""
    fees = {"apply": {row.licence: row.application_fee for row in case.scenario.licences}}
    fees["sign"] = {o.offer: o.signing_fee for o in case.scenario.offers}
    rows = case.rows["later_decisions"].frame
    right = [fees.get(d, {}).get(i, 0.0) for d, i in zip(rows["decision"], rows["item"], strict=True)]
    said = zip(case.rows["applications"].frame["application"], case.rows["applications"].frame["licence"], strict=True)
    before = {row.application for row in case.scenario.open_applications}
    right += [0.0 if name in before else fees["apply"].get(licence, 0.0) for name, licence in said]
    found = [*rows["cost"], *case.rows["applications"].frame["cost"]]
    names = [*rows["item"], *case.rows["applications"].frame["licence"]]
    case.ledger.equal("fees", found, right, np.abs(right), "base currency", lambda i: f"{names[i]}, fee")


def _row_costs(case: Case, costs: Costs) -> None:
    """The cost in each row of a table is that of the decision in the row."""
    by_item = costs.by_item
    purchase, deposit = arrival_costs(case)
    advances = Advances(case)
    holding = case.stock * np.array([m.holding_cost_per_kg for m in case.scenario.materials])[:, None]
    conversion = case.run * np.array([c.cost_per_kg for c in case.scenario.conversions])[:, None]
    columns: list[tuple[str, str, Array, tuple[str, ...]]] = [
        ("arrivals", "purchase_cost", purchase, ("offer", "origin")),
        ("arrivals", "deposit_lost", deposit, ("offer", "origin")),
        ("orders", "order_fee", by_item["ordering"], ("offer",)),
        ("waiting", "advance", advances.deposit + advances.price, ("offer",)),
        ("waiting", "advanced", advanced(case), ("offer",)),
        ("waiting", "holding_cost", held_costs(case), ("offer",)),
        ("stock", "holding_cost", holding, ("material", "undertaking")),
        ("conversion", "cost", conversion, ("conversion", "undertaking")),
        ("expansion", "cost", by_item["expansion"], ("expansion",)),
        ("qualification", "cost", by_item["qualification"], ("design",)),
        ("build", "design_cost", by_item["design"], ("design",)),
        ("build", "efficiency_cost", by_item["efficiency"], ("design",)),
        ("shortage", "shortage_cost", by_item["shortage"], ("segment",)),
        ("shortage", "delay_cost", by_item["delay"], ("segment",)),
    ]
    for table, column, right, keys in columns:
        _row_cost(case, costs, table, column, right, keys)


def advanced(case: Case) -> Array:
    """What is paid of what waits: its deposit, under take-or-pay its price today; node × offer."""
    deposit = np.array([o.deposit_share for o in case.scenario.offers]) * case.usual_price
    paid: Array = np.where(_paid_when_due(case), case.price, deposit) * np.where(case.waits, case.held, 0.0)
    return paid


def _row_cost(case: Case, costs: Costs, table: str, column: str, right: Array, keys: tuple[str, ...]) -> None:
    def where(n: int, *at: int) -> str:
        items = ", ".join(f"{key} {case.names[key][i]}".strip() for key, i in zip(keys, at, strict=True))
        return f"table {table}, {column}, {items} in {case.at(n)}"

    case.ledger.equal("row_costs", case.grid(table, column, *keys), right, costs.scale(right), "base currency", where)


def _by_kind(case: Case, costs: Costs) -> None:
    """The table of costs has every kind's cost in each future and year, and the same discounted."""
    for kind in case.names["kind"]:
        _kind(case, costs, f"cost_{kind}", kind, "amount", costs.amount[kind])
        _kind(case, costs, "discounting", kind, "discounted", costs.discounted[kind])


def _kind(case: Case, costs: Costs, rule: str, kind: str, column: str, right: Array) -> None:
    rows = case.rows["costs"]
    found = np.zeros((len(case.names["future"]), len(case.names["year"])))
    own = (rows.frame["kind"] == kind).to_numpy()
    np.add.at(found, (rows.at["future"][own], rows.at["year"][own]), rows.numbers(column)[own])
    case.ledger.equal(
        rule,
        found,
        right,
        costs.scale(right),
        "base currency",
        lambda w, y: f"{kind} in future {case.names['future'][w]}, {case.names['year'][y]}, {column}",
    )


def _budgets(case: Case, costs: Costs) -> None:
    """Cash of a financial year or period ≤ max_spend, in every future."""
    cash = np.sum([costs.by_period[kind] for kind in CASH_KINDS], axis=0)
    periods = np.array(case.calendar.all)
    for row in case.scenario.budgets:
        if row.year.startswith("FY"):
            within = np.array([case.calendar.year(t) == row.year for t in periods])
        else:
            within = periods == case.calendar.period(row.year)
        _budget(case, row, cash[:, within].sum(axis=1))


def _budget(case: Case, row: Budget, spent: Array) -> None:
    case.ledger.check(
        "budgets",
        spent - row.max_spend,
        max(row.max_spend, 1.0),
        "base currency",
        lambda w: (
            f"{row.year} in future {case.names['future'][w]}: {number(spent[w])} spent, budget {number(row.max_spend)}"
        ),
    )


def cvar(costs: Array, probability: Array, tail: float) -> float:
    """min over η of η + Σ p · max(cost − η, 0) / (1 − tail): the least lies at one of the costs."""
    excess = np.maximum(costs[None, :] - costs[:, None], 0.0) @ probability
    return float((costs + excess / (1.0 - tail)).min())


def _headline(case: Case, costs: Costs) -> None:
    """Futures' costs, expected cost, CVaR, objective, bound and gap."""
    s, plan = case.scenario.settings, case.plan
    rows = case.rows["futures"]
    names = case.names["future"]
    case.ledger.equal(
        "future_cost",
        rows.numbers("cost"),
        costs.future[rows.at["future"]],
        costs.gross[rows.at["future"]],
        "base currency",
        lambda i: f"future {names[rows.at['future'][i]]}, cost",
    )
    expected = float(costs.future @ case.probability)
    tail = cvar(costs.future, case.probability, s.risk_tail)
    objective = (1.0 - s.risk_weight) * expected + s.risk_weight * tail
    scale = costs.gross.max()
    _figure(case, "expected_cost", "expected cost", plan.expected_cost, expected, scale)
    _figure(case, "cvar", "CVaR", plan.cvar, tail, scale)
    _figure(case, "objective", "objective", plan.objective, objective, scale)
    _gap(case, scale)


def _figure(case: Case, rule: str, words: str, found: float, right: float, scale: float) -> None:
    case.ledger.equal(rule, found, right, scale, "base currency", lambda _: words)


def _gap(case: Case, scale: float) -> None:
    """bound ≤ objective, and gap = (objective − bound) / |objective|."""
    plan = case.plan
    case.ledger.check(
        "gap",
        plan.bound - plan.objective,
        scale,
        "base currency",
        lambda _: f"bound {number(plan.bound)} above the objective {number(plan.objective)}",
    )
    room = max(0.0, plan.objective - plan.bound)
    right = room / abs(plan.objective) if plan.objective else (math.inf if room else 0.0)
    if math.isfinite(plan.gap) or math.isfinite(right):
        case.ledger.equal("gap", plan.gap, right, right, "", lambda _: "gap")

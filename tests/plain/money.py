"""Costs of futures as model.md adds them up, and rule 13."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.plain.linear import ZERO, Linear, total
from tests.plain.tree import Node

if TYPE_CHECKING:
    from tests.plain.statement import Statement


class Money:
    """Cash and other costs by node; base currency, undiscounted."""

    def __init__(self, st: Statement) -> None:
        self.st = st
        self._cash: dict[Node, Linear] = {}

    def by_future(self) -> dict[str, Linear]:
        """C(w)."""
        s = self.st.scenario.settings
        found = {}
        for leaf in self.st.tree.leaves:
            parts = []
            for node in leaf.trail():
                cost = self.cash(node) + (self._other(node) if node.period else ZERO)
                parts.append(self._discount(node.t) * cost)
            parts.append(-s.salvage_share * self._discount(self.st.last) * self._left(leaf))
            found |= dict.fromkeys(leaf.futures, total(parts))
        return found

    def _discount(self, t: int) -> float:
        s = self.st.scenario.settings
        return float((1 + s.discount_rate) ** -((t - 1) * s.period_months / 12))

    def budgets(self) -> None:
        """13."""
        calendar = self.st.calendar
        for row in self.st.scenario.budgets:
            for leaf in self.st.tree.leaves:
                names = calendar.year if row.year.startswith("FY") else calendar.month
                year = row.year if row.year.startswith("FY") else calendar.month(calendar.period(row.year))
                spent = [self.cash(node) for node in leaf.trail() if names(node.t) == year]
                if spent:
                    self.st.program.at_most(total(spent), row.max_spend)

    def cash(self, node: Node) -> Linear:
        """What is paid at a node."""
        if node not in self._cash:
            parts = [self._fees(node)]
            if node.period:
                parts += [self._offer(offer, node) for offer in self.st.scenario.offers]
                parts += [self._made(node), self._steps(node)]
            else:
                keep, offer = self.st.supply.keep, self.st.offer
                parts += [offer[name].reservation_fee_per_kg * kg for name, kg in keep.items()]
            self._cash[node] = total(parts)
        return self._cash[node]

    def _fees(self, node: Node) -> Linear:
        s, supply = self.st.scenario, self.st.supply
        paid = [row.application_fee * supply.apply[row.licence].get(node, ZERO) for row in s.licences]
        paid += [row.signing_fee * supply.sign[row.offer].get(node, ZERO) for row in s.offers if row.signed == "no"]
        return total(paid)

    # --- what is bought -----------------------------------------------------------------------------

    def _rate(self, offer: Any) -> float:
        known = {row.currency: row.rate for row in self.st.scenario.currencies}
        base = self.st.scenario.settings.currency
        return float(known.get(offer.currency, 1.0)) if offer.currency and offer.currency != base else 1.0

    def _price(self, offer: Any, factor: float = 1.0) -> float:
        return float(offer.price_per_kg * factor * self._rate(offer))

    def _landed(self, offer: Any, factor: float = 1.0) -> float:
        return (self._price(offer, factor) + offer.freight_per_kg * self._rate(offer)) * (1 + offer.duty_rate)

    def _offer(self, offer: Any, node: Node) -> Linear:
        supply = self.st.supply
        place = supply.place.get((offer.offer, node), ZERO)
        licence = supply.licence_of(offer)
        fee = licence.application_fee if licence is not None and supply.per_order(offer) else 0.0
        waits = supply.waits(offer)
        deposit = offer.deposit_share * self._price(offer)
        cleared = supply.opened(offer, node, "yes") * (self._landed(offer) - (deposit if waits else 0.0))
        bought = self._waiting(offer, node, deposit) if waits else self._lost(offer, node)
        return (offer.order_fee + fee) * place + cleared + bought

    def _lost(self, offer: Any, node: Node) -> Linear:
        """No licence, or one that loses: landed price of what comes, deposit of what does not."""
        supply, share = self.st.supply, self.st.supply.clearance(offer, node)

        def paid(factor: float) -> float:
            lost = offer.deposit_share * self._price(offer, factor)
            return share * self._landed(offer, factor) + (1 - share) * lost

        ordered = supply.ordered_for(offer, node) * paid(self._factor(offer, node))
        return ordered + supply.opened(offer, node, "no") * paid(1.0)

    def _factor(self, offer: Any, node: Node) -> float:
        """The price factor of the node at which what is due now was ordered."""
        placed = node.back(self.st.supply.lead(offer))
        return self.st.at(placed, "price", offer.offer) if placed else 1.0

    def _waiting(self, offer: Any, node: Node, deposit: float) -> Linear:
        supply, factor = self.st.supply, self.st.at(node, "price", offer.offer)
        order, release = supply.order.get((offer.offer, node), ZERO), supply.release[offer.offer, node]
        landed = self._landed(offer, factor)
        if offer.take_or_pay == "no":
            return deposit * (order - release) + landed * release
        ordered = supply.ordered_for(offer, node) * (self._price(offer, self._factor(offer, node)) - deposit)
        opened = supply.opened(offer, node, "no") * (self._price(offer) - deposit)
        return deposit * order + ordered + opened + (landed - self._price(offer, factor)) * release

    # --- what is made, held and missed --------------------------------------------------------------

    def _made(self, node: Node) -> Linear:
        st, s = self.st, self.st.scenario
        paid = [row.cost_per_kg * st.stock.made(row, node) for row in s.conversions]
        for row in s.materials:
            held = [
                kg
                for (offer, at), kg in st.supply.held.items()
                if at is node and st.offer[offer].material == row.material
            ]
            paid.append(row.holding_cost_per_kg * (st.stock.all_of(row.material, node) + total(held)))
        for row in s.designs:
            paid.append(row.extra_cost_per_unit * st.demand.build[row.design, node])
            paid.append(row.qualification_cost * st.demand.qualify.get((row.design, node), ZERO))
        return total(paid)

    def _steps(self, node: Node) -> Linear:
        expand = self.st.supply.expand
        rows = self.st.scenario.expansions
        return total(row.cost_per_step * expand.get((row.expansion, node), ZERO) for row in rows)

    def _other(self, node: Node) -> Linear:
        """Costs that are not cash."""
        demand, parts = self.st.demand, []
        for row in self.st.scenario.designs:
            per_pp = demand.of[row.design].efficiency_cost_per_pp
            parts.append(per_pp * row.efficiency_loss_pp * demand.build[row.design, node])
        for name, row in demand.segment.items():
            late = demand.late.get((name, node), ZERO)
            parts.append(row.shortage_cost_per_unit * demand.lost[name, node])
            parts.append((row.delay_cost_per_unit or 0.0) * late)
            if node.period == self.st.last:
                parts.append(row.shortage_cost_per_unit * late)
        return total(parts)

    def _left(self, leaf: Node) -> Linear:
        """Value of stock, and what is paid of what is held."""
        st = self.st
        parts = [row.value_per_kg * st.stock.all_of(row.material, leaf) for row in st.scenario.materials]
        for offer in filter(st.supply.waits, st.scenario.offers):
            deposit = offer.deposit_share * self._price(offer)
            value = st.material[offer.material].value_per_kg if offer.take_or_pay == "yes" else deposit
            parts.append(value * st.supply.held[offer.offer, leaf])
        return total(parts)

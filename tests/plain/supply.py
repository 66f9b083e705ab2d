"""Rules 1 to 3: applications, signatures, orders, what suppliers can take, what arrives and what waits."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tests.plain.linear import ZERO, Linear, total
from tests.plain.tree import Node

if TYPE_CHECKING:
    from tests.plain.statement import Statement


class Supply:
    """Decisions about licences and offers."""

    def __init__(self, st: Statement) -> None:
        self.st = st
        self.open: defaultdict[str, list[Any]] = defaultdict(list)
        for row in st.scenario.open_applications:
            self.open[row.licence].append(row)
        self.apply = {row.licence: self._applications(row) for row in st.scenario.licences}
        self.sign = {row.offer: self._signatures(row) for row in st.scenario.offers}
        self.keep = {
            row.offer: st.program.variable() for row in st.scenario.offers if row.reservation_fee_per_kg is not None
        }
        self.expand = {
            (row.expansion, node): st.program.variable(row.max_steps, whole=True)
            for row in st.scenario.expansions
            for node in st.nodes
            if row.decision != "never" and st.within(node, row.from_, row.until)
        }
        self.order = {
            (row.offer, node): st.program.variable()
            for row in st.scenario.offers
            for node in st.nodes
            if self.may_order(row, node)
        }
        self.place = {key: st.program.choice() for key in self.order if self._has_papers(st.offer[key[0]])}
        self.release: dict[tuple[str, Node], Linear] = {}
        self.held: dict[tuple[str, Node], Linear] = {}
        for row in filter(self.waits, st.scenario.offers):
            for node in st.nodes:
                self.release[row.offer, node] = st.program.variable()
                self.held[row.offer, node] = st.program.variable()

    # --- what is there to decide --------------------------------------------------------------------

    def licence_of(self, offer: Any) -> Any | None:
        return self.st.licence[offer.licence] if offer.licence else None

    def waits(self, offer: Any) -> bool:
        licence = self.licence_of(offer)
        return licence is not None and licence.unreleased == "waits"

    def per_order(self, offer: Any) -> bool:
        licence = self.licence_of(offer)
        return licence is not None and licence.per_order == "yes"

    def barred(self, offer: Any) -> bool:
        """Under a licence per order that is never: nothing is signed and nothing ordered."""
        licence = self.licence_of(offer)
        return licence is not None and licence.per_order == "yes" and licence.decision == "never"

    def lead(self, offer: Any) -> int:
        licence = self.licence_of(offer)
        waiting = licence.processing_periods if licence is not None and self.per_order(offer) else 0
        return max(offer.lead_periods, waiting)

    def may_order(self, offer: Any, node: Node) -> bool:
        inside = self.st.within(node, offer.from_, offer.until)
        return inside and node.period + self.lead(offer) <= self.st.last and not self.barred(offer)

    def _has_papers(self, offer: Any) -> bool:
        licence = self.licence_of(offer)
        fee = licence.application_fee if licence is not None and self.per_order(offer) else 0
        return bool(offer.min_order_kg or offer.order_fee or fee)

    def _applications(self, row: Any) -> dict[Node, Linear]:
        """Where it can be applied for: `now` unless apply_from is given, nodes where a window is."""
        st = self.st
        if row.per_order == "yes" or row.decision == "never":
            return {}
        places = [] if row.apply_from else [st.tree.now]
        if row.apply_from or row.apply_until:
            places += [node for node in st.nodes if st.within(node, row.apply_from, row.apply_until)]
        return {place: st.program.choice() for place in places}

    def _signatures(self, row: Any) -> dict[Node, Linear]:
        st, licence = self.st, self.licence_of(row)
        if row.signed == "yes":
            return {st.tree.now: Linear(constant=1.0)}
        if row.decision == "never" or self.barred(row):
            return {}
        if not self.needs_signature(row):
            return {st.tree.now: Linear(constant=1.0)}
        last = None
        if row.sign_until:
            last = st.calendar.period(row.sign_until)
        elif licence is not None and (licence.apply_from or licence.apply_until):
            last = st.calendar.period(licence.apply_until) if licence.apply_until else st.last
        places = [st.tree.now, *(node for node in st.nodes if last is not None and node.period <= last)]
        return {place: st.program.choice() for place in places}

    @staticmethod
    def needs_signature(row: Any) -> bool:
        return bool(row.signing_fee or row.commit_kg_per_period or row.group or row.licence or row.decision != "free")

    def needs_application(self, offer: Any) -> bool:
        """Whether signing it asks for an application."""
        licence = self.licence_of(offer)
        return not (licence is None or self.per_order(offer) or self.open[licence.licence] or offer.signed == "yes")

    def signed(self, offer: str, node: Node) -> Linear:
        return total(self.sign[offer][place] for place in node.trail() if place in self.sign[offer])

    def applied(self, licence: str, node: Node) -> Linear:
        return total(self.apply[licence][place] for place in node.trail() if place in self.apply[licence])

    # --- rules --------------------------------------------------------------------------------------

    def rules(self) -> None:
        self._licences()
        self._groups()
        for offer in self.st.scenario.offers:
            self._must(offer)
            self._reservation(offer)
            for node in self.st.nodes:
                self._order(offer, node)
                self._commitment(offer, node)
        self._suppliers()
        self._waiting()
        self._covers()
        self._expansions()

    def _licences(self) -> None:
        program = self.st.program
        for row in self.st.scenario.licences:
            places = self.apply[row.licence]
            for first in self.st.tree.now.children:
                if {self.st.tree.now, first} <= places.keys():
                    program.at_most(places[self.st.tree.now] + places[first], 1.0)
            if row.decision == "must" and row.per_order == "no" and not self.open[row.licence]:
                self._all(places, self._due(row.apply_from, places))
        for offer in self.st.scenario.offers:
            for place, sign in self.sign[offer.offer].items():
                if self.needs_application(offer):
                    program.at_most(sign, self.applied(offer.licence, place))

    def _all(self, places: dict[Node, Linear], due: list[Node]) -> None:
        for place in due:
            self.st.program.equal(places[place], 1.0)

    def _due(self, from_: str | None, places: dict[Node, Linear]) -> list[Node]:
        """Where what must be is done: `now`, or every node of a period."""
        if from_ is None:
            return [self.st.tree.now]
        return [place for place in places if place.period == max(1, self.st.calendar.period(from_))]

    def _must(self, offer: Any) -> None:
        if offer.decision == "must" and offer.signed == "no" and not self.barred(offer):
            licence = self.licence_of(offer)
            from_ = licence.apply_from if licence is not None and self.needs_application(offer) else None
            self._all(self.sign[offer.offer], self._due(from_, self.sign[offer.offer]))

    def _groups(self) -> None:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for offer in self.st.scenario.offers:
            groups[offer.group or f"{offer.offer} alone"].append(offer.offer)
        for members in groups.values():
            for leaf in self.st.tree.leaves:
                signed = total(self.signed(offer, leaf) for offer in members)
                if signed.terms or signed.constant > 1:
                    self.st.program.at_most(signed, 1.0)

    def _reservation(self, offer: Any) -> None:
        if offer.offer in self.keep:
            sign = self.sign[offer.offer].get(self.st.tree.now, ZERO)
            kept = self.keep[offer.offer] + offer.kept_kg
            self.st.program.at_most(kept, offer.max_kg_per_period * sign)

    def open_steps(self, target: tuple[str, str], node: Node) -> float:
        """kg/period of steps under way that are there."""
        size = {
            row.expansion: row.step_kg_per_period
            for row in self.st.scenario.expansions
            if (row.scope, row.target) == target
        }
        calendar = self.st.calendar
        return sum(
            row.steps * size[row.expansion]
            for row in self.st.scenario.open_expansions
            if row.expansion in size and calendar.period(row.period) <= node.period
        )

    def expanded(self, target: tuple[str, str], node: Node) -> Linear:
        """kg/period of all steps that are there."""
        found = [Linear(constant=self.open_steps(target, node))]
        for row in self.st.scenario.expansions:
            if (row.scope, row.target) == target:
                ready = [place for place in node.path() if place.period + row.lead_periods <= node.period]
                steps = total(self.expand.get((row.expansion, place), ZERO) for place in ready)
                found.append(row.step_kg_per_period * steps)
        return total(found)

    def largest(self, offer: Any, node: Node) -> float:
        """kg that can be ordered at a node at most, with all steps that there are."""
        if (offer.offer, node) not in self.order:
            return 0.0
        rows = [e for e in self.st.scenario.expansions if (e.scope, e.target) == ("offer", offer.offer)]
        steps = sum(e.step_kg_per_period * e.max_steps for e in rows) + self.open_steps(("offer", offer.offer), node)
        return float(self.st.at(node, "offer", offer.offer) * (offer.max_kg_per_period + steps))

    def at_most_in_all(self, offers: list[Any]) -> float:
        """kg of all orders and open orders of offers over the horizon, along the path with most of them."""
        names = {row.offer for row in offers}
        found = sum(row.kg for row in self.st.scenario.open_orders if row.offer in names)
        for t in self.st.calendar.all:
            nodes = [node for node in self.st.nodes if node.period == t]
            found += sum(max(self.largest(row, node) for node in nodes) for row in offers)
        return float(found)

    def _order(self, offer: Any, node: Node) -> None:
        key, program = (offer.offer, node), self.st.program
        if key not in self.order:
            return
        order, signed = self.order[key], self.signed(offer.offer, node)
        factor = self.st.at(node, "offer", offer.offer)
        base = offer.max_kg_per_period * signed
        if offer.offer in self.keep:
            base = self.keep[offer.offer] + offer.kept_kg
        program.at_most(order, factor * (base + self.expanded(("offer", offer.offer), node)))
        largest = self.largest(offer, node)
        program.at_most(order, largest * signed)
        fixed = self.fixed.get(key)
        if fixed is not None:
            program.equal(order, fixed * self.let_off(offer, node))
        if key in self.place:
            program.at_most(order, largest * self.place[key])
            if fixed is None:
                program.at_most(offer.min_order_kg * self.place[key], order)

    @cached_property
    def fixed(self) -> dict[tuple[str, Node], float]:
        """k of each fixed order, before what its supplier lets off."""
        found = {}
        for row in self.st.scenario.fixed_orders:
            offer = self.st.offer[row.offer]
            for node in self.st.nodes:
                if node.period == self.st.calendar.period(row.period):
                    factor, steps = self.st.at(node, "offer", row.offer), self.open_steps(("offer", row.offer), node)
                    if offer.reservation_fee_per_kg is None:
                        found[row.offer, node] = min(row.kg, factor * (offer.max_kg_per_period + steps))
                    else:
                        found[row.offer, node] = min(factor, 1.0) * min(row.kg, offer.max_kg_per_period + steps)
        return found

    def committed(self, offer: Any, node: Node) -> float:
        """C of a node at which it may order and no order is fixed."""
        if not offer.commit_kg_per_period or not self.may_order(offer, node) or (offer.offer, node) in self.fixed:
            return 0.0
        factor, most = self.st.at(node, "offer", offer.offer), offer.max_kg_per_period
        if offer.reservation_fee_per_kg is not None:
            least = min(factor, 1.0) * min(offer.commit_kg_per_period, most)
            return 0.0 if factor < 1 and least < offer.min_order_kg else least
        if factor * most < offer.min_order_kg:
            return 0.0
        return max(offer.min_order_kg, min(offer.commit_kg_per_period, factor * most))

    def _commitment(self, offer: Any, node: Node) -> None:
        least = self.committed(offer, node)
        if least:
            share = self.let_off(offer, node)
            if not (share < 1 and share * least < offer.min_order_kg):
                self.st.program.at_most(share * least * self.signed(offer.offer, node), self.order[offer.offer, node])

    def capacity(self, supplier: Any, node: Node) -> float:
        if supplier.max_kg_per_period is None:
            return math.inf
        return self.st.at(node, "supplier", supplier.supplier) * supplier.max_kg_per_period

    def let_off(self, offer: Any, node: Node) -> float:
        """G: the share of what is promised that the supplier of an offer can take at a node."""
        s = self.st.scenario
        supplier = next(row for row in s.suppliers if row.supplier == offer.supplier)
        capacity = self.capacity(supplier, node)
        mine = [row for row in s.offers if row.supplier == offer.supplier and not self.barred(row)]
        with_orders = {row.offer for row in s.fixed_orders}
        sure = [row for row in mine if row.signed == "yes" or row.decision == "must" or row.offer in with_orders]
        promised = sum(self.fixed.get((row.offer, node), 0.0) or self.committed(row, node) for row in sure)
        first = min(1.0, capacity / promised) if promised else 1.0
        if offer in sure:
            return first
        groups = {row.group for row in sure if row.group}
        largest: dict[str, float] = {}
        for row in mine:
            if row not in sure and row.decision != "never" and row.group not in groups:
                name = f"group {row.group}" if row.group else f"offer {row.offer}"
                largest[name] = max(largest.get(name, 0.0), self.committed(row, node))
        asked = sum(largest.values())
        left = capacity - first * promised if promised else capacity
        return min(1.0, left / asked) if asked else 1.0

    def _suppliers(self) -> None:
        for supplier in self.st.scenario.suppliers:
            offers = [row.offer for row in self.st.scenario.offers if row.supplier == supplier.supplier]
            for node in self.st.nodes:
                ordered = total(self.order[o, node] for o in offers if (o, node) in self.order)
                if ordered.terms and math.isfinite(self.capacity(supplier, node)):
                    self.st.program.at_most(ordered, self.capacity(supplier, node))

    def _expansions(self) -> None:
        for row in self.st.scenario.expansions:
            begun = sum(o.steps for o in self.st.scenario.open_expansions if o.expansion == row.expansion)
            for leaf in self.st.tree.leaves:
                steps = [self.expand[row.expansion, n] for n in leaf.path() if (row.expansion, n) in self.expand]
                if steps:
                    self.st.program.at_most(total(steps), max(0, row.max_steps - begun))

    # --- what comes ---------------------------------------------------------------------------------

    def clearance(self, offer: Any, node: Node) -> float:
        return self.st.at(node, "clearance", offer.licence) if offer.licence else 1.0

    def ordered_for(self, offer: Any, node: Node) -> Linear:
        """What was ordered in time to be due at a node."""
        placed = node.back(self.lead(offer))
        return self.order.get((offer.offer, placed), ZERO) if placed else ZERO

    def opened(self, offer: Any, node: Node, cleared: str) -> float:
        """kg of open orders of a node, cleared or not."""
        calendar = self.st.calendar
        return sum(
            row.kg
            for row in self.st.scenario.open_orders
            if row.offer == offer.offer and calendar.period(row.period) == node.period and row.cleared == cleared
        )

    def due(self, offer: Any, node: Node) -> Linear:
        return self.ordered_for(offer, node) + self.opened(offer, node, "no")

    def arrive(self, offer: Any, node: Node) -> Linear:
        cleared = self.opened(offer, node, "yes")
        if self.waits(offer):
            return self.release[offer.offer, node] + cleared
        return self.clearance(offer, node) * self.due(offer, node) + cleared

    def _waiting(self) -> None:
        program = self.st.program
        for offer in filter(self.waits, self.st.scenario.offers):
            for node in self.st.nodes:
                there = self.held.get((offer.offer, node.parent), ZERO) + self.due(offer, node)  # type: ignore[arg-type]
                release, most = self.release[offer.offer, node], self.clearance(offer, node) * there
                program.equal(self.held[offer.offer, node], there - release)
                if offer.firm == "yes":
                    program.equal(release, most)
                else:
                    program.at_most(release, most)
        for licence in self.st.scenario.licences:
            if licence.unreleased == "waits" and licence.normal_kg_per_period is not None:
                for node in self.st.nodes:
                    share = self.st.at(node, "clearance", licence.licence)
                    program.at_most(self._released(licence, node), share * licence.normal_kg_per_period)

    def _released(self, licence: Any, node: Node) -> Linear:
        offers = [row.offer for row in self.st.scenario.offers if row.licence == licence.licence]
        return total(self.release[offer, node] for offer in offers)

    def _covers(self) -> None:
        for licence in self.st.scenario.licences:
            if licence.unreleased == "waits" and licence.per_order == "no":
                covers = [*self._of_applications(licence), *self._of_open_applications(licence)]
                for node in self.st.nodes:
                    covered = total(mine[node] for mine in covers if node in mine)
                    self.st.program.equal(self._released(licence, node), covered)

    def _of_applications(self, licence: Any) -> Iterator[dict[Node, Linear]]:
        """What is released under each application that can be made, at the nodes at which it is in force."""
        most = licence.max_kg_per_application
        if most is None:
            most = self.at_most_in_all([row for row in self.st.scenario.offers if row.licence == licence.licence])
        for place, apply in self.apply[licence.licence].items():
            first = place.t + licence.processing_periods
            lapses = first + licence.valid_periods if licence.valid_periods else math.inf
            in_force = [n for n in self.st.nodes if place in n.trail() and first <= n.period < lapses]
            mine = {node: self.st.program.variable() for node in in_force}
            self._cover_at_most(mine, most * apply)
            yield mine

    def _of_open_applications(self, licence: Any) -> Iterator[dict[Node, Linear]]:
        for row in self.open[licence.licence]:
            in_force = [node for node in self.st.nodes if self.st.within(node, row.from_, row.until)]
            mine = {node: self.st.program.variable() for node in in_force}
            if row.kg is not None:
                self._cover_at_most(mine, Linear(constant=row.kg))
            yield mine

    def _cover_at_most(self, covers: dict[Node, Linear], most: Linear) -> None:
        """Along every path."""
        for leaf in self.st.tree.leaves:
            along = [covers[node] for node in leaf.path() if node in covers]
            if along:
                self.st.program.at_most(total(along), most)

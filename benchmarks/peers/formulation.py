"""The planner's model written once more, straight from a scenario and its tree, as tables of NumPy arrays.

It shares no code with `planner.model`: what linopy, PyOptInterface, Pyomo and the arrays by hand are given comes from
here, and its optimum beside the planner's is a check of both. The numbers are those of docs/model.md.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.peers.costs import add_costs
from benchmarks.peers.described import Described
from benchmarks.peers.edition import is_first_edition
from benchmarks.peers.reachable import Reachable
from benchmarks.peers.sourcing import add_sourcing
from benchmarks.peers.stocks import add_stocks
from benchmarks.peers.writing import Book, Mask, of
from planner.futures.tree import Floats, Ints, Tree
from planner.scenario.scenario import Scenario


def formulate(scenario: Scenario, tree: Tree) -> Described:
    """The tables of a scenario's program over its tree; ValueError where peers cannot state it."""
    if not is_first_edition(scenario):
        raise ValueError("The scenario uses what peers do not state: see benchmarks/peers/edition.py.")
    model = Formulation(scenario, tree)
    model.variables()
    for family in (
        model.licences, model.orders, model.minimum_orders, model.commitments, model.suppliers, model.conversions,
        model.expansions, model.magnets, model.demand, model.shares, model.qualification, model.efficiency,
        model.service,
    ):  # fmt: skip
        family()
    add_stocks(model)
    add_sourcing(model)
    return add_costs(model)


class Formulation:
    """A program being written; arrays are by node unless said otherwise."""

    def __init__(self, scenario: Scenario, tree: Tree) -> None:
        self.scenario, self.tree, self.book = scenario, tree, Book(tree)
        self.period, self.last = tree.period, scenario.calendar.periods
        self.ones = np.ones(tree.size)
        self.reachable = Reachable(scenario, tree)
        self.steps = [row for row in scenario.expansions if row.decision != "never"]
        self.designs = {row.design: row for row in scenario.designs}
        self.demand_of = {d: self._demand(d) for d in scenario.segment}

    def _demand(self, segment: str) -> Floats:
        units = np.array([0.0] + [self.scenario.units[segment][t] for t in self.scenario.calendar.all])
        return units[self.period] * self.tree.demand_factor[segment]

    def within(self, periods: Any) -> Mask:
        """Nodes of some periods."""
        return np.isin(self.period, list(periods))

    def release(self, offer: Any) -> Floats:
        """The clearance of an offer's licence."""
        return self.tree.clearance[offer.licence] if offer.licence else self.ones

    def signed(self, offer: str) -> Ints:
        """The place of an offer's signature, at every node; none where it needs none."""
        return np.full(self.tree.size, self.sign[offer][0])

    def up_to(self, column: Any, key: str, waits: int) -> list[Ints]:
        """By period: by node the place of what was decided on its path in that period, long enough ago."""
        found = []
        for period in self.scenario.calendar.all:
            node = self.book.on_path(period)
            ready = (node >= 0) & (period + waits <= self.period)
            found.append(np.where(ready, of(column[key], node), -1).astype(np.int64))
        return found

    # --- variables ----------------------------------------------------------------------------------

    def variables(self) -> None:
        """All but those of the CVaR."""
        book, scenario, reach = self.book, self.scenario, self.reachable
        now = self.period == 0
        self.apply, self.sign = book.column("apply", True), book.column("sign", True)
        self.keep, self.order, self.place = book.column("keep"), book.column("order"), book.column("place", True)
        for licence in scenario.licences:
            lower, upper = DECISIONS[licence.decision]
            self.apply.add(licence.licence, now, upper, lower)
        for offer in scenario.offers:
            lower, upper = DECISIONS[offer.decision]
            if self.needs_signature(offer):
                self.sign.add(offer.offer, now, upper, lower)
            if offer.reservation_fee_per_kg is not None:
                self.keep.add(offer.offer, now, offer.max_kg_per_period)
            where = self.within(reach.order_periods[offer.offer])
            self.order.add(offer.offer, where, self.most_ordered[offer.offer])
            if offer.min_order_kg > 0:
                self.place.add(offer.offer, where, 1)
        self.expand = book.column("expand", True)
        for row in self.steps:
            window = scenario.calendar.within(row.from_, row.until)
            self.expand.add(
                row.expansion, self.within(t for t in window if t + row.lead_periods <= self.last), row.max_steps
            )
        self._stock_variables()
        self._demand_variables()

    def _stock_variables(self) -> None:
        reach, materials = self.reachable, self.scenario.material
        self.run, self.stock, self.move = (self.book.column(name) for name in ("run", "stock", "move"))
        for (conversion, pool), periods in reach.run_periods.items():
            self.run.add((conversion, pool), self.within(periods))
        for (material, pool), first in reach.holds.items():
            most = materials[material].max_stock_kg
            self.stock.add((material, pool), self.period >= first, np.inf if most is None else most)
        for (material, pool), moved in reach.move_periods.items():
            self.move.add((material, pool), self.within(moved))

    def _demand_variables(self) -> None:
        book, scenario, reach = self.book, self.scenario, self.reachable
        self.build, self.use = book.column("build"), book.column("use")
        self.qualify = book.column("qualify", True)
        self.lost, self.late, self.eligible = book.column("lost"), book.column("late"), book.column("eligible")
        for segment in scenario.segments:
            self.lost.add(segment.segment, self.period > 0)
            if segment.delay_cost_per_unit is not None:
                self.late.add(segment.segment, self.period > 0, self.backlog[segment.segment])
        for design in scenario.designs:
            pools = reach.design_pools[design.design]
            built = self.within(reach.build_periods(design))
            self.build.add(design.design, built, self.most_built(design, self.asked(design.segment)))
            if design.max_share < 1 and self.waits(design.segment) and built.any():
                before_last = (self.period > 0) & (self.period < self.period[built].max())
                self.eligible.add(design.design, before_last, design.max_share * self.backlog[design.segment])
            for material, found in pools.items():
                several = np.sum([self.period >= first for first in found.values()], axis=0) > 1
                for pool, first in found.items():
                    self.use.add((design.design, material, pool), built & several & (self.period >= first))
            if design.qualified != "yes" and design.decision != "never":
                early = (self.period > 0) & (self.period + design.qualification_periods <= self.last)
                must = (self.period == 1) & (design.decision == "must")
                self.qualify.add(design.design, early | must, 1, must.astype(float))

    def needs_signature(self, offer: Any) -> bool:
        """Whether signing is a decision."""
        fees = offer.signing_fee > 0 or offer.commit_kg_per_period > 0
        return bool(fees or offer.group or offer.licence or offer.decision != "free")

    @cached_property
    def most_ordered(self) -> dict[str, Floats]:
        """The largest order of each offer."""
        found = {}
        for offer in self.scenario.offers:
            added = self.reachable.added("offer", offer.offer)
            most = self.tree.offer_capacity[offer.offer] * (offer.max_kg_per_period + added[self.period])
            cap = self.scenario.supplier[offer.supplier].max_kg_per_period
            if cap is not None:
                most = np.minimum(most, self.tree.supplier_capacity[offer.supplier] * cap)
            found[offer.offer] = np.where(most >= offer.min_order_kg, most, 0.0)
        return found

    @cached_property
    def backlog(self) -> dict[str, Floats]:
        """All demand of a segment along the path."""
        paths = self.tree.ancestor
        return {d: np.where(paths >= 0, asked[paths], 0.0).sum(axis=1) for d, asked in self.demand_of.items()}

    def asked(self, segment: str) -> Floats:
        """The most units that can be asked for at a time."""
        return self.backlog[segment] if self.waits(segment) else self.demand_of[segment]

    def waits(self, segment: str) -> bool:
        """Whether units of a segment may wait."""
        return self.scenario.segment[segment].delay_cost_per_unit is not None

    def most_built(self, design: Any, asked: Floats) -> Floats:
        """The most units of a design of so many asked for: by its shares of them and of the assembly."""
        most = self.scenario.segment[design.segment].max_units_per_period
        cap = np.inf if most is None else most
        return np.minimum(design.max_share * asked, self.efficient_share(design) * np.minimum(asked, cap))

    def efficient_share(self, design: Any) -> float:
        """The share of what is built that the limit on the average loss leaves a design, beside the best one."""
        limit, loss = self.scenario.segment[design.segment].max_efficiency_loss_pp, design.efficiency_loss_pp
        if limit is None or loss <= limit:
            return 1.0
        best = min(row.efficiency_loss_pp for row in self.scenario.designs if row.segment == design.segment)
        return float(max(limit - best, 0.0) / (loss - best)) if best < limit else 0.0

    # --- 1, 2: licences and orders ------------------------------------------------------------------

    def licences(self) -> None:
        """A signature needs its licence; one of a group."""
        now = self.period == 0
        needed, group = self.book.rows("licence_needed", "<="), self.book.rows("one_of_group", "<=")
        members: dict[str, list[str]] = {}
        for offer in self.scenario.offers:
            if offer.licence:
                rows = needed.add(now)
                needed.term(rows, self.sign, self.sign[offer.offer])
                needed.term(rows, self.apply, self.apply[offer.licence], -1)
            if offer.group:
                members.setdefault(offer.group, []).append(offer.offer)
        for offers in members.values():
            rows = group.add(now & (len(offers) > 1), 1)
            for name in offers:
                group.term(rows, self.sign, self.sign[name])

    def orders(self) -> None:
        """Orders within what is signed, kept and added by expansions."""
        capacity, first = self.book.rows("order_capacity", "<="), self.book.rows("signed_first", "<=")
        kept_first = self.book.rows("kept_if_signed", "<=")
        for offer in self.scenario.offers:
            name, places = offer.offer, self.order[offer.offer]
            kept, signed = offer.reservation_fee_per_kg is not None, self.needs_signature(offer)
            steps = [row for row in self.steps if (row.scope, row.target) == ("offer", name)]
            factor = self.tree.offer_capacity[name]
            if kept or steps:
                free = 0 if kept or signed else factor * offer.max_kg_per_period
                rows = capacity.add(places >= 0, free)
                capacity.term(rows, self.order, places)
                if kept:
                    capacity.term(rows, self.keep, np.full(len(rows), self.keep[name][0]), -factor)
                else:
                    capacity.term(rows, self.sign, self.signed(name), -factor * offer.max_kg_per_period)
                self._add_steps(capacity, rows, steps, factor)
            if signed and not offer.min_order_kg > 0 and (steps or not kept):
                rows = first.add(places >= 0)
                first.term(rows, self.order, places)
                first.term(rows, self.sign, self.signed(name), -self.most_ordered[name])
            if kept and signed:
                rows = kept_first.add(self.period == 0)
                kept_first.term(rows, self.keep, self.keep[name])
                kept_first.term(rows, self.sign, self.sign[name], -offer.max_kg_per_period)

    def _add_steps(self, family: Any, rows: Ints, steps: Any, factor: Floats) -> None:
        for row in steps:
            for places in self.up_to(self.expand, row.expansion, row.lead_periods):
                family.term(rows, self.expand, places, -factor * row.step_kg_per_period)

    def minimum_orders(self) -> None:
        """An order is nothing, or placed and at least the minimum."""
        most, least = self.book.rows("placed_order", "<="), self.book.rows("minimum_order", ">=")
        signed = self.book.rows("placed_if_signed", "<=")
        for offer in self.scenario.offers:
            name, places = offer.offer, self.place[offer.offer]
            for family, amount in ((most, self.most_ordered[name]), (least, offer.min_order_kg)):
                rows = family.add(places >= 0)
                family.term(rows, self.order, self.order[name])
                family.term(rows, self.place, places, -1.0 * np.asarray(amount, dtype=float))
            if self.needs_signature(offer):
                rows = signed.add(places >= 0)
                signed.term(rows, self.place, places)
                signed.term(rows, self.sign, self.signed(name), -1)

    def commitments(self) -> None:
        """Take or pay, where anything can be ordered."""
        family = self.book.rows("commitment", ">=")
        for offer in self.scenario.offers:
            if offer.commit_kg_per_period > 0 and not self.reachable.forbidden(offer):
                least = self.promised(offer)
                some = self.reachable.ever(least)
                rows = family.add(self.within(t for t in self.reachable.windows[offer.offer] if some[t]))
                family.term(rows, self.order, self.order[offer.offer])
                family.term(rows, self.sign, self.signed(offer.offer), -least)

    def promised(self, offer: Any) -> Floats:
        """An offer's commitment where its supplier lets off what it cannot take: sure offers are served first."""
        least, cap = self.committed[offer.offer], self.scenario.supplier[offer.supplier].max_kg_per_period
        if cap is None:
            return least
        left, share = self.tree.supplier_capacity[offer.supplier] * cap, self.ones
        sold = [row for row in self.scenario.offers if row.supplier == offer.supplier]
        sure = [row for row in sold if row.decision == "must"]
        groups = {row.group for row in sure if row.group}
        largest: dict[str, Floats] = {}
        for row in sold:
            if row.decision == "free" and row.group not in groups:
                key = f"group {row.group}" if row.group else f"offer {row.offer}"
                largest[key] = np.maximum(largest.get(key, 0.0), self.committed[row.offer])
        for asked in ([self.committed[row.offer] for row in sure], [*largest.values()]):
            total = np.sum([0 * self.ones, *asked], axis=0)
            share = np.minimum(1.0, np.divide(left, total, out=self.ones.copy(), where=total > 0))
            left = np.maximum(left - share * total, 0.0)
            if offer.decision == "must":
                break
        return np.where((share < 1) & (share * least < offer.min_order_kg), 0.0, share * least)

    @cached_property
    def committed(self) -> dict[str, Floats]:
        """What each offer commits to where it may be ordered, as far as its own capacity goes."""
        found = {}
        for row in self.scenario.offers:
            factor, commit = self.tree.offer_capacity[row.offer], row.commit_kg_per_period
            if row.reservation_fee_per_kg is None:
                most = factor * row.max_kg_per_period
                least = np.where(most < row.min_order_kg, 0.0, np.maximum(row.min_order_kg, np.minimum(commit, most)))
            else:
                least = np.minimum(factor, 1.0) * min(commit, row.max_kg_per_period)
                least = np.where((factor < 1) & (least < row.min_order_kg), 0.0, least)
            found[row.offer] = least * self.within(self.reachable.windows[row.offer]) * (commit > 0)
        return found

    def suppliers(self) -> None:
        """What a supplier can take over all its offers."""
        family = self.book.rows("supplier_capacity", "<=")
        for name, supplier in self.scenario.supplier.items():
            if supplier.max_kg_per_period is not None:
                orders = [self.order[row.offer] for row in self.scenario.offers if row.supplier == name]
                several = sum(((places >= 0).astype(int) for places in orders), np.zeros(self.tree.size)) > 1
                rows = family.add(several, self.tree.supplier_capacity[name] * supplier.max_kg_per_period)
                for places in orders:
                    family.term(rows, self.order, places)

    # --- 3, 5, 6: arrivals, conversion, expansion ----------------------------------------------------

    def ordered_at(self, offer: Any) -> Ints:
        """By node of arrival the node of the order."""
        return self.book.back(offer.lead_periods)

    def arriving(self, offer: Any) -> Ints:
        """By node of arrival the place of the order."""
        return of(self.order[offer.offer], self.ordered_at(offer)).astype(np.int64)

    def conversions(self) -> None:
        """Capacity of plants."""
        family = self.book.rows("conversion_capacity", "<=")
        for name, row in self.scenario.conversion.items():
            runs = [places for (conversion, _), places in self.run.at.items() if conversion == name]
            some = sum(((places >= 0).astype(int) for places in runs), np.zeros(self.tree.size)) > 0
            factor = self.tree.conversion_capacity[name]
            rows = family.add(some, factor * row.max_kg_per_period)
            for places in runs:
                family.term(rows, self.run, places)
            steps = [step for step in self.steps if (step.scope, step.target) == ("conversion", name)]
            self._add_steps(family, rows, steps, factor)

    def expansions(self) -> None:
        """Steps along a path."""
        self._once("expansion_steps", self.expand, {row.expansion: row.max_steps for row in self.steps})

    def _once(self, name: str, column: Any, most: dict[str, int]) -> None:
        """Along a path at most so many; reported at the last period in which it can be decided."""
        family = self.book.rows(name, "<=")
        for key, limit in most.items():
            periods = np.unique(self.period[column[key] >= 0])
            if len(periods) > 1:
                rows = family.add(self.period == periods.max(), limit)
                for places in self.up_to(column, key, 0):
                    family.term(rows, column, places)

    # --- 7, 8, 9, 10, 11: what is built ---------------------------------------------------------------

    def magnets(self) -> None:
        """What is built takes its magnets from pools."""
        family = self.book.rows("magnets", "=")
        uses: dict[tuple[str, str], list[Ints]] = {}
        for (design, material, _), places in self.use.at.items():
            uses.setdefault((design, material), []).append(places)
        for row in self.scenario.design_materials:
            built = self.build[row.design]
            here = uses.get((row.design, row.material), [self.use.none])
            rows = family.add(np.max(here, axis=0) >= 0)
            family.term(rows, self.build, built, -row.kg_per_unit)
            for places in here:
                family.term(rows, self.use, places)

    def late_before(self, segment: str) -> Ints:
        """The place of what waits since the period before."""
        return of(self.late[segment], self.book.back(1)).astype(np.int64)

    def demand(self) -> None:
        """What is asked for is built, lost or waits; and what can be assembled."""
        balance, assembly = self.book.rows("demand_balance", "="), self.book.rows("assembly", "<=")
        for name, segment in self.scenario.segment.items():
            built = [self.build[row.design] for row in self.scenario.designs if row.segment == name]
            rows = balance.add(self.period > 0, self.demand_of[name])
            balance.term(rows, self.lost, self.lost[name])
            balance.term(rows, self.late, self.late[name])
            balance.term(rows, self.late, self.late_before(name), -1)
            count = sum(((places >= 0).astype(int) for places in built), np.zeros(self.tree.size))
            limited = segment.max_units_per_period is not None
            capped = assembly.add((count > 1) & limited, segment.max_units_per_period or 0.0)
            for places in built:
                balance.term(rows, self.build, places)
                assembly.term(capped, self.build, places)

    def shares(self) -> None:
        """A design's share of what is asked for, where units may wait: one that waits keeps its chance of it."""
        share, waiting = self.book.rows("design_share", "<="), self.book.rows("eligible_waits", "<=")
        for name, design in self.designs.items():
            if design.max_share < 1 and self.waits(design.segment):
                built, kept = self.build[name], self.eligible[name]
                rows = share.add((built >= 0) | (kept >= 0), design.max_share * self.demand_of[design.segment])
                share.term(rows, self.build, built)
                share.term(rows, self.eligible, kept)
                share.term(rows, self.eligible, self.eligible_before(name), -1)
                rows = waiting.add(kept >= 0)
                waiting.term(rows, self.eligible, kept)
                waiting.term(rows, self.late, self.late[design.segment], -1)

    def eligible_before(self, design: str) -> Ints:
        """The place of what waits since the period before and may be served by a design."""
        return of(self.eligible[design], self.book.back(1)).astype(np.int64)

    def qualification(self) -> None:
        """A design is qualified, once, before it is built."""
        first, beside = self.book.rows("qualified_first", "<="), self.book.rows("qualified_beside_backlog", "<=")
        for name, design in self.designs.items():
            if design.qualified == "yes":
                continue
            built, efficient = self.build[name], self.efficient_share(design)
            own = self.most_built(design, self.demand_of[design.segment])
            rows, tighter = first.add(built >= 0), beside.add((built >= 0) & self.waits(design.segment))
            for family, numbers in ((first, rows), (beside, tighter)):
                family.term(numbers, self.build, built)
            if design.max_share < 1 and efficient >= design.max_share:
                beside.term(tighter, self.eligible, self.eligible_before(name), -1)
            else:
                beside.term(tighter, self.late, self.late_before(design.segment), -efficient)
            most = self.most_built(design, self.asked(design.segment))
            for places in self.up_to(self.qualify, name, design.qualification_periods):
                first.term(rows, self.qualify, places, -most)
                beside.term(tighter, self.qualify, places, -own)
        self._once("qualified_once", self.qualify, dict.fromkeys(self.designs, 1))

    def efficiency(self) -> None:
        """The average loss over the units built."""
        family = self.book.rows("efficiency", "<=")
        for name, segment in self.scenario.segment.items():
            limit = segment.max_efficiency_loss_pp
            designs = [row for row in self.scenario.designs if row.segment == name]
            if limit is not None:
                above = [self.build[row.design] >= 0 for row in designs if row.efficiency_loss_pp > limit]
                rows = family.add(np.any([np.zeros(self.tree.size, dtype=bool), *above], axis=0))
                for row in designs:
                    family.term(rows, self.build, self.build[row.design], row.efficiency_loss_pp - limit)

    def service(self) -> None:
        """The share of a future's demand that is served."""
        family = self.book.rows("service", "<=")
        leaf = self.period == self.last
        for name, segment in self.scenario.segment.items():
            if segment.min_service > 0:
                rows = family.add(leaf, (1 - segment.min_service) * self.backlog[name])
                family.term(rows, self.late, self.late[name])
                for places in self.up_to(self.lost, name, 0):
                    family.term(rows, self.lost, places)


DECISIONS = {"free": (0, 1), "must": (1, 1), "never": (0, 0)}

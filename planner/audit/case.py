"""What is audited: a plan's tables read into arrays by node, beside what the scenario says at each node."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from planner.audit.report import Ledger
from planner.audit.rows import Rows, names, read
from planner.audit.tree import Array, Mask, Places, Tree, grow, signals
from planner.plan.plan import Plan
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Licence, Offer


class Case:
    """A scenario, a plan of it, and the ledger of what is wrong with the plan.

    Arrays have a row a node of the recomputed tree; further axes are items in the order of the scenario's
    tables (pools: free, then undertakings). Rows of the plan that name nothing that exists are left out.
    """

    def __init__(self, scenario: Scenario, plan: Plan) -> None:
        self.scenario = scenario
        self.plan = plan
        self.calendar = scenario.calendar
        self.ledger = Ledger()
        self.names = names(scenario, plan)
        self.signals = signals(scenario, self.names["future"])
        self.probability = np.array([row.probability for row in scenario.futures] or [1.0])
        self.tree: Tree = grow(self.signals, list(self.probability))
        self.rows: dict[str, Rows] = read(plan, self.names, self.tree, self.ledger)

    # Words

    def month(self, node: int) -> str:
        """The first month of a node's period."""
        return self.calendar.month(int(self.tree.period[node]))

    def at(self, node: int) -> str:
        """A node in words: its month, and the plan's number for it."""
        return f"{self.month(node)} (node {self.node_name[node]})"

    @cached_property
    def node_name(self) -> list[str]:
        """The plan's number of each node; '?' where the plan does not have it."""
        found = dict.fromkeys(range(self.tree.size), "?")
        paths = self.rows["paths"]
        for name, node in zip(paths.frame["node"], paths.at["node"], strict=True):
            found[int(node)] = f"{name:g}"
        return list(found.values())

    def pool(self, pool: int) -> str:
        """A pool in words."""
        return f"pool {self.names['undertaking'][pool]}" if pool else "pool free"

    # The plan

    def grid(self, table: str, value: str, *keys: str) -> Array:
        """A column of a plan table as an array: node × each of the key columns; 0 where there is no row."""
        rows = self.rows[table]
        shape = (self.tree.size, *(len(self.names[key]) for key in keys))
        grid = np.zeros(shape)
        np.add.at(grid, (rows.at["node"], *(rows.at[key] for key in keys)), rows.numbers(value))
        return grid

    @cached_property
    def order(self) -> Array:
        """kg ordered: node × offer."""
        return self.grid("orders", "kg", "offer")

    @cached_property
    def arrived(self) -> Array:
        """kg arrived, as the plan has it: node × offer × origin."""
        return self.grid("arrivals", "released_kg", "offer", "origin")

    @cached_property
    def release(self) -> Array:
        """kg released of what waited: node × offer."""
        return self.grid("waiting", "released_kg", "offer")

    @cached_property
    def held(self) -> Array:
        """kg that wait at the period's end: node × offer."""
        return self.grid("waiting", "held_kg", "offer")

    @cached_property
    def eligible(self) -> Array:
        """Units that wait and keep their chance of a design: node × design."""
        return self.grid("eligible", "units", "design")

    @cached_property
    def stock(self) -> Array:
        """kg: node × material × pool."""
        return self.grid("stock", "kg", "material", "undertaking")

    @cached_property
    def move(self) -> Array:
        """kg moved from free: node × material × pool."""
        return self.grid("moves", "kg", "material", "undertaking")

    @cached_property
    def run(self) -> Array:
        """kg made: node × conversion × pool."""
        return self.grid("conversion", "kg", "conversion", "undertaking")

    @cached_property
    def steps(self) -> Array:
        """Steps decided: node × expansion."""
        return self.grid("expansion", "steps", "expansion")

    @cached_property
    def qualify(self) -> Array:
        """1 where a design's qualification starts: node × design."""
        rows = self.rows["qualification"]
        started = np.zeros((self.tree.size, len(self.names["design"])))
        started[rows.at["node"], rows.at["design"]] = 1.0
        return started

    @cached_property
    def build(self) -> Array:
        """Units: node × design."""
        return self.grid("build", "units", "design")

    @cached_property
    def lost(self) -> Array:
        """Units: node × segment."""
        return self.grid("shortage", "lost", "segment")

    @cached_property
    def late(self) -> Array:
        """Units: node × segment."""
        return self.grid("shortage", "late", "segment")

    @cached_property
    def applied(self) -> set[str]:
        """Licences applied for."""
        return self._taken("apply")

    @cached_property
    def signed_now(self) -> Mask:
        """By offer: signed before or now, or in need of no signature."""
        asked = set(self.rows["now_decisions"].frame.query("decision == 'sign'")["item"]) | {
            o.offer for o in self.scenario.offers if self.needs_signature(o.offer)
        }
        taken = self._taken("sign")
        return np.array([o.offer in taken or o.offer not in asked for o in self.scenario.offers], dtype=bool)

    @cached_property
    def sign(self) -> Array:
        """1 where an offer is signed later than now: node × offer."""
        return self._later("sign", self.names["offer"])

    @cached_property
    def apply(self) -> Array:
        """1 where a licence is applied for later than now: node × licence."""
        return self._later("apply", self.names["licence"])

    @cached_property
    def apply_now(self) -> Array:
        """1 where a licence is applied for now, by licence."""
        return np.array([float(name in self.applied) for name in self.names["licence"]])

    @cached_property
    def signed(self) -> Array:
        """How often an offer is signed by then: node × offer."""
        return self.tree.so_far(self.sign) + self.signed_now

    def _later(self, decision: str, items: list[str]) -> Array:
        rows, made = self.rows["later_decisions"], np.zeros((self.tree.size, len(items)))
        kind = self.names["decision"].index(decision)
        for node, own, item in zip(rows.at["node"], rows.at["decision"], rows.frame["item"], strict=True):
            if own == kind and item in items:
                made[node, items.index(item)] = 1.0
        return made

    def needs_signature(self, offer: str) -> bool:
        """Whether an offer has a fee, commitment, group, licence or fixed decision, and is not signed yet."""
        o = self.scenario.offer[offer]
        has = bool(o.signing_fee or o.commit_kg_per_period or o.group or o.licence or o.decision != "free")
        return has and o.signed == "no"

    @cached_property
    def keep(self) -> Array:
        """kg/period of capacity kept, by offer."""
        rows = self.rows["now_decisions"].frame.query("decision == 'keep'")
        kept = dict(zip(rows["item"], rows["kg_per_period"], strict=True))
        return np.array([float(kept.get(name, 0.0)) for name in self.names["offer"]])

    def _taken(self, decision: str) -> set[str]:
        rows = self.rows["now_decisions"].frame
        return set(rows.loc[(rows["decision"] == decision) & rows["taken"], "item"])

    # The scenario

    @cached_property
    def clearance(self) -> Array:
        """Share released of each offer: node × offer; 1 without a licence."""
        by_licence = {row.licence: i for i, row in enumerate(self.scenario.licences)}
        values = self.tree.of(self.signals.clearance)
        share = np.ones((self.tree.size, len(self.scenario.offers)))
        for i, offer in enumerate(self.scenario.offers):
            if offer.licence:
                share[:, i] = values[:, by_licence[offer.licence]]
        return share

    @cached_property
    def rate(self) -> Array:
        """Base currency per unit of each offer's currency."""
        s = self.scenario
        known = {row.currency: row.rate for row in s.currencies} | {s.settings.currency: 1.0}
        return np.array([known[o.currency] if o.currency else 1.0 for o in s.offers])

    @cached_property
    def price(self) -> Array:
        """Price without freight and duty, base currency/kg: node × offer."""
        return self.tree.of(self.signals.price) * self.usual_price

    @cached_property
    def usual_price(self) -> Array:
        """Price without freight and duty where no event changes it, base currency/kg, by offer."""
        return np.array([o.price_per_kg for o in self.scenario.offers]) * self.rate

    def landed(self, price: Array) -> Array:
        """Landed price, base currency/kg, of a price in base currency/kg; by offer in the last axis."""
        freight = np.array([o.freight_per_kg for o in self.scenario.offers]) * self.rate
        duty = np.array([o.duty_rate for o in self.scenario.offers])
        landed: Array = (price + freight) * (1.0 + duty)
        return landed

    def licence_of(self, offer: Offer) -> Licence | None:
        """The licence that an offer needs."""
        return self.scenario.licence[offer.licence] if offer.licence else None

    @cached_property
    def waits(self) -> Mask:
        """By offer: what is not released waits."""
        licences = [self.licence_of(o) for o in self.scenario.offers]
        return np.array([row is not None and row.unreleased == "waits" for row in licences], dtype=bool)

    @cached_property
    def per_order(self) -> Mask:
        """By offer: each order has an application of its own."""
        licences = [self.licence_of(o) for o in self.scenario.offers]
        return np.array([row is not None and row.per_order == "yes" for row in licences], dtype=bool)

    @cached_property
    def opened(self) -> set[str]:
        """Licences for which an application was made before the horizon."""
        return {row.licence for row in self.scenario.open_applications}

    def needs_application(self, offer: Offer) -> bool:
        """Whether signing an offer asks for an application of its licence."""
        licence = self.licence_of(offer)
        if licence is None or licence.per_order == "yes" or offer.signed == "yes":
            return False
        return licence.licence not in self.opened

    @cached_property
    def leads(self) -> list[int]:
        """Periods from an order to when it is due, by offer."""
        leads = []
        for offer in self.scenario.offers:
            licence = self.licence_of(offer)
            processed = licence is not None and licence.per_order == "yes"
            leads.append(max(offer.lead_periods, licence.processing_periods if licence and processed else 0))
        return leads

    @cached_property
    def due(self) -> Array:
        """kg that come due: node × offer × (ordered, open order, open order that is granted)."""
        due = np.zeros((self.tree.size, len(self.scenario.offers), 3))
        due[:, :, 0] = self.tree.lagged(self.order, self.leads)
        place = {name: i for i, name in enumerate(self.names["offer"])}
        for row in self.scenario.open_orders:
            kind = 2 if row.cleared == "yes" else 1
            due[self.tree.period == self.calendar.period(row.period), place[row.offer], kind] += row.kg
        return due

    @cached_property
    def demand(self) -> Array:
        """Units asked for: node × segment."""
        units = np.zeros((self.calendar.periods, len(self.scenario.segments)))
        place = {name: i for i, name in enumerate(self.names["segment"])}
        for row in self.scenario.demand:
            for month, amount in row.units.items():
                units[self.calendar.period(month) - 1, place[row.segment]] = amount
        return self.tree.of(self.signals.demand) * units[self.tree.period - 1]

    @cached_property
    def bound_by(self) -> Places:
        """The pool of each offer's arrivals."""
        place = {name: i for i, name in enumerate(self.names["undertaking"])}
        of_licence = {row.licence: row.undertaking for row in self.scenario.licences}
        pools = [o.undertaking or of_licence.get(o.licence or "") or "" for o in self.scenario.offers]
        return np.array([place[pool] for pool in pools], dtype=np.intp)

    def places(self, kind: str, items: list[str]) -> Places:
        """Where names stand among all names of their kind."""
        place = {name: i for i, name in enumerate(self.names[kind])}
        return np.array([place[item] for item in items], dtype=np.intp)

    def open_steps(self, scope: str, targets: list[str]) -> Array:
        """kg/period that steps decided before the horizon add: node × target."""
        extra = np.zeros((self.tree.size, len(targets)))
        rows = {e.expansion: e for e in self.scenario.expansions if e.scope == scope}
        for row in self.scenario.open_expansions:
            if row.expansion in rows:
                e, there = rows[row.expansion], self.tree.period >= self.calendar.period(row.period)
                extra[there, targets.index(e.target)] += row.steps * e.step_kg_per_period
        return extra

    def expanded(self, scope: str, targets: list[str]) -> Array:
        """kg/period that expansions decided so far add, before the horizon or in it: node × target."""
        extra = self.open_steps(scope, targets)
        for i, e in enumerate(self.scenario.expansions):
            if e.scope == scope:
                ready = self.tree.before(self.tree.so_far(self.steps[:, i]), e.lead_periods)
                extra[:, targets.index(e.target)] += e.step_kg_per_period * ready
        return extra

    def largest_expansion(self, scope: str, targets: list[str]) -> Array:
        """kg/period that all expansions of a target would add."""
        extra = np.zeros(len(targets))
        for e in self.scenario.expansions:
            if e.scope == scope:
                extra[targets.index(e.target)] += e.step_kg_per_period * e.max_steps
        extra += self.open_steps(scope, targets).max(axis=0, initial=0.0)
        return extra

    def outside(self, windows: list[tuple[str | None, str | None]]) -> Mask:
        """Node × item: whether the node lies outside the item's window, given as months."""
        inside = np.zeros((self.calendar.periods, len(windows)), dtype=bool)
        for i, (from_, until) in enumerate(windows):
            inside[[t - 1 for t in self.calendar.within(from_, until)], i] = True
        return np.asarray(~inside[self.tree.period - 1])

"""The stage on which the model is written: one path through the tree, from now to the last period.

The Pyomo model describes a single path: periods 1..T, each decision at a period, what is known by
then along its path. Numbers that differ between the nodes of a period (clearances, prices, capacities,
demand) stand in it as mutable parameters. `tiling` repeats the compiled path over the nodes of the
tree of futures; futures that share a node share its columns, which is non-anticipativity.

So a constraint of a path lives at the latest period it speaks of, and holds at every node of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numvalue import is_potentially_variable

from planner.futures.tree import Floats, Ints, Tree
from planner.scenario import tables as t
from planner.scenario import windows
from planner.scenario.scenario import Scenario

FREE = ""
"""The pool that no undertaking binds."""

Number = Any
"""A float, or a Pyomo parameter or expression that stands for one."""


@dataclass(frozen=True)
class Arrival:
    """What arrives in a period: kg, and in base currency what is paid for it and what deposit is lost beside it.

    `ordered` is what the licence clears a share of: the order or, where it waits, what is still held (kg).
    """

    offer: t.Offer
    pool: str
    period: int
    ordered: Number
    released: Number
    purchase: Number
    deposit: Number = 0.0


class PathModel:
    """A scenario, its tree and the Pyomo model being written for one path through it.

    Variables of the model are indexed sparsely and end in their period, 0 being `now`; those of `now` whose index has
    no period stand in `now_variables`. Constraints named in `on_average` hold for the mean over the futures, all others
    on every path. Masses are kg, money is base currency.
    """

    def __init__(self, scenario: Scenario, tree: Tree, elastic: bool = False) -> None:
        self.scenario = scenario
        self.elastic = elastic
        self.tree = tree
        self.calendar = scenario.calendar
        self.periods = scenario.calendar.all
        self.last = scenario.calendar.periods
        self.model = pyo.ConcreteModel(name=scenario.name)
        self.model.node_parameter = pyo.Param(pyo.Any, mutable=True, within=pyo.Reals)
        self.node_values: dict[int, tuple[int, Floats]] = {}
        """By id of a parameter: its period, and its value at each of the period's nodes."""
        self._numbers: dict[tuple[str, int], Number] = {}
        self._spreads: dict[int, tuple[Floats, list[float], list[float]]] = {}
        self.model.nothing = pyo.Var(bounds=(0, 0))
        self.model.slack = pyo.Var(pyo.Any, dense=False)
        self.now_variables: set[str] = {"nothing", "slack"}
        self.on_average: set[str] = set()
        self.arrivals: dict[int, list[Arrival]] = {}
        """What arrives in each period; filled in once orders have variables."""
        self.advances: list[tuple[int, Number]] = []
        """What is paid in which period for goods that wait for a licence, before their release; likewise."""
        self.giving: dict[tuple[str, str, int], list[str]] = {}
        """The pools that can give a design's magnet in a period; filled in as designs get variables."""
        self.most_ordered: dict[tuple[str, bool, float], Floats] = {}
        """The most kg by node of an offer, whether its order is fixed, with so much capacity; filled in likewise."""
        self.most_due: dict[str, Floats] = {}
        """The most kg by node of an offer whose licence waits that have come due by then."""
        self.most_released: dict[str, Floats] = {}
        """The most kg by node of such an offer that its licence can release."""
        self.most_built: dict[str, Floats] = {}
        """The most units of each design by node; filled in as designs get variables."""

    # --- an elastic model: every cell that asks or forbids can be relaxed --------------------------

    def slack(self, table: str, key: str, field: str, most: float | None = None) -> Number:
        """How far a cell is relaxed: 0, or in an elastic model a variable from 0 to `most`.

        Its unit is the cell's, but for shares of arrivals (kg) and averages (units × points), which are
        not linear in the cell.
        """
        if not self.elastic:
            return 0.0
        cell = (table, key, field)
        if cell not in self.model.slack:
            self.model.slack.add(cell)
            self.model.slack[cell].setlb(0)
            self.model.slack[cell].setub(most)
        return self.model.slack[cell]

    @cached_property
    def large(self) -> float:
        """More kg than any plan of a relaxed scenario needs in a period: all demand's magnets and all stock."""
        scenario = self.scenario
        needed = sum(
            row.kg_per_unit * max(self.demand[segment].max() for segment in scenario.segment) * self.last
            for row in scenario.design_materials
        )
        stocked = sum(row.min_stock_kg for row in scenario.materials)
        sold = max((max(row.max_kg_per_period, row.min_order_kg) for row in scenario.offers), default=0.0)
        return 10 * float(needed + stocked + sold)

    def taken_or_free(self, must: bool) -> tuple[int, int]:
        """Bounds on a decision: fixed where it must be taken, free in an elastic model."""
        return (1, 1) if must and not self.elastic else (0, 1)

    # --- numbers that nodes may differ in ---------------------------------------------------------

    def node_parameter(self, name: str, period: int, at_nodes: Floats) -> Number:
        """A number of a period that may differ between its nodes.

        `at_nodes` has a value for each node of the tree. Where the period's nodes agree the number
        itself comes back, else a parameter that is filled in for each node.
        """
        key = (name, period)
        if key not in self._numbers:
            self._numbers[key] = self._look(key, at_nodes)
        return self._numbers[key]

    def _look(self, key: tuple[str, int], at_nodes: Floats) -> Number:
        _, period = key
        least, most = self._spread(at_nodes)
        if least[period] == most[period]:
            return least[period]
        here = at_nodes[self.tree.at[period]]
        self.model.node_parameter[key] = float(here[0])
        param = self.model.node_parameter[key]
        self.node_values[id(param)] = (period, here)
        return param

    def positive_in(self, period: int, at_nodes: Floats) -> bool:
        """Whether a number is above 0 at any node of the period."""
        _, most = self._spread(at_nodes)
        return most[period] > 0

    def _spread(self, at_nodes: Floats) -> tuple[list[float], list[float]]:
        """The least and the most of a number at the nodes of each period."""
        if id(at_nodes) not in self._spreads:
            by_period, starts = self._by_period
            values = at_nodes[by_period]
            least, most = (reduce.reduceat(values, starts).tolist() for reduce in (np.minimum, np.maximum))
            self._spreads[id(at_nodes)] = (at_nodes, least, most)  # which keeps the array, so that its id stays its own
        _, least, most = self._spreads[id(at_nodes)]
        return least, most

    @cached_property
    def _by_period(self) -> tuple[Ints, Ints]:
        """The nodes period by period, and where each period's begin."""
        return np.concatenate(self.tree.at), np.cumsum([0, *map(len, self.tree.at[:-1])])

    def row(self, low: Number | None, body: Number, high: Number | None) -> Any:
        """A constraint low ≤ body ≤ high; one without variables is skipped where it holds.

        Where it does not hold it stays, on the variable `nothing`, and makes the model infeasible.
        """
        if isinstance(body, int | float) and _holds(low, body, high):
            return pyo.Constraint.Skip
        if not is_potentially_variable(body):
            body = self.model.nothing + body
        return (low, body, high)

    @cached_property
    def ones(self) -> Floats:
        """1 at every node."""
        return np.ones(self.tree.size)

    def release(self, offer: t.Offer) -> Floats:
        """κ by node: the share of the offer's arrivals that its licence lets go."""
        return self.tree.clearance[offer.licence] if offer.licence else self.ones

    @cached_property
    def demand(self) -> dict[str, Floats]:
        """D of each segment by node, units: demand times its factor; 0 at now."""
        return {
            segment: np.array([0.0, *(units[period] for period in self.periods)])[self.tree.period]
            * self.tree.demand_factor[segment]
            for segment, units in self.scenario.units.items()
        }

    @cached_property
    def backlog(self) -> dict[str, Floats]:
        """Of each segment by node, units: what waits at the start and all demand since: the most that can wait."""
        return {
            segment: self.scenario.segment[segment].backlog_units + self.along_path(units)
            for segment, units in self.demand.items()
        }

    def along_path(self, at_nodes: Floats) -> Floats:
        """The sum over the path to each node."""
        path = self.tree.ancestor
        return np.asarray(np.where(path >= 0, at_nodes[path], 0.0).sum(axis=1))

    # --- windows ------------------------------------------------------------------------------------

    def order_periods(self, offer: t.Offer) -> list[int]:
        """Periods in which it can be ordered and still arrive."""
        window = self.calendar.within(offer.from_, offer.until)
        after = windows.due_after(self.scenario, offer)
        return [period for period in window if period + after <= self.last]

    def forbidden(self, offer: t.Offer) -> bool:
        """Whether it can never be ordered under, because it or its licence is ruled out."""
        return not self.elastic and windows.is_never(self.scenario, offer)

    def signed(self, offer: t.Offer, period: int) -> Number:
        """Whether it is signed by a period: 1 where it needs no signature."""
        if not windows.needs_signature(offer):
            return 1
        return self.model.signed[offer.offer, max(t for t in self.signable[offer.offer] if t <= period)]

    @cached_property
    def signable(self) -> dict[str, list[int]]:
        """Periods in which each offer that needs it can be signed, now (0) first."""
        found = {row.offer: windows.sign_periods(self.scenario, row) for row in self.scenario.offers}
        return {offer: periods for offer, periods in found.items() if periods}

    def open_orders(self, offer: t.Offer) -> list[tuple[int, float]]:
        """Its orders open from before that still need their licence: the period in which each is due, and kg."""
        rows = [row for row in self.scenario.open_orders if row.offer == offer.offer and row.cleared == "no"]
        return [(self.calendar.period(row.period), row.kg) for row in rows if row.kg > 0]

    @cached_property
    def fixed(self) -> dict[tuple[str, int], float]:
        """The kg of each fixed order by offer and period."""
        return {(row.offer, self.calendar.period(row.period)): row.kg for row in self.scenario.fixed_orders}

    def qualified_at_first(self, design: t.Design) -> int:
        """The first period in which a design can be qualified."""
        if design.qualified == "yes":
            return 1
        decided = 1 + design.qualification_periods
        return min(decided, self.calendar.period(design.qualified_from)) if design.qualified_from else decided

    def is_qualified_before(self, design: t.Design, period: int) -> bool:
        """Whether a design is qualified in a period by what was done before the horizon."""
        begun = design.qualified_from
        return design.qualified == "yes" or (begun is not None and self.calendar.period(begun) <= period)

    def build_periods(self, design: str) -> list[int]:
        """Periods in which the model can build a design."""
        return [period for period in self.periods if (design, period) in self.model.build]

    # --- expansions ---------------------------------------------------------------------------------

    @cached_property
    def expansions(self) -> dict[tuple[str, str], list[t.Expansion]]:
        """Expansions that may be decided, by (scope, target)."""
        found: dict[tuple[str, str], list[t.Expansion]] = defaultdict(list)
        for row in self.scenario.expansions:
            if row.decision != "never":
                found[row.scope, row.target].append(row)
        return found

    def decision_periods(self, expansion: t.Expansion) -> list[int]:
        """Periods in which a step can be decided and still come into use."""
        window = self.calendar.within(expansion.from_, expansion.until)
        return [period for period in window if period + expansion.lead_periods <= self.last]

    def most_expanded(self, scope: str, target: str, period: int) -> float:
        """The capacity in kg/period that expansions could have added by a period."""
        return self.under_way(scope, target, period) + sum(
            row.step_kg_per_period * self.steps_left(row)
            for row in self.expansions[scope, target]
            if any(decided + row.lead_periods <= period for decided in self.decision_periods(row))
        )

    def expanded(self, scope: str, target: str, period: int) -> Number:
        """The capacity in kg/period that steps have added by a period: those under way, and those of the path."""
        return self.under_way(scope, target, period) + total(
            row.step_kg_per_period * self.model.expand[row.expansion, decided]
            for row in self.expansions[scope, target]
            for decided in self.decision_periods(row)
            if (row.expansion, decided) in self.model.expand and decided + row.lead_periods <= period
        )

    def under_way(self, scope: str, target: str, period: int) -> float:
        """The capacity in kg/period that steps decided before the horizon have added by a period."""
        return sum(
            step.steps * row.step_kg_per_period
            for row in self.scenario.expansions
            if (row.scope, row.target) == (scope, target)
            for step in self.scenario.open_expansions
            if step.expansion == row.expansion and self.calendar.period(step.period) <= period
        )

    def steps_left(self, expansion: t.Expansion) -> int:
        """How many steps of an expansion can still be decided."""
        begun = sum(row.steps for row in self.scenario.open_expansions if row.expansion == expansion.expansion)
        return max(expansion.max_steps - begun, 0)

    # --- rows by name ---------------------------------------------------------------------------------

    @cached_property
    def inputs(self) -> dict[str, list[t.ConversionInput]]:
        """What each conversion takes in."""
        return group(self.scenario.conversion_inputs, "conversion")

    @cached_property
    def magnets(self) -> dict[str, list[t.DesignMaterial]]:
        """The magnets of each design."""
        return group(self.scenario.design_materials, "design")

    @cached_property
    def designs(self) -> dict[str, list[t.Design]]:
        """The designs of each segment."""
        return group(self.scenario.designs, "segment")

    @cached_property
    def pools(self) -> tuple[str, ...]:
        """The free pool and one for each undertaking."""
        return (FREE, *(row.undertaking for row in self.scenario.undertakings))

    def allowed(self, pool: str, segment: t.Segment) -> bool:
        """Whether material of a pool may serve a segment: its undertaking neither bars it nor names others alone."""
        if pool == FREE:
            return True
        undertaking = next(row for row in self.scenario.undertakings if row.undertaking == pool)
        is_named = not undertaking.only_segments or segment.segment in undertaking.only_segments
        is_barred = segment.market in undertaking.barred_markets or segment.end_use in undertaking.barred_end_uses
        return is_named and not is_barred


def _holds(low: Number | None, value: float, high: Number | None) -> bool:
    sides = [side for side in (low, high) if side is not None]
    if not all(isinstance(side, int | float) for side in sides):
        return False
    return (low is None or low <= value) and (high is None or value <= high)


def group(rows: Iterable[Any], attribute: str) -> dict[str, list[Any]]:
    """Rows by one of their attributes."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, attribute)].append(row)
    return found


def total(terms: Iterable[Any]) -> Number:
    """The sum of linear terms; 0 of none."""
    return pyo.quicksum(terms)

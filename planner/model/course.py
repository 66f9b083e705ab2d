"""The stage on which the model is written: one course of events, from now to the last period.

The Pyomo model describes a single course: periods 1..T, each decision at a period, what is known by
then along its path. Numbers that differ between the nodes of a period (clearances, prices, capacities,
demand) stand in it as mutable parameters. `tiling` repeats the compiled course over the nodes of the
tree of futures; futures that share a node share its columns, which is non-anticipativity.

So a constraint of a course lives at the latest period it speaks of, and holds at every node of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyomo.environ as pyo
from pyomo.core.expr.numvalue import is_potentially_variable

from planner.futures.tree import Floats, Ints, Tree
from planner.scenario import tables as t
from planner.scenario.scenario import Scenario

if TYPE_CHECKING:
    from planner.model.arrivals import Arrival

FREE = ""
"""The pool that no undertaking binds."""

_FIXED = {"free": (0, 1), "must": (1, 1), "never": (0, 0)}

Number = Any
"""A float, or a Pyomo parameter or expression that stands for one."""


class Course:
    """A scenario, its tree and the Pyomo model being written for one course through it.

    Variables of the model are indexed sparsely and end in their period; those of `now` stand in
    `now_variables`. Masses are kg, money is base currency.
    """

    def __init__(self, scenario: Scenario, tree: Tree, elastic: bool = False) -> None:
        self.scenario = scenario
        self.elastic = elastic
        self.tree = tree
        self.calendar = scenario.calendar
        self.periods = scenario.calendar.all
        self.last = scenario.calendar.periods
        self.model = pyo.ConcreteModel(name=scenario.name)
        self.model.seen = pyo.Param(pyo.Any, mutable=True, within=pyo.Reals)
        self.node_values: dict[int, tuple[int, Floats]] = {}
        """By id of a parameter: its period, and its value at each of the period's nodes."""
        self._numbers: dict[tuple[str, int], Number] = {}
        self._spreads: dict[int, tuple[Floats, list[float], list[float]]] = {}
        self.model.nothing = pyo.Var(bounds=(0, 0))
        self.model.loosened = pyo.Var(pyo.Any, dense=False)
        self.now_variables: set[str] = {"nothing", "loosened"}
        self.arrivals: dict[int, list[Arrival]] = {}
        """What arrives in each period; filled in once orders have variables."""
        self.giving: dict[tuple[str, str, int], list[str]] = {}
        """The pools that can give a design's magnet in a period; filled in as designs get variables."""
        self.most_ordered: dict[tuple[str, float], Floats] = {}
        """The most kg by node of an offer with so much capacity; filled in as offers get variables."""
        self.most_built: dict[str, Floats] = {}
        """The most units of each design by node; filled in as designs get variables."""

    # --- an elastic course: every cell that asks or forbids can be loosened --------------------------

    def loosened(self, table: str, key: str, field: str, most: float | None = None) -> Number:
        """How far a cell is loosened: 0, or in an elastic course a variable from 0 to `most`.

        Its unit is the cell's, but for shares of arrivals (kg) and averages (units × points), which are
        not linear in the cell.
        """
        if not self.elastic:
            return 0.0
        cell = (table, key, field)
        if cell not in self.model.loosened:
            self.model.loosened.add(cell)
            self.model.loosened[cell].setlb(0)
            self.model.loosened[cell].setub(most)
        return self.model.loosened[cell]

    @cached_property
    def large(self) -> float:
        """More kg than any plan of a loosened scenario needs in a period: all demand's magnets and all stock."""
        scenario = self.scenario
        needed = sum(
            row.kg_per_unit * max(self.demand[segment].max() for segment in scenario.segment) * self.last
            for row in scenario.design_materials
        )
        stocked = sum(row.min_stock_kg for row in scenario.materials)
        sold = max((max(row.max_kg_per_period, row.min_order_kg) for row in scenario.offers), default=0.0)
        return 10 * float(needed + stocked + sold)

    def decision(self, decision: str) -> tuple[int, int]:
        """Bounds on a decision: fixed where the cell says must or never, free in an elastic course."""
        return _FIXED["free" if self.elastic else decision]

    # --- numbers that nodes may differ in ---------------------------------------------------------

    def seen(self, name: str, period: int, at_nodes: Floats) -> Number:
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
        self.model.seen[key] = float(here[0])
        param = self.model.seen[key]
        self.node_values[id(param)] = (period, here)
        return param

    def ever(self, period: int, at_nodes: Floats) -> bool:
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
        """Of each segment by node, units: all demand up to it, which is the most that can wait."""
        path = self.tree.ancestor
        return {segment: np.where(path >= 0, units[path], 0.0).sum(axis=1) for segment, units in self.demand.items()}

    # --- windows ------------------------------------------------------------------------------------

    def order_periods(self, offer: t.Offer) -> list[int]:
        """Periods in which it can be ordered and still arrive."""
        window = self.calendar.within(offer.from_, offer.until)
        return [period for period in window if period + offer.lead_periods <= self.last]

    def forbidden(self, offer: t.Offer) -> bool:
        """Whether it can never be ordered under, because it or its licence is ruled out."""
        if self.elastic:
            return False
        licence = self.scenario.licence[offer.licence] if offer.licence else None
        return offer.decision == "never" or (licence is not None and licence.decision == "never")

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
        return sum(
            row.step_kg_per_period * row.max_steps
            for row in self.expansions[scope, target]
            if any(decided + row.lead_periods <= period for decided in self.decision_periods(row))
        )

    def expanded(self, scope: str, target: str, period: int) -> Number:
        """The capacity in kg/period that steps decided along the path have added by a period."""
        return total(
            row.step_kg_per_period * self.model.expand[row.expansion, decided]
            for row in self.expansions[scope, target]
            for decided in self.decision_periods(row)
            if decided + row.lead_periods <= period
        )

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
        """Whether material of a pool may serve a segment: its undertaking bars neither market nor end use."""
        if pool == FREE:
            return True
        undertaking = next(row for row in self.scenario.undertakings if row.undertaking == pool)
        return segment.market not in undertaking.barred_markets and segment.end_use not in undertaking.barred_end_uses


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

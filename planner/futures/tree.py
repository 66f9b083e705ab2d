"""The tree of futures: what is known when, and what holds at each node.

Futures whose events have looked the same up to and including a period share that period's node
(`nodes share` is non-anticipativity: a decision made at a node is the same in all its futures).
Node 0 is `now`, the one decision point before period 1; nodes 1..N follow depth first, so that a
future's nodes lie close together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from planner.scenario.scenario import Scenario
from planner.scenario.tables import Event

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Values are compared to this many decimals, so that factors multiplied in another order still agree.
_DECIMALS = 12


@dataclass(frozen=True)
class Notice:
    """That the clearances of a licence (None: all values) are known so many periods before they hold."""

    licence: str | None
    periods: int


@dataclass(frozen=True)
class Tree:
    """Nodes 0..N (0 is now) and what is seen at each.

    Arrays over nodes have N + 1 entries, the first for now. `node_of[w, t]` is the node of future w at
    period t (t = 0 is now). `clearance`, `price`, `offer_capacity`, `supplier_capacity`,
    `conversion_capacity`, `demand_factor` and `design_capacity` map a name to its array over nodes.
    """

    futures: tuple[str, ...]
    probability: Floats
    node_of: Ints
    period: Ints
    parent: Ints
    node_probability: Floats
    clearance: dict[str, Floats]
    price: dict[str, Floats]
    offer_capacity: dict[str, Floats]
    supplier_capacity: dict[str, Floats]
    conversion_capacity: dict[str, Floats]
    demand_factor: dict[str, Floats]
    design_capacity: dict[str, Floats]

    @property
    def size(self) -> int:
        """Number of nodes, now included."""
        return len(self.period)

    @property
    def periods(self) -> int:
        """T."""
        return int(self.node_of.shape[1]) - 1

    @cached_property
    def ancestor(self) -> Ints:
        """`ancestor[n, s]`: the node at period s on the path to n; -1 where s is after n's period."""
        table = np.full((self.size, self.periods + 1), -1, dtype=np.int64)
        for path in self.node_of:
            for t in range(self.periods + 1):
                table[path[t], : t + 1] = path[: t + 1]
        return table

    @cached_property
    def at(self) -> tuple[Ints, ...]:
        """The nodes of each period 0..T, in order."""
        return tuple(np.flatnonzero(self.period == t) for t in range(self.periods + 1))


@dataclass(frozen=True)
class _Courses:
    """What holds in each future and period: arrays of shape (futures, T, names), before nodes are made."""

    names: dict[str, list[str]]
    values: dict[str, Floats]

    def signatures(self, notice: Notice | None = None) -> Floats:
        """All values side by side, shape (futures, T, all names); with a notice what it says of later periods, too."""
        values = list(self.values.values())
        if notice is not None:
            values += _later(self._noticed(notice.licence), notice.periods)
        return np.asarray(np.concatenate(values, axis=2).round(_DECIMALS), dtype=np.float64)

    def _noticed(self, licence: str | None) -> Floats:
        if licence is None:
            return np.concatenate(list(self.values.values()), axis=2)
        place = self.names["clearance"].index(licence)
        return self.values["clearance"][:, :, place : place + 1]


def _later(values: Floats, periods: int) -> list[Floats]:
    """The values 1, 2, … periods later, each with the shape of all; past the last period nothing new is known."""
    count, last, width = values.shape
    later = range(1, min(periods, last - 1) + 1)
    return [np.concatenate([values[:, k:, :], np.zeros((count, k, width))], axis=1) for k in later]


def grow(scenario: Scenario, notice: Notice | None = None) -> Tree:
    """The tree of a scenario's futures; without a table futures there is one, of probability 1.

    With a notice futures part as soon as what it speaks of differs up to so many periods later: what holds at a node
    stays what it is, but more is known there. `now` stays blind.
    """
    futures = tuple(row.future for row in scenario.futures) or ("the future",)
    probability = np.array([row.probability for row in scenario.futures] or [1.0])
    courses = _courses(scenario, futures)
    node_of = _number(_groups(courses.signatures(notice)))
    size = int(node_of.max()) + 1
    period = np.zeros(size, dtype=np.int64)
    parent = np.full(size, -1, dtype=np.int64)
    node_probability = np.zeros(size)
    representative = np.zeros(size, dtype=np.int64)
    for w in range(len(futures) - 1, -1, -1):
        representative[node_of[w]] = w
    for t in range(node_of.shape[1]):
        period[node_of[:, t]] = t
        np.add.at(node_probability, node_of[:, t], probability)
        if t:
            parent[node_of[:, t]] = node_of[:, t - 1]
    by_node = {
        what: _by_node(courses.names[what], courses.values[what], representative, period) for what in courses.values
    }
    return Tree(futures, probability, node_of, period, parent, node_probability, **by_node)


def _by_node(names: list[str], values: Floats, representative: Ints, period: Ints) -> dict[str, Floats]:
    at_nodes = values[representative, np.maximum(period - 1, 0)]
    return {name: np.ascontiguousarray(at_nodes[:, place]) for place, name in enumerate(names)}


def _groups(signatures: Floats) -> Ints:
    """`groups[w, t]`: equal for futures that have looked the same up to t; numbered by what is seen."""
    count, periods, width = signatures.shape
    groups = np.zeros((count, periods), dtype=np.int64)
    previous = np.zeros(count)
    for t in range(periods):
        seen = np.column_stack([previous, signatures[:, t, :]]) if width else previous[:, None]
        _, inverse = np.unique(seen, axis=0, return_inverse=True)
        groups[:, t] = inverse.reshape(-1)
        previous = groups[:, t].astype(np.float64)
    return groups


def _number(groups: Ints) -> Ints:
    """Nodes of each future and period, numbered depth first from 1; column 0 is now."""
    count, periods = groups.shape
    nodes = np.zeros((count, periods + 1), dtype=np.int64)
    order = np.lexsort(groups.T[::-1])
    known: dict[tuple[int, int], int] = {}
    for w in order:
        for t in range(periods):
            place = (t, int(groups[w, t]))
            nodes[w, t + 1] = known.setdefault(place, len(known) + 1)
    return nodes


# --- what holds in each future ---------------------------------------------------------------------


def _courses(scenario: Scenario, futures: tuple[str, ...]) -> _Courses:
    names = {
        "clearance": [row.licence for row in scenario.licences],
        "price": [row.offer for row in scenario.offers],
        "offer_capacity": [row.offer for row in scenario.offers],
        "supplier_capacity": [row.supplier for row in scenario.suppliers],
        "conversion_capacity": [row.conversion for row in scenario.conversions],
        "demand_factor": [row.segment for row in scenario.segments],
        "design_capacity": [row.design for row in scenario.designs],
    }
    shape = (len(futures), scenario.settings.periods)
    values = {what: np.ones((*shape, len(rows))) for what, rows in names.items()}
    values["clearance"][:] = np.inf
    reach = _Reach(scenario)
    position = {future: w for w, future in enumerate(futures)}
    for event in scenario.events:
        _apply(event, values, reach, position, scenario)
    base = np.array([row.clearance for row in scenario.licences])
    values["clearance"] = np.where(np.isinf(values["clearance"]), base, values["clearance"])
    return _Courses(names, values)


def _apply(
    event: Event, values: dict[str, Floats], reach: _Reach, position: dict[str, int], scenario: Scenario
) -> None:
    """Let an event act on the values: of clearances the row furthest down holds, factors multiply."""
    which = slice(None) if event.future == "*" else slice(position[event.future], position[event.future] + 1)
    window = scenario.calendar.within(event.from_, event.until)
    when = slice(window.start - 1, max(window.stop, window.start) - 1)
    for what in _ACTS_ON[event.kind]:
        places = reach.places(what, event.scope, event.target)
        if len(places):
            part = values[what][which, when, :]
            if event.kind == "clearance":
                part[:, :, places] = event.value
            else:
                part[:, :, places] *= event.value


_ACTS_ON = {
    "clearance": ("clearance",),
    "price": ("price",),
    "capacity": ("offer_capacity", "supplier_capacity", "conversion_capacity", "design_capacity"),
    "demand": ("demand_factor",),
}


class _Reach:
    """Which names an event's scope and target reach."""

    def __init__(self, scenario: Scenario) -> None:
        country = {row.supplier: row.country for row in scenario.suppliers}
        offers = [
            {"offer": row.offer, "supplier": row.supplier, "country": country[row.supplier], "material": row.material}
            for row in scenario.offers
        ]
        self._traits: dict[str, list[dict[str, str | None]]] = {
            "clearance": [{"licence": row.licence} for row in scenario.licences],
            "price": [dict(traits) for traits in offers],
            "offer_capacity": [{k: v for k, v in traits.items() if k != "material"} for traits in offers],
            "supplier_capacity": [{"supplier": row.supplier, "country": row.country} for row in scenario.suppliers],
            "conversion_capacity": [
                {"conversion": row.conversion, "supplier": row.supplier, "country": country[row.supplier]}
                for row in scenario.conversions
            ],
            "demand_factor": [
                {"segment": row.segment, "sector": row.sector, "market": row.market} for row in scenario.segments
            ],
            "design_capacity": [{"design": row.design} for row in scenario.designs],
        }
        self._known: dict[tuple[str, str, str | None], Ints] = {}

    def places(self, what: str, scope: str, target: str | None) -> Ints:
        """Positions of the names that an event of this scope and target acts on."""
        key = (what, scope, target)
        if key not in self._known:
            all_of_them = scope == "all" and what != "design_capacity"  # a design is barred by its own name alone
            hit = [all_of_them or (scope in traits and traits[scope] == target) for traits in self._traits[what]]
            self._known[key] = np.flatnonzero(np.array(hit, dtype=bool))
        return self._known[key]

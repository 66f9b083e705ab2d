"""Which end user gets what arrives under an undertaking: the annex of an end-user certificate.

A plan has pools of stock, not parcels, so parcels are distinguished by a rule that an auditor can follow:

- In each pool and material, what came first goes first: the opening stock, then arrivals by period, those of one
  period alike. The opening stock was declared before the horizon and stands in no row.
- Within a period all that comes into a pool is there before any of it is used; plants take theirs first, then the
  product lines, which share what is left of the oldest in proportion to what they use.
- What a plant makes holds what went into it, and goes the same way: feedstock belongs to the product line that uses
  the magnet, losses included.
- What nothing has used by the horizon's end is 'in stock at the end'.

So each kg that arrives has one end user in every future, and the rows add up to the arrivals.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

import pandas as pd

from planner.plan.answer import frame
from planner.scenario.scenario import Scenario

IN_STOCK = "in stock at the end"
"""Stands for the product line of what none has used."""

_DUST = 1e-9
"""kg below it are rounding."""

Tables = Mapping[str, pd.DataFrame]
Contents = Mapping[int, float]
"""kg by arrival, the number of its row among the arrivals under undertakings."""

Place = tuple[str, str]
"""Material and undertaking."""


@dataclass
class _Lots:
    """What lies in a pool of a material, oldest first: kg, and what of them arrived when and from whom."""

    lots: list[tuple[float, Contents]] = field(default_factory=list)

    def put(self, kg: float, contents: Contents) -> None:
        if kg > 0:
            self.lots.append((kg, contents))

    def take(self, wanted: float) -> Contents:
        """What of the arrivals goes with the oldest `wanted` kg, or with all there is."""
        taken: defaultdict[int, float] = defaultdict(float)
        used = 0
        for kg, contents in self.lots:
            if wanted <= 0:
                break
            share = min(1.0, wanted / kg)
            wanted -= kg
            for arrival, amount in contents.items():
                taken[arrival] += amount * share
            if share < 1:
                rest = 1 - share
                self.lots[used] = (kg * rest, {arrival: amount * rest for arrival, amount in contents.items()})
                break
            used += 1
        del self.lots[:used]
        return taken


class _Pools(dict[Place, _Lots]):
    """Every pool of every material that an undertaking binds."""

    def __missing__(self, place: Place) -> _Lots:
        return self.setdefault(place, _Lots())

    def copy(self) -> _Pools:
        return _Pools({place: _Lots(list(held.lots)) for place, held in self.items()})


def certificates(scenario: Scenario, tables: Tables) -> pd.DataFrame:
    """What arrives under each undertaking, by future, month, material, supplier and end user."""
    arrived = _arrived(tables)
    if arrived.empty:
        return frame("certificates", {})
    used = pd.DataFrame(_Trace(scenario, tables, arrived).rows(), columns=["node", "arrival", "segment", "kg"])
    joined = tables["paths"][["future", "node"]].merge(used, on="node", sort=False)
    kg = joined.groupby(["future", "arrival", "segment"], sort=False)["kg"].sum().reset_index()
    found = _described(scenario, kg[kg["kg"] > _DUST].merge(arrived.drop(columns="kg"), on="arrival", how="left"))
    ranks = {name: {value: rank for rank, value in enumerate(order)} for name, order in _orders(scenario, tables)}
    places = found[list(ranks)].apply(lambda values: values.map(ranks[values.name]))
    ordered = places.assign(month=found["month"], supplier=found["supplier"])
    order = ordered.sort_values(["future", "undertaking", "month", "material", "supplier", "segment"]).index
    return frame("certificates", found.loc[order].reset_index(drop=True))


def _arrived(tables: Tables) -> pd.DataFrame:
    """What arrives under undertakings, by node, undertaking, material and supplier; `arrival` numbers the rows."""
    found = tables["arrivals"]
    bound = found[(found["undertaking"] != "") & (found["released_kg"] > 0)]
    keys = ["node", "month", "undertaking", "material", "supplier", "country"]
    rows = bound.groupby(keys, sort=False)["released_kg"].sum().rename("kg").reset_index()
    return rows.assign(arrival=range(len(rows)))


def _orders(scenario: Scenario, tables: Tables) -> Iterator[tuple[str, list[str]]]:
    """The order of names in rows: that of the scenario."""
    yield "future", tables["futures"]["future"].tolist()
    yield "undertaking", [row.undertaking for row in scenario.undertakings]
    yield "material", [row.material for row in scenario.materials]
    yield "segment", [*scenario.segment, IN_STOCK]


def _described(scenario: Scenario, found: pd.DataFrame) -> pd.DataFrame:
    codes = {row.material: row.hs_code or "" for row in scenario.materials}
    users = {row.segment: (row.sector or "", row.end_use, row.market) for row in scenario.segments}
    known = [users.get(segment, ("", "", "")) for segment in found["segment"]]
    traits = dict(zip(("sector", "end_use", "market"), zip(*known, strict=True), strict=True)) if known else {}
    return found.assign(hs_code=found["material"].map(codes), **{name: list(values) for name, values in traits.items()})


class _Trace:
    """Parcels followed down the tree, from each node to those below it."""

    def __init__(self, scenario: Scenario, tables: Tables, arrived: pd.DataFrame) -> None:
        self._scenario = scenario
        nodes = tables["nodes"].sort_values("period", kind="stable")
        self._nodes = nodes["node"].tolist()
        self._parents = nodes["parent"].tolist()
        self._arrived = _by_node(arrived, "material", "undertaking", "kg", "arrival")
        self._moved = _by_node(tables["moves"], "material", "undertaking", "kg")
        self._made = _by_node(_bound(tables["conversion"]), "conversion", "undertaking", "kg")
        self._used = _by_node(_bound(tables["magnets"]), "material", "undertaking", "segment", "kg")
        self._inputs: dict[str, list[tuple[str, float]]] = {name: [] for name in scenario.conversion}
        for row in scenario.conversion_inputs:
            self._inputs[row.conversion].append((row.material, row.kg_per_kg))
        self._turn = self._turns()

    def _turns(self) -> dict[str, int]:
        """The place of each conversion in an order in which those before make what those after take in."""
        made_by: dict[str, list[str]] = {}
        for name, row in self._scenario.conversion.items():
            made_by.setdefault(row.material, []).append(name)
        before = {
            name: [maker for material, _ in inputs for maker in made_by.get(material, ())]
            for name, inputs in self._inputs.items()
        }
        return {name: turn for turn, name in enumerate(TopologicalSorter(before).static_order())}

    def rows(self) -> Iterator[tuple[int, int, str, float]]:
        """Node, arrival, product line and kg of all that is used, and of what is left where a path ends."""
        below = Counter(parent for parent in self._parents if not pd.isna(parent))
        held: dict[int, _Pools] = {}
        for node, parent in zip(self._nodes, self._parents, strict=True):
            pools = self._opening() if pd.isna(parent) else held[parent].copy()
            self._come_in(node, pools)
            yield from self._go_out(node, pools)
            if below[node]:
                held[node] = pools
            else:
                yield from self._left(node, pools)

    def _opening(self) -> _Pools:
        pools = _Pools()
        for row in self._scenario.stock:
            if row.undertaking:
                pools[row.material, row.undertaking].put(row.kg, {})
        return pools

    def _come_in(self, node: int, pools: _Pools) -> None:
        """Arrivals of one period and place are one lot, so that they go alike; then what is moved in, then made."""
        together: dict[Place, dict[int, float]] = {}
        for material, pool, kg, arrival in self._arrived.get(node, ()):
            together.setdefault((material, pool), {})[arrival] = kg
        for place, contents in together.items():
            pools[place].put(sum(contents.values()), contents)
        for material, pool, kg in self._moved.get(node, ()):
            pools[material, pool].put(kg, {})
        for conversion, pool, kg in sorted(self._made.get(node, ()), key=lambda made: self._turn[made[0]]):
            contents = {}
            for material, per_kg in self._inputs[conversion]:
                for arrival, amount in pools[material, pool].take(kg * per_kg).items():
                    contents[arrival] = contents.get(arrival, 0.0) + amount
            pools[self._scenario.conversion[conversion].material, pool].put(kg, contents)

    def _go_out(self, node: int, pools: _Pools) -> Iterator[tuple[int, int, str, float]]:
        wanted: dict[Place, defaultdict[str, float]] = {}
        for material, pool, segment, kg in self._used.get(node, ()):
            wanted.setdefault((material, pool), defaultdict(float))[segment] += kg
        for place, segments in wanted.items():
            whole = sum(segments.values())
            for arrival, kg in pools[place].take(whole).items():
                yield from ((node, arrival, segment, kg * mine / whole) for segment, mine in segments.items())

    def _left(self, node: int, pools: _Pools) -> Iterator[tuple[int, int, str, float]]:
        for held in pools.values():
            for _, contents in held.lots:
                yield from ((node, arrival, IN_STOCK, kg) for arrival, kg in contents.items())


def _bound(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["undertaking"] != ""]


def _by_node(rows: pd.DataFrame, *columns: str) -> dict[int, list[tuple[Any, ...]]]:
    """The rows of each node, some of their columns."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for node, *values in rows[["node", *columns]].itertuples(index=False, name=None):
        found.setdefault(node, []).append(tuple(values))
    return found

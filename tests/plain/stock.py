"""Rules 4 and 5: stock by pool, moves and conversions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.plain.linear import ZERO, Linear, total
from tests.plain.tree import Node

if TYPE_CHECKING:
    from tests.plain.statement import Statement

FREE = ""


class Stock:
    """Stock, moves and runs by pool and node."""

    def __init__(self, st: Statement) -> None:
        self.st, s = st, st.scenario
        self.pools = [FREE, *(row.undertaking for row in s.undertakings)]
        variable = st.program.variable
        self.stock = {(m, u, n): variable() for m in st.material for u in self.pools for n in st.nodes}
        inputs = dict.fromkeys(row.material for row in s.conversion_inputs)
        self.move = {(m, u, n): variable() for m in inputs for u in self.pools[1:] for n in st.nodes}
        self.run = {
            (row.conversion, u, n): variable()
            for row in s.conversions
            for u in self.pools
            for n in st.nodes
            if st.within(n, row.from_, row.until)
        }
        self.opening: defaultdict[tuple[str, str], float] = defaultdict(float)
        for row in s.stock:
            self.opening[row.material, row.undertaking or FREE] += row.kg

    def pool_of(self, offer: Any) -> str:
        licence = self.st.licence[offer.licence] if offer.licence else None
        return offer.undertaking or (licence.undertaking if licence else None) or FREE

    def all_of(self, material: str, node: Node) -> Linear:
        """Stock over all pools."""
        return total(self.stock[material, pool, node] for pool in self.pools)

    def made(self, conversion: Any, node: Node) -> Linear:
        """Runs over all pools."""
        name = conversion.conversion
        return total(self.run.get((name, pool, node), ZERO) for pool in self.pools)

    def rules(self) -> None:
        for node in self.st.nodes:
            for material in self.st.scenario.materials:
                for pool in self.pools:
                    self._balance(material.material, pool, node)
                self._storage(material, node)
            for row in self.st.scenario.conversions:
                factor = self.st.at(node, "conversion", row.conversion)
                steps = self.st.supply.expanded(("conversion", row.conversion), node)
                made = self.made(row, node)
                if made.terms:
                    self.st.program.at_most(made, factor * (row.max_kg_per_period + steps))

    def _balance(self, material: str, pool: str, node: Node) -> None:
        st, s = self.st, self.st.scenario
        assert node.parent
        before = self.stock.get((material, pool, node.parent), Linear(constant=self.opening[material, pool]))
        flows: list[Linear] = [before]
        flows += [st.supply.arrive(o, node) for o in s.offers if (o.material, self.pool_of(o)) == (material, pool)]
        for row in s.conversions:
            if row.material == material:
                flows.append(self.run.get((row.conversion, pool, node), ZERO))
        for row in s.conversion_inputs:
            if row.material == material:
                flows.append(-row.kg_per_kg * self.run.get((row.conversion, pool, node), ZERO))
        into = [other for other in self.pools[1:] if pool in (FREE, other)]
        for other in into:
            moved = self.move.get((material, other, node), ZERO)
            flows.append(-moved if pool == FREE else moved)
        flows += [-use for (d, m, u, n), use in st.demand.use.items() if (m, u, n) == (material, pool, node)]
        st.program.equal(self.stock[material, pool, node], total(flows))

    def _storage(self, material: Any, node: Node) -> None:
        there = self.all_of(material.material, node)
        if material.max_stock_kg is not None:
            self.st.program.at_most(there, material.max_stock_kg)
        if self.st.within(node, material.min_stock_from, None):
            self.st.program.at_most(Linear(constant=material.min_stock_kg), there)

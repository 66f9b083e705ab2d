"""Rules 7 to 11: what is built of which design with which magnets, what waits, what is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.plain.linear import ZERO, Linear, total
from tests.plain.tree import Node

if TYPE_CHECKING:
    from tests.plain.statement import Statement


class Demand:
    """Builds, magnets, backlog and qualification by node."""

    def __init__(self, st: Statement) -> None:
        self.st, s, variable = st, st.scenario, st.program.variable
        self.segment = {row.segment: row for row in s.segments}
        self.units = {
            row.segment: {st.calendar.period(month): units for month, units in row.units.items()} for row in s.demand
        }
        self.build = {
            (row.design, n): variable(0.0 if row.decision == "never" else float("inf"))
            for row in s.designs
            for n in st.nodes
        }
        self.qualify = {
            (row.design, n): st.program.choice() for row in s.designs if row.qualified == "no" for n in st.nodes
        }
        self.lost = {(g, n): variable() for g in self.segment for n in st.nodes}
        self.late = {
            (g, n): variable() for g, row in self.segment.items() if row.delay_cost_per_unit is not None
            for n in st.nodes
        }  # fmt: skip
        self.of = {row.design: self.segment[row.segment] for row in s.designs}
        pools = ["", *(row.undertaking for row in s.undertakings)]
        self.use = {
            (row.design, row.material, pool, n): variable()
            for row in s.design_materials
            for pool in pools
            if self._allowed(pool, self.of[row.design])
            for n in st.nodes
        }

    def _allowed(self, pool: str, segment: Any) -> bool:
        for row in self.st.scenario.undertakings:
            if row.undertaking == pool:
                barred = segment.market in row.barred_markets or segment.end_use in row.barred_end_uses
                return not barred and (not row.only_segments or segment.segment in row.only_segments)
        return True

    def asked(self, segment: str, node: Node) -> float:
        return self.units[segment][node.period] * self.st.at(node, "demand", segment)

    def waiting(self, segment: str, node: Node) -> Linear:
        """Units that wait when a period begins."""
        assert node.parent
        if node.period == 1:
            return Linear(constant=self.segment[segment].backlog_units)
        return self.late.get((segment, node.parent), ZERO)

    def built(self, segment: str, node: Node) -> Linear:
        return total(self.build[d, node] for d, row in self.of.items() if row.segment == segment)

    def rules(self) -> None:
        for name, segment in self.segment.items():
            for node in self.st.nodes:
                self._segment(name, segment, node)
            self._service(segment)
        for design in self.st.scenario.designs:
            self._qualification(design)
            for node in self.st.nodes:
                self._magnets(design, node)
                self._share(design, node)
            if design.max_share < 1 and self.of[design.design].delay_cost_per_unit is not None:
                self._eligible(design)

    def _segment(self, name: str, segment: Any, node: Node) -> None:
        program, built = self.st.program, self.built(name, node)
        there = Linear(constant=self.asked(name, node)) + self.waiting(name, node)
        program.equal(built + self.lost[name, node] + self.late.get((name, node), ZERO), there)
        if segment.max_units_per_period is not None:
            program.at_most(built, segment.max_units_per_period)
        if segment.max_efficiency_loss_pp is not None:
            mine = [row for row in self.st.scenario.designs if row.segment == name]
            loss = total(row.efficiency_loss_pp * self.build[row.design, node] for row in mine)
            program.at_most(loss, segment.max_efficiency_loss_pp * built)
        for row in self.st.scenario.promises:
            if row.segment == name and self.st.within(node, row.from_, row.until):
                program.at_most(Linear(constant=row.share * self.asked(name, node)), built)

    def _service(self, segment: Any) -> None:
        name = segment.segment
        for leaf in self.st.tree.leaves:
            missed = total(self.lost[name, node] for node in leaf.path()) + self.late.get((name, leaf), ZERO)
            asked = sum(self.asked(name, node) for node in leaf.path())
            asked += segment.before_units + segment.backlog_units
            self.st.program.at_most(segment.before_lost_units + missed, (1 - segment.min_service) * asked)

    def _magnets(self, design: Any, node: Node) -> None:
        for row in self.st.scenario.design_materials:
            if row.design == design.design:
                used = total(
                    use for (d, m, _, n), use in self.use.items() if (d, m, n) == (row.design, row.material, node)
                )
                self.st.program.equal(used, row.kg_per_unit * self.build[row.design, node])

    def _share(self, design: Any, node: Node) -> None:
        name, build = design.segment, self.build[design.design, node]
        asked, factor = self.asked(name, node), self.st.at(node, "design", design.design)
        if self.of[design.design].delay_cost_per_unit is None:
            self.st.program.at_most(build, design.max_share * asked)
        if factor < 1:
            self.st.program.at_most(build, factor * design.max_share * (asked + self.waiting(name, node)))

    def _eligible(self, design: Any) -> None:
        """A unit that waits keeps its chance of the substitute."""
        segment, program = self.of[design.design], self.st.program
        opening = design.eligible_units
        if opening is None:
            opening = design.max_share * segment.backlog_units
        eligible: dict[Node | None, Linear] = {self.st.tree.now: Linear(constant=opening)}
        for node in self.st.nodes:
            eligible[node] = program.variable()
            new = design.max_share * self.asked(segment.segment, node)
            program.at_most(self.build[design.design, node] + eligible[node], eligible[node.parent] + new)
            program.at_most(eligible[node], self.late[segment.segment, node])

    def _qualification(self, design: Any) -> None:
        if design.qualified == "yes":
            return
        name, st = design.design, self.st
        for leaf in st.tree.leaves:
            st.program.at_most(total(self.qualify[name, node] for node in leaf.path()), 1.0)
        for node in st.nodes:
            if design.decision == "must" and not design.qualified_from and node.period == 1:
                st.program.equal(self.qualify[name, node], 1.0)
            if design.qualified_from and node.period >= st.calendar.period(design.qualified_from):
                continue
            ready = [p for p in node.path() if p.period + design.qualification_periods <= node.period]
            asked = sum(max(self.asked(design.segment, n) for n in st.nodes if n.period == t) for t in st.calendar.all)
            most = asked + self.of[name].backlog_units
            st.program.at_most(self.build[name, node], most * total(self.qualify[name, p] for p in ready))

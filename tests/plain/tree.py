"""The tree of futures as model.md has it, a node at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(eq=False)
class Node:
    """What is known at a period: the futures that have looked the same so far. `now` has period 0."""

    period: int
    parent: Node | None
    futures: list[str]
    probability: float
    children: list[Node] = field(default_factory=list)

    @property
    def t(self) -> int:
        """Its period; `now` counts as the first."""
        return max(1, self.period)

    def trail(self) -> Iterator[Node]:
        """Itself and all before it, `now` among them."""
        node: Node | None = self
        while node:
            yield node
            node = node.parent

    def path(self) -> list[Node]:
        """Itself and all before it but `now`."""
        return [node for node in self.trail() if node.period]

    def back(self, periods: int) -> Node | None:
        """The ancestor so many periods back; none where that is before period 1."""
        return next((node for node in self.path() if node.period == self.period - periods), None)


class Seen:
    """What holds in each future at each period: events, one after the other."""

    def __init__(self, scenario: Any) -> None:
        self.scenario = scenario
        self.futures = {row.future: row.probability for row in scenario.futures} or {"the future": 1.0}
        self.country = {row.supplier: row.country for row in scenario.suppliers}

    @cached_property
    def items(self) -> list[tuple[str, str, dict[str, str | None]]]:
        """Each thing that events change: what of it, its name, and what it is called in each scope."""
        s = self.scenario
        found: list[tuple[str, str, dict[str, str | None]]] = [
            ("clearance", row.licence, {"licence": row.licence, "all": None}) for row in s.licences
        ]
        for row in s.offers:
            traits = {"offer": row.offer, "supplier": row.supplier, "country": self.country[row.supplier], "all": None}
            found.append(("price", row.offer, traits | {"material": row.material}))
            found.append(("offer", row.offer, traits))
        found += [
            ("supplier", row.supplier, {"supplier": row.supplier, "country": row.country, "all": None})
            for row in s.suppliers
        ]
        for row in s.conversions:
            traits = {"supplier": row.supplier, "country": self.country[row.supplier], "all": None}
            found += [("conversion", row.conversion, traits | {"conversion": row.conversion})]
        found += [("design", row.design, {"design": row.design}) for row in s.designs]
        found += [
            ("demand", row.segment, {"segment": row.segment, "sector": row.sector, "market": row.market, "all": None})
            for row in s.segments
        ]
        return found

    def value(self, future: str, t: int, what: str, name: str) -> float:
        """Clearance of a licence, or a factor."""
        return self._values[future, t][what, name]

    @cached_property
    def _values(self) -> dict[tuple[str, int], dict[tuple[str, str], float]]:
        periods = self.scenario.calendar.all
        return {(future, t): self._at(future, t) for future in self.futures for t in periods}

    def _at(self, future: str, t: int) -> dict[tuple[str, str], float]:
        base = {row.licence: row.clearance for row in self.scenario.licences}
        found = {(what, name): base[name] if what == "clearance" else 1.0 for what, name, _ in self.items}
        for event in self.scenario.events:
            if event.future in ("*", future) and t in self.scenario.calendar.within(event.from_, event.until):
                self._change(found, event)
        return found

    def _change(self, found: dict[tuple[str, str], float], event: Any) -> None:
        kind = {"clearance": "clearance", "price": "price", "demand": "demand"}.get(event.kind)
        for what, name, traits in self.items:
            changed = what == kind if kind else what in ("offer", "supplier", "conversion", "design")
            if changed and event.scope in traits and traits[event.scope] == event.target:
                before = found[what, name]
                found[what, name] = event.value if what == "clearance" else before * event.value


class Tree:
    """All nodes, `now` first, in order of period."""

    def __init__(self, seen: Seen) -> None:
        self.now = Node(0, None, list(seen.futures), 1.0)
        self.nodes = [self.now]
        level = [self.now]
        for t in seen.scenario.calendar.all:
            for node in level:
                alike: dict[tuple[float, ...], list[str]] = {}
                for future in node.futures:
                    values = tuple(round(seen.value(future, t, what, name), 12) for what, name, _ in seen.items)
                    alike.setdefault(values, []).append(future)
                for futures in alike.values():
                    node.children.append(Node(t, node, futures, sum(seen.futures[w] for w in futures)))
            level = [child for node in level for child in node.children]
            self.nodes += level
        self.leaves = level

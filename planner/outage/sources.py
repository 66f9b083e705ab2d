"""What can stop: a licence, a supplier, a country or a conversion, and what comes from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from planner.errors import UsageError
from planner.scenario.fields import nearest, shown
from planner.scenario.scenario import Scenario

Kind = Literal["licence", "supplier", "country", "conversion"]

KINDS: tuple[Kind, ...] = ("country", "licence", "supplier", "conversion")


@dataclass(frozen=True)
class Source:
    """Where material comes from."""

    kind: Kind
    name: str

    @property
    def label(self) -> str:
        """How it is named on the command line: 'country/China'."""
        return f"{self.kind}/{self.name}"

    def offers(self, scenario: Scenario) -> frozenset[str]:
        """The offers whose material comes from it."""
        if self.kind == "conversion":
            return frozenset()
        if self.kind == "licence":
            return frozenset(row.offer for row in scenario.offers if row.licence == self.name)
        return frozenset(row.offer for row in scenario.offers if self._is(scenario, row.supplier))

    def conversions(self, scenario: Scenario) -> frozenset[str]:
        """The conversions that run at it."""
        if self.kind == "licence":
            return frozenset()
        if self.kind == "conversion":
            return frozenset({self.name})
        return frozenset(row.conversion for row in scenario.conversions if self._is(scenario, row.supplier))

    def _is(self, scenario: Scenario, supplier: str) -> bool:
        return self.name == (supplier if self.kind == "supplier" else scenario.supplier[supplier].country)


def sources(scenario: Scenario) -> list[Source]:
    """Every source that something comes from: countries first, then licences, suppliers and conversions."""
    names: dict[Kind, Iterable[str]] = {
        "country": dict.fromkeys(row.country for row in scenario.suppliers),
        "licence": scenario.licence,
        "supplier": scenario.supplier,
        "conversion": scenario.conversion,
    }
    found = [Source(kind, name) for kind in KINDS for name in names[kind]]
    return [source for source in found if source.offers(scenario) or source.conversions(scenario)]


def chosen(scenario: Scenario, labels: Iterable[str]) -> list[Source]:
    """The sources that are named: 'country/China', or 'China' where only one kind has that name.

    Raises UsageError where there is none.
    """
    return [_chosen(sources(scenario), label) for label in labels]


def _chosen(every: list[Source], label: str) -> Source:
    found = [source for source in every if label in (source.label, source.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{shown(label)} is {' and '.join(source.label for source in found)}: name one of them.")
    raise UsageError(f"There is no source {shown(label)}. {nearest(label, [source.label for source in every])}")

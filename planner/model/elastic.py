"""What only an elastic course has: decisions that can be loosened, and the objective of loosening little.

An elastic course (Chinneck 2008, chapter 6) is feasible whatever the scenario asks: every cell that asks
for something or forbids something may be loosened, at a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from planner.catalogue.limits import BY_CELL
from planner.model.course import Course, Number, total
from planner.scenario import tables as t
from planner.scenario import windows
from planner.scenario.keys import row_named
from planner.scenario.scenario import Scenario

DEAR = 3.0
"""How much dearer it is to loosen what a supplier or plant can do than what the planner asks for."""


def decided(course: Course) -> None:
    """Decisions that the scenario fixes, unless the cell is loosened.

    must: decision ≥ 1 − loosened; never: decision ≤ loosened
    """
    m = course.model
    rows = list(_decisions(course))

    def rule(m: Any, place: int) -> Any:
        table, key, decision, value, most = rows[place]
        loosened = course.loosened(table, key, "decision", 1)
        return value + loosened >= 1 if decision == "must" else value - most * loosened <= 0

    m.decided = pyo.Constraint(range(len(rows)), rule=rule)


def _decisions(course: Course) -> Iterator[tuple[str, str, str, Number, Number]]:
    """Table, key, decision, the variable it rules, and the most that is."""
    m, scenario = course.model, course.scenario
    for licence in scenario.licences:
        yield from _of_licence(course, licence)
    for offer in scenario.offers:
        if (offer.offer, windows.must_sign(scenario, offer)) in m.sign:
            yield "offers", offer.offer, "must", m.sign[offer.offer, windows.must_sign(scenario, offer)], 1
        for period in course.signable.get(offer.offer, ()) if offer.decision == "never" else ():
            yield "offers", offer.offer, "never", m.sign[offer.offer, period], 1
    for design in scenario.designs:
        if design.decision == "must" and design.qualified_from is None and (design.design, 1) in m.qualify:
            yield "designs", design.design, "must", m.qualify[design.design, 1], 1
        for period in course.build_periods(design.design) if design.decision == "never" else ():
            built = m.build[design.design, period]
            yield "designs", design.design, "never", built, built.upper


def _of_licence(course: Course, licence: t.Licence) -> Iterator[tuple[str, str, str, Number, Number]]:
    """A licence that must be applied for, or never is: nothing is signed under one per order then."""
    m, scenario, name = course.model, course.scenario, licence.licence
    must = windows.must_apply(scenario, licence)
    if (name, must) in m.apply:
        yield "licences", name, "must", m.apply[name, must], 1
    if licence.decision != "never":
        return
    for (i, _), applying in m.apply.items():
        if i == name:
            yield "licences", name, "never", applying, 1
    for (o, _), signing in m.sign.items() if licence.per_order == "yes" else ():
        if scenario.offer[o].licence == name:
            yield "licences", name, "never", signing, 1


def signed_to_be_loosened(course: Course) -> None:
    """Only a signed offer's capacity is loosened.

    loosened(max of o) ≤ large · signed(o, leaf), large being above what any plan needs
    """
    m, offers = course.model, course.scenario.offer

    def rule(m: Any, o: str) -> Any:
        if ("offers", o, "max_kg_per_period") not in m.loosened:
            return pyo.Constraint.Skip
        signed = course.signed(offers[o], course.last)
        return m.loosened["offers", o, "max_kg_per_period"] - course.large * signed <= 0

    m.signed_to_be_loosened = pyo.Constraint(list(course.signable), rule=rule)


def objective(course: Course) -> None:
    """Σ weight · loosened over the cells: how much of what they say is given up, in all."""
    m = course.model
    cost = total(_weight(course, *cell) * m.loosened[cell] for cell in m.loosened)
    m.weighted = pyo.Expression([0, *course.periods], rule=lambda m, period: cost if period == 0 else 0.0)
    m.objective = pyo.Objective(expr=m.weighted[0])


def _weight(course: Course, table: str, key: str, field: str) -> float:
    """1 / what the cell says (its own size, or that of what it counts), dearer for what others can do."""
    if field == "decision":
        return 1.0
    limit = BY_CELL[table, field]
    if limit.weight == "average":
        return 1.0 / max(sum(course.scenario.units[key].values()), 1.0)
    if limit.weight == "arrivals":
        return 1.0 / _all_magnets(course.scenario)
    if limit.weight == "one":
        return 1.0
    value = abs(float(getattr(row_named(course.scenario, table, key), field) or 0.0))
    return (DEAR if limit.weight == "supply" else 1.0) / max(value, 1e-3)


def _all_magnets(scenario: Scenario) -> float:
    """kg of all demand's magnets, of which shares are taken."""
    units = {name: sum(row.values()) for name, row in scenario.units.items()}
    segment_of = {row.design: row.segment for row in scenario.designs}
    kg = sum(row.kg_per_unit * units[segment_of[row.design]] for row in scenario.design_materials)
    return max(kg, 1.0)

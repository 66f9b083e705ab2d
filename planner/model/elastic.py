"""What only an elastic model has: decisions that can be relaxed, and the objective of relaxing little.

An elastic model (Chinneck 2008, chapter 6) is feasible whatever the scenario asks: every cell that asks
for something or forbids something may be relaxed, at a price.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyomo.environ as pyo

from planner.catalogue.limits import BY_CELL
from planner.model.path import Number, PathModel, total
from planner.scenario import tables as t
from planner.scenario import windows
from planner.scenario.keys import row_named
from planner.scenario.scenario import Scenario

EXPENSIVE = 3.0
"""How much more expensive it is to relax what a supplier or plant can do than what the planner asks for."""


def decided(path: PathModel) -> None:
    """Decisions that the scenario fixes, unless the cell is relaxed.

    must: decision ≥ 1 − slack; never: decision ≤ slack
    """
    m = path.model
    rows = list(_decisions(path))

    def rule(m: Any, place: int) -> Any:
        table, key, decision, value, most = rows[place]
        slack = path.slack(table, key, "decision", 1)
        return value + slack >= 1 if decision == "must" else value - most * slack <= 0

    m.decided = pyo.Constraint(range(len(rows)), rule=rule)


def _decisions(path: PathModel) -> Iterator[tuple[str, str, str, Number, Number]]:
    """Table, key, decision, the variable it rules, and the most that is."""
    m, scenario = path.model, path.scenario
    for licence in scenario.licences:
        yield from _of_licence(path, licence)
    for offer in scenario.offers:
        if (offer.offer, windows.must_sign(scenario, offer)) in m.sign:
            yield "offers", offer.offer, "must", m.sign[offer.offer, windows.must_sign(scenario, offer)], 1
        for period in path.signable.get(offer.offer, ()) if offer.decision == "never" else ():
            yield "offers", offer.offer, "never", m.sign[offer.offer, period], 1
    for design in scenario.designs:
        if design.decision == "must" and design.qualified_from is None and (design.design, 1) in m.qualify:
            yield "designs", design.design, "must", m.qualify[design.design, 1], 1
        for period in path.build_periods(design.design) if design.decision == "never" else ():
            built = m.build[design.design, period]
            yield "designs", design.design, "never", built, built.upper


def _of_licence(path: PathModel, licence: t.Licence) -> Iterator[tuple[str, str, str, Number, Number]]:
    """A licence that must be applied for, or never is: nothing is signed under one per order then."""
    m, scenario, name = path.model, path.scenario, licence.licence
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


def signed_to_be_relaxed(path: PathModel) -> None:
    """Only a signed offer's capacity is relaxed.

    slack(max of o) ≤ large · signed(o, leaf), large being above what any plan needs
    """
    m, offers = path.model, path.scenario.offer

    def rule(m: Any, o: str) -> Any:
        if ("offers", o, "max_kg_per_period") not in m.slack:
            return pyo.Constraint.Skip
        signed = path.signed(offers[o], path.last)
        return m.slack["offers", o, "max_kg_per_period"] - path.large * signed <= 0

    m.signed_to_be_relaxed = pyo.Constraint(list(path.signable), rule=rule)


def objective(path: PathModel) -> None:
    """Σ weight · slack over the cells: how much of what they say is given up, in all."""
    m = path.model
    cost = total(_weight(path, *cell) * m.slack[cell] for cell in m.slack)
    m.weighted = pyo.Expression([0, *path.periods], rule=lambda m, period: cost if period == 0 else 0.0)
    m.objective = pyo.Objective(expr=m.weighted[0])


def _weight(path: PathModel, table: str, key: str, field: str) -> float:
    """1 / what the cell says (its own size, or that of what it counts), more expensive for what others can do."""
    if field == "decision":
        return 1.0
    limit = BY_CELL[table, field]
    if limit.weight == "average":
        return 1.0 / max(sum(path.scenario.units[key].values()), 1.0)
    if limit.weight == "arrivals":
        return 1.0 / _all_magnets(path.scenario)
    if limit.weight == "one":
        return 1.0
    value = abs(float(getattr(row_named(path.scenario, table, key), field) or 0.0))
    return (EXPENSIVE if limit.weight == "supply" else 1.0) / max(value, 1e-3)


def _all_magnets(scenario: Scenario) -> float:
    """kg of all demand's magnets, of which shares are taken."""
    units = {name: sum(row.values()) for name, row in scenario.units.items()}
    segment_of = {row.design: row.segment for row in scenario.designs}
    kg = sum(row.kg_per_unit * units[segment_of[row.design]] for row in scenario.design_materials)
    return max(kg, 1.0)

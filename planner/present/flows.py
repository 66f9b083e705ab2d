"""How material flows from countries to product lines, as the links of a Sankey chart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from planner.plan.plan import Plan
from planner.present.figures import weighed
from planner.scenario.scenario import Scenario

COUNTRY, SUPPLIER, FEEDSTOCK, MAGNET, USE = range(5)
"""The steps from left to right."""

OPENING, LEFT = "stock at the start", "stock at the end"

_DUST = 1e-6

Link = tuple[int, str, int, str, float]


def flows(scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """kg on average over the futures: columns from_step, source, to_step, target, kg; links of one kind are one row."""
    links = pd.DataFrame(_links(scenario, plan), columns=["from_step", "source", "to_step", "target", "kg"])
    sums = links.groupby(["from_step", "source", "to_step", "target"], sort=False)["kg"].sum().reset_index()
    return sums[sums["kg"] > _DUST * max(float(sums["kg"].max()), 1.0)].reset_index(drop=True) if len(sums) else sums


def _links(scenario: Scenario, plan: Plan) -> Iterator[Link]:
    step = {row.material: FEEDSTOCK if row.class_ == "feedstock" else MAGNET for row in scenario.materials}
    for country, supplier, material, kg in _weighed(plan, "arrivals", "released_kg", "country", "supplier", "material"):
        yield COUNTRY, country, SUPPLIER, supplier, kg
        yield SUPPLIER, supplier, step[material], material, kg
    for row in scenario.stock:
        yield SUPPLIER, OPENING, step[row.material], row.material, row.kg
    yield from _made(scenario, plan, step)
    for material, segment, kg in _weighed(plan, "magnets", "kg", "material", "segment"):
        yield MAGNET, material, USE, segment, kg
    end = plan.tables["nodes"]["month"].max()
    for material, month, kg in _weighed(plan, "stock", "kg", "material", "month"):
        if month == end:
            yield step[material], material, USE, LEFT, kg


def _made(scenario: Scenario, plan: Plan, step: dict[str, int]) -> Iterator[Link]:
    """Feedstock that becomes magnets; what plants make of a material of the same step does not show."""
    inputs: dict[str, list[tuple[str, float]]] = {}
    for row in scenario.conversion_inputs:
        inputs.setdefault(row.conversion, []).append((row.material, row.kg_per_kg))
    for conversion, made, kg in _weighed(plan, "conversion", "kg", "conversion", "material"):
        for material, per_kg in inputs.get(conversion, ()):
            if step[material] < step[made]:
                yield step[material], material, step[made], made, kg * per_kg


def _weighed(plan: Plan, table: str, kg: str, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Some columns of a table by node, and its kg times the node's probability."""
    found = weighed(plan, table)
    amounts = found[kg].astype(float) * found["weight"]
    return zip(*(found[column].tolist() for column in columns), amounts.tolist(), strict=True)

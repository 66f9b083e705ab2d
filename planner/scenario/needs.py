"""How much of each material a scenario can use at most: to judge whether a figure is of the right size."""

from __future__ import annotations

from collections import defaultdict

from planner.scenario.parse import Parsed


def needs(parsed: Parsed, units: float | None = None) -> dict[str, float]:
    """The kg of each material that all demand of the horizon takes in its heaviest design, feedstock included.

    Where `units` is given, every segment is taken to ask for so many.
    """
    asked = {row.segment: sum(row.units.values()) for _, row in parsed.rows("demand")}
    by_segment: dict[tuple[str, str], float] = defaultdict(float)
    segment = {row.design: row.segment for _, row in parsed.rows("designs")}
    for _, row in parsed.rows("design_materials"):
        key = segment.get(row.design, ""), row.material
        by_segment[key] = max(by_segment[key], row.kg_per_unit)
    found: dict[str, float] = defaultdict(float)
    for (name, material), kg in by_segment.items():
        found[material] += kg * (asked.get(name, 0.0) if units is None else units)
    return dict(_with_feedstock(parsed, found))


def _with_feedstock(parsed: Parsed, need: dict[str, float]) -> dict[str, float]:
    made = {row.conversion: row.material for _, row in parsed.rows("conversions")}
    inputs = [
        (made.get(row.conversion, ""), row.material, row.kg_per_kg) for _, row in parsed.rows("conversion_inputs")
    ]
    # Chains of conversions are as long as there are conversions at most.
    for _ in made:
        before = dict(need)
        for product, material, kg in inputs:
            if product in need:
                need[material] = max(need.get(material, 0.0), kg * need[product])
        if need == before:
            break
    return need

"""Tables of demand: what is qualified, built, lost and late."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.futures.tree import Floats
from planner.plan.answer import Answer, frame


def qualification(answer: Answer) -> pd.DataFrame:
    """Designs whose qualification starts."""
    found = answer.by_node("qualify", "design")
    rows = {row.design: row for row in answer.scenario.designs}
    found["segment"] = found["design"].map({name: row.segment for name, row in rows.items()})
    found["cost"] = found["design"].map({name: row.qualification_cost for name, row in rows.items()})
    lead = {name: row.qualification_periods for name, row in rows.items()}
    found["usable"] = answer.later(found["node"], found["design"], lead)
    return frame("qualification", found)


def build(answer: Answer) -> pd.DataFrame:
    """Units built, by design."""
    found = answer.by_node("build", "design").rename(columns={"value": "units"})
    facts = pd.DataFrame(
        [
            (
                row.design,
                row.segment,
                row.efficiency_loss_pp,
                row.extra_cost_per_unit,
                answer.scenario.segment[row.segment].efficiency_cost_per_pp,
            )
            for row in answer.scenario.designs
        ],
        columns=["design", "segment", "efficiency_loss_pp", "extra", "per_pp"],
    )
    found = found.merge(facts, on="design", how="left")
    found["design_cost"] = found["units"] * found["extra"]
    found["efficiency_cost"] = found["units"] * found["efficiency_loss_pp"] * found["per_pp"]
    return frame("build", found)


def magnets(answer: Answer) -> pd.DataFrame:
    """From which pool the magnets of what is built come."""
    found = answer.by_node("use", "design", "material", "undertaking").rename(columns={"value": "kg"})
    found["segment"] = found["design"].map({row.design: row.segment for row in answer.scenario.designs})
    return frame("magnets", found)


def shortage(answer: Answer) -> pd.DataFrame:
    """Demand of every segment at every node and what becomes of it."""
    parts = [_segment(answer, segment) for segment in answer.scenario.segment]
    found = pd.concat(parts, ignore_index=True).sort_values("node", kind="stable", ignore_index=True)
    found["month"] = answer.months[answer.tree.period[found["node"]]]
    return frame("shortage", found)


def _segment(answer: Answer, segment: str) -> pd.DataFrame:
    row, tree = answer.scenario.segment[segment], answer.tree
    units = answer.scenario.units[segment]
    by_period = np.array([0.0, *(units[t] for t in answer.scenario.calendar.all)])
    asked = by_period[tree.period] * tree.demand_factor[segment]
    designs = {design.design for design in answer.scenario.designs if design.segment == segment}
    built, lost, late = (
        _units(answer, variable, names)
        for variable, names in (("build", designs), ("lost", {segment}), ("late", {segment}))
    )
    never_built = lost + late * (tree.period == tree.periods)
    found = {
        "node": np.arange(tree.size),
        "segment": segment,
        "demand": asked,
        "built": built,
        "lost": lost,
        "late": late,
        "shortage_cost": row.shortage_cost_per_unit * never_built,
        "delay_cost": (row.delay_cost_per_unit or 0.0) * late,
    }
    return pd.DataFrame(found).iloc[1:]


def _units(answer: Answer, variable: str, names: set[str]) -> Floats:
    """Units of a variable by node, summed over some of its names."""
    values = answer.solution.of(variable, 1)
    mine = np.array([name in names for name in values.index[0]], dtype=bool)
    return np.bincount(values.node[mine], weights=values.value[mine], minlength=answer.tree.size).astype(float)

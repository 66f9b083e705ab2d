"""What is made: conversions at plants, and steps of capacity."""

from __future__ import annotations

from planner.scenario.fields import (
    Amount,
    Count,
    ExpandDecision,
    ExpansionScope,
    ExpansionSteps,
    Mass,
    Month,
    Name,
    Positive,
    PositiveMass,
    column,
)
from planner.scenario.rows.base import Row


class Conversion(Row):
    """Processes at plants that make a material from others."""

    conversion: Name = column("a process at a plant", key=True)
    supplier: Name = column("whose plant it is; its country counts in limits", ref="suppliers")
    material: Name = column("what it makes", ref="materials")
    cost_per_kg: Amount = column("cost of conversion", unit="base currency/kg made", default=0.0)
    max_kg_per_period: Mass = column("capacity before any expansion", unit="kg made/period")
    from_: Month | None = column("first period in which it runs", default=None, blank="first period", alias="from")
    until: Month | None = column("last period in which it runs", default=None, blank="last period")


class ConversionInput(Row):
    """What a conversion takes in."""

    conversion: Name = column("the conversion", key=True, ref="conversions")
    material: Name = column("what it takes in", key=True, ref="materials")
    kg_per_kg: Positive = column("how much of it", unit="kg in/kg made")


class Expansion(Row):
    """Steps of capacity that can be bought."""

    expansion: Name = column("a step of capacity", key=True)
    scope: ExpansionScope = column("what it expands: an offer or a conversion")
    target: Name = column("the offer or conversion", ref="scope")
    step_kg_per_period: PositiveMass = column("capacity that a step adds", unit="kg/period/step")
    max_steps: ExpansionSteps = column("over the whole horizon", unit="steps", default=1)
    cost_per_step: Amount = column("paid in the period of the decision", unit="base currency/step")
    lead_periods: Count = column("from decision to capacity", unit="periods", default=0)
    from_: Month | None = column(
        "first period in which it can be decided", default=None, blank="first period", alias="from"
    )
    until: Month | None = column("last period in which it can be decided", default=None, blank="last period")
    decision: ExpandDecision = column("never: not decided", default="free")


class OpenExpansion(Row):
    """Steps of capacity decided before the horizon; they count towards max_steps."""

    expansion: Name = column("the step of capacity", key=True, ref="expansions")
    period: Month = column("first period in which their capacity is there", key=True)
    steps: ExpansionSteps = column("they count towards max_steps", unit="steps")

"""What is qualified and built, and what becomes of demand."""

from __future__ import annotations

from planner.plan.tables.column import (
    DESIGN,
    FUTURE,
    MATERIAL,
    MONTH,
    NODE,
    POOL,
    SEGMENT,
    Column,
    PlanTable,
    kg,
    money,
    share,
    units,
)

PRODUCTION: tuple[PlanTable, ...] = (
    PlanTable(
        "qualification",
        "Qualification",
        "designs whose qualification starts",
        ("node", "design"),
        (
            NODE,
            MONTH,
            DESIGN,
            SEGMENT,
            Column("usable", "month", "", "first period in which it can be built; blank: after the horizon"),
            money("cost", "paid in the period of the decision"),
        ),
    ),
    PlanTable(
        "build",
        "Build and substitutes",
        "units built, by design",
        ("node", "design"),
        (
            NODE,
            MONTH,
            SEGMENT,
            DESIGN,
            units("units", "built"),
            Column("efficiency_loss_pp", "number", "percentage points", "efficiency lost in each"),
            money("design_cost", "extra cost of the design"),
            money("efficiency_cost", "of the efficiency lost"),
        ),
    ),
    PlanTable(
        "magnets",
        "Magnets used",
        "from which pool the magnets of what is built come",
        ("node", "design", "material", "undertaking"),
        (NODE, MONTH, SEGMENT, DESIGN, MATERIAL, POOL, kg("kg", "used")),
    ),
    PlanTable(
        "shortage",
        "Demand met",
        "demand of each segment and what becomes of it",
        ("node", "segment"),
        (
            NODE,
            MONTH,
            SEGMENT,
            units("demand", "asked for in the period"),
            units("built", "built in the period"),
            units("lost", "given up"),
            units("late", "waiting at the period's end"),
            money("shortage_cost", "margin lost"),
            money("delay_cost", "of waiting"),
        ),
    ),
    PlanTable(
        "stops",
        "Shortage",
        "which lines stop first in each future, and what that costs; lines that never stop are left out",
        ("future", "segment"),
        (
            FUTURE,
            SEGMENT,
            Column("first_shortage", "month", "", "first period in which units are lost or wait"),
            units("demand", "asked for over the horizon"),
            units("lost", "given up over the horizon"),
            units("late", "still waiting at its end"),
            share("service", "demand built by the horizon's end"),
            money("shortage_cost", "margin lost"),
            money("delay_cost", "of waiting"),
        ),
    ),
)

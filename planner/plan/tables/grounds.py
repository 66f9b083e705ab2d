"""What a plan rests on: the tree of futures, and what was taken over from the scenario."""

from __future__ import annotations

from planner.plan.tables.column import FUTURE, MONTH, NODE, Column, PlanTable, text

GROUNDS: tuple[PlanTable, ...] = (
    PlanTable(
        "nodes",
        "Tree of futures",
        "what is known at a period: futures that have looked the same so far share a node",
        ("node",),
        (
            NODE,
            Column("period", "count", "", "number of the period"),
            MONTH,
            Column("parent", "count", "", "node of the period before; blank: the first period"),
            Column("probability", "share", "share", "sum over its futures"),
        ),
    ),
    PlanTable(
        "paths",
        "Futures by node",
        "the node each future is in at each period",
        ("future", "period"),
        (FUTURE, Column("period", "count", "", "number of the period"), MONTH, NODE),
    ),
    PlanTable(
        "changed_cells",
        "Changed cells",
        "cells that the strategy, or the scenario on top of the one it is based on, has changed",
        ("table", "key", "field", "by"),
        (
            text("table", "table"),
            text("key", "row"),
            text("field", "field"),
            text("old", "before; blank: no value"),
            text("new", "after; blank: no value"),
            text("by", "strategy or scenario that changed it"),
            text("cell", "where the new value stands"),
        ),
    ),
    PlanTable(
        "defaults_taken",
        "Defaults taken",
        "blank cells and what they were taken for",
        ("table", "key", "field"),
        (
            text("table", "table"),
            text("key", "row"),
            text("field", "field"),
            text("default", "what it was taken for"),
        ),
    ),
)

"""Which scenarios the peers state: those of the contract's first edition."""

from __future__ import annotations

from planner.scenario.scenario import Scenario

LATER_TABLES = ("promises", "open_applications", "fixed_orders", "open_expansions", "panels")
LATER_FIELDS = {
    "segments": ("backlog_units", "before_units", "before_lost_units"),
    "designs": ("qualified_from", "eligible_units"),
    "undertakings": ("only_segments",),
    "licences": (
        "unreleased", "per_order", "apply_from", "apply_until", "processing_periods", "valid_periods",
        "max_kg_per_application", "normal_kg_per_period",
    ),
    "offers": ("sign_until", "order_fee", "signed", "firm", "take_or_pay", "kept_kg"),
    "open_orders": ("cleared",),
    "limits": ("min_kg", "max_kg", "before_kg", "before_all_kg"),
}  # fmt: skip


def is_first_edition(scenario: Scenario) -> bool:
    """Whether a scenario has nothing that the contract's second edition added, so that peers can state it.

    No licence that waits, panel, promise, fixed order, position at the start, limit in kg, budget of a single period
    or design that is barred.
    """
    if any(getattr(scenario, table) for table in LATER_TABLES):
        return False
    if any(
        getattr(row, field) != type(row).model_fields[field].default
        for table, fields in LATER_FIELDS.items()
        for row in getattr(scenario, table)
        for field in fields
    ):
        return False
    bars = any(row.scope == "design" for row in (*scenario.events, *scenario.climate_effects))
    return not bars and all(row.year.startswith("FY") for row in scenario.budgets)

"""A scenario with other rows in some of its tables."""

from __future__ import annotations

from typing import Any

from planner.scenario.scenario import Scenario


def changed(scenario: Scenario, **tables: Any) -> Scenario:
    """The scenario with other rows in some tables, which are not checked."""
    kept = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    return type(scenario).model_construct(**kept | tables)

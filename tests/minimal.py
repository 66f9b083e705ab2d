"""The smallest scenario there is, as rows to be changed by tests."""

from __future__ import annotations

import copy
from typing import Any

from planner.errors import InputError
from planner.scenario.load import Loaded, from_rows

Tables = dict[str, Any]

MONTHS = ("2026-04", "2026-07", "2026-10", "2027-01")

MINIMAL: Tables = {
    "settings": {"title": "minimal", "start": "2026-04", "periods": 4},
    "materials": [{"material": "NdFeB", "class": "heavy"}],
    "suppliers": [{"supplier": "Baotou", "country": "China"}],
    "offers": [
        {"offer": "O1", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 100, "max_kg_per_period": 50}
    ],
    "segments": [{"segment": "bus", "market": "India", "shortage_cost_per_unit": 900}],
    "demand": [{"segment": "bus", **dict.fromkeys(MONTHS, 10)}],
    "designs": [{"design": "D1", "segment": "bus"}],
    "design_materials": [{"design": "D1", "material": "NdFeB", "kg_per_unit": 2}],
}


def minimal(**tables: Any) -> Tables:
    """The smallest scenario, its tables replaced by those given, its settings and first rows changed by dicts."""
    rows = copy.deepcopy(MINIMAL)
    for name, given in tables.items():
        if isinstance(given, dict) and name in rows:
            (rows[name] if isinstance(rows[name], dict) else rows[name][0]).update(given)
        else:
            rows[name] = copy.deepcopy(given)
    return rows


def load(**tables: Any) -> Loaded:
    """The smallest scenario so changed, checked."""
    return from_rows(minimal(**tables))


def problems(rows: Tables, strategy: str | None = None) -> list[str]:
    """Every problem that a scenario has, as stated."""
    try:
        from_rows(rows, strategy=strategy)
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []

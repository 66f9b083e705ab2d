"""The workbooks in `tests/cases` with their known optima; each is solved once in a process."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.reading import load
from planner.scenario.load import Loaded
from planner.solver.outcome import Options

CASES = Path(__file__).parent / "cases"

EXPECTED: dict[str, dict[str, Any]] = json.loads((CASES / "expected.json").read_text(encoding="utf-8"))
"""By 'name' or 'name@strategy': status and, where there is a plan, objective and proven bound."""


def loaded(case: str) -> Loaded:
    """A case with its strategy."""
    name, _, strategy = case.partition("@")
    return load(CASES / f"{name}.xlsx", strategy or None)


@functools.cache
def solved(case: str, gap: float = 1e-7) -> Plan:
    """The plan of a case."""
    return make_plan(loaded(case), Options(gap=gap))

"""What two named things differ in: scenarios, or plans as `--json` has written them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from planner.errors import InputError, Problem, UsageError
from planner.plan.tables import PLAN_TABLES
from planner.reading import load
from planner.scenario.diff import Difference, diff, diff_plans


def differences(a: str, b: str) -> list[Difference]:
    """The differences between two scenarios (workbook, folder, bundled name) or two plans (.json).

    Raises UsageError for a scenario and a plan, InputError for files that hold neither.
    """
    plans = [_is_plan(name) for name in (a, b)]
    if plans[0] != plans[1]:
        raise UsageError("A scenario and a plan cannot be compared: name two scenarios, or two plans (.json).")
    if plans[0]:
        keys = {table.name: table.key for table in PLAN_TABLES}
        return diff_plans(_plan(a), _plan(b), keys)
    return diff(load(a).scenario, load(b).scenario)


def _is_plan(name: str) -> bool:
    return name.casefold().endswith(".json")


def _plan(name: str) -> dict[str, Any]:
    try:
        document = json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([Problem("unreadable", f"'{name}' cannot be read: {error.strerror}.")]) from error
    except ValueError as error:
        raise InputError([_no_plan(name)]) from error
    if not isinstance(document, dict) or "tables" not in document:
        raise InputError([_no_plan(name)])
    return document


def _no_plan(name: str) -> Problem:
    return Problem("not_a_plan", f"'{name}' holds no plan.", "Write one with 'planner solve … --json plan.json'.")

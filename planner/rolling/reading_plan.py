"""A plan of before, read back: a JSON document, or a report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import planner
from planner.errors import InputError, Problem, UsageError
from planner.plan import document
from planner.plan.plan import Plan
from planner.reading import load
from planner.rolling.reported import about, read_report
from planner.scenario.load import Loaded

Document = dict[str, Any]


def scenario_and_plan(source: str, path: Path, add_up: bool = False) -> tuple[Loaded, Plan]:
    """A scenario with the strategy of a plan, and the plan: of a report (.xlsx) or a JSON document.

    The report itself may be named as the scenario: it holds its input, with the strategy's changes in it.

    Raises UsageError and InputError as the readers do, and where the plan is one of another scenario or version.
    """
    is_report = path.suffix.casefold() == ".xlsx"
    found = {} if is_report else read_document(path)
    said = about(path) if is_report else found["provenance"]
    strategy = said.get("strategy")
    if is_report and path.exists() and Path(source).exists() and path.samefile(source):
        loaded = replace(load(source, add_up=add_up), strategy=strategy)
    else:
        loaded = load(source, strategy, add_up=add_up)
        _ensure_plan_of(loaded, said, path)
    return loaded, read_report(path, loaded) if is_report else _plan(found, path)


def read_document(path: Path) -> Document:
    """The JSON document of a plan. Raises UsageError where it cannot be read, InputError where it is no plan."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The plan {path} cannot be read: {error.strerror}.") from error
    except ValueError:
        found = None
    is_plan = isinstance(found, dict) and isinstance(found.get("tables"), dict) and "provenance" in found
    if not is_plan or "nodes" not in found["tables"]:
        fix = "Name a plan that `planner solve` wrote with --json or --report."
        raise InputError([Problem("no_plan", f"{path} is not a plan.", fix)])
    return dict(found)


def _plan(found: Document, path: Path) -> Plan:
    """The plan of a document. Raises InputError where something of it is missing."""
    try:
        return document.to_plan(found)
    except (KeyError, TypeError, ValueError) as error:
        fix = "Solve the scenario again with --json, and name the new plan."
        text = (
            f"{path} was written by another version of the planner, or changed since: {error} is not as it should be."
        )
        raise InputError([Problem("other_plan", text, fix)]) from error


def _ensure_plan_of(loaded: Loaded, said: Document, path: Path) -> None:
    """Raise InputError where a plan is one of another scenario, or of another version of the planner."""
    scenario, version = said.get("sha256"), said.get("planner")
    name = loaded.raw.name
    if scenario != loaded.raw.sha256:
        text = f"{path} is a plan of another scenario, or of {name} before it was changed."
        fix = f"Name the scenario that it was made from, or solve {name} again."
        raise InputError([Problem("other_plan", text, fix)])
    if version != planner.__version__:
        text = f"{path} was made by version {version} of the planner, not {planner.__version__}."
        raise InputError([Problem("other_plan", text, "Solve the scenario again, and name the new plan.")])

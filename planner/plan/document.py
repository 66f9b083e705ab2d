"""A plan, or why there is none, as the JSON document that other programs rely on (see docs/cli.md)."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import InputError
from planner.files import write_whole
from planner.plan.explanation import CellChange, Explanation
from planner.plan.plan import Decisions, Later, Plan
from planner.plan.tables import PLAN_TABLES, PlanTable
from planner.scenario.load import Loaded

Document = dict[str, Any]


def of_plan(loaded: Loaded, plan: Plan) -> Document:
    """The document of a plan: money in base currency, mass in kg, shares 0..1."""
    tables = {table.name: rows(table, plan.tables[table.name]) for table in PLAN_TABLES}
    shown = ("future", "probability", "cost", "first_shortage")
    return {
        "status": plan.status,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "expected_cost": plan.expected_cost,
        "cvar": plan.cvar,
        "futures": [{name: row[name] for name in shown} for row in tables["futures"]],
        "decisions": asdict(plan.decisions),
        "tables": tables,
        "audit": plan.audit,
        "tried": list(plan.tried),
        "provenance": plan.provenance,
        "warnings": [asdict(warning) for warning in loaded.warnings],
        **_made(loaded),
    }


def to_plan(found: Document) -> Plan:
    """The plan that a document holds."""
    plain = ("status", "objective", "bound", "gap", "expected_cost", "cvar", "provenance", "audit")
    chosen = found["decisions"]
    later = (Later(row["kind"], row["item"], row["period"], tuple(row["futures"])) for row in chosen["later"])
    used = {panel: tuple(suppliers) for panel, suppliers in chosen["used"].items()}
    return Plan(
        decisions=Decisions(tuple(chosen["apply"]), tuple(chosen["sign"]), chosen["keep"], tuple(later), used),
        tables={table.name: _frame(table, found["tables"][table.name]) for table in PLAN_TABLES},
        **{name: found[name] for name in plain},
    )


def _frame(table: PlanTable, rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=table.names)
    months = [column.name for column in table.columns if column.kind == "month"]
    return frame.assign(**{name: frame[name].fillna("") for name in months})


def _made(loaded: Loaded) -> Document:
    """The tables futures and events that were made from climates, and how near they come to these."""
    if loaded.made is None:
        return {}
    scenario = loaded.scenario
    return {
        "made": {
            "futures": [row.model_dump(by_alias=True) for row in scenario.futures],
            "events": [row.model_dump(by_alias=True) for row in scenario.events],
            "quality": asdict(loaded.made.quality),
        }
    }


def infeasible(loaded: Loaded, explanation: Explanation) -> Document:
    """The document of a scenario that has no plan: the conflict, flat, and repairs."""
    reasons = [reason for conflict in explanation.conflicts for reason in conflict]
    return {
        "status": "infeasible",
        "conflict": [{"text": reason.text, "cells": list(reason.cells)} for reason in reasons],
        "repairs": [
            {"text": r.text, "changes": [_change(change) for change in r.changes]} for r in explanation.repairs
        ],
        **_origin(loaded),
    }


def _change(change: CellChange) -> Document:
    named = {"table": change.table, "key": change.key, "field": change.field, "cell": change.cell}
    return named | {"from": change.old, "to": change.new}


def _origin(loaded: Loaded) -> Document:
    return {
        "provenance": {"scenario": loaded.raw.name, "sha256": loaded.raw.sha256, "strategy": loaded.strategy},
        "warnings": [asdict(warning) for warning in loaded.warnings],
    }


def invalid(error: InputError) -> Document:
    """The document of a scenario that is wrong: its problems alone."""
    return {"status": "invalid", "problems": [asdict(problem) for problem in error.problems]}


def write(document: Document, path: Path) -> None:
    """Write a document whole or not at all."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)

    def put(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_whole(path, put)


def rows(table: PlanTable, found: pd.DataFrame) -> list[dict[str, Any]]:
    """A plan table's rows as plain values; blanks that are no text are None."""
    columns = [[_plain(value, column.kind) for value in found[column.name].tolist()] for column in table.columns]
    return [dict(zip(table.names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain(value: Any, kind: str) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if kind == "month" and value == "":
        return None
    return value

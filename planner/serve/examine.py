"""Looking at a scenario for the first time: its problems or its picture, as files in its folder.

This reads what strangers have uploaded, so that it runs in a process of its own (see `child`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from planner.errors import InputError, PlannerError, Problem
from planner.excel.annotate import annotate
from planner.excel.workbook import write_workbook
from planner.outage.sources import sources
from planner.reading import read
from planner.scenario.load import bundled_folders, check_raw, from_raw
from planner.scenario.overlay import strategies
from planner.scenario.scenario import Scenario
from planner.serve.folder import ANNOTATED, CHECK, ROWS, write_json
from planner.serve.picture import contents, futures, pictures, size
from planner.serve.rows import offered
from planner.serve.whatif import cells, changed

_MOST_CELLS, _MOST_FUTURES = 5000, 200
"""What a page can hold."""


def examine(folder: Path, source: str, name: str, derived: dict[str, Any] | None) -> dict[str, Any]:
    """Check the scenario `source` (a workbook's path or a bundled name) and write what the page shows of it.

    `name` is what people call the workbook. With `derived` (source, strategy, changes) the workbook `source` is first
    made from another scenario.
    Returns fields of the scenario's row in the store.
    """
    try:
        if derived is not None:
            _derive(Path(source), **derived)
        found, row = _examined(folder, source)
    except InputError as error:
        found, row = _wrong(error.problems, error.warnings)
    except PlannerError as error:
        found, row = _wrong([Problem("wrong", str(error))], [])
    for problem in (*found["problems"], *found["warnings"]):
        problem["message"] = problem["message"].replace(f"'{Path(source).name}'", f"'{name}'")
    write_json(folder / CHECK, found)
    return row


def _derive(path: Path, source: str, strategy: str | None, changes: Sequence[dict[str, str]]) -> None:
    raw, _ = read(source)
    laid, _ = changed(raw, strategy, changes)
    write_workbook(laid, path)


def _examined(folder: Path, source: str) -> tuple[dict[str, Any], dict[str, Any]]:
    raw, changes = read(source)
    problems, warnings = check_raw(raw)
    found, row = _wrong(problems, warnings)
    if problems or warnings:
        found["annotated"] = _annotated(folder, source, problems, warnings)
    if problems:
        return found, row
    loaded = from_raw(raw, None, changes)
    scenario, settings = loaded.scenario, loaded.scenario.settings
    write_json(folder / ROWS, offered(loaded.raw))
    found |= {
        "title": settings.title,
        "contents": contents(scenario),
        "futures": futures(scenario)[:_MOST_FUTURES],
        "charts": [chart.document() for chart in pictures(scenario)],
        "cells": cells(scenario)[:_MOST_CELLS],
        "sources": [source.label for source in sources(scenario)],
        "decisions": _decisions(scenario),
    }
    return found, row | {
        "title": settings.title,
        "currency": settings.currency,
        "strategies": strategies(loaded.raw),
        "sha256": loaded.raw.sha256,
        "size": size(scenario),
    }


def _decisions(scenario: Scenario) -> list[str]:
    """What may be decided, as a break-even names it."""
    kinds: dict[str, Iterable[str]] = {
        "apply": scenario.licence, "sign": scenario.offer, "keep": scenario.offer,
        "qualify": [row.design for row in scenario.designs],
        "expand": [row.expansion for row in scenario.expansions],
    }  # fmt: skip
    return [f"{kind}/{item}" for kind, items in kinds.items() for item in items]


def _wrong(problems: Sequence[Problem], warnings: Sequence[Problem]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is wrong or doubtful, for the page and for the store."""
    found = {
        "problems": [_told(one) for one in problems],
        "warnings": [_told(one) for one in warnings],
        "annotated": False,
    }
    return found, {
        "state": "broken" if problems else "good",
        "problems": len(problems),
        "warnings": len(warnings),
    }


def _told(problem: Problem) -> dict[str, Any]:
    sheet, mark, cell = (problem.cell or "").rpartition("!")
    return asdict(problem) | {
        "sheet": sheet if mark else problem.table or "",
        "at": cell if mark else problem.cell or "",
    }


def _annotated(folder: Path, source: str, problems: Sequence[Problem], warnings: Sequence[Problem]) -> bool:
    """Write the workbook with its problems marked, where it can be opened at all."""
    try:
        annotate(bundled_folders().get(source, Path(source)), problems, folder / ANNOTATED, warnings)
    except InputError:
        return False
    return True

"""Why a plan is so, as tables of the plan: `values`, `not_taken` and `left_out`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from planner.catalogue.limits import LIMITS
from planner.plan.answer import frame
from planner.solver.duals import Duals, duals
from planner.solver.outcome import Options, Progress, Watcher
from planner.why.cells import worth_of_cells
from planner.why.clearance import worth_of_clearance
from planner.why.forced import Forcing
from planner.why.solved import Solved

Rows = Iterator[dict[str, Any]]


def explain(
    solved: Solved, options: Options, watch: Watcher | None, cancel: threading.Event
) -> dict[str, pd.DataFrame]:
    """The tables of the plan that say why; as far as they got where `cancel` or Ctrl-C ends it."""
    if watch is not None:
        watch(Progress("why: what more of anything is worth", 0.0))
    found = None if cancel.is_set() else duals(solved.instance, solved.x, cancel)
    values = _until_stopped(_values(solved, found, cancel), cancel)
    forcing = Forcing(solved, options, watch, cancel)
    made = {
        "values": values,
        "left_out": _until_stopped(forcing.left_out(), cancel),
        "not_taken": _until_stopped(forcing.rows(found), cancel),
    }
    return {name: frame(name, pd.DataFrame(rows)) for name, rows in made.items()}


def _values(solved: Solved, found: Duals | None, cancel: threading.Event) -> Rows:
    for limit in LIMITS:
        if found is not None and not cancel.is_set():
            yield from worth_of_cells(solved, found, limit)
    if found is not None and not cancel.is_set():
        yield from worth_of_clearance(solved, found)


def _until_stopped(rows: Iterable[dict[str, Any]], cancel: threading.Event) -> list[dict[str, Any]]:
    """The rows; those made so far where Ctrl-C comes between two solves."""
    found: list[dict[str, Any]] = []
    try:
        found.extend(rows)
    except KeyboardInterrupt:
        cancel.set()
    return found

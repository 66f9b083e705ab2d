"""A plan that was written down, found again as the columns of its scenario's program."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import planner.version
from planner.errors import InputError, Problem
from planner.model.tiling import Instance
from planner.scenario.load import Loaded
from planner.scenario.scenario import Calendar
from planner.solver.outcome import Options, Outcome, Watcher
from planner.solver.strategy import solve

Document = dict[str, Any]

_ROOM = 1e-7
"""By which an amount may differ from the one that was written down, relative to it."""

_AMOUNTS = (
    ("orders", "order", ("offer",), "kg"),
    ("build", "build", ("design",), "units"),
    ("conversion", "run", ("conversion", "undertaking"), "kg"),
    ("expansion", "expand", ("expansion",), "steps"),
    ("qualification", "qualify", ("design",), None),
)
"""Plan table, variable, the fields of its index besides the period, and the amount (None: 1 for each row)."""


def ensure_plan_of(loaded: Loaded, document: Document, path: str) -> None:
    """Raise InputError where a document is no plan, or one of another scenario, strategy or version of the planner."""
    provenance = document.get("provenance")
    if not isinstance(provenance, dict) or not isinstance(document.get("tables"), dict):
        raise InputError([Problem("no_plan", f"{path} is not a plan written by `planner solve --json`.", "")])
    found = {name: provenance.get(name) for name in ("sha256", "strategy", "planner")}
    wanted = {"sha256": loaded.raw.sha256, "strategy": loaded.strategy, "planner": planner.version.__version__}
    what = {
        "sha256": f"of another scenario, or of {loaded.raw.name} before it was changed",
        "strategy": f"of the strategy {found['strategy'] or 'none'}, not {wanted['strategy'] or 'none'}",
        "planner": f"by version {found['planner']} of the planner, not {wanted['planner']}",
    }
    for name, said in what.items():
        if found[name] != wanted[name]:
            fix = "Solve the scenario again with --json, and name the new plan."
            raise InputError([Problem("other_plan", f"{path} is a plan {said}.", fix)])


def recalled(
    instance: Instance, document: Document, calendar: Calendar, watch: Watcher | None, cancel: threading.Event
) -> Outcome:
    """The program's solution that does what a plan says: decides, orders, builds, makes, expands and qualifies."""
    layout = instance.layout
    lower, upper = instance.lower.copy(), instance.upper.copy()
    wanted = {(name, index, node): value for name, index, node, value in _decided(instance, document, calendar)}
    names = {name for _, name, _, _ in _AMOUNTS} | {"apply", "sign", "keep"}
    for node, period in enumerate(layout.tree.period.tolist()):
        first = int(layout.first[node])
        for place, (name, index) in enumerate(layout.labels[period]):
            if name in names:
                value = wanted.get((name, index if period == 0 else index[:-1], node), 0.0)
                room = 0.0 if instance.integer[first + place] else _ROOM * (1 + abs(value))
                column = first + place
                lower[column] = max(lower[column], min(value - room, upper[column]))
                upper[column] = min(upper[column], max(value + room, lower[column]))
    return solve(replace(instance, lower=lower, upper=upper), Options(gap=1e-9), watch, cancel)


def _decided(
    instance: Instance, document: Document, calendar: Calendar
) -> Iterator[tuple[str, tuple[Any, ...], int, float]]:
    """Variable, index without its period, node and value of all that a plan decides."""
    decisions, tables = document["decisions"], document["tables"]
    taken = {"apply": dict.fromkeys(decisions["apply"], 1.0), "sign": dict.fromkeys(decisions["sign"], 1.0)}
    taken["keep"] = decisions["keep"]
    for name, index in instance.layout.labels[0]:
        if name in taken:
            yield name, index, 0, float(taken[name].get(index[0], 0.0))
    for item, node, name in _later(instance, decisions, calendar):
        yield name, (item,), node, 1.0
    for table, variable, fields, amount in _AMOUNTS:
        for row in tables.get(table, ()):
            index = tuple(row[field] or "" for field in fields)
            yield variable, index, int(row["node"]), 1.0 if amount is None else float(row[amount])


def _later(instance: Instance, decisions: Document, calendar: Calendar) -> Iterator[tuple[str, int, str]]:
    """Applications and signatures later than now: item, node and variable."""
    tree = instance.layout.tree
    for row in decisions.get("later", ()):
        for future in row["futures"]:
            node = tree.node_of[tree.futures.index(future), calendar.period(row["period"])]
            yield row["item"], int(node), row["kind"]

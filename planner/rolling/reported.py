"""A plan read back from its report: its tables as they stand on the sheets, one row a node again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from planner.catalogue.decisions import DECISION
from planner.errors import InputError, Problem, UsageError
from planner.excel.workbook import read_grids
from planner.plan.outcome import cvar
from planner.plan.plan import Decisions, Later, Plan
from planner.plan.tables import PLAN_TABLE, PLAN_TABLES, Column, PlanTable
from planner.present.headings import heading
from planner.present.view import YES_NO
from planner.present.words import Wording
from planner.scenario.fields import to_text
from planner.scenario.load import Loaded

ABOUT = "About"

_LABELS = {
    "Fingerprint of the input (SHA-256)": "sha256",
    "Version of the planner": "planner",
    "Strategy": "strategy",
    "Scenario": "scenario",
    "Status": "status",
    "Objective of this plan": "objective",
    "No plan can be below": "bound",
    "Gap": "gap",
}
"""Lines of the sheet About, and what they hold."""

_LEFT = frozenset(
    {"limits_used", "values", "not_taken", "left_out", "changed_cells", "defaults_taken", "now_decisions"}
)
"""Tables whose sheets say something else than the table, or that nobody goes on from."""

_BELOW = ("", "Total", "On average", "none")
"""What the first cell of a line below a table may hold: totals, remarks, or that there are no rows."""

Grid = list[list[Any]]
Row = dict[str, Any]


def about(path: Path) -> dict[str, Any]:
    """What a report says of its plan: fingerprint, strategy, version, status, objective.

    Raises UsageError where there is no such file, InputError where it is no report of a plan.
    """
    if not path.exists():
        raise UsageError(f"There is no plan {path}.")
    grid = read_grids(path, [ABOUT]).get(ABOUT, [])
    found = {_LABELS[to_text(line[0])]: line[1] for line in grid if len(line) > 1 and to_text(line[0]) in _LABELS}
    if found.get("strategy") == "none":
        found["strategy"] = None
    if "sha256" not in found:
        text, fix = f"{path} is not a plan.", "Name a plan that `planner solve` wrote with --json or --report."
        raise InputError([Problem("no_plan", text, fix)])
    return found


def read_report(path: Path, loaded: Loaded) -> Plan:
    """The plan of a report. `loaded` is the scenario that it was made from, with its strategy.

    Raises InputError where a sheet is missing, cut or no longer what was written.
    """
    reader = _Reader(path, Wording(loaded.scenario.settings.currency))
    tables = {table.name: reader.frame(table) for table in PLAN_TABLES}
    said, futures = about(path), tables["futures"]
    costs, weights = futures["cost"].to_numpy(float), futures["probability"].to_numpy(float)
    settings = loaded.scenario.settings
    return Plan(
        status=said.get("status", "optimal").replace(" ", "_"),
        objective=float(said["objective"]),
        bound=float(said["bound"]),
        gap=float(said["gap"]),
        expected_cost=float(weights @ costs),
        cvar=cvar(costs, weights, settings.risk_tail),
        decisions=_decisions(tables),
        tables=tables,
        provenance={name: said.get(name) for name in ("scenario", "sha256", "strategy", "planner")},
    )


class _Reader:
    """The sheets of a report while they are read."""

    def __init__(self, path: Path, wording: Wording) -> None:
        self._path, self._wording = path, wording
        self._grids = read_grids(path, [table.title for table in PLAN_TABLES])

    def frame(self, table: PlanTable) -> pd.DataFrame:
        """A table of the plan."""
        if table.name == "now_decisions":
            return pd.DataFrame(list(self._now()), columns=table.names)
        if table.name in _LEFT:
            return pd.DataFrame(columns=table.names)
        rows = list(self._rows(table))
        found = pd.DataFrame(rows, columns=table.names)
        return found.drop_duplicates(list(table.key), ignore_index=True) if rows else found

    def _grid(self, table: PlanTable) -> Grid:
        if table.title not in self._grids:
            raise self._wrong(table, f"has no sheet {table.title}")
        return self._grids[table.title]

    def _wrong(self, table: PlanTable, what: str) -> InputError:
        fix = "Name the report as it was written, or the plan's JSON."
        return InputError([Problem("no_plan", f"{self._path} {what}.", fix, cell=table.title)])

    def _rows(self, table: PlanTable) -> Iterator[Row]:
        titles = {heading(column, self._wording): column for column in table.columns}
        grid = self._grid(table)
        top = next((n for n, line in enumerate(grid) if titles.keys() <= set(map(to_text, line))), None)
        if top is None:
            raise self._wrong(table, f"lacks columns on the sheet {table.title}")
        places = {to_text(cell): n for n, cell in enumerate(grid[top]) if to_text(cell) in titles}
        for line in grid[top + 1 :]:
            if to_text(line[0]).startswith("Cut here:"):
                raise self._wrong(table, f"holds no more than a part of {table.title}: it is too long for a sheet")
            row = {titles[title].name: _value(titles[title], _at(line, n)) for title, n in places.items()}
            if all(row[name] is not None for name in table.key) and row[table.key[0]] not in _BELOW:
                yield row

    def _now(self) -> Iterator[Row]:
        """Decisions for now: of the sheet Do now those that are taken or left before the first period."""
        table = PLAN_TABLE["now_decisions"]
        grid = self._grid(table)
        top = next((n for n, line in enumerate(grid) if line[:3] == ["Do it", "Decision", "Item"]), None)
        if top is None:
            raise self._wrong(table, f"lacks columns on the sheet {table.title}")
        place = {to_text(cell).split(" [")[0]: n for n, cell in enumerate(grid[top])}
        words = {DECISION["apply"].do: "apply", "sign": "sign", "keep": "keep"}
        for line in grid[top + 1 :]:
            ticked, decision, item = (to_text(_at(line, n)) for n in range(3))
            # What is signed in the first period and not now stands among decisions of later.
            if decision in words and item:
                kept = _number(_at(line, place["Capacity"])) if "Capacity" in place else 0.0
                cost = _number(_at(line, place["Cost"])) if "Cost" in place else 0.0
                taken = ticked != YES_NO[False]
                yield {"decision": words[decision], "item": item, "taken": taken, "kg_per_period": kept, "cost": cost}


def _at(line: list[Any], place: int) -> Any:
    return line[place] if place < len(line) else ""


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _value(column: Column, cell: Any) -> Any:
    if column.kind in ("number", "share"):
        return float(cell) if isinstance(cell, int | float) else None
    if column.kind == "count":
        return int(cell) if isinstance(cell, int | float) else None
    if column.kind == "flag":
        return to_text(cell) == YES_NO[True]
    return to_text(cell)


def _decisions(tables: dict[str, pd.DataFrame]) -> Decisions:
    now, panels = tables["now_decisions"], tables["panel_suppliers"]
    taken = now[now["taken"].astype(bool)] if len(now) else now
    items = {kind: tuple(taken.loc[taken["decision"] == kind, "item"]) for kind in ("apply", "sign")}
    kept = taken[taken["decision"] == "keep"]
    used = {
        str(panel): tuple(rows.loc[rows["used"].astype(bool), "supplier"])
        for panel, rows in panels.groupby("panel", sort=False)
    }
    keep = dict(zip(kept["item"], kept["kg_per_period"].astype(float), strict=True))
    return Decisions(items["apply"], items["sign"], keep, tuple(_later(tables)), used)


def _later(tables: dict[str, pd.DataFrame]) -> Iterator[Later]:
    members = tables["paths"].groupby("node")["future"].agg(list)
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in tables["later_decisions"].to_dict("records"):
        key = (row["decision"], row["item"], row["month"])
        found.setdefault(key, []).extend(members[row["node"]])
    for (kind, item, month), futures in found.items():
        yield Later("apply" if kind == "apply" else "sign", item, month, tuple(futures))

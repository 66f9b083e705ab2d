"""A plan month by month, for whichever future is chosen: grids as the page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.plan.plan import Plan
from planner.present.months import AVERAGE, GRIDS, by_month, months, shown_futures
from planner.present.words import Wording

Document = dict[str, Any]


def grids(plan: Plan, wording: Wording) -> Document:
    """All grids: `futures` that can be chosen, the first on average; `values` of each grid by future and item."""
    found, across = by_month(plan, wording.counted), months(plan)
    place = {month: number for number, month in enumerate(across)}
    told = []
    for grid in GRIDS:
        values: dict[str, dict[str, list[float]]] = {}
        rows = found[found["grid"] == grid.name]
        columns = (rows[name].tolist() for name in ("future", "item", "month", "value"))
        for future, item, month, value in zip(*columns, strict=True):
            values.setdefault(future, {}).setdefault(item, [0.0] * len(across))[place[month]] += value
        facts = {"name": grid.name, "title": grid.title, "unit": wording.unit(grid.unit)}
        told.append(facts | {"counts": grid.counts, "bad": grid.bad, "values": values})
    return {"months": across, "futures": [AVERAGE, *shown_futures(plan)], "grids": told}


@dataclass(frozen=True)
class Line:
    """A row of a grid: its figures by month, what they add up to (or their peak), and the month of the largest."""

    item: str
    values: list[float]
    whole: float
    largest: str


@dataclass(frozen=True)
class Shown:
    """A grid in one future; `most` is its largest figure, `total` stands below where there are several rows."""

    title: str
    unit: str
    counts: bool
    bad: bool
    lines: list[Line]
    total: Line | None
    most: float


def shown(document: Document, future: str) -> list[Shown]:
    """The grids of a future that hold anything."""
    across = document["months"]
    found = []
    for grid in document["grids"]:
        lines = [_line(item, values, grid, across) for item, values in grid["values"].get(future, {}).items()]
        if lines:
            sums = [sum(column) for column in zip(*(line.values for line in lines), strict=True)]
            total = _line("In all", sums, grid, across) if len(lines) > 1 else None
            most = max(max(line.values) for line in lines)
            found.append(Shown(grid["title"], grid["unit"], grid["counts"], grid["bad"], lines, total, most))
    return found


def _line(item: str, values: list[float], grid: Document, across: list[str]) -> Line:
    whole = max(values) if grid["counts"] else sum(values)
    largest = across[values.index(max(values))] if max(values) > 0 else ""
    return Line(item, values, whole, largest)

"""Who runs short, who waits, how many at worst and how long: service that does not add cars to megawatts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from planner.plan.outcome import stopped
from planner.plan.plan import Plan
from planner.plan.tables import by_future
from planner.scenario.load import Loaded


@dataclass(frozen=True)
class Wait:
    """The worst that a line's backlog comes to: `units` at a period's end in a month, and for how many periods on end.

    `future` is where most wait, '' where as many do in every one; `periods` is the longest stretch in any future.
    """

    segment: str
    units: float
    month: str
    future: str
    periods: int


def service_by_value(loaded: Loaded, plan: Plan) -> float:
    """The share of demand built by the horizon's end, each unit weighed by what one not built costs; 1 without any."""
    worth = {row.segment: row.shortage_cost_per_unit for row in loaded.scenario.segments}
    nodes = plan.tables["nodes"].set_index("node")["probability"]
    rows = plan.tables["shortage"]
    weight = rows["node"].map(nodes).astype(float) * rows["segment"].map(worth).astype(float)
    missing = rows["lost"] + rows["late"].where(rows["month"] == rows["month"].max(), 0.0)
    asked = float((weight * rows["demand"]).sum())
    return 1 - float((weight * missing).sum()) / asked if asked > 0 else 1.0


def waits(loaded: Loaded, plan: Plan) -> list[Wait]:
    """The lines whose units wait, those first whose largest backlog is worth most."""
    rows = plan.tables["shortage"]
    late = rows.assign(late=rows["late"].where(stopped(rows), 0.0))
    found = [
        _worst(str(segment), mine)
        for segment, mine in by_future(plan.tables | {"late": late}, "late").groupby("segment")
    ]
    worth = {row.segment: row.shortage_cost_per_unit for row in loaded.scenario.segments}
    return sorted((wait for wait in found if wait.units > 0), key=lambda wait: -wait.units * worth[wait.segment])


def _worst(segment: str, rows: pd.DataFrame) -> Wait:
    """Of one line; rows by future, in order of time within each."""
    peak = rows.sort_values("late", ascending=False, kind="stable").iloc[0]
    waiting = rows["late"] > 0
    stretch = (waiting != waiting.shift()) | (rows["future"] != rows["future"].shift())
    longest = int(waiting.groupby(stretch.cumsum()).sum().max())
    highest = rows.groupby("future")["late"].max()
    future = "" if highest.min() == highest.max() else str(peak["future"])
    return Wait(segment, float(peak["late"]), str(peak["month"]), future, longest)


def stops_beyond(plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Periods in which lines run short: those of every future until futures differ, and what a future adds to them.

    Columns of both: future (of the first: any one), month, segment; in order of month.
    """
    shortage = plan.tables["shortage"]
    rows = by_future(plan.tables | {"short": shortage[stopped(shortage)]}, "short")[["future", "month", "segment"]]
    rows = rows.sort_values("month", kind="stable")
    everywhere = rows.groupby(["month", "segment"])["future"].transform("count") == len(plan.tables["futures"])
    parted = rows.loc[~everywhere, "month"].min() if not everywhere.all() else None
    alike = everywhere & (rows["month"] <= parted) if parted is not None else everywhere
    return rows[alike].drop_duplicates(["month", "segment"]), rows[~alike]


def first_lines(rows: pd.DataFrame) -> Iterator[tuple[str, str, list[str]]]:
    """Of each future its first month in `rows`, and the lines that run short in it: future, month, lines."""
    first = rows.groupby("future")["month"].transform("min")
    for (month, future), lines in rows[rows["month"] == first].groupby(["month", "future"], sort=False)["segment"]:
        yield str(future), str(month), lines.tolist()

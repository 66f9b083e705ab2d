"""From a relaxed cell to what is to be typed into it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from planner.catalogue.limits import BY_CELL, LEAST, Limit
from planner.explain.quick import Cell
from planner.explain.relax import Elastic, Slacks
from planner.model.solution import read
from planner.plan.answer import Answer
from planner.plan.demand import build
from planner.plan.outcome import paths
from planner.plan.supply import arrivals, conversion
from planner.scenario import tables as t
from planner.scenario.keys import row_named
from planner.scenario.scenario import Scenario
from planner.scenario.tables import tables


def value_of(scenario: Scenario, cell: Cell) -> Any:
    """What a cell says."""
    table, key, field = cell
    return getattr(row_named(scenario, table, key), tables()[table].fields[field].attribute)


def new_value(elastic: Elastic, slacks: Slacks, cell: Cell) -> Any:
    """What a cell must say so that the relaxed solution is one of the scenario, rounded to the safe side."""
    table, key, field = cell
    if field == "decision":
        return "free"
    limit = BY_CELL[table, field]
    if limit.weight == "arrivals":
        return _rounded(_share(elastic, slacks, cell), limit)
    if limit.weight == "average":
        return _rounded(_average_loss(elastic, slacks, key), limit)
    return _rounded(float(value_of(elastic.scenario, cell)) + limit.looser * slacks.amounts[cell], limit)


def _rounded(value: float, limit: Limit) -> float:
    """A number a planner would type: down where less is looser, up where more is; three figures, or a tenth of 1 %."""
    if limit.cell_unit == "suppliers":
        step = 1.0
    else:
        step = 1e-3 if limit.is_share else 10.0 ** (math.floor(math.log10(max(abs(value), 1e-6))) - 2)
    # What is a multiple of the step but for rounding stays so.
    steps = value / step
    whole = math.floor(steps + 1e-6) if limit.side == LEAST else math.ceil(steps - 1e-6)
    return max(round(whole * step, 10), 0.0)


def _answer(elastic: Elastic, slacks: Slacks) -> Answer:
    solution = read(elastic.path, elastic.instance.layout, slacks.x)
    return Answer(elastic.scenario, elastic.tree, solution)


def _share(elastic: Elastic, slacks: Slacks, cell: Cell) -> float:
    """The least (or largest) share of arrivals from a limit's target in any future and window."""
    limit: t.Limit = row_named(elastic.scenario, "limits", cell[1])
    answer = _answer(elastic, slacks)
    flows = pd.concat([arrivals(answer).rename(columns={"released_kg": "kg"}), conversion(answer)])
    counts = [elastic.scenario.counts(limit, material) for material in flows["material"]]
    flows = flows[np.array(counts, dtype=bool)]
    joined = paths(answer)[["future", "period", "node"]].merge(flows, on="node")
    joined = joined[joined["period"].isin(elastic.path.calendar.within(limit.from_, limit.until))]
    joined["window"] = answer.years[joined["period"]] if limit.per == "year" else "horizon"
    groups = joined.groupby(["future", "window"])
    target = joined["kg"].where(joined[limit.scope] == limit.target, 0.0)
    shares = target.groupby([joined["future"], joined["window"]]).sum() / groups["kg"].sum()
    shares = shares.dropna()
    return float(shares.min() if cell[2] == "min_share" else shares.max())


def _average_loss(elastic: Elastic, slacks: Slacks, segment: str) -> float:
    """The largest average loss of efficiency of a segment at any node."""
    built = build(_answer(elastic, slacks))
    built = built[built["segment"] == segment]
    loss = (built["units"] * built["efficiency_loss_pp"]).groupby(built["node"]).sum()
    return float((loss / built.groupby("node")["units"].sum()).max())

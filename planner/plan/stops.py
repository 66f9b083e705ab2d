"""Which lines stop first, when, and what that costs, in each future."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from planner.plan.answer import frame
from planner.plan.outcome import stopped
from planner.plan.tables import by_future


def stops(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row for each future and product line that units of are lost or wait."""
    shortage = tables["shortage"]
    shortage = shortage.assign(first=shortage["month"].where(stopped(shortage)))
    hit = shortage.groupby("segment")["first"].transform("count") > 0
    rows = by_future({**tables, "hit": shortage[hit]}, "hit")
    keys = ["future", "segment"]
    sums = rows.groupby(keys, sort=False)[["demand", "built", "lost", "shortage_cost", "delay_cost"]].sum()
    at_end = rows[rows["month"] == rows["month"].max()].set_index(keys)["late"]
    found = sums.assign(first_shortage=rows.groupby(keys, sort=False)["first"].min(), late=at_end)
    # What is built, lost or waits at the end is what was asked for and what waited at the start.
    asked = found["built"] + found["lost"] + found["late"]
    found["service"] = (found["built"] / asked).where(asked > 0, 1.0)
    return frame("stops", found[found["first_shortage"].notna()].reset_index())

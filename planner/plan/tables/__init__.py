"""The tables of a plan, each declared once: report, JSON, page and audit read them from here.

Rows of decisions are by node of the tree of futures (what is known at a period). The table `paths`
says which node each future is in at each period: `by_future` joins the two.
Only rows that are not zero are kept, but for `shortage`, which has every segment at every node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.plan.tables.column import Column, PlanTable
from planner.plan.tables.costs import CASH_KINDS, COST_KINDS
from planner.plan.tables.grounds import GROUNDS
from planner.plan.tables.licences import LICENCES
from planner.plan.tables.outcome import OUTCOME
from planner.plan.tables.production import PRODUCTION
from planner.plan.tables.supply import SUPPLY
from planner.plan.tables.why import WHY

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CASH_KINDS", "COST_KINDS", "PLAN_TABLE", "PLAN_TABLES", "Column", "PlanTable", "by_future"]

PLAN_TABLES: tuple[PlanTable, ...] = (*SUPPLY, *LICENCES, *PRODUCTION, *OUTCOME, *WHY, *GROUNDS)
"""Every table, in the order in which they are shown."""

PLAN_TABLE: dict[str, PlanTable] = {table.name: table for table in PLAN_TABLES}
"""The plan tables by name."""


def by_future(tables: dict[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """A table by node, joined by future: a row for each future that is in the row's node.

    The columns are `future` and those of the table; rows are in order of future and then as they stood.
    """
    paths = tables["paths"][["future", "node"]]
    order = {future: place for place, future in enumerate(tables["futures"]["future"])}
    joined = paths.merge(tables[name], on="node", how="inner", sort=False)
    joined = joined.iloc[joined["future"].map(order).argsort(kind="stable")]
    return joined.reset_index(drop=True)

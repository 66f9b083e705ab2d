"""The sheet Do now: what is decided before the first period and done in it, as a list to tick off."""

from __future__ import annotations

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.summary import first_nodes
from planner.plan.tables import Column, PlanTable
from planner.report.view import Total, View

_CHECKLIST = (
    Column("done", "text", "", "to tick off"),
    Column("do_it", "flag", "", "whether the plan does it"),
    Column("decision", "text", "", "what is to be decided"),
    Column("item", "text", "", "licence, offer, design or expansion"),
    Column("supplier", "text", "", "supplier"),
    Column("material", "text", "", "material"),
    Column("licence", "text", "", "licence that the order needs"),
    Column("undertaking", "text", "", "undertaking that binds the material; blank: free"),
    Column("when", "text", "", "by when it is to be done"),
    Column("kg", "number", "kg", "ordered"),
    Column("kg_per_period", "number", "kg/period", "capacity kept or added"),
    Column("landed_price_per_kg", "number", "base currency/kg", "price with freight, duty and currency"),
    Column("cost", "number", "base currency", "paid now; of an order, its landed price if all of it is released"),
    Column("ready_in", "text", "", "month in which it arrives or can be used first; blank: after the horizon"),
    Column("futures", "text", "", "futures in which it is to be done"),
)

_DECISIONS = {"apply": "apply for licence", "sign": "sign offer", "keep": "keep capacity"}
_TICK, _NOT_TAKEN = "☐", '=$B2="no"'


def checklist(table: PlanTable, plan: Plan, names: pd.Series) -> View:
    """What is decided before the first period, taken or not, and what the plan does in the first period.

    `names` are the futures of each node, in words.
    """
    month, nodes = first_nodes(plan)
    now = plan.tables["now_decisions"]
    now = now.rename(columns={"taken": "do_it"})
    now = now.assign(decision=now["decision"].map(_DECISIONS), when=f"before {month}", futures="all futures")
    parts = [now]
    for step in (_orders, _qualifications, _expansions):
        found = step(plan.tables)
        found = found[found["node"].isin(nodes)]
        parts.append(found.assign(do_it=True, when=found["month"], futures=found["node"].map(names)))
    rows = pd.concat([part.astype(object) for part in parts if len(part)] or parts[:1], ignore_index=True)
    rows["done"] = rows["do_it"].map({True: _TICK, False: ""})
    rows = rows.sort_values("do_it", ascending=False, kind="stable").reindex(columns=[c.name for c in _CHECKLIST])
    meaning = "what must be decided before the first period, taken or not, and what is done in the first period"
    # Where what is done depends on the future, costs of several futures do not add up.
    totals: dict[str, Total] = {"cost": "sum"} if len(nodes) == 1 else {}
    return View(table.name, table.title, meaning, _CHECKLIST, rows, faint=_NOT_TAKEN, totals=totals)


def _orders(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = tables["orders"].rename(columns={"offer": "item", "arrives": "ready_in"})
    return found.assign(decision="order", cost=found["kg"] * found["landed_price_per_kg"])


def _qualifications(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = tables["qualification"].rename(columns={"design": "item", "usable": "ready_in"})
    return found.assign(decision="start qualifying design")


def _expansions(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = tables["expansion"].rename(columns={"expansion": "item", "available": "ready_in"})
    return found.assign(decision="expand capacity")

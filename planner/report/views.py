"""What stands on each sheet: the plan's tables as planners read them.

A plan's decisions are by node of the tree; planners think in futures. So a table by node says first in which
futures a row holds, and how probable these are together; the node's number comes last.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.summary import first_nodes
from planner.plan.tables import COST_KINDS, PLAN_TABLES, Column, PlanTable

_ROOM = 72
"""Characters that the futures of a row may take; those beyond are counted."""

FUTURES = Column("futures", "text", "", "futures in which this holds, as far as is known in that month")
PROBABILITY = Column("probability", "share", "share", "of these futures together")


@dataclass(frozen=True)
class View:
    """A table as a sheet shows it; `rows` has a column for each of `columns`.

    `faint` is Excel's condition, as for line 2, for a row to be shown in grey.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    faint: str = ""


def views(plan: Plan) -> list[View]:
    """Every table of a plan, in the order of the sheets."""
    names = futures_by_node(plan)
    return [_view(table, plan, names) for table in PLAN_TABLES]


def _view(table: PlanTable, plan: Plan, names: pd.Series) -> View:
    if table.name == "now_decisions":
        return _checklist(table, plan, names)
    rows = plan.tables[table.name]
    if table.name == "costs":
        return _costs(table, rows)
    if "node" not in table.names or "future" in table.names:
        return View(table.name, table.title, table.meaning, table.columns, rows)
    rows = rows.sort_values(["month", "node"], kind="stable")
    columns, rows = _with_futures(table.columns, rows, plan, names)
    return View(table.name, table.title, table.meaning, columns, rows)


def _costs(table: PlanTable, rows: pd.DataFrame) -> View:
    """The costs, and in words what each kind is."""
    place = table.names.index("kind") + 1
    columns = (*table.columns[:place], Column("what", "text", "", "what this kind of cost is"), *table.columns[place:])
    return View(table.name, table.title, table.meaning, columns, rows.assign(what=rows["kind"].map(COST_KINDS)))


def futures_by_node(plan: Plan) -> pd.Series:
    """The futures in each node, in words."""
    known = len(plan.tables["futures"])
    members = plan.tables["paths"].groupby("node")["future"].agg(list)
    return members.map(lambda names: _named(names, known))


def _named(names: list[str], known: int) -> str:
    if len(names) == known:
        return "all futures"
    for told in range(min(len(names), _ROOM // 3), 1, -1):
        rest = f" and {len(names) - told} more" if told < len(names) else ""
        text = ", ".join(names[:told]) + rest
        if len(text) <= _ROOM:
            return text
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _with_futures(
    columns: tuple[Column, ...], rows: pd.DataFrame, plan: Plan, names: pd.Series
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    probability = plan.tables["nodes"].set_index("node")["probability"]
    rows = rows.assign(futures=rows["node"].map(names), probability=rows["node"].map(probability))
    node = tuple(column for column in columns if column.name == "node")
    others = tuple(column for column in columns if column.name not in ("node", "probability"))
    return (FUTURES, PROBABILITY, *others, *node), rows


# --- the checklist ----------------------------------------------------------------------------------

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


def _checklist(table: PlanTable, plan: Plan, names: pd.Series) -> View:
    """What is decided before the first period, taken or not, and what the plan does in the first period."""
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
    return View(table.name, table.title, meaning, _CHECKLIST, rows, _NOT_TAKEN)


def _orders(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = tables["orders"].rename(columns={"offer": "item", "arrives": "ready_in"})
    return found.assign(decision="order", cost=found["kg"] * found["landed_price_per_kg"])


def _qualifications(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = tables["qualification"].rename(columns={"design": "item", "usable": "ready_in"})
    return found.assign(decision="start qualifying design")


def _expansions(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    found = tables["expansion"].rename(columns={"expansion": "item", "available": "ready_in"})
    return found.assign(decision="expand capacity")

"""What stands on each sheet: the plan's tables as planners read them.

A plan's decisions are by node of the tree; planners think in futures. So a table by node has a row for each future
that the node is in, to be filtered and pivoted by future and period, and says which futures share it. Each future's
probability stands beside it: what adds up is reported on average, so that it is the plan's own figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import COST_KINDS, PLAN_TABLES, Column, PlanTable, by_future
from planner.plan.tables.column import text
from planner.present.assumptions import EVERY, assumptions
from planner.present.checklist import checklist
from planner.present.limits import WITH, WITHOUT, WORTH, binding_first, with_worth
from planner.present.view import PROBABILITY, Total, View
from planner.present.words import Wording
from planner.scenario.load import Loaded

_ROOM = 28
"""Characters that the futures of a row may take; those beyond are counted."""

FUTURE = Column("future", "text", "", "future")
FUTURES = Column("futures", "text", "", "futures in which this holds, as far as is known in that month")
SHARED = Column("shared_by", "text", "", "futures that cannot be distinguished in that month, and so share this row")
ASSUMES = Column("assumes", "words", "", "what happens in this future and not in all")
MEASURED = Column("measured_in", "text", "", "kg; or pieces, of bought-in motors, rotors and modules")
WHAT = Column("what", "text", "", "what this kind of cost is")

_ADD_UP = frozenset({"kg", "units", "base currency"})
"""Units of what adds up over months, materials and product lines; prices, rates and capacities do not."""

_LEVELS = frozenset({
    ("stock", "kg"), ("cover", "kg"), ("shortage", "late"), ("waiting", "held_kg"), ("waiting", "advanced"),
    ("eligible", "units"),
})  # fmt: skip
"""What is counted at each period's end does not add up over periods."""

_ONCE = frozenset({"qualification", "expansion", "nodes"})
"""Tables that read better with a row a node, as what stands in them happens once: the futures stand in a list."""

_ALSO: Mapping[str, Mapping[str, Total]] = {"futures": {"probability": "sum", "service": "mean"}}

_LONG = frozenset({"old", "new"})
"""Texts that may be long: they go over several lines."""

_BY_HAND = (
    text("freight_mode", "by sea, by air; to be filled in"),
    text("dates", "of stamps, courier and acceptance; to be filled in"),
    text("result", "granted, returned or refused, and when; to be filled in"),
)
"""What becomes of an application, which no plan knows: places to write it down."""

_CERTIFICATES = (
    "In each pool and material what came first is used first; what is used in one period goes alike. Feedstock belongs "
    "to the product line that uses the magnet. Per future, the kg add up to what arrives under the undertaking."
)


def views(loaded: Loaded, plan: Plan) -> list[View]:
    """Every table of a plan, in the order of the sheets."""
    names = futures_by_node(plan)
    return [_view(table, loaded, plan, names) for table in PLAN_TABLES]


def _view(table: PlanTable, loaded: Loaded, plan: Plan, names: pd.Series) -> View:
    if table.name == "now_decisions":
        return checklist(table, loaded.scenario, plan, names)
    if table.name == "limits_used":
        return _limits(table, loaded, plan, names)
    columns, rows, notes = table.columns, plan.tables[table.name], tuple[str, ...]()
    wording = Wording(loaded.scenario.settings.currency)
    if table.name == "costs":
        columns, rows = _after("kind", WHAT, columns), rows.assign(what=rows["kind"].map(COST_KINDS))
    if table.name == "futures":
        columns, rows, notes = _with_assumptions(columns, rows, loaded)
    if table.name == "certificates" and len(rows):
        notes = (_CERTIFICATES,)
    columns = tuple(replace(column, kind="note") if column.name in _LONG else column for column in columns)
    if "unit" in table.names:
        rows = rows.assign(unit=rows["unit"].map(wording.unit))
    columns, rows = _by_future(table, columns, rows, plan, names)
    columns, rows = _completed(table, columns, rows, loaded.scenario.counted)
    empty = table.on_request if table.on_request and not plan.explained else "none"
    totals = {name: how for name, how in _totals(table, columns).items() if not _is_mixed(name, columns)}
    return View(table.name, table.title, table.meaning, columns, rows, notes=notes, totals=totals, empty=empty)


def _by_future(
    table: PlanTable, columns: tuple[Column, ...], rows: pd.DataFrame, plan: Plan, names: pd.Series
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    """The rows with the futures in which they hold, and how probable these are."""
    if "future" in table.names:
        return _with_probability(table, columns, rows, plan)
    if table.name in _ONCE:
        return _with_futures(columns, rows, plan, names)
    return _each_future(table, columns, plan, names) if "node" in table.names else (columns, rows)


def _completed(
    table: PlanTable, columns: tuple[Column, ...], rows: pd.DataFrame, counted: frozenset[str]
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    """With the columns that only people need: in what a row is measured, and places to fill in."""
    if "material" in table.names and counted:
        columns, rows = _measured(columns, rows, counted)
    return _with_places(columns, rows) if table.name == "filings" else (columns, rows)


def _measured(
    columns: tuple[Column, ...], rows: pd.DataFrame, counted: frozenset[str]
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    """Behind the material, whether a row's kg are pieces."""
    units = rows["material"].isin(counted).map({True: "pieces", False: "kg"})
    return _after("material", MEASURED, columns), rows.assign(measured_in=units)


def _is_mixed(name: str, columns: tuple[Column, ...]) -> bool:
    """Whether a column holds kg of some rows and pieces of others, which do not add up."""
    unit = next((column.unit for column in columns if column.name == name), "")
    return unit == "kg" and any(column.name == MEASURED.name for column in columns)


def _with_places(columns: tuple[Column, ...], rows: pd.DataFrame) -> tuple[tuple[Column, ...], pd.DataFrame]:
    """Behind the models, places for what becomes of an application."""
    for column in reversed(_BY_HAND):
        columns = _after("models", column, columns)
    return columns, rows.assign(**{column.name: "" for column in _BY_HAND})


def _limits(table: PlanTable, loaded: Loaded, plan: Plan, names: pd.Series) -> View:
    wording = Wording(loaded.scenario.settings.currency)
    rows = _in_per_cent(plan.tables[table.name], wording)
    if plan.explained:
        rows = with_worth(rows, plan, wording)
    (*where, node), rows = _with_futures(table.columns[:1], binding_first(rows), plan, names)
    columns = (*table.columns[1:], *(WORTH if plan.explained else ()), *where, node)
    note = WITH if plan.explained else WITHOUT
    return View(table.name, table.title, table.meaning, columns, rows, notes=(note,), keys=3)


def _in_per_cent(rows: pd.DataFrame, wording: Wording) -> pd.DataFrame:
    """Figures of several units in one column: shares in %, so that they need no more decimals than the others."""
    factor = rows["unit"].eq("share") * 99.0 + 1.0
    scaled = {name: rows[name].astype(float) * factor for name in ("used", "limit", "slack")}
    return rows.assign(
        **scaled, unit=rows["unit"].replace({"share": "%", "percentage points": "% points"}).map(wording.unit)
    )


def _after(name: str, new: Column, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    place = [column.name for column in columns].index(name) + 1
    return (*columns[:place], new, *columns[place:])


def _totals(table: PlanTable, columns: tuple[Column, ...]) -> dict[str, Total]:
    """Which columns add up, and how: on average where rows hold in some futures only."""
    if not any(column.name == PROBABILITY.name for column in columns):
        return {}
    found: dict[str, Total] = {
        column.name: "mean"
        for column in table.columns
        if column.kind == "number" and column.unit in _ADD_UP and (table.name, column.name) not in _LEVELS
    }
    return found | dict(_ALSO.get(table.name, {}))


def _with_assumptions(
    columns: tuple[Column, ...], rows: pd.DataFrame, loaded: Loaded
) -> tuple[tuple[Column, ...], pd.DataFrame, tuple[str, ...]]:
    """The futures, each with what it assumes, and what all of them do."""
    assumed = assumptions(loaded.scenario)
    everywhere = assumed[EVERY]
    notes = (f"In every future: {everywhere}.",) if everywhere else ()
    return (*columns, ASSUMES), rows.assign(assumes=rows["future"].map(assumed).fillna("")), notes


def futures_by_node(plan: Plan) -> pd.Series:
    """The futures in each node, in words."""
    known = len(plan.tables["futures"])
    members = plan.tables["paths"].groupby("node")["future"].agg(list)
    return members.map(lambda names: _named(names, known))


def _named(names: list[str], known: int) -> str:
    if len(names) == known:
        return "all futures"
    for said in range(min(len(names), _ROOM // 3), 1, -1):
        rest = f" and {len(names) - said} more" if said < len(names) else ""
        text = ", ".join(names[:said]) + rest
        if len(text) <= _ROOM:
            return text
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _with_probability(
    table: PlanTable, columns: tuple[Column, ...], rows: pd.DataFrame, plan: Plan
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    if "probability" in table.names or "node" in table.names:
        return columns, rows
    probability = plan.tables["futures"].set_index("future")["probability"]
    return _after("future", PROBABILITY, columns), rows.assign(probability=rows["future"].map(probability))


def _each_future(
    table: PlanTable, columns: tuple[Column, ...], plan: Plan, names: pd.Series
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    """A row for each future of each node."""
    rows = by_future(plan.tables, table.name)
    probability = plan.tables["futures"].set_index("future")["probability"]
    rows = rows.assign(probability=rows["future"].map(probability), shared_by=rows["node"].map(names))
    node = tuple(column for column in columns if column.name == "node")
    others = tuple(column for column in columns if column.name != "node")
    return (FUTURE, PROBABILITY, *others, SHARED, *node), rows


def _with_futures(
    columns: tuple[Column, ...], rows: pd.DataFrame, plan: Plan, names: pd.Series
) -> tuple[tuple[Column, ...], pd.DataFrame]:
    probability = plan.tables["nodes"].set_index("node")["probability"]
    rows = rows.assign(futures=rows["node"].map(names), probability=rows["node"].map(probability))
    node = tuple(column for column in columns if column.name == "node")
    others = tuple(column for column in columns if column.name not in ("node", "probability"))
    return (FUTURES, PROBABILITY, *others, *node), rows

"""The sheet Do now: what is decided before the first period and done in it, as a list to tick off."""

from __future__ import annotations

import pandas as pd

from planner.catalogue.decisions import DECISION
from planner.plan.plan import Plan
from planner.plan.tables import Column, PlanTable
from planner.present.figures import applied_before, first_nodes
from planner.present.periods import Periods
from planner.present.view import PROBABILITY, Total, View
from planner.present.words import capital
from planner.scenario.scenario import Scenario

_CHECKLIST = (
    Column("do_it", "flag", "", "to tick off; no: the plan does not do it"),
    Column("decision", "text", "", "what is to be decided"),
    Column("item", "text", "", "licence, offer, design or expansion"),
    Column("supplier", "text", "", "supplier"),
    Column("for", "text", "", "material of an offer, product line of a design, or what is expanded"),
    Column("licence", "text", "", "licence that the offer needs"),
    Column("undertaking", "text", "", "undertaking that binds the material; blank: free"),
    Column("deadline", "text", "", "by when it is to be done"),
    Column("kg", "number", "kg", "ordered"),
    Column("kg_per_period", "number", "kg/period", "capacity"),
    Column("landed_price_per_kg", "number", "base currency/kg", "price with freight, duty and currency"),
    Column("cost", "number", "base currency", "paid now; of an order, its landed price if all of it is released"),
    Column("ready_in", "text", "", "month in which it arrives or can be used first; blank: after the horizon"),
)
_OTHERWISE = (
    Column(
        "costs_more_otherwise", "number", "base currency", "how much more the best plan costs that decides otherwise"
    ),
)
_WHERE = (Column("futures", "text", "", "futures in which it is to be done"), PROBABILITY)

WITHOUT = "What it would cost not to do it, or to do what is left, is not known of this plan: solve with --why."
WITH = (
    "Costs more otherwise: how much more the best plan costs that leaves it out, or does what this one leaves, all "
    "else planned again; of orders it is not tried, as another month or offer takes their place."
)

_TICKS, _NOT_TAKEN = {True: "☐", False: "no"}, '=$A{line}="no"'


def checklist(table: PlanTable, scenario: Scenario, plan: Plan, names: pd.Series) -> View:
    """What is decided before the first period, taken or not, and what the plan does in the first period.

    `names` are the futures of each node, in words.
    """
    now, first = _now(scenario, plan), _first(scenario, plan, names)
    parts = [part for part in (now, first, _not_qualified(scenario, plan)) if len(part)]
    rows = pd.concat([part.astype(object) for part in parts] or [now], ignore_index=True)
    # Where what is done depends on the future, it is reported in which, and what it costs on average.
    where = _WHERE if len(first_nodes(plan)[1]) > 1 else ()
    if plan.explained:
        rows = _with_cost_of_other(rows, plan)
    columns = (*_listed(rows), *(_OTHERWISE if plan.explained else ()), *where)
    rows["for"] = _what_for(rows)
    rows["decision"] = rows["decision"].replace("apply", DECISION["apply"].do)
    rows = rows.sort_values("do_it", ascending=False, kind="stable")
    meaning = "what must be decided before the first period, taken or not, and what is done in the first period"
    note = WITH if plan.explained else WITHOUT
    total: Total = "mean" if where else "sum"
    totals = {"kg": total, "cost": total}
    remarks = _remarks(rows) if plan.explained else ()
    shown = rows.reindex(columns=[column.name for column in columns])
    return View(
        table.name, table.title, meaning, columns, shown, _NOT_TAKEN, notes=(note,), totals=totals, flags=_TICKS,
        remarks=remarks,
    )  # fmt: skip


def _remarks(rows: pd.DataFrame) -> tuple[str, ...]:
    """Why it is not known what deciding otherwise costs, or what to mind of it: below the table, as they are long."""
    said = rows[rows["note"].fillna("") != ""]
    named = zip(said["decision"], said["item"], said["note"], strict=True)
    lines = [f"{capital(decision)} {item}: {note}." for decision, item, note in named]
    return ("What it costs otherwise, in more detail:", *lines) if lines else ()


def _what_for(rows: pd.DataFrame) -> pd.Series:
    """An offer's material, a design's product line or an expansion's target: no row has two of them."""
    named = rows.reindex(columns=["material", "segment", "target"]).astype(object).fillna("").astype(str)
    return named["material"] + named["segment"] + named["target"]


def _listed(rows: pd.DataFrame) -> tuple[Column, ...]:
    """The columns of the list; of capacity none where none is kept or added, to keep the sheet narrow."""
    has_capacity = pd.to_numeric(rows["kg_per_period"]).fillna(0.0).gt(0).any()
    return tuple(column for column in _CHECKLIST if column.name != "kg_per_period" or has_capacity)


def _now(scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Licences, offers to sign and capacities to keep."""
    found = plan.tables["now_decisions"].rename(columns={"taken": "do_it"})
    found = found[~((found["decision"] == "apply") & found["item"].isin(applied_before(scenario)))]
    licences = {row.offer: row.licence or "" for row in scenario.offers}
    is_offer = found["decision"] != "apply"
    return found.assign(
        deadline=f"before {first_nodes(plan)[0]}",
        futures="all futures",
        probability=1.0,
        licence=found["item"].where(~is_offer, found["item"].map(licences)),
    )


def _first(scenario: Scenario, plan: Plan, names: pd.Series) -> pd.DataFrame:
    """What is ordered and started in the first period."""
    month, nodes = first_nodes(plan)
    weight = plan.tables["nodes"].set_index("node")["probability"]
    found = pd.concat([_ordered(plan), _started(plan, "qualification"), _started(plan, "expansion")])
    found = found[found["node"].isin(nodes)]
    deadline = f"by {Periods(scenario.calendar).end(month)}"
    return found.assign(
        do_it=True, deadline=deadline, futures=found["node"].map(names), probability=found["node"].map(weight)
    )


def _ordered(plan: Plan) -> pd.DataFrame:
    found = plan.tables["orders"].rename(columns={"offer": "item", "arrives": "ready_in"})
    return found.assign(decision="order", cost=found["kg"] * found["landed_price_per_kg"]).astype(object)


_STARTED = {
    "qualification": ("qualify", {"design": "item", "usable": "ready_in"}),
    "expansion": ("expand", {"expansion": "item", "available": "ready_in"}),
}


def _started(plan: Plan, name: str) -> pd.DataFrame:
    decision, named = _STARTED[name]
    return plan.tables[name].rename(columns=named).assign(decision=decision).astype(object)


def _not_qualified(scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """Designs that could be started on now and are not, of which it is known what that would cost."""
    found = plan.tables["not_taken"]
    found = found[found["decision"] == "qualify"][["decision", "item"]]
    segments = {row.design: row.segment for row in scenario.designs}
    deadline = f"by {Periods(scenario.calendar).end(first_nodes(plan)[0])}"
    return found.assign(
        do_it=False, deadline=deadline, segment=found["item"].map(segments), cost=0.0, futures="all futures",
        probability=1.0,
    )  # fmt: skip


def _with_cost_of_other(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """The rows with what it would cost to decide otherwise, where that was tried."""
    keys = ["decision", "item"]
    other = pd.concat([plan.tables[name][[*keys, "cost", "note"]] for name in ("left_out", "not_taken")])
    other = other.rename(columns={"cost": "costs_more_otherwise"}).astype(object)
    return rows.merge(other, on=keys, how="left")

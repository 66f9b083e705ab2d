"""What the page shows of a plan, made from the plan's own sentences, figures, series and tables; and of none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from planner.plan.explanation import Explanation
from planner.plan.plan import Plan
from planner.plan.tables import COST_KINDS, by_future
from planner.present.figures import Figure, arrivals_by_country, figures, main_source, service_by_sector, weighed
from planner.present.flows import flows
from planner.present.headings import decimals, heading
from planner.present.series import (
    DEMAND,
    MOST_FUTURES,
    classes,
    cost_by_future,
    cost_by_kind,
    demand_by_month,
    in_words,
    limits_by_year,
    shares_by_year,
    sourcing_by_year,
)
from planner.present.summary import headline, question
from planner.present.view import View
from planner.present.views import views
from planner.present.words import Wording, capital
from planner.scenario.load import Loaded
from planner.serve.charts import Chart, along, heat, number, of_flows
from planner.serve.words import on_page

Document = dict[str, Any]

_KINDS = 5
"""Kinds of cost that are told apart in a stack; the rest are one."""


def answer(loaded: Loaded, plan: Plan) -> Document:
    """The summary: what was asked, the sentences, the figures, and what to do now."""
    wording = Wording(loaded.scenario.settings.currency)
    return {
        "title": loaded.scenario.settings.title,
        "currency": loaded.scenario.settings.currency,
        "status": plan.status,
        "explained": plan.explained,
        "question": question(loaded, plan),
        "sentences": [on_page(sentence) for sentence in headline(loaded, plan)],
        "figures": [_figure(figure, wording) for figure in figures(loaded, plan)],
        "service": service_by_sector(loaded, plan).to_dict("records"),
        "warnings": [str(warning) for warning in loaded.warnings],
        "provenance": plan.provenance,
        "audit": plan.audit,
    }


def key_figures(loaded: Loaded, plan: Plan) -> Document:
    """Headline figures by name, for lists."""
    return {figure.name: figure.value for figure in figures(loaded, plan)}


def _figure(figure: Figure, wording: Wording) -> Document:
    told = {"name": figure.name, "label": figure.label, "kind": figure.kind, "meaning": capital(figure.meaning)}
    return told | {"value": number(figure.value), "text": wording.figure(figure.kind, figure.value)}


# --- tables ---------------------------------------------------------------------------------------


def tables(loaded: Loaded, plan: Plan) -> list[Document]:
    """Every table as the report shows it."""
    wording = Wording(loaded.scenario.settings.currency)
    return [_table(view, wording) for view in views(loaded, plan)]


def _table(view: View, wording: Wording) -> Document:
    columns = []
    for column in view.columns:
        values = view.rows[column.name]
        numeric = column.kind in ("number", "count", "share")
        places = decimals(column, pd.to_numeric(values).astype(float)) if numeric else 0
        columns.append(
            {
                "name": column.name,
                "heading": heading(column, wording),
                "kind": column.kind,
                "decimals": places,
                "meaning": capital(column.meaning),
            }
        )
    listed = [[_plain(value, column.kind) for value in view.rows[column.name].tolist()] for column in view.columns]
    return {
        "name": view.name,
        "title": view.title,
        "meaning": capital(view.meaning),
        "notes": [on_page(note) for note in view.notes],
        "empty": on_page(view.empty),
        "columns": columns,
        "totals": {name: number(view.total(name)) for name in view.totals} if len(view.rows) else {},
        "rows": [list(row) for row in zip(*listed, strict=True)],
    }


def _plain(value: Any, kind: str) -> Any:
    if value is None or bool(pd.isna(value)):
        return None
    if kind == "flag":
        return bool(value)
    return number(value) if kind in ("number", "count", "share") else str(value)


# --- charts ---------------------------------------------------------------------------------------


def charts(loaded: Loaded, plan: Plan) -> list[Document]:
    """The charts that there are figures for, from the series that the report draws too."""
    wording = Wording(loaded.scenario.settings.currency)
    return [chart.document() for chart in (*_sourcing(loaded, plan), *_costs(plan, wording), *_demand(plan))]


def _sourcing(loaded: Loaded, plan: Plan) -> Iterator[Chart]:
    source = main_source(plan)
    if source is not None:
        rows = sourcing_by_year(plan)
        title = f"{capital(source.what)} arriving, by country, on average"
        yield along("sourcing", title, rows, unit="kg", along="financial year", by_country=True)
    months = _arrivals_by_month(plan)
    if len(months.columns) > 1:
        title = "All arrivals from offers by month and country, on average"
        yield along("arrivals", title, months, unit="kg", kind="areas", along="period", by_country=True)
    links = flows(loaded.scenario, plan)
    if len(links):
        title = "From country to supplier, material and product line, on average over the horizon"
        yield of_flows("flows", title, links)
    for name in classes(loaded.scenario, plan):
        yield _shares(loaded, plan, name)


def _arrivals_by_month(plan: Plan) -> pd.DataFrame:
    """kg released on average: a column a country, those of the largest five in all years, the rest one."""
    found = weighed(plan, "arrivals")
    kg = found["released_kg"].astype(float) * found["weight"]
    largest = arrivals_by_country(plan).groupby("country")["kg"].sum().sort_values(ascending=False, kind="stable")
    named = [name for name in largest.index if name in set(found["country"])][:_KINDS]
    country = found["country"].where(found["country"].isin(named), "other")
    months = sorted(plan.tables["nodes"]["month"].unique())
    table = kg.groupby([found["month"], country]).sum().unstack(fill_value=0).reindex(months, fill_value=0.0)
    order = [name for name in [*named, "other"] if name in table.columns]
    return table[order].rename_axis(index="month", columns=None).reset_index()


def _shares(loaded: Loaded, plan: Plan, name: str) -> Chart:
    shares = shares_by_year(loaded.scenario, plan, name)
    limits = limits_by_year(loaded.scenario, plan, name)
    against = ", against the limits" if len(limits.columns) > 1 else ""
    title = f"{capital(in_words(name))}: share by country, on average{against}"
    rows, lines = shares.merge(limits, on="year"), limits.columns[1:].tolist()
    return along(
        f"share-{name.replace(' ', '-')}", title, rows,
        unit="share", lines=lines, along="financial year", by_country=True,
    )  # fmt: skip


def _costs(plan: Plan, wording: Wording) -> Iterator[Chart]:
    scale = wording.scale(plan.expected_cost)
    if len(plan.tables["futures"]) > 1:
        rows = _cost_stack(plan).head(MOST_FUTURES)
        chart = along(
            "cost-by-future", "Cost by future", rows,
            unit=scale.name, scale=scale.size, decimals=2, lines=("Expected cost", "CVaR"), along="future",
        )  # fmt: skip
        yield chart
    kinds = cost_by_kind(plan)[["what", "cost"]].rename(columns={"what": "kind", "cost": "Expected cost"})
    if len(kinds):
        title = "What makes up the expected cost"
        yield along(
            "cost-makeup", title, kinds, unit=scale.name, kind="bars", scale=scale.size, decimals=2, along="kind"
        )


def _cost_stack(plan: Plan) -> pd.DataFrame:
    """Column future, then a column a kind of cost, the largest first and the rest as one; then what is expected."""
    order = cost_by_future(plan)
    found = plan.tables["costs"]
    cost = found["discounted"].astype(float)
    table = cost.groupby([found["future"], found["kind"]]).sum().unstack(fill_value=0)
    largest = table.abs().sum().sort_values(ascending=False, kind="stable").index.tolist()
    named = largest if len(largest) <= _KINDS + 1 else largest[:_KINDS]
    stack = table[named].rename(columns=lambda kind: capital(COST_KINDS[kind]))
    if len(named) < len(largest):
        stack = stack.assign(**{"All else": table[largest[len(named) :]].sum(axis=1)})
    stack = stack.reindex(order["future"]).rename_axis(index="future", columns=None).reset_index()
    return stack.assign(**{"Expected cost": plan.expected_cost, "CVaR": plan.cvar})


def _demand(plan: Plan) -> Iterator[Chart]:
    demand = demand_by_month(plan).rename(columns=DEMAND)[["month", *DEMAND.values()]]
    lines = (DEMAND["demand"], DEMAND["late"])
    yield along("demand", "What becomes of demand, on average", demand, unit="units", lines=lines, along="period")
    title = "Shortage by {}: share of the month's demand that is lost or waits"
    futures = _missing(by_future(plan.tables, "shortage"), "future").head(MOST_FUTURES)
    told = title.format("future")
    yield heat("shortage-by-future", told, futures, unit="share", heading="Future", largest=1.0)
    found = weighed(plan, "shortage")
    parts = {name: found[name].astype(float) * found["weight"] for name in ("demand", "lost", "late")}
    segments = _missing(found.assign(**parts), "segment")
    told = f"{title.format('product line')}, on average"
    yield heat("shortage-by-line", told, segments, unit="share", heading="Product line", largest=1.0)


def _missing(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Units lost or waiting as a share of those asked for, at most 1: a row for each of `by`, a column a month."""
    order = rows[by].drop_duplicates().tolist()
    sums = rows.groupby([by, "month"], sort=False)[["demand", "lost", "late"]].sum()
    missing = sums["lost"].astype(float) + sums["late"].astype(float)
    share = (missing / sums["demand"].astype(float).where(sums["demand"] > 0)).clip(0.0, 1.0)
    share = share.fillna((missing > 0).astype(float))
    return share.unstack().reindex(order).sort_index(axis=1)


# --- no plan --------------------------------------------------------------------------------------


def explained(explanation: Explanation, wording: Wording) -> Document:
    """The conflict and the repairs of a scenario that has no plan."""
    return {
        "conflicts": [
            {"heading": title, "reasons": [{"text": r.text, "cells": list(r.cells)} for r in reasons]}
            for title, reasons in explanation.told
        ],
        "repairs_heading": explanation.repairs_heading,
        "repairs": [
            {
                "text": repair.text,
                "cost": wording.money(repair.expected_cost),
                "changes": [
                    {
                        "table": change.table,
                        "key": change.key,
                        "field": change.field,
                        "cell": change.cell,
                        "old": change.old_text,
                        "new": change.new_text,
                    }
                    for change in repair.changes
                ],
            }
            for repair in explanation.repairs
        ],
    }

"""What the page shows of a plan, made from the plan's own sentences, figures, series and tables; and of none."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.plan.explanation import Explanation
from planner.plan.plan import Plan
from planner.present import charts as catalogue
from planner.present import standing
from planner.present.figures import Figure, figures, service_by_sector
from planner.present.headings import decimals, heading
from planner.present.summary import headline, question
from planner.present.view import View
from planner.present.views import views
from planner.present.words import Wording, capital
from planner.scenario.load import Loaded
from planner.serve.charts import Chart, along, heat, number, of_flows
from planner.serve.words import on_page

Document = dict[str, Any]


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
        "standing": list(standing.sentences(loaded.scenario, plan, wording)),
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
    """The charts of the catalogue, as the browser draws them."""
    return [_drawn(chart).document() for chart in catalogue.charts(loaded, plan)]


def _drawn(chart: catalogue.Chart) -> Chart:
    if chart.kind == "flows":
        return of_flows(chart.name, chart.title, chart.rows)
    if chart.kind == "heat":
        heading = capital(chart.along)
        return heat(chart.name, chart.title, chart.rows, unit=chart.unit, heading=heading, largest=1.0)
    return along(
        chart.name, chart.title, chart.rows, unit=chart.unit, kind=chart.kind, decimals=chart.decimals,
        lines=chart.lines, along=chart.along, by_country=chart.by_country,
    )  # fmt: skip


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

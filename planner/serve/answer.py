"""What the page shows of a plan, made from the plan's own sentences, figures, series and tables; and of none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

import pandas as pd

from planner.plan.explanation import Explanation
from planner.plan.plan import Plan
from planner.plan.tables import Column
from planner.present import charts as catalogue
from planner.present import standing
from planner.present.figures import Figure, figures, service_by_sector
from planner.present.headings import decimals, heading
from planner.present.summary import headline, question
from planner.present.view import View
from planner.present.views import views
from planner.present.words import Wording, capital
from planner.report.study import Drawing, Study, StudySheet
from planner.scenario.load import Loaded
from planner.serve.charts import Chart, Series, along, heat, money, number, of_flows
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
        "cover": [_cover(one) for one in standing.covers(loaded.scenario)],
        "stages": [asdict(one) for one in standing.stages(loaded.scenario, plan)],
        "figures": [_figure(figure, wording) for figure in figures(loaded, plan)],
        "service": service_by_sector(loaded, plan).to_dict("records"),
        "warnings": [str(warning) for warning in loaded.warnings],
        "provenance": plan.provenance,
        "audit": plan.audit,
    }


def _cover(one: standing.Cover) -> Document:
    """Days that a magnet lasts, by kind of stock and order; None where it lasts to the horizon's end."""
    days = {name: number(getattr(one, name)) for name in ("free", "bound", "granted", "waiting")}
    return {"material": one.material} | days


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


# --- studies --------------------------------------------------------------------------------------


def study(found: Study) -> tuple[Document, list[Document]]:
    """What a study shows: title, what was asked, sentences and charts; and its tables."""
    wording = Wording(found.currency)
    charts = [chart.document() for sheet in found.sheets for chart in _drawings(sheet, wording)]
    told = {"title": found.title, "asked": found.asked, "currency": found.currency, "charts": charts}
    sentences = [on_page(sentence) for sentence in found.sentences]
    return told | {"sentences": sentences}, [_table(sheet.view, wording) for sheet in found.sheets]


def _drawings(sheet: StudySheet, wording: Wording) -> Iterator[Chart]:
    """The charts of a table of a study, as its workbook has them."""
    view = sheet.view
    if not len(view.rows):
        return
    if sheet.heat:
        names = view.rows[[column.name for column in view.columns[: view.keys]]].agg(" ".join, axis=1)
        cells = view.rows[list(sheet.heat)].set_index(names)
        unit = next(column.unit for column in view.columns if column.name == sheet.heat[0])
        yield heat(view.name, view.title, cells, unit=unit, heading=view.columns[0].name, few_alarm=True)
    for number_, drawing in enumerate(sheet.drawings, start=1):
        yield _drawing(f"{view.name}-{number_}", view, drawing, wording)


def _drawing(name: str, view: View, drawing: Drawing, wording: Wording) -> Chart:
    columns = {column.name: column for column in view.columns}
    first = columns[drawing.amounts[0]]
    every = [value for amount in drawing.amounts for value in pd.to_numeric(view.rows[amount]).astype(float)]
    scale = money(every, wording) if first.unit == "base currency" else None
    size, unit = (scale.size, scale.name) if scale else (1.0, "share" if first.kind == "share" else first.unit)
    x = [_label(value, columns[drawing.along], wording) for value in view.rows[drawing.along].tolist()]
    if drawing.kind == "scatter":
        return _dots(name, view, drawing, wording, (size, unit))
    series = [
        Series(
            heading(columns[amount], wording).partition(" [")[0],
            [None if (found := number(value)) is None else found / size for value in view.rows[amount].tolist()],
        )
        for amount in drawing.amounts
    ]
    table: list[list[Any]] = [[drawing.along, *(one.name for one in series)]]
    table += [[label, *(one.values[place] for one in series)] for place, label in enumerate(x)]
    kind: Literal["bars", "lines"] = "bars" if drawing.kind == "bar" else "lines"
    return Chart(
        name, drawing.title, kind, unit, 2, drawing.along.replace("_", " "), x=x, series=series, table=table
    )  # fmt: skip


def _dots(name: str, view: View, drawing: Drawing, wording: Wording, scale: tuple[float, str]) -> Chart:
    """A point a row, named by the row's first column."""
    along_, up, (size, unit) = drawing.along, drawing.amounts[0], scale
    known = view.rows.dropna(subset=[along_, up])
    points = [
        (str(row.iloc[0]), "", float(row[along_]) / size, float(row[up]) / size, 1.0) for _, row in known.iterrows()
    ]
    heads = [view.columns[0].name, along_, up]
    table: list[list[Any]] = [heads, *([label, x, y] for label, _, x, y, _ in points)]
    columns = {column.name: column for column in view.columns}
    words = [heading(columns[one], wording).partition(" [")[0] for one in (along_, up)]
    return Chart(name, drawing.title, "dots", unit, 2, words[0], words[1], points=points, table=table)


def _label(value: Any, column: Column, wording: Wording) -> str:
    """A figure as it stands along a chart."""
    if column.unit == "base currency":
        return wording.money(float(value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


# --- no plan --------------------------------------------------------------------------------------


def explained(explanation: Explanation, wording: Wording) -> Document:
    """The conflict and the repairs of a scenario that has no plan."""
    return {
        "conflicts": [
            {"heading": title, "reasons": [{"text": r.text, "cells": list(r.cells)} for r in reasons]}
            for title, reasons in explanation.said
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

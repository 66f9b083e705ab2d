"""Outages as the sheets of a workbook."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.outage.survive import Survival
from planner.outage.words import sentences
from planner.plan.tables import Column
from planner.plan.tables.column import money, text
from planner.present.view import View
from planner.report.study import Drawing, Study, StudySheet

_ALL = "all lines together"


def survival_study(found: Survival) -> Study:
    """The workbook of outages."""
    return Study(
        f"When a source stops: {found.loaded.scenario.name}",
        "How long each line can build all its demand when nothing arrives from a source, with what is decided now.",
        tuple(sentences(found)),
        (_heat(found), _lasting(found), _impact(found), _longer(found)),
        found.loaded.scenario.settings.currency,
    )


def _heat(found: Survival) -> StudySheet:
    """Days that lines last, a row a source and a column a line: the heat map."""
    names = [*found.loaded.scenario.segment]
    sources = dict.fromkeys(one.source for one in found.lasting)
    days = {(one.source, one.segment): found.days(one.periods) for one in found.lasting}
    columns = (
        text("kind", "country, licence, supplier or conversion"),
        text("source", "what stops"),
        *(Column(name, "count", "days", "that the line lasts") for name in names),
        Column("all", "count", "days", "that all lines together last"),
    )
    rows = [
        {"kind": source.kind, "source": source.name, "all": days[source, None]}
        | {name: days[source, name] for name in names}
        for source in sources
        if source is not None
    ]
    meaning = "days that each line lasts when nothing arrives from a source"
    view = View("heat", "Time to survive", meaning, columns, _frame(columns, rows), keys=2)
    return StudySheet(view, heat=(*names, "all"))


def _lasting(found: Survival) -> StudySheet:
    columns = (
        text("kind", "country, licence, supplier or conversion"),
        text("source", "what stops"),
        text("segment", "product line"),
        Column("periods", "count", "periods", "from the first in which all its demand can be built"),
        Column("days", "count", "days", "in these periods"),
        text("future", "in which it lasts least"),
    )
    rows = [
        {
            "kind": one.source.kind if one.source else "none",
            "source": one.source.name if one.source else "nothing stops",
            "segment": one.segment or _ALL,
            "periods": one.periods,
            "days": found.days(one.periods),
            "future": one.future,
        }
        for one in (*found.undisturbed, *found.lasting)
    ]
    meaning = "how long each line lasts, in the future in which it lasts least"
    return StudySheet(View("survive", "Who lasts how long", meaning, columns, _frame(columns, rows), keys=3))


def _impact(found: Survival) -> StudySheet:
    columns = (
        text("source", "what stops"),
        Column("periods", "count", "periods", "from the first in which it is out"),
        Column("days", "count", "days", "in these periods"),
        money("cost", "more than without the outage"),
        money("at_least", "by the proven bounds"),
        money("at_most", "by the proven bounds"),
        text("note", "what is to be known about it"),
    )
    rows = [
        {"source": one.source.label, "periods": one.periods, "days": found.days(one.periods)}
        | _money(one.cost, "no plan so")
        for one in found.impacts
    ]
    view = View(
        "impact", "Impact", "what an outage costs by its length", columns, _frame(columns, rows), keys=2,
        empty="not asked for: --impact country/China",
    )  # fmt: skip
    one_source = len({row["source"] for row in rows}) == 1
    return StudySheet(view, (Drawing("Cost by length", "line", "days", ("cost",)),) if one_source else ())


def _longer(found: Survival) -> StudySheet:
    columns = (
        text("source", "what stops"),
        text("segment", "product line"),
        Column("periods", "count", "periods", "that it lasts then"),
        money("cost", "of the plan that lasts so long, more than of the plan"),
        money("at_least", "by the proven bounds"),
        money("at_most", "by the proven bounds"),
        text("does", "what it decides otherwise"),
        text("note", "what is to be known about it"),
    )
    rows = [
        {
            "source": one.source.label,
            "segment": one.segment or _ALL,
            "periods": one.periods,
            "does": ", ".join(one.does),
        }
        | _money(one.cost, "no decision now makes that possible")
        for one in found.extras
    ]
    view = View(
        "longer", "One period longer", "the cheapest way to last a period longer", columns, _frame(columns, rows),
        keys=2, empty="not asked for: --longer country/China",
    )  # fmt: skip
    return StudySheet(view)


def _money(cost: dict[str, Any] | None, without: str) -> dict[str, Any]:
    if cost is None:
        return {"cost": None, "at_least": None, "at_most": None, "note": without}
    note = "" if cost["value"] is not None else "not found in time"
    return {"cost": cost["value"], "at_least": cost["low"], "at_most": cost["high"], "note": note}


def _frame(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[column.name for column in columns])

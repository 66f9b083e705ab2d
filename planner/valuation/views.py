"""What things are worth as tables: of the report's sheets, and of pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from planner.plan.tables import Column
from planner.plan.tables.column import money, share, text
from planner.present.view import View
from planner.report.study import Drawing, Study, StudySheet
from planner.valuation.alternatives import Alternatives
from planner.valuation.frontier import Frontier
from planner.valuation.interval import Interval
from planner.valuation.words import sentences, sentences_of_alternatives, sentences_of_frontier, to_do
from planner.valuation.worth import Worth

_INTERVAL = (
    money("worth", "by the plans found"),
    money("at_least", "by the proven bounds"),
    money("at_most", "by the proven bounds"),
)
_NOTE = Column("note", "note", "", "what is to be known about it")
_TAKEN = Column("taken", "flag", "", "whether the plan does it")


def _interval(worth: Interval | None) -> dict[str, float | None]:
    if worth is None:
        return {"worth": None, "at_least": None, "at_most": None}
    return {"worth": worth.value, "at_least": worth.low, "at_most": worth.high}


def _frame(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[column.name for column in columns])


def _view(name: str, title: str, meaning: str, columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> View:
    return View(name, title, meaning, columns, _frame(columns, rows))


def worth_study(found: Worth) -> Study:
    """The workbook of what things are worth."""
    return Study(
        f"What things are worth: {found.loaded.scenario.name}",
        "Each figure is a difference of optimal plans, with the interval that the proven bounds leave.",
        tuple(sentences(found)),
        tuple(worth_sheets(found)),
        found.loaded.scenario.settings.currency,
    )


def worth_sheets(found: Worth) -> Iterator[StudySheet]:
    """A table for each part that was asked for."""
    if "information" in found.parts:
        yield _information(found)
        yield _curve(found)
    if "licences" in found.parts:
        yield _licences(found)
        yield _bands(found)
        yield _undertakings(found)
    if "decisions" in found.parts:
        yield _decisions(found)
    if "prices" in found.parts:
        yield _negotiation(found)
    if found.break_even is not None:
        yield _break_even(found)


def _information(found: Worth) -> StudySheet:
    columns = (text("what", "what would be known"), *_INTERVAL, _NOTE)
    average = found.average
    rows = [{"what": "everything from the start (EVPI)"} | _interval(found.evpi)]
    said = {"what": "all futures instead of the average (VSS)", "note": average.infinite if average else ""}
    rows.append(said | _interval(average.vss if average else None))
    months = found.loaded.scenario.settings.period_months
    for row in found.notices:
        known = row.licence or "everything"
        rows.append({"what": f"{known}, {row.periods * months} months earlier"} | _interval(row.worth))
    return StudySheet(_view("information", "Information", "what it is worth to know more, or earlier", columns, rows))


def _curve(found: Worth) -> StudySheet:
    """The worth of notice by months, a column for each licence."""
    months = found.loaded.scenario.settings.period_months
    licences = list(dict.fromkeys(row.licence for row in found.notices))
    names = {licence: licence or "everything" for licence in licences}
    columns = (
        Column("months_earlier", "count", "", "how much earlier it is known"),
        *(money(names[licence], f"worth of knowing {names[licence]} earlier") for licence in licences),
    )
    by_periods: dict[int, dict[str, Any]] = {}
    for row in found.notices:
        line = by_periods.setdefault(row.periods, {"months_earlier": row.periods * months})
        line[names[row.licence]] = None if row.worth is None else row.worth.value
    view = _view("notice", "Notice", "the worth of early notice by months", columns, list(by_periods.values()))
    drawing = Drawing("Worth of early notice", "line", "months_earlier", tuple(names[licence] for licence in licences))
    return StudySheet(view, (drawing,) if licences else ())


def _licences(found: Worth) -> StudySheet:
    columns = (
        text("licence", "licence"), text("what", "what is compared with the plan"), *_INTERVAL,
        share("pays_from", "least clearance, the same throughout, from which applying pays: at least"),
        share("pays_by", "the same: at most"),
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for row in found.licences:
        low, high = row.pays_from or (None, None)
        rows.append({"licence": row.licence, "what": "cleared in full"} | _interval(row.certain))
        rows.append(
            {"licence": row.licence, "what": "can be applied for", "pays_from": low, "pays_by": high}
            | _interval(row.option)
        )
    return StudySheet(_view("licences", "Licences", "what each licence is worth", columns, rows))


def _bands(found: Worth) -> StudySheet:
    columns = (text("licence", "licence"), share("clearance", "assumed, the same throughout"), *_INTERVAL)
    rows = [
        {"licence": row.licence, "clearance": clearance} | _interval(worth)
        for row in found.licences
        for clearance, worth in row.band
    ]
    meaning = "what each licence is worth where so much is cleared"
    return StudySheet(_view("bands", "Licences by clearance", meaning, columns, rows))


def _undertakings(found: Worth) -> StudySheet:
    columns = (text("undertaking", "undertaking"), text("what", "what is compared with the plan"), *_INTERVAL)
    rows: list[dict[str, Any]] = []
    for row in found.undertakings:
        rows.append({"undertaking": row.undertaking, "what": "can be given"} | _interval(row.option))
        rows.append({"undertaking": row.undertaking, "what": "its promise"} | _interval(row.promise))
    return StudySheet(_view("undertakings", "Undertakings", "what undertakings are worth and cost", columns, rows))


def _decisions(found: Worth) -> StudySheet:
    columns = (
        text("decision", "what is decided now"), text("item", "of which licence or offer"), _TAKEN, *_INTERVAL,
        Column("either_way", "flag", "", "whether its opposite costs nothing"), _NOTE,
    )  # fmt: skip
    optimum = found.rp.objective
    rows = [
        {"decision": row.kind, "item": row.item, "taken": row.taken, "note": row.note}
        | {"either_way": row.opposite is not None and row.opposite.is_nothing(optimum)}
        | _interval(row.opposite)
        for row in found.decisions
    ]
    meaning = "what the opposite of each decision for now would cost"
    view = _view("opposites", "Decisions", meaning, columns, rows)
    return StudySheet(view, (Drawing("What the opposite would cost", "bar", "item", ("worth",)),))


def _negotiation(found: Worth) -> StudySheet:
    columns = (
        text("offer", "offer"), text("supplier", "who sells it"), text("material", "what is sold"),
        text("currency", "of the price"), _TAKEN, text("term", "what is negotiated"),
        Column("now", "number", "", "what the offer says"),
        Column("from", "number", "", "just signed (or dropped): at least"),
        Column("to", "number", "", "just signed (or dropped): at most"), _NOTE,
    )  # fmt: skip
    scenario, rows = found.loaded.scenario, []
    for row in found.prices:
        offer = scenario.offer[row.offer]
        low, high = row.break_even or (None, None)
        facts = {"offer": row.offer, "supplier": offer.supplier, "material": offer.material, "taken": row.taken}
        facts |= {"currency": offer.currency or scenario.settings.currency, "term": row.field}
        rows.append(facts | {"now": row.now, "from": low, "to": high, "note": row.note})
    meaning = "the terms at which each offer is just signed or dropped"
    return StudySheet(_view("negotiation", "Negotiation", meaning, columns, rows))


def _break_even(found: Worth) -> StudySheet:
    columns = (
        text("cell", "table, key and field"), text("decision", "what is decided"),
        Column("now", "number", "", "what the cell says"),
        Column("from", "number", "", "break-even: at least"), Column("to", "number", "", "break-even: at most"),
    )  # fmt: skip
    rows = []
    if (one := found.break_even) is not None:
        low, high = one.between or (None, None)
        named = {"cell": one.cell, "decision": f"{one.decision.kind} {one.decision.item}"}
        rows.append(named | {"now": one.now, "from": low, "to": high})
    return StudySheet(_view("break_even", "Break-even", "where a decision begins to pay", columns, rows))


def frontier_study(found: Frontier) -> Study:
    """The workbook of a frontier."""
    columns = (
        text("value", f"of {found.cell.name}"), money("objective", "as expected cost and CVaR are weighed"),
        money("bound", "no plan can cost less"), money("expected_cost", "over the futures"),
        money("cvar", "of the worst futures"),
        share("service", "of demand, built by the horizon's end"), share("china_share", "of all magnets"),
        Column("decisions", "words", "", "what is applied for, signed and kept"),
        Column("changed", "words", "", "against the point before"), _NOTE,
    )  # fmt: skip
    rows = [
        asdict(point)
        | {
            "value": "blank" if point.value is None else f"{point.value}",
            "decisions": _said(point.decisions),
            "changed": "; ".join(point.changed),
        }
        for point in found.points
    ]
    view = _view("frontier", "Frontier", f"what comes out as {found.cell.name} varies", columns, rows)
    drawings = (
        Drawing("Cost along the frontier", "line", "value", ("objective", "expected_cost", "cvar")),
        Drawing("Expected cost against CVaR", "scatter", "cvar", ("expected_cost",)),
    )
    return Study(
        f"Frontier: {found.loaded.scenario.name} over {found.cell.name}",
        "Each point is the optimal plan with that value, within the gap asked for.",
        tuple(sentences_of_frontier(found)),
        (StudySheet(view, drawings),),
        found.loaded.scenario.settings.currency,
    )


def _said(decisions: dict[str, Any] | None) -> str:
    if decisions is None:
        return ""
    return "; ".join(to_do(kind, item) for kind in ("apply", "sign", "keep") for item in decisions[kind])


def alternatives_study(found: Alternatives) -> Study:
    """The workbook of plans as good."""
    columns = (
        Column("plan", "count", "", "the first is the best found"), money("objective", "as the scenario weighs it"),
        money("more", "than the best plan found"),
        Column("decisions", "words", "", "what it decides now, qualifies and orders first"),
    )  # fmt: skip
    rows = [
        {"plan": number, "objective": plan.objective, "more": plan.objective - found.plans[0].objective}
        | {"decisions": "; ".join(to_do(kind, item) for kind, item in sorted(plan.choice))}
        for number, plan in enumerate(found.plans, start=1)
    ]
    counted = (
        text("verdict", "in all of the plans, some, or none"), text("decision", "kind of decision"),
        text("item", "licence, offer, design or supplier"), Column("in", "count", "", "in how many of the plans"),
    )  # fmt: skip
    order = ("must", "could", "never")
    names = sorted(found.names, key=lambda name: (order.index(found.verdict(name)), name))
    said = [
        {"verdict": found.verdict(name), "decision": name[0], "item": name[1], "in": found.counts[name]}
        for name in names
    ]
    return Study(
        f"Plans as good: {found.loaded.scenario.name}",
        "Each differs as much as possible from those before it.",
        tuple(sentences_of_alternatives(found)),
        (
            StudySheet(_view("plans", "Plans", "the plans and what they do first", columns, rows)),
            StudySheet(_view("verdicts", "Must, could, never", "what the plans have in common", counted, said)),
        ),
        found.loaded.scenario.settings.currency,
    )

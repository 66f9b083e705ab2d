"""A new plan against the last one as the sheets of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from planner.plan.tables import COST_KINDS, Column
from planner.plan.tables.column import money, text
from planner.present.view import View
from planner.present.words import Wording
from planner.report.study import Drawing, Study, StudySheet
from planner.rolling.against import Against
from planner.rolling.decided import Otherwise
from planner.rolling.writing import HEADINGS, lines

_NOTE = Column("why", "note", "", "figures that moved")


def against_study(found: Against) -> Study:
    """The workbook of a new plan against the last one."""
    scenario = found.bridge.loaded.scenario
    asked = f"The plan from {scenario.settings.start} on against the last one, held to what that one decided."
    return Study(
        f"Against the last plan: {scenario.settings.title}",
        asked,
        tuple(sentences(found)),
        tuple(_sheets(found)),
        scenario.settings.currency,
    )


def sentences(found: Against) -> Iterator[str]:
    """What comes out, in words."""
    wording, way = Wording(found.bridge.loaded.scenario.settings.currency), found.bridge
    yield (
        f"The last plan was expected to cost {wording.money(way.before)} from its start on; "
        f"the new one costs {wording.money(way.after)} from its own."
    )
    moved = [step for step in way.steps if abs(step.change) >= 1e-6 * max(abs(way.before), 1.0)]
    parts = [f"{step.name} {'+' if step.change > 0 else '−'}{wording.money(abs(step.change))}" for step in moved]
    if parts:
        yield f"What explains it: {', '.join(parts)}."
    yield from _about_decisions(found)
    if way.stayed is not None:
        more = way.stayed.expected_cost - way.plan.expected_cost
        charge, left = wording.money(found.stay or 0.0), len(found.stayed)
        yield f"Where changing a decision costs {charge}, {left} still change, for {wording.money(more)} more in all."
    if found.hindsight is not None:
        seen = found.hindsight
        yield (
            f"Should {seen.future} go on to the end, the last plan will have cost {wording.money(seen.cost)}; who had "
            f"known it would have spent {wording.money(seen.best)}: not knowing costs {wording.money(seen.regret)}."
        )


def _about_decisions(found: Against) -> Iterator[str]:
    if not found.decisions:
        yield "No decision has changed."
        return
    first = found.bridge.loaded.scenario.calendar.month(1)
    here = [one for one in found.decisions if one.month == first]
    if here:
        yield f"Decisions that differ from the last plan: {len(found.decisions)}, {len(here)} of them in {first}."
    else:
        yield f"Nothing changes in {first}; {len(found.decisions)} decisions of later months differ from the last plan."


def _sheets(found: Against) -> Iterator[StudySheet]:
    yield _bridge(found)
    yield _decisions("decisions", "Decisions", "what is decided otherwise than in the last plan", found.decisions)
    if found.bridge.stayed is not None:
        meaning = "what is decided otherwise although changing a decision costs"
        yield _decisions("stayed", "Staying", meaning, found.stayed)
    yield _moved(found)
    if found.hindsight is not None:
        yield _hindsight(found)
    yield _taken(found)


def _bridge(found: Against) -> StudySheet:
    columns = (
        text("step", "what moved"),
        money("change", "of the expected cost"),
        money("at_least", "of that change, by the proven bounds"),
        money("at_most", "of that change, by the proven bounds"),
        money("cost", "expected cost after the step"),
        Column("note", "note", "", "what is to be known about it"),
    )
    way = found.bridge
    rows: list[dict[str, Any]] = [{"step": "the last plan", "cost": way.before, "note": _passed(found)}]
    rows += [
        {"step": one.name, "change": one.change, "at_least": one.low, "at_most": one.high, "cost": one.cost,
         "note": one.note} for one in way.steps
    ]  # fmt: skip
    rows.append({"step": "the new plan", "cost": way.after})
    meaning = "from the last plan's expected cost to the new one's, each step solved; the last plan's decisions held"
    drawings = (
        Drawing("Expected cost after each step", "bar", "step", ("cost",)),
        Drawing("What each step changes", "bar", "step", ("change",)),
    )
    return StudySheet(_view("bridge", "Bridge", meaning, columns, rows), drawings)


def _passed(found: Against) -> str:
    wording = Wording(found.bridge.loaded.scenario.settings.currency)
    start = found.bridge.loaded.scenario.settings.start
    return f"of it {wording.money(found.rolled.spent)} was spent before {start}, discounted"


def _decisions(name: str, title: str, meaning: str, found: tuple[Otherwise, ...]) -> StudySheet:
    columns = (
        text("decision", "apply, sign, order, qualify or expand"),
        text("item", "licence, offer, design or step of capacity"),
        Column("month", "month", "", "in which it is decided"),
        Column("before", "number", "", "in the last plan: kg or steps, else how likely it is"),
        Column("now", "number", "", "in the new plan, likewise"),
        _NOTE,
    )
    rows = [
        {"decision": one.kind, "item": one.item, "month": one.month, "before": one.before, "now": one.now,
         "why": one.why} for one in found
    ]  # fmt: skip
    return StudySheet(_view(name, title, meaning, columns, rows, keys=3, empty="no decision has changed"))


def _moved(found: Against) -> StudySheet:
    columns = (
        text("table", "table of the scenario"),
        text("key", "its row"),
        text("field", "its field; blank: the whole row"),
        Column("before", "note", "", "as the last plan had it, moved on; blank: not there"),
        Column("now", "note", "", "as it is now; blank: gone"),
    )
    rows = [
        {"table": one.table, "key": one.key, "field": one.field or "", "before": one.a or "", "now": one.b or ""}
        for one in found.moved
    ]
    meaning = "figures that have changed: what really came, and what was edited since"
    return StudySheet(_view("moved", "Figures that moved", meaning, columns, rows, keys=3, empty="no figure has moved"))


def _hindsight(found: Against) -> StudySheet:
    columns = (
        text("kind", "kind of cost"),
        text("what", "what it is"),
        money("plan", "under the last plan, discounted"),
        money("best", "under the best plan of who knew it, discounted"),
        money("difference", "what not knowing has cost; below 0: saved"),
    )
    seen = found.hindsight
    rows = [
        {"kind": kind, "what": COST_KINDS[kind], "plan": ours, "best": theirs, "difference": ours - theirs}
        for kind, (ours, theirs) in (seen.kinds if seen else {}).items()
    ]
    future = seen.future if seen else ""
    meaning = f"what the last plan costs if {future} goes on to the end, and what the best plan in hindsight costs"
    drawing = Drawing("What not knowing costs, by kind", "bar", "kind", ("difference",))
    return StudySheet(_view("hindsight", "Hindsight", meaning, columns, rows), (drawing,))


def _taken(found: Against) -> StudySheet:
    names = [title.replace(" ", "_") for title in HEADINGS]
    columns = tuple(text(name, "of the new scenario's cells") for name in names)
    rows = [dict(zip(names, cells, strict=True)) for cells in lines(found.rolled)]
    meaning = "every cell that the roll has changed, and where its value was taken from"
    return StudySheet(_view("moved_on", "Moved on", meaning, columns, rows, keys=3))


def _view(
    name: str, title: str, meaning: str, columns: tuple[Column, ...], rows: list[dict[str, Any]], keys: int = 1,
    empty: str = "none",
) -> View:  # fmt: skip
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return View(name, title, meaning, columns, frame, keys=keys, empty=empty)

"""The sheet About: what the plan was made from and with, and what the audit found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from xlsxwriter.worksheet import Worksheet

from planner.audit.report import RULES, TOLERANCE
from planner.excel.sheets import Book
from planner.excel.workbook import INPUT
from planner.plan.plan import Plan
from planner.present.colours import FAINT, INK, WARNING
from planner.present.words import Wording, capital, percent
from planner.report.formats import money_look
from planner.report.sheets import text_of
from planner.scenario.load import Loaded

TITLE = "About"
MEANING = "where this plan comes from: input, versions, times, and what the audit found"

_LABELS = {
    "scenario": "Scenario",
    "sha256": "Fingerprint of the input (SHA-256)",
    "options": "Asked for",
    "planner": "Version of the planner",
    "pyomo": "Version of Pyomo (model)",
    "highspy": "Version of HiGHS (solver)",
    "started": "Started",
    "seconds": "Seconds",
}
_PARTS = {
    "gap": "gap",
    "time_limit": "time limit",
    "seed": "seed of the solver",
    "build": "to build the model",
    "solve": "to solve it",
    "plan": "to make the plan's tables",
    "audit": "to audit them",
    "why": "to show why it is so",
}


def write_about(book: Book, loaded: Loaded, plan: Plan) -> Worksheet:
    """Add the sheet."""
    sheet = book.add_sheet(TITLE)
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 2, 80)
    sheet.set_column(3, 3, 26)
    wording = Wording(loaded.scenario.settings.currency)
    line = _heading(book, sheet, 0, "Where it comes from")
    for label, value in _provenance(loaded, plan).items():
        sheet.write_string(line, 0, label)
        sheet.write_string(line, 1, text_of(value))
        line += 1
    line = _heading(book, sheet, line + 1, "What the solver proved")
    line = _proof(book, sheet, line, plan, wording)
    line = _again(book, sheet, line + 1, loaded)
    _audit(book, sheet, line + 1, plan)
    sheet.hide_gridlines(2)
    sheet.fit_to_pages(1, 0)
    return sheet


def _heading(book: Book, sheet: Worksheet, line: int, text: str) -> int:
    sheet.write_string(line, 0, text, book.format(bold=True, font_color=INK, font_size=12))
    return line + 1


def _provenance(loaded: Loaded, plan: Plan) -> dict[str, str]:
    """What is known of the input, the programs and the times, by label."""
    found = {"Read from": loaded.raw.origin, "Strategy": loaded.strategy or "none"}
    for name, value in plan.provenance.items():
        label = _LABELS.get(name, capital(name.replace("_", " ")))
        if isinstance(value, Mapping):
            parts = {part: _shown(part, amount) for part, amount in value.items()}
            found |= {f"{label}: {_PARTS.get(part, part.replace('_', ' '))}": text for part, text in parts.items()}
        elif name != "strategy":
            found[label] = _shown(name, value)
    return found


def _shown(name: str, value: Any) -> str:
    if value is None or value == "":
        return "none"
    if name == "started":
        return _time(str(value))
    if name == "gap":
        return percent(value, 4)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _time(written: str) -> str:
    """'22 November 2026, 15:59 UTC'; text that is no time as it stands."""
    try:
        when = dt.datetime.fromisoformat(written)
    except ValueError:
        return written
    zone = f" {when.tzname()}" if when.tzinfo else ""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}, {when:%H:%M}{zone}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
"""In English whatever the machine speaks."""


def _proof(book: Book, sheet: Worksheet, line: int, plan: Plan, wording: Wording) -> int:
    sheet.write_string(line, 0, "Status")
    sheet.write_string(line, 1, plan.status.replace("_", " "))
    left = book.format(num_format="0.0000%", align="left")
    amounts = {"Objective of this plan": plan.objective, "No plan can be below": plan.bound}
    for label, amount in amounts.items():
        line += 1
        sheet.write_string(line, 0, label)
        sheet.write_number(line, 1, amount, money_look(book, amount, wording, align="left"))
    sheet.write_string(line + 1, 0, "Gap")
    sheet.write_number(line + 1, 1, plan.gap, left)
    return line + 2


def _again(book: Book, sheet: Worksheet, line: int, loaded: Loaded) -> int:
    line = _heading(book, sheet, line, "To solve it again")
    strategy = f" The changes of strategy {loaded.strategy} are in them already." if loaded.strategy else ""
    said = f"The sheets whose names begin with '{INPUT.strip()}' hold every table as it was solved.{strategy}"
    sheet.write_string(line, 0, text_of(said))
    sheet.write_string(line + 1, 0, "`planner solve` on this workbook finds them: change a cell there to ask what if.")
    return line + 2


def _audit(book: Book, sheet: Worksheet, line: int, plan: Plan) -> None:
    line = _heading(book, sheet, line, "Audit: the plan recomputed from the scenario, rule by rule")
    if not plan.audit:
        sheet.write_string(line, 0, "not made", book.format(italic=True, font_color=FAINT))
        return
    head = book.format(bold=True, bottom=1)
    for index, title in enumerate(("Rule", "Result", "What the rule demands", "Largest violation, relative")):
        sheet.write_string(line, index, title, head)
    for place, (rule, amount) in enumerate(plan.audit.items(), line + 1):
        kept = amount <= TOLERANCE
        sheet.write_string(place, 0, text_of(rule.replace("_", " ")))
        sheet.write_string(place, 1, "kept" if kept else "broken", None if kept else book.format(font_color=WARNING))
        sheet.write_string(place, 2, RULES.get(rule, ""))
        sheet.write_number(place, 3, float(amount), book.format(num_format='0.0E+00;-0.0E+00;"–"'))

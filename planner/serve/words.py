"""How figures, dates and names read on the page: the filters of its templates."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from planner.plan.tables import PLAN_TABLE, PLAN_TABLES
from planner.present.words import Wording, capital, listed, percent
from planner.scenario.diff import Difference
from planner.serve.asked import TITLES
from planner.serve.store import Run, Scenario
from planner.serve.whatif import words as change_words

STATES = {
    "waiting": "Waiting",
    "running": "Solving",
    "done": "Plan",
    "infeasible": "No plan exists",
    "invalid": "Problems",
    "stopped": "Stopped",
    "failed": "Failed",
    "checking": "Checking",
    "good": "Ready",
    "broken": "Problems",
}
"""What the page calls the states of the store."""


def moment(seconds: float | None) -> str:
    """A time of the store as a date and hour here: '22 Nov 2026, 15:57'; both are read alike in India and elsewhere."""
    if seconds is None:
        return ""
    when = dt.datetime.fromtimestamp(seconds).astimezone()
    return f"{when.day} {when:%b %Y, %H:%M}"


def iso(seconds: float | None) -> str:
    """The same for programs."""
    return "" if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def lasting(seconds: float | None) -> str:
    """A time span: '8 s', '2 min 5 s'."""
    if seconds is None:
        return ""
    whole = round(seconds)
    return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def money(amount: float | None, currency: str) -> str:
    """An amount of base currency, in crore where that is the rupee."""
    return "" if amount is None else Wording(currency or "INR").money(amount)


def cell(value: Any, column: dict[str, Any], currency: str) -> str:
    """A table's cell; numbers are grouped as is usual where the currency is, 0 is a dash."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if column["kind"] == "share":
        return percent(value, 1)
    if column["kind"] == "count":
        return f"{value:.0f}"
    return "–" if value == 0 else Wording(currency).number(value, column["decimals"])


def figure(value: Any, decimals: int, unit: str, currency: str) -> str:
    """A figure of a chart's table."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return percent(value, 0) if unit == "share" else Wording(currency or "INR").number(value, decimals)


def monthly(value: float, currency: str) -> str:
    """A figure of a grid of months: whole, as many stand side by side; a dash for none."""
    return "–" if abs(value) < 0.5 else Wording(currency or "INR").number(value, 0)


def difference(found: Difference, currency: str) -> dict[str, str]:
    """A difference between two plans, as a row of the page."""
    table = found.table.removeprefix("table ")
    title = PLAN_TABLE[table].title if table in PLAN_TABLE else table
    sides = {"a": _typed(found.a, currency), "b": _typed(found.b, currency)}
    return {"table": capital(title), "key": found.key, "field": (found.field or "the row").replace("_", " ")} | sides


def _typed(text: str | None, currency: str) -> str:
    """A value of a difference; numbers as the page has them."""
    if text is None:
        return "–"
    try:
        value = float(text)
    except ValueError:
        return {"True": "yes", "False": "no"}.get(text, text)
    whole = value == round(value) or abs(value) >= 1000
    return Wording(currency).number(value, 0 if whole else 4)


def on_page(text: str) -> str:
    """A text of the report, without the options of a command line."""
    for option, words in _OPTIONS.items():
        text = text.replace(option, words)
    return text


_OPTIONS = {
    "solve with --why": "solve again and tell why",
    "not asked for: --impact country/China": "not asked for: ask again and name a source whose outage is to be costed",
    "not asked for: --longer country/China": "not asked for: ask again and name a source to outlast",
    "with --between LOW HIGH": "in which it is looked for",
    "worked out on request: --impact country/China --lengths 1,2,4.": (
        "worked out on request: ask again, and name the sources whose outages are to be costed."
    ),
    "with --tried": "under 'Does the plan hold?'",
}
"""What the command line's options are called on the page."""


_SHEET = re.compile(r"\(sheet ([^)]+)\)")


@pass_context
def linked(context: Context, sentence: str, run: str) -> Markup:
    """A sentence whose mention of a sheet of the report leads to that table on the page."""
    root = context.get("root", "")

    def link(found: re.Match[str]) -> str:
        name = _TABLES.get(unescape(found[1]))
        return f'(<a href="{root}/runs/{run}/tables/{name}">{found[1]}</a>)' if name else found[0]

    return Markup(_SHEET.sub(link, str(escape(sentence))))  # the sentence is escaped, and names are our own


_TABLES = {table.title: table.name for table in PLAN_TABLES}


def run_name(run: Run, scenario: Scenario) -> str:
    """What a run is called: its label, else what it solves."""
    if run.label:
        return run.label
    asked = [TITLES[run.study]] if run.study else []
    return " · ".join([*asked, scenario_name(scenario), *([run.strategy] if run.strategy else [])])


def scenario_name(scenario: Scenario) -> str:
    """What a scenario is called."""
    if scenario.changes:
        return listed([change_words(change) for change in scenario.changes], 2)
    return scenario.bundled or scenario.name.removesuffix(".xlsx")


FILTERS: dict[str, Any] = {
    "moment": moment,
    "iso": iso,
    "lasting": lasting,
    "money": money,
    "percent": percent,
    "capital": capital,
    "listed": listed,
    "cell": cell,
    "linked": linked,
    "figure": figure,
    "monthly": monthly,
    "scenario_name": scenario_name,
    "change": change_words,
}

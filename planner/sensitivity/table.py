"""What moving the weakest figures does, as a table: for a page (Markdown) and for a report."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.plan.tables import Column
from planner.present.words import Wording, percent
from planner.scenario.fields import to_text
from planner.scenario.keys import is_month
from planner.sensitivity.answer import Answer, change_of_decisions
from planner.sensitivity.moves import EVERY, Move
from planner.sensitivity.study import Study, Tried
from planner.sources.count import NONE
from planner.sources.figures import Figure

COLUMNS = (
    Column("figure", "words", "", "the figure that is moved"),
    Column("cell", "text", "", "where it stands"),
    Column("code", "text", "", "A assumed, G general knowledge, D derived, F found, or none"),
    Column("from", "text", "", "what it says"),
    Column("to", "text", "", "what it is moved to, and where that is less than asked for"),
    Column("cost", "text", "", "change of the expected cost"),
    Column("cvar", "text", "", "change of the CVaR"),
    Column("service", "text", "", "change of service, in percentage points"),
    Column("now", "words", "", "what is done otherwise now"),
)
"""Of the table: a line for each figure and way."""

_SAME_NOW = "the same"
_NOT_TRIED = "not tried"


def rows(study: Study) -> pd.DataFrame:
    """The table, a row for each figure and each way it can be moved."""
    found = [_row(study, figure, tried) for figure, *pair in study.rows for tried in pair if tried.move is not None]
    return pd.DataFrame(found, columns=[column.name for column in COLUMNS])


def _row(study: Study, figure: Figure, tried: Tried) -> dict[str, Any]:
    start = EVERY if is_month(figure.field) else to_text(figure.value)
    row = {
        "figure": figure.name,
        "cell": figure.cell,
        "code": figure.code or NONE,
        "from": start,
        "to": _to(tried.move),
    }
    return row | _changes(study.base, tried.answer)


def _to(moved: Move | None) -> str:
    if moved is None:
        return ""
    return f"{moved.to} ({moved.note})" if moved.note else moved.to


def _changes(base: Answer, found: Answer | None) -> dict[str, str]:
    if found is None or found.note:
        return {"cost": "", "cvar": "", "service": "", "now": _NOT_TRIED if found is None else found.note}
    return {
        "cost": _relative(found.expected_cost, base.expected_cost),
        "cvar": _relative(found.cvar, base.cvar),
        "service": f"{_signed((found.service - base.service) * 100)} pp",
        "now": change_of_decisions(base, found) or _SAME_NOW,
    }


def _relative(new: float, old: float) -> str:
    return f"{_signed((new / old - 1) * 100)} %" if old else "–"


def _signed(value: float) -> str:
    text = f"{value:+.1f}".replace("-", "−")
    return "0.0" if float(f"{value:.1f}") == 0 else text


def introduction(study: Study) -> str:
    """What the table is of, in a few sentences."""
    money = Wording(study.loaded.scenario.settings.currency).money
    with_strategy = f" with strategy {study.loaded.strategy}" if study.loaded.strategy else ""
    base = study.base
    return (
        f"{study.loaded.scenario.name}{with_strategy}: expected cost {money(base.expected_cost)}, "
        f"CVaR {money(base.cvar)}, service {percent(base.service, 1)}. Its {len(study.rows)} weakest figures, each "
        f"moved alone by −{study.by:.0%} and +{study.by:.0%}. Each plan may cost up to {study.gap * 100:g} % more than "
        "the best: smaller changes of cost mean nothing, nor does a change between decisions that are as good as "
        "each other within that."
    )


def markdown(study: Study) -> str:
    """The introduction and the table as Markdown, both ways of a figure in one line."""
    heads = "| figure | from | to | cost | CVaR | service | now |"
    lines = [introduction(study), "", heads, "|---" * (heads.count("|") - 1) + "|"]
    for figure, *pair in study.rows:
        said = [_row(study, figure, tried) for tried in pair if tried.move is not None]
        name = f"{figure.name} ({said[0]['code']})"
        fields = ("to", "cost", "cvar", "service", "now")
        cells = [name, said[0]["from"], *(_joined([row[field] for row in said]) for field in fields)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def _joined(texts: list[str]) -> str:
    """What both ways come to: once where they are the same."""
    return texts[0] if len(set(texts)) == 1 else "<br>".join(text or "–" for text in texts)

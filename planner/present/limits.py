"""The sheet Limits and values: what binds, in which futures, and what relaxing it is worth."""

from __future__ import annotations

import pandas as pd

from planner.catalogue.limits import LIMITS
from planner.plan.plan import Plan
from planner.plan.tables import Column
from planner.present.words import Wording

WORTH = (
    Column("worth_of_relaxing", "number", "base currency/unit", "what one unit more (or less) would save, discounted"),
    Column("one_unit_is", "text", "", "by how much it is relaxed, in this period in every future"),
    Column("note", "text", "", "zero, or holds in one direction only; in full on the sheet What more is worth"),
)

WITHOUT = (
    "What relaxing a limit is worth is not known of this plan: solve with --why, and it stands beside each that binds."
)
WITH = (
    "The worth is of one unit more in that period in every future, what is signed, qualified and placed held, so it "
    "stands alike beside all rows of a period; ten times as much may be worth less than ten times. Degenerate: it may "
    "hold in one direction only."
)

_NAMES = {(limit.kind, limit.side): limit.name for limit in LIMITS}
"""What the table `values` calls each kind and side of a limit."""

_WHOLE = "horizon"


def with_worth(rows: pd.DataFrame, plan: Plan, wording: Wording) -> pd.DataFrame:
    """The limits with what relaxing those that bind is worth, the most expensive of these first."""
    known = {(row["what"], row["item"], row["when"]): row for row in plan.tables["values"].to_dict("records")}
    found = []
    for kind, side, item, window, month, binds in zip(
        *(rows[name] for name in ("kind", "side", "item", "window", "month", "binds")), strict=True
    ):
        when = month if window == "period" else window
        what = _NAMES[kind, side]
        # What is kept of an offer is one amount for all periods.
        value = (known.get((what, item, when)) or known.get((what, item, _WHOLE))) if binds else None
        said = (value["value"], wording.unit(_unit(value["unit"])), _kind(value["note"])) if value else (None, "", "")
        found.append(said)
    worth = pd.DataFrame(found, columns=[column.name for column in WORTH], index=rows.index)
    return pd.concat([rows, worth.astype({WORTH[0].name: float})], axis=1)


def _unit(unit: str) -> str:
    return unit.replace("unit of base currency", "base currency").replace("percentage", "%")


def _kind(note: str) -> str:
    """What a note is about: its words before the colon."""
    return note.partition(":")[0]


def binding_first(rows: pd.DataFrame) -> pd.DataFrame:
    """Limits that bind before those that nearly do, the most expensive first where that is known."""
    worth = rows[WORTH[0].name].fillna(0.0) if WORTH[0].name in rows else 0.0
    keys = rows.assign(loose=~rows["binds"].astype(bool), cheap=-worth)
    return rows.loc[keys.sort_values(["loose", "cheap", "month", "node"], kind="stable").index]

"""Which decisions for now the gap leaves open, in words."""

from __future__ import annotations

from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLE
from planner.present.words import Wording, listed

_NAMED = 4
"""Most decisions of a kind that are named; the others are counted."""

_ASKED = {"apply": "apply for", "sign": "sign"}


def still_open(plan: Plan, wording: Wording) -> str:
    """Which applications and signatures a better plan within the gap could decide otherwise; blank without any."""
    rows = plan.tables["now_decisions"]
    rows = rows[rows["decision"].isin(list(_ASKED))]
    if rows.empty:
        return ""
    could = rows[rows["could_save"].astype(float) > 0]
    if could.empty:
        return "All applications and signatures are proven: no plan that decides one of them otherwise costs less."
    most = wording.money(float(could["could_save"].max()))
    named = {verb: could[could["decision"] == kind]["item"].tolist() for kind, verb in _ASKED.items()}
    what = " and ".join(f"whether to {verb} {listed(items, _NAMED)}" for verb, items in named.items() if items)
    others = f"; all others are (sheet {PLAN_TABLE['now_decisions'].title})" if len(could) < len(rows) else ""
    return f"Not proven is {what}: a plan that decides it otherwise could save up to {most}{others}."

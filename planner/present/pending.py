"""What waits at suppliers' works for a licence: how much at worst, since when, and what is paid for it."""

from __future__ import annotations

from collections.abc import Iterator

from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLE, by_future
from planner.present.periods import Periods
from planner.present.todo import in_futures
from planner.present.words import Wording, percent

_NOTHING = 1e-6
"""kg below it are rounding."""


def pending(plan: Plan, wording: Wording, periods: Periods) -> Iterator[str]:
    """In how many futures goods wait, where most do, and what is advanced for them there; what lapses unused."""
    rows = by_future(plan.tables, "waiting")
    rows = rows[(rows["held_kg"] > _NOTHING) & ~rows["material"].isin(wording.counted)]
    if not rows.empty:
        sums = rows.groupby(["future", "month"], sort=False)[["held_kg", "advanced"]].sum().reset_index()
        place = int(sums["held_kg"].to_numpy(float).argmax())
        future, month = str(sums["future"].iloc[place]), str(sums["month"].iloc[place])
        held, advanced = float(sums["held_kg"].iloc[place]), float(sums["advanced"].iloc[place])
        then = rows[(rows["future"] == future) & (rows["month"] == month)]
        paid = f", {wording.money(advanced)} advanced for it" * (advanced > 0)
        several = f" ({future})" * (len(plan.tables["futures"]) > 1)
        where, since = in_futures(plan, rows["future"], "In every future"), periods.named(str(then["since"].min()))
        most = f"{wording.number(held)} kg at the end of {periods.end(month)}{several}"
        yield (
            f"{where} goods wait at the supplier, licence pending: at most {most}{paid}, some of it since {since} "
            f"(sheet {PLAN_TABLE['waiting'].title})."
        )
    yield from _lapsed(plan, wording)


def _lapsed(plan: Plan, wording: Wording) -> Iterator[str]:
    """What applications cover and nobody uses before they lapse, on average over the futures."""
    rows = plan.tables["applications"]
    rows = rows[rows["lapses"].astype(bool) & (rows["unused_kg"].astype(float) > _NOTHING)]
    if rows.empty:
        return
    probability = plan.tables["futures"].set_index("future")["probability"].astype(float)
    weight = probability.loc[rows["future"]].to_numpy(float)
    unused = float(weight @ rows["unused_kg"].to_numpy(float))
    covered = float(weight @ rows["covers_kg"].to_numpy(float))
    yield (
        f"Of what applications cover that lapse within the horizon, {wording.number(unused)} kg on average "
        f"({percent(unused / covered)}) go unused (sheet {PLAN_TABLE['applications'].title})."
    )

"""What a plan says to do, in plain sentences: now, in the first period, and later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLE
from planner.present.figures import applied_before, cash_now, committed, first_nodes
from planner.present.periods import Periods
from planner.present.words import Wording, capital, count, listed, percent
from planner.scenario.scenario import Scenario

MOST = 4
"""Of sentences that differ only in month and futures, at most this many are reported."""


def todo(scenario: Scenario, plan: Plan) -> Iterator[str]:
    """What to apply for, sign, keep, order, qualify and expand, and the cash that it needs."""
    wording, periods = Wording(scenario.settings.currency, scenario.counted), Periods(scenario.calendar)
    yield from _now(scenario, plan, wording)
    yield from _not(plan, wording)
    yield from _orders(plan, wording, periods)
    yield from _filings(scenario, plan, wording, periods)
    yield from _later(plan, periods)
    yield from _qualifications(scenario, plan, periods)
    yield from _expansions(plan, wording, periods)
    yield from _cash(plan, wording, periods)


def _now(scenario: Scenario, plan: Plan, wording: Wording) -> Iterator[str]:
    chosen, done = plan.decisions, applied_before(scenario)
    applied = tuple(name for name in chosen.apply if name not in done)
    kept = [
        f"{wording.amount(kg, scenario.offer[name].material)} a period of {name}"
        for name, kg in chosen.keep.items()
        if kg > 0
    ]
    licences = "licence" if len(applied) == 1 else "licences"
    parts = {"apply": f"for the {licences} {listed(applied)}" * bool(applied)}
    parts |= {"sign": listed(chosen.sign), "keep": listed(kept)}
    said = [(verb, what) for verb, what in parts.items() if what]
    if said:
        first, *others = said
        rest = "".join(f"; {verb} {what}" for verb, what in others)
        yield f"{capital(first[0])} now {first[1]}{rest}."
    elif plan.tables["now_decisions"].empty:
        yield "Nothing can be applied for, signed or kept now: the scenario has no such decision."
    else:
        yield "Nothing needs to be applied for, signed or kept now."


def _not(plan: Plan, wording: Wording) -> Iterator[str]:
    """Licences that are left, now and later, and what they would cost where that is known."""
    table, known = plan.tables["now_decisions"], plan.tables["not_taken"]
    later = {one.item for one in plan.decisions.later if one.kind == "apply"}
    is_left = (table["decision"] == "apply") & ~table["taken"].astype(bool) & ~table["item"].isin(later)
    left = table[is_left]["item"].tolist()
    cost = known[known["decision"] == "apply"].set_index("item")["cost"].astype(float)
    said = [f"{name} (it would cost {wording.money(cost[name])} more)" if cost.get(name, 0.0) > 0 else name
            for name in left]  # fmt: skip
    if said:
        yield f"Do not apply for {listed(said, last='or')}."


_ORDERS = 6
"""Orders that are named one by one; of more the rest are counted."""


def _orders(plan: Plan, wording: Wording, periods: Periods) -> Iterator[str]:
    month, nodes = first_nodes(plan)
    orders = plan.tables["orders"]
    orders = orders[orders["node"].isin(nodes)]
    when = periods.named(month)
    if orders.empty:
        yield f"Nothing is ordered in {when}."
    elif len(nodes) > 1:
        yield f"What to order in {when} depends on the future (sheet {PLAN_TABLE['now_decisions'].title})."
    else:
        sums = orders.groupby(["material", "supplier"], sort=False)["kg"].sum().reset_index()
        rows = zip(sums["material"], sums["supplier"], sums["kg"], strict=True)
        said = [f"{wording.amount(kg, material)} of {material} from {supplier}" for material, supplier, kg in rows]
        where = f" (sheet {PLAN_TABLE['orders'].title})" * (len(said) > _ORDERS)
        yield f"Order in {when}: {listed(said, _ORDERS)}{where}."


def _filings(scenario: Scenario, plan: Plan, wording: Wording, periods: Periods) -> Iterator[str]:
    """What to file for with the first orders, where a licence asks an application for each."""
    month, nodes = first_nodes(plan)
    each = [row.licence for row in scenario.licences if row.per_order == "yes"]
    orders = plan.tables["orders"]
    orders = orders[orders["node"].isin(nodes) & orders["licence"].isin(each)]
    if orders.empty or len(nodes) > 1:
        return
    keys = ["offer", "material", "supplier", "licence", "undertaking"]
    found = orders.groupby(keys, sort=False)["kg"].sum().reset_index()[[*keys[1:], "kg"]].to_numpy().tolist()
    said = [
        f"{wording.amount(kg, material)} of {material} from {supplier} "
        f"(licence {licence}{f', under {pool}' if pool else ''})"
        for material, supplier, licence, pool, kg in found
    ]
    yield f"File in {periods.named(month)}, an application an order: {listed(said, _ORDERS)}."


def _later(plan: Plan, periods: Periods) -> Iterator[str]:
    """What is applied for and signed once more is known."""
    words = {"apply": "apply for the licence", "sign": "sign"}
    later = plan.decisions.later
    for one in later[:MOST]:
        when = in_futures(plan, one.futures, "Whatever comes,")
        yield f"{when} {words[one.kind]} {one.item} later, in {periods.named(one.period)}."
    if len(later) > MOST:
        more = capital(count(len(later) - MOST))
        yield f"{more} more decisions follow (sheet {PLAN_TABLE['later_decisions'].title})."


def _qualifications(scenario: Scenario, plan: Plan, periods: Periods) -> Iterator[str]:
    def said(rows: pd.DataFrame) -> str:
        designs = rows.groupby("segment", sort=False)["design"].agg(list)
        return "; ".join(f"{listed(names)} for {segment}" for segment, names in designs.items())

    open_ = [row for row in scenario.designs if row.qualified == "no" and row.decision != "never"]
    # What is under way needs no start.
    could = [row for row in open_ if row.qualified_from is None]
    if could and plan.tables["qualification"].empty:
        yield (
            f"None of the {count(len(could))} substitutes is worth qualifying."
            if len(could) > 1
            else (f"The substitute {could[0].design} is not worth qualifying.")
        )
    yield from _starts(plan, "qualification", "start qualifying", said, periods)


def _expansions(plan: Plan, wording: Wording, periods: Periods) -> Iterator[str]:
    def said(rows: pd.DataFrame) -> str:
        added = zip(rows["expansion"], rows["kg_per_period"], strict=True)
        return listed([f"{name} by {wording.number(kg)} kg a period" for name, kg in added])

    return _starts(plan, "expansion", "expand", said, periods)


def _starts(plan: Plan, name: str, verb: str, said: Callable[[pd.DataFrame], str], periods: Periods) -> Iterator[str]:
    """What starts when, and in which futures; what starts alike in several nodes of a month is reported once."""
    paths, now = plan.tables["paths"], first_nodes(plan)[0]
    found: dict[str, list[str]] = {}
    for (month, node), rows in plan.tables[name].groupby(["month", "node"]):
        here = paths.loc[paths["node"] == node, "future"]
        later = "" if month == now else " later,"
        found.setdefault(f"{verb}{later} in {periods.named(str(month))}: {said(rows)}", []).extend(here)
    for text, names in list(found.items())[:MOST]:
        where = in_futures(plan, names)
        yield f"{where} {text}." if where else f"{capital(text)}."
    if len(found) > MOST:
        more = len(found) - MOST
        rest = (
            "One more such start follows, or comes"
            if more == 1
            else f"{capital(count(more))} more such starts follow, or come"
        )
        yield f"{rest} in other futures (sheet {PLAN_TABLE[name].title})."


def _cash(plan: Plan, wording: Wording, periods: Periods) -> Iterator[str]:
    """What it takes now; nothing where that is nothing."""
    cash, total = cash_now(plan), committed(plan)
    if max(cash, total) <= 0:
        return
    average = ", on average" if len(first_nodes(plan)[1]) > 1 else ""
    decided = f"; what is decided by then comes to {wording.money(total)}" * (
        wording.money(cash) != wording.money(total)
    )
    yield f"{wording.money(cash)} is to be paid now and in {periods.named(first_nodes(plan)[0])}{average}{decided}."


def in_futures(plan: Plan, names: Iterable[str], always: str = "") -> str:
    """'In two of six futures (18 %)'; `always` where these are all."""
    futures, chosen = plan.tables["futures"], set(names)
    if len(chosen) == len(futures):
        return always
    share = float(futures.loc[futures["future"].isin(chosen), "probability"].sum())
    return f"In {count(len(chosen))} of {count(len(futures))} futures ({percent(share)})"

"""The answer in plain sentences, made from a plan's fields and tables alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from planner.plan.figures import main_source, missing_units, service, weighed
from planner.plan.outcome import stopped
from planner.plan.plan import Plan, Status
from planner.plan.tables import PLAN_TABLE, by_future
from planner.plan.words import Wording, capital, count, listed, percent
from planner.scenario.load import Loaded

_MOST = 4
"""Of sentences that differ only in month and futures, at most this many are told."""

_NOTHING = 1e-9
"""A gap below it is rounding."""

_STOPPED_BY: dict[Status, str] = {
    "time_limit": "The time limit came first",
    "memory_limit": "Memory ran out first",
    "interrupted": "The solve was stopped by hand",
}
"""Why the solver stopped before the gap that was asked for."""


def headline(loaded: Loaded, plan: Plan) -> list[str]:
    """What to do, what it comes to, and how sure it is: a sentence or two each."""
    wording = Wording(loaded.scenario.settings.currency)
    return [
        *_now(plan, wording),
        *_orders(plan, wording),
        *_qualifications(plan),
        *_expansions(plan, wording),
        *_stops(plan),
        *_service(plan, wording),
        *_costs(loaded, plan, wording),
        *_sourcing(plan),
        *_stock(plan, wording),
        *_limits(plan),
        certainty(plan, wording),
    ]


def question(loaded: Loaded, plan: Plan) -> dict[str, str]:
    """What was asked, as labels and words."""
    settings, calendar = loaded.scenario.settings, loaded.scenario.calendar
    periods = {1: "months", 3: "quarters", 6: "half-years", 12: "years"}[settings.period_months]
    weight = settings.risk_weight
    worst = f"the average of the worst {percent(1 - settings.risk_tail)} of futures (CVaR)"
    return {
        "Strategy": loaded.strategy or "none: the scenario as it stands",
        "Horizon": f"{calendar.month(1)} to {calendar.month(calendar.periods)}, {calendar.periods} {periods}",
        "Futures": f"{len(plan.tables['futures']):,}",
        "Goal": "least expected cost"
        if weight == 0
        else f"least cost: {percent(1 - weight)} what is expected, {percent(weight)} {worst}",
    }


def certainty(plan: Plan, wording: Wording) -> str:
    """How far from the best possible plan this one may be, as a share and in money."""
    if plan.gap < _NOTHING:
        return "This is the best plan there can be."
    share = percent(math.ceil(plan.gap * 1e4) / 1e4, 2)
    left, whole = (wording.money(amount) for amount in (plan.objective - plan.bound, plan.objective))
    sure = f"No plan can be better by more than {share}, that is by {left} of {whole}"
    why = _STOPPED_BY.get(plan.status)
    return f"{why}. {sure}; more time may find a better one." if why else f"{sure}."


# --- what to do -------------------------------------------------------------------------------------


def _now(plan: Plan, wording: Wording) -> Iterator[str]:
    chosen = plan.decisions
    kept = [f"{wording.number(kg)} kg a period of {name}" for name, kg in chosen.keep.items() if kg > 0]
    licences = "licence" if len(chosen.apply) == 1 else "licences"
    parts = {"apply": f"for the {licences} {listed(chosen.apply)}" * bool(chosen.apply)}
    parts |= {"sign": listed(chosen.sign), "keep": listed(kept)}
    told = [(verb, what) for verb, what in parts.items() if what]
    if told:
        first, *others = told
        rest = "".join(f"; {verb} {what}" for verb, what in others)
        yield f"{capital(first[0])} now {first[1]}{rest}."
    else:
        yield "Nothing needs to be applied for, signed or kept now."
    table = plan.tables["now_decisions"]
    left = table[(table["decision"] == "apply") & ~table["taken"].astype(bool)]["item"].tolist()
    if left:
        yield f"Do not apply for {listed(left)}."


def _orders(plan: Plan, wording: Wording) -> Iterator[str]:
    month, nodes = first_nodes(plan)
    orders = plan.tables["orders"]
    orders = orders[orders["node"].isin(nodes)]
    if orders.empty:
        yield f"Nothing is ordered in {month}."
    elif len(nodes) > 1:
        yield f"What to order in {month} depends on the future (sheet {PLAN_TABLE['now_decisions'].title})."
    else:
        kg = orders.groupby("material", sort=False)["kg"].sum()
        told = [f"{wording.number(amount)} kg of {name}" for name, amount in kg.items()]
        yield f"Order in {month}: {listed(told)}."


def first_nodes(plan: Plan) -> tuple[str, list[int]]:
    """The first month, and the nodes of its period."""
    nodes = plan.tables["nodes"]
    first = nodes[nodes["period"] == nodes["period"].min()]
    return str(first["month"].iloc[0]), first["node"].tolist()


def _qualifications(plan: Plan) -> Iterator[str]:
    def told(rows: pd.DataFrame) -> str:
        designs = rows.groupby("segment", sort=False)["design"].agg(list)
        return "; ".join(f"{listed(names)} for {segment}" for segment, names in designs.items())

    return _starts(plan, "qualification", "start qualifying", told)


def _expansions(plan: Plan, wording: Wording) -> Iterator[str]:
    def told(rows: pd.DataFrame) -> str:
        added = zip(rows["expansion"], rows["kg_per_period"], strict=True)
        return listed([f"{name} by {wording.number(kg)} kg a period" for name, kg in added])

    return _starts(plan, "expansion", "expand", told)


def _starts(plan: Plan, name: str, verb: str, told: Callable[[pd.DataFrame], str]) -> Iterator[str]:
    """What starts when, and in which futures; what starts alike in several nodes of a month is told once."""
    paths = plan.tables["paths"]
    found: dict[str, list[str]] = {}
    for (month, node), rows in plan.tables[name].groupby(["month", "node"]):
        here = paths.loc[paths["node"] == node, "future"]
        found.setdefault(f"{verb} in {month}: {told(rows)}", []).extend(here)
    for text, names in list(found.items())[:_MOST]:
        where = _in(plan, names)
        yield f"{where} {text}." if where else f"{capital(text)}."
    if len(found) > _MOST:
        more = count(len(found) - _MOST)
        yield f"{capital(more)} more such starts follow, or come in other futures (sheet {PLAN_TABLE[name].title})."


# --- what it comes to -------------------------------------------------------------------------------


def _stops(plan: Plan) -> Iterator[str]:
    futures = plan.tables["futures"]
    hit = futures[futures["first_shortage"] != ""]
    if hit.empty:
        everywhere = " in every future" if len(futures) > 1 else ""
        yield f"No line runs short: all demand is built on time{everywhere}."
        return
    always = f"In all {count(len(futures))} futures" if len(futures) > 1 else ""
    groups = list(_first_lines(plan).items())
    for text, names in groups[:_MOST]:
        yield capital(f"{_in(plan, names, always)} {text}.".strip())
    if len(groups) > _MOST:
        others = [name for _, names in groups[_MOST:] for name in names]
        yield f"{_in(plan, others)} lines run short first in other months (sheet {PLAN_TABLE['futures'].title})."
    if len(hit) < len(futures):
        spared = futures[futures["first_shortage"] == ""]["future"].tolist()
        yield f"{_in(plan, spared)} no line runs short."


def _first_lines(plan: Plan) -> dict[str, list[str]]:
    """Which lines stop first and when, in words, and in which futures; earliest first."""
    shortage = plan.tables["shortage"]
    rows = by_future(plan.tables | {"stops": shortage[stopped(shortage)]}, "stops")
    first = plan.tables["futures"].set_index("future")["first_shortage"]
    rows = rows[rows["month"] == rows["future"].map(first)].sort_values("month", kind="stable")
    found: dict[str, list[str]] = {}
    for (month, future), lines in rows.groupby(["month", "future"], sort=False)["segment"]:
        found.setdefault(f"{_stop(lines.tolist())} first, in {month}", []).append(str(future))
    return found


def _stop(segments: list[str]) -> str:
    return (
        f"the {segments[0]} line runs short" if len(segments) == 1 else f"the lines of {listed(segments, 5)} run short"
    )


def _in(plan: Plan, names: Iterable[str], always: str = "") -> str:
    """'In two of six futures (18 %)'; `always` where these are all."""
    futures, chosen = plan.tables["futures"], set(names)
    if len(chosen) == len(futures):
        return always
    share = float(futures.loc[futures["future"].isin(chosen), "probability"].sum())
    return f"In {count(len(chosen))} of {count(len(futures))} futures ({percent(share)})"


def _service(plan: Plan, wording: Wording) -> Iterator[str]:
    missing = missing_units(plan)
    if round(missing, 1) == 0:
        return
    futures = plan.tables["futures"]
    built, units = percent(service(plan), 1), wording.number(missing, 1 if missing < 10 else 0)
    told = f"{built} of demand is built by the horizon's end; {units} units are not"
    if len(futures) == 1:
        yield f"{told}."
        return
    worst = futures.iloc[int(futures["service"].argmin())]
    yield f"On average {told}. In the worst future, {worst['future']}, {percent(worst['service'], 1)} is built."


def _costs(loaded: Loaded, plan: Plan, wording: Wording) -> Iterator[str]:
    futures = plan.tables["futures"]
    if len(futures) == 1:
        yield f"It costs {wording.money(plan.expected_cost)}, discounted."
        return
    tail = percent(1 - loaded.scenario.settings.risk_tail)
    yield (
        f"It is expected to cost {wording.money(plan.expected_cost)}, discounted; "
        f"the worst {tail} of the futures cost {wording.money(plan.cvar)} on average (CVaR)."
    )
    dear, cheap = (futures.iloc[int(place)] for place in (futures["cost"].argmax(), futures["cost"].argmin()))
    yield (
        f"The dearest future is {dear['future']} ({wording.money(dear['cost'])}), "
        f"the cheapest {cheap['future']} ({wording.money(cheap['cost'])})."
    )


def _sourcing(plan: Plan) -> Iterator[str]:
    source = main_source(plan)
    if source is not None:
        yield f"{percent(source.share)} of the {source.what} that arrive over the horizon come from {source.country}."


def _stock(plan: Plan, wording: Wording) -> Iterator[str]:
    """When most lies in stock, and of what."""
    found = weighed(plan, "stock")
    kg = (found["kg"].astype(float) * found["weight"]).groupby([found["month"], found["material"]]).sum()
    sums = kg.groupby(level="month").sum()
    peak = float(sums.max()) if len(sums) else 0.0
    if not math.isfinite(peak) or round(peak) == 0:
        return
    month = str(sums.idxmax())
    largest = kg[month].sort_values(ascending=False, kind="stable")
    told = [f"{wording.number(amount)} kg of {name}" for name, amount in largest.items() if round(amount) > 0]
    yield f"Stock is largest at the end of {month}: {listed(told, _MOST)}{_average(plan)}."


def _average(plan: Plan) -> str:
    return ", on average" if len(plan.tables["futures"]) > 1 else ""


_SET_BY_PLANNERS = {
    "share of arrivals": "the limit {} on shares",
    "budget": "the budget of {}",
    "storage": "storage of {}",
    "safety stock": "the safety stock of {}",
    "service": "the service promised for {}",
    "efficiency lost": "the efficiency demanded of {}",
}
"""Kinds of limits that are a choice, in words; capacities are facts."""


def _limits(plan: Plan) -> Iterator[str]:
    """Which limits that are a choice the plan goes up to, somewhere."""
    rows = plan.tables["limits_used"]
    mine = rows[rows["binds"].astype(bool) & rows["kind"].isin(_SET_BY_PLANNERS)]
    told = [_SET_BY_PLANNERS[kind].format(item) for kind, item in zip(mine["kind"], mine["item"], strict=True)]
    if told:
        where = PLAN_TABLE["limits_used"].title
        yield f"Limits that hold the plan back: {listed(list(dict.fromkeys(told)), 5)} (sheet {where})."

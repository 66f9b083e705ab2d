"""The answer in plain sentences, made from a plan's fields and tables alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from planner.catalogue.limits import LIMITS
from planner.plan.plan import Plan, Status
from planner.plan.tables import PLAN_TABLE
from planner.present.figures import alike, main_source, missing_units, service, weighed
from planner.present.open import still_open
from planner.present.pending import pending
from planner.present.periods import Periods
from planner.present.todo import MOST, in_futures, todo
from planner.present.waiting import first_lines, stops_beyond, waits
from planner.present.words import Wording, capital, count, listed, percent
from planner.scenario.load import Loaded

_SAME = 1e-6
"""Amounts that differ by less than this share of them are as good as equal."""

_NOTHING = 1e-9
"""A gap below it is rounding."""

_STOPPED_BY: dict[Status, str] = {
    "time_limit": "The time limit came first",
    "memory_limit": "Memory ran out first",
    "interrupted": "The solve was stopped by hand",
    "gave_up": "The solver came no nearer to what was asked, as where capacities or commitments lie far above any need",
}
"""Why the solver stopped before the gap that was asked for."""


_STATUS: dict[Status, str] = {
    "optimal": "solved as closely as asked",
    "time_limit": "the best plan found until the time limit",
    "memory_limit": "the best plan found until memory ran out",
    "interrupted": "the best plan found until it was stopped by hand",
    "gave_up": "the best plan found until the solver came no nearer",
}


def headline(loaded: Loaded, plan: Plan) -> list[str]:
    """What to do, the result, and how sure it is: a sentence or two each."""
    scenario = loaded.scenario
    wording, periods = Wording(scenario.settings.currency, scenario.counted), Periods(scenario.calendar)
    return [
        *todo(loaded.scenario, plan),
        *_stops(plan, periods),
        *_service(plan, wording),
        *_waits(loaded, plan, wording, periods),
        *pending(plan, wording, periods),
        *_costs(loaded, plan, wording),
        *_sourcing(plan),
        *_stock(plan, wording, periods),
        *_limits(plan),
        *plan.tried,
        certainty(plan, wording),
    ]


def question(loaded: Loaded, plan: Plan) -> dict[str, str]:
    """What was asked, as labels and words."""
    settings, periods = loaded.scenario.settings, Periods(loaded.scenario.calendar)
    weight = settings.risk_weight
    worst = f"the average of the worst {percent(1 - settings.risk_tail)} of futures (CVaR)"
    return {
        "Strategy": loaded.strategy or "none: the scenario as it stands",
        "Horizon": f"{periods.horizon}, {periods.many}",
        "Futures": f"{len(plan.tables['futures']):,}",
        "Goal": "least expected cost"
        if weight == 0
        else f"least cost: {percent(1 - weight)} what is expected, {percent(weight)} {worst}",
        "Status": f"{_STATUS[plan.status]}; gap {percent(plan.gap, 2) if plan.gap >= _NOTHING else 'none'}",
    }


def certainty(plan: Plan, wording: Wording) -> str:
    """How far from the best possible plan this one may be, as a share and in money."""
    if plan.gap < _NOTHING:
        return "This is the best plan there can be."
    share = percent(math.ceil(plan.gap * 1e4) / 1e4, 2)
    left, whole = (wording.money(amount) for amount in (plan.objective - plan.bound, plan.objective))
    sure = f"No plan can be better by more than {share}, that is by {left} of the {whole} that the goal comes to"
    why = _STOPPED_BY.get(plan.status)
    more = "" if plan.status == "gave_up" else "; more time may find a better one"
    return f"{f'{why}. ' if why else ''}{sure}{more if why else ''}. {still_open(plan, wording)}".strip()


# --- the result ------------------------------------------------------------------------------------


def _stops(plan: Plan, periods: Periods) -> Iterator[str]:
    """What runs short whatever comes, and then the first that depends on what comes."""
    futures = plan.tables["futures"]
    several = len(futures) > 1
    common, beyond = stops_beyond(plan)
    if common.empty and beyond.empty:
        yield f"No line runs short: all demand is built on time{' in every future' * several}."
        return
    if len(common):
        first = str(common["month"].iloc[0])
        lines = common.loc[common["month"] == first, "segment"].tolist()
        whatever = "Whatever comes, " if several else ""
        yield capital(f"{whatever}{_stop(lines)}{',' * several} first{',' * (not several)} in {periods.named(first)}.")
    if several:
        yield from _differences(plan, periods, beyond, bool(len(common)))


def _differences(plan: Plan, periods: Periods, beyond: pd.DataFrame, more: bool) -> Iterator[str]:
    """The stops that are not those of every future; `more` where some are."""
    groups: dict[str, list[str]] = {}
    for future, month, lines in first_lines(beyond):
        text = f"{_stop(lines)}{' beyond that' * more} first, in {periods.named(month)}"
        groups.setdefault(text, []).append(future)
    always = {2: "In both futures"}.get(len(plan.tables["futures"]), "In every future")
    for text, names in list(groups.items())[:MOST]:
        yield f"{in_futures(plan, names, always)} {text}."
    if others := [name for names in list(groups.values())[MOST:] for name in names]:
        yield f"{in_futures(plan, others)} lines run short first in other months (sheet {PLAN_TABLE['futures'].title})."
    known = plan.tables["futures"]["future"]
    if spared := [str(name) for name in known if name not in set(beyond["future"])]:
        what = "no line runs short beyond that" if more else "no line runs short"
        yield f"{in_futures(plan, spared, 'In every future')} {what}."


def _stop(segments: list[str]) -> str:
    return (
        f"the {segments[0]} line runs short" if len(segments) == 1 else f"the lines of {listed(segments, 5)} run short"
    )


def _service(plan: Plan, wording: Wording) -> Iterator[str]:
    missing = missing_units(plan)
    if round(missing, 1) == 0:
        return
    futures = plan.tables["futures"]
    built, units = percent(service(plan), 1), wording.number(missing, 1 if missing < 10 else 0)
    said = f"{built} of demand is built by the horizon's end; {units} units are not"
    if len(futures) == 1:
        yield f"{said}."
        return
    worst = float(futures["service"].min())
    names = alike(futures, "service", worst)
    if len(names) == len(futures):
        yield f"In every future {said}."
        return
    if percent(worst, 1) == built:
        yield f"On average {said}; it is much the same in every future."
        return
    several = "s" * (len(names) > 1)
    yield f"On average {said}. In the worst future{several}, {listed(names, 2)}, {percent(worst, 1)} is built."


def _waits(loaded: Loaded, plan: Plan, wording: Wording, periods: Periods) -> Iterator[str]:
    """Who waits, how many at worst and how long."""
    said = []
    for wait in (found := waits(loaded, plan))[:MOST]:
        where = f" ({wait.future})" * bool(wait.future)
        units = wording.number(wait.units, 1 if wait.units < 10 else 0)
        length = f"{wait.periods} {periods.length}{'s' * (wait.periods > 1)}"
        said.append(f"{wait.segment}, {units} units at the end of {periods.end(wait.month)}{where} and up to {length}")
    if said:
        more = f"; {count(len(found) - MOST)} more lines wait" if len(found) > MOST else ""
        yield f"At worst there wait: {'; '.join(said)}{more}."


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
    ends = [float(amount) for amount in (futures["cost"].max(), futures["cost"].min())]
    expensive, cheap = (alike(futures, "cost", amount) for amount in ends)
    if len(expensive) == len(futures):
        yield "All futures cost the same."
        return
    verb = "futures are" if len(expensive) > 1 else "future is"
    said = [
        f"{listed(names, 2)} ({wording.money(amount)}{' each' * (len(names) > 1)})"
        for names, amount in zip((expensive, cheap), ends, strict=True)
    ]
    yield f"The most expensive {verb} {said[0]}, the cheapest {said[1]}."


def _sourcing(plan: Plan) -> Iterator[str]:
    source = main_source(plan)
    if source is None:
        return
    share, what = percent(source.share), f"the {source.what} that arrive over the horizon"
    if source.ties:
        yield f"{share} of {what} come from each of {listed([source.country, *source.ties])}."
    else:
        yield f"{share} of {what} come from {source.country}."


def _stock(plan: Plan, wording: Wording, periods: Periods) -> Iterator[str]:
    """When most lies in stock, and of what."""
    found = weighed(plan, "stock")
    found = found[~found["material"].isin(wording.counted)]
    kg = (found["kg"].astype(float) * found["weight"]).groupby([found["month"], found["material"]]).sum()
    sums = kg.groupby(level="month").sum()
    peak = float(sums.max()) if len(sums) else 0.0
    if not math.isfinite(peak) or round(peak) == 0:
        return
    first, *others = sums.index[sums >= peak * (1 - _SAME)]
    largest = kg[first].sort_values(ascending=False, kind="stable")
    said = [f"{wording.number(amount)} kg of {name}" for name, amount in largest.items() if round(amount) > 0]
    if (more := len(said) - MOST) > 0:
        said = [*said[:MOST], f"{count(more)} more material{'s' * (more > 1)}"]
    when = f"{'first ' * bool(others)}at the end of {periods.end(str(first))}"
    yield f"Stock is largest {when}: {listed(said)}{_average(plan)}."


def _average(plan: Plan) -> str:
    return ", on average" if len(plan.tables["futures"]) > 1 else ""


_CHOSEN = {limit.kind: limit.chosen for limit in LIMITS if limit.chosen}
"""Kinds of limits that are a choice, in words; capacities are facts."""


def _limits(plan: Plan) -> Iterator[str]:
    """Which limits that are a choice the plan goes up to, somewhere."""
    rows = plan.tables["limits_used"]
    mine = rows[rows["binds"].astype(bool) & rows["kind"].isin(_CHOSEN)]
    said = [_CHOSEN[kind].format(item=item) for kind, item in zip(mine["kind"], mine["item"], strict=True)]
    if said:
        where = PLAN_TABLE["limits_used"].title
        yield f"Limits that hold the plan back: {listed(list(dict.fromkeys(said)), 5)} (sheet {where})."


def first_short(plan: Plan, future: str) -> str:
    """Which lines stop first in a future, but for what stops in every future, and when, in words."""
    common, beyond = stops_beyond(plan)
    for name, month, lines in first_lines(beyond):
        if name == future:
            return f"{listed(lines, 2)}, in {month}"
    return "as in every future" if len(common) else "none"

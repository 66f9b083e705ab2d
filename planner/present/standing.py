"""Where a buyer stands before anything is decided: how long magnets last, by when to file, what runs without a licence.

All of it is made from the scenario as it stands, at its demand before any event; only `at_risk` looks at the plan.
Days are counted from the first day of the first period; a period has 30.4 days for each of its months.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from planner.plan.plan import Plan
from planner.present.figures import first_nodes
from planner.present.words import Wording, listed
from planner.scenario import tables as t
from planner.scenario.scenario import Scenario

DAYS_OF_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Cover:
    """How many days each kind of stock and orders lasts, beyond the kinds before it; inf: to the horizon's end.

    `free`: in the store, bound by nothing. `bound`: in the store under an undertaking, which may serve only some lines.
    `granted`: ordered, and its licence granted or not needed. `waiting`: ordered, its licence not granted: not counted.
    """

    material: str
    free: float
    bound: float
    granted: float
    waiting: float

    @property
    def sure(self) -> float:
        """Days that can be counted on."""
        return self.free + self.bound + self.granted


@dataclass(frozen=True)
class Deadline:
    """When a line stops with what is sure, of which magnet, and by when to file (or order) so that it does not."""

    segment: str
    material: str
    stops: dt.date
    act_by: dt.date | None
    licence: str | None
    offer: str | None
    filed: bool = False
    too_late: bool = False


@dataclass(frozen=True)
class Tripwire:
    """The last day on which a line is still saved without a licence, should nothing have been released by then."""

    licence: str
    segment: str
    stops: dt.date
    last: dt.date
    offer: str
    material: str
    design: str | None
    """The design to be changed to, where it is not the usual one."""


@dataclass(frozen=True)
class Stage:
    """Where the application for a licence stands, who must act, and what is paid for it."""

    licence: str
    stage: str
    who: str
    kg: float | None
    paid: float


def covers(scenario: Scenario) -> list[Cover]:
    """The cover of each magnet that a line's usual design needs, least first."""
    return sorted((_cover(scenario, name) for name in _daily(scenario)), key=lambda cover: cover.sure)


def deadlines(scenario: Scenario) -> list[Deadline]:
    """When each line stops that does so within the horizon, soonest first."""
    found = {cover.material: cover for cover in covers(scenario)}
    lines = []
    for segment, design in _usual(scenario).items():
        needed = [material for material in _needs(scenario, design) if material in found]
        if needed:
            first = min(needed, key=lambda name: found[name].sure)
            if math.isfinite(found[first].sure):
                lines.append(_deadline(scenario, segment, first, found[first].sure))
    return sorted(lines, key=lambda line: (line.act_by or line.stops, line.stops))


def tripwires(scenario: Scenario) -> list[Tripwire]:
    """Per line that a licensed magnet may stop the last day to order one that needs no licence, soonest first.

    The quickest offer without a licence counts, of the line's usual magnet or of another qualified design's; lines
    whose day lies before the horizon, or that have no such offer, have no tripwire.
    """
    start, found = _start(scenario), []
    for line in deadlines(scenario):
        licences = [offer.licence for offer in scenario.offers if offer.material == line.material and offer.licence]
        way = _unlicensed(scenario, line.segment, line.material)
        if licences and way is not None:
            days, offer, design = way
            last = line.stops - dt.timedelta(days=math.ceil(days))
            if last >= start:
                material = offer.material
                found.append(
                    Tripwire(licences[0], line.segment, line.stops, last, offer.offer, material, design)
                )  # fmt: skip
    return sorted(found, key=lambda wire: wire.last)


def _unlicensed(scenario: Scenario, segment: str, material: str) -> tuple[float, t.Offer, str | None] | None:
    """Days to arrival, offer and design (None: the usual one) of the quickest way to go on without a licence."""
    days, usual = scenario.settings.period_months * DAYS_OF_MONTH, _usual(scenario)[segment]
    ways = [
        (offer.lead_periods * days, offer, None if design.design == usual else design.design)
        for design in scenario.designs
        if design.segment == segment and design.qualified == "yes" and design.decision != "never"
        for offer in scenario.offers
        if offer.licence is None and offer.decision != "never" and offer.material in _needs(scenario, design.design)
        if (offer.material == material if design.design == usual else len(_needs(scenario, design.design)) == 1)
    ]
    return min(ways, key=lambda way: (way[0], way[2] is not None), default=None)


def stages(scenario: Scenario, plan: Plan) -> list[Stage]:
    """Where each licence's application stands: made before and in force, with the ministry, for now, or left."""
    now = set(plan.decisions.apply)
    found = []
    for row in scenario.licences:
        made = [one for one in scenario.open_applications if one.licence == row.licence]
        found += [_made(scenario, one) for one in made]
        if row.licence in now:
            found.append(Stage(row.licence, "to be filed now", "you", None, row.application_fee))
        elif not made:
            found.append(Stage(row.licence, "not applied for", "nobody", None, 0.0))
    return found


def _made(scenario: Scenario, one: t.OpenApplication) -> Stage:
    waits = one.from_ is not None and scenario.calendar.period(one.from_) > 1
    if waits:
        return Stage(one.licence, f"filed, in force from {one.from_} at the earliest", "the ministry", one.kg, 0.0)
    until = f" until {one.until}" if one.until else ""
    return Stage(one.licence, f"in force{until}", "nobody", one.kg, 0.0)


def _start(scenario: Scenario) -> dt.date:
    return dt.date(int(scenario.settings.start[:4]), int(scenario.settings.start[5:]), 1)


def without_licence(scenario: Scenario) -> list[tuple[str, str, float]]:
    """Per line the cheapest design that needs no licensed offer, and what a unit costs more than as usual."""
    price, free = _cheapest(scenario, licensed=True), _cheapest(scenario, licensed=False)
    found = []
    for segment, name in _usual(scenario).items():
        usual = _unit_cost(scenario, design_of(scenario, name), price)
        costs = [
            (_unit_cost(scenario, design, free) - usual, design.design)
            for design in scenario.designs
            if design.segment == segment
            and design.decision != "never"
            and all(material in free for material in _needs(scenario, design.design))
        ]
        if costs:
            more, cheapest = min(costs)
            found.append((segment, cheapest, more))
    return found


def at_risk(scenario: Scenario, plan: Plan) -> float:
    """Base currency that is paid now or in the first period and is lost should no licence come: fees and deposits."""
    now = plan.tables["now_decisions"]
    fees = float(now.loc[now["taken"].astype(bool), "cost"].astype(float).sum())
    orders = plan.tables["orders"]
    _, nodes = first_nodes(plan)
    placed = orders[orders["node"].isin(nodes)]
    deposits = [
        kg * scenario.offer[offer].deposit_share * scenario.offer[offer].price_per_kg * _rate(scenario, offer)
        for offer, kg in zip(placed["offer"], placed["kg"].astype(float), strict=True)
        if scenario.offer[offer].licence
    ]
    return fees + sum(deposits) / max(1, len(nodes))


def sentences(scenario: Scenario, plan: Plan, wording: Wording) -> Iterator[str]:
    """What a buyer looks for first, in words."""
    for line in deadlines(scenario)[:4]:
        yield _deadline_words(line)
    for wire in tripwires(scenario)[:3]:
        yield _tripwire_words(wire)
    unlicensed = without_licence(scenario)
    for segment, design, more in unlicensed:
        price = f"{wording.money(more)} a unit more" if more > 0 else "no more"
        yield f"Without any licence {segment} can be built as {design}, which costs {price} than as usual."
    rest = [segment for segment in _usual(scenario) if segment not in {name for name, _, _ in unlicensed}]
    if rest:
        yield f"Without any licence there is no way to build {listed(rest, 6)}."
    lost = at_risk(scenario, plan)
    if lost > 0:
        yield f"{wording.money(lost)} of what is paid first, fees and deposits, is lost should no licence come."


def _deadline_words(line: Deadline) -> str:
    stop = f"{line.segment} stops on {_day(line.stops)}, when sure {line.material} runs out"
    if line.act_by is None:
        return f"{stop}; no offer brings more."
    if line.too_late:
        return f"{stop}; nothing that is ordered now comes before that."
    what = f"Order {line.offer}"
    if line.licence:
        what = f"{line.licence} must be granted" if line.filed else f"File for {line.licence}"
    return f"{what} by {_day(line.act_by)}, or {stop}."


def _tripwire_words(wire: Tripwire) -> str:
    what = f"order {wire.offer} ({wire.material})"
    what = f"{what} and build {wire.segment} as {wire.design}" if wire.design else what
    return (
        f"Nothing released under {wire.licence} by {_day(wire.last)}: {what} that day at the latest, or {wire.segment} "
        f"stops on {_day(wire.stops)}."
    )


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


# --- what is needed -----------------------------------------------------------------------------------------


def design_of(scenario: Scenario, name: str) -> t.Design:
    """A design by name."""
    return next(row for row in scenario.designs if row.design == name)


def _usual(scenario: Scenario) -> dict[str, str]:
    """The design that each line is built by today: of those qualified the one that loses least efficiency."""
    found: dict[str, t.Design] = {}
    for row in scenario.designs:
        if row.qualified == "yes" and row.decision != "never":
            best = found.get(row.segment)
            if best is None or row.efficiency_loss_pp < best.efficiency_loss_pp:
                found[row.segment] = row
    return {segment: row.design for segment, row in found.items()}


def _needs(scenario: Scenario, design: str) -> dict[str, float]:
    return {row.material: row.kg_per_unit for row in scenario.design_materials if row.design == design}


def _daily(scenario: Scenario) -> dict[str, list[float]]:
    """kg of each magnet that the lines' usual designs take a day, by period."""
    days = scenario.settings.period_months * DAYS_OF_MONTH
    found: dict[str, list[float]] = {}
    for segment, design in _usual(scenario).items():
        for material, kg in _needs(scenario, design).items():
            rates = found.setdefault(material, [0.0] * scenario.calendar.periods)
            for period, units in scenario.units.get(segment, {}).items():
                rates[period - 1] += units * kg / days
    return {name: rates for name, rates in found.items() if any(rates)}


def _cover(scenario: Scenario, material: str) -> Cover:
    kinds: dict[str, float] = defaultdict(float)
    for stock in scenario.stock:
        if stock.material == material:
            kinds["bound" if stock.undertaking else "free"] += stock.kg
    for order in scenario.open_orders:
        offer = scenario.offer[order.offer]
        if offer.material == material:
            granted = offer.licence is None or getattr(order, "cleared", "no") == "yes"
            kinds["granted" if granted else "waiting"] += order.kg
    rates = _daily(scenario)[material]
    steps = list(itertools.accumulate((kinds[name] for name in ("free", "bound", "granted", "waiting")), initial=0.0))
    ends = [_lasts(kg, rates, scenario.settings.period_months * DAYS_OF_MONTH) for kg in steps]
    days = [end - start if math.isfinite(start) else 0.0 for start, end in itertools.pairwise(ends)]
    return Cover(material, *days)


def _lasts(kg: float, rates: list[float], days: float) -> float:
    """How many days a stock lasts at daily rates by period; inf where it outlasts them."""
    passed = 0.0
    for rate in rates:
        if rate > 0 and kg <= rate * days:
            return passed + kg / rate
        kg -= rate * days
        passed += days
    return math.inf


def _deadline(scenario: Scenario, segment: str, material: str, days: float) -> Deadline:
    start = _start(scenario)
    stops = start + dt.timedelta(days=int(days))
    period = scenario.settings.period_months * DAYS_OF_MONTH
    waits = [(_wait(scenario, offer) * period, offer) for offer in scenario.offers
             if offer.material == material and offer.decision != "never"]  # fmt: skip
    if not waits:
        return Deadline(segment, material, stops, None, None, None)
    # Of offers as quick, the one without a licence: nothing is to be filed for it.
    wait, offer = min(waits, key=lambda pair: (pair[0], pair[1].licence is not None))
    act_by = stops - dt.timedelta(days=math.ceil(wait))
    made = {row.licence for row in scenario.open_applications}
    made |= {row.licence for row in scenario.licences if row.decision == "must"}
    return Deadline(segment, material, stops, act_by, offer.licence, offer.offer, offer.licence in made, act_by < start)


def _wait(scenario: Scenario, offer: t.Offer) -> int:
    """Periods from filing, or ordering, to arrival."""
    processing = getattr(scenario.licence[offer.licence], "processing_periods", 0) if offer.licence else 0
    return offer.lead_periods + int(processing)


# --- what it costs ------------------------------------------------------------------------------------------


def _rate(scenario: Scenario, offer: str) -> float:
    return scenario.rate[scenario.offer[offer].currency or scenario.settings.currency]


def _cheapest(scenario: Scenario, licensed: bool) -> dict[str, float]:
    """The least landed price of a kg of each magnet, of all offers or of those that need no licence."""
    found: dict[str, float] = {}
    for row in scenario.offers:
        if row.decision != "never" and (licensed or row.licence is None):
            price = (row.price_per_kg + row.freight_per_kg) * (1 + row.duty_rate) * _rate(scenario, row.offer)
            found[row.material] = min(price, found.get(row.material, math.inf))
    for made in scenario.conversions:
        found.setdefault(made.material, made.cost_per_kg)
    return found


def _unit_cost(scenario: Scenario, design: t.Design, price: dict[str, float]) -> float:
    segment = scenario.segment[design.segment]
    magnets = sum(kg * price.get(name, 0.0) for name, kg in _needs(scenario, design.design).items())
    return magnets + design.extra_cost_per_unit + design.efficiency_loss_pp * segment.efficiency_cost_per_pp

"""What things are worth, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from planner.catalogue.decisions import DECISION
from planner.present.words import Wording, listed, percent
from planner.valuation.alternatives import Alternatives
from planner.valuation.decisions import Opposite
from planner.valuation.frontier import Frontier
from planner.valuation.interval import Interval
from planner.valuation.licences import LicenceWorth
from planner.valuation.prices import Term
from planner.valuation.worth import Worth

_SHOWN = 5
"""Items of a kind that are named in sentences; the tables hold all."""


def to_do(kind: str, item: str) -> str:
    """A decision as an instruction."""
    return f"{'order from' if kind == 'order' else DECISION[kind].do} {item}"


def money_of(worth: Interval | None, wording: Wording, optimum: float) -> str:
    """An interval in words: the value where the bounds close it, else what they leave."""
    if worth is None:
        return "an amount that is not known (there is no such plan)"
    if worth.value is None or worth.low is None or worth.high is None:
        return "an amount that is not known (no such plan was found in time)"
    if worth.is_nothing(optimum):
        return "nothing"
    if wording.money(worth.low) == wording.money(worth.high):
        return wording.money(worth.value)
    if worth.is_open(optimum):
        return f"between {wording.money(worth.low)} and {wording.money(worth.high)}: the bounds do not show more"
    return f"{wording.money(worth.value)} (between {wording.money(worth.low)} and {wording.money(worth.high)})"


def sentences(found: Worth) -> list[str]:
    """What comes out, the most important first."""
    wording = Wording(found.loaded.scenario.settings.currency)
    said = [f"The plan costs {wording.money(found.rp.objective)}, as the scenario weighs expected cost and risk."]
    said += _information(found, wording)
    for licence in found.licences:
        said += _licence(licence, found, wording)
    for row in found.undertakings:
        option, promise = (money_of(worth, wording, found.rp.objective) for worth in (row.option, row.promise))
        said.append(f"To be able to give undertaking {row.undertaking} is worth {option}; its promise costs {promise}.")
    said += _decisions(found.decisions, found, wording)
    said += _prices(found.prices)
    if found.break_even is not None:
        said.append(_break_even(found))
    if found.wide:
        said.append(f"The time limit left wider than a tenth of the value: {listed(found.wide)}.")
    if not found.complete:
        said.append("It was stopped before all was answered: what is missing is left blank.")
    return said


def _information(found: Worth, wording: Wording) -> Iterator[str]:
    if "information" not in found.parts:
        return
    optimum = found.rp.objective
    if found.evpi is not None:
        evpi = money_of(found.evpi, wording, optimum)
        yield f"To know from the start which future comes would be worth {evpi} (EVPI)."
    average = found.average
    if average is not None and average.infinite:
        yield f"The value of planning for all futures (VSS) is infinite. {average.infinite}"
    elif average is not None and average.vss is not None:
        cost = money_of(average.vss, wording, optimum)
        yield f"To decide now for the average future instead of all of them would cost {cost} (VSS)."
    elif average is not None:
        yield "The average future has no plan, so that there is no value of the stochastic solution (VSS)."
    months = found.loaded.scenario.settings.period_months
    last = {row.licence: row for row in found.notices if row.periods == 1}
    for licence, row in last.items():
        what = f"the answer of licence {licence}" if licence else "all that is uncertain"
        yield f"To know {what} {months} months earlier is worth {money_of(row.worth, wording, optimum)}."


def _licence(row: LicenceWorth, found: Worth, wording: Wording) -> Iterator[str]:
    option, certain = money_of(row.option, wording, found.rp.objective), row.certain
    yield f"Licence {row.licence}: to be able to apply for it is worth {option}; {_cleared(certain, found, wording)}."
    if row.pays_from is not None:
        low, high = row.pays_from
        yield f"To apply for {row.licence} pays from a clearance of {percent(low, 1)} to {percent(high, 1)} on."


def _cleared(certain: Interval | None, found: Worth, wording: Wording) -> str:
    optimum = found.rp.objective
    if certain is not None and certain.high is not None and certain.low is not None and certain.high < 0:
        more = Interval(-(certain.value or 0.0), -certain.high, -certain.low)
        return f"were everything under it cleared, the plan would cost {money_of(more, wording, optimum)} more"
    return f"were everything under it cleared, that would be worth {money_of(certain, wording, optimum)}"


def _decisions(rows: list[Opposite], found: Worth, wording: Wording) -> Iterator[str]:
    optimum = found.rp.objective
    costly = [row for row in rows if row.opposite is not None and (row.opposite.low or 0.0) > 0]
    for row in costly[:_SHOWN]:
        cost = money_of(row.opposite, wording, optimum)
        yield f"{'Not to' if row.taken else 'To'} {to_do(row.kind, row.item)} would cost {cost}."
    either = [to_do(row.kind, row.item) for row in rows if row.opposite and row.opposite.is_nothing(optimum)]
    if either:
        yield f"Either way costs the same: {listed(either)}."


def _prices(rows: list[Term]) -> Iterator[str]:
    for row in [row for row in rows if row.field == "price_per_kg" and row.break_even][:_SHOWN]:
        low, high = row.break_even or (0.0, 0.0)
        what = "is dropped above" if row.taken else "is taken below"
        yield f"Offer {row.offer} {what} a price of {low:.4g} to {high:.4g} (now {row.now:g})."


def _break_even(found: Worth) -> str:
    one = found.break_even
    if one is None:
        return ""
    what = f"{one.decision.kind} {one.decision.item}"
    if one.between is None:
        return f"Between {one.ends[0]:g} and {one.ends[1]:g} {one.cell} does not change whether {what} pays."
    return f"Whether {what} pays changes where {one.cell} lies between {one.between[0]:.6g} and {one.between[1]:.6g}."


def sentences_of_frontier(found: Frontier) -> list[str]:
    """The frontier's ends, and where decisions change."""
    wording = Wording(found.loaded.scenario.settings.currency)
    said = []
    for point in found.points:
        if point.objective is None:
            said.append(f"At {point.value}: {point.note}.")
            continue
        changed = f"; {', '.join(point.changed)}" if point.changed else ""
        share = "" if point.service is None else f", service {percent(point.service, 1)}"
        said.append(f"At {point.value}: {wording.money(point.objective)}{share}{changed}.")
    return said


def sentences_of_alternatives(found: Alternatives) -> list[str]:
    """How many plans there are, what all of them do, and what none does."""
    wording = Wording(found.loaded.scenario.settings.currency)
    others = len(found.plans) - 1
    said = [f"{others} other plans cost at most {percent(found.within, 1)} more than the best can."]
    if found.exhausted:
        said.append("It is proven that no plan that decides otherwise does.")
    for verdict, words in (("must", "In all of them"), ("could", "In some of them"), ("never", "In none of them")):
        items = [to_do(kind, item) for kind, item in found.names if found.verdict((kind, item)) == verdict]
        if items:
            said.append(f"{words}: {listed(items, 30)}.")
    for number, plan in enumerate(found.plans):
        more = plan.objective - found.plans[0].objective
        what = "The best plan found" if not number else f"Plan {number + 1}"
        said.append(f"{what} costs {wording.money(plan.objective)}{f', {wording.money(more)} more' if number else ''}.")
    return said

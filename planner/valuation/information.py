"""What it is worth to know: EVPI, VSS, and a licence's answer some periods earlier.

After Birge and Louveaux, 'Introduction to Stochastic Programming' (2nd ed. 2011), chapter 4, with the scenario's own
risk measure in place of the expectation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.futures.tree import Notice, grow
from planner.plan.outcome import cvar
from planner.valuation.inquiry import Inquiry
from planner.valuation.interval import NOTHING, Found, Interval, difference, found_in
from planner.valuation.question import AS_IT_STANDS, Question
from planner.valuation.works import solve_average

_AVERAGE = "the plan for the average future"


@dataclass(frozen=True)
class Noticed:
    """What it is worth to know a licence's clearances (None: everything) so many periods earlier."""

    licence: str | None
    periods: int
    worth: Interval | None


@dataclass(frozen=True)
class Average:
    """The plan for the average future: VSS, or in words why it is infinite, and what that plan decides now."""

    vss: Interval | None
    infinite: str
    decisions: dict[str, Any] | None


class Information:
    """Asks what EVPI, VSS and notice rest on, and reads them off the answers."""

    def __init__(self, inquiry: Inquiry) -> None:
        self._inquiry = inquiry
        self._notices = _notices(inquiry)
        for number, future in enumerate(inquiry.base.futures):
            inquiry.ask(f"hindsight of {future}", Question(future=number), exact=True)
        for notice, question in self._notices.items():
            item = notice.licence or "everything"
            inquiry.ask(f"notice of {item} by {notice.periods}", question, "below")
        inquiry.have(_AVERAGE, solve_average, inquiry.base.found)

    def evpi(self) -> Interval | None:
        """RP − ρ(WS): each future by itself, weighed as the scenario weighs them."""
        base = self._inquiry.base
        found = [self._inquiry.found(Question(future=number)) for number in range(len(base.futures))]
        alone = [one for one in found if one is not None and not one.infeasible]
        if len(alone) < len(found):
            return None
        weighed = Found(self._weighed([one.objective for one in alone]), self._weighed([one.bound for one in alone]))
        return difference(base.found, weighed, 0.0)

    def _weighed(self, costs: list[float]) -> float:
        settings = self._inquiry.scenario.settings
        values, probability = np.array(costs), np.array(self._inquiry.base.probability)
        tail = cvar(values, probability, settings.risk_tail)
        return float((1 - settings.risk_weight) * (probability @ values) + settings.risk_weight * tail)

    def average(self) -> Average | None:
        """VSS = EEV − RP; None where it was stopped before."""
        said = self._inquiry.answer(_AVERAGE)
        if said is None:
            return None
        decisions, held = said.get("decisions"), said.get("eev")
        if held is None:
            return Average(None, "", None)
        eev = found_in(held)
        if eev.infeasible:
            return Average(None, _infinite(said.get("why") or []), decisions)
        return Average(difference(eev, self._inquiry.base.found, 0.0), "", decisions)

    def notices(self) -> list[Noticed]:
        """The worth of each notice; it grows with the periods and stays below EVPI, which narrows the intervals."""
        found = {}
        most = self.evpi()
        for notice, question in self._notices.items():
            worth = NOTHING if question == AS_IT_STANDS else self._inquiry.saved(question, 0.0)
            found[notice] = worth if most is None else _below(worth, most)
        licences = dict.fromkeys(notice.licence for notice in found)
        return [
            Noticed(licence, notice.periods, worth)
            for licence in licences
            for notice, worth in _growing([(one, worth) for one, worth in found.items() if one.licence == licence])
        ]


def _infinite(why: list[str]) -> str:
    said = "The plan for the average future cannot be carried out in every future"
    return f"{said}: {' '.join(why)}" if why else f"{said}: what it keeps of capacity is not enough."


def _notices(inquiry: Inquiry) -> dict[Notice, Question]:
    """Each notice and the question it makes: those after which futures part alike make the same one."""
    scenario = inquiry.scenario
    known = {grow(scenario).node_of.tobytes(): AS_IT_STANDS}
    found = {}
    for licence in (*scenario.licence, None):
        for periods in range(1, scenario.calendar.periods):
            notice = Notice(licence, periods)
            shape = grow(scenario, notice).node_of.tobytes()
            found[notice] = known.setdefault(shape, Question(notice=notice))
    return found


def _below(worth: Interval | None, most: Interval) -> Interval | None:
    if worth is None or worth.high is None or most.high is None:
        return worth
    low = worth.low or 0.0
    return _within(worth, low, max(min(worth.high, most.high), low))


def _growing(found: list[tuple[Notice, Interval | None]]) -> list[tuple[Notice, Interval | None]]:
    """Intervals of values that grow: none is lower than one before it, or higher than one after it."""
    lows = [-math.inf if worth is None or worth.low is None else worth.low for _, worth in found]
    highs = [math.inf if worth is None or worth.high is None else worth.high for _, worth in found]
    low = np.maximum.accumulate(lows)
    high = np.maximum(np.minimum.accumulate(highs[::-1])[::-1], low)
    return [
        (notice, worth if worth is None else _within(worth, float(low[place]), float(high[place])))
        for place, (notice, worth) in enumerate(found)
    ]


def _within(worth: Interval, low: float, high: float) -> Interval:
    value = None if worth.value is None else min(max(worth.value, low), high)
    return Interval(value, low if math.isfinite(low) else None, high if math.isfinite(high) else None)

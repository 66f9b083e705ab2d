"""A stress test as the sheets of a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from planner.plan.tables import Column
from planner.plan.tables.column import money, share, text
from planner.present.view import View
from planner.report.study import Drawing, Study, StudySheet
from planner.trial.statistics import QUANTILES, Estimate, mean, quantile, tail
from planner.trial.statistics import share as share_of
from planner.trial.stress import Stress, Tried
from planner.trial.words import sentences

_BINS = 20


def stress_study(found: Stress) -> Study:
    """The workbook of a stress test."""
    count, policy = found.asked.count, found.tried[0].policy
    how = "decided by the plan's node that fits best" if policy == "plan" else "planned again in every period"
    return Study(
        f"Stress test: {found.loaded.scenario.name}",
        f"Plans tried on {count:,} paths that they were not made for, {how}. Intervals hold with 95 %.",
        tuple(sentences(found)),
        tuple(_sheets(found)),
        found.loaded.scenario.settings.currency,
    )


def _sheets(found: Stress) -> Iterator[StudySheet]:
    yield _strategies(found)
    yield _distribution(found)
    yield _lines(found)
    yield _stops(found)
    yield _breaches(found)
    yield _worst(found)
    yield _paths(found)


def _strategies(found: Stress) -> StudySheet:
    columns = (
        text("strategy", "whose plan is tried"),
        text("figure", "of the costs of its paths"),
        money("value", "over the paths"),
        money("low", "lower end of the 95 % interval"),
        money("high", "upper end of the 95 % interval"),
    )
    rows = [
        {"strategy": tried.strategy, "figure": figure, "value": one.value, "low": one.low, "high": one.high}
        for tried in found.tried
        for figure, one in _figures(found, tried)
    ]
    return StudySheet(_view("strategies", "Costs", "what plans cost out of sample", columns, rows, keys=2))


def _figures(found: Stress, tried: Tried) -> Iterator[tuple[str, Estimate]]:
    yield "mean", mean(tried.costs)
    level = tried.loaded.scenario.settings.risk_tail
    yield f"CVaR (worst {1 - level:.0%})", tail(tried.costs, level)
    for one in QUANTILES:
        yield f"{one:.0%} of the paths cost less", quantile(tried.costs, one)
    if tried.hindsight is not None:
        low, high = tried.hindsight
        yield "with hindsight (proven)", mean(low)
        yield "cost of not knowing (at least)", mean(tried.costs - high)
    if tried is not found.tried[0]:
        yield f"more than {found.tried[0].strategy}, on the same paths", found.difference(tried, found.tried[0])


def _distribution(found: Stress) -> StudySheet:
    """How many paths cost how much, in bins."""
    every = np.concatenate([tried.costs for tried in found.tried])
    edges = np.linspace(every.min(), max(every.max(), every.min() + 1.0), _BINS + 1)
    columns = (
        money("cost", "up to"),
        *(share(tried.strategy, "of its paths cost so much") for tried in found.tried),
    )
    parts = {tried.strategy: np.histogram(tried.costs, edges)[0] / len(tried.costs) for tried in found.tried}
    rows = [
        {"cost": edge} | {name: float(part[place]) for name, part in parts.items()}
        for place, edge in enumerate(edges[1:].tolist())
    ]
    drawing = Drawing("Paths by cost", "line", "cost", tuple(parts))
    return StudySheet(_view("distribution", "Distribution", "paths by what they cost", columns, rows), (drawing,))


def _lines(found: Stress) -> StudySheet:
    columns = (
        text("strategy", "whose plan is tried"),
        text("segment", "product line"),
        share("service", "of demand built, on average over the paths"),
        share("service_low", "lower end of the 95 % interval"),
        share("service_high", "upper end of the 95 % interval"),
        share("stops", "of the paths in which it stops at some time"),
        Column("first", "month", "", "in which it most often stops first"),
    )
    rows = []
    for tried in found.tried:
        for name in tried.loaded.scenario.segment:
            stops, service = tried.first_stop(name), tried.service(name)
            first = max(stops, key=lambda month: stops[month]) if stops else ""
            rows.append(
                {"strategy": tried.strategy, "segment": name, "service": service.value, "service_low": service.low,
                 "service_high": min(service.high, 1.0), "stops": sum(stops.values()), "first": first}
            )  # fmt: skip
    return StudySheet(_view("lines", "Lines", "service and stops of each line", columns, rows, keys=2))


def _stops(found: Stress) -> StudySheet:
    columns = (
        text("strategy", "whose plan is tried"),
        text("segment", "product line"),
        Column("month", "month", "", "in which it first stops"),
        share("paths", "share of the paths"),
    )
    rows = [
        {"strategy": tried.strategy, "segment": name, "month": month, "paths": part}
        for tried in found.tried
        for name in tried.loaded.scenario.segment
        for month, part in tried.first_stop(name).items()
    ]
    meaning = "when each line first loses units or lets them wait"
    return StudySheet(_view("first_stops", "First stops", meaning, columns, rows, keys=3, empty="no line ever stops"))


def _breaches(found: Stress) -> StudySheet:
    columns = (
        text("strategy", "whose plan is tried"),
        text("rule", "what was asked and is not kept"),
        text("item", "of what"),
        share("paths", "share of the paths in which it is broken"),
        share("at_most", "upper end of the 95 % interval"),
        Column("amount", "number", "", "by how much on average, in the unit beside it"),
        text("unit", "of the amount"),
        money("money", "what that is worth, on average over the paths in which it is broken"),
    )
    rows = [row for tried in found.tried for row in _broken(tried)]
    meaning = "what is asked and cannot be kept; no path is left out"
    return StudySheet(_view("breaches", "Breaches", meaning, columns, rows, keys=3, empty="nothing is ever broken"))


def _broken(tried: Tried) -> Iterator[dict[str, Any]]:
    by_rule: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for outcome in tried.outcomes:
        sums: dict[tuple[str, str, str], tuple[float, float]] = {}
        for row in outcome["broken"]:
            key = (row["rule"].replace("_", " "), row["item"], row["unit"])
            amount, worth = sums.get(key, (0.0, 0.0))
            sums[key] = (amount + row["amount"], worth + row["money"])
        for key, its in sums.items():
            by_rule.setdefault(key, []).append(its)
    for (rule, item, unit), found in by_rule.items():
        part = share_of(len(found), len(tried.outcomes))
        amounts, worths = np.array(found).T
        yield {
            "strategy": tried.strategy, "rule": rule, "item": item, "paths": part.value, "at_most": part.high,
            "amount": float(amounts.mean()), "unit": unit, "money": float(worths.mean()),
        }  # fmt: skip


def _worst(found: Stress) -> StudySheet:
    columns = (
        text("strategy", "whose plan is tried"),
        money("cost", "of the path"),
        text("path", "what happens on it"),
    )
    rows = [
        {"strategy": tried.strategy, "cost": outcome["cost"], "path": outcome["words"]}
        for tried in found.tried
        for outcome in tried.worst()
    ]
    return StudySheet(_view("worst", "Worst paths", "the most expensive paths", columns, rows))


def _paths(found: Stress) -> StudySheet:
    """Every path, with its cost under each plan and what hindsight would have cost under the first."""
    first, count = found.tried[0], min(len(tried.outcomes) for tried in found.tried)
    columns = (
        Column("number", "count", "", "of the path"),
        *(money(tried.strategy, "cost of the path") for tried in found.tried),
        money("hindsight", f"least cost with all known and {first.strategy} decided now, proven"),
        Column("broken", "flag", "", f"whether {first.strategy} breaks something"),
        text("path", "what happens on it"),
    )
    rows = [
        {tried.strategy: tried.outcomes[number]["cost"] for tried in found.tried}
        | {
            "number": number + 1,
            "hindsight": None if first.hindsight is None else float(first.hindsight[0][number]),
            "broken": bool(first.outcomes[number]["broken"]),
            "path": first.outcomes[number]["words"],
        }
        for number in range(count)
    ]
    return StudySheet(_view("paths", "Paths", "every path and what it costs", columns, rows))


def _view(
    name: str,
    title: str,
    meaning: str,
    columns: tuple[Column, ...],
    rows: list[dict[str, Any]],
    keys: int = 1,
    empty: str = "none",
) -> View:
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return View(name, title, meaning, columns, frame, keys=keys, empty=empty)

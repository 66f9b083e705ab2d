"""What a worker process does of a question about outages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from planner.batch.cells import Case
from planner.model.solution import read
from planner.outage.impact import impacts
from planner.outage.lasting import ByLine, Lasts, lasting
from planner.outage.sources import Source
from planner.outage.survivable import decided_otherwise, one_longer
from planner.pipeline import Prepared, prepare
from planner.plan.assemble import assemble
from planner.plan.plan import Decisions
from planner.scenario.load import from_raw
from planner.solver.outcome import Options
from planner.solver.strategy import solve

Watch = Callable[[Any], None]
Document = dict[str, Any]


@lru_cache(maxsize=4)
def _prepared(case: Case) -> Prepared:
    return prepare(from_raw(case.unpacked()))


def plan_of_case(case: Case, options: Options, watch: Watch, cancel: threading.Event) -> Document:
    """What the optimum of a scenario decides now, its objective and bound, and how many integer variables it has."""
    base = _prepared(case)
    outcome = solve(base.instance, options, watch, cancel)
    found = {"stopped": cancel.is_set(), "stop": outcome.stop.value, "integers": int(base.instance.integer.sum())}
    if outcome.x is None:
        return found | {"objective": None}
    layout = base.instance.layout
    decisions = assemble(base.loaded.scenario, base.tree, read(base.path, layout, outcome.x)).decisions
    taken = {"apply": list(decisions.apply), "sign": list(decisions.sign), "keep": dict(decisions.keep)}
    return found | taken | {"objective": outcome.objective, "bound": outcome.bound}


def last_without(
    case: Case,
    decisions: Decisions,
    source: Source | None,
    futures: Sequence[str],
    undisturbed: Document,
    watch: Watch,
    cancel: threading.Event,
) -> Document:
    """By future and line for how many periods it lasts without a source."""
    base = _prepared(case)
    known: ByLine = {
        future: {name: Lasts(one["periods"], tuple(one["uses"])) for name, one in lines.items()}
        for future, lines in undisturbed.items()
    }
    try:
        found = lasting(base.loaded.scenario, base.tree, decisions, source, futures, known, cancel)
    except KeyboardInterrupt:
        return {"stopped": True}
    said = {
        future: {name: {"periods": one.periods, "uses": list(one.uses)} for name, one in lines.items()}
        for future, lines in found.items()
    }
    return {"stopped": False, "lasts": said}


def impact_of(
    case: Case,
    decisions: Decisions,
    source: Source,
    lengths: Sequence[int],
    options: Options,
    watch: Watch,
    cancel: threading.Event,
) -> Document:
    """What a source out for some lengths costs."""
    base = _prepared(case)
    found = impacts(base.loaded.scenario, base.tree, decisions, source, lengths, options, cancel)
    return {"stopped": cancel.is_set(), "impacts": [asdict(one) | {"source": None} for one in found]}


def extra_period(
    case: Case,
    decisions: Decisions,
    source: Source,
    segments: Sequence[str],
    futures: Sequence[str],
    periods: int,
    options: Options,
    watch: Watch,
    cancel: threading.Event,
) -> Document:
    """The cheapest plan with which lines last so many periods: objective, bound, and what it decides otherwise."""
    base = _prepared(case)
    outcome, instance = one_longer(base.loaded.scenario, base.tree, source, segments, futures, periods, options, cancel)
    found = outcome.x is not None
    return {
        "stopped": cancel.is_set(),
        "stop": outcome.stop.value,
        "objective": outcome.objective if found else None,
        "bound": outcome.bound if found else None,
        "does": decided_otherwise(instance, outcome, decisions),
    }

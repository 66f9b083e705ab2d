"""Runs beside each other: the comparison that the batch makes of cells, as lines and charts of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planner.catalogue.decisions import DECISION
from planner.comparison.cell import AS_IT_STANDS, CellAnswer, CellStatus
from planner.comparison.comparison import DECIDED, Comparison, compare
from planner.comparison.words import sentences
from planner.plan.tables import COST_KINDS
from planner.present.words import FigureKind, Wording, capital, listed
from planner.serve.charts import Chart, Series, money
from planner.serve.store import Run, Scenario
from planner.serve.words import scenario_name

_KINDS = 5
"""Kinds of cost that are told apart in a stack; the rest are one."""

_FIGURES: dict[str, tuple[str, FigureKind]] = {
    "cost": ("Cost as the scenario weighs it", "money"),
    "expected_cost": ("Expected cost", "money"),
    "cvar": ("CVaR", "money"),
    "service": ("Service", "share"),
    "china_share": ("China's share of magnets", "share"),
    "china_heavy_share": ("China's share of heavy magnets", "share"),
    "efficiency_lost": ("Efficiency lost", "points"),
    "cash_now": ("Cash needed now", "money"),
    "gap": ("Gap", "gap"),
}

_WITHOUT: dict[str, CellStatus] = {"infeasible": "infeasible", "invalid": "invalid", "failed": "failed"}
"""What a cell without a plan is, by the state of its run; others have no plan yet."""


@dataclass(frozen=True)
class Line:
    """A figure of every run as text, and its difference to the run it is compared with; blank where there is none."""

    label: str
    values: list[str]
    differences: list[str] = field(default_factory=list)
    decision: bool = False
    """Whether it names what is decided, which takes more room than a figure."""


@dataclass(frozen=True)
class Compared:
    """What a comparison shows: what each run is called, what it comes to in sentences, lines and charts.

    `order` are the places of the runs, the best of each scenario first; those without a plan come last.
    """

    names: list[str]
    sentences: list[str]
    lines: list[Line]
    charts: list[dict[str, Any]]
    currency: str
    order: list[int]


def compared(cells: Sequence[tuple[Run, Scenario]], found: Sequence[CellAnswer | None]) -> Compared:
    """Runs beside each other, in their order; `found` are the answers of those that have a plan.

    Each is compared with its scenario as it stands, or else with the first run.
    """
    names = _names(cells)
    answers: list[CellAnswer] = [
        replace(answer, scenario=_title(scenario), strategy=run.strategy or AS_IT_STANDS)
        if answer
        else CellAnswer(_title(scenario), run.strategy or AS_IT_STANDS, _WITHOUT.get(run.state, "no_plan"), run.message)
        for (run, scenario), answer in zip(cells, found, strict=True)
    ]
    currencies = list(dict.fromkeys(answer.currency for answer in answers if answer.currency))
    if _as_one(cells) and len(currencies) < 2:
        answers = [replace(one, scenario=_TOGETHER, strategy=name) for one, name in zip(answers, names, strict=True)]
    wording = Wording(currencies[0] if currencies else "INR")
    told = compare(answers)
    # A cell that was solved twice cannot be ranked beside itself, nor amounts of several currencies in one chart.
    twice = len({(one.scenario, one.strategy) for one in answers}) < len(answers)
    ranked = not twice and any(len(plans) > 1 for plans in told.plans.values())
    lines = [*(_ranks(told, answers, wording) if ranked else ()), *_lines(answers, _bases(cells), wording)]
    drawn = _charts(told, answers, names, wording, ranked) if len(currencies) < 2 else []
    return Compared(
        names,
        list(sentences(told)) if ranked and not any(run.ended is None for run, _ in cells) else [],
        [line for line in lines if any(line.values)],
        [one.document() for one in drawn],
        wording.currency,
        _order(told, answers) if ranked else list(range(len(answers))),
    )


_TOGETHER = "these scenarios"


def _as_one(cells: Sequence[tuple[Run, Scenario]]) -> bool:
    """Whether several scenarios stand beside each other as if they were strategies of one: each once, as it stands."""
    scenarios = {scenario.id for _, scenario in cells}
    plain = all(run.strategy is None and not scenario.changes for run, scenario in cells)
    return plain and 1 < len(scenarios) == len(cells)


def _order(told: Comparison, answers: Sequence[CellAnswer]) -> list[int]:
    scenarios = list(dict.fromkeys(answer.scenario for answer in answers))
    ranks = [standing.rank if standing else len(answers) + 1 for standing in map(told.standing, answers)]
    return sorted(range(len(answers)), key=lambda place: (scenarios.index(answers[place].scenario), ranks[place]))


def _title(scenario: Scenario) -> str:
    return scenario_name(scenario)


def _names(cells: Sequence[tuple[Run, Scenario]]) -> list[str]:
    """A name for each run, the same twice only where nothing tells them apart."""
    labels = [run.label for run, _ in cells]
    alone, one = len({scenario.id for _, scenario in cells}) == 1, _as_one(cells)
    plain = [
        run.label if run.label and labels.count(run.label) == 1 else _name(run, scenario, alone, one)
        for run, scenario in cells
    ]
    return [name if plain.count(name) == 1 else f"{name} ({place})" for place, name in enumerate(plain, start=1)]


def _name(run: Run, scenario: Scenario, alone: bool, one: bool) -> str:
    strategy = run.strategy or AS_IT_STANDS
    if alone:
        return strategy
    return _title(scenario) if scenario.changes or one else f"{_title(scenario)} · {strategy}"


def _bases(cells: Sequence[tuple[Run, Scenario]]) -> list[int]:
    """For each run the place of the one it is compared with."""
    plain = {scenario.id: place for place, (run, scenario) in enumerate(cells) if run.strategy is None}
    first = {scenario.id: place for place, (_, scenario) in reversed(list(enumerate(cells)))}
    many = len(first) < len(cells)
    return [plain.get(scenario.id, first[scenario.id]) if many else 0 for _, scenario in cells]


# --- lines ----------------------------------------------------------------------------------------


def _ranks(told: Comparison, answers: Sequence[CellAnswer], wording: Wording) -> list[Line]:
    """Where each plan stands among those of its scenario."""
    standings = [told.standing(answer) for answer in answers]
    ranks = [f"{one.rank}" if one else "" for one in standings]
    alike = [f"as good as {listed(one.alike, 3)}" if one and one.alike else "" for one in standings]
    regrets = [wording.money(one.regret) if one else "" for one in standings]
    return [Line("Rank in its scenario", ranks, alike), Line("Regret: cost above the best", regrets)]


def _lines(answers: Sequence[CellAnswer], bases: Sequence[int], wording: Wording) -> list[Line]:
    figures = [_line(answers, bases, name, *told, wording) for name, told in _FIGURES.items()]
    return figures + [_decided(answers, bases, name, capital(DECISION[name].do)) for name in DECIDED]


def _line(
    answers: Sequence[CellAnswer], bases: Sequence[int], name: str, label: str, kind: FigureKind, wording: Wording
) -> Line:
    values: list[float | None] = [getattr(answer, name) for answer in answers]
    texts = ["" if value is None else wording.figure(kind, value) for value in values]
    return Line(label, texts, [_difference(kind, values, place, bases[place], wording) for place in range(len(values))])


def _difference(kind: FigureKind, values: Sequence[float | None], place: int, base: int, wording: Wording) -> str:
    """A difference with its sign; blank for the base itself, and where there is none to tell."""
    value, other = values[place], values[base]
    if value is None or other is None or place == base or kind == "gap":
        return ""
    more = value - other
    sign = "+" if more > 0 else "−"
    if kind == "share":
        return f"{sign}{abs(more) * 100:.1f} pp" if abs(more) >= 5e-4 else "="
    text = wording.figure(kind, abs(more))
    return "=" if text == wording.figure(kind, 0.0) else f"{sign}{text}"


def _decided(answers: Sequence[CellAnswer], bases: Sequence[int], name: str, label: str) -> Line:
    chosen = [list(answer.decisions.get(name, ())) if answer.has_plan else None for answer in answers]
    texts = ["" if names is None else listed(names, 6) or "nothing" for names in chosen]
    moved = [_moved(chosen, place, base) for place, base in enumerate(bases)]
    return Line(label, texts, moved, decision=True)


def _moved(chosen: Sequence[list[str] | None], place: int, base: int) -> str:
    """What is decided besides, and what not."""
    names, others = chosen[place], chosen[base]
    if names is None or others is None or place == base:
        return ""
    more = [f"+ {name}" for name in names if name not in others]
    less = [f"− {name}" for name in others if name not in names]
    return ", ".join([*more, *less]) or "="


# --- charts ---------------------------------------------------------------------------------------


def _charts(
    told: Comparison, answers: Sequence[CellAnswer], names: Sequence[str], wording: Wording, ranked: bool
) -> list[Chart]:
    done = [(name, answer) for name, answer in zip(names, answers, strict=True) if answer.has_plan]
    if len(done) < 2:
        return []
    found = [_risk(done, wording), _makeup(done, wording)]
    return [*found, _regret(told, wording)] if ranked else found


def _risk(done: Sequence[tuple[str, CellAnswer]], wording: Wording) -> Chart:
    scale = money([answer.cvar or 0.0 for _, answer in done], wording)
    places: dict[tuple[float, float], list[str]] = {}
    for name, answer in done:
        x, y = (round((value or 0.0) / scale.size, 2) for value in (answer.expected_cost, answer.cvar))
        places.setdefault((x, y), []).append(name)
    # Plans that cost the same are one point with several names.
    points = [(listed(here, 3), "", x, y, 1.0) for (x, y), here in places.items()]
    heads = ["Plan", f"Expected cost [{scale.name}]", f"CVaR [{scale.name}]"]
    return Chart(
        "cost-against-risk", "Expected cost against CVaR", "dots", scale.name, 2, "expected cost", "CVaR",
        points=points, table=[heads, *([name, x, y] for name, _, x, y, _ in points)],
    )  # fmt: skip


def _makeup(done: Sequence[tuple[str, CellAnswer]], wording: Wording) -> Chart:
    """What makes up each plan's expected cost, the kinds that are largest over all of them told apart."""
    scale = money([answer.expected_cost or 0.0 for _, answer in done], wording)
    sums: dict[str, float] = {}
    for _, answer in done:
        for kind, cost in answer.costs.items():
            sums[kind] = sums.get(kind, 0.0) + abs(cost)
    order = sorted(sums, key=lambda kind: -sums[kind])
    named = order if len(order) <= _KINDS + 1 else order[:_KINDS]

    def series(name: str, kinds: Sequence[str]) -> Series:
        costs = [sum(answer.costs.get(kind, 0.0) for kind in kinds) / scale.size for _, answer in done]
        return Series(name, list(costs))

    stacks = [series(capital(COST_KINDS[kind]), [kind]) for kind in named]
    if len(named) < len(order):
        stacks.append(series("All else", order[len(named) :]))
    x = [name for name, _ in done]
    body = [[name, *(one.values[place] for one in stacks)] for place, name in enumerate(x)]
    return Chart(
        "makeup", "What makes up the expected cost", "columns", scale.name, 2, "plan",
        x=x, series=stacks, table=[["Plan", *(one.name for one in stacks)], *body],
    )  # fmt: skip


def _regret(told: Comparison, wording: Wording) -> Chart:
    """By scenario and strategy, how much more than the best strategy's plan a plan costs."""
    found = {name: [told.regret(scenario, name) for scenario in told.scenarios] for name in told.strategies}
    scale = money([regret for regrets in found.values() for regret in regrets if regret is not None], wording)
    series = [
        Series(name, [None if one is None else one / scale.size for one in regrets]) for name, regrets in found.items()
    ]
    table: list[list[Any]] = [["Strategy", *told.scenarios], *([one.name, *one.values] for one in series)]
    title = "Regret: cost above the best strategy of each scenario"
    return Chart("regret", title, "heat", scale.name, 2, x=list(told.scenarios), series=series, table=table)

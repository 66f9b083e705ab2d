"""The tables of a comparison, as sheets show them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from planner.comparison.cell import AS_IT_STANDS, CellAnswer
from planner.comparison.comparison import COMPARED, DECIDED, Comparison
from planner.comparison.words import STATUS, why_none
from planner.plan.tables import COST_KINDS, Column
from planner.present.view import View

_SCENARIO = Column("scenario", "text", "", "scenario")
_STRATEGY = Column("strategy", "text", "", f"strategy; {AS_IT_STANDS}: the scenario without any")

_FIGURES = {
    "cost": Column("cost", "number", "base currency", "as the scenario weighs expected cost and CVaR"),
    "expected_cost": Column("expected_cost", "number", "base currency", "discounted, on average"),
    "cvar": Column("CVaR", "number", "base currency", "discounted, on average over the worst futures"),
    "service": Column("service", "share", "share", "demand built by the horizon's end, on average"),
    "china_share": Column("from_China", "share", "share", "of all magnets that arrive, on average"),
    "china_heavy_share": Column("heavy_from_China", "share", "share", "of heavy magnets that arrive, on average"),
    "efficiency_lost": Column(
        "efficiency_lost", "number", "percentage points", "of motors, by substitutes, on average over units built"
    ),
    "cash_now": Column("cash_now", "number", "base currency", "fees now and what is paid in the first period"),
}

_CELLS = (
    _SCENARIO,
    _STRATEGY,
    Column("rank", "count", "", "1: least cost; equal costs share a rank"),
    *_FIGURES.values(),
    Column("regret", "number", "base currency", "cost above that of the best strategy of the scenario"),
    Column("not_told_from", "note", "", "strategies whose cost lies within the gaps of both plans"),
    Column("licences", "text", "", "applied for now"),
    Column("status", "text", "", "what became of the cell"),
    Column("gap", "share", "share", "what a better plan could save at most, of the objective"),
    Column("seconds", "number", "s", "from reading the scenario to the audited plan"),
    Column("why_no_plan", "note", "", "where there is none"),
)


def views(compared: Comparison) -> Iterator[View]:
    """Every table, most important first."""
    yield _view("cells", "Cells", "a line for each scenario and strategy", _CELLS, _cells(compared))
    yield _differences(compared)
    yield _decisions(compared)
    yield _changes(compared)
    yield _costs(compared)
    yield _futures(compared)


def _view(
    name: str, title: str, meaning: str, columns: tuple[Column, ...], rows: Iterator[dict[str, object]], *notes: str
) -> View:
    found = pd.DataFrame(list(rows), columns=[column.name for column in columns])
    for column in columns:
        if column.kind in ("number", "share", "count"):
            found[column.name] = pd.to_numeric(found[column.name]).astype(float)
        else:
            found[column.name] = found[column.name].astype(object).where(found[column.name].notna(), "")
    return View(name, title, meaning, columns, found, notes=notes, keys=2)


def _named(answer: CellAnswer) -> dict[str, object]:
    return {"scenario": answer.scenario, "strategy": answer.strategy}


def _cells(compared: Comparison) -> Iterator[dict[str, object]]:
    for answer in compared.answers:
        standing = compared.standing(answer)
        said: dict[str, object] = {"status": STATUS[answer.status], "gap": answer.gap, "seconds": answer.seconds}
        if standing is None:
            yield _named(answer) | said | {"why_no_plan": why_none(answer)}
            continue
        yield (
            _named(answer)
            | said
            | {
                **{column.name: getattr(answer, name) for name, column in _FIGURES.items()},
                "rank": standing.rank,
                "regret": standing.regret,
                "not_told_from": ", ".join(standing.alike),
                "licences": ", ".join(answer.decisions["apply"]),
            }
        )


def _differences(compared: Comparison) -> View:
    columns = (
        _SCENARIO,
        _STRATEGY,
        *(_FIGURES[name] for name in COMPARED),
        *(
            Column(f"{what}_added", "note", "", f"{what}: taken, but not with {compared.base}")
            for what in DECIDED.values()
        ),
        *(
            Column(f"{what}_dropped", "note", "", f"{what}: not taken, but with {compared.base}")
            for what in DECIDED.values()
        ),
    )

    def rows() -> Iterator[dict[str, object]]:
        for answer in compared.answers:
            found = compared.difference(answer)
            if found is None:
                continue
            more = {f"{what}_added": ", ".join(found.taken[kind]) for kind, what in DECIDED.items()}
            less = {f"{what}_dropped": ", ".join(found.dropped[kind]) for kind, what in DECIDED.items()}
            yield _named(answer) | {_FIGURES[name].name: value for name, value in found.figures.items()} | more | less

    note = f"Each figure less that of {compared.base} in the same scenario: above 0 is more than there."
    meaning = f"what each strategy does otherwise than {compared.base}"
    return _view("differences", "Differences", meaning, columns, rows(), note)


def _decisions(compared: Comparison) -> View:
    """Now-decisions, and with which strategies they are taken: one that all take is a safe one."""
    columns = (
        _SCENARIO,
        Column("decision", "text", "", "apply (for a licence), sign (an offer) or keep (capacity of an offer)"),
        Column("item", "text", "", "licence or offer"),
        Column("share_of_strategies", "share", "share", "of those that have a plan"),
        Column("strategies", "words", "", "with which it is taken"),
    )

    def rows() -> Iterator[dict[str, object]]:
        for scenario, plans in compared.plans.items():
            for kind in DECIDED:
                for item in dict.fromkeys(item for plan in plans for item in plan.decisions[kind]):
                    taken = [plan.strategy for plan in plans if item in plan.decisions[kind]]
                    others = [plan.strategy for plan in plans if plan.strategy not in taken]
                    said = {"decision": kind, "item": item, "share_of_strategies": len(taken) / len(plans)}
                    yield {"scenario": scenario} | said | {"strategies": _with_which(taken, others)}

    return _view("decisions", "Now-decisions", "with which strategies what is decided now", columns, rows())


def _with_which(taken: list[str], others: list[str]) -> str:
    """Strategies by name, or all but the others where these are fewer."""
    if len(others) >= len(taken):
        return ", ".join(taken)
    return f"all but {', '.join(others)}" if others else "all"


def _changes(compared: Comparison) -> View:
    columns = (
        _SCENARIO,
        _STRATEGY,
        Column("table", "text", "", "table of the scenario"),
        Column("key", "text", "", "row of it"),
        Column("field", "text", "", "field"),
        Column("from", "note", "", "as the scenario stands"),
        Column("to", "note", "", "with the strategy"),
        Column("cell", "text", "", "where the strategy says so"),
    )
    rows = (_named(answer) | change for answer in compared.answers for change in answer.changes)
    return _view("changes", "Changed cells", "what each strategy changes", columns, rows)


def _costs(compared: Comparison) -> View:
    kinds = tuple(Column(kind, "number", "base currency", meaning) for kind, meaning in COST_KINDS.items())
    columns = (_SCENARIO, _STRATEGY, *kinds, _FIGURES["expected_cost"])
    rows = (
        _named(answer) | dict.fromkeys(COST_KINDS, 0.0) | answer.costs | {"expected_cost": answer.expected_cost}
        for answer in compared.answers
        if answer.has_plan
    )
    return _view("costs", "Costs", "what makes up the expected cost", columns, rows)


def _futures(compared: Comparison) -> View:
    columns = (
        _SCENARIO,
        _STRATEGY,
        Column("future", "text", "", "future"),
        Column("probability", "share", "share", "of the future"),
        Column("cost", "number", "base currency", "discounted"),
        Column("first_shortage", "month", "", "first month in which units are lost or wait"),
    )
    rows = (_named(answer) | future for answer in compared.answers for future in answer.futures)
    return _view("futures", "Futures", "cost of each future with each strategy", columns, rows)

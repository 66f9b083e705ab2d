"""Where a plan has got to when a period begins: stock, orders under way, applications, signatures, what came and went.

Everything is taken from the plan's tables along the path to one node, and knows where it was taken from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.audit.case import Case
from planner.audit.cost import Costs
from planner.futures.tree import Tree
from planner.plan.plan import Plan
from planner.plan.tables import CASH_KINDS, PLAN_TABLE
from planner.scenario import tables as t
from planner.scenario import windows
from planner.scenario.scenario import Scenario

NOTHING = 1e-6
"""kg, units or pieces below it are rounding."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """An amount, and where it was taken from."""

    value: float
    source: str


@dataclass(frozen=True)
class Underway:
    """An order on the way or waiting: when it is due (YYYY-MM, within the horizon that is left), and kg.

    `factor` is the price factor that is settled (1: none is); `is_paid` says that take-or-pay was paid.
    """

    offer: str
    month: str
    kg: float
    source: str
    factor: float = 1.0
    is_paid: bool = False
    is_cleared: bool = False


@dataclass(frozen=True)
class Application:
    """An application made: when it is in force, and the kg that it still covers (None: any quantity)."""

    name: str
    licence: str
    from_: str | None
    until: str | None
    kg: float | None
    source: str


@dataclass(frozen=True)
class Arrived:
    """What came from a supplier or was made at its plant in a period of the past."""

    period: int
    supplier: str
    material: str
    kg: float


@dataclass(frozen=True)
class Position:
    """What a plan has reached when a period begins, `period` as the plan's scenario numbers it.

    Stock is by material and pool ('' is free), steps by expansion and month, the rest by name. `before` and `lost` are
    units that were built or lost, and lost, since the start; `cash` (undiscounted) and `spent` (discounted) are base
    currency by period. `futures` still agree with what was seen.
    """

    period: int
    node: int
    future: str
    futures: tuple[str, ...]
    stock: dict[tuple[str, str], Figure]
    orders: tuple[Underway, ...]
    applications: tuple[Application, ...]
    applied: dict[str, str]
    """Licences that lose and were applied for, with where that was taken from."""
    signed: dict[str, str]
    """Offers signed, likewise."""
    kept: dict[str, Figure]
    steps: dict[tuple[str, str], Figure]
    qualified: dict[str, tuple[str, str]]
    """By design: the month from which on it is qualified by what was begun, and where that was taken from."""
    backlog: dict[str, Figure]
    eligible: dict[str, Figure]
    before: dict[str, Figure]
    lost: dict[str, Figure]
    arrived: tuple[Arrived, ...]
    cash: dict[int, float]
    spent: dict[int, float]
    came_from: str = "plan"
    """Where `arrived` and `cash` were taken from."""


class Past:
    """A plan's tables along the path to a node."""

    def __init__(self, scenario: Scenario, tree: Tree, plan: Plan, future: str, period: int) -> None:
        self.scenario, self.plan, self.period = scenario, plan, period
        self.calendar = scenario.calendar
        self.future = tree.futures.index(future)
        self.name = future
        self.tree = tree
        self.path = [int(node) for node in tree.node_of[self.future, 1:period]]
        self.last = self.path[-1]

    def rows(self, table: str) -> Iterator[Row]:
        """A table's rows at the nodes of the path, each with its period."""
        found = self.plan.tables[table]
        for row in found[found["node"].isin(self.path)].to_dict("records"):
            yield {str(key): value for key, value in row.items()} | {"period": int(self.tree.period[int(row["node"])])}

    def at_end(self, table: str) -> Iterator[Row]:
        """A table's rows at the node itself."""
        return (row for row in self.rows(table) if int(row["node"]) == self.last)

    def source(self, table: str, period: int) -> str:
        """Where a figure was taken from."""
        return f"plan, {PLAN_TABLE[table].title}, {self.calendar.month(period)}"

    def month(self, period: int) -> str:
        """A period's first month; of one that has passed that of the first period to come."""
        return self.calendar.month(max(period, self.period))


def position(past: Past) -> Position:
    """The position that a plan reaches in a future when a period (2..T) begins."""
    tree, future, period = past.tree, past.name, past.period
    agreeing = [name for w, name in enumerate(tree.futures) if tree.node_of[w, period - 1] == past.last]
    spent, cash = _spent(past)
    applications = tuple(_applications(past))
    return Position(
        period, past.last, future, tuple(agreeing), _stock(past), tuple(_orders(past)), applications, _applied(past),
        _signed(past), _kept(past), _steps(past), _qualified(past), _at_end(past, "shortage", "segment", "late"),
        _at_end(past, "eligible", "design", "units"), _before(past), _lost(past), tuple(_arrived(past)), cash, spent,
    )  # fmt: skip


def _at_end(past: Past, table: str, key: str, amount: str) -> dict[str, Figure]:
    source = past.source(table, past.period - 1)
    return {str(row[key]): Figure(max(float(row[amount]), 0.0), source) for row in past.at_end(table)}


def _stock(past: Past) -> dict[tuple[str, str], Figure]:
    source = past.source("stock", past.period - 1)
    return {
        (row["material"], row["undertaking"] or ""): Figure(float(row["kg"]), source)
        for row in past.at_end("stock")
        if row["kg"] > NOTHING
    }


# --- orders -----------------------------------------------------------------------------------------------


def _orders(past: Past) -> Iterator[Underway]:
    yield from _open_before(past)
    scenario = past.scenario
    for row in past.rows("orders"):
        offer = scenario.offer[row["offer"]]
        due = row["period"] + windows.due_after(scenario, offer)
        if due >= past.period and row["kg"] > NOTHING:
            factor = float(past.tree.price[offer.offer][int(row["node"])]) if _is_settled(past, offer) else 1.0
            source = past.source("orders", row["period"])
            yield Underway(offer.offer, past.calendar.month(due), float(row["kg"]), source, factor)
    for row in past.at_end("waiting"):
        if row["held_kg"] > NOTHING:
            offer, source = scenario.offer[row["offer"]], past.source("waiting", past.period - 1)
            is_paid = offer.take_or_pay == "yes"
            yield Underway(offer.offer, past.month(0), float(row["held_kg"]), source, is_paid=is_paid)


def _open_before(past: Past) -> Iterator[Underway]:
    """Orders of before the plan that are still on the way."""
    for row in past.scenario.open_orders:
        due = past.calendar.period(row.period)
        if due >= past.period and row.kg > NOTHING:
            yield Underway(row.offer, past.calendar.month(due), row.kg, "as before", is_cleared=row.cleared == "yes")


def _is_settled(past: Past, offer: t.Offer) -> bool:
    """Whether an order's price is settled when it is placed: unless it waits and is paid at release."""
    return not windows.waits(past.scenario, offer) or offer.take_or_pay == "yes"


def _arrived(past: Past) -> Iterator[Arrived]:
    for table, amount in (("arrivals", "released_kg"), ("conversion", "kg")):
        for row in past.rows(table):
            yield Arrived(row["period"], row["supplier"], row["material"], float(row[amount]))


# --- decisions --------------------------------------------------------------------------------------------


def _decided(past: Past, kind: str) -> Iterator[tuple[str, int]]:
    """Licences applied for, or offers signed, on the path: the item, and the period (0: now)."""
    decisions = past.plan.decisions
    for item in decisions.apply if kind == "apply" else decisions.sign:
        yield item, windows.NOW
    for later in decisions.later:
        period = past.calendar.period(later.period)
        if later.kind == kind and period < past.period and past.name in later.futures:
            yield later.item, period


def _word(past: Past, kind: str, period: int) -> str:
    table = "later_decisions" if period else "now_decisions"
    return past.source(table, max(period, 1))


def _applied(past: Past) -> dict[str, str]:
    return {
        item: _word(past, "apply", period)
        for item, period in _decided(past, "apply")
        if past.scenario.licence[item].unreleased == "lost"
    }


def _signed(past: Past) -> dict[str, str]:
    return {item: _word(past, "sign", period) for item, period in _decided(past, "sign")}


def _kept(past: Past) -> dict[str, Figure]:
    """Capacity kept of each offer with a reservation fee, kg/period."""
    source = past.source("now_decisions", 1)
    return {
        row.offer: Figure(row.kept_kg + past.plan.decisions.keep.get(row.offer, 0.0), source)
        for row in past.scenario.offers
        if row.reservation_fee_per_kg is not None
    }


def _applications(past: Past) -> Iterator[Application]:
    """Applications under licences that wait, of before the plan and of its own; those that have lapsed with 0 kg."""
    used: dict[tuple[str, str], float] = defaultdict(float)
    for row in past.rows("released_under"):
        used[row["licence"], row["application"]] += float(row["kg"])
    for old in past.scenario.open_applications:
        left = None if old.kg is None else max(old.kg - used[old.licence, old.application], 0.0)
        has_lapsed = old.until is not None and past.calendar.period(old.until) < past.period
        source = past.source("released_under", past.period - 1)
        yield Application(old.application, old.licence, old.from_, old.until, 0.0 if has_lapsed else left, source)
    for item, period in _decided(past, "apply"):
        licence = past.scenario.licence[item]
        if licence.unreleased == "waits":
            made = past.calendar.month(period) if period else "now"
            yield _application(past, licence, period, used[item, made])


def _application(past: Past, licence: t.Licence, period: int, used: float) -> Application:
    first = max(period, 1) + licence.processing_periods
    last = None if licence.valid_periods is None else first + licence.valid_periods - 1
    quantity = licence.max_kg_per_application
    left = None if quantity is None else max(quantity - used, 0.0)
    return Application(
        f"{licence.licence} {past.calendar.month(max(period, 1))}",
        licence.licence,
        past.calendar.month(first),
        None if last is None else past.calendar.month(last),
        0.0 if last is not None and last < past.period else left,
        _word(past, "apply", period),
    )


def _steps(past: Past) -> dict[tuple[str, str], Figure]:
    """Steps decided, before the plan and in it, by expansion and the first month in which they are there."""
    found: dict[tuple[str, str], Figure] = {}

    def add(expansion: str, period: int, steps: float, source: str) -> None:
        key = (expansion, past.month(period))
        before = found.get(key)
        found[key] = Figure(steps + (before.value if before else 0.0), source)

    for old in past.scenario.open_expansions:
        add(old.expansion, past.calendar.period(old.period), old.steps, "as before")
    lead = {row.expansion: row.lead_periods for row in past.scenario.expansions}
    for row in past.rows("expansion"):
        source = past.source("expansion", row["period"])
        add(row["expansion"], row["period"] + lead[row["expansion"]], float(row["steps"]), source)
    return found


def _qualified(past: Past) -> dict[str, tuple[str, str]]:
    found = {}
    periods = {row.design: row.qualification_periods for row in past.scenario.designs}
    for row in past.rows("qualification"):
        ready = row["period"] + periods[row["design"]]
        found[row["design"]] = (past.calendar.month(ready), past.source("qualification", row["period"]))
    return found


# --- demand and money -------------------------------------------------------------------------------------


def _before(past: Past) -> dict[str, Figure]:
    """Units built or lost: all that was asked for, less what waits."""
    asked = _summed(past, "demand")
    waiting = _at_end(past, "shortage", "segment", "late")
    source = past.source("shortage", past.period - 1)
    return {
        name: Figure(row.before_units + row.backlog_units + asked.get(name, 0.0) - waiting[name].value, source)
        for name, row in past.scenario.segment.items()
    }


def _lost(past: Past) -> dict[str, Figure]:
    lost, source = _summed(past, "lost"), past.source("shortage", past.period - 1)
    return {
        name: Figure(row.before_lost_units + max(lost.get(name, 0.0), 0.0), source)
        for name, row in past.scenario.segment.items()
    }


def _summed(past: Past, amount: str) -> dict[str, float]:
    rows = pd.DataFrame(list(past.rows("shortage")))
    return {str(name): float(value) for name, value in rows.groupby("segment")[amount].sum().items()}


def _spent(past: Past) -> tuple[dict[int, float], dict[int, float]]:
    """What each period of the path cost, discounted, and its cash, undiscounted."""
    costs = Costs(Case(past.scenario, past.plan))
    every = {kind: values[past.future] for kind, values in costs.by_period.items()}
    passed = range(1, past.period)
    spent = {n: float(sum(values[n - 1] for values in every.values()) * costs.discount[n - 1]) for n in passed}
    cash = {n: float(sum(values[n - 1] for kind, values in every.items() if kind in CASH_KINDS)) for n in passed}
    return spent, cash

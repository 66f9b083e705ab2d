"""Three bundled scenarios: each of their twelve strategies changes the plan in the direction its name says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pandas as pd
import pytest

import planner
from planner.plan.plan import Plan
from planner.plan.tables import by_future
from planner.present.figures import service
from planner.scenario.load import Loaded
from planner.scenario.overlay import strategies

GAP = 1e-2
CHINA, INDIA = "China", "India"

SCENARIOS = ("e3w-maker", "wind-maker", "radar-and-audio")

TWELVE = {
    "least-cost", "balanced", "risk-averse", "as-today", "no-china", "diversify", "substitutes-first",
    "no-substitutes", "stockpile", "domestic-first", "with-guarantee", "without-guarantee",
}  # fmt: skip

QUICK = "radar-and-audio"

each = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == QUICK else pytest.mark.slow) for name in SCENARIOS]
)


@cache
def load(name: str, strategy: str | None = None) -> Loaded:
    return planner.load(name, strategy)


@cache
def plan(name: str, strategy: str | None = None) -> Plan:
    """Its audit has passed: a plan that breaks a rule is never handed over."""
    return planner.solve(load(name, strategy), planner.Options(gap=GAP, time_limit=300))


def expected(found: Plan, table: str, column: str) -> pd.Series[float]:
    """A column of a table of decisions, weighed with the probability of each row's node."""
    rows = found.tables[table]
    return rows[column] * rows["node"].map(found.tables["nodes"].set_index("node")["probability"])


def substitutes(name: str) -> set[str]:
    return {row.design for row in load(name).scenario.designs if row.qualified == "no"}


def substituted(name: str, found: Plan) -> float:
    """Units built with substitutes, on average over the futures, each in shares of its line's demand."""
    demand = found.tables["shortage"].groupby("segment")["demand"].max()
    built = found.tables["build"]
    shares = expected(found, "build", "units") / built["segment"].map(demand)
    return float(shares[built["design"].isin(substitutes(name))].sum())


def stocked(found: Plan, materials: set[str]) -> float:
    rows = found.tables["stock"]
    return float(expected(found, "stock", "kg")[rows["material"].isin(materials)].sum())


def ordered_from(found: Plan, country: str) -> float:
    return float(found.tables["orders"].loc[found.tables["orders"]["country"] == country, "kg"].sum())


def largest_shares(loaded: Loaded, found: Plan, country: str, limit: str) -> Iterator[float]:
    """The share of a country in what a limit counts, in each future."""
    row = next(row for row in loaded.scenario.limits if row.limit == limit)
    arrived = by_future(found.tables, "arrivals").rename(columns={"released_kg": "kg"})
    flows = pd.concat([arrived, by_future(found.tables, "conversion")])
    counted = flows["material"].map(lambda material: loaded.scenario.counts(row, material))
    flows = flows[counted.astype(bool) & (flows["month"] >= str(row.from_))]
    for _, mine in flows.groupby("future"):
        kg = float(mine["kg"].sum())
        if kg > 0:
            yield float(mine.loc[mine["country"] == country, "kg"].sum()) / kg


@each
def test_it_has_the_twelve_and_each_says_what_it_means(name: str) -> None:
    raw = load(name).raw
    assert set(strategies(raw)) == TWELVE
    assert all(row.cells.get("note") for row in raw.tables["strategies"].data_rows())


@each
def test_least_cost_balanced_and_risk_averse_trade_cost_for_risk(name: str) -> None:
    """Up to the gaps to which they are solved."""
    least, balanced, averse = (plan(name, strategy) for strategy in ("least-cost", "balanced", "risk-averse"))
    room = 1 + 2 * GAP
    assert least.expected_cost <= balanced.expected_cost * room
    assert balanced.expected_cost <= averse.expected_cost * room
    assert averse.cvar <= balanced.cvar * room
    assert balanced.cvar <= least.cvar * room
    assert averse.cvar - averse.expected_cost < least.cvar - least.expected_cost


@each
def test_as_today_signs_and_begins_nothing_new(name: str) -> None:
    found = plan(name, "as-today")
    assert found.decisions.apply == ()
    assert found.decisions.keep == {}
    assert len(found.tables["qualification"]) == len(found.tables["expansion"]) == 0
    assert found.expected_cost > plan(name).expected_cost * 1.05
    assert service(found) < service(plan(name))


@each
def test_no_china_orders_nothing_from_china(name: str) -> None:
    assert ordered_from(plan(name), CHINA) > 0
    assert ordered_from(plan(name, "no-china"), CHINA) == 0
    assert plan(name, "no-china").decisions.apply == ()


@each
def test_diversify_holds_china_to_two_fifths(name: str) -> None:
    loaded, found = load(name, "diversify"), plan(name, "diversify")
    before = []
    for limit in ("China heavy", "China light"):
        assert max(largest_shares(loaded, found, CHINA, limit), default=0.0) <= 0.4 + 1e-6
        before += largest_shares(loaded, plan(name), CHINA, limit)
    assert max(before) > 0.4


@each
def test_substitutes_first_begins_them_at_once_and_builds_more_of_them(name: str) -> None:
    found = plan(name, "substitutes-first")
    first = load(name).scenario.calendar.month(1)
    designs = load(name, "substitutes-first").scenario.designs
    must = {row.design for row in designs if row.decision == "must" and row.qualified_from is None}
    begun = found.tables["qualification"]
    assert must
    assert must <= set(begun.loc[begun["month"] == first, "design"])
    assert substituted(name, found) >= substituted(name, plan(name)) * (1 - 2 * GAP)


@each
def test_no_substitutes_builds_only_todays_designs_at_a_loss(name: str) -> None:
    found = plan(name, "no-substitutes")
    assert set(found.tables["build"]["design"]) & substitutes(name) == set()
    assert found.expected_cost > plan(name).expected_cost * 1.05


@each
def test_stockpile_holds_more(name: str) -> None:
    rows = load(name, "stockpile").changes
    materials = {change.key for change in rows if change.table == "materials"}
    assert materials
    assert stocked(plan(name, "stockpile"), materials) > 1.2 * stocked(plan(name), materials)


@each
def test_domestic_first_takes_more_from_india(name: str) -> None:
    loaded, found = load(name, "domestic-first"), plan(name, "domestic-first")
    for limit in (row for row in loaded.scenario.limits if row.target == INDIA):
        least = min(largest_shares(loaded, found, INDIA, limit.limit))
        assert least >= limit.min_share - 1e-6
        assert least > min(largest_shares(loaded, plan(name), INDIA, limit.limit), default=0.0)


@each
def test_the_guarantee_is_an_event_that_brings_what_waits(name: str) -> None:
    """The state gives it in every future, or in none: then what waits is released everywhere, or less than as given."""
    given, not_given = plan(name, "with-guarantee"), plan(name, "without-guarantee")
    assert given.expected_cost < plan(name).expected_cost
    assert not_given.expected_cost >= plan(name).expected_cost * (1 - 2 * GAP)
    licensed = {row.offer for row in load(name).scenario.offers if row.licence == "CN certificate"}
    kg = {}
    for strategy in ("with-guarantee", "without-guarantee"):
        found = by_future(plan(name, strategy).tables, "arrivals")
        kg[strategy] = found.loc[found["offer"].isin(licensed) & (found["future"] == "freeze"), "released_kg"].sum()
    assert kg["with-guarantee"] > kg["without-guarantee"] == 0


@each
def test_no_magnet_under_a_promise_serves_defence(name: str) -> None:
    defence = {row.segment for row in load(name).scenario.segments if row.end_use == "defence"}
    for strategy in (None, "with-guarantee"):
        used = plan(name, strategy).tables["magnets"]
        assert set(used.loc[used["segment"].isin(defence), "undertaking"]) <= {""}


@each
def test_a_single_order_is_released_or_waits(name: str) -> None:
    """0 or 1 by date, never a rate."""
    released = {row.value for row in load(name).scenario.events if row.kind == "clearance"}
    assert released <= {0.0, 1.0}

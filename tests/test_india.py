"""The national scenario: every strategy does what its name says.

Plans are made for two of its futures, the worst and the best: the same decisions in a fraction of the time.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

import planner
from planner.plan.plan import Plan
from planner.plan.tables import by_future
from planner.reading import read
from planner.scenario.load import Loaded, from_rows

KEPT = {"squeeze": 0.4, "general licence": 0.6}
GAP = 5e-3
SPOT = {"CN light spot", "JP heavy spot", "Midwest spot"}


@cache
def rows() -> dict[str, list[dict[str, Any]]]:
    raw, _ = read("india-magnets")
    tables = {name: [dict(row.cells) for row in table.data_rows()] for name, table in raw.tables.items()}
    tables["futures"] = [
        row | {"probability": KEPT[row["future"]]} for row in tables["futures"] if row["future"] in KEPT
    ]
    tables["events"] = [row for row in tables["events"] if row["future"] in {"*", *KEPT}]
    return tables


def loaded(strategy: str | None) -> Loaded:
    return from_rows(rows(), "india-magnets", strategy)


@cache
def plan(strategy: str | None) -> Plan:
    return planner.solve(loaded(strategy), planner.Options(gap=GAP, time_limit=300))


def expected(found: Plan, table: str, column: str) -> pd.Series[float]:
    """A column of a table of decisions, weighed with the probability of each row's node."""
    frame = found.tables[table]
    share = found.tables["nodes"].set_index("node")["probability"]
    return frame[column] * frame["node"].map(share)


def qualified(found: Plan) -> set[str]:
    return set(found.tables["qualification"]["design"])


def substitutes() -> set[str]:
    return {row.design for row in loaded(None).scenario.designs if row.qualified == "no"}


def substitute_kg(found: Plan) -> float:
    """Units of substitute designs, each weighed with the magnets of today's design of its line."""
    heaviest = {"wind": 500.0, "e-bus, e-truck": 15.0, "e-car": 1.2, "e-3W": 0.8, "e-2W": 0.6, "electronics": 1.0}
    build = found.tables["build"]
    of_substitutes = build["design"].isin(substitutes())
    return float((expected(found, "build", "units") * build["segment"].map(heaviest).fillna(0.1))[of_substitutes].sum())


def arrivals(found: Plan) -> pd.DataFrame:
    """All arrivals by future: of offers, and of plants."""
    bought = by_future(found.tables, "arrivals").rename(columns={"released_kg": "kg"})
    return pd.concat([bought, by_future(found.tables, "conversion")])


def share(found: Plan, material: str, country: str, since: str) -> pd.Series[float]:
    """A country's share, by future, of what arrives of a material from a month on."""
    flows = arrivals(found)
    flows = flows[(flows["material"] == material) & (flows["month"] >= since)]
    theirs = flows[flows["country"] == country].groupby("future")["kg"].sum()
    return (theirs / flows.groupby("future")["kg"].sum()).fillna(0.0)


def test_base_gives_the_guarantee_and_moves_to_light_magnets() -> None:
    found = plan(None)
    assert found.decisions.apply == ("CN guarantee",)
    assert {"CN heavy guarantee", "CN light contract"} <= set(found.decisions.sign)
    assert {"e-3W light", "ICE car light", "wind light"} <= qualified(found)


@pytest.mark.parametrize("strategy", [None, "with-guarantee", "without-guarantee"])
def test_barred_pools_serve_neither_the_us_nor_defence(strategy: str | None) -> None:
    used = plan(strategy).tables["magnets"]
    assert set(used.loc[used["segment"] == "defence", "undertaking"]) == {""}
    assert "no-re-export" not in set(used.loc[used["segment"] == "parts for the US", "undertaking"])
    assert set(used.loc[used["segment"] == "wind", "undertaking"]) > {""}


def test_risk_is_weighed_more_from_least_cost_to_risk_averse() -> None:
    """Up to the gap to which each is solved."""
    least, balanced, averse = (plan(name) for name in ("least-cost", "balanced", "risk-averse"))
    assert least.expected_cost <= balanced.expected_cost * (1 + GAP) <= averse.expected_cost * (1 + GAP) ** 2
    assert averse.cvar <= balanced.cvar * (1 + GAP) <= least.cvar * (1 + GAP) ** 2
    assert averse.cvar < least.cvar
    assert least.expected_cost < averse.expected_cost


def test_as_today_decides_nothing_new() -> None:
    found = plan("as-today")
    assert found.decisions.apply == ()
    assert set(found.decisions.sign) <= SPOT
    assert found.tables["qualification"].empty
    assert found.tables["expansion"].empty
    assert found.expected_cost > 2 * plan(None).expected_cost


def test_no_china_orders_nothing_from_china() -> None:
    orders = plan("no-china").tables["orders"]
    assert "China" not in set(orders["country"])
    assert "China" in set(plan(None).tables["orders"]["country"])


@pytest.mark.parametrize("class_", [("NdFeB-heavy", "NdFeB-GBD"), ("NdFeB-light",), ("Ferrite",), ("SmCo",)])
def test_diversify_holds_china_to_two_fifths(class_: tuple[str, ...]) -> None:
    flows = arrivals(plan("diversify"))
    late = flows[flows["material"].isin(class_) & (flows["month"] >= "2027-01")]
    chinese = late["kg"].where(late["country"] == "China", 0.0).groupby(late["future"]).sum()
    assert (chinese / late.groupby("future")["kg"].sum()).max() <= 0.4 + 1e-6
    assert share(plan(None), "NdFeB-light", "China", "2027-01").max() > 0.4


def test_substitutes_first_builds_more_of_them() -> None:
    found = plan("substitutes-first")
    starts = found.tables["qualification"]
    assert set(starts.loc[starts["month"] == "2025-10", "design"]) == substitutes()
    assert substitute_kg(found) > substitute_kg(plan(None))


def test_no_substitutes_builds_none() -> None:
    found = plan("no-substitutes")
    assert not substitutes() & set(found.tables["build"]["design"])
    assert found.expected_cost > plan(None).expected_cost


def test_stockpile_holds_more() -> None:
    found = plan("stockpile")
    for material, kg in {"NdFeB-light": 150_000, "NdFeB-heavy": 20_000, "SmCo": 600}.items():
        held = found.tables["stock"]
        by_node = held[(held["material"] == material) & (held["month"] >= "2027-04")].groupby("node")["kg"].sum()
        assert by_node.min() >= kg * (1 - 1e-6)
    assert expected(found, "stock", "kg").sum() > expected(plan(None), "stock", "kg").sum()


def test_domestic_first_buys_more_at_home() -> None:
    found = plan("domestic-first")
    assert "Midwest offtake" in found.decisions.sign
    at_home = share(found, "NdFeB-light", "India", "2027-07")
    assert at_home.min() >= 0.4 - 1e-6
    assert (at_home > share(plan(None), "NdFeB-light", "India", "2027-07")).all()
    assert share(found, "Ferrite", "India", "2025-10").min() == 1


def test_with_and_without_the_guarantee() -> None:
    given, refused = plan("with-guarantee"), plan("without-guarantee")
    assert "CN guarantee" in given.decisions.apply
    assert "CN heavy guarantee" in given.decisions.sign
    assert "CN guarantee" not in refused.decisions.apply
    assert given.expected_cost < refused.expected_cost

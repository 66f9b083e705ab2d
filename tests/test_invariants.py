"""What every plan's tables must say, recomputed from them and the scenario alone: balances, costs, the tree.

Plans are those of shared cases and of the rich scenario; each is solved once in a process.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.plan.tables import CASH_KINDS, COST_KINDS, PLAN_TABLES, by_future
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Offer
from tests.scenarios import EXACT, RICH, tiny
from tests.shared_cases import loaded, solved

CASES = ("rich", "tiny-100", "tiny-104@averse", "tiny-106@no-china", "tiny-108", "tiny-115", "tiny-120", "small-206")

Series = pd.Series  # of floats, by what is said where it is used


@functools.cache
def _rich() -> tuple[Scenario, Plan]:
    found = tiny(**RICH)
    return found.scenario, make_plan(found, EXACT)


@pytest.fixture(params=CASES)
def solution(request: pytest.FixtureRequest) -> tuple[Scenario, Plan]:
    case: str = request.param
    return _rich() if case == "rich" else (loaded(case).scenario, solved(case))


def check_equal(found: Series, expected: Series) -> None:
    """The same by the same keys, a missing key being 0, to 1e-6 of the largest."""
    left, right = found.align(expected, fill_value=0.0)
    scale = max(1.0, float(np.abs(right).max()) if len(right) else 0.0)
    np.testing.assert_allclose(left.to_numpy(float), right.to_numpy(float), rtol=1e-6, atol=1e-6 * scale)


def total(table: pd.DataFrame, value: str, *by: str) -> Series:
    """A column summed by others."""
    return table.groupby(list(by))[value].sum().astype(float)


# --- tables ------------------------------------------------------------------------------------------


def test_tables_are_as_declared(solution: tuple[Scenario, Plan]) -> None:
    _, plan = solution
    assert {name: list(table.columns) for name, table in plan.tables.items()} == {
        table.name: table.names for table in PLAN_TABLES
    }


def test_months_are_those_of_the_nodes(solution: tuple[Scenario, Plan]) -> None:
    _, plan = solution
    month = plan.tables["nodes"].set_index("node")["month"]
    for name, table in plan.tables.items():
        if "node" in table:
            assert table["month"].tolist() == month.loc[table["node"]].tolist(), name


# --- the tree ----------------------------------------------------------------------------------------


def test_nodes_and_paths_agree(solution: tuple[Scenario, Plan]) -> None:
    scenario, plan = solution
    nodes, paths = plan.tables["nodes"].set_index("node"), plan.tables["paths"]
    probability = plan.tables["futures"].set_index("future")["probability"]
    assert set(paths["node"]) == set(nodes.index)
    assert probability.sum() == pytest.approx(1)
    for _, path in paths.groupby("future"):
        assert path["period"].tolist() == list(scenario.calendar.all)
        assert nodes.loc[path["node"], "period"].tolist() == path["period"].tolist()
        assert nodes.loc[path["node"].iloc[1:], "parent"].tolist() == path["node"].iloc[:-1].tolist()
        assert nodes.loc[path["node"].iloc[:1], "parent"].isna().all()
    shares = paths.assign(probability=paths["future"].map(probability))
    check_equal(nodes["probability"], total(shares, "probability", "node"))


# --- balances ----------------------------------------------------------------------------------------


def test_stock_balances(solution: tuple[Scenario, Plan]) -> None:
    """Stock = the stock before + arrivals + made − taken ± moved − used, at each node, by material and pool."""
    scenario, plan = solution
    tables, key = plan.tables, ["node", "material", "undertaking"]
    inputs = pd.DataFrame(
        [row.model_dump() for row in scenario.conversion_inputs], columns=["conversion", "material", "kg_per_kg"]
    )
    taken = tables["conversion"].drop(columns="material").merge(inputs, on="conversion")
    moves = tables["moves"]
    flows = [
        _before(scenario, plan),
        tables["arrivals"].rename(columns={"released_kg": "kg"}),
        tables["conversion"],
        taken.assign(kg=-taken["kg"] * taken["kg_per_kg"]),
        moves,
        moves.assign(kg=-moves["kg"], undertaking=""),
        tables["magnets"].assign(kg=-tables["magnets"]["kg"]),
    ]
    joined = pd.concat([flow[[*key, "kg"]] for flow in flows if len(flow)])
    check_equal(total(tables["stock"], "kg", *key), total(joined, "kg", *key))


def _before(scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """What each node finds in stock: its parent's, or the opening stock."""
    nodes = plan.tables["nodes"]
    stock = plan.tables["stock"].rename(columns={"node": "parent"})
    stock["parent"] = stock["parent"].astype("Int64")
    carried = nodes[["node", "parent"]].dropna().merge(stock[["parent", "material", "undertaking", "kg"]], on="parent")
    first = nodes.loc[nodes["parent"].isna(), "node"]
    opening = pd.DataFrame(
        [
            {"node": node, "material": row.material, "undertaking": row.undertaking or "", "kg": row.kg}
            for node in first
            for row in scenario.stock
        ],
        columns=["node", "material", "undertaking", "kg"],
    )
    return pd.concat([part for part in (carried.drop(columns="parent"), opening) if len(part)])


def test_arrivals_are_orders_of_their_lead_before(solution: tuple[Scenario, Plan]) -> None:
    """On each future's path what was ordered arrives in its month, released or withheld."""
    scenario, plan = solution
    orders = by_future(plan.tables, "orders")
    arrivals = by_future(plan.tables, "arrivals")
    check_equal(
        total(arrivals[arrivals["origin"] == "order"], "ordered_kg", "future", "offer", "month"),
        total(orders, "kg", "future", "offer", "arrives").rename_axis(["future", "offer", "month"]),
    )
    check_equal(arrivals["released_kg"] + arrivals["withheld_kg"], arrivals["ordered_kg"])
    opened = arrivals[arrivals["origin"] == "open order"].drop_duplicates(["offer", "month"])
    month = {row: scenario.calendar.month(scenario.calendar.period(row.period)) for row in scenario.open_orders}
    assert sorted(zip(opened["offer"], opened["month"], opened["ordered_kg"], strict=True)) == sorted(
        (row.offer, month[row], row.kg) for row in scenario.open_orders if row.kg > 0
    )


def test_demand_balances(solution: tuple[Scenario, Plan]) -> None:
    """Built + lost + late = asked for + late before, at each node, by segment; built is the sum over designs."""
    _, plan = solution
    shortage, nodes = plan.tables["shortage"], plan.tables["nodes"].set_index("node")
    late = shortage.set_index(["node", "segment"])["late"]
    parents = pd.MultiIndex.from_arrays([shortage["node"].map(nodes["parent"]), shortage["segment"]])
    before = late.reindex(parents).fillna(0.0).to_numpy()
    check_equal(shortage["built"] + shortage["lost"] + shortage["late"], shortage["demand"] + before)
    check_equal(total(shortage, "built", "node", "segment"), total(plan.tables["build"], "units", "node", "segment"))


def test_magnets_are_those_of_what_is_built(solution: tuple[Scenario, Plan]) -> None:
    """kg_per_unit of each magnet for each unit, from whichever pool."""
    scenario, plan = solution
    needs = pd.DataFrame([row.model_dump() for row in scenario.design_materials])[["design", "material", "kg_per_unit"]]
    needed = plan.tables["build"].merge(needs, on="design")
    needed["kg"] = needed["units"] * needed["kg_per_unit"]
    key = ("node", "design", "material")
    check_equal(total(plan.tables["magnets"], "kg", *key), total(needed, "kg", *key))


def test_sourcing_is_arrivals_and_conversion(solution: tuple[Scenario, Plan]) -> None:
    scenario, plan = solution
    classes = {row.material: row.class_ for row in scenario.materials}
    arrived = by_future(plan.tables, "arrivals").rename(columns={"released_kg": "kg"})
    flows = pd.concat([arrived, by_future(plan.tables, "conversion")])
    flows = flows.assign(year=_years(scenario, flows))
    flows["class"] = flows["material"].map(classes)
    key = ("future", "year", "class", "country")
    sourcing = plan.tables["sourcing"]
    check_equal(total(sourcing, "kg", *key), total(flows, "kg", *key))
    assert total(sourcing, "share", *key[:3]).tolist() == pytest.approx([1.0] * sourcing.groupby(list(key[:3])).ngroups)


def _years(scenario: Scenario, table: pd.DataFrame) -> list[str]:
    calendar = scenario.calendar
    return [calendar.year(calendar.period(month)) for month in table["month"]]


# --- costs -------------------------------------------------------------------------------------------

AMOUNTS: dict[str, tuple[tuple[str, str], ...]] = {
    "ordering": (("orders", "order_fee"),),
    "purchase": (("arrivals", "purchase_cost"),),
    "deposit": (("arrivals", "deposit_lost"), ("waiting", "advance")),
    "conversion": (("conversion", "cost"),),
    "holding": (("stock", "holding_cost"), ("waiting", "holding_cost")),
    "design": (("build", "design_cost"),),
    "qualification": (("qualification", "cost"),),
    "expansion": (("expansion", "cost"),),
    "efficiency": (("build", "efficiency_cost"),),
    "shortage": (("shortage", "shortage_cost"),),
    "delay": (("shortage", "delay_cost"),),
}
"""By kind of cost, the tables and columns that have its amounts by node."""

NOW = {"application": "apply", "signing": "sign", "reservation": "keep"}
"""By kind of cost, the decision whose fee it is, now or (but for what is kept) later."""


def _salvage(scenario: Scenario, plan: Plan) -> pd.DataFrame:
    """The credit for each material's stock at the horizon's end, and for what is paid of what waits then, by future."""
    end, share = scenario.calendar.month(scenario.calendar.periods), scenario.settings.salvage_share
    stock, waiting = by_future(plan.tables, "stock"), by_future(plan.tables, "waiting")
    value = {row.material: row.value_per_kg for row in scenario.materials}
    left, held = stock[stock["month"] == end], waiting[waiting["month"] == end]
    paid = held["offer"].map({row.offer: _paid(scenario, row) for row in scenario.offers})
    parts = [
        left.assign(amount=-share * left["material"].map(value) * left["kg"]),
        held.assign(amount=-share * paid * held["held_kg"]),
    ]
    return pd.concat([part[["future", "month", "amount"]] for part in parts])


def _paid(scenario: Scenario, offer: Offer) -> float:
    """What is paid of a kg that waits: the deposit, or under take-or-pay all that it is worth."""
    if offer.take_or_pay == "yes":
        return scenario.material[offer.material].value_per_kg
    return offer.deposit_share * offer.price_per_kg * scenario.rate[offer.currency or scenario.settings.currency]


def _fees(scenario: Scenario, plan: Plan, decision: str) -> pd.DataFrame:
    """What a decision costs, taken now or at later nodes, by future and month."""
    now, later = plan.tables["now_decisions"], by_future(plan.tables, "later_decisions")
    first = plan.tables["futures"][["future"]].assign(month=scenario.calendar.month(1))
    taken = first.merge(now.loc[now["decision"] == decision, ["cost"]], how="cross")
    both = pd.concat([taken, later.loc[later["decision"] == decision, ["future", "month", "cost"]]])
    return both.rename(columns={"cost": "amount"})


def _borne(scenario: Scenario, plan: Plan, kind: str) -> pd.DataFrame:
    """Amounts of a kind of cost from its own tables, by future and month."""
    if kind in NOW:
        return _fees(scenario, plan, NOW[kind])
    if kind == "salvage":
        return _salvage(scenario, plan)
    parts = [by_future(plan.tables, table).rename(columns={column: "amount"}) for table, column in AMOUNTS[kind]]
    return pd.concat([part[["future", "month", "amount"]] for part in parts])


def test_every_kind_of_cost_has_its_own_table() -> None:
    assert {*AMOUNTS, *NOW, "salvage"} == set(COST_KINDS)


@pytest.mark.parametrize("column", ["amount", "discounted"])
def test_costs_by_kind_are_the_amounts_in_the_other_tables(solution: tuple[Scenario, Plan], column: str) -> None:
    """By future, financial year and kind; a period counts (1 + rate) ^ −((t − 1) · months / 12)."""
    scenario, plan = solution
    settings, calendar = scenario.settings, scenario.calendar
    years = {calendar.month(t): (t - 1) * settings.period_months / 12 for t in calendar.all}
    for kind in COST_KINDS:
        borne = _borne(scenario, plan, kind)
        if column == "discounted":
            borne = borne.assign(
                discounted=borne["amount"] * (1 + settings.discount_rate) ** -borne["month"].map(years)
            )
        borne = borne.assign(year=_years(scenario, borne))
        costs = plan.tables["costs"]
        costs = costs[costs["kind"] == kind]
        check_equal(total(costs, column, "future", "year"), total(borne, column, "future", "year"))


def test_costs_make_up_the_headline(solution: tuple[Scenario, Plan]) -> None:
    """All kinds discounted are each future's cost; weighted by probability, the expected cost."""
    _, plan = solution
    futures = plan.tables["futures"].set_index("future")
    check_equal(total(plan.tables["costs"], "discounted", "future"), futures["cost"].astype(float))
    assert plan.expected_cost == pytest.approx((futures["cost"] * futures["probability"]).sum())


def test_cash_is_said(solution: tuple[Scenario, Plan]) -> None:
    _, plan = solution
    costs = plan.tables["costs"]
    assert costs["cash"].tolist() == [kind in CASH_KINDS for kind in costs["kind"]]


def test_budgets_hold_in_every_future(solution: tuple[Scenario, Plan]) -> None:
    scenario, plan = solution
    costs = plan.tables["costs"]
    spent = total(costs[costs["cash"].astype(bool)], "amount", "future", "year")
    for row in scenario.budgets:
        of_year = spent[spent.index.get_level_values("year") == row.year]
        assert (of_year <= row.max_spend * (1 + 1e-6)).all()


def test_futures_sum_up_their_shortage(solution: tuple[Scenario, Plan]) -> None:
    scenario, plan = solution
    futures = plan.tables["futures"].set_index("future").astype({"lost": float, "late": float})
    shortage = by_future(plan.tables, "shortage")
    at_end = shortage[shortage["month"] == scenario.calendar.month(scenario.calendar.periods)]
    check_equal(futures["lost"], total(shortage, "lost", "future"))
    check_equal(futures["late"], total(at_end, "late", "future"))
    served = 1 - (futures["lost"] + futures["late"]) / total(shortage, "demand", "future")
    check_equal(futures["service"].astype(float), served)

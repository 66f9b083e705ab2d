"""The audit recomputes a plan made by hand, shows the largest violation of each rule, and bites at every boundary."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from planner.audit import RULES, audit
from planner.audit.cost import cvar
from planner.audit.report import number
from planner.audit.tree import Signals, grow, signals
from planner.plan.plan import Plan
from planner.scenario.load import from_rows
from planner.scenario.scenario import Scenario
from tests.handmade import SCENARIO, A, B, handmade_plan

Edit = tuple[str, str, str, Any]
"""A table, the first cell of a row in it, a field, and its new value."""


def by_hand(*edits: Edit) -> Scenario:
    """The scenario by hand, with some cells changed."""
    tables = copy.deepcopy(SCENARIO)
    for table, key, field, value in edits:
        rows = [tables["settings"]] if table == "settings" else tables[table]
        row = next(row for row in rows if table == "settings" or next(iter(row.values())) == key)
        row[field] = value
    return from_rows(tables).scenario


def failed(scenario: Scenario, plan: Plan) -> set[str]:
    return {violation.rule for violation in audit(scenario, plan).failed}


def test_plan_by_hand_passes_with_every_rule_said() -> None:
    report = audit(by_hand(), handmade_plan())
    assert report.passed
    assert list(report.violations) == list(RULES)
    assert max(report.largest.values()) < 1e-12


BOUNDARIES: list[tuple[str, str, str, Any, Any, str]] = [
    # table, key, field, the value at which the plan just holds, the value at which it does not, the rule
    ("offers", "JP", "max_kg_per_period", 40, 39.9, "order_capacity"),
    ("offers", "AU", "max_kg_per_period", 40, 39.9, "reservation"),
    ("offers", "CN", "min_order_kg", 30, 30.1, "min_order"),
    ("offers", "CN", "commit_kg_per_period", 30, 30.1, "commitment"),
    ("offers", "JP", "until", B, A, "order_window"),
    ("offers", "JP", "from", A, B, "order_window"),
    ("offers", "CN", "deposit_share", 0.2, 0.21, "cost_deposit"),
    ("offers", "CN", "freight_per_kg", 1, 1.01, "landed_price"),
    ("suppliers", "Baotou", "max_kg_per_period", 30, 29.9, "supplier_capacity"),
    ("materials", "NdFeB", "max_stock_kg", 32, 31.9, "storage"),
    ("materials", "NdFeB", "min_stock_kg", 15, 15.1, "safety_stock"),
    ("conversions", "sinter", "max_kg_per_period", 17, 16.9, "conversion_capacity"),
    ("conversions", "sinter", "until", B, A, "conversion_window"),
    ("conversion_inputs", "sinter", "kg_per_kg", 2, 2.01, "balance"),
    ("segments", "fan", "max_units_per_period", 45, 44.9, "assembly"),
    ("segments", "fan", "min_service", 0.9375, 0.938, "service"),
    ("segments", "fan", "max_efficiency_loss_pp", 1.5, 1.49, "efficiency"),
    ("segments", "fan", "delay_cost_per_unit", 5, None, "backlog"),
    ("segments", "fan", "shortage_cost_per_unit", 1000, 999, "cost_shortage"),
    ("designs", "fan-f", "max_share", 15 / 40, 0.37, "max_share"),
    ("designs", "fan-f", "qualification_periods", 1, 2, "qualification"),
    ("designs", "fan-f", "qualified", "no", "yes", "qualified_once"),
    ("designs", "fan-m", "decision", "free", "never", "decision"),
    ("licences", "L", "decision", "must", "never", "decision"),
    ("offers", "CN", "decision", "must", "never", "decision"),
    ("offers", "spot", "group", None, "China", "group"),
    ("stock", "NdFeB", "kg", 10, 9.9, "balance"),
    ("stock", "NdFeB", "undertaking", None, "EUC", "balance"),
    ("undertakings", "EUC", "barred_markets", "US", "US; India", "barred_pool"),
    ("open_orders", "CN", "kg", 20, 20.1, "arrival"),
    ("offers", "CN", "undertaking", "EUC", "guarantee", "labels"),
    ("limits", "china", "max_share", 50 / 120, 0.416, "limits"),
    ("limits", "india", "min_share", 3 / 43, 0.07, "limits"),
    ("budgets", "FY27", "max_spend", 3677, 3676, "budgets"),
    ("budgets", "FY28", "max_spend", 1084, 1083, "budgets"),
    ("design_materials", "fan-m", "kg_per_unit", 1, 1.01, "magnets"),
    ("settings", "", "discount_rate", 0.25, 0.24, "discounting"),
    ("settings", "", "risk_tail", 0.5, 0.4, "cvar"),
    ("settings", "", "risk_weight", 0.5, 0.4, "objective"),
    ("settings", "", "salvage_share", 0.5, 0.4, "cost_salvage"),
    ("events", "E1", "value", 0.5, 0.6, "arrival"),
    ("events", "E1", "from", B, A, "tree"),
    ("events", "E2", "from", B, A, "tree"),
]


@pytest.mark.parametrize(("table", "key", "field", "just", "not_quite", "rule"), BOUNDARIES)
def test_boundary(table: str, key: str, field: str, just: Any, not_quite: Any, rule: str) -> None:
    assert failed(by_hand((table, key, field, just)), handmade_plan()) == set()
    assert rule in failed(by_hand((table, key, field, not_quite)), handmade_plan())


def worded(rule: str, *edits: Edit, plan: Plan | None = None) -> str:
    """Where the audit sees the largest violation of a rule."""
    return audit(by_hand(*edits), plan or handmade_plan()).violations[rule].where


def spoilt(table: str, row: int, **cells: Any) -> Plan:
    """The plan by hand with cells of one row changed."""
    plan = handmade_plan()
    for column, value in cells.items():
        plan.tables[table][column] = plan.tables[table][column].astype(object)
        plan.tables[table].loc[row, column] = value
    return plan


def test_order_below_its_minimum_in_words() -> None:
    violation = audit(by_hand(("offers", "CN", "min_order_kg", 40)), handmade_plan()).violations["min_order"]
    assert violation.where == "offer CN in 2026-04 (node 1): ordered 30 kg, minimum 40 kg"
    assert (violation.amount, violation.relative, violation.unit) == (10.0, 0.25, "kg")


def test_balance_in_words() -> None:
    assert worded("balance", plan=spoilt("stock", 0, kg=33)) == (
        "NdFeB, pool free, in 2026-04 (node 1), stock at the end (there before 10, arrived 40, made 15, used -33): "
        "33 kg, but it should be 32"
    )


def test_limit_in_words() -> None:
    assert worded("limits", ("limits", "china", "max_share", 0.4)) == (
        "limit china in future calm, the horizon: 50 kg of 120 kg are from China, the share must be 0 to 0.4"
    )


def test_split_node_in_words() -> None:
    assert worded("tree", plan=spoilt("paths", 2, node=7)) == (
        "freeze in 2026-04: in node 7, but nothing distinguishes it from node 1"
    )


def test_shared_node_in_words() -> None:
    assert worded("tree", plan=spoilt("paths", 3, node=2)) == (
        "node 2: freeze in 2027-04 shares it with calm, but differs from it"
    )


def test_price_factor_is_that_of_the_order_and_none_of_an_open_order() -> None:
    """Twice the price in the first year, in China: landed (20 + 1) × 1.1 × 2 = 46.2.

    Calm: 30 × 46.2 + 300 = 1686. Freeze: deposit 0.2 × 20 × 2 × 15 = 120. The open order still costs 484.
    """
    edits: list[Edit] = [
        ("events", "E2", field, value)
        for field, value in {"future": "*", "target": "China", "from": A, "until": A, "value": 2}.items()
    ]
    assert worded("cost_purchase", *edits) == (
        "purchase in future calm, FY28, amount: 1,026 base currency, but it should be 1,686"
    )
    assert worded("cost_deposit", *edits) == (
        "deposit in future freeze, FY28, amount: 60 base currency, but it should be 120"
    )


def test_limit_counts_arrivals_within_its_window_only() -> None:
    """In 2027-04 30 of 43 kg are from China if all goes well, 15 of 23 if not."""
    assert (
        failed(by_hand(("limits", "china", "from", B), ("limits", "china", "max_share", 0.7)), handmade_plan()) == set()
    )
    assert worded("limits", ("limits", "china", "from", B)) == (
        "limit china in future calm, the horizon: 30 kg of 43 kg are from China, the share must be 0 to 0.6"
    )


def test_limit_without_a_class_leaves_feedstock_out() -> None:
    """40 and 10 kg of oxide are from Hitachi, were it the seller; its magnets are 40 of 100 kg."""
    edits = [("limits", "china", "target", "Japan"), ("limits", "china", "max_share", 50 / 120)]
    assert failed(by_hand(*edits), handmade_plan()) == set()
    assert worded(
        "limits", *edits, ("limits", "china", "class", "feedstock"), ("limits", "china", "min_share", 0.1)
    ) == ("limit china in future calm, the horizon: 0 kg of 40 kg are from Japan, the share must be 0.1 to 0.416667")


def test_one_future_goes_by_any_name() -> None:
    tables = copy.deepcopy(SCENARIO)
    tables["futures"], tables["events"] = [], []
    plan = handmade_plan()
    for name in ("paths", "costs", "futures", "sourcing", "applications"):
        frame = plan.tables[name]
        plan.tables[name] = frame[frame["future"] == "calm"].assign(future="whatever")
    for name, frame in plan.tables.items():
        if "node" in frame:
            plan.tables[name] = frame[frame["node"] != 3]
    plan.tables["nodes"]["probability"] = 1.0
    plan.tables["futures"]["probability"] = 1.0
    plan = dataclasses.replace(plan, objective=4510.0, bound=4510.0, gap=0.0, expected_cost=4510.0, cvar=4510.0)
    assert failed(from_rows(tables).scenario, plan) == set()


def test_bound_is_missing_when_nothing_is_proven() -> None:
    plan = dataclasses.replace(handmade_plan(), bound=-np.inf, gap=np.inf)
    assert failed(by_hand(), plan) == set()


def test_figures_that_are_none_are_violations() -> None:
    plan = dataclasses.replace(handmade_plan(), objective=float("nan"))
    assert failed(by_hand(), plan) == {"objective", "gap"}


# The tree


def of_events(*events: dict[str, Any], futures: tuple[str, ...] = ("calm", "freeze")) -> Signals:
    """What holds in the scenario by hand, with other events."""
    tables = copy.deepcopy(SCENARIO)
    tables["events"] = [{"event": f"E{i}", "future": "freeze", **event} for i, event in enumerate(events)]
    return signals(from_rows(tables).scenario, list(futures))


SCOPES: list[tuple[str, str, str | None, Callable[[Signals], Any], list[float]]] = [
    ("clearance", "licence", "L", lambda s: s.clearance, [0.5, 1.0]),
    ("clearance", "all", None, lambda s: s.clearance, [0.5, 0.5]),
    # Offers: CN, CN2, JP, AU, spot
    ("price", "country", "China", lambda s: s.price, [0.5, 0.5, 1, 1, 1]),
    ("price", "supplier", "Hitachi", lambda s: s.price, [1, 1, 0.5, 1, 0.5]),
    ("price", "offer", "CN2", lambda s: s.price, [1, 0.5, 1, 1, 1]),
    ("price", "material", "oxide", lambda s: s.price, [1, 1, 1, 0.5, 0.5]),
    ("price", "all", None, lambda s: s.price, [0.5] * 5),
    ("capacity", "country", "Japan", lambda s: s.offer_capacity, [1, 1, 0.5, 1, 0.5]),
    ("capacity", "supplier", "Baotou", lambda s: s.offer_capacity, [0.5, 0.5, 1, 1, 1]),
    ("capacity", "offer", "JP", lambda s: s.offer_capacity, [1, 1, 0.5, 1, 1]),
    ("capacity", "conversion", "sinter", lambda s: s.offer_capacity, [1] * 5),
    ("capacity", "all", None, lambda s: s.offer_capacity, [0.5] * 5),
    # Suppliers: Baotou, Hitachi, IREL
    ("capacity", "country", "Japan", lambda s: s.supplier_capacity, [1, 0.5, 1]),
    ("capacity", "supplier", "IREL", lambda s: s.supplier_capacity, [1, 1, 0.5]),
    ("capacity", "offer", "JP", lambda s: s.supplier_capacity, [1, 1, 1]),
    ("capacity", "all", None, lambda s: s.supplier_capacity, [0.5] * 3),
    # Conversions: sinter, pilot
    ("capacity", "country", "India", lambda s: s.conversion_capacity, [0.5, 0.5]),
    ("capacity", "supplier", "IREL", lambda s: s.conversion_capacity, [0.5, 0.5]),
    ("capacity", "conversion", "pilot", lambda s: s.conversion_capacity, [1, 0.5]),
    ("capacity", "all", None, lambda s: s.conversion_capacity, [0.5, 0.5]),
    # Segments: fan, export
    ("demand", "market", "US", lambda s: s.demand, [1, 0.5]),
    ("demand", "segment", "fan", lambda s: s.demand, [0.5, 1]),
    ("demand", "sector", "fans", lambda s: s.demand, [0.5, 1]),
    ("demand", "all", None, lambda s: s.demand, [0.5, 0.5]),
]


@pytest.mark.parametrize(("kind", "scope", "target", "field", "right"), SCOPES)
def test_event_touches_what_its_scope_says(
    kind: str, scope: str, target: str | None, field: Callable[[Signals], Any], right: list[float]
) -> None:
    event = {"kind": kind, "scope": scope, "target": target, "from": B, "value": 0.5}
    values = field(of_events(event))
    assert values[1, 1].tolist() == right
    assert (values[0] == 1).all()
    assert (values[1, 0] == 1).all()


def test_factors_multiply() -> None:
    price = {"kind": "price", "scope": "all"}
    assert of_events({**price, "value": 1.5}, {**price, "until": A, "value": 2}).price[1, :, 0].tolist() == [3.0, 1.5]


def test_clearance_is_that_of_the_last_row_that_applies() -> None:
    event = {"kind": "clearance", "scope": "licence", "target": "L"}
    rows = [{**event, "value": 0.2}, {**event, "until": A, "value": 0.7}, {**event, "from": B, "value": 0.4}]
    assert of_events(*rows).clearance[1, :, 0].tolist() == [0.7, 0.4]
    assert of_events(*reversed(rows)).clearance[1, :, 0].tolist() == [0.2, 0.2]


def test_event_may_raise_a_licence_s_usual_clearance() -> None:
    tables = copy.deepcopy(SCENARIO)
    tables["licences"][0]["clearance"] = 0.3
    tables["events"][0]["value"] = 0.8
    clearance = signals(from_rows(tables).scenario, ["calm", "freeze"]).clearance
    assert clearance[:, :, 0].tolist() == [[0.3, 0.3], [0.3, 0.8]]


def test_futures_that_part_stay_apart() -> None:
    values = of_events({"kind": "demand", "scope": "all", "until": A, "value": 2})
    tree = grow(values, [0.25, 0.75])
    assert tree.at.tolist() == [[0, 2], [1, 3]]
    assert tree.parent.tolist() == [-1, -1, 0, 1]
    assert tree.probability.tolist() == [0.25, 0.75, 0.25, 0.75]


def test_events_of_every_future_part_none() -> None:
    tree = grow(of_events({"future": "*", "kind": "price", "scope": "all", "value": 2}), [0.5, 0.5])
    assert tree.at.tolist() == [[0, 1], [0, 1]]


def test_factors_multiplied_in_another_order_are_the_same() -> None:
    price = {"kind": "price", "scope": "all"}
    values = [0.1, 0.7, 1.1]
    assert 0.1 * 0.7 * 1.1 != 1.1 * 0.7 * 0.1
    events = [{**price, "future": "calm", "value": v} for v in values]
    events += [{**price, "future": "freeze", "value": v} for v in reversed(values)]
    assert grow(of_events(*events), [0.5, 0.5]).at.tolist() == [[0, 1], [0, 1]]


# Figures


def test_cvar_of_a_published_example() -> None:
    """The mean of the worst 40 % of {10, 20, 30, 40}: all of 40 and 0.15 of 30, (0.25 · 40 + 0.15 · 30) / 0.4."""
    costs = np.array([10.0, 20.0, 30.0, 40.0])
    assert cvar(costs, np.full(4, 0.25), 0.6) == pytest.approx(36.25, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (120, "120"),
        (-2, "-2"),
        (1 / 3, "0.333333333"),
        (0.000012345, "0.000012345"),
        (1234567.5, "1,234,567.5"),
        (1e12, "1,000,000,000,000"),
        (float("inf"), "inf"),
    ],
)
def test_numbers_are_readable(value: float, text: str) -> None:
    assert number(value) == text

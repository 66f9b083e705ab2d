"""Why a plan is so: hand-solved values of what is scarce, and costs of decisions not taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from planner.catalogue.limits import LIMIT, LIMITS
from planner.cli import main
from planner.futures.tree import Tree
from planner.model.program import program
from planner.pipeline import make_plan, prepare
from planner.plan.plan import Plan
from planner.plan.tables import PLAN_TABLE
from planner.report.workbook import write_report
from planner.scenario.load import Loaded
from planner.solver.duals import duals
from planner.solver.highs import fixed
from planner.solver.outcome import Options, Progress
from planner.solver.strategy import solve
from planner.why import forced
from planner.why.cells import HORIZON, worth_of_cells
from planner.why.clearance import FULL, NOT_KNOWN, worth_of_clearance
from planner.why.forced import IMPOSSIBLE, NOT_TRIED, STOPPED
from planner.why.solved import DEGENERATE, ZERO, Solved
from tests.scenarios import EXACT, P1, P2, P3, PLANT, RICH, TWO_FUTURES, TWO_SUPPLIERS, Y1, Y2, YEARLY, near, tiny
from tests.shared_cases import CASES, loaded

FREE = {"discount_rate": 0}


def explained(units: Any = (10,), **given: Any) -> Plan:
    return make_plan(tiny(units, **{"settings": FREE} | given), EXACT, why=True)


def values(found: Plan, what: str) -> list[tuple[str, str, float, str]]:
    rows = found.tables["values"]
    rows = rows[rows["what"] == what]
    return list(rows[["item", "when", "value", "note"]].itertuples(index=False, name=None))


def not_taken(found: Plan) -> dict[str, dict[str, Any]]:
    rows = found.tables["not_taken"].to_dict("records")
    return {str(row["item"]): {str(name): cell for name, cell in row.items()} for row in rows}


# --- what more is worth --------------------------------------------------------------------------------

BINDING: dict[str, tuple[str, tuple[str, str, float], dict[str, Any]]] = {
    # 10 units are asked for, 6 built: one more unit saves its shortage cost of 1000 less 10 for a kg of M.
    "offer": ("capacity of offer", ("O", P1, 990), {"offers": {"max_kg_per_period": 6}}),
    "two kg a unit": (
        "capacity of offer",
        ("O", P1, 490),
        {"offers": {"max_kg_per_period": 6}, "design_materials": {"kg_per_unit": 2}},
    ),
    "offer with a minimum": (
        "capacity of offer",
        ("O", P1, 990),
        {"offers": {"max_kg_per_period": 6, "min_order_kg": 2}},
    ),
    "signed offer": ("capacity of offer", ("O", P1, 990), {"offers": {"max_kg_per_period": 6, "signing_fee": 9}}),
    # A kg more of what can be kept also costs its reservation.
    "reserved": (
        "capacity of offer",
        ("O", HORIZON, 940),
        {"offers": {"max_kg_per_period": 6, "reservation_fee_per_kg": 50}},
    ),
    "supplier": ("capacity of supplier", ("S", P1, 990), {"suppliers": {"max_kg_per_period": 6}}),
    "conversion": (
        "capacity of conversion",
        ("C", P1, 993),
        PLANT | {"conversions": {"cost_per_kg": 3, "max_kg_per_period": 6}},
    ),
    "assembly": ("assembly", ("bus", P1, 990), {"segments": {"max_units_per_period": 6}}),
    "design": ("share of design", ("D", P1, 99), {"designs": {"max_share": 0.6}}),
    # A percentage point is 0.1 kg that costs 10 a kg more from Japan.
    "largest share": (
        "largest share",
        ("X", "horizon", 1),
        TWO_SUPPLIERS | {"limits": {"max_share": 0.5}},
    ),
    "least share": (
        "least share",
        ("X", "FY27", 1),
        TWO_SUPPLIERS | {"limits": {"target": "Japan", "min_share": 0.5, "per": "year"}},
    ),
    # A kg from Japan costs 10 more.
    "largest quantity": (
        "largest quantity",
        ("X", "horizon", 10),
        TWO_SUPPLIERS | {"limits": {"max_kg": 5}},
    ),
    "least quantity": (
        "least quantity",
        ("X", "horizon", 10),
        TWO_SUPPLIERS | {"limits": {"target": "Japan", "min_kg": 5}},
    ),
    # A unit of money buys a tenth of a kg.
    "budget": ("budget", ("FY27", "FY27", 99), {"budgets": {"max_spend": 60}}),
    "safety stock": ("safety stock", ("M", P1, 10), {"materials": {"min_stock_kg": 3}}),
    # Units are cheaper not built: a percentage point of service is 0.1 units at 10 − 5.
    "service": ("service", ("bus", HORIZON, 0.5), {"segments": {"shortage_cost_per_unit": 5, "min_service": 0.6}}),
    # f units without magnet beside 3 with: 5 f ≤ θ (f + 3), so f = 3 θ / (5 − θ), which grows by 15 / (5 − θ)² = 5/3.
    "efficiency": (
        "efficiency",
        ("bus", P1, 994 * 5 / 3),
        {
            "offers": {"max_kg_per_period": 3},
            "segments": {"max_efficiency_loss_pp": 2},
            "designs": [{}, {"design": "F", "efficiency_loss_pp": 5, "extra_cost_per_unit": 6}],
        },
    ),
}


@pytest.mark.parametrize("case", BINDING)
def test_one_more_of_what_binds(case: str) -> None:
    what, (item, when, worth), given = BINDING[case]
    assert values(explained(**given), what) == [(item, when, near(worth), "")]


def test_every_kind_of_cell_is_tried() -> None:
    assert {what for what, _, _ in BINDING.values()} == {limit.name for limit in LIMITS if limit.worth} - {"storage"}


def test_storage() -> None:
    """What is bought at 10 and kept for the second year saves the 20 that it costs then."""
    found = explained(
        (0, 10),
        settings=FREE | YEARLY,
        materials={"max_stock_kg": 3},
        events={"kind": "price", "from": Y2, "value": 2},
    )
    assert values(found, "storage") == [("M", Y1, near(10), ""), ("M", Y2, 0.0, ZERO)]


def test_values_are_weighed_by_probability_and_discounted() -> None:
    found = explained(
        (10, 10),
        settings=YEARLY | {"discount_rate": 0.25},
        offers={"max_kg_per_period": 6},
        futures=TWO_FUTURES,
        events={"kind": "price", "future": "b", "from": Y2, "value": 2},
    )
    second = 0.8 * (0.5 * (1000 - 10) + 0.5 * (1000 - 20))
    assert values(found, "capacity of offer") == [("O", Y1, near(990), ""), ("O", Y2, near(second), "")]


def test_values_are_weighed_by_risk() -> None:
    """The more expensive half counts a third of the objective beside its half of the rest."""
    found = explained(
        settings=FREE | {"risk_weight": 1 / 3, "risk_tail": 0.5},
        offers={"max_kg_per_period": 6},
        futures=TWO_FUTURES,
        events={"kind": "price", "future": "b", "value": 2},
    )
    assert values(found, "capacity of offer") == [("O", P1, near(990 / 3 + 980 * 2 / 3), "")]


def test_what_does_not_bind_is_said_to_be_worth_nothing() -> None:
    assert values(explained(), "capacity of offer") == [("O", P1, 0.0, ZERO)]


def test_of_two_that_bind_alike_each_alone_is_no_use() -> None:
    """6 kg can be bought and 6 units assembled: the value is that of less of either, and said to be."""
    found = explained(offers={"max_kg_per_period": 6}, segments={"max_units_per_period": 6})
    (offer,), (assembly,) = values(found, "capacity of offer"), values(found, "assembly")
    assert sorted([offer[2:], assembly[2:]]) == [(0.0, ZERO), (near(990), DEGENERATE)]


LICENSED = {"licences": {"clearance": 0.5}, "offers": {"licence": "L", "max_kg_per_period": 10, "deposit_share": 0.4}}


def test_clearance() -> None:
    """A percentage point lets 0.1 kg go: 990 a kg, and the deposit of 4 a kg is not lost."""
    found = explained(**LICENSED)
    assert values(found, "clearance of licence") == [("L", P1, near(99.4), "")]
    more = make_plan(tiny(settings=FREE, **LICENSED | {"licences": {"clearance": 0.51}}), EXACT)
    assert found.objective - more.objective == near(99.4)


def test_clearance_of_open_orders() -> None:
    found = explained((10, 10), **LICENSED | {"open_orders": {"period": P2, "kg": 5}})
    assert values(found, "clearance of licence") == [("L", P1, near(99.4), ""), ("L", P2, near(99.4 + 49.7), "")]


def test_clearance_of_a_licence_that_lets_nothing_go_at_first() -> None:
    """What is ordered in the first quarter is due in the second and waits whole: the program holds no release there."""
    found = explained(
        (0, 0, 10),
        licences={"clearance": 0, "unreleased": "waits"},
        offers=[{"licence": "L", "until": P1, "lead_periods": 1}, {"offer": "X", "price_per_kg": 900}],
        open_orders={"period": P2, "kg": 1, "cleared": "yes"},
        events={"kind": "clearance", "from": P3, "value": 1},
    )
    unknown = pytest.approx(float("nan"), nan_ok=True)
    assert values(found, "clearance of licence")[0] == ("L", P2, unknown, NOT_KNOWN)


def test_clearance_that_is_full() -> None:
    licensed = LICENSED | {"licences": {"clearance": 1}, "offers": LICENSED["offers"] | {"max_kg_per_period": 5}}
    found = explained(**licensed, segments={"shortage_cost_per_unit": 50})
    ((_, _, value, note),) = values(found, "clearance of licence")
    # One point less of 5 kg leaves 0.05 units unbuilt, worth 50 less 10 for their kg, and loses a deposit of 0.2.
    assert (value, note) == (near(2.2), FULL)


def solved_of(prepared: Any, options: Options) -> tuple[Solved, Any]:
    outcome = solve(prepared.instance, options)
    found = duals(prepared.instance, outcome.x, threading.Event())
    assert found is not None
    return Solved(prepared.path, prepared.instance, outcome), found


def saved(solved: Solved, tree: Tree) -> float:
    """What another tree saves with the whole numbers held, by solving again."""
    whole = solved.x[solved.instance.integer].round()
    before = solve(fixed(solved.instance, whole), EXACT)
    after = solve(fixed(program(solved.path.scenario, tree)[1], whole), EXACT)
    return before.objective - after.objective


def check_by_solving_again(
    solved: Solved, row: dict[str, Any], more: Callable[[Tree, int], tuple[Tree, float]]
) -> None:
    calendar, tree = solved.path.calendar, solved.path.tree
    changed, step = more(tree, next(period for period in calendar.all if calendar.month(period) == row["when"]))
    assert saved(solved, changed) / step == pytest.approx(row["value"], rel=2e-3)


def test_values_are_what_solving_again_finds() -> None:
    solved, found = solved_of(prepare(loaded("small-202")), Options(gap=1e-2))
    rows = [
        row for row in worth_of_cells(solved, found, LIMIT["capacity of offer"]) if row["value"] and not row["note"]
    ]
    assert len(rows) >= 5

    def one_kg_more(offer: str) -> Callable[[Tree, int], tuple[Tree, float]]:
        def more(tree: Tree, period: int) -> tuple[Tree, float]:
            factor = tree.offer_capacity[offer].copy()
            factor[tree.at[period]] *= 1 + 1 / solved.path.scenario.offer[offer].max_kg_per_period
            return replace(tree, offer_capacity=tree.offer_capacity | {offer: factor}), 1.0

        return more

    for row in rows[:: len(rows) // 4]:
        check_by_solving_again(solved, row, one_kg_more(row["item"]))


def test_values_of_clearance_are_what_solving_again_finds() -> None:
    solved, found = solved_of(prepare(loaded("small-202")), Options(gap=1e-2))
    rows = [row for row in worth_of_clearance(solved, found) if row["value"] and not row["note"]]
    assert rows

    def a_little_more(licence: str) -> Callable[[Tree, int], tuple[Tree, float]]:
        def more(tree: Tree, period: int) -> tuple[Tree, float]:
            released = tree.clearance[licence].copy()
            nodes = tree.at[period]
            released[nodes[released[nodes] < 1]] += 1e-4
            return replace(tree, clearance=tree.clearance | {licence: released}), 1e-2

        return more

    for row in rows:
        check_by_solving_again(solved, row, a_little_more(row["item"]))


def test_a_scenario_with_every_table() -> None:
    found = make_plan(tiny(**RICH), Options(gap=1e-6), why=True)
    rows = found.tables["values"]
    in_kg = {"largest quantity", "least quantity"}  # its limits are shares
    assert set(rows["what"]) == {limit.name for limit in LIMITS if limit.worth} - in_kg | {"clearance of licence"}
    assert not rows.duplicated(["what", "item", "when"]).any()


# --- decisions not taken ---------------------------------------------------------------------------------


def test_a_licence_costs_its_fee() -> None:
    row = not_taken(explained(licences={"application_fee": 30}))["L"]
    assert row == {
        "decision": "apply",
        "item": "L",
        "cost": near(30),
        "at_least": near(30),
        "at_most": near(30),
        "cheaper_by": near(30),
        "unit": "base currency",
        "note": "",
    }


def test_a_costlier_offer_with_a_commitment() -> None:
    """4 kg have to be bought at 20 instead of 10: at 10 a kg less it would do."""
    offers = [{}, {"offer": "J", "price_per_kg": 20, "commit_kg_per_period": 4}]
    row = not_taken(explained(offers=offers))["J"]
    assert (row["decision"], row["cost"], row["cheaper_by"], row["unit"], row["note"]) == (
        "sign",
        near(40),
        near(10),
        "base currency/kg",
        "",
    )


def test_what_would_not_be_taken_for_nothing() -> None:
    """Nothing of the committed 4 kg is of use: they cost 10, and 20 to hold."""
    found = explained(
        materials={"holding_cost_per_kg": 20},
        stock={"kg": 10},
        offers={"commit_kg_per_period": 4, "signing_fee": 3},
    )
    row = not_taken(found)["O"]
    assert (row["cost"], row["note"]) == (near(123), "it would not be taken even for nothing")


def test_an_offer_under_which_nothing_would_be_ordered() -> None:
    row = not_taken(explained(offers=[{}, {"offer": "J", "price_per_kg": 20, "signing_fee": 7}]))["J"]
    assert (row["cost"], row["cheaper_by"], row["unit"]) == (near(7), near(7), "base currency")


def test_a_design() -> None:
    designs = [{}, {"design": "F", "qualified": "no", "qualification_cost": 35, "extra_cost_per_unit": 60}]
    row = not_taken(explained(designs=designs))["F"]
    assert (row["decision"], row["cost"], row["cheaper_by"]) == ("qualify", near(35), near(35))


def test_a_design_that_is_qualified_later() -> None:
    """It saves 10 a unit from the second year on, when it costs a fifth less to qualify."""
    designs = [{"extra_cost_per_unit": 50}, {"design": "F", "qualified": "no", "qualification_cost": 100}]
    found = explained((0, 10), settings=YEARLY | {"discount_rate": 0.25}, designs=designs)
    row = not_taken(found)["F"]
    assert (row["cost"], row["note"]) == (near(20), "the plan qualifies it later")


def test_what_cannot_be() -> None:
    offers = [{"group": "G", "decision": "must"}, {"offer": "J", "group": "G"}]
    row = not_taken(explained(offers=offers))["J"]
    assert row["note"] == IMPOSSIBLE
    assert pd.isna(row["cost"])


def test_what_is_ruled_out_or_taken_is_not_asked() -> None:
    found = explained(
        licences=[{"decision": "never"}, {"licence": "K"}],
        offers=[{"signing_fee": 1}, {"offer": "N", "decision": "never"}, {"offer": "R", "licence": "L"}],
        designs=[{}, {"design": "F", "qualified": "no", "decision": "never"}],
    )
    assert list(not_taken(found)) == ["K"]


def test_where_the_gap_does_not_show() -> None:
    found = make_plan(tiny(licences={"application_fee": 1e-3}), Options(gap=0.5), why=True)
    row = not_taken(found)["L"]
    assert row["at_least"] <= row["cost"] <= row["at_most"]


def test_no_more_than_a_number_of_decisions_are_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forced, "MOST", 1)
    stages = []

    def watch(news: Progress) -> None:
        stages.append(news.stage)

    licences = [{"application_fee": 30}, {"licence": "K", "application_fee": 10}]
    found = make_plan(tiny(licences=licences), EXACT, watch, why=True)
    assert {name: row["note"] for name, row in not_taken(found).items()} == {"K": "", "L": NOT_TRIED}
    assert "why: forcing K (1 of 1)" in stages


def test_cancelled_it_ends_with_what_there_is() -> None:
    cancel = threading.Event()

    def watch(news: Progress) -> None:
        if news.stage.startswith("why: forcing K"):
            cancel.set()

    licences = [{"application_fee": 30}, {"licence": "K", "application_fee": 10}]
    found = make_plan(tiny(licences=licences), EXACT, watch, cancel, why=True)
    assert found.status == "optimal"
    assert not_taken(found)["L"]["note"] == STOPPED
    assert values(found, "capacity of offer") == [("O", P1, 0.0, ZERO)]


def test_interrupted_between_two_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*given: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("planner.why.explain.worth_of_clearance", interrupted)
    found = make_plan(tiny(licences={}), EXACT, why=True)
    assert values(found, "capacity of offer") == [("O", P1, 0.0, ZERO)]
    assert not_taken(found)["L"]["note"] == STOPPED


# --- cover, and where nothing was asked -----------------------------------------------------------------


def test_days_of_cover() -> None:
    """15 kg are left of 25; in the next year a uses 10, b 20: on average 15, a year's worth."""
    found = make_plan(
        tiny(
            (10, 10),
            settings=YEARLY,
            stock={"kg": 25},
            offers={"from": Y2},
            futures=TWO_FUTURES,
            events={"future": "b", "kind": "demand", "from": Y2, "value": 2},
        ),
        EXACT,
    )
    (row,) = found.tables["cover"].itertuples(index=False, name=None)
    assert row == (1, Y1, "M", near(15), near(15 / 365.25), near(365.25))


def test_cover_counts_what_plants_take_in() -> None:
    given = PLANT | {"stock": {"material": "ore", "kg": 100}, "offers": {"material": "ore", "from": P2}}
    found = make_plan(tiny((10, 20), settings=FREE, **given), EXACT)
    rows = found.tables["cover"].set_index("material")
    assert rows.loc["ore", "kg_per_day"] == near(2 * 20 / (3 * 365.25 / 12))


def first_cells(given: Loaded, found: Plan, path: Path) -> dict[str, Any]:
    write_report(given, found, path)
    book = openpyxl.load_workbook(path)
    return {name: book[PLAN_TABLE[name].title]["A2"].value for name in ("values", "not_taken")}


def test_without_it_the_tables_are_empty_and_say_so(tmp_path: Path) -> None:
    given = tiny()
    found = make_plan(given, EXACT)
    assert found.tables["values"].empty
    assert found.tables["not_taken"].empty
    said = first_cells(given, found, tmp_path / "plan.xlsx")
    assert said == dict.fromkeys(said, "not asked for: solve with --why")


def test_with_it_they_stand_in_the_report(tmp_path: Path) -> None:
    given = tiny()
    said = first_cells(given, make_plan(given, EXACT, why=True), tmp_path / "plan.xlsx")
    assert said == {"values": "capacity of offer", "not_taken": "none"}


def test_from_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    assert main(["solve", str(CASES / "tiny-104.xlsx"), "--why", "--json", str(out)]) == 0
    tables = json.loads(out.read_text(encoding="utf-8"))["tables"]
    assert {row["what"] for row in tables["values"]} >= {"capacity of offer", "clearance of licence"}
    assert all(
        row["at_least"] <= row["cost"] <= row["at_most"] for row in tables["not_taken"] if row["cost"] is not None
    )
    assert tables["cover"]

"""Moving on: the position that a plan reaches, by hand, and time consistency over generated scenarios."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from planner.cli import main
from planner.errors import Infeasible, InputError, UsageError
from planner.pipeline import make_plan
from planner.plan import document
from planner.present.summary import headline
from planner.present.views import views
from planner.reading import load
from planner.report.workbook import write_report
from planner.rolling.roll import Rolled, roll
from planner.scenario.folder import write_folder
from planner.scenario.load import Loaded, from_rows, raw_from_rows
from planner.solver.outcome import Options
from tests.generated_licences import staged
from tests.rolling import EXACT, Rows, each_roll, time_consistent
from tests.scenarios import P1, P2, P3, TWO_FUTURES, TWO_SUPPLIERS, near, tables, tiny

WAITS = {"unreleased": "waits"}


def rolled(loaded: Loaded, to: str = P2, future: str | None = None, **asked: Any) -> Rolled:
    """The roll of a scenario's optimal plan."""
    return roll(loaded, make_plan(loaded, EXACT), to, future, **asked)


def cells(found: Rolled, table: str, *fields: str) -> list[tuple[Any, ...]]:
    """Some cells of each row of a table."""
    return [tuple(row.cells.get(field) for field in fields) for row in found.raw.tables[table].data_rows()]


def cost(found: Rolled) -> float:
    """The optimum from there on."""
    return make_plan(found.loaded, EXACT).objective


# --- by hand ----------------------------------------------------------------------------------------------


def test_stock_is_what_the_plan_has_left() -> None:
    """30 kg lie there, 10 are used in the first quarter: 20 are left, and nothing is to be bought for two more."""
    found = rolled(tiny((10, 10, 10), stock={"kg": 30}))

    assert cells(found, "stock", "material", "kg") == [("M", near(20))]
    assert cells(found, "settings", "name", "value")[1:] == [("start", P2), ("periods", 2)]
    assert found.raw.tables["demand"].columns.keys() == {"segment", P2, P3}
    assert (found.spent, cost(found)) == (near(0), near(0))


def test_an_order_on_the_way_owes_the_price_of_its_day() -> None:
    """The price of 10 is doubled in the first quarter: what is ordered then for the second still owes 20 a kg.

    10 kg at 20 come in the second quarter, and 10 kg at 10, ordered then, in the third: 200 + 100 are owed.
    """
    event = {"kind": "price", "until": P1, "value": 2}
    found = rolled(tiny((10, 10, 10), stock={}, offers={"lead_periods": 1}, events=event))

    assert cells(found, "open_orders", "offer", "period", "kg") == [("O at 20", P2, near(10))]
    assert cells(found, "offers", "offer", "price_per_kg", "max_kg_per_period", "signed") == [
        ("O", 10, 100, None),
        ("O at 20", 20, 0, "yes"),
    ]
    assert (found.spent, cost(found)) == (near(0), near(300))


def test_what_take_or_pay_has_paid_owes_freight_and_duty_alone() -> None:
    """10 kg are due in the first quarter, when nothing is released: 100 are paid, then 0.1 · 10 + 1.1 · 1 a kg are owed."""
    loaded = tiny(
        (0, 10),
        licences=WAITS,
        offers={"licence": "L", "take_or_pay": "yes", "duty_rate": 0.1, "freight_per_kg": 1, "max_kg_per_period": 10},
        fixed_orders={"kg": 10},
        events={"kind": "clearance", "until": P1, "value": 0},
    )
    found = rolled(loaded)

    assert cells(found, "open_orders", "offer", "period", "kg") == [("O paid", P2, near(10))]
    assert (found.spent, cost(found)) == (near(100), near(21))


def test_a_licence_that_loses_and_was_applied_for_is_must_without_a_fee() -> None:
    """Applied for at 50, and the offer signed at 30: from then on only the magnets cost, 10 units at 10 a quarter."""
    loaded = tiny(
        (10, 10),
        licences=[{"application_fee": 50}, {"licence": "K"}],
        offers=[{"licence": "L", "signing_fee": 30}, {"offer": "X", "licence": "K", "price_per_kg": 99}],
    )
    found = rolled(loaded)

    assert cells(found, "licences", "licence", "decision", "application_fee") == [
        ("L", "must", 0),
        ("K", "never", None),
    ]
    assert cells(found, "offers", "offer", "signed", "decision") == [("O", "yes", None), ("X", None, "never")]
    assert (found.spent, cost(found)) == (near(180), near(100))


def test_an_application_keeps_what_it_still_covers_and_one_that_lapsed_stays_with_nothing() -> None:
    """It covers 40 kg from the second quarter on; 10 are used by the third. The one of before has lapsed by then."""
    loaded = tiny(
        (0, 10, 10),
        materials={"holding_cost_per_kg": 1},
        licences=WAITS | {"processing_periods": 1, "max_kg_per_application": 40},
        open_applications={"until": P1, "kg": 9},
        offers={"licence": "L"},
    )
    found = rolled(loaded, P3)

    assert cells(found, "open_applications", "application", "from", "until", "kg") == [
        ("A", None, P1, 0),
        (f"L {P1}", P2, None, near(30)),
    ]
    assert cells(found, "licences", "decision") == [("never",)]
    assert cost(found) == near(100)


def test_a_licence_that_would_come_too_late_is_applied_for_no_more() -> None:
    """Applied for in the last quarter it would be in force a quarter after the end."""
    found = rolled(
        tiny(
            (10, 10),
            licences=WAITS | {"processing_periods": 1, "apply_until": P2},
            offers=[{}, {"offer": "X", "licence": "L"}],
        )
    )
    assert cells(found, "licences", "decision") == [("never",)]
    assert cost(found) == near(100)


def test_no_more_capacity_can_be_kept() -> None:
    """10 kg a quarter are kept for 5 each; in the second quarter no more than these can be ordered."""
    loaded = tiny((10, 10), offers={"reservation_fee_per_kg": 5})
    found = rolled(loaded)

    (row,) = cells(found, "offers", "signed", "kept_kg", "max_kg_per_period")
    assert row == ("yes", near(10), near(10))
    assert (found.spent, cost(found)) == (near(150), near(100))


def test_what_arrived_and_was_spent_counts_in_limits_and_budgets() -> None:
    """Of 20 kg half may come from China: 10 have, at 10 each; 10 more at 20 from Japan: 200 of 320 are left."""
    loaded = tiny(
        (10, 10),
        **TWO_SUPPLIERS,
        limits={"max_share": 0.5},
        budgets=[{"max_spend": 320}, {"year": P1, "max_spend": 120}],
    )
    found = rolled(loaded)
    by_china = [row for row in found.position.arrived if row.supplier == "S"]
    china = sum(row.kg for row in by_china)

    assert cells(found, "limits", "before_kg", "before_all_kg") == [(near(china) if china else None, near(10))]
    (budget,) = cells(found, "budgets", "year", "max_spend")
    assert budget == ("FY27", near(320 - found.position.cash[1]))
    assert found.spent + cost(found) == near(300)


def test_units_built_lost_and_late_count_in_the_service() -> None:
    """Assembly makes 6 of 10 a quarter, waiting costs 1: 4 wait after the first, 6 were built."""
    loaded = tiny((10, 0), stock={"kg": 20}, segments={"delay_cost_per_unit": 1, "max_units_per_period": 6})
    found = rolled(loaded)

    assert cells(found, "segments", "backlog_units", "before_units", "before_lost_units") == [(near(4), near(6), None)]
    assert (found.spent, cost(found)) == (near(4), near(0))


def test_designs_and_steps_under_way_go_on() -> None:
    """The second design takes two quarters to qualify and must be; a step of capacity is there in the third."""
    loaded = tiny(
        (10, 10, 20),
        stock={"kg": 20},
        offers={"max_kg_per_period": 10},
        expansions={"lead_periods": 2, "until": P1},
        designs=[{}, {"design": "F", "qualified": "no", "qualification_periods": 2, "decision": "must"}],
    )
    found = rolled(loaded)

    assert cells(found, "designs", "qualified", "qualified_from") == [(None, None), ("no", P3)]
    assert make_plan(found.loaded, EXACT).tables["qualification"].empty


def test_futures_that_do_not_agree_are_gone_with_their_events() -> None:
    futures = [{"probability": 0.5}, {"future": "b", "probability": 0.3}, {"future": "c", "probability": 0.2}]
    events: list[dict[str, Any]] = [
        {"future": "a", "kind": "price", "from": P1, "until": P1, "value": 2},
        {"future": "b", "kind": "price", "from": P2, "value": 3},
        {"future": "*", "kind": "price", "from": P1, "until": P1, "value": 1},
    ]
    found = rolled(tiny((10, 10), stock={}, futures=futures, events=events), future="c")

    assert cells(found, "futures", "future", "probability") == [("b", near(0.6)), ("c", near(0.4))]
    assert cells(found, "events", "event") == [("e1",)]


def test_the_plans_strategy_is_part_of_the_new_scenario_and_rows_about_what_is_gone_are_dropped() -> None:
    strategies = [
        {"strategy": "dear", "table": "offers", "key": "O", "field": "price_per_kg", "value": 12},
        {"strategy": "late", "table": "events", "key": "e0", "field": "value", "value": 2},
        {"strategy": "late", "table": "offers", "key": "O", "field": "price_per_kg", "value": 9},
    ]
    rows = {"events": [{"event": "e0", "future": "*", "kind": "price", "scope": "all", "until": P1, "value": 1}]}
    base = tiny((10, 10), **rows)
    given_rows = {name: [dict(row.cells) for row in table.data_rows()] for name, table in base.raw.tables.items()} | {
        "strategies": strategies
    }
    found = rolled(from_rows(given_rows, strategy="dear"))

    assert cells(found, "offers", "price_per_kg") == [(12,)]
    assert cells(found, "strategies", "strategy", "key") == [("late", "O")]
    assert [str(note) for note in found.notes] == [
        "Strategy late no longer sets value of e0 in events: that is settled or gone."
    ]


def test_a_fixed_order_of_which_nothing_can_be_delivered_goes_with_its_offer() -> None:
    """The supplier is out in the second quarter: the plan need not sign for 3, and then it is too late to."""
    found = rolled(
        tiny(
            (10, 10),
            offers=[{}, {"offer": "F", "signing_fee": 3}],
            fixed_orders={"offer": "F", "period": P2, "kg": 4},
            events={"kind": "capacity", "scope": "offer", "target": "F", "from": P2, "value": 0},
        )
    )
    assert cells(found, "fixed_orders", "offer") == []
    assert [str(note) for note in found.notes] == [
        f"The fixed order of F in {P2} is left out: its offer was not signed: nothing of it can be delivered."
    ]


def test_climates_start_from_the_state_that_was_seen() -> None:
    """Open lasts with 0.75, closed with 0.5: after an open quarter it is open with 0.75, after a closed one with 0.5."""
    moves = {("open", "open"): 0.75, ("open", "closed"): 0.25, ("closed", "open"): 0.5, ("closed", "closed"): 0.5}
    rows = tables((10, 10), licences={}, offers={"licence": "L"}, settings={"start": P1, "futures": 4, "courses": 200})
    rows |= {
        "climates": [{"climate": "C", "state": state, "start_probability": 0.5} for state in ("open", "closed")],
        "climate_moves": [
            {"climate": "C", "state": a, "next_state": b, "probability": p} for (a, b), p in moves.items()
        ],
        "climate_effects": [{"climate": "C", "state": "closed", "kind": "clearance", "scope": "all", "value": 0}],
    }
    loaded = from_rows(rows)
    plan = make_plan(loaded, EXACT)
    for future in loaded.scenario.futures:
        found = roll(loaded, plan, P2, future.future)
        was_open = (future.note or "").startswith("C: open")
        starts = {"open": 0.75 if was_open else 0.5, "closed": 0.25 if was_open else 0.5}
        assert cells(found, "climates", "state", "start_probability") == [
            (state, near(chance)) for state, chance in starts.items()
        ]
        assert found.loaded.scenario.settings.futures == 0


def test_panels_start_anew_and_the_roll_says_so() -> None:
    found = rolled(tiny((10, 10), panels={"max_suppliers": 1}))

    assert [str(note) for note in found.notes] == [f"Panel P starts anew: it counts what is ordered from {P2} on."]


def test_every_change_says_where_it_was_taken_from() -> None:
    found = rolled(tiny((10, 10, 10), stock={"kg": 30}))

    changes = {(one.table, one.key, one.field): one for one in found.changes}
    assert changes["stock", "M/", "kg"].cell == f"plan, Stock, {P1}"
    assert {one.by for one in found.changes} == {f"roll to {P2}"}
    assert all(one.cell for one in found.changes)


# --- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "future", "text"),
    [
        (P1, None, f"There is no moving on to {P1}: the plan has begun with it already. Name a month from {P2} to {P3}."),
        ("2031-04", None, "There is no moving on to 2031-04: the plan does not reach it. Name a month from "
         f"{P2} to {P3}."),
        ("soon", None, "'soon' is not a month such as 2026-07."),
        (P3, None, f"By {P2} futures have parted: say with --future which has come. They are: a, b."),
        (P2, "aa", "The scenario has no future 'aa'. Its futures: a, b."),
    ],
)  # fmt: skip
def test_a_period_or_future_that_is_none_is_refused(to: str, future: str | None, text: str) -> None:
    event = {"future": "a", "kind": "price", "from": P2, "value": 2}
    loaded = tiny((10, 10, 10), futures=TWO_FUTURES, events=event)
    with pytest.raises(UsageError) as refused:
        rolled(loaded, to, future)
    assert str(refused.value) == text


def test_moving_the_horizon_on_asks_for_demand() -> None:
    with pytest.raises(InputError) as refused:
        rolled(tiny((10, 10)), periods="same")
    assert str(refused.value) == (
        f"demand: With --periods same demand is needed of bus in {P3}. Give it with --demand FILE, a workbook or folder "
        "with a table demand; or use --periods shrink."
    )


def test_the_horizon_moves_on_with_demand_given() -> None:
    """10 units more in a quarter more, at 10 each."""
    more = raw_from_rows({"demand": [{"segment": "bus", P3: 10}]}, "more")
    found = rolled(tiny((10, 10)), periods="same", demand=more)

    assert cells(found, "demand", P2, P3) == [(10, 10)]
    assert cost(found) == near(200)


# --- the command ------------------------------------------------------------------------------------------


def written(tmp_path: Path, **rows: Any) -> Path:
    """A scenario's folder and its plan beside it."""
    folder = tmp_path / "tiny"
    write_folder(tiny((10, 10, 10), **rows).raw, folder)
    loaded = load(str(folder))
    document.write(document.of_plan(loaded, make_plan(loaded, EXACT)), tmp_path / "plan.json")
    return folder


@pytest.mark.parametrize("out", ["next.xlsx", "next"])
def test_the_command_writes_a_scenario_that_can_be_checked_and_solved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    folder, target = written(tmp_path, stock={"kg": 30}), tmp_path / out
    assert main(["roll", str(folder), str(tmp_path / "plan.json"), "--to", P2, str(target)]) == 0

    said = capsys.readouterr().out
    assert said.startswith(f"{target} goes on from {P2} for 2 periods.")
    assert main(["check", str(target)]) == 0
    assert capsys.readouterr().out == f"{target}: no problems.\n"
    again = load(str(target))
    assert make_plan(again, EXACT).objective == near(0)
    changed = make_plan(again, EXACT).tables["changed_cells"]
    (row,) = changed[(changed["table"] == "stock") & (changed["field"] == "kg")].to_dict("records")
    assert (row["old"], row["new"], row["by"], row["cell"]) == ("30", "20", f"roll to {P2}", f"plan, Stock, {P1}")


def test_a_plan_of_another_scenario_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, target = written(tmp_path), tmp_path / "next.xlsx"
    demand = folder / "demand.csv"
    demand.write_text(demand.read_text().replace("10", "11"))
    assert main(["roll", str(folder), str(tmp_path / "plan.json"), "--to", P2, str(target)]) == 3

    told = capsys.readouterr().err
    assert f"{tmp_path / 'plan.json'} is a plan of another scenario, or of tiny before it was changed." in told
    assert not target.exists()


def test_a_plan_of_another_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, plan = written(tmp_path), tmp_path / "plan.json"
    found = json.loads(plan.read_text())
    found["provenance"]["planner"] = "0.0.1"
    plan.write_text(json.dumps(found))
    assert main(["roll", str(folder), str(plan), "--to", P2, str(tmp_path / "next.xlsx")]) == 3
    assert f"{plan} was made by version 0.0.1 of the planner, not 0.1.0." in capsys.readouterr().err


# --- time consistency -------------------------------------------------------------------------------------


def ensure_consistent(rows: Rows) -> None:
    """What was spent and the optimum from there on are what the plan expects, at every node, within the gaps."""
    try:
        loaded = from_rows(time_consistent(rows))
        plan = make_plan(loaded, EXACT)
    except (InputError, Infeasible):
        return
    for where, expected, found, room in each_roll(loaded, plan):
        assert found == pytest.approx(expected, rel=1e-6, abs=room + 1e-5), where


_CONSISTENT = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(_CONSISTENT, max_examples=15)
@given(staged())
def test_a_plan_is_time_consistent(rows: Rows) -> None:
    ensure_consistent(rows)


@pytest.mark.slow
@settings(_CONSISTENT, max_examples=300)
@given(staged(tiny=False))
def test_plans_of_several_periods_are_time_consistent(rows: Rows) -> None:
    ensure_consistent(rows)


def consistent_e3w() -> Loaded:
    """e3w-maker without a weight on risk and without its budgets."""
    raw = load("e3w-maker").raw
    rows = {name: [dict(row.cells) for row in table.data_rows()] for name, table in raw.tables.items()}
    rows["settings"] = [row for row in rows["settings"] if row["name"] != "risk_weight"]
    return from_rows(rows | {"budgets": [], "strategies": []})


def ensure_e3w_consistent(step: int) -> None:
    """At every so many-th node of e3w-maker."""
    loaded = consistent_e3w()
    plan = make_plan(loaded, Options(gap=1e-4))
    for where, expected, found, room in each_roll(loaded, plan, step, Options(gap=1e-4)):
        assert found == pytest.approx(expected, rel=1e-9, abs=room), where


def test_e3w_maker_is_time_consistent_at_a_few_nodes() -> None:
    ensure_e3w_consistent(40)


@pytest.mark.slow
def test_e3w_maker_is_time_consistent_at_every_third_node() -> None:
    ensure_e3w_consistent(3)


# --- from a report ----------------------------------------------------------------------------------------


def test_a_report_gives_the_same_roll_as_the_plans_json() -> None:
    """Every kind of row: what waits, what is decided later, applications, panels."""
    from planner.rolling.reading_plan import scenario_and_plan
    from tests.waiting import WAITING, Y3

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(from_rows(WAITING).raw, folder / "waiting")
        loaded = load(str(folder / "waiting"))
        plan = make_plan(loaded, EXACT)
        document.write(document.of_plan(loaded, plan), folder / "plan.json")
        write_report(loaded, plan, folder / "plan.xlsx")
        by_json, by_report, alone = (
            roll(*scenario_and_plan(str(folder / source), folder / path), Y3, "b")
            for source, path in (("waiting", "plan.json"), ("waiting", "plan.xlsx"), ("plan.xlsx", "plan.xlsx"))
        )
    assert by_report.raw.sha256 == by_json.raw.sha256
    assert by_report.changes == by_json.changes
    assert by_report.spent == near(by_json.spent) == near(alone.spent)
    assert len(alone.changes) == len(by_json.changes)


def test_a_workbook_that_is_no_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, book = written(tmp_path), tmp_path / "scenario.xlsx"
    assert main(["export", str(folder), str(book)]) == 0
    assert main(["roll", str(folder), str(book), "--to", P2, str(tmp_path / "next.xlsx")]) == 3
    assert f"{book} is not a plan." in capsys.readouterr().err


# --- what was done already --------------------------------------------------------------------------------


def test_the_do_now_list_knows_what_was_done_already() -> None:
    """Applied for, signed and begun to qualify: none of it is to be done again."""
    found = rolled(
        tiny(
            (10, 10, 10),
            licences={"application_fee": 50},
            offers={"licence": "L", "signing_fee": 30},
            designs=[{}, {"design": "F", "qualified": "no", "qualification_periods": 2, "decision": "must"}],
        )
    )
    loaded = found.loaded
    plan = make_plan(loaded, EXACT)
    said = headline(loaded, plan)

    assert said[0] == "Nothing needs to be applied for, signed or kept now."
    assert not any("qualify" in sentence for sentence in said)
    (now,) = (view for view in views(loaded, plan) if view.name == "now_decisions")
    assert set(now.rows["decision"]) == {"order"}


def test_a_roll_goes_on_from_a_roll() -> None:
    """Quarter by quarter to the end: what was spent adds up to what the plan was expected to cost."""
    event = {"kind": "price", "until": P1, "value": 2}
    loaded = tiny((10, 10, 10), stock={}, offers={"lead_periods": 1}, events=event, licences={}, settings={"start": P1})
    expected, spent, worth = make_plan(loaded, EXACT).expected_cost, 0.0, 1.0
    for month in (P2, P3):
        plan = make_plan(loaded, EXACT)
        found = roll(loaded, plan, month)
        spent += worth * found.spent
        worth *= found.discount
        loaded = found.loaded
    assert spent + worth * make_plan(loaded, EXACT).expected_cost == near(expected)
    assert cells(found, "offers", "offer") == [("O",)]

"""A new plan against the last one: the bridge, decisions that changed, staying, hindsight; by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.cli import main
from planner.pipeline import make_plan
from planner.plan import document
from planner.reading import load
from planner.report.study import write_study
from planner.rolling.against import Against, against
from planner.rolling.roll import Rolled, roll
from planner.rolling.views import against_study, sentences
from planner.scenario.folder import write_folder
from planner.scenario.load import Loaded, from_rows
from tests.rolling import EXACT
from tests.scenarios import P1, P2, P3, TWO_FUTURES, near, tiny


def edited(rolled: Rolled, table: str, key: str, **cells: Any) -> Loaded:
    """The scenario that was rolled, with some cells of a row changed."""
    rows = {name: [dict(row.cells) for row in its.data_rows()] for name, its in rolled.raw.tables.items()}
    (row,) = (row for row in rows[table] if next(iter(row.values())) == key)
    row.update(cells)
    return from_rows(rows)


def compared(loaded: Loaded, change: tuple[str, str, dict[str, Any]] | None = None, **asked: Any) -> Against:
    """A plan rolled to the second quarter and held against the last, with a change since."""
    plan = make_plan(loaded, EXACT)
    by_plan = roll(loaded, plan, P2, asked.pop("future", None))
    new = edited(by_plan, change[0], change[1], **change[2]) if change else None
    return against(loaded, plan, by_plan, edited=new, options=EXACT, **asked)


def changes(found: Against) -> dict[str, float]:
    return {step.name: step.change for step in found.bridge.steps}


# --- the bridge -------------------------------------------------------------------------------------------


def test_time_passed_takes_what_was_spent() -> None:
    """10 units a quarter at 10 each: 300 from the first quarter on, 200 from the second."""
    found = compared(tiny((10, 10, 10)))

    assert (found.bridge.before, found.bridge.after) == (near(300), near(200))
    assert changes(found) == {"time passed": near(-100), "decisions": near(0)}
    assert found.decisions == ()


def test_a_price_that_has_risen_explains_its_part_and_the_decision_the_rest() -> None:
    """O rises from 10 to 30; J, to be signed for 5, sells at 20, and the last plan left it.

    Held to that in the second quarter, 10 · 30 + 5 + 10 · 20 = 505 instead of 200; free to sign at once,
    5 + 2 · 10 · 20 = 405.
    """
    offers = [{}, {"offer": "J", "price_per_kg": 20, "signing_fee": 5, "sign_until": P3}]
    found = compared(tiny((10, 10, 10), offers=offers), ("offers", "O", {"price_per_kg": 30}))

    assert changes(found) == {
        "time passed": near(-100),
        "licences": near(0),
        "prices": near(305),
        "demand": near(0),
        "remainder": near(0),
        "decisions": near(-100),
    }
    assert found.bridge.after == near(405)
    signed = [one for one in found.decisions if one.kind == "sign"]
    assert [(one.item, one.month, one.before, one.now) for one in signed] == [("J", P2, 0, near(1))]
    (ordered,) = (one for one in found.decisions if (one.kind, one.item, one.month) == ("order", "O", P2))
    assert (ordered.before, ordered.now, ordered.why) == (near(10), 0, "offers O, price_per_kg: 10 -> 30")


def test_demand_that_has_grown_explains_its_part() -> None:
    """5 units more in the third quarter, at 10 each."""
    found = compared(tiny((10, 10, 10)), ("demand", "bus", {P3: 15}))

    assert changes(found)["demand"] == near(50)
    assert found.bridge.after == near(250)


def test_a_licence_that_clears_less_explains_its_part() -> None:
    """Half of what is ordered is lost: twice as much has to be ordered, which costs no more, but 100 kg are the most."""
    loaded = tiny((10, 10, 60), stock={}, licences={}, offers={"licence": "L"}, settings={"start": P1})
    found = compared(loaded, ("licences", "L", {"clearance": 0.5}))

    # What is bought is paid for as released: 70 · 10; 100 kg at most give 50 in the third, 10 come a quarter earlier.
    assert changes(found)["licences"] == near(0)
    assert found.bridge.after == near(700)


def test_each_step_is_proven_within_its_interval() -> None:
    found = compared(tiny((10, 10, 10)), ("offers", "O", {"price_per_kg": 12}))
    assert all(step.low - 1e-6 <= step.change <= step.high + 1e-6 for step in found.bridge.steps)
    total = found.bridge.before + sum(step.change for step in found.bridge.steps)
    assert total == near(found.bridge.after)


# --- staying ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stay", "after"), [(100, 405), (300, 600)])
def test_changing_course_has_a_price(stay: float, after: float) -> None:
    """Signing J saves 600 − 405 = 195: it is done where a change costs 100, and not where it costs 300."""
    offers = [{}, {"offer": "J", "price_per_kg": 20, "signing_fee": 5, "sign_until": P3}]
    found = compared(tiny((10, 10, 10), offers=offers), ("offers", "O", {"price_per_kg": 30}), stay=stay)

    assert found.bridge.stayed is not None
    assert found.bridge.stayed.objective == near(after)
    assert any(one.kind == "sign" for one in found.stayed) == (stay < 195)


# --- hindsight --------------------------------------------------------------------------------------------


def test_hindsight_says_what_not_knowing_has_cost() -> None:
    """In b the price is trebled in the second quarter; in a nothing happens. Storing costs 8 a kg.

    Buying early saves 20 · 0.5 for 8: the plan does. Should a come, who had known would have spared 80.
    """
    event = {"future": "b", "kind": "price", "from": P2, "value": 3}
    materials = {"holding_cost_per_kg": 8}
    found = compared(tiny((10, 10), materials=materials, futures=TWO_FUTURES, events=event), future="a")

    seen = found.hindsight
    assert seen is not None
    assert (seen.cost, seen.best, seen.regret) == (near(280), near(200), near(80))
    assert seen.kinds["holding"] == (near(80), 0)


# --- in words and as a workbook ---------------------------------------------------------------------------


def test_the_sentences_and_the_workbook(tmp_path: Path) -> None:
    found = compared(tiny((10, 10, 10)), ("offers", "O", {"price_per_kg": 12}))

    assert list(sentences(found)) == [
        "The last plan was expected to cost ₹300 from its start on; the new one costs ₹240 from its own.",
        "What explains it: time passed −₹100, prices +₹40.",
        "No decision has changed.",
        "Should the future go on to the end, the last plan will have cost ₹300; who had known it would have spent ₹300: "
        "not knowing costs ₹0.",
    ]
    study = against_study(found)
    assert [one.view.title for one in study.sheets] == [
        "Bridge", "Decisions", "Figures that moved", "Hindsight", "Moved on",
    ]  # fmt: skip
    assert write_study(study, tmp_path / "against.xlsx").exists()


def test_the_command_holds_the_edited_scenario_against_the_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, plan, out = tmp_path / "tiny", tmp_path / "plan.json", tmp_path / "next"
    write_folder(tiny((10, 10, 10)).raw, folder)
    loaded = load(str(folder))
    document.write(document.of_plan(loaded, make_plan(loaded, EXACT)), plan)
    assert main(["roll", str(folder), str(plan), "--to", P2, str(out)]) == 0
    offers = out / "offers.csv"
    offers.write_text(offers.read_text().replace(",10,", ",12,"))
    again, report, told = tmp_path / "again", tmp_path / "against.xlsx", tmp_path / "against.json"
    asked = ["--edited", str(out), "--report", str(report), "--json", str(told), "--stay", "50"]
    assert main(["roll", str(folder), str(plan), "--to", P2, *asked, str(again)]) == 0

    assert "What explains it: time passed −₹100, prices +₹40." in capsys.readouterr().out
    found = json.loads(told.read_text())
    assert {one["step"]: one["change"] for one in found["bridge"]}["prices"] == near(40)
    assert report.exists()


def test_staying_without_a_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["roll", "e3w-maker", "plan.json", "--to", P2, "--stay", "50", str(tmp_path / "next.xlsx")]
    assert main(asked) == 2
    told = capsys.readouterr().err
    assert told == "--stay and --edited ask for a comparison with the last plan: name --report or --json for it.\n"

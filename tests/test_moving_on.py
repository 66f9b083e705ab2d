"""Moving on with what really came: each sheet of actuals in place of the plan's figures, solved by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.cli import main
from planner.errors import InputError
from planner.pipeline import make_plan
from planner.plan import document
from planner.reading import load
from planner.rolling.actuals import ROWS, Actuals
from planner.rolling.roll import Rolled, roll
from planner.scenario.folder import write_folder
from planner.scenario.load import Loaded
from tests.scenarios import EXACT, P1, P2, P3, near, tiny
from tests.test_roll import cells


def actuals(**sheets: Sequence[dict[str, Any]]) -> Actuals:
    """Actuals whose rows stand on lines 2, 3, … of their sheets."""
    rows = {
        name: tuple(ROWS[name].model_validate({"cell": f"{name}!A{line}"} | row) for line, row in enumerate(found, 2))
        for name, found in sheets.items()
    }
    return Actuals("came.xlsx", given=frozenset(sheets), **rows)  # type: ignore[arg-type]  # rows are of their sheet's type


def moved(loaded: Loaded, came: Actuals, to: str = P2) -> Rolled:
    return roll(loaded, make_plan(loaded, EXACT), to, came=lambda period: came)


def sources(found: Rolled, table: str) -> dict[tuple[str, str], str]:
    return {(change.key, change.field): change.cell for change in found.changes if change.table == table}


def test_stock_is_what_was_counted() -> None:
    """The plan has 20 kg left; 14 + 1 were counted, and 5 are blocked. 15 of 20 units: 5 kg are still to be bought."""
    loaded = tiny((10, 10, 10), stock={"kg": 30})
    counted = [{"material": "M", "kg": 14}, {"material": "M", "kg": 1}, {"material": "M", "state": "blocked", "kg": 5}]
    found = moved(loaded, actuals(stock=counted))

    assert cells(found, "stock", "material", "kg") == [("M", near(15))]
    assert sources(found, "stock") == {("M/", "kg"): "stock!A2, stock!A3"}
    assert make_plan(found.loaded, EXACT).objective == near(50)
    assert found.planned == {} or "Actual" not in found.planned["arrivals"]


def test_what_the_count_has_not_is_gone() -> None:
    loaded = tiny((10, 10, 10), stock={"kg": 30}, undertakings={}, segments={})
    found = moved(loaded, actuals(stock=[{"material": "M", "undertaking": "U", "kg": 7}]))
    assert cells(found, "stock", "material", "undertaking", "kg") == [("M", None, 0), ("M", "U", near(7))]


def test_orders_take_the_place_of_the_plans() -> None:
    """The plan orders 10 a quarter, a quarter ahead; 12 of them are overdue and come at once, 6 are due in the third."""
    loaded = tiny((0, 10, 10), offers={"lead_periods": 1})
    came = actuals(orders=[{"offer": "O", "month": P1, "kg": 12}, {"offer": "O", "month": "2026-11", "kg": 6}])
    found = moved(loaded, came)

    assert cells(found, "open_orders", "offer", "period", "kg") == [("O", P2, 12), ("O", P3, 6)]
    assert sources(found, "open_orders")[f"O/{P2}", "kg"] == "orders!A2"
    assert found.planned["orders"].to_dict("list") == {
        "month": [P2, P3],
        "Planned": [near(10), 0],
        "Actual": [12, 6],
    }


WAITS_EACH = {"unreleased": "waits", "per_order": "yes"}


def test_letters_clear_delay_and_drop_the_plans_orders() -> None:
    """30 kg of before are on the way: 10 are granted, 5 refused; 15 are still to be decided on."""
    loaded = tiny(
        (0, 10, 10),
        licences=WAITS_EACH,
        offers={"licence": "L"},
        open_orders={"kg": 30, "period": P2},
        stock={"kg": 90},
    )
    letters = [
        {"offer": "O", "result": "granted", "kg": 10},
        {"offer": "O", "result": "refused", "kg": 5, "deposit_back": 40},
        {"offer": "O", "result": "returned", "kg": 8, "expected": P3},
    ]
    found = moved(loaded, actuals(letters=letters))

    assert sorted(cells(found, "open_orders", "period", "kg", "cleared"), key=str) == [
        (P2, 10, "yes"),
        (P2, 7, None),
        (P3, 8, None),
    ]
    assert "letters!A3: 5 kg of O were refused: the order is gone. 40 of its deposit comes back." in map(
        str, found.notes
    )


def test_letters_about_applications_take_the_place_of_the_plans() -> None:
    loaded = tiny((10, 10, 10), licences={"unreleased": "waits", "processing_periods": 1}, offers={"licence": "L"})
    letters = [{"licence": "L", "result": "granted", "kg": 25, "valid_until": P2}]
    found = moved(loaded, actuals(letters=letters))
    assert cells(found, "open_applications", "application", "licence", "until", "kg") == [("L letter 1", "L", P2, 25)]


def test_builds_say_what_waits_and_what_is_lost() -> None:
    """10 were asked for and 6 built: 4 wait, as a unit may; 1 of before was lost and stays so."""
    loaded = tiny(
        (10, 10), segments={"delay_cost_per_unit": 1, "before_units": 3, "before_lost_units": 1, "min_service": 0.1}
    )
    built = [{"segment": "bus", "month": P1, "units": 4}, {"segment": "bus", "month": "2026-06", "units": 2}]
    found = moved(loaded, actuals(builds=built))

    assert cells(found, "segments", "before_units", "before_lost_units", "backlog_units") == [(9, 1, 4)]
    assert found.planned["service"].to_dict("list") == {"month": [P1], "Planned": [near(1)], "Actual": [0.6]}


def test_builds_without_a_backlog_are_lost_where_they_were_not_made() -> None:
    loaded = tiny((10, 10), segments={"min_service": 0.1})
    found = moved(loaded, actuals(builds=[{"segment": "bus", "month": P1, "units": 6}]))
    assert cells(found, "segments", "before_units", "before_lost_units") == [(10, 4)]


def test_receipts_count_in_quotas_and_budgets() -> None:
    """The plan has 10 kg come for 100; 8 came, for 90 in all: 8 count in the quota, and 910 of 1000 are left."""
    loaded = tiny((10, 10), materials={"holding_cost_per_kg": 1}, limits={"max_kg": 50}, budgets={"max_spend": 1000})
    found = moved(loaded, actuals(receipts=[{"offer": "O", "month": P1, "kg": 8, "paid": 90}]))

    assert cells(found, "limits", "before_kg", "before_all_kg") == [(8, 8)]
    assert cells(found, "budgets", "max_spend") == [(near(910),)]
    assert sources(found, "budgets")["FY27", "max_spend"] == f"came.xlsx, receipts, Costs to {P1}"
    assert found.planned["cost"].to_dict("list") == {"month": [P1], "Planned": [near(100)], "Actual": [near(90)]}


def test_receipts_without_a_price_cost_what_the_offer_says() -> None:
    """(10 + 1) × 1.1 = 12.1 a kg: 8 kg cost 96.8."""
    loaded = tiny((10, 10), budgets={"max_spend": 1000}, offers={"freight_per_kg": 1, "duty_rate": 0.1})
    found = moved(loaded, actuals(receipts=[{"offer": "O", "month": P1, "kg": 8}]))
    assert cells(found, "budgets", "max_spend") == [(near(1000 - 96.8),)]


def test_futures_go_only_where_a_letter_says_so() -> None:
    loaded = tiny(
        (10, 10), licences={}, offers={"licence": "L"},
        futures=[{"future": "a"}, {"future": "b"}],
        events={"future": "b", "kind": "clearance", "scope": "licence", "target": "L", "from": P2, "value": 0},
    )  # fmt: skip
    refused: dict[str, Any] = {"licence": "L", "result": "refused"}
    found = moved(loaded, actuals(letters=[refused]))
    assert cells(found, "futures", "future", "probability") == [("a", 0.5), ("b", 0.5)]
    found = moved(loaded, actuals(letters=[refused | {"rules_out": "a"}]))
    assert cells(found, "futures", "future", "probability") == [("b", 1)]
    assert "letters!A2: The future a is ruled out." in map(str, found.notes)
    with pytest.raises(InputError) as error:
        moved(loaded, actuals(letters=[refused | {"rules_out": "a; b"}]))
    assert str(error.value) == (
        "letters!A2: The letters rule out every future that agrees with what was seen. Leave at least one."
    )


def test_more_than_was_ordered_is_refused() -> None:
    loaded = tiny((10, 10))
    with pytest.raises(InputError) as error:
        moved(loaded, actuals(receipts=[{"offer": "O", "month": P1, "kg": 11}]))
    assert str(error.value) == (
        "receipts!A2: 11 kg were received under O, but 10 kg were ordered. Correct the receipts or the offer that the "
        "mapping gives them; or enter what else was ordered in the table open_orders of the scenario, and solve it "
        "again."
    )


# --- on the command line ------------------------------------------------------------------------------


def test_from_last_months_plan_and_an_export_to_the_next_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked once: the first roll writes the mapping, the second the scenario, and next month asks nothing."""
    folder, plan, target = tmp_path / "my", tmp_path / "plan.json", tmp_path / "next.xlsx"
    write_folder(tiny((10, 10, 10), stock={"kg": 30}).raw, folder)
    loaded = load(folder)
    document.write(document.of_plan(loaded, make_plan(loaded, EXACT)), plan)
    export = tmp_path / "MB52.csv"
    export.write_text("Material;Lagerort;Frei verwendbar;Basismengeneinheit\n4711;0001;12,5;KG\n", encoding="utf-8")
    command = ["roll", str(folder), str(plan), "--to", P2, "--actuals", str(export), str(target)]

    assert main(command) == 3
    mapping = tmp_path / "my.mapping.xlsx"
    assert f"Fill in 'ours' in the row 'material, 4711' of the mapping {mapping}." in capsys.readouterr().err
    assert not target.exists()
    book = openpyxl.load_workbook(mapping)
    for row in book.active.iter_rows(min_row=2):
        row[3].value = row[4].value or {"4711": "M", "0001": "free"}[row[2].value]
    book.save(mapping)

    assert main(command) == 0
    assert f"{target} goes on from {P2} for 2 periods." in capsys.readouterr().out
    stock = load(target).scenario.stock
    assert [(row.material, row.kg) for row in stock] == [("M", 12.5)]
    assert (tmp_path / "next.mapping.xlsx").read_bytes() == mapping.read_bytes()


def test_a_mapping_without_actuals_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, plan = tmp_path / "my", tmp_path / "plan.json"
    write_folder(tiny((10, 10), stock={"kg": 30}).raw, folder)
    loaded = load(folder)
    document.write(document.of_plan(loaded, make_plan(loaded, EXACT)), plan)
    command = ["roll", str(folder), str(plan), "--to", P2, "--mapping", "m.xlsx", str(tmp_path / "n.xlsx")]
    assert main(command) == 2
    assert "--mapping says what the columns of --actuals FILE are: name that file, too." in capsys.readouterr().err

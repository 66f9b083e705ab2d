"""How long lines last and what outages cost, beside cases worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from minimal import load, minimal
from openpyxl import load_workbook

from planner.cli import main
from planner.errors import UsageError
from planner.outage.survive import Survival, survive
from planner.outage.words import first_to_stop, sentences
from planner.plan import document
from planner.scenario.folder import write_folder
from planner.scenario.load import Loaded, from_rows, raw_from_rows
from planner.solver.outcome import Options

OFFER = {"offer": "O1", "supplier": "Baotou", "material": "NdFeB", "price_per_kg": 100, "max_kg_per_period": 50}
SUPPLIERS = [{"supplier": "Baotou", "country": "China"}, {"supplier": "Hitachi", "country": "Japan"}]
JAPAN = {"offer": "JP", "supplier": "Hitachi", "material": "NdFeB", "price_per_kg": 300, "max_kg_per_period": 20}

STOCKED: dict[str, Any] = {
    "suppliers": SUPPLIERS,
    "stock": [{"material": "NdFeB", "kg": 50}],
    "offers": [OFFER, JAPAN | {"signing_fee": 500, "decision": "never"}],
}
"""Four periods of 10 units of 2 kg: 20 kg a period. 50 kg are in stock."""


def asked(loaded: Loaded, **options: Any) -> Survival:
    return survive(loaded, workers=1, options=Options(gap=1e-9), **options)


def lasts(found: Survival, source: str, segment: str | None = "bus") -> int:
    return next(
        one.periods for one in found.lasting if one.source and one.source.label == source and one.segment == segment
    )


def test_stock_alone() -> None:
    """50 kg are enough for two periods of 20 kg, not for three."""
    found = asked(load(**STOCKED), impact=["none"], longer=["none"])
    assert lasts(found, "country/China") == lasts(found, "supplier/Baotou") == lasts(found, "country/China", None) == 2
    assert lasts(found, "supplier/Hitachi") == 4
    assert [one.periods for one in found.undisturbed] == [4, 4]
    assert first_to_stop(found) == "If China stops tomorrow, bus stops first, after 183 days (future the future)."


def test_open_orders_of_others_come_and_those_of_the_source_do_not() -> None:
    """15 kg from Japan in the third period: 65 kg for 60 up to then, and 80 are needed for four. 30 kg from China do not
    come; without Japan they do, and China sells the rest."""
    orders = [{"offer": "JP", "period": "2026-10", "kg": 15}, {"offer": "O1", "period": "2026-04", "kg": 30}]
    offers = [OFFER, JAPAN]
    found = asked(
        load(**STOCKED | {"open_orders": orders, "offers": [OFFER, JAPAN | {"decision": "never", "group": "J"}]})
    )
    assert lasts(found, "country/China") == 3
    assert lasts(found, "country/Japan") == 4
    assert len(offers) == 2


def test_a_substitute_under_way() -> None:
    """Half of the units can be built without the magnet from the third period on: 20, 20, 10 and 10 kg, 60 in all. 50 kg
    last for three periods, 60 for all four."""
    designs = [
        {"design": "D1", "segment": "bus"},
        {
            "design": "D2",
            "segment": "bus",
            "qualified": "no",
            "qualified_from": "2026-10",
            "max_share": 0.5,
            "qualification_periods": 4,
        },
    ]
    found = asked(load(**STOCKED | {"designs": designs}), impact=["none"], longer=["none"])
    assert lasts(found, "country/China") == 3
    found = asked(load(**STOCKED | {"designs": designs, "stock": [{"material": "NdFeB", "kg": 60}]}), impact=["none"])
    assert lasts(found, "country/China") == 4


def test_the_worst_future_counts_unless_one_is_named() -> None:
    """In 'boom' twice as many are asked for: 50 kg last for one period of 40 kg."""
    futures = [{"future": "calm", "probability": 0.5}, {"future": "boom", "probability": 0.5}]
    events = [{"event": "E1", "future": "boom", "kind": "demand", "scope": "all", "value": 2}]
    loaded = load(**STOCKED | {"futures": futures, "events": events})
    found = asked(loaded, impact=["none"], longer=["none"])
    worst = next(one for one in found.lasting if one.source and one.source.label == "country/China")
    assert (worst.periods, worst.future) == (1, "boom")
    assert lasts(asked(loaded, future="calm", impact=["none"], longer=["none"]), "country/China") == 2


def test_rules_that_do_not_bind_and_orders_that_are_promised() -> None:
    """A commitment to the source and safety stock would forbid it: neither binds. A budget does: none is left."""
    rows = STOCKED | {
        "offers": [OFFER | {"commit_kg_per_period": 10, "decision": "must"}, STOCKED["offers"][1]],
        "materials": {"min_stock_kg": 5},
        "limits": [{"limit": "L", "scope": "country", "target": "China", "min_share": 0.5}],
    }
    assert lasts(asked(load(**rows), impact=["none"], longer=["none"]), "country/China") == 2


def test_what_waits_under_a_licence_is_no_help_while_it_is_out() -> None:
    """40 kg are open under a licence that waits: they come when it is back, so an outage of two periods costs only what
    waits too long. Out for good nothing of them comes, and stock lasts two periods."""
    licence = [{"licence": "L", "unreleased": "waits", "per_order": "yes"}]
    rows = STOCKED | {
        "licences": licence,
        "offers": [OFFER | {"licence": "L"}, STOCKED["offers"][1]],
        "open_orders": [{"offer": "O1", "period": "2026-04", "kg": 40}],
    }
    found = asked(load(**rows), impact=["licence/L"], lengths=[2], longer=["none"])
    assert lasts(found, "licence/L") == 2
    (impact,) = found.impacts
    assert impact.cost is not None
    assert impact.cost["value"] == pytest.approx(0, abs=1e-4)


def test_impact_by_length_by_hand() -> None:
    """Without stock each period without China loses 10 units of 900 and spares 20 kg of 100: 7000."""
    found = asked(load(), longer=["none"])
    costs = [one.cost for one in found.impacts if one.source.label == "country/China"]
    assert [cost["value"] for cost in costs if cost] == pytest.approx([7000, 14000, 21000, 28000])
    assert all(cost["low"] - 0.1 <= cost["value"] <= cost["high"] + 0.1 for cost in costs if cost)


def test_one_period_longer_by_hand() -> None:
    """A signature of 500 now lets Japan deliver in an outage; in the scenario itself it is not used."""
    rows = STOCKED | {"offers": [OFFER, JAPAN | {"signing_fee": 500}]}
    found = asked(load(**rows), impact=["none"], longer=["country/China"])
    assert lasts(found, "country/China") == 2
    (bus, together) = found.extras
    assert (bus.segment, together.segment, bus.periods) == ("bus", None, 3)
    assert bus.cost is not None
    assert bus.cost["value"] == pytest.approx(500, abs=1e-3)
    assert bus.does == ("sign JP",)
    never = asked(load(**STOCKED), impact=["none"], longer=["country/China"])
    assert [one.cost for one in never.extras] == [None, None]


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UsageError, match=r"There is no future 'F9'\."):
        asked(load(), future="F9")
    with pytest.raises(UsageError, match=r"There is no source 'Chine'\."):
        asked(load(), impact=["Chine"])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(raw_from_rows(minimal(**STOCKED), "stocked"), tmp_path / "scenario")
    out, report = tmp_path / "out.json", tmp_path / "out.xlsx"
    words = ["survive", str(tmp_path / "scenario"), "--json", str(out), "--report", str(report), "--workers", "1"]
    assert main(words) == 0
    found = json.loads(out.read_text())
    assert {
        "segment": "bus",
        "source_kind": "country",
        "source": "China",
        "periods": 2,
        "future": "the future",
    } in found["survive"]
    assert {"source_kind", "source", "periods", "cost"} == set(found["impact"][0])
    assert report.exists()
    assert "If China stops tomorrow, bus stops first, after 183 days" in capsys.readouterr().out


def test_a_plan_that_was_written_down_decides_now() -> None:
    import planner

    loaded = from_rows(minimal(**STOCKED | {"offers": [OFFER, JAPAN | {"signing_fee": 500}]}))
    plan = document.of_plan(loaded, planner.solve(loaded))
    plan["decisions"]["sign"] = ["JP"]
    assert lasts(asked(loaded, plan=plan, impact=["none"], longer=["none"]), "country/China") == 4
    assert sentences(asked(loaded, plan=plan, impact=["none"], longer=["none"]))


def test_the_summary_says_how_the_plan_holds_and_who_stops_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_folder(raw_from_rows(minimal(**STOCKED), "stocked"), tmp_path / "scenario")
    out, report = tmp_path / "plan.json", tmp_path / "plan.xlsx"
    words = ["solve", str(tmp_path / "scenario"), "--tried", "--json", str(out), "--report", str(report)]
    assert main(words) == 0
    holds, stops = json.loads(out.read_text())["tried"]
    assert holds == (
        "The plan costs ₹3,000 on average over 200 paths (95 %: ₹3,000 to ₹3,000; CVaR ₹3,000), as the plan says (₹3,000)."
    )
    assert stops == "If China stops tomorrow, bus stops first, after 183 days (future the future)."
    assert stops in capsys.readouterr().out
    said = [cell.value for row in load_workbook(report)["Summary"].iter_rows() for cell in row]
    assert holds in said
    assert stops in said

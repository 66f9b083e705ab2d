"""What-if for any cell: what is offered, and what a typed value means against what stands there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.reading import load, read
from planner.scenario.load import from_raw
from planner.serve.access import RefusedError
from planner.serve.anything import decided, lines, meant, promised
from planner.serve.examine import examine
from planner.serve.folder import ROWS
from planner.serve.rows import offered
from planner.serve.whatif import changed

TINY = Path(__file__).parent / "cases" / "tiny-108.xlsx"


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    return offered(read(str(TINY))[0])


def said(rows: dict[str, Any], table: str, key: str, field: str) -> str:
    held = rows[table]
    names = [one["name"] for one in held["fields"]]
    found: str = next(values for name, values in held["rows"] if name == key)[names.index(field)]
    return found


def test_every_cell_is_offered_but_keys(rows: dict[str, Any]) -> None:
    scenario = load(str(TINY)).scenario
    assert "strategies" not in rows
    assert {key for key, _ in rows["offers"]["rows"]} == set(scenario.offer)
    assert "offer" not in {one["name"] for one in rows["offers"]["fields"]}
    assert float(said(rows, "offers", "O10", "price_per_kg")) == scenario.offer["O10"].price_per_kg
    assert said(rows, "settings", "risk_weight", "value") == f"{scenario.settings.risk_weight:g}"
    assert rows["events"]["targets"]
    assert all(one["unit"] for one in rows["offers"]["fields"] if one["name"] in ("price_per_kg", "lead_periods"))


@pytest.mark.parametrize(
    ("now", "text", "becomes"),
    [
        ("100", "120", "120"), ("100", "1,5", "1.5"), ("100", "+10 %", "110"), ("100", "−10%".replace("−", "-"), "90"),
        ("100", "× 1.2", "120"), ("100", "x 1,5", "150"), ("100", "", ""), ("100", "blank", ""), ("", "12 lakh", "1200000"),
    ],
)  # fmt: skip
def test_numbers(now: str, text: str, becomes: str) -> None:
    assert meant(of("number", now), "t", "A", "f", text)[0]["value"] == becomes


@pytest.mark.parametrize(
    ("now", "text", "becomes"),
    [
        ("2026-11", "2 months later", "2027-01"), ("2026-02", "3 months earlier", "2025-11"), ("2026-04", "+1", "2026-05"),
        ("2026-04", "-4", "2025-12"), ("2026-04", "2027-03", "2027-03"), ("", "2027-03", "2027-03"),
    ],
)  # fmt: skip
def test_months(now: str, text: str, becomes: str) -> None:
    assert meant(of("month", now), "t", "A", "f", text)[0]["value"] == becomes


@pytest.mark.parametrize(
    ("kind", "now", "text", "told"),
    [
        ("number", "2", "1,500", "t A, f: '1,500' may mean 1.500 or 1500."),
        ("number", "2", "cheap", "t A, f: 'cheap' is not a number."),
        ("number", "", "+10 %", "t A, f: it says no number, so that '+10 %' means none."),
        ("month", "2026-04", "soon", "t A, f: 'soon' is not a month."),
        ("month", "", "2 months later", "t A, f: it says no month"),
    ],
)
def test_what_makes_no_sense_is_told(kind: str, now: str, text: str, told: str) -> None:
    with pytest.raises(RefusedError) as refused:
        meant(of(kind, now), "t", "A", "f", text)
    assert refused.value.why.startswith(told)


def of(kind: str, now: str) -> dict[str, Any]:
    field = {"name": "f", "kind": kind, "unit": "", "meaning": "", "choices": []}
    return {"t": {"meaning": "", "fields": [field], "rows": [["A", [now]]], "targets": []}}


def test_choices_are_held_to(rows: dict[str, Any]) -> None:
    assert meant(rows, "offers", "O10", "decision", "Must")[0]["value"] == "must"
    with pytest.raises(RefusedError, match="is not one of"):
        meant(rows, "offers", "O10", "decision", "perhaps")


def test_every_event_on_a_target_two_months_later(rows: dict[str, Any], tmp_path: Path) -> None:
    """Several at once, laid over the scenario: what comes out holds them all."""
    before = load(str(TINY)).scenario
    target = next(event.target for event in before.events if event.target and event.from_)
    changes = lines(
        rows, [("events", f"@{target}", "from", "2 months later"), ("stock", "*", "kg", "× 2"), ("", "", "", "")]
    )
    raw, done = changed(read(str(TINY))[0], None, changes)
    assert len(done) == len(changes)
    moved = {change["key"]: change["value"] for change in changes if change["table"] == "events"}
    assert moved
    for event in before.events:
        if event.event in moved:
            year, month = map(int, str(event.from_).split("-"))
            assert moved[event.event] == f"{year + (month + 1) // 12:04d}-{(month + 1) % 12 + 1:02d}"
    cells = {row.cells["event"]: row.cells for row in raw.tables["events"].data_rows()}
    assert all(cells[event]["from"] == month for event, month in moved.items())


def test_promise_and_decided_order_become_rows(rows: dict[str, Any]) -> None:
    scenario = load(str(TINY)).scenario
    changes = [*promised(rows, "e-bus 2", "90 %", "", "2026-09"), *decided(rows, "O10", "2026-07", "1,5")]
    raw, done = changed(read(str(TINY))[0], None, changes)
    assert len(done) >= 2
    (promise,) = [row.cells for row in raw.tables["promises"].data_rows()]
    assert (promise["segment"], promise["from"], promise["share"], promise["until"]) == (
        "e-bus 2", scenario.settings.start, "0.9", "2026-09",
    )  # fmt: skip
    (order,) = [row.cells for row in raw.tables["fixed_orders"].data_rows()]
    assert (order["offer"], order["period"], order["kg"]) == ("O10", "2026-07", "1.5")
    loaded = from_raw(raw)
    assert loaded.scenario.promises[0].share == 0.9
    assert promised(rows, "", "", "", "") == decided(rows, "", "", "") == []
    for wrong in (("e-bus 2", "soon", "", ""), ("e-bus 9", "90", "", ""), ("e-bus 2", "-1", "", "")):
        with pytest.raises(RefusedError):
            promised(rows, *wrong)


def test_one_cell_twice_is_refused(rows: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="is changed twice"):
        lines(rows, [("offers", "O10", "price_per_kg", "1"), ("offers", "*", "price_per_kg", "2")])
    with pytest.raises(RefusedError, match="has no row 'O99'"):
        lines(rows, [("offers", "O99", "price_per_kg", "1")])


def test_rows_are_written_by_the_check(tmp_path: Path) -> None:
    assert examine(tmp_path, str(TINY), "tiny-108.xlsx", None)["state"] == "good"
    assert json.loads((tmp_path / ROWS).read_text())["offers"]["rows"]

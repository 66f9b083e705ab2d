"""What the page shows, piece by piece: tables, words, what-if, comparisons, and the limits of a check."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request

from planner.comparison.cell import CellAnswer
from planner.errors import InputError
from planner.pipeline import make_plan
from planner.present.assumptions import assumptions
from planner.reading import load, read
from planner.scenario.diff import Difference
from planner.scenario.load import from_raw
from planner.serve import answer as pages_answer
from planner.serve import words
from planner.serve.access import RefusedError
from planner.serve.checking import CHECK, check_scenario
from planner.serve.comparing import compared
from planner.serve.folder import read_json
from planner.serve.pages import render
from planner.serve.picture import pictures
from planner.serve.shown import ROWS, checklist, shown
from planner.serve.side_by_side import _change
from planner.serve.store import Run, Scenario
from planner.serve.whatif import cells, changed
from planner.solver.outcome import Options
from tests.serving import CASES

TABLE: dict[str, Any] = {
    "columns": [{"name": "offer", "kind": "text"}, {"name": "kg", "kind": "number"}],
    "rows": [["Baotou", 5.0], ["narva", None], ["Midwest", 7.5], ["Baotou", 1.0]],
}


def test_rows_hold_every_word() -> None:
    assert shown(TABLE, "BAOTOU 5").rows == [["Baotou", 5.0]]
    assert shown(TABLE, "nobody").rows == []
    assert shown(TABLE, "").found == 4


def test_blanks_come_last_either_way() -> None:
    assert [row[1] for row in shown(TABLE, sort="kg").rows] == [1.0, 5.0, 7.5, None]
    assert [row[1] for row in shown(TABLE, sort="kg", descending=True).rows] == [7.5, 5.0, 1.0, None]
    assert [row[0] for row in shown(TABLE, sort="offer").rows] == ["Baotou", "Baotou", "Midwest", "narva"]
    assert shown(TABLE, sort="nothing").rows == TABLE["rows"]


def test_pages_of_a_long_table() -> None:
    long = TABLE | {"rows": [[str(number), float(number)] for number in range(2 * ROWS + 1)]}
    last = shown(long, page=99)
    assert (last.page, last.pages, last.rows) == (3, 3, [[str(2 * ROWS), float(2 * ROWS)]])
    assert shown(long, page=1).rows[-1] == [str(ROWS - 1), float(ROWS - 1)]


def test_checklist_parts_what_is_done_from_what_is_left() -> None:
    columns = [
        {"name": name, "kind": kind, "heading": name.capitalize(), "decimals": 0}
        for name, kind in (("decision", "text"), ("item", "text"), ("do_it", "flag"), ("cost", "number"))
    ]
    rows = [["sign offer", "O1", True, 150000.0], ["sign offer", "O2", False, 0.0]]
    assert checklist({"columns": columns, "rows": rows}, "INR") == {
        "taken": [{"decision": "sign offer", "item": "O1", "parts": [("Cost", "1,50,000")]}],
        "left": [{"decision": "sign offer", "item": "O2", "parts": []}],
    }


@pytest.mark.parametrize(
    ("value", "kind", "currency", "text"),
    [
        (1234567.0, "number", "INR", "12,34,567"),
        (1234567.0, "number", "EUR", "1,234,567"),
        (0.0, "number", "INR", "–"),
        (None, "number", "INR", ""),
        (0.125, "share", "INR", "12.5 %"),
        (7.0, "count", "INR", "7"),
        (True, "flag", "INR", "yes"),
        ("<b>", "text", "INR", "<b>"),
    ],
)
def test_cells_read_as_in_india_where_the_currency_says_so(value: Any, kind: str, currency: str, text: str) -> None:
    assert words.cell(value, {"kind": kind, "decimals": 0}, currency) == text


def test_times_and_money() -> None:
    assert words.lasting(4.25) == "4.2 s"
    assert words.lasting(65) == "1 min 5 s"
    assert words.money(25_000_000, "INR") == "₹2.50 crore"
    assert words.money(2_500_000, "EUR") == "EUR 2.50 million"
    assert words.money(None, "INR") == ""
    assert words.iso(0) == "1970-01-01T00:00:00+00:00"


def test_mention_of_a_sheet_becomes_a_link_and_nothing_else_does() -> None:
    linked = words.linked({}, "Look <b>there</b> (sheet Do now), not (sheet Nowhere).", "0123456789abcdef")
    assert linked == (
        'Look &lt;b&gt;there&lt;/b&gt; (<a href="/runs/0123456789abcdef/tables/now_decisions">Do now</a>), '
        "not (sheet Nowhere)."
    )


def test_differences_are_said_in_the_pages_words() -> None:
    found = words.difference(Difference("table orders", "1/O10", "landed_price_per_kg", "1234567.0", None), "INR")
    assert found == {
        "table": "Orders", "key": "1/O10", "field": "landed price per kg", "a": "12,34,567", "b": "–",
    }  # fmt: skip


def test_picture_of_a_scenario_shows_its_rows() -> None:
    scenario = load("e3w-maker").scenario
    charts = {chart.name: chart for chart in pictures(scenario)}
    assert list(charts) == ["demand", "offers", *(f"licence-{n + 1}" for n in range(len(scenario.licences)))]
    assert {point[0] for point in charts["offers"].points} == set(scenario.offer)
    licence = charts["licence-1"]
    assert [one.name for one in licence.series] == [row.future for row in scenario.futures]
    trickle = next(one for one in licence.series if one.name == "trickle")
    assert [trickle.values[licence.x.index(month)] for month in ("2026-09", "2026-10")] == [0, 1]


def test_cells_offered_say_what_the_scenario_says() -> None:
    scenario = load("e3w-maker").scenario
    offered = {cell["name"]: cell for cell in cells(scenario)}
    offer = scenario.offers[0]
    assert float(offered[f"offers|{offer.offer}|price_per_kg"]["now"]) == offer.price_per_kg
    assert offered["events|E04|value"]["label"] == "E04: share released, CN certificate, in trickle from 2026-10"
    assert {cell["group"] for cell in offered.values()} >= {"Prices", "Clearance", "Demand", "Decisions"}


def test_changes_lie_over_a_strategy() -> None:
    raw, _ = read(CASES / "tiny-108.xlsx")
    laid, changes = changed(raw, "averse", [{"table": "offers", "key": "O10", "field": "price_per_kg", "value": "9"}])
    scenario = from_raw(laid).scenario
    assert scenario.offer["O10"].price_per_kg == 9
    assert scenario.settings == load(CASES / "tiny-108.xlsx", "averse").scenario.settings
    assert [(change.table, change.key, change.field, change.new) for change in changes] == [
        ("offers", "O10", "price_per_kg", "9")
    ]
    assert [row.strategy for row in scenario.strategies] == [
        row.strategy for row in load(CASES / "tiny-108.xlsx").scenario.strategies
    ]


@pytest.mark.parametrize("factor", ["-1", "101", "nan", "much"])
def test_demand_factor_must_be_one(factor: str) -> None:
    raw, _ = read(CASES / "tiny-108.xlsx")
    with pytest.raises(InputError) as stated:
        changed(raw, None, [{"table": "demand", "key": "e-3W 0", "field": "demand factor", "value": factor}])
    assert str(stated.value) == (
        f"'{factor}' is not a factor for the demand for e-3W 0. Type a number from 0 to 100, such as 1.2 for 20 % more."
    )


@pytest.mark.parametrize(
    ("seconds", "memory", "stated"),
    [
        (0.05, 4 * 2**30, "The scenario could not be read within 0 seconds."),
        (60.0, 2**26, "Reading the scenario takes more than 0.062 GB of memory, or the server had no more."),
    ],
)
def test_check_ends_at_its_limits(tmp_path: Path, seconds: float, memory: int, stated: str) -> None:
    job = {"folder": str(tmp_path), "source": str(CASES / "tiny-108.xlsx"), "name": "a.xlsx", "derived": None}
    row = check_scenario(job, seconds, memory, cancel=threading.Event())
    assert row == {"state": "broken", "problems": 1, "warnings": 0}
    (problem,) = read_json(tmp_path / CHECK)["problems"]
    assert problem["message"] == stated


def answer(cost: float, **more: Any) -> CellAnswer:
    stated: dict[str, Any] = {
        "objective": cost, "bound": cost, "gap": 0.0, "cost": cost, "expected_cost": cost, "cvar": 1.2 * cost,
        "service": 0.9, "china_share": 0.5, "efficiency_lost": 0.1, "cash_now": 1e7, "costs": {"purchase": cost},
        "decisions": {"apply": ["L1"], "sign": [], "keep": {}},
    } | more  # fmt: skip
    return CellAnswer("", "", "optimal", currency="INR", **stated)


def test_strategies_are_compared_with_the_scenario_as_it_stands() -> None:
    scenario = Scenario(id="a" * 16, name="e3w.xlsx", changes=[], bundled=None)
    runs = [
        Run(strategy=name, label="", state="done", ended=1.0, message="") for name in ("no-china", None, "diversify")
    ]
    found = compared(
        [(run, scenario) for run in runs],
        [answer(3e7, decisions={"apply": [], "sign": [], "keep": {}}), answer(2e7), answer(2.5e7, service=0.95)],
    )
    assert found.names == ["no-china", "as-it-stands", "diversify"]
    assert found.sentences == [
        "e3w: as-it-stands costs least, ₹2.00 crore, ₹50.00 lakh less than diversify.",
        "e3w: no-china costs most, ₹1.00 crore more (50.0 %).",
    ]
    lines = {line.label: (line.values, line.differences) for line in found.lines}
    assert lines["Rank in its scenario"][0] == ["3", "1", "2"]
    assert lines["Expected cost"] == (
        ["₹3.00 crore", "₹2.00 crore", "₹2.50 crore"],
        ["+₹1.00 crore", "", "+₹50.00 lakh"],
    )
    assert lines["Service"][1] == ["=", "", "+5.0 pp"]
    assert lines["Apply for"] == (["nothing", "L1", "L1"], ["− L1", "", "="])
    regret = next(chart for chart in found.charts if chart["name"] == "regret")
    assert [one["values"] for one in regret["series"]] == [[1.0], [0.0], [0.5]]
    assert regret["unit"] == "₹ crore"


def test_several_workbooks_are_compared_as_strategies_of_one() -> None:
    scenarios = [Scenario(id=sign * 16, name=f"{sign}.xlsx", changes=[], bundled=None) for sign in "ab"]
    runs = [Run(strategy=None, label="", state="done", ended=1.0, message="") for _ in scenarios]
    cells = list(zip(runs, scenarios, strict=True))
    found = compared(cells, [answer(3e7), answer(2e7)])
    assert (found.names, found.order) == (["a", "b"], [1, 0])
    assert found.sentences[0] == "these scenarios: b costs least, ₹2.00 crore, ₹1.00 crore less than a."
    # Amounts of several currencies are not ranked.
    assert compared(cells, [answer(3e7), replace(answer(2e7), currency="EUR")]).sentences == []


def test_run_without_a_plan_is_compared_as_that() -> None:
    scenario = Scenario(id="a" * 16, name="e3w.xlsx", changes=[], bundled=None)
    runs = [
        Run(strategy=None, label="", state="done", ended=1.0, message=""),
        Run(strategy="no-china", label="", state="infeasible", ended=1.0, message=""),
        Run(strategy="diversify", label="", state="done", ended=1.0, message=""),
    ]
    found = compared([(run, scenario) for run in runs], [answer(2e7), None, answer(3e7)])
    assert "e3w, no-china: infeasible. " in found.sentences[-1]
    assert [line.values[1] for line in found.lines] == [""] * len(found.lines)


def test_many_plans_stand_by_rank() -> None:
    scenario = Scenario(id="a" * 16, name="e3w.xlsx", changes=[], bundled=None)
    names = ["g", "f", None, "e", "d", "c", "b"]
    runs = [Run(strategy=name, label="", state="done", ended=1.0, message="") for name in names]
    costs = [5e7, 1e7, 4e7, 3e7, 2e7, 7e7, None]
    answers = [None if cost is None else answer(cost) for cost in costs]
    found = compared([(run, scenario) for run in runs], answers)
    assert [costs[place] for place in found.order] == [1e7, 2e7, 3e7, 4e7, 5e7, 7e7, None]
    assert [line.label for line in found.lines if line.decision] == ["Apply for", "Sign", "Keep capacity of"]


def test_page_speaks_of_no_command_line() -> None:
    loaded = load(CASES / "tiny-108.xlsx")
    plan = make_plan(loaded, Options(gap=0.5))
    stated = json.dumps([pages_answer.tables(loaded, plan), pages_answer.answer(loaded, plan)])
    assert "solve again and tell why" in stated
    assert "--" not in stated.replace("---", "")


@pytest.mark.parametrize(
    ("value", "now", "said"),
    [
        ("1,500", "2", "The cell holds a number. '1,500' may mean 1.500 or 1500. Type one of these. Go back"),
        ("cheap", "2", "The cell holds a number. 'cheap' is not a number. Type one such as 1.5. Go back"),
        ("nan", "2", "The cell holds a number. 'nan' is not a number"),
    ],
)
def test_what_if_says_what_it_cannot_read(value: str, now: str, said: str) -> None:
    with pytest.raises(RefusedError) as stated:
        _change("offers|O1|price_per_kg", value, now)
    assert stated.value.status == 422
    assert stated.value.why.startswith(said)


def test_what_if_takes_what_can_be_read() -> None:
    assert _change("offers|O|1|price_per_kg", " 1.5 ", "2")["value"] == "1.5"
    assert _change("offers|O|1|price_per_kg", "1,5", "2")["value"] == "1.5"
    assert _change("offers|O1|decision", "must", "free")["value"] == "must"
    assert _change("offers|O1|min_kg", "", "2")["value"] == ""


def test_five_thousand_futures_are_said_in_one_look() -> None:
    """Each event is looked at once, however many futures there are."""

    class Counted(tuple[Any, ...]):
        looks = 0

        def __iter__(self) -> Iterator[Any]:
            Counted.looks += 1
            return super().__iter__()

    scenario = load(CASES / "tiny-108.xlsx").scenario
    many = scenario.model_copy(update={"events": Counted(scenario.events)})
    assert assumptions(many) == assumptions(scenario)
    assert Counted.looks == 1


def test_a_job_may_be_longer_than_an_argument(tmp_path: Path) -> None:
    """Changes of many cells take more than the 128 kB that Linux gives an argument."""
    job = {"folder": str(tmp_path), "source": str(CASES / "tiny-108.xlsx"), "name": "x" * 200_000, "derived": None}
    row = check_scenario(job, 60.0, 4 * 2**30, cancel=threading.Event())
    assert row["state"] == "good"


@pytest.mark.parametrize(("position", "said"), [(3, "2 before it"), (1, "next"), (None, "next")])
def test_a_run_that_waits_says_its_place(position: int | None, said: str) -> None:
    """Without a place it was begun between the look at its row and the look at the queue."""
    run = SimpleNamespace(id="a" * 16, state="waiting", study=None, seconds=None, incumbent=None, bound=None, gap=None)
    scenario = SimpleNamespace(state="good", currency="INR")
    app = SimpleNamespace(state=SimpleNamespace(static=""))
    request = SimpleNamespace(state=SimpleNamespace(), scope={"path": "/", "root_path": ""}, app=app)
    shown = render(cast(Request, request), "_live.html", run=run, scenario=scenario, position=position, trouble="")
    assert f"In the queue: {said}<" in shown

"""The report, opened again: what stands in it is what the plan says."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from planner.errors import Infeasible, Problem
from planner.explain.explain import explain
from planner.pipeline import make_plan
from planner.plan.tables import PLAN_TABLES, by_future
from planner.present.figures import figures
from planner.present.headings import heading
from planner.present.summary import headline
from planner.reading import load as load_scenario
from planner.report.no_plan import TITLE, write_no_plan
from planner.scenario.load import from_rows
from planner.scenario.tables import tables
from planner.solver.outcome import Options
from tests.handmade import SCENARIO, handmade_plan
from tests.minimal import load
from tests.reports import RUPEES, SHEETS, Book, column, named, texts, whole_plan, written
from tests.test_check import DOUBTFUL


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The report of the plan by hand."""
    return written(tmp_path_factory.mktemp("report"), from_rows(SCENARIO), whole_plan())


def test_sheets_in_order(by_hand: Book) -> None:
    assert by_hand.sheetnames == SHEETS
    assert all(len(f"Input {name}") <= 31 for name in tables())


@pytest.mark.parametrize("source", ["by hand", "small"])
def test_every_plan_table_is_there_to_the_last_digit(source: str, tmp_path: Path) -> None:
    """Every column of every table: the same cells (in another order of rows), numbers exactly."""
    if source == "by hand":
        loaded, plan = from_rows(SCENARIO), whole_plan()
    else:
        loaded = load_scenario(Path(__file__).with_name("cases") / "small-200.xlsx")
        plan = make_plan(loaded, Options(gap=1e-2))
    book = written(tmp_path, loaded, plan)
    for table in PLAN_TABLES[1:]:
        rows = plan.tables[table.name]
        if table.name == "limits_used":
            continue  # Figures of several units: see below.
        if "node" in table.names and table.name not in ("qualification", "expansion", "nodes", "paths"):
            rows = by_future(plan.tables, table.name)
        for field in table.columns if len(rows) else ():
            found = column(book[table.title], heading(field, RUPEES))
            expected = [_as_written(field.kind, value) for value in rows[field.name].tolist()]
            assert sorted(found, key=repr) == sorted(expected, key=repr), (table.name, field.name)


def _as_written(kind: str, value: Any) -> Any:
    if kind == "flag":
        return "yes" if value else "no"
    return None if pd.isna(value) or value == "" else value


def test_headline_figures_are_the_plans_own(by_hand: Book) -> None:
    for figure in figures(from_rows(SCENARIO), handmade_plan()):
        assert named(by_hand, figure.name).value == figure.value
        assert named(by_hand, figure.name).offset(column=-1).value == figure.label
        assert named(by_hand, figure.name).comment.text.casefold() == figure.meaning.casefold()


def test_large_money_is_in_crore(tmp_path: Path) -> None:
    plan = dataclasses.replace(handmade_plan(), expected_cost=1_871_629_574.0)
    cell = named(written(tmp_path, from_rows(SCENARIO), plan), "expected_cost")
    assert (cell.value, cell.number_format, cell.offset(column=1).value) == (187.1629574, "#,##0.00", "₹ crore")


def test_summary_holds_the_answer_and_the_warnings(tmp_path: Path) -> None:
    warning = Problem("odd", "It is odd.", "Look.", cell="offers!G14")
    loaded = dataclasses.replace(from_rows(SCENARIO), warnings=(warning,))
    found = texts(written(tmp_path, loaded, handmade_plan())["Summary"])
    assert found[0] == "By hand"
    assert [text for text in headline(loaded, handmade_plan()) if text not in found] == []
    assert found[found.index("Warnings") + 1] == "offers!G14: It is odd. Look."


@pytest.mark.parametrize(("changes", "said"), DOUBTFUL)
def test_every_doubt_about_a_scenario_stands_on_the_summary(
    changes: dict[str, Any], said: list[str], tmp_path: Path
) -> None:
    """Or, where what is doubtful leaves no plan, in the report that says so."""
    loaded = load(**changes)
    try:
        found, after = texts(written(tmp_path, loaded, make_plan(loaded))["Summary"]), "In this workbook"
    except Infeasible:
        explanation = explain(loaded)
        write_no_plan(loaded, explanation, tmp_path / "no-plan.xlsx")
        sheet = openpyxl.load_workbook(tmp_path / "no-plan.xlsx")[TITLE]
        found, after = [text for text in texts(sheet) if text], explanation.repairs_heading
    start = found.index("Warnings") + 1
    assert found[start : start + len(said) + 1] == [*said, after]


def test_a_scenario_without_doubt_has_no_warning(tmp_path: Path) -> None:
    loaded = load()
    found = texts(written(tmp_path, loaded, make_plan(loaded))["Summary"])
    assert found[found.index("Warnings") + 1 :][:2] == ["none", "In this workbook"]


def test_contents_link_to_every_other_sheet(by_hand: Book) -> None:
    links = [cell.hyperlink.location for row in by_hand["Summary"].iter_rows() for cell in row if cell.hyperlink]
    # A link to a hidden sheet would lead nowhere: these are named below, without.
    shown = [sheet.title for sheet in by_hand if sheet.sheet_state == "visible"]
    assert links == [f"'{title}'!A1" for title in shown[1:]]
    named = {str(cell.value) for cell in by_hand["Summary"]["A"]}
    assert named.issuperset(SHEETS[1:-1])


def test_charts(by_hand: Book) -> None:
    drawn = {sheet.title: len(sheet._charts) for sheet in by_hand if sheet._charts}
    assert drawn == {"Summary": 3, "Futures": 1, "Costs": 1, "Sourcing": 2}
    lines = list(by_hand["Chart figures"].iter_rows(values_only=True))
    rows = [tuple(cell for cell in line if cell is not None) for line in lines]
    titles = [place for place, row in enumerate(rows) if len(row) == 1]
    title, kinds, freeze = rows[: titles[1] - 2][:3]
    assert title == ("Cost by future, with expected cost and CVaR [₹]",)
    assert kinds[:2] == ("Future", "Landed price of what arrives")
    assert kinds[-3:] == ("All else", "Expected cost", "CVaR")
    assert (freeze[0], sum(freeze[1:-2]), *freeze[-2:]) == ("freeze", pytest.approx(8146), 6328, 8146)
    assert [rows[place + step] for place in titles[1:] for step in range(3)] == [
        ("Heavy magnets arriving, by country, on average [kg]",),
        ("Year", "Japan", "China", "India"),
        ("FY27", 40, 20, 17),
        ("What becomes of demand, on average [units]",),
        ("Month", "Built", "Lost", "Asked for", "Waiting at the end"),
        ("2026-04", 45, 0, 50, 5),
        ("What makes up the expected cost [₹]",),
        ("Kind of cost", "Expected cost"),
        ("landed price of what arrives", 2459.6),
        ("All magnets: share by country, on average, against the limits [share of kg]",),
        ("Year", "China", "Japan", "India", "China at most 60 % over the horizon (china)"),
        ("FY27", 20 / 77, 40 / 77, 17 / 77, 0.6),
        ("Heavy magnets: share by country, on average [share of kg]",),
        ("Year", "Japan", "China", "India"),
        ("FY27", 40 / 77, 20 / 77, 17 / 77),
    ]


def test_charts_without_figures_are_left_out(tmp_path: Path) -> None:
    """One future, and nothing arrives: what makes up the cost, and demand."""
    loaded = load(segments={"shortage_cost_per_unit": 1})
    book = written(tmp_path, loaded, make_plan(loaded))
    assert {sheet.title: len(sheet._charts) for sheet in book if sheet._charts} == {"Summary": 2, "Costs": 1}
    assert "Nothing arrives." in texts(book["Summary"])


def test_do_now_is_a_checklist(by_hand: Book) -> None:
    sheet = by_hand["Do now"]
    picked = [column(sheet, title) for title in ("Do it", "Decision", "Item", "Deadline", "Cost [₹]", "Ready in")]
    assert list(zip(*picked, strict=True)) == [
        ("☐", "apply for", "L", "before 2026-04", 1000, None),
        ("☐", "sign", "CN", "before 2026-04", 500, None),
        ("☐", "sign", "spot", "before 2026-04", 0, None),
        ("☐", "keep", "AU", "before 2026-04", 40, None),
        ("☐", "order", "CN", "by 2027-03", pytest.approx(726), "2027-04"),
        ("☐", "order", "JP", "by 2027-03", 1200, "2026-04"),
        ("☐", "order", "AU", "by 2027-03", 200, "2026-04"),
        ("☐", "qualify", "fan-f", "by 2027-03", 50, "2027-04"),
        ("☐", "expand", "line", "by 2027-03", 100, "2027-04"),
        ("no", "apply for", "K", "before 2026-04", 0, None),
        ("no", "sign", "CN2", "before 2026-04", 0, None),
    ]


def test_rows_by_node_stand_once_for_each_future(by_hand: Book) -> None:
    sheet = by_hand["Stock"]
    assert [cell.value for cell in sheet[1]] == [
        "Future", "Probability", "Month", "Material", "Undertaking", "In stock [kg]", "Holding cost [₹]", "Shared by",
        "Node",
    ]  # fmt: skip
    said = [column(sheet, title) for title in ("Future", "Probability", "Month", "In stock [kg]", "Shared by")]
    assert list(zip(*said, strict=True)) == [
        ("calm", 0.5, "2026-04", 32, "all futures"),
        ("calm", 0.5, "2026-04", 6, "all futures"),
        ("calm", 0.5, "2027-04", 22, "calm"),
        ("freeze", 0.5, "2026-04", 32, "all futures"),
        ("freeze", 0.5, "2026-04", 6, "all futures"),
        ("freeze", 0.5, "2027-04", 15, "freeze"),
    ]


def test_what_happens_once_stands_once(by_hand: Book) -> None:
    sheet = by_hand["Qualification"]
    said = [column(sheet, title) for title in ("Futures", "Probability", "Design", "Segment")]
    assert list(zip(*said, strict=True)) == [("all futures", 1, "fan-f", "fan")]


def test_many_futures_are_counted(tmp_path: Path) -> None:
    """Of 40 futures those but the last share the second period: as many as fit are named."""
    names = [f"future number {number}" for number in range(40)]
    loaded = load(
        futures=[{"future": name, "probability": 1 / 40} for name in names],
        events=[{"event": "E", "future": names[-1], "kind": "price", "scope": "all", "from": "2026-07", "value": 2}],
    )
    found = column(written(tmp_path, loaded, make_plan(loaded))["Demand met"], "Shared by")
    most = "future number 0 and 38 more"
    assert sorted(set(found)) == ["all futures", most, names[-1]]


def test_limits_are_said_in_their_units(by_hand: Book) -> None:
    sheet = by_hand["Limits and values"]
    said = [column(sheet, title) for title in ("Item", "Used", "Limit", "Slack", "Unit", "Binds")]
    rows = list(zip(*said, strict=True))
    assert ("FY27", 3677, 4000, 323, "₹", "no") in rows
    assert ("AU", 40, 40, 0, "kg", "yes") in rows
    share = next(row for row in rows if row[0] == "china")
    assert share[1:] == (pytest.approx(41.6666667), 60, pytest.approx(18.3333333), "%", "no")


def test_empty_tables_say_none(by_hand: Book) -> None:
    sheet = by_hand["Changed cells"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Table", "Key", "Field", "Old", "New", "By", "Cell"],
        ["none", *[None] * 6],
    ]


def test_about(tmp_path: Path) -> None:
    provenance = {
        "scenario": "s", "sha256": None, "options": {"gap": 0.001, "time_limit": None, "seed": 0},
        "started": "2026-04-01T10:00:00+00:00", "seconds": {"solve": 1.5},
    }  # fmt: skip
    plan = dataclasses.replace(handmade_plan(), provenance=provenance, audit={"balance": 2e-16, "gap": 0.1})
    sheet = written(tmp_path, from_rows(SCENARIO, strategy=None), plan)["About"]
    assert [tuple(row[:4]) for row in sheet.iter_rows(values_only=True) if row[0]] == [
        ("Where it comes from", None, None, None),
        ("Read from", "scenario", None, None),
        ("Strategy", "none", None, None),
        ("Scenario", "s", None, None),
        ("Fingerprint of the input (SHA-256)", "none", None, None),
        ("Asked for: gap", "0.1000 %", None, None),
        ("Asked for: time limit", "none", None, None),
        ("Asked for: seed of the solver", "0", None, None),
        ("Started", "1 April 2026, 10:00 UTC", None, None),
        ("Seconds: to solve it", "1.5", None, None),
        ("What the solver proved", None, None, None),
        ("Status", "optimal", None, None),
        ("Objective of this plan", 7237, None, None),
        ("No plan can be below", 7229.763, None, None),
        ("Gap", 0.001, None, None),
        ("To solve it again", None, None, None),
        ("The sheets whose names begin with 'Input' hold every table as it was solved.", None, None, None),
        ("`planner solve` on this workbook finds them: change a cell there to ask what if.", None, None, None),
        ("Audit: the plan recomputed from the scenario, rule by rule", None, None, None),
        ("Rule", "Result", "What the rule demands", "Largest violation, relative"),
        ("balance", "kept", "stock is what was there and came, less what went, in each pool", 2e-16),
        ("gap", "broken", "bound and gap belong to the objective", 0.1),
    ]


def test_about_without_audit(by_hand: Book) -> None:
    assert texts(by_hand["About"])[-1] == "not made"

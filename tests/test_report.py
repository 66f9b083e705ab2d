"""The report, opened again: every figure is the plan's own, text stays text, and it can be filtered and printed."""

from __future__ import annotations

import dataclasses
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

from planner.cli import main
from planner.errors import Infeasible, OutputError, Problem
from planner.futures.tree import grow
from planner.pipeline import make_plan
from planner.plan.assemble import derived
from planner.plan.figures import figures
from planner.plan.plan import Plan
from planner.plan.summary import headline
from planner.plan.tables import PLAN_TABLE, PLAN_TABLES
from planner.plan.words import Wording
from planner.report import sheets
from planner.report.formats import heading
from planner.report.workbook import write_report
from planner.scenario.load import Loaded, from_rows
from planner.scenario.load import load as load_scenario
from planner.scenario.tables import tables
from planner.solver.highs import Options
from tests.handmade import SCENARIO, handmade_plan
from tests.minimal import load

INPUTS = [
    f"Input {name}" for name in (
        "settings", "segments", "demand", "designs", "design_materials", "materials", "stock", "currencies",
        "suppliers", "undertakings", "licences", "offers", "open_orders", "conversions", "conversion_inputs",
        "expansions", "futures", "events", "limits", "budgets",
    )
]  # fmt: skip
TABLES = ["Do now", *(table.title for table in PLAN_TABLES[1:])]
SHEETS = ["Summary", *TABLES, "Chart figures", *INPUTS, "About"]
TOTAL = r"=(SUM|SUMPRODUCT)\(\$[A-Z]+\$\d+:\$[A-Z]+\$\d+(,\$[A-Z]+\$\d+:\$[A-Z]+\$\d+)?\)"
"""The formulas that a report may hold."""

RUPEES = Wording("INR")
Book = Any
"""A workbook as openpyxl opens it."""
Sheet = Any


def written(folder: Path, loaded: Loaded, plan: Plan) -> Book:
    """The report of a plan, opened again."""
    write_report(loaded, plan, folder / "plan.xlsx")
    return openpyxl.load_workbook(folder / "plan.xlsx")


def whole_plan() -> Plan:
    """The plan by hand, with the tables that follow from the others."""
    scenario, plan = from_rows(SCENARIO).scenario, handmade_plan()
    return dataclasses.replace(plan, tables=plan.tables | derived(scenario, grow(scenario), plan.tables))


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The report of the plan by hand."""
    return written(tmp_path_factory.mktemp("report"), from_rows(SCENARIO), whole_plan())


def headings(sheet: Sheet) -> list[Any]:
    """The cells of the line of headings: that below the notes and charts."""
    return next(list(row) for row in sheet.iter_rows() if row[0].comment)


def body(sheet: Sheet) -> range:
    """The lines of a sheet's table, totals apart."""
    top = headings(sheet)[0].row + 1
    tables = list(sheet.tables.values())
    has_totals = bool(tables and tables[0].totalsRowCount)
    return range(top, sheet.max_row + 1 - has_totals)


def column(sheet: Sheet, title: str) -> list[Any]:
    """The cells below a heading."""
    place = next(cell.column for cell in headings(sheet) if cell.value == title)
    return [sheet.cell(line, place).value for line in body(sheet)]


def texts(sheet: Sheet) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def named(book: Book, name: str) -> Any:
    """The cell that a name of the workbook stands for."""
    sheet, cell = next(book.defined_names[name].destinations)
    return book[sheet][cell]


# --- what stands in it ------------------------------------------------------------------------------


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
        for field in table.columns if len(rows) else ():
            found = column(book[table.title], heading(field, RUPEES))
            expected = [_as_written(field.kind, value) for value in rows[field.name].tolist()]
            assert sorted(found, key=repr) == sorted(expected, key=repr), (table.name, field.name)


def _as_written(kind: str, value: Any) -> Any:
    if kind == "flag":
        return "yes" if value else "no"
    return None if pd.isna(value) or value == "" else value


def test_totals_of_the_file_are_those_of_the_plan(by_hand: Book) -> None:
    """Costs of a future add up to its cost; these, weighed, to the expected cost; what is done now to the checklist."""
    plan = handmade_plan()
    costs, worth = by_hand["Costs"], column(by_hand["Costs"], "Discounted [₹]")
    for future, cost in plan.tables["futures"][["future", "cost"]].itertuples(index=False):
        mine = [amount for name, amount in zip(column(costs, "Future"), worth, strict=True) if name == future]
        assert sum(mine) == pytest.approx(cost, rel=1e-12)
    # Fees 1000 + 500 + 40, orders 30 × 24.2 + 40 × 30 + 40 × 5, qualification 50, expansion 100.
    assert sum(column(by_hand["Do now"], "Cost [₹]")) == 1540 + 2126 + 150


def total(sheet: Sheet, title: str) -> Any:
    """The formula or value in the totals row of a column."""
    place = next(cell.column for cell in headings(sheet) if cell.value == title)
    return sheet.cell(sheet.max_row, place).value


def on_average(plan: Plan, rows: pd.DataFrame, value: str) -> float:
    """The sum of a column over all rows, weighed by the probability of their node or future."""
    key = "future" if "future" in rows else "node"
    table = plan.tables["futures" if key == "future" else "nodes"]
    weight = rows[key].map(table.set_index(key)["probability"]).astype(float)
    return float((rows[value].astype(float) * weight).sum())


TOTALS = {
    "orders": ["kg"],
    "arrivals": ["ordered_kg", "released_kg", "withheld_kg", "purchase_cost", "deposit_lost"],
    "stock": ["holding_cost"],
    "moves": ["kg"],
    "conversion": ["kg", "cost"],
    "expansion": ["cost"],
    "qualification": ["cost"],
    "build": ["units", "design_cost", "efficiency_cost"],
    "magnets": ["kg"],
    "shortage": ["demand", "built", "lost", "shortage_cost", "delay_cost"],
    "stops": ["demand", "lost", "late", "shortage_cost", "delay_cost"],
    "futures": ["cost", "service", "lost", "late"],
    "costs": ["amount", "discounted"],
    "sourcing": ["kg"],
    "certificates": ["kg"],
}
"""The columns that add up, by table."""


@pytest.mark.parametrize("source", ["by hand", "tiny-108", "small-202"])
def test_totals_rows_are_the_plans_own_figures(source: str, tmp_path: Path) -> None:
    """As written, and as the formulas make them of the cells."""
    if source == "by hand":
        loaded, plan = from_rows(SCENARIO), whole_plan()
    else:
        loaded = load_scenario(Path(__file__).with_name("cases") / f"{source}.xlsx")
        plan = make_plan(loaded, Options(gap=1e-2))
    formulas = written(tmp_path, loaded, plan)
    values = openpyxl.load_workbook(tmp_path / "plan.xlsx", data_only=True)
    for table in PLAN_TABLES[1:]:
        sheet, rows = formulas[table.title], plan.tables[table.name]
        if not sheet.tables:
            continue
        told = [
            name for name in table.names if str(total(sheet, heading(PLAN[table.name, name], RUPEES))).startswith("=")
        ]
        assert [name for name in told if name != "probability"] == TOTALS.get(table.name, [])
        for name in TOTALS.get(table.name, []):
            title = heading(PLAN[table.name, name], RUPEES)
            found = total(values[table.title], title)
            assert found == pytest.approx(on_average(plan, rows, name), rel=1e-9), (table.name, name)
            assert found == pytest.approx(_calculated(sheet, total(sheet, title)), rel=1e-9)
    assert total(values["Futures"], "Cost [₹]") == pytest.approx(plan.expected_cost, rel=1e-9)
    assert total(values["Costs"], "Discounted [₹]") == pytest.approx(plan.expected_cost, rel=1e-9)
    assert total(values["Futures"], "Probability") == pytest.approx(1)
    # What is done now in several first nodes does not add up.
    first = plan.tables["nodes"]["period"].eq(1).sum()
    now = sum(column(formulas["Do now"], "Cost [₹]")) if first == 1 else None
    if first == 1:
        assert total(values["Do now"], "Cost [₹]") == pytest.approx(now)
    else:
        assert not formulas["Do now"].tables["now_decisions"].totalsRowCount


PLAN = {(table.name, column.name): column for table in PLAN_TABLES for column in table.columns}


def _calculated(sheet: Sheet, formula: str) -> float:
    """What Excel makes of '=SUMPRODUCT($B$2:$B$9,$F$2:$F$9)'."""
    areas = [sheet[area.replace("$", "")] for area in re.findall(r"\$[A-Z]+\$\d+:\$[A-Z]+\$\d+", formula)]
    rows = zip(*([cell.value or 0 for (cell,) in area] for area in areas), strict=True)
    return sum(math.prod(row) for row in rows)


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


def test_contents_link_to_every_other_sheet(by_hand: Book) -> None:
    links = [cell.hyperlink.location for row in by_hand["Summary"].iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{title}'!A1" for title in SHEETS[1:] if title not in INPUTS[1:]]


def test_charts(by_hand: Book) -> None:
    drawn = {sheet.title: len(sheet._charts) for sheet in by_hand if sheet._charts}
    assert drawn == {"Summary": 3, "Futures": 1, "Costs": 1, "Sourcing": 2}
    rows = list(by_hand["Chart figures"].iter_rows(min_row=1, max_row=2, values_only=True))
    assert rows[0] == (
        "Future", "Cost", "Expected cost", "CVaR", None, "Year", "Japan", "China", "India", None,
        "Month", "Built", "Waiting", "Lost", None, "Kind of cost", "Expected cost", None,
        "Year", "China", "Japan", "India", "China at most 60 % over the horizon (china)", None,
        "Year", "Japan", "China", "India",
    )  # fmt: skip
    assert rows[1] == (
        "freeze", 8146, 6328, 8146, None, "FY27", 40, 20, 17, None, "2026-04", 45, 5, 0, None,
        "landed price of what arrives", 2459.6, None, "FY27", 20 / 77, 40 / 77, 17 / 77, 0.6, None,
        "FY27", 40 / 77, 20 / 77, 17 / 77,
    )  # fmt: skip


def test_charts_without_figures_are_left_out(tmp_path: Path) -> None:
    """One future, and nothing arrives: only the chart of demand is left."""
    loaded = load(segments={"shortage_cost_per_unit": 1})
    book = written(tmp_path, loaded, make_plan(loaded))
    assert {sheet.title: len(sheet._charts) for sheet in book if sheet._charts} == {"Summary": 1, "Costs": 1}
    assert "Nothing arrives." in texts(book["Summary"])


def test_do_now_is_a_checklist(by_hand: Book) -> None:
    sheet = by_hand["Do now"]
    picked = [column(sheet, title) for title in ("Done", "Do it", "Decision", "Item", "When", "Cost [₹]", "Ready in")]
    assert list(zip(*picked, strict=True)) == [
        ("☐", "yes", "apply for licence", "L", "before 2026-04", 1000, None),
        ("☐", "yes", "sign offer", "CN", "before 2026-04", 500, None),
        ("☐", "yes", "sign offer", "spot", "before 2026-04", 0, None),
        ("☐", "yes", "keep capacity", "AU", "before 2026-04", 40, None),
        ("☐", "yes", "order", "CN", "2026-04", pytest.approx(726), "2027-04"),
        ("☐", "yes", "order", "JP", "2026-04", 1200, "2026-04"),
        ("☐", "yes", "order", "AU", "2026-04", 200, "2026-04"),
        ("☐", "yes", "start qualifying design", "fan-f", "2026-04", 50, "2027-04"),
        ("☐", "yes", "expand capacity", "line", "2026-04", 100, "2027-04"),
        (None, "no", "apply for licence", "K", "before 2026-04", 0, None),
        (None, "no", "sign offer", "CN2", "before 2026-04", 0, None),
    ]


def test_rows_by_node_say_first_in_which_futures_they_hold(by_hand: Book) -> None:
    sheet = by_hand["Stock"]
    assert [cell.value for cell in sheet[1]] == [
        "Futures", "Probability", "Month", "Material", "Undertaking", "In stock [kg]", "Holding cost [₹]", "Node",
    ]  # fmt: skip
    assert [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=2, max_row=body(sheet)[-1])] == [
        ["all futures", 1, "2026-04"],
        ["all futures", 1, "2026-04"],
        ["calm", 0.5, "2027-04"],
        ["freeze", 0.5, "2027-04"],
    ]


def test_many_futures_are_counted(tmp_path: Path) -> None:
    """Of 40 futures those but the last share the second period: as many as fit are named."""
    names = [f"future number {number}" for number in range(40)]
    loaded = load(
        futures=[{"future": name, "probability": 1 / 40} for name in names],
        events=[{"event": "E", "future": names[-1], "kind": "price", "scope": "all", "from": "2026-07", "value": 2}],
    )
    found = column(written(tmp_path, loaded, make_plan(loaded))["Demand met"], "Futures")
    most = "future number 0, future number 1, future number 2 and 36 more"
    assert sorted(set(found)) == ["all futures", most, names[-1]]


def test_limits_are_told_in_their_units(by_hand: Book) -> None:
    sheet = by_hand["Limits and values"]
    told = [column(sheet, title) for title in ("Item", "Used", "Limit", "Slack", "Unit", "Binds")]
    rows = list(zip(*told, strict=True))
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
    provenance = {"scenario": "s", "sha256": "ab12", "started": "2026-04-01T10:00:00", "seconds": {"solve": 1.5}}
    plan = dataclasses.replace(handmade_plan(), provenance=provenance, audit={"balance": 2e-16, "gap": 0.1})
    sheet = written(tmp_path, from_rows(SCENARIO, strategy=None), plan)["About"]
    assert [tuple(row[:4]) for row in sheet.iter_rows(values_only=True) if row[0]] == [
        ("Where it comes from", None, None, None),
        ("Read from", "scenario", None, None),
        ("Strategy", "none", None, None),
        ("Scenario", "s", None, None),
        ("Fingerprint of the input (SHA-256)", "ab12", None, None),
        ("Started", "2026-04-01T10:00:00", None, None),
        ("Seconds: solve", "1.5", None, None),
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


# --- how it looks -----------------------------------------------------------------------------------


def test_sheets_can_be_read_filtered_and_printed(by_hand: Book) -> None:
    for sheet in by_hand.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        # A width of one page is what is meant where none is given.
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (
            None,
            None if sheet.title == "Summary" else 0,
        )
        assert sheet.oddHeader.left.text == "By hand"
        assert sheet.oddFooter.right.text == "Page &P of &N"
    for table in PLAN_TABLES:
        sheet = by_hand[table.title]
        top = headings(sheet)[0].row
        assert sheet.freeze_panes == (f"A{top + 1}" if top < 10 else None)
        assert sheet.print_title_rows == f"${top}:${top}"
        assert all(cell.comment for cell in headings(sheet))
        if sheet.tables:
            found = sheet.tables[table.name]
            last = get_column_letter(len(headings(sheet)))
            assert found.ref == f"A{top}:{last}{sheet.max_row}"
            assert found.autoFilter.ref == f"A{top}:{last}{body(sheet)[-1]}"


def test_names_of_cells_and_tables_differ(by_hand: Book) -> None:
    names = {figure.name for figure in figures(from_rows(SCENARIO), handmade_plan())}
    assert {name for name in by_hand.defined_names if not name.startswith("names_")} == names
    assert names.isdisjoint(table.name for table in PLAN_TABLES)


def test_headings_of_a_sheet_differ(by_hand: Book) -> None:
    for table in PLAN_TABLES:
        titles = [cell.value.casefold() for cell in headings(by_hand[table.title])]
        assert len(set(titles)) == len(titles)


def _amounts(loaded: Loaded, folder: Path, *amounts: float) -> list[str]:
    """The number formats of amounts of money in a column."""
    plan = handmade_plan()
    costs = pd.concat([plan.tables["costs"].iloc[:1].assign(amount=amount) for amount in amounts])
    sheet = written(folder, loaded, dataclasses.replace(plan, tables=plan.tables | {"costs": costs}))["Costs"]
    return [sheet.cell(line, 7).number_format for line in body(sheet)]


def test_rupees_are_grouped_as_in_india(tmp_path: Path) -> None:
    def both(pattern: str) -> str:
        return f'{pattern};-{pattern};"–"'

    assert _amounts(from_rows(SCENARIO), tmp_path, 99_999.4, 99_999.6, -1_234_567, 12_345_678, 2e9) == [
        both("#,##0"),
        both(r"##\,##\,##0"),
        both(r"##\,##\,##0"),
        both(r"##\,##\,##\,##0"),
        both(r"##\,##\,##\,##\,##0"),
    ]


def test_other_money_is_grouped_by_thousands(tmp_path: Path) -> None:
    loaded = from_rows(SCENARIO | {"settings": SCENARIO["settings"] | {"currency": "EUR"}})
    assert _amounts(loaded, tmp_path, 12_345_678, 2) == ['#,##0;-#,##0;"–"'] * 2
    assert heading(PLAN_TABLE["costs"].columns[4], Wording("EUR")) == "Amount [EUR]"


@pytest.mark.parametrize(
    ("values", "pattern"),
    [([3.0, 400.0], "#,##0"), ([0.5, 400.0], "#,##0.0"), ([8.75, 3.0], "#,##0.00"), ([0.0625], "#,##0.0000")],
)
def test_kilograms_have_the_decimals_they_need(values: list[float], pattern: str, tmp_path: Path) -> None:
    plan = handmade_plan()
    moves = pd.concat([plan.tables["moves"].assign(kg=kg) for kg in values])
    plan = dataclasses.replace(plan, tables=plan.tables | {"moves": moves})
    sheet = written(tmp_path, from_rows(SCENARIO), plan)["Moves into a pool"]
    assert sheet["F2"].number_format == f'{pattern};-{pattern};"–"'
    assert sheet["B2"].number_format == "0.0%"


# --- what must not happen ---------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "'", "http://"])
def test_text_is_never_a_formula(first: str, tmp_path: Path) -> None:
    """Whatever comes from the input: title, offer, supplier, country, material, segment, design, future, strategy."""
    name = f"{first}cmd|'/c calc'!A1 & more"
    loaded = load(
        settings={"title": name},
        suppliers={"supplier": name, "country": name},
        materials={"material": name},
        offers={"offer": name, "supplier": name, "material": name, "signing_fee": 1},
        segments={"segment": name, "sector": name},
        demand={"segment": name},
        designs={"design": name, "segment": name},
        design_materials={"design": name, "material": name},
        futures=[{"future": name, "probability": 0.5}, {"future": "other", "probability": 0.5}],
        events=[{"event": "E", "future": name, "kind": "price", "scope": "all", "value": 2}],
    )
    loaded = dataclasses.replace(loaded, strategy=name)
    book = written(tmp_path, loaded, make_plan(loaded))
    assert book["Summary"]["A1"].value == name
    assert set(column(book["Orders"], "Supplier")) == {name}
    formulas = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}
    assert formulas
    assert [formula for formula in formulas if not re.fullmatch(TOTAL, formula)] == []
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as parts:
        assert not [part for part in parts.namelist() if "externalLink" in part]
    assert book["Orders"].oddHeader.left.text.startswith(name.replace("&", "&&"))


def test_sheet_that_is_too_long_is_cut_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for 5 lines: headings, 3 of 5 orders, the note; 4 rows of stock just fit."""
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 5)
    book = written(tmp_path, from_rows(SCENARIO), handmade_plan())
    note = "Cut here: 2 more rows of Orders do not fit on an Excel sheet of 5 rows. All of them are in plan-orders.csv."
    assert book["Orders"].max_row == 5
    assert book["Orders"]["A5"].value == note
    assert book["Orders"].tables["orders"].ref == "A1:M4"
    assert note in texts(book["Summary"])
    assert book["Stock"]["A5"].value == "freeze"


def test_text_too_long_for_a_cell_is_cut() -> None:
    assert sheets.text_of("x" * 40_000) == "x" * 32_767


def test_what_is_not_a_number_is_left_blank(tmp_path: Path) -> None:
    plan = handmade_plan()
    stock = plan.tables["stock"].assign(kg=[1.0, float("nan"), float("inf"), 2.0])
    plan = dataclasses.replace(plan, tables=plan.tables | {"stock": stock})
    found = column(written(tmp_path, from_rows(SCENARIO), plan)["Stock"], "In stock [kg]")
    assert found == [1, None, None, 2]


def test_table_that_is_cut_is_whole_beside_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 5)
    plan = whole_plan()
    plan = dataclasses.replace(plan, tables=plan.tables | {"orders": plan.tables["orders"].assign(supplier="=1+1")})
    paths = write_report(from_rows(SCENARIO), plan, tmp_path / "plan.xlsx")
    assert paths[0] == tmp_path / "plan.xlsx"
    assert {path.name for path in paths} == {path.name for path in tmp_path.iterdir()}
    assert tmp_path / "plan-stock.csv" not in paths
    text = (tmp_path / "plan-orders.csv").read_bytes().decode("utf-8-sig")
    assert text.split("\r\n")[:3] == [
        "Futures,Probability,Month,Offer,Supplier,Country,Material,Licence,Undertaking,Ordered [kg],"
        "Landed price [₹/kg],Arrives,Node",
        "all futures,1.0,2026-04,CN,'=1+1,China,NdFeB,L,EUC,30,24.2,2027-04,1",
        "all futures,1.0,2026-04,JP,'=1+1,Japan,NdFeB,,,40,30.0,2026-04,1",
    ]
    assert len(text.split("\r\n")) == 7


def test_infeasible_leaves_no_report(tmp_path: Path) -> None:
    loaded = load(segments={"min_service": 1}, offers={"max_kg_per_period": 1})
    with pytest.raises(Infeasible):
        write_report(loaded, make_plan(loaded), tmp_path / "plan.xlsx")
    assert list(tmp_path.iterdir()) == []


def _break_off(plan: Plan) -> Plan:
    return dataclasses.replace(plan, tables={name: rows for name, rows in plan.tables.items() if name != "sourcing"})


def test_report_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_text("the old report")
    with pytest.raises(KeyError):
        write_report(from_rows(SCENARIO), _break_off(handmade_plan()), path)
    assert path.read_text() == "the old report"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("none/plan.xlsx", "The folder '{0}/none' does not exist. Make it first, or name another."),
        ("", "'{0}' is a folder. Name a file, such as '{0}/plan.xlsx'."),
    ],
)
def test_report_that_cannot_be_written(place: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as error:
        write_report(from_rows(SCENARIO), handmade_plan(), tmp_path / place)
    assert str(error.value) == text.format(tmp_path)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Files that Excel holds open: as on Windows, they cannot be opened for writing."""
    held: set[Path] = set()
    opened = Path.open

    def guarded(path: Path, mode: str = "r", *more: Any, **named: Any) -> Any:
        if path in held and "+" in mode:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode, *more, **named)

    monkeypatch.setattr(Path, "open", guarded)
    return held


def test_report_that_is_open_in_excel_gets_a_second_name(tmp_path: Path, locked: set[Path]) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_text("open in Excel")
    (tmp_path / "plan (2).xlsx").write_text("an earlier one")
    locked.add(path)
    assert write_report(from_rows(SCENARIO), whole_plan(), path) == [tmp_path / "plan (3).xlsx"]
    assert path.read_text() == "open in Excel"
    assert (tmp_path / "plan (2).xlsx").read_text() == "an earlier one"
    assert openpyxl.load_workbook(tmp_path / "plan (3).xlsx").sheetnames == SHEETS


def test_command_says_where_the_report_is(
    tmp_path: Path, locked: set[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_text("open in Excel")
    locked.add(path)
    case = Path(__file__).with_name("cases") / "tiny-108.xlsx"
    assert main(["solve", str(case), "--report", str(path)]) == 0
    second = tmp_path / "plan (2).xlsx"
    told = f"{path} is open in Excel or write-protected, so the report is {second}."
    assert told in capsys.readouterr().out.splitlines()
    assert second.exists()

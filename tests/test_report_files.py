"""What must not happen to a report: formulas from text, rows that are lost, halves of files."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.cli import main
from planner.errors import Infeasible, OutputError
from planner.pipeline import make_plan
from planner.plan.plan import Plan
from planner.report import about, sheets, workbook
from planner.report.workbook import write_report
from planner.scenario.load import from_rows
from tests.handmade import SCENARIO, handmade_plan
from tests.minimal import load
from tests.reports import SHEETS, TOTAL, column, texts, whole_plan, written


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
    """With room for 10 lines: headings, 8 of 10 arrivals, the note; 8 orders and their total just fit."""
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 10)
    book = written(tmp_path, from_rows(SCENARIO), handmade_plan())
    note = (
        "Cut here: 2 more rows of Arrivals do not fit on an Excel sheet of 10 rows. "
        "All of them are in plan-arrivals.csv."
    )
    assert book["Arrivals"].max_row == 10
    assert book["Arrivals"]["A10"].value == note
    assert book["Arrivals"].tables["arrivals"].ref == "A1:P9"
    assert note in texts(book["Summary"])
    assert book["Orders"].max_row == 10
    assert book["Orders"]["A10"].value == "On average"


def test_text_too_long_for_a_cell_is_cut() -> None:
    assert sheets.text_of("x" * 40_000) == "x" * 32_767


def test_what_is_not_a_number_is_left_blank(tmp_path: Path) -> None:
    plan = handmade_plan()
    stock = plan.tables["stock"].assign(kg=[1.0, float("nan"), float("inf"), 2.0])
    plan = dataclasses.replace(plan, tables=plan.tables | {"stock": stock})
    found = column(written(tmp_path, from_rows(SCENARIO), plan)["Stock"], "In stock [kg]")
    assert found == [1, None, None, 1, None, 2]


def test_table_that_is_cut_is_whole_beside_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 9)
    plan = whole_plan()
    plan = dataclasses.replace(plan, tables=plan.tables | {"orders": plan.tables["orders"].assign(supplier="=1+1")})
    paths = write_report(from_rows(SCENARIO), plan, tmp_path / "plan.xlsx")
    assert paths[0] == tmp_path / "plan.xlsx"
    assert {path.name for path in paths} == {path.name for path in tmp_path.iterdir()}
    assert tmp_path / "plan-stock.csv" not in paths
    text = (tmp_path / "plan-orders.csv").read_bytes().decode("utf-8-sig")
    assert text.split("\r\n")[:3] == [
        "Future,Probability,Month,Offer,Supplier,Country,Material,Licence,Undertaking,Ordered [kg],"
        "Landed price [₹/kg],Arrives,Order fee [₹],Shared by,Node",
        "calm,0.5,2026-04,CN,'=1+1,China,NdFeB,L,EUC,30,24.2,2027-04,0,all futures,1",
        "calm,0.5,2026-04,JP,'=1+1,Japan,NdFeB,,,40,30.0,2026-04,0,all futures,1",
    ]
    assert len(text.split("\r\n")) == 10


def test_tables_that_are_cut_go_by_the_second_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: set[Path]
) -> None:
    """Those that belong to the report that is open stay as they are."""
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 9)
    path, table = tmp_path / "plan.xlsx", tmp_path / "plan-orders.csv"
    path.write_text("open in Excel")
    table.write_text("its orders")
    locked.add(path)
    paths = write_report(from_rows(SCENARIO), whole_plan(), path)
    assert paths[0] == tmp_path / "plan (2).xlsx"
    assert tmp_path / "plan (2)-orders.csv" in paths
    assert all(name.name.startswith("plan (2)") for name in paths)
    assert {name.name for name in tmp_path.iterdir()} == {path.name, table.name, *(name.name for name in paths)}
    assert table.read_text() == "its orders"
    note = "Cut here: 1 more rows of Orders do not fit on an Excel sheet of 9 rows. All of them are in plan (2)-orders.csv."
    assert note in texts(openpyxl.load_workbook(paths[0])["Summary"])


def test_table_that_is_open_in_excel_gives_all_a_second_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, locked: set[Path]
) -> None:
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 9)
    table = tmp_path / "plan-orders.csv"
    table.write_text("open in Excel")
    locked.add(table)
    assert write_report(from_rows(SCENARIO), whole_plan(), tmp_path / "plan.xlsx")[0] == tmp_path / "plan (2).xlsx"
    assert not (tmp_path / "plan.xlsx").exists()
    assert table.read_text() == "open in Excel"


@pytest.mark.parametrize("broken", ["the workbook", "a table"])
def test_no_table_stays_behind_without_its_report(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever cannot be written, both that stood there before still stand."""
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 9)
    path, table = tmp_path / "plan.xlsx", tmp_path / "plan-orders.csv"
    path.write_text("the old report")
    table.write_text("its orders")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    where = (about, "write_about") if broken == "the workbook" else (workbook, "write_csv")
    monkeypatch.setattr(*where, full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_report(from_rows(SCENARIO), whole_plan(), path)
    assert {name.name: name.read_text() for name in tmp_path.iterdir()} == {
        "plan.xlsx": "the old report", "plan-orders.csv": "its orders",
    }  # fmt: skip


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
    said = f"{path} is open in Excel or write-protected, so the report is {second}."
    assert said in capsys.readouterr().out.splitlines()
    assert second.exists()


def test_command_says_where_the_tables_are(
    tmp_path: Path, locked: set[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 5)
    path, table = tmp_path / "plan.xlsx", tmp_path / "plan-orders.csv"
    table.write_text("open in Excel")
    locked.add(table)
    case = Path(__file__).with_name("cases") / "tiny-108.xlsx"
    assert main(["solve", str(case), "--report", str(path)]) == 0
    said = capsys.readouterr().out.splitlines()
    second = tmp_path / "plan (2).xlsx"
    assert f"{path} or a table beside it is open in Excel or write-protected, so the report is {second}." in said
    assert f"A table of it is too long for a sheet of Excel, and whole in {tmp_path / 'plan (2)-orders.csv'}." in said

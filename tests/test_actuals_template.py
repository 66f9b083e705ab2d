"""The template for actuals: what is written is what is read, and the page that documents it names every column."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from planner.cli import main
from planner.rolling.actuals import sheets
from planner.rolling.columns import read_columns
from planner.rolling.known import SOURCES
from planner.rolling.mapping import Mapping
from planner.rolling.pasted import read_pasted
from planner.rolling.template import write_actuals_template

ROOT = Path(__file__).parents[1]


def test_the_kept_template_is_what_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "--actuals", str(tmp_path / "a.xlsx")]) == 0
    said = capsys.readouterr().out
    assert said == f"The template for actuals is {tmp_path / 'a.xlsx'}: receipts, stock, orders, builds and letters.\n"
    assert (ROOT / "templates" / "actuals.xlsx").read_bytes() == (tmp_path / "a.xlsx").read_bytes()


def test_its_sheets_need_no_mapping(tmp_path: Path) -> None:
    write_actuals_template(tmp_path / "a.xlsx")
    mapping = Mapping()
    found = [read_columns(sheet, mapping, []) for sheet in read_pasted(tmp_path / "a.xlsx")]
    assert [columns.kind for columns in found if columns] == list(sheets())
    assert not mapping.questions


def test_headings_say_what_columns_mean(tmp_path: Path) -> None:
    write_actuals_template(tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book["orders"]["D1"].value == "cleared"
    assert book["orders"]["D1"].comment.text == "Yes: its licence is granted\nOne of: yes, no\nIf blank: no"


def test_the_page_about_actuals_names_every_column() -> None:
    page = (ROOT / "docs" / "actuals.md").read_text(encoding="utf-8")
    named = {source.name for sources in SOURCES.values() for source in sources}
    named |= {field for table in sheets().values() for field in table.fields if field != "cell"}
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []

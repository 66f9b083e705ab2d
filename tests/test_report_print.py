"""A report on paper: all that matters on as few pages across as can be read, nothing clipped, no heading apart."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter, range_boundaries

from planner.excel.paper import LEGIBLE
from planner.pipeline import make_plan
from planner.plan.tables import Column
from planner.present.view import PROBABILITY, View
from planner.report.printing import Area, heading_height, page_breaks
from planner.report.table import write_table
from planner.scenario.load import from_rows
from tests import minimal
from tests.handmade import SCENARIO
from tests.reports import Sheet, texts, whole_plan, written
from tests.scenarios import EXACT, tiny

NODE, SHARED = Column("node", "count", "", "node"), Column("shared_by", "text", "", "futures")


def wide(*names: str, characters: int = 30) -> tuple[Column, ...]:
    """Columns of text with headings so many characters long, of one word."""
    return tuple(Column(name * (characters - 2), "text", "", name) for name in names)


def sheet_of(folder: Path, columns: tuple[Column, ...], *rows: dict[str, object], keys: int = 1) -> Sheet:
    """A sheet with a table of these columns, opened again."""
    shown = pd.DataFrame(rows, columns=[column.name for column in columns])
    path = write_table(View("wide", "Wide", "a wide table", columns, shown, keys=keys), "INR", folder / "wide.xlsx")
    return openpyxl.load_workbook(path)["Wide"]


def printed(sheet: Sheet) -> tuple[int, int]:
    """The last column and the last line that are printed."""
    _, _, column, line = range_boundaries(sheet.print_area.split("!")[-1].replace("$", ""))
    return int(column), int(line)


def test_columns_that_show_the_place_in_the_tree_are_printed_where_there_is_room(tmp_path: Path) -> None:
    tree = (SHARED, PROBABILITY, NODE)
    assert printed(sheet_of(tmp_path, (*wide(*"abcde"), *tree)))[0] == 8
    assert printed(sheet_of(tmp_path, (*wide(*"abcdef"), *tree)))[0] == 8
    assert printed(sheet_of(tmp_path, (*wide(*"abcdefg"), *tree)))[0] == 7


def test_a_table_that_would_be_too_small_goes_on_several_pages_with_its_keys_on_each(tmp_path: Path) -> None:
    one = sheet_of(tmp_path, wide(*"abcdef"))
    assert (one.page_setup.fitToWidth, one.print_title_cols) == (None, None)
    assert one.sheet_properties.pageSetUpPr.fitToPage
    two = sheet_of(tmp_path, wide(*"abcdefghi"), keys=2)
    assert (two.page_setup.fitToWidth, two.print_title_cols, two.print_title_rows) == (2, "$A:$B", "$1:$1")
    wide_keys = sheet_of(tmp_path, wide(*"abcdefghi"), keys=5)
    assert wide_keys.print_title_cols == "$A:$C"
    three = sheet_of(tmp_path, wide(*"abcdefghijklm"), keys=2)
    assert (three.page_setup.fitToWidth, three.print_title_cols) == (3, "$A:$B")


def test_charts_are_printed_whole_beside_narrow_tables() -> None:
    assert sum(Area(17, 20, [10], charts=1).printed()) >= 680
    assert sum(Area(17, 20, [10], charts=2).printed()) >= 2 * 560


def test_headings_leave_a_line_for_the_arrows_of_filters() -> None:
    assert heading_height(["Month", "Built [kg]"], [9, 12]) == 32
    assert heading_height(["Month", "Landed price [₹/kg]"], [9, 14]) == 48


def test_rows_are_as_high_as_the_longer_of_two_long_texts(tmp_path: Path) -> None:
    columns = (Column("old", "note", "", "before"), Column("new", "note", "", "after"))
    sheet = sheet_of(tmp_path, columns, {"old": "x " * 80, "new": "short"}, {"old": "short", "new": "short"})
    assert sheet.row_dimensions[2].height == pytest.approx(5 * 15.5, abs=0.5)
    assert sheet.row_dimensions[3].height == pytest.approx(15.5, abs=0.5)


def test_sections_are_not_torn_but_where_they_are_longer_than_a_page() -> None:
    def breaks(sections: list[int], end: int) -> list[int]:
        return page_breaks(sections, end, lambda line: 10.0, 100.0)

    assert breaks([0, 4, 8], 12) == [8]
    assert breaks([0, 4, 8], 10) == []
    assert breaks([0, 4], 30) == []
    assert breaks([2, 12, 22], 30) == [2, 12, 22]


def test_summary_can_be_read_on_paper(tmp_path: Path) -> None:
    sheet = written(tmp_path, from_rows(SCENARIO), whole_plan())["Summary"]
    last, _ = printed(sheet)
    widths = {letter: found.width for letter, found in sheet.column_dimensions.items()}
    pixels = sum(7 * widths.get(get_column_letter(column), 64 / 7) for column in range(1, last + 1))
    assert pixels <= LEGIBLE


def test_what_to_mind_of_what_it_costs_otherwise_is_printed_below_the_list(tmp_path: Path) -> None:
    given = tiny(licences={"application_fee": 30}, offers={"licence": "L"}, segments={"min_service": 1})
    sheet = written(tmp_path, given, make_plan(given, EXACT, why=True))["Do now"]
    assert texts(sheet)[-3:] == [
        "What it costs otherwise, in more detail:",
        "Apply for L: cannot be left out: no plan can satisfy every row without it.",
        "Sign O: cannot be left out: no plan can satisfy every row without it.",
    ]
    assert printed(sheet)[1] == sheet.max_row


def test_long_notes_of_the_input_go_over_several_lines(tmp_path: Path) -> None:
    loaded = minimal.load(segments={"note": "word " * 40, "source": "a short one"})
    sheet = written(tmp_path, loaded, make_plan(loaded, EXACT))["Input segments"]
    place = next(cell.column for cell in sheet[1] if cell.value == "note")
    assert sheet.cell(2, place).alignment.wrap_text
    assert sheet.column_dimensions[get_column_letter(place)].width == pytest.approx(80, abs=1)
    assert sheet.row_dimensions[2].height == 45

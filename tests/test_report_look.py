"""How a report looks: it can be read, filtered and printed, and its digits are grouped as planners are used to."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl.utils import get_column_letter, range_boundaries

from planner.plan.tables import PLAN_TABLE, PLAN_TABLES
from planner.present.colours import FAINT, INK, PALETTE, WARNING
from planner.present.figures import figures
from planner.present.headings import heading
from planner.present.words import Wording
from planner.report.formats import amount_pattern, axis_pattern
from planner.scenario.load import Loaded, from_rows
from tests.handmade import SCENARIO, handmade_plan
from tests.reports import Book, body, headings, whole_plan, written


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """The report of the plan by hand."""
    return written(tmp_path_factory.mktemp("report"), from_rows(SCENARIO), whole_plan())


def test_sheets_can_be_read_filtered_and_printed(by_hand: Book) -> None:
    for sheet in by_hand.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
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


def test_all_of_a_table_and_its_charts_is_printed(by_hand: Book) -> None:
    """A sheet wider than a page is made as wide; a narrow one stays as it is, not blown up."""
    for table in PLAN_TABLES:
        sheet = by_hand[table.title]
        _, _, last_column, last_line = range_boundaries(sheet.print_area.split("!")[-1].replace("$", ""))
        assert last_line == max(sheet.max_row, headings(sheet)[0].row + 1)
        left_out = {cell.value for cell in headings(sheet)[last_column:]}
        assert left_out <= {"Probability", "Shared by", "Node"}
        for chart in sheet._charts:
            assert chart.anchor._from.col < last_column
    fitted = {sheet.title for sheet in by_hand if (page := sheet.sheet_properties.pageSetUpPr) and page.fitToPage}
    assert {"Orders", "Arrivals", "Do now", "Futures", "Certificates", "Summary"} <= fitted
    assert fitted.isdisjoint({"Changed cells", "Futures by node", "Defaults taken"})


def test_summary_is_printed_on_the_width_of_a_page_and_torn_between_sections(by_hand: Book) -> None:
    sheet = by_hand["Summary"]
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.page_setup.fitToHeight == 0
    headings = [cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.font.sz == 12]
    breaks = [found.id + 1 for found in sheet.row_breaks.brk]
    assert breaks
    assert set(breaks) <= set(headings)
    # No chart is torn: the last ends before the first break.
    assert max(chart.anchor._from.row for chart in sheet._charts) + 12 < breaks[0]


def test_figures_of_a_chart_are_not_torn(by_hand: Book) -> None:
    sheet = by_hand["Chart figures"]
    titles = [cell.row for (cell,) in sheet.iter_rows(max_col=1) if cell.value and not sheet.cell(cell.row, 2).value]
    breaks = [found.id + 1 for found in sheet.row_breaks.brk]
    assert breaks
    assert set(breaks) <= set(titles)


def test_charts_are_native_with_axis_titles_and_one_palette(by_hand: Book) -> None:
    known = {colour.strip("#") for colour in (*PALETTE, INK, FAINT, WARNING)}
    count = 0
    for sheet in by_hand.worksheets:
        for chart in sheet._charts:
            count += 1
            assert _text(chart.title)
            assert _text(chart.y_axis.title) in ("₹", "kg", "units", "share of kg") or _text(chart.x_axis.title) == "₹"
            for series in chart.series:
                assert series.graphicalProperties.solidFill.srgbClr in known
    assert count == 7


def _text(title: Any) -> str:
    return "".join(run.t for part in title.tx.rich.p for run in part.r or ()) if title else ""


def test_names_of_cells_and_tables_differ(by_hand: Book) -> None:
    names = {figure.name for figure in figures(from_rows(SCENARIO), handmade_plan())}
    given = ("names_", "by_month_")  # lists of drop-downs, and the columns that the sheet By month sums
    assert {name for name in by_hand.defined_names if not name.startswith(given)} == names
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


def test_axes_group_digits_as_in_india() -> None:
    assert axis_pattern(Wording("INR")) == r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;#,##0"
    assert axis_pattern(Wording("USD")) == "#,##0"
    assert amount_pattern(99_999.6, Wording("INR")) == r"##\,##\,##0"
    assert amount_pattern(1_234_567.891, Wording("INR"), 2) == r"##\,##\,##0.00"
    assert amount_pattern(1_234_567.891, Wording("USD"), 2) == "#,##0.00"

"""Workbooks read as scenarios, and scenarios written as workbooks."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.chartsheet import Chartsheet
from workbooks import SHEETS, make, make_shared, rezip

from planner.errors import InputError, OutputError
from planner.excel.workbook import read_workbook, write_workbook
from planner.reading import check
from planner.scenario.headings import missing
from planner.scenario.raw import RawRow, RawScenario, RawTable

OFFERS = SHEETS["offers"]


def problems(path: Path) -> list[str]:
    raw = read_workbook(path)
    return [str(problem) for problem in raw.problems + missing(raw)]


def offers(path: Path, *rows: list[Any]) -> list[str]:
    """What is wrong with a workbook whose sheet of offers has these rows."""
    return problems(make(path / "a.xlsx", offers=list(rows)))


def cells(raw: RawScenario) -> dict[str, list[dict[str, Any]]]:
    return {name: [row.cells for row in table.data_rows()] for name, table in raw.tables.items()}


# --- cells ------------------------------------------------------------------------------------------


def test_cells_and_their_places(tmp_path: Path) -> None:
    raw = read_workbook(make(tmp_path / "a.xlsx"))
    assert (raw.name, raw.in_workbook, raw.problems, raw.warnings) == ("a", True, [], [])
    table = raw.tables["offers"]
    assert table.columns == {"offer": 0, "supplier": 1, "material": 2, "price_per_kg": 3, "max_kg_per_period": 4}
    row = table.rows[1]
    assert row.cells == {
        "offer": "O2",
        "supplier": "Baotou",
        "material": "NdFeB",
        "price_per_kg": 101.5,
        "max_kg_per_period": 60,
    }
    assert table.cell(row, "price_per_kg") == "offers!D3"


def test_sha256_is_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    first = read_workbook(make(path)).sha256
    assert first == read_workbook(path).sha256 != read_workbook(make(path, budgets=[["year", "max_spend"]])).sha256
    assert len(first) == 64


def test_kinds_of_cells(tmp_path: Path) -> None:
    values = [2024, 0.5, "  text ", True, dt.date(2026, 4, 1), dt.datetime(2026, 4, 1, 6, 30), " ", None, "a\r\nb"]
    names = ["offer", "price_per_kg", "supplier", "decision", "from", "until", "group", "currency", "note"]
    raw = read_workbook(make(tmp_path / "a.xlsx", offers=[names, values]))
    assert raw.tables["offers"].rows[0].cells == {
        "offer": 2024,
        "price_per_kg": 0.5,
        "supplier": "  text ",
        "decision": True,
        "from": dt.date(2026, 4, 1),
        "until": dt.datetime(2026, 4, 1, 6, 30),
        "note": "a\nb",
    }


def test_dates_of_a_workbook_that_counts_from_1904(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx", {"date_1904": True})
    sheet = book.add_worksheet("settings")
    sheet.write_row(0, 0, ["name", "value"])
    sheet.write(1, 0, "start")
    sheet.write_datetime(1, 1, dt.datetime(2026, 4, 1), book.add_format({"num_format": "mmm yy"}))
    book.close()
    rows = read_workbook(tmp_path / "a.xlsx").tables["settings"].rows
    assert rows[0].cells == {"name": "start", "value": dt.date(2026, 4, 1)}


def test_names_match_whatever_their_case_and_the_space_around_them(tmp_path: Path) -> None:
    book = {" Offers ": [[" OFFER", "Supplier ", "Material", "Price_per_kg", "MAX_KG_PER_PERIOD"], *OFFERS[1:]]}
    raw = read_workbook(make(tmp_path / "a.xlsx", **{"offers": None, **book}))
    table = raw.tables["offers"]
    assert (raw.problems, raw.warnings, list(table.columns)) == ([], [], OFFERS[0])
    assert table.cell(table.rows[0], "supplier") == " Offers !B2"


def test_comments_and_empty_rows(tmp_path: Path) -> None:
    rows = [["# Offers of May", None, 7], [], OFFERS[0], [None, " "], ["#O0", "old"], OFFERS[1], [], ["  # end"]]
    raw = read_workbook(make(tmp_path / "a.xlsx", offers=rows))
    table = raw.tables["offers"]
    assert (raw.problems, table.header_line) == ([], 3)
    assert [(row.line, row.comment) for row in table.rows] == [
        (1, ["# Offers of May", None, 7]),
        (5, ["#O0", "old"]),
        (6, None),
        (8, ["  # end"]),
    ]


def test_table_that_begins_in_another_column(tmp_path: Path) -> None:
    rows = [[], *([None, None, *row] for row in [*OFFERS, ["# note"]])]
    raw = read_workbook(make(tmp_path / "a.xlsx", offers=rows))
    table = raw.tables["offers"]
    assert (raw.problems, table.header_line, table.columns["offer"]) == ([], 2, 2)
    assert (table.cell(table.rows[0], "offer"), table.rows[2].comment) == ("offers!C3", [None, None, "# note"])


def test_formulas_with_their_stored_values(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet("stock")
    sheet.write_row(0, 0, ["material", "kg", "note"])
    sheet.write_formula(1, 0, '="Nd"&"FeB"', value="NdFeB")
    sheet.write_formula(1, 1, "=2*3", value=6)
    sheet.write_formula(1, 2, '=""', value="")
    book.close()
    # Excel says of an empty result that it is text.
    path = rezip(tmp_path / "a.xlsx", sheet1=lambda xml: xml.replace(b'r="C2"', b'r="C2" t="str"'))
    raw = read_workbook(path)
    assert (raw.problems, cells(raw)) == ([], {"stock": [{"material": "NdFeB", "kg": 6}]})


def test_periods_are_months_however_their_headings_are_written(tmp_path: Path) -> None:
    rows = [["segment", "2026-04", dt.date(2026, 7, 1), "2026-10-01", dt.datetime(2027, 1, 15)], ["bus", 1, 2, 3, 4]]
    raw = read_workbook(make(tmp_path / "a.xlsx", demand=rows))
    assert raw.problems == []
    assert list(raw.tables["demand"].columns) == ["segment", "2026-04", "2026-07", "2026-10", "2027-01"]
    assert raw.tables["demand"].rows[0].cells["2027-01"] == 4


def test_workbook_as_excel_writes_it(tmp_path: Path) -> None:
    path = make_shared(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as file:
        assert "xl/sharedStrings.xml" in file.namelist()
    assert cells(read_workbook(path)) == cells(read_workbook(make(tmp_path / "b.xlsx")))


def test_tags_with_a_prefix(tmp_path: Path) -> None:
    def prefix(xml: bytes) -> bytes:
        tags = xml.replace(b"</", b"</x:").replace(b"<", b"<x:").replace(b"<x:/x:", b"</x:").replace(b"<x:?", b"<?")
        return tags.replace(b"xmlns=", b"xmlns:x=")

    path = make(tmp_path / "a.xlsx", lambda book: book["offers"].__setitem__("D2", "=1+1"))
    assert problems(rezip(path, sheet7=prefix)) == [f"offers!D2: {NOT_CALCULATED}"]


# --- headings ---------------------------------------------------------------------------------------


def test_misspelt_heading(tmp_path: Path) -> None:
    head = [*OFFERS[0][:3], "price_kg", OFFERS[0][4]]
    assert offers(tmp_path, head, OFFERS[1]) == [
        "offers!D1: 'price_kg' is not a field of offers. Did you mean 'price_per_kg'?"
    ]


@pytest.mark.parametrize("heading", ["price", "Price", "PRICE per kg", "price_per_kg (INR)"])
def test_heading_that_shares_its_words_with_a_field(tmp_path: Path, heading: str) -> None:
    head = [*OFFERS[0][:3], heading, OFFERS[0][4]]
    assert offers(tmp_path, head, OFFERS[1]) == [
        f"offers!D1: '{heading}' is not a field of offers. Did you mean 'price_per_kg'?"
    ]


WAY_OUT = "Delete the column, or put its text into the column note (or on a sheet of your own)"


@pytest.mark.parametrize("heading", ["Buyer", "kg", "supplier code", "price_kg"])
def test_column_of_ones_own(tmp_path: Path, heading: str) -> None:
    """No field is suggested that another column is headed by, nor one of several as likely."""
    assert offers(tmp_path, [*OFFERS[0], heading], [*OFFERS[1], "Asha"]) == [
        f"offers!F1: '{heading}' is not a field of offers. {WAY_OUT}."
    ]


def test_heading_that_stands_twice(tmp_path: Path) -> None:
    assert offers(tmp_path, [*OFFERS[0], "Offer "], [*OFFERS[1], "O9"]) == [
        "offers!F1: The heading offer stands twice, in columns A and F. Delete or rename one of the two."
    ]


def test_values_without_a_heading(tmp_path: Path) -> None:
    assert offers(tmp_path, OFFERS[0], [*OFFERS[1], None, "as of May"], [*OFFERS[2], None, 7]) == [
        "offers!G2: 'as of May' stands in a column without a heading (and 1 more of the kind). "
        "Give the column a heading (note will do), or clear it."
    ]


def test_headings_in_the_wrong_row(tmp_path: Path) -> None:
    found = problems(make(tmp_path / "a.xlsx", offers=[["All offers, May 2026"], [], *OFFERS]))
    assert found == [
        "offers!A3: The headings of offers stand in row 3, but row 1 above them holds 'All offers, May 2026'. "
        "Delete what stands above the headings, or begin each row there with #."
    ]


def test_sheet_without_headings(tmp_path: Path) -> None:
    assert offers(tmp_path, *OFFERS[1:]) == [
        "offers!A1: Row 1 must hold the headings of offers, but none of them is in it. Put a row with the headings "
        "above the first entry; these at least: offer, supplier, material, price_per_kg, max_kg_per_period."
    ]


def test_missing_column(tmp_path: Path) -> None:
    assert offers(tmp_path, OFFERS[0][:4], OFFERS[1][:4]) == [
        "offers!A1: The column max_kg_per_period is missing. "
        "Add a column with the heading max_kg_per_period: largest order in a period (kg/period)."
    ]


def test_heading_beyond_the_last_column_that_is_read(tmp_path: Path) -> None:
    assert offers(tmp_path, [*OFFERS[0], *[None] * 697, "note"], OFFERS[1]) == [
        "offers!AAA1: The heading note stands beyond column ZZ, the last that is read. Move the column to the left."
    ]


def test_heading_that_is_neither_field_nor_month(tmp_path: Path) -> None:
    rows = [["segmnt", "2026-04", "Jul-26", "October 2026", 202701, "Comment"], ["bus", 1, 2, 3, 4, "x"]]
    assert problems(make(tmp_path / "a.xlsx", demand=rows)) == [
        "demand!A1: 'segmnt' is neither a field of demand nor a month. Did you mean 'segment'?",
        "demand!C1: 'Jul-26' is neither a field of demand nor a month. Type 2026-07.",
        "demand!D1: 'October 2026' is neither a field of demand nor a month. Type 2026-10.",
        "demand!E1: 202701 is neither a field of demand nor a month. "
        "Type the month as text, such as 2026-04, or enter a date.",
        f"demand!F1: 'Comment' is neither a field of demand nor a month. {WAY_OUT}; a month is typed as 2026-04.",
    ]


def test_month_that_stands_twice(tmp_path: Path) -> None:
    rows = [["segment", "2026-04", dt.date(2026, 4, 1)], ["bus", 1, 2]]
    assert problems(make(tmp_path / "a.xlsx", demand=rows)) == [
        "demand!C1: The heading 2026-04 stands twice, in columns B and C. Delete or rename one of the two."
    ]


def test_no_period(tmp_path: Path) -> None:
    assert problems(make(tmp_path / "a.xlsx", demand=[["segment"], ["bus"]])) == [
        "demand!A1: There is no column for any period. "
        "Add a column for each, headed by its first month, such as 2026-04."
    ]


# --- sheets -----------------------------------------------------------------------------------------


def test_sheets_that_are_no_tables(tmp_path: Path) -> None:
    raw = read_workbook(make(tmp_path / "a.xlsx", **{"Notes": [["x"]], "offers (old)": [["x"]]}))
    assert raw.problems == []
    assert [str(warning) for warning in raw.warnings] == [
        "The sheets 'Notes' and 'offers (old)' are no tables of a scenario and were left alone."
    ]


def test_one_sheet_that_is_no_table(tmp_path: Path) -> None:
    raw = read_workbook(make(tmp_path / "a.xlsx", Notes=[["x"]]))
    assert [str(w) for w in raw.warnings] == ["The sheet 'Notes' is no table of a scenario and was left alone."]


def test_misspelt_sheet(tmp_path: Path) -> None:
    raw_path = make(tmp_path / "a.xlsx", offers=None, ofers=OFFERS, licenses=[["licence"]])
    assert problems(raw_path) == [
        "ofers: The sheet 'ofers' is not a table of a scenario. "
        "Did you mean 'offers'? Rename it; or, if it is not part of the scenario, give it another name.",
        "licenses: The sheet 'licenses' is not a table of a scenario. "
        "Did you mean 'licences'? Rename it; or, if it is not part of the scenario, give it another name.",
    ]


def test_sheet_that_shares_its_words_with_a_missing_table(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx", **{"offers": None, "Offers 2026": OFFERS, "demand calculation": [["x"]]})
    assert problems(path) == [
        "Offers 2026: The sheet 'Offers 2026' is not a table of a scenario. "
        "Did you mean 'offers'? Rename it; or, if it is not part of the scenario, give it another name."
    ]
    assert [str(warning) for warning in read_workbook(path).warnings] == [
        "The sheet 'demand calculation' is no table of a scenario and was left alone."
    ]


def test_sheets_that_the_planner_has_made_are_passed_over(tmp_path: Path) -> None:
    raw = read_workbook(make(tmp_path / "a.xlsx", **{"how to": [["x"]], "problems": [["x"]], "Problems 2": [["x"]]}))
    assert (raw.problems, raw.warnings) == ([], [])


def test_missing_tables(tmp_path: Path) -> None:
    assert problems(make(tmp_path / "a.xlsx", demand=None, designs=None)) == [
        "The table demand is missing. Add a sheet named demand with the headings segment and a column a period: "
        "units asked for: one column a period, each named by the period's first month.",
        "The table designs is missing. Add a sheet named designs with the headings design, segment: "
        "ways to build a segment's product: which magnets, how many, at what loss of efficiency.",
    ]


def test_name_of_a_row_on_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    found, _ = check(make(tmp_path / "a.xlsx", licences=[["licence", "undertaking"], ["EUC", "civil use"]]))
    assert [str(problem) for problem in found] == [
        "licences!B2: undertaking of licence EUC: 'civil use' is not in undertakings. "
        "There is no sheet undertakings: add it, with the heading undertaking and a row for 'civil use'."
    ]


def test_two_sheets_that_are_one_table(tmp_path: Path) -> None:
    assert problems(make(tmp_path / "a.xlsx", **{"offers ": OFFERS})) == [
        "offers : The sheets 'offers' and 'offers ' are both the table offers. Delete or rename one of them."
    ]


def test_hidden_sheets(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["offers"].sheet_state = "hidden"
        book["demand"].sheet_state = "veryHidden"
        book["Notes"].sheet_state = "hidden"

    path = make(tmp_path / "a.xlsx", hide, Notes=[["x"]])
    assert problems(path) == [
        "demand: The sheet demand is hidden: the plan would rest on figures that nobody sees. "
        "Make it visible (Alt+F11, choose the sheet, set Visible to -1), or delete it there.",
        "offers: The sheet offers is hidden: the plan would rest on figures that nobody sees. "
        "Unhide it (right-click on any sheet's tab, Unhide), or delete it.",
    ]
    assert len(read_workbook(path).warnings) == 1


def test_hidden_rows_and_columns_are_read(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["offers"].row_dimensions[2].hidden = True
        book["offers"].column_dimensions["D"].hidden = True

    raw = read_workbook(make(tmp_path / "a.xlsx", hide))
    assert raw.tables["offers"].rows[0].cells["price_per_kg"] == 100


def test_chart_with_the_name_of_a_table(tmp_path: Path) -> None:
    def add(book: Any) -> None:
        sheet: Chartsheet = book.create_chartsheet("limits")
        sheet.add_chart(openpyxl.chart.BarChart())

    assert problems(make(tmp_path / "a.xlsx", add)) == [
        "limits: The sheet limits holds no cells: it is a chart or the like. Rename it, and add the table."
    ]


def test_workbook_of_something_else(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError) as caught:
        read_workbook(tmp_path / "a.xlsx")
    assert str(caught.value) == (
        "'a.xlsx' has no sheet that is a table of a scenario, such as settings or offers. "
        "`planner template NEW.xlsx` writes a workbook to fill in."
    )


# --- cells that cannot be taken ---------------------------------------------------------------------

CALCULATE = "Open the workbook in Excel, let it calculate, and save it; or type the value itself."
NOT_CALCULATED = f"The formula here has no value in the file. {CALCULATE}"


def test_formulas_without_a_stored_value(tmp_path: Path) -> None:
    rows = [OFFERS[0], ["O1", "Baotou", "NdFeB", "=1+1", "=2*25"], ["=A2", *OFFERS[2][1:]], ["# no =", "=1"], []]
    assert offers(tmp_path, *rows, [None, None, None, "=D2"]) == [
        f"offers!{cell}: {NOT_CALCULATED}" for cell in ("D2", "E2", "A3", "D6")
    ]


def test_formula_in_a_heading(tmp_path: Path) -> None:
    assert offers(tmp_path, [*OFFERS[0], '="no"&"te"'], OFFERS[1]) == [f"offers!F1: {NOT_CALCULATED}"]


def test_formula_without_value_in_a_sheet_that_does_not_number_its_cells(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx", lambda book: book["offers"].__setitem__("D2", "=1+1"))
    found = problems(rezip(path, sheet7=lambda xml: xml.replace(b' r="D2"', b"")))
    assert found == [f"offers: A formula in the sheet has failed, or has no value in the file. {CALCULATE}"]


def test_cells_with_errors(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet("stock")
    sheet.write_row(0, 0, ["material", "undertaking", "kg", "note"])
    sheet.write_formula(1, 0, "=VLOOKUP(1,A9,1)", value="#N/A")
    sheet.write_row(1, 2, [5])
    sheet.write_row(2, 0, ["NdFeB", "#REF!"])
    sheet.write_formula(2, 2, "=1/0", value="#DIV/0!")
    book.close()
    mend = "the formula has failed. Mend the formula, or type the value itself."
    assert [str(problem) for problem in read_workbook(tmp_path / "a.xlsx").problems] == [
        f"stock!A2: #N/A stands here: {mend}",
        f"stock!B3: #REF! stands here: {mend}",
        f"stock!C3: #DIV/0! stands here: {mend}",
    ]


def test_merged_cells(tmp_path: Path) -> None:
    rows = [["# all of it", "is old"], *OFFERS, ["# more"]]

    def merge(book: Any) -> None:
        for area in ("A1:E1", "B3:B4", "A5:C5", "G3:H9"):
            book["offers"].merge_cells(area)

    assert problems(make(tmp_path / "a.xlsx", merge, offers=rows)) == [
        "offers!B3:B4: The cells B3 to B4 are merged, so that only the first of them has a value. "
        "Unmerge them (Home, Merge & Center) and fill in each cell."
    ]


def test_problems_carry_their_place_as_a_record(tmp_path: Path) -> None:
    rows = [[*OFFERS[0], "colour"], [*OFFERS[1], "red"]]
    problem = read_workbook(make(tmp_path / "a.xlsx", offers=rows)).problems[0]
    assert (problem.kind, problem.table, problem.field, problem.cell) == (
        "unknown_field",
        "offers",
        "colour",
        "offers!F1",
    )


# --- writing ----------------------------------------------------------------------------------------


def table(name: str, *rows: RawRow, header_line: int = 1) -> RawTable:
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    return RawTable(name, name, {column: i for i, column in enumerate(columns)}, list(rows), header_line)


def scenario(*given: RawTable) -> RawScenario:
    return RawScenario("a", "a", True, "", {table.name: table for table in given})


def written(path: Path, *given: RawTable) -> Any:
    write_workbook(scenario(*given), path / "a.xlsx")
    return openpyxl.load_workbook(path / "a.xlsx")


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "https://x.org", "{=1}", "_x0041_", "#a", "8505.11", "007"]
)
def test_text_is_written_as_text(tmp_path: Path, text: str) -> None:
    cell = written(tmp_path, table("stock", RawRow(2, {"kg": 1, "note": text})))["stock"]["B2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 24784.217405523912, 1e-300, 1.2345678901234568e17, -0.0, 5.0]
    rows = [RawRow(2 + i, {"kg": number}) for i, number in enumerate(numbers)]
    write_workbook(scenario(table("stock", *rows)), tmp_path / "a.xlsx")
    assert [row["kg"] for row in cells(read_workbook(tmp_path / "a.xlsx"))["stock"]] == numbers


def test_cells_take_the_form_of_their_field(tmp_path: Path) -> None:
    offer = {
        "offer": 2024,
        "price_per_kg": " 1200.50 ",
        "lead_periods": "2",
        "from": dt.date(2026, 4, 1),
        "until": "2026-10",
        "duty_rate": "7.5%",
        "decision": True,
        "freight_per_kg": float("nan"),
        "note": dt.date(2026, 4, 1),
        "currency": 8505.11,
    }
    settings = [{"name": "start", "value": dt.date(2026, 4, 1)}, {"name": "title", "value": "2024"}]
    settings += [{"name": "periods", "value": "4"}, {"name": "nonsense", "value": "007"}]
    book = written(
        tmp_path,
        table("offers", RawRow(2, offer)),
        table("settings", *(RawRow(2, row) for row in settings)),
        table("demand", RawRow(2, {"segment": "bus", "2026-04": "12.5"})),
        table("strategies", *(RawRow(2, {"value": value}) for value in ("5", "0850", "free", 8505.1))),
    )
    expected = ["2024", 1200.5, 2, "2026-04", "2026-10", "7.5%", True, "nan", "2026-04-01", "8505.11"]
    assert [cell.value for cell in book["offers"][2]] == expected
    assert [row[1].value for row in book["settings"].iter_rows(min_row=2)] == ["2026-04", "2024", 4, "007"]
    assert book["demand"]["B2"].value == 12.5
    assert [row[0].value for row in book["strategies"].iter_rows(min_row=2)] == [5, "0850", "free", 8505.1]


def test_sheets_stand_in_the_order_of_thought_and_comments_in_their_places(tmp_path: Path) -> None:
    rows = [RawRow(1, {}, comment=["# of May", None, 7]), RawRow(3, {"kg": 1}), RawRow(4, {}, comment=["# end"])]
    book = written(tmp_path, table("limits"), table("stock", *rows, header_line=2), table("settings"))
    assert book.sheetnames == ["settings", "stock", "limits"]
    assert [[cell.value for cell in row] for row in book["stock"].iter_rows()] == [
        ["# of May", None, 7],
        ["kg", None, None],
        [1, None, None],
        ["# end", None, None],
    ]


def test_headings_explain_themselves(tmp_path: Path) -> None:
    sheet = written(tmp_path, table("offers", RawRow(2, {"offer": "O1", "min_order_kg": 1234567, "from": "2026-04"})))[
        "offers"
    ]
    assert (sheet["A1"].font.b, sheet.freeze_panes, sheet.column_dimensions["B"].width > 10) == (True, "B2", True)
    assert sheet["A1"].comment.text == "A price at which a supplier sells a material\nRequired"
    assert sheet["B1"].comment.text == "An order is nothing or at least this (MOQ)\nUnit: kg\nIf blank: 0"
    assert (sheet["A2"].number_format, sheet["B2"].number_format, sheet["C2"].number_format) == ("@", "#,##0", "@")


def test_same_scenario_gives_the_same_file(tmp_path: Path) -> None:
    raw = read_workbook(make(tmp_path / "a.xlsx"))
    write_workbook(raw, tmp_path / "b.xlsx")
    write_workbook(raw, tmp_path / "c.xlsx")
    assert (tmp_path / "b.xlsx").read_bytes() == (tmp_path / "c.xlsx").read_bytes()


def test_table_with_more_rows_than_a_sheet_holds(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_workbook(scenario(table("stock", *[RawRow(2, {"kg": 1})] * 1_048_576)), tmp_path / "a.xlsx")
    assert str(caught.value) == ("The table stock has more rows than a sheet of Excel can hold. Nothing was written.")
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_workbook(scenario(table("stock")), tmp_path / "b" / "a.xlsx")
    assert str(caught.value) == f"The folder '{tmp_path / 'b'}' does not exist. Make it first, or name another."

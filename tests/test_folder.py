"""Scenario folders read and written, and the way from workbook to folder and back."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from users import as_nobody
from workbooks import make, write_csvs

from planner.errors import InputError, OutputError
from planner.excel.workbook import read_workbook, write_workbook
from planner.scenario import folder as folder_module
from planner.scenario.cells import NUMBER_KINDS, csv_value
from planner.scenario.columns import column_fields, column_kind
from planner.scenario.folder import read_folder, write_folder
from planner.scenario.headings import missing
from planner.scenario.keys import parsed
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.tables import tables

OFFERS = "offer,supplier,material,price_per_kg,max_kg_per_period\n"
SAVE = "In Excel save it as 'CSV UTF-8 (Comma delimited)'."


def problems(folder: Path) -> list[str]:
    raw = read_folder(folder)
    return [str(problem) for problem in raw.problems + missing(raw)]


def offers(folder: Path, text: str | bytes) -> list[str]:
    """What is wrong with a folder whose file of offers has this content."""
    return problems(write_csvs(folder, offers=text))


# --- reading ----------------------------------------------------------------------------------------


def test_cells_and_their_places(tmp_path: Path) -> None:
    raw = read_folder(write_csvs(tmp_path / "small"))
    assert (raw.name, raw.in_workbook, raw.problems, raw.warnings) == ("small", False, [], [])
    assert list(raw.tables) == [name for name in tables() if name in raw.tables]
    table = raw.tables["offers"]
    assert table.rows[1].cells == {
        "offer": "O2",
        "supplier": "Baotou",
        "material": "NdFeB",
        "price_per_kg": "101.5",
        "max_kg_per_period": "60",
    }
    assert table.cell(table.rows[1], "price_per_kg") == "offers.csv line 3, price_per_kg"


def test_quotes_commas_lines_and_marks(tmp_path: Path) -> None:
    text = '\ufeff"Material",undertaking,kg,note\r\n\r\n# old,1\r\n" ""N"", ₹ ",,5,"one\r\ntwo"\r\n,,,\r\nX,,6,=1\r\n'
    table = read_folder(write_csvs(tmp_path / "a", stock=text)).tables["stock"]
    assert [(row.line, row.cells, row.comment) for row in table.rows] == [
        (3, {}, ["# old", "1"]),
        (4, {"material": ' "N", ₹ ', "kg": "5", "note": "one\ntwo"}, None),
        (7, {"material": "X", "kg": "6", "note": "=1"}, None),
    ]


def test_name_of_the_folder_one_stands_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_csvs(tmp_path / "small"))
    assert read_folder(Path()).name == "small"


def test_sha256_is_of_names_and_contents_of_tables(tmp_path: Path) -> None:
    first = read_folder(write_csvs(tmp_path / "a")).sha256
    assert first == read_folder(write_csvs(tmp_path / "b", {"README.md": "x"})).sha256
    assert first != read_folder(write_csvs(tmp_path / "c", offers=OFFERS)).sha256


def test_links_and_names_in_capitals_are_read(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("material,kg\nNdFeB,5\n")
    folder = write_csvs(tmp_path / "a", {"LIMITS.CSV": "limit,scope,target\n"})
    (folder / "stock.csv").symlink_to(tmp_path / "real")
    raw = read_folder(folder)
    assert (raw.problems, len(raw.tables["stock"].rows), raw.tables["limits"].place) == ([], 1, "LIMITS.CSV")


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    others = dict.fromkeys(("README.md", ".gitignore", "~$offers.csv", "plot.png", "more.csv"), "x")
    folder = write_csvs(tmp_path / "a", others)
    (folder / "old").mkdir()
    raw = read_folder(folder)
    assert raw.problems == []
    assert [str(warning) for warning in raw.warnings] == [
        "The files 'more.csv' and 'plot.png' are no tables of a scenario and were left alone."
    ]


def test_misspelt_file(tmp_path: Path) -> None:
    assert problems(write_csvs(tmp_path / "a", offers=None, ofers=OFFERS)) == [
        "ofers.csv: The file 'ofers.csv' is not a table of a scenario. "
        "Did you mean 'offers'? Rename it; or, if it is not part of the scenario, give it another name."
    ]


def test_two_files_that_are_one_table(tmp_path: Path) -> None:
    assert problems(write_csvs(tmp_path / "a", Offers=OFFERS)) == [
        "offers.csv: The files 'Offers.csv' and 'offers.csv' are both the table offers. Delete or rename one of them."
    ]


def test_missing_settings(tmp_path: Path) -> None:
    assert problems(write_csvs(tmp_path / "a", settings=None)) == [
        "The table settings is missing. "
        "Add a file named settings.csv with the headings name, value: what is asked: one row a setting, "
        "its name and its value."
    ]


# --- lines and headings -----------------------------------------------------------------------------


def test_misspelt_heading(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS.replace("price_per_kg", "price_kg")) == [
        "offers.csv line 1: 'price_kg' is not a field of offers. Did you mean 'price_per_kg'?"
    ]


def test_heading_that_stands_twice(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS.replace("\n", ",offer\n")) == [
        "offers.csv line 1: The heading offer stands twice, in columns 1 and 6. Delete or rename one of the two."
    ]


def test_headings_in_the_wrong_line(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", "Offers of May\n" + OFFERS) == [
        "offers.csv line 2: The headings of offers stand in line 2, but line 1 above them holds 'Offers of May'. "
        "Delete what stands above the headings, or begin each line there with #."
    ]


def test_file_without_headings(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", "O1,Baotou,NdFeB,100,50\n") == [
        "offers.csv line 1: Line 1 must hold the headings of offers, but none of them is in it. Put a line with the "
        "headings above the first entry; these at least: offer, supplier, material, price_per_kg, max_kg_per_period."
    ]


def test_empty_file(tmp_path: Path) -> None:
    found = offers(tmp_path / "a", "")
    assert len(found) == 5
    assert found[0] == (
        "offers.csv line 1: The column offer is missing. "
        "Add a column with the heading offer: a price at which a supplier sells a material."
    )


def test_more_cells_than_headings(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + "O1,Baotou,NdFeB,1,200,50\n") == [
        "offers.csv line 2: The line has more cells than there are headings: '50' has none. "
        "Put text that holds a comma between double quotes, or give the column a heading."
    ]


def test_cell_with_an_error_of_excel(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + "#N/A,Baotou,NdFeB,1,50\n") == [
        "offers.csv line 2: #N/A stands here: the formula has failed. Mend the formula, or type the value itself."
    ]


@pytest.mark.parametrize(("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_cells_separated_by_something_else(tmp_path: Path, separator: str, name: str) -> None:
    text = (OFFERS + "O1,Baotou,NdFeB,100,50\n").replace(",", separator)
    assert offers(tmp_path / "a", text) == [
        f"offers.csv line 1: The cells are separated by {name}, not by commas. {SAVE} "
        f"Should that write {name} too, set the list separator of the system to a comma first."
    ]


def test_separator_named_as_excel_does(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", "sep=;\n" + OFFERS.replace(",", ";")) == [
        f"offers.csv line 1: The cells are separated by semicolons, not by commas. {SAVE} "
        "Should that write semicolons too, set the list separator of the system to a comma first."
    ]


# --- files that cannot be read ----------------------------------------------------------------------


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", (OFFERS + "O1,Kölner,NdFeB,1,50\n").encode("cp1252")) == [
        "offers.csv line 2: The line holds a character that is not UTF-8, so that nobody can know which one is "
        f"meant. {SAVE}"
    ]


def test_text_in_utf16(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS.encode("utf-16")) == [
        f"offers.csv: The file is Unicode text, but not UTF-8. {SAVE}"
    ]


def test_null_bytes(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + "O1,Bao\x00tou,NdFeB,1,50\n") == [
        f"offers.csv line 2: A character stands here that no text has (a null byte). {SAVE}"
    ]


def test_workbook_with_the_name_of_a_csv(tmp_path: Path) -> None:
    content = make(tmp_path / "a.xlsx").read_bytes()
    assert offers(tmp_path / "a", content) == [f"offers.csv: This is a workbook with the name of a CSV file. {SAVE}"]


def test_quote_that_is_not_closed(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + 'O1,"Baotou,NdFeB,1,50\nO2,Baotou,NdFeB,1,50\n') == [
        "offers.csv line 2: A double quote opens a text here that does not end. "
        "Put a double quote at the end of the cell's text, or delete the first one."
    ]


def test_quote_that_swallows_a_large_file(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + 'O1,"Baotou' + ",NdFeB,1,50\n" * 20_000) == [
        "offers.csv line 2: A double quote opens a text here that does not end. "
        "Put a double quote at the end of the cell's text, or delete the first one."
    ]


def test_quote_within_a_text(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + 'O1,"Bao"tou,NdFeB,1,50\n') == [
        "offers.csv line 2: A double quote stands within the text of a cell. "
        'Write it twice (""), and the whole cell between double quotes.'
    ]


def test_cell_that_is_too_long(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + f"O1,{'x' * 40_000},NdFeB,1,50\n") == [
        "offers.csv line 2: A cell here has 40,000 characters; the most that a cell can hold are 32,767. "
        "Shorten it, or see whether a double quote is missing in it."
    ]


def test_line_that_is_too_long(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + "," * 2_000_000) == [
        f"offers.csv line 2: The line is far too long for a row of a table. {SAVE}"
    ]


def test_more_lines_than_a_sheet_has(tmp_path: Path) -> None:
    assert offers(tmp_path / "a", OFFERS + "\n" * 1_048_577) == [
        "offers.csv line 1048577: The file has more than 1,048,576 lines, the most that a sheet can have. "
        "Delete the lines that do not belong to the table."
    ]


def test_more_columns_than_are_read(tmp_path: Path) -> None:
    text = OFFERS.replace("\n", "," * 698 + "note\n") + "O1,Baotou,NdFeB,1,50\n"
    assert offers(tmp_path / "a", text) == [
        "offers.csv line 1: The heading note stands beyond column 702, the last that is read. "
        "Move the column to the left."
    ]


def test_files_that_are_too_large(tmp_path: Path) -> None:
    folder = write_csvs(tmp_path / "a")
    with (folder / "offers.csv").open("ab") as file:
        file.truncate(100 * 2**20)
    assert problems(folder) == [
        "offers.csv: The scenario's files hold more than 50 MB, the most that is read. "
        "Delete the rows that do not belong to the scenario."
    ]


def test_limit_is_for_all_files_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LARGEST_FOLDER", 5 * 2**20)
    note = "# " + "x" * 30_000 + "\n"
    folder = write_csvs(tmp_path / "a", offers=OFFERS + note * 90, stock="material,kg\n" + note * 90)
    assert [problem.cell for problem in read_folder(folder).problems] == ["offers.csv"]


def test_file_without_rights() -> None:
    with as_nobody() as (folder, as_owner):
        as_owner(lambda: (write_csvs(folder / "a"), (folder / "a" / "offers.csv").chmod(0)))
        assert problems(folder / "a") == [
            "offers.csv: You have no right to read this file, or another program holds it. "
            "Close it there, or copy it to a folder of your own."
        ]


@pytest.mark.parametrize("make_it", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("nowhere")])
def test_something_else_with_the_name_of_a_table(tmp_path: Path, make_it: Any) -> None:
    folder = write_csvs(tmp_path / "a", offers=None)
    make_it(folder / "offers.csv")
    assert problems(folder) == ["offers.csv: This is not a file that can be read. Put the table's file there."]


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_folder(path)
    assert len(caught.value.problems) == 1
    return str(caught.value)


def test_folder_without_rights() -> None:
    with as_nobody() as (folder, as_owner):
        as_owner(lambda: (folder / "a").mkdir(mode=0))
        assert refusal(folder / "a") == ("You have no right to read the folder 'a'. Copy it to a folder of your own.")


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a") == f"There is no folder '{tmp_path / 'a'}'. Check its name and place."


@pytest.mark.parametrize("others", [{}, {"photo.png": "x"}])
def test_folder_of_something_else(tmp_path: Path, others: dict[str, str]) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    for name, content in others.items():
        (folder / name).write_text(content)
    assert refusal(folder) == (
        "The folder 'a' has no file that is a table of a scenario, such as settings.csv. "
        "Name a folder that `planner import` has written."
    )


# --- writing ----------------------------------------------------------------------------------------


def test_files_that_are_written(tmp_path: Path) -> None:
    rows = [
        RawRow(1, {}, comment=["# all of it", None, dt.date(2026, 4, 1)]),
        RawRow(3, {"material": 2024, "kg": 0.1 + 0.2, "note": 'a "b", c\n=d'}),
        RawRow(4, {"material": True, "kg": 5.0, "note": dt.datetime(2026, 4, 1)}),
    ]
    stock = RawTable("stock", "Stock ", {"material": 0, "note": 2, "kg": 5}, rows, header_line=2)
    write_folder(RawScenario("a", "a", True, "", {"stock": stock}), tmp_path / "a")
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["stock.csv"]
    assert (tmp_path / "a" / "stock.csv").read_text() == (
        '# all of it,,2026-04-01\nmaterial,note,kg\n2024,"a ""b"", c\n=d",0.30000000000000004\nTRUE,2026-04-01,5\n'
    )


def test_cells_that_an_overlay_has_added_a_column_for(tmp_path: Path) -> None:
    stock = RawTable("stock", "stock", {"material": 0}, [RawRow(2, {"material": "X", "kg": 5})])
    write_folder(RawScenario("a", "a", True, "", {"stock": stock}), tmp_path / "a")
    assert (tmp_path / "a" / "stock.csv").read_text() == "material,kg\nX,5\n"


def test_scenario_folder_is_replaced_and_its_other_files_kept(tmp_path: Path) -> None:
    folder = write_csvs(tmp_path / "a", {"README.md": "mine", "Limits.csv": "limit\n"})
    (folder / "old").mkdir()
    (folder / "old" / "offers.csv").write_text("mine")
    (folder / "link").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    (folder / "README.md").chmod(0o444)
    raw = read_folder(folder)
    raw.tables = {name: raw.tables[name] for name in ("settings", "offers")}
    write_folder(raw, folder)
    assert sorted(entry.name for entry in folder.iterdir()) == [
        "README.md",
        "link",
        "offers.csv",
        "old",
        "settings.csv",
    ]
    assert (folder / "old" / "offers.csv").read_text() == "mine"


def test_folder_of_something_else_is_not_written_to(tmp_path: Path) -> None:
    raw = read_folder(write_csvs(tmp_path / "a"))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "offers.csv").write_text("mine")
    with pytest.raises(OutputError) as caught:
        write_folder(raw, tmp_path / "b")
    assert str(caught.value) == (
        f"The folder '{tmp_path / 'b'}' holds other files than a scenario's. Nothing was written. "
        "Name a new or empty folder."
    )
    assert (tmp_path / "b" / "offers.csv").read_text() == "mine"


# --- there and back ---------------------------------------------------------------------------------


def meaning(raw: RawScenario) -> dict[str, Any]:
    """What a scenario's cells mean, comments among them."""
    return {
        name: [_row_meaning(name, row) if row.comment is None else _comment_meaning(row) for row in table.rows]
        for name, table in raw.tables.items()
    }


def _comment_meaning(row: RawRow) -> list[str]:
    return [csv_value("any", value) for value in row.comment or [] if value is not None]


def _row_meaning(table: str, row: RawRow) -> dict[str, Any]:
    if table == "settings":
        name = str(row.cells["name"])
        return {
            name: parsed(table, name, row.cells.get("value")),
            "note": parsed("offers", "note", row.cells.get("note")),
        }
    return {name: _cell_meaning(table, name, value) for name, value in row.cells.items()}


def _cell_meaning(table: str, column: str, value: Any) -> Any:
    kind = column_kind(tables()[table], column)
    return csv_value(kind, value) if kind in (*NUMBER_KINDS, "any") else parsed(table, column, value)


def round_trips(raw: RawScenario, place: Path) -> list[RawScenario]:
    """A scenario written as workbook, folder, workbook and folder again, each read from the one before."""
    found = []
    for step in range(4):
        path = place / f"{step}{'.xlsx' if step % 2 == 0 else ''}"
        (write_folder if step % 2 else write_workbook)(raw, path)
        raw = read_folder(path) if step % 2 else read_workbook(path)
        found.append(raw)
    return found


def test_bundled_cases_there_and_back(tmp_path: Path) -> None:
    for number, path in enumerate(sorted((Path(__file__).parent / "cases").glob("tiny-10*.xlsx"))):
        (tmp_path / str(number)).mkdir()
        raw = read_workbook(path)
        for other in round_trips(raw, tmp_path / str(number)):
            assert meaning(other) == meaning(raw)
            assert [table.columns for table in other.tables.values()] == [t.columns for t in raw.tables.values()]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufffe\uffff"), max_size=12) | st.sampled_from(
    ["8505.11", "0850", "=1+1", "-", "+1", "@x", "a,b", 'say "x"', "one\ntwo", "1e5", "TRUE", "2026-04", "#N/A", "# x"]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**18), 10**18)
DATES = st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1))
CELLS = TEXTS | NUMBERS | DATES | st.booleans() | NUMBERS.map(str)


@st.composite
def raw_tables(draw: st.DrawFn) -> RawTable:
    name = draw(st.sampled_from([name for name in tables() if name != "settings"]))
    columns = list(column_fields(name)) + (["2026-04", "2026-07"] if tables()[name].period_columns else [])
    rows = draw(st.lists(st.dictionaries(st.sampled_from(columns), CELLS, min_size=1), max_size=4))
    table = RawTable(name, name, {column: i for i, column in enumerate(columns)}, [])
    table.rows = [RawRow(line, cells) for line, cells in enumerate(rows, 2)]
    comment = draw(st.none() | TEXTS)
    if comment is not None:
        table.rows.append(RawRow(len(rows) + 2, {}, comment=["#" + comment, 5, None, draw(CELLS)]))
    return table


@settings(max_examples=40, deadline=None)
@given(drawn=st.lists(raw_tables(), min_size=1, max_size=3, unique_by=lambda table: table.name))
def test_any_scenario_there_and_back(drawn: list[RawTable], tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("trip")
    # The first reading settles what is blank and what is a comment.
    write_workbook(RawScenario("a", "a", True, "", {table.name: table for table in drawn}), place / "first.xlsx")
    raw = read_workbook(place / "first.xlsx")
    for other in round_trips(raw, place):
        assert meaning(other) == meaning(raw)
        assert [str(p.message) for p in other.problems] == [str(p.message) for p in raw.problems]


def test_column_of_ones_own(tmp_path: Path) -> None:
    text = "offer,supplier,material,price_per_kg,max_kg_per_period,Buyer\nO1,Baotou,NdFeB,100,50,Asha\n"
    assert [str(problem) for problem in read_folder(write_csvs(tmp_path / "a", offers=text)).problems] == [
        "offers.csv line 1: 'Buyer' is not a field of offers. "
        "Delete the column, or put its text into the column note (or in a file of your own)."
    ]

"""The template is a workbook that helps while one types, and solves as it stands."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from planner.errors import OutputError
from planner.excel.dropdowns import ROWS
from planner.excel.sheets import meaning
from planner.excel.template import EXAMPLE, write_template
from planner.excel.workbook import write_workbook
from planner.futures.tree import grow
from planner.model.build import build
from planner.model.tiling import tile
from planner.reading import check, load
from planner.scenario.check_names import TARGETS
from planner.scenario.columns import column_fields
from planner.scenario.folder import read_folder
from planner.scenario.headings import HOW_TO_SHEET, LISTS_SHEET
from planner.scenario.tables import tables
from planner.solver.outcome import Options, Stop
from planner.solver.strategy import solve

KEPT = Path(__file__).parents[1] / "templates" / "scenario-template.xlsx"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    write_template(path)
    return path


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def _rule(book: Workbook, sheet: str, cell: str) -> DataValidation:
    rules = book[sheet].data_validations.dataValidation
    return next(rule for rule in rules if cell in rule)


def _cell(book: Workbook, table: str, column: str, line: int = 2) -> str:
    heading = next(cell for cell in book[table][1] if cell.value == column)
    return f"{heading.column_letter}{line}"


def test_the_kept_template_is_what_is_generated(path: Path) -> None:
    """To write it again, delete it first: planner template templates/scenario-template.xlsx"""
    assert KEPT.read_bytes() == path.read_bytes()


def test_a_sheet_a_table_in_the_order_of_thought_behind_the_first(book: Workbook) -> None:
    assert book.sheetnames == [HOW_TO_SHEET, *tables(), LISTS_SHEET]
    assert book[LISTS_SHEET].sheet_state == "hidden"
    assert book.active.title == HOW_TO_SHEET


def test_the_first_sheet_links_to_every_table_and_shows_which_are_required(book: Workbook) -> None:
    sheet = book[HOW_TO_SHEET]
    rows = {row[0].value: row for row in sheet.iter_rows(max_col=3) if row[0].hyperlink}
    assert {name: (row[0].hyperlink.location, row[1].value, row[2].value) for name, row in rows.items()} == {
        table.name: (f"'{table.name}'!A1", "required" if table.required else "optional", table.meaning)
        for table in tables().values()
    }
    required, optional = book["offers"].sheet_properties.tabColor, book["limits"].sheet_properties.tabColor
    assert (required.rgb, optional.rgb) == ("FF1F3864", "FF7F8FA9")


def test_it_says_what_to_type(book: Workbook) -> None:
    typed = [row[1].value for row in book[HOW_TO_SHEET].iter_rows() if str(row[1].value).startswith("planner ")]
    assert typed == [
        "planner serve",
        "planner check my.xlsx",
        "planner check my.xlsx --annotate marked.xlsx",
        "planner solve my.xlsx --report plan.xlsx",
        "planner solve my.xlsx --strategy no-china --report plan.xlsx",
    ]


def test_it_says_what_newcomers_ask(book: Workbook) -> None:
    """Where the command is, what becomes of columns of one's own, what a signature is, what strategies are for."""
    said = [cell.value for row in book[HOW_TO_SHEET].iter_rows() for cell in row if cell.value]
    for text in (
        "If planner is not found as a command: installed as the README says, it is .venv/bin/planner in its own folder "
        "(Windows: .venv\\Scripts\\planner).",
        "Columns of your own are not allowed on these sheets: delete them, or put their text into the column note (or "
        "on a sheet of your own).",
        "Named sets of changes to the scenario's cells, to solve with: planner solve my.xlsx --strategy NAME.",
    ):
        assert said.count(text) == 1
    assert book["offers"][_cell(book, "offers", "decision", 1)].comment.text == (
        "Must: signed; never: not signed; free: signed where it pays. An offer with a signing fee, a commitment, a "
        "group, a licence, or must or never here must be signed before anything is ordered under it; any other "
        "needs no signature and can be ordered under at once\nOne of: free, must, never\nIf blank: free"
    )


def test_headings_are_all_columns_with_meaning_unit_and_default(book: Workbook) -> None:
    for table in tables().values():
        headings = {cell.value: cell.comment.text for cell in book[table.name][1]}
        fields = list(column_fields(table.name))
        assert [name for name in headings if name in fields] == fields
        assert headings == {name: meaning(table, name) for name in headings}
    assert book["offers"]["D1"].comment.text == "Price before freight and duty\nUnit: offer currency/kg\nRequired"
    assert book["licences"]["D1"].comment.text == (
        "Share that is released: of an order on arrival (lost), or of all that waits in a period (waits); "
        "where no event says otherwise\nUnit: share\nIf blank: 1"
    )


def test_settings_show_their_meaning_at_their_names(book: Workbook) -> None:
    notes = {row[0].value: row[0].comment.text for row in book["settings"].iter_rows(min_row=2)}
    assert notes["period_months"] == "Length of a period: 1, 3, 6 or 12\nUnit: months\nIf blank: 3"
    rule = _rule(book, "settings", "B9")
    assert (book["settings"]["A9"].value, rule.type, float(rule.formula1), float(rule.formula2)) == (
        "risk_weight", "decimal", 0, 1,
    )  # fmt: skip


def test_every_reference_has_a_drop_down_of_the_other_sheets_names(book: Workbook) -> None:
    for table in tables().values():
        for field in table.fields.values():
            if field.ref and field.ref != "scope" and field.kind != "list":
                name = f"names_{field.ref.replace('.', '_')}"
                other, _, column = field.ref.partition(".")
                letter = _cell(book, other, column or tables()[other].key[0])[0]
                assert _rule(book, table.name, _cell(book, table.name, field.name)).formula1 == name
                assert book.defined_names[name].value.startswith(f"OFFSET({other}!${letter}$1,1,0,")


def test_a_name_typed_anew_is_in_the_drop_down(book: Workbook) -> None:
    """The list reaches from the heading to the last cell that is not blank, far below the example's rows."""
    cells = f"suppliers!$A$1:$A${4 + ROWS}"
    assert book.defined_names["names_suppliers"].value == (
        f'OFFSET(suppliers!$A$1,1,0,MAX(1,SUMPRODUCT(MAX(({cells}<>"")*ROW({cells})))-ROW(suppliers!$A$1)),1)'
    )


def test_targets_follow_the_scope_of_their_row(book: Workbook) -> None:
    rule = _rule(book, "limits", "C2")
    assert rule.formula1 == 'IF($B2="supplier",names_suppliers,names_suppliers_country)'
    assert set(tables()["limits"].fields["scope"].choices) <= set(TARGETS)


def test_every_choice_has_a_drop_down(book: Workbook) -> None:
    for table in tables().values():
        for field in table.fields.values():
            if field.choices:
                rule = _rule(book, table.name, _cell(book, table.name, field.name))
                assert rule.formula1 == f'"{",".join(field.choices)}"'
    assert _rule(book, "strategies", "B2").formula1 == "names_tables"
    assert [row[0].value for row in book[LISTS_SHEET].iter_rows()] == list(tables())
    assert _rule(book, "settings", "A2").formula1 == f'"{",".join(tables()["settings"].fields)}"'


def test_numbers_out_of_range_are_warned_of_and_not_refused(book: Workbook) -> None:
    rule = _rule(book, "licences", _cell(book, "licences", "clearance", 2 + ROWS))
    assert (rule.type, float(rule.formula1), float(rule.formula2), rule.errorStyle, rule.error) == (
        "decimal", 0, 1, "warning", "clearance is a number, 0 to 1.",
    )  # fmt: skip
    rules = [rule for sheet in book for rule in sheet.data_validations.dataValidation]
    assert {rule.errorStyle for rule in rules} == {"warning"}


def test_formats_frozen_headings_and_print(book: Workbook) -> None:
    offers = book["offers"]
    assert (offers["I5"].value, offers["I5"].number_format, offers["K5"].number_format) == ("2026-07", "@", "#,##0")
    assert (offers.freeze_panes, offers.page_setup.orientation, offers.page_setup.fitToHeight) == ("B2", "landscape", 0)
    wide, narrow = offers.page_setup, book["limits"].page_setup
    assert (wide.fitToWidth, offers.print_title_cols, offers.print_title_rows) == (3, "$A:$A", "$1:$1")
    assert (narrow.fitToWidth or 1, book["limits"].print_title_cols, narrow.paperSize) == (1, None, 9)
    colours = {cell.value: cell.fill.fgColor.rgb for cell in offers[1]}
    assert (colours["price_per_kg"], colours["duty_rate"]) == ("FF1F3864", "FF7F8FA9")


def test_it_holds_the_example(path: Path) -> None:
    example, template = load(EXAMPLE).scenario, load(path).scenario
    assert template.model_copy(update={"name": example.name}) == example


def test_it_has_no_problem_as_it_stands(path: Path) -> None:
    assert check(path) == ([], [])


@pytest.mark.parametrize("strategy", [None, "no-china", "no-substitutes"])
def test_it_solves_as_it_stands(path: Path, strategy: str | None) -> None:
    scenario = load(path, strategy).scenario
    outcome = solve(tile(build(scenario, grow(scenario))))
    assert (outcome.stop, outcome.gap <= Options().gap) == (Stop.OPTIMAL, True)


def test_an_exported_scenario_has_the_same_help(tmp_path: Path) -> None:
    write_workbook(read_folder(EXAMPLE), tmp_path / "mine.xlsx")
    book = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    assert _rule(book, "offers", _cell(book, "offers", "supplier")).formula1 == "names_suppliers"
    assert _rule(book, "offers", _cell(book, "offers", "decision")).formula1 == '"free,must,never"'
    assert book["offers"]["D1"].comment.text == meaning(tables()["offers"], "price_per_kg")


def test_its_strategies_change_it(path: Path) -> None:
    changes = load(path, "no-china").changes
    assert [(change.table, change.field, change.new) for change in changes] == [
        ("licences", "decision", "never"),
        ("offers", "decision", "never"),
    ]


def test_a_folder_in_its_place_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_template(tmp_path)
    assert str(caught.value) == f"'{tmp_path}' is a folder. Name a file, such as '{tmp_path / 'plan.xlsx'}'."

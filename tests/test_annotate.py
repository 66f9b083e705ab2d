"""Annotated workbooks: the cells in question are coloured and commented, all else is as it was."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml import etree
from openpyxl.cell import Cell as OpenpyxlCell
from openpyxl.comments import Comment
from python_calamine import CalamineWorkbook

from planner.errors import InputError, Problem
from planner.excel.annotate import annotate
from planner.excel.comments import AUTHOR, append
from planner.excel.elements import parsed, parsed_vml
from planner.excel.marks import COLOUR, INK, Styles, colour
from planner.excel.template import EXAMPLE
from planner.excel.workbook import write_workbook
from planner.reading import check
from planner.scenario.folder import read_folder

# openpyxl says what it would lose on saving: it only reads here.
pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported")

PRICE = Problem(
    kind="not_a_number",
    message="'₹ 1,200 <net> & more' is text where a number belongs.",
    fix="Type 1200, without separators or signs of currency.",
    table="offers",
    row="O2",
    field="price_per_kg",
    cell="offers!C3",
)
SUPPLIER = Problem(
    kind="unknown", message="There is no supplier 'Nimgbo'.", fix="Did you mean 'Ningbo'?", cell="offers!B3"
)
COMMENTED = Problem(kind="too_small", message="-1 is too small.", fix="It must be at least 0.", cell="offers!C2")
BLANK = Problem(kind="blank", message="The cell is blank.", fix="Type a name.", cell="offers!B9")
ODD_SHEET = Problem(kind="x", message="Wrong here.", fix="", cell="Bob's!odd & sheet!A1")
MISSING = Problem(kind="missing_table", message="There is no sheet 'segments'.", fix="Add it.", table="segments")


def _image() -> BytesIO:
    """A PNG of one red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\x00\xff\x00\x00")
    return BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


@pytest.fixture
def planners_own(tmp_path: Path) -> Path:
    """A workbook with much that a library may lose: formulas with values, chart, picture, text box, rules, names."""
    path = tmp_path / "mine.xlsx"
    book = xlsxwriter.Workbook(path)
    offers, working, odd = (book.add_worksheet(name) for name in ("offers", "working", "Bob's!odd & sheet"))
    money, bold = book.add_format({"num_format": "#,##0.00", "italic": True}), book.add_format({"bold": True})
    offers.write_row(0, 0, ["offer", "supplier", "price_per_kg", "freight_per_kg"], bold)
    offers.write_row(1, 0, ["O1", "Ningbo"])
    offers.write_formula(1, 2, "=working!B1*2", money, -1)
    offers.write_comment(1, 2, "asked for on Monday", {"author": "Asha"})
    offers.write_row(2, 0, ["O2", "Nimgbo", "₹ 1,200 <net> & more"])
    offers.set_column(2, 2, 31, money)
    offers.data_validation("D2:D99", {"validate": "list", "source": ["1", "2"], "input_message": "one\nor two"})
    offers.conditional_format("D2:D99", {"type": "data_bar", "data_bar_2010": True})
    offers.freeze_panes(1, 1)
    working.write_column(0, 0, ["a", "b", "c"])
    working.write_column(0, 1, [-0.5, 2, 3])
    working.merge_range("D1:E2", "merged", bold)
    working.insert_textbox("G20", "a text box")
    working.insert_image("G10", "pixel.png", {"image_data": _image()})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=working!$B$1:$B$3"})
    working.insert_chart("G1", chart)
    working.write_comment("A1", "on another sheet")
    working.activate()
    odd.hide()
    book.define_name("working!Here", "=working!$B$2")
    book.define_name("Everywhere", "=working!$B$3")
    book.close()
    return path


@pytest.fixture
def annotated(planners_own: Path, tmp_path: Path) -> Path:
    out = tmp_path / "marked.xlsx"
    annotate(planners_own, [PRICE, SUPPLIER, COMMENTED, BLANK, ODD_SHEET, MISSING], out)
    return out


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _note(cell: OpenpyxlCell) -> str | None:
    return cell.comment.text if cell.comment else None


def test_cells_are_coloured_and_commented(annotated: Path) -> None:
    offers = openpyxl.load_workbook(annotated)["offers"]
    notes = {cell.coordinate: cell.comment.text for row in offers.iter_rows() for cell in row if cell.comment}
    coloured = {cell.coordinate for row in offers.iter_rows() for cell in row if cell.fill.fgColor.rgb == COLOUR}
    assert notes == {
        "B3": "[planner] There is no supplier 'Nimgbo'. Did you mean 'Ningbo'?",
        "C3": (
            "[planner] '₹ 1,200 <net> & more' is text where a number belongs. "
            "Type 1200, without separators or signs of currency."
        ),
        "C2": "asked for on Monday\n\n[planner] -1 is too small. It must be at least 0.",
        "B9": "[planner] The cell is blank. Type a name.",
    }
    assert coloured == set(notes)
    assert offers["C3"].comment.author == AUTHOR
    assert offers["C2"].comment.author == "Asha"


def test_marked_cells_keep_their_formats_formulas_and_values(annotated: Path) -> None:
    offers = openpyxl.load_workbook(annotated)["offers"]
    assert (offers["C2"].value, offers["C2"].number_format, offers["C2"].font.italic) == (
        "=working!B1*2", "#,##0.00", True,
    )  # fmt: skip
    assert (offers["C3"].value, offers["C3"].number_format) == ("₹ 1,200 <net> & more", "#,##0.00")
    assert openpyxl.load_workbook(annotated, data_only=True)["offers"]["C2"].value == -1


def test_a_title_with_signs_in_it_is_found(annotated: Path) -> None:
    sheet = openpyxl.load_workbook(annotated)["Bob's!odd & sheet"]
    assert (_note(sheet["A1"]), sheet["A1"].fill.fgColor.rgb, sheet.sheet_state) == (
        "[planner] Wrong here.",
        COLOUR,
        "hidden",
    )


def test_every_part_that_is_not_marked_is_byte_for_byte_as_it_was(planners_own: Path, annotated: Path) -> None:
    before, after = _parts(planners_own), _parts(annotated)
    assert {name for name in before if before[name] != after[name]} == {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/comments1.xml",
        "xl/drawings/vmlDrawing1.vml",
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
        "xl/worksheets/sheet3.xml",
    }
    # Of the sheet that was open only that has changed: the list of problems is open now.
    selected = b'<sheetView tabSelected="1"'
    assert before["xl/worksheets/sheet2.xml"].replace(selected, b"<sheetView") == after["xl/worksheets/sheet2.xml"]


def test_a_marked_sheet_is_as_it_was_but_for_the_cells(planners_own: Path, annotated: Path) -> None:
    before = _parts(planners_own)["xl/worksheets/sheet1.xml"].decode()
    after = _parts(annotated)["xl/worksheets/sheet1.xml"].decode()
    cells = re.compile(r"<sheetData>.*</sheetData>", re.DOTALL)
    assert etree.canonicalize(cells.sub("", before)) == etree.canonicalize(cells.sub("", after))
    assert (
        CalamineWorkbook.from_path(planners_own).get_sheet_by_name("offers").to_python()[:3]
        == (CalamineWorkbook.from_path(annotated).get_sheet_by_name("offers").to_python()[:3])
    )


def test_names_of_single_sheets_stay_with_their_sheets(annotated: Path) -> None:
    book = openpyxl.load_workbook(annotated)
    assert book["working"].defined_names["Here"].value == "working!$B$2"
    assert book.defined_names["Everywhere"].value == "working!$B$3"


def test_all_problems_are_listed_in_front_with_links(annotated: Path) -> None:
    book = openpyxl.load_workbook(annotated)
    sheet = book["problems"]
    assert book.sheetnames == ["problems", "offers", "working", "Bob's!odd & sheet"]
    assert book.active.title == "problems"
    assert [[cell.value for cell in row] for row in sheet.iter_rows(max_col=3)] == [
        ["6 problems. Mend each cell, save, and check again. This sheet may be deleted.", None, None],
        [None, None, None],
        ["where", "what is wrong", "what would be right"],
        [PRICE.cell, PRICE.message, PRICE.fix],
        [SUPPLIER.cell, SUPPLIER.message, SUPPLIER.fix],
        [COMMENTED.cell, COMMENTED.message, COMMENTED.fix],
        [BLANK.cell, BLANK.message, BLANK.fix],
        [ODD_SHEET.cell, ODD_SHEET.message, None],
        [MISSING.table, MISSING.message, MISSING.fix],
    ]
    assert {row[0].coordinate: row[0].hyperlink.location for row in sheet.iter_rows(min_row=4) if row[0].hyperlink} == {
        "A4": "'offers'!C3",
        "A5": "'offers'!B3",
        "A6": "'offers'!C2",
        "A7": "'offers'!B9",
        "A8": "'Bob''s!odd & sheet'!A1",
    }


def test_the_readers_of_scenarios_take_an_annotated_workbook(planners_own: Path, annotated: Path) -> None:
    before, after = CalamineWorkbook.from_path(planners_own), CalamineWorkbook.from_path(annotated)
    assert after.sheet_names == ["problems", *before.sheet_names]
    assert after.get_sheet_by_name("problems").to_python()[2][:3] == ["where", "what is wrong", "what would be right"]
    assert after.get_sheet_by_name("working").to_python() == before.get_sheet_by_name("working").to_python()


def test_several_problems_of_a_cell_are_one_comment(planners_own: Path, tmp_path: Path) -> None:
    again = Problem(kind="y", message="And it is too long.", cell="offers!B3")
    annotate(planners_own, [SUPPLIER, again], tmp_path / "out.xlsx")
    offers = openpyxl.load_workbook(tmp_path / "out.xlsx")["offers"]
    assert _note(offers["B3"]) == (
        "[planner] There is no supplier 'Nimgbo'. Did you mean 'Ningbo'?\n[planner] And it is too long."
    )


def test_a_problem_of_several_cells_marks_them_all(planners_own: Path, tmp_path: Path) -> None:
    alike = Problem(kind="y", message="Blank.", cell="offers!B4", cells=("offers!B4", "offers!B5", "working!A1"))
    annotate(planners_own, [alike], tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    notes = [_note(cell) for cell in (book["offers"]["B4"], book["offers"]["B5"], book["working"]["A1"])]
    assert notes == ["[planner] Blank.", "[planner] Blank.", "on another sheet\n\n[planner] Blank."]


# --- annotated, saved, and annotated again --------------------------------------------------------------

Saver = Callable[[Path], None]


def _by_nobody(path: Path) -> None:
    """As it was written."""


def _by_openpyxl(path: Path) -> None:
    openpyxl.load_workbook(path).save(path)


def _by_libreoffice(path: Path) -> None:
    """Its styles, texts and comments are numbered and written again, as Excel's are."""
    profile = f"-env:UserInstallation={path.parent.as_uri()}/profile"
    out = path.parent / "saved"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx", "--outdir", str(out), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    (out / path.name).replace(path)


SAVERS = [
    _by_nobody,
    _by_openpyxl,
    pytest.param(
        _by_libreoffice,
        marks=pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice, which .ci/run installs"),
    ),
]


@pytest.mark.parametrize("save", SAVERS)
def test_marks_of_the_time_before_are_taken_off(tmp_path: Path, save: Saver) -> None:
    """A heading, a commented cell, a blank one and one that stays wrong: the first three are as they were."""
    mine, marked, again = (tmp_path / f"{name}.xlsx" for name in ("mine", "marked", "again"))
    write_workbook(read_folder(EXAMPLE), mine)
    book = openpyxl.load_workbook(mine)
    book["licences"]["D2"].comment = Comment("asked for\non Monday", "Asha")
    book["licences"]["D2"].number_format = "0.00"
    book["licences"]["A40"].number_format = "@"
    book.save(mine)
    before = _looks(mine)
    places = ("materials!D1", "licences!D2", "licences!A40", "offers!G2")
    annotate(mine, [Problem("x", f"Wrong at {place}.", "Mend it.", cell=place) for place in places], marked)
    save(marked)
    read = check(marked)
    stays = Problem("x", "Still wrong.", "Mend it.", cell="offers!G2")
    annotate(marked, [stays], again)
    assert read == check(mine)
    book = openpyxl.load_workbook(again)
    assert book.sheetnames == ["problems", *openpyxl.load_workbook(mine).sheetnames]
    assert [[cell.value for cell in row] for row in book["problems"].iter_rows(max_col=3)] == [
        ["1 problem. Mend each cell, save, and check again. This sheet may be deleted.", None, None],
        [None, None, None],
        ["where", "what is wrong", "what would be right"],
        ["offers!G2", "Still wrong.", "Mend it."],
    ]
    after = _looks(again)
    assert {place: after[place] for place in places[:3]} == {place: before[place] for place in places[:3]}
    assert after["offers!G2"] == (COLOUR, INK, before["offers!G2"][2], "[planner] Still wrong. Mend it.")


def _looks(path: Path) -> dict[str, tuple[object, ...]]:
    """Fill, colour of text, format and comment of some cells."""
    book = openpyxl.load_workbook(path)
    looks: dict[str, tuple[object, ...]] = {}
    for place in ("materials!D1", "licences!D2", "licences!A40", "offers!G2"):
        title, _, reference = place.partition("!")
        cell = book[title][reference]
        fill = cell.fill.fgColor.rgb if cell.fill.patternType else None
        ink = cell.font.color.rgb if cell.font.color and cell.font.color.type == "rgb" else None
        looks[place] = (fill, None if ink == "FF000000" else ink, cell.number_format, _note(cell))
    return looks


def test_cells_that_have_moved_and_answers_to_comments(annotated: Path, tmp_path: Path) -> None:
    """A row put in above moves the marks; what someone typed below a remark stays; the list may be gone."""
    book = openpyxl.load_workbook(annotated)
    del book["problems"]
    offers = book["offers"]
    offers["C3"].comment = Comment(f"{offers['C3'].comment.text}\nNo, it is per unit.", "Asha")
    offers.insert_rows(1)
    book.save(annotated)
    annotate(annotated, [], tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book["problems"]["A1"].value == "No problems. This sheet may be deleted."
    cells = [cell for row in book["offers"].iter_rows() for cell in row]
    assert {cell.coordinate: _note(cell) for cell in cells if cell.comment} == {
        "C3": "asked for on Monday",
        "C4": "No, it is per unit.",
    }
    assert {cell.fill.patternType for cell in cells} == {None}
    assert {cell.font.color.rgb for cell in cells if cell.font.color and cell.font.color.type == "rgb"} == set()


def test_a_sheet_of_the_planners_own_called_problems_stays(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "problems"
    book.active.append(["my own list"])
    book.save(tmp_path / "mine.xlsx")
    annotate(tmp_path / "mine.xlsx", [BLANK], tmp_path / "out.xlsx")
    annotate(tmp_path / "out.xlsx", [], tmp_path / "again.xlsx")
    book = openpyxl.load_workbook(tmp_path / "again.xlsx")
    assert (book.sheetnames, book["problems"]["A1"].value) == (["problems 2", "problems"], "my own list")


def test_the_list_stays_where_it_was_moved_to(annotated: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(annotated)
    book.move_sheet("problems", 2)
    book.save(annotated)
    annotate(annotated, [BLANK], tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == ["offers", "working", "problems", "Bob's!odd & sheet"]
    assert book.active.title == "problems"


def test_a_format_that_was_mended_stays(annotated: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(annotated)
    book["offers"]["C3"].number_format = "0.0"
    book.save(annotated)
    annotate(annotated, [], tmp_path / "out.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "out.xlsx")["offers"]["C3"]
    assert (cell.number_format, cell.fill.patternType) == ("0.0", None)


def test_problems_and_notes_are_counted_apart(planners_own: Path, tmp_path: Path) -> None:
    annotate(planners_own, [PRICE, BLANK], tmp_path / "out.xlsx", [SUPPLIER])
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    sheet = book["problems"]
    assert [sheet["A1"].value, sheet["A6"].value, sheet["B6"].value] == [
        "2 problems and 1 note. Mend each cell, save, and check again. This sheet may be deleted.",
        SUPPLIER.cell,
        "Note: There is no supplier 'Nimgbo'.",
    ]
    assert _note(book["offers"]["B3"]) == "[planner] Note: There is no supplier 'Nimgbo'. Did you mean 'Ningbo'?"


def test_what_is_written_in_a_marked_cell_can_be_read(planners_own: Path, tmp_path: Path) -> None:
    """White headings would not be seen on the light colour."""
    write_workbook(read_folder(EXAMPLE), planners_own)
    annotate(planners_own, [Problem("x", "Wrong.", cell="materials!D1")], tmp_path / "out.xlsx")
    heading = openpyxl.load_workbook(tmp_path / "out.xlsx")["materials"]["D1"]
    assert (heading.font.color.rgb, heading.font.bold, heading.fill.fgColor.rgb) == (INK, True, COLOUR)


# --- workbooks as others write them ---------------------------------------------------------------------


def test_workbooks_of_other_programs(tmp_path: Path) -> None:
    """openpyxl writes no comments, text in place and other prefixes than Excel."""
    book = openpyxl.Workbook()
    book.active.title = "offers"
    book.active.append(["offer", "supplier"])
    book.save(tmp_path / "theirs.xlsx")
    annotate(tmp_path / "theirs.xlsx", [BLANK, PRICE], tmp_path / "out.xlsx")
    offers = openpyxl.load_workbook(tmp_path / "out.xlsx")["offers"]
    assert [cell.value for cell in offers[1]] == ["offer", "supplier", None]
    assert (_note(offers["B9"]), offers["C3"].fill.fgColor.rgb) == ("[planner] The cell is blank. Type a name.", COLOUR)


def test_comments_of_plain_text_become_runs_and_prefixes_are_kept() -> None:
    xml = '<x:comments xmlns:x="u"><x:commentList><x:comment ref="A1" authorId="0"><x:text><x:t>old</x:t></x:text>'
    xml += "</x:comment></x:commentList></x:comments>"
    comments = parsed(xml.encode())
    append(comments[0][0], "new")
    assert etree.tostring(comments).decode() == (
        '<x:comments xmlns:x="u"><x:commentList><x:comment ref="A1" authorId="0"><x:text><x:r><x:t>old</x:t></x:r>'
        '<x:r><x:t xml:space="preserve">\n\nnew</x:t></x:r></x:text></x:comment></x:commentList></x:comments>'
    )


def test_breaks_that_excel_leaves_open_in_the_boxes_of_comments() -> None:
    spaces = b'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel"'
    box = b'<v:shape id="_x0000_s1"><v:textbox><div>a<br>b<br clear="all">c</div></v:textbox></v:shape>'
    root = parsed_vml(b"<xml " + spaces + b">" + box + b'<v:shape id="_x0000_s2"/></xml>')
    assert [shape.get("id") for shape in root] == ["_x0000_s1", "_x0000_s2"]
    assert "".join(root[0].itertext()) == "abc"


def test_nothing_outside_a_part_is_looked_up(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("what no workbook may hold")
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{(tmp_path / "secret").as_uri()}">]><a>&x;</a>'
    assert "".join(parsed(outside.encode()).itertext()) == "&x;"


def test_entities_that_grow_are_not_opened() -> None:
    lines = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    with pytest.raises(etree.XMLSyntaxError):
        parsed(f'<!DOCTYPE a [<!ENTITY l0 "lol">{lines}]><a>&l11;</a>'.encode())


def test_a_sheet_of_many_megabytes_is_marked(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "large.xlsx", {"constant_memory": True})
    sheet = book.add_worksheet("offers")
    for row in range(12_000):
        sheet.write_row(row, 0, ["x" * 20] * 20)
    book.close()
    assert zipfile.ZipFile(tmp_path / "large.xlsx").getinfo("xl/worksheets/sheet1.xml").file_size > 12 * 2**20
    annotate(tmp_path / "large.xlsx", [PRICE], tmp_path / "out.xlsx")
    assert openpyxl.load_workbook(tmp_path / "out.xlsx", read_only=True)["offers"]["C3"].fill.fgColor.rgb == COLOUR


def test_cells_without_references_rows_with_styles_and_empty_sheets() -> None:
    styles = Styles()
    red = styles.coloured(0)
    plain = '<worksheet><sheetData><row r="2" spans="1:2"><c><v>1</v></c><c t="s"/></row></sheetData></worksheet>'
    assert _coloured(plain, {(2, 2), (2, 4), (1, 1)}, styles) == (
        f'<worksheet><sheetData><row r="1"><c r="A1" s="{red}"/></row><row r="2"><c><v>1</v></c><c t="s" s="{red}"/>'
        f'<c r="D2" s="{red}"/></row></sheetData></worksheet>'
    )
    empty = '<x:worksheet xmlns:x="u"><x:sheetData/></x:worksheet>'
    assert _coloured(empty, {(1, 1)}, styles) == (
        f'<x:worksheet xmlns:x="u"><x:sheetData><x:row r="1"><x:c r="A1" s="{red}"/></x:row></x:sheetData></x:worksheet>'
    )


def _coloured(xml: str, cells: set[tuple[int, int]], styles: Styles) -> str:
    sheet = parsed(xml.encode())
    colour(sheet, cells, styles)
    return etree.tostring(sheet).decode()


def test_a_folder_becomes_a_workbook_with_its_cells_marked(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLE, tmp_path / "mine")
    lines = (folder / "offers.csv").read_text().splitlines()
    lines[1:1] = ["# the offers of spring", ""]
    (folder / "offers.csv").write_text("\n".join(lines).replace("Ningbo light,Ningbo Magnetics", "Ningbo light,Nimgbo"))
    problems, _ = check(folder)
    assert [problem.cell for problem in problems] == ["offers.csv line 5, supplier"]
    annotate(folder, problems, tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cell = next(cell for row in book["offers"].iter_rows() for cell in row if cell.value == "Nimgbo")
    assert _note(cell) == f"[planner] {problems[0].message} {problems[0].fix}"
    assert cell.fill.fgColor.rgb == COLOUR
    assert book["problems"]["A4"].hyperlink.location == f"'offers'!{cell.coordinate}"


def _refused(path: Path, out: Path) -> str:
    with pytest.raises(InputError) as caught:
        annotate(path, [PRICE], out)
    assert not out.exists()
    return str(caught.value)


def test_a_file_that_declares_its_prefix_on_each_sheet_of_the_list(tmp_path: Path) -> None:
    """As openpyxl writes it where lxml is installed: what is added must not use a prefix that others declare."""
    source, marked = Path(__file__).parent / "faults" / "saved-by-openpyxl-with-lxml.xlsx", tmp_path / "marked.xlsx"
    problems, notes = check(source)
    annotate(source, problems, marked, notes)
    assert [str(problem) for problem in check(marked)[0]] == [
        "offers!D3: price_per_kg of offer N1: '1,80' is text where a number belongs. "
        "Type 1.8, with a point before the decimals."
    ]
    assert openpyxl.load_workbook(marked).sheetnames[0] == "problems"


def test_a_file_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no zip")
    assert _refused(tmp_path / "text.xlsx", tmp_path / "out.xlsx") == (
        "'text.xlsx' is a text file (such as CSV), not an Excel workbook, whatever its name. "
        "Open it in Excel and save it as 'Excel Workbook (.xlsx)'."
    )


@pytest.mark.parametrize("part", ["xl/media/image1.png", "xl/workbook.xml"])
def test_a_damaged_part(planners_own: Path, tmp_path: Path, part: str) -> None:
    with zipfile.ZipFile(planners_own) as archive:
        info = archive.getinfo(part)
    content = bytearray(planners_own.read_bytes())
    content[info.header_offset + 30 + len(part) + info.compress_size // 2] ^= 0xFF
    planners_own.write_bytes(content)
    assert _refused(planners_own, tmp_path / "out.xlsx") == (
        "'mine.xlsx' is damaged: it is not a whole workbook. "
        "Copy or download it again; or open it in Excel, let it repair the file, and save it."
    )


def test_what_stood_at_the_output_stays_where_it_cannot_be_marked(planners_own: Path, tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no zip")
    before = planners_own.read_bytes()
    with pytest.raises(InputError):
        annotate(tmp_path / "text.xlsx", [PRICE], planners_own)
    assert planners_own.read_bytes() == before

"""Files that are no workbook, or a hostile one: each gives one clear text, in bounded time and memory."""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import sys
import zipfile
import zlib
from functools import partial
from pathlib import Path

import pytest
import xlsxwriter
from users import as_nobody
from workbooks import make, make_shared, rezip

from planner.errors import InputError, Problem
from planner.excel import xlsx_safety
from planner.excel.annotate import annotate
from planner.excel.workbook import read_workbook

SAVE = "Open it in Excel and save it as 'Excel Workbook (.xlsx)'."
CHOOSE = "Choose the workbook with the tables of the scenario."
DAMAGED = (
    "'a.xlsx' is damaged: it is not a whole workbook. "
    "Copy or download it again; or open it in Excel, let it repair the file, and save it."
)
FAR = (
    "This cell lies so far from the table that the sheet is too large to be read. "
    "Delete it, with all rows and columns beyond the table, and save."
)


def refusal(path: Path) -> str:
    """The one text that a file is refused with."""
    with pytest.raises(InputError) as caught:
        read_workbook(path)
    assert len(caught.value.problems) == 1
    assert caught.value.exit_code == 3
    return str(caught.value)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def zipped(path: Path, **parts: bytes) -> Path:
    """A zip of parts; two underscores stand for a slash, one for a dot."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


# --- not a file that can be read --------------------------------------------------------------------


def test_missing_file(tmp_path: Path) -> None:
    text = f"There is no file 'a.xlsx' in '{tmp_path}'. Check its name and folder."
    assert refusal(tmp_path / "a.xlsx") == text


def test_folder_instead_of_a_file(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"'{tmp_path.name}' is a folder, not a file. Name a file."


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.xlsx")
    assert refusal(tmp_path / "a.xlsx") == "'a.xlsx' is not a file that can be read. Name a file."


def test_device() -> None:
    assert refusal(Path("/dev/zero")) == "'zero' is not a file that can be read. Name a file."


def test_file_without_rights() -> None:
    with as_nobody() as (folder, as_owner):
        path = folder / "a.xlsx"
        as_owner(lambda: (path.write_bytes(b"x"), path.chmod(0)))
        assert refusal(path) == (
            "You have no right to read 'a.xlsx', or another program holds it. "
            "Close it there, or copy it to a folder of your own."
        )


def test_empty_file(tmp_path: Path) -> None:
    text = "'a.xlsx' is empty: it has no content at all. Take the file from where it was made."
    assert refusal(written(tmp_path / "a.xlsx", b"")) == text


def test_file_of_100_mb(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.truncate(100 * 2**20)
    assert refusal(tmp_path / "a.xlsx") == (
        "'a.xlsx' is larger than 50 MB, the most that is read. "
        "Remove pictures and sheets that do not belong to the scenario."
    )


# --- not a workbook ---------------------------------------------------------------------------------

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("data", "kind", "fix"),
    [
        (b"offer,supplier\nO1,Baotou\n", "a text file (such as CSV), not an Excel workbook", SAVE),
        (b"%PDF-1.7\n\x00\x01", "not an Excel workbook", CHOOSE),
        (OLE2 + "Workbook".encode("utf-16-le"), "an old Excel file (.xls)", SAVE),
        (OLE2 + "WordDocument".encode("utf-16-le"), "an old Office file, but not a workbook", CHOOSE),
    ],
    ids=["csv", "pdf", "xls", "doc"],
)
def test_other_file_with_the_name_of_a_workbook(tmp_path: Path, data: bytes, kind: str, fix: str) -> None:
    assert refusal(written(tmp_path / "a.xlsx", data)) == f"'a.xlsx' is {kind}, whatever its name. {fix}"


@pytest.mark.parametrize(
    ("part", "kind", "fix"),
    [
        ("word__document_xml", "a Word document", CHOOSE),
        ("ppt__presentation_xml", "a PowerPoint presentation", CHOOSE),
        ("content_xml", "an OpenDocument file (such as .ods)", SAVE),
        ("xl__workbook_bin", "a binary workbook (.xlsb)", SAVE),
    ],
)
def test_other_office_file_with_the_name_of_a_workbook(tmp_path: Path, part: str, kind: str, fix: str) -> None:
    path = zipped(tmp_path / "a.xlsx", **{part: b"<x/>"})
    assert refusal(path) == f"'a.xlsx' is {kind}, not an Excel workbook (.xlsx). {fix}"


def test_zip_that_is_no_workbook(tmp_path: Path) -> None:
    assert refusal(zipped(tmp_path / "a.xlsx", readme_txt=b"hello")) == DAMAGED


LOCKED = (
    "'a.xlsx' is protected by a password. "
    "In Excel remove it (File, Info, Protect Workbook, Encrypt with Password) and save."
)


def test_workbook_encrypted_by_excel(tmp_path: Path) -> None:
    data = OLE2 + "EncryptedPackage".encode("utf-16-le")
    assert refusal(written(tmp_path / "a.xlsx", data)) == LOCKED


def test_zip_with_a_password(tmp_path: Path) -> None:
    data = bytearray(make(tmp_path / "a.xlsx").read_bytes())
    start = data.index(b"PK\x01\x02")
    data[start + 8] |= 1
    assert refusal(written(tmp_path / "a.xlsx", bytes(data))) == LOCKED


MACROS = (
    "'a.xlsm' is a workbook with macros; these are not read. "
    "In Excel save it as 'Excel Workbook (.xlsx)', without macros."
)


def test_workbook_with_macros(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "a.xlsm")
    book.add_worksheet("settings")
    (tmp_path / "vba.bin").write_bytes(b"macro")
    book.add_vba_project(str(tmp_path / "vba.bin"), is_stream=False)
    book.close()
    assert refusal(tmp_path / "a.xlsm") == MACROS


def test_macro_workbook_that_lost_its_macros(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsm")
    kind = (b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")
    assert refusal(rezip(path, **{"[Content_Types]": lambda xml: xml.replace(*kind)})) == MACROS


# --- damaged ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9, 0.999])
def test_truncated_workbook(tmp_path: Path, kept: float) -> None:
    data = make(tmp_path / "a.xlsx").read_bytes()
    assert refusal(written(tmp_path / "a.xlsx", data[: int(len(data) * kept)])) == DAMAGED


def test_sheet_whose_bytes_have_changed(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as file:
        info = file.getinfo("xl/worksheets/sheet7.xml")
    data = bytearray(path.read_bytes())
    middle = info.header_offset + 60 + info.compress_size // 2
    data[middle] ^= 0xFF
    assert refusal(written(path, bytes(data))) == DAMAGED


@pytest.mark.parametrize("part", ["workbook", "sheet7", "sharedStrings", "styles"])
def test_part_that_is_no_xml(tmp_path: Path, part: str) -> None:
    path = rezip(make_shared(tmp_path / "a.xlsx"), **{part: lambda xml: xml[: len(xml) // 2]})
    assert refusal(path) == DAMAGED


def test_sheet_that_is_not_in_the_file(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx")
    assert (
        refusal(rezip(path, **{"workbook.xml.rels": lambda xml: xml.replace(b"sheet7.xml", b"sheet99.xml")})) == DAMAGED
    )


def outcome(path: Path) -> str:
    """'read', or the kind of the refusal."""
    try:
        read_workbook(path)
    except InputError as error:
        return error.problems[0].kind
    return "read"


def test_random_bytes_in_a_workbook_give_nothing_but_a_text(tmp_path: Path) -> None:
    whole = make_shared(tmp_path / "a.xlsx").read_bytes()
    chance = random.Random(1)
    kinds = set()
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        kinds.add(outcome(written(tmp_path / "b.xlsx", bytes(data))))
    # The bit that says 'password' is a byte like any other.
    assert {"read", "damaged"} <= kinds <= {"read", "damaged", "password"}


# --- bombs ------------------------------------------------------------------------------------------

BOMB = (
    "'a.xlsx' is not read: it unpacks to far more than its size. "
    "Copy the tables of the scenario to a new workbook and save that."
)


def lying_zip(path: Path, name: str, megabytes: int) -> Path:
    """A workbook one part of which inflates to many megabytes, and says that it is small."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = b"<c><v>1</v></c>" * 70_000
    body = b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()
    crc = zlib.crc32(block * megabytes)
    make(path)
    with zipfile.ZipFile(path) as old:
        others = {info.filename: old.read(info) for info in old.infolist() if info.filename != name}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as new:
        for other, content in others.items():
            new.writestr(other, content)
        new.writestr(name, body)
    data = bytearray(buffer.getvalue())
    # Stored becomes deflated, in the part's own header and in the directory; both keep the small size.
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = data.rindex(name.encode()) if signature == b"PK\x01\x02" else data.index(name.encode())
        head = data.rindex(signature, 0, start)
        struct.pack_into("<H", data, head + offset, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", data, head + offset + 6, crc)
    path.write_bytes(bytes(data))
    return path


def test_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    path = lying_zip(tmp_path / "a.xlsx", "xl/worksheets/sheet7.xml", 300)
    assert path.stat().st_size < 2**20
    with zipfile.ZipFile(path) as file:
        assert file.getinfo("xl/worksheets/sheet7.xml").file_size < 2**20
    assert refusal(path) == DAMAGED


def test_zip_bomb(tmp_path: Path) -> None:
    path = rezip(make(tmp_path / "a.xlsx"), sheet7=lambda xml: xml + b" " * (xlsx_safety.LARGEST_PART + 1))
    assert path.stat().st_size < 2**20
    assert refusal(path) == BOMB


def test_many_parts_that_are_large_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_safety, "LARGEST_TOTAL", 10_000)
    assert refusal(make(tmp_path / "a.xlsx")) == BOMB


def test_too_many_parts(tmp_path: Path) -> None:
    path = make(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as file:
        for number in range(xlsx_safety.MOST_PARTS + 1):
            file.writestr(f"x{number}", b"")
    assert refusal(path) == (
        "'a.xlsx' is not read: it has too many parts. Copy the tables of the scenario to a new workbook and save that."
    )


def test_entities_that_grow(tmp_path: Path) -> None:
    lines = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY l0 "lol">{lines}]>'.encode()
    for part in ("workbook", "sheet7", "sharedStrings"):
        path = make_shared(tmp_path / "a.xlsx")
        rezip(path, **{part: lambda xml: xml.replace(b"?>", b"?>" + bomb, 1)})
        assert refusal(path) == f"'a.xlsx' holds XML that no spreadsheet program writes. {SAVE}"


def _after_head(new: bytes, xml: bytes) -> bytes:
    return xml.replace(b"?>", b"?>" + new, 1)


def test_files_and_addresses_that_xml_refers_to_are_not_read(tmp_path: Path) -> None:
    """Neither on reading nor on marking."""
    for target in ("file:///etc/passwd", "http://127.0.0.1:9/x"):
        outside = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{target}"><!ENTITY % p SYSTEM "{target}">%p;]>'.encode()
        for part in ("workbook", "sheet7", "sharedStrings", "styles"):
            path = rezip(make_shared(tmp_path / "a.xlsx"), **{part: partial(_after_head, outside)})
            assert refusal(path) == f"'a.xlsx' holds XML that no spreadsheet program writes. {SAVE}"
            if part != "sharedStrings":  # they are copied as they are
                with pytest.raises(InputError, match="no spreadsheet program writes"):
                    annotate(path, [Problem("x", "Wrong.", "Mend it.", cell="offers!B2")], tmp_path / "out.xlsx")
                assert not (tmp_path / "out.xlsx").exists()


def test_xml_in_an_encoding_that_would_hide_it(tmp_path: Path) -> None:
    path = rezip(make(tmp_path / "a.xlsx"), sheet7=lambda xml: xml.decode().encode("utf-16"))
    assert refusal(path) == f"'a.xlsx' holds XML that no spreadsheet program writes. {SAVE}"


def problems_of(path: Path) -> list[str]:
    return [str(problem) for problem in read_workbook(path).problems]


@pytest.mark.parametrize("cell", ["XFD1048576", "ZZZ900", "H1048576"])
def test_value_far_from_the_table(tmp_path: Path, cell: str) -> None:
    path = make(tmp_path / "a.xlsx", lambda book: book["offers"].__setitem__(cell, 1))
    assert problems_of(path) == [f"offers!{cell}: {FAR}"]


def test_formats_down_to_the_last_row_are_no_harm(tmp_path: Path) -> None:
    def style(book: object) -> None:
        for cell in ("XFD1048576", "A1048576", "XFD1"):
            book["offers"][cell].number_format = "0.00"  # type: ignore[index]

    raw = read_workbook(make(tmp_path / "a.xlsx", style))
    assert (raw.problems, [row.line for row in raw.tables["offers"].rows]) == ([], [2, 3])


def test_far_value_in_a_cell_that_is_written_oddly(tmp_path: Path) -> None:
    def odd(xml: bytes) -> bytes:
        return xml.replace(b"</sheetData>", b"<row r='9'><c x='>' r = 'xfd1048576' ><v>1</v></c></row></sheetData>")

    assert problems_of(rezip(make(tmp_path / "a.xlsx"), sheet7=odd)) == [f"offers!XFD1048576: {FAR}"]


def test_millions_of_cells(tmp_path: Path) -> None:
    cells = b"<c><v>1</v></c>" * 3_100_000
    path = rezip(
        make(tmp_path / "a.xlsx"),
        sheet7=lambda xml: xml.replace(b"</sheetData>", b"<row>" + cells + b"</row></sheetData>"),
    )
    assert problems_of(path) == [
        "offers: The sheet offers has too many cells to be read. Delete the rows that do not belong to the table."
    ]


READ_WITHIN = """
import pathlib, resource, sys
resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30))
from planner.errors import InputError
from planner.excel.workbook import read_workbook
try:
    print([str(problem) for problem in read_workbook(pathlib.Path(sys.argv[1])).problems])
except InputError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("part", "unit", "count", "end", "said"),
    [
        ("sheet7", b"<c><v>1</v></c>", 2_900_000, b"</row></sheetData>", "without a heading"),
        ("sheet7", b"<row r='9999'><c r='ZZ9999'><v>1</v></c></row>", 1, b"</sheetData>", "without a heading"),
        ("sheet7", b"<row><c><v>1</v></c></row>", 900_000, b"</sheetData>", "[]"),
        ("sheet7", b"<row><c t='e'><v>#N/A</v></c></row>", 900_000, b"</sheetData>", "has failed"),
        ("sharedStrings", b"<si/>", 15_000_000, b"</sst>", "[]"),
        ("styles", b"<xf/>", 15_000_000, b"</cellXfs>", "[]"),
        ("workbook", b"<a><b/></a>", 900_000, b"</workbook>", "[]"),
    ],
    ids=["wide", "far", "long", "errors", "strings", "styles", "book"],
)
def test_what_just_passes_the_limits_is_read_within_1_gib_and_a_minute(
    tmp_path: Path, part: str, unit: bytes, count: int, end: bytes, said: str
) -> None:
    path = rezip(make_shared(tmp_path / "a.xlsx"), **{part: lambda xml: xml.replace(end, unit * count + end)})
    command = [sys.executable, "-c", READ_WITHIN, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert said in done.stdout

"""Every way in which input was seen to be broken, through the command: one text, its exit code, nothing written.

Each kind of problem is tested where it is found (parse, check, workbook, folder, files); here each is reported to a user.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from users import as_nobody
from workbooks import SHEETS, Rows, make, rezip, write_csvs

from planner.cli import main

Maker = Callable[[Path], Path]
"""Makes a broken scenario in the folder that it is given."""


# --- broken scenarios -------------------------------------------------------------------------------


def book(**sheets: Rows | None) -> Maker:
    """The small workbook with other sheets."""
    return lambda folder: make(folder / "a.xlsx", **sheets)


def changed(change: Callable[[Any], Any]) -> Maker:
    """The small workbook, changed with openpyxl."""
    return lambda folder: make(folder / "a.xlsx", change)


def cell(address: str, value: Any) -> Maker:
    """The small workbook with one other cell: cell('offers!D2', 'x')."""
    sheet, _, place = address.partition("!")
    return changed(lambda workbook: workbook[sheet].__setitem__(place, value))


def stored(value: str) -> Maker:
    """The small workbook whose file gives a price as a number that no sheet can show."""
    return lambda folder: rezip(
        make(folder / "a.xlsx"), sheet7=lambda xml: xml.replace(b"<v>101.5</v>", f"<v>{value}</v>".encode())
    )


def column(name: str, value: Any) -> Maker:
    """The small workbook with one more column of offers."""
    head, first, *others = SHEETS["offers"]
    return book(offers=[[*head, name], [*first, value], *others])


def csvs(**tables: str) -> Maker:
    """The small scenario as a folder with other tables."""
    return lambda folder: write_csvs(folder / "a", **tables)


def data(content: bytes) -> Maker:
    """A file that is no workbook, with the name of one."""

    def write(folder: Path) -> Path:
        (folder / "a.xlsx").write_bytes(content)
        return folder / "a.xlsx"

    return write


def old_office(stream: str) -> Maker:
    """What shows a file of old Office: its signature, and the name of its main stream."""
    return data(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le"))


def word_document(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.xlsx", "w") as file:
        file.writestr("word/document.xml", "<document/>")
    return folder / "a.xlsx"


def truncated(folder: Path) -> Path:
    path = make(folder / "a.xlsx")
    path.write_bytes(path.read_bytes()[:2000])
    return path


def of_100_mb(folder: Path) -> Path:
    with (folder / "a.xlsx").open("wb") as file:
        file.truncate(100 * 2**20)
    return folder / "a.xlsx"


def zip_bomb(folder: Path) -> Path:
    return rezip(make(folder / "a.xlsx"), sheet7=lambda xml: xml + b" " * 2**27)


def with_macros(folder: Path) -> Path:
    kinds = (b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")
    return rezip(make(folder / "a.xlsm"), **{"[Content_Types]": lambda xml: xml.replace(*kinds)})


def merged(folder: Path) -> Path:
    head, first, second = SHEETS["offers"]
    offers = [[*head, "until"], [*first, "2026-07"], second]
    return make(folder / "a.xlsx", lambda workbook: workbook["offers"].merge_cells("F2:F3"), offers=offers)


def hidden(workbook: Any) -> None:
    workbook["offers"].sheet_state = "hidden"


def based_on_each_other(folder: Path) -> Path:
    settings = "name,value\ntitle,small\nstart,2026-04\nperiods,2\nbased_on,"
    write_csvs(folder / "b", settings=f"{settings}a\n")
    return write_csvs(folder / "a", settings=f"{settings}b\n")


FUTURES: Rows = [["future", "probability"], ["calm", 0.5], ["freeze", 0.4]]
CONVERSIONS: Rows = [
    ["conversion", "supplier", "material", "max_kg_per_period"],
    ["sinter", "Baotou", "NdFeB", 9],
    ["recycle", "Baotou", "alloy", 9],
]
INPUTS: Rows = [["conversion", "material", "kg_per_kg"], ["sinter", "alloy", 1], ["recycle", "NdFeB", 1]]
ALLOY: Rows = [["material", "class"], ["NdFeB", "heavy"], ["alloy", "feedstock"]]

SAVE = "Open it in Excel and save it as 'Excel Workbook (.xlsx)'."
CHOOSE = "Choose the workbook with the tables of the scenario."

BROKEN: dict[str, tuple[Maker, str]] = {
    "a missing table": (
        book(demand=None),
        "The table demand is missing. Add a sheet named demand with the headings segment and a column a period: "
        "units asked for: one column a period, each named by the period's first month.",
    ),
    "a missing field": (
        book(offers=[row[:4] for row in SHEETS["offers"]]),
        "offers!A1: The column max_kg_per_period is missing. "
        "Add a column with the heading max_kg_per_period: largest order in a period (kg/period).",
    ),
    "a misspelt name": (
        cell("offers!B2", "Baotuo"),
        "offers!B2: supplier of offer O1: 'Baotuo' is not in suppliers. Did you mean 'Baotou'?",
    ),
    "a misspelt heading": (
        cell("offers!D1", "price_kg"),
        "offers!D1: 'price_kg' is not a field of offers. Did you mean 'price_per_kg'?",
    ),
    "a misspelt sheet": (
        book(offers=None, ofers=SHEETS["offers"]),
        "ofers: The sheet 'ofers' is not a table of a scenario. "
        "Did you mean 'offers'? Rename it; or, if it is not part of the scenario, give it another name.",
    ),
    "headings in the wrong row": (
        book(offers=[["Offers of May"], [], *SHEETS["offers"]]),
        "offers!A3: The headings of offers stand in row 3, but row 1 above them holds 'Offers of May'. "
        "Delete what stands above the headings, or begin each row there with #.",
    ),
    "a duplicate key": (
        cell("offers!A3", "O1"),
        "offers!A3: offer O1: a row with this key stands at offers!A2 already. "
        "Give each row its own offer, or delete one.",
    ),
    "text for a number": (
        cell("offers!D2", "about 100"),
        "offers!D2: price_per_kg of offer O1: 'about 100' is text where a number belongs. Type a number.",
    ),
    "a negative number": (
        cell("offers!D2", -100),
        "offers!D2: price_per_kg of offer O1: -100 is too small. It must be at least 0.",
    ),
    "no number (NaN)": (
        stored("NaN"),
        "offers!D3: price_per_kg of offer O2: nan is not a finite number. Type a number.",
    ),
    "no number (NaN) in a folder": (
        csvs(demand="segment,2026-04,2026-07\nbus,10,NaN\n"),
        "demand.csv line 2, 2026-07: 2026-07 of segment bus: 'NaN' is text where a number belongs. Type a number.",
    ),
    "an infinite number": (
        stored("1E+999"),
        "offers!D3: price_per_kg of offer O2: inf is not a finite number. Type a number.",
    ),
    "an absurdly large number": (
        cell("offers!D2", 1e15),
        "offers!D2: price_per_kg of offer O1: 1e+15 is too large. The most that is taken is 1e+12.",
    ),
    "30 for 0.3": (
        column("deposit_share", 30),
        "offers!F2: deposit_share of offer O1: 30 is too large. A share is written from 0 to 1: for 30 % type 0.3.",
    ),
    "a month outside the horizon": (
        book(open_orders=[["offer", "period", "kg"], ["O1", "2031-04", 5]]),
        "open_orders!B2: offer O1, period 2031-04: 2031-04 is after the horizon, whose periods run from 2026-04 to "
        "2026-07. Type a month within it.",
    ),
    "an ambiguous month": (
        column("from", "04/05/2026"),
        "offers!F2: from of offer O1: '04/05/2026' is not a month. Type year and month, such as 2026-04.",
    ),
    "a month as a number": (
        column("from", 202604),
        "offers!F2: from of offer O1: 202604 is a number where a month belongs. "
        "Type the month as text, such as 2026-04, or enter a date.",
    ),
    "probabilities that do not add up to 1": (
        book(futures=FUTURES),
        "futures!B2: The probabilities of the futures add up to 0.9. They must add up to 1.",
    ),
    "a formula without a stored value": (
        cell("offers!D2", "=50*2"),
        "offers!D2: The formula here has no value in the file. "
        "Open the workbook in Excel, let it calculate, and save it; or type the value itself.",
    ),
    "merged cells": (
        merged,
        "offers!F2:F3: The cells F2 to F3 are merged, so that only the first of them has a value. "
        "Unmerge them (Home, Merge & Center) and fill in each cell.",
    ),
    "a hidden sheet": (
        changed(hidden),
        "offers: The sheet offers is hidden: the plan would rest on figures that nobody sees. "
        "Unhide it (right-click on any sheet's tab, Unhide), or delete it.",
    ),
    "an .xls": (old_office("Workbook"), f"'a.xlsx' is an old Excel file (.xls), whatever its name. {SAVE}"),
    "a .csv": (
        data(b"offer,supplier\nO1,Baotou\n"),
        f"'a.xlsx' is a text file (such as CSV), not an Excel workbook, whatever its name. {SAVE}",
    ),
    "a .docx": (word_document, f"'a.xlsx' is a Word document, not an Excel workbook (.xlsx). {CHOOSE}"),
    "a file with a password": (
        old_office("EncryptedPackage"),
        "'a.xlsx' is protected by a password. "
        "In Excel remove it (File, Info, Protect Workbook, Encrypt with Password) and save.",
    ),
    "a truncated file": (
        truncated,
        "'a.xlsx' is damaged: it is not a whole workbook. "
        "Copy or download it again; or open it in Excel, let it repair the file, and save it.",
    ),
    "an empty file": (data(b""), "'a.xlsx' is empty: it has no content at all. Take the file from where it was made."),
    "a file of 100 MB": (
        of_100_mb,
        "'a.xlsx' is larger than 50 MB, the most that is read. "
        "Remove pictures and sheets that do not belong to the scenario.",
    ),
    "a zip bomb": (
        zip_bomb,
        "'a.xlsx' is not read: it unpacks to far more than its size. "
        "Copy the tables of the scenario to a new workbook and save that.",
    ),
    "a workbook with macros": (
        with_macros,
        "'a.xlsm' is a workbook with macros; these are not read. "
        "In Excel save it as 'Excel Workbook (.xlsx)', without macros.",
    ),
    "a cycle in based_on": (
        based_on_each_other,
        "settings.csv line 5, value: Scenarios are based on each other: a on b on a. Take based_on out of one of them.",
    ),
    "a cycle in conversions": (
        book(conversions=CONVERSIONS, conversion_inputs=INPUTS, materials=ALLOY),
        "conversions!C3: material of conversion recycle: recycle makes alloy from NdFeB, "
        "sinter makes NdFeB from alloy: a cycle. Take out one of the conversions.",
    ),
}


def state(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Which files there are, and whether any of them was written to."""
    stats = {path: path.lstat() for path in sorted(folder.rglob("*"))}
    return {path: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}


@pytest.mark.parametrize(("make_broken", "stated"), BROKEN.values(), ids=BROKEN)
def test_broken_input_is_said_and_nothing_is_written(
    make_broken: Maker, stated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, report = make_broken(tmp_path), tmp_path / "plan.xlsx"
    report.write_text("the plan of last month")
    before, started = state(tmp_path), time.monotonic()
    assert main(["solve", str(scenario), "--report", str(report)]) == 3
    assert time.monotonic() - started < 20
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"1 problem:\n  {stated}\n")
    assert state(tmp_path) == before


def test_folder_without_rights_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with as_nobody() as (folder, as_owner):
        as_owner(lambda: write_csvs(folder / "a").chmod(0))
        assert main(["solve", str(folder / "a")]) == 3
    said = capsys.readouterr().err
    assert said == "1 problem:\n  You have no right to read the folder 'a'. Copy it to a folder of your own.\n"


# --- outputs that cannot be written -------------------------------------------------------------------

UNWRITABLE = {
    "in no folder": ("nowhere/plan", "The folder '{parent}' does not exist. Make it first, or name another."),
    "too long a name": ("x" * 300, "'{out}' was not written: the name is too long. Name it shorter."),
    "a folder": ("photos", "'{out}' is a folder. Name a file, such as '{out}/plan.xlsx'."),
}
COMMANDS = {
    "report": ["solve", "SCENARIO", "--report", "OUT.xlsx"],
    "json": ["solve", "SCENARIO", "--json", "OUT.json"],
    "annotate": ["check", "SCENARIO", "--annotate", "OUT.xlsx"],
    "export": ["export", "SCENARIO", "OUT.xlsx"],
    "template": ["template", "OUT.xlsx"],
}
REFUSED = [
    pytest.param(command, *case, id=f"{name}-{what}")
    for name, command in COMMANDS.items()
    for what, case in UNWRITABLE.items()
    # These two write over nothing at all, whatever it is.
    if what != "a folder" or name not in {"export", "template"}
]


def run(command: list[str], scenario: Path, out: Path) -> tuple[int, Path]:
    """The exit code, and the file that was to be written."""
    words = [word.replace("SCENARIO", str(scenario)).replace("OUT", str(out)) for word in command]
    return main(words), Path(words[-1])


@pytest.mark.parametrize(("command", "out", "stated"), REFUSED)
def test_output_that_cannot_be_written_is_said_and_nothing_is_lost(
    command: list[str], out: str, stated: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = make(tmp_path / "a.xlsx")
    for ending in (".xlsx", ".json"):
        (tmp_path / f"photos{ending}").mkdir()
    before = state(tmp_path)
    code, path = run(command, scenario, tmp_path / out)
    said = capsys.readouterr()
    assert (code, said.out, said.err) == (3, "", stated.format(out=path, parent=path.parent) + "\n")
    assert state(tmp_path) == before


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_output_into_a_folder_without_rights_is_said(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with as_nobody() as (folder, as_owner):
        as_owner(lambda: make(folder / "a.xlsx"))
        before = state(folder)
        code, path = run(command, folder / "a.xlsx", folder / "plan")
        assert state(folder) == before
    stated = f"'{path}' was not written: you have no right to write there. Name a file in a folder of your own.\n"
    said = capsys.readouterr()
    assert (code, said.out, said.err) == (3, "", stated)

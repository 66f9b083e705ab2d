"""Give a workbook back with its problems on it: cells coloured and commented, a list of all in front.

Everything else in the workbook stays as it was; see `package` for how. A copy can be mended and annotated again:
the marks of the time before are taken off first. So that they can be, a hidden column of the list names each
marked cell, in the format that the cell had, which every program keeps on saving.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from planner.errors import Problem
from planner.excel.comments import comment, uncomment
from planner.excel.marks import Cell, Styles, colour, reference_of, uncolour
from planner.excel.package import Package, attributes, link_attribute
from planner.excel.problem_list import EarlierList, earlier_list, list_xml, place_of
from planner.excel.workbook import read_workbook, write_workbook
from planner.files import write_whole
from planner.scenario.folder import read_folder
from planner.scenario.headings import PROBLEMS_SHEET
from planner.scenario.raw import RawScenario

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # zipfile's word for a part compressed in a way that it cannot read
    KeyError,
    IndexError,
    ExpatError,
    ParseError,
    ValueError,
    StopIteration,
)
"""What comes of parts that do not fit each other; all else is told when the file is opened."""


def annotate(path_in: Path, problems: Sequence[Problem], path_out: Path, notes: Sequence[Problem] = ()) -> None:
    """Write to `path_out` the workbook `path_in` with the cell of each problem and note coloured and commented.

    A scenario folder is made a workbook first. A comment that a cell had stays, the problem below it. A sheet
    'problems' in front lists all problems, those without a cell too. What an earlier call has marked is
    unmarked, and its list replaced.

    Raises:
        InputError: the file is no workbook that can be opened.
        OutputError: `path_out` cannot be written; a file that stood there is as before.
    """
    if path_in.is_dir():
        _annotate_folder(path_in, problems, path_out, notes)
        return
    package = Package(path_in)
    try:
        _mark(package, problems, [replace(note, message=f"Note: {note.message}") for note in notes])
        write_whole(path_out, package.write)
    except _DAMAGED as error:
        raise package.damaged() from error


def _mark(package: Package, problems: Sequence[Problem], notes: Sequence[Problem]) -> None:
    book = next(link.target for link in package.relations("") if link.kind == "officeDocument")
    sheets = _sheets(package, book)
    styles_part, strings = (_linked(package, book, kind) for kind in ("styles", "sharedStrings"))
    styles = Styles(package.text(styles_part) if styles_part else "")
    earlier = earlier_list(package, strings, sheets)
    _unmark(package, sheets, styles, earlier)
    before: dict[str, int] = {}
    for title, cells in _by_sheet([*problems, *notes]).items():
        if title in sheets:
            xml, styles_before = colour(package.text(sheets[title]), set(cells), styles)
            before |= {f"{title}!{reference_of(cell)}": style for cell, style in styles_before.items()}
            package.put(sheets[title], xml)
            comment(package, sheets[title], cells)
    xml = list_xml(problems, notes, set(sheets), styles, before)
    _put_list(package, book, xml, sheets, earlier)
    _put_styles(package, book, styles_part, styles.xml)


def _linked(package: Package, part: str, kind: str) -> str | None:
    return next((link.target for link in package.relations(part) if link.kind == kind), None)


def _sheets(package: Package, book: str) -> dict[str, str]:
    """The part of each sheet, by its title."""
    targets = {link.id: link.target for link in package.relations(book)}
    tags = [attributes(tag) for tag in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", package.text(book))]
    return {tag["name"]: targets[tag["id"]] for tag in tags if tag.get("id") in targets}


def _unmark(package: Package, sheets: dict[str, str], styles: Styles, earlier: EarlierList | None) -> None:
    """Take the marks of an earlier call off all sheets."""
    before = earlier.styles if earlier else {}
    for title, part in sheets.items():
        xml = package.text(part)
        unmarked = uncolour(xml, before.get(title, {}), styles)
        if unmarked != xml:
            package.put(part, unmarked)
        uncomment(package, part)


def _put_styles(package: Package, book: str, part: str | None, xml: str) -> None:
    if part is None:
        part = package.free_name("xl/styles*.xml")
        package.declare(f"{_SPREADSHEET}.styles+xml", part=part)
        package.relate(book, "styles", part)
    package.put(part, xml)


# --- folders -------------------------------------------------------------------------------------------


def _annotate_folder(folder: Path, problems: Sequence[Problem], path_out: Path, notes: Sequence[Problem]) -> None:
    raw = read_folder(folder)
    with tempfile.TemporaryDirectory() as place:
        book = Path(place) / f"{raw.name}.xlsx"
        write_workbook(raw, book)
        cells = _cells_in_workbook(raw, read_workbook(book))
        moved, moved_notes = ([_moved(problem, cells) for problem in told] for told in (problems, notes))
        annotate(book, moved, path_out, moved_notes)


def _cells_in_workbook(folder: RawScenario, book: RawScenario) -> dict[str, str]:
    """Where in the workbook each place in the folder's files is: 'offers.csv line 14, price_per_kg' → 'offers!D14'."""
    cells: dict[str, str] = {}
    for name, table in folder.tables.items():
        twin = book.tables[name]
        cells[table.heading()] = twin.heading()
        for row, same in zip(table.data_rows(), twin.data_rows(), strict=True):
            cells |= {table.cell(row, field): twin.cell(same, field) for field in (None, *twin.columns)}
    return cells


def _moved(problem: Problem, cells: dict[str, str]) -> Problem:
    def moved(place: str) -> str:
        return cells.get(place) or cells.get(place.partition(", ")[0]) or place

    return replace(problem, cell=problem.cell and moved(problem.cell), cells=tuple(map(moved, problem.cells)))


# --- what belongs to which cell ------------------------------------------------------------------------


def _by_sheet(problems: Iterable[Problem]) -> dict[str, dict[Cell, list[str]]]:
    """What is to be said at each cell of each sheet."""
    found: dict[str, dict[Cell, list[str]]] = {}
    for problem in problems:
        words = f"{problem.message} {problem.fix}".strip()
        for title, cell in filter(None, map(place_of, problem.cells or (problem.cell,))):
            found.setdefault(title, {}).setdefault(cell, []).append(words)
    return found


# --- where the list goes --------------------------------------------------------------------------------


def _put_list(package: Package, book: str, xml: str, sheets: dict[str, str], earlier: EarlierList | None) -> None:
    """Put the list in the place of an earlier one, or ahead of all sheets, and open the workbook at it."""
    for part in sheets.values():
        _deselect(package, part)
    if earlier:
        package.put(sheets[earlier.title], xml)
        package.put(book, _opened_at(package.text(book), list(sheets).index(earlier.title)))
        return
    part = package.free_name("xl/worksheets/sheet*.xml")
    package.put(part, xml)
    package.declare(f"{_SPREADSHEET}.worksheet+xml", part=part)
    link = package.relate(book, "worksheet", part)
    package.put(book, _with_first_sheet(package.text(book), _free_title(set(sheets)), link))


def _deselect(package: Package, part: str) -> None:
    # Two selected sheets are a group: what is typed into one goes into the other as well.
    selected = re.compile(r'(<(?:\w+:)?sheetView\b[^>]*?)\stabSelected\s*=\s*"(?:1|true)"')
    xml = package.text(part)
    if selected.search(xml):
        package.put(part, selected.sub(r"\1", xml))


def _free_title(titles: set[str]) -> str:
    taken = {title.casefold() for title in titles}
    names = (PROBLEMS_SHEET if n == 1 else f"{PROBLEMS_SHEET} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _with_first_sheet(xml: str, title: str, link: str) -> str:
    numbers = [int(n) for n in re.findall(r'\bsheetId\s*=\s*"(\d+)"', xml)]
    head = re.search(r"<((?:\w+:)?)sheets\b[^>]*>", xml)
    if head is None:
        raise ValueError("no sheets")
    number = max(numbers, default=0) + 1
    sheet = f'<{head[1]}sheet name="{title}" sheetId="{number}" {link_attribute(xml, link)}/>'
    xml = xml[: head.end()] + sheet + xml[head.end() :]
    # Names that belong to one sheet count sheets from the first.
    xml = re.sub(r'\blocalSheetId\s*=\s*"(\d+)"', lambda m: f'localSheetId="{int(m[1]) + 1}"', xml)
    return _opened_at(xml, 0)


def _opened_at(xml: str, number: int) -> str:
    """The workbook's XML, open at a sheet, counted from 0."""
    xml = re.sub(r'\s(activeTab|firstSheet)\s*=\s*"\d+"', "", xml)
    return re.sub(r"(<(?:\w+:)?workbookView\b)", rf'\1 activeTab="{number}"', xml, count=1) if number else xml

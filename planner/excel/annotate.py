"""Give a workbook back with its problems on it: cells coloured and commented, a list of all in front.

Everything else in the workbook stays as it was; see `package` for how. A copy can be mended and annotated again:
the marks of the time before are taken off first. So that they can be, a hidden column of the list names each
marked cell, in the format that the cell had, which every program keeps on saving.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

from lxml import etree

from planner.errors import Problem
from planner.excel.comments import comment, uncomment
from planner.excel.elements import Element, all_named, needed
from planner.excel.marks import Cell, Styles, colour, reference_of, uncolour
from planner.excel.package import Package, linking, relation_of
from planner.excel.problem_list import EarlierList, earlier_list, list_sheet, place_of
from planner.excel.workbook import read_workbook, write_workbook
from planner.files import write_whole
from planner.scenario.folder import read_folder
from planner.scenario.headings import PROBLEMS_SHEET
from planner.scenario.raw import RawScenario

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,  # zipfile's word for a part compressed in a way that it cannot read
    KeyError,
    IndexError,
    etree.LxmlError,
    ValueError,
    StopIteration,
)
"""What comes of parts that do not fit each other; all else is reported when the file is opened."""


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
    styles_part = package.linked(book, "styles")
    styles = Styles(package.root(styles_part) if styles_part else None)
    earlier = earlier_list(package, package.linked(book, "sharedStrings"), sheets)
    _unmark(package, sheets, styles, earlier)
    before: dict[str, int] = {}
    for title, cells in _by_sheet([*problems, *notes]).items():
        if title in sheets:
            styles_before = colour(package.changed(sheets[title]), set(cells), styles)
            before |= {f"{title}!{reference_of(cell)}": style for cell, style in styles_before.items()}
            comment(package, sheets[title], cells)
    sheet = list_sheet(problems, notes, set(sheets), styles, before)
    _put_list(package, book, sheet, sheets, earlier)
    _put_styles(package, book, styles_part, styles.root)


def _sheets(package: Package, book: str) -> dict[str, str]:
    """The part of each sheet, by its title."""
    targets = {link.id: link.target for link in package.relations(book)}
    found = needed(package.root(book), "sheets")
    return {sheet.get("name", ""): targets[key] for sheet in found if (key := relation_of(sheet)) in targets}


def _unmark(package: Package, sheets: dict[str, str], styles: Styles, earlier: EarlierList | None) -> None:
    """Take the marks of an earlier call off all sheets."""
    before = earlier.styles if earlier else {}
    are_marked = bool(styles.marked())
    for title, part in sheets.items():
        if are_marked and uncolour(package.root(part), before.get(title, {}), styles):
            package.changed(part)
        uncomment(package, part)


def _put_styles(package: Package, book: str, part: str | None, root: Element) -> None:
    if part is None:
        part = package.free_name("xl/styles*.xml")
        package.declare(f"{_SPREADSHEET}.styles+xml", part=part)
        package.relate(book, "styles", part)
    package.put(part, root)


# --- folders -------------------------------------------------------------------------------------------


def _annotate_folder(folder: Path, problems: Sequence[Problem], path_out: Path, notes: Sequence[Problem]) -> None:
    raw = read_folder(folder)
    with tempfile.TemporaryDirectory() as place:
        book = Path(place) / f"{raw.name}.xlsx"
        write_workbook(raw, book)
        cells = _cells_in_workbook(raw, read_workbook(book))
        moved, moved_notes = ([_moved(problem, cells) for problem in said] for said in (problems, notes))
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


def _put_list(package: Package, book: str, sheet: Element, sheets: dict[str, str], earlier: EarlierList | None) -> None:
    """Put the list in the place of an earlier one, or ahead of all sheets, and open the workbook at it."""
    for part in sheets.values():
        _deselect(package, part)
    if earlier:
        package.put(sheets[earlier.title], sheet)
        _open_at(package.changed(book), list(sheets).index(earlier.title))
        return
    part = package.free_name("xl/worksheets/sheet*.xml")
    package.put(part, sheet)
    package.declare(f"{_SPREADSHEET}.worksheet+xml", part=part)
    _put_first(package.changed(book), _free_title(set(sheets)), package.relate(book, "worksheet", part))


def _deselect(package: Package, part: str) -> None:
    # Two selected sheets are a group: what is typed into one goes into the other as well.
    for view in all_named(package.root(part), "sheetView") if b"tabSelected" in package.content(part) else ():
        if view.attrib.pop("tabSelected", "0") in ("1", "true"):
            package.changed(part)


def _free_title(titles: set[str]) -> str:
    taken = {title.casefold() for title in titles}
    names = (PROBLEMS_SHEET if n == 1 else f"{PROBLEMS_SHEET} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def _put_first(book: Element, title: str, link: str) -> None:
    """Put a sheet ahead of all others of a workbook."""
    sheets = needed(book, "sheets")
    number = max((int(sheet.get("sheetId", 0)) for sheet in sheets), default=0) + 1
    sheets.insert(0, linking(book, f'<sheet name={quoteattr(title)} sheetId="{number}"/>', link))
    # Names that belong to one sheet count sheets from the first.
    for name in all_named(book, "definedName"):
        if "localSheetId" in name.attrib:
            name.set("localSheetId", str(int(name.get("localSheetId", 0)) + 1))
    _open_at(book, 0)


def _open_at(book: Element, number: int) -> None:
    """Let a workbook be open at a sheet, counted from 0."""
    views = list(all_named(book, "workbookView"))
    for view in views:
        for name in ("activeTab", "firstSheet"):
            view.attrib.pop(name, "")
    if views and number:
        views[0].set("activeTab", str(number))

"""Scenarios as workbooks: a sheet a table, in a report 'Input offers' for the table offers.

Cells are read with calamine, some ten times as fast as openpyxl. It is handed only parts that have been
looked through, in a package made here, so that it cannot see anything else than what was checked.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree
from python_calamine import CalamineWorkbook

from planner.errors import InputError, OutputError, Problem
from planner.excel import sheet_xml
from planner.excel.dropdowns import add_dropdowns
from planner.excel.elements import Element, attribute, parsed
from planner.excel.sheet_xml import Scan
from planner.excel.sheets import Book, TableSheet, new_book, write_table
from planner.excel.xlsx_safety import Archive, read_limited, refusal
from planner.files import write_whole
from planner.scenario.columns import columns_in_order, parted
from planner.scenario.headings import (
    CALCULATE,
    MOST_COLUMNS,
    MOVED_ON_SHEET,
    Names,
    read_table,
    sort_names,
    table_named,
)
from planner.scenario.raw import RawScenario, RawTable, column_letters
from planner.scenario.starter import expanded, is_starter
from planner.scenario.starter_sheets import sheet_named
from planner.scenario.tables import tables

INPUT = "Input "
"""Begins the titles of a report's sheets that hold the tables it was made from: 'Stock' is one of the plan's."""

Area = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of merged ones: line and column, 0-based."""

_MOST_ROWS = 1_048_576
_MOST_MERGES = 100
_SMALL_PART = 10 * 2**20
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def read_workbook(path: Path) -> RawScenario:
    """Read a scenario from a workbook (.xlsx).

    Raises:
        InputError: the file cannot be read as a workbook, or holds no table of a scenario.
    """
    data = read_limited(path)
    reader = _Reader(Archive(path.name, data))
    sha256 = hashlib.sha256(data).hexdigest()
    if is_starter(list(reader.sheets)):
        grids = reader.grids([title for title in reader.sheets if sheet_named(title)])
        raw = expanded(path.stem, str(path), sha256, grids)
        raw.problems[:0] = reader.problems
        return raw
    raw = RawScenario(path.stem, str(path), True, sha256, reader.tables())
    raw.problems, raw.warnings = reader.problems, reader.names.warnings
    raw.moved_on = reader.moved_on()
    if not raw.tables and not raw.problems:
        text = f"'{path.name}' has no sheet that is a table of a scenario, such as settings or offers."
        raise refusal("no_tables", text, "`planner template NEW.xlsx` writes a workbook to fill in.")
    return raw


def read_grids(path: Path, titles: Sequence[str] | None = None) -> dict[str, list[list[Any]]]:
    """The cells of sheets of a workbook, from A1 on, whatever it is: of those named that it has, else of all seen.

    Raises InputError where the file cannot be read as a workbook.
    """
    reader = _Reader(Archive(path.name, read_limited(path)))
    if titles is None:
        titles = [title for title, sheet in reader.sheets.items() if sheet.is_cells and sheet.state == "visible"]
    grids = reader.grids([title for title in titles if title in reader.sheets])
    # Who names a sheet may know that it is hidden.
    if problems := [problem for problem in reader.problems if problem.kind != "hidden_sheet"]:
        raise InputError(problems)
    return grids


@dataclass(frozen=True)
class _Sheet:
    title: str
    part: str
    is_cells: bool
    state: str


class _Reader:
    """A workbook while it is read."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.book = _Directory(archive)
        self.sheets = {sheet.title: sheet for sheet in self.book.sheets}
        self.names: Names = sort_names("sheet", _bare_titles(list(self.sheets)))
        self.problems: list[Problem] = list(self.names.problems)

    def tables(self) -> dict[str, RawTable]:
        """The tables in the order of the schema."""
        found = self.names.found
        sheets = {table: self.sheets[found[table]] for table in tables() if table in found}
        scans = {table: scan for table, sheet in sheets.items() if (scan := self._scanned(table, sheet)) is not None}
        cells = _Cells(self.archive, self.book, scans)
        return {table: self._table(table, sheet, scans.get(table), cells) for table, sheet in sheets.items()}

    def moved_on(self) -> list[list[Any]]:
        """The lines of the sheet that says what was taken from where, where there is one."""
        title = next((title for title in self.sheets if title.strip().casefold() == MOVED_ON_SHEET), None)
        problems = self.problems
        found = self.grids([title] if title else [])
        self.problems = problems
        return next(iter(found.values()), [])

    def grids(self, titles: Sequence[str]) -> dict[str, list[list[Any]]]:
        """The cells of sheets that hold no tables, from A1 on."""
        self.problems = []
        scans = {title: scan for title in titles if (scan := self._scanned(title, self.sheets[title])) is not None}
        cells = _Cells(self.archive, self.book, scans)
        return {title: self._grid(title, scan, cells) for title, scan in scans.items()}

    def _grid(self, name: str, scan: Scan, cells: _Cells) -> list[list[Any]]:
        grid = cells.of(name)
        for (line, column), text in scan.without_value.items():
            _put(grid, line, column, text)
        return grid

    def _scanned(self, table: str, sheet: _Sheet) -> Scan | None:
        """What the XML of a table's sheet shows, where it has cells that can be held."""
        xml = self._checked(table, sheet)
        return sheet_xml.scan(xml) if xml is not None else None

    def _checked(self, table: str, sheet: _Sheet) -> bytes | None:
        """The XML of a table's sheet, where it has cells that can be held."""
        # A report hides the sheets that hold its input: whoever solves it again wants them as they are.
        if sheet.state != "visible" and not sheet.title.startswith(INPUT):
            self.problems.append(_hidden(table, sheet))
        if not sheet.is_cells:
            text = f"The sheet {sheet.title} holds no cells: it is a chart or the like."
            self.problems.append(Problem("not_cells", text, "Rename it, and add the table.", table, cell=sheet.title))
            return None
        xml = self.archive.read(sheet.part)
        if sheet_xml.too_far(xml) is None:
            return xml
        # Formats alone, down to the last row of the sheet, are a planner's habit and no harm.
        xml = sheet_xml.without_blanks(xml)
        if (far := sheet_xml.too_far(xml)) is not None:
            self.problems.append(_too_far(table, sheet.title, far))
            return None
        return xml

    def _table(self, name: str, sheet: _Sheet, scan: Scan | None, cells: _Cells) -> RawTable:
        if scan is None:
            return RawTable(name, sheet.title, {}, [])
        grid = self._grid(name, scan, cells)
        table, problems = read_table(name, sheet.title, enumerate(grid, 1), in_workbook=True)
        self.problems += problems
        self.problems += [_merged(table, area) for area in cells.merged(name) if _touches(table, area)]
        if scan.unplaced:
            text = "A formula in the sheet has failed, or has no value in the file."
            self.problems.append(Problem("not_calculated", text, CALCULATE, name, cell=sheet.title))
        return table


def _bare_titles(titles: Sequence[str]) -> list[tuple[str, str]]:
    """Each sheet's title and the name it is read by; of a report only the sheets that hold its input."""
    inputs = [(title, title[len(INPUT) :]) for title in titles if title.casefold().startswith(INPUT.casefold())]
    is_report = any(table_named(bare) == "settings" for _, bare in inputs)
    return inputs if is_report and "settings" not in map(table_named, titles) else [(title, title) for title in titles]


def _put(grid: list[list[Any]], line: int, column: int, text: str) -> None:
    grid.extend([] for _ in range(line + 1 - len(grid)))
    cells = grid[line]
    cells.extend("" for _ in range(column + 1 - len(cells)))
    cells[column] = text


def _touches(table: RawTable, area: Area) -> bool:
    """Whether merged cells lie in the headings or rows of a table, and not beside it or in its comments only."""
    columns = table.columns.values() or range(MOST_COLUMNS)
    lines = [table.header_line, *(row.line for row in table.data_rows())]
    (first_line, first_column), (last_line, last_column) = area
    return any(first_column <= column <= last_column for column in columns) and any(
        first_line < line <= last_line + 1 for line in lines
    )


# --- problems with a sheet --------------------------------------------------------------------------


def _hidden(table: str, sheet: _Sheet) -> Problem:
    fix = "Unhide it (right-click on any sheet's tab, Unhide), or delete it."
    if sheet.state == "veryHidden":
        fix = "Make it visible (Alt+F11, choose the sheet, set Visible to -1), or delete it there."
    text = f"The sheet {sheet.title} is hidden: the plan would rest on figures that nobody sees."
    return Problem("hidden_sheet", text, fix, table, cell=sheet.title)


def _too_far(table: str, title: str, cell: str) -> Problem:
    if not cell:
        text = f"The sheet {title} has too many cells to be read."
        return Problem("too_large", text, "Delete the rows that do not belong to the table.", table, cell=title)
    text = "This cell lies so far from the table that the sheet is too large to be read."
    fix = "Delete it, with all rows and columns beyond the table, and save."
    return Problem("too_large", text, fix, table, cell=f"{title}!{cell}")


def _merged(table: RawTable, area: Area) -> Problem:
    first, last = (f"{column_letters(column)}{line + 1}" for line, column in area)
    text = f"The cells {first} to {last} are merged, so that only the first of them has a value."
    fix = "Unmerge them (Home, Merge & Center) and fill in each cell."
    return Problem("merged", text, fix, table.name, cell=f"{table.place}!{first}:{last}")


# --- the parts of a workbook ------------------------------------------------------------------------


class _Directory:
    """Which part holds which sheet, and the parts that all sheets share."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        main = self._target("", "/officeDocument") or "xl/workbook.xml"
        root = self._xml(main)
        relations = {item.get("Id"): item for item in self._relations(main)}
        self.sheets = [
            _sheet(main, item, relations) for item in root.iterfind("{*}sheets/{*}sheet") if item.get("name")
        ]
        settings = root.find("{*}workbookPr")
        self.from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
        self.strings = self._target(main, "/sharedStrings")
        self.styles = self._target(main, "/styles")

    def _xml(self, part: str) -> Element:
        try:
            return parsed(self._archive.read(part, _SMALL_PART))
        except etree.XMLSyntaxError as error:
            raise self._archive.damaged() from error

    def _relations(self, part: str) -> list[Element]:
        folder, name = posixpath.split(part)
        where = posixpath.join(folder, "_rels", f"{name}.rels")
        return list(self._xml(where)) if where in self._archive else []

    def _target(self, part: str, kind: str) -> str | None:
        """The part that a part names as its own of a kind."""
        found = (item for item in self._relations(part) if item.get("Type", "").endswith(kind))
        return next((_resolved(part, item) for item in found), None)


def _resolved(part: str, relation: Element) -> str:
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), relation.get("Target", ""))).lstrip("/")


def _sheet(main: str, item: Element, relations: dict[str | None, Element]) -> _Sheet:
    relation = relations.get(attribute(item, "id"), etree.Element("none"))
    is_cells = relation.get("Type", "").endswith("/worksheet")
    return _Sheet(item.get("name", ""), _resolved(main, relation), is_cells, item.get("state", "visible"))


# --- cells by calamine ------------------------------------------------------------------------------


class _Cells:
    """The cells of sheets, one sheet at a time."""

    def __init__(self, archive: Archive, book: _Directory, scans: dict[str, Scan]) -> None:
        self._archive = archive
        with self._guarded():
            self._reader: Any = CalamineWorkbook.from_filelike(_package(archive, book, scans)) if scans else None
        for scan in scans.values():
            scan.xml = b""

    def of(self, name: str) -> list[list[Any]]:
        """A sheet's cells, line by line from A1 on."""
        with self._guarded():
            grid: list[list[Any]] = self._reader.get_sheet_by_name(name).to_python(skip_empty_area=False)
            return grid

    def merged(self, name: str) -> list[Area]:
        """A sheet's merged ranges, the first hundred of them."""
        with self._guarded():
            return list(itertools.islice(self._reader.get_sheet_by_name(name).merged_cell_ranges or (), _MOST_MERGES))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (KeyboardInterrupt, MemoryError, InputError):
            raise
        except BaseException as error:
            # Whatever calamine makes of a hostile file; its panics are no Exceptions.
            raise self._archive.damaged() from error


def _package(archive: Archive, book: _Directory, scans: dict[str, Scan]) -> io.BytesIO:
    """A workbook of nothing but these sheets, and the strings and styles that they use."""
    relations = []
    listed = []
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as file:
        for number, (name, scan) in enumerate(scans.items(), 1):
            file.writestr(f"xl/worksheets/sheet{number}.xml", scan.xml)
            relations.append(_relation(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml"))
            listed.append(f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>')
        for kind, part in (("sharedStrings", book.strings), ("styles", book.styles)):
            if part and part in archive:
                file.writestr(f"xl/{kind}.xml", archive.read(part))
                relations.append(_relation(kind, kind, f"{kind}.xml"))
        file.writestr("xl/_rels/workbook.xml.rels", _relations(relations))
        file.writestr("xl/workbook.xml", _workbook(book.from_1904, listed))
        file.writestr("_rels/.rels", _relations([_relation("rId1", "officeDocument", "xl/workbook.xml")]))
    package.seek(0)
    return package


def _relation(key: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _relations(items: Sequence[str]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}">{"".join(items)}</Relationships>'


def _workbook(from_1904: bool, sheets: Sequence[str]) -> str:
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="{int(from_1904)}"/>'
        f"<sheets>{''.join(sheets)}</sheets></workbook>"
    )


# --- writing ----------------------------------------------------------------------------------------


def write_workbook(raw: RawScenario, path: Path) -> None:
    """Write a scenario's tables, with comments, sources and notes, as a workbook; the file is whole or not there.

    Raises:
        OutputError: it cannot be written, or a table has more rows than a sheet can hold.
    """
    for table in raw.tables.values():
        if len(table.rows) >= _MOST_ROWS:
            raise OutputError(
                f"The table {table.name} has more rows than a sheet of Excel can hold. Nothing was written."
            )

    def write(temporary: Path) -> None:
        with new_book(temporary) as book:
            write_tables(book, raw)

    write_whole(path, write)


def write_tables(book: Book, raw: RawScenario, before: str = "") -> dict[str, TableSheet]:
    """Add a sheet for each table, in the order of the schema, with drop-downs that offer the names of the others.

    `before` stands before each table's name in the sheet's title.
    """
    written = {name: _write_sheet(book, raw.tables[name], before) for name in tables() if name in raw.tables}
    add_dropdowns(book, written)
    return written


def _write_sheet(book: Book, table: RawTable, before: str) -> TableSheet:
    above, below = parted(table)
    comments = [row.comment or [] for row in above]
    title = f"{before}{table.name}"
    return write_table(book, tables()[table.name], columns_in_order(table), below, comments, title)

"""Give a workbook back with its problems on it: cells coloured and commented, a list of all in front.

Everything else in the workbook stays as it was; see `package` for how.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.parsers.expat import ExpatError

from planner.errors import Problem
from planner.files import write_whole
from planner.scenario.folder import read_folder
from planner.scenario.marks import Cell, Styles, colour, comment
from planner.scenario.package import Package, attributes, link_attribute, text_of
from planner.scenario.raw import RawScenario
from planner.scenario.workbook import read_workbook, write_workbook

PROBLEMS_SHEET = "problems"

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    KeyError,
    ExpatError,
    ValueError,
    StopIteration,
)
"""What comes of parts that do not fit each other; all else is told when the file is opened."""


def annotate(path_in: Path, problems: Sequence[Problem], path_out: Path) -> None:
    """Write to `path_out` the workbook `path_in` with each problem's cell coloured and commented.

    A scenario folder is made a workbook first. A comment that a cell had stays, the problem below it. A sheet
    'problems' in front lists all problems, those without a cell too.

    Raises:
        InputError: the file is no workbook that can be opened.
        OutputError: `path_out` cannot be written; a file that stood there is as before.
    """
    if path_in.is_dir():
        _annotate_folder(path_in, problems, path_out)
        return
    package = Package(path_in)
    try:
        _mark(package, problems)
        write_whole(path_out, package.write)
    except _DAMAGED as error:
        raise package.damaged() from error


def _mark(package: Package, problems: Sequence[Problem]) -> None:
    book = next(link.target for link in package.relations("") if link.kind == "officeDocument")
    sheets = _sheets(package, book)
    styles_part = next((link.target for link in package.relations(book) if link.kind == "styles"), None)
    styles = Styles(package.text(styles_part) if styles_part else "")
    for title, cells in _by_sheet(problems).items():
        if title in sheets:
            package.put(sheets[title], colour(package.text(sheets[title]), set(cells), styles))
            comment(package, sheets[title], cells)
    _put_in_front(package, book, _problems_sheet(problems, set(sheets), styles), set(sheets))
    _put_styles(package, book, styles_part, styles.xml)


def _sheets(package: Package, book: str) -> dict[str, str]:
    """The part of each sheet, by its title."""
    targets = {link.id: link.target for link in package.relations(book)}
    tags = [attributes(tag) for tag in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", package.text(book))]
    return {tag["name"]: targets[tag["id"]] for tag in tags if tag.get("id") in targets}


def _put_styles(package: Package, book: str, part: str | None, xml: str) -> None:
    if part is None:
        part = package.free_name("xl/styles*.xml")
        package.declare(f"{_SPREADSHEET}.styles+xml", part=part)
        package.relate(book, "styles", part)
    package.put(part, xml)


# --- folders -------------------------------------------------------------------------------------------


def _annotate_folder(folder: Path, problems: Sequence[Problem], path_out: Path) -> None:
    raw = read_folder(folder)
    with tempfile.TemporaryDirectory() as place:
        book = Path(place) / f"{raw.name}.xlsx"
        write_workbook(raw, book)
        cells = _cells_in_workbook(raw, read_workbook(book))
        annotate(book, [_moved(problem, cells) for problem in problems], path_out)


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


def _place_of(cell: str | None) -> tuple[str, Cell] | None:
    """The sheet and cell of 'offers!G14'; None where there is no such cell."""
    title, _, reference = (cell or "").rpartition("!")
    match = re.fullmatch(r"([A-Z]{1,3})(\d+)(:.*)?", reference)
    if not title or not match:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return title, (int(match[2]), column)


def _by_sheet(problems: Iterable[Problem]) -> dict[str, dict[Cell, str]]:
    """What is to be said at each cell of each sheet; several problems of a cell in one text."""
    found: dict[str, dict[Cell, str]] = {}
    for problem in problems:
        words = f"{problem.message} {problem.fix}".strip()
        for title, cell in filter(None, map(_place_of, problem.cells or (problem.cell,))):
            cells = found.setdefault(title, {})
            cells[cell] = f"{cells[cell]}\n\n{words}" if cell in cells else words
    return found


# --- the list of problems -------------------------------------------------------------------------------

_HEADS = ("where", "what is wrong", "what would be right")
_WIDTHS = (28, 70, 60)
_FIRST_ROW = 4
_BOLD = '<font><b/><sz val="11"/><name val="Calibri"/></font>'
_LINK = '<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="Calibri"/></font>'


def _problems_sheet(problems: Sequence[Problem], sheets: set[str], styles: Styles) -> str:
    """The XML of a sheet that lists all problems, each with a link to its cell."""
    plain = styles.add("cellXfs", '<xf applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>')
    bold = styles.add("cellXfs", f'<xf fontId="{styles.add("fonts", _BOLD)}" applyFont="1"/>')
    blue = f'<xf fontId="{styles.add("fonts", _LINK)}" applyFont="1" applyAlignment="1">'
    link = styles.add("cellXfs", f'{blue}<alignment vertical="top"/></xf>')
    rows = [_row(1, [(_title(len(problems)), bold)]), _row(_FIRST_ROW - 1, [(head, bold) for head in _HEADS])]
    links = []
    for number, problem in enumerate(problems, start=_FIRST_ROW):
        spot = _place_of(problem.cell)
        reachable = spot is not None and spot[0] in sheets
        where = problem.cell or problem.table or ""
        rows.append(
            _row(number, [(where, link if reachable else plain), (problem.message, plain), (problem.fix, plain)])
        )
        if spot and reachable:
            links.append(_hyperlink(f"A{number}", problem.cell or ""))
    return _sheet_xml(rows, links)


def _title(count: int) -> str:
    found = "1 problem" if count == 1 else f"{count} problems"
    return f"{found}. Mend each cell, save, and check again. This sheet may be deleted."


def _row(number: int, cells: list[tuple[str, int]]) -> str:
    written = (
        f'<c r="{"ABC"[i]}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text_of(words)}</t></is></c>'
        for i, (words, style) in enumerate(cells)
        if words
    )
    return f'<row r="{number}">{"".join(written)}</row>'


def _hyperlink(reference: str, cell: str) -> str:
    title, _, target = cell.rpartition("!")
    quoted = title.replace("'", "''")
    location = text_of(f"'{quoted}'!{target}").replace('"', "&quot;")
    return f'<hyperlink ref="{reference}" location="{location}"/>'


def _sheet_xml(rows: list[str], links: list[str]) -> str:
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>' for i, width in enumerate(_WIDTHS, start=1)
    )
    top = _FIRST_ROW - 1
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{_MAIN}">'
        '<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        f'<pane ySplit="{top}" topLeftCell="A{_FIRST_ROW}" activePane="bottomLeft" state="frozen"/></sheetView>'
        f"</sheetViews><cols>{columns}</cols><sheetData>{''.join(rows)}</sheetData>"
        f"{'<hyperlinks>' + ''.join(links) + '</hyperlinks>' if links else ''}"
        '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _put_in_front(package: Package, book: str, xml: str, titles: set[str]) -> None:
    """Add a sheet ahead of all others and open the workbook at it."""
    for part in _sheets(package, book).values():
        _deselect(package, part)
    part = package.free_name("xl/worksheets/sheet*.xml")
    package.put(part, xml)
    package.declare(f"{_SPREADSHEET}.worksheet+xml", part=part)
    link = package.relate(book, "worksheet", part)
    package.put(book, _with_first_sheet(package.text(book), _free_title(titles), link))


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
    # Names that belong to one sheet, and the view, count sheets from the first.
    xml = re.sub(r'\blocalSheetId\s*=\s*"(\d+)"', lambda m: f'localSheetId="{int(m[1]) + 1}"', xml)
    return re.sub(r'\s(activeTab|firstSheet)\s*=\s*"\d+"', "", xml)

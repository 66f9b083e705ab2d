"""The sheet that lists a workbook's problems in front of all others.

A hidden column of it names each marked cell, in the format that the cell had: all programs keep formats on
saving, whatever numbers they give them, so that the marks can be taken off when the workbook comes back.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from planner.errors import Problem
from planner.excel.elements import Element, parsed, without_controls
from planner.excel.marks import Cell, Styles, cell_of
from planner.excel.package import Package
from planner.scenario.headings import PROBLEMS_SHEET

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEADS = ("where", "what is wrong", "what would be right")
_WIDTHS = (28, 70, 60)
_LINE_HEIGHT = 15
_FIRST_ROW = 4
_HIDDEN_COLUMN = 4
_END = "This sheet may be deleted."
"""Ends the sheet's first cell, by which it is known again."""
_BOLD = '<font><b/><sz val="11"/><name val="Calibri"/></font>'
_LINK = '<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="Calibri"/></font>'


def place_of(cell: str | None) -> tuple[str, Cell] | None:
    """The sheet and cell of 'offers!G14'; None where there is no such cell."""
    title, _, reference = (cell or "").rpartition("!")
    match = re.fullmatch(r"([A-Z]{1,3}\d+)(:.*)?", reference)
    return (title, cell_of(match[1])) if title and match else None


# --- writing --------------------------------------------------------------------------------------------


def list_sheet(
    problems: Sequence[Problem],
    notes: Sequence[Problem],
    sheets: set[str],
    styles: Styles,
    before: Mapping[str, int],
) -> Element:
    """The XML of the sheet: problems and notes, each with a link to its cell; `before` are the marked cells' styles."""
    plain = styles.add("cellXfs", '<xf applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>')
    bold = styles.add("cellXfs", f'<xf fontId="{styles.add("fonts", _BOLD)}" applyFont="1"/>')
    blue = f'<xf fontId="{styles.add("fonts", _LINK)}" applyFont="1" applyAlignment="1">'
    link = styles.add("cellXfs", f'{blue}<alignment vertical="top"/></xf>')
    rows = [_row(1, [(_title(len(problems), len(notes)), bold)]), _row(_FIRST_ROW - 1, [(h, bold) for h in _HEADS])]
    links = []
    for number, (said, marked) in enumerate(itertools.zip_longest([*problems, *notes], before.items()), _FIRST_ROW):
        cells = [("", plain)] * len(_HEADS)
        if said:
            spot = place_of(said.cell)
            reachable = spot is not None and spot[0] in sheets
            where = said.cell or said.table or ""
            cells = [(where, link if reachable else plain), (said.message, plain), (said.fix, plain)]
            links += [_hyperlink(f"A{number}", where)] if reachable else []
        rows.append(_row(number, [*cells, marked] if marked else cells, hidden=said is None))
    return parsed(_sheet_xml(rows, links).encode())


def _title(problems: int, notes: int) -> str:
    found = _count(problems, "problem") if problems else "No problems"
    noted = f" and {_count(notes, 'note')}" if notes else ""
    mend = " Mend each cell, save, and check again." if problems else ""
    return f"{found}{noted}.{mend} {_END}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _row(number: int, cells: Sequence[tuple[str, int]], hidden: bool = False) -> str:
    written = (
        f'<c r="{letter}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_escaped(words)}</t></is></c>'
        for letter, (words, style) in zip("ABCD", cells, strict=False)
        if words
    )
    # Not all programs make a row as high as its wrapped text.
    lines = max(1 + len(words) // width for (words, _), width in zip(cells, _WIDTHS, strict=False)) if cells[1:] else 1
    height = f' ht="{_LINE_HEIGHT * lines}" customHeight="1"' if lines > 1 else ""
    unseen = ' hidden="1"' if hidden else ""
    return f'<row r="{number}"{height}{unseen}>{"".join(written)}</row>'


def _escaped(words: str) -> str:
    return escape(without_controls(words))


def _hyperlink(reference: str, cell: str) -> str:
    title, _, target = cell.rpartition("!")
    quoted = title.replace("'", "''")
    location = _escaped(f"'{quoted}'!{target}").replace('"', "&quot;")
    return f'<hyperlink ref="{reference}" location="{location}"/>'


def _sheet_xml(rows: list[str], links: list[str]) -> str:
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>' for i, width in enumerate(_WIDTHS, start=1)
    )
    hidden = f'<col min="{_HIDDEN_COLUMN}" max="{_HIDDEN_COLUMN}" width="9" hidden="1" customWidth="1"/>'
    top = _FIRST_ROW - 1
    return (
        f'<worksheet xmlns="{_MAIN}">'
        '<sheetPr><tabColor rgb="FFC00000"/><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView tabSelected="1" workbookViewId="0">'
        f'<pane ySplit="{top}" topLeftCell="A{_FIRST_ROW}" activePane="bottomLeft" state="frozen"/></sheetView>'
        f"</sheetViews><cols>{columns}{hidden}</cols><sheetData>{''.join(rows)}</sheetData>"
        f"{'<hyperlinks>' + ''.join(links) + '</hyperlinks>' if links else ''}"
        '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )


# --- reading an earlier one -----------------------------------------------------------------------------


@dataclass(frozen=True)
class EarlierList:
    """The list of an earlier call: its sheet's title, and the styles that the marked cells of each sheet had."""

    title: str
    styles: dict[str, dict[Cell, int]] = field(default_factory=dict)


def earlier_list(package: Package, strings: str | None, sheets: Mapping[str, str]) -> EarlierList | None:
    """The list that an earlier call put into the workbook; `strings` is the part of the texts that sheets share."""
    for title, part in sheets.items():
        if title.casefold().startswith(PROBLEMS_SHEET):
            cells = _texts(package, strings, part)
            if cells.get((1, 1), ("", 0))[0].endswith(_END):
                return EarlierList(title, _styles_before(cells))
    return None


def _styles_before(cells: Mapping[Cell, tuple[str, int]]) -> dict[str, dict[Cell, int]]:
    found: dict[str, dict[Cell, int]] = {}
    for (row, column), (text, style) in cells.items():
        spot = place_of(text) if column == _HIDDEN_COLUMN and row >= _FIRST_ROW else None
        if spot:
            found.setdefault(spot[0], {})[spot[1]] = style
    return found


def _texts(package: Package, strings: str | None, part: str) -> dict[Cell, tuple[str, int]]:
    """The cells of a sheet that hold text, with their styles."""
    shared: list[str] | None = None
    found = {}
    for cell in package.root(part).iterfind("{*}sheetData/{*}row/{*}c"):
        text = "".join(piece.text or "" for piece in cell.iterfind("{*}is//{*}t"))
        if cell.get("t") == "s" and strings:
            shared = _shared(package, strings) if shared is None else shared
            text = shared[int(cell.findtext("{*}v", "0"))]
        found[cell_of(cell.get("r", ""))] = (text, int(cell.get("s", 0)))
    return found


def _shared(package: Package, part: str) -> list[str]:
    items = package.root(part).iterfind("{*}si")
    return ["".join(piece.text or "" for piece in item.iter("{*}t")) for item in items]

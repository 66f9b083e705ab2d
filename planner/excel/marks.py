"""Colour cells of a workbook and take the colour off again, in the XML of its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from planner.excel.package import attributes, children, place, prefixed
from planner.scenario.raw import column_letters

COLOUR = "FFFFC8CD"
"""A light red that nobody else fills a cell with: Excel's own for bad cells, but for a shade that no eye sees."""
INK = "FF9C0006"
"""The dark red of what is written in them, whatever the colour of their text was."""

Cell = tuple[int, int]
"""Row and column, both 1-based."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def cell_of(reference: str) -> Cell:
    """Row and column of 'G14'; 0 for what the reference lacks."""
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(reference[len(letters) :] or 0), column


def reference_of(cell: Cell) -> str:
    """'G14' of its row and column."""
    return f"{column_letters(cell[1] - 1)}{cell[0]}"


# --- styles ----------------------------------------------------------------------------------------

_STYLE_PARTS = {
    "fonts": "<font/>",
    "fills": '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>',
    "borders": "<border/>",
    "cellStyleXfs": "<xf/>",
    "cellXfs": "<xf/>",
}
_FILL = f'<fill><patternFill patternType="solid"><fgColor rgb="{COLOUR}"/></patternFill></fill>'
_STYLE_ORDER = [*_STYLE_PARTS, "cellStyles", "dxfs", "tableStyles", "colors", "extLst"]


class Styles:
    """The workbook's cell styles, to which those of marked cells are added."""

    def __init__(self, xml: str = "") -> None:
        self.xml = xml or f'<styleSheet xmlns="{_MAIN}"></styleSheet>'
        for number, (name, least) in enumerate(_STYLE_PARTS.items(), start=1):
            if name not in {tag for tag, _ in children(self.xml)}:
                self.xml = place(self.xml, f"<{name}>{least}</{name}>", _STYLE_ORDER[number:])
        self._coloured: dict[int, int] = {}

    def coloured(self, style: int) -> int:
        """The number of a style that is like `style`, but in the colours of a problem."""
        if style not in self._coloured:
            fill = self.add("fills", _FILL)
            font = self.add("fonts", _inked(self._font(style), f'<color rgb="{INK}"/>'))
            self._coloured[style] = self.add("cellXfs", self._like(style, fill, font))
        return self._coloured[style]

    def marked(self) -> set[int]:
        """The styles in the colour of a problem."""
        fills = {number for number, fill in enumerate(self._all("fills")) if COLOUR in fill}
        return {number for number, style in enumerate(self._all("cellXfs")) if _part_of(style, "fillId") in fills}

    def unmarked(self, style: int, before: int | None) -> int:
        """The number of a style that is like `style`, but in the colours of `before`; in none where that is None."""
        if before is None:
            return self.add("cellXfs", self._like(style, 0, self.add("fonts", _inked(self._font(style), ""))))
        was = self._entry("cellXfs", before)
        return self.add("cellXfs", self._like(style, _part_of(was, "fillId"), _part_of(was, "fontId")))

    def add(self, group: str, element: str) -> int:
        """The number by which others refer to an element of 'fonts', 'fills' or 'cellXfs', added where it is new."""
        element = prefixed(self.xml, element)
        known = self._all(group)
        if element in known:
            return known.index(element)
        start, _ = self._span(group)
        opening = re.compile(r"<[^>]*>").match(self.xml, start)
        head = opening[0] if opening else ""
        counted = re.sub(r'\bcount\s*=\s*"\d*"', f'count="{len(known) + 1}"', head)
        self.xml = place(self.xml[:start] + counted + self.xml[start + len(head) :], element, parent=group)
        return len(known)

    def _like(self, style: int, fill: int, font: int) -> str:
        entry = self._entry("cellXfs", style)
        tag = entry[1 : entry.index("xf") + 2]
        for name, value in (("fillId", fill), ("fontId", font), ("applyFill", 1), ("applyFont", 1)):
            bare = re.sub(rf'\s{name}\s*=\s*"[^"]*"', "", entry, count=1)
            entry = bare.replace(f"<{tag}", f'<{tag} {name}="{value}"', 1)
        return entry

    def _font(self, style: int) -> str:
        return self._entry("fonts", _part_of(self._entry("cellXfs", style), "fontId"))

    def _entry(self, group: str, number: int) -> str:
        entries = self._all(group) or _entries(prefixed(self.xml, _STYLE_PARTS[group]), group)
        return entries[number if number < len(entries) else 0]

    def _all(self, group: str) -> list[str]:
        start, end = self._span(group)
        return _entries(self.xml[start:end], group)

    def _span(self, group: str) -> tuple[int, int]:
        parts = [*children(self.xml), ("", len(self.xml))]
        index = next(i for i, (tag, _) in enumerate(parts) if tag == group)
        return parts[index][1], parts[index + 1][1]


def _part_of(style: str, name: str) -> int:
    """The number of a style's font or fill."""
    return int(attributes(style.partition(">")[0]).get(name, 0))


def _inked(font: str, colour: str) -> str:
    """A font in another colour; in none of its own where `colour` is ''."""
    opened = re.sub(r"^<([\w:]+)([^>]*)/>$", r"<\1\2></\1>", font)
    bare = re.sub(r"<(?:\w+:)?color\b[^>]*/>|<((?:\w+:)?)color\b[^>]*></\1color\s*>", "", opened)
    # Excel wants the colour ahead of the name.
    end = re.search(r"<(?:\w+:)?(?:name|family|charset|scheme)\b|</(?:\w+:)?font\s*>", bare)
    at = end.start() if end else len(bare)
    return bare[:at] + prefixed(bare, colour) + bare[at:]


def _entries(xml: str, group: str) -> list[str]:
    tag = {"cellXfs": "xf"}.get(group, group[:-1])
    pattern = rf"<(?:\w+:)?{tag}(?:\s[^>]*?)?(?:/>|>.*?</(?:\w+:)?{tag}\s*>)"
    return re.findall(pattern, xml, re.DOTALL)


# --- colours ---------------------------------------------------------------------------------------

_ROW = re.compile(r"(<(?:\w+:)?row\b[^>]*?)(?:/>|>(.*?)</(?:\w+:)?row\s*>)", re.DOTALL)
_CELL = re.compile(r"(<(?:\w+:)?c\b[^>]*?)(/?>)(?:(?<=/>)|.*?</(?:\w+:)?c\s*>)", re.DOTALL)


def colour(xml: str, cells: set[Cell], styles: Styles) -> tuple[str, dict[Cell, int]]:
    """A sheet's XML with `cells` coloured, those that it did not hold added; and what style each had before."""
    painter = _Painter(cells, styles, _column_styles(xml))
    body = re.compile(r"(<(?:\w+:)?sheetData\s*)(?:/>|>(.*?)</(?:\w+:)?sheetData\s*>)", re.DOTALL).search(xml)
    if body is None:
        return xml, {}
    name = body[1].lstrip("<").strip()
    rows = painter.rows(body[2] or "", xml)
    return f"{xml[: body.start()]}<{name}>{rows}</{name}>{xml[body.end() :]}", painter.before


def uncolour(xml: str, before: dict[Cell, int], styles: Styles) -> str:
    """A sheet's XML with all cells in the colour of a problem as they were: `before` has their styles, where known."""
    marked = styles.marked()
    done: dict[tuple[int, int | None], int] = {}

    def restored(cell: re.Match[str]) -> str:
        given = attributes(cell[1]) if " s=" in cell[1] else {}
        style = int(given.get("s", 0))
        if style not in marked:
            return cell[0]
        was = before.get(cell_of(given.get("r", "")))
        if (style, was) not in done:
            done[style, was] = styles.unmarked(style, was)
        return _styled(cell, done[style, was])

    return _CELL.sub(restored, xml) if marked else xml


def _styled(cell: re.Match[str], style: int) -> str:
    head = re.sub(r'\ss\s*=\s*"\d*"', "", cell[1])
    return f'{head} s="{style}"{cell[0][len(cell[1]) :]}'


def _column_styles(xml: str) -> dict[int, int]:
    """The styles of whole columns, which a cell that is not there yet has."""
    styles: dict[int, int] = {}
    for tag in re.findall(r"<(?:\w+:)?col\s[^>]*>", xml[: xml.find("sheetData")]):
        given = attributes(tag)
        last = min(int(given["max"]), 16384)
        styles |= dict.fromkeys(range(int(given["min"]), last + 1), int(given.get("style", 0)))
    return styles


@dataclass
class _Painter:
    cells: set[Cell]
    styles: Styles
    columns: dict[int, int]
    before: dict[Cell, int] = field(default_factory=dict)

    def rows(self, body: str, sheet: str) -> str:
        """The rows of a sheet, with the marked ones rewritten and the missing ones put in their places."""
        wanted: dict[int, list[int]] = {}
        for row, column in sorted(self.cells):
            wanted.setdefault(row, []).append(column)
        done, at, number = [], 0, 0
        for match in _ROW.finditer(body):
            number = int(attributes(match[1]).get("r", number + 1))
            done.append(body[at : match.start()])
            while wanted and (row := next(iter(wanted))) < number:
                done.append(self._new_row(row, wanted.pop(row), sheet))
            done.append(self._row(match, number, wanted.pop(number)) if number in wanted else match[0])
            at = match.end()
        return "".join([*done, body[at:], *(self._new_row(row, cols, sheet) for row, cols in wanted.items())])

    def _new_row(self, row: int, columns: list[int], sheet: str) -> str:
        cells = "".join(self._new_cell(row, column, 0) for column in columns)
        return prefixed(sheet, f'<row r="{row}">{cells}</row>')

    def _new_cell(self, row: int, column: int, row_style: int) -> str:
        self.before[row, column] = row_style or self.columns.get(column, 0)
        style = self.styles.coloured(self.before[row, column])
        return f'<c r="{reference_of((row, column))}" s="{style}"/>'

    def _row(self, match: re.Match[str], number: int, columns: list[int]) -> str:
        given = attributes(match[1])
        row_style = int(given.get("s", 0)) if given.get("customFormat") in ("1", "true") else 0
        body, done, at, column = match[2] or "", [], 0, 0
        for cell in _CELL.finditer(body):
            column = cell_of(attributes(cell[1]).get("r", ""))[1] or column + 1
            missing = [c for c in columns if c < column]
            added = prefixed(match[0], "".join(self._new_cell(number, c, row_style) for c in missing))
            done += [body[at : cell.start()], added, self._cell(cell, number, column) if column in columns else cell[0]]
            columns, at = [c for c in columns if c > column], cell.end()
        added = prefixed(match[0], "".join(self._new_cell(number, c, row_style) for c in columns))
        # 'spans' tells which columns the row has; it may be left out, but must not be wrong.
        head = re.sub(r'\sspans\s*=\s*"[^"]*"', "", match[1])
        return f"{head}>{''.join(done)}{body[at:]}{added}</{head.split()[0].lstrip('<')}>"

    def _cell(self, cell: re.Match[str], row: int, column: int) -> str:
        self.before[row, column] = int(attributes(cell[1]).get("s", 0))
        return _styled(cell, self.styles.coloured(self.before[row, column]))

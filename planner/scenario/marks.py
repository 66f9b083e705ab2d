"""Colour cells of a workbook and comment on them, in the XML of its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.scenario.package import Package, attributes, children, link_attribute, place, prefixed, text_of
from planner.scenario.raw import column_letters

AUTHOR = "planner"
COLOUR = "FFFFC7CE"
"""The light red in which Excel itself shows bad cells."""

Cell = tuple[int, int]
"""Row and column, both 1-based."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BEHIND_LEGACY_DRAWING = [
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
]  # fmt: skip


# --- styles ----------------------------------------------------------------------------------------

_STYLE_PARTS = {
    "fonts": "<font/>",
    "fills": '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>',
    "borders": "<border/>",
    "cellStyleXfs": "<xf/>",
    "cellXfs": "<xf/>",
}
_STYLE_ORDER = [*_STYLE_PARTS, "cellStyles", "dxfs", "tableStyles", "colors", "extLst"]


class Styles:
    """The workbook's cell styles, to which those of marked cells are added."""

    def __init__(self, xml: str = "") -> None:
        self.xml = xml or f'<styleSheet xmlns="{_MAIN}"></styleSheet>'
        for number, (name, least) in enumerate(_STYLE_PARTS.items(), start=1):
            if name not in {tag for tag, _ in children(self.xml)}:
                self.xml = place(self.xml, f"<{name}>{least}</{name}>", _STYLE_ORDER[number:])
        self._coloured: dict[int, int] = {}
        self._fill: int | None = None

    def coloured(self, style: int) -> int:
        """The number of a style that is like `style`, but in the colour of a problem."""
        if self._fill is None:
            colour = f'<fill><patternFill patternType="solid"><fgColor rgb="{COLOUR}"/></patternFill></fill>'
            self._fill = self.add("fills", colour)
        if style not in self._coloured:
            self._coloured[style] = self.add("cellXfs", self._like(style, fillId=str(self._fill), applyFill="1"))
        return self._coloured[style]

    def add(self, group: str, element: str) -> int:
        """Add to 'fonts', 'fills' or 'cellXfs'; returns the number by which others refer to it."""
        start, end = self._span(group)
        number = len(_entries(self.xml[start:end], group))
        opening = re.compile(r"<[^>]*>").match(self.xml, start)
        head = opening[0] if opening else ""
        counted = re.sub(r'\bcount\s*=\s*"\d*"', f'count="{number + 1}"', head)
        self.xml = place(self.xml[:start] + counted + self.xml[start + len(head) :], element, parent=group)
        return number

    def _like(self, style: int, **changed: str) -> str:
        start, end = self._span("cellXfs")
        styles = _entries(self.xml[start:end], "cellXfs")
        entry = styles[style] if style < len(styles) else styles[0]
        tag = entry[1 : entry.index("xf") + 2]
        for name, value in changed.items():
            bare = re.sub(rf'\s{name}\s*=\s*"[^"]*"', "", entry, count=1)
            entry = bare.replace(f"<{tag}", f'<{tag} {name}="{value}"', 1)
        return entry

    def _span(self, group: str) -> tuple[int, int]:
        parts = [*children(self.xml), ("", len(self.xml))]
        index = next(i for i, (tag, _) in enumerate(parts) if tag == group)
        return parts[index][1], parts[index + 1][1]


def _entries(xml: str, group: str) -> list[str]:
    tag = {"cellXfs": "xf"}.get(group, group[:-1])
    pattern = rf"<(?:\w+:)?{tag}(?:\s[^>]*?)?(?:/>|>.*?</(?:\w+:)?{tag}\s*>)"
    return re.findall(pattern, xml, re.DOTALL)


# --- colours ---------------------------------------------------------------------------------------

_ROW = re.compile(r"(<(?:\w+:)?row\b[^>]*?)(?:/>|>(.*?)</(?:\w+:)?row\s*>)", re.DOTALL)
_CELL = re.compile(r"(<(?:\w+:)?c\b[^>]*?)(/?>)(?:(?<=/>)|.*?</(?:\w+:)?c\s*>)", re.DOTALL)


def colour(xml: str, cells: set[Cell], styles: Styles) -> str:
    """A sheet's XML with `cells` coloured; cells and rows that it did not hold are added, blank."""
    painter = _Painter(cells, styles, _column_styles(xml))
    body = re.compile(r"(<(?:\w+:)?sheetData\s*)(?:/>|>(.*?)</(?:\w+:)?sheetData\s*>)", re.DOTALL).search(xml)
    if body is None:
        return xml
    name = body[1].lstrip("<").strip()
    return f"{xml[: body.start()]}<{name}>{painter.rows(body[2] or '', xml)}</{name}>{xml[body.end() :]}"


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
        style = self.styles.coloured(row_style or self.columns.get(column, 0))
        return f'<c r="{column_letters(column - 1)}{row}" s="{style}"/>'

    def _row(self, match: re.Match[str], number: int, columns: list[int]) -> str:
        given = attributes(match[1])
        row_style = int(given.get("s", 0)) if given.get("customFormat") in ("1", "true") else 0
        body, done, at, column = match[2] or "", [], 0, 0
        for cell in _CELL.finditer(body):
            column = _column(attributes(cell[1]).get("r", "")) or column + 1
            missing = [c for c in columns if c < column]
            added = prefixed(match[0], "".join(self._new_cell(number, c, row_style) for c in missing))
            done += [body[at : cell.start()], added, self._cell(cell) if column in columns else cell[0]]
            columns, at = [c for c in columns if c > column], cell.end()
        added = prefixed(match[0], "".join(self._new_cell(number, c, row_style) for c in columns))
        # 'spans' tells which columns the row has; it may be left out, but must not be wrong.
        head = re.sub(r'\sspans\s*=\s*"[^"]*"', "", match[1])
        return f"{head}>{''.join(done)}{body[at:]}{added}</{head.split()[0].lstrip('<')}>"

    def _cell(self, cell: re.Match[str]) -> str:
        style = self.styles.coloured(int(attributes(cell[1]).get("s", 0)))
        head = re.sub(r'\ss\s*=\s*"\d*"', "", cell[1])
        return f'{head} s="{style}"{cell[0][len(cell[1]) :]}'


def _column(reference: str) -> int:
    number = 0
    for letter in reference.rstrip("0123456789"):
        number = number * 26 + ord(letter) - 64
    return number


# --- comments --------------------------------------------------------------------------------------


def comment(package: Package, sheet: str, notes: dict[Cell, str]) -> None:
    """Put notes on cells of the sheet whose part is `sheet`; what a cell's comment said stays ahead of it."""
    part = _linked(package, sheet, "comments") or _new_comments(package, sheet)
    xml, author = _with_author(package.text(part))
    there = {attributes(tag).get("ref") for tag in re.findall(r"<(?:\w+:)?comment\s[^>]*>", xml)}
    new = {cell: words for cell, words in notes.items() if _reference(cell) not in there}
    for cell in notes.keys() - new.keys():
        xml = _appended(xml, _reference(cell), notes[cell])
    added = "".join(_comment(cell, words, author) for cell, words in new.items())
    package.put(part, place(xml, added, parent="commentList"))
    if new:
        _draw(package, sheet, new)


def _reference(cell: Cell) -> str:
    return f"{column_letters(cell[1] - 1)}{cell[0]}"


def _comment(cell: Cell, words: str, author: int) -> str:
    run = f'<r><t xml:space="preserve">{text_of(words)}</t></r>'
    return f'<comment ref="{_reference(cell)}" authorId="{author}"><text>{run}</text></comment>'


def _linked(package: Package, sheet: str, kind: str) -> str | None:
    return next((link.target for link in package.relations(sheet) if link.kind == kind), None)


def _new_comments(package: Package, sheet: str) -> str:
    part = package.free_name("xl/comments*.xml")
    package.put(part, f'<comments xmlns="{_MAIN}"><authors></authors><commentList></commentList></comments>')
    package.declare(f"{_SPREADSHEET}.comments+xml", part=part)
    package.relate(sheet, "comments", part)
    return part


def _with_author(xml: str) -> tuple[str, int]:
    authors = re.findall(r"<(?:\w+:)?author(?:/>|>(.*?)</)", xml, re.DOTALL)
    if AUTHOR in authors:
        return xml, authors.index(AUTHOR)
    return place(xml, f"<author>{AUTHOR}</author>", parent="authors"), len(authors)


def _appended(xml: str, reference: str, words: str) -> str:
    """The comments with `words` at the end of the cell's own."""
    pattern = rf'<((?:\w+:)?)comment\s[^>]*\bref="{reference}"[^>]*>.*?</\1comment\s*>'
    found = re.search(pattern, xml, re.DOTALL)
    if not found:
        return xml
    p = found[1]
    run = prefixed(xml, f'<r><t xml:space="preserve">\n\n{text_of(words)}</t></r>')
    body = found[0].replace(f"<{p}text/>", f"<{p}text></{p}text>")
    if f"<{p}r>" not in body:
        # Plain text beside runs is not shown by all programs: make it a run of its own.
        body = re.sub(rf"(<{p}t\b.*</{p}t>)", rf"<{p}r>\1</{p}r>", body, flags=re.DOTALL)
    end = body.rindex(f"</{p}text")
    return xml[: found.start()] + body[:end] + run + body[end:] + xml[found.end() :]


# --- the boxes that comments are shown in (VML) --------------------------------------------------------

_VML_SPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_BOX_TYPE = (
    f'<v:shapetype {_VML_SPACES} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_BOX = (
    '<v:shape {spaces} id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;visibility:hidden" '
    'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div>'
    '</v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_CHARACTERS_A_LINE = 34


def _draw(package: Package, sheet: str, notes: dict[Cell, str]) -> None:
    part = _drawing(package, sheet)
    vml = package.text(part)
    used = [int(number) for number in re.findall(r"_x0000_s(\d+)", vml)]
    first = max(used, default=1024) + 1
    boxes = [_box(cell, words, first + number) for number, (cell, words) in enumerate(notes.items())]
    kind = "" if 'id="_x0000_t202"' in vml else _BOX_TYPE
    end = vml.rindex("</")
    package.put(part, vml[:end] + kind + "".join(boxes) + vml[end:])


def _drawing(package: Package, sheet: str) -> str:
    """The sheet's VML drawing, which its tag legacyDrawing names; made where it has none."""
    tag = re.search(r"<(?:\w+:)?legacyDrawing\s[^>]*>", package.text(sheet))
    links = {link.id: link.target for link in package.relations(sheet)}
    if tag and attributes(tag[0]).get("id") in links:
        return links[attributes(tag[0])["id"]]
    part = package.free_name("xl/drawings/vmlDrawing*.vml")
    package.put(part, f"<xml {_VML_SPACES}></xml>")
    package.declare("application/vnd.openxmlformats-officedocument.vmlDrawing", extension="vml")
    link = package.relate(sheet, "vmlDrawing", part)
    xml = package.text(sheet)
    package.put(sheet, place(xml, f"<legacyDrawing {link_attribute(xml, link)}/>", _BEHIND_LEGACY_DRAWING))
    return part


def _box(cell: Cell, words: str, number: int) -> str:
    row, column = cell[0] - 1, cell[1] - 1
    lines = sum(len(line) // _CHARACTERS_A_LINE + 1 for line in words.split("\n"))
    top = max(row - 1, 0)
    anchor = f"{column + 1},15,{top},10,{column + 4},15,{top + max(lines, 3) + 1},4"
    return _BOX.format(spaces=_VML_SPACES, id=number, anchor=anchor, row=row, column=column)

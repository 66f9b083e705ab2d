"""Comment on cells of a workbook and take the comments off again, in the XML of its parts."""

from __future__ import annotations

import re

from planner.excel.marks import Cell, reference_of
from planner.excel.package import Package, attributes, link_attribute, place, prefixed, text_of

AUTHOR = "planner"
SIGN = "[planner] "
"""Begins each line of ours in a comment, so that it can be told from others when it is taken off again."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BEHIND_LEGACY_DRAWING = [
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
]  # fmt: skip


def comment(package: Package, sheet: str, remarks: dict[Cell, list[str]]) -> None:
    """Put remarks on cells of the sheet whose part is `sheet`, a line each; what a cell's comment said stays ahead."""
    notes = {cell: "\n".join(f"{SIGN}{' '.join(words.split())}" for words in told) for cell, told in remarks.items()}
    part = _linked(package, sheet, "comments") or _new_comments(package, sheet)
    xml, author = _with_author(package.text(part))
    there = {attributes(tag).get("ref") for tag in re.findall(r"<(?:\w+:)?comment\s[^>]*>", xml)}
    new = {cell: words for cell, words in notes.items() if reference_of(cell) not in there}
    for cell in notes.keys() - new.keys():
        xml = _appended(xml, reference_of(cell), notes[cell])
    added = "".join(_comment(cell, words, author) for cell, words in new.items())
    package.put(part, place(xml, added, parent="commentList"))
    if new:
        _draw(package, sheet, new)


def uncomment(package: Package, sheet: str) -> None:
    """Take from the comments of a sheet what `comment` has put there, and comments that held nothing else."""
    part = _linked(package, sheet, "comments")
    if part is None or SIGN not in package.text(part):
        return
    emptied: set[str] = set()

    def mended(comment: re.Match[str]) -> str:
        own = _without_ours(comment[0])
        if own is None:
            emptied.add(attributes(comment[0].partition(">")[0]).get("ref", ""))
        return own or ""

    package.put(part, _COMMENT.sub(mended, package.text(part)))
    _undraw(package, sheet, emptied)


_COMMENT = re.compile(r"<((?:\w+:)?)comment\s[^>]*(?<!/)>.*?</\1comment\s*>", re.DOTALL)
_TEXT = re.compile(r"(<(?:\w+:)?t\b[^>]*(?<!/)>)(.*?)(</(?:\w+:)?t\s*>)", re.DOTALL)
_OURS = re.compile(rf"^{re.escape(SIGN)}.*\n?", re.MULTILINE)


def _without_ours(comment: str) -> str | None:
    """A comment without our lines; None where nothing else is in it."""
    if SIGN not in comment:
        return comment
    ends = re.sub(r"&#(?:10|xA);|_x000a_|\r\n?", "\n", comment, flags=re.IGNORECASE)
    own = _TEXT.sub(lambda text: text[1] + _OURS.sub("", text[2]) + text[3], ends)
    texts = [text for text in _TEXT.finditer(own) if text[2].strip()]
    if not texts:
        return None
    # The blank line that parted ours from what was there goes as well.
    last = texts[-1]
    return own[: last.start(2)] + last[2].rstrip("\n") + _TEXT.sub(r"\1\3", own[last.end(2) :])


def _comment(cell: Cell, words: str, author: int) -> str:
    run = f'<r><t xml:space="preserve">{text_of(words)}</t></r>'
    return f'<comment ref="{reference_of(cell)}" authorId="{author}"><text>{run}</text></comment>'


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
    """The sheet's VML drawing; made where it has none."""
    known = _legacy_drawing(package, sheet)
    if known is not None:
        return known
    part = package.free_name("xl/drawings/vmlDrawing*.vml")
    package.put(part, f"<xml {_VML_SPACES}></xml>")
    package.declare("application/vnd.openxmlformats-officedocument.vmlDrawing", extension="vml")
    link = package.relate(sheet, "vmlDrawing", part)
    xml = package.text(sheet)
    package.put(sheet, place(xml, f"<legacyDrawing {link_attribute(xml, link)}/>", _BEHIND_LEGACY_DRAWING))
    return part


def _undraw(package: Package, sheet: str, references: set[str]) -> None:
    """Take away the boxes of comments on these cells."""
    part = _legacy_drawing(package, sheet)
    if part is None:
        return

    def kept(shape: re.Match[str]) -> str:
        row, column = (re.search(rf"<(?:\w+:)?{name}>\s*(\d+)\s*<", shape[0]) for name in ("Row", "Column"))
        gone = row and column and reference_of((int(row[1]) + 1, int(column[1]) + 1)) in references
        return "" if gone else shape[0]

    package.put(part, _SHAPE.sub(kept, package.text(part)))


_SHAPE = re.compile(r"<((?:\w+:)?)shape\s[^>]*>.*?</\1shape\s*>", re.DOTALL)


def _legacy_drawing(package: Package, sheet: str) -> str | None:
    """The sheet's VML drawing, which its tag legacyDrawing names."""
    tag = re.search(r"<(?:\w+:)?legacyDrawing\s[^>]*>", package.text(sheet))
    links = {link.id: link.target for link in package.relations(sheet)}
    return links.get(attributes(tag[0]).get("id", "")) if tag else None


def _box(cell: Cell, words: str, number: int) -> str:
    row, column = cell[0] - 1, cell[1] - 1
    lines = sum(len(line) // _CHARACTERS_A_LINE + 1 for line in words.split("\n"))
    top = max(row - 1, 0)
    anchor = f"{column + 1},15,{top},10,{column + 4},15,{top + max(lines, 3) + 1},4"
    return _BOX.format(spaces=_VML_SPACES, id=number, anchor=anchor, row=row, column=column)

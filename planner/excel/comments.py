"""Comment on cells of a workbook and take the comments off again, in the XML of its parts."""

from __future__ import annotations

import re
from collections.abc import Set

from lxml import etree

from planner.excel.elements import Element, add, all_named, child, made, needed, parsed, without_controls
from planner.excel.marks import Cell, reference_of
from planner.excel.package import Package, linking, relation_of

AUTHOR = "planner"
SIGN = "[planner] "
"""Begins each line of ours in a comment, so that it can be distinguished from others when it is taken off again."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BEHIND_LEGACY_DRAWING = [
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
]  # fmt: skip


def comment(package: Package, sheet: str, remarks: dict[Cell, list[str]]) -> None:
    """Put remarks on cells of the sheet whose part is `sheet`, a line each; what a cell's comment said stays ahead."""
    part = package.linked(sheet, "comments") or _new_comments(package, sheet)
    root = package.changed(part)
    comments = needed(root, "commentList")
    there = {found.get("ref"): found for found in all_named(comments, "comment")}
    author = _author(root)
    new: dict[Cell, str] = {}
    for cell, lines in remarks.items():
        words = "\n".join(f"{SIGN}{' '.join(line.split())}" for line in lines)
        if (known := there.get(reference_of(cell))) is not None:
            append(known, words)
        else:
            add(comments, made(comments, f'<comment ref="{reference_of(cell)}" authorId="{author}"><text/></comment>'))
            comments[-1][0].append(_run(comments, words))
            new[cell] = words
    if new:
        _draw(package, sheet, new)


def uncomment(package: Package, sheet: str) -> None:
    """Take from the comments of a sheet what `comment` has put there, and comments that held nothing else."""
    part = package.linked(sheet, "comments")
    if part is None or SIGN.encode() not in package.content(part):
        return
    emptied: set[str] = set()
    for found in list(all_named(package.changed(part), "comment")):
        if not _take_ours_off(found):
            emptied.add(found.get("ref", ""))
            _remove(found)
    _undraw(package, sheet, emptied)


_OURS = re.compile(rf"^{re.escape(SIGN)}.*\n?", re.MULTILINE)


def _take_ours_off(comment: Element) -> bool:
    """Take our lines off a comment; whether anything else is in it."""
    texts = list(all_named(comment, "t"))
    if not any(SIGN in (text.text or "") for text in texts):
        return True
    for text in texts:
        ends = re.sub(r"_x000a_|\r\n?", "\n", text.text or "", flags=re.IGNORECASE)
        text.text = _OURS.sub("", ends)
    # The blank line that parted ours from what was there goes as well.
    while texts and not (texts[-1].text or "").strip():
        texts.pop().text = ""
    if texts:
        texts[-1].text = (texts[-1].text or "").rstrip("\n")
    return bool(texts)


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _run(like: Element, words: str) -> Element:
    run = made(like, '<r><t xml:space="preserve"/></r>')
    run[0].text = without_controls(words)
    return run


def _new_comments(package: Package, sheet: str) -> str:
    part = package.free_name("xl/comments*.xml")
    package.put(part, parsed(f'<comments xmlns="{_MAIN}"><authors/><commentList/></comments>'.encode()))
    package.declare(f"{_SPREADSHEET}.comments+xml", part=part)
    package.relate(sheet, "comments", part)
    return part


def _author(root: Element) -> int:
    """The number of our name among the authors, put in where it is missing."""
    authors = needed(root, "authors")
    names = [author.text for author in authors]
    if AUTHOR not in names:
        add(authors, made(authors, f"<author>{AUTHOR}</author>"))
    return len(names) if AUTHOR not in names else names.index(AUTHOR)


def append(comment: Element, words: str) -> None:
    """Put `words` at the end of a comment."""
    text = child(comment, "text")
    if text is None:
        text = add(comment, made(comment, "<text/>"))
    plain = list(text.iterchildren("{*}t"))
    if plain:
        # Plain text beside runs is not shown by all programs: make it a run of its own.
        run = made(comment, "<r/>")
        text.insert(0, run)
        run.extend(plain)
    add(text, _run(comment, f"\n\n{words}"), ("rPh", "phoneticPr"))


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
    root = package.changed(_drawing(package, sheet))
    if all(kind.get("id") != "_x0000_t202" for kind in all_named(root, "shapetype")):
        root.append(parsed(_BOX_TYPE.encode()))
    used = [int(number) for number in re.findall(rb"_x0000_s(\d+)", etree.tostring(root))]
    for number, (cell, words) in enumerate(notes.items(), start=max(used, default=1024) + 1):
        root.append(parsed(_box(cell, words, number).encode()))


def _drawing(package: Package, sheet: str) -> str:
    """The sheet's VML drawing; made where it has none."""
    known = _legacy_drawing(package, sheet)
    if known is not None:
        return known
    part = package.free_name("xl/drawings/vmlDrawing*.vml")
    package.put(part, parsed(f"<xml {_VML_SPACES}/>".encode()))
    package.declare("application/vnd.openxmlformats-officedocument.vmlDrawing", extension="vml")
    root = package.changed(sheet)
    link = linking(root, "<legacyDrawing/>", package.relate(sheet, "vmlDrawing", part))
    add(root, link, _BEHIND_LEGACY_DRAWING)
    return part


def _undraw(package: Package, sheet: str, references: Set[str]) -> None:
    """Take away the boxes of comments on these cells."""
    part = _legacy_drawing(package, sheet)
    for shape in list(all_named(package.root(part), "shape")) if part else []:
        row, column = (shape.findtext(f".//{{*}}{name}", "").strip() for name in ("Row", "Column"))
        placed = row.isdecimal() and column.isdecimal()
        if part and placed and reference_of((int(row) + 1, int(column) + 1)) in references:
            package.changed(part)
            _remove(shape)


def _legacy_drawing(package: Package, sheet: str) -> str | None:
    """The sheet's VML drawing, which its tag legacyDrawing names."""
    tag = child(package.root(sheet), "legacyDrawing")
    links = {link.id: link.target for link in package.relations(sheet)}
    return None if tag is None else links.get(relation_of(tag))


def _box(cell: Cell, words: str, number: int) -> str:
    row, column = cell[0] - 1, cell[1] - 1
    lines = sum(len(line) // _CHARACTERS_A_LINE + 1 for line in words.split("\n"))
    top = max(row - 1, 0)
    anchor = f"{column + 1},15,{top},10,{column + 4},15,{top + max(lines, 3) + 1},4"
    return _BOX.format(spaces=_VML_SPACES, id=number, anchor=anchor, row=row, column=column)

"""Colour cells of a workbook and take the colour off again, in the XML of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from lxml import etree

from planner.excel.elements import Element, add, all_named, child, copied, made, parsed
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

_LEAST = {
    "fonts": "<fonts><font/></fonts>",
    "fills": '<fills><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>',
    "borders": "<borders><border/></borders>",
    "cellStyleXfs": "<cellStyleXfs><xf/></cellStyleXfs>",
    "cellXfs": "<cellXfs><xf/></cellXfs>",
}
"""The groups that every style sheet has, and what is in them at the least."""
_ORDER = [*_LEAST, "cellStyles", "dxfs", "tableStyles", "colors", "extLst"]
_FILL = f'<fill><patternFill patternType="solid"><fgColor rgb="{COLOUR}"/></patternFill></fill>'
_INK = f'<color rgb="{INK}"/>'
_BEHIND_COLOUR = ("name", "family", "charset", "scheme")
"""Excel wants a font's colour ahead of these."""


class Styles:
    """The workbook's cell styles, to which those of marked cells are added: `root` is the part's XML."""

    def __init__(self, root: Element | None = None) -> None:
        self.root = parsed(f'<styleSheet xmlns="{_MAIN}"/>'.encode()) if root is None else root
        self._groups = {name: self._group(name, _ORDER[number:]) for number, name in enumerate(_LEAST, start=1)}
        self._coloured: dict[int, int] = {}
        self._known: dict[str, dict[bytes, int]] = {}

    def _group(self, name: str, later: list[str]) -> Element:
        group = child(self.root, name)
        if group is None:
            group = add(self.root, made(self.root, _LEAST[name]), later)
        if len(group) == 0:
            group.extend(made(self.root, _LEAST[name]))
        return group

    def coloured(self, style: int) -> int:
        """The number of a style that is like `style`, but in the colours of a problem."""
        if style not in self._coloured:
            font = self._add("fonts", _inked(self._font(style), made(self.root, _INK)))
            self._coloured[style] = self._like(style, self.add("fills", _FILL), font)
        return self._coloured[style]

    def marked(self) -> set[int]:
        """The styles in the colour of a problem."""
        colours = [{shade.get("rgb") for shade in fill.iter("{*}fgColor")} for fill in self._groups["fills"]]
        return {
            number
            for number, style in enumerate(self._groups["cellXfs"])
            if COLOUR in dict(enumerate(colours)).get(_number(style, "fillId"), ())
        }

    def unmarked(self, style: int, before: int | None) -> int:
        """The number of a style that is like `style`, but in the colours of `before`; in none where that is None."""
        if before is None:
            return self._like(style, 0, self._add("fonts", _inked(self._font(style), None)))
        was = self._entry("cellXfs", before)
        return self._like(style, _number(was, "fillId"), _number(was, "fontId"))

    def add(self, group: str, xml: str) -> int:
        """The number by which others refer to an element of 'fonts', 'fills' or 'cellXfs', added where it is new."""
        return self._add(group, made(self.root, xml))

    def _add(self, group: str, new: Element) -> int:
        entries = self._groups[group]
        if group not in self._known:
            self._known[group] = {_same(entry): number for number, entry in reversed(list(enumerate(entries)))}
        last = len(entries)
        entries.append(new)  # first of all: only then its prefix is that of the others
        number = self._known[group].setdefault(_same(new), last)
        if number < last:
            entries.remove(new)
        elif "count" in entries.attrib:
            entries.set("count", str(len(entries)))
        return number

    def _like(self, style: int, fill: int, font: int) -> int:
        entry = copied(self._entry("cellXfs", style))
        for name, value in (("fillId", fill), ("fontId", font), ("applyFill", 1), ("applyFont", 1)):
            entry.set(name, str(value))
        return self._add("cellXfs", entry)

    def _font(self, style: int) -> Element:
        return self._entry("fonts", _number(self._entry("cellXfs", style), "fontId"))

    def _entry(self, group: str, number: int) -> Element:
        entries = self._groups[group]
        return entries[number if number < len(entries) else 0]


def _number(style: Element, name: str) -> int:
    """The number of a style's font or fill."""
    return int(style.get(name, 0))


def _same(entry: Element) -> bytes:
    """What two entries that look alike have in common."""
    return etree.tostring(entry, method="c14n", exclusive=True, with_tail=False)


def _inked(font: Element, colour: Element | None) -> Element:
    """A font in another colour; in none of its own where `colour` is None."""
    new = copied(font)
    for old in list(new.iterchildren("{*}color")):
        new.remove(old)
    if colour is not None:
        add(new, colour, _BEHIND_COLOUR)
    return new


# --- colours ---------------------------------------------------------------------------------------


def colour(sheet: Element, cells: Set[Cell], styles: Styles) -> dict[Cell, int]:
    """Colour `cells` in a sheet's XML, adding those that it did not hold; returns what style each had before."""
    data = child(sheet, "sheetData")
    if data is None:
        return {}
    painter = _Painter(styles, _column_styles(sheet))
    wanted: dict[int, set[int]] = {}
    for row, column in sorted(cells):
        wanted.setdefault(row, set()).add(column)
    for number, element in _rows(data, list(wanted)):
        painter.row(element, number, wanted[number])
    return painter.before


def uncolour(sheet: Element, before: Mapping[Cell, int], styles: Styles) -> bool:
    """Make all cells in the colour of a problem as they were; whether there were any.

    `before` holds their styles, where known.
    """
    marked = styles.marked()
    found = [cell for cell in all_named(sheet, "c") if int(cell.get("s", 0)) in marked] if marked else []
    for cell in found:
        was = before.get(cell_of(cell.get("r", "")))
        cell.set("s", str(styles.unmarked(int(cell.get("s", 0)), was)))
    return bool(found)


def _column_styles(sheet: Element) -> dict[int, int]:
    """The styles of whole columns, which a cell that is not there yet has."""
    styles: dict[int, int] = {}
    for columns in sheet.iterfind("{*}cols/{*}col"):
        last = min(int(columns.get("max", 0)), 16384)
        styles |= dict.fromkeys(range(int(columns.get("min", 1)), last + 1), int(columns.get("style", 0)))
    return styles


def _rows(data: Element, wanted: list[int]) -> Iterator[tuple[int, Element]]:
    """The rows of these numbers, which rise; those that are missing are put in their places."""
    number = 0
    for row in list(data.iterchildren("{*}row")):
        number = int(row.get("r", number + 1))
        while wanted and wanted[0] < number:
            new = _new(data, "row", r=str(wanted[0]))
            row.addprevious(new)
            yield wanted.pop(0), new
        if wanted and wanted[0] == number:
            yield wanted.pop(0), row
    for number in wanted:
        yield number, add(data, _new(data, "row", r=str(number)))


def _new(like: Element, name: str, **attributes: str) -> Element:
    return like.makeelement(etree.QName(etree.QName(like).namespace, name), attributes)


@dataclass
class _Painter:
    styles: Styles
    columns: dict[int, int]
    before: dict[Cell, int] = field(default_factory=dict)

    def row(self, row: Element, number: int, columns: Set[int]) -> None:
        """Colour the cells of a row, and put in those that are missing."""
        # 'spans' says which columns the row has; it may be left out, but must not be wrong.
        row.attrib.pop("spans", "")
        row_style = int(row.get("s", 0)) if row.get("customFormat") in ("1", "true") else 0
        there: dict[int, Element] = {}
        column = 0
        for cell in row.iterchildren("{*}c"):
            column = cell_of(cell.get("r", ""))[1] or column + 1
            there[column] = cell
        for column in sorted(columns):
            if column not in there:
                style = row_style or self.columns.get(column, 0)
                there[column] = _new(row, "c", r=reference_of((number, column)), s=str(style))
                row.insert(sum(other < column for other in there), there[column])
            cell = there[column]
            self.before[number, column] = int(cell.get("s", 0))
            cell.set("s", str(self.styles.coloured(self.before[number, column])))

"""What a sheet's XML says that the reader of its cells does not: how far it reaches, and what has no value.

It is looked through as bytes, before anything parses it: a tree of a sheet that just passes the limits would take
several gigabytes. All searches are linear in the length of the XML, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from planner.scenario.headings import MOST_COLUMNS, NOT_CALCULATED

MOST_CELLS = MOST_COLUMNS * 9_999
"""Cells of the rectangle from A1 to the last value: the reader of cells holds all of it in memory."""

_MOST_TAGS = 6_000_000

_REFERENCE = re.compile(rb"""\sr\s*+=\s*+["']([A-Za-z]*+)([0-9]++)""")
_FAR = re.compile(rb"""\sr\s*+=\s*+["'](?:[A-Za-z]{3,}+[0-9]|[A-Za-z]*+[0-9]{5})""")
_BLANKS = re.compile(
    rb"""<(?:\w+:)?(?:c|row) r="[A-Z0-9]+"[^<>/]*+(?:/>|></(?:\w+:)?(?:c|row)>)"""
    rb"""|<(?:\w+:)?row\b[^<>/]*+></(?:\w+:)?row>"""
)
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^<>]*+)>\s*+<(?:\w+:)?f\b[^<>]*+>(?:[^<]*+</(?:\w+:)?f>)?+\s*+(?:<(?:\w+:)?v\b[^<>]*+>([^<]*+))?+"
)
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^<>]*\bt\s*=\s*["']e["'])([^<>]*+)>"""
    rb"(?:\s*+<(?:\w+:)?f\b[^<>]*+>(?:[^<]*+</(?:\w+:)?f>)?+)?+\s*+<(?:\w+:)?v\b[^<>]*+>([^<]*+)"
)
_ERROR_KIND = re.compile(rb"""(<(?:\w+:)?c\b[^<>]*?\bt\s*=\s*)["']e["']""")
_FORMULA_TAGS = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/")
_STRING = re.compile(rb"""\bt\s*=\s*["']str["']""")


def too_far(xml: bytes) -> str | None:
    """The cell that makes a sheet too large to be held, where one does ('XFD1048576'); '' where sheer number does."""
    if xml.count(b"</") > _MOST_TAGS:
        return ""
    if not _FAR.search(xml):
        return None
    lines = columns = largest = 0
    cell = b""
    for match in _REFERENCE.finditer(xml):
        line, column = int(match[2][:9]), column_index(match[1][:9]) + 1
        lines, columns = max(lines, line), max(columns, column)
        if line * column > largest:
            largest, cell = line * column, match[1] + match[2]
    return cell.decode().upper() if lines * columns > MOST_CELLS else None


def without_blanks(xml: bytes) -> bytes:
    """The XML without cells and rows that hold nothing but a format."""
    return _BLANKS.sub(b"", _BLANKS.sub(b"", xml))


@dataclass
class Scan:
    """A sheet's XML, and what it says of cells whose formula failed or has no value: what to take for them.

    Lines and columns are 0-based. `unplaced` is whether such a cell says not where it stands.
    """

    xml: bytes
    without_value: dict[tuple[int, int], str] = field(default_factory=dict)
    unplaced: bool = False


def scan(xml: bytes) -> Scan:
    """Look through a sheet's XML."""
    found = Scan(_errors_as_text(xml))
    for attributes, text in _without_value(xml):
        match = _REFERENCE.search(attributes)
        if match:
            found.without_value[int(match[2]) - 1, column_index(match[1])] = text
        else:
            found.unplaced = True
    return found


def _errors_as_text(xml: bytes) -> bytes:
    """The XML with error values as text: the reader of cells knows only the old ones, and gives up at any other."""
    return _ERROR_KIND.sub(rb'\1"str"', xml) if b'"e"' in xml or b"'e'" in xml else xml


def _without_value(xml: bytes) -> Iterator[tuple[bytes, str]]:
    if any(tag in xml for tag in _FORMULA_TAGS):
        for match in _FORMULA.finditer(xml):
            blank_text = match[2] is not None and _STRING.search(match[1])
            if not match[2] and not blank_text:
                yield match[1], NOT_CALCULATED
    for match in _ERROR.finditer(xml) if b'"e"' in xml or b"'e'" in xml else ():
        yield match[1], match[2].decode(errors="replace")


def column_index(letters: bytes) -> int:
    """The 0-based number of a column: A is 0; -1 for no letters."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + letter - 64
    return index - 1

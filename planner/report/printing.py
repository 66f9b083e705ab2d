"""How sheets are printed: landscape A4, what is printed of a table, and the room that its charts take."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from planner.scenario.sheets import A4

CHART_LINES, CHART_HEIGHT = 17, 324
"""Lines that a chart on a table's sheet takes, and its height in pixels."""

ABREAST, CHART_WIDTH, _WIDEST_CHART = 2, 560, 680
"""Charts beside each other, and the width of one of several and of a single one, in pixels."""

_PAGE_WIDTH = 100
"""Characters on the width of a printed page at full size, where a program without the font takes a wider one."""

_PIXELS, _MARGIN, _COLUMN = 7, 5, 64
"""Pixels of a character, around the text of a cell, and of a column as it comes."""

_HEADING_HEIGHT = 32
"""In points: two lines of text."""


def chart_width(count: int) -> int:
    """The width in pixels of each of the charts above a table."""
    return CHART_WIDTH if count > 1 else _WIDEST_CHART


def chart_lines(count: int) -> int:
    """The lines that charts above a table take."""
    return CHART_LINES * math.ceil(count / ABREAST)


def _printed(widths: Sequence[float], charts: int) -> list[float]:
    """The widths in characters of the columns that are printed: those of the table, and those below charts."""
    beside = min(charts, ABREAST)
    wanted = beside * (chart_width(charts) + 8) + 8 if charts else 0
    found, pixels = list(widths), sum(chars * _PIXELS + _MARGIN for chars in widths)
    while pixels < wanted:
        found.append((_COLUMN - _MARGIN) / _PIXELS)
        pixels += _COLUMN
    return found


def prepare_print(sheet: Worksheet, top: int, last: int, widths: Sequence[float], charts: int) -> None:
    """Make a table ready to scroll and print: `top` is the line of its headings, `last` its last one.

    `widths` are those of its columns, in characters.
    """
    sheet.set_row(top, _HEADING_HEIGHT)
    # Below charts headings that stay would leave no room for rows.
    if top < CHART_LINES:
        sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    printed = _printed(widths, charts)
    sheet.print_area(0, 0, last, len(printed) - 1)
    if sum(printed) > _PAGE_WIDTH:
        sheet.fit_to_pages(1, 0)
    # Names that look like numbers are meant as text: no green corner for them.
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def set_page(sheet: Worksheet, title: str, subtitle: str) -> None:
    """Landscape A4, with what it is on top and page numbers below."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    sheet.set_header(f"&L&10{_plain(title)}&R&10&A")
    sheet.set_footer(f"&L&8{_plain(subtitle)}&R&8Page &P of &N")


def _plain(text: str) -> str:
    """Text for a header: '&' begins a code there, and there is room for 255 characters."""
    short = text if len(text) <= 100 else f"{text[:99]}…"
    return short.replace("&", "&&")

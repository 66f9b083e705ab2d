"""How sheets are printed: what of a table, the room that its charts take, and what stands around it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from xlsxwriter.worksheet import Worksheet

from planner.excel.paper import LEGIBLE, fit_width, pixels, set_paper

CHART_LINES, CHART_HEIGHT = 17, 324
"""Lines that a chart on a table's sheet takes, and its height in pixels."""

ABREAST, CHART_WIDTH, _WIDEST_CHART = 2, 560, 680
"""Charts beside each other, and the width of one of several and of a single one, in pixels."""

_COLUMN = 64
"""Pixels of a column as it comes."""

_LINE = 16
"""Height in points of a line of a heading."""


@dataclass(frozen=True)
class Area:
    """What is printed of a sheet: its table, and the charts above.

    `top` is the line of the headings, `last` the last one, `widths` are those of the columns in characters. The first
    `keys` columns stand on each page across; the last `spare` ones are printed only where that leaves it legible.
    """

    top: int
    last: int
    widths: Sequence[float]
    charts: int = 0
    keys: int = 1
    spare: int = 0

    def printed(self) -> list[float]:
        """The widths in pixels of the columns that are printed: those of the table, and those below charts."""
        found = pixels(self.widths)
        least = len(found) - self.spare
        while sum(found) > LEGIBLE and len(found) > least:
            found.pop()
        beside = min(self.charts, ABREAST)
        wanted = beside * (chart_width(self.charts) + 8) + 8 if self.charts else 0
        while sum(found) < wanted:
            found.append(_COLUMN)
        return found


def chart_width(count: int) -> int:
    """The width in pixels of each of the charts above a table."""
    return CHART_WIDTH if count > 1 else _WIDEST_CHART


def chart_lines(count: int) -> int:
    """The lines that charts above a table take."""
    return CHART_LINES * math.ceil(count / ABREAST)


def prepare_print(sheet: Worksheet, area: Area) -> None:
    """Make a table ready to scroll and print: on the width of a page where that is legible, else on several."""
    # Below charts headings that stay would leave no room for rows.
    if area.top < CHART_LINES:
        sheet.freeze_panes(area.top + 1, 0)
    sheet.repeat_rows(area.top)
    printed = area.printed()
    sheet.print_area(0, 0, area.last, len(printed) - 1)
    fit_width(sheet, printed, area.keys)
    # Names that look like numbers are meant as text: no green corner for them.
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def heading_height(titles: Sequence[str], widths: Sequence[float]) -> float:
    """The height in points of headings: a line or two of text, and one for the arrows of the filters."""
    goes_over = any(len(title) + 1 > width for title, width in zip(titles, widths, strict=True))
    return _LINE * (3 if goes_over else 2)


def page_breaks(sections: Sequence[int], end: int, height: Callable[[int], float], page: float) -> list[int]:
    """The sections before which a new page begins, so that none is torn that fits on one.

    `sections` are the lines that they begin at, `end` is the line after the last one, `height` and `page` in points.
    """
    found, start = list[int](), 0
    for here, after in pairwise([*sections, end]):
        whole, so_far = (sum(map(height, range(first, after))) for first in (here, start))
        if start < here and whole <= page < so_far:
            found.append(here)
            start = here
    return found


def set_page(sheet: Worksheet, title: str, subtitle: str) -> None:
    """What it is on top of each page, and page numbers below."""
    set_paper(sheet)
    sheet.set_header(f"&L&10{_plain(title)}&R&10&A")
    sheet.set_footer(f"&L&8{_plain(subtitle)}&R&8Page &P of &N")


def _plain(text: str) -> str:
    """Text for a header: '&' begins a code there, and there is room for 255 characters."""
    short = text if len(text) <= 100 else f"{text[:99]}…"
    return short.replace("&", "&&")

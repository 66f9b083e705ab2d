"""How sheets go on paper: landscape A4, on as few pages across as can be read."""

from __future__ import annotations

import math
from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

_A4 = 9
"""Excel's number of the size of paper."""

_MARGIN_INCHES = 0.4
"""Left and right of a page."""

_PAGE = 770
"""Pixels on the width of a printed page at full size, where a program without the font takes a wider one."""

LEGIBLE, _MOST = 1430, 1525
"""Pixels that a page's width holds when it prints in 8 points, and in 7.5: beyond, columns go on to a second page."""

_CHARACTER, _CELL_MARGIN = 7, 5
"""Pixels of a character, and around the text of a cell."""


def pixels(widths: Sequence[float]) -> list[float]:
    """Widths of columns in pixels, of those in characters."""
    return [chars * _CHARACTER + _CELL_MARGIN for chars in widths]


def set_paper(sheet: Worksheet) -> None:
    """Landscape A4."""
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.set_margins(left=_MARGIN_INCHES, right=_MARGIN_INCHES, top=0.8, bottom=0.7)


def fit_width(sheet: Worksheet, printed: Sequence[float], keys: int) -> None:
    """Print columns so many pixels wide on as few pages across as are legible.

    The first `keys` columns stand on each page, or as many of them as leave half of it for others.
    """
    while keys > 1 and sum(printed[:keys]) > LEGIBLE / 2:
        keys -= 1
    width, on_each = sum(printed), sum(printed[:keys])
    if width > _MOST:
        sheet.repeat_columns(0, keys - 1)
        sheet.fit_to_pages(1 + math.ceil((width - LEGIBLE) / (LEGIBLE - on_each)), 0)
    elif width > _PAGE:
        sheet.fit_to_pages(1, 0)

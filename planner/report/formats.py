"""How a report looks: headings, number formats by kind of column, widths, colours.

Digits are grouped as planners in India do (12,34,567) where the base currency is the rupee, else by thousands.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from xlsxwriter.format import Format

from planner.excel.sheets import Book
from planner.plan.tables import Column
from planner.present.headings import decimals
from planner.present.words import Wording

FONT = "Calibri"

WRAPPED = {"words": 90, "note": 30}
"""Kinds of columns whose text goes over several lines, and their widths."""

RUNNING = 1.12
"""Characters of running text in a line, for each digit that fits in it: widths are given in digits."""

_WIDEST, _NARROWEST = 64, 9
_INDIAN = (
    (1e9, r"##\,##\,##\,##\,##0"),
    (1e7, r"##\,##\,##\,##0"),
    (1e5, r"##\,##\,##0"),
    (0.0, "#,##0"),
)
"""From which amount on which pattern groups digits; Excel's own patterns know only thousands."""

_PLAIN = {"share": "0.0%", "count": "0"}
"""Kinds of numbers whose digits need no grouping."""


def number_looks(book: Book, column: Column, values: pd.Series, wording: Wording, **more: object) -> list[Format]:
    """The format of each number of a column; `more` are further properties of it."""
    more = {"valign": "top"} | more
    if column.kind in _PLAIN:
        return [book.format(num_format=_PLAIN[column.kind], **more)] * len(values)
    places = decimals(column, values)
    fraction = f".{'0' * places}" if places else ""
    if not wording.indian:
        return [book.format(num_format=_signed(f"#,##0{fraction}"), **more)] * len(values)
    limits = [limit for limit, _ in _INDIAN]
    looks = [book.format(num_format=_signed(f"{pattern}{fraction}"), **more) for _, pattern in _INDIAN]
    # The size as shown decides: 99,999.6 without decimals is 1,00,000.
    size = np.nan_to_num(np.abs(values.to_numpy(dtype=float)).round(places))
    return [looks[at] for at in np.digitize(size, limits[:-1])]


def axis_pattern(wording: Wording) -> str:
    """Excel's pattern for the amounts of an axis: one for all sizes, as an axis has no other."""
    return r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;#,##0" if wording.indian else "#,##0"


def amount_pattern(amount: float, wording: Wording, places: int = 0) -> str:
    """Excel's pattern for one amount, its digits grouped."""
    pattern = "#,##0"
    if wording.indian:
        pattern = next(text for limit, text in _INDIAN if abs(round(amount, places)) >= limit)
    return f"{pattern}.{'0' * places}" if places else pattern


def money_look(book: Book, amount: float, wording: Wording, **more: object) -> Format:
    """The format of one amount of money in full, without decimals."""
    pattern = amount_pattern(amount, wording)
    return book.format(num_format=_signed(f'"{wording.symbol}" {pattern}'), **more)


def _signed(pattern: str) -> str:
    """A pattern for amounts above and below 0; 0 is a dash, so that sparse tables are easy to read."""
    return f'{pattern};-{pattern};"–"'


def width(title: str, column: Column, values: pd.Series) -> float:
    """A column's width in digits: its longest cell, and its heading on two lines, above the filter's arrow."""
    if column.kind in WRAPPED:
        return WRAPPED[column.kind]
    return min(max(_NARROWEST, _on_two_lines(title) + 1.5, _longest(column, values) + 2), _WIDEST)


def _on_two_lines(title: str) -> int:
    """The characters of the longer line, where a title is parted best."""
    words = title.split()
    parted = [(" ".join(words[:place]), " ".join(words[place:])) for place in range(len(words))]
    return min(max(map(len, lines)) for lines in parted)


def _longest(column: Column, values: pd.Series) -> int:
    if column.kind in ("number", "count"):
        known, places = values[np.isfinite(values)], decimals(column, values)
        # From a lakh on there is a comma more than by thousands.
        ends = (known.min(), known.max())
        return max((len(f"{value:,.{places}f}") + (abs(value) >= 1e5) for value in ends), default=0)
    if column.kind == "share":
        return len("100.0%")
    return max((len(str(value)) for value in values.unique()), default=0)

"""The charts of a report, as native Excel charts, and the sheet that holds their figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from xlsxwriter.chart import Chart as Native
from xlsxwriter.worksheet import Worksheet

from planner.excel.sheets import Book
from planner.plan.plan import Plan
from planner.present.charts import Chart, charts
from planner.present.colours import FAINT, INK, PALETTE, WARNING
from planner.present.words import Wording, shortened
from planner.report.chart_looks import (
    BORDER,
    FIGURES,
    axis,
    below_bars,
    dress,
    heading_look,
    height_of,
    places,
    small,
    upright,
)
from planner.report.formats import axis_pattern
from planner.report.printing import CHART_HEIGHT, chart_width, page_breaks
from planner.report.sheets import text_of
from planner.scenario.load import Loaded

_MOST_CLASSES = 3
_MOST_LABELS = 20
"""Categories that an axis has room to name each."""

_ROW, _PAGE = 15.0, 470.0
"""Heights in points of a row as it comes, and of a page."""

_COLUMN = 16
"""Width in characters of a column of figures."""


@dataclass(frozen=True)
class Block:
    """The figures of a chart on the sheet: its title in line `top`, below it headings, below these the rows."""

    top: int
    shows: Chart

    @property
    def headings(self) -> list[str]:
        """The headings of its columns."""
        return [str(name) for name in self.shows.rows.columns]

    @property
    def end(self) -> int:
        """The line below its last row."""
        return self.top + 2 + len(self.shows.rows)

    def series(self, number: int) -> dict[str, list[str | int]]:
        """Name, categories and values of the series in the `number`-th column after the categories."""
        return places(self.top + 1, len(self.shows.rows), 0, number)


class Charts:
    """The charts of a plan that Excel can draw."""

    def __init__(self, loaded: Loaded, plan: Plan, wording: Wording) -> None:
        self._pattern = axis_pattern(wording)
        self._blocks: dict[str, Block] = {}
        top = 0
        for chart in _drawable(loaded, plan):
            self._blocks[chart.name] = block = Block(top, chart)
            top = block.end + 1

    def of_summary(self, book: Book, size: dict[str, int]) -> list[Native]:
        """Cost by future (of a single one: what makes up its cost), sourcing and demand."""
        first = "cost-by-future" if "cost-by-future" in self._blocks else "cost-makeup"
        return self._made(book, (first, "sourcing", "demand"), size)

    def count(self, table: str) -> int:
        """How many charts stand above a table."""
        return len(self._of(table))

    def of_table(self, book: Book, table: str) -> list[Native]:
        """The charts that stand above a table."""
        mine = self._of(table)
        return self._made(book, mine, {"width": chart_width(len(mine)), "height": CHART_HEIGHT})

    def _of(self, table: str) -> list[str]:
        return [name for name, block in self._blocks.items() if block.shows.table == table]

    def _made(self, book: Book, names: Sequence[str], size: dict[str, int]) -> list[Native]:
        blocks = [self._blocks[name] for name in names if name in self._blocks]
        found = [DRAW[block.shows.kind](book, block, self._pattern) for block in blocks]
        for chart in found:
            chart.set_size(size)
        return found

    def write(self, book: Book) -> Worksheet:
        """Add the sheet of figures."""
        sheet, blocks = book.add_sheet(FIGURES), list(self._blocks.values())
        names = [str(name) for block in blocks for name in block.shows.rows.iloc[:, 0]]
        sheet.set_column(0, 0, max((len(name) + 2 for name in names), default=_COLUMN))
        sheet.set_column(1, max((len(block.headings) for block in blocks), default=1), _COLUMN)
        heights = {block.top + 1: _write_block(book, sheet, block) for block in blocks}
        sheet.fit_to_pages(1, 0)
        end = blocks[-1].end if blocks else 0
        breaks = page_breaks([block.top for block in blocks], end, lambda line: heights.get(line, _ROW), _PAGE)
        sheet.set_h_pagebreaks(breaks)
        return sheet


def _write_block(book: Book, sheet: Worksheet, block: Block) -> float:
    """Write title, headings and rows; the height of the headings in points."""
    shows, top = block.shows, block.top + 1
    sheet.write_string(block.top, 0, text_of(f"{shows.title} [{_unit(shows)}]"), book.format(bold=True, font_color=INK))
    text = book.format(num_format="@")
    number = book.format(num_format="0.0%" if shows.unit == "share" else "#,##0.0")
    for index, name in enumerate(block.headings):
        sheet.write_string(top, index, text_of(name), heading_look(book, "right" if index else "left"))
        for line, value in enumerate(shows.rows.iloc[:, index].tolist(), top + 1):
            if isinstance(value, str):
                sheet.write_string(line, index, text_of(value), text)
            elif pd.notna(value):
                sheet.write_number(line, index, float(value), number)
    height = height_of(shows.series, _COLUMN)
    sheet.set_row(top, height)
    return height


def _unit(chart: Chart) -> str:
    return "share of kg" if chart.unit == "share" else chart.unit


def _drawable(loaded: Loaded, plan: Plan) -> Iterator[Chart]:
    """The charts that Excel can draw: of shares by class no more than have room, of futures with short names."""
    classes = 0
    for chart in charts(loaded, plan):
        classes += chart.unit == "share" and chart.kind == "columns"
        if chart.kind in DRAW and (chart.unit != "share" or classes <= _MOST_CLASSES):
            named = chart.rows.iloc[:, 0].astype(str)
            short = named.map(shortened) if chart.along == "future" else named
            yield replace(chart, rows=chart.rows.assign(**{str(chart.rows.columns[0]): short}))


# --- charts -----------------------------------------------------------------------------------------


def _columns(book: Book, block: Block, pattern: str) -> Native:
    """Columns upon each other, and lines across them in looks that no column has."""
    shows = block.shows
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    count = len(shows.series) - len(shows.lines)
    for number in range(1, count + 1):
        look = {"fill": {"color": PALETTE[number - 1]}, "border": BORDER, "gap": 50}
        chart.add_series(block.series(number) | look)
    if shows.lines:
        lines = book.workbook.add_chart({"type": "line"})
        for number in range(len(shows.lines)):
            lines.add_series(block.series(count + 1 + number) | _line(number))
        chart.combine(lines)
    dress(chart, shows.title)
    chart.set_y_axis(axis(_unit(shows), grid=True) | _range(shows, pattern))
    chart.set_x_axis(axis(shows.along) | {"interval_unit": math.ceil(len(shows.rows) / _MOST_LABELS)})
    return chart


def _range(chart: Chart, pattern: str) -> dict[str, object]:
    """Columns start at 0, so that their lengths can be compared, unless some are below."""
    if chart.unit == "share":
        return {"num_format": "0%", "min": 0, "max": 1}
    return {"num_format": pattern, "min": 0 if float(chart.rows.iloc[:, 1:].min().min()) >= 0 else None}


_LINES = ((FAINT, "dash"), (WARNING, "long_dash"), (INK, "round_dot"))
"""Colour and pattern of lines: distinguished in grey by their pattern."""


def _line(number: int) -> dict[str, object]:
    colour, dash = _LINES[number % len(_LINES)]
    # A line of one year only is a mark.
    mark = {"type": "long_dash", "size": 7, "border": {"color": colour}, "fill": {"color": colour}}
    return {"line": {"color": colour, "width": 2, "dash_type": dash}, "marker": mark}


def _bars(book: Book, block: Block, pattern: str) -> Native:
    chart = book.workbook.add_chart({"type": "bar"})
    label = {"value": True, "num_format": "#,##0.00", "font": small()}
    chart.add_series(block.series(1) | {"fill": {"color": INK}, "gap": 40, "data_labels": label})
    dress(chart, block.shows.title, has_legend=False)
    chart.set_y_axis(upright())
    chart.set_x_axis(below_bars(block.shows.unit))
    return chart


DRAW: dict[str, Callable[[Book, Block, str], Native]] = {"columns": _columns, "bars": _bars}
"""How Excel draws each kind of chart that it can."""

"""The charts of a report, as native Excel charts, and the sheet that holds their figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from planner.excel.sheets import Book
from planner.plan.plan import Plan
from planner.present.colours import FAINT, INK, PALETTE, WARNING
from planner.present.figures import main_source
from planner.present.series import (
    DEMAND,
    MOST_FUTURES,
    classes,
    cost_by_future,
    cost_by_kind,
    demand_by_month,
    in_words,
    limits_by_year,
    shares_by_year,
    sourcing_by_year,
)
from planner.present.words import Wording, capital, shortened
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
class Picture:
    """What a chart shows: categories in the first column of `rows`, a series in each other one.

    The last `lines` series are drawn as lines, the rest as columns. The name is 'futures', or of several on the sheet
    of a table 'sourcing:heavy'. `along` is the title of the axis of categories, `pattern` Excel's number format.
    """

    name: str
    title: str
    unit: str
    along: str
    rows: pd.DataFrame
    draw: Callable[[Book, Block], Chart]
    lines: int = 0
    pattern: str = "#,##0.0"

    @property
    def headings(self) -> list[str]:
        """The headings of its columns."""
        return [str(name) for name in self.rows.columns]

    @property
    def columns(self) -> int:
        """Series that are shown as columns."""
        return len(self.headings) - 1 - self.lines


@dataclass(frozen=True)
class Block:
    """The figures of a chart on the sheet: its title in line `top`, below it headings, below these the rows."""

    top: int
    shows: Picture

    @property
    def end(self) -> int:
        """The line below its last row."""
        return self.top + 2 + len(self.shows.rows)

    def series(self, number: int) -> dict[str, list[str | int]]:
        """Name, categories and values of the series in the `number`-th column after the categories."""
        return places(self.top + 1, len(self.shows.rows), 0, number)


class Charts:
    """The charts of a plan. Those that there are no figures for are left out."""

    def __init__(self, loaded: Loaded, plan: Plan, wording: Wording) -> None:
        self._blocks: dict[str, Block] = {}
        top = 0
        for picture in _pictures(loaded, plan, wording):
            if len(picture.rows) and len(picture.headings) > 1:
                self._blocks[picture.name] = block = Block(top, picture)
                top = block.end + 1

    def of_summary(self, book: Book, size: dict[str, int]) -> list[Chart]:
        """Cost by future (of a single one: what makes up its cost), sourcing and demand."""
        first = "futures" if "futures" in self._blocks else "costs"
        return self._made(book, (first, "sources", "demand"), size)

    def count(self, table: str) -> int:
        """How many charts stand above a table."""
        return len(self._of(table))

    def of_table(self, book: Book, table: str) -> list[Chart]:
        """The charts that stand above a table."""
        mine = self._of(table)
        return self._made(book, mine, {"width": chart_width(len(mine)), "height": CHART_HEIGHT})

    def _of(self, table: str) -> list[str]:
        return [block for block in self._blocks if block.split(":")[0] == table]

    def _made(self, book: Book, names: Sequence[str], size: dict[str, int]) -> list[Chart]:
        found = [block.shows.draw(book, block) for name in names if (block := self._blocks.get(name))]
        for chart in found:
            chart.set_size(size)
        return found

    def write(self, book: Book) -> Worksheet:
        """Add the sheet of figures."""
        sheet, blocks = book.add_sheet(FIGURES), list(self._blocks.values())
        names = [str(name) for block in blocks for name in block.shows.rows.iloc[:, 0]]
        sheet.set_column(0, 0, max((len(name) + 2 for name in names), default=_COLUMN))
        sheet.set_column(1, max((len(block.shows.headings) for block in blocks), default=1), _COLUMN)
        heights = {block.top + 1: _write_block(book, sheet, block) for block in blocks}
        sheet.fit_to_pages(1, 0)
        end = blocks[-1].end if blocks else 0
        breaks = page_breaks([block.top for block in blocks], end, lambda line: heights.get(line, _ROW), _PAGE)
        sheet.set_h_pagebreaks(breaks)
        return sheet


def _write_block(book: Book, sheet: Worksheet, block: Block) -> float:
    """Write title, headings and rows; the height of the headings in points."""
    shows, top = block.shows, block.top + 1
    unit = f" [{shows.unit}]" if shows.unit else ""
    sheet.write_string(block.top, 0, text_of(f"{shows.title}{unit}"), book.format(bold=True, font_color=INK))
    text, number = book.format(num_format="@"), book.format(num_format=shows.pattern)
    for index, name in enumerate(shows.headings):
        sheet.write_string(top, index, text_of(name), heading_look(book, "right" if index else "left"))
        for line, value in enumerate(shows.rows.iloc[:, index].tolist(), top + 1):
            if isinstance(value, str):
                sheet.write_string(line, index, text_of(value), text)
            elif pd.notna(value):
                sheet.write_number(line, index, float(value), number)
    height = height_of(shows.headings[1:], _COLUMN)
    sheet.set_row(top, height)
    return height


# --- figures ----------------------------------------------------------------------------------------


def _pictures(loaded: Loaded, plan: Plan, wording: Wording) -> Iterator[Picture]:
    """Every chart."""
    pattern = axis_pattern(wording)

    def stacked(colours: Sequence[str], first_line: int = 0) -> Callable[[Book, Block], Chart]:
        return lambda book, block: _amounts(_stacked(book, block, colours, first_line), block, pattern)

    scale = wording.scale(plan.expected_cost)
    title = "Cost by future, with expected cost and CVaR"
    yield Picture("futures", title, scale.name, "future", _costs(plan, scale.size), stacked(PALETTE[:1]), 2)
    source = main_source(plan)
    title = f"{capital(source.what if source else '')} arriving, by country (on average)"
    yield Picture(
        "sources", title, "kg", "financial year", sourcing_by_year(plan).rename(columns={"year": "Year"}),
        stacked(PALETTE),
    )  # fmt: skip
    # What is built and what is lost as columns, against what is asked for; what waits is no part of either.
    demand, title = (
        demand_by_month(plan).rename(columns={"month": "Month"} | DEMAND),
        "What becomes of demand (on average)",
    )
    yield Picture("demand", title, "units", "period", demand, stacked(PALETTE[:2], first_line=1), 2)
    yield Picture("costs", "What makes up the expected cost", scale.name, "", _makeup(plan, scale.size), _bars)
    for name in classes(loaded.scenario, plan)[:_MOST_CLASSES]:
        yield _shares(loaded, plan, name)


def _costs(plan: Plan, size: float) -> pd.DataFrame:
    """None for a single future: there is nothing to compare."""
    found = cost_by_future(plan).head(MOST_FUTURES)
    if len(found) == 1:
        return pd.DataFrame()
    money = {name: found[name] / size for name in ("cost", "expected", "cvar")}
    named = {"cost": "Cost", "expected": "Expected cost", "cvar": "CVaR"}
    return pd.DataFrame(
        {"Future": found["future"].map(shortened), **{named[name]: values for name, values in money.items()}}
    )


def _makeup(plan: Plan, size: float) -> pd.DataFrame:
    found = cost_by_kind(plan)
    return pd.DataFrame({"Kind of cost": found["what"], "Expected cost": found["cost"] / size})


def _shares(loaded: Loaded, plan: Plan, name: str) -> Picture:
    limits = limits_by_year(loaded.scenario, plan, name).drop(columns="year")
    shares = shares_by_year(loaded.scenario, plan, name).rename(columns={"year": "Year"})
    against = ", against the limits" if len(limits.columns) else ""
    return Picture(
        f"sourcing:{name}", f"{capital(in_words(name))}: share by country (on average){against}", "share of kg",
        "financial year", pd.concat([shares, limits], axis=1), _share_chart, len(limits.columns), "0.0%",
    )  # fmt: skip


# --- charts -----------------------------------------------------------------------------------------


def _share_chart(book: Book, block: Block) -> Chart:
    # Lines in colours that no country has.
    chart = _amounts(_stacked(book, block, PALETTE, first_line=2), block, "0%")
    chart.set_y_axis(axis(block.shows.unit, grid=True) | {"num_format": "0%", "min": 0, "max": 1})
    return chart


def _stacked(book: Book, block: Block, colours: Sequence[str], first_line: int) -> Chart:
    """Columns upon each other, and lines across them, in the looks from `first_line` on."""
    chart, columns = book.workbook.add_chart({"type": "column", "subtype": "stacked"}), block.shows.columns
    for number in range(1, columns + 1):
        look = {"fill": {"color": colours[number - 1]}, "border": BORDER, "gap": 50}
        chart.add_series(block.series(number) | look)
    if block.shows.lines:
        lines = book.workbook.add_chart({"type": "line"})
        for number in range(block.shows.lines):
            lines.add_series(block.series(columns + 1 + number) | _line(first_line + number))
        chart.combine(lines)
    return chart


_LINES = ((PALETTE[1], "solid"), (FAINT, "dash"), (WARNING, "long_dash"), (INK, "round_dot"))
"""Colour and pattern of lines: told apart in grey by their pattern."""


def _line(number: int) -> dict[str, object]:
    colour, dash = _LINES[number % len(_LINES)]
    # A line of one year only is a mark.
    mark = {"type": "long_dash", "size": 7, "border": {"color": colour}, "fill": {"color": colour}}
    return {"line": {"color": colour, "width": 2, "dash_type": dash}, "marker": mark}


def _amounts(chart: Chart, block: Block, pattern: str) -> Chart:
    """Axes and titles of columns; amounts in Excel's pattern."""
    shows = block.shows
    # Columns start at 0, so that their lengths can be compared, unless some are below.
    floor = 0 if float(shows.rows.iloc[:, 1:].min().min()) >= 0 else None
    dress(chart, shows.title)
    chart.set_y_axis(axis(shows.unit, grid=True) | {"num_format": pattern, "min": floor})
    chart.set_x_axis(axis(shows.along) | {"interval_unit": math.ceil(len(shows.rows) / _MOST_LABELS)})
    return chart


def _bars(book: Book, block: Block) -> Chart:
    chart = book.workbook.add_chart({"type": "bar"})
    label = {"value": True, "num_format": "#,##0.00", "font": small()}
    chart.add_series(block.series(1) | {"fill": {"color": INK}, "gap": 40, "data_labels": label})
    dress(chart, block.shows.title, has_legend=False)
    chart.set_y_axis(upright())
    chart.set_x_axis(below_bars(block.shows.unit))
    return chart

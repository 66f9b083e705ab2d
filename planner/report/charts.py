"""The charts of a report, as native Excel charts, and the sheet that holds their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from planner.plan.colours import FAINT, INK, PALETTE, RULE, WARNING
from planner.plan.figures import main_source
from planner.plan.plan import Plan
from planner.plan.series import (
    classes,
    cost_by_future,
    cost_by_kind,
    demand_by_month,
    limits_by_year,
    shares_by_year,
    sourcing_by_year,
)
from planner.plan.words import Wording, capital, shortened
from planner.report.formats import FONT, axis_pattern
from planner.report.printing import CHART_HEIGHT, chart_width
from planner.report.sheets import text_of
from planner.scenario.load import Loaded
from planner.scenario.sheets import Book

TITLE = "Chart figures"
MEANING = "the figures that the charts show"

MOST_FUTURES = 40
"""Futures that a chart can tell apart; of more the dearest are shown."""

_MOST_CLASSES = 3


@dataclass(frozen=True)
class Block:
    """Figures on the sheet: categories in column `left`, a series in each column to its right.

    `draw` makes the chart of them: the last `lines` series as lines, the rest as columns. `pattern` is Excel's number
    format of the figures.
    """

    left: int
    rows: pd.DataFrame
    draw: Callable[[Book, Block], Chart]
    lines: int
    pattern: str

    def series(self, number: int) -> dict[str, object]:
        """Name, categories and values of the series in the `number`-th column after the categories."""
        column, last = self.left + number, len(self.rows)
        return {
            "name": [TITLE, 0, column],
            "categories": [TITLE, 1, self.left, last, self.left],
            "values": [TITLE, 1, column, last, column],
        }

    @property
    def columns(self) -> int:
        """Series that are shown as columns."""
        return len(self.rows.columns) - 1 - self.lines


class Charts:
    """The charts of a plan. Those that there are no figures for are left out."""

    def __init__(self, loaded: Loaded, plan: Plan, wording: Wording) -> None:
        self._blocks: dict[str, Block] = {}
        left = 0
        for name, rows, draw, lines in _pictures(loaded, plan, wording):
            if len(rows) and len(rows.columns) > 1:
                pattern = "0.0%" if name.startswith("sourcing:") else "#,##0.0"
                self._blocks[name] = Block(left, rows, draw, lines, pattern)
                left += len(rows.columns) + 1

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
        found = [block.draw(book, block) for name in names if (block := self._blocks.get(name))]
        for chart in found:
            chart.set_size(size)
        return found

    def write(self, book: Book) -> Worksheet:
        """Add the sheet of figures."""
        sheet = book.add_sheet(TITLE)
        for block in self._blocks.values():
            _write_block(book, sheet, block)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        # A page for each chart's figures.
        sheet.set_v_pagebreaks([block.left for block in self._blocks.values() if block.left])
        return sheet


def _write_block(book: Book, sheet: Worksheet, block: Block) -> None:
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": INK, "text_wrap": True, "valign": "top"}
    text = book.format(num_format="@")
    for index, name in enumerate(block.rows.columns, block.left):
        values = block.rows.iloc[:, index - block.left].tolist()
        align = "left" if index == block.left else "right"
        sheet.write_string(0, index, text_of(name), book.format(align=align, **head))
        sheet.set_column(index, index, max(12, *(len(str(value)) for value in values)) if index == block.left else 14)
        number = book.format(num_format=block.pattern)
        for line, value in enumerate(values, 1):
            if isinstance(value, str):
                sheet.write_string(line, index, text_of(value), text)
            elif pd.notna(value):
                sheet.write_number(line, index, float(value), number)


# --- figures, with headings as the legends show them ------------------------------------------------

_Picture = tuple[str, pd.DataFrame, Callable[[Book, Block], Chart], int]
"""Name, figures, what draws them, and how many series are lines."""


def _pictures(loaded: Loaded, plan: Plan, wording: Wording) -> Iterator[_Picture]:
    """Every chart: 'futures', or of several on the sheet of a table 'sourcing:heavy'."""
    scale = wording.scale(plan.expected_cost)

    def costs(book: Book, block: Block) -> Chart:
        title = "Cost by future, with expected cost and CVaR"
        return _dressed(_stacked(book, block, PALETTE[:1]), block, (title, scale.name, "future"), wording)

    def kinds(book: Book, block: Block) -> Chart:
        return _bars(book, block, "What makes up the expected cost", scale.name)

    def demand(book: Book, block: Block) -> Chart:
        return _demand_chart(book, block, wording)

    yield "futures", _costs(plan, scale.size), costs, 2
    yield "sources", sourcing_by_year(plan).rename(columns={"year": "Year"}), _sources(plan, wording), 0
    heads = {"month": "Month", "built": "Built", "lost": "Lost", "demand": "Asked for", "late": "Waiting at the end"}
    yield "demand", demand_by_month(plan).rename(columns=heads), demand, 2
    named = {"what": "Kind of cost", "cost": "Expected cost"}
    makeup = cost_by_kind(plan)[["what", "cost"]]
    yield "costs", makeup.assign(cost=makeup["cost"] / scale.size).rename(columns=named), kinds, 0
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


def _shares(loaded: Loaded, plan: Plan, name: str) -> _Picture:
    limits = limits_by_year(loaded.scenario, plan, name).drop(columns="year")
    shares = shares_by_year(loaded.scenario, plan, name).rename(columns={"year": "Year"})
    what = name if name.endswith("magnets") else f"{name} magnets"

    def draw(book: Book, block: Block) -> Chart:
        against = ", against the limits" if block.lines else ""
        return _share_chart(book, block, f"{capital(what)}: share by country (on average){against}")

    return f"sourcing:{name}", pd.concat([shares, limits], axis=1), draw, len(limits.columns)


# --- charts -----------------------------------------------------------------------------------------


def _sources(plan: Plan, wording: Wording) -> Callable[[Book, Block], Chart]:
    source = main_source(plan)
    title = f"{capital(source.what if source else '')} arriving, by country (on average)"

    def draw(book: Book, block: Block) -> Chart:
        return _dressed(_stacked(book, block, PALETTE), block, (title, "kg", "financial year"), wording)

    return draw


def _demand_chart(book: Book, block: Block, wording: Wording) -> Chart:
    """What is built and what is lost as columns, against what is asked for; what waits is no part of either."""
    chart = _stacked(book, block, (PALETTE[0], PALETTE[1]), first_line=1)
    return _dressed(chart, block, ("What becomes of demand (on average)", "units", "period"), wording)


def _share_chart(book: Book, block: Block, title: str) -> Chart:
    # Lines in colours that no country has.
    chart = _dressed(_stacked(book, block, PALETTE, first_line=2), block, (title, "share of kg", "financial year"))
    chart.set_y_axis(_axis() | {"name": "share of kg", "num_format": "0%", "min": 0, "max": 1} | _grid())
    return chart


def _stacked(book: Book, block: Block, colours: Sequence[str], first_line: int = 0) -> Chart:
    """Columns upon each other, and lines across them, in the looks from `first_line` on."""
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for number in range(1, block.columns + 1):
        look = {"fill": {"color": colours[number - 1]}, "border": {"color": "#FFFFFF", "width": 0.5}, "gap": 50}
        chart.add_series(block.series(number) | look)
    if block.lines:
        lines = book.workbook.add_chart({"type": "line"})
        for number in range(block.lines):
            lines.add_series(block.series(block.columns + 1 + number) | _line(first_line + number))
        chart.combine(lines)
    return chart


_LINES = ((PALETTE[1], "solid"), (FAINT, "dash"), (WARNING, "long_dash"), (INK, "round_dot"))
"""Colour and pattern of lines: told apart in grey by their pattern."""


def _line(number: int) -> dict[str, object]:
    colour, dash = _LINES[number % len(_LINES)]
    # A line of one year only is a mark.
    mark = {"type": "long_dash", "size": 7, "border": {"color": colour}, "fill": {"color": colour}}
    return {"line": {"color": colour, "width": 2, "dash_type": dash}, "marker": mark}


def _bars(book: Book, block: Block, title: str, unit: str) -> Chart:
    chart = book.workbook.add_chart({"type": "bar"})
    label = {"value": True, "num_format": "#,##0.00", "font": {"name": FONT, "size": 9}}
    chart.add_series(block.series(1) | {"fill": {"color": INK}, "gap": 40, "data_labels": label})
    _dressed(chart, block, (title, unit, ""))
    # Of bars the axis of categories stands upright; the largest is to be on top, and the figures below all.
    chart.set_y_axis(_axis() | {"reverse": True, "label_position": "low", "major_gridlines": {"visible": False}})
    chart.set_x_axis(_axis() | {"name": unit, "num_format": "#,##0", "label_position": "high"} | _grid())
    chart.set_legend({"none": True})
    return chart


def _floor(block: Block) -> float | None:
    """Columns start at 0, so that their lengths can be compared, unless some are below."""
    return 0 if float(block.rows.iloc[:, 1:].min().min()) >= 0 else None


def _small() -> dict[str, object]:
    return {"name": FONT, "size": 9, "color": "#404040"}


def _axis() -> dict[str, object]:
    return {"num_font": _small(), "name_font": _small() | {"bold": False}, "line": {"color": RULE}}


def _grid() -> dict[str, object]:
    return {"major_gridlines": {"visible": True, "line": {"color": "#E3E7EE", "width": 0.75}}}


def _dressed(chart: Chart, block: Block, titles: tuple[str, str, str], wording: Wording | None = None) -> Chart:
    """Title, axis titles (amounts, categories), grid and legend; amounts grouped as the wording does."""
    title, unit, along = titles
    pattern = axis_pattern(wording) if wording else "#,##0"
    chart.set_title({"name": title, "overlay": False, "name_font": {"name": FONT, "size": 11, "color": INK}})
    chart.set_y_axis(_axis() | {"name": unit, "num_format": pattern, "min": _floor(block)} | _grid())
    chart.set_x_axis(_axis() | ({"name": along} if along else {}))
    chart.set_legend({"position": "bottom", "font": _small()})
    chart.set_chartarea({"border": {"color": RULE}})
    return chart

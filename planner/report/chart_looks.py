"""How native charts look, those of a plan and those of a comparison alike."""

from __future__ import annotations

from collections.abc import Sequence

from xlsxwriter.chart import Chart
from xlsxwriter.format import Format

from planner.excel.sheets import Book
from planner.present.colours import INK, RULE
from planner.report.formats import FONT

FIGURES, MEANING = "Chart figures", "the figures that the charts show"
"""The sheet that holds the figures of all charts."""

BORDER = {"color": "#FFFFFF", "width": 0.5}
"""Between columns upon each other."""

NO_GRID = {"major_gridlines": {"visible": False}}


def small() -> dict[str, object]:
    """The font of what stands beside axes, and of legends."""
    return {"name": FONT, "size": 9, "color": "#404040"}


def axis(name: str = "", grid: bool = False) -> dict[str, object]:
    """An axis with its title, '' for none."""
    named = {"name": name, "name_font": small() | {"bold": False}} if name else {}
    lines = {"major_gridlines": {"visible": True, "line": {"color": "#E3E7EE", "width": 0.75}}} if grid else {}
    return {"num_font": small(), "line": {"color": RULE}} | named | lines


def upright() -> dict[str, object]:
    """The axis of categories of bars, which stands upright: the first category is on top, below all is room."""
    return axis() | {"reverse": True, "interval_unit": 1, "label_position": "low"} | NO_GRID


def below_bars(unit: str) -> dict[str, object]:
    """The axis of amounts of bars, below all of them."""
    return axis(unit, grid=True) | {"label_position": "high", "num_format": "#,##0"}


def dress(chart: Chart, title: str, has_legend: bool = True) -> None:
    """Title, frame and legend."""
    chart.set_title({"name": title, "overlay": False, "name_font": {"name": FONT, "size": 11, "color": INK}})
    chart.set_chartarea({"border": {"color": RULE}})
    chart.set_legend({"position": "bottom", "font": small()} if has_legend else {"none": True})


def places(top: int, rows: int, categories: int, column: int) -> dict[str, list[str | int]]:
    """Name, categories and values of a series in a `column` of figures below their headings in line `top`."""
    first, last = top + 1, top + rows
    return {
        "name": [FIGURES, top, column],
        "categories": [FIGURES, first, categories, last, categories],
        "values": [FIGURES, first, column, last, column],
    }


def heading_look(book: Book, align: str = "left") -> Format:
    """The look of headings on the sheet of figures."""
    return book.format(bold=True, font_color="#FFFFFF", bg_color=INK, text_wrap=True, valign="top", align=align)


def height_of(headings: Sequence[str], width: float) -> float:
    """The height in points of headings on that sheet, in columns so many characters wide."""
    return 15.5 * max(-(-len(text) // int(width - 1)) for text in headings)

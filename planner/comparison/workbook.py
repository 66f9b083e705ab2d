"""The workbook of a comparison: the result in sentences, charts, the heat map of regret, then every table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from xlsxwriter.worksheet import Worksheet

from planner.comparison.cell import AS_IT_STANDS
from planner.comparison.charts import ComparisonCharts, chart_height
from planner.comparison.comparison import Comparison
from planner.comparison.views import views
from planner.comparison.words import STATUS, sentences
from planner.excel.sheets import Book, write_book
from planner.present.colours import FAINT, INK, RULE
from planner.present.view import View
from planner.present.words import Wording, listed
from planner.report.chart_looks import FIGURES, MEANING
from planner.report.printing import set_page
from planner.report.sheets import text_of, write_sheet

TITLE = "Comparison"

_NAMES_WIDTH, _WIDTH, _COLUMNS = 26, 15, 9
"""Width of the first column and of the others, in characters, and how many columns text goes over."""

_LINE, _PIXELS = 15.5, 20
"""Height of a line of text in points, and of a line as it comes in pixels."""

_SCALE, _PAGE_LINES = 60, 55
"""Per cent of full size at which a dozen strategies with their charts fit a page, and the lines that it then holds."""

_BEST, _MIDDLE, _WORST = "#FFFFFF", "#F8E3B5", "#E69F00"
"""The ends and the middle of the heat map's scale: distinguished in grey and by the colour-blind."""


def write_comparison(compared: Comparison, path: Path) -> Path:
    """Write a comparison as a workbook: see `write_book`."""
    return write_book(path, lambda book: _fill(book, compared))


def _fill(book: Book, compared: Comparison) -> None:
    currency = next((answer.currency for answer in compared.answers if answer.currency), "INR")
    wording, shown = Wording(currency), list(views(compared))
    first = _First(book, book.add_sheet(TITLE), compared, wording)
    sheets = [first.sheet, *(write_sheet(book, view, wording) for view in shown)]
    charts = ComparisonCharts(book, compared)
    first.write(charts, shown)
    for sheet in [*sheets, *([charts.sheet] if charts.sheet else [])]:
        set_page(sheet, f"Comparison of {listed(compared.scenarios, 4)}", f"base: {compared.base}")


class _First:
    """The first sheet, filled from top to bottom; `line` is the next free one."""

    def __init__(self, book: Book, sheet: Worksheet, compared: Comparison, wording: Wording) -> None:
        self.sheet = sheet
        self._book, self._compared, self._wording, self._line = book, compared, wording, 0
        self._breaks: list[int] = []

    def write(self, charts: ComparisonCharts, shown: Sequence[View]) -> None:
        self.sheet.set_column(0, 0, _NAMES_WIDTH)
        self.sheet.set_column(1, _COLUMNS + len(self._compared.scenarios), _WIDTH)
        names = listed(self._compared.scenarios)
        self.sheet.write_string(0, 0, text_of(f"Strategies for {names}"), self._look(bold=True, font_size=16))
        self._line = 1
        self._paragraph(self._asked(), font_color=FAINT)
        self._heading("The result")
        for sentence in sentences(self._compared):
            self._paragraph(sentence)
        self._regret()
        self._place(charts)
        self._contents([*shown])
        self.sheet.hide_gridlines(2)
        self.sheet.set_print_scale(_SCALE)
        self.sheet.set_h_pagebreaks(self._breaks)

    def _look(self, **properties: object) -> object:
        return self._book.format(**{"font_color": INK} | properties)

    def _asked(self) -> str:
        count = len(self._compared.strategies)
        base = "the scenario as it stands" if self._compared.base == AS_IT_STANDS else self._compared.base
        return (
            f"{count} strategies, compared with {base}. Costs are discounted; regret is what a strategy's plan costs "
            "above the best one's, as the scenario weighs expected cost and CVaR."
        )

    def _heading(self, text: str) -> None:
        self._line += 1
        look = self._look(bold=True, font_size=12, bottom=1, bottom_color=RULE)
        for column in range(_COLUMNS):
            self.sheet.write_string(self._line, column, text if column == 0 else "", look)
        self._line += 1

    def _paragraph(self, text: str, **properties: object) -> None:
        look = self._book.format(text_wrap=True, valign="vcenter", **properties)
        self.sheet.merge_range(self._line, 0, self._line, _COLUMNS - 1, "", look)
        self.sheet.write_string(self._line, 0, text_of(text), look)
        width = _NAMES_WIDTH + (_COLUMNS - 1) * _WIDTH
        self.sheet.set_row(self._line, min(_LINE * math.ceil(len(text) / width), 409))
        self._line += 1

    # --- the heat map of regret ---------------------------------------------------------------------

    def _regret(self) -> None:
        """A line a strategy, a column a scenario, and the largest; the darker the more it regrets."""
        compared = self._compared
        amounts = [compared.regret(scenario, name) for scenario in compared.scenarios for name in compared.strategies]
        scale = self._wording.scale(max((amount for amount in amounts if amount is not None), default=0.0))
        several = len(compared.scenarios) > 1
        self._heading(f"Regret [{scale.name}]")
        heads = ["Strategy", *compared.scenarios, *(["Largest"] if several else [])]
        for column, text in enumerate(heads):
            side = "left" if column == 0 else "right"
            look = self._look(bold=True, align=side, text_wrap=True, valign="bottom", indent=int(column > 0))
            self.sheet.write_string(self._line, column, text_of(text), look)
        top = self._line + 1
        for name in compared.strategies:
            self._line += 1
            self._regret_line(name, scale.size, several)
        last = len(compared.scenarios)
        # By rank in the middle: one that costs many times as much would make all others look alike.
        middle = {"mid_type": "percentile", "mid_value": 50, "mid_color": _MIDDLE}
        colours = {"type": "3_color_scale", "min_color": _BEST, "max_color": _WORST} | middle
        self.sheet.conditional_format(top, 1, self._line, last, colours)
        self._line += 1

    def _regret_line(self, name: str, size: float, several: bool) -> None:
        compared = self._compared
        best = name in compared.least_regret and several
        self.sheet.write_string(self._line, 0, text_of(name), self._book.format(bold=best))
        number = self._book.format(num_format="#,##0.00", align="right", indent=1, bold=best)
        for column, scenario in enumerate(compared.scenarios, 1):
            regret, answer = compared.regret(scenario, name), compared.answer(scenario, name)
            if regret is not None:
                self.sheet.write_number(self._line, column, regret / size, number)
            else:
                why = STATUS[answer.status] if answer else "has none"
                look = self._book.format(align="right", indent=1, italic=True, font_color=FAINT)
                self.sheet.write_string(self._line, column, why, look)
        largest = compared.largest_regret(name)
        if several and largest is not None:
            self.sheet.write_number(self._line, len(compared.scenarios) + 1, largest / size, number)

    # --- charts and contents ------------------------------------------------------------------------

    def _place(self, charts: ComparisonCharts) -> None:
        for scenario in self._compared.scenarios:
            made = charts.of(scenario)
            lines = math.ceil(chart_height(len(self._compared.plans[scenario])) / _PIXELS) + 2 if made else 0
            self._keep_together(lines)
            for number, chart in enumerate(made):
                place = {"x_offset": 4 + number * 570, "y_offset": 6, "object_position": 3}
                self.sheet.insert_chart(self._line, 0, chart, place)
            self._line += lines

    def _keep_together(self, lines: int) -> None:
        """Begin a new page where as many lines would not fit on this one."""
        begun = self._breaks[-1] if self._breaks else 0
        if self._line + lines > begun + _PAGE_LINES:
            self._breaks.append(self._line)

    def _contents(self, shown: Sequence[View]) -> None:
        entries = [(view.title, view.meaning) for view in shown]
        entries += [(FIGURES, MEANING)] if any(self._compared.plans.values()) else []
        self._keep_together(len(entries) + 2)
        self._heading("In this workbook")
        link = self._book.format(font_color="#0563C1", underline=1)
        for title, meaning in entries:
            self.sheet.write_url(self._line, 0, f"internal:'{title}'!A1", link, title)
            self.sheet.write_string(self._line, 1, meaning, self._book.format(font_color=FAINT))
            self._line += 1

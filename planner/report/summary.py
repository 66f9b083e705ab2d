"""The sheet Summary: the first screen. What was asked, the answer, the figures behind it, and where to look further."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.plan.colours import FAINT, INK, RULE
from planner.plan.figures import Figure, figures, largest_sources, service_by_sector
from planner.plan.plan import Plan
from planner.plan.summary import headline, question
from planner.plan.words import Wording, capital
from planner.report.sheets import text_of
from planner.scenario.load import Loaded
from planner.scenario.sheets import Book, write_note

TITLE = "Summary"

_WIDTHS = (30, 15, 21, 60)
_LINE, _HIGHEST = 15.5, 409
"""Height of a line of text, and the largest height that a row can have, in points."""

_CHART_LINES = 17
_ONE_PAGE = 90
"""Lines that can still be read when printed on one page."""

_PATTERNS = {
    "share": ("0.0%", ""),
    "points": ("0.00", "percentage points"),
    "units": ("#,##0", "units"),
    "gap": ("0.00%", ""),
}
"""Number format and unit of the kinds of figures that are not money."""


@dataclass(frozen=True)
class Entry:
    """A sheet as the list of contents tells of it."""

    title: str
    rows: int | None
    meaning: str


@dataclass
class _Page:
    """The sheet as it is filled from top to bottom; `line` is the next free one."""

    book: Book
    sheet: Worksheet
    wording: Wording
    line: int = 0

    def look(self, **properties: object) -> Format:
        return self.book.format(valign="top", **properties)

    def text(self, column: int, text: object, **properties: object) -> None:
        look = self.look(**({"indent": 1, "align": "left"} if column > 1 else {}) | properties)
        self.sheet.write_string(self.line, column, text_of(text), look)

    def heading(self, *texts: str) -> None:
        """A section's heading, with headings of its columns beside it."""
        self.line += 1
        for column in range(len(_WIDTHS)):
            text = texts[column] if column < len(texts) else ""
            size = {"bold": True, "font_size": 12} if column == 0 else {"align": "right" if column == 1 else "left"}
            look = {"font_color": INK, "bottom": 1, "bottom_color": RULE} | size
            if text:
                self.text(column, text, **look)
            else:
                self.sheet.write_blank(self.line, column, None, self.look(**look))
        self.line += 1

    def paragraph(self, text: str) -> None:
        """Text over the whole width, as high as it needs."""
        look = self.book.format(text_wrap=True, valign="vcenter")
        self.sheet.merge_range(self.line, 0, self.line, len(_WIDTHS) - 1, "", look)
        self.sheet.write_string(self.line, 0, text_of(text), look)
        lines = math.ceil(len(text) / (sum(_WIDTHS) * 1.06))
        self.sheet.set_row(self.line, min(_LINE * lines, _HIGHEST))
        self.line += 1


def write_summary(
    book: Book,
    sheet: Worksheet,
    loaded: Loaded,
    plan: Plan,
    contents: Sequence[Entry],
    charts: Sequence[Chart],
    notes: Sequence[str],
) -> bool:
    """Fill the sheet, and say whether it is short enough for one page; `notes` are warnings about the report itself."""
    page = _Page(book, sheet, Wording(loaded.scenario.settings.currency))
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    _write_question(page, loaded, plan)
    page.heading("The answer")
    for sentence in headline(loaded, plan):
        page.paragraph(sentence)
    _write_figures(page, figures(loaded, plan))
    _write_service(page, loaded, plan)
    _write_sources(page, plan)
    _write_warnings(page, [*(str(warning) for warning in loaded.warnings), *notes])
    _write_contents(page, contents)
    _place_charts(sheet, charts)
    sheet.hide_gridlines(2)
    return page.line <= _ONE_PAGE


def _write_question(page: _Page, loaded: Loaded, plan: Plan) -> None:
    page.text(0, loaded.scenario.settings.title, bold=True, font_size=16, font_color=INK)
    page.sheet.set_row(0, 24)
    for label, words in question(loaded, plan).items():
        page.line += 1
        page.text(0, label, font_color=FAINT)
        page.text(1, words)
    page.line += 1


def _write_figures(page: _Page, found: Sequence[Figure]) -> None:
    page.heading("Headline figures")
    for figure in found:
        page.text(0, figure.label)
        unit = _write_value(page, figure)
        page.text(2, unit, font_color=FAINT)
        page.text(3, capital(figure.meaning), font_color=FAINT)
        write_note(page.sheet, page.line, 1, capital(figure.meaning))
        page.book.workbook.define_name(figure.name, f"={TITLE}!$B${page.line + 1}")
        page.line += 1


def _write_value(page: _Page, figure: Figure) -> str:
    """Write a headline figure; the unit it is in."""
    if figure.kind == "money":
        scale = page.wording.scale(figure.value)
        _write_number(page, figure.value / scale.size, "#,##0.00" if scale.size > 1 else "#,##0")
        return scale.name
    pattern, unit = _PATTERNS[figure.kind]
    _write_number(page, figure.value, pattern)
    return unit


def _write_number(page: _Page, value: float, pattern: str) -> None:
    page.sheet.write_number(page.line, 1, value, page.look(bold=True, num_format=pattern))


def _write_service(page: _Page, loaded: Loaded, plan: Plan) -> None:
    found = service_by_sector(loaded, plan)
    page.heading("Service by sector", "on average", "in the worst future")
    for sector, service, worst, future in zip(*(found[name].tolist() for name in found), strict=True):
        page.text(0, sector)
        _write_number(page, service, "0.0%")
        page.sheet.write_number(page.line, 2, worst, page.look(num_format="0.0%", align="left", indent=1))
        page.text(3, future, font_color=FAINT)
        page.line += 1


def _write_sources(page: _Page, plan: Plan) -> None:
    found = largest_sources(plan)
    page.heading("Where it comes from", "largest share", "country")
    for source in found:
        page.text(0, capital(source.what))
        _write_number(page, source.share, "0.0%")
        page.text(2, source.country)
        page.line += 1
    if not found:
        page.paragraph("Nothing arrives.")


def _write_warnings(page: _Page, warnings: Sequence[str]) -> None:
    page.heading("Warnings")
    for warning in warnings or ("none",):
        page.paragraph(warning)


def _write_contents(page: _Page, contents: Sequence[Entry]) -> None:
    page.heading("In this workbook", "rows")
    for entry in contents:
        link = page.look(font_color="#0563C1", underline=1)
        page.sheet.write_url(page.line, 0, f"internal:'{entry.title}'!A1", link, entry.title)
        if entry.rows is not None:
            page.sheet.write_number(page.line, 1, entry.rows, page.look(num_format="#,##0"))
        page.text(2, capital(entry.meaning), font_color=FAINT)
        page.line += 1


def _place_charts(sheet: Worksheet, charts: Sequence[Chart]) -> None:
    for number, chart in enumerate(charts):
        sheet.insert_chart(1 + number * _CHART_LINES, len(_WIDTHS) + 1, chart)
    sheet.set_column(len(_WIDTHS), len(_WIDTHS), 2)

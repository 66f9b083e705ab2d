"""The sheet Summary: the first screen. What was asked, the answer, the figures behind it, and where to look further."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.excel.sheets import Book, write_note
from planner.plan.plan import Plan
from planner.present.colours import FAINT, INK, RULE
from planner.present.figures import Figure, figures, largest_sources, service_by_sector
from planner.present.series import cost_split
from planner.present.standing import covers, sentences
from planner.present.summary import first_short, headline, question
from planner.present.words import Wording, capital
from planner.report.formats import RUNNING, amount_pattern
from planner.report.printing import page_breaks
from planner.report.sheets import text_of
from planner.scenario.load import Loaded

TITLE = "Summary"

_WIDTHS = (28, 14, 17, 10, 43)
_LINE, _HIGHEST = 15.5, 409
"""Height of a line of text, and the largest height that a row can have, in points."""

_ROW, _TITLE_ROW = 15.0, 24.0
"""Heights in points of a row as it comes and of the one that holds the title."""

CHART = {"width": 560, "height": 256}
_CHART_GAP = 8
"""Sizes of charts, and the room between them, in pixels."""

_PRINTED_COLUMNS = 9
"""Columns that charts reach over."""

_CHARTS_END = 0.75 * 3 * (CHART["height"] + _CHART_GAP) + _TITLE_ROW
"""How far down three charts reach, in points."""

_PAGE = 650.0
"""Points of height that a page holds where text and charts fit its width."""

_MOST_FUTURES = 10

_LEFT: dict[str, object] = {"align": "left", "indent": 1}
_HEADINGS: dict[int, dict[str, object]] = {0: {"bold": True, "font_size": 12}, 1: {"align": "right"}}
"""Looks of headings by column; those further right are as `_LEFT`."""

_PATTERNS = {"share": ("0.0%", ""), "points": ("0.00", "percentage points"), "gap": ("0.00%", "")}
"""Number format and unit of the kinds of figures that are neither money nor units."""


@dataclass(frozen=True)
class Entry:
    """A sheet as the list of contents mentions it."""

    title: str
    rows: int | None
    meaning: str
    hidden: bool = False


@dataclass
class _Page:
    """The sheet as it is filled from top to bottom; `line` is the next free one.

    `sections` are the lines that sections begin at, `tall` the heights of lines that are not as they come.
    """

    book: Book
    sheet: Worksheet
    wording: Wording
    line: int = 0
    sections: list[int] = field(default_factory=list)
    tall: dict[int, float] = field(default_factory=dict)

    def look(self, **properties: object) -> Format:
        return self.book.format(valign="top", **properties)

    def text(self, column: int, text: object, **properties: object) -> None:
        look = self.look(**(_LEFT if column > 1 else {}) | properties)
        self.sheet.write_string(self.line, column, text_of(text), look)

    def heading(self, *texts: str) -> None:
        """A section's heading, with headings of its columns beside it."""
        self.line += 1
        self.sections.append(self.line)
        for column in range(len(_WIDTHS)):
            text = texts[column] if column < len(texts) else ""
            look = {"font_color": INK, "bottom": 1, "bottom_color": RULE} | _HEADINGS.get(column, _LEFT)
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
        lines = math.ceil(len(text) / (sum(_WIDTHS) * RUNNING))
        self.height(min(_LINE * lines, _HIGHEST))
        self.line += 1

    def height(self, points: float) -> None:
        """Make the line as high."""
        self.tall[self.line] = points

    def number(self, column: int, value: float, pattern: str, **properties: object) -> None:
        """A number; beyond the first column of them to the left, like their headings."""
        side = _LEFT if column > 1 else {}
        self.sheet.write_number(self.line, column, value, self.look(num_format=pattern, **side | properties))

    def breaks(self) -> list[int]:
        """The sections before which a new page begins: none beside the charts, which would be torn."""
        beside = next((line for line in range(self.line) if self._points(line) >= _CHARTS_END), 0)
        below = [section for section in self.sections if section >= beside]
        return page_breaks(below, self.line, self._height, _PAGE)

    def _height(self, line: int) -> float:
        return self.tall.get(line, _ROW)

    def _points(self, line: int) -> float:
        """How far down a line begins."""
        return sum(map(self._height, range(line)))

    def set_heights(self) -> None:
        """Set the height of every line, as programs that lack the font would choose others and tear pages elsewhere."""
        for line in range(self.line):
            self.sheet.set_row(line, self._height(line))


def write_summary(
    book: Book,
    sheet: Worksheet,
    loaded: Loaded,
    plan: Plan,
    contents: Sequence[Entry],
    charts: Sequence[Chart],
    notes: Sequence[str],
) -> None:
    """Fill the sheet; `notes` are warnings about the report itself."""
    page = _Page(book, sheet, Wording(loaded.scenario.settings.currency))
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    _write_question(page, loaded, plan)
    page.heading("The answer")
    for sentence in headline(loaded, plan):
        page.paragraph(sentence)
    _write_standing(page, loaded, plan)
    _write_figures(page, figures(loaded, plan))
    _write_split(page, plan)
    _write_futures(page, plan)
    _write_service(page, loaded, plan)
    _write_sources(page, plan)
    _write_warnings(page, [*(str(warning) for warning in loaded.warnings), *notes])
    _write_contents(page, contents)
    _place_charts(sheet, charts)
    _prepare_print(page)


def _prepare_print(page: _Page) -> None:
    page.set_heights()
    page.sheet.hide_gridlines(2)
    page.sheet.fit_to_pages(1, 0)
    page.sheet.print_area(0, 0, page.line, len(_WIDTHS) + _PRINTED_COLUMNS)
    page.sheet.set_h_pagebreaks(page.breaks())


def _write_question(page: _Page, loaded: Loaded, plan: Plan) -> None:
    page.text(0, loaded.scenario.settings.title, bold=True, font_size=16, font_color=INK)
    page.height(_TITLE_ROW)
    for label, words in question(loaded, plan).items():
        page.line += 1
        page.text(0, label, font_color=FAINT)
        page.text(1, words)
    page.line += 1


def _write_standing(page: _Page, loaded: Loaded, plan: Plan) -> None:
    """Where the buyer stands: by when to file, what runs without a licence, and how many days each magnet lasts."""
    scenario = loaded.scenario
    found = covers(scenario)
    if not found:
        return
    page.heading("Where you stand, before anything is decided")
    for sentence in sentences(scenario, plan, page.wording):
        page.paragraph(sentence)
    page.heading(
        "Days that magnets last", "free", "under a certificate", "granted", "paid or ordered, not granted: not counted"
    )
    for cover in found[:_MOST_FUTURES]:
        page.text(0, cover.material)
        for column, days in enumerate((cover.free, cover.bound, cover.granted, cover.waiting), 1):
            if math.isfinite(days):
                page.number(column, days, '#,##0;-#,##0;"–"')
            else:
                page.text(column, "to the end", **({"align": "right"} if column == 1 else {}))
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
    """Write a figure's value; its unit."""
    if figure.kind == "money":
        scale = page.wording.scale(figure.value)
        _write_amount(page, figure.value / scale.size, 2 if scale.size > 1 else 0)
        return scale.name
    if figure.kind == "units":
        _write_amount(page, figure.value, 0)
        return "units"
    pattern, unit = _PATTERNS[figure.kind]
    page.number(1, figure.value, pattern, bold=True)
    return unit


def _write_amount(page: _Page, amount: float, places: int, **more: object) -> None:
    page.number(1, amount, amount_pattern(amount, page.wording, places), **{"bold": True} | more)


def _write_split(page: _Page, plan: Plan) -> None:
    """What of the expected cost is cash."""
    found, scale = cost_split(plan), page.wording.scale(plan.expected_cost)
    page.heading("What it is expected to cost", scale.name, "share")
    places = 2 if scale.size > 1 else 0
    for what, cost in zip(found["what"], found["cost"], strict=True):
        page.text(0, what)
        _write_amount(page, cost / scale.size, places, bold=False)
        if plan.expected_cost > 0:
            page.number(2, cost / plan.expected_cost, "0.0%")
        page.line += 1
    page.text(0, "In all", bold=True, top=1)
    _write_amount(page, plan.expected_cost / scale.size, places, top=1)
    page.line += 1


def _write_futures(page: _Page, plan: Plan) -> None:
    """The most expensive futures, where there are several."""
    futures = plan.tables["futures"]
    if len(futures) == 1:
        return
    scale = page.wording.scale(float(futures["cost"].max()))
    page.heading("Futures, most expensive first", scale.name, "probability", "service", "runs short first")
    found = futures.sort_values("cost", ascending=False, kind="stable")
    for row in found.head(_MOST_FUTURES).to_dict("records"):
        page.text(0, row["future"])
        _write_amount(page, row["cost"] / scale.size, 2 if scale.size > 1 else 0)
        page.number(2, row["probability"], "0.0%")
        page.number(3, row["service"], "0.0%")
        page.text(4, first_short(plan, row["future"]))
        page.line += 1
    if len(found) > _MOST_FUTURES:
        page.text(0, f"and {len(found) - _MOST_FUTURES:,} more", font_color=FAINT)
        page.line += 1


def _write_service(page: _Page, loaded: Loaded, plan: Plan) -> None:
    found = service_by_sector(loaded, plan)
    page.heading("Service by sector", "on average", "in the worst", "", "which is")
    for sector, service, worst, future in zip(*(found[name].tolist() for name in found), strict=True):
        page.text(0, sector)
        page.number(1, service, "0.0%", bold=True)
        page.number(2, worst, "0.0%")
        page.text(4, future, font_color=FAINT)
        page.line += 1


def _write_sources(page: _Page, plan: Plan) -> None:
    found = largest_sources(plan)
    page.heading("Where it comes from", "largest share", "country")
    for source in found:
        page.text(0, capital(source.what))
        page.number(1, source.share, "0.0%", bold=True)
        page.text(2, " and ".join([source.country, *source.ties]))
        page.line += 1
    if not found:
        page.paragraph("Nothing arrives.")


def _write_warnings(page: _Page, warnings: Sequence[str]) -> None:
    page.heading("Warnings")
    for warning in warnings or ("none",):
        page.paragraph(warning)


def _write_contents(page: _Page, contents: Sequence[Entry]) -> None:
    page.heading("In this workbook", "rows")
    link = page.look(font_color="#0563C1", underline=1)
    for entry in (entry for entry in contents if not entry.hidden):
        page.sheet.write_url(page.line, 0, f"internal:'{entry.title}'!A1", link, entry.title)
        _write_entry(page, entry)
    hidden = [entry for entry in contents if entry.hidden]
    if hidden:
        page.heading("Hidden sheets", "rows", "To see one, right-click on the tab of any sheet and choose Unhide")
    for entry in hidden:
        page.text(0, entry.title)
        _write_entry(page, entry)


def _write_entry(page: _Page, entry: Entry) -> None:
    if entry.rows is not None:
        page.sheet.write_number(page.line, 1, entry.rows, page.look(num_format="#,##0"))
    page.text(2, capital(entry.meaning), font_color=FAINT)
    page.line += 1


def _place_charts(sheet: Worksheet, charts: Sequence[Chart]) -> None:
    for number, chart in enumerate(charts):
        # Given in pixels from the top: lines differ in height.
        at = {"y_offset": number * (CHART["height"] + _CHART_GAP)}
        sheet.insert_chart(1, len(_WIDTHS) + 1, chart, at)
    sheet.set_column(len(_WIDTHS), len(_WIDTHS), 2)

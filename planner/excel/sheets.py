"""How a table looks as a sheet: shared by export and template.

New workbooks are written with XlsxWriter: it is the fastest of the libraries that can write comments
and drop-downs, and it writes text as text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.excel.paper import fit_width, pixels, set_paper
from planner.files import write_whole_or_beside
from planner.scenario.cells import NUMBER_KINDS, workbook_value
from planner.scenario.columns import cell_kind, column_kind, fields_of
from planner.scenario.raw import RawRow
from planner.scenario.tables import Field, Table

_CREATED = dt.datetime(2025, 10, 1)
"""Stands in every workbook, so that the same scenario gives the same file."""

_LARGE_UNITS = ("kg", "kg/period", "units", "units/period", "base currency", "base currency/step")
"""Units of large amounts: their digits are grouped."""

_NARROWEST, _WIDEST, _WIDEST_NOTE = 9, 40, 80
"""Widths of columns in characters; longer text goes over several lines."""

_LINE = 15
"""Height in points of a line of text."""
_PALETTE = {"required": "#1F3864", "optional": "#7F8FA9", "comment": "#7F7F7F"}


class _ExactSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types: its class is Any to mypy
    """A sheet whose numbers keep every digit: XlsxWriter itself writes 16, which may change the last one."""

    def _xml_number_element(self, number: float, attributes: Iterable[tuple[str, Any]] = ()) -> None:
        text = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{text}><v>{number!r}</v></c>")


@dataclass
class Book:
    """A workbook being written, and the formats made for it so far."""

    workbook: Workbook
    _formats: dict[tuple[tuple[str, Any], ...], Format] = field(default_factory=dict)

    def format(self, **properties: Any) -> Format:
        """XlsxWriter's format of these properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format(properties)
        return self._formats[key]

    def add_sheet(self, title: str) -> Worksheet:
        """A new sheet whose numbers keep every digit."""
        sheet: Worksheet = self.workbook.add_worksheet(title, worksheet_class=_ExactSheet)
        return sheet


@dataclass(frozen=True)
class TableSheet:
    """A sheet as written. Lines and columns are 0-based, as XlsxWriter counts; `rows` follow the headings."""

    sheet: Worksheet
    heading_line: int
    columns: dict[str, int]
    rows: Sequence[RawRow]


@contextmanager
def new_book(path: Path) -> Iterator[Book]:
    """A workbook that is written to `path` when the block ends well.

    Raises:
        OSError: it cannot be written.
    """
    workbook = Workbook(str(path), {"in_memory": True})
    workbook.set_properties({"created": _CREATED})
    yield Book(workbook)
    try:
        workbook.close()
    except FileCreateError as error:
        raise (error.args[0] if isinstance(error.args[0], OSError) else OSError(str(error))) from error


def write_book(path: Path, fill: Callable[[Book], object]) -> Path:
    """Write a workbook as `fill` fills it, whole; under a second name where the one there is open in Excel.

    Returns:
        The path it has been written to.

    Raises:
        OutputError: it cannot be written; what stood at `path` still stands.
    """

    def write(temporary: Path) -> None:
        with new_book(temporary) as book:
            fill(book)

    return write_whole_or_beside(path, write)


def write_table(
    book: Book,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[RawRow],
    above: Sequence[Sequence[Any]] = (),
    title: str | None = None,
) -> TableSheet:
    """Add a sheet that holds a table: headings with their meaning as comments, rows below.

    `columns` are field names and, in a table with columns a period, months as 'YYYY-MM'. `rows` may
    hold comment rows; `above` are comment rows that stand above the headings. The sheet's tab shows
    required tables from optional ones by its colour.
    """
    sheet = book.add_sheet(title or table.name)
    for line, cells in enumerate(above):
        _write_comment(book, sheet, line, cells)
    heading_line = len(above)
    for index, column in enumerate(columns):
        _write_heading(book, sheet, table, heading_line, index, column)
    for line, row in enumerate(rows, heading_line + 1):
        _write_row(book, sheet, table, columns, line, row)
    _dress(book, sheet, table, columns, rows, heading_line)
    return TableSheet(sheet, heading_line, {c: i for i, c in enumerate(columns)}, rows)


def meaning(table: Table, column: str) -> str:
    """What a column means, its unit, and what a blank cell in it stands for: the text of its heading's comment."""
    return explained(_field(table, column))


def explained(field_: Field) -> str:
    """What a field means, its unit, choices and default, a line each."""
    lines = [field_.meaning[:1].upper() + field_.meaning[1:]]
    if field_.unit:
        lines.append(f"Unit: {field_.unit}")
    if field_.choices:
        lines.append(f"One of: {', '.join(field_.choices)}")
    lines.append("Required" if field_.required else f"If blank: {field_.default_text}")
    return "\n".join(lines)


def number_format(table: Table, column: str, value: Any = None) -> str:
    """Excel's number format for a cell of a column that holds `value` (or is blank)."""
    kind = column_kind(table, column)
    if kind not in (*NUMBER_KINDS, "any"):
        return "@"
    if _field(table, column).unit not in _LARGE_UNITS:
        return "General"
    whole = value is None or (isinstance(value, int | float) and float(value).is_integer())
    return "#,##0" if whole else "#,##0.00####"


def _field(table: Table, column: str) -> Field:
    fields = fields_of(table)
    return fields[column] if column in fields else table.fields[table.period_columns or ""]


def _look(book: Book, table: Table, column: str, value: Any = None) -> Format:
    shape = number_format(table, column, value)
    # Text keeps off the numbers of the column before it, and goes over as many lines as it needs.
    text = {"align": "left", "indent": 1, "text_wrap": True} if shape == "@" or isinstance(value, str) else {}
    return book.format(num_format=shape, valign="top", **text)


def _write_heading(book: Book, sheet: Worksheet, table: Table, line: int, index: int, column: str) -> None:
    colour = _PALETTE["required" if _field(table, column).required else "optional"]
    look = book.format(
        bold=True, font_color="#FFFFFF", bg_color=colour, text_wrap=True, align="left", valign="top", indent=1,
        num_format="@",
    )  # fmt: skip
    sheet.write_string(line, index, column, look)
    write_note(sheet, line, index, meaning(table, column))


def write_note(sheet: Worksheet, line: int, index: int, text: str) -> None:
    """Put a comment on a cell, in a box as large as its text."""
    height = 20 * (1 + sum(1 + len(part) // 40 for part in text.split("\n")))
    sheet.write_comment(line, index, text, {"x_scale": 2, "height": height, "author": "", "font_size": 9})


def _write_row(book: Book, sheet: Worksheet, table: Table, columns: Sequence[str], line: int, row: RawRow) -> None:
    if row.comment is not None:
        _write_comment(book, sheet, line, row.comment)
        return
    for index, column in enumerate(columns):
        if (raw := row.cells.get(column)) is not None:
            value = workbook_value(cell_kind(table, column, row), raw)
            _write_value(sheet, line, index, value, _look(book, table, column, value))


def _write_comment(book: Book, sheet: Worksheet, line: int, cells: Sequence[Any]) -> None:
    look = book.format(italic=True, font_color=_PALETTE["comment"])
    for index, raw in enumerate(cells):
        if raw is not None:
            _write_value(sheet, line, index, workbook_value("any", raw), look)


def _write_value(sheet: Worksheet, line: int, index: int, value: str | float | bool, look: Format) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(line, index, value, look)
    elif isinstance(value, str):
        # Never `write`: it would take '=…' for a formula and 'https:…' for a link.
        sheet.write_string(line, index, value, look)
    else:
        sheet.write_number(line, index, value, look)


def _dress(
    book: Book, sheet: Worksheet, table: Table, columns: Sequence[str], rows: Sequence[RawRow], heading_line: int
) -> None:
    widths = [_width(column, rows) for column in columns]
    for index, column in enumerate(columns):
        sheet.set_column(index, index, widths[index], _look(book, table, column))
    for line, row in enumerate(rows, heading_line + 1):
        if (lines := _lines(columns, widths, row)) > 1:
            sheet.set_row(line, _LINE * lines)
    # Names that look like numbers are meant as text: no green corner for them.
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.freeze_panes(heading_line + 1, max(1, len(table.key)))
    sheet.set_tab_color(_PALETTE["required" if table.required else "optional"])
    set_paper(sheet)
    sheet.repeat_rows(heading_line)
    fit_width(sheet, pixels(widths), max(1, len(table.key)))


def _width(column: str, rows: Sequence[RawRow]) -> int:
    longest = max((len(str(row.cells.get(column, ""))) for row in rows), default=0)
    return min(max(_NARROWEST, len(column) + 3, longest + 2), _WIDEST_NOTE if column == "note" else _WIDEST)


def _lines(columns: Sequence[str], widths: Sequence[int], row: RawRow) -> int:
    """The lines that the longest text of a row goes over; comments stand on one."""
    texts = ((str(row.cells.get(column) or ""), width) for column, width in zip(columns, widths, strict=True))
    return max((len(wrap(text, width)) for text, width in texts if len(text) > width), default=1)

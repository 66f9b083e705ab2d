"""A scenario as it was written: cells not yet understood, each with the place it stands at.

Reading, overlays, export and import work on these; `check.parse` turns them into a `Scenario`.
Cells hold what the file holds: text, number, truth value, date. Blank cells are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from planner.errors import Problem


@dataclass
class RawRow:
    """One row: its cells by field name and the line it stands on (1-based, as a spreadsheet counts).

    `origins` says where a cell came from that an overlay has set ('strategies!E4'). A comment row has
    no cells; its content is kept in `comment` as a list of raw values so that it survives a round trip.
    """

    line: int
    cells: dict[str, Any]
    origins: dict[str, str] = field(default_factory=dict)
    comment: list[Any] | None = None


@dataclass
class RawTable:
    """One table: which fields it has columns for, and its rows.

    `columns` maps a field's name (for a column a period, the month as 'YYYY-MM') to its column,
    0-based. `place` is the sheet's title, or the file's name.
    """

    name: str
    place: str
    columns: dict[str, int]
    rows: list[RawRow]
    header_line: int = 1
    in_workbook: bool = True

    def data_rows(self) -> Iterator[RawRow]:
        """The rows that are not comments."""
        return (row for row in self.rows if row.comment is None)

    def cell(self, row: RawRow, field_name: str | None) -> str:
        """Where a cell stands: 'offers!G14', or 'offers.csv line 14, price_per_kg'."""
        if field_name in row.origins:
            return row.origins[field_name]
        if not self.in_workbook:
            return f"{self.place} line {row.line}" + (f", {field_name}" if field_name else "")
        return f"{self.place}!{column_letters(self.columns.get(field_name or '', 0))}{row.line}"

    def heading(self, field_name: str | None = None) -> str:
        """Where a heading stands."""
        if not self.in_workbook:
            return f"{self.place} line {self.header_line}"
        return f"{self.place}!{column_letters(self.columns.get(field_name or '', 0))}{self.header_line}"

    def copy(self) -> RawTable:
        """A copy whose rows can be changed without touching this one."""
        rows = [RawRow(r.line, dict(r.cells), dict(r.origins), r.comment) for r in self.rows]
        return replace(self, columns=dict(self.columns), rows=rows)


@dataclass
class RawScenario:
    """All tables of one scenario as written, and where they came from.

    `problems` are those met while reading; `sha256` is of the file, or of the folder's files in
    order of name. `origin` is what the user named.
    """

    name: str
    origin: str
    in_workbook: bool
    sha256: str
    tables: dict[str, RawTable]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    made_from: str = ""
    """'starter' where the tables were made from one."""
    moved_on: list[list[Any]] = field(default_factory=list)
    """Where the scenario goes on from a plan, the lines that say what was taken from where, headings first."""

    def copy(self) -> RawScenario:
        """A copy whose rows can be changed without touching this one."""
        return replace(self, tables={name: table.copy() for name, table in self.tables.items()})


def column_letters(index: int) -> str:
    """A 0-based column as Excel names it: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(65 + digit) + letters
    return letters

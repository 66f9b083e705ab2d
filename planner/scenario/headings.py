"""Which sheet is which table and which column which field: shared by workbooks and folders.

A reader gives the cells of each sheet or file as lines; what comes back are raw tables whose cells
stand under their fields' names, and a problem for everything that cannot be placed.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import PydanticCustomError

from planner.errors import Problem
from planner.scenario import fields
from planner.scenario.cells import clean
from planner.scenario.columns import column_fields, required_columns
from planner.scenario.letters import without_hidden
from planner.scenario.raw import RawRow, RawScenario, RawTable, column_letters
from planner.scenario.tables import Table, tables

LISTS_SHEET = "lists"
"""A hidden sheet of names for drop-downs."""
HOW_TO_SHEET = "how to"
PROBLEMS_SHEET = "problems"
"""Sheets that templates and annotated workbooks have besides the tables."""
MOVED_ON_SHEET = "moved on"
"""The sheet, or file, of a scenario that goes on from a plan: what was taken from where."""

MOST_COLUMNS = 702
"""Columns that are read: A to ZZ."""

_OWN_SHEET = re.compile(rf"({HOW_TO_SHEET}|{LISTS_SHEET}|{PROBLEMS_SHEET}|{MOVED_ON_SHEET})( \d+)?")
_OWN_WORDS = {"settings": ("name",), "strategies": ("table", "field")}
"""Columns whose words are the schema's own: hidden characters in them mean nothing."""
_NEAR = 0.75
_MOST_SAID = 500
_HEADINGS_WITHIN = 30
"""How far down headings in the wrong row are looked for."""

Line = tuple[int, Sequence[Any]]
"""A line's number, 1-based, and its cells from column A on, as read."""


# --- sheets and files -----------------------------------------------------------------------------


def table_named(name: str) -> str | None:
    """The table that a sheet or file of this name holds, whatever its case and the white space around it."""
    folded = without_hidden(name).casefold()
    return folded if folded in tables() else None


@dataclass
class Names:
    """The sheets of a workbook, or files of a folder, sorted into tables and others."""

    what: str
    """'sheet' or 'file'."""
    found: dict[str, str] = field(default_factory=dict)
    """By table, the name as it is written."""
    others: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def sort_names(what: str, names: Iterable[tuple[str, str]]) -> Names:
    """Sort sheets or files into tables and others; each comes with its name as written and its bare name.

    A name that is near to that of a missing table is a problem: it may be that table, misspelt. All
    others are left alone and named in one warning, but for the sheets that this program itself has made.
    """
    result = Names(what)
    for written, bare in names:
        folded = bare.strip().casefold()
        if (what == "sheet" and _OWN_SHEET.fullmatch(folded)) or folded == MOVED_ON_SHEET:
            continue
        table = table_named(bare)
        if table is None:
            result.others.append(written)
        elif table in result.found:
            result.problems.append(_twice(result, table, written))
        else:
            result.found[table] = written
    bare_names = dict(names)
    misspelt = {name: near for name in result.others if (near := _near_missing(bare_names[name], result.found))}
    result.problems += [_misspelt(what, name, near) for name, near in misspelt.items()]
    alone = [name for name in result.others if name not in misspelt]
    if alone:
        result.warnings.append(_left_alone(what, alone))
    return result


def _near_missing(name: str, found: dict[str, str]) -> str | None:
    close = difflib.get_close_matches(name.strip().casefold(), tables(), n=1, cutoff=_NEAR)
    missing = [table for table in tables() if table not in found]
    return (close[0] if close[0] in missing else None) if close else fields.sharing_words(name, missing)


def _twice(names: Names, table: str, written: str) -> Problem:
    text = f"The {names.what}s '{names.found[table]}' and '{written}' are both the table {table}."
    return Problem(f"duplicate_{names.what}", text, "Delete or rename one of them.", table, cell=written)


def _misspelt(what: str, name: str, near: str) -> Problem:
    fix = f"Did you mean '{near}'? Rename it; or, if it is not part of the scenario, give it another name."
    return Problem(f"unknown_{what}", f"The {what} '{name}' is not a table of a scenario.", fix, near, cell=name)


def _left_alone(what: str, names: list[str]) -> Problem:
    quoted = [f"'{name}'" for name in names[:10]] + (["…"] if len(names) > 10 else [])
    plural = len(names) > 1
    text = (
        f"The {what}{'s' * plural} {_listed(quoted)} {'are' if plural else 'is'} no table{'s' * plural} of a scenario "
        f"and {'were' if plural else 'was'} left alone."
    )
    return Problem(f"unknown_{what}", text)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


# --- one table ------------------------------------------------------------------------------------

NOT_CALCULATED = "=(not calculated)"
"""Stands in a line for a formula that the file holds no value of."""

CALCULATE = "Open the workbook in Excel, let it calculate, and save it; or type the value itself."
_MEND = "Mend the formula, or type the value itself."
_ERROR = re.compile(r"#[¡¿]?[^\W\d_][\w/]*[!?]|#N/A|#NV|#N/D|#N/B|#GETTING_DATA|#EXTERNAL|#BLOCKED|Err:\d{3}")
"""What spreadsheet programs show for a formula that has failed, in their several languages."""


@functools.lru_cache(maxsize=256)
def broken(value: Any) -> tuple[str, str, str] | None:
    """Kind, message and fix for a cell whose formula has failed or has no value; None for any other."""
    if not isinstance(value, str) or value[:1] not in "#=E":
        return None
    if value == NOT_CALCULATED:
        return "not_calculated", "The formula here has no value in the file.", CALCULATE
    error = without_hidden(value)
    return ("error_value", f"{error} stands here: the formula has failed.", _MEND) if _ERROR.fullmatch(error) else None


def read_table(name: str, place: str, lines: Iterable[Line], in_workbook: bool) -> tuple[RawTable, list[Problem]]:
    """Turn the lines of a sheet or file into a table: comments kept, empty lines dropped.

    The headings are in the first line that is neither. Whatever stands under no known heading is a
    problem, and so are formulas that have failed or hold no value.
    """
    reading = _Reading(tables()[name], RawTable(name, place, {}, [], in_workbook=in_workbook))
    reading.read([line for line in lines if any(clean(cell) is not None for cell in line[1])])
    return reading.raw, reading.problems


class _Reading:
    """One table while it is read."""

    def __init__(self, table: Table, raw: RawTable) -> None:
        self.table = table
        self.raw = raw
        self.problems: list[Problem] = []

    def read(self, lines: list[Line]) -> None:
        at = next((i for i, (_, cells) in enumerate(lines) if not _begins_comment(_first(cells))), len(lines))
        heads = self._headings_at(lines, at)
        self.raw.rows += [_comment(line) for line in lines[:heads] if _begins_comment(_first(line[1]))]
        if heads == len(lines):
            return
        if heads != at:
            self._add("headings_row", *self._wrong_row(lines[at], lines[heads]), lines[heads][0], 0)
        if self._headings(lines[heads]):
            self._rows(lines[heads + 1 :])

    def _add(self, kind: str, message: str, fix: str, line: int, column: int, field_name: str | None = None) -> None:
        """Report a problem with the cell in a line and column; beyond hundreds nobody reads on."""
        if len(self.problems) >= _MOST_SAID:
            return
        place = self.raw.place
        cell = f"{place}!{column_letters(column)}{line}" if self.raw.in_workbook else f"{place} line {line}"
        self.problems.append(Problem(kind, message, fix, self.table.name, None, field_name, cell))

    def _headings_at(self, lines: list[Line], at: int) -> int:
        """Which line holds the headings: one further down only where it has all that are required."""
        required = required_columns(self.table.name)
        for i, (_, cells) in enumerate(lines[at : at + _HEADINGS_WITHIN], at):
            if {_folded(cell) for cell in cells}.issuperset(required):
                return i
        return at

    def _wrong_row(self, first: Line, right: Line) -> tuple[str, str]:
        row = "row" if self.raw.in_workbook else "line"
        text = (
            f"The headings of {self.table.name} stand in {row} {right[0]}, but {row} {first[0]} above them "
            f"holds {fields.shown(_first(first[1]))}."
        )
        return text, f"Delete what stands above the headings, or begin each {row} there with #."

    def _headings(self, line: Line) -> bool:
        """Take in the headings; False where there is none to read by."""
        number, cells = line
        self.raw.header_line = number
        held = {i: value for i, cell in enumerate(cells) if (value := clean(cell)) is not None}
        names = {i: self._column(value) for i, value in held.items()}
        if not any(names.values()):
            self._add("no_headings", *self._no_headings(line), number, min(held))
            return False
        free = column_fields(self.table.name).keys() - set(names.values())
        lacking = [name for name in required_columns(self.table.name) if name in free]
        alone = lacking[0] if len(lacking) == 1 and list(names.values()).count(None) == 1 else None
        for i, name in names.items():
            if name is None:
                self._add("unknown_field", *self._unknown(held[i], free, alone), number, i, fields.to_text(held[i]))
            elif name in self.raw.columns:
                self._add("duplicate_field", *self._repeated(name, i), number, i, name)
            elif i < MOST_COLUMNS:
                self.raw.columns[name] = i
            else:
                self._add("too_wide", *self._too_wide(name), number, i, name)
        self.headed = set(held)
        return True

    def _column(self, heading: Any) -> str | None:
        """The field that a heading names, or the month that it is."""
        name = _folded(heading)
        if name in column_fields(self.table.name):
            return name
        try:
            return fields.to_month(heading) if self.table.period_columns else None
        except PydanticCustomError:
            return None

    def _no_headings(self, line: Line) -> tuple[str, str]:
        row = "row" if self.raw.in_workbook else "line"
        wanted = ", ".join(required_columns(self.table.name))
        text = f"{row.capitalize()} {line[0]} must hold the headings of {self.table.name}, but none of them is in it."
        return text, f"Put a {row} with the headings above the first entry; these at least: {wanted}."

    def _unknown(self, heading: Any, free: Collection[str], alone: str | None) -> tuple[str, str]:
        """What to say of a heading that is no field's; `free` are the fields that no other heading names.

        `alone` is the one required field without a heading, where this is the one heading without a field.
        """
        if failed := broken(heading):
            return failed[1:]
        text = fields.to_text(heading)
        near = fields.close(text, free) or fields.sharing_words(text, free)
        fix = f"Did you mean '{near}'?" if near else ""
        if alone and not near:
            fix = f"The column {alone} is missing: if this is it, head it '{alone}'."
        if not self.table.period_columns:
            return f"{fields.shown(heading)} is not a field of {self.table.name}.", fix or f"{self._way_out()}."
        return f"{fields.shown(heading)} is neither a field of {self.table.name} nor a month.", (
            fix or self._month_fix(heading)
        )

    def _way_out(self) -> str:
        place = "on a sheet" if self.raw.in_workbook else "in a file"
        return f"Delete the column, or put its text into the column note (or {place} of your own)"

    def _month_fix(self, heading: Any) -> str:
        try:
            fields.to_month(heading)
        except PydanticCustomError as error:
            fix = str((error.context or {})["fix"])
            return f"{self._way_out()}; a month is typed as 2026-04." if fix == fields.ANY_MONTH else fix
        return ""

    def _repeated(self, name: str, index: int) -> tuple[str, str]:
        first = self.raw.columns[name]
        both = (
            f"{column_letters(first)} and {column_letters(index)}"
            if self.raw.in_workbook
            else f"{first + 1} and {index + 1}"
        )
        return f"The heading {name} stands twice, in columns {both}.", "Delete or rename one of the two."

    def _too_wide(self, name: str) -> tuple[str, str]:
        last = column_letters(MOST_COLUMNS - 1) if self.raw.in_workbook else MOST_COLUMNS
        return f"The heading {name} stands beyond column {last}, the last that is read.", "Move the column to the left."

    def _rows(self, lines: list[Line]) -> None:
        columns = list(self.raw.columns.items())
        first = min(self.raw.columns.values(), default=0)
        # One column beyond the last that is read is enough to show that there are more.
        widest = min(MOST_COLUMNS + 1, max((len(cells) for _, cells in lines), default=0))
        unheaded = sorted(set(range(widest)) - self.headed)
        strays: list[tuple[int, int, Any]] = []
        for line in lines:
            number, cells = line
            width = len(cells)
            if _begins_comment(cells[0]) or (first < width and _begins_comment(cells[first])):
                self.raw.rows.append(_comment(line))
                continue
            held = {name: value for name, i in columns if i < width and (value := clean(cells[i])) is not None}
            for name in _OWN_WORDS.get(self.table.name, ()):
                if isinstance(held.get(name), str):
                    held[name] = without_hidden(held[name])
            if held:
                self.raw.rows.append(RawRow(number, held))
                self._broken(number, held)
            strays += [(number, i, cells[i]) for i in unheaded if i < width and clean(cells[i]) is not None]
        if strays:
            self._add("no_heading", *self._stray(strays), *strays[0][:2])

    def _broken(self, number: int, held: dict[str, Any]) -> None:
        for name, value in held.items():
            if isinstance(value, str) and value[0] in "#=E" and (failed := broken(value)):
                self._add(*failed, number, self.raw.columns[name], name)

    def _stray(self, strays: list[tuple[int, int, Any]]) -> tuple[str, str]:
        more = f" (and {len(strays) - 1} more of the kind)" if len(strays) > 1 else ""
        if self.raw.in_workbook:
            text = f"{fields.shown(strays[0][2])} stands in a column without a heading{more}."
            return text, "Give the column a heading (note will do), or clear it."
        text = f"The line has more cells than there are headings{more}: {fields.shown(strays[0][2])} has none."
        return text, "Put text that holds a comma between double quotes, or give the column a heading."


def _first(cells: Sequence[Any]) -> Any:
    """The first cell that is not blank."""
    return next((value for cell in cells if (value := clean(cell)) is not None), None)


def _begins_comment(cell: Any) -> bool:
    return isinstance(cell, str) and without_hidden(cell).startswith("#") and broken(cell) is None


def _comment(line: Line) -> RawRow:
    cells = [clean(cell) for cell in line[1]]
    while cells and cells[-1] is None:
        cells.pop()
    return RawRow(line[0], {}, comment=cells)


def _folded(cell: Any) -> str:
    return without_hidden(fields.to_text(cell)).casefold() if cell is not None else ""


# --- what is missing ------------------------------------------------------------------------------


def unread(raw: RawScenario) -> set[str]:
    """The tables that are there but could not be read at all; a problem says why."""
    said = {problem.table for problem in raw.problems}
    return {name for name, table in raw.tables.items() if not table.columns and name in said}


def missing(raw: RawScenario) -> list[Problem]:
    """Required tables and columns that a scenario lacks; to be asked once overlays are applied."""
    said = {problem.table for problem in raw.problems if problem.kind in ("unknown_sheet", "unknown_file")}
    problems = []
    for name, table in tables().items():
        if name in raw.tables:
            problems += _missing_columns(raw, raw.tables[name]) if name not in unread(raw) else []
        elif table.required and name not in said:
            problems.append(_missing_table(raw, name))
    return problems


def _missing_table(raw: RawScenario, name: str) -> Problem:
    holder = f"sheet named {name}" if raw.in_workbook else f"file named {name}.csv"
    headings = ", ".join(required_columns(name))
    period = " and a column a period" if tables()[name].period_columns else ""
    fix = f"Add a {holder} with the headings {headings}{period}: {_uncapitalised(tables()[name].meaning)}"
    return Problem("missing_table", f"The table {name} is missing.", fix, name)


def _missing_columns(raw: RawScenario, table: RawTable) -> list[Problem]:
    spec = tables()[table.name]
    if not table.columns and not spec.required:
        return []
    assumed = " ".join(p.fix for p in raw.problems if p.table == table.name and p.kind == "unknown_field")
    problems = [
        _missing_column(table, column)
        for column in required_columns(table.name)
        if column not in table.columns and f"'{column}'" not in assumed
    ]
    if spec.period_columns and table.columns.keys() <= column_fields(table.name).keys():
        text = "There is no column for any period."
        fix = "Add a column for each, headed by its first month, such as 2026-04."
        problems.append(Problem("missing_field", text, fix, table.name, cell=table.heading()))
    return problems


def _missing_column(table: RawTable, column: str) -> Problem:
    spec = column_fields(table.name)[column]
    unit = f" ({spec.unit})" if spec.unit else ""
    fix = f"Add a column with the heading {column}: {spec.meaning}{unit}."
    return Problem("missing_field", f"The column {column} is missing.", fix, table.name, None, column, table.heading())


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]

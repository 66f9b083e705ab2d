"""From cells to typed rows: every cell that its field cannot take is a problem in the planner's words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from pydantic import ValidationError

from planner.errors import Problem
from planner.scenario.fields import nearest, shown, to_text
from planner.scenario.keys import (
    SETTINGS,
    Keys,
    calendar_of,
    field_names,
    is_month,
    key_fields,
    key_text,
    parsed,
    row_text,
)
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.scenario import Calendar, Scenario
from planner.scenario.settings import setting_rows
from planner.scenario.tables import Field, Settings, tables

LARGEST_DEMAND = 2_000_000
"""Cells of demand above which a scenario is refused before anything else is done with it."""


NO_COLUMN = "There is no column for"
"""Begins what is said of periods without a column."""


class Default(NamedTuple):
    """A blank cell of an optional field, and what it means."""

    table: str
    key: str
    field: str
    default: str


@dataclass(frozen=True)
class ParsedTable:
    """The rows of a table that could be taken, each beside the cells it was made from, and those that could not."""

    table: RawTable
    calendar: Calendar | None
    rows: list[tuple[RawRow, Any]]
    failed: list[RawRow]
    problems: list[Problem]


@dataclass
class Parsed:
    """A scenario whose cells are understood as far as they can be; `problems` mentions the others."""

    raw: RawScenario
    settings: Settings | None
    problems: list[Problem]
    tables: dict[str, ParsedTable] = field(default_factory=dict)

    @cached_property
    def calendar(self) -> Calendar | None:
        """The calendar, where the settings could be taken."""
        return calendar_of(self.settings)

    @cached_property
    def keys(self) -> Keys:
        """How keys compare."""
        return Keys(self.calendar)

    def rows(self, table: str) -> list[tuple[RawRow, Any]]:
        """The rows of a table that could be taken; none where there is no such table."""
        return self.tables[table].rows if table in self.tables else []

    def values(self, table: str, *fields: Field) -> Iterator[tuple[RawRow, tuple[Any, ...]]]:
        """Some fields of every row, of those as well that have a problem in another field."""
        for raw_row, row in self.rows(table):
            yield raw_row, tuple(getattr(row, field.attribute) for field in fields)
        for raw_row in self.tables[table].failed if table in self.tables else ():
            yield raw_row, tuple(parsed(table, field.name, raw_row.cells.get(field.name)) for field in fields)

    def raw_rows(self, table: str) -> Iterator[RawRow]:
        """All rows of a table, those among them that could not be taken."""
        return self.raw.tables[table].data_rows() if table in self.raw.tables else iter(())

    def readable(self, table: str, column: str) -> bool:
        """Whether what is not in a column is truly missing: else the column is, and that has been reported."""
        held = self.raw.tables.get(table)
        if held and held.columns:
            return column in held.columns or not held.rows
        return not tables()[table].required and all(problem.table != table for problem in self.raw.problems)

    def whole(self, table: str) -> bool:
        """Whether every row of a table could be taken, so that a sum over it means something."""
        return table not in self.tables or not self.tables[table].problems

    def problem(self, kind: str, table: str, row: RawRow, field_name: str, text: str, *, fix: str = "") -> Problem:
        """A problem with one cell; `text` goes on after its name: 'price_per_kg of offer O1' …"""
        return cell_problem(self.raw.tables[table], row, kind, field_name, text, fix=fix)

    def scenario(self) -> Scenario:
        """The typed scenario; only to be asked for where there is no problem."""
        rows = {name: tuple(row for _, row in table.rows) for name, table in self.tables.items()}
        for table, column, by in PROBABILITIES:
            if table in rows:
                rows[table] = _adding_up(rows[table], column, by)
        return Scenario.model_validate({"name": self.raw.name, "settings": self.settings, **rows})


PROBABILITIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("futures", "probability", ()),
    ("climates", "start_probability", ("climate",)),
    ("climate_moves", "probability", ("climate", "state")),
)
"""Columns of probabilities, and the columns within whose groups they add up to 1."""

EXACT_SUM = 1e-6
"""How far from 1 a sum of probabilities may be and count as 1."""


def _adding_up(rows: tuple[Any, ...], column: str, by: tuple[str, ...]) -> tuple[Any, ...]:
    """The rows with probabilities that add up to 1 but for rounding scaled to do so."""
    totals: dict[tuple[str, ...], float] = {}
    for row in rows:
        group = tuple(getattr(row, name) for name in by)
        totals[group] = totals.get(group, 0.0) + getattr(row, column)
    if all(abs(total - 1) <= EXACT_SUM for total in totals.values()):
        return rows

    def scaled(row: Any) -> Any:
        total = totals[tuple(getattr(row, name) for name in by)]
        return row if abs(total - 1) <= EXACT_SUM else row.model_copy(update={column: getattr(row, column) / total})

    return tuple(map(scaled, rows))


def parse(raw: RawScenario, like: Parsed | None = None) -> Parsed:
    """Understand the cells of a scenario; tables that `like` holds unchanged are taken over from it."""
    settings, problems = parse_settings(raw)
    found = Parsed(raw, settings, problems)
    if oversized(raw):
        return found
    for name, table in raw.tables.items():
        if name != "settings":
            known = like.tables.get(name) if like else None
            if known is None or known.table is not table or known.calendar != found.calendar:
                known = _parse_table(table, found.calendar)
            found.tables[name] = known
            found.problems += known.problems
    return found


def oversized(raw: RawScenario) -> Problem | None:
    """Reported where there are more cells of demand than can be worked with: then nothing else is looked at."""
    demand = raw.tables.get("demand")
    cells = len(demand.rows) * len(demand.columns) if demand else 0
    if demand is None or cells <= LARGEST_DEMAND:
        return None
    text = f"There are {cells:,} cells of demand; the most that can be worked with are {LARGEST_DEMAND:,}."
    return Problem("too_many", text, "Join segments or periods.", "demand", cell=demand.heading())


# --- settings -------------------------------------------------------------------------------------


def parse_settings(raw: RawScenario) -> tuple[Settings | None, list[Problem]]:
    """The settings, where they could be taken, and what is wrong with them."""
    table = raw.tables.get("settings")
    if table is None or not table.columns.keys() >= set(SETTINGS):
        return None, []
    rows, problems = _setting_rows(table)
    values = {name: row.cells["value"] for name, row in rows.items() if "value" in row.cells}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        return None, problems + [_setting_problem(table, rows, detail) for detail in error.errors(include_url=False)]
    return settings, problems


def _setting_rows(table: RawTable) -> tuple[dict[str, RawRow], list[Problem]]:
    """The row of each known setting; unknown, blank and repeated names are problems."""
    rows: dict[str, RawRow] = {}
    problems = []
    known = tables()["settings"].fields
    for row in table.data_rows():
        name = to_text(row.cells.get("name", "")).casefold()
        if name in known and name not in rows:
            rows[name] = row
        elif name in known:
            text = f"'{name}' stands here a second time, after {table.cell(rows[name], 'name')}."
            problems.append(_row_problem(table, row, "duplicate", "name", text, fix="Delete one of the two rows."))
        elif name:
            text = f"{shown(row.cells['name'])} is not a setting."
            problems.append(_row_problem(table, row, "unknown_setting", "name", text, fix=nearest(name, known)))
        else:
            problems.append(_row_problem(table, row, "blank", "name", "The setting has no name.", fix="Type its name."))
    return rows, problems


def _row_problem(table: RawTable, row: RawRow, kind: str, column: str, message: str, *, fix: str) -> Problem:
    name = to_text(row.cells.get("name", "")) or None
    return Problem(kind, message, fix, table.name, name, column, table.cell(row, column))


def _setting_problem(table: RawTable, rows: dict[str, RawRow], detail: Any) -> Problem:
    name = str(detail["loc"][0])
    spec = tables()["settings"].fields[name]
    if name in rows:
        kind, text, fix = explained(spec, detail)
        return _row_problem(table, rows[name], kind, "value", f"{name}{text}", fix=fix)
    fix = f"Add a row with the name {name}: {_meaning(spec)}."
    return Problem("missing", f"There is no setting '{name}'.", fix, table.name, name, None, table.heading())


# --- other tables -----------------------------------------------------------------------------------


def _parse_table(table: RawTable, calendar: Calendar | None) -> ParsedTable:
    validate = tables()[table.name].row.__pydantic_validator__.validate_python
    by_period = tables()[table.name].period_columns is not None
    columns = _PeriodColumns(table, calendar) if by_period else None
    rows: list[tuple[RawRow, Any]] = []
    failed: list[RawRow] = []
    problems = list(columns.problems()) if columns else []
    for row in table.data_rows():
        try:
            rows.append((row, validate(columns.gathered(row) if columns else row.cells)))
        except ValidationError as error:
            failed.append(row)
            problems += _row_problems(table, row, error, columns)
        if columns:
            problems += columns.blanks(row)
    return ParsedTable(table, calendar, rows, failed, problems)


def _row_problems(
    table: RawTable, row: RawRow, error: ValidationError, columns: _PeriodColumns | None
) -> Iterator[Problem]:
    fields = tables()[table.name].fields
    for detail in error.errors(include_url=False):
        first, *rest = map(str, detail["loc"])
        # A column a period: the place says the field that gathers them, then the period.
        name = columns.column[rest[0]] if columns and first == columns.gathers and rest else first
        if detail["type"] == "missing" and name not in table.columns:
            continue  # Reported once, of the whole column.
        if detail["type"] == "extra_forbidden":
            text, fix = " is not a field of this table.", nearest(name, field_names(table.name))
            yield cell_problem(table, row, "unknown_field", name, text, fix=fix)
        else:
            kind, text, fix = explained(fields[first], detail)
            yield cell_problem(table, row, kind, name, text, fix=fix)


def explained(spec: Field, detail: Any) -> tuple[str, str, str]:
    """What pydantic says of a cell, as kind, text and fix; the text goes on after the cell's name."""
    context = detail.get("ctx") or {}
    if "message" in context:
        return detail["type"], f": {context['message']}", context["fix"]
    if detail["type"] == "missing":
        return "missing", " is blank.", f"It is required: {_meaning(spec)}."
    return "not_understood", f": {shown(detail['input'])} cannot stand here.", f"Type {_meaning(spec)}."


def _meaning(spec: Field) -> str:
    return f"{spec.meaning} ({spec.unit})" if spec.unit else spec.meaning


def cell_problem(table: RawTable, row: RawRow, kind: str, field_name: str, text: str, *, fix: str = "") -> Problem:
    """A problem with one cell of a table; `text` goes on after the cell's name."""
    subject = row_text(table.name, row.cells)
    if not subject or field_name not in key_fields(table.name) or field_name not in row.cells:
        subject = f"{field_name} of {subject}" if subject else field_name
    # A cell that an overlay set may stand in another table: then this one must be named.
    elsewhere = not row.origins.get(field_name, table.name).startswith(table.name)
    within = f" in {table.name}" if elsewhere else ""
    key = key_text(table.name, row.cells).strip("/") or None
    return Problem(kind, f"{subject}{within}{text}", fix, table.name, key, field_name, table.cell(row, field_name))


# --- a column a period --------------------------------------------------------------------------------


class _PeriodColumns:
    """The columns of a table that has one a period: which is which period's, and what is wrong with them."""

    def __init__(self, table: RawTable, calendar: Calendar | None) -> None:
        self.table = table
        self.calendar = calendar
        self.gathers = str(tables()[table.name].period_columns)
        self.known = field_names(table.name)
        self.months = [name for name in table.columns if is_month(name)]
        self.column = self._columns(calendar)
        """The column of each period that has one, by the period's first month."""

    def _columns(self, calendar: Calendar | None) -> dict[str, str]:
        if calendar is None:
            return {month: month for month in self.months}
        columns: dict[str, str] = {}
        for month in self.months:
            if 1 <= calendar.period(month) <= calendar.periods:
                columns.setdefault(calendar.month(calendar.period(month)), month)
        return columns

    def gathered(self, row: RawRow) -> dict[str, Any]:
        """A row's cells with the periods' cells gathered in one field, by the period's first month."""
        given = row.cells
        cells = {name: value for name, value in given.items() if not is_month(name)}
        cells[self.gathers] = {first: given[name] for first, name in self.column.items() if name in given}
        return cells

    def blanks(self, row: RawRow) -> Iterator[Problem]:
        """A cell must not be blank: demand that someone forgot would count as none."""
        fix = f"It is required: {tables()[self.table.name].fields[self.gathers].meaning}; 0 where there are none."
        for month in self.column.values():
            if month not in row.cells:
                yield cell_problem(self.table, row, "missing", month, " is blank.", fix=fix)

    def problems(self) -> Iterator[Problem]:
        """Columns outside the horizon, two of one period, periods without one."""
        if self.calendar is None or not self.months:
            return
        for month in self.months:
            period = self.calendar.period(month)
            if not 1 <= period <= self.calendar.periods:
                text = f"{month} lies outside the horizon, {horizon(self.calendar)}."
                yield self._of_column("outside_horizon", month, text, "Take it out, or change the settings.")
            elif self.column[first := self.calendar.month(period)] != month:
                text = f"The columns {self.column[first]} and {month} stand for one period, that of {first}."
                yield self._of_column("duplicate", month, text, "Keep one column a period, headed by its first month.")
        missing = [month for month in map(self.calendar.month, self.calendar.all) if month not in self.column]
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            text = f"{NO_COLUMN} {', '.join(missing[:5])}{more}."
            fix = "Add a column for each period, headed by its first month."
            yield Problem("missing", text, fix, self.table.name, None, missing[0], self.table.heading())

    def _of_column(self, kind: str, month: str, text: str, fix: str) -> Problem:
        set_by = (row.origins[month] for row in self.table.data_rows() if month in row.origins)
        return Problem(kind, text, fix, self.table.name, None, month, next(set_by, self.table.heading(month)))


def horizon(calendar: Calendar) -> str:
    """The horizon in words: its first and last period."""
    first, last = calendar.month(1), calendar.month(calendar.periods)
    return f"whose periods run from {first} to {last}"


# --- defaults -----------------------------------------------------------------------------------------


def defaults_taken(raw: RawScenario) -> list[Default]:
    """Every blank cell of an optional field, with what it means; sources and notes apart."""
    taken = [
        Default("settings", name, "value", spec.default_text)
        for name, spec in tables()["settings"].fields.items()
        if not spec.required and name not in {name for name, row in setting_rows(raw).items() if "value" in row.cells}
    ]
    for name, table in raw.tables.items():
        if name not in ("settings", "strategies"):
            taken += _defaults_of(table)
    return taken


def _defaults_of(table: RawTable) -> Iterator[Default]:
    spec = tables()[table.name]
    unused = ("source", "note")
    optional = [(f.name, f.default_text) for f in spec.fields.values() if not f.required and f.name not in unused]
    for row in table.data_rows():
        key = key_text(table.name, row.cells)
        for name, text in optional:
            if name not in row.cells:
                yield Default(table.name, key, name, text)

"""Which row is meant: keys of rows as one compares them, whatever way they were typed."""

from __future__ import annotations

import functools
import itertools
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from planner.scenario.columns import column_fields
from planner.scenario.fields import Name, to_text
from planner.scenario.scenario import Calendar, Scenario
from planner.scenario.tables import Settings, tables

SETTINGS = ("name", "value")
"""The fields of the table settings, which has a row a setting."""

Key = tuple[str, ...]


@functools.cache
def key_fields(table: str) -> tuple[str, ...]:
    """The names of the fields that make up a table's key."""
    return SETTINGS[:1] if table == "settings" else tables()[table].key


def row_named(scenario: Scenario, table: str, key: str) -> Any:
    """The row of a table by its key, whose parts are joined by '/'. Raises StopIteration where there is none."""
    attributes = [tables()[table].fields[name].attribute for name in key_fields(table)]
    rows = getattr(scenario, table)
    return next(row for row in rows if "/".join(str(getattr(row, name) or "") for name in attributes) == key)


@functools.cache
def field_names(table: str) -> tuple[str, ...]:
    """The names of a table's fields as its columns are headed; columns a period apart."""
    return tuple(column_fields(table))


@functools.cache
def _type(table: str, field: str) -> Any:
    spec = tables()[table]
    return typing.get_type_hints(spec.row, include_extras=True)[spec.fields[field].attribute]


@functools.cache
def _adapter(table: str, field: str) -> TypeAdapter[Any]:
    return TypeAdapter(_type(table, field))


@functools.cache
def _is_month(table: str, field: str) -> bool:
    return field in tables()[table].fields and tables()[table].fields[field].kind == "month"


@functools.cache
def _is_name(table: str, field: str) -> bool:
    """Whether a field takes any text as it stands: then nothing need be asked of its type."""
    return field in tables()[table].fields and _type(table, field) in (Name, Name | None)


def parsed(table: str, field: str, value: Any) -> Any:
    """A cell's value as its field takes it; as text where the field cannot take it or has no type.

    In the table settings `field` is the setting's name, or 'name' for that name itself.
    """
    if value is None:
        return None
    if type(value) is str and _is_name(table, field):
        return value.strip()
    try:
        if (table, field) == ("settings", "name"):
            return to_text(value).casefold()
        return _adapter(table, field).validate_python(value)
    except (ValidationError, KeyError):
        return to_text(value)


@dataclass(frozen=True)
class Keys:
    """How keys compare in a scenario: any month of a period names it. Without a calendar months do."""

    calendar: Calendar | None

    def part(self, table: str, field: str, value: Any) -> str:
        """One part of a key as text; '' for a blank cell."""
        if value is None or value == "":
            return ""
        text = str(parsed(table, field, value))
        return self.period(text) if _is_month(table, field) else text

    def period(self, month: str) -> str:
        """The first month of the period that holds `month`; unchanged where it is no month."""
        if not self.calendar or not is_month(month):
            return month
        return self.calendar.month(self.calendar.period(month))

    def of(self, table: str, cells: Mapping[str, Any]) -> Key:
        """The key of a row."""
        return tuple(self.part(table, field, cells.get(field)) for field in key_fields(table))

    def readings(self, table: str, text: str) -> list[Key]:
        """Every key that `text`, the parts joined by '/', may stand for: names may hold a '/' themselves.

        Parts left out at the end are blank.
        """
        fields = key_fields(table)
        pieces = [piece.strip() for piece in text.split("/")]
        pieces += [""] * (len(fields) - len(pieces))
        found = []
        for cuts in itertools.combinations(range(1, len(pieces)), len(fields) - 1):
            edges = (0, *cuts, len(pieces))
            parts = ("/".join(pieces[a:b]) for a, b in itertools.pairwise(edges))
            found.append(tuple(self.part(table, field, part) for field, part in zip(fields, parts, strict=True)))
        return found


def is_month(text: str) -> bool:
    """Whether a text is a month as 'YYYY-MM'."""
    return len(text) == 7 and text[4] == "-" and text[:4].isdigit() and text[5:].isdigit()


def key_text(table: str, cells: Mapping[str, Any]) -> str:
    """A row's key as one writes it in `strategies`: its parts joined by '/'."""
    return "/".join(Keys(None).of(table, cells))


def row_text(table: str, cells: Mapping[str, Any]) -> str:
    """A row as one speaks of it: 'offer O1, period 2026-04'; '' where nothing of the key stands there."""
    fields = key_fields(table)
    if not any(field in cells for field in fields):
        return ""
    blank = {field: tables()[table].fields[field].default_text for field in fields if field not in cells}
    parts = {field: part or blank.get(field) for field, part in zip(fields, Keys(None).of(table, cells), strict=True)}
    return ", ".join(f"{field} {part}" for field, part in parts.items() if part)


def calendar_of(settings: Settings | None) -> Calendar | None:
    """The calendar that settings make, where there are any."""
    if settings is None:
        return None
    return Calendar(settings.start, settings.periods, settings.period_months, settings.year_start_month)

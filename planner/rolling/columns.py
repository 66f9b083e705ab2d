"""From a sheet of an export to lines whose cells stand under our fields: which column is which, how numbers look."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planner.errors import Problem
from planner.rolling.formats import (
    COMMA,
    DAY_FIRST,
    MONTH_FIRST,
    POINT,
    UnreadableError,
    amount,
    date_order,
    day,
    is_blank_date,
    number_style,
)
from planner.rolling.known import (
    DAYS,
    IGNORE,
    MONTHS,
    QUANTITIES,
    SOURCES,
    fields_of,
    folded,
    likely_field,
    likely_sheet,
)
from planner.rolling.mapping import Mapping, Question, choice_text
from planner.rolling.pasted import Pasted
from planner.scenario.fields import shown, to_text
from planner.scenario.letters import looks

_HEADINGS_WITHIN = 20
"""Lines in which the headings of an export are looked for: lists begin with titles and selections."""
_ADDED_UP = ("kg blocked", "kg in transit", "kg at a job worker")
"""Fields that several columns may hold parts of."""
_DATED = re.compile(r"[ _.-]*(19|20)\d{2}[ _.-]?\d{2}([ _.-]?\d{2})?")

_Held = list[tuple[Any, str]]


@dataclass
class Line:
    """A line of a sheet: its cells by field, each with the place that it stands at."""

    place: str
    held: dict[str, _Held]
    problems: list[Problem]
    numbers: str | None
    dates: str | None

    def cell(self, field: str) -> str:
        """Where a field stands; the line where it has none."""
        return ", ".join(place for _, place in self.held[field]) if field in self.held else self.place

    def text(self, field: str) -> str | None:
        """A field as text; None where it is blank."""
        return to_text(self.held[field][0][0]) if field in self.held else None

    def amount(self, field: str) -> float | None:
        """A field as a number, its columns added up; None where all are blank, or one is no number."""
        read = [self._read(field, value, place, self._amount) for value, place in self.held.get(field, ())]
        numbers = [number for number in read if number is not None]
        return sum(numbers) if numbers and len(numbers) == len(read) else None

    def _amount(self, value: Any) -> float:
        return amount(value, self.numbers)

    def day(self, field: str) -> str | None:
        """A field as a date (or as a month, where it is one); None where it is blank, or no date."""
        for value, place in self.held.get(field, ()):
            if not is_blank_date(value):
                found: str | None = self._read(field, value, place, lambda value: day(value, self.dates))
                return found
        return None

    def month(self, field: str) -> str | None:
        """A field as a month; None where it is blank, or no date."""
        found = self.day(field)
        return found[:7] if found else None

    def _read(self, field: str, value: Any, place: str, read: Callable[[Any], Any]) -> Any:
        try:
            return read(value)
        except UnreadableError as error:
            self.problems.append(Problem("not_understood", f"{field}: {error.message}", error.fix, cell=place))
            return None


@dataclass
class Columns:
    """A sheet whose kind and columns are known, or asked for."""

    kind: str
    sheet: Pasted
    fields: dict[int, str]
    headings: int
    """Index of the line of headings."""

    def lines(self, mapping: Mapping, problems: list[Problem]) -> list[Line]:
        """The lines below the headings."""
        numbers = self._numbers(mapping)
        dates = self._dates(mapping)
        return [
            Line(self.sheet.cell(number), self._held(number, cells), problems, numbers, dates)
            for number, cells in self._below()
        ]

    def _below(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """The lines below the headings; not the totals of a list, which SAP marks by a star, nor headings repeated."""
        heads = self.sheet.lines[self.headings][1]
        for number, cells in self.sheet.lines[self.headings + 1 :]:
            first = next((cell for cell in cells if cell is not None), None)
            if cells != heads and not (isinstance(first, str) and first.lstrip().startswith("*")):
                yield number, cells

    def _held(self, number: int, cells: Sequence[Any]) -> dict[str, _Held]:
        found: dict[str, _Held] = defaultdict(list)
        for index, name in self.fields.items():
            if index < len(cells) and cells[index] is not None:
                found[name].append((cells[index], self.sheet.cell(number, index)))
        return dict(found)

    def _values(self, names: Iterable[str]) -> Iterator[Any]:
        columns = [index for index, name in self.fields.items() if name in names]
        for _, cells in self._below():
            yield from (cells[index] for index in columns if index < len(cells))

    def _numbers(self, mapping: Mapping) -> str | None:
        found, either = number_style(self._values(QUANTITIES[self.kind]))
        example = f"such as {either}" if either else f"in both ways, {COMMA} and {POINT}"
        asked = f"How does the sheet {self.sheet.title} write numbers, {example}? {COMMA} or {POINT}."
        return self._one(mapping, "numbers", asked, found, either, (COMMA, POINT))

    def _dates(self, mapping: Mapping) -> str | None:
        found, either = date_order(self._values((*MONTHS, *DAYS)))
        example = f"such as {either}" if either else "in both orders"
        asked = f"How does the sheet {self.sheet.title} write dates, {example}? {DAY_FIRST} or {MONTH_FIRST}."
        return self._one(mapping, "dates", asked, found, either, (DAY_FIRST, MONTH_FIRST))

    def _one(
        self, mapping: Mapping, what: str, asked: str, found: set[str], either: str | None, choices: tuple[str, ...]
    ) -> str | None:
        """The one way in which a sheet's cells can be read; asked for where there are two, or none tells it."""
        if len(found) == 1:
            return next(iter(found))
        if not found and either is None:
            return None
        return mapping.ask(Question(what, self.kind, self.kind, asked, "", choices, self.sheet.title)) or None


def read_columns(sheet: Pasted, mapping: Mapping, problems: list[Problem]) -> Columns | None:
    """What a sheet holds and which column is which field; None where it is left out, or asked for."""
    at = _headings_at(sheet)
    heads = sheet.lines[at][1]
    own = looks(sheet.title.removesuffix(".csv"))
    kind = own if own in SOURCES else _kind(sheet, heads, mapping)
    if kind not in SOURCES:
        return None
    fields = _own_fields(kind, heads) if own in SOURCES else None
    if fields is None:
        fields = _mapped_fields(kind, sheet, at, mapping)
    problems += _twice(kind, sheet, at, fields)
    return Columns(kind, sheet, fields, at)


def _kind(sheet: Pasted, heads: tuple[Any, ...], mapping: Mapping) -> str:
    theirs = _DATED.sub("", sheet.title.removesuffix(".csv").removesuffix(".txt")).strip() or sheet.title
    asked = f"What does the sheet '{sheet.title}' hold? One of {choice_text(SOURCES)}."
    proposal = likely_sheet(theirs, heads) or IGNORE
    return mapping.ask(Question("sheet", "", theirs, asked, proposal, (*SOURCES, IGNORE), sheet.title))


def _headings_at(sheet: Pasted) -> int:
    """The line that has most headings which are known: lists begin with titles."""

    def known(at: int) -> int:
        heads = [head for head in sheet.lines[at][1] if isinstance(head, str)]
        return max(sum(likely_field(kind, head) is not None for head in heads) for kind in SOURCES)

    return max(range(min(_HEADINGS_WITHIN, len(sheet.lines))), key=lambda at: (known(at), -at))


def _own_fields(kind: str, heads: Sequence[Any]) -> dict[int, str] | None:
    """The fields of a sheet that is headed as our template is; None where a heading is another."""
    known = fields_of(kind)
    fields = {i: to_text(head).casefold() for i, head in enumerate(heads) if head is not None}
    return fields if all(name in known or name in ("source", "note") for name in fields.values()) else None


def _mapped_fields(kind: str, sheet: Pasted, at: int, mapping: Mapping) -> dict[int, str]:
    number, heads = sheet.lines[at]
    likely = _likely_fields(kind, heads)
    choices = (*fields_of(kind), IGNORE)
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in fields_of(kind).items())
    found: dict[int, str] = {}
    for index, head in enumerate(heads):
        if head is None:
            continue
        asked = f"What stands in the column {shown(to_text(head))}? {IGNORE}, or one of: {meanings}."
        proposal = likely.get(index, IGNORE)
        question = Question("column", kind, to_text(head), asked, proposal, choices, sheet.cell(number, index))
        name = mapping.ask(question)
        if name and name != IGNORE:
            found[index] = name
    return found


def _likely_fields(kind: str, heads: Sequence[Any]) -> dict[int, str]:
    """The column that most probably holds each field: headings that are named earlier are likelier."""
    texts = [folded(head) if head is not None else None for head in heads]
    found: dict[int, str] = {}
    for source in SOURCES[kind]:
        ranked = [*map(folded, source.headings), source.name]
        columns = [i for i, text in enumerate(texts) if text in ranked and i not in found]
        columns.sort(key=lambda i: ranked.index(texts[i] or ""))
        found |= dict.fromkeys(columns if source.name in _ADDED_UP else columns[:1], source.name)
    return found


def _twice(kind: str, sheet: Pasted, at: int, fields: dict[int, str]) -> Iterator[Problem]:
    number = sheet.lines[at][0]
    first: dict[str, int] = {}
    for index, name in fields.items():
        if name in first and name not in _ADDED_UP:
            text = f"Two columns are {name}: this one, and {sheet.cell(number, first[name])}."
            fix = f"Have the mapping say {IGNORE} for one of them."
            yield Problem("duplicate", text, fix, kind, cell=sheet.cell(number, index))
        first.setdefault(name, index)

"""What an export's sheets, columns, numbers and names are called in the scenario: asked once, then kept in a file.

A mapping is a table with a row each thing: what it is (a column, a material …), the sheet it stands on where that
matters, what they call it, and what we call it. What the file does not answer is asked: a row with a question and,
where one is likely, a proposal. A proposal is no answer before the file with it has been looked at and saved.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import InputError, Problem
from planner.excel.sheets import new_book, write_note
from planner.files import write_whole
from planner.rolling.known import IGNORE
from planner.rolling.pasted import Pasted, read_pasted
from planner.scenario.fields import nearest, shown, some, to_text
from planner.scenario.letters import looks

HEADINGS = ("what", "sheet", "theirs", "ours", "proposal", "question")
_MEANINGS = (
    "Kind of thing: sheet, column, numbers, dates, material, vendor, offer, order, place, batch, unit, movement, …",
    "The sheet or file it stands on; blank where it is the same on all",
    "What the export calls it",
    "What it is here. Fill in every blank cell; 'ignore' leaves out all rows or cells of it",
    "What it probably is: copy it to 'ours' where it is right",
    "What is asked, and what may stand in 'ours'",
)
_WIDTHS = (12, 22, 34, 28, 24, 90)

_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Question:
    """Something that the mapping does not answer."""

    what: str
    sheet: str
    theirs: str
    text: str
    proposal: str = ""
    choices: tuple[str, ...] = ()
    cell: str = ""

    @property
    def key(self) -> _Key:
        """By which its answer is found."""
        return self.what, looks(self.sheet), looks(self.theirs)


@dataclass(frozen=True)
class Answer:
    """What something is called here, and the cell that says so."""

    what: str
    sheet: str
    theirs: str
    ours: str
    cell: str = ""


@dataclass
class Mapping:
    """Answers as given, and the questions that came up while an export was read with them."""

    answers: dict[_Key, Answer] = field(default_factory=dict)
    questions: dict[_Key, Question] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def answered(self, what: str, theirs: str, sheet: str = "") -> str | None:
        """The answer as given, if there is one; asks nothing."""
        found = self.answers.get((what, looks(sheet), looks(theirs)))
        return found.ours if found else None

    def ask(self, question: Question) -> str:
        """The answer to a question; where there is none yet, it is noted, and its proposal or '' is given."""
        found = self.answers.get(question.key)
        if found is None:
            self.questions.setdefault(question.key, question)
            return question.proposal
        chosen = _among(found.ours, question.choices)
        if chosen is None:
            fix = nearest(found.ours, question.choices)
            text = f"{shown(found.ours)} cannot stand for the {question.what} {shown(found.theirs)}."
            problem = Problem("not_a_choice", text, fix, "mapping", found.theirs, "ours", found.cell)
            if problem not in self.problems:
                self.problems.append(problem)
            return ""
        return chosen

    def told(self, place: str) -> list[Problem]:
        """The open questions as problems, each with the cell that it came from; `place` names the mapping."""
        return [_asked(question, place) for question in self.questions.values()]


def _among(text: str, choices: Sequence[str]) -> str | None:
    """An answer as the choices write it; None where it is none of them."""
    if not choices:
        return text
    return next((choice for choice in choices if looks(choice) == looks(text)), None)


def _asked(question: Question, place: str) -> Problem:
    likely = f" Probably: {question.proposal}." if question.proposal else ""
    fix = f"{likely} Fill in 'ours' in the row '{question.what}, {question.theirs}' of {place}.".strip()
    return Problem("not_mapped", question.text, fix, "mapping", question.theirs, "ours", question.cell)


def choice_text(choices: Iterable[str]) -> str:
    """What may stand in an answer, in words."""
    own = [choice for choice in choices if choice != IGNORE]
    return f"{some(own)}; or {IGNORE}" if own else IGNORE


# --- the file -------------------------------------------------------------------------------------


def mapping_beside(scenario: Path) -> Path:
    """Where the mapping of a scenario is kept: beside its workbook or folder."""
    return scenario.with_name(f"{scenario.stem}.mapping.xlsx")


def read_mapping(path: Path) -> Mapping:
    """The answers of a mapping file, a workbook or CSV; none where there is no file yet.

    Raises:
        InputError: it cannot be read, or a row of it cannot be understood; every such row is named.
    """
    if not path.exists():
        return Mapping()
    sheets = read_pasted(path)
    answers, problems = _answers(sheets[0])
    if problems:
        raise InputError(problems)
    return Mapping(answers)


def of_answers(answers: Iterable[Answer]) -> Mapping:
    """The mapping that answers make."""
    return Mapping({(a.what, looks(a.sheet), looks(a.theirs)): a for a in answers if a.ours})


def _answers(sheet: Pasted) -> tuple[dict[_Key, Answer], list[Problem]]:
    number, heads = sheet.lines[0]
    columns = {looks(to_text(head)): index for index, head in enumerate(heads) if head is not None}
    missing = [name for name in ("what", "theirs", "ours") if name not in columns]
    if missing:
        text = f"The mapping has no column {', '.join(missing)}."
        return {}, [
            Problem("missing_field", text, f"Its headings are: {', '.join(HEADINGS)}.", cell=sheet.cell(number))
        ]
    found: dict[_Key, Answer] = {}
    problems: list[Problem] = []
    for answer in _rows(sheet, columns):
        key = (answer.what, looks(answer.sheet), looks(answer.theirs))
        if key in found and found[key].ours != answer.ours:
            text = (
                f"The {answer.what} {shown(answer.theirs)} is {shown(answer.ours)} here and "
                f"{shown(found[key].ours)} in {found[key].cell}."
            )
            problems.append(Problem("duplicate", text, "Keep one of the two rows.", cell=answer.cell))
        found[key] = answer
    return found, problems


def _rows(sheet: Pasted, columns: dict[str, int]) -> Iterator[Answer]:
    def text(cells: Sequence[object], name: str) -> str:
        index = columns.get(name)
        return to_text(cells[index]) if index is not None and index < len(cells) and cells[index] is not None else ""

    for number, cells in sheet.lines[1:]:
        if text(cells, "ours"):
            names = (text(cells, "what").casefold(), text(cells, "sheet"), text(cells, "theirs"), text(cells, "ours"))
            yield Answer(*names, cell=sheet.cell(number, columns["ours"]))


def write_mapping(mapping: Mapping, path: Path) -> None:
    """Write the answers, and a row each open question below them; whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    rows = [(a.what, a.sheet, a.theirs, a.ours, "", "") for a in mapping.answers.values()]
    rows += [(q.what, q.sheet, q.theirs, "", q.proposal, q.text) for q in mapping.questions.values()]

    def put(temporary: Path) -> None:
        if path.suffix.casefold() == ".csv":
            with temporary.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows([HEADINGS, *rows])
        else:
            _write_book(rows, temporary)

    write_whole(path, put)


def _write_book(rows: Sequence[Sequence[str]], path: Path) -> None:
    with new_book(path) as book:
        sheet = book.add_sheet("mapping")
        head = book.format(bold=True, font_color="#FFFFFF", bg_color="#1F3864")
        asked = book.format(bg_color="#FFF2CC", text_wrap=True, valign="top")
        plain = book.format(text_wrap=True, valign="top")
        for index, (heading, meaning, width) in enumerate(zip(HEADINGS, _MEANINGS, _WIDTHS, strict=True)):
            sheet.write_string(0, index, heading, head)
            write_note(sheet, 0, index, meaning)
            sheet.set_column(index, index, width)
        for line, row in enumerate(rows, 1):
            for index, text in enumerate(row):
                sheet.write_string(line, index, text, plain if row[3] else asked)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(HEADINGS) - 1)
        sheet.ignore_errors({"number_stored_as_text": "A1:F1048576"})

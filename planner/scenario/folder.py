"""Scenarios as folders: a CSV file a table, in UTF-8, its cells separated by commas."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from planner.errors import InputError, Problem
from planner.files import write_whole_folder
from planner.scenario.cells import csv_value
from planner.scenario.columns import cell_kind, column_fields, columns_in_order, parted
from planner.scenario.headings import MOST_COLUMNS, MOVED_ON_SHEET, Line, Names, read_table, sort_names, table_named
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.tables import tables

LARGEST_FOLDER = 50 * 2**20
"""Limit in bytes, of a scenario's files together."""
MOST_LINES = 1_048_576
"""Lines that a sheet of Excel can have."""
LONGEST_CELL = 32_767
"""Characters that a cell of Excel can hold."""

_LONGEST_LINE = 2**20
_SAVE = "In Excel save it as 'CSV UTF-8 (Comma delimited)'."
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_folder(path: Path) -> RawScenario:
    """Read a scenario from a folder of CSV files.

    Files that are no tables are left alone; all but hidden ones and a README are named in a warning.

    Raises:
        InputError: the folder cannot be read, or holds no table of a scenario.
    """
    names = sort_names("file", [(name, _bare(name)) for name in _file_names(path)])
    reader = _Reader(path)
    found = {table: reader.table(table, names.found[table]) for table in tables() if table in names.found}
    if not found and not names.problems:
        text = f"The folder '{path.name}' has no file that is a table of a scenario, such as settings.csv."
        raise InputError([Problem("no_tables", text, "Name a folder that `planner import` has written.")])
    digest = _digest(names, reader.contents)
    problems = names.problems + reader.problems
    raw = RawScenario(path.resolve().name, str(path), False, digest, found, problems, names.warnings)
    raw.moved_on = _moved_on(path / f"{MOVED_ON_SHEET}.csv")
    return raw


def _moved_on(path: Path) -> list[list[Any]]:
    """The lines of the file that says what was taken from where; none where it cannot be read: no plan rests on it."""
    try:
        return [list(line) for line in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))]
    except (OSError, ValueError, csv.Error):
        return []


def _file_names(path: Path) -> list[str]:
    try:
        entries = sorted(path.iterdir())
        return [entry.name for entry in entries if _is_of_interest(entry)]
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> InputError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return InputError([Problem("not_found", f"There is no folder '{path}'.", "Check its name and place.")])
    text = f"You have no right to read the folder '{path.name}'."
    return InputError([Problem("no_rights", text, "Copy it to a folder of your own.")])


def _is_of_interest(entry: Path) -> bool:
    hidden = entry.name.startswith((".", "~$")) or entry.stem.casefold() == "readme"
    return not hidden and (_is_table(entry.name) or not entry.is_dir())


def _bare(name: str) -> str:
    """The name of the table that a file may hold."""
    return name[:-4] if name.casefold().endswith(".csv") else name


def _is_table(name: str) -> bool:
    return name.casefold().endswith(".csv") and table_named(_bare(name)) is not None


def _digest(names: Names, contents: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(names.found.values()):
        content = contents.get(name, b"")
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


# --- one file ---------------------------------------------------------------------------------------


class _Unreadable(Exception):
    """A file cannot be read as a table; carries kind, message, fix and line."""


class _Reader:
    """The files of a folder while they are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contents: dict[str, bytes] = {}
        self.problems: list[Problem] = []
        self._left = LARGEST_FOLDER

    def table(self, table: str, name: str) -> RawTable:
        """The table in a file; empty, with a problem reported, where it cannot be read."""
        try:
            self.contents[name] = self._bytes(name)
            text = _text(self.contents[name])
            raw, problems = read_table(table, name, _lines(text, table), in_workbook=False)
        except _Unreadable as refused:
            kind, message, fix, line = refused.args
            cell = f"{name} line {line}" if line else name
            self.problems.append(Problem(kind, message, fix, table, cell=cell))
            return RawTable(table, name, {}, [], in_workbook=False)
        self.problems += problems
        return raw

    def _bytes(self, name: str) -> bytes:
        path = self.folder / name
        try:
            # Asked first: opening a pipe would wait for ever.
            if not path.is_file():
                raise _Unreadable(
                    "not_a_file", "This is not a file that can be read.", "Put the table's file there.", 0
                )
            with path.open("rb") as file:
                data = file.read(self._left + 1)
        except OSError as error:
            fix = "Close it there, or copy it to a folder of your own."
            text = "You have no right to read this file, or another program holds it."
            raise _Unreadable("no_rights", text, fix, 0) from error
        self._left -= len(data)
        if self._left < 0:
            self._left = 0
            text = f"The scenario's files hold more than {LARGEST_FOLDER // 2**20} MB, the most that is read."
            raise _Unreadable("too_large", text, "Delete the rows that do not belong to the scenario.", 0)
        return data


def _text(data: bytes) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise _Unreadable("not_csv", "This is a workbook with the name of a CSV file.", _SAVE, 0)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _Unreadable("not_utf8", "The file is Unicode text, but not UTF-8.", _SAVE, 0)
    if b"\x00" in data:
        text = "A character stands here that no text has (a null byte)."
        raise _Unreadable("not_text", text, _SAVE, _line_of(data, data.index(b"\x00")))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = "The line holds a character that is not UTF-8, so that nobody can know which one is meant."
        raise _Unreadable("not_utf8", text, _SAVE, _line_of(data, error.start)) from error


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def _lines(text: str, table: str) -> Iterator[Line]:
    """The lines of a CSV file that hold anything, each with the number of the line it begins on."""
    longest = max((len(line) for line in text.split("\n")), default=0)
    if longest > _LONGEST_LINE:
        number = next(i for i, line in enumerate(text.split("\n"), 1) if len(line) > _LONGEST_LINE)
        raise _Unreadable("too_large", "The line is far too long for a row of a table.", _SAVE, number)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    headings_found = False
    while (cells := _next(reader)) is not None:
        number, held = cells
        if any(held):
            if not headings_found and not held[0].lstrip().startswith("#"):
                headings_found = True
                _refuse_separator(held, table, number)
            _refuse_long_cells(held, number)
            yield number, held[: MOST_COLUMNS + 1]


def _next(reader: Any) -> tuple[int, list[str]] | None:
    """The reader's next line; None at the end."""
    number: int = reader.line_num + 1
    if number > MOST_LINES:
        text = f"The file has more than {MOST_LINES:,} lines, the most that a sheet can have."
        raise _Unreadable("too_large", text, "Delete the lines that do not belong to the table.", number)
    try:
        return number, next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        raise _broken_quotes(str(error), number) from error


def _broken_quotes(error: str, number: int) -> _Unreadable:
    if "expected after" in error:
        text = "A double quote stands within the text of a cell."
        return _Unreadable("quotes", text, 'Write it twice (""), and the whole cell between double quotes.', number)
    text = "A double quote opens a text here that does not end."
    return _Unreadable(
        "quotes", text, "Put a double quote at the end of the cell's text, or delete the first one.", number
    )


def _refuse_separator(cells: list[str], table: str, number: int) -> None:
    known = column_fields(table)
    if any(cell.strip().casefold() in known for cell in cells):
        return
    for separator, name in _SEPARATORS.items():
        parts = [part.strip(' "').casefold() for part in ",".join(cells).split(separator)]
        if len(parts) > 1 and (parts[0] in known or parts[0] == "sep="):
            text = f"The cells are separated by {name}, not by commas."
            fix = f"{_SAVE} Should that write {name} too, set the list separator of the system to a comma first."
            raise _Unreadable("separator", text, fix, number)


def _refuse_long_cells(cells: list[str], number: int) -> None:
    longest = max(cells, key=len)
    if len(longest) > LONGEST_CELL:
        text = f"A cell here has {len(longest):,} characters; the most that a cell can hold are {LONGEST_CELL:,}."
        raise _Unreadable("too_long", text, "Shorten it, or see whether a double quote is missing in it.", number)


# --- writing ----------------------------------------------------------------------------------------


def write_folder(raw: RawScenario, path: Path, beside: Mapping[str, Callable[[Path], None]] | None = None) -> None:
    """Write a scenario's tables, with comments, sources and notes, as a folder; it is whole or not there.

    A scenario folder that stands there is replaced; files in it that are no tables are kept. `beside` writes further
    files, by name.

    Raises:
        OutputError: it cannot be written, or the folder holds something else than a scenario.
    """

    def write(folder: Path) -> None:
        for name in tables():
            if name in raw.tables:
                (folder / f"{name}.csv").write_text(_csv(raw.tables[name]), encoding="utf-8", newline="")
        _keep_others(path, folder)
        for name, put in (beside or {}).items():
            put(folder / name)

    write_whole_folder(path, write, _is_scenario)


def _is_scenario(folder: Path) -> bool:
    return any(_is_table(entry.name) and _bare(entry.name).casefold() == "settings" for entry in folder.iterdir())


def _keep_others(old: Path, new: Path) -> None:
    for entry in old.iterdir() if old.is_dir() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new / entry.name, symlinks=True)
        elif not _is_table(entry.name) and (entry.is_file() or entry.is_symlink()):
            shutil.copy2(entry, new / entry.name, follow_symlinks=False)


def _csv(table: RawTable) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = columns_in_order(table)
    above, below = parted(table)
    writer.writerows(_cells(table, row, columns) for row in above)
    writer.writerow(columns)
    writer.writerows(_cells(table, row, columns) for row in below)
    return text.getvalue()


def _cells(table: RawTable, row: RawRow, columns: list[str]) -> list[str]:
    if row.comment is not None:
        return ["" if value is None else csv_value("any", value) for value in row.comment]
    spec = tables()[table.name]
    kinds = ((column, cell_kind(spec, column, row)) for column in columns)
    return [csv_value(kind, row.cells[column]) if column in row.cells else "" for column, kind in kinds]

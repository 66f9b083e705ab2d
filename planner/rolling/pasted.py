"""The sheets of an export as they were pasted or saved: a workbook, a CSV file, or a folder of both."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import InputError, Problem, UsageError
from planner.excel.workbook import read_grids
from planner.excel.xlsx_safety import read_limited
from planner.scenario.cells import clean
from planner.scenario.headings import HOW_TO_SHEET
from planner.scenario.raw import column_letters

_ENCODINGS = ("utf-8-sig", "cp1252")
_SEPARATORS = "\t;|,"
_LOOKED_AT = 60
"""Lines by which the separator of a CSV file is told."""
_RULE = re.compile(r"[-=_+|\s]*")
"""A line that a printed list draws between rows."""
_TEXTS = (".csv", ".txt", ".tsv")


@dataclass(frozen=True)
class Pasted:
    """A sheet: its lines that hold anything, each with its number, 1-based, and its cells from column A on."""

    title: str
    lines: tuple[tuple[int, tuple[Any, ...]], ...]
    in_workbook: bool = True

    def cell(self, line: int, column: int | None = None) -> str:
        """Where a cell stands: 'MB51!G14', or 'mb51.csv line 14, column G'."""
        letters = column_letters(column or 0)
        if self.in_workbook:
            return f"{self.title}!{letters}{line}"
        return f"{self.title} line {line}" + ("" if column is None else f", column {letters}")


def read_pasted(path: Path) -> list[Pasted]:
    """The sheets of a workbook, a CSV file, or all such files of a folder.

    Raises:
        UsageError: there is no such file.
        InputError: one cannot be read, or nothing stands in them.
    """
    if not path.exists():
        raise UsageError(f"There is no file or folder '{path}' with actuals.")
    files = sorted(_of_folder(path)) if path.is_dir() else [path]
    found = [sheet for file in files for sheet in _sheets(file)]
    if not found:
        text = f"Nothing stands in '{path.name}'."
        fix = "Give a workbook or CSV file with what came: receipts, stock, open orders, builds, letters."
        raise InputError([Problem("empty_file", text, fix)])
    return found


def _of_folder(path: Path) -> Iterator[Path]:
    for entry in path.iterdir():
        if not entry.name.startswith((".", "~$")) and entry.suffix.casefold() in (".xlsx", *_TEXTS):
            yield entry


def _sheets(path: Path) -> Iterator[Pasted]:
    if path.suffix.casefold() in _TEXTS:
        lines = _lines(_separated(_text(path)))
        if lines:
            yield Pasted(path.name, lines, in_workbook=False)
        return
    for title, grid in read_grids(path).items():
        lines = _lines(enumerate(grid, 1))
        if lines and title.strip().casefold() != HOW_TO_SHEET:
            yield Pasted(title, lines)


def _lines(lines: Any) -> tuple[tuple[int, tuple[Any, ...]], ...]:
    """The lines that hold anything; comments and what a printed list draws between rows left out."""
    cleaned = ((number, tuple(clean(cell) for cell in cells)) for number, cells in lines)
    return tuple((number, cells) for number, cells in cleaned if _holds(cells))


def _holds(cells: Sequence[Any]) -> bool:
    held = [cell for cell in cells if cell is not None]
    if not held or (isinstance(held[0], str) and held[0].lstrip().startswith("#")):
        return False
    return not all(isinstance(cell, str) and _RULE.fullmatch(cell) for cell in held)


def _text(path: Path) -> str:
    data = read_limited(path)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    text = f"'{path.name}' holds characters of no code page that is known here."
    raise InputError([Problem("not_utf8", text, "Save it as 'CSV UTF-8 (Comma delimited)'.", cell=path.name)])


def _separated(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a CSV file by number, with the separator that its lines agree on."""
    separator = max(_SEPARATORS, key=lambda one: _agreement(text, one))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 1
    for cells in reader:
        yield number, [cell.strip() for cell in cells]
        number = reader.line_num + 1


def _agreement(text: str, separator: str) -> tuple[int, int]:
    """In how many lines a separator gives the same number of cells, and that number."""
    sample = io.StringIO("\n".join(text.splitlines()[:_LOOKED_AT]))
    widths = Counter(len(cells) for cells in csv.reader(sample, delimiter=separator) if len(cells) > 1)
    return max(((lines, width) for width, lines in widths.items()), default=(0, 0))

"""The folder of many answers: a file for each, written as it comes, whole or not at all.

Started again with the same folder, a command takes over what is there, unless what an answer rests on has changed
since: its input, how far it is solved, the planner or the solver.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import planner.version
from planner.batch.cells import Cell, CellOptions
from planner.comparison.cell import LASTING, CellAnswer, answer_of
from planner.errors import OutputError
from planner.files import ensure_writable, write_whole, write_whole_folder

Document = dict[str, Any]


class AnswersFolder:
    """Answers of one kind of command on the disk, each a document of plain values that is found by its label.

    `trouble` says why the last answer could not be written, where it could not; it is tried again with each later one.
    Raises OutputError where the folder holds something else, or cannot be written.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self._path = path
        self._grounds = {"planner": planner.version.__version__, "highspy": version("highspy")}
        self._unwritten: dict[Path, Document] = {}
        self.trouble: OutputError | None = None
        # Comparisons came first: the file that says what a folder holds has their name for all kinds.
        mark, held = path / "comparison.json", {"kind": f"planner {kind}", "format": 1}
        if not mark.exists():
            _make(path, mark.name, held, kind)
        elif _read(mark) != held:
            raise OutputError(f"'{mark}' is not of a {kind} by this planner. Name a new or empty folder.")
        ensure_writable(mark)

    def find(self, label: str, grounds: Document) -> Any:
        """The answer of an earlier time with this label, where it rests on the same grounds; else None."""
        written = _read(self._file(label))
        # As it comes back from the file: lists for tuples.
        if not isinstance(written, dict) or written.get("solved") != json.loads(json.dumps(grounds | self._grounds)):
            return None
        return written.get("answer")

    def write(self, label: str, grounds: Document, answer: Document) -> None:
        """Write an answer, and those that could not be written before."""
        self._unwritten[self._file(label)] = {"solved": grounds | self._grounds, "answer": answer}
        try:
            for path, written in list(self._unwritten.items()):
                _write(path, written)
                del self._unwritten[path]
        except OutputError as error:
            self.trouble = error
        else:
            self.trouble = None

    def _file(self, label: str) -> Path:
        # Names of any letters, distinguished by what they hash to where little of them can stand in a file's name.
        readable = re.sub(r"[^A-Za-z0-9]+", "-", label)[:80].strip("-")
        return self._path / f"{readable}-{hashlib.sha256(label.encode()).hexdigest()[:12]}.json"


class ResultsFolder(AnswersFolder):
    """The answers of a comparison, by cell."""

    def __init__(self, path: Path, options: CellOptions) -> None:
        super().__init__(path, "comparison")
        self._options = asdict(options)

    def kept(self, cell: Cell) -> CellAnswer | None:
        """The answer of an earlier time, where it still holds."""
        try:
            answer = answer_of(self.find(cell.label, self._solved(cell)))
        except (TypeError, KeyError):
            return None
        return answer if answer.status in LASTING else None

    def keep(self, cell: Cell, answer: CellAnswer) -> None:
        """Write an answer, and those that could not be written before."""
        self.write(cell.label, self._solved(cell), answer.document())

    def _solved(self, cell: Cell) -> Document:
        return {"scenario": cell.case.name, "strategy": cell.strategy, "input": cell.digest} | self._options


def _make(path: Path, mark: str, held: Document, kind: str) -> None:
    if path.exists() and not path.is_dir():
        raise OutputError(f"'{path}' is a file. Name a folder.")
    if path.is_dir() and any(path.iterdir()):
        raise OutputError(
            f"The folder '{path}' holds other files than a {kind}'s results. Nothing was written. "
            f"Name a new or empty folder, or that of an earlier {kind}."
        )
    write_whole_folder(path, lambda folder: _put(folder / mark, held), replaces=lambda _: False)


def _write(path: Path, content: dict[str, Any]) -> None:
    write_whole(path, lambda temporary: _put(temporary, content))


def _put(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1), encoding="utf-8")


def _read(path: Path) -> Any:
    """What a file holds; None where there is none, or none that can be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None

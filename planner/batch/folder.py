"""The folder of a comparison: a file for each cell, written as its answer comes, whole or not at all.

Started again with the same folder, a comparison takes over what is there, unless the cell's input, how far it is
solved, or the planner or the solver have changed since.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import planner
from planner.batch.cells import Cell, CellOptions
from planner.comparison.cell import LASTING, CellAnswer, answer_of
from planner.errors import OutputError
from planner.files import ensure_writable, write_whole, write_whole_folder

_MARK = "comparison.json"
"""The file that says that a folder is one of these."""

_KIND = {"kind": "planner comparison", "format": 1}


class ResultsFolder:
    """Answers on the disk.

    `trouble` says why the last answer could not be written, where it could not; it is tried again with each later one.
    Raises OutputError where the folder holds something else, or cannot be written.
    """

    def __init__(self, path: Path, options: CellOptions) -> None:
        self._path = path
        self._grounds = asdict(options) | {"planner": planner.__version__, "highspy": version("highspy")}
        self._unwritten: dict[Path, dict[str, Any]] = {}
        self.trouble: OutputError | None = None
        mark = path / _MARK
        if not mark.exists():
            _make(path)
        elif _read(mark) != _KIND:
            raise OutputError(f"'{mark}' is not of a comparison by this planner. Name a new or empty folder.")
        ensure_writable(mark)

    def kept(self, cell: Cell) -> CellAnswer | None:
        """The answer of an earlier time, where it still holds."""
        written = _read(self._file(cell))
        if not isinstance(written, dict) or written.get("solved") != self._solved(cell):
            return None
        try:
            answer = answer_of(written["answer"])
        except (TypeError, KeyError):
            return None
        return answer if answer.status in LASTING else None

    def keep(self, cell: Cell, answer: CellAnswer) -> None:
        """Write an answer, and those that could not be written before."""
        self._unwritten[self._file(cell)] = {"solved": self._solved(cell), "answer": answer.document()}
        try:
            for path, written in list(self._unwritten.items()):
                _write(path, written)
                del self._unwritten[path]
        except OutputError as error:
            self.trouble = error
        else:
            self.trouble = None

    def _solved(self, cell: Cell) -> dict[str, Any]:
        return {"scenario": cell.case.name, "strategy": cell.strategy, "input": cell.digest} | self._grounds

    def _file(self, cell: Cell) -> Path:
        # Names of any letters, told apart by what they hash to where little of them can stand in a file's name.
        readable = re.sub(r"[^A-Za-z0-9]+", "-", cell.label)[:80].strip("-")
        return self._path / f"{readable}-{hashlib.sha256(cell.label.encode()).hexdigest()[:12]}.json"


def _make(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise OutputError(f"'{path}' is a file. Name a folder.")
    if path.is_dir() and any(path.iterdir()):
        raise OutputError(
            f"The folder '{path}' holds other files than a comparison's results. Nothing was written. "
            "Name a new or empty folder, or that of an earlier comparison."
        )
    write_whole_folder(path, lambda folder: _put(folder / _MARK, _KIND), replaces=lambda _: False)


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

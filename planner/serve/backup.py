"""Backups: one zip file of the database's rows and of all files, from and for SQLite and PostgreSQL alike.

Rows are read in one transaction, so that they fit each other. Files are read after them: what a row speaks of is
there, or was removed meanwhile.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from planner.errors import UsageError
from planner.files import write_whole
from planner.serve.store import Store

_ROWS = "rows.jsonl"
_FILE = re.compile(r"(scenarios|runs)/[0-9a-f]{16}/([\w ().+,-]+/)?[^/\\]+")
"""What a file in a backup may be called: nothing outside the folders of scenarios and runs."""


def back_up(store: Store, data: Path, path: Path) -> tuple[int, int]:
    """Write a backup; how many rows and files it holds. Raises OutputError where it cannot be written."""
    counts = [0, 0]

    def put(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as zipped:
            with zipped.open(_ROWS, "w", force_zip64=True) as file:
                for row in store.dump():
                    file.write(json.dumps(row).encode() + b"\n")
                    counts[0] += 1
            for name, source in _files(data):
                try:
                    zipped.write(source, name)
                    counts[1] += 1
                except FileNotFoundError:
                    continue  # removed meanwhile

    write_whole(path, put)
    return counts[0], counts[1]


def _files(data: Path) -> Iterator[tuple[str, Path]]:
    for kind in ("scenarios", "runs"):
        for path in sorted((data / kind).rglob("*")):
            if path.is_file() and not path.name.endswith(".tmp"):
                yield path.relative_to(data).as_posix(), path


def restore(store: Store, data: Path, path: Path) -> tuple[int, int]:
    """Fill an empty server from a backup; how many rows and files it held.

    Raises UsageError where the server is not empty or the file is no backup.
    """
    if store.count() or store.scenarios(1) or store.people.any():
        raise UsageError("There is something here already: restore into a new data folder and an empty database.")
    try:
        with zipfile.ZipFile(path) as zipped:
            names = [name for name in zipped.namelist() if name != _ROWS]
            if _ROWS not in zipped.namelist() or not all(_FILE.fullmatch(name) and ".." not in name for name in names):
                raise UsageError(f"'{path}' is no backup of a server.")
            for name in names:
                (data / name).parent.mkdir(parents=True, exist_ok=True)
                zipped.extract(name, data)
            with zipped.open(_ROWS) as file:
                rows = store.fill(_rows(cast(BinaryIO, file)))
    except (OSError, zipfile.BadZipFile, ValueError, KeyError) as error:
        raise UsageError(f"'{path}' cannot be restored: {error}.") from error
    return rows, len(names)


def _rows(file: BinaryIO) -> Iterator[dict[str, Any]]:
    for line in file:
        yield json.loads(line)

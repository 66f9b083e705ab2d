"""Where the results of a command may be written."""

from __future__ import annotations

import os
from pathlib import Path

from planner.errors import OutputError, UsageError


def ensure_writable(path: Path, source: str) -> None:
    """See to it that a result can be written before it is worked for, and that it is not the scenario itself."""
    from planner import files

    if os.path.exists(path) and os.path.isfile(source) and os.path.samefile(source, path):
        raise UsageError(f"{path} is the scenario itself, which would be lost. Name another file for the result.")
    files.ensure_writable(path)


def ensure_new(path: Path) -> None:
    """A workbook that someone may have filled in is never written over."""
    if os.path.exists(path):
        raise OutputError(f"{path} is there already. Nothing was written: name another file, or move that one.")

"""Where the files of scenarios and runs lie in the data folder, and what they may be called."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any

from planner.files import write_whole

CHECK, ANNOTATED, ROWS, TYPED = "check.json", "annotated.xlsx", "rows.json", "typed.json"
"""Files in a scenario's folder: what came of its check, its rows, and what was typed where it was typed on the page."""

_LONGEST = 80
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_ID = re.compile(r"[0-9a-f]{16}")


class Folder:
    """The data folder; each scenario and run has a folder of its own in it, named by its identifier."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def scenario(self, identifier: str) -> Path:
        """A scenario's folder."""
        return self._made("scenarios", identifier)

    def run(self, identifier: str) -> Path:
        """A run's folder."""
        return self._made("runs", identifier)

    def _made(self, kind: str, identifier: str) -> Path:
        if not _ID.fullmatch(identifier):
            raise ValueError(f"'{identifier}' is no identifier.")
        folder = self.data / kind / identifier
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def remove(folder: Path) -> None:
    """Remove a folder; what cannot be removed is left."""
    shutil.rmtree(folder, ignore_errors=True)


_JOINERS = "\u200c\u200d"
"""Invisible, but Hindi and other scripts are not written right without them."""


def plain_text(text: str, lines: bool = False) -> str:
    """What somebody typed without signs that are not seen, turn the writing around, or are half a character."""
    kept = (
        sign for sign in text if unicodedata.category(sign)[0] != "C" or sign in _JOINERS or (lines and sign == "\n")
    )
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def safe_name(name: str, default: str = "scenario.xlsx") -> str:
    """A file's name as it may be written anywhere: no folders, no signs that shells, Windows or headers mind."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(sign if _is_plain(sign) else "_" for sign in name).strip(" .")
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, f".{ending}"[:10]) if dot and stem else (name, "")
    stem = stem[:_LONGEST].rstrip(" .")
    if not stem or _RESERVED.fullmatch(stem):
        return default
    return f"{stem}{ending}"


def _is_plain(sign: str) -> bool:
    """Letters, digits and marks (vowel signs, as in Hindi) of any script, and a few signs."""
    return unicodedata.category(sign)[0] in "LMN" or sign in " .()+,-_"


def write_json(path: Path, content: Any) -> None:
    """Write JSON whole or not at all."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)

    def put(temporary: Path) -> None:
        temporary.write_text(text, encoding="utf-8")

    write_whole(path, put)


def read_json(path: Path) -> Any:
    """JSON that was written before; None where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

"""Opening a file as a workbook, whatever it really is: in bounded time and memory, or with one clear error.

Nothing that a file says of itself is believed: sizes are counted while inflating, kinds reported by content.
"""

from __future__ import annotations

import errno
import io
import re
import zipfile
import zlib
from pathlib import Path

from planner.errors import InputError, Problem

LARGEST_FILE = 50 * 2**20
LARGEST_PART = 100 * 2**20
LARGEST_TOTAL = 200 * 2**20
"""Limits in bytes: of a file on the disk, of one of its parts inflated, of all that are read."""
MOST_PARTS = 5000

_ROOT = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_CHUNK = 2**20
_SAVE = "Open it in Excel and save it as 'Excel Workbook (.xlsx)'."
_CHOOSE = "Choose the workbook with the tables of the scenario."
_OTHER_KINDS = {
    "xl/workbook.bin": ("a binary workbook (.xlsb)", _SAVE),
    "word/document.xml": ("a Word document", _CHOOSE),
    "ppt/presentation.xml": ("a PowerPoint presentation", _CHOOSE),
    "content.xml": ("an OpenDocument file (such as .ods)", _SAVE),
}
"""By a part that such a file has: what it is, and what to do about it."""
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(kind: str, message: str, fix: str) -> InputError:
    """The error that a file cannot be read at all."""
    return InputError([Problem(kind, message, fix)])


def read_limited(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: it is not there, is no file, may not be read, is empty, or is larger than `LARGEST_FILE`.
    """
    name = f"'{path.name}'"
    try:
        if path.is_dir():
            raise refusal("is_a_folder", f"{name} is a folder, not a file.", "Name a file.")
        if path.exists() and not path.is_file():
            raise refusal("not_a_file", f"{name} is not a file that can be read.", "Name a file.")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not data:
        raise refusal(
            "empty_file", f"{name} is empty: it has no content at all.", "Take the file from where it was made."
        )
    if len(data) > LARGEST_FILE:
        text = f"{name} is larger than {LARGEST_FILE // 2**20} MB, the most that is read."
        raise refusal("too_large", text, "Remove pictures and sheets that do not belong to the scenario.")
    return data


def _unreadable(path: Path, error: OSError) -> InputError:
    name = f"'{path.name}'"
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return refusal("not_found", f"There is no file {name} in '{path.parent}'.", "Check its name and folder.")
    if error.errno in (errno.EACCES, errno.EPERM):
        text = f"You have no right to read {name}, or another program holds it."
        return refusal("no_rights", text, "Close it there, or copy it to a folder of your own.")
    return refusal(
        "unreadable", f"{name} cannot be read: the system says '{error.strerror}'.", "Copy it and try again."
    )


class Archive:
    """The parts of a workbook, inflated only within limits.

    Raises InputError, from everything it does, where the file is no workbook or not to be trusted.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self._left = LARGEST_TOTAL
        _refuse_by_signature(name, data)
        # Counted before the zip's own directory is read: a list of millions of parts would fill memory.
        if data.count(b"PK\x01\x02") > MOST_PARTS:
            raise self.bomb("it has too many parts")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        # NotImplementedError is zipfile's word for a zip made by a version that it cannot read.
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise self.damaged() from error
        self._parts = {_folded(info.filename): info for info in self._zip.infolist()}
        self._refuse_by_parts()

    def __contains__(self, part: str) -> bool:
        return _folded(part) in self._parts

    def read(self, part: str, limit: int = LARGEST_PART) -> bytes:
        """A part's content: XML without entities of its own, at most `limit` bytes of it."""
        info = self._parts.get(_folded(part))
        if info is None or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.damaged()
        try:
            content = self._inflate(info, limit)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise self.damaged() from error
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content:
            text = f"'{self.name}' holds XML that no spreadsheet program writes."
            raise refusal("unsafe", text, _SAVE)
        if not _is_whole(content):
            raise self.damaged()
        return content

    def _inflate(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        chunks = []
        limit = min(limit, self._left)
        with self._zip.open(info) as file:
            while chunk := file.read(_CHUNK):
                limit -= len(chunk)
                self._left -= len(chunk)
                if limit < 0:
                    raise self.bomb("it unpacks to far more than its size")
                chunks.append(chunk)
        return b"".join(chunks)

    def damaged(self) -> InputError:
        """The error for a workbook whose content does not hold together."""
        text = f"'{self.name}' is damaged: it is not a whole workbook."
        fix = "Copy or download it again; or open it in Excel, let it repair the file, and save it."
        return refusal("damaged", text, fix)

    def bomb(self, why: str) -> InputError:
        """The error for a file that would fill the memory."""
        text = f"'{self.name}' is not read: {why}."
        return refusal("too_large", text, "Copy the tables of the scenario to a new workbook and save that.")

    def _refuse_by_parts(self) -> None:
        if "xl/vbaproject.bin" in self._parts or self._declares(b"macroEnabled"):
            text = f"'{self.name}' is a workbook with macros; these are not read."
            raise refusal("macros", text, "In Excel save it as 'Excel Workbook (.xlsx)', without macros.")
        if any(info.flag_bits & 1 for info in self._parts.values()):
            raise _locked(self.name)
        for part, (kind, fix) in _OTHER_KINDS.items():
            if part in self._parts:
                raise refusal("not_a_workbook", f"'{self.name}' is {kind}, not an Excel workbook (.xlsx).", fix)

    def _declares(self, word: bytes) -> bool:
        types = "[content_types].xml"
        return types in self._parts and word in self.read(types)


def _folded(part: str) -> str:
    return part.replace("\\", "/").lstrip("/").casefold()


def _is_whole(xml: bytes) -> bool:
    """Whether XML ends with its root: what breaks off is read without a word by calamine."""
    root = _ROOT.search(xml, 0, 4096)
    end = xml.rfind(b">") + 1
    return root is not None and xml[max(0, end - 200) : end].endswith((b"</" + root[1] + b">", b"/>"))


def _locked(name: str) -> InputError:
    text = f"'{name}' is protected by a password."
    fix = "In Excel remove it (File, Info, Protect Workbook, Encrypt with Password) and save."
    return refusal("password", text, fix)


def _refuse_by_signature(name: str, data: bytes) -> None:
    if data.startswith(_OLE2):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise _locked(name)
        excel = any(word.encode("utf-16-le") in data for word in ("Workbook", "Book"))
        kind = "an old Excel file (.xls)" if excel else "an old Office file, but not a workbook"
        raise refusal("not_a_workbook", f"'{name}' is {kind}, whatever its name.", _SAVE if excel else _CHOOSE)
    if not data.startswith(b"PK"):
        text = b"\x00" not in data[:4096]
        kind = "a text file (such as CSV), not an Excel workbook" if text else "not an Excel workbook"
        raise refusal("not_a_workbook", f"'{name}' is {kind}, whatever its name.", _SAVE if text else _CHOOSE)

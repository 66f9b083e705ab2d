"""Writing files and folders whole: whatever happens meanwhile, the target is what it was or what it is to be.

All is written beside the target under another name, and takes the target's name once it is on the disk.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from planner.errors import FileInUse, OutputError

_FULL = (errno.ENOSPC, errno.EDQUOT)
_NO_RIGHTS = (errno.EACCES, errno.EPERM)
_SECOND_NAMES = range(2, 100)
_AT_CWD, _EXCHANGE = -100, 2
"""Linux's names for 'relative to the working folder' and 'swap the two' in renameat2."""

_T = TypeVar("_T")


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file whole: `write` writes it to the path that it is given, which then takes the name `path`.

    Raises:
        OutputError: it cannot be written; what stood at `path` still stands.
    """
    write_together({path: write})


def write_together(files: Mapping[Path, Callable[[Path], None]]) -> None:
    """Write files whole that belong together: none takes its name before all are written.

    Raises:
        OutputError: one cannot be written; where it could not be written or the first not be named, all still stand.
    """
    with ExitStack() as stack:
        targets = [_said_target(path) for path in files]
        ready = [stack.enter_context(_beside(target)) for target in targets]
        for (path, write), temporary in zip(files.items(), ready, strict=True):
            with _said(path):
                temporary.touch()
                write(temporary)
                _flush(temporary)
        for path, temporary, target in zip(files, ready, targets, strict=True):
            with _said(path):
                with _locked_said(path):
                    temporary.replace(target)
                _flush(target.parent)


def write_whole_or_beside(path: Path, write: Callable[[Path], None]) -> Path:
    """Write a file whole, where what stands there is open in Excel under a second name: 'plan (2).xlsx'.

    Returns:
        The path it has been written to.

    Raises:
        OutputError: it cannot be written.
    """

    def whole(name: Path) -> Path:
        write_whole(name, write)
        return name

    return here_or_beside(path, whole)


def here_or_beside(path: Path, write: Callable[[Path], _T]) -> _T:
    """Call `write` with a path; where it finds that open in Excel with a second name, 'plan (2).xlsx'.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        return write(path)
    except FileInUse:
        names = (path.with_stem(f"{path.stem} ({number})") for number in _SECOND_NAMES)
        # What stands at a second name may be an earlier report, that someone wants to keep.
        free = next((name for name in names if not name.exists()), None)
        if free is None:
            raise
        return write(free)


def write_whole_folder(path: Path, write: Callable[[Path], None], replaces: Callable[[Path], bool]) -> None:
    """Write a folder whole: `write` fills the empty folder that it is given, which then takes the name `path`.

    An existing folder is replaced where it is empty or `replaces` says that it is one of the kind; `write`
    can still read it then.

    Raises:
        OutputError: it cannot be written, or something else stands there, which is left as it is.
    """
    with _said(path):
        target = _target_folder(path, replaces)
        with _beside(target) as temporary:
            temporary.mkdir()
            write(temporary)
            for file in sorted(temporary.rglob("*")):
                _flush(file)
            _flush(temporary)
            _swap(temporary, target)
            _flush(target.parent)


def ensure_writable(path: Path) -> None:
    """See to it, before long work, that a file can be written at `path`; leaves everything as it is.

    Raises:
        OutputError: it cannot.
    """
    with _said(path), _beside(_target_file(path)) as temporary:
        temporary.touch()


# --- what stands at the target -------------------------------------------------------------------


def _said_target(path: Path) -> Path:
    with _said(path):
        return _target_file(path)


def _target_file(path: Path) -> Path:
    target = _resolved(path)
    if target.is_dir():
        raise OutputError(f"'{path}' is a folder. Name a file, such as '{path / 'plan.xlsx'}'.")
    if target.exists():
        if not target.is_file():
            raise OutputError(f"'{path}' is not a file that can be written. Name another file.")
        # Opened for writing, but not written: fails for a file that is write-protected or open in Excel.
        with _locked_said(path), target.open("r+b"):
            pass
    return target


def _target_folder(path: Path, replaces: Callable[[Path], bool]) -> Path:
    target = _resolved(path)
    if target.exists() and not target.is_dir():
        raise OutputError(f"'{path}' is a file. Name a folder.")
    if target.is_dir() and any(target.iterdir()) and not replaces(target):
        raise OutputError(
            f"The folder '{path}' holds other files than a scenario's. Nothing was written. Name a new or empty folder."
        )
    return target


def _resolved(path: Path) -> Path:
    """The path with links followed, so that a link stays a link and what it leads to is replaced."""
    try:
        target = path.resolve()
    except RuntimeError as error:
        raise OutputError(f"'{path}' is a link that leads to itself. Name another file.") from error
    if not target.parent.is_dir():
        raise OutputError(f"The folder '{path.parent}' does not exist. Make it first, or name another.")
    return target


# --- beside it ------------------------------------------------------------------------------------


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A free name in the target's folder; whatever stands there in the end is removed."""
    temporary = target.parent / f".planner-{secrets.token_hex(6)}.tmp"
    try:
        yield temporary
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    # What cannot be removed is left: the error that led here matters more.
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """See to it that a file, or the names in a folder, are on the disk before the next step."""
    windows = os.name == "nt"
    if path.is_symlink() or not (path.is_file() or (path.is_dir() and not windows)):
        return
    # Windows flushes only what is opened for writing.
    handle = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(new: Path, target: Path) -> None:
    """Give the folder `new` the name `target`; an old folder there then has the name of `new`."""
    if not target.exists():
        new.rename(target)
    elif not _exchange(new, target):
        old = target.parent / f"{new.name}-old"
        target.rename(old)
        try:
            new.rename(target)
        except OSError:
            old.rename(target)
            raise
        _remove(old)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step, where the system can: only so is there no moment without a target."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    done: int = renameat2(_AT_CWD, os.fsencode(one), _AT_CWD, os.fsencode(other), _EXCHANGE)
    return done == 0


# --- errors in the planner's words ----------------------------------------------------------------


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(_explained(path, error)) from error


@contextmanager
def _locked_said(path: Path) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        text = f"'{path}' cannot be overwritten: it is open in Excel or write-protected."
        raise FileInUse(f"{text} Close it there, or name another file.") from error


def _explained(path: Path, error: OSError) -> str:
    if error.errno in _FULL:
        return f"'{path}' was not written: the disk is full. Make room, or name a place on another disk."
    if error.errno == errno.EROFS:
        return f"'{path}' was not written: the disk can only be read. Name a place on another disk."
    if error.errno in _NO_RIGHTS:
        return f"'{path}' was not written: you have no right to write there. Name a file in a folder of your own."
    if error.errno == errno.ENAMETOOLONG:
        return f"'{path}' was not written: the name is too long. Name it shorter."
    why = error.strerror or "a file cannot be copied"
    return f"'{path}' was not written: the system says '{why}'. Name another place."

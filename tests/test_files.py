"""Files and folders are written whole: whatever happens, the old one or the new one stands there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from users import as_nobody

from planner import files
from planner.errors import OutputError
from planner.files import ensure_writable, write_whole, write_whole_folder


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content) and None


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(OutputError) as caught:
        action()
    assert caught.value.exit_code == 3
    return str(caught.value)


def failing(code: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text("half of it")
        raise OSError(code, os.strerror(code))

    return write


# --- files ------------------------------------------------------------------------------------------


def test_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    write_whole(path, text("old"))
    write_whole(path, text("new"))
    assert (path.read_text(), list(tmp_path.iterdir())) == ("new", [path])


def test_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    write_whole(tmp_path / "plan.xlsx", text("new"))
    assert (tmp_path / "plan.xlsx").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", text("new"))
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "real").read_text()) == (True, "new")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "the disk is full. Make room, or name a place on another disk."),
        (errno.EDQUOT, "the disk is full. Make room, or name a place on another disk."),
        (errno.EROFS, "the disk can only be read. Name a place on another disk."),
        (errno.EACCES, "you have no right to write there. Name a file in a folder of your own."),
        (errno.ENAMETOOLONG, "the name is too long. Name it shorter."),
        (errno.EIO, "the system says 'Input/output error'. Name another place."),
    ],
)
def test_failure_while_writing_leaves_the_old_file(tmp_path: Path, code: int, why: str) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_text("old")
    assert refused(lambda: write_whole(path, failing(code))) == f"'{path}' was not written: {why}"
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_full_disk(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        with Path("/dev/full").open("w") as full:
            full.write("x")

    path = tmp_path / "plan.xlsx"
    assert refused(lambda: write_whole(path, write)) == (
        f"'{path}' was not written: the disk is full. Make room, or name a place on another disk."
    )
    assert list(tmp_path.iterdir()) == []


def test_bug_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        path.write_text("half of it")
        raise ZeroDivisionError

    path = tmp_path / "plan.xlsx"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        write_whole(path, write)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_file_that_is_open_in_excel_when_it_is_to_be_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        # What Windows answers where a program holds the file.
        raise PermissionError(errno.EACCES, "Access is denied")

    path = tmp_path / "plan.xlsx"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", locked)
    assert refused(lambda: write_whole(path, text("new"))) == (
        f"'{path}' cannot be overwritten: it is open in Excel or write-protected. Close it there, or name another file."
    )
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


# --- before long work -------------------------------------------------------------------------------


def both_refuse(path: Path) -> str:
    """What is said before the work, which must be what would be said after it."""
    before = refused(lambda: ensure_writable(path))
    assert refused(lambda: write_whole(path, text("new"))) == before
    return before


def test_place_that_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    ensure_writable(tmp_path / "plan.xlsx")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "plan.xlsx").write_text("old")
    ensure_writable(tmp_path / "plan.xlsx")
    assert (tmp_path / "plan.xlsx").read_text() == "old"


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    text = f"The folder '{tmp_path / 'a'}' does not exist. Make it first, or name another."
    assert both_refuse(tmp_path / "a" / "plan.xlsx") == text


def test_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    assert both_refuse(tmp_path) == f"'{tmp_path}' is a folder. Name a file, such as '{tmp_path / 'plan.xlsx'}'."


def test_device_in_the_place_of_a_file() -> None:
    assert both_refuse(Path("/dev/null")) == "'/dev/null' is not a file that can be written. Name another file."


def test_link_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.symlink_to(path)
    assert both_refuse(path) == f"'{path}' is a link that leads to itself. Name another file."


def test_name_that_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 300)
    assert both_refuse(path) == f"'{path}' was not written: the name is too long. Name it shorter."


def test_folder_without_rights() -> None:
    with as_nobody() as (folder, as_owner):
        as_owner(lambda: folder.chmod(0o555))
        path = folder / "plan.xlsx"
        assert both_refuse(path) == (
            f"'{path}' was not written: you have no right to write there. Name a file in a folder of your own."
        )


def test_write_protected_file() -> None:
    with as_nobody() as (folder, as_owner):
        path = folder / "plan.xlsx"
        as_owner(lambda: (path.write_text("old"), path.chmod(0o444), folder.chmod(0o777)))
        assert both_refuse(path) == (
            f"'{path}' cannot be overwritten: it is open in Excel or write-protected. "
            "Close it there, or name another file."
        )
        assert path.read_text() == "old"


# --- folders ----------------------------------------------------------------------------------------


def always(_: Path) -> bool:
    return True


def two_files(content: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "a.csv").write_text(content)
        (folder / "b.csv").write_text(content)

    return write


def contents(folder: Path) -> list[str]:
    return [file.read_text() for file in sorted(folder.iterdir())]


def test_folder_is_written_and_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "scenario"
    write_whole_folder(folder, two_files("old"), always)
    (folder / "c.csv").write_text("old")
    write_whole_folder(folder, two_files("new"), always)
    assert (contents(folder), list(tmp_path.iterdir())) == (["new", "new"], [folder])


def test_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "scenario").mkdir()
    write_whole_folder(tmp_path / "scenario", two_files("new"), lambda _: False)
    assert contents(tmp_path / "scenario") == ["new", "new"]


def test_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.png").touch()
    assert refused(lambda: write_whole_folder(tmp_path, two_files("new"), lambda _: False)) == (
        f"The folder '{tmp_path}' holds other files than a scenario's. Nothing was written. Name a new or empty folder."
    )
    assert [entry.name for entry in tmp_path.iterdir()] == ["photo.png"]


def test_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "scenario"
    path.write_text("old")
    assert refused(lambda: write_whole_folder(path, two_files("new"), always)) == f"'{path}' is a file. Name a folder."


def test_failure_while_writing_leaves_the_old_folder(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "a.csv").write_text("half")
        raise OSError(errno.ENOSPC, "full")

    folder = tmp_path / "scenario"
    write_whole_folder(folder, two_files("old"), always)
    assert refused(lambda: write_whole_folder(folder, write, always)) == (
        f"'{folder}' was not written: the disk is full. Make room, or name a place on another disk."
    )
    assert (contents(folder), list(tmp_path.iterdir())) == (["old", "old"], [folder])


def test_folder_where_the_system_cannot_swap_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_exchange", lambda *_: False)
    folder = tmp_path / "scenario"
    write_whole_folder(folder, two_files("old"), always)
    write_whole_folder(folder, two_files("new"), always)
    assert (contents(folder), list(tmp_path.iterdir())) == (["new", "new"], [folder])


# --- killed -----------------------------------------------------------------------------------------

WRITE_FOR_EVER = """
import itertools, pathlib, sys
from planner.files import write_whole, write_whole_folder
place = pathlib.Path(sys.argv[1])
def fill(folder, word):
    for name in "ab":
        (folder / name).write_text(word * 5000)
for i in itertools.count():
    word = "xy"[i % 2]
    write_whole(place / "file", lambda path: path.write_text(word * 50000))
    write_whole_folder(place / "folder", lambda folder: fill(folder, word), lambda _: True)
    print(i, flush=True)
"""


def test_killed_at_any_moment_the_old_or_the_new_stands(tmp_path: Path) -> None:
    for turn in range(12):
        process = subprocess.Popen([sys.executable, "-c", WRITE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline()
        time.sleep(0.003 * turn)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = {(tmp_path / "file").read_text(), *(text * 10 for text in contents(tmp_path / "folder"))}
        assert found <= {"x" * 50_000, "y" * 50_000}
        assert len(contents(tmp_path / "folder")) == 2
        assert len(set(contents(tmp_path / "folder"))) == 1

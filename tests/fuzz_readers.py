"""Mutated workbooks and CSV folders for the readers: whatever a file holds, it is read or refused in words.

    python -m tests.fuzz_readers --inputs 100000

Input n of a seed is always the same one: `--first n --inputs 1` runs it again, `--keep folder` keeps what failed.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import resource
import shutil
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.errors import InputError, UsageError
from planner.excel.workbook import write_workbook
from planner.reading import check
from planner.scenario.folder import write_folder
from tests.scenarios import RICH, Y2, tables

SLOWEST = 20.0
"""Seconds of the processor that an input may take."""
MEMORY = 2**30

CELLS = (
    "", " ", "0", "-1", "1", "1e309", "-1e-320", "nan", "inf", "9" * 400, "0x1F", "1,000", "12%", "₹ 5", "1_000", "٣",
    "2026-04", "2026-13", "0000-00", "9999-12", "2026-04-31", "Apr 2026", "45000", "FY27", "FY00", "TRUE", "#N/A",
    "=1+1", "+A1", "*", "/", ";", ";;a;", "must", "never", "all", "free", "heavy", "O", "U", "S", "bus", "offers", "key",
    "a" * 33_000, "🧲", "\u202etxet", "é\u0301", "\u00a0", "'", '"', '""', "'; --", "<b>", "&amp;", "]]>", "{}", "{0}",
    "%s", "\\", "../../x", "con", "#", "# x", "source", "1200", "999999999999", "NaT", "E7",
)  # fmt: skip
"""What may be typed into a cell, by slip or on purpose."""

SCRAPS = (
    b"", b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"<", b">", b"&", b"&#0;", b"&x;", b'"', b"'", b"\r", b"\n", b",",
    b";", b"\t", b"]]>", b"<!--", b"<!DOCTYPE x>", b"<c>", b"</c>", b"<row>", b"</row>", b"-1", b"99999999999", b"1e999",
    b"A1048577", b"XFE1", b"r=", b"t='s'", b"t='e'", b"t='b'", b"t='d'", b"t='inlineStr'", b"<is><t>x</t></is>",
    b"PK\x03\x04", b"PK\x05\x06", b"PK\x01\x02", b"\xed\xa0\x80", b"\xc0\x80", b"\xf0\x9f\xa7\xb2",
)  # fmt: skip
"""What may get into bytes."""

Chance = random.Random


@dataclass(frozen=True)
class Source:
    """A sound scenario to begin with: the parts of its workbook, zipped too, and the files of its folder."""

    parts: dict[str, bytes]
    whole: bytes
    files: dict[str, bytes]


def sources(place: Path) -> list[Source]:
    """A small scenario, and one with every table."""
    strategies = [
        {"strategy": "s", "table": "offers", "key": "O", "field": "price_per_kg", "value": 9},
        {"strategy": "s", "table": "stock", "key": "M/U", "field": "kg", "value": 2},
        {"strategy": "t", "table": "demand", "key": "bus", "field": Y2, "value": 0},
    ]
    return [_source(place / "small", tables()), _source(place / "rich", tables(**RICH) | {"strategies": strategies})]


def _source(place: Path, rows: dict[str, object]) -> Source:
    from planner.scenario.load import from_rows

    place.mkdir()
    raw = from_rows(rows).raw  # type: ignore[arg-type]
    write_workbook(raw, place / "whole.xlsx")
    write_folder(raw, place / "folder")
    with zipfile.ZipFile(place / "whole.xlsx") as file:
        parts = {name: _TIME.sub(b"2026-01-01T00:00:00", file.read(name)) for name in file.namelist()}
    files = {path.name: path.read_bytes() for path in sorted((place / "folder").iterdir())}
    return Source(parts, _zipped(parts, zipfile.ZIP_DEFLATED), files)


_TIME = re.compile(rb"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d")
"""When a part was written: not part of what is the same in each run."""


def _zipped(parts: dict[str, bytes], how: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for name, content in parts.items():
            # Without the time of day that a name alone would be written with.
            new.writestr(zipfile.ZipInfo(name), content, how)
    return file.getvalue()


# --- mutations of bytes ------------------------------------------------------------------------------


def scrap(chance: Chance, data: bytes) -> bytes:
    """A few bytes replaced, put in or taken out."""
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        gone = chance.choice((0, 1, 1, 2, 8, 100))
        data = data[:at] + chance.choice((*SCRAPS, chance.randbytes(2))) + data[at + gone :]
    return data


def cut(chance: Chance, data: bytes) -> bytes:
    """The end, or something in the middle, is missing."""
    start = chance.randrange(len(data) + 1)
    return data[:start] if chance.random() < 0.5 else data[:start] + data[chance.randint(start, len(data)) :]


def twice(chance: Chance, data: bytes) -> bytes:
    """Something stands there several times, perhaps elsewhere."""
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.choice((10, 100, 1000))]
    at = chance.choice((start, chance.randrange(len(data) + 1)))
    return data[:at] + piece * chance.choice((1, 2, 50)) + data[at:]


BYTES: tuple[Callable[[Chance, bytes], bytes], ...] = (scrap, scrap, cut, twice)

# --- mutations of XML --------------------------------------------------------------------------------

_TAG = re.compile(rb"<[^>]*>")
_VALUE = re.compile(rb'"[^"]*"')
_TEXT = re.compile(rb">[^<>]+<")


def _somewhere(chance: Chance, pattern: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    found = list(pattern.finditer(data, chance.randrange(len(data) + 1)))[:50]
    return chance.choice(found) if found else None


def _typed(chance: Chance) -> bytes:
    text = chance.choice(CELLS).encode()
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b'"', b"&quot;")


def tag_gone(chance: Chance, data: bytes) -> bytes:
    """A tag is gone or stands there twice."""
    found = _somewhere(chance, _TAG, data)
    return data if found is None else data[: found.start()] + found[0] * chance.choice((0, 2)) + data[found.end() :]


def attribute(chance: Chance, data: bytes) -> bytes:
    """An attribute has another value."""
    found = _somewhere(chance, _VALUE, data)
    return data if found is None else data[: found.start()] + b'"' + _typed(chance) + b'"' + data[found.end() :]


def cell(chance: Chance, data: bytes) -> bytes:
    """A text, such as that of a cell, is another one."""
    for _ in range(chance.randint(1, 3)):
        found = _somewhere(chance, _TEXT, data)
        if found is not None:
            data = data[: found.start()] + b">" + _typed(chance) + b"<" + data[found.end() :]
    return data


XML = (tag_gone, attribute, attribute, cell, cell, cell, *BYTES)

# --- mutations of CSV --------------------------------------------------------------------------------


def csv_cell(chance: Chance, data: bytes) -> bytes:
    """Some cells, perhaps headings, are other ones."""
    lines = [line.split(b",") for line in data.split(b"\n")]
    for _ in range(chance.randint(1, 3)):
        line = chance.choice(lines)
        line[chance.randrange(len(line))] = chance.choice((*(text.encode() for text in CELLS), *chance.choice(lines)))
    return b"\n".join(b",".join(line) for line in lines)


def csv_lines(chance: Chance, data: bytes) -> bytes:
    """Lines are gone, there twice, or in another order."""
    lines = data.split(b"\n")
    return b"\n".join(chance.choices(lines, k=chance.randint(0, len(lines) + 2)))


CSV = (csv_cell, csv_cell, csv_cell, csv_lines, *BYTES)

# --- inputs ------------------------------------------------------------------------------------------


def _workbook(chance: Chance, source: Source, path: Path) -> None:
    if chance.random() < 0.25:
        data = chance.choice(BYTES)(chance, source.whole)
    else:
        parts = dict(source.parts)
        for _ in range(chance.choice((1, 1, 2))):
            # Most of what is read is in sheets and the texts that they share.
            likely = [name for name in parts if "sheet" in name or "sharedStrings" in name]
            name = chance.choice(likely if chance.random() < 0.8 else list(parts))
            parts[name] = chance.choice(XML)(chance, parts[name])
        if chance.random() < 0.05:
            parts.pop(chance.choice(list(parts)))
        data = _zipped(parts, chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
    path.write_bytes(data)


def _folder(chance: Chance, source: Source, path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    files = dict(source.files)
    for _ in range(chance.choice((1, 1, 2))):
        name = chance.choice(list(files))
        files[name] = chance.choice(CSV)(chance, files[name])
    if chance.random() < 0.05:
        files[chance.choice(("Offers.CSV", "x.csv", "offers .csv", "README", "events.csv"))] = files.popitem()[1]
    for name, content in files.items():
        (path / name).write_bytes(content)


def make_input(number: int, seed: int, sources: Sequence[Source], place: Path) -> Path:
    """Write input `number`, a workbook or a folder, and say where."""
    chance = Chance(f"{seed}/{number}")
    source = sources[chance.random() < 0.25]
    in_workbook = chance.random() < 0.6
    path = place / ("input.xlsx" if in_workbook else "input")
    (_workbook if in_workbook else _folder)(chance, source, path)
    return path


@dataclass(frozen=True)
class Failure:
    """An input that was neither read nor refused in words, or not in time."""

    number: int
    text: str
    path: Path


def run(first: int, inputs: int, seed: int, place: Path) -> Iterator[Failure | str]:
    """Read inputs: for each 'read', 'refused', or the failure."""
    origin = sources(place)
    for number in range(first, first + inputs):
        path = make_input(number, seed, origin, place)
        started = time.process_time()
        try:
            said = outcome(path)
        except Exception:
            # Whatever it is: it should have been reported in words.
            yield Failure(number, traceback.format_exc(), path)
            continue
        spent = time.process_time() - started
        yield said if spent < SLOWEST else Failure(number, f"It took {spent:.0f} s.", path)


_PYTHON = re.compile(r"Traceback|Error\b|object at 0x|\bNone\b|<class|NoneType|pydantic")


def outcome(path: Path) -> str:
    """Whether a scenario is read or refused; its problems are in a planner's words."""
    try:
        problems, warnings = check(path)
    except (InputError, UsageError):
        return "refused"
    for problem in (*problems, *warnings):
        # What stands in a cell is shown as it is, between quotes.
        words = re.sub(r"'[^']*'", "", problem.message + problem.fix)
        assert problem.message, problem
        assert not _PYTHON.search(words), problem
    return "refused" if problems else "read"


def main() -> int:
    """Run as a script, within 1 GiB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the inputs that failed")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        for found in run(options.first, options.inputs, options.seed, Path(place)):
            counts["failed" if isinstance(found, Failure) else found] += 1
            if isinstance(found, Failure):
                _say(f"input {found.number} of seed {options.seed}: {found.text}")
                _keep(found, options.keep)
            if counts.total() % 10_000 == 0:
                _say(_summary(counts))
    _say(_summary(counts))
    return 1 if counts["failed"] else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _keep(failure: Failure, folder: Path | None) -> None:
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{failure.number}{failure.path.suffix}"
    if failure.path.is_dir():
        shutil.copytree(failure.path, target, dirs_exist_ok=True)
    else:
        shutil.copy2(failure.path, target)


def _summary(counts: Counter[str]) -> str:
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return f"{counts.total()} inputs: {dict(counts)}; at most {megabytes} MB"


if __name__ == "__main__":
    sys.exit(main())

"""Mutated workbooks and folders: each is read or refused in words, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

from tests.fuzz_readers import Failure, make_input, run, sources

NIGHTLY = settings.get_current_profile_name() == "nightly"
EVERY = 1_500
PARTS = 3


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_a_file_holds_it_is_read_or_refused(part: int, tmp_path: Path) -> None:
    """Of each kind there are many: mutations that break nothing would try nothing, and the other way about."""
    count = EVERY // PARTS
    found = list(run(part * count, count, 2, tmp_path))
    failures = [f"input {each.number} of seed 2: {each.text}" for each in found if isinstance(each, Failure)]
    assert failures == []
    counts = Counter(found)
    assert counts["read"] > count / 10
    assert counts["refused"] > count / 3


def test_an_input_is_the_same_again(tmp_path: Path) -> None:
    """So that one that failed can be looked at."""
    for name in "ab":
        (tmp_path / name).mkdir()
    origins = [sources(tmp_path / name) for name in "ab"]
    for number in range(20):
        one, other = (
            make_input(number, 1, origin, tmp_path / name) for origin, name in zip(origins, "ab", strict=True)
        )
        assert _contents(one) == _contents(other)


def _contents(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted(path.iterdir())] if path.is_dir() else [path.read_bytes()]


@pytest.mark.skipif(not NIGHTLY, reason="takes a quarter of an hour: with HYPOTHESIS_PROFILE=nightly")
def test_a_hundred_thousand_files_within_1_gib() -> None:
    command = [sys.executable, "-m", "tests.fuzz_readers", "--inputs", "100000"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.splitlines()[-1].startswith("100000 inputs:")

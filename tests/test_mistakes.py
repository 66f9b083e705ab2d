"""What a planner is reported of some seventy mistakes: whole texts, one cause one message."""

from __future__ import annotations

from pathlib import Path

import pytest
from mistakes import MISTAKES, make

from planner.reading import check

GOLDEN = Path(__file__).parent / "faults" / "mistakes.txt"


def said(path: Path) -> list[str]:
    """What `planner check` says, a line each."""
    problems, notes = check(path)
    return [*map(str, problems), *(f"Note: {note}" for note in notes)] or ["(nothing)"]


def golden() -> dict[str, list[str]]:
    """The texts of the golden file, by mistake."""
    blocks = GOLDEN.read_text(encoding="utf-8").strip().split("\n\n") if GOLDEN.exists() else []
    return {head.removeprefix("## "): lines for head, *lines in (block.split("\n") for block in blocks)}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_said(mistake: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    lines = said(make(tmp_path / "book.xlsx", MISTAKES[mistake]))
    texts = golden()
    if pytestconfig.getoption("--update-golden"):
        texts[mistake] = lines
        blocks = ["\n".join([f"## {name}", *texts[name]]) for name in MISTAKES if name in texts]
        GOLDEN.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    assert lines == texts[mistake]


def test_book_without_a_mistake(tmp_path: Path) -> None:
    assert said(make(tmp_path / "book.xlsx", [])) == ["(nothing)"]

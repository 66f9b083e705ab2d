"""Code, texts and pages use the field's terms, and say things in plain, modern English."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

INSTEAD = {
    r"told|tells?": "reported, shows, distinguishes",
    r"dear|dearer|dearest": "expensive, costs more",
    r"(?-i:Courses?|course)": "path",
    r"whole numbers": "integer variables",
    r"none below|nothing below": "lower bound",
    r"hangs? on": "depends on",
    r"anew": "again",
    r"guess(es)?": "MIP start",
    r"family of|famil(y|ies) of like": "warm start",
    r"loosen(s|ed|ing)?": "slack, relaxed",
    r"what it comes to": "the result, the total",
}
"""What is not written, and what is in its place."""

EXCEPT = {
    "planner/serve": {"course", "courses"},  # of a run's solve, as its answer calls it
    "planner/trial/stress.py": {"course"},  # a field of its document
}
"""Names of the contract, by where they stand."""

LATER = ("serve", "rolling", "roll.md", "serve.md", "actuals.md")
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PAGES = [path for path in PAGES if path.name not in LATER]
CODE = [path for path in sorted((ROOT / "planner").rglob("*.py")) if not set(LATER) & set(path.parts)]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a page, or of a module's strings and comments."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield from enumerate(content.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT):
            yield from enumerate(token.string.splitlines(), token.start[0])


def wrong(path: Path) -> list[str]:
    """Each line with a word that is not written, and what to write."""
    excepted = [name for place, names in EXCEPT.items() if place in path.as_posix() for name in names]
    found = []
    for number, line in texts(path):
        for pattern, instead in INSTEAD.items():
            match = re.search(rf"(?i)(?<![\w-])(?:{pattern})(?![\w-])", line)
            # Names in code marks are of the code or the contract.
            if match and f"`{match[0]}" not in line and match[0] not in excepted:
                found.append(f"{path.relative_to(ROOT)}:{number}: '{match[0]}' (write: {instead}): {line.strip()}")
    return found


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_are_written_in_plain_terms(path: Path) -> None:
    assert wrong(path) == []


def test_code_is_written_in_plain_terms() -> None:
    assert [line for path in CODE for line in wrong(path)] == []


@pytest.mark.parametrize(
    "word", ["stochastic", "multistage", "MIP gap", "warm start", "incumbent", "non-anticipativity"]
)
def test_the_fields_terms_stand_where_they_belong(word: str) -> None:
    assert any(word in path.read_text(encoding="utf-8") for path in PAGES)

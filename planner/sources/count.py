"""How many figures of a scenario are found, derived, known in general and assumed, by table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from planner.sources.figures import CODES, Figure

NONE = "none"
_HEADINGS = (*CODES, NONE, "all")


def counted(figures: Sequence[Figure]) -> dict[str, Counter[str]]:
    """By table how many figures have each code; those without stand under 'none'."""
    found: dict[str, Counter[str]] = {}
    for figure in figures:
        found.setdefault(figure.table, Counter())[figure.code or NONE] += 1
    return found


def headline(name: str, figures: Sequence[Figure]) -> str:
    """The count of a scenario in a sentence."""
    codes = Counter(figure.code for figure in figures)
    parts = [f"{codes[code]:,} {words} ({code})" for code, words in CODES.items()]
    without = f", {codes['']:,} without a code" if codes[""] else ""
    return f"{name}: {len(figures):,} figures: {', '.join(parts)}{without}."


def lines(figures: Sequence[Figure]) -> list[str]:
    """The count by table as lines of text: a heading, a line a table, the sum."""
    by_table = counted(figures)
    wide = max((len(name) for name in by_table), default=0)
    total = sum(by_table.values(), Counter[str]())
    rows = [*by_table.items(), ("all", total)]
    heads = " ".join(f"{heading:>6}" for heading in _HEADINGS)
    return [f"  {'table':<{wide}} {heads}", *(f"  {name:<{wide}} {_cells(row)}" for name, row in rows)]


def _cells(row: Counter[str]) -> str:
    numbers = [*(row[code] for code in (*CODES, NONE)), row.total()]
    return " ".join(f"{number:>6}" for number in numbers)

"""A table of a plan as one page shows it: filtered, sorted, and so many rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.serve.words import cell

ROWS = 100
"""Rows on a page."""


@dataclass(frozen=True)
class Shown:
    """Some rows of a table, and what they were chosen by; `found` is how many there are over all pages."""

    table: dict[str, Any]
    rows: list[list[Any]]
    found: int
    search: str
    sort: str
    descending: bool
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.found // ROWS))


def shown(table: dict[str, Any], search: str = "", sort: str = "", descending: bool = False, page: int = 1) -> Shown:
    """The rows that hold every word of `search`, by the column `sort` (blank: as they stand)."""
    words = search.casefold().split()
    rows = [row for row in table["rows"] if _holds(row, words)]
    names = [column["name"] for column in table["columns"]]
    if sort in names:
        place = names.index(sort)
        # Blanks come last either way.
        known = [row for row in rows if row[place] is not None]
        known.sort(key=lambda row: _key(row[place]), reverse=descending)
        rows = known + [row for row in rows if row[place] is None]
    found = len(rows)
    page = min(max(page, 1), max(1, -(-found // ROWS)))
    return Shown(table, rows[(page - 1) * ROWS : page * ROWS], found, search, sort, descending, page)


def _holds(row: list[Any], words: list[str]) -> bool:
    if not words:
        return True
    text = " ".join(str(value) for value in row if value is not None).casefold()
    return all(word in text for word in words)


def _key(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


_TOLD_ELSEWHERE = frozenset({"do_it", "decision", "item", "probability"})


def checklist(table: dict[str, Any], currency: str) -> dict[str, list[dict[str, Any]]]:
    """The table of what to do now as a list to tick off: what the plan does, and what it leaves."""
    found: dict[str, list[dict[str, Any]]] = {"taken": [], "left": []}
    columns = table["columns"]
    for row in table["rows"]:
        cells = {column["name"]: value for column, value in zip(columns, row, strict=True)}
        parts = [
            (column["heading"], cell(value, column, currency))
            for column, value in zip(columns, row, strict=True)
            if column["name"] not in _TOLD_ELSEWHERE and value not in (None, "", 0)
        ]
        one = {"decision": cells["decision"], "item": cells["item"], "parts": parts}
        found["taken" if cells["do_it"] else "left"].append(one)
    return found

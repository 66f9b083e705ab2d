"""The reference page of the tables is made from the schema."""

from __future__ import annotations

from pathlib import Path

from planner.scenario.reference import reference_page
from planner.scenario.tables import tables

PERIODS = (
    "| one column a period, such as `2026-04` | units asked for in the period | units | number, at least 0 "
    "| **required** |  |"
)
PAGE = Path(__file__).parents[1] / "docs" / "tables.md"


def test_the_page_is_what_the_schema_gives() -> None:
    """To write it again: python -m planner.scenario.reference > docs/tables.md"""
    assert PAGE.read_text(encoding="utf-8") == reference_page()


def test_every_table_and_every_field_has_a_line() -> None:
    *sections, last = reference_page().split("\n## ")[1:]
    assert last.startswith("How do I say …")
    assert [section.split("\n")[0] for section in sections] == list(tables())
    for section, table in zip(sections, tables().values(), strict=True):
        missing = [
            name for name in table.fields
            if f"| `{name}` |" not in section and name not in ("source", "note", table.period_columns)
        ]  # fmt: skip
        assert missing == []


def test_lines_show_meaning_unit_range_default_and_reference() -> None:
    lines = reference_page().split("\n")
    for line in (
        "| `supplier` | who sells |  | text | **required** | `suppliers` |",
        "| `min_service` | least share of the horizon's demand built by its end, in every future | share | number, 0 to 1 | 0 |  |",
        PERIODS,
        "| `decision` | never: not decided |  | one of: free, never | free |  |",
        "| `target` | the offer or conversion |  | text | **required** | the table that `scope` names |",
        "Steps of capacity that can be bought. Optional. A row is named by `expansion`.",
        "What is asked: one row a setting, its name and its value. Required, with at least one row.",
    ):
        assert line in lines

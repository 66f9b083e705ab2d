"""What all rows share."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from planner.scenario.fields import Name, column


class Record(BaseModel):
    """What all tables' rows are: frozen, and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)

    required_table: ClassVar[bool] = False
    """Whether a scenario must have the table."""
    needs_rows: ClassVar[bool] = False
    """Whether it must have at least one row."""
    period_columns: ClassVar[str | None] = None
    """The field that gathers one column a period, where the table has such columns."""


class Row(Record):
    """A row of a table; `source` and `note` are free text that the model does not use."""

    source: Name | None = column("where the row's figures come from; kept, not used", default=None, blank="(none)")
    note: Name | None = column("free text; kept, not used", default=None, blank="(none)")

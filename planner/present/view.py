"""A table as a sheet shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal

import pandas as pd

from planner.plan.tables import Column

Total = Literal["sum", "mean"]
"""How a column adds up: as it stands, or on average over the futures, weighed by the column `probability`."""

YES_NO: Mapping[bool, str] = {True: "yes", False: "no"}
"""How flags are reported."""

PROBABILITY = Column("probability", "share", "share", "of the future, or of these futures together")

_TREE = frozenset({"shared_by", PROBABILITY.name, "node"})


@dataclass(frozen=True)
class View:
    """A table as a sheet shows it; `rows` has a column for each of `columns`.

    `faint` is Excel's condition for the row in `{line}` to be shown in grey. `notes` stand above the table,
    below them as many `charts` as there are; `empty` stands where it has no rows, `flags` for flags.
    `totals` says of columns that add up how they do, and `remarks` stand below the table.
    `keys` is how many of the first columns distinguish the rows.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    rows: pd.DataFrame
    faint: str = ""
    notes: tuple[str, ...] = ()
    charts: int = 0
    empty: str = "none"
    flags: Mapping[bool, str] = field(default_factory=lambda: YES_NO)
    totals: Mapping[str, Total] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    keys: int = 1

    @property
    def spare(self) -> int:
        """How many of the last columns show the place in the tree: on paper they can be done without."""
        return len(list(takewhile(lambda column: column.name in _TREE, reversed(self.columns))))

    def total(self, name: str) -> float:
        """What a column adds up to."""
        values = pd.to_numeric(self.rows[name]).astype(float).fillna(0.0)
        if self.totals[name] == "sum":
            return float(values.sum())
        return float((values * self.rows[PROBABILITY.name].astype(float)).sum())

    @property
    def total_label(self) -> str:
        """What the totals are: sums, or what is expected where rows hold in some futures only."""
        uncertain = "mean" in self.totals.values() and (self.rows[PROBABILITY.name].astype(float) < 1).any()
        return "On average" if uncertain else "Total"

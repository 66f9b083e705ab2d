"""What a plan table and its columns are, and the columns that several tables share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A field of a plan table. `kind` is text, month, count, number, share or flag (yes/no)."""

    name: str
    kind: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class PlanTable:
    """A table of the plan: what a row says, its fields, and those of them that distinguish it from other rows.

    A table made `on_request` is empty where it was not asked for, and this says so.
    """

    name: str
    title: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    on_request: str = ""

    @property
    def names(self) -> list[str]:
        """The fields' names, in order."""
        return [column.name for column in self.columns]


def text(name: str, meaning: str) -> Column:
    """A column of text."""
    return Column(name, "text", "", meaning)


def kg(name: str, meaning: str) -> Column:
    """A column of kg."""
    return Column(name, "number", "kg", meaning)


def units(name: str, meaning: str) -> Column:
    """A column of vehicles or motors."""
    return Column(name, "number", "units", meaning)


def money(name: str, meaning: str, unit: str = "base currency") -> Column:
    """A column of money: base currency, or that per something."""
    return Column(name, "number", unit, meaning)


def share(name: str, meaning: str) -> Column:
    """A column of shares, 0..1."""
    return Column(name, "share", "share", meaning)


NODE = Column("node", "count", "", "node of the tree: what is known")
MONTH = Column("month", "month", "", "first month of the period")
POOL = text("undertaking", "undertaking that binds it; blank: free")
OFFER = text("offer", "offer")
SUPPLIER = text("supplier", "supplier")
COUNTRY = text("country", "supplier's country")
MATERIAL = text("material", "material")
SEGMENT = text("segment", "product line")
DESIGN = text("design", "design")
FUTURE = text("future", "future")
YEAR = text("year", "financial year")

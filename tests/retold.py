"""The same scenario reported otherwise: other names, other units of money and mass, another size; by the schema."""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from planner.scenario.tables import Field, tables
from tests.generated import Rows


def setting(rows: Rows, name: str, value: Any) -> Rows:
    """The rows with a setting changed."""
    others = [row for row in rows["settings"] if row["name"] != name]
    return rows | {"settings": [*others, {"name": name, "value": value}]}


def fields(name: str, row: Mapping[str, Any]) -> list[tuple[str, Field]]:
    """The cells of a row with what the schema says of their fields; columns a period share one."""
    table = tables()[name]
    if name == "settings":
        return [("value", table.fields[row["name"]])]
    period = table.fields[table.period_columns] if table.period_columns else None
    return [(cell, table.fields.get(cell) or period) for cell in row]  # type: ignore[misc]


def each_cell(rows: Rows, change: Callable[[Field, Any], Any]) -> Rows:
    """The rows with each cell that is not blank changed by what the schema says of its field."""
    found = copy.deepcopy(rows)
    for name, table in found.items():
        for row in table:
            for cell, field in fields(name, row):
                if row[cell] is not None:
                    row[cell] = change(field, row[cell])
    return found


def renamed(rows: Rows) -> Rows:
    """The rows with another name for everything, in another order of the alphabet."""

    def change(field: Field, value: Any) -> Any:
        if field.kind not in ("text", "list") or field.choices or field.name == "year" or value == "*":
            return value
        return f"{zlib.crc32(value.encode()) % 1000:03d} {value[::-1]} é"

    return each_cell(rows, change)


MONEY = {
    "base currency",
    "base currency per unit",
    "base currency/unit",
    "base currency/unit/period",
    "base currency/unit/percentage point",
    "base currency/kg",
    "base currency/kg/period",
    "base currency/kg made",
    "base currency/(kg/period)",
    "base currency/step",
    "base currency/order",
}
"""Units of figures in base currency; of prices that is a matter of the row."""


def in_currency(rows: Rows, factor: float) -> Rows:
    """The rows with money counted in a unit of which there are `factor` to the old one."""
    found = each_cell(rows, lambda field, value: value * factor if field.unit in MONEY else value)
    for row in found["offers"]:
        if row.get("currency") is None:
            row["price_per_kg"] *= factor
            row["freight_per_kg"] = row.get("freight_per_kg", 0) * factor
    return found


MASS = {
    "kg": 1,
    "kg/unit": 1,
    "kg/period": 1,
    "kg made/period": 1,
    "kg/period/step": 1,
    "kg in/kg made": 0,
    "share of kg": 0,
    "offer currency/kg": -1,
    "base currency/kg": -1,
    "base currency/kg/period": -1,
    "base currency/kg made": -1,
    "base currency/(kg/period)": -1,
}
"""The power of the kg in each unit that speaks of it."""


def in_mass(rows: Rows, factor: float) -> Rows:
    """The rows with mass counted in a unit of which there are `factor` to the kg."""
    return each_cell(rows, lambda field, value: value * factor ** MASS[field.unit] if "kg" in field.unit else value)


SIZE = {"units", "units/period", "kg", "kg/period", "kg made/period", "kg/period/step"}
FEES = {"base currency", "base currency/step", "base currency/order"}
"""Units of what grows with a business, and of what it pays once."""


def in_size(rows: Rows, factor: float) -> Rows:
    """The rows of a business that asks for, can have, stocks and pays once `factor` times as much."""
    return each_cell(rows, lambda field, value: value * factor if field.unit in SIZE | FEES else value)

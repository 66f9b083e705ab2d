"""The six sheets of a starter: their headings, units and meanings; reader, template and reference use these alone."""

from __future__ import annotations

from dataclasses import dataclass

from planner.scenario.letters import looks


@dataclass(frozen=True)
class Column:
    """A column of a starter's sheet; the heading is its name with the unit in brackets."""

    name: str
    unit: str
    meaning: str
    required: bool = False

    @property
    def heading(self) -> str:
        """'price (per kg)'."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


@dataclass(frozen=True)
class Sheet:
    """A sheet of a starter: `key` is what the code calls it, `title` what stands on its tab."""

    key: str
    title: str
    asks: str
    fields: tuple[Column, ...]
    has_months: bool = False

    @property
    def columns(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.fields}

    @property
    def headings(self) -> list[str]:
        """The headings in order."""
        return [column.heading for column in self.fields]


SETTINGS_SHEET = "settings"

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "products", "1 products and demand", "What do you build, for whom, and how much of it each month?",
        (
            Column("product", "", "a product line that magnets are needed for", required=True),
            Column("market", "", "where it is sold: India, US, EU …", required=True),
            Column("margin", "per unit not built", "what is lost where a unit is not built", required=True),
            Column("cost of waiting", "per unit and month", "what a unit costs that is built later; blank: it is lost"),
        ), has_months=True,
    ),
    Sheet(
        "magnets", "2 magnets per product", "Which magnets are in each product? A second design is a second row.",
        (
            Column("product", "", "as on sheet 1", required=True),
            Column("design", "", "a name where a product can be built in several ways; blank: the product's own"),
            Column("magnet", "", "the grade; blank: the design needs none"),
            Column("kind", "heavy, light, ferrite or samarium", "what it is made of", required=True),
            Column("kg", "per unit", "how much of it", required=True),
            Column("efficiency lost", "percentage points", "against the best design; 6 for 6 %"),
            Column("extra cost", "per unit", "what this design costs more"),
            Column("qualification", "months", "how long until it may be built; blank: it is built today"),
            Column("qualification cost", "", "what that costs, once"),
        ),
    ),
    Sheet(
        "prices", "3 suppliers and prices", "Who sells which magnet, at what price, how soon, and how much?",
        (
            Column("supplier", "", "who sells", required=True),
            Column("country", "", "where it ships from", required=True),
            Column("magnet", "", "as on sheet 2", required=True),
            Column("price", "per kg", "before freight and duty", required=True),
            Column("currency", "", "of price and freight; blank: that of sheet 6"),
            Column("freight", "per kg", "to your works"),
            Column("duty", "%", "customs duty, in percent"),
            Column("lead time", "months", "from order to your works"),
            Column("most", "kg a month", "what it can deliver", required=True),
            Column("least order", "kg", "an order is nothing or at least this"),
            Column("licence", "", "the export licence that it needs, as on sheet 5; blank: none"),
        ),
    ),
    Sheet(
        "stock", "4 stock and orders", "What lies in the store, and what is on its way?",
        (
            Column("magnet", "", "as on sheet 2", required=True),
            Column("kg", "", "how much", required=True),
            Column("supplier", "", "of an order, as on sheet 3; blank: it lies in the store"),
            Column("arrives", "month", "of an order, such as 2026-08; blank: it lies in the store"),
        ),
    ),
    Sheet(
        "licences", "5 licences in words", "When could each licence come, and how likely is that? A row each.",
        (
            Column("licence", "", "its name", required=True),
            Column("at our works in", "month, never, or 2 months later", "from when on magnets under it arrive",
                   required=True),
            Column("chance", "%", "how likely; the rows of a licence add up to 100", required=True),
            Column("together or alone", "", "together: it comes for all suppliers at once; alone: for each by itself"),
            Column("filed in", "month", "when it was filed; blank: the plan decides whether to apply"),
            Column("fee", "", "what applying costs"),
        ),
    ),
    Sheet(
        SETTINGS_SHEET, "6 settings", "For which months, in which money?",
        (
            Column("what", "", "title, currency, first month, months, months a period, USD …", required=True),
            Column("value", "", "its value; of USD what one costs in your currency", required=True),
        ),
    ),
)  # fmt: skip
"""In the order in which they are filled in."""

_BY_TITLE = {looks(sheet.title): sheet for sheet in SHEETS}


def sheet_named(title: str) -> Sheet | None:
    """The sheet with a title, whatever its capitals and spaces."""
    return _BY_TITLE.get(looks(title))

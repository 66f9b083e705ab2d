"""Every limit of a scenario, declared once.

A limit is a cell that asks for something or forbids something, and the constraint family that enforces it. The report,
the values of --why, the explanation of an infeasible scenario, its elastic model and the what-if form all read it here.
Only two places say more: `plan/limits_used.py` measures what a plan uses of a limit, and the audit checks it in code of
its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.scenario.keys import key_fields
from planner.scenario.tables import tables

Side = Literal["at most", "at least"]
MOST: Side = "at most"
LEAST: Side = "at least"

Weight = Literal["wish", "supply", "arrivals", "average", "one"]
"""How the elastic model weighs a limit: by what its cell says, what the planner wishes or, at a higher price, what
others can supply; as its slack has another unit than its cell, by kg of arrivals or by units built; or as it stands."""


@dataclass(frozen=True)
class Worth:
    """How --why finds what one more of a limit is worth.

    Cells of 0 are left alone unless `from_zero`: where there is no capacity or demand on anything, the model has no row
    for it. `via` is a table, and its key, whose rows name the cell that binds what is named after them. `window` is
    the place in the index of the family's rows that names the window; None where they name a period, or hold over
    the whole horizon.
    """

    from_zero: bool = False
    via: tuple[str, str] | None = None
    window: int | None = None


@dataclass(frozen=True)
class WhatIf:
    """How the page offers a limit's cell: under which heading, and by which label ({row}, {item} and {counted})."""

    group: str
    label: str


@dataclass(frozen=True)
class Limit:
    """A limit: its cell, the constraint family and the audit rule that hold it, and its words.

    `name` is what it is called where its worth stands. `kind` and `unit` are those of the sheet Limits; without a
    kind it does not stand there. `asks` is a clause that follows the cell's address, with {amount}, {item}, {row},
    {since} and {currency}. `chosen` is what a sentence calls a limit that is a choice, with {item}; capacities are
    facts.
    """

    name: str
    table: str
    field: str
    family: str
    rule: str
    side: Side
    asks: str
    kind: str = ""
    unit: str = ""
    chosen: str = ""
    weight: Weight = "wish"
    worth: Worth | None = None
    what_if: WhatIf | None = None

    @property
    def cell(self) -> tuple[str, str]:
        """Table and field."""
        return self.table, self.field

    @property
    def key(self) -> str:
        """The field that names a row of the table."""
        return key_fields(self.table)[0]

    @property
    def cell_unit(self) -> str:
        """The unit of what the cell says."""
        return tables()[self.table].fields[self.field].unit

    @property
    def is_share(self) -> bool:
        """Whether the cell is a share, 0..1, of which one more is a percentage point."""
        return self.cell_unit.startswith("share")

    @property
    def looser(self) -> int:
        """+1 where more of it binds less, −1 where less does."""
        return 1 if self.side == MOST else -1

    @property
    def one_more(self) -> str:
        """What a unit looser is, in words: 'kg more', 'percentage point less'."""
        unit = "percentage point" if self.is_share else _ONE[self.cell_unit.partition("/")[0]]
        return f"{unit} {'more' if self.side == MOST else 'less'}"

    @property
    def per(self) -> float:
        """How much of the cell's own unit that is."""
        return 0.01 if self.is_share else 1.0


_ONE = {
    "suppliers": "supplier",
    "kg": "kg",
    "kg made": "kg",
    "units": "unit",
    "percentage points": "percentage point",
    "base currency": "unit of base currency",
}
"""One of a unit."""

_DESIGNS = ("designs", "design")

LIMITS = (
    Limit(
        "capacity of offer",
        "offers",
        "max_kg_per_period",
        family="order_capacity",
        rule="order_capacity",
        side=MOST,
        kind="offer's capacity",
        unit="kg",
        weight="supply",
        worth=Worth(),
        asks="lets at most {amount} a period be ordered under offer {item}",
        what_if=WhatIf("Capacities", "Most of {item} [kg a period]"),
    ),
    Limit(
        "minimum order",
        "offers",
        "min_order_kg",
        family="minimum_order",
        rule="min_order",
        side=LEAST,
        asks="lets no less than {amount} be ordered under {item}",
    ),
    Limit(
        "commitment",
        "offers",
        "commit_kg_per_period",
        family="commitment",
        rule="commitment",
        side=LEAST,
        asks="commits to {amount} a period under offer {item} once it is signed",
    ),
    Limit(
        "capacity of supplier",
        "suppliers",
        "max_kg_per_period",
        family="supplier_capacity",
        rule="supplier_capacity",
        side=MOST,
        kind="supplier's capacity",
        unit="kg",
        weight="supply",
        worth=Worth(via=("offers", "offer")),
        asks="lets supplier {item} take at most {amount} a period",
    ),
    Limit(
        "capacity of conversion",
        "conversions",
        "max_kg_per_period",
        family="conversion_capacity",
        rule="conversion_capacity",
        side=MOST,
        kind="plant's capacity",
        unit="kg",
        weight="supply",
        worth=Worth(),
        asks="lets {item} make at most {amount} of {row.material} a period",
    ),
    Limit(
        "assembly",
        "segments",
        "max_units_per_period",
        family="assembly",
        rule="assembly",
        side=MOST,
        kind="assembly",
        unit="units",
        worth=Worth(from_zero=True, via=_DESIGNS),
        asks="lets at most {amount} of {item} be built a period",
    ),
    Limit(
        "share of design",
        "designs",
        "max_share",
        family="design_share",
        rule="max_share",
        side=MOST,
        kind="design's share",
        unit="units",
        worth=Worth(),
        asks="lets design {item} serve at most {amount} of {row.segment}'s demand",
    ),
    Limit(
        "largest share",
        "limits",
        "max_share",
        family="sourcing",
        rule="limits",
        side=MOST,
        kind="share of arrivals",
        unit="share",
        chosen="the limit {item} on shares",
        weight="arrivals",
        worth=Worth(from_zero=True, window=1),
        asks="asks that at most {amount} of {arriving} come from {row.target}, {window}",
        what_if=WhatIf("Share limits", "Largest: {row.target}'s share of {counted} ({item})"),
    ),
    Limit(
        "least share",
        "limits",
        "min_share",
        family="sourcing",
        rule="limits",
        side=LEAST,
        kind="share of arrivals",
        unit="share",
        chosen="the limit {item} on shares",
        weight="arrivals",
        worth=Worth(window=1),
        asks="asks that at least {amount} of {arriving} come from {row.target}, {window}",
        what_if=WhatIf("Share limits", "Least: {row.target}'s share of {counted} ({item})"),
    ),
    Limit(
        "budget",
        "budgets",
        "max_spend",
        family="budget",
        rule="budgets",
        side=MOST,
        kind="budget",
        unit="base currency",
        chosen="the budget of {item}",
        worth=Worth(from_zero=True, window=0),
        asks="lets at most {amount} be spent in {item}",
    ),
    Limit(
        "storage",
        "materials",
        "max_stock_kg",
        family="storage",
        rule="storage",
        side=MOST,
        kind="storage",
        unit="kg",
        chosen="storage of {item}",
        worth=Worth(from_zero=True),
        asks="lets at most {amount} of {item} be stored",
    ),
    Limit(
        "safety stock",
        "materials",
        "min_stock_kg",
        family="safety_stock",
        rule="safety_stock",
        side=LEAST,
        kind="safety stock",
        unit="kg",
        chosen="the safety stock of {item}",
        worth=Worth(),
        asks="asks for {amount} of {item} in stock from {since} on",
        what_if=WhatIf("Stock", "Safety stock of {item} [kg]"),
    ),
    Limit(
        "service",
        "segments",
        "min_service",
        family="service",
        rule="service",
        side=LEAST,
        kind="service",
        unit="share",
        chosen="the service promised for {item}",
        worth=Worth(),
        asks="asks that {amount} of the demand of {item} be built in every future",
        what_if=WhatIf("Service and risk", "Least service of {item}"),
    ),
    Limit(
        "efficiency",
        "segments",
        "max_efficiency_loss_pp",
        family="efficiency",
        rule="efficiency",
        side=MOST,
        kind="efficiency lost",
        unit="percentage points",
        chosen="the efficiency demanded of {item}",
        weight="average",
        worth=Worth(from_zero=True, via=_DESIGNS),
        asks="lets {item} lose at most {amount} on average",
    ),
    Limit(
        "fixed order",
        "fixed_orders",
        "kg",
        family="fixed_order",
        rule="fixed_order",
        side=LEAST,
        kind="fixed order",
        unit="kg",
        chosen="the order fixed under {item}",
        asks="fixes an order of {amount} under offer {row.offer} in {row.period}",
    ),
    Limit(
        "promise",
        "promises",
        "share",
        family="promise",
        rule="promise",
        side=LEAST,
        kind="promise",
        unit="units",
        chosen="the promise to {item}",
        weight="one",
        asks="promises that {amount} of each period's demand of {row.segment} is built in it",
    ),
    Limit(
        "largest quantity",
        "limits",
        "max_kg",
        family="quota",
        rule="limits",
        side=MOST,
        kind="quantity that arrives",
        unit="kg",
        chosen="the limit {item} in kg",
        worth=Worth(window=1),
        what_if=WhatIf("Share limits", "Most kg from {row.target} ({item})"),
        asks="asks that at most {amount} of {arriving} come from {row.target}, {window}",
    ),
    Limit(
        "least quantity",
        "limits",
        "min_kg",
        family="quota",
        rule="limits",
        side=LEAST,
        kind="quantity that arrives",
        unit="kg",
        chosen="the limit {item} in kg",
        worth=Worth(window=1),
        asks="asks that at least {amount} of {arriving} come from {row.target}, {window}",
    ),
    Limit(
        "most suppliers",
        "panels",
        "max_suppliers",
        family="panel_size",
        rule="panels",
        side=MOST,
        kind="suppliers of a panel",
        unit="suppliers",
        chosen="the panel {item}",
        weight="one",
        asks="lets at most {amount} be bought from",
    ),
    Limit(
        "fewest suppliers",
        "panels",
        "min_suppliers",
        family="panel_least",
        rule="panels",
        side=LEAST,
        kind="suppliers of a panel",
        unit="suppliers",
        chosen="the panel {item}",
        weight="one",
        asks="asks that at least {amount} count",
    ),
)
"""Every limit, in the order in which --why finds what they are worth."""

LIMIT = {limit.name: limit for limit in LIMITS}
"""The limits by name."""

BY_CELL = {limit.cell: limit for limit in LIMITS}
"""The limits by table and field."""

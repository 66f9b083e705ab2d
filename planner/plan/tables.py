"""The tables of a plan, each declared once: report, JSON, page and audit read them from here.

Rows of decisions are by node of the tree of futures (what is known at a period). The table `paths`
says which node each future is in at each period: `by_future` joins the two.
Only rows that are not zero are kept, but for `shortage`, which has every segment at every node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """A field of a plan table. `kind` is text, month, count, number, share or flag (yes/no)."""

    name: str
    kind: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class PlanTable:
    """A table of the plan: what a row says, its fields, and those of them that tell it from other rows.

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


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", "", meaning)


def _kg(name: str, meaning: str) -> Column:
    return Column(name, "number", "kg", meaning)


def _units(name: str, meaning: str) -> Column:
    return Column(name, "number", "units", meaning)


def _money(name: str, meaning: str, unit: str = "base currency") -> Column:
    return Column(name, "number", unit, meaning)


def _share(name: str, meaning: str) -> Column:
    return Column(name, "share", "share", meaning)


NODE = Column("node", "count", "", "node of the tree: what is known")
MONTH = Column("month", "month", "", "first month of the period")
POOL = _text("undertaking", "undertaking that binds it; blank: free")
OFFER = _text("offer", "offer")
SUPPLIER = _text("supplier", "supplier")
COUNTRY = _text("country", "supplier's country")
MATERIAL = _text("material", "material")
SEGMENT = _text("segment", "product line")
DESIGN = _text("design", "design")
FUTURE = _text("future", "future")
YEAR = _text("year", "financial year")

COST_KINDS: dict[str, str] = {
    "application": "application fees, now",
    "signing": "signing fees, now",
    "reservation": "reservation fees, now",
    "purchase": "landed price of what arrives",
    "deposit": "deposits lost on what is not released",
    "conversion": "conversion at plants",
    "holding": "holding of stock",
    "design": "extra cost of designs",
    "qualification": "qualification of designs",
    "expansion": "expansion of capacity",
    "efficiency": "efficiency lost",
    "shortage": "units not built",
    "delay": "units built late",
    "salvage": "credit for stock at the horizon's end",
}
"""Every kind of cost and what it is."""

CASH_KINDS = frozenset(COST_KINDS) - {"efficiency", "shortage", "delay", "salvage"}
"""Those that are paid in cash, and count against budgets."""

PLAN_TABLES: tuple[PlanTable, ...] = (
    PlanTable(
        "now_decisions",
        "Do now",
        "what must be decided before the first period, taken or not",
        ("decision", "item"),
        (
            _text("decision", "apply (for a licence), sign (an offer) or keep (capacity of an offer)"),
            _text("item", "licence or offer"),
            Column("taken", "flag", "", "whether the plan does it"),
            Column("kg_per_period", "number", "kg/period", "capacity kept"),
            _money("cost", "fee paid now"),
            SUPPLIER,
            MATERIAL,
            POOL,
        ),
    ),
    PlanTable(
        "orders",
        "Orders",
        "what is ordered",
        ("node", "offer"),
        (
            NODE,
            MONTH,
            OFFER,
            SUPPLIER,
            COUNTRY,
            MATERIAL,
            _text("licence", "licence that it needs"),
            POOL,
            _kg("kg", "ordered"),
            _money("landed_price_per_kg", "price with freight, duty and currency", "base currency/kg"),
            Column("arrives", "month", "", "period in which it arrives"),
        ),
    ),
    PlanTable(
        "arrivals",
        "Arrivals",
        "what arrives of orders and open orders, and what is not released",
        ("node", "offer", "origin"),
        (
            NODE,
            MONTH,
            OFFER,
            _text("origin", "order, or open order (placed before the horizon)"),
            SUPPLIER,
            COUNTRY,
            MATERIAL,
            POOL,
            _kg("ordered_kg", "ordered"),
            _kg("released_kg", "released and arrived"),
            _kg("withheld_kg", "not released: never arrives"),
            _money("purchase_cost", "landed price of what arrives"),
            _money("deposit_lost", "deposit lost on what is not released"),
        ),
    ),
    PlanTable(
        "stock",
        "Stock",
        "stock at the period's end",
        ("node", "material", "undertaking"),
        (NODE, MONTH, MATERIAL, POOL, _kg("kg", "in stock"), _money("holding_cost", "of the period")),
    ),
    PlanTable(
        "cover",
        "Days of cover",
        "how long stock lasts from the period's end on, if nothing more came in; no row: none there, none needed",
        ("node", "material"),
        (
            NODE,
            MONTH,
            MATERIAL,
            _kg("kg", "in stock in all pools"),
            Column("kg_per_day", "number", "kg/day", "used in the next period, on average over what may follow"),
            Column("days", "number", "days", "that the stock lasts at this rate; blank: none is used"),
        ),
    ),
    PlanTable(
        "moves",
        "Moves into a pool",
        "free feedstock moved into a pool, so that it can be converted with bound material",
        ("node", "material", "undertaking"),
        (NODE, MONTH, MATERIAL, POOL, _kg("kg", "moved from free")),
    ),
    PlanTable(
        "conversion",
        "Conversion",
        "what plants make",
        ("node", "conversion", "undertaking"),
        (
            NODE,
            MONTH,
            _text("conversion", "process"),
            SUPPLIER,
            COUNTRY,
            MATERIAL,
            POOL,
            _kg("kg", "made"),
            _money("cost", "of conversion"),
        ),
    ),
    PlanTable(
        "expansion",
        "Expansion",
        "steps of capacity decided",
        ("node", "expansion"),
        (
            NODE,
            MONTH,
            _text("expansion", "step of capacity"),
            _text("scope", "offer or conversion"),
            _text("target", "what it expands"),
            Column("steps", "count", "steps", "decided in the period"),
            Column("kg_per_period", "number", "kg/period", "capacity added"),
            Column("available", "month", "", "first period with the capacity"),
            _money("cost", "paid in the period of the decision"),
        ),
    ),
    PlanTable(
        "qualification",
        "Qualification",
        "designs whose qualification starts",
        ("node", "design"),
        (
            NODE,
            MONTH,
            DESIGN,
            SEGMENT,
            Column("usable", "month", "", "first period in which it can be built; blank: after the horizon"),
            _money("cost", "paid in the period of the decision"),
        ),
    ),
    PlanTable(
        "build",
        "Build and substitutes",
        "units built, by design",
        ("node", "design"),
        (
            NODE,
            MONTH,
            SEGMENT,
            DESIGN,
            _units("units", "built"),
            Column("efficiency_loss_pp", "number", "percentage points", "efficiency lost in each"),
            _money("design_cost", "extra cost of the design"),
            _money("efficiency_cost", "of the efficiency lost"),
        ),
    ),
    PlanTable(
        "magnets",
        "Magnets used",
        "from which pool the magnets of what is built come",
        ("node", "design", "material", "undertaking"),
        (NODE, MONTH, SEGMENT, DESIGN, MATERIAL, POOL, _kg("kg", "used")),
    ),
    PlanTable(
        "shortage",
        "Demand met",
        "demand of each segment and what becomes of it",
        ("node", "segment"),
        (
            NODE,
            MONTH,
            SEGMENT,
            _units("demand", "asked for in the period"),
            _units("built", "built in the period"),
            _units("lost", "given up"),
            _units("late", "waiting at the period's end"),
            _money("shortage_cost", "margin lost"),
            _money("delay_cost", "of waiting"),
        ),
    ),
    PlanTable(
        "stops",
        "Shortage",
        "which lines stop first in each future, and what that costs; lines that never stop are left out",
        ("future", "segment"),
        (
            FUTURE,
            SEGMENT,
            Column("first_shortage", "month", "", "first period in which units are lost or wait"),
            _units("demand", "asked for over the horizon"),
            _units("lost", "given up over the horizon"),
            _units("late", "still waiting at its end"),
            _share("service", "demand built by the horizon's end"),
            _money("shortage_cost", "margin lost"),
            _money("delay_cost", "of waiting"),
        ),
    ),
    PlanTable(
        "futures",
        "Futures",
        "what each future comes to",
        ("future",),
        (
            FUTURE,
            _share("probability", "of the future"),
            _money("cost", "discounted cost"),
            _share("service", "demand built by the horizon's end"),
            Column("first_shortage", "month", "", "first period in which units are lost or wait; blank: none"),
            _units("lost", "given up over the horizon"),
            _units("late", "still waiting at its end"),
        ),
    ),
    PlanTable(
        "costs",
        "Costs",
        "cost by kind, future and financial year",
        ("future", "year", "kind"),
        (
            FUTURE,
            YEAR,
            _text("kind", "kind of cost"),
            Column("cash", "flag", "", "whether it counts against budgets"),
            _money("amount", "undiscounted"),
            _money("discounted", "discounted to the first period"),
        ),
    ),
    PlanTable(
        "sourcing",
        "Sourcing",
        "share of arrivals (offers, open orders, conversions) by country and class",
        ("future", "year", "class", "country"),
        (
            FUTURE,
            YEAR,
            _text("class", "material class"),
            COUNTRY,
            _kg("kg", "arrived"),
            _share("share", "of the class's arrivals in that future and year"),
        ),
    ),
    PlanTable(
        "limits_used",
        "Limits and values",
        "how near the plan comes to its limits: where nine tenths or more are used, and where each is tightest",
        ("node", "kind", "item", "window", "side"),
        (
            NODE,
            MONTH,
            _text("kind", "what is limited"),
            _text("item", "limit, financial year, product line, material, supplier, offer, plant or design"),
            _text("window", "what the limit counts: the period, a financial year or the horizon, up to this month"),
            _text("side", "at most or at least"),
            Column("used", "number", "", "what the plan uses, in the unit beside it"),
            Column("limit", "number", "", "what it may or must use"),
            Column("slack", "number", "", "what is left until the limit binds"),
            _text("unit", "unit of these figures"),
            Column("binds", "flag", "", "whether the plan goes up to the limit"),
        ),
    ),
    PlanTable(
        "certificates",
        "Certificates",
        "what arrives under each undertaking and who its end user is, first in, first out: the annex of a certificate",
        ("future", "undertaking", "month", "material", "supplier", "segment"),
        (
            FUTURE,
            _text("undertaking", "undertaking that binds the material"),
            Column("month", "month", "", "first month of the period in which it arrives"),
            MATERIAL,
            _text("hs_code", "customs heading of the material"),
            SUPPLIER,
            COUNTRY,
            _text("segment", "product line that uses it, or 'in stock at the end'"),
            _text("sector", "sector of the product line"),
            _text("end_use", "what its products are for"),
            _text("market", "where its products are sold"),
            _kg("kg", "arrived, for this end user"),
        ),
    ),
    PlanTable(
        "values",
        "What more is worth",
        "what one more of anything scarce would save, its whole numbers (what is signed, qualified, placed) held",
        ("what", "item", "when"),
        (
            _text("what", "kind of what is scarce"),
            _text("item", "offer, licence, product line, …"),
            _text("when", "month (of arrival for a clearance), financial year, or the whole horizon"),
            _money("value", "saved by one more in every future, expected, discounted; below 0: it would cost"),
            _text("unit", "what one more is"),
            _text("note", "zero, or holds in one direction only"),
        ),
        on_request="not asked for: solve with --why",
    ),
    PlanTable(
        "not_taken",
        "Decisions not taken",
        "what each decision for now that the plan leaves would cost, the rest planned anew",
        ("decision", "item"),
        (
            _text("decision", "apply (for a licence), sign (an offer) or qualify (a design, in the first period)"),
            _text("item", "licence, offer or design"),
            _money("cost", "how much more the best plan found with it costs"),
            _money("at_least", "what it is proven to cost at least"),
            _money("at_most", "what it costs at most, were the plan itself as good as is not ruled out"),
            Column("cheaper_by", "number", "", "how much less it must cost to be taken, in the unit beside it"),
            _text("unit", "base currency (off the fee), or base currency/kg (off the landed price)"),
            _text("note", "impossible, not tried, or too near to tell"),
        ),
        on_request="not asked for: solve with --why",
    ),
    PlanTable(
        "nodes",
        "Tree of futures",
        "what is known at a period: futures that have looked the same so far share a node",
        ("node",),
        (
            NODE,
            Column("period", "count", "", "number of the period"),
            MONTH,
            Column("parent", "count", "", "node of the period before; blank: the first period"),
            Column("probability", "share", "share", "sum over its futures"),
        ),
    ),
    PlanTable(
        "paths",
        "Futures by node",
        "the node each future is in at each period",
        ("future", "period"),
        (FUTURE, Column("period", "count", "", "number of the period"), MONTH, NODE),
    ),
    PlanTable(
        "changed_cells",
        "Changed cells",
        "cells that the strategy, or the scenario on top of the one it is based on, has changed",
        ("table", "key", "field", "by"),
        (
            _text("table", "table"),
            _text("key", "row"),
            _text("field", "field"),
            _text("old", "before; blank: no value"),
            _text("new", "after; blank: no value"),
            _text("by", "strategy or scenario that changed it"),
            _text("cell", "where the new value stands"),
        ),
    ),
    PlanTable(
        "defaults_taken",
        "Defaults taken",
        "blank cells and what they were taken for",
        ("table", "key", "field"),
        (
            _text("table", "table"),
            _text("key", "row"),
            _text("field", "field"),
            _text("default", "what it was taken for"),
        ),
    ),
)

PLAN_TABLE: dict[str, PlanTable] = {table.name: table for table in PLAN_TABLES}
"""The plan tables by name."""


def by_future(tables: dict[str, pd.DataFrame], name: str) -> pd.DataFrame:
    """A table by node, joined by future: a row for each future that is in the row's node.

    The columns are `future` and those of the table; rows are in order of future and then as they stood.
    """
    paths = tables["paths"][["future", "node"]]
    order = {future: place for place, future in enumerate(tables["futures"]["future"])}
    joined = paths.merge(tables[name], on="node", how="inner", sort=False)
    joined = joined.iloc[joined["future"].map(order).argsort(kind="stable")]
    return joined.reset_index(drop=True)

"""The schema: every table of a scenario, its fields, units, defaults and references.

Each table is a frozen pydantic model of one of its rows. Reader, checks, template, drop-downs,
defaults and the reference page are all made from these declarations; nothing of them is said elsewhere.
Tables stand in the order of thought: what is asked, what is bought, what is made, what may happen.
"""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from planner.scenario.fields import (
    LARGEST_FACTOR,
    Amount,
    Count,
    Decision,
    EventKind,
    EventScope,
    ExpandDecision,
    ExpansionScope,
    ExpansionSteps,
    FinancialYear,
    Integer,
    LimitScope,
    Mass,
    MaterialClass,
    Month,
    MonthNumber,
    Name,
    Names,
    PeriodMonths,
    Periods,
    Positive,
    PositiveMass,
    Probability,
    Rate,
    Share,
    Steps,
    Tail,
    Window,
    YesNo,
    column,
)


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


class Settings(Record):
    """What is asked: one row a setting, its name and its value."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True

    title: Name = column("what the scenario is")
    based_on: Name | None = column(
        "a named scenario whose rows this one changes row by row (folders only)", default=None, blank="(none)"
    )
    currency: Name = column("base currency", unit="ISO 4217", default="INR")
    start: Month = column("first month of the first period", unit="YYYY-MM")
    periods: Periods = column("number of periods")
    period_months: PeriodMonths = column("length of a period: 1, 3, 6 or 12", unit="months", default=3)
    year_start_month: MonthNumber = column("first month of the financial year, 1 to 12", default=4)
    discount_rate: Rate = column("rate at which later costs count less", unit="share/year", default=0.0)
    risk_weight: Share = column("lambda: weight of the CVaR against the expected cost", default=0.0)
    risk_tail: Tail = column("alpha, up to 0.999: CVaR is the mean of the worst 1 - alpha", default=0.9)
    salvage_share: Share = column("credit for stock at the horizon's end", unit="share of value", default=0.0)
    futures: Count = column("0: the table futures; above 0: that many futures made from the climates", default=0)
    courses: Steps = column(
        "courses sampled from the climates before they are reduced to that many futures", default=1000
    )
    seed: Integer = column("of the sampling", default=1)


class Currency(Row):
    """Currencies of offers other than the base currency, which is 1 and needs no row."""

    currency: Name = column("currency of an offer", unit="ISO 4217", key=True)
    rate: Positive = column("what one unit of it costs", unit="base currency per unit")


class Material(Row):
    """Magnet grades and feedstocks (oxide, metal, alloy)."""

    required_table: ClassVar[bool] = True

    material: Name = column("a magnet grade or a feedstock", key=True)
    class_: MaterialClass = column("the class that limits speak of", alias="class")
    hs_code: Name | None = column("customs heading, for the certificate annex", default=None, blank="(none)")
    value_per_kg: Amount = column("book value; used for salvage", unit="base currency/kg", default=0.0)
    holding_cost_per_kg: Amount = column(
        "storage and capital cost of stock at a period's end", unit="base currency/kg/period", default=0.0
    )
    max_stock_kg: Mass | None = column("storage limit over all pools", unit="kg", default=None, blank="unlimited")
    min_stock_kg: Mass = column(
        "safety stock over all pools at every period's end from min_stock_from on", unit="kg", default=0.0
    )
    min_stock_from: Month | None = column(
        "first period at whose end the safety stock must be there", default=None, blank="first period"
    )


class Stock(Row):
    """Opening stock."""

    material: Name = column("what lies in stock when the first period begins", key=True, ref="materials")
    undertaking: Name | None = column(
        "the undertaking that the stock is bound by", key=True, ref="undertakings", default=None, blank="(free)"
    )
    kg: Mass = column("how much", unit="kg")


class Undertaking(Row):
    """What a buyer promises for a licence: an end-user certificate, a no-re-export guarantee."""

    undertaking: Name = column("the promise", key=True)
    barred_markets: Names = column(
        "markets that material under it may not go to, separated by ;",
        ref="segments.market",
        default=(),
        blank="(none)",
    )
    barred_end_uses: Names = column(
        "end uses that material under it may not go to, separated by ;",
        ref="segments.end_use",
        default=(),
        blank="(none)",
    )


class Licence(Row):
    """Export licences that can be applied for."""

    licence: Name = column("an export licence", key=True)
    application_fee: Amount = column("paid once, now, when it is applied for", unit="base currency", default=0.0)
    undertaking: Name | None = column(
        "the undertaking that binds all material bought under it", ref="undertakings", default=None, blank="(free)"
    )
    clearance: Share = column(
        "share of an order that is released on arrival, where no event says otherwise", unit="share", default=1.0
    )
    decision: Decision = column("must: applied for; never: not applied for", default="free")


class Supplier(Row):
    """Who sells, and where from."""

    required_table: ClassVar[bool] = True

    supplier: Name = column("who sells", key=True)
    country: Name = column("where it ships from; counts in limits")
    max_kg_per_period: Mass | None = column(
        "what it can take as orders over all its offers in a period",
        unit="kg/period",
        default=None,
        blank="unlimited",
    )


class Offer(Row):
    """Prices at which suppliers sell materials: spot quotes and contract options."""

    required_table: ClassVar[bool] = True

    offer: Name = column("a price at which a supplier sells a material", key=True)
    supplier: Name = column("who sells", ref="suppliers")
    material: Name = column("what is sold", ref="materials")
    price_per_kg: Amount = column("price before freight and duty", unit="offer currency/kg")
    currency: Name | None = column(
        "currency of price and freight", ref="currencies", default=None, blank="base currency"
    )
    freight_per_kg: Amount = column("freight to the plant", unit="offer currency/kg", default=0.0)
    duty_rate: Rate = column("customs duty", unit="share of price + freight", default=0.0)
    lead_periods: Count = column("from order to arrival", unit="periods", default=0)
    from_: Month | None = column(
        "first period in which it can be ordered", default=None, blank="first period", alias="from"
    )
    until: Month | None = column("last period in which it can be ordered", default=None, blank="last period")
    max_kg_per_period: Mass = column("largest order in a period", unit="kg/period")
    min_order_kg: Mass = column("an order is nothing or at least this (MOQ)", unit="kg", default=0.0)
    commit_kg_per_period: Mass = column(
        "take-or-pay: once signed, at least this is ordered in every period of from..until "
        "whose order can still arrive",
        unit="kg/period",
        default=0.0,
    )
    signing_fee: Amount = column("paid once, now, when it is signed", unit="base currency", default=0.0)
    deposit_share: Share = column(
        "share of the price that is lost on what is not released", unit="share of price", default=0.0
    )
    reservation_fee_per_kg: Amount | None = column(
        "paid once, now, for each kg/period of capacity kept; orders stay within what is kept",
        unit="base currency/(kg/period)",
        default=None,
        blank="(no reservation)",
    )
    licence: Name | None = column("the licence that it needs", ref="licences", default=None, blank="(none)")
    undertaking: Name | None = column(
        "what binds the material where it is not the licence's undertaking "
        "(Chinese content in a magnet made elsewhere)",
        ref="undertakings",
        default=None,
        blank="(the licence's)",
    )
    group: Name | None = column("at most one offer of a group is signed", default=None, blank="(none)")
    decision: Decision = column(
        "must: signed; never: not signed; free: signed where it pays. An offer with a signing fee, a commitment, a "
        "group, a licence, or must or never here must be signed, now, before anything is ordered under it; any other "
        "needs no signature and can be ordered under at once",
        default="free",
    )


class OpenOrder(Row):
    """Orders placed before the horizon that are still to arrive."""

    offer: Name = column("the offer it was placed under", key=True, ref="offers")
    period: Month = column("when it arrives", key=True)
    kg: Mass = column(
        "how much; released by the same clearance as the offer's other arrivals, paid for as released", unit="kg"
    )


class Conversion(Row):
    """Processes at plants that make a material from others."""

    conversion: Name = column("a process at a plant", key=True)
    supplier: Name = column("whose plant it is; its country counts in limits", ref="suppliers")
    material: Name = column("what it makes", ref="materials")
    cost_per_kg: Amount = column("cost of conversion", unit="base currency/kg made", default=0.0)
    max_kg_per_period: Mass = column("capacity before any expansion", unit="kg made/period")
    from_: Month | None = column("first period in which it runs", default=None, blank="first period", alias="from")
    until: Month | None = column("last period in which it runs", default=None, blank="last period")


class ConversionInput(Row):
    """What a conversion takes in."""

    conversion: Name = column("the conversion", key=True, ref="conversions")
    material: Name = column("what it takes in", key=True, ref="materials")
    kg_per_kg: Positive = column("how much of it", unit="kg in/kg made")


class Expansion(Row):
    """Steps of capacity that can be bought."""

    expansion: Name = column("a step of capacity", key=True)
    scope: ExpansionScope = column("what it expands: an offer or a conversion")
    target: Name = column("the offer or conversion", ref="scope")
    step_kg_per_period: PositiveMass = column("capacity that a step adds", unit="kg/period/step")
    max_steps: ExpansionSteps = column("over the whole horizon", unit="steps", default=1)
    cost_per_step: Amount = column("paid in the period of the decision", unit="base currency/step")
    lead_periods: Count = column("from decision to capacity", unit="periods", default=0)
    from_: Month | None = column(
        "first period in which it can be decided", default=None, blank="first period", alias="from"
    )
    until: Month | None = column("last period in which it can be decided", default=None, blank="last period")
    decision: ExpandDecision = column("never: not decided", default="free")


class Segment(Row):
    """Product lines, each sold to one market: what magnets are needed for."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True

    segment: Name = column("a product line sold to one market", key=True)
    sector: Name | None = column("the sector it belongs to", default=None, blank="(none)")
    market: Name = column("where its products are sold")
    end_use: Name = column("what they are for: civil, defence, …; what undertakings bar", default="civil")
    shortage_cost_per_unit: Amount = column("margin lost for a unit not built", unit="base currency/unit")
    delay_cost_per_unit: Amount | None = column(
        "a unit not built in its period may wait at this cost a period; blank: it is lost",
        unit="base currency/unit/period",
        default=None,
        blank="(no backlog)",
    )
    max_units_per_period: Amount | None = column(
        "assembly capacity", unit="units/period", default=None, blank="unlimited"
    )
    min_service: Share = column(
        "least share of the horizon's demand built by its end, in every future", unit="share", default=0.0
    )
    efficiency_cost_per_pp: Amount = column(
        "what a percentage point of motor efficiency lost costs per unit (battery, energy, warranty)",
        unit="base currency/unit/percentage point",
        default=0.0,
    )
    max_efficiency_loss_pp: Amount | None = column(
        "largest average loss over the units built in a period",
        unit="percentage points",
        default=None,
        blank="unlimited",
    )


class Demand(Row):
    """Units asked for: one column a period, each named by the period's first month."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True
    period_columns: ClassVar[str | None] = "units"

    segment: Name = column("the product line", key=True, ref="segments")
    units: dict[Month, Amount] = column("units asked for in the period", unit="units")


class Design(Row):
    """Ways to build a segment's product: which magnets, how many, at what loss of efficiency."""

    required_table: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True

    design: Name = column("a way to build a segment's product", key=True)
    segment: Name = column("the product line", ref="segments")
    efficiency_loss_pp: Amount = column("against the segment's best design", unit="percentage points", default=0.0)
    extra_cost_per_unit: Amount = column("cost above the best design's", unit="base currency/unit", default=0.0)
    max_share: Share = column(
        "most of the period's demand that it can serve", unit="share of the period's demand", default=1.0
    )
    qualified: YesNo = column("yes: can be built from the first period on", default="yes")
    qualification_cost: Amount = column("paid in the period of the decision", unit="base currency", default=0.0)
    qualification_periods: Count = column("from decision to first unit", unit="periods", default=0)
    decision: Decision = column("must: qualified in the first period; never: not built at all", default="free")


class DesignMaterial(Row):
    """Magnets of a design; a design with no row here needs no magnet."""

    design: Name = column("the design", key=True, ref="designs")
    material: Name = column("a magnet in it", key=True, ref="materials")
    kg_per_unit: Positive = column("how much of it", unit="kg/unit")


class Future(Row):
    """Courses that licences and markets may take."""

    future: Name = column("a course", key=True)
    probability: Probability = column("they add up to 1")


class Event(Row):
    """What happens in a future."""

    event: Name = column("what happens", key=True)
    future: Name = column("the future in which it happens; * for every future", ref="futures")
    kind: EventKind = column("what it changes")
    scope: EventScope = column(
        "clearance: licence or all; price: country, supplier, offer, material or all; "
        "capacity: country, supplier, offer, conversion or all; demand: sector, market, segment or all"
    )
    target: Name | None = column("the name within the scope", ref="scope", default=None, blank="(all)")
    from_: Month | None = column("first period in which it holds", default=None, blank="first period", alias="from")
    until: Month | None = column("last period in which it holds", default=None, blank="last period")
    value: Amount = column(
        "clearance: the released share itself (of the rows that apply, the one furthest down the table holds); "
        f"the others: a factor up to {LARGEST_FACTOR:g} (all that apply multiply)"
    )


class Climate(Row):
    """Political climates: Markov chains whose states move licences, prices, capacities and demand together."""

    climate: Name = column("a political climate", key=True)
    state: Name = column("freeze, trickle, …", key=True)
    start_probability: Share = column("of the first period; they add up to 1 over a climate's states")


class ClimateMove(Row):
    """How climates move from period to period."""

    climate: Name = column("the climate", key=True, ref="climates")
    state: Name = column("the state it is in", key=True, ref="climates.state")
    next_state: Name = column("the state it moves to", key=True, ref="climates.state")
    probability: Share = column("they add up to 1 over the next states", unit="per period")


class ClimateEffect(Row):
    """What holds while a climate's state lasts, as if an event said so."""

    climate: Name = column("the climate", key=True, ref="climates")
    state: Name = column("the state", key=True, ref="climates.state")
    kind: EventKind = column("as in events", key=True)
    scope: EventScope = column("as in events", key=True)
    target: Name | None = column("as in events", key=True, ref="scope", default=None, blank="(all)")
    value: Amount = column("as in events")


class Limit(Row):
    """Shares of all arrivals that a country or supplier must or may have."""

    limit: Name = column("a limit", key=True)
    scope: LimitScope = column("what the target is: a country or a supplier")
    target: Name = column("the country or supplier", ref="scope")
    class_: MaterialClass | None = column(
        "the material class whose arrivals it counts", default=None, blank="(all but feedstock)", alias="class"
    )
    per: Window = column("the window in which shares are taken; year: the financial year", default="horizon")
    from_: Month | None = column("arrivals before it do not count", default=None, blank="first period", alias="from")
    until: Month | None = column("arrivals after it do not count", default=None, blank="last period")
    min_share: Share = column("least share of arrivals", unit="share of kg", default=0.0)
    max_share: Share = column("largest share of arrivals", unit="share of kg", default=1.0)


class Budget(Row):
    """Cash that may be spent in a financial year, in every future."""

    year: FinancialYear = column(
        "the financial year that ends in March 2027 is FY27", unit="financial year (FY27)", key=True
    )
    max_spend: Amount = column("cash spent in the year", unit="base currency")


class Strategy(Row):
    """Named sets of changes to the scenario's cells, to solve with: planner solve my.xlsx --strategy NAME."""

    strategy: Name = column("a named set of changes", key=True)
    table: Name = column("the table that it changes", key=True)
    key: Name = column("the row: its key; parts of a compound key joined by /", key=True)
    field: Name = column("the field that it changes", key=True)
    value: typing.Any = column("what it is set to", default=None, blank="(blank)")


@dataclass(frozen=True)
class Field:
    """A field as the rest of the program asks about it."""

    name: str
    attribute: str
    meaning: str
    unit: str
    key: bool
    ref: str | None
    required: bool
    default: Any
    blank: str | None
    choices: tuple[str, ...]
    kind: str
    """'text', 'number', 'whole', 'month', 'list' or 'any': how a cell of it is written and formatted."""

    @property
    def default_text(self) -> str:
        """What a blank cell means, in words; '' for a required field."""
        if self.required:
            return ""
        return (
            self.blank
            if self.blank is not None
            else f"{self.default:g}"
            if _is_number(self.default)
            else str(self.default)
        )


@dataclass(frozen=True)
class Table:
    """A table as the rest of the program asks about it."""

    name: str
    row: type[Record]
    meaning: str
    required: bool
    needs_rows: bool
    fields: dict[str, Field]
    period_columns: str | None

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the fields that make up the key."""
        return tuple(field.name for field in self.fields.values() if field.key)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: dict[Any, str] = {
    typing.Any: "any",
    dict[Month, Amount]: "number",
    Month: "month",
    Names: "list",
    **dict.fromkeys((Count, Steps, ExpansionSteps, Periods, Integer, MonthNumber, PeriodMonths), "whole"),
    **dict.fromkeys((Amount, Positive, Mass, PositiveMass, Share, Rate, Tail, Probability), "number"),
}


def _bare(annotation: Any) -> Any:
    """The annotation without '| None'; of columns a period, that of one such column."""
    if typing.get_origin(annotation) is dict:
        return typing.get_args(annotation)[1]
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return next(part for part in typing.get_args(annotation) if part is not type(None))
    return annotation


def _choices(annotation: Any) -> tuple[str, ...]:
    inner = typing.get_args(annotation)[:1] if typing.get_origin(annotation) is typing.Annotated else ()
    return typing.get_args(inner[0]) if inner and typing.get_origin(inner[0]) is typing.Literal else ()


def _field(attribute: str, annotation: Any, info: FieldInfo) -> Field:
    extra: dict[str, Any] = typing.cast(dict[str, Any], info.json_schema_extra)
    bare = _bare(annotation)
    return Field(
        name=info.alias or attribute,
        attribute=attribute,
        meaning=info.description or "",
        unit=extra["unit"],
        key=extra["key"],
        ref=extra["ref"],
        required=info.is_required(),
        default=None if info.is_required() else info.default,
        blank=extra["blank"],
        choices=_choices(bare),
        kind=_KINDS.get(bare, "text"),
    )


def _table(name: str, row: type[Record]) -> Table:
    hints = typing.get_type_hints(row, include_extras=True)
    # A subclass's own fields come first, the shared 'source' and 'note' last.
    own = [a for a in row.model_fields if a not in Row.model_fields]
    shared = [a for a in row.model_fields if a in Row.model_fields]
    fields = [_field(a, hints[a], row.model_fields[a]) for a in own + shared]
    return Table(
        name=name,
        row=row,
        meaning=(row.__doc__ or "").strip(),
        required=row.required_table,
        needs_rows=row.needs_rows,
        fields={field.name: field for field in fields},
        period_columns=row.period_columns,
    )


ROWS: dict[str, type[Record]] = {
    "settings": Settings,
    "segments": Segment,
    "demand": Demand,
    "designs": Design,
    "design_materials": DesignMaterial,
    "materials": Material,
    "stock": Stock,
    "currencies": Currency,
    "suppliers": Supplier,
    "undertakings": Undertaking,
    "licences": Licence,
    "offers": Offer,
    "open_orders": OpenOrder,
    "conversions": Conversion,
    "conversion_inputs": ConversionInput,
    "expansions": Expansion,
    "futures": Future,
    "events": Event,
    "climates": Climate,
    "climate_moves": ClimateMove,
    "climate_effects": ClimateEffect,
    "limits": Limit,
    "budgets": Budget,
    "strategies": Strategy,
}

EVENT_SCOPES_BY_KIND: dict[str, tuple[str, ...]] = {
    "clearance": ("licence", "all"),
    "price": ("country", "supplier", "offer", "material", "all"),
    "capacity": ("country", "supplier", "offer", "conversion", "all"),
    "demand": ("sector", "market", "segment", "all"),
}
"""Which scopes an event of a kind may have."""


@functools.cache
def tables() -> dict[str, Table]:
    """All tables by name, in the order of thought."""
    return {name: _table(name, row) for name, row in ROWS.items()}

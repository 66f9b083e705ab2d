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
from typing import Any

from pydantic.fields import FieldInfo

from planner.scenario.fields import (
    Amount,
    Count,
    ExpansionSteps,
    Integer,
    Mass,
    Month,
    MonthNumber,
    Names,
    PeriodMonths,
    Periods,
    Positive,
    PositiveMass,
    PositiveShare,
    Probability,
    Rate,
    Share,
    Steps,
    Tail,
)
from planner.scenario.rows.asked import Demand, Design, DesignMaterial, Promise, Segment, Settings
from planner.scenario.rows.base import Record, Row
from planner.scenario.rows.bought import (
    Currency,
    FixedOrder,
    Licence,
    Material,
    Offer,
    OpenApplication,
    OpenOrder,
    Stock,
    Supplier,
    Undertaking,
)
from planner.scenario.rows.made import Conversion, ConversionInput, Expansion, OpenExpansion
from planner.scenario.rows.may_happen import Climate, ClimateEffect, ClimateMove, Event, Future
from planner.scenario.rows.ruled import Budget, Limit, Panel, Strategy

__all__ = [
    "EVENT_SCOPES_BY_KIND", "ROWS", "Budget", "Climate", "ClimateEffect", "ClimateMove", "Conversion",
    "ConversionInput", "Currency", "Demand", "Design", "DesignMaterial", "Event", "Expansion", "Field", "FixedOrder",
    "Future", "Licence", "Limit", "Material", "Offer", "OpenApplication", "OpenExpansion", "OpenOrder", "Panel",
    "Promise", "Record", "Row", "Segment", "Settings", "Stock", "Strategy", "Supplier", "Table", "Undertaking",
    "table_of", "tables",
]  # fmt: skip


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
    **dict.fromkeys((Amount, Positive, Mass, PositiveMass, Share, PositiveShare, Rate, Tail, Probability), "number"),
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


def table_of(name: str, row: type[Record]) -> Table:
    """The table whose rows are of a type."""
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
    "promises": Promise,
    "designs": Design,
    "design_materials": DesignMaterial,
    "materials": Material,
    "stock": Stock,
    "currencies": Currency,
    "suppliers": Supplier,
    "undertakings": Undertaking,
    "licences": Licence,
    "open_applications": OpenApplication,
    "offers": Offer,
    "open_orders": OpenOrder,
    "fixed_orders": FixedOrder,
    "conversions": Conversion,
    "conversion_inputs": ConversionInput,
    "expansions": Expansion,
    "open_expansions": OpenExpansion,
    "futures": Future,
    "events": Event,
    "climates": Climate,
    "climate_moves": ClimateMove,
    "climate_effects": ClimateEffect,
    "limits": Limit,
    "panels": Panel,
    "budgets": Budget,
    "strategies": Strategy,
}

EVENT_SCOPES_BY_KIND: dict[str, tuple[str, ...]] = {
    "clearance": ("licence", "all"),
    "price": ("country", "supplier", "offer", "material", "all"),
    "capacity": ("country", "supplier", "offer", "conversion", "design", "all"),
    "demand": ("sector", "market", "segment", "all"),
}
"""Which scopes an event of a kind may have."""


@functools.cache
def tables() -> dict[str, Table]:
    """All tables by name, in the order of thought."""
    return {name: table_of(name, row) for name, row in ROWS.items()}

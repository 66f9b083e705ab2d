"""A cell of a scenario as the command line names it, and the break-even of any cell for any decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.errors import UsageError
from planner.model.tiling import Label
from planner.scenario.columns import cell_kind
from planner.scenario.fields import nearest, shown
from planner.scenario.keys import field_names, is_month, key_fields, key_text, parsed
from planner.scenario.load import Loaded
from planner.scenario.raw import RawRow
from planner.scenario.tables import tables
from planner.valuation.break_even import Choice, Sought, find_break_even
from planner.valuation.inquiry import Inquiry
from planner.valuation.question import Cell

_TIMES = 4.0
"""Values are looked for up to so many times the cell's own, where the field has no upper end itself."""


@dataclass(frozen=True)
class NamedCell:
    """A cell: table, key (its parts joined by '/') and field; for a setting the field is 'value'."""

    table: str
    key: str
    field: str

    @property
    def name(self) -> str:
        """As it is typed."""
        return f"{self.table}/{self.key}/{self.field}"

    def to(self, value: Any) -> Cell:
        """The cell with a value."""
        return (self.table, self.key, self.field, value)


def named_cell(loaded: Loaded, text: str) -> NamedCell:
    """The cell that TABLE/KEY/FIELD names in a scenario; raises UsageError where there is none."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) < 3:
        raise UsageError(f"{shown(text)} does not name a cell: type TABLE/KEY/FIELD, such as offers/O1/price_per_kg.")
    table, key, field = parts[0].casefold(), "/".join(parts[1:-1]), parts[-1]
    if table not in tables():
        raise UsageError(f"{shown(parts[0])} is not a table. {nearest(parts[0], tables())}")
    field = field if is_month(field) else field.casefold()
    known = field_names(table)
    if field not in known and not (is_month(field) and tables()[table].period_columns):
        raise UsageError(f"{shown(field)} is not a field of {table}. {nearest(field, known)}")
    if field in key_fields(table):
        raise UsageError(f"{field} is part of the key of {table}: it cannot be changed.")
    if table == "settings":
        key = key.casefold()
        if key not in tables()[table].fields:
            raise UsageError(f"{shown(key)} is not a setting. {nearest(key, tables()[table].fields)}")
    else:
        keys = [key_text(table, row.cells) for row in _rows(loaded, table)]
        if key not in keys:
            raise UsageError(f"{table} has no row {shown(key)}. {nearest(key, keys)}")
    return NamedCell(table, key, field)


def _rows(loaded: Loaded, table: str) -> list[RawRow]:
    held = loaded.raw.tables.get(table)
    return list(held.data_rows()) if held else []


def _typed(cell: NamedCell) -> tuple[str, str]:
    """The table and field that say what values a cell may have."""
    return cell.table, cell.key if cell.table == "settings" else cell.field


def value_of(loaded: Loaded, cell: NamedCell) -> Any:
    """What a cell says, or what a blank one means; None where that is no number."""
    row = next((row for row in _rows(loaded, cell.table) if key_text(cell.table, row.cells) == cell.key), None)
    written = None if row is None else row.cells.get(cell.field)
    if written is not None:
        return parsed(*_typed(cell), written)
    field = tables()[cell.table].fields.get(_typed(cell)[1])
    return None if field is None else field.default


def read_value(cell: NamedCell, text: str) -> Any:
    """A value as the command line gives it for a cell; raises UsageError where the cell cannot take it.

    A number stays one; 'blank' blanks the cell.
    """
    if text.strip().casefold() == "blank":
        return None
    value = parsed(*_typed(cell), _number(text))
    if isinstance(value, str) and not isinstance(parsed(*_typed(cell), "x"), str):
        raise UsageError(f"{cell.name} cannot be {shown(text)}.")
    return _number(text)


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text.strip()


def kind_of(loaded: Loaded, cell: NamedCell) -> str:
    """The kind of a cell's values: number, whole, month, text …"""
    if cell.table == "settings":
        return tables()["settings"].fields[cell.key].kind
    rows = [row for row in _rows(loaded, cell.table) if key_text(cell.table, row.cells) == cell.key]
    return cell_kind(tables()[cell.table], cell.field, rows[0])


# --- break-even of a cell for a decision --------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """A decision as the command line names it: KIND/ITEM."""

    kind: str
    item: str


@dataclass(frozen=True)
class BreakEven:
    """Between which values of a cell a decision begins to pay, or ceases to; None: nowhere in the range."""

    cell: str
    decision: Decision
    ends: tuple[float, float]
    now: float | None
    between: tuple[float, float] | None

    @property
    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        between = None if self.between is None else {"low": self.between[0], "high": self.between[1]}
        said = {"cell": self.cell, "kind": self.decision.kind, "item": self.decision.item, "now": self.now}
        return said | {"range": list(self.ends), "break_even": between}


_TABLES = {"apply": "licences", "sign": "offers", "qualify": "designs"}
KINDS = (*_TABLES, "keep", "expand")


def named_decision(loaded: Loaded, text: str) -> Decision:
    """The decision that KIND/ITEM names; raises UsageError where there is none."""
    kind, _, item = (part.strip() for part in text.partition("/"))
    if kind.casefold() not in KINDS or not item:
        raise UsageError(f"{shown(text)} is not a decision: type KIND/ITEM, KIND one of {', '.join(KINDS)}.")
    kind = kind.casefold()
    table = _TABLES.get(kind, "offers" if kind == "keep" else "expansions")
    items = [key_text(table, row.cells) for row in _rows(loaded, table)]
    if item not in items:
        raise UsageError(f"{table} has no row {shown(item)}. {nearest(item, items)}")
    return Decision(kind, item)


@dataclass(frozen=True)
class CellSearch:
    """A cell whose break-even is looked for, and the ends of the range where they are given."""

    cell: NamedCell
    ends: tuple[float, float] | None = None

    def ask(self, inquiry: Inquiry, decision: Decision) -> None:
        """Have it looked for."""
        sought = self._sought(inquiry)
        inquiry.have(self._label(decision), find_break_even, _choice(inquiry, decision), sought)

    def found(self, inquiry: Inquiry, decision: Decision) -> BreakEven:
        """What came out."""
        said = inquiry.answer(self._label(decision)) or {}
        edges = said.get("break_even")
        between = None if edges is None else (edges["low"], edges["high"])
        now = value_of(inquiry.loaded, self.cell)
        number = float(now) if isinstance(now, int | float) else None
        return BreakEven(self.cell.name, decision, self._sought(inquiry).ends, number, between)

    def _label(self, decision: Decision) -> str:
        return f"{self.cell.name} for {decision.kind} {decision.item}"

    def _sought(self, inquiry: Inquiry) -> Sought:
        kind = kind_of(inquiry.loaded, self.cell)
        if kind not in ("number", "whole"):
            raise UsageError(f"{self.cell.name} is not a number: it has no break-even.")
        now = value_of(inquiry.loaded, self.cell)
        ends = self.ends or self._range(now)
        start = float(now) if isinstance(now, int | float) else ends[0]
        cell = (self.cell.table, self.cell.key, self.cell.field)
        return Sought(self.cell.name, ends, start, cell, whole=kind == "whole")

    def _range(self, now: Any) -> tuple[float, float]:
        """From 0 to the end of the field's range, else to some times what the cell says."""
        is_share = isinstance(parsed(*_typed(self.cell), 1.5), str) and kind_takes_one(self.cell)
        if is_share:
            return 0.0, 1.0
        if not isinstance(now, int | float) or now <= 0:
            raise UsageError(f"{self.cell.name} says no number above 0: name the range with --between LOW HIGH.")
        return 0.0, _TIMES * float(now)


def kind_takes_one(cell: NamedCell) -> bool:
    """Whether a cell may say 1."""
    return not isinstance(parsed(*_typed(cell), 1.0), str)


def _choice(inquiry: Inquiry, decision: Decision) -> Choice:
    """The decision forced and forbidden: by its cell where it has one, else by its variable in the first period."""
    kind, item = decision.kind, decision.item
    if kind in _TABLES:
        cell = (_TABLES[kind], item, "decision")
        return Choice(((*cell, "must"),), ((*cell, "never"),))
    if kind == "expand":
        step: Label = ("expand", (item, 1))
        return Choice(takes=((step, 1.0),), leaves=((step, 0.0),))
    kept = inquiry.base.decisions["keep"].get(item, 0.0)
    if kept <= 0:
        raise UsageError(f"The plan keeps no capacity of {item}: there is nothing to compare with keeping none.")
    label: Label = ("keep", (item,))
    return Choice(takes=((label, kept),), leaves=((label, 0.0),))

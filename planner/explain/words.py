"""What a cell asks or forbids, in a planner's words, and why that cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planner.catalogue.decisions import FIXED_BY_TABLE
from planner.catalogue.limits import BY_CELL, Limit
from planner.explain.quick import Cell
from planner.explain.relax import Elastic
from planner.model.reach import NEVER, Reach
from planner.present.words import listed, percent
from planner.scenario import tables as t
from planner.scenario.fields import plain
from planner.scenario.keys import row_named
from planner.scenario.scenario import Scenario


def asks(elastic: Elastic, cell: Cell) -> str:
    """A clause that follows the cell's address: 'asks for 200 kg of NdFeB-SH in stock from 2026-10 on'."""
    table, key, field = cell
    row = row_named(elastic.scenario, table, key)
    if field == "decision":
        fixed = FIXED_BY_TABLE[table]
        return (fixed.must if row.decision == "must" else fixed.never).format(item=key)
    limit = BY_CELL[table, field]
    said = {"item": key, "row": row, "amount": _amount(elastic.scenario, limit, getattr(row, limit.field))}
    said |= _DETAILS[table](elastic.scenario, row) if table in _DETAILS else {}
    return limit.asks.format(**said) + (_MORE[limit.name](elastic, row) if limit.name in _MORE else "")


def _amount(scenario: Scenario, limit: Limit, value: float) -> str:
    """What a cell says, with its unit."""
    if limit.is_share:
        return percent(value, 1)
    unit = limit.cell_unit.partition("/")[0]
    if unit == "base currency":
        return f"{scenario.settings.currency} {plain(value)}"
    return f"{plain(value)} {unit.removesuffix(' made')}"


# --- what some clauses say more ---------------------------------------------------------------------


def _stocked(scenario: Scenario, row: t.Material) -> dict[str, str]:
    return {"since": row.min_stock_from or scenario.settings.start}


def _shared(scenario: Scenario, row: t.Limit) -> dict[str, str]:
    what = f"{row.class_} material" if row.class_ else "all material but feedstock"
    since = f" from {row.from_} on" if row.from_ else ""
    until = f" until {row.until}" if row.until else ""
    window = "in each financial year" if row.per == "year" else "over the horizon"
    return {"arriving": f"{what} that arrives{since}{until}", "window": window}


_DETAILS: dict[str, Callable[[Scenario, Any], dict[str, str]]] = {"materials": _stocked, "limits": _shared}
"""By table, what its clauses name besides amount and item."""


def _first(elastic: Elastic, row: t.Material) -> str:
    """When the first of a material can be there, and by what."""
    path = elastic.path
    first = Reach(path).first_of(row.material)
    sold = [offer.offer for offer in elastic.scenario.offers if offer.material == row.material]
    by = f" (offers {listed(sold)})" if sold else " (there is no offer of it)"
    if first == NEVER:
        return f"; none of it can ever arrive{by}"
    return f"; the first can be there in {path.calendar.month(first)}{by}" if first > 1 else ""


def _from_target(elastic: Elastic, row: t.Limit) -> str:
    """What can come from a limit's target: its offers and plants, by name."""
    scenario = elastic.scenario
    made = [(o.offer, o.supplier, o.material) for o in scenario.offers]
    made += [(c.conversion, c.supplier, c.material) for c in scenario.conversions]
    names = [name for name, who, what in made if scenario.is_target(row, who) and scenario.counts(row, what)]
    if not names:
        return "; nothing of it is sold or made there"
    return f"; what can come from there: {listed(names)}"


_MORE: dict[str, Callable[[Elastic, Any], str]] = {"safety stock": _first, "least share": _from_target}
"""By limit, why what it asks cannot be had."""

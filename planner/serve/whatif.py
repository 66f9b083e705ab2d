"""What-if: which cells of a scenario a planner may change on the page, and the scenario with them changed.

Changes are laid over the scenario like the rows of a strategy, and what comes out is a workbook of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from planner.errors import InputError, Problem
from planner.scenario.fields import plain
from planner.scenario.overlay import Change, apply_strategy
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Event

FACTOR = "demand factor"
"""Stands in the field of a change that multiplies a product line's demand in every period."""

_COLUMNS = ("strategy", "table", "key", "field", "value")
_OVERLAY = "what-if"


@dataclass(frozen=True)
class Cell:
    """A cell that may be changed: under which heading it is offered, what it is in words, and what it says."""

    group: str
    table: str
    key: str
    field: str
    label: str
    now: str

    @property
    def name(self) -> str:
        """What a form sends for it."""
        return f"{self.table}|{self.key}|{self.field}"


def cells(scenario: Scenario) -> list[dict[str, str]]:
    """The cells offered on the page: prices, clearances, limits, demand, events and the rest of what is often asked."""
    found = (*_prices(scenario), *_clearances(scenario), *_limits(scenario), *_demand(scenario), *_others(scenario))
    return [asdict(cell) | {"name": cell.name} for cell in found]


def _prices(scenario: Scenario) -> Iterator[Cell]:
    for row in scenario.offers:
        currency = row.currency or scenario.settings.currency
        told = f"{row.offer} ({row.supplier}, {row.material})"
        yield Cell(
            "Prices",
            "offers",
            row.offer,
            "price_per_kg",
            f"Price per kg of {told} [{currency}]",
            plain(row.price_per_kg),
        )
    for row in scenario.offers:
        now = plain(row.max_kg_per_period)
        yield Cell("Capacities", "offers", row.offer, "max_kg_per_period", f"Most of {row.offer} [kg a period]", now)


def _clearances(scenario: Scenario) -> Iterator[Cell]:
    for row in scenario.licences:
        label = f"Share released under {row.licence}, where no event says otherwise"
        yield Cell("Clearance", "licences", row.licence, "clearance", label, plain(row.clearance))
    for event in scenario.events:
        group = "Clearance" if event.kind == "clearance" else "Events"
        yield Cell(group, "events", event.event, "value", _event(event), plain(event.value))


def _event(event: Event) -> str:
    target = event.target or "all"
    since = f" from {event.from_}" if event.from_ else ""
    until = f" to {event.until}" if event.until else ""
    where = "in every future" if event.future == "*" else f"in {event.future}"
    what = "share released" if event.kind == "clearance" else f"{event.kind} factor"
    return f"{event.event}: {what}, {target}, {where}{since}{until}"


def _limits(scenario: Scenario) -> Iterator[Cell]:
    for row in scenario.limits:
        what = f"{row.target}'s share of {row.class_ or 'all magnets'} ({row.limit})"
        yield Cell("Share limits", "limits", row.limit, "max_share", f"Largest: {what}", plain(row.max_share))
        yield Cell("Share limits", "limits", row.limit, "min_share", f"Least: {what}", plain(row.min_share))


def _demand(scenario: Scenario) -> Iterator[Cell]:
    for row in scenario.segments:
        yield Cell("Demand", "demand", row.segment, FACTOR, f"Demand for {row.segment}, times", "1")


def _others(scenario: Scenario) -> Iterator[Cell]:
    settings = scenario.settings
    for row in scenario.segments:
        label = f"Least service of {row.segment}"
        yield Cell("Service and risk", "segments", row.segment, "min_service", label, plain(row.min_service))
    for name, told in (
        ("risk_weight", "Weight of the worst futures"),
        ("risk_tail", "Tail: CVaR is of the worst 1 less this"),
    ):
        yield Cell("Service and risk", "settings", name, "value", told, plain(getattr(settings, name)))
    for material in scenario.materials:
        label = f"Safety stock of {material.material} [kg]"
        yield Cell("Stock", "materials", material.material, "min_stock_kg", label, plain(material.min_stock_kg))
    for licence in scenario.licences:
        label = f"Licence {licence.licence}: free, must or never"
        yield Cell("Decisions", "licences", licence.licence, "decision", label, licence.decision)
    for offer in scenario.offers:
        yield Cell(
            "Decisions", "offers", offer.offer, "decision", f"Offer {offer.offer}: free, must or never", offer.decision
        )


def words(change: dict[str, str]) -> str:
    """A change in a line."""
    if change["field"] == FACTOR:
        return f"demand for {change['key']} × {change['value']}"
    field = "" if change["table"] == "settings" else f", {change['field'].replace('_', ' ')}"
    return f"{change['table']} {change['key']}{field}: {change['value'] or 'blank'}"


# --- the changed scenario -------------------------------------------------------------------------


def changed(
    raw: RawScenario, strategy: str | None, changes: Sequence[dict[str, str]]
) -> tuple[RawScenario, list[Change]]:
    """A scenario with a strategy of its own, then `changes`, laid over it; and what the latter changed.

    Raises:
        InputError: a change names no cell, or says what cannot stand there.
        UsageError: the scenario has no such strategy.
    """
    if strategy is not None:
        raw, _, problems = apply_strategy(raw, strategy)
        _refuse(problems)
    own = raw.tables.get("strategies")
    laid, found, problems = apply_strategy(_with_overlay(raw, changes), _OVERLAY)
    _refuse(problems)
    tables = {name: table for name, table in laid.tables.items() if name != "strategies"}
    return replace(laid, tables=tables | ({"strategies": own} if own else {})), found


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(list(problems))


def _with_overlay(raw: RawScenario, changes: Sequence[dict[str, str]]) -> RawScenario:
    rows = [cell for change in changes for cell in _rows(raw, change)]
    listed = [
        RawRow(line, dict(zip(_COLUMNS, (_OVERLAY, *row), strict=True))) for line, row in enumerate(rows, start=1)
    ]
    for row in listed:
        if row.cells["value"] in ("", None):
            del row.cells["value"]
    columns = {name: place for place, name in enumerate(_COLUMNS)}
    table = RawTable("strategies", _OVERLAY, columns, listed, in_workbook=False)
    return replace(raw, tables=raw.tables | {"strategies": table})


def _rows(raw: RawScenario, change: dict[str, str]) -> Iterator[tuple[str, str, str, Any]]:
    """Table, key, field and value of each cell that a change sets."""
    if change["field"] != FACTOR:
        yield change["table"], change["key"], change["field"], change["value"]
        return
    factor = _factor(change)
    demand = raw.tables["demand"]
    for row in demand.data_rows():
        if str(row.cells.get("segment", "")).strip() == change["key"]:
            for month, units in row.cells.items():
                if month[:1].isdigit():
                    yield "demand", change["key"], month, float(units) * factor


def _factor(change: dict[str, str]) -> float:
    try:
        factor = float(change["value"])
    except ValueError:
        factor = -1.0
    if not 0 <= factor <= 100:
        told = f"'{change['value']}' is not a factor for the demand for {change['key']}."
        raise InputError([Problem("not_a_factor", told, "Type a number from 0 to 100, such as 1.2 for 20 % more.")])
    return factor

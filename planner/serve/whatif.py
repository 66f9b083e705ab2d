"""What-if: which cells of a scenario a planner may change on the page, and the scenario with them changed.

Changes are laid over the scenario like the rows of a strategy, and what comes out is a workbook of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from planner.catalogue.decisions import FIXED
from planner.catalogue.limits import LIMITS
from planner.errors import InputError, Problem
from planner.scenario.fields import plain
from planner.scenario.keys import key_fields
from planner.scenario.overlay import Change, apply_strategy, set_cells
from planner.scenario.raw import RawScenario
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Event

FACTOR = "demand factor"
"""Stands in the field of a change that multiplies a product line's demand in every period."""

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


_GROUPS = (
    "Prices",
    "Capacities",
    "Clearance",
    "Events",
    "Share limits",
    "Demand",
    "Service and risk",
    "Stock",
    "Decisions",
)
"""The headings, in order."""


def cells(scenario: Scenario) -> list[dict[str, str]]:
    """The cells offered on the page: prices, clearances, limits, demand, events and the rest of what is often asked."""
    makers = (_prices, _clearances, _limits, _demand, _risk, _decisions)
    found = [cell for maker in makers for cell in maker(scenario)]
    return [asdict(cell) | {"name": cell.name} for cell in sorted(found, key=lambda cell: _GROUPS.index(cell.group))]


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
    for table in dict.fromkeys(limit.table for limit in LIMITS):
        offered = [(limit, limit.what_if) for limit in LIMITS if limit.table == table and limit.what_if]
        for row in getattr(scenario, table) if offered else ():
            counted = getattr(row, "class_", None) or "all magnets"
            for limit, shown in offered:
                item = getattr(row, limit.key)
                label = shown.label.format(item=item, row=row, counted=counted)
                value = getattr(row, limit.field)
                now = "blank" if value is None else plain(value)
                yield Cell(shown.group, table, item, limit.field, label, now)


def _demand(scenario: Scenario) -> Iterator[Cell]:
    for row in scenario.segments:
        yield Cell("Demand", "demand", row.segment, FACTOR, f"Demand for {row.segment}, times", "1")


def _risk(scenario: Scenario) -> Iterator[Cell]:
    for name, told in (
        ("risk_weight", "Weight of the worst futures"),
        ("risk_tail", "Tail: CVaR is of the worst 1 less this"),
    ):
        yield Cell("Service and risk", "settings", name, "value", told, plain(getattr(scenario.settings, name)))


def _decisions(scenario: Scenario) -> Iterator[Cell]:
    for fixed in FIXED:
        for row in getattr(scenario, fixed.table) if fixed.what_if else ():
            item = getattr(row, key_fields(fixed.table)[0])
            yield Cell("Decisions", fixed.table, item, "decision", fixed.what_if.format(item=item), row.decision)


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
    laid, found, problems = set_cells(raw, _OVERLAY, [cell for change in changes for cell in _rows(raw, change)])
    _refuse(problems)
    return laid, found


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(list(problems))


def _rows(raw: RawScenario, change: dict[str, str]) -> Iterator[tuple[str, str, str, Any]]:
    """Table, key, field and value of each cell that a change sets."""
    if change["field"] != FACTOR:
        yield change["table"], change["key"], change["field"], change["value"] or None
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

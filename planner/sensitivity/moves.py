"""A figure moved by a share of itself: the cells that say so, laid over the scenario as a strategy's are.

What cannot be moved so is moved as far as it can be, and that is said:

- a share stops at 1, a probability halfway to it, and those beside it make room in proportion;
- a whole number is moved by whole ones, at least one;
- a month is moved by a share of its distance from the first month, in whole periods, at least one;
- the months of a row of demand are moved together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from planner.scenario.columns import cell_kind
from planner.scenario.fields import to_text
from planner.scenario.keys import is_month, key_fields, key_text, parsed
from planner.scenario.load import Loaded, from_raw
from planner.scenario.overlay import apply_cells
from planner.scenario.raw import RawRow, RawTable
from planner.scenario.scenario import Calendar
from planner.scenario.tables import tables
from planner.sources.figures import Figure

CHOICES = frozenset(
    {"start", "periods", "period_months", "year_start_month", "risk_weight", "risk_tail", "futures", "courses", "seed"}
)
"""Settings that say what is asked, not how the world is: they are not moved."""

EVERY = "every month"

_ADD_UP: dict[tuple[str, str], tuple[str, ...]] = {
    ("futures", "probability"): (),
    ("climates", "start_probability"): ("climate",),
    ("climate_moves", "probability"): ("climate", "state"),
}
"""Probabilities that add up to 1 over the rows that are alike in these fields."""

Cell = tuple[str, str, str, Any]
"""Table, key, field and value, as in `strategies`."""


@dataclass(frozen=True)
class Move:
    """A figure moved: the cells that change, what it says then, and in what it is less than asked for."""

    figure: Figure
    share: float
    cells: tuple[Cell, ...]
    to: str
    note: str = field(default="")

    def applied(self, loaded: Loaded) -> Loaded:
        """The scenario with the figure moved.

        Raises InputError where it is not a scenario any more.
        """
        return from_raw(apply_cells(loaded.raw, f"{self.figure.name} {self.share:+.0%}", self.cells))


def movable(loaded: Loaded, figures: Sequence[Figure]) -> list[Figure]:
    """The figures that can be moved, the months of a row of demand as one.

    Left out are those that are 0, in a key, settings that say what is asked, strategies, and cells that the
    strategy of `loaded` has set.
    """
    chosen = {(change.table, change.key, change.field) for change in loaded.changes if change.by == loaded.strategy}
    found: dict[tuple[str, str, str], Figure] = {}
    for figure in figures:
        if figure.table == "strategies" or (figure.table, figure.key, figure.field) in chosen:
            continue
        if figure.field in key_fields(figure.table) or (figure.table == "settings" and figure.key in CHOICES):
            continue
        field_name = EVERY if is_month(figure.field) else figure.field
        place = (figure.table, figure.key, field_name)
        if place not in found and (field_name == EVERY or parsed(*_typed(figure), figure.value) != 0):
            found[place] = figure
    return list(found.values())


def _typed(figure: Figure) -> tuple[str, str]:
    """The table and field that say what values a figure may have."""
    return figure.table, figure.key if figure.table == "settings" else figure.field


def move(loaded: Loaded, figure: Figure, share: float) -> Move | None:
    """The figure moved by a share of itself, as far as it can be; None where it cannot be at all."""
    table, row = _row(loaded, figure)
    kind = cell_kind(tables()[figure.table], figure.field, row)
    if is_month(figure.field):
        return _demand(table, row, figure, share)
    if (figure.table, figure.field) in _ADD_UP:
        return _probability(table, row, figure, share)
    makers: dict[str, Callable[..., Move | None]] = {"month": _month, "whole": _whole}
    return makers.get(kind, _number)(loaded, figure, share)


def _row(loaded: Loaded, figure: Figure) -> tuple[RawTable, RawRow]:
    table = loaded.raw.tables[figure.table]
    return table, next(row for row in table.data_rows() if key_text(figure.table, row.cells) == figure.key)


def _cell(figure: Figure, value: Any) -> Cell:
    return figure.table, figure.key, figure.field, value


def _number(loaded: Loaded, figure: Figure, share: float) -> Move | None:
    value = _value(figure)
    new = _rounded(value * (1 + share))
    is_share = figure.table in ("events", "climate_effects") and _kind_of_event(loaded, figure) == "clearance"
    refused = is_share and new > 1
    if refused or not isinstance(parsed(*_typed(figure), new), float):
        if value >= 1 or isinstance(parsed(*_typed(figure), 1.0), str):
            return None
        return Move(figure, share, (_cell(figure, 1.0),), "1", "no share is above 1")
    return Move(figure, share, (_cell(figure, new),), to_text(new))


def _value(figure: Figure) -> float:
    return float(parsed(*_typed(figure), figure.value))


def _rounded(value: float) -> float:
    """Six figures: what a planner would type."""
    return float(f"{value:.6g}")


def _kind_of_event(loaded: Loaded, figure: Figure) -> str:
    return to_text(_row(loaded, figure)[1].cells.get("kind", "")).casefold()


def _whole(loaded: Loaded, figure: Figure, share: float) -> Move | None:
    value = int(_value(figure))
    new = value + _steps(value, share)
    if isinstance(parsed(*_typed(figure), new), str):
        return None
    note = "" if new == value * (1 + share) else "by whole steps"
    return Move(figure, share, (_cell(figure, new),), str(new), note)


def _steps(value: float, share: float) -> int:
    """Whole steps of the share's sign: what is nearest to that share of a value, at least one."""
    steps = max(1, math.floor(value * abs(share) + 0.5))
    return steps if share > 0 else -steps


def _month(loaded: Loaded, figure: Figure, share: float) -> Move | None:
    calendar: Calendar = loaded.scenario.calendar
    period = calendar.period(str(parsed(*_typed(figure), figure.value)))
    new = min(max(period + _steps(period - 1, share), 1), calendar.periods)
    if new == period:
        return None
    months = abs(new - period) * calendar.months
    when = f"{months} month{'s' * (months > 1)} {'later' if new > period else 'earlier'}"
    return Move(figure, share, (_cell(figure, calendar.month(new)),), calendar.month(new), when)


def _demand(table: RawTable, row: RawRow, figure: Figure, share: float) -> Move:
    months = [column for column in row.cells if is_month(column)]
    cells = (
        (figure.table, figure.key, month, _rounded(float(parsed(figure.table, month, row.cells[month])) * (1 + share)))
        for month in months
    )
    return Move(figure, share, tuple(cells), f"{share:+.0%}".replace("-", "−"))


def _probability(table: RawTable, row: RawRow, figure: Figure, share: float) -> Move | None:
    alike = _ADD_UP[figure.table, figure.field]
    value = _value(figure)
    new = min(_rounded(value * (1 + share)), (1 + value) / 2)
    beside = [
        other
        for other in table.data_rows()
        if other is not row and all(to_text(other.cells.get(name)) == to_text(row.cells.get(name)) for name in alike)
    ]
    if value >= 1 or not beside:
        return None
    cells = [_cell(figure, new)]
    for other in beside:
        was = float(parsed(figure.table, figure.field, other.cells.get(figure.field, 0)))
        key = key_text(figure.table, other.cells)
        cells.append((figure.table, key, figure.field, was * (1 - new) / (1 - value)))
    return Move(figure, share, tuple(cells), to_text(_rounded(new)), "the others in proportion")

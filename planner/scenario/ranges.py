"""The limits between which a field's numbers lie, as its type declares them."""

from __future__ import annotations

import functools
import typing
from dataclasses import dataclass
from typing import Any

from planner.scenario.fields import plain
from planner.scenario.tables import Field, Table

SLIP = 1e6
"""Limits as far out as this only catch slips: they are not worth reporting."""


@dataclass(frozen=True)
class Limits:
    """Numbers from `low` (excluded where `open_low`) to `high`; `high` is None where only slips lie above it."""

    low: float
    high: float | None
    open_low: bool

    @property
    def words(self) -> str:
        """'at least 0', 'above 0', '0 to 1', 'above 0, at most 1'."""
        if self.high is None:
            return f"above {plain(self.low)}" if self.open_low else f"at least {plain(self.low)}"
        top = plain(self.high)
        return f"above {plain(self.low)}, at most {top}" if self.open_low else f"{plain(self.low)} to {top}"


@functools.cache
def _hints(row: type[Any]) -> dict[str, Any]:
    return typing.get_type_hints(row, include_extras=True)


def limits(table: Table, field: Field) -> Limits | None:
    """The limits of a field's numbers; None for a field without."""
    found = _limits_in(_hints(table.row)[field.attribute])
    if found is None or found[0] <= -SLIP:
        return None
    low, high, open_low = found
    return Limits(low, None if high >= SLIP else high, open_low)


def _limits_in(hint: Any) -> tuple[float, float, bool] | None:
    """The limits that a validator within a type hint carries; hints nest as in `dict[Month, Amount] | None`."""
    for validator in getattr(hint, "__metadata__", ()):
        carried = getattr(getattr(validator, "func", None), "limits", None)
        if carried:
            return typing.cast(tuple[float, float, bool], carried)
    nested = (_limits_in(part) for part in typing.get_args(hint))
    return next((found for found in nested if found), None)

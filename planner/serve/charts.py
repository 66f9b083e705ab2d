"""A chart as the page gets it: plain figures that the browser draws, and the table that stands beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pandas as pd

from planner.present.words import Scale, Wording

Kind = Literal["columns", "areas", "bars", "heat", "flows", "bubbles", "dots", "lines"]
"""Columns (and lines) along x, stacked areas, bars from the left, cells by colour, a Sankey, bubbles, labelled dots,
lines alone."""


@dataclass(frozen=True)
class Series:
    """Values along the chart's `x`; blanks are None. A `line` lies over columns that are stacked."""

    name: str
    values: list[float | None]
    line: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart: `unit` is what its figures are in, `decimals` how many of them are shown.

    `x` are the categories along it; of a heat map `y` are its rows, a series each. Links of flows are (source, target,
    amount), each end 'step|name'. Points of bubbles and dots are (label, group, x, y, size).
    """

    name: str
    title: str
    kind: Kind
    unit: str = ""
    decimals: int = 0
    along: str = ""
    up: str = ""
    x: list[str] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    links: list[tuple[str, str, float]] = field(default_factory=list)
    points: list[tuple[str, str, float, float, float]] = field(default_factory=list)
    largest: float | None = None
    few_alarm: bool = False
    """Of a heat map, whether small figures are the bad ones."""
    by_country: bool = False
    """Whether the series are countries, which have the same colour in all charts of a page."""
    table: list[list[Any]] = field(default_factory=list)
    """Headings, then rows: the same figures to be read."""

    def document(self) -> dict[str, Any]:
        """The chart as JSON."""
        return asdict(self)


def number(value: Any) -> float | None:
    """A figure as JSON can hold it."""
    found = float(value)
    return found if math.isfinite(found) else None


def along(
    name: str,
    title: str,
    rows: pd.DataFrame,
    *,
    unit: str,
    kind: Kind = "columns",
    scale: float = 1.0,
    decimals: int = 0,
    lines: Sequence[str] = (),
    along: str = "",
    by_country: bool = False,
) -> Chart:
    """A chart of a table whose first column is the categories, and each other a series."""
    x = [str(value) for value in rows.iloc[:, 0].tolist()]
    series = [
        Series(str(column), [_scaled(value, scale) for value in rows[column].tolist()], str(column) in lines)
        for column in rows.columns[1:]
    ]
    return Chart(
        name,
        title,
        kind,
        unit,
        decimals,
        along,
        x=x,
        series=series,
        table=_beside(along, x, series),
        by_country=by_country,
    )


def _scaled(value: Any, scale: float) -> float | None:
    found = number(value)
    return None if found is None else found / scale


def _beside(heading: str, x: list[str], series: Sequence[Series]) -> list[list[Any]]:
    body = [[label, *(one.values[place] for one in series)] for place, label in enumerate(x)]
    return [[heading.capitalize(), *(one.name for one in series)], *body]


def heat(
    name: str, title: str, rows: pd.DataFrame, *, unit: str, heading: str, largest: float | None = None,
    few_alarm: bool = False,
) -> Chart:  # fmt: skip
    """A heat map of a table: its index are the rows, its columns what stands along."""
    x = [str(column) for column in rows.columns]
    series = [
        Series(str(row), [number(value) for value in values])
        for row, values in zip(rows.index, rows.to_numpy(), strict=True)
    ]
    table: list[list[Any]] = [[heading, *x], *([one.name, *one.values] for one in series)]
    return Chart(
        name, title, "heat", unit, along="", x=x, series=series, largest=largest, few_alarm=few_alarm, table=table
    )


def of_flows(name: str, title: str, links: pd.DataFrame) -> Chart:
    """A Sankey of links (columns from_step, source, to_step, target, kg)."""
    rows = list(links.itertuples(index=False, name=None))
    found = [(f"{a}|{source}", f"{b}|{target}", float(kg)) for a, source, b, target, kg in rows]
    table: list[list[Any]] = [["From", "To", "kg"], *([source, target, float(kg)] for _, source, _, target, kg in rows)]
    return Chart(name, title, "flows", "kg", links=found, table=table)


def money(amounts: Sequence[float], wording: Wording) -> Scale:
    """The unit in which a chart's amounts are told."""
    known = [abs(amount) for amount in amounts if math.isfinite(amount)]
    return wording.scale(max(known, default=0.0))

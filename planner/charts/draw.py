"""The charts of a plan, drawn with Matplotlib from the series that the report's charts show too.

Matplotlib is the best kept of the libraries that draw PNG and SVG without a browser and without a line from a network;
a chart is drawn once for a light ground and once for a dark one.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from planner.charts.sankey import draw_sankey
from planner.plan.plan import Plan
from planner.present.charts import Chart, charts
from planner.present.colours import PALETTE, PALETTE_ON_DARK
from planner.present.words import Wording, shortened
from planner.scenario.load import Loaded

_SIZE, _LARGE = (8.4, 4.0), (11.0, 6.2)
"""Inches."""

_ABREAST, _MOST_NAMES = 100, 8
"""Characters, and names, that fit below an axis unless they are turned."""

_MARK = 40
"""Points of a line's mark, which is all of a line of a single year."""

_STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "planner", "font.size": 9, "font.family": "DejaVu Sans"}


@dataclass(frozen=True)
class Theme:
    """The colours of a ground."""

    ground: str
    text: str
    grid: str
    palette: tuple[str, ...]


LIGHT = Theme("#FFFFFF", "#222222", "#E3E7EE", PALETTE)
DARK = Theme("#16181D", "#E6E6E6", "#3A3F4B", PALETTE_ON_DARK)


@dataclass(frozen=True)
class Picture:
    """A chart of the catalogue as Matplotlib draws it."""

    chart: Chart
    wording: Wording

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.chart.name

    @property
    def title(self) -> str:
        """Its title, with its unit."""
        return self.chart.title if self.chart.unit == "share" else f"{self.chart.title} [{self.chart.unit}]"

    def _figure(self, theme: Theme) -> Figure:
        size = _LARGE if self.chart.kind == "flows" else _SIZE
        figure = Figure(figsize=size, facecolor=theme.ground, layout="constrained")
        axes = figure.add_subplot(facecolor=theme.ground)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(theme.text)
        axes.tick_params(colors=theme.text, length=0)
        _DRAW[self.chart.kind](axes, theme, self.chart, self.wording)
        return figure

    def png(self) -> bytes:
        """On a light ground, with its title, for slides and mails."""
        with mpl.rc_context(_STYLE):
            figure = self._figure(LIGHT)
            figure.suptitle(self.title, color=LIGHT.text, fontsize=12, fontweight="bold")
            return _saved(figure, "png", dpi=160)

    def svg(self, theme: Theme) -> bytes:
        """Without its title, for a page that has it in text."""
        with mpl.rc_context(_STYLE):
            return _saved(self._figure(theme), "svg", metadata={"Date": None})


def _saved(figure: Figure, kind: str, **how: Any) -> bytes:
    made = io.BytesIO()
    figure.savefig(made, format=kind, facecolor=figure.get_facecolor(), **how)
    return made.getvalue()


def pictures(loaded: Loaded, plan: Plan) -> list[Picture]:
    """The charts of the catalogue that are drawn."""
    wording = Wording(loaded.scenario.settings.currency)
    return [Picture(chart, wording) for chart in charts(loaded, plan) if chart.kind in _DRAW]


# --- each kind --------------------------------------------------------------------------------------


def _flows(axes: Axes, theme: Theme, chart: Chart, wording: Wording) -> None:
    draw_sankey(axes, chart.rows, theme.palette, theme.text, wording.number)


def _bars(axes: Axes, theme: Theme, chart: Chart, wording: Wording) -> None:
    rows = chart.rows.iloc[::-1]
    amounts = rows.iloc[:, 1]
    bars = axes.barh(rows.iloc[:, 0], amounts, color=theme.palette[0], height=0.65)
    axes.bar_label(bars, [wording.number(amount, 2) for amount in amounts], padding=3, color=theme.text, fontsize=8)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda amount, _: wording.number(amount, int(amount % 1 > 0))))
    axes.grid(axis="x", color=theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.margins(x=0.1)


def _columns(axes: Axes, theme: Theme, chart: Chart, wording: Wording) -> None:
    """Columns upon each other, what is below 0 downwards, and lines across them."""
    rows, places = chart.rows, range(len(chart.rows))
    ends = {True: pd.Series(0.0, index=rows.index), False: pd.Series(0.0, index=rows.index)}
    stacked = [name for name in chart.series if name not in chart.lines]
    for colour, label in zip(theme.palette, stacked, strict=False):
        is_up = rows[label] >= 0
        bottom = ends[True].where(is_up, ends[False])
        look: Any = {"color": colour, "edgecolor": theme.ground, "linewidth": 0.5, "width": 0.6}
        axes.bar(places, rows[label], bottom=bottom, label=label, **look)
        ends = {up: end + rows[label].where(is_up == up, 0.0) for up, end in ends.items()}
    for number, label in enumerate(chart.lines):
        dash: Any = ("--", ":", "-.")[number % 3]
        line: Any = {"color": theme.text, "linestyle": dash, "linewidth": 2, "label": label, "markersize": _MARK}
        axes.plot(places, rows[label], marker="_" if len(rows) == 1 else None, **line)
    names = [shortened(str(name)) for name in rows.iloc[:, 0]]
    axes.set_xticks(places, names)
    if chart.unit == "share":
        axes.set_ylim(0, 1)
    said = (lambda share: f"{share:.0%}") if chart.unit == "share" else wording.number
    axes.yaxis.set_major_formatter(FuncFormatter(lambda amount, _: said(amount)))
    crowded = len(names) > _MOST_NAMES or len(names) * max(map(len, names)) > _ABREAST
    _dressed(axes, theme, chart.along, crowded)


_DRAW: dict[str, Callable[[Axes, Theme, Chart, Wording], None]] = {
    "flows": _flows, "bars": _bars, "columns": _columns,
}  # fmt: skip
"""How each kind of chart is drawn."""


def _dressed(axes: Axes, theme: Theme, along: str, crowded: bool) -> None:
    """Axis titles, grid and legend."""
    axes.grid(axis="y", color=theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(along, color=theme.text)
    if crowded:
        for label in axes.get_xticklabels():
            label.set(rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    handles, labels = axes.get_legend_handles_labels()
    look: dict[str, Any] = {"bbox_to_anchor": (1.0, 1.0), "frameon": False, "fontsize": 8, "labelcolor": theme.text}
    axes.legend(handles, labels, loc="upper left", **look)

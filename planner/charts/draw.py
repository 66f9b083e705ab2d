"""The charts of a plan, drawn with Matplotlib from the series that the report's charts show too.

Matplotlib is the best kept of the libraries that draw PNG and SVG without a browser and without a line from a network;
a chart is drawn once for a light ground and once for a dark one.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from planner.charts.sankey import draw_sankey
from planner.plan.plan import Plan
from planner.present.colours import PALETTE, PALETTE_ON_DARK
from planner.present.figures import main_source
from planner.present.flows import flows
from planner.present.series import (
    DEMAND,
    MOST_FUTURES,
    classes,
    cost_by_future,
    cost_by_kind,
    demand_by_month,
    in_words,
    limits_by_year,
    shares_by_year,
    sourcing_by_year,
)
from planner.present.words import Wording, capital, shortened
from planner.scenario.load import Loaded

_SIZE, _LARGE = (8.4, 4.0), (11.0, 6.2)
"""Inches."""

_ABREAST = 100
"""Characters that fit below an axis."""

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
    """A chart: a name for its file, its title, the figures in it, and what draws it."""

    name: str
    title: str
    rows: pd.DataFrame
    draw: Callable[[Axes, Theme], None]
    size: tuple[float, float] = _SIZE

    def _figure(self, theme: Theme) -> Figure:
        figure = Figure(figsize=self.size, facecolor=theme.ground, layout="constrained")
        axes = figure.add_subplot(facecolor=theme.ground)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(theme.text)
        axes.tick_params(colors=theme.text, length=0)
        self.draw(axes, theme)
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


def pictures(loaded: Loaded, plan: Plan) -> Iterator[Picture]:
    """The charts that there are figures for; the flows first."""
    wording = Wording(loaded.scenario.settings.currency)
    links = flows(loaded.scenario, plan)
    if len(links):
        yield _flow_chart(links, wording)
    if len(plan.tables["futures"]) > 1:
        yield _costs(plan, wording)
    if len(plan.tables["costs"]):
        yield _makeup(plan, wording)
    source = main_source(plan)
    if source is not None:
        rows = sourcing_by_year(plan)
        title = f"{capital(source.what)} arriving, by country, on average [kg]"
        yield _stacked("sourcing", title, rows, "financial year", wording)
    for name in classes(loaded.scenario, plan):
        yield _shares(loaded, plan, name)
    yield _demand(plan, wording)


# --- each chart -------------------------------------------------------------------------------------


def _flow_chart(links: pd.DataFrame, wording: Wording) -> Picture:
    def draw(axes: Axes, theme: Theme) -> None:
        draw_sankey(axes, links, theme.palette, theme.text, wording.number)

    rows = links[["source", "target", "kg"]]
    title = "From country to supplier, material and product line, on average over the horizon [kg]"
    return Picture("flows", title, rows, draw, _LARGE)


def _costs(plan: Plan, wording: Wording) -> Picture:
    rows, scale = cost_by_future(plan).head(MOST_FUTURES), wording.scale(plan.expected_cost)

    def draw(axes: Axes, theme: Theme) -> None:
        places = range(len(rows))
        axes.bar(places, rows["cost"] / scale.size, color=theme.palette[0], width=0.6, label="Cost")
        names = [shortened(name) for name in rows["future"]]
        axes.set_xticks(places, names)
        lines = (("Expected cost", plan.expected_cost, 1, "-"), ("CVaR", plan.cvar, 5, "--"))
        for label, amount, place, dash in lines:
            axes.axhline(amount / scale.size, color=theme.palette[place], linewidth=2, linestyle=dash, label=label)
        _dressed(axes, theme, wording, along="future", crowded=len(names) * max(map(len, names)) > _ABREAST)

    return Picture("cost-by-future", f"Cost by future [{scale.name}]", rows, draw)


def _makeup(plan: Plan, wording: Wording) -> Picture:
    rows, scale = cost_by_kind(plan)[["what", "cost"]], wording.scale(plan.expected_cost)

    def draw(axes: Axes, theme: Theme) -> None:
        told = rows.iloc[::-1]
        amounts = told["cost"] / scale.size
        bars = axes.barh(told["what"], amounts, color=theme.palette[0], height=0.65)
        axes.bar_label(bars, [wording.number(amount, 2) for amount in amounts], padding=3, color=theme.text, fontsize=8)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda amount, _: wording.number(amount, int(amount % 1 > 0))))
        axes.grid(axis="x", color=theme.grid, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.margins(x=0.1)

    return Picture("cost-makeup", f"What makes up the expected cost [{scale.name}]", rows, draw)


def _shares(loaded: Loaded, plan: Plan, name: str) -> Picture:
    shares = shares_by_year(loaded.scenario, plan, name)
    limits = limits_by_year(loaded.scenario, plan, name)

    def draw(axes: Axes, theme: Theme) -> None:
        _columns(axes, theme, shares, range(len(theme.palette)))
        for number, label in enumerate(limits.columns[1:]):
            dash = ("--", ":", "-.")[number % 3]
            axes.plot(limits["year"], limits[label], color=theme.text, linestyle=dash, linewidth=2, marker="_",
                      markersize=40, label=label)  # fmt: skip
        axes.set_ylim(0, 1)
        _dressed(axes, theme, None, along="financial year")

    against = ", against the limits" if len(limits.columns) > 1 else ""
    title = f"{capital(in_words(name))}: share by country, on average{against}"
    rows = shares.merge(limits, on="year")
    return Picture(f"share-{name.replace(' ', '-')}", title, rows, draw)


def _stacked(name: str, title: str, rows: pd.DataFrame, along: str, wording: Wording) -> Picture:
    def draw(axes: Axes, theme: Theme) -> None:
        _columns(axes, theme, rows, range(len(theme.palette)))
        _dressed(axes, theme, wording, along, crowded=len(rows) > 8)

    return Picture(name, title, rows, draw)


def _demand(plan: Plan, wording: Wording) -> Picture:
    """What is built and what is lost, against what is asked for; what waits is no part of either."""
    rows = demand_by_month(plan).rename(columns=DEMAND)

    def draw(axes: Axes, theme: Theme) -> None:
        _columns(axes, theme, rows[["month", DEMAND["built"], DEMAND["lost"]]], range(len(theme.palette)))
        for label, place, dash in ((DEMAND["demand"], 5, "--"), (DEMAND["late"], 2, "-.")):
            look: Any = {"color": theme.palette[place], "linestyle": dash, "linewidth": 2, "label": label}
            axes.plot(rows["month"], rows[label], **look)
        _dressed(axes, theme, wording, "period", crowded=len(rows) > 8)

    return Picture("demand", "What becomes of demand, on average [units]", rows, draw)


def _columns(axes: Axes, theme: Theme, rows: pd.DataFrame, order: Sequence[int]) -> None:
    """The columns of a table but the first, upon each other, along the first."""
    bottom = pd.Series(0.0, index=rows.index)
    for place, label in zip(order, rows.columns[1:], strict=False):
        look: Any = {"color": theme.palette[place], "edgecolor": theme.ground, "linewidth": 0.5, "width": 0.6}
        axes.bar(rows.iloc[:, 0], rows[label], bottom=bottom, label=label, **look)
        bottom = bottom + rows[label]


def _dressed(axes: Axes, theme: Theme, wording: Wording | None, along: str, crowded: bool = False) -> None:
    """Axis titles, grid and legend; amounts by the wording, shares in per cent where there is none."""
    axes.grid(axis="y", color=theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(along, color=theme.text)
    told = wording.number if wording else lambda share: f"{share:.0%}"
    axes.yaxis.set_major_formatter(FuncFormatter(lambda amount, _: told(amount)))
    if crowded:
        for label in axes.get_xticklabels():
            label.set(rotation=60, ha="right", rotation_mode="anchor", fontsize=8)
    handles, labels = axes.get_legend_handles_labels()
    look: dict[str, Any] = {"bbox_to_anchor": (1.0, 1.0), "frameon": False, "fontsize": 8, "labelcolor": theme.text}
    axes.legend(handles, labels, loc="upper left", **look)

"""A Sankey chart: bars in steps from left to right, joined by ribbons as wide as what flows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

_BAR, _GAP, _WIDEST_GAP = 0.02, 0.03, 0.12
"""Width of a bar, and the least and largest gap between two, as shares of the picture."""

_ROOM = 1.17
"""The width with the names of the last step, which stand to its right."""

Node = tuple[int, str]
"""A bar: its step and name."""


@dataclass(frozen=True)
class _Bar:
    """A bar as it is laid out."""

    left: float
    bottom: float
    height: float


class _Layout:
    """Where bars stand: `links` are (bar, bar, kg)."""

    def __init__(self, links: Sequence[tuple[Node, Node, float]]) -> None:
        self.links = links

    @cached_property
    def kg(self) -> dict[Node, float]:
        """What flows through each bar: the larger of what comes in and goes out. Step by step, largest first."""
        into: defaultdict[Node, float] = defaultdict(float)
        out: defaultdict[Node, float] = defaultdict(float)
        for start, end, kg in self.links:
            out[start] += kg
            into[end] += kg
        found = {node: max(into[node], out[node]) for node in [*out, *into]}
        return dict(sorted(found.items(), key=lambda item: (item[0][0], -item[1])))

    @cached_property
    def steps(self) -> dict[int, list[Node]]:
        """The bars of each step."""
        found: dict[int, list[Node]] = {}
        for node in self.kg:
            found.setdefault(node[0], []).append(node)
        return found

    @cached_property
    def unit(self) -> float:
        """The height of a kg: all steps fit."""
        most = max(len(nodes) for nodes in self.steps.values())
        room = max(0.3, 1 - _GAP * (most - 1))
        return room / max(sum(self.kg[node] for node in nodes) for nodes in self.steps.values())

    @cached_property
    def bars(self) -> dict[Node, _Bar]:
        """Each step's bars below each other, in the middle of the height."""
        bars: dict[Node, _Bar] = {}
        for place, nodes in enumerate(self.steps.values()):
            left = place / max(len(self.steps) - 1, 1) * (1 - _BAR)
            heights = [self.kg[node] * self.unit for node in nodes]
            gaps = max(len(nodes) - 1, 1)
            gap = min(_WIDEST_GAP, (1 - sum(heights)) / gaps)
            top = (1 + sum(heights) + gap * (len(nodes) - 1)) / 2
            for node, height in zip(nodes, heights, strict=True):
                bars[node] = _Bar(left, top - height, height)
                top -= height + gap
        return bars

    def ends(self, side: int) -> dict[tuple[Node, Node], float]:
        """By link, the height at which its upper edge meets its bar: 0 where it starts, 1 where it ends.

        Ribbons of a bar lie in the order of the bars at their other ends, so that they cross least.
        """
        free = {node: bar.bottom + bar.height for node, bar in self.bars.items()}
        found = {}
        for start, end, kg in sorted(self.links, key=lambda link: -self.bars[link[0] if side else link[1]].bottom):
            here = end if side else start
            found[start, end] = free[here]
            free[here] -= kg * self.unit
        return found


def draw_sankey(
    axes: Axes, links: pd.DataFrame, colours: Sequence[str], text: str, number: Callable[[float], str]
) -> None:
    """Draw links (columns from_step, source, to_step, target, kg); a ribbon has the colour of what it comes from.

    Bars of the first step have colours of their own; each other has that of the largest flow into it.
    """
    rows = links.itertuples(index=False, name=None)
    layout = _Layout([((a, source), (b, target), kg) for a, source, b, target, kg in rows])
    colour = _colours(layout, colours)
    starts, ends = layout.ends(0), layout.ends(1)
    for start, end, kg in layout.links:
        across = (layout.bars[start].left + _BAR, layout.bars[end].left)
        _ribbon(axes, across, (starts[start, end], ends[start, end]), kg * layout.unit, colour[start])
    # Names stay legible where ribbons cross them.
    shade = {"facecolor": axes.get_facecolor(), "alpha": 0.6, "pad": 0.8, "linewidth": 0}
    for node, bar in layout.bars.items():
        axes.add_patch(Rectangle((bar.left, bar.bottom), _BAR, bar.height, facecolor=text, linewidth=0))
        place = (bar.left + _BAR + 0.006, bar.bottom + bar.height / 2)
        said = f"{node[1]}  {number(layout.kg[node])}"
        axes.text(*place, said, va="center", color=text, fontsize=8, bbox=shade)
    axes.set_xlim(0, _ROOM)
    axes.set_ylim(-0.01, 1.01)
    axes.axis("off")


def _colours(layout: _Layout, colours: Sequence[str]) -> dict[Node, str]:
    first = next(iter(layout.steps.values()))
    found = {node: colours[place % (len(colours) - 1)] for place, node in enumerate(first)}
    into: dict[Node, tuple[float, Node]] = {}
    for start, end, kg in layout.links:
        into[end] = max(into.get(end, (0.0, start)), (kg, start))
    for node in layout.kg:
        if node not in found:
            found[node] = found.get(into[node][1], colours[-1]) if node in into else colours[-1]
    return found


def _ribbon(axes: Axes, across: tuple[float, float], tops: tuple[float, float], width: float, colour: str) -> None:
    (left, right), (a, b) = across, tops
    middle = (left + right) / 2
    points = [
        (left, a), (middle, a), (middle, b), (right, b),
        (right, b - width), (middle, b - width), (middle, a - width), (left, a - width), (left, a),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    path = Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
    axes.add_patch(PathPatch(path, facecolor=colour, alpha=0.45, linewidth=0))

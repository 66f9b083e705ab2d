"""The colours of charts, in the report and on the page of charts."""

from __future__ import annotations

INK, RULE, FAINT, WARNING = "#1F3864", "#BFC7D5", "#7F7F7F", "#C00000"

PALETTE = ("#1F3864", "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#999999")
"""Colours of series: after Okabe and Ito, distinguished by the colour-blind and, by their lightness, in grey."""

PALETTE_ON_DARK = ("#C9D6EE", "#E69F00", "#56B4E9", "#009E73", "#CC79A7", "#8C8C8C")
"""The same on a dark ground."""

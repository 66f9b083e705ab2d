"""The page of charts: one file of HTML that needs nothing else, light and dark, ready to print; and PNG files."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial
from html import escape
from pathlib import Path

import pandas as pd

from planner.charts.draw import DARK, LIGHT, Picture, pictures
from planner.charts.folder import ensure_folder
from planner.files import write_whole
from planner.plan.plan import Plan
from planner.present.charts import Chart
from planner.present.figures import figures
from planner.present.summary import headline, question
from planner.present.words import Wording, capital
from planner.scenario.load import Loaded

PAGE = "charts.html"

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --text: #222; --faint: #666; --rule: #bfc7d5; --ink: #1f3864; }
body { background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, sans-serif; margin: 0 auto;
  max-width: 68rem; padding: 1.5rem; }
h1, h2 { color: var(--ink); line-height: 1.25; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2.5rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { color: var(--faint); } dd { margin: 0; }
figure { margin: 0; } img { width: 100%; height: auto; } img.dark { display: none; }
table { border-collapse: collapse; font-size: .9rem; } th, td { padding: .15rem .75rem; text-align: right; }
th:first-child, td:first-child, td.text { text-align: left; } thead th { border-bottom: 1px solid var(--rule); }
summary { color: var(--faint); cursor: pointer; } .scroll { overflow-x: auto; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #16181d; --text: #e6e6e6; --faint: #a0a0a0; --rule: #3a3f4b; --ink: #c9d6ee; }
  img.light { display: none; } img.dark { display: inline; }
}
@media print {
  :root { color-scheme: light; } details { display: none; } section { break-inside: avoid; } body { padding: 0; }
}
"""


def write_charts(loaded: Loaded, plan: Plan, folder: Path) -> list[Path]:
    """Write the page and a PNG file a chart into a folder, made where it is missing; the files, the page first.

    Raises:
        OutputError: they cannot be written.
    """
    ensure_folder(folder)
    drawn = list(pictures(loaded, plan))
    page = _page(loaded, plan, drawn).encode()
    files = {PAGE: page} | {f"{picture.name}.png": picture.png() for picture in drawn}
    for name, content in files.items():
        write_whole(folder / name, partial(_put, content))
    return [folder / name for name in files]


def _put(content: bytes, path: Path) -> None:
    path.write_bytes(content)


# --- the page ---------------------------------------------------------------------------------------


def _page(loaded: Loaded, plan: Plan, drawn: list[Picture]) -> str:
    title = escape(loaded.scenario.settings.title)
    parts = [
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><header><h1>{title}</h1>",
        *_question(loaded, plan),
        "</header><main><section><h2>The answer</h2>",
        *(f"<p>{escape(sentence)}</p>" for sentence in headline(loaded, plan)),
        "</section>",
        *_figures(loaded, plan),
        *(part for picture in drawn for part in _section(picture, Wording(loaded.scenario.settings.currency))),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _question(loaded: Loaded, plan: Plan) -> Iterator[str]:
    yield "<dl>"
    for label, words in question(loaded, plan).items():
        yield f"<dt>{escape(label)}</dt><dd>{escape(words)}</dd>"
    yield "</dl>"


def _figures(loaded: Loaded, plan: Plan) -> Iterator[str]:
    yield "<section><h2>Headline figures</h2><table><tbody>"
    wording = Wording(loaded.scenario.settings.currency)
    for figure in figures(loaded, plan):
        value, meaning = escape(wording.figure(figure.kind, figure.value)), escape(capital(figure.meaning))
        cells = f"<td>{value}</td><td class='text'>{meaning}</td>"
        yield f"<tr><th scope='row'>{escape(figure.label)}</th>{cells}</tr>"
    yield "</tbody></table></section>"


def _section(picture: Picture, wording: Wording) -> Iterator[str]:
    title = escape(picture.title)
    yield f"<section><h2>{title}</h2><figure>"
    for name, theme in (("light", LIGHT), ("dark", DARK)):
        data = base64.b64encode(picture.svg(theme)).decode()
        alt = f"{title}; the figures are in the table below"
        yield f'<img class="{name}" alt="{alt}" src="data:image/svg+xml;base64,{data}">'
    yield "</figure><details><summary>Figures</summary><div class='scroll'>"
    yield from _table(_shown(picture.chart), picture.chart.decimals, wording)
    yield "</div></details></section>"


def _shown(chart: Chart) -> pd.DataFrame:
    """The figures of a chart, to be read."""
    return chart.rows[["source", "target", "kg"]] if chart.kind == "flows" else chart.rows


def _table(rows: pd.DataFrame, decimals: int, wording: Wording) -> Iterator[str]:
    headings = "".join(f"<th scope='col'>{escape(capital(str(name)))}</th>" for name in rows.columns)
    yield f"<table><thead><tr>{headings}</tr></thead><tbody>"
    for row in rows.itertuples(index=False, name=None):
        cells = "".join(
            f"<td class='text'>{escape(v)}</td>" if isinstance(v, str) else f"<td>{_number(v, decimals, wording)}</td>"
            for v in row
        )
        yield f"<tr>{cells}</tr>"
    yield "</tbody></table>"


def _number(value: float, decimals: int, wording: Wording) -> str:
    if pd.isna(value):
        return ""
    return wording.number(value, 3 if abs(value) <= 1 else decimals)

"""The plan's tables as they are read for the audit: well-formed rows only, each name with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.audit.report import Ledger
from planner.audit.tree import Array, Places, Tree
from planner.plan.plan import Plan
from planner.plan.tables import COST_KINDS, PLAN_TABLE
from planner.scenario.scenario import Scenario

KEYS: dict[str, tuple[str, ...]] = {
    "paths": ("future", "period"),
    "nodes": ("node",),
    "now_decisions": ("decision", "item"),
    "later_decisions": ("node", "decision", "item"),
    "applications": ("future", "licence", "application"),
    "orders": ("node", "offer"),
    "arrivals": ("node", "offer", "origin"),
    "waiting": ("node", "offer"),
    "released_under": ("node", "licence", "application"),
    "stock": ("node", "material", "undertaking"),
    "moves": ("node", "material", "undertaking"),
    "conversion": ("node", "conversion", "undertaking"),
    "expansion": ("node", "expansion"),
    "qualification": ("node", "design"),
    "build": ("node", "design"),
    "eligible": ("node", "design"),
    "magnets": ("node", "design", "material", "undertaking"),
    "shortage": ("node", "segment"),
    "costs": ("future", "year", "kind"),
    "futures": ("future",),
    "sourcing": ("future", "year", "class", "country"),
    "panel_suppliers": ("panel", "supplier"),
}
"""The audited tables and what distinguishes their rows. `paths` comes first: it says what nodes there are."""

ORIGINS = ("order", "open order", "granted order", "release")
"""What an arrival may be of."""

_MAY_BE_BLANK = {("nodes", "parent"), ("now_decisions", "kg_per_period")} | {
    ("applications", column) for column in ("covers_kg", "used_kg", "unused_kg")
}
_MAY_BE_NEGATIVE = {("costs", "amount"), ("costs", "discounted"), ("futures", "cost"), ("nodes", "parent")} | {
    ("waiting", "advance")
}
_FREE = ("item", "application")
"""Keys whose names are of several kinds, and are checked elsewhere."""
_NUMBERS = {"number", "share", "count"}


@dataclass(frozen=True)
class Rows:
    """The well-formed rows of a table, and by key column where their names stand among all names."""

    frame: pd.DataFrame
    at: dict[str, Places]

    def numbers(self, column: str) -> Array:
        """A column of figures."""
        values: Array = self.frame[column].to_numpy(dtype=float)
        return values


def names(scenario: Scenario, plan: Plan) -> dict[str, list[str]]:
    """All names that rows may speak of, by key column; places in these lists are the axes of all arrays."""
    s = scenario
    calendar = s.calendar
    futures = [row.future for row in s.futures]
    return {
        "future": futures or _only_future(plan),
        "period": [str(t) for t in calendar.all],
        "year": list(dict.fromkeys(calendar.year(t) for t in calendar.all)),
        "licence": [row.licence for row in s.licences],
        "offer": [row.offer for row in s.offers],
        "origin": list(ORIGINS),
        "supplier": [row.supplier for row in s.suppliers],
        "country": sorted({row.country for row in s.suppliers}),
        "material": [row.material for row in s.materials],
        "class": sorted({row.class_ for row in s.materials}),
        "undertaking": ["", *(row.undertaking for row in s.undertakings)],
        "conversion": [row.conversion for row in s.conversions],
        "expansion": [row.expansion for row in s.expansions],
        "segment": [row.segment for row in s.segments],
        "design": [row.design for row in s.designs],
        "kind": list(COST_KINDS),
        "decision": ["apply", "sign", "keep"],
        "panel": [row.panel for row in s.panels],
    }


def _only_future(plan: Plan) -> list[str]:
    """The name that the plan gives to the one future of a scenario without a table of them."""
    frame = plan.tables.get("futures", pd.DataFrame())
    return [str(frame["future"].iloc[0])] if "future" in frame and len(frame) else ["the future"]


def read(plan: Plan, known: dict[str, list[str]], tree: Tree, ledger: Ledger) -> dict[str, Rows]:
    """All audited tables by name; what is malformed is noted in the ledger and left out."""
    rows: dict[str, Rows] = {}
    nodes: dict[str, int] = {}
    for name in KEYS:
        frame = _frame(plan, name, ledger)
        if name == "paths":
            nodes = _nodes(frame, known, tree)
        rows[name] = _well_formed(name, frame, known, nodes, ledger)
    return rows


def _frame(plan: Plan, name: str, ledger: Ledger) -> pd.DataFrame:
    """The table with all its columns, of the right types; numbers that are none are noted and taken for 0."""
    table = PLAN_TABLE[name]
    frame = plan.tables.get(name, pd.DataFrame())
    missing = [column for column in table.names if column not in frame]
    if missing:
        ledger.wrong("rows", f"table {name}: no column {', '.join(missing)}")
        frame = pd.DataFrame(columns=table.names)
    typed: dict[str, pd.Series] = {}
    for column in table.columns:
        values = frame[column.name]
        if column.kind in _NUMBERS:
            typed[column.name] = _figures(name, column.name, values, ledger)
        elif column.kind == "flag":
            typed[column.name] = values.isin([True, "yes"])
        else:
            typed[column.name] = values.astype(object).where(values.notna(), "").astype(str)
    return pd.DataFrame(typed).reset_index(drop=True)


def _figures(table: str, column: str, values: pd.Series, ledger: Ledger) -> pd.Series:
    figures = pd.to_numeric(values, errors="coerce").astype(float)
    finite = np.isfinite(figures.to_numpy())
    if not finite.all() and (table, column) not in _MAY_BE_BLANK:
        row = int((~finite).argmax())
        ledger.wrong("rows", f"table {table}, row {row + 1}: {column} is no number")
    figures = figures.where(finite, np.nan if column == "parent" else 0.0)
    if (table, column) not in _MAY_BE_NEGATIVE and len(figures):
        ledger.check(
            "signs",
            -figures,
            figures.abs().max(),
            "",
            lambda row: f"table {table}, row {row + 1}: {column} is {figures.iloc[row]:g}, below 0",
        )
    return figures


def _nodes(paths: pd.DataFrame, known: dict[str, list[str]], tree: Tree) -> dict[str, int]:
    """The recomputed node of each node that the plan names; where two fit, the first."""
    futures = {name: i for i, name in enumerate(known["future"])}
    found: dict[str, int] = {}
    for future, period, node in zip(paths["future"], paths["period"], paths["node"], strict=True):
        if future in futures and 1 <= period <= tree.at.shape[1]:
            found.setdefault(f"{node:g}", int(tree.at[futures[future], int(period) - 1]))
    return found


def _well_formed(
    name: str, frame: pd.DataFrame, known: dict[str, list[str]], nodes: dict[str, int], ledger: Ledger
) -> Rows:
    """Rows whose keys name what exists, each once."""
    keys = [key for key in (*KEYS[name], *(["node"] if name == "paths" else [])) if key not in _FREE]
    at: dict[str, Places] = {}
    good = ~frame.duplicated(list(KEYS[name])).to_numpy(dtype=bool)
    _note(name, frame, good, ledger, "stands there twice")
    for key in keys:
        at[key] = _places(frame[key], nodes if key == "node" else _index(known[key]))
        _note(name, frame, at[key] >= 0, ledger, f"no such {key}")
        good &= at[key] >= 0
    return Rows(frame[good].reset_index(drop=True), {key: places[good] for key, places in at.items()})


def _places(values: pd.Series, place: dict[str, int]) -> Places:
    return np.asarray(values.map(_text).map(place).fillna(-1), dtype=np.intp)


def _text(value: object) -> str:
    """A name, or the number of a node or period."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _index(items: Iterable[str]) -> dict[str, int]:
    return {item: i for i, item in enumerate(items)}


def _note(name: str, frame: pd.DataFrame, good: np.ndarray, ledger: Ledger, why: str) -> None:
    if not good.all():
        row = int((~good).argmax())
        key = ", ".join(f"{column} {_text(frame[column].iloc[row])}" for column in KEYS[name])
        ledger.wrong("rows", f"table {name}, row {row + 1} ({key}): {why}")

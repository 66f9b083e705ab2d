"""Audit of what the tables say of themselves: the tree of futures, and the labels beside names."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.plan.tables import CASH_KINDS

NO_NODE = -1.0
"""Stands for the parent of a node of the first period, which has none."""


def check_tables(case: Case) -> None:
    """All rules of this file."""
    _paths(case)
    _nodes(case)
    _whole(case)
    _months(case)
    _labels(case)
    _later_months(case)
    _known_figures(case)


def _paths(case: Case) -> None:
    """Each future is in one node a period, and two futures are in one exactly where they have looked the same."""
    names = case.names["future"]
    mine: dict[str, tuple[int, str]] = {}
    theirs: dict[int, str] = {}
    rows = case.rows["paths"]
    for w, t, plan_node in zip(rows.at["future"], rows.at["period"], rows.frame["node"], strict=True):
        node, text = int(case.tree.at[w, t]), f"{plan_node:g}"
        month = case.calendar.month(int(t) + 1)
        if mine.setdefault(text, (node, names[w]))[0] != node:
            other = mine[text][1]
            case.ledger.wrong("tree", f"node {text}: {names[w]} in {month} shares it with {other}, but differs from it")
        if theirs.setdefault(node, text) != text:
            case.ledger.wrong(
                "tree", f"{names[w]} in {month}: in node {text}, but nothing distinguishes it from node {theirs[node]}"
            )
    said = np.zeros(case.tree.at.shape, dtype=bool)
    said[rows.at["future"], rows.at["period"]] = True
    for w, t in np.argwhere(~said)[:1]:
        case.ledger.wrong("tree", f"{names[w]} in {case.calendar.month(int(t) + 1)}: no node")


def _nodes(case: Case) -> None:
    """Each node has its period, parent and probability."""
    rows, tree = case.rows["nodes"], case.tree
    node = rows.at["node"]
    number = {int(n): float(name) for n, name in zip(node, rows.frame["node"], strict=True)}
    right = {
        "period": tree.period[node],
        "probability": tree.probability[node],
        "parent": np.array([number.get(int(parent), NO_NODE) for parent in tree.parent[node]]),
    }
    columns = list(right)
    case.ledger.equal(
        "tree",
        rows.frame[columns].fillna(NO_NODE).to_numpy(),
        np.column_stack(list(right.values())),
        1.0,
        "",
        lambda i, c: f"node {rows.frame['node'].iloc[i]:g}, {columns[c]}",
    )
    if len(set(node.tolist())) < tree.size:
        gone = min(set(range(tree.size)) - set(node.tolist()))
        case.ledger.wrong("tree", f"table nodes: no row for {case.at(gone)}")


def _whole(case: Case) -> None:
    """Shortage is reported for every segment at every node, futures for every future."""
    said = np.zeros((case.tree.size, len(case.names["segment"])), dtype=bool)
    rows = case.rows["shortage"]
    said[rows.at["node"], rows.at["segment"]] = True
    for n, g in np.argwhere(~said)[:1]:
        case.ledger.wrong("rows", f"table shortage: no row for {case.names['segment'][g]} in {case.at(int(n))}")
    for w in sorted(set(range(len(case.names["future"]))) - set(case.rows["futures"].at["future"].tolist()))[:1]:
        case.ledger.wrong("rows", f"table futures: no row for {case.names['future'][w]}")


def _months(case: Case) -> None:
    """Every row with a node has the first month of the node's period."""
    by_node = np.array([case.month(n) for n in range(case.tree.size)], dtype=object)
    for table, rows in case.rows.items():
        if "node" in rows.at:
            _label(case, table, "month", by_node[rows.at["node"]])


def _labels(case: Case) -> None:
    """Supplier, country, material, licence, pool, segment and target beside an item are the item's."""
    s = case.scenario
    country = {row.supplier: row.country for row in s.suppliers}
    pools = np.array(case.names["undertaking"], dtype=object)[case.bound_by]
    offer = {
        "supplier": [o.supplier for o in s.offers],
        "country": [country[o.supplier] for o in s.offers],
        "material": [o.material for o in s.offers],
        "undertaking": list(pools),
    }
    _item_labels(case, "orders", "offer", offer | {"licence": [o.licence or "" for o in s.offers]})
    _item_labels(case, "arrivals", "offer", offer)
    _item_labels(case, "waiting", "offer", offer | {"licence": [o.licence or "" for o in s.offers]})
    conversion = {
        "supplier": [c.supplier for c in s.conversions],
        "country": [country[c.supplier] for c in s.conversions],
        "material": [c.material for c in s.conversions],
    }
    _item_labels(case, "conversion", "conversion", conversion)
    expansion: dict[str, list[str]] = {
        "scope": [e.scope for e in s.expansions],
        "target": [e.target for e in s.expansions],
    }
    _item_labels(case, "expansion", "expansion", expansion)
    for table in ("build", "magnets", "qualification", "eligible"):
        _item_labels(case, table, "design", {"segment": [d.segment for d in s.designs]})
    _item_labels(case, "panel_suppliers", "supplier", {"country": list(country.values())})
    _item_labels(case, "applications", "licence", {"undertaking": [row.undertaking or "" for row in s.licences]})
    cash = np.array([kind in CASH_KINDS for kind in case.names["kind"]])
    _label(case, "costs", "cash", cash[case.rows["costs"].at["kind"]])


def _item_labels(case: Case, table: str, key: str, labels: dict[str, list[str]]) -> None:
    for column, by_item in labels.items():
        _label(case, table, column, np.array(by_item, dtype=object)[case.rows[table].at[key]])


def _label(case: Case, table: str, column: str, right: np.ndarray) -> None:
    """Note the first row of a table whose label is not the right one."""
    found = case.rows[table].frame[column].to_numpy()
    for row in np.flatnonzero(found != right)[:1]:
        case.ledger.wrong(
            "labels", f"table {table}: {column} '{found[row]}' should be '{right[row]}', {_row(case, table, row)}"
        )


def _row(case: Case, table: str, row: int) -> str:
    rows = case.rows[table]
    items = ", ".join(f"{key} {rows.frame[key].iloc[row]}" for key in rows.at if key != "node" and key in rows.frame)
    return f"{items} in {case.at(int(rows.at['node'][row]))}" if "node" in rows.at else items


def _later_months(case: Case) -> None:
    """An order's arrival, an expansion's and a qualification's first month of use."""
    s = case.scenario
    _later(case, "orders", "arrives", "offer", case.leads)
    _later(case, "expansion", "available", "expansion", [e.lead_periods for e in s.expansions])
    _later(case, "qualification", "usable", "design", [d.qualification_periods for d in s.designs])


def _later(case: Case, table: str, column: str, key: str, leads: list[int]) -> None:
    """After the horizon the month may be left blank."""
    rows = case.rows[table]
    period = case.tree.period[rows.at["node"]] + np.array(leads, dtype=np.intp)[rows.at[key]]
    blank = (rows.frame[column] == "").to_numpy() & (period > case.calendar.periods)
    months = [("" if b else case.calendar.month(int(t))) for t, b in zip(period, blank, strict=True)]
    _label(case, table, column, np.array(months, dtype=object))


def _known_figures(case: Case) -> None:
    """Figures that a row repeats from the scenario."""
    expansion, build = case.rows["expansion"], case.rows["build"]
    step = np.array([e.step_kg_per_period for e in case.scenario.expansions])[expansion.at["expansion"]]
    loss = np.array([d.efficiency_loss_pp for d in case.scenario.designs])[build.at["design"]]
    _figure(case, "expansion", "kg_per_period", step * expansion.numbers("steps"), "kg/period")
    _figure(case, "build", "efficiency_loss_pp", loss, "percentage points")


def _figure(case: Case, table: str, column: str, right: np.ndarray, unit: str) -> None:
    scale = np.abs(right).max(initial=0.0)
    case.ledger.equal(
        "labels",
        case.rows[table].numbers(column),
        right,
        scale,
        unit,
        lambda row: f"table {table}, {column}, {_row(case, table, row)}",
    )

"""Audit of panels: how many suppliers are bought from, and what shares they have on average."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.tree import Array, Mask
from planner.scenario.tables import Panel


def is_counted(own: str, class_: str | None) -> bool:
    """Whether a material's class is spoken of: the class named, else all but feedstock and assembly."""
    return own == class_ if class_ else own not in ("feedstock", "assembly")


def check_panel(case: Case, panel: Panel) -> None:
    """At most max_suppliers are ordered from, and at least min_suppliers have their share; both as stated."""
    spoken = _spoken(case, panel)
    suppliers = list(dict.fromkeys(o.supplier for o, mine in zip(case.scenario.offers, spoken, strict=True) if mine))
    kg = _on_average(case)
    total = float(kg[spoken].sum())
    used, counts = _said(case, panel, "used"), _said(case, panel, "counts")
    most = np.inf if panel.max_suppliers is None else panel.max_suppliers
    _wrong(case, len(used) > most, f"panel {panel.panel}: {len(used)} suppliers are used, at most {most} may be")
    least = panel.min_suppliers
    _wrong(case, len(counts) < least, f"panel {panel.panel}: {len(counts)} suppliers count, at least {least} must")
    for supplier in suppliers:
        mine = spoken & np.array([o.supplier == supplier for o in case.scenario.offers])
        where = f"panel {panel.panel}, {supplier}"
        ordered = bool((case.order[:, mine] > 0).any())
        _wrong(case, ordered and supplier not in used, f"{where}: ordered from, but not used")
        _wrong(case, supplier in counts and supplier not in used, f"{where}: counts, but is not used")
        own, share = float(kg[mine].sum()), panel.min_share_each or 0.0
        if supplier in counts:
            text = f"{where}: counts with {number(own)} kg of {number(total)} kg on average, {share:g} must be"
            case.ledger.check("panels", share * total - own, max(total, 1.0), "kg", lambda _, text=text: text)
        _figures(case, panel, supplier, own, total)


def _wrong(case: Case, is_wrong: bool, where: str) -> None:
    if is_wrong:
        case.ledger.wrong("panels", where)


def _spoken(case: Case, panel: Panel) -> Mask:
    """Offers that a panel speaks of."""
    class_ = {row.material: row.class_ for row in case.scenario.materials}
    return np.array(
        [
            o.material == panel.material if panel.material else is_counted(class_[o.material], panel.class_)
            for o in case.scenario.offers
        ],
        dtype=bool,
    )


def _on_average(case: Case) -> Array:
    """kg that arrive by each offer over the horizon, on average over the futures."""
    kg: Array = case.tree.probability @ case.arrived.sum(axis=2)
    return kg


def _said(case: Case, panel: Panel, column: str) -> set[str]:
    """Suppliers of a panel that the table says are used, or count."""
    rows = case.rows["panel_suppliers"].frame
    return set(rows.loc[(rows["panel"] == panel.panel) & rows[column], "supplier"])


def _figures(case: Case, panel: Panel, supplier: str, own: float, total: float) -> None:
    """The table has a row for each supplier, with its kg and share on average."""
    rows = case.rows["panel_suppliers"].frame
    found = rows[(rows["panel"] == panel.panel) & (rows["supplier"] == supplier)]
    where = f"panel {panel.panel}, {supplier}"
    _wrong(case, not len(found), f"{where}: no row in table panel_suppliers")
    if len(found):
        said = np.array([float(found["kg"].iloc[0]), float(found["share"].iloc[0])])
        right = np.array([own, own / total if total > 0 else 0.0])
        names = ("kg", "share")
        scale = np.array([max(total, 1.0), 1.0])
        case.ledger.equal("panels", said, right, scale, "", lambda i: f"{where}, {names[i]}")

"""Rules 12 and 14: limits on shares and kg of arrivals, and panels of suppliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.plain.linear import ZERO, Linear, total
from tests.plain.tree import Node

if TYPE_CHECKING:
    from tests.plain.statement import Statement

NOT_COUNTED = ("feedstock", "assembly")


def _of_class(st: Statement, material: str, class_: str | None) -> bool:
    own = st.material[material].class_
    return own == class_ if class_ else own not in NOT_COUNTED


def limits(st: Statement) -> None:
    """12, in every future and window."""
    for limit in st.scenario.limits:
        windows: dict[str, list[int]] = {}
        for t in st.calendar.within(limit.from_, limit.until):
            windows.setdefault(st.calendar.year(t) if limit.per == "year" else "", []).append(t)
        for window, periods in windows.items():
            running = window in ("", st.calendar.year(1))
            cut = bool(window) and st.calendar.year(st.last + 1) == window
            for leaf in st.tree.leaves:
                nodes = [node for node in leaf.path() if node.period in periods]
                _limit(st, limit, nodes, running, cut)


def _limit(st: Statement, limit: Any, nodes: list[Node], running: bool, cut: bool) -> None:
    target, everything = _arrivals(st, limit, nodes)
    before, all_before = (limit.before_kg, limit.before_all_kg) if running else (0.0, 0.0)
    counted, whole = target + before, everything + all_before
    if limit.min_share > 0:
        st.program.at_most(limit.min_share * whole, counted)
    if limit.max_share < 1:
        st.program.at_most(counted, limit.max_share * whole)
    if limit.min_kg > 0 and not cut:
        st.program.at_most(Linear(constant=limit.min_kg), counted)
    if limit.max_kg is not None:
        st.program.at_most(target, max(0.0, limit.max_kg - before))


def _arrivals(st: Statement, limit: Any, nodes: list[Node]) -> tuple[Linear, Linear]:
    """Arrivals of the target, and of all, that a limit counts at some nodes."""
    country = {row.supplier: row.country for row in st.scenario.suppliers}
    target, everything = [], []
    for node in nodes:
        flows = [(o.supplier, o.material, st.supply.arrive(o, node)) for o in st.scenario.offers]
        flows += [(c.supplier, c.material, st.stock.made(c, node)) for c in st.scenario.conversions]
        for supplier, material, kg in flows:
            if _of_class(st, material, limit.class_):
                everything.append(kg)
                if limit.target == (country[supplier] if limit.scope == "country" else supplier):
                    target.append(kg)
    return total(target), total(everything)


def panels(st: Statement) -> None:
    """14."""
    for panel in st.scenario.panels:
        offers = [row for row in st.scenario.offers if _speaks(st, panel, row.material)]
        suppliers = dict.fromkeys(row.supplier for row in offers)
        used = {supplier: st.program.choice() for supplier in suppliers}
        counts = {supplier: st.program.choice() for supplier in suppliers}
        if panel.max_suppliers is not None:
            st.program.at_most(total(used.values()), panel.max_suppliers)
        if panel.min_suppliers:
            st.program.at_most(Linear(constant=panel.min_suppliers), total(counts.values()))
        for supplier in suppliers:
            mine = [row for row in offers if row.supplier == supplier]
            st.program.at_most(counts[supplier], used[supplier])
            _used(st, mine, used[supplier])
            if panel.min_suppliers:
                shortfall = panel.min_share_each * _mean(st, offers) - _mean(st, mine)
                st.program.at_most(shortfall, st.supply.at_most_in_all(offers) * (1 - 1.0 * counts[supplier]))


def _speaks(st: Statement, panel: Any, material: str) -> bool:
    return material == panel.material if panel.material else _of_class(st, material, panel.class_)


def _used(st: Statement, offers: list[Any], used: Linear) -> None:
    """Nothing is ordered from a supplier that is not used."""
    for row in offers:
        for node in st.nodes:
            if (row.offer, node) in st.supply.order:
                st.program.at_most(st.supply.order[row.offer, node], st.supply.largest(row, node) * used)


def _mean(st: Statement, offers: list[Any]) -> Linear:
    """Arrivals over the horizon, on average over the futures."""
    found = [ZERO]
    for row in offers:
        found += [node.probability * st.supply.arrive(row, node) for node in st.nodes]
    return total(found)

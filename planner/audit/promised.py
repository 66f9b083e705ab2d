"""Audit of what has to be ordered: fixed orders and commitments, as far as suppliers can take them."""

from __future__ import annotations

import numpy as np

from planner.audit.case import Case
from planner.audit.report import number
from planner.audit.supply import fixed_orders, largest_order, may_order, said, supplier_capacity
from planner.audit.tree import Array, Mask


def check_promised(case: Case) -> None:
    """All rules of this file."""
    promised = _Promised(case)
    case.ledger.check(
        "fixed_order",
        np.where(promised.fixed, np.abs(case.order - promised.let_off * promised.k), 0.0),
        largest_order(case),
        "kg",
        lambda n, o: f"{said(case, n, o)}, fixed at {number(promised.let_off[n, o] * promised.k[n, o])} kg",
    )
    share = promised.let_off * promised.c
    spared = (promised.let_off < 1.0) & (share < promised.least)
    least = np.where(spared, 0.0, share) * (case.signed > 0)
    case.ledger.check(
        "commitment",
        least - case.order,
        largest_order(case),
        "kg",
        lambda n, o: f"{said(case, n, o)}, committed {number(least[n, o])} kg",
    )


class _Promised:
    """What is promised, node × offer in kg: `k` of fixed orders, `c` of commitments, and the share g `let_off`."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.fixed, self._asked = fixed_orders(case)
        self.least: Array = np.array([o.min_order_kg for o in case.scenario.offers])
        offers = case.scenario.offers
        self._most = np.array([o.max_kg_per_period for o in offers])
        self._keeps = np.array([o.reservation_fee_per_kg is not None for o in offers], dtype=bool)
        self._factor = case.tree.of(case.signals.offer_capacity)
        self.k, self.c = self._fixed(), self._committed()
        self.let_off = self._let_off()

    def _fixed(self) -> Array:
        """min(kg, f · (max + steps that are there)); of what is kept f' · min(kg, max + steps)."""
        most = self._most + self.case.open_steps("offer", self.case.names["offer"])
        usual = np.minimum(self._asked, self._factor * most)
        kept = np.minimum(self._factor, 1.0) * np.minimum(self._asked, most)
        return np.where(self.fixed, np.where(self._keeps, kept, usual), 0.0)

    def _committed(self) -> Array:
        """The larger of min_order and min(commit, f · max), where it may order and no order is fixed."""
        commit = np.array([o.commit_kg_per_period for o in self.case.scenario.offers])
        most = self._factor * self._most
        usual = np.where(most < self.least, 0.0, np.maximum(self.least, np.minimum(commit, most)))
        kept = np.minimum(self._factor, 1.0) * np.minimum(commit, self._most)
        kept = np.where((self._factor < 1.0) & (kept < self.least), 0.0, kept)
        asks = may_order(self.case) & ~self.fixed & (commit > 0)
        return np.where(asks, np.where(self._keeps, kept, usual), 0.0)

    def _let_off(self) -> Array:
        """G: first the sure offers of a supplier get the same share, of what they leave the others."""
        case, offers = self.case, self.case.scenario.offers
        ordered = {row.offer for row in case.scenario.fixed_orders}
        sure = np.array([o.signed == "yes" or o.decision == "must" or o.offer in ordered for o in offers], dtype=bool)
        licences = [case.licence_of(o) for o in offers]
        barred = np.array([row is not None and row.decision == "never" for row in licences]) & case.per_order
        open_ = ~sure & ~barred & np.array([o.decision != "never" for o in offers], dtype=bool)
        share, capacity = np.ones(self.k.shape), supplier_capacity(case)
        of = case.places("supplier", [o.supplier for o in offers])
        for s in range(capacity.shape[1]):
            mine = of == s
            promised = (self.k + self.c)[:, mine & sure & ~barred].sum(axis=1)
            first = _part(capacity[:, s], promised)
            # Where capacity knows no limit, so does what is left.
            left = np.where(np.isinf(capacity[:, s]), np.inf, capacity[:, s] - first * promised)
            second = _part(left, self._others(mine & open_, sure))
            share[:, mine & sure] = first[:, None]
            share[:, mine & ~sure] = second[:, None]
        return share

    def _others(self, open_: Mask, sure: Mask) -> Array:
        """What may be committed besides: of a group its largest; none of a group with a sure offer."""
        groups: dict[str, list[int]] = {}
        offers = self.case.scenario.offers
        taken = {offers[o].group for o in np.flatnonzero(sure)} - {None}
        for o in np.flatnonzero(open_):
            group = offers[o].group
            if group not in taken:
                groups.setdefault(f"group {group}" if group else f"offer {o}", []).append(int(o))
        largest = [self.c[:, members].max(axis=1) for members in groups.values()]
        asked: Array = np.sum([np.zeros(len(self.c)), *largest], axis=0)
        return asked


def _part(there: Array, asked: Array) -> Array:
    """The share of what is asked for that is there, at most all."""
    part: Array = np.minimum(1.0, np.divide(there, asked, out=np.ones_like(asked), where=asked > 0))
    return part

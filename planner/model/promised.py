"""What orders are promised: fixed ones and commitments, as far as offer and supplier can deliver.

A supplier that cannot take all that is promised lets off, in two steps: first the sure offers (signed, must, or with a
fixed order anywhere) get the same share of what is promised under them, then the others get the same share of their
commitments of what these leave.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from planner.futures.tree import Floats
from planner.model.path import PathModel
from planner.scenario import tables as t


class Promised:
    """Kg promised by node, for the offers of a path: arrays over the nodes of the tree."""

    def __init__(self, path: PathModel) -> None:
        self._path = path
        self._offers = path.scenario.offers
        self._shares: dict[str, tuple[Floats, Floats]] = {}

    def fixed(self, offer: t.Offer, period: int) -> Floats:
        """g · k: what is ordered at the nodes of a fixed order's period."""
        return self._share(offer) * self._fixed(offer, period)

    def committed(self, offer: t.Offer) -> Floats:
        """g · c: the least that is ordered at each node, once signed; 0 where nothing is asked."""
        share, least = self._share(offer), self._committed[offer.offer]
        asked: Floats = share * least
        return np.where((share < 1) & (asked < offer.min_order_kg), 0.0, asked)

    # --- what is promised, before anybody lets off ----------------------------------------------------

    def _fixed(self, offer: t.Offer, period: int) -> Floats:
        """k: the fixed order, as far as the capacity is there (steps under way included)."""
        path = self._path
        factor = path.tree.offer_capacity[offer.offer]
        capacity = offer.max_kg_per_period + path.under_way("offer", offer.offer, period)
        kg = path.fixed[offer.offer, period]
        if offer.reservation_fee_per_kg is not None:
            return np.minimum(factor, 1.0) * min(kg, capacity)
        return np.minimum(kg, factor * capacity)

    @cached_property
    def _committed(self) -> dict[str, Floats]:
        """c by offer and node, 0 outside the periods in which it may order and where its order is fixed."""
        return {row.offer: self._open_to_orders(row) * self._least(row) for row in self._offers}

    def _least(self, offer: t.Offer) -> Floats:
        """c: the larger of min_order and min(commit, f · max); 0 without a commitment, or where no order fits."""
        factor = self._path.tree.offer_capacity[offer.offer]
        if offer.commit_kg_per_period <= 0:
            return np.zeros_like(factor)
        if offer.reservation_fee_per_kg is not None:
            kept = np.minimum(factor, 1.0) * min(offer.commit_kg_per_period, offer.max_kg_per_period)
            return np.where((factor < 1) & (kept < offer.min_order_kg), 0.0, kept)
        most = factor * offer.max_kg_per_period
        least = np.maximum(offer.min_order_kg, np.minimum(offer.commit_kg_per_period, most))
        return np.where(most < offer.min_order_kg, 0.0, least)

    def _open_to_orders(self, offer: t.Offer) -> Floats:
        path = self._path
        free = [period for period in path.order_periods(offer) if (offer.offer, period) not in path.fixed]
        return np.isin(path.tree.period, free).astype(float)

    # --- who lets off ---------------------------------------------------------------------------------

    def _share(self, offer: t.Offer) -> Floats:
        """g by node."""
        limit = self._path.scenario.supplier[offer.supplier].max_kg_per_period
        if limit is None:
            return self._path.ones
        if offer.supplier not in self._shares:
            capacity = self._path.tree.supplier_capacity[offer.supplier] * limit
            self._shares[offer.supplier] = self._shared_out(offer.supplier, capacity)
        sure, others = self._shares[offer.supplier]
        return sure if self._is_sure(offer) else others

    def _shared_out(self, supplier: str, capacity: Floats) -> tuple[Floats, Floats]:
        """The shares of a supplier's sure offers and of its others, by node."""
        offers = [row for row in self._offers if row.supplier == supplier]
        sure = [row for row in offers if self._is_sure(row)]
        asked = sum((self._of_sure(row) for row in sure), np.zeros_like(capacity))
        share = _part(capacity, asked)
        return share, _part(capacity - share * asked, self._of_others(offers, sure))

    def _of_sure(self, offer: t.Offer) -> Floats:
        """What is promised under a sure offer at each node: k where its order is fixed, else c."""
        path, asked = self._path, self._committed[offer.offer].copy()
        for name, period in path.fixed:
            if name == offer.offer:
                nodes = path.tree.at[period]
                asked[nodes] = self._fixed(offer, period)[nodes]
        return asked

    def _of_others(self, offers: list[t.Offer], sure: list[t.Offer]) -> Floats:
        """What may be promised under the others: of a group the largest, none of a group with a sure offer."""
        taken = {row.group for row in sure if row.group}
        by_group: dict[str, Floats] = {}
        for row in offers:
            if row not in sure and row.decision != "never" and row.group not in taken:
                group = f"group {row.group}" if row.group else f"offer {row.offer}"
                largest = by_group.get(group, np.zeros_like(self._path.ones))
                by_group[group] = np.maximum(largest, self._committed[row.offer])
        return sum(by_group.values(), np.zeros_like(self._path.ones))

    def _is_sure(self, offer: t.Offer) -> bool:
        fixed = any(name == offer.offer for name, _ in self._path.fixed)
        return offer.signed == "yes" or offer.decision == "must" or fixed


def _part(capacity: Floats, asked: Floats) -> Floats:
    """The share of what is asked that a capacity leaves, at most 1."""
    return np.minimum(1.0, np.divide(np.maximum(capacity, 0.0), asked, out=np.ones_like(asked), where=asked > 0))

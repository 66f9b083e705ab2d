"""The most that can be ordered, by node: what bounds and linking rows are as tight as."""

from __future__ import annotations

import numpy as np

from planner.futures.tree import Floats
from planner.model.path import PathModel
from planner.scenario import tables as t


def most_ordered(path: PathModel, offer: t.Offer, period: int) -> Floats:
    """By node, the most kg of one order in a period: f · (max + Σ step · steps), and at most what the supplier takes.

    0 where that is below the minimum order, unless the order is fixed.
    """
    capacity = offer.max_kg_per_period + path.most_expanded("offer", offer.offer, period)
    is_fixed = (offer.offer, period) in path.fixed
    key = (offer.offer, is_fixed, capacity)
    if key not in path.most_ordered:
        path.most_ordered[key] = _most(path, offer, capacity, 0.0 if is_fixed else offer.min_order_kg)
    return path.most_ordered[key]


def _most(path: PathModel, offer: t.Offer, capacity: float, least: float) -> Floats:
    most = path.tree.offer_capacity[offer.offer] * capacity
    supplier = path.scenario.supplier[offer.supplier]
    if path.elastic:
        return most
    if supplier.max_kg_per_period is not None:
        most = np.minimum(most, path.tree.supplier_capacity[offer.supplier] * supplier.max_kg_per_period)
    return np.where(most >= least, most, 0.0)

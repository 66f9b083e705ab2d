"""The most that can be ordered, by node: what bounds and linking rows are as tight as."""

from __future__ import annotations

import numpy as np

from planner.futures.tree import Floats
from planner.model.course import Course
from planner.scenario import tables as t


def most_ordered(course: Course, offer: t.Offer, period: int) -> Floats:
    """By node, the most kg of one order in a period: f · (max + Σ step · steps), and at most what the supplier takes.

    0 where that is below the minimum order, unless the order is fixed.
    """
    capacity = offer.max_kg_per_period + course.most_expanded("offer", offer.offer, period)
    is_fixed = (offer.offer, period) in course.fixed
    key = (offer.offer, is_fixed, capacity)
    if key not in course.most_ordered:
        course.most_ordered[key] = _most(course, offer, capacity, 0.0 if is_fixed else offer.min_order_kg)
    return course.most_ordered[key]


def _most(course: Course, offer: t.Offer, capacity: float, least: float) -> Floats:
    most = course.tree.offer_capacity[offer.offer] * capacity
    supplier = course.scenario.supplier[offer.supplier]
    if course.elastic:
        return most
    if supplier.max_kg_per_period is not None:
        most = np.minimum(most, course.tree.supplier_capacity[offer.supplier] * supplier.max_kg_per_period)
    return np.where(most >= least, most, 0.0)

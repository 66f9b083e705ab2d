"""Of plans that cost the same, the one that asks least: nothing is signed or applied for that serves nothing."""

from __future__ import annotations

from planner.futures.tree import Floats
from planner.model.course import Course
from planner.model.tiling import Layout


def tidied(course: Course, layout: Layout, x: Floats) -> Floats:
    """A solution without signatures under which nothing is ordered or kept, and licences that no signature needs.

    A solver is free to leave them in where they cost nothing, and at a limit even where they cost. What must
    be signed or applied for stays.
    """
    x = x.copy()
    place = {(name, key[0]): place for place, (name, key) in enumerate(layout.labels[0])}
    used = _ordered(course, layout, x) | {item for (name, item), at in place.items() if name == "keep" and x[at] > 0}
    for offer in course.scenario.offers:
        if ("sign", offer.offer) in place and offer.decision == "free" and offer.offer not in used:
            x[place["sign", offer.offer]] = 0.0
    signed = [row for row in course.scenario.offers if ("sign", row.offer) in place and x[place["sign", row.offer]] > 0]
    for licence in course.scenario.licences:
        if licence.decision == "free" and all(row.licence != licence.licence for row in signed):
            x[place["apply", licence.licence]] = 0.0
    return x


def _ordered(course: Course, layout: Layout, x: Floats) -> set[str]:
    """Offers under which anything is ordered at any node."""
    ordered: set[str] = set()
    for period in course.periods:
        most = x[layout.columns(period)].max(axis=0)
        labels = zip(layout.labels[period], most, strict=True)
        ordered |= {key[0] for (name, key), value in labels if name == "order" and value > 0}
    return ordered

"""What one more percentage point of a licence's clearance is worth, by period of arrival."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from planner.futures.tree import Tree
from planner.model.path import Arrival
from planner.model.program import program
from planner.model.reach import Reach
from planner.model.tiling import Instance
from planner.solver.duals import Duals, Push
from planner.why.change import are_alike, moves, reduced_cost
from planner.why.solved import ZERO, Solved, judged

_POINT = 0.01
_STEP = _POINT * 2.0**-10
FULL = "cleared in full: what one percentage point less would cost"
NOT_KNOWN = "not known: nothing is let go so far, or all that waits, and the program does not hold what would change"

Place = tuple[str, int]
"""A licence, and a period in which something arrives under it."""


def worth_of_clearance(solved: Solved, duals: Duals) -> Iterator[dict[str, Any]]:
    """Rows of the table `values` for clearances."""
    arrivals = _arrivals(solved)
    known = [place for place, found in arrivals.items() if _is_known(solved, place, found)]
    idle = {place: (0.0, ZERO) for place, found in arrivals.items() if not _is_ordered(solved, duals, found)}
    alone = [place for place in known if _stands_alone(solved, place, arrivals[place])]
    worth = idle | {place: _alone(solved, duals, place) for place in alone}
    worth |= _together(solved, duals, [place for place in known if place not in alone])
    calendar, licences = solved.path.calendar, list(solved.path.scenario.licence)
    for place in sorted(arrivals, key=lambda place: (licences.index(place[0]), place[1])):
        saved, note = worth.get(place, (np.nan, NOT_KNOWN))
        if _is_full(solved.path.tree, place):
            saved, note = -saved, "; ".join(text for text in (FULL, note) if text)
        yield {
            "what": "clearance of licence",
            "item": place[0],
            "when": calendar.month(place[1]),
            "value": saved * _POINT / _STEP,
            "unit": "percentage point more",
            "note": note,
        }


def _stands_alone(solved: Solved, place: Place, found: Iterable[Arrival]) -> bool:
    """Whether a place shares rows with others: open orders do, and what waits for a licence from period to period."""
    waits = solved.path.scenario.licence[place[0]].unreleased == "waits"
    return waits or any(isinstance(arrival.ordered, float) for arrival in found)


def _arrivals(solved: Solved) -> dict[Place, list[Arrival]]:
    found: dict[Place, list[Arrival]] = defaultdict(list)
    for period, arrivals in solved.path.arrivals.items():
        for arrival in arrivals:
            if arrival.offer.licence:
                found[arrival.offer.licence, period].append(arrival)
    return found


def _is_known(solved: Solved, place: Place, found: Iterable[Arrival]) -> bool:
    """Whether the program holds what would arrive; where nothing is ever let go it leaves the stock out.

    Nor does it say what a share below 1 would hold back where all that waits is let go.
    """
    if solved.path.scenario.licence[place[0]].unreleased == "waits" and _is_full(solved.path.tree, place):
        return False
    reach = Reach(solved.path)
    return all(reach.supplies(arrival.offer.material, arrival.pool, place[1]) for arrival in found)


def _is_ordered(solved: Solved, duals: Duals, found: Iterable[Arrival]) -> bool:
    """Whether anything comes due."""
    kg = [arrival.ordered for arrival in found]
    return any(isinstance(ordered, float) or duals.x[solved.columns(ordered)].any() for ordered in kg)


def _is_full(tree: Tree, place: Place) -> bool:
    return bool((tree.clearance[place[0]][tree.at[place[1]]] >= 1).all())


def _cleared(solved: Solved, places: Iterable[Place]) -> Instance:
    """The program with a little more clearance in some licences' periods where there is room, else with less."""
    tree = solved.path.tree
    clearance = {name: values.copy() for name, values in tree.clearance.items()}
    for place in places:
        nodes = tree.at[place[1]]
        if _is_full(tree, place):
            clearance[place[0]][nodes] -= _STEP
        else:
            clearance[place[0]][nodes[clearance[place[0]][nodes] < 1]] += _STEP
    return program(solved.path.scenario, replace(tree, clearance=clearance))[1]


def _alone(solved: Solved, duals: Duals, place: Place) -> tuple[float, str]:
    """Of one place; open orders stand in sides of rows that may be shared with others.

    Not known where nothing of a licence is ever let go: a little more would bring rows and columns with it.
    """
    after = _cleared(solved, [place])
    if not are_alike(solved.instance, after):
        return np.nan, NOT_KNOWN
    moved = moves(solved.instance, after, duals)
    offset = after.offset - solved.instance.offset
    push = moved.push(solved.instance.matrix, slice(None), slice(None))
    return judged(duals, [*moved.row_part.tolist(), *moved.column_part.tolist(), offset], push)


def _together(solved: Solved, duals: Duals, places: list[Place]) -> dict[Place, tuple[float, str]]:
    """Of many places at once: what an order comes to depends on the clearance of its own arrival alone."""
    if not places:
        return {}
    before, after = solved.instance, _cleared(solved, places)
    part = (reduced_cost(after, duals) - reduced_cost(before, duals)) * duals.x
    columns: dict[Place, list[int]] = {place: [] for place in places}
    for column in np.flatnonzero(part).tolist():
        _, (name, period) = solved.column(column)
        offer = solved.path.scenario.offer[name]
        columns[offer.licence or "", period + offer.lead_periods].append(column)
    worth, still = {}, np.zeros(len(before.row_lower))
    for place, here in columns.items():
        ordered = np.zeros_like(duals.x)
        ordered[here] = duals.x[here]
        pull = before.matrix.times(ordered) - after.matrix.times(ordered)
        push = Push(pull, still, still, np.zeros_like(duals.x), np.zeros_like(duals.x))
        worth[place] = judged(duals, part[here].tolist(), push)
    return worth

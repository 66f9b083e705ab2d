"""Whose turn it is: fair shares by person, and a place that only short solves may take.

Who has the least under way comes first; among equals who was served longest ago, then who asked first. So one
person's hundred runs delay another's first by one at most. All is told from the store, so that every process of a
server comes to the same order.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.serve.store import CHECKING, RUNNING, WAITING, Comparison, Run, Scenario

_SHORT_LIMIT = 60.0
"""A time limit (seconds) with which a solve is short, however large its scenario."""

_SHORT_SIZE = 20_000
"""The size up to which a scenario's solve is short: those measured take up to half a minute to a gap of 0.01 %."""


@dataclass(frozen=True)
class Asked:
    """Something that waits: whose it is, and whether it is a short solve."""

    id: str
    who: str
    short: bool = False


def person(row: Scenario | Run | Comparison) -> str:
    """Whose something is: a user, or where there are none the name that was given."""
    return row.owner or row.who


def is_short(run: Run, scenario: Scenario) -> bool:
    """Whether a solve is likely to end soon."""
    if run.study is not None:
        return False
    limit = run.options.get("time_limit")
    small = 0 < scenario.size <= _SHORT_SIZE and not run.options.get("why")
    return small or (limit is not None and limit <= _SHORT_LIMIT)


def in_turn(asked: Sequence[Asked], busy: Mapping[str, int], served: Mapping[str, float]) -> list[Asked]:
    """What waits, in the order of its turns; `asked` is oldest first.

    `busy` is how much each person has under way, `served` when something of theirs was last begun.
    """
    waiting: dict[str, deque[tuple[int, Asked]]] = defaultdict(deque)
    for place, one in enumerate(asked):
        waiting[one.who].append((place, one))
    heap = [(busy.get(who, 0), served.get(who, 0.0), mine[0][0], who) for who, mine in waiting.items()]
    heapq.heapify(heap)
    latest, order = max(served.values(), default=0.0), []
    while heap:
        count, _, _, who = heapq.heappop(heap)
        order.append(waiting[who].popleft()[1])
        latest += 1.0
        if waiting[who]:
            heapq.heappush(heap, (count + 1, latest, waiting[who][0][0], who))
    return order


@dataclass(frozen=True)
class Line:
    """The line of runs: those that wait in the order of their turns, and how many long and short ones are under way."""

    waiting: list[Asked]
    long: int
    short: int

    def positions(self) -> dict[str, int]:
        """By run its place in the line, 1 for the next; short ones may overtake through the place kept for them."""
        shorts, found = 0, {}
        for place, one in enumerate(self.waiting, start=1):
            shorts += one.short
            found[one.id] = shorts if one.short else place
        return found

    def next(self, places: int) -> list[str]:
        """The runs that may begin now, of so many places and one more for a short solve, in order."""
        long, free, found = self.long, places + 1 - self.long - self.short, []
        for one in self.waiting:
            if free > 0 and (one.short or long < places):
                found.append(one.id)
                free -= 1
                long += not one.short
        return found


def line(unfinished: Sequence[tuple[Run, Scenario]], served: Mapping[str, float]) -> Line:
    """The line of runs that have not ended; those whose scenario is still being checked stand in it, too."""
    busy: dict[str, int] = defaultdict(int)
    kinds = [0, 0]
    for run, scenario in unfinished:
        if run.state == RUNNING:
            busy[person(run)] += 1
            kinds[is_short(run, scenario)] += 1
    asked = [
        Asked(run.id, person(run), is_short(run, scenario)) for run, scenario in unfinished if run.state == WAITING
    ]
    return Line(in_turn(asked, busy, served), *kinds)


def checks(to_check: Sequence[Scenario], under_way: Sequence[str]) -> list[str]:
    """Scenarios to be checked that are not under way, in the order of their turns."""
    busy: dict[str, int] = defaultdict(int)
    for one in to_check:
        busy[person(one)] += one.id in under_way
    asked = [Asked(one.id, person(one)) for one in to_check if one.id not in under_way and one.state == CHECKING]
    return [one.id for one in in_turn(asked, busy, {})]

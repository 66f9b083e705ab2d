"""The weakest figures of a scenario, each moved down and up, and what that does to the answer."""

from __future__ import annotations

import concurrent.futures
import heapq
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from planner.batch.engine import Engine
from planner.errors import StoppedWithoutPlan
from planner.scenario.load import Loaded
from planner.sensitivity.answer import Answer, answer, answer_moved
from planner.sensitivity.moves import Move, movable, move
from planner.sensitivity.weakest import weights
from planner.solver.outcome import Options, Progress, Watcher
from planner.sources.figures import Figure, figures

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_CHUNK = 25
"""Figures weighed in one piece of work."""


class _Ticket(Protocol[T_co]):
    """Work handed in, as the engine's tickets are."""

    def result(self) -> T_co:
        """The answer; waits for it."""

    def cancel(self) -> None:
        """Drop it, or have it end with what it has."""


class _Later(Generic[T]):
    """Work that this process does when its answer is asked for."""

    def __init__(self, work: Callable[..., T], args: tuple[Any, ...]) -> None:
        self._work, self._args, self._cancelled = work, args, False

    def result(self) -> T:
        if self._cancelled:
            raise concurrent.futures.CancelledError
        return self._work(*self._args)

    def cancel(self) -> None:
        self._cancelled = True


class _Here(AbstractContextManager["_Here"]):
    """Takes work as the engine does, without a process of its own to start."""

    def __exit__(self, *_: object) -> None:
        """Nothing is left to end."""

    def submit(self, work: Callable[..., T], /, *args: Any) -> _Later[T]:
        """Have this process call work(*args)."""
        return _Later(work, args)


@dataclass(frozen=True)
class Tried:
    """A figure moved one way (None: it cannot be), and the answer then (None: not tried, or stopped)."""

    move: Move | None
    answer: Answer | None = None


@dataclass(frozen=True)
class Study:
    """The answer as it is, and the weakest figures, each with what moving it down and up by a share `by` does."""

    loaded: Loaded
    by: float
    gap: float
    base: Answer
    rows: tuple[tuple[Figure, Tried, Tried], ...]

    @property
    def complete(self) -> bool:
        """Whether all was tried."""
        tried = [one for _, *pair in self.rows for one in pair if one.move is not None]
        return self.base.complete and all(one.answer is not None for one in tried)


def study(
    source: str | Path,
    loaded: Loaded,
    most: int,
    by: float,
    options: Options,
    workers: int | None = None,
    watch: Watcher | None = None,
) -> Study:
    """Move the `most` weakest figures by a share `by` of themselves down and up, each alone.

    `workers` processes share the work (None: one per core); a single one is this process itself.
    Ctrl-C ends it with what there is by then. Raises Infeasible and the like where the scenario itself has no plan.
    """
    candidates = movable(loaded, figures(source))
    with _Here() if workers == 1 else Engine(workers) as crew:
        first = crew.submit(answer, loaded, options)
        parts = [candidates[start : start + _CHUNK] for start in range(0, len(candidates), _CHUNK)]
        weighing = [crew.submit(weights, loaded, part, by) for part in parts]
        found = [one for part in _gathered(weighing, "weighing figures", watch, needed=True) for one in part or ()]
        weakest = [candidates[place] for place in _places(found, candidates, most)]
        tries = [Tried(move(loaded, figure, share)) for figure in weakest for share in (-by, by)]
        moved = [one.move for one in tries if one.move]
        solving = [crew.submit(answer_moved, loaded, one, options) for one in moved]
        answers = _gathered(solving, "moving figures", watch)
        base = first.result()
    found_by = dict(zip(map(id, moved), answers, strict=True))
    done = [Tried(one.move, _whole(found_by.get(id(one.move)))) for one in tries]
    rows = zip(weakest, done[::2], done[1::2], strict=True)
    return Study(loaded, by, options.gap, base, tuple(rows))


def _places(found: Sequence[tuple[int, float, int] | None], figures: Sequence[Figure], most: int) -> list[int]:
    """The places of the weakest figures, weakest first."""
    weighed = [(weight, place) for place, weight in enumerate(found) if weight is not None]
    return [place for _, place in heapq.nsmallest(most, weighed)]


def _whole(found: Answer | None) -> Answer | None:
    return found if found is not None and found.complete else None


def _gathered(tickets: Sequence[_Ticket[T]], stage: str, watch: Watcher | None, needed: bool = False) -> list[T | None]:
    """The answers in order; None for what Ctrl-C comes before, which is too early where all are `needed`."""
    found: list[T | None] = []
    try:
        for ticket in tickets:
            if watch is not None:
                watch(Progress(f"{stage} ({len(found) + 1} of {len(tickets)})", 0.0))
            found.append(ticket.result())
            if isinstance(found[-1], Answer) and not found[-1].complete:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        for ticket in tickets[len(found) :]:
            ticket.cancel()
        if needed:
            raise StoppedWithoutPlan("Stopped before it was known which figures are the weakest.") from None
        found += [_last(ticket) for ticket in tickets[len(found) :]]
    return found


def _last(ticket: _Ticket[T]) -> T | None:
    try:
        return ticket.result()
    except concurrent.futures.CancelledError:
        return None

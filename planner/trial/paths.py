"""Paths that plans are tried on: of the climates, or of the scenario's own futures weighed otherwise, with noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.climates.making import GoingOn
from planner.errors import UsageError
from planner.futures.apart import among, apart
from planner.futures.tree import Floats, Ints, Tree, grow
from planner.scenario.changed import changed
from planner.scenario.fields import nearest, shown
from planner.scenario.made import climates_of, events_of, in_words, sample_of
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Event, Future
from planner.trial.noise import Noise, fading, noisy


@dataclass(frozen=True)
class Asked:
    """What paths are asked for: how many, by which seed, of which futures' weights (None: of climates), what noise."""

    count: int
    seed: int = 1
    weights: tuple[tuple[str, float], ...] | None = None
    noise: Noise = field(default_factory=Noise)


def asked_of(scenario: Scenario, count: int, seed: int, weights: Mapping[str, float] | None, noise: Noise) -> Asked:
    """What is asked for: without weights the scenario's climates, or where it has none its own probabilities.

    Raises UsageError where a weight is of no future.
    """
    known = {row.future: row.probability for row in scenario.futures}
    if weights is None:
        return Asked(count, seed, None if scenario.climates else tuple(known.items()), noise)
    for name, weight in weights.items():
        if name not in known:
            raise UsageError(f"There is no future {shown(name)} to weigh. {nearest(name, known)}")
        if weight < 0:
            raise UsageError(f"The weight of {name} is below 0.")
    if not sum(weights.values()) > 0:
        raise UsageError("At least one future must have a weight above 0.")
    return Asked(count, seed, tuple(weights.items()), noise)


class Paths:
    """The paths that a scenario is tried on, numbered from 0."""

    def __init__(self, scenario: Scenario, asked: Asked) -> None:
        self.scenario, self.asked = scenario, asked
        self._drawn: Ints = self._climates() if asked.weights is None else self._picks(asked.weights)
        self._own = grow(scenario) if asked.weights is not None else None
        self._going_on: dict[int, GoingOn] = {}

    def _climates(self) -> Ints:
        """States, shape (paths, periods, chains): drawn from other numbers than the tree's own paths were."""
        seed = int(np.random.SeedSequence((self.asked.seed, 1)).generate_state(1)[0])
        return climates_of(self.scenario).sample(self.asked.count, seed)

    def _picks(self, weights: Sequence[tuple[str, float]]) -> Ints:
        names = [row.future for row in self.scenario.futures]
        if not names:
            return np.zeros(self.asked.count, dtype=np.int64)
        share = np.array([dict(weights).get(name, 0.0) for name in names])
        random = np.random.default_rng((self.asked.seed, 1))
        return random.choice(len(names), size=self.asked.count, p=share / share.sum())

    def alike(self) -> list[list[int]]:
        """The numbers of paths that are the same, together; without noise only, which makes all differ."""
        if self.asked.noise.any:
            return [[number] for number in range(self.asked.count)]
        _, inverse = np.unique(self._drawn.reshape(len(self._drawn), -1), axis=0, return_inverse=True)
        # In the order of what is seen, so that paths alike at first stand together.
        return [np.flatnonzero(inverse.reshape(-1) == group).tolist() for group in range(int(inverse.max()) + 1)]

    def tree(self, numbers: Sequence[int]) -> Tree:
        """Some of the paths side by side."""
        if self._own is not None:
            paths = apart(self._own, self._drawn[list(numbers)].tolist())
        else:
            paths = apart(self._of_climates(self._drawn[list(numbers)]), range(len(numbers)))
        return noisy(self.scenario, paths, self.asked.noise, self.asked.seed, numbers)

    def _of_climates(self, paths: Ints, probability: Floats | None = None) -> Tree:
        names = [f"path {number}" for number in range(len(paths))]
        every = [row for row in self.scenario.events if row.future == "*"]
        made = [Event(**row) for row in events_of(self.scenario, paths, names)]
        weights = np.full(len(names), 1 / len(names)) if probability is None else probability
        futures = tuple(Future(future=name, probability=p) for name, p in zip(names, weights.tolist(), strict=True))
        return grow(changed(self.scenario, futures=futures, events=(*every, *made)))

    def knowing(self, number: int, period: int, leaves: int) -> Tree:
        """What may come once a path has been seen up to a period: a tree of it that goes on as climates or futures do.

        Of climates it has so many leaves. Noise goes back to its mean as its autocorrelation has it.
        """
        if self._own is None:
            tree = self._after_climates(number, period, leaves)
        else:
            node = self._own.node_of[self._drawn[number], period]
            tree = among(self._own, np.flatnonzero(self._own.node_of[:, period] == node).tolist())
        if not self.asked.noise.any:
            return tree
        return fading(self.scenario, tree, self.asked.noise, self.asked.seed, number, period)

    def _after_climates(self, number: int, period: int, leaves: int) -> Tree:
        if leaves not in self._going_on:
            self._going_on[leaves] = GoingOn(sample_of(self.scenario), leaves)
        seen = self._drawn[number, :period]
        if period == self.scenario.settings.periods:
            return self._of_climates(seen[None])
        after, probability = self._going_on[leaves].after(period, tuple(seen[-1].tolist()))
        return self._of_climates(
            np.concatenate([np.repeat(seen[None], len(after), axis=0), after], axis=1), probability
        )

    def states(self, number: int) -> Ints | None:
        """The states of the climates along a path (periods, chains); None where it is a future of the scenario."""
        return None if self.asked.weights is not None else self._drawn[number]

    def future(self, number: int) -> int | None:
        """Which of the scenario's futures a path is; None where it is of the climates."""
        return None if self.asked.weights is None else int(self._drawn[number])

    def words(self, number: int) -> str:
        """A path in words."""
        states = self.states(number)
        if states is not None:
            return in_words(self.scenario, climates_of(self.scenario), states)
        names = [row.future for row in self.scenario.futures] or ["the future"]
        return f"future {names[int(self._drawn[number])]}" + (" with noise" if self.asked.noise.any else "")

    def document(self) -> dict[str, Any]:
        """What the paths depend on besides the scenario, as plain values."""
        asked = self.asked
        noise = {"demand": asked.noise.demand, "price": asked.noise.price, "capacity": asked.noise.capacity}
        return {"count": asked.count, "seed": asked.seed, "noise": noise, "weights": dict(asked.weights or ())}

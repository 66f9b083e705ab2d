"""Independent Markov chains and paths sampled from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

State = tuple[int, ...]
"""The state of every chain, in the order of the chains."""


@dataclass(frozen=True, eq=False)
class Chain:
    """A Markov chain of S states and the V values that it moves.

    `start` (S) and the rows of `moves` (S, S) are probabilities; `values` (S, V) is what holds in each state.
    """

    name: str
    states: tuple[str, ...]
    start: Floats
    moves: Floats
    values: Floats


@dataclass(frozen=True, eq=False)
class Climates:
    """Chains that move independently of each other, over a number of periods."""

    chains: tuple[Chain, ...]
    periods: int

    def sample(self, count: int, seed: int) -> Ints:
        """Paths, shape (count, periods, chains): the place of each chain's state among its states."""
        random = np.random.default_rng(seed)
        paths = np.zeros((count, self.periods, len(self.chains)), dtype=np.int64)
        for place, chain in enumerate(self.chains):
            paths[:, 0, place] = _drawn(np.tile(chain.start, (count, 1)), random)
            for period in range(1, self.periods):
                paths[:, period, place] = _drawn(chain.moves[paths[:, period - 1, place]], random)
        return paths

    def go_on(self, states: Ints, periods: int, random: np.random.Generator) -> Ints:
        """Paths of the periods after `states` (count, chains), shape (count, periods, chains)."""
        paths = np.zeros((len(states), periods, len(self.chains)), dtype=np.int64)
        for place, chain in enumerate(self.chains):
            before = states[:, place]
            for period in range(periods):
                before = paths[:, period, place] = _drawn(chain.moves[before], random)
        return paths

    def values(self, paths: Ints) -> Floats:
        """The values that hold along paths, shape (paths, periods, values of all chains)."""
        return np.concatenate([chain.values[paths[:, :, place]] for place, chain in enumerate(self.chains)], axis=2)

    def next(self, state: State | None) -> Iterator[tuple[State, float]]:
        """The states that may come next with their probabilities; after None those of the first period."""
        rows = [chain.start if state is None else chain.moves[state[place]] for place, chain in enumerate(self.chains)]
        for found in product(*(np.flatnonzero(row).tolist() for row in rows)):
            yield found, float(np.prod([row[to] for row, to in zip(rows, found, strict=True)]))


def _drawn(probabilities: Floats, random: np.random.Generator) -> Ints:
    """A state for each row of probabilities, by inversion."""
    levels = probabilities.cumsum(axis=1)
    drawn: Ints = (random.random(len(levels))[:, None] * levels[:, -1:] >= levels).sum(axis=1, dtype=np.int64)
    return drawn


def merged(paths: Ints, values: Floats) -> tuple[Ints, Floats]:
    """Of paths whose values are the same at all times one each, and the share of the paths that each stands for."""
    flat = np.round(values.reshape(len(values), -1), 12)
    _, first, counts = np.unique(flat, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    return paths[first[order]], counts[order] / len(paths)


def scales(values: Floats) -> Floats:
    """The standard deviation of each value over sampled paths (paths, periods, values); 1 where it does not vary."""
    spread = values.std(axis=(0, 1))
    return np.where(spread > 1e-12, spread, 1.0)


def rescaled(climates: Climates, scale: Floats) -> Climates:
    """The same chains with each value divided by its scale."""
    widths = np.cumsum([0, *(chain.values.shape[1] for chain in climates.chains)])
    chains = [
        Chain(chain.name, chain.states, chain.start, chain.moves, chain.values / scale[first:last])
        for chain, first, last in zip(climates.chains, widths, widths[1:], strict=False)
    ]
    return Climates(tuple(chains), climates.periods)


def differences(chains: Sequence[Chain]) -> list[Floats]:
    """By chain how far its states' values lie apart (S, S): the sum of absolute differences."""
    return [np.abs(chain.values[:, None, :] - chain.values[None, :, :]).sum(axis=2) for chain in chains]

"""From chains to a tree's leaves, and how near they come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from planner.climates.branching import Branching
from planner.climates.chains import Climates, Floats, Ints, State, merged, rescaled, scales
from planner.climates.distance import apart, from_sample, from_tree, one_child
from planner.climates.nodes import Node, leaves, levels


@dataclass(frozen=True, eq=False)
class Sampled:
    """Paths sampled from climates, like ones merged: their states, and the share of the sample that each is."""

    climates: Climates
    paths: Ints
    weights: Floats
    scale: Floats

    @property
    def different(self) -> int:
        """How many of the sampled paths differ."""
        return len(self.paths)


def sampled(climates: Climates, count: int, seed: int) -> Sampled:
    """Sample `count` paths and merge those along which the same values hold."""
    paths = climates.sample(count, seed)
    values = climates.values(paths)
    distinct, weights = merged(paths, values)
    return Sampled(climates, distinct, weights, scales(values))


@dataclass(frozen=True)
class Quality:
    """How near a tree comes to the process and to the sample; distances in standard deviations of the values.

    `nested` is the order-1 nested distance to the process, or, where `nested_is_bound`, what it is at most.
    `one_child` is by period, now first: the chance of a node with one child though the chains may still move.
    """

    nested: float
    nested_is_bound: bool
    sample: float
    one_child: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Made:
    """A tree of the sampled climates: states along its leaves' paths (leaves, periods, chains), and probabilities."""

    sample: Sampled
    root: Node
    bound: float

    @cached_property
    def leaves(self) -> tuple[Ints, Floats]:
        """The leaves' paths and their probabilities."""
        return leaves(self.root)

    @cached_property
    def quality(self) -> Quality:
        """How near the tree comes."""
        climates = rescaled(self.sample.climates, self.sample.scale)
        paths, probability = self.leaves
        nested = from_tree(climates, self.root)
        return Quality(
            nested=self.bound if nested is None else nested,
            nested_is_bound=nested is None,
            sample=from_sample(
                climates.values(self.sample.paths), self.sample.weights, climates.values(paths), probability
            ),
            one_child=tuple(one_child(climates, levels(self.root))),
        )


def make(sample: Sampled, count: int) -> Made:
    """A tree of `count` leaves, or of as many paths as there can be where these are fewer."""
    climates = rescaled(sample.climates, sample.scale)
    branching = Branching(climates, apart(climates), count)
    return Made(sample, branching.tree(), branching.bound())


@dataclass(eq=False)
class GoingOn:
    """Trees of what may come after a state, with so many leaves; what was worked out for one serves the next."""

    sample: Sampled
    count: int

    @cached_property
    def _branching(self) -> Branching:
        climates = rescaled(self.sample.climates, self.sample.scale)
        return Branching(climates, apart(climates), self.count)

    def after(self, period: int, state: State) -> tuple[Ints, Floats]:
        """The paths after a state of a period, shape (leaves, periods left, chains), and their probabilities."""
        return leaves(self._branching.going_on(period, state))


def fan_distance(sample: Sampled, paths: Ints, probability: Floats) -> float | None:
    """The nested distance to the process of a fan of whole paths, for comparison: all is known from period 1 on."""
    climates = rescaled(sample.climates, sample.scale)
    root = Node((), 1.0, 1.0)
    for path, weight in zip(paths, probability, strict=True):
        node, conditional = root, float(weight)
        for states in path:
            child = Node(tuple(int(state) for state in states), conditional, float(weight))
            node.children.append(child)
            node, conditional = child, 1.0
    return from_tree(climates, root)

"""The program of a scenario as labelled tables: what each peer is given, and states in its own words.

A table for each variable (its bounds and cost) and for each family of constraints (its sides, and for each variable in
it which of its places stands in which row with which coefficient). Places are numbers instead of names and months,
which is to the peers' favour.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.futures.tree import Floats, Ints


@dataclass(frozen=True)
class Variable:
    """A variable by place: its bounds, its part of the objective, and whether it is whole."""

    lower: Floats
    upper: Floats
    cost: Floats
    integer: bool


@dataclass(frozen=True)
class Terms:
    """Where a variable stands in a family: in `row` its `place`, with `coefficient`; sorted by row."""

    variable: str
    row: Ints
    place: Ints
    coefficient: Floats


@dataclass(frozen=True)
class Family:
    """Constraints Σ terms `sign` side, by row; `sign` is '=', '<=' or '>='. Each row has a term."""

    sign: str
    side: Floats
    terms: tuple[Terms, ...]

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.side)


@dataclass(frozen=True)
class Described:
    """A whole program: minimise Σ cost · variable + offset within the families."""

    variables: dict[str, Variable]
    families: dict[str, Family]
    offset: float

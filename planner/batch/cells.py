"""The cells of a comparison: scenarios, each with one of its strategies or as it stands.

Nothing here needs the model or the solver: the command that hands cells in stays light.
"""

from __future__ import annotations

import hashlib
import pickle
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from planner.comparison.cell import AS_IT_STANDS
from planner.errors import InputError, UsageError
from planner.reading import read
from planner.scenario.fields import nearest, shown
from planner.scenario.load import strategies
from planner.scenario.overlay import apply_strategy
from planner.scenario.raw import RawScenario
from planner.scenario.settings import setting
from planner.solver.defaults import GAP


@dataclass(frozen=True)
class CellOptions:
    """How far each cell is solved: relative gap, seconds (None: no limit)."""

    gap: float = GAP
    time_limit: float | None = None


@dataclass(frozen=True)
class Case:
    """A scenario as it is sent to worker processes, which need not see its files: its cells, packed."""

    name: str
    packed: bytes

    @cached_property
    def digest(self) -> str:
        """Distinguishes it from other scenarios."""
        return hashlib.sha256(self.packed).hexdigest()

    def unpacked(self) -> RawScenario:
        """Its cells."""
        raw: RawScenario = pickle.loads(zlib.decompress(self.packed))
        return raw


@dataclass(frozen=True)
class Cell:
    """A scenario with a strategy, or as it stands; `digest` shows whether what it is solved from has changed.

    A strategy is `alike` where it rules nothing in or out: the plan of the scenario as it stands is likely to fit it.
    """

    case: Case
    strategy: str
    digest: str
    alike: bool = False

    @property
    def chosen(self) -> str | None:
        """The strategy as scenarios know it: None as the scenario stands."""
        return None if self.strategy == AS_IT_STANDS else self.strategy

    @property
    def label(self) -> str:
        """How it is called."""
        return f"{self.case.name} · {self.strategy}"


def plan_cells(sources: Sequence[str], chosen: Sequence[str] | None = None, *, add_up: bool = False) -> list[Cell]:
    """The cells of scenarios and strategies: all of each scenario where none are chosen, and as it stands.

    Where `add_up`, rows of one key that are parts of a sum are added up.

    Raises:
        UsageError: a scenario or a strategy is not known, or something is named twice.
        InputError: a scenario cannot be read.
    """
    _refuse_twice("scenario", sources)
    _refuse_twice("strategy", chosen or ())
    raws = {source: _read(source, add_up) for source in sources}
    _refuse_other_currency(raws)
    names = [raw.name for raw in raws.values()]
    found = []
    for source, raw in raws.items():
        name = raw.name if names.count(raw.name) == 1 else source
        case = Case(name, zlib.compress(pickle.dumps(raw)))
        found += [
            Cell(case, strategy, digest(raw, strategy), _is_alike(raw, strategy))
            for strategy in _chosen(raw, name, chosen)
        ]
    return found


def _read(source: str, add_up: bool) -> RawScenario:
    raw, _ = read(source, add_up=add_up)
    if raw.problems:
        raise InputError(raw.problems, raw.warnings)
    return raw


def _refuse_other_currency(raws: Mapping[str, RawScenario]) -> None:
    """Costs in different currencies cannot be compared."""
    found = {source: setting(raw, "currency") or "INR" for source, raw in raws.items()}
    (first, currency), *others = found.items()
    other = next((source for source, its in others if its != currency), None)
    if other is not None:
        raise UsageError(
            f"{first} counts in {currency}, {other} in {found[other]}: compare scenarios of one base currency."
        )


def _refuse_twice(what: str, names: Sequence[str]) -> None:
    twice = next((name for name in names if list(names).count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"The {what} {shown(twice)} is named twice.")


def _chosen(raw: RawScenario, name: str, chosen: Sequence[str] | None) -> Iterable[str]:
    known = strategies(raw)
    if AS_IT_STANDS in known:
        raise UsageError(f"{name} has a strategy called '{AS_IT_STANDS}', as the scenario without any is. Rename it.")
    every = [AS_IT_STANDS, *known]
    if chosen is None:
        return every
    for strategy in chosen:
        if strategy not in every:
            hint = nearest(strategy, every)
            raise UsageError(f"{name} has no strategy {shown(strategy)}. {hint} Its strategies: {', '.join(every)}.")
    return chosen


def _is_alike(raw: RawScenario, strategy: str) -> bool:
    """Whether a strategy changes only numbers, and between what may and what must be."""
    if strategy == AS_IT_STANDS:
        return False
    _, changes, _ = apply_strategy(raw, strategy)
    pairs = [(change.old, change.new) for change in changes]
    return all(all(map(_is_number, pair)) or all(value in _OPEN for value in pair) for pair in pairs)


def _is_number(value: Any) -> bool:
    # A setting stands beside words and dates, so that its number may come as a text.
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


_OPEN = (None, "free", "must")
"""Decisions that keep a program's shape: it has columns for what is decided."""


def digest(raw: RawScenario, strategy: str) -> str:
    """Identifies the cells that a scenario with a strategy is solved from, wherever they were set."""
    if strategy != AS_IT_STANDS:
        raw, _, problems = apply_strategy(raw, strategy)
        said = [str(problem) for problem in problems]
    else:
        said = []
    held = {
        name: [sorted((field, repr(value)) for field, value in row.cells.items()) for row in table.data_rows()]
        for name, table in raw.tables.items()
        if name != "strategies"
    }
    return hashlib.sha256(repr((sorted(held.items()), said)).encode()).hexdigest()

"""Futures and events made from a scenario's climates: ordinary rows, from which it is solved as from any others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from planner.scenario.fields import to_text
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.scenario import Scenario
from planner.scenario.tables import Climate, ClimateEffect, ClimateMove, Licence, Settings, tables

if TYPE_CHECKING:
    from planner.climates.chains import Chain, Climates, Ints
    from planner.climates.making import Made, Sampled

# What makes futures needs numpy and more, which only who has climates is to wait for.

Effect = tuple[str, str, str | None]
"""What a climate moves: kind, scope and target."""


class Asked(Protocol):
    """What climates are read from: a scenario, or as much of one as is there."""

    @property
    def settings(self) -> Settings:
        """Periods, sampled paths and seed."""

    @property
    def licences(self) -> tuple[Licence, ...]:
        """Licences, whose clearance holds where a climate says nothing."""

    @property
    def climates(self) -> tuple[Climate, ...]:
        """States of chains."""

    @property
    def climate_moves(self) -> tuple[ClimateMove, ...]:
        """Their moves."""

    @property
    def climate_effects(self) -> tuple[ClimateEffect, ...]:
        """What holds in a state."""


def climates_of(asked: Asked) -> Climates:
    """The chains of a scenario."""
    base = tuple(sorted((row.licence, row.clearance) for row in asked.licences))
    return _climates(asked.climates, asked.climate_moves, asked.climate_effects, base, asked.settings.periods)


@lru_cache(maxsize=8)
def _climates(
    states: tuple[Climate, ...],
    moves: tuple[ClimateMove, ...],
    effects: tuple[ClimateEffect, ...],
    clearances: tuple[tuple[str, float], ...],
    periods: int,
) -> Climates:
    from planner.climates.chains import Climates

    base = dict(clearances)
    names = list(dict.fromkeys(row.climate for row in states))
    return Climates(tuple(_chain(name, states, moves, effects, base) for name in names), periods)


def _chain(
    name: str,
    climates: tuple[Climate, ...],
    moves: tuple[ClimateMove, ...],
    effects: tuple[ClimateEffect, ...],
    clearances: dict[str, float],
) -> Chain:
    import numpy as np

    from planner.climates.chains import Chain

    rows = [row for row in climates if row.climate == name]
    place = {row.state: number for number, row in enumerate(rows)}
    start = np.array([row.start_probability for row in rows])
    matrix = np.zeros((len(rows), len(rows)))
    for move in moves:
        if move.climate == name:
            matrix[place[move.state], place[move.next_state]] = move.probability
    its = [row for row in effects if row.climate == name]
    moved = list(dict.fromkeys(_effect(row) for row in its))
    values = np.array([[_without(effect, clearances) for effect in moved]] * len(rows)).reshape(len(rows), len(moved))
    for row in its:
        values[place[row.state], moved.index(_effect(row))] = row.value
    return Chain(name, tuple(place), start / start.sum(), matrix / matrix.sum(axis=1, keepdims=True), values)


def _effect(row: ClimateEffect) -> Effect:
    return row.kind, row.scope, row.target


def _without(effect: Effect, clearances: dict[str, float]) -> float:
    """What holds in a state that says nothing of it: the licence's own clearance, or a factor of 1."""
    kind, _, target = effect
    return clearances.get(target or "", 1.0) if kind == "clearance" else 1.0


def sample_of(asked: Asked) -> Sampled:
    """The paths that a scenario's settings have sampled."""
    return _sampled(climates_of(asked), asked.settings.courses, asked.settings.seed)


@lru_cache(maxsize=4)
def _sampled(climates: Climates, count: int, seed: int) -> Sampled:
    from planner.climates.making import sampled

    return sampled(climates, count, seed)


@lru_cache(maxsize=4)
def _made(sample: Sampled, count: int) -> Made:
    from planner.climates.making import make

    return make(sample, count)


# --- as rows of the scenario --------------------------------------------------------------------------


def with_futures(raw: RawScenario, scenario: Scenario) -> tuple[RawScenario, Made]:
    """A scenario's cells with the futures and events that it asks to be made, and what they were made from.

    Events of every future (`*`) stay; those of named futures belonged to futures that are no longer there.
    """
    count = scenario.settings.futures
    made = _made(sample_of(scenario), count)
    names = future_names(len(made.leaves[1]))
    events = [*_of_every_future(raw), *events_of(scenario, made.leaves[0], names)]
    changed = raw.copy()
    changed.tables["futures"] = _table("futures", list(_futures(scenario, made, names)))
    changed.tables["events"] = _table("events", events)
    note = f"{count} made from climates: {scenario.settings.courses:,} paths sampled, seed {scenario.settings.seed}"
    _set(changed, "futures", 0, note)
    return changed, made


def future_names(count: int) -> list[str]:
    """Names of so many made futures."""
    width = len(str(count))
    return [f"F{number:0{width}}" for number in range(1, count + 1)]


def _futures(scenario: Scenario, made: Made, names: list[str]) -> Iterator[dict[str, Any]]:
    paths, probability = made.leaves
    for name, path, weight in zip(names, paths, _adding_up(probability.tolist()), strict=True):
        note = in_words(scenario, made.sample.climates, path)
        yield {"future": name, "probability": weight, "source": "made from climates", "note": note}


def _adding_up(probability: list[float]) -> list[float]:
    """Probabilities with fewer digits that still add up to 1, the last one making up for the others."""
    rounded = [round(weight, 12) for weight in probability]
    return [*rounded[:-1], 1.0 - sum(rounded[:-1])]


def in_words(scenario: Scenario, climates: Climates, path: Ints) -> str:
    """A path as a sentence: 'Beijing: freeze, from 2026-10 trickle; Japan: calm'."""
    said = []
    for place, chain in enumerate(climates.chains):
        runs = [(chain.states[state], begins) for state, begins, _ in _runs(path[:, place].tolist())]
        first, *others = runs
        parts = [first[0], *(f"from {scenario.calendar.month(begins)} {state}" for state, begins in others)]
        said.append(f"{chain.name}: {', '.join(parts)}")
    return "; ".join(said)


def _runs(states: list[int]) -> list[tuple[int, int, int]]:
    """Spells of one state: the state, and the first and the last period of each."""
    found, period = [], 1
    for state, group in groupby(states):
        length = len(list(group))
        found.append((state, period, period + length - 1))
        period += length
    return found


def events_of(scenario: Scenario, paths: Ints, names: list[str]) -> Iterator[dict[str, Any]]:
    """The events that make futures of paths.

    Effect by effect, so that of two clearances the one further down in climate_effects holds.
    """
    climates, calendar = climates_of(scenario), scenario.calendar
    spells: dict[tuple[int, str, str], list[tuple[int, int]]] = defaultdict(list)
    for number, path in enumerate(paths):
        for place, chain in enumerate(climates.chains):
            for state, begins, ends in _runs(path[:, place].tolist()):
                spells[number, chain.name, chain.states[state]].append((begins, ends))
    numbers = iter(range(1, 10**9))
    for effect in scenario.climate_effects:
        for number, name in enumerate(names):
            for begins, ends in spells[number, effect.climate, effect.state]:
                yield {
                    "event": f"made {next(numbers)}", "future": name, "kind": effect.kind, "scope": effect.scope,
                    "target": effect.target, "from": calendar.month(begins), "until": calendar.month(ends),
                    "value": effect.value, "source": "made from climates", "note": f"{effect.climate}: {effect.state}",
                }  # fmt: skip


def _of_every_future(raw: RawScenario) -> Iterator[dict[str, Any]]:
    table = raw.tables.get("events")
    for row in table.data_rows() if table else ():
        if to_text(row.cells.get("future", "")) == "*":
            yield row.cells


# --- cells and rows ---------------------------------------------------------------------------------------


class _MadeTable(RawTable):
    """A table that was made: its cells stand on no sheet of the planner's."""

    def cell(self, row: RawRow, field_name: str | None) -> str:
        where = f"{self.place} row {row.line}"
        return f"{where}, {field_name}" if field_name else where

    def heading(self, field_name: str | None = None) -> str:
        return f"{self.place}, {field_name}" if field_name else self.place


def _table(name: str, rows: list[dict[str, Any]]) -> RawTable:
    names = [spec.name for spec in tables()[name].fields.values()]
    cells = [{key: value for key, value in row.items() if value is not None} for row in rows]
    made = [RawRow(line, its) for line, its in enumerate(cells, start=2)]
    return _MadeTable(name, f"{name} made from climates", {field: n for n, field in enumerate(names)}, made)


def _set(raw: RawScenario, name: str, value: Any, note: str) -> None:
    table = raw.tables["settings"]
    table.columns.setdefault("note", len(table.columns))
    for row in table.data_rows():
        if to_text(row.cells.get("name", "")).casefold() == name:
            row.cells |= {"value": value, "note": note}

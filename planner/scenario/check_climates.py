"""Checks of climates: that their states are reached and do something, and that enough sampled paths differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.errors import Problem
from planner.scenario.check_rules import climates_add_up, of_setting
from planner.scenario.made import sample_of
from planner.scenario.parse import Parsed
from planner.scenario.tables import Climate, ClimateEffect, ClimateMove, Licence, Settings

TABLES = ("climates", "climate_moves", "climate_effects", "licences")


def states_are_reached(parsed: Parsed) -> Iterator[Problem]:
    """Every state of a climate may come: it may be the first, or a state that may come moves to it."""
    if not (parsed.whole("climates") and parsed.whole("climate_moves")):
        return
    moves: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for _, row in parsed.rows("climate_moves"):
        if row.probability > 0:
            moves[row.climate, row.state].append((row.climate, row.next_state))
    reached = [(row.climate, row.state) for _, row in parsed.rows("climates") if row.start_probability > 0]
    for state in reached:
        reached += [to for to in moves[state] if to not in reached]
    for raw_row, row in parsed.rows("climates"):
        if (row.climate, row.state) not in reached:
            text = " never comes: no path of the climate leads to it."
            fix = "Give it a start_probability above 0, or a row in climate_moves that leads to it; or delete its rows."
            yield parsed.problem("not_reached", "climates", raw_row, "state", text, fix=fix)


def climates_have_effects(parsed: Parsed) -> Iterator[Problem]:
    """Every climate that futures are made of changes something."""
    if parsed.settings is None or not parsed.settings.futures or not parsed.whole("climate_effects"):
        return
    said = {row.climate for _, row in parsed.rows("climate_effects")}
    for raw_row, row in parsed.rows("climates"):
        if row.climate not in said:
            said.add(row.climate)
            text = f": nothing in climate_effects says what {row.climate} changes."
            fix = "Add a row to climate_effects for each thing that a state of it changes, or delete the climate."
            yield parsed.problem("no_effect", "climates", raw_row, "climate", text, fix=fix)


def enough_paths_differ(parsed: Parsed) -> Iterator[Problem]:
    """Of the sampled paths at least as many differ as futures are to be made of them."""
    settings = parsed.settings
    if settings is None or not settings.futures or not _can_be_sampled(parsed):
        return
    different = sample_of(_asked(parsed, settings)).different
    if different < settings.futures:
        text = f" is {settings.futures:,}, but of {settings.courses:,} sampled paths only {different:,} differ."
        fix = f"Set it to {different:,} or less, or raise courses, the number of paths that are sampled."
        yield of_setting(parsed.raw, "too_many_futures", "futures", text, fix)


def _can_be_sampled(parsed: Parsed) -> bool:
    there = any(parsed.rows("climates")) and all(parsed.whole(table) for table in TABLES)
    return there and not any(climates_add_up(parsed)) and _names_are_known(parsed)


def _names_are_known(parsed: Parsed) -> bool:
    known = {(row.climate, row.state) for _, row in parsed.rows("climates")}
    moves = [row for _, row in parsed.rows("climate_moves")]
    named = {(row.climate, row.state) for row in moves} | {(row.climate, row.next_state) for row in moves}
    return named | {(row.climate, row.state) for _, row in parsed.rows("climate_effects")} <= known


@dataclass(frozen=True)
class _Asked:
    """As much of a scenario as climates are read from."""

    settings: Settings
    licences: tuple[Licence, ...]
    climates: tuple[Climate, ...]
    climate_moves: tuple[ClimateMove, ...]
    climate_effects: tuple[ClimateEffect, ...]


def _asked(parsed: Parsed, settings: Settings) -> _Asked:
    def rows(table: str) -> tuple[Any, ...]:
        return tuple(row for _, row in parsed.rows(table))

    return _Asked(settings, **{table: rows(table) for table in TABLES})

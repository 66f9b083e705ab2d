"""Political climates as they stand when a later period begins: what they may be in it, as the chains move."""

from __future__ import annotations

import numpy as np

from planner.rolling.draft import Draft
from planner.rolling.position import Position
from planner.scenario.load import Loaded


def put_climates(draft: Draft, loaded: Loaded, reached: Position) -> None:
    """Start probabilities from the states that the futures which still agree were in, and the chains' moves.

    Where futures were not made of climates it is not known which state they are in: the probabilities stay, and the
    roll says so.
    """
    scenario, made = loaded.scenario, loaded.made
    month = scenario.calendar.month(reached.period)
    if made is None:
        for name in dict.fromkeys(row.climate for row in scenario.climates):
            draft.note(f"Climate {name} keeps its start probabilities: set them to what it may be in {month}.")
        return
    paths, weights = made.leaves
    chosen = np.array([row.future in reached.futures for row in scenario.futures])
    share = np.where(chosen, weights, 0.0) / weights[chosen].sum()
    for place, chain in enumerate(made.sample.climates.chains):
        state = paths[:, reached.period - 2, place]
        now = np.bincount(state, weights=share, minlength=len(chain.states))
        for name, chance in zip(chain.states, (now @ chain.moves).tolist(), strict=True):
            draft.set("climates", [chain.name, name], "start_probability", chance, f"climate_moves, to {month}")

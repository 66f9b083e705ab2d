"""What the gap leaves open of the decisions for now."""

from __future__ import annotations

import threading

import numpy as np
import pandas as pd

from planner.solver.settled import savings
from planner.why.solved import Solved


def with_savings(decisions: pd.DataFrame, solved: Solved, cancel: threading.Event | None) -> pd.DataFrame:
    """The table `now_decisions` with what a plan that decides a row otherwise could save at most, base currency.

    How much capacity is kept is open to the whole gap where an offer is signed, or may yet be; so is everything where
    nothing is looked into (`cancel` None), and nothing where the gap is none.
    """
    whole = max(solved.outcome.objective - solved.outcome.bound, 0.0)
    columns = {(name, index[0]): column for column, (name, index) in enumerate(solved.instance.layout.labels[0])}
    keys = list(zip(decisions["decision"], decisions["item"], strict=True))
    known = [key for key in keys if key in columns and key[0] != "keep"]
    saved = dict.fromkeys(known, whole)
    if cancel is not None:
        found = savings(solved.instance, solved.outcome, np.array([columns[key] for key in known], dtype=int), cancel)
        saved = dict(zip(known, found.tolist(), strict=True))
    signed = {
        item for (decision, item), taken in zip(keys, decisions["taken"], strict=True) if decision == "sign" and taken
    }
    for decision, item in keys:
        if decision == "keep":
            saved[decision, item] = whole if item in signed or saved.get(("sign", item), 0.0) > 0 else 0.0
    return decisions.assign(could_save=[saved.get(key, 0.0) for key in keys])

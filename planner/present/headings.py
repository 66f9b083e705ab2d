"""How a plan table's column reads: its heading, and how many decimals its numbers need."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from planner.plan.tables import Column
from planner.present.words import Wording, capital

_FIRST_WORDS = re.compile("[,;:]")
"""What ends the first words of a meaning, which are a heading where the name is no more than the unit."""

_MONEY = "base currency"
_SPELT = {"hs_code": "HS code", "cvar": "CVaR"}


def heading(column: Column, wording: Wording) -> str:
    """A column's heading: what it is, and its unit in brackets."""
    name = _SPELT.get(column.name, column.name)
    if column.kind == "share" or not column.unit:
        return capital(name.replace("_", " "))
    if name.replace("_per_", "/") == column.unit:
        name = _FIRST_WORDS.split(column.meaning, maxsplit=1)[0]
    for end in ("_kg", "_pp"):
        name = name.removesuffix(end).removesuffix("_per")
    return f"{capital(name.replace('_', ' '))} [{wording.unit(column.unit)}]"


def decimals(column: Column, values: pd.Series) -> int:
    """How many decimals a column of numbers needs to be read, not more."""
    if column.kind == "count":
        return 0
    if column.unit.startswith(f"{_MONEY}/") or column.unit == "percentage points":
        return 2
    known = values[np.isfinite(values)]
    if known.empty or bool((np.abs(known - known.round()) < 1e-6).all()):
        return 0
    largest = float(known.abs().max())
    if column.unit == _MONEY:
        return 0 if largest >= 1000 else 2
    return 1 if largest >= 100 else 2 if largest >= 1 else 4

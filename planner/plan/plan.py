"""What is answered: a plan, its headline figures and its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

Status = Literal["optimal", "time_limit", "memory_limit", "interrupted", "gave_up"]


@dataclass(frozen=True)
class Later:
    """An application or signature in a later period ('YYYY-MM'), and the futures in which it is made."""

    kind: Literal["apply", "sign"]
    item: str
    period: str
    futures: tuple[str, ...]


@dataclass(frozen=True)
class Decisions:
    """What must be decided now: licences applied for, offers signed, kg/period of capacity kept.

    Beside it what is decided `later`, and by panel the suppliers that are `used`.
    """

    apply: tuple[str, ...] = ()
    sign: tuple[str, ...] = ()
    keep: dict[str, float] = field(default_factory=dict)
    later: tuple[Later, ...] = ()
    used: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A plan for one scenario and strategy.

    Money is in base currency, mass in kg, shares are 0..1. `objective` is (1 − λ) · expected cost
    + λ · CVaR of this very plan; `bound` is proven: no plan can be better than it. `gap` is
    (objective − bound) / |objective|. `tables` holds a data frame for each of `plan.tables.PLAN_TABLES`;
    `explained` says whether those made on request were asked for. `tried` says, where that was asked for, how the plan
    holds on paths that it was not made for.
    """

    status: Status
    objective: float
    bound: float
    gap: float
    expected_cost: float
    cvar: float
    decisions: Decisions
    tables: dict[str, pd.DataFrame]
    provenance: dict[str, Any] = field(default_factory=dict)
    audit: dict[str, float] = field(default_factory=dict)
    explained: bool = False
    tried: tuple[str, ...] = ()

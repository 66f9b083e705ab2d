"""What is asked of the solver, what it shows on the way, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from planner.futures.tree import Floats
from planner.solver.defaults import GAP


class Stop(Enum):
    """Why the solver stopped."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class Options:
    """How far to solve, and with what.

    `gap` is relative; `time_limit` in seconds and `memory_limit` in GiB that the process may hold (None: none, all
    of the machine); `threads` those of branch and bound; `seed` that of HiGHS's own choices.
    """

    gap: float = GAP
    time_limit: float | None = None
    seed: int = 0
    memory_limit: float | None = None
    threads: int = 1


@dataclass(frozen=True)
class Progress:
    """Where a running solve stands; incumbent and bound in base currency, None before there is one."""

    stage: str
    seconds: float
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None


@dataclass(frozen=True)
class Step:
    """A step of the solve: what was done, by when in seconds, and the incumbent and bound it left (base currency)."""

    name: str
    seconds: float
    incumbent: float
    bound: float


BRANCHING = "branching"
"""The name of the step in which HiGHS searches by branch and bound."""


@dataclass(frozen=True)
class Outcome:
    """Why the solver stopped, and what there is: `x` is None without a plan.

    `objective` and `bound` are in base currency; `gap` is (objective − bound) / |objective|.
    With a plan, FAILED says that it could not be proven to be as good as asked. `seconds` is the time that all took,
    `steps` how it went, `basis` HiGHS's basis of the relaxation.
    """

    stop: Stop
    x: Floats | None
    objective: float
    bound: float
    gap: float
    seconds: float
    detail: str
    steps: tuple[Step, ...] = ()
    basis: Any = None


Watcher = Callable[[Progress], None]


def gap(objective: float, bound: float) -> float:
    """How far an objective may be above the best possible, as a share of itself."""
    if objective == bound:
        return 0.0
    return max(objective - bound, 0.0) / max(abs(objective), 1e-10)

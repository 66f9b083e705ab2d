"""What came of one cell of a comparison, a scenario with one of its strategies: its plan in figures, or why none is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

AS_IT_STANDS = "as-it-stands"
"""The name, among strategies, of a scenario without any."""

CellStatus = Literal[
    "optimal",
    "time_limit",
    "memory_limit",
    "interrupted",
    "gave_up",
    "infeasible",
    "invalid",
    "no_plan",
    "lost",
    "failed",
]

LASTING: tuple[CellStatus, ...] = ("optimal", "time_limit", "gave_up", "infeasible", "invalid")
"""What would come out again: not solved again unless something changed."""


@dataclass(frozen=True)
class CellAnswer:
    """What came of a cell: plain values, as JSON takes them.

    Money is base currency, mass kg, shares 0..1; blank is None. `cost` is the plan's as the scenario itself weighs
    expected cost and CVaR, whatever the strategy makes of that, so that strategies can be compared. No plan of the
    cell costs less than `cost` − (`objective` − `bound`) where the strategy weighs risk as the scenario does; else that
    is a guide. `text` says why there is no plan.
    """

    scenario: str
    strategy: str
    status: CellStatus
    text: str = ""
    currency: str = ""
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    cost: float | None = None
    expected_cost: float | None = None
    cvar: float | None = None
    service: float | None = None
    china_share: float | None = None
    china_heavy_share: float | None = None
    efficiency_lost: float | None = None
    cash_now: float | None = None
    seconds: float = 0.0
    costs: dict[str, float] = field(default_factory=dict)
    sourcing: dict[str, dict[str, float]] = field(default_factory=dict)
    futures: list[dict[str, Any]] = field(default_factory=list)
    decisions: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    audit: dict[str, float] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    conflict: list[dict[str, Any]] = field(default_factory=list)
    repairs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan."""
        return self.cost is not None

    @property
    def answered(self) -> bool:
        """Whether there is an answer: a plan that was not broken off, or the proof that there is none."""
        return self.status == "infeasible" or (self.has_plan and self.status != "interrupted")

    @property
    def slack(self) -> float:
        """What a better plan of the cell could save at most, in base currency."""
        return 0.0 if self.objective is None or self.bound is None else self.objective - self.bound

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def answer_of(document: dict[str, Any]) -> CellAnswer:
    """An answer from JSON; raises TypeError or KeyError where it is none."""
    return CellAnswer(**{name.name: document[name.name] for name in fields(CellAnswer)})


def plain(answer: CellAnswer) -> CellAnswer:
    """The answer as it comes back from JSON: lists for tuples, so that it is the same wherever it has been."""
    return answer_of(json.loads(json.dumps(answer.document(), allow_nan=False)))

"""Every decision of the model that is an integer variable, and every cell that fixes one, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Rank(IntEnum):
    """When the search for a first plan fixes a decision: what much depends on first, what costs little last."""

    PANEL = 0
    """Which suppliers are bought from at all, where their number is limited."""
    NOW = 1
    """What is decided now; the same decision at a later node is `LATER`."""
    LATER = 2
    """What is built up on the way: qualifications, expansions."""
    ORDERS = 3
    """Whether an order is placed."""


@dataclass(frozen=True)
class Decision:
    """An integer variable of the model, when the search fixes it, and how a sentence says what it decides.

    `does` and `leaves` follow 'the plan' and hold {item}. `do` is an instruction. Decisions without words are not
    shown by themselves: orders are.
    """

    variable: str
    rank: Rank
    do: str = ""
    does: str = ""
    leaves: str = ""


DECISIONS = (
    Decision("apply", Rank.NOW, "apply for", "applies for {}", "does not apply for {}"),
    Decision("sign", Rank.NOW, "sign", "signs {}", "does not sign {}"),
    Decision("used", Rank.PANEL, "buy from", "buys from {}", "does not buy from {}"),
    Decision("counts", Rank.PANEL),
    Decision("qualify", Rank.LATER, "qualify", "qualifies {} at once", "does not qualify {} at once"),
    Decision("expand", Rank.LATER, "expand", "expands by {} at once", "does not expand by {} at once"),
    Decision("place", Rank.ORDERS),
)
"""Every integer variable."""

DIFFERS = Decision("differs", Rank.NOW)
"""Whether a plan takes a decision in which it may differ from others: columns that the search for alternatives adds."""

KEEP = Decision("keep", Rank.NOW, "keep capacity of", "keeps capacity of {}", "keeps no capacity of {}")
"""The one decision for now that is an amount, so that no search ranks it."""

DECISION = {decision.variable: decision for decision in (*DECISIONS, KEEP)}
"""The decisions by variable, which is also their name in a plan's tables."""


@dataclass(frozen=True)
class Fixed:
    """A cell `decision`, which says that something must, or must never, be done.

    `must` and `never` are clauses that follow the cell's address, with {item}; `what_if` is its label on the page,
    '' where it is not offered there.
    """

    table: str
    must: str
    never: str
    what_if: str = ""

    @property
    def cell(self) -> tuple[str, str]:
        """Table and field."""
        return self.table, "decision"


FIXED = (
    Fixed(
        "licences",
        "says that licence {item} must be taken",
        "says that licence {item} must never be taken",
        "Licence {item}: free, must or never",
    ),
    Fixed(
        "offers",
        "says that offer {item} must be taken",
        "says that offer {item} must never be taken",
        "Offer {item}: free, must or never",
    ),
    Fixed(
        "designs",
        "says that design {item} must be qualified in the first period",
        "says that design {item} must never be built",
    ),
)
"""Every cell that fixes a decision and that the explanation of an infeasible scenario may relax."""

FIXED_BY_TABLE = {fixed.table: fixed for fixed in FIXED}
"""The cells by table."""

"""Which constraint families are no limit of a planner's: balances, links between decisions, sums of cost."""

from __future__ import annotations

BALANCES = ("stock_balance", "magnets", "demand_balance")
"""What comes in goes somewhere."""

LINKS = (
    "licence_needed",
    "signed_first",
    "kept_if_signed",
    "placed_order",
    "placed_if_signed",
    "qualified_first",
    "qualified_beside_backlog",
)
"""One decision needs another (linking rows, with the least big-M that the data allow)."""

ONCE = ("one_of_group", "expansion_steps", "qualified_once")
"""How often something can be decided: the scenario says so, and no explanation relaxes it."""

SUMS = ("spent_so_far", "cvar_excess")
"""Sums that the objective needs."""

NO_LIMITS = (*BALANCES, *LINKS, *ONCE, *SUMS)
"""Every family that no limit is declared for."""

"""Which constraint families are no limit of a planner's: balances, links between decisions, sums of cost."""

from __future__ import annotations

BALANCES = ("stock_balance", "waiting_balance", "released_in_force", "magnets", "demand_balance")
"""What comes in goes somewhere."""

LINKS = (
    "licence_needed",
    "signed_first",
    "kept_if_signed",
    "placed_order",
    "placed_if_signed",
    "qualified_first",
    "qualified_beside_backlog",
    "covered",
    "panel_used",
    "panel_counts",
)
"""One decision needs another (linking rows, with the least big-M that the data allow)."""

ONCE = ("applied_once_at_first", "one_of_group", "expansion_steps", "qualified_once")
"""How often something can be decided: the scenario says so, and no explanation relaxes it."""

SUMS = ("spent_so_far", "cvar_excess")
"""Sums that the objective needs."""

RELEASES = ("cleared_share", "usual_release", "application_quantity")
"""What a licence releases: that is an authority's to change."""

SHARES = ("eligible_waits", "barred_share", "panel_share")
"""What goes with a limit that is declared: of those that wait, of a design barred for a time, of a panel."""

NO_LIMITS = (*BALANCES, *LINKS, *ONCE, *RELEASES, *SHARES, *SUMS)
"""Every family that no limit is declared for."""

"""The kinds of cost that a plan is made of."""

from __future__ import annotations

COST_KINDS: dict[str, str] = {
    "application": "application fees, now",
    "signing": "signing fees, now",
    "reservation": "reservation fees, now",
    "purchase": "landed price of what arrives",
    "deposit": "deposits lost on what is not released",
    "conversion": "conversion at plants",
    "holding": "holding of stock",
    "design": "extra cost of designs",
    "qualification": "qualification of designs",
    "expansion": "expansion of capacity",
    "efficiency": "efficiency lost",
    "shortage": "units not built",
    "delay": "units built late",
    "salvage": "credit for stock at the horizon's end",
}
"""Every kind of cost and what it is."""

CASH_KINDS = frozenset(COST_KINDS) - {"efficiency", "shortage", "delay", "salvage"}
"""Those that are paid in cash, and count against budgets."""

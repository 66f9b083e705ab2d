"""The kinds of cost that a plan is made of."""

from __future__ import annotations

COST_KINDS: dict[str, str] = {
    "application": "application fees",
    "signing": "signing fees",
    "reservation": "reservation fees, now",
    "ordering": "fees for each order placed, and for its application",
    "purchase": "landed price of what arrives",
    "deposit": "deposits lost on what is not released; paid with orders that wait for a licence, less those credited",
    "conversion": "conversion at plants",
    "holding": "holding of stock, and of what waits for a licence",
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

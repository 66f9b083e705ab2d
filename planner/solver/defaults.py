"""How far is solved unless asked otherwise; apart from the solver, so that a command's help need not load it."""

GAP = 1e-3
"""Relative gap: a tenth of what demand and prices are ever known to, and mostly found without branching."""

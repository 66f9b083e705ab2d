"""Solving what a peer has handed to HiGHS, for the tests that hold all of them to one optimum."""

from __future__ import annotations

import highspy

EXACT = {"mip_rel_gap": 1e-9, "mip_abs_gap": 1e-9}
"""Options of HiGHS by which an optimum is one."""


def optimum_of(solver: highspy.Highs, relaxed: bool) -> float:
    """The objective of the program that HiGHS holds, or of its relaxation."""
    for name, value in (EXACT | {"solve_relaxation": relaxed}).items():
        solver.setOptionValue(name, value)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise ValueError(f"HiGHS says {solver.modelStatusToString(solver.getModelStatus())}.")
    return float(solver.getInfo().objective_function_value)

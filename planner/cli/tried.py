"""How a plan that was just found holds on other paths, and who stops first if China stops: two sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.plan.plan import Plan
    from planner.scenario.load import Loaded

PATHS = 200
"""On which the plan is tried."""

_COUNTRY = "China"


def tried(loaded: Loaded, plan: Plan) -> Plan:
    """The plan with the two sentences; with one where nothing comes from China."""
    from planner.outage.survive import survive
    from planner.outage.words import first_to_stop
    from planner.plan import document
    from planner.trial.stress import How, stress
    from planner.trial.words import out_of_sample

    written = document.of_plan(loaded, plan)
    stressed = stress(loaded, PATHS, plan=written, how=How(hindsight=False))
    found = [out_of_sample(stressed, one) for one in stressed.tried]
    if any(row.country == _COUNTRY for row in loaded.scenario.suppliers):
        survival = survive(loaded, written, without=[f"country/{_COUNTRY}"], impact=["none"], longer=["none"])
        sentence = first_to_stop(survival, _COUNTRY)
        found += [sentence] if sentence else []
    return replace(plan, tried=tuple(found))

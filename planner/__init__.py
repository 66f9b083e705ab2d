"""A procurement planner for rare-earth magnets: from an Excel scenario to an Excel plan.

>>> import planner
>>> plan = planner.solve(planner.load("e3w-maker", strategy="no-china"))   # doctest: +SKIP
>>> plan.decisions.apply                                                    # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from planner.version import __version__

if TYPE_CHECKING:
    from planner.outage.survive import Survival, survive
    from planner.pipeline import make_plan as solve
    from planner.plan.plan import Plan
    from planner.reading import load
    from planner.rolling.roll import Rolled, roll
    from planner.scenario.load import Loaded, from_rows
    from planner.scenario.scenario import Scenario
    from planner.solver.outcome import Options
    from planner.trial.stress import Stress, stress
    from planner.valuation.alternatives import Alternatives, alternatives
    from planner.valuation.desk import Limits
    from planner.valuation.frontier import Frontier, frontier
    from planner.valuation.worth import Worth, worth

__all__ = [
    "Alternatives",
    "Frontier",
    "Limits",
    "Loaded",
    "Options",
    "Plan",
    "Rolled",
    "Scenario",
    "Stress",
    "Survival",
    "Worth",
    "__version__",
    "alternatives",
    "from_rows",
    "frontier",
    "load",
    "roll",
    "solve",
    "stress",
    "survive",
    "worth",
]

_HOMES = {
    "Alternatives": "planner.valuation.alternatives",
    "Frontier": "planner.valuation.frontier",
    "Limits": "planner.valuation.desk",
    "Loaded": "planner.scenario.load",
    "Options": "planner.solver.outcome",
    "Plan": "planner.plan.plan",
    "Rolled": "planner.rolling.roll",
    "Scenario": "planner.scenario.scenario",
    "Stress": "planner.trial.stress",
    "Survival": "planner.outage.survive",
    "Worth": "planner.valuation.worth",
    "alternatives": "planner.valuation.alternatives",
    "from_rows": "planner.scenario.load",
    "frontier": "planner.valuation.frontier",
    "load": "planner.reading",
    "roll": "planner.rolling.roll",
    "solve": "planner.pipeline:make_plan",
    "stress": "planner.trial.stress",
    "survive": "planner.outage.survive",
    "worth": "planner.valuation.worth",
}


def __getattr__(name: str) -> Any:
    """Names are fetched when asked for, so that a command pays only for what it uses."""
    if name not in _HOMES:
        raise AttributeError(f"module 'planner' has no attribute '{name}'")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute or name)

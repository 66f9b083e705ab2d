"""The formulation as a page, made from the docstrings of the model so that it cannot drift."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from planner.model.build import FAMILIES
from planner.model.cost import TERMS, discount, objective

_HEAD = """# The model

Made from the docstrings in `planner/model/` by `python -m planner.model.formulation > docs/model.md`.

A stochastic mixed-integer program on a scenario tree: two-stage where everything uncertain is known at once after the
decisions for now, multistage where it is learnt period by period. Non-anticipativity is built in: futures that share a
node share its variables. It is solved to a MIP gap of 1e-3 unless asked otherwise; of what a solve shows, the incumbent
is the best plan found so far and the bound what no plan can cost less than.

The model is written for one path through the tree, from now to the last period, and repeated over the nodes of
the tree of futures; `path(n)` is a node and its ancestors, `anc(n,k)` the ancestor k periods back. κ(o,n) is
the clearance of an offer's licence at a node, f a capacity factor, D demand times its factor.
"""


def formulation_page() -> str:
    """Constraint families and cost terms as markdown."""
    families = "\n".join(_section(family) for family in FAMILIES)
    terms = "\n".join(f"| {kind} | {_text(term)} |" for kind, term in TERMS.items())
    return (
        f"{_HEAD}\n## Constraints\n\n{families}\n## Cost\n\n"
        f"Undiscounted; a period is discounted by {_text(discount)}\n\n| kind | term |\n|---|---|\n{terms}\n\n"
        f"## Objective\n\n{_text(objective)}\n"
    )


def _section(family: Callable[..., Any]) -> str:
    return f"### {family.__name__}\n\n{_text(family)}\n"


def _text(documented: Callable[..., Any]) -> str:
    return inspect.getdoc(documented) or ""


if __name__ == "__main__":
    import sys

    sys.stdout.write(formulation_page())

"""What must be decided before the first period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.plan.answer import Answer, frame
from planner.plan.plan import Decisions, Later


def decisions(answer: Answer) -> Decisions:
    """What is decided now, and what later."""
    applied, signed = _now(answer, "apply"), _now(answer, "sign")
    return Decisions(
        tuple(name for name in answer.solution.licences if name in applied),
        tuple(name for name in answer.solution.to_sign if name in signed),
        _now(answer, "keep"),
        (*_later(answer, "apply"), *_later(answer, "sign")),
        _used(answer),
    )


def _now(answer: Answer, variable: str) -> dict[str, float]:
    values = answer.solution.of(variable, 1)
    found = zip(values.index[0], values.node, values.value, strict=True)
    return {str(name): float(value) for name, node, value in found if node == 0}


def _later(answer: Answer, kind: Literal["apply", "sign"]) -> Iterator[Later]:
    """Decisions of a kind at later nodes, those of one item and period together."""
    values, tree = answer.solution.of(kind, 1), answer.tree
    futures: dict[tuple[int, str], set[str]] = defaultdict(set)
    for name, node in zip(values.index[0], values.node, strict=True):
        if node > 0:
            period = int(tree.period[node])
            futures[period, str(name)] |= {tree.futures[w] for w in np.flatnonzero(tree.node_of[:, period] == node)}
    for (period, name), found in sorted(futures.items()):
        yield Later(kind, name, answer.months[period], tuple(future for future in tree.futures if future in found))


def _used(answer: Answer) -> dict[str, tuple[str, ...]]:
    """By panel, the suppliers that it buys from."""
    values = answer.solution.of("used", 2)
    found: dict[str, tuple[str, ...]] = {row.panel: () for row in answer.scenario.panels}
    for panel, supplier in zip(*values.index, strict=True):
        found[panel] += (supplier,)
    return found


def now_decisions(answer: Answer) -> pd.DataFrame:
    """Every licence, offer to sign and capacity to keep, taken or not."""
    taken = decisions(answer)
    rows = [*_licences(answer, taken), *_signatures(answer, taken), *_capacities(answer, taken)]
    return frame("now_decisions", pd.DataFrame(rows))


def _licences(answer: Answer, taken: Decisions) -> Iterator[dict[str, Any]]:
    for name in answer.solution.licences:
        row, applied = answer.scenario.licence[name], name in taken.apply
        cost = row.application_fee * applied
        yield _row("apply", name, applied, cost) | {"undertaking": row.undertaking or ""}


def _signatures(answer: Answer, taken: Decisions) -> Iterator[dict[str, Any]]:
    for name in answer.solution.to_sign:
        signed = name in taken.sign
        yield _row("sign", name, signed, answer.scenario.offer[name].signing_fee * signed) | _what(answer, name)


def _capacities(answer: Answer, taken: Decisions) -> Iterator[dict[str, Any]]:
    for name in answer.solution.to_keep:
        kept = taken.keep.get(name, 0.0)
        cost = (answer.scenario.offer[name].reservation_fee_per_kg or 0.0) * kept
        yield _row("keep", name, kept > 0, cost) | _what(answer, name) | {"kg_per_period": kept}


def _row(decision: str, item: str, taken: bool, cost: float) -> dict[str, Any]:
    # What deciding otherwise could save is no part of a solution: it is filled in from what has been proven.
    row = {"decision": decision, "item": item, "taken": taken, "cost": cost, "could_save": 0.0}
    return row | {"supplier": "", "material": "", "undertaking": ""}


def _what(answer: Answer, offer: str) -> dict[str, str]:
    row = answer.scenario.offer[offer]
    return {"supplier": row.supplier, "material": row.material, "undertaking": answer.scenario.pool(row)}

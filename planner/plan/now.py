"""What must be decided before the first period."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from planner.plan.answer import Answer, frame
from planner.plan.plan import Decisions


def decisions(answer: Answer) -> Decisions:
    """What is decided now."""
    applied, signed = _now(answer, "apply"), _now(answer, "sign")
    return Decisions(
        tuple(name for name in answer.solution.licences if name in applied),
        tuple(name for name in answer.solution.to_sign if name in signed),
        _now(answer, "keep"),
    )


def _now(answer: Answer, variable: str) -> dict[str, float]:
    values = answer.solution.of(variable, 1)
    return {str(name): float(value) for name, value in zip(values.index[0], values.value, strict=True)}


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
    row = {"decision": decision, "item": item, "taken": taken, "cost": cost}
    return row | {"supplier": "", "material": "", "undertaking": ""}


def _what(answer: Answer, offer: str) -> dict[str, str]:
    row = answer.scenario.offer[offer]
    return {"supplier": row.supplier, "material": row.material, "undertaking": answer.scenario.pool(row)}

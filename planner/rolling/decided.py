"""What a new plan decides otherwise than the last one for the same months, and which figures moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planner.plan.plan import Plan
from planner.rolling.last import LastPlan
from planner.scenario.diff import Difference
from planner.scenario.scenario import Scenario

_AMOUNTS = (("orders", "order", "offer", "kg"), ("qualification", "qualify", "design", None),
            ("expansion", "expand", "expansion", "steps"))  # fmt: skip
"""Plan table, kind, item, and the amount (None: 1)."""

_SAME = 1e-3

Key = tuple[str, str, str]
"""Kind, item and month."""


@dataclass(frozen=True)
class Otherwise:
    """A decision that has changed: its amount (kg, steps; else how likely it is) before and now, and why."""

    kind: str
    item: str
    month: str
    before: float
    now: float
    why: str


def otherwise(
    last: LastPlan, futures: Iterable[str], plan: Plan, scenario: Scenario, moved: Iterable[Difference]
) -> list[Otherwise]:
    """Decisions that differ, on average over the futures that still agree: all of the first period, and those to come.

    `moved` are the figures that have changed since.
    """
    first = scenario.calendar.month(1)
    before = {key: value for key, value in _decided(last.plan, last.scenario, set(futures)).items() if key[2] >= first}
    now = _decided(plan, scenario, {row.future for row in scenario.futures} or set(plan.tables["futures"]["future"]))
    reasons = _reasons(scenario, list(moved))
    found = []
    for key in sorted(before.keys() | now.keys(), key=lambda key: (key[2], key[0], key[1])):
        old, new = before.get(key, 0.0), now.get(key, 0.0)
        if abs(old - new) > _SAME * max(abs(old), abs(new), 1.0):
            found.append(Otherwise(*key, old, new, _why(scenario, key[0], key[1], reasons)))
    return found


def _decided(plan: Plan, scenario: Scenario, futures: set[str]) -> dict[Key, float]:
    """By decision and month, its amount on average over some futures; what is decided now counts in the first month."""
    rows = plan.tables["futures"]
    weight = dict(zip(rows["future"], rows["probability"].astype(float), strict=True))
    chosen = {name: share for name, share in weight.items() if name in futures}
    whole = sum(chosen.values())
    found: dict[Key, float] = defaultdict(float)
    first = scenario.calendar.month(1)
    for kind, items in (("apply", plan.decisions.apply), ("sign", plan.decisions.sign)):
        for item in items:
            found[kind, item, first] += 1.0
    for later in plan.decisions.later:
        found[later.kind, later.item, later.period] += sum(chosen.get(name, 0.0) for name in later.futures) / whole
    members = plan.tables["paths"].groupby("node")["future"].agg(list)
    for table, kind, item, amount in _AMOUNTS:
        for row in plan.tables[table].to_dict("records"):
            share = sum(chosen.get(name, 0.0) for name in members[row["node"]]) / whole
            found[kind, str(row[item]), str(row["month"])] += share * (1.0 if amount is None else float(row[amount]))
    return dict(found)


# --- why --------------------------------------------------------------------------------------------------


def _reasons(scenario: Scenario, moved: list[Difference]) -> Mapping[str, list[str]]:
    """The figures that moved, by the names that their rows hold."""
    found: dict[str, list[str]] = defaultdict(list)
    targets = {row.event: row.target or "*" for row in scenario.events}
    for one in moved:
        told = str(one)
        for name in one.key.split("/"):
            found[name].append(told)
        if one.table == "events":
            found[targets.get(one.key, "*")].append(told)
    return found


def _why(scenario: Scenario, kind: str, item: str, reasons: Mapping[str, list[str]]) -> str:
    names = [item]
    if kind in ("order", "sign") and item in scenario.offer:
        offer = scenario.offer[item]
        names += [offer.supplier, offer.material, offer.licence or "", scenario.supplier[offer.supplier].country]
    if kind == "qualify":
        names += [row.segment for row in scenario.designs if row.design == item]
    told = [text for name in dict.fromkeys(names) if name for text in reasons.get(name, ())]
    return "; ".join(dict.fromkeys(told)) or "no figure of its own moved: it follows from the others"

"""Tables of licences: what is decided later, applied for, waits and is released; and of panels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from planner.futures.tree import Floats, Ints
from planner.plan.answer import Answer, frame
from planner.plan.supply import arrivals
from planner.scenario import tables as t
from planner.scenario import windows

_NOTHING = 1e-6
"""kg below it are rounding."""


def later_decisions(answer: Answer) -> pd.DataFrame:
    """Applications and signatures at nodes later than now."""
    return frame("later_decisions", pd.DataFrame([*_later(answer, "apply"), *_later(answer, "sign")]))


def _later(answer: Answer, variable: str) -> Iterator[dict[str, Any]]:
    found = answer.by_node(variable, "item")
    found = found[found["node"] > 0]
    for node, month, item in zip(found["node"], found["month"], found["item"].astype(str), strict=True):
        common = {"node": node, "month": month, "decision": variable, "item": item}
        yield common | (_of_licence(answer, item) if variable == "apply" else _of_offer(answer, item))


def _of_licence(answer: Answer, name: str) -> dict[str, Any]:
    licence = answer.scenario.licence[name]
    return {
        "supplier": "",
        "material": "",
        "undertaking": licence.undertaking or "",
        "cost": licence.application_fee,
    }


def _of_offer(answer: Answer, name: str) -> dict[str, Any]:
    offer = answer.scenario.offer[name]
    return {
        "supplier": offer.supplier,
        "material": offer.material,
        "undertaking": answer.scenario.pool(offer),
        "cost": offer.signing_fee,
    }


# --- applications ---------------------------------------------------------------------------------------


def applications(answer: Answer) -> pd.DataFrame:
    """Each future's applications, and what of each is used."""
    released = _covered(answer)
    rows = [
        {"future": future} | row
        for w, future in enumerate(answer.tree.futures)
        for row in (*_before(answer, w, released), *_made(answer, w, released))
    ]
    return frame("applications", pd.DataFrame(rows))


Covered = dict[tuple[str, str], dict[int, float]]
"""Kg released by node under each licence's application."""


def _covered(answer: Answer) -> Covered:
    found: Covered = {}
    table = released_under(answer)
    for licence, name, node, kg in table[["licence", "application", "node", "kg"]].to_numpy().tolist():
        found.setdefault((licence, name), {})[node] = kg
    return found


def _before(answer: Answer, w: int, released: Covered) -> Iterator[dict[str, Any]]:
    calendar = answer.scenario.calendar
    for row in answer.scenario.open_applications:
        licence, window = answer.scenario.licence[row.licence], calendar.within(row.from_, row.until)
        yield _application(answer, w, licence, row.application, window, row.kg, released) | {"cost": 0.0}


def _made(answer: Answer, w: int, released: Covered) -> Iterator[dict[str, Any]]:
    values, path = answer.solution.of("apply", 1), set(answer.tree.node_of[w].tolist())
    for name, node in zip(values.index[0], values.node, strict=True):
        if node in path:
            licence, period = answer.scenario.licence[name], int(answer.tree.period[node])
            window, quantity = windows.in_force(answer.scenario, licence, period), licence.max_kg_per_application
            row = _application(answer, w, licence, application(answer, period), window, quantity, released)
            yield row | {"cost": licence.application_fee}


def application(answer: Answer, made: int | str) -> str:
    """How an application is named: by the month in which it is made (0: now), or as before the horizon."""
    if isinstance(made, str):
        return made
    return answer.months[made] if made else "now"


def _application(
    answer: Answer, w: int, licence: t.Licence, name: str, window: range, quantity: float | None, released: Covered
) -> dict[str, Any]:
    path = set(answer.tree.node_of[w].tolist())
    used = sum(kg for node, kg in released.get((licence.licence, name), {}).items() if node in path)
    is_counted = (licence.licence, name) in released or quantity is not None
    return {
        "licence": licence.licence,
        "application": name,
        "undertaking": licence.undertaking or "",
        "in_force": answer.months[window[0]] if window else "",
        "until": answer.months[window[-1]] if window else "",
        "lapses": bool(window) and window[-1] < answer.tree.periods,
        "covers_kg": np.nan if quantity is None else quantity,
        "used_kg": used if is_counted else np.nan,
        "unused_kg": np.nan if quantity is None else max(quantity - used, 0.0),
    }


def released_under(answer: Answer) -> pd.DataFrame:
    """What is released under applications that cover a quantity."""
    found = answer.by_node("cover", "licence", "made").rename(columns={"value": "kg"})
    found["application"] = [application(answer, made) for made in found["made"]]
    return frame("released_under", found)


# --- what waits -----------------------------------------------------------------------------------------


def waiting(answer: Answer) -> pd.DataFrame:
    """What is due, released and held of each offer whose licence lets goods wait."""
    offers = [row for row in answer.scenario.offers if windows.waits(answer.scenario, row)]
    return frame(
        "waiting", pd.concat([pd.DataFrame(), *(_of_waiting(answer, row) for row in offers)], ignore_index=True)
    )


def _of_waiting(answer: Answer, offer: t.Offer) -> pd.DataFrame:
    tree, rate = answer.tree, answer.scenario.rate[offer.currency or answer.scenario.settings.currency]
    held, released = (answer.grid(name, offer.offer) for name in ("held", "release"))
    ordered, due = answer.grid("order", offer.offer), _due(answer, offer)
    today = offer.price_per_kg * rate * tree.price[offer.offer]
    deposit = offer.deposit_share * offer.price_per_kg * rate
    is_paid = offer.take_or_pay == "yes"
    credited = np.zeros(tree.size) if is_paid else deposit * released
    advance = deposit * ordered - credited + (_price_when_due(answer, offer, deposit) if is_paid else 0.0)
    nodes = np.flatnonzero((due > 0) | (released > 0) | (held > 0) | (advance != 0))
    licence = answer.scenario.licence[offer.licence or ""]
    found = {
        "node": nodes,
        "month": answer.months[tree.period[nodes]],
        "offer": offer.offer,
        "supplier": offer.supplier,
        "country": answer.country[offer.supplier],
        "material": offer.material,
        "licence": licence.licence,
        "undertaking": answer.scenario.pool(offer),
        "due_kg": due[nodes],
        "released_kg": released[nodes],
        "held_kg": held[nodes],
        "since": [_since(answer, held, node) for node in nodes.tolist()],
        "advance": advance[nodes],
        "advanced": ((today if is_paid else deposit) * held)[nodes],
        "holding_cost": (answer.scenario.material[offer.material].holding_cost_per_kg * held)[nodes],
    }
    return pd.DataFrame(found)


def _due(answer: Answer, offer: t.Offer) -> Floats:
    """By node, what comes due: the order placed as many periods before, and open orders that are not granted."""
    return _at_due(answer, offer, answer.grid("order", offer.offer)) + _open(answer, offer)


def _at_due(answer: Answer, offer: t.Offer, at_order: Floats) -> Floats:
    """What stands at the nodes of orders, at the nodes at which these come due."""
    tree, after = answer.tree, windows.due_after(answer.scenario, offer)
    placed = np.where(tree.period - after >= 1, tree.period - after, -1)
    before: Ints = tree.ancestor[np.arange(tree.size), np.maximum(placed, 0)]
    return np.where(placed >= 1, at_order[before], 0.0)


def _open(answer: Answer, offer: t.Offer) -> Floats:
    found = np.zeros(answer.tree.size)
    for row in answer.scenario.open_orders:
        if row.offer == offer.offer and row.cleared == "no":
            found[answer.tree.at[answer.scenario.calendar.period(row.period)]] += row.kg
    return found


def _price_when_due(answer: Answer, offer: t.Offer, deposit: float) -> Floats:
    """Under take-or-pay, by node: the price less its deposit of what comes due."""
    rate = answer.scenario.rate[offer.currency or answer.scenario.settings.currency]
    price = offer.price_per_kg * rate
    ordered = answer.grid("order", offer.offer) * (price * answer.tree.price[offer.offer] - deposit)
    return _at_due(answer, offer, ordered) + _open(answer, offer) * (price - deposit)


def _since(answer: Answer, held: Floats, node: int) -> str:
    """The month since whose end something has waited without a break; '' where nothing waits."""
    if held[node] <= _NOTHING:
        return ""
    while answer.tree.parent[node] > 0 and held[answer.tree.parent[node]] > _NOTHING:
        node = int(answer.tree.parent[node])
    return str(answer.months[answer.tree.period[node]])


# --- panels and shares ----------------------------------------------------------------------------------


def panel_suppliers(answer: Answer) -> pd.DataFrame:
    """Who is bought from under each panel."""
    arrived = arrivals(answer)
    weight = answer.tree.node_probability[arrived["node"].to_numpy(np.int64)]
    arrived = arrived.assign(kg=arrived["released_kg"] * weight)
    used, counts = (_pairs(answer, name) for name in ("used", "counts"))
    rows = [
        row | {"used": (panel.panel, name) in used, "counts": (panel.panel, name) in counts}
        for panel in answer.scenario.panels
        for name, row in _shares(answer, panel, arrived).items()
    ]
    return frame("panel_suppliers", pd.DataFrame(rows))


def _pairs(answer: Answer, variable: str) -> set[tuple[str, str]]:
    values = answer.solution.of(variable, 2)
    return set(zip(values.index[0].tolist(), values.index[1].tolist(), strict=True))


def _shares(answer: Answer, panel: t.Panel, arrived: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """By supplier that a panel speaks of: what arrives from it on average, and its share."""
    scenario = answer.scenario
    spoken = [row for row in scenario.offers if scenario.speaks_of(panel, row.material)]
    mine = arrived[arrived["offer"].isin([row.offer for row in spoken])]
    kg = mine.groupby("supplier")["kg"].sum()
    total = float(kg.sum())
    return {
        name: {
            "panel": panel.panel,
            "supplier": name,
            "country": answer.country[name],
            "kg": float(kg.get(name, 0.0)),
            "share": float(kg.get(name, 0.0)) / total if total > 0 else 0.0,
        }
        for name in dict.fromkeys(row.supplier for row in spoken)
    }


def eligible(answer: Answer) -> pd.DataFrame:
    """Units that keep their chance of a design."""
    found = answer.by_node("eligible", "design").rename(columns={"value": "units"})
    found["segment"] = found["design"].map({row.design: row.segment for row in answer.scenario.designs})
    return frame("eligible", found)

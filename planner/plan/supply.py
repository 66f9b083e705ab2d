"""Tables of supply: what is ordered, arrives, lies in stock, is made and expanded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.answer import Answer, frame


def orders(answer: Answer) -> pd.DataFrame:
    """What is ordered at each node."""
    found = _priced_orders(answer)
    found["landed_price_per_kg"] = _landed(found)
    found["arrives"] = answer.months[found["due"].astype(np.int64)]
    return frame("orders", found)


def _priced_orders(answer: Answer) -> pd.DataFrame:
    """Orders with what is known of their offers, the price factor of their node, and when they are due."""
    found = answer.with_offers(answer.by_node("order", "offer").rename(columns={"value": "kg"}))
    price = answer.tree.price
    found["factor"] = [price[offer][node] for offer, node in zip(found["offer"], found["node"], strict=True)]
    found["due"] = answer.tree.period[found["node"]] + found["lead"].to_numpy(np.int64)
    return found


def _landed(found: pd.DataFrame) -> pd.Series[float]:
    """(price × price factor + freight) × (1 + duty) × currency rate."""
    return (found["price"] * found["factor"] + found["freight"]) * (1 + found["duty"]) * found["rate"]


def arrivals(answer: Answer) -> pd.DataFrame:
    """What arrives of orders and open orders at each node, and what is not released."""
    found = pd.concat([_due(answer), _open(answer)], ignore_index=True)
    clearance = answer.tree.clearance
    release = np.array(
        [
            clearance[licence][node] if licence else 1.0
            for licence, node in zip(found["licence"], found["node"], strict=True)
        ]
    )
    found["released_kg"] = found["ordered_kg"] * release
    found["withheld_kg"] = found["ordered_kg"] * (1 - release)
    found["purchase_cost"] = found["released_kg"] * _landed(found)
    price = found["price"] * found["factor"] * found["rate"]
    found["deposit_lost"] = found["deposit_share"] * price * found["withheld_kg"]
    found["month"] = answer.months[answer.tree.period[found["node"].astype(np.int64)]]
    return frame("arrivals", found)


def _due(answer: Answer) -> pd.DataFrame:
    """Orders at each node where they come due: one order comes due in every node below its own."""
    placed = _priced_orders(answer).rename(columns={"kg": "ordered_kg"})
    below: dict[tuple[int, int], list[int]] = {}
    for node, period in zip(placed["node"], placed["due"], strict=True):
        if (node, period) not in below:
            at = answer.tree.at[period]
            below[node, period] = at[answer.tree.ancestor[at, answer.tree.period[node]] == node].tolist()
    placed["node"] = [below[place] for place in zip(placed["node"], placed["due"], strict=True)]
    return placed.explode("node", ignore_index=True).astype({"node": np.int64}).assign(origin="order")


def _open(answer: Answer) -> pd.DataFrame:
    """Open orders at each node of the period in which they come due."""
    calendar = answer.scenario.calendar
    rows = [
        {"node": int(node), "offer": row.offer, "ordered_kg": row.kg, "factor": 1.0, "origin": "open order"}
        for row in answer.scenario.open_orders
        if row.kg > 0
        for node in answer.tree.at[calendar.period(row.period)]
    ]
    columns = ["node", "offer", "ordered_kg", "factor", "origin"]
    return answer.with_offers(pd.DataFrame(rows, columns=columns).astype({"node": np.int64, "ordered_kg": float}))


def stock(answer: Answer) -> pd.DataFrame:
    """Stock at the period's end."""
    found = answer.by_node("stock", "material", "undertaking").rename(columns={"value": "kg"})
    holding = {row.material: row.holding_cost_per_kg for row in answer.scenario.materials}
    found["holding_cost"] = found["kg"] * found["material"].map(holding)
    return frame("stock", found)


def moves(answer: Answer) -> pd.DataFrame:
    """Free feedstock moved into a pool."""
    return frame("moves", answer.by_node("move", "material", "undertaking").rename(columns={"value": "kg"}))


def conversion(answer: Answer) -> pd.DataFrame:
    """What plants make."""
    found = answer.by_node("run", "conversion", "undertaking").rename(columns={"value": "kg"})
    rows = answer.scenario.conversion
    found["supplier"] = found["conversion"].map({name: row.supplier for name, row in rows.items()})
    found["country"] = found["supplier"].map(answer.country)
    found["material"] = found["conversion"].map({name: row.material for name, row in rows.items()})
    found["cost"] = found["kg"] * found["conversion"].map({name: row.cost_per_kg for name, row in rows.items()})
    return frame("conversion", found)


def expansion(answer: Answer) -> pd.DataFrame:
    """Steps of capacity decided."""
    found = answer.by_node("expand", "expansion").rename(columns={"value": "steps"})
    found["steps"] = found["steps"].round().astype(np.int64)
    facts = pd.DataFrame(
        [(r.expansion, r.scope, r.target, r.step_kg_per_period, r.cost_per_step) for r in answer.scenario.expansions],
        columns=["expansion", "scope", "target", "step", "step_cost"],
    )
    found = found.merge(facts, on="expansion", how="left")
    found["kg_per_period"] = found["steps"] * found["step"]
    found["cost"] = found["steps"] * found["step_cost"]
    lead = {row.expansion: row.lead_periods for row in answer.scenario.expansions}
    found["available"] = answer.later(found["node"], found["expansion"], lead)
    return frame("expansion", found)

"""Tables of supply: what is ordered, arrives, lies in stock, is made and expanded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.plan.answer import Answer, frame
from planner.scenario import windows


def orders(answer: Answer) -> pd.DataFrame:
    """What is ordered at each node."""
    found = _priced_orders(answer)
    found["landed_price_per_kg"] = _landed(found)
    found["arrives"] = answer.months[found["due"].astype(np.int64)]
    found["order_fee"] = _placing_fees(answer, found)
    return frame("orders", found)


def _placing_fees(answer: Answer, orders: pd.DataFrame) -> list[float]:
    scenario = answer.scenario
    fee = {row.offer: row.order_fee for row in scenario.offers}
    for row in scenario.offers:
        if windows.is_per_order(scenario, row):
            fee[row.offer] += scenario.licence[row.licence or ""].application_fee
    return [fee[offer] for offer in orders["offer"]]


def _priced_orders(answer: Answer) -> pd.DataFrame:
    """Orders with what is known of their offers, the price factor of their node, and when they are due."""
    found = answer.with_offers(answer.by_node("order", "offer").rename(columns={"value": "kg"}))
    found["factor"] = _factors(answer, found)
    found["due"] = answer.tree.period[found["node"]] + found["lead"].to_numpy(np.int64)
    return found


def _factors(answer: Answer, found: pd.DataFrame) -> list[float]:
    """The price factor of each row's offer at its node."""
    price = answer.tree.price
    return [float(price[offer][node]) for offer, node in zip(found["offer"], found["node"], strict=True)]


def _landed(found: pd.DataFrame) -> pd.Series[float]:
    """(price × price factor + freight) × (1 + duty) × currency rate."""
    return (found["price"] * found["factor"] + found["freight"]) * (1 + found["duty"]) * found["rate"]


def _price(found: pd.DataFrame) -> pd.Series[float]:
    """price × price factor × currency rate."""
    return found["price"] * found["factor"] * found["rate"]


def arrivals(answer: Answer) -> pd.DataFrame:
    """What arrives at each node, and what is lost as it is not released."""
    found = pd.concat([_cleared(answer), _granted(answer), _released(answer)], ignore_index=True)
    found["month"] = answer.months[answer.tree.period[found["node"].astype(np.int64)]]
    return frame("arrivals", found)


def _cleared(answer: Answer) -> pd.DataFrame:
    """Of orders and open orders the share that is cleared, where the licence loses what it does not release."""
    found = pd.concat([_due(answer), _open(answer, "no").assign(origin="open order")], ignore_index=True)
    found = found[~found["waits"].astype(bool)]
    clearance = answer.tree.clearance
    release = np.array(
        [
            clearance[licence][node] if licence else 1.0
            for licence, node in zip(found["licence"], found["node"], strict=True)
        ]
    )
    return found.assign(
        released_kg=found["ordered_kg"] * release,
        withheld_kg=found["ordered_kg"] * (1 - release),
        purchase_cost=found["ordered_kg"] * release * _landed(found),
        deposit_lost=found["deposit_share"] * _price(found) * found["ordered_kg"] * (1 - release),
    )


def _granted(answer: Answer) -> pd.DataFrame:
    """Open orders whose licence is granted; where it lets goods wait, their deposit is paid already."""
    found = _open(answer, "yes").assign(origin="granted order")
    paid = found["deposit_share"] * _price(found) * found["waits"].astype(float)
    return _whole(found, (_landed(found) - paid) * found["ordered_kg"])


def _released(answer: Answer) -> pd.DataFrame:
    """What is released of what waited; under take-or-pay its price is paid already."""
    found = answer.with_offers(answer.by_node("release", "offer").rename(columns={"value": "ordered_kg"}))
    found = found.assign(factor=_factors(answer, found), origin="release")
    paid = _price(found) * found["take_or_pay"].astype(float)
    return _whole(found, (_landed(found) - paid) * found["ordered_kg"])


def _whole(found: pd.DataFrame, cost: pd.Series[float]) -> pd.DataFrame:
    """Arrivals of which nothing is lost."""
    return found.assign(released_kg=found["ordered_kg"], withheld_kg=0.0, purchase_cost=cost, deposit_lost=0.0)


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


def _open(answer: Answer, cleared: str) -> pd.DataFrame:
    """Open orders, granted ones or others, at each node of the period in which they come due."""
    calendar = answer.scenario.calendar
    rows = [
        {"node": int(node), "offer": row.offer, "ordered_kg": row.kg, "factor": 1.0}
        for row in answer.scenario.open_orders
        if row.kg > 0 and row.cleared == cleared
        for node in answer.tree.at[calendar.period(row.period)]
    ]
    columns = ["node", "offer", "ordered_kg", "factor"]
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

"""The orders that each need an application of their own, with what a certificate must say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from planner.futures.tree import Tree
from planner.plan.answer import frame
from planner.plan.certificates import IN_STOCK
from planner.scenario.scenario import Scenario

Tables = Mapping[str, pd.DataFrame]


def filings(scenario: Scenario, tree: Tree, tables: Tables) -> pd.DataFrame:
    """An application an order: exporter, exact kg and price, and the end users and models that the plan has for it.

    `tables` are the plan's; those of certificates must be among them.
    """
    each = [row.licence for row in scenario.licences if row.per_order == "yes"]
    orders = tables["orders"][tables["orders"]["licence"].isin(each)]
    return frame("filings", pd.DataFrame(list(_rows(scenario, tree, tables, orders))))


def _rows(scenario: Scenario, tree: Tree, tables: Tables, orders: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = ["node", "month", "offer", "supplier", "country", "material", "licence", "undertaking", "kg"]
    for order in orders[names].to_dict("records"):
        offer = scenario.offer[order["offer"]]
        price = offer.price_per_kg * float(tree.price[offer.offer][order["node"]])
        users = _users(tables, order)
        yield {str(name): value for name, value in order.items()} | {
            "hs_code": scenario.material[offer.material].hs_code or "",
            "price_per_kg": price,
            "currency": offer.currency or scenario.settings.currency,
            "end_users": "; ".join(users),
            "models": "; ".join(_models(tables, order, users)),
        }


def _users(tables: Tables, order: Mapping[Any, Any]) -> list[str]:
    """The product lines that use what comes from the supplier under the undertaking, in any future."""
    found = tables["certificates"] if order["undertaking"] else tables["magnets"]
    names = ["material", "undertaking", *(["supplier"] if order["undertaking"] else [])]
    same = found[(found[names] == [order[name] for name in names]).all(axis=1)]
    return [name for name in dict.fromkeys(same["segment"].astype(str)) if name != IN_STOCK]


def _models(tables: Tables, order: Mapping[Any, Any], users: list[str]) -> list[str]:
    """The designs of these product lines that take magnets out of the pool.

    Feedstock stands in none by itself: all designs then count that take anything out of its pool.
    """
    magnets = tables["magnets"]
    pool = magnets[(magnets["undertaking"] == order["undertaking"]) & magnets["segment"].isin(users)]
    own = pool[pool["material"] == order["material"]]
    return list(dict.fromkeys((own if len(own) else pool)["design"].astype(str)))

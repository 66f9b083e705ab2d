"""Tables of what a plan comes to: costs, futures, sourcing, and the tree itself."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.futures.tree import Floats
from planner.plan.answer import Answer, frame
from planner.plan.demand import shortage
from planner.plan.supply import arrivals, conversion
from planner.plan.tables import CASH_KINDS, COST_KINDS

_STOPPED = 1e-6
"""A line counts as stopped when more than this share of a unit, or of its demand, is lost or late."""


def future_costs(answer: Answer) -> Floats:
    """C(w): the discounted cost of each future, in base currency."""
    by_node = answer.solution.costs.sum(axis=1) * answer.discount[answer.tree.period]
    return np.asarray(by_node[answer.tree.node_of].sum(axis=1))


def cvar(costs: Floats, probability: Floats, tail: float) -> float:
    """CVaR at level `tail` of discrete costs: the mean of the worst 1 − tail of them.

    min over η of η + Σ p max(C − η, 0) / (1 − tail) (Rockafellar and Uryasev 2000), by their sorting.
    """
    return float(tail_weights(costs, probability, tail) @ costs)


def tail_weights(costs: Floats, probability: Floats, tail: float) -> Floats:
    """How much each future weighs in the CVaR; they add up to 1."""
    order = np.argsort(-costs, kind="stable")
    weight = probability[order]
    before = np.concatenate([[0.0], np.cumsum(weight)[:-1]])
    counted = np.empty_like(weight)
    counted[order] = np.clip((1 - tail) * weight.sum() - before, 0.0, weight)
    return np.asarray(counted / counted.sum())


def costs(answer: Answer) -> pd.DataFrame:
    """Costs by future, financial year and kind; `now` counts in the first period's year."""
    tree = answer.tree
    names, place = np.unique(answer.years.astype(str), return_inverse=True)
    amounts = np.zeros((len(tree.futures), len(names), len(COST_KINDS)))
    discounted = np.zeros_like(amounts)
    for period, year in enumerate(place):
        here = answer.solution.costs[tree.node_of[:, period]]
        amounts[:, year] += here
        discounted[:, year] += here * answer.discount[period]
    # Below a trillionth of the largest amount it is rounding. A deposit credited in its year leaves its discount alone.
    sizes = np.maximum(np.abs(amounts), np.abs(discounted))
    future, year, kind = np.nonzero(sizes > 1e-12 * sizes.max())
    kinds = np.array(list(COST_KINDS), dtype=object)
    found = {
        "future": np.array(tree.futures, dtype=object)[future],
        "year": names.astype(object)[year],
        "kind": kinds[kind],
        "cash": [name in CASH_KINDS for name in kinds[kind]],
        "amount": amounts[future, year, kind],
        "discounted": discounted[future, year, kind],
    }
    return frame("costs", found)


def cash(answer: Answer) -> Floats:
    """What is spent at each node of what counts against budgets, undiscounted, base currency."""
    counts = np.array([kind in CASH_KINDS for kind in COST_KINDS])
    return np.asarray(answer.solution.costs[:, counts].sum(axis=1))


def futures(answer: Answer) -> pd.DataFrame:
    """What each future comes to: cost, service, first shortage."""
    tree, found = answer.tree, shortage(answer)
    by_node = found.assign(stopped=stopped(found)).groupby("node")[["demand", "lost", "late", "stopped"]].sum()
    demand, lost = (by_node[name].reindex(range(tree.size), fill_value=0.0).to_numpy() for name in ("demand", "lost"))
    lost_by_future = lost[tree.node_of].sum(axis=1)
    late = by_node["late"].reindex(tree.node_of[:, -1]).to_numpy()
    asked = demand[tree.node_of].sum(axis=1) + sum(row.backlog_units for row in answer.scenario.segments)
    missed = np.divide(lost_by_future + late, asked, out=np.zeros_like(asked), where=asked > 0)
    stops = by_node["stopped"].reindex(range(tree.size), fill_value=0).to_numpy()[tree.node_of] > 0
    return frame(
        "futures",
        {
            "future": list(tree.futures),
            "probability": tree.probability,
            "cost": future_costs(answer),
            "service": 1 - missed,
            "first_shortage": np.where(stops.any(axis=1), answer.months[stops.argmax(axis=1)], ""),
            "lost": lost_by_future,
            "late": late,
        },
    )


def stopped(shortage: pd.DataFrame) -> pd.Series:
    """Which rows of the table `shortage` are of a line that stops: units are lost or wait."""
    return shortage["lost"] + shortage["late"] > _STOPPED * np.maximum(shortage["demand"], 1.0)


def sourcing(answer: Answer) -> pd.DataFrame:
    """Arrivals by country and class in each future and financial year."""
    arrived = arrivals(answer)[["node", "country", "material", "released_kg"]].rename(columns={"released_kg": "kg"})
    made = conversion(answer)[["node", "country", "material", "kg"]]
    flows = pd.concat([arrived, made], ignore_index=True).astype({"node": np.int64, "kg": float})
    flows["class"] = flows["material"].map({row.material: row.class_ for row in answer.scenario.materials})
    flows = flows.groupby(["node", "class", "country"])["kg"].sum().reset_index()
    joined = paths(answer).merge(flows, on="node")
    joined["year"] = answer.years[joined["period"]]
    keys = ["future", "year", "class", "country"]
    joined["future"] = pd.Categorical(joined["future"], categories=list(answer.tree.futures), ordered=True)
    found = joined.groupby(keys, observed=True)["kg"].sum().reset_index()
    found = found[found["kg"] > 0].astype({"future": object}).reset_index(drop=True)
    found["share"] = found["kg"] / found.groupby(keys[:-1])["kg"].transform("sum")
    return frame("sourcing", found)


def nodes(answer: Answer) -> pd.DataFrame:
    """The tree: its nodes but for now."""
    tree = answer.tree
    parent = pd.Series(tree.parent, dtype="Int64").where(tree.parent > 0)
    found = {
        "node": np.arange(tree.size),
        "period": tree.period,
        "month": answer.months[tree.period],
        "parent": parent,
        "probability": tree.node_probability,
    }
    return frame("nodes", found).iloc[1:].reset_index(drop=True)


def paths(answer: Answer) -> pd.DataFrame:
    """The node each future is in at each period."""
    tree = answer.tree
    found = {
        "future": np.repeat(np.array(tree.futures, dtype=object), tree.periods),
        "period": np.tile(np.arange(1, tree.periods + 1), len(tree.futures)),
        "month": np.tile(answer.months[1:], len(tree.futures)),
        "node": tree.node_of[:, 1:].reshape(-1),
    }
    return frame("paths", found)

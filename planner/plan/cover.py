"""How long stock lasts: kg at a period's end against what the next period is expected to use."""

from __future__ import annotations

import pandas as pd

from planner.plan.answer import Answer, frame

_DAYS_OF_MONTH = 365.25 / 12


def cover(answer: Answer) -> pd.DataFrame:
    """Stock of each material, what the next period uses of it a day, and how many days it lasts.

    What is used is an average over the nodes that may follow; of the last period nothing is reported.
    """
    keys = ["node", "material"]
    kg = answer.by_node("stock", "material", "undertaking").groupby(keys)["value"].sum().rename("kg")
    days = answer.scenario.settings.period_months * _DAYS_OF_MONTH
    per_day = (_used_next(answer) / days).rename("kg_per_day")
    found = pd.concat([kg, per_day], axis=1).fillna(0.0).reset_index()
    found = found.astype({"node": "int64"})
    found = found[(found["node"] > 0) & (answer.tree.period[found["node"]] < answer.tree.periods)]
    found["days"] = (found["kg"] / found["kg_per_day"]).where(found["kg_per_day"] > 0)
    found["month"] = answer.months[answer.tree.period[found["node"]]]
    place = {name: number for number, name in enumerate(answer.scenario.material)}
    order = found.assign(place=found["material"].map(place)).sort_values(["node", "place"]).index
    return frame("cover", found.loc[order].reset_index(drop=True))


def _used_next(answer: Answer) -> pd.Series[float]:
    """kg used in the period after each node, by node and material."""
    used = pd.concat([_built_in(answer), _taken_in(answer)], ignore_index=True)
    tree = answer.tree
    parent = tree.parent[used["node"]]
    share = tree.node_probability[used["node"]] / tree.node_probability[parent]
    used = used.assign(node=parent, kg=used["kg"] * share)
    return used.groupby(["node", "material"])["kg"].sum()


def _built_in(answer: Answer) -> pd.DataFrame:
    """Magnets used, by node."""
    found = answer.by_node("use", "design", "material", "undertaking").rename(columns={"value": "kg"})
    return found[["node", "material", "kg"]].astype({"node": "int64", "kg": float})


def _taken_in(answer: Answer) -> pd.DataFrame:
    """What plants take in, by node."""
    made = answer.by_node("run", "conversion", "undertaking").rename(columns={"value": "made"})
    inputs = pd.DataFrame(
        [(row.conversion, row.material, row.kg_per_kg) for row in answer.scenario.conversion_inputs],
        columns=["conversion", "material", "kg_per_kg"],
    )
    found = made.merge(inputs.astype({"conversion": object, "material": object}), on="conversion")
    found["kg"] = found["made"].astype(float) * found["kg_per_kg"].astype(float)
    return found[["node", "material", "kg"]].astype({"node": "int64", "kg": float})

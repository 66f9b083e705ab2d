"""What every plan table is made from: scenario, tree and solution, and look-ups they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.futures.tree import Floats, Tree
from planner.plan.tables import PLAN_TABLE
from planner.plan.values import Solution
from planner.scenario import windows
from planner.scenario.scenario import Scenario

_OFFER_FACTS = (
    "offer", "supplier", "country", "material", "licence", "undertaking",
    "lead", "rate", "price", "freight", "duty", "deposit_share",
    "waits", "take_or_pay",
)  # fmt: skip


def frame(name: str, found: pd.DataFrame | Mapping[str, Any]) -> pd.DataFrame:
    """A plan table with the declared columns in the declared order; those not found are blank."""
    return pd.DataFrame(found).reindex(columns=PLAN_TABLE[name].names)


class Answer:
    """A solution beside the scenario and tree it belongs to.

    `months`, `years` and `discount` are by period, now (0) included.
    """

    def __init__(self, scenario: Scenario, tree: Tree, solution: Solution) -> None:
        self.scenario, self.tree, self.solution = scenario, tree, solution
        calendar, settings = scenario.calendar, scenario.settings
        periods = np.arange(calendar.periods + 1)
        self.months = np.array(["", *(calendar.month(t) for t in calendar.all)], dtype=object)
        self.years = np.array([calendar.year(max(t, 1)) for t in periods.tolist()], dtype=object)
        since = (np.maximum(periods, 1) - 1) * settings.period_months / 12
        self.discount: Floats = (1 + settings.discount_rate) ** -since
        self.country = {row.supplier: row.country for row in scenario.suppliers}
        self._offers = pd.DataFrame([self._facts(name) for name in scenario.offer], columns=_OFFER_FACTS)

    def _facts(self, name: str) -> tuple[Any, ...]:
        row = self.scenario.offer[name]
        rate = self.scenario.rate[row.currency or self.scenario.settings.currency]
        return (
            name, row.supplier, self.country[row.supplier], row.material, row.licence or "", self.scenario.pool(row),
            windows.due_after(self.scenario, row), rate, row.price_per_kg, row.freight_per_kg, row.duty_rate,
            row.deposit_share, windows.waits(self.scenario, row), row.take_or_pay == "yes",
        )  # fmt: skip

    def with_offers(self, found: pd.DataFrame) -> pd.DataFrame:
        """Rows that name an offer, with what is known of it beside them."""
        return found.merge(self._offers, on="offer", how="left", sort=False)

    def by_node(self, variable: str, *parts: str) -> pd.DataFrame:
        """A variable's values as rows: node, month, the parts of its key, value."""
        values = self.solution.of(variable, len(parts))
        key = dict(zip(parts, values.index, strict=True))
        months = self.months[self.tree.period[values.node]]
        return pd.DataFrame({"node": values.node, "month": months, **key, "value": values.value})

    def grid(self, variable: str, item: str) -> Floats:
        """A variable's values for one item by node, 0 where it has none."""
        values, found = self.solution.of(variable, 1), np.zeros(self.tree.size)
        mine = values.index[0] == item
        found[values.node[mine]] = values.value[mine]
        return found

    def later(self, nodes: pd.Series[int], names: pd.Series[str], lead: Mapping[str, int]) -> list[str]:
        """The month that lies each name's lead after its node; blank after the horizon."""
        last = self.scenario.calendar.periods
        when = [int(self.tree.period[node]) + lead[name] for node, name in zip(nodes, names, strict=True)]
        return [self.months[period] if period <= last else "" for period in when]

"""How near a plan comes to each limit of its scenario: what is used, what may be, and what is left.

A limit over a year or the horizon stands at the node of its last period, in each future.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.catalogue.limits import LIMIT, Limit
from planner.futures.tree import Floats, Ints, Tree
from planner.plan.answer import frame
from planner.scenario import tables as t
from planner.scenario.scenario import Scenario

NEAR = 0.9
"""Rows are kept where at least this share of a limit is used, and of each limit the tightest one."""

_BINDS = 1e-6
"""A limit binds where less than this share of it is left."""

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class _Use:
    """One limit at some nodes: `used` and `limit` are arrays beside `nodes`."""

    of: Limit
    item: str
    window: str
    nodes: Ints
    used: Floats
    limit: Floats

    def rows(self) -> pd.DataFrame:
        """The rows of this limit that are kept."""
        slack = (self.limit - self.used) * self.of.looser
        scale = np.maximum(np.maximum(np.abs(self.limit), np.abs(self.used)), 1e-9)
        left = slack / scale
        found = {
            "node": self.nodes,
            "kind": self.of.kind,
            "item": self.item,
            "window": self.window,
            "side": self.of.side,
        }
        amounts = {"unit": self.of.unit, "used": self.used, "limit": self.limit, "slack": np.maximum(slack, 0.0)}
        near = left <= 1 - NEAR
        if len(left):
            near[int(left.argmin())] = True
        return pd.DataFrame(found | amounts | {"binds": left <= _BINDS})[near]


def limits_used(scenario: Scenario, tree: Tree, tables: Tables, cash: Floats | None = None) -> pd.DataFrame:
    """What is used of every limit, where at least nine tenths are, and where each is tightest.

    `cash` is what is spent at each node, for budgets of a single period, which the tables do not say.
    """
    usage = _Usage(scenario, tree, tables, cash)
    parts = [rows for use in usage.all() if len(rows := use.rows())]
    if not parts:
        return frame("limits_used", {})
    months = np.array(["", *(scenario.calendar.month(t) for t in scenario.calendar.all)], dtype=object)
    found = pd.concat(parts, ignore_index=True)
    return frame("limits_used", found.assign(month=months[tree.period[found["node"]]]))


class _Usage:
    """What a plan uses, by node, of all that is limited."""

    def __init__(self, scenario: Scenario, tree: Tree, tables: Tables, cash: Floats | None) -> None:
        self._scenario, self._tree, self._tables, self._cash = scenario, tree, tables, cash
        self._nodes = np.arange(1, tree.size)

    def all(self) -> Iterator[_Use]:
        """Every limit, those that a planner sets himself first."""
        yield from self._shares()
        yield from self._budgets()
        yield from self._service()
        yield from self._stock()
        yield from self._suppliers()
        yield from self._panels()
        yield from self._offers()
        yield from self._fixed_orders()
        yield from self._conversions()
        yield from self._assembly()
        yield from self._promises()
        yield from self._efficiency()
        yield from self._designs()

    def _sum(self, table: str, value: str, column: str, name: str) -> Floats:
        """By node, now (0) included: the sum of a table's values whose column holds a name."""
        rows = self._tables[table]
        return self._added(rows[rows[column] == name], value)

    def _added(self, mine: pd.DataFrame, value: str) -> Floats:
        kg = np.bincount(mine["node"].astype(np.int64), weights=mine[value].astype(float), minlength=self._tree.size)
        return kg.astype(float)

    def _by_period(self, of: str, item: str, used: Floats, limit: Any, when: range) -> _Use:
        """A limit in each period of a window; `used` and `limit` by node."""
        nodes = self._nodes[np.isin(self._tree.period[self._nodes], np.array(when))]
        limits = np.broadcast_to(np.asarray(limit, dtype=float), used.shape)
        return _Use(LIMIT[of], item, "period", nodes, used[nodes], limits[nodes])

    def _whole(self) -> range:
        return self._scenario.calendar.within(None, None)

    # --- by window --------------------------------------------------------------------------------

    def _by_future(self, of: str, item: str, window: str, last: int, values: Iterable[Floats]) -> _Use:
        """A limit that all periods up to `last` count in: `values` are used (NaN: of nothing) and limit by future."""
        nodes, first = np.unique(self._tree.node_of[:, last], return_index=True)
        used, limit = (np.broadcast_to(value, len(self._tree.futures))[first] for value in values)
        known = np.isfinite(used)
        return _Use(LIMIT[of], item, window, nodes[known], used[known], limit[known])

    def _shares(self) -> Iterator[_Use]:
        flows = _flows(self._tables)
        for row in self._scenario.limits:
            counts = [self._scenario.counts(row, material) for material in flows["material"]]
            counted = flows[np.array(counts, dtype=bool)]  # no list: an empty one would choose columns
            target = counted[counted[row.scope] == row.target]
            for window, periods in self._windows(row).items():
                everything, mine = (self._over(rows, periods) for rows in (counted, target))
                if self._is_running(row, window):
                    everything, mine = everything + row.before_all_kg, mine + row.before_kg
                # Where nothing arrives there is no share, and nothing is held to it.
                share = np.divide(mine, everything, out=np.full_like(mine, np.nan), where=everything > 0)
                for of, limit, idle in (("largest share", row.max_share, 1.0), ("least share", row.min_share, 0.0)):
                    if limit != idle:
                        yield self._by_future(of, row.limit, window, periods[-1], (share, np.array(limit)))
                if row.max_kg is not None:
                    values = (mine, np.array(row.max_kg))
                    yield self._by_future("largest quantity", row.limit, window, periods[-1], values)
                if row.min_kg > 0 and not self._is_cut_off(row, window):
                    values = (mine, np.array(row.min_kg))
                    yield self._by_future("least quantity", row.limit, window, periods[-1], values)

    def _is_running(self, row: t.Limit, window: str) -> bool:
        """Whether a limit's window is running when the horizon begins: what arrived in it before counts."""
        return row.per == "horizon" or window == self._scenario.calendar.year(1)

    def _is_cut_off(self, row: t.Limit, window: str) -> bool:
        """Whether a limit's window goes on after the horizon, so that nothing is asked of it yet."""
        calendar = self._scenario.calendar
        return row.per == "year" and window == calendar.year(calendar.periods + 1)

    def _windows(self, row: t.Limit) -> dict[str, list[int]]:
        calendar = self._scenario.calendar
        windows: dict[str, list[int]] = {}
        for period in calendar.within(row.from_, row.until):
            windows.setdefault(calendar.year(period) if row.per == "year" else "horizon", []).append(period)
        return windows

    def _over(self, rows: pd.DataFrame, periods: list[int]) -> Floats:
        """By future, the kg of rows over periods."""
        by_node = np.bincount(rows["node"], weights=rows["kg"], minlength=self._tree.size)
        return np.asarray(by_node[self._tree.node_of[:, periods]].sum(axis=1), dtype=float)

    def _budgets(self) -> Iterator[_Use]:
        calendar = self._scenario.calendar
        for row in self._scenario.budgets:
            periods = calendar.spent_in(row.year)
            spent = self._spent_in_year(row.year) if row.year.startswith("FY") else self._spent_in(periods)
            if periods and spent is not None:
                window = row.year if row.year.startswith("FY") else "period"
                yield self._by_future("budget", row.year, window, periods[-1], (spent, np.array(row.max_spend)))

    def _spent_in_year(self, year: str) -> Floats:
        """By future."""
        costs = self._tables["costs"]
        mine = costs[costs["cash"].astype(bool) & (costs["year"] == year)]
        return mine.groupby("future")["amount"].sum().reindex(self._tree.futures, fill_value=0.0).to_numpy(float)

    def _spent_in(self, periods: list[int]) -> Floats | None:
        """By future; what is spent now counts in the first period."""
        if self._cash is None:
            return None
        counted = [0, *periods] if 1 in periods else periods
        return np.asarray(self._cash[self._tree.node_of[:, counted]].sum(axis=1), dtype=float)

    def _service(self) -> Iterator[_Use]:
        for row in self._scenario.segments:
            if row.min_service > 0:
                names, node_of = ("demand", "lost", "late"), self._tree.node_of
                asked, lost, late = (self._sum("shortage", name, "segment", row.segment) for name in names)
                demand = asked[node_of].sum(axis=1) + row.before_units + row.backlog_units
                missed = row.before_lost_units + lost[node_of].sum(axis=1) + late[node_of[:, -1]]
                built = 1 - np.divide(missed, demand, out=np.zeros_like(missed), where=demand > 0)
                values, last = (built, np.array(row.min_service)), self._tree.periods
                yield self._by_future("service", row.segment, "horizon", last, values)

    # --- by period --------------------------------------------------------------------------------

    def _stock(self) -> Iterator[_Use]:
        calendar = self._scenario.calendar
        for row in self._scenario.materials:
            kg = self._sum("stock", "kg", "material", row.material)
            if row.max_stock_kg is not None:
                yield self._by_period("storage", row.material, kg, row.max_stock_kg, self._whole())
            if row.min_stock_kg > 0:
                when = calendar.within(row.min_stock_from, None)
                yield self._by_period("safety stock", row.material, kg, row.min_stock_kg, when)

    def _suppliers(self) -> Iterator[_Use]:
        for row in self._scenario.suppliers:
            if row.max_kg_per_period is not None:
                kg = self._sum("orders", "kg", "supplier", row.supplier)
                most = row.max_kg_per_period * self._tree.supplier_capacity[row.supplier]
                yield self._by_period("capacity of supplier", row.supplier, kg, most, self._whole())

    def _panels(self) -> Iterator[_Use]:
        """How many suppliers are bought from, and how many count: decided now, and so at the first period's node."""
        rows, first = self._tables["panel_suppliers"], self._tree.at[1]
        for row in self._scenario.panels:
            mine = rows[rows["panel"] == row.panel]
            for of, column, limit in (
                ("most suppliers", "used", row.max_suppliers),
                ("fewest suppliers", "counts", row.min_suppliers or None),
            ):
                if limit is not None:
                    number = np.full(len(first), mine[column].astype(float).sum())
                    most = np.full(len(first), float(limit))
                    yield _Use(LIMIT[of], row.panel, "horizon", first, number, most)

    def _fixed_orders(self) -> Iterator[_Use]:
        """What is ordered of what is fixed: less where offer or supplier cannot deliver it."""
        for row in self._scenario.fixed_orders:
            kg, period = self._sum("orders", "kg", "offer", row.offer), self._scenario.calendar.period(row.period)
            yield self._by_period("fixed order", row.offer, kg, row.kg, range(period, period + 1))

    def _offers(self) -> Iterator[_Use]:
        """Offers that something is ordered of; the capacity of the others is not what holds the plan."""
        calendar, now = self._scenario.calendar, self._tables["now_decisions"]
        kept = now[now["decision"] == "keep"].set_index("item")["kg_per_period"].astype(float)
        for name in self._scenario.offer:
            kg = self._sum("orders", "kg", "offer", name)
            if not kg.any():
                continue
            row = self._scenario.offer[name]
            base = row.max_kg_per_period if row.reservation_fee_per_kg is None else float(kept.get(name, 0.0))
            most = self._tree.offer_capacity[name] * (base + self._expanded("offer", name))
            last = calendar.periods - row.lead_periods
            when = calendar.within(row.from_, row.until)
            when = range(when.start, min(when.stop, last + 1))
            yield self._by_period("capacity of offer", name, kg, most, when)

    def _conversions(self) -> Iterator[_Use]:
        for name, row in self._scenario.conversion.items():
            kg = self._sum("conversion", "kg", "conversion", name)
            most = self._tree.conversion_capacity[name] * (row.max_kg_per_period + self._expanded("conversion", name))
            when = self._scenario.calendar.within(row.from_, row.until)
            if kg.any():
                yield self._by_period("capacity of conversion", name, kg, most, when)

    def _expanded(self, scope: str, target: str) -> Floats:
        """kg/period by node that steps decided on the way add."""
        added = np.zeros(self._tree.size)
        for row in self._scenario.expansions:
            if (row.scope, row.target) == (scope, target):
                steps = self._sum("expansion", "steps", "expansion", row.expansion) * row.step_kg_per_period
                for node in self._nodes:
                    ready = self._tree.period[node] - row.lead_periods
                    added[node] += steps[self._tree.ancestor[node, 1 : max(ready, 0) + 1]].sum()
        return added

    def _assembly(self) -> Iterator[_Use]:
        for row in self._scenario.segments:
            if row.max_units_per_period is not None:
                built, most = self._sum("shortage", "built", "segment", row.segment), row.max_units_per_period
                yield self._by_period("assembly", row.segment, built, most, self._whole())

    def _promises(self) -> Iterator[_Use]:
        for row in self._scenario.promises:
            asked, built = (self._sum("shortage", name, "segment", row.segment) for name in ("demand", "built"))
            # Where nothing is asked for nothing is promised.
            when = np.array(self._scenario.calendar.within(row.from_, row.until))
            nodes = self._nodes[np.isin(self._tree.period[self._nodes], when) & (asked[self._nodes] > 0)]
            if row.share > 0:
                yield _Use(LIMIT["promise"], row.segment, "period", nodes, built[nodes], row.share * asked[nodes])

    def _efficiency(self) -> Iterator[_Use]:
        rows = self._tables["build"]
        rows = rows.assign(loss=rows["units"].astype(float) * rows["efficiency_loss_pp"].astype(float))
        for row in self._scenario.segments:
            if (most := row.max_efficiency_loss_pp) is not None:
                mine = rows[rows["segment"] == row.segment]
                built, lost = self._added(mine, "units"), self._added(mine, "loss")
                # Where nothing is built nothing is lost, and nothing is held to it.
                nodes = self._nodes[built[self._nodes] > 0]
                mean, limit = lost[nodes] / built[nodes], np.full(len(nodes), most, dtype=float)
                yield _Use(LIMIT["efficiency"], row.segment, "period", nodes, mean, limit)

    def _designs(self) -> Iterator[_Use]:
        """Designs that are built and may serve a share of demand only.

        Units that wait keep their chance of it: what is built and what may be later, of what may have been before and
        the share of new demand.
        """
        parent = np.maximum(self._tree.parent, 0)
        for row in self._scenario.designs:
            units = self._sum("build", "units", "design", row.design)
            if row.max_share < 1 and units.any():
                kept = self._sum("eligible", "units", "design", row.design)
                kept[0] = self._eligible_at_start(row)
                asked = self._sum("shortage", "demand", "segment", row.segment)
                used, most = units + kept, kept[parent] + row.max_share * asked
                # Where nothing is asked for there is nothing to share.
                nodes = self._nodes[most[self._nodes] > 0]
                yield _Use(LIMIT["share of design"], row.design, "period", nodes, used[nodes], most[nodes])

    def _eligible_at_start(self, row: t.Design) -> float:
        if row.eligible_units is not None:
            return row.eligible_units
        return row.max_share * self._scenario.segment[row.segment].backlog_units


def _flows(tables: Tables) -> pd.DataFrame:
    """What arrives and is made: node, supplier, country, material, kg."""
    columns = ["node", "supplier", "country", "material", "kg"]
    arrived = tables["arrivals"].rename(columns={"released_kg": "kg"})[columns]
    flows = pd.concat([arrived, tables["conversion"][columns]], ignore_index=True)
    return flows.astype({"node": np.int64, "kg": float})

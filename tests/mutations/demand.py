"""Plans that build wrongly, or beyond limits and budgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planner.scenario.tables import Limit
from tests.mutations.draft import Draft, NoPlace, mutation


@mutation("demand talked down", "demand")
def _(d: Draft) -> None:
    row = d.largest("shortage", "demand")
    d.set("shortage", row, demand=0.9 * d.get("shortage", row, "demand"))


@mutation("units reported to be built that are not", "demand")
def _(d: Draft) -> None:
    row = d.largest("shortage", "demand")
    d.set("shortage", row, built=d.get("shortage", row, "built") + 1.0)


@mutation("units neither built nor lost nor waiting", "demand_balance")
def _(d: Draft) -> None:
    row = d.largest("shortage", "lost", lambda row: row["lost"] > 0)
    d.set("shortage", row, lost=0.0)


@mutation("waiting units that nobody remembers", "demand_balance")
def _(d: Draft) -> None:
    d.set("shortage", d.largest("shortage", "late", lambda row: row["late"] > 0), late=0.0)


@mutation("units that wait without a delay cost", "backlog")
def _(d: Draft) -> None:
    row = d.largest("shortage", "demand", lambda row: d.scenario.segment[row["segment"]].delay_cost_per_unit is None)
    d.set("shortage", row, late=1.0 + 0.01 * d.get("shortage", row, "demand"))


def _build(d: Draft, where: Callable[[Any], Any], units: Callable[[Any, Any], float]) -> None:
    """Change the largest build of a design that fits; `units` is given the design and the row."""
    design = {row.design: row for row in d.scenario.designs}
    row = d.largest("build", "units", lambda row: where(design[row["design"]]))
    d.set("build", row, units=units(design[d.get("build", row, "design")], d.tables["build"].loc[row]))


@mutation("more units than assembly can build", "assembly")
def _(d: Draft) -> None:
    most = {row.segment: row.max_units_per_period for row in d.scenario.segments}
    _build(d, lambda k: most[k.segment], lambda k, row: 1.01 * (most[k.segment] or 0.0) + 1.0)


@mutation("a design above its share", "max_share")
def _(d: Draft) -> None:
    asked = d.tables["shortage"].groupby("segment")["demand"].sum()
    _build(d, lambda k: k.max_share < 1, lambda k, row: float(asked[k.segment]))


@mutation("a design built that was never qualified", "qualification")
def _(d: Draft) -> None:
    design = {row.design: row for row in d.scenario.designs}
    built = d.largest("build", "units", lambda row: design[row["design"]].qualified == "no")
    name = d.get("build", built, "design")
    d.drop("qualification", d.tables["qualification"].index[d.tables["qualification"]["design"] == name])


@mutation("a design built before it is qualified", "qualification")
def _(d: Draft) -> None:
    k = d.first(k for k in d.scenario.designs if k.qualified == "no" and k.qualification_periods)
    d.add("build", node=d.node(1), month=d.month(1), segment=k.segment, design=k.design, units=1.0,
          efficiency_loss_pp=k.efficiency_loss_pp, design_cost=k.extra_cost_per_unit, efficiency_cost=0.0)  # fmt: skip


@mutation("a design qualified twice", "qualified_once")
def _(d: Draft) -> None:
    row = d.largest("qualification", "cost")
    last = d.scenario.settings.periods
    if d.get("qualification", row, "month") == d.month(last):
        raise NoPlace
    again = d.tables["qualification"].loc[row].to_dict()
    paths = d.tables["paths"]
    future = paths.loc[paths["node"] == again["node"], "future"].iloc[0]
    leaf = paths.loc[(paths["future"] == future) & (paths["period"] == last), "node"].iloc[0]
    d.add("qualification", **{**again, "node": leaf, "month": d.month(last), "usable": ""})


@mutation("a design qualified that is so from the start", "qualified_once")
def _(d: Draft) -> None:
    k = d.first(k for k in d.scenario.designs if k.qualified == "yes")
    d.add("qualification", node=d.node(1), month=d.month(1), design=k.design, segment=k.segment,
          usable=d.month(1 + k.qualification_periods), cost=k.qualification_cost)  # fmt: skip


@mutation("more efficiency lost than allowed", "efficiency")
def _(d: Draft) -> None:
    limit = {row.segment: row.max_efficiency_loss_pp for row in d.scenario.segments}
    design = {row.design: row for row in d.scenario.designs}

    def lossy(k: Any) -> bool:
        most = limit[k.segment]
        return most is not None and k.efficiency_loss_pp > most

    built = d.largest("build", "units", lambda row: lossy(design[row["design"]]))
    segment, node = d.get("build", built, "segment"), d.get("build", built, "node")
    same = d.tables["build"][(d.tables["build"]["segment"] == segment) & (d.tables["build"]["node"] == node)]
    d.drop("build", [label for label in same.index if label != built])


@mutation("units built without their magnets", "magnets")
def _(d: Draft) -> None:
    d.drop("magnets", [d.largest("magnets", "kg")])


@mutation("units built with half their magnets", "magnets")
def _(d: Draft) -> None:
    row = d.largest("magnets", "kg")
    d.set("magnets", row, kg=0.5 * d.get("magnets", row, "kg"))


@mutation("a magnet that the design does not have", "magnets")
def _(d: Draft) -> None:
    row = d.largest("magnets", "kg")
    own = {m.material for m in d.scenario.design_materials if m.design == d.get("magnets", row, "design")}
    other = d.first(m.material for m in d.scenario.materials if m.material not in own)
    d.add("magnets", **{**d.tables["magnets"].loc[row].to_dict(), "material": other})


def _barring(d: Draft, attribute: str, names: str) -> tuple[Any, str]:
    """A use of magnets and an undertaking that bars it, by market or by end use."""
    for label, row in d.tables["magnets"].iterrows():
        for undertaking in d.scenario.undertakings:
            if getattr(d.scenario.segment[row["segment"]], attribute) in getattr(undertaking, names):
                return label, undertaking.undertaking
    raise NoPlace


@mutation("bound magnets in a market that is barred", "barred_pool")
def _(d: Draft) -> None:
    row, pool = _barring(d, "market", "barred_markets")
    d.set("magnets", row, undertaking=pool)


@mutation("bound magnets in an end use that is barred", "barred_pool")
def _(d: Draft) -> None:
    row, pool = _barring(d, "end_use", "barred_end_uses")
    d.set("magnets", row, undertaking=pool)


@mutation("service below the least", "service")
def _(d: Draft) -> None:
    served = {row.segment for row in d.scenario.segments if row.min_service > 0}
    rows = [label for label, row in d.tables["shortage"].iterrows() if row["segment"] in served]
    d.first(rows)
    for label in rows:
        d.set("shortage", label, lost=d.get("shortage", label, "demand"))


def _only(d: Draft, limit: Limit, of_target: bool) -> None:
    """Of the arrivals that a limit counts, leave only those that are (not) of its target."""
    class_ = {row.material: row.class_ for row in d.scenario.materials}
    window = [d.month(t) for t in d.scenario.calendar.within(limit.from_, limit.until)]

    def counts(row: Any) -> bool:
        own = class_[row["material"]]
        return row["month"] in window and (own == limit.class_ if limit.class_ else own != "feedstock")

    left = 0
    for table, column in (("arrivals", "released_kg"), ("conversion", "kg")):
        counted = [label for label, row in d.tables[table].iterrows() if counts(row)]
        stays = [label for label in counted if (d.get(table, label, limit.scope) == limit.target) == of_target]
        d.drop(table, set(counted) - set(stays))
        d.set(table, stays, **{column: 100.0})
        left += len(stays)
    if not left:
        raise NoPlace


@mutation("a share above its limit", "limits")
def _(d: Draft) -> None:
    _only(d, d.first(limit for limit in d.scenario.limits if limit.max_share < 1), of_target=True)


@mutation("a share below its least", "limits")
def _(d: Draft) -> None:
    _only(d, d.first(limit for limit in d.scenario.limits if limit.min_share > 0), of_target=False)


@mutation("more cash spent than the budget", "budgets")
def _(d: Draft) -> None:
    d.first(d.scenario.budgets)
    for label in d.tables["orders"].index:
        d.set("orders", label, kg=1e6 * d.get("orders", label, "kg"))

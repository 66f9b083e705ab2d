"""Plans with wrong stock, conversions and expansions."""

from __future__ import annotations

from tests.mutations.draft import Draft, mutation


@mutation("a kg conjured", "balance")
def _(d: Draft) -> None:
    row = d.largest("stock", "kg")
    d.set("stock", row, kg=1.01 * d.get("stock", row, "kg") + 1.0)


@mutation("stock that disappears", "balance")
def _(d: Draft) -> None:
    d.drop("stock", [d.largest("stock", "kg")])


def _other_pool(d: Draft, pool: str) -> str:
    pools = ["", *(row.undertaking for row in d.scenario.undertakings)]
    return str(d.first(other for other in pools if other != pool))


@mutation("a pool mixed: bound stock reported to be free, or free bound", "balance")
def _(d: Draft) -> None:
    row = d.largest("stock", "kg")
    d.set("stock", row, undertaking=_other_pool(d, d.get("stock", row, "undertaking")))


@mutation("a pool mixed: magnets taken from another", "balance")
def _(d: Draft) -> None:
    row = d.largest("magnets", "kg")
    d.drop("magnets", [label for label in d.tables["magnets"].index if label != row])
    d.set("magnets", row, undertaking=_other_pool(d, d.get("magnets", row, "undertaking")))


@mutation("a pool mixed: a conversion's output in another", "balance")
def _(d: Draft) -> None:
    row = d.largest("conversion", "kg")
    pool = _other_pool(d, d.get("conversion", row, "undertaking"))
    d.drop("conversion", [label for label in d.tables["conversion"].index if label != row])
    d.set("conversion", row, undertaking=pool)


@mutation("stock moved without being taken from free", "balance")
def _(d: Draft) -> None:
    d.drop("moves", [d.largest("moves", "kg")])


@mutation("more made than its inputs give", "balance")
def _(d: Draft) -> None:
    row = d.largest("conversion", "kg")
    d.set("conversion", row, kg=1.01 * d.get("conversion", row, "kg"))


@mutation("stock above storage", "storage")
def _(d: Draft) -> None:
    row = d.largest("stock", "kg", lambda row: d.scenario.material[row["material"]].max_stock_kg)
    d.set("stock", row, kg=1.01 * d.scenario.material[d.get("stock", row, "material")].max_stock_kg + 1.0)


@mutation("stock below the safety stock", "safety_stock")
def _(d: Draft) -> None:
    guarded = {row.material for row in d.scenario.materials if row.min_stock_kg > 0}
    rows = d.tables["stock"]
    d.drop("stock", [d.first(rows.index[rows["material"].isin(guarded)])])
    d.drop("stock", [label for label, row in d.tables["stock"].iterrows() if row["material"] in guarded])


@mutation("magnets moved into a pool", "moves")
def _(d: Draft) -> None:
    inputs = {row.material for row in d.scenario.conversion_inputs}
    material = d.first(row.material for row in d.scenario.materials if row.material not in inputs)
    pool = d.first(row.undertaking for row in d.scenario.undertakings)
    d.add("moves", node=d.node(1), month=d.month(1), material=material, undertaking=pool, kg=1.0)


@mutation("bound stock set free", "moves")
def _(d: Draft) -> None:
    material = d.first(row.material for row in d.scenario.conversion_inputs)
    d.add("moves", node=d.node(1), month=d.month(1), material=material, undertaking="", kg=1.0)


@mutation("a conversion after its until", "conversion_window")
def _(d: Draft) -> None:
    last = d.scenario.settings.periods
    conversion = d.first(c for c in d.scenario.conversions if c.until and c.until < d.month(last))
    d.add("conversion", node=d.node(last), month=d.month(last), conversion=conversion.conversion, undertaking="",
          kg=1.0, cost=conversion.cost_per_kg)  # fmt: skip


@mutation("a conversion above its capacity", "conversion_capacity")
def _(d: Draft) -> None:
    row = d.largest("conversion", "kg")
    c = d.scenario.conversion[d.get("conversion", row, "conversion")]
    extra = sum(e.step_kg_per_period * e.max_steps for e in d.scenario.expansions if e.target == c.conversion)
    d.set("conversion", row, kg=1.01 * (c.max_kg_per_period + extra) + 1.0)


@mutation("capacity used that is not yet expanded", "conversion_capacity")
def _(d: Draft) -> None:
    row = d.largest("conversion", "kg", lambda row: any(
        e.target == row["conversion"] and e.lead_periods and row["month"] == d.month(1) for e in d.scenario.expansions
    ))  # fmt: skip
    c = d.scenario.conversion[d.get("conversion", row, "conversion")]
    d.set("conversion", row, kg=1.01 * c.max_kg_per_period)


@mutation("an expansion decided after its until", "expansion_window")
def _(d: Draft) -> None:
    last = d.scenario.settings.periods
    d.decide_expansion(d.first(e for e in d.scenario.expansions if e.until and e.until < d.month(last)), last, 1.0)


@mutation("more steps than there are", "expansion_steps")
def _(d: Draft) -> None:
    expansion = d.first(d.scenario.expansions)
    d.decide_expansion(expansion, 1, expansion.max_steps + 1.0)


@mutation("half a step", "whole_steps")
def _(d: Draft) -> None:
    d.decide_expansion(d.first(d.scenario.expansions), 1, 0.5)

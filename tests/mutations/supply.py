"""Plans with wrong decisions taken now, orders and arrivals."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from tests.mutations.draft import Draft, mutation


@mutation("a licence that must never be, applied for", "decision")
def _(d: Draft) -> None:
    d.decide("apply", d.first(row.licence for row in d.scenario.licences if row.decision == "never"), True)


@mutation("an offer that must be, not signed", "decision")
def _(d: Draft) -> None:
    d.decide("sign", d.first(row.offer for row in d.scenario.offers if row.decision == "must"), False)


@mutation("a design that must be, not qualified", "decision")
def _(d: Draft) -> None:
    must = {row.design for row in d.scenario.designs if row.decision == "must" and row.qualified == "no"}
    rows = d.tables["qualification"]
    d.first(rows.index[rows["design"].isin(must)])
    d.drop("qualification", rows.index[rows["design"].isin(must)])


@mutation("a design that must never be, built", "decision")
def _(d: Draft) -> None:
    design = d.first(row for row in d.scenario.designs if row.decision == "never")
    d.add("build", node=d.node(1), month=d.month(1), segment=design.segment, design=design.design, units=1.0,
          efficiency_loss_pp=design.efficiency_loss_pp, design_cost=0.0, efficiency_cost=0.0)  # fmt: skip


@mutation("an expansion that must never be, decided", "decision")
def _(d: Draft) -> None:
    d.decide_expansion(d.first(row for row in d.scenario.expansions if row.decision == "never"), 1, 1.0)


@mutation("an order before its licence: the licence not applied for", "licence")
def _(d: Draft) -> None:
    orders = d.tables["orders"]
    d.decide("apply", d.first(licence for licence in orders["licence"] if licence), False)


@mutation("two offers of a group signed", "group")
def _(d: Draft) -> None:
    groups: dict[str, list[str]] = {}
    for offer in d.scenario.offers:
        if offer.group:
            groups.setdefault(offer.group, []).append(offer.offer)
    for name in d.first(members for members in groups.values() if len(members) > 1):
        if name not in d.plan.decisions.sign:
            d.decide("sign", name, True)


@mutation("an order under an offer that is not signed", "signature")
def _(d: Draft) -> None:
    d.decide("sign", d.first(o for o in d.tables["orders"]["offer"] if o in d.plan.decisions.sign), False)


def _keep(d: Draft, factor: float) -> None:
    row = d.largest("now_decisions", "kg_per_period", lambda row: row["decision"] == "keep" and row["taken"])
    kg, cost = d.get("now_decisions", row, "kg_per_period"), d.get("now_decisions", row, "cost")
    d.set("now_decisions", row, kg_per_period=factor * kg, cost=factor * cost)
    keep = {**d.plan.decisions.keep, d.get("now_decisions", row, "item"): factor * kg}
    d.change(decisions=dataclasses.replace(d.plan.decisions, keep=keep))


@mutation("more capacity kept than there is", "reservation")
def _(d: Draft) -> None:
    _keep(d, 1000.0)


@mutation("capacity kept of an offer that needs none", "reservation")
def _(d: Draft) -> None:
    offer = d.first(o for o in d.scenario.offers if o.reservation_fee_per_kg is None)
    d.add("now_decisions", decision="keep", item=offer.offer, taken=True, kg_per_period=5.0, cost=0.0)


def _order(d: Draft, where: Callable[[Any], Any], kg: Callable[[Any], float]) -> None:
    """Change the kg of the largest order of an offer that fits."""
    row = d.largest("orders", "kg", lambda row: where(d.scenario.offer[row["offer"]]))
    d.set("orders", row, kg=kg(d.scenario.offer[d.get("orders", row, "offer")]))


@mutation("an order that would arrive after the horizon", "order_window")
def _(d: Draft) -> None:
    row = d.largest("orders", "kg", lambda row: d.scenario.offer[row["offer"]].lead_periods)
    last = d.scenario.settings.periods
    d.set("orders", row, node=d.node(last), month=d.month(last))


@mutation("an order after its until", "order_window")
def _(d: Draft) -> None:
    offer = d.first(o for o in d.scenario.offers if o.until and o.until < d.month(d.scenario.settings.periods))
    last = d.scenario.settings.periods
    d.add("orders", node=d.node(last), month=d.month(last), offer=offer.offer, kg=1.0, landed_price_per_kg=0.0)


@mutation("an order above its capacity", "order_capacity")
def _(d: Draft) -> None:
    extra = {row.target for row in d.scenario.expansions if row.scope == "offer"}
    _order(d, lambda o: o.offer not in extra, lambda o: 1.01 * o.max_kg_per_period + 1.0)


@mutation("an order above what is kept", "order_capacity")
def _(d: Draft) -> None:
    _keep(d, 0.5)


@mutation("an order below its minimum", "min_order")
def _(d: Draft) -> None:
    _order(d, lambda o: o.min_order_kg, lambda o: 0.6 * o.min_order_kg)


@mutation("a commitment missed", "commitment")
def _(d: Draft) -> None:
    rows = d.tables["orders"]
    committed = [d.scenario.offer[name].commit_kg_per_period > 0 for name in rows["offer"]]
    d.drop("orders", [d.first(rows.index[committed])])


@mutation("a commitment half met", "commitment")
def _(d: Draft) -> None:
    _order(d, lambda o: o.commit_kg_per_period, lambda o: 0.5 * o.commit_kg_per_period)


@mutation("more ordered than a supplier can take", "supplier_capacity")
def _(d: Draft) -> None:
    most = {row.supplier: row.max_kg_per_period for row in d.scenario.suppliers}
    _order(d, lambda o: most[o.supplier], lambda o: 1.01 * (most[o.supplier] or 0.0) + 1.0)


@mutation("a landed price without its duty", "landed_price")
def _(d: Draft) -> None:
    row = d.largest("orders", "landed_price_per_kg", lambda row: d.scenario.offer[row["offer"]].duty_rate)
    duty = d.scenario.offer[d.get("orders", row, "offer")].duty_rate
    d.set("orders", row, landed_price_per_kg=d.get("orders", row, "landed_price_per_kg") / (1.0 + duty))


@mutation("all released although licences clear a part", "arrival")
def _(d: Draft) -> None:
    row = d.largest("arrivals", "withheld_kg", lambda row: row["withheld_kg"] > 0)
    d.set("arrivals", row, released_kg=d.get("arrivals", row, "ordered_kg"), withheld_kg=0.0)


@mutation("what is withheld, not reported", "arrival")
def _(d: Draft) -> None:
    d.set("arrivals", d.largest("arrivals", "withheld_kg", lambda row: row["withheld_kg"] > 0), withheld_kg=0.0)


@mutation("an arrival that nobody ordered", "arrival")
def _(d: Draft) -> None:
    d.drop("orders", [d.largest("orders", "kg")])


@mutation("an order that never arrives", "arrival")
def _(d: Draft) -> None:
    d.drop("arrivals", [d.largest("arrivals", "released_kg", lambda row: row["origin"] == "order")])


@mutation("an open order forgotten", "arrival")
def _(d: Draft) -> None:
    d.drop("arrivals", [d.largest("arrivals", "released_kg", lambda row: row["origin"] == "open order")])


@mutation("an open order reported to be one of the plan", "arrival")
def _(d: Draft) -> None:
    d.set("arrivals", d.largest("arrivals", "released_kg", lambda row: row["origin"] == "open order"), origin="order")


@mutation("an order that arrives before its lead time", "arrival")
def _(d: Draft) -> None:
    row = d.largest("arrivals", "released_kg", lambda row: row["origin"] == "order" and
                    d.scenario.offer[row["offer"]].lead_periods)  # fmt: skip
    d.set("arrivals", row, node=d.node(1), month=d.month(1))

"""Plans with wrong applications, later decisions, waiting goods, fixed orders, promises and panels."""

from __future__ import annotations

import dataclasses

from planner.scenario.tables import Licence
from tests.mutations.draft import Draft, NoPlace, mutation


def _later(d: Draft, decision: str, item: str, period: int) -> None:
    d.add("later_decisions", node=d.node(period), month=d.month(period), decision=decision, item=item, cost=0.0)


def _standing(d: Draft) -> Licence:
    found: Licence = d.first(row for row in d.scenario.licences if row.apply_from or row.apply_until)
    return found


@mutation("a licence applied for outside its window", "application")
def _(d: Draft) -> None:
    row = d.first(row for row in d.scenario.licences if row.apply_from and row.apply_from > d.month(1))
    _later(d, "apply", row.licence, 1)


@mutation("a licence applied for now that can be later only", "application")
def _(d: Draft) -> None:
    row = d.first(row for row in d.scenario.licences if row.apply_from)
    rows = d.tables["now_decisions"]
    d.drop("now_decisions", rows.index[(rows["decision"] == "apply") & (rows["item"] == row.licence)])
    d.add("now_decisions", decision="apply", item=row.licence, taken=True, kg_per_period=0.0, cost=0.0)


@mutation("a licence applied for now and again at once", "application")
def _(d: Draft) -> None:
    licence = _standing(d).licence
    d.decide("apply", licence, True)
    _later(d, "apply", licence, 1)


@mutation("an offer signed after its last period", "signature_window")
def _(d: Draft) -> None:
    offer = d.first(o for o in d.scenario.offers if o.licence is None and o.signing_fee == 0 and o.decision == "free")
    _later(d, "sign", offer.offer, d.scenario.settings.periods)


@mutation("an offer signed later before its licence is applied for", "licence")
def _(d: Draft) -> None:
    row = d.first(row for row in d.scenario.licences if row.apply_from and row.apply_from > d.month(1))
    _later(d, "sign", d.first(o.offer for o in d.scenario.offers if o.licence == row.licence), 1)


@mutation("an offer signed now and again later", "group")
def _(d: Draft) -> None:
    _later(d, "sign", d.first(d.plan.decisions.sign), d.scenario.settings.periods)


@mutation("an order under an offer whose later signature is gone", "signature")
def _(d: Draft) -> None:
    rows = d.tables["later_decisions"]
    d.drop("later_decisions", [d.first(rows.index[rows["decision"] == "sign"])])


@mutation("a later signature left out of the list of decisions", "now_decisions")
def _(d: Draft) -> None:
    d.first(d.plan.decisions.later)
    d.change(decisions=dataclasses.replace(d.plan.decisions, later=d.plan.decisions.later[1:]))


@mutation("a later fee not reported", "fees")
def _(d: Draft) -> None:
    d.set("later_decisions", d.largest("later_decisions", "cost", lambda row: row["cost"] > 0), cost=0.0)


@mutation("a fixed order left out", "fixed_order")
def _(d: Draft) -> None:
    fixed = {row.offer for row in d.scenario.fixed_orders}
    rows = d.tables["orders"]
    d.drop("orders", [d.first(rows.index[rows["offer"].isin(fixed)])])


@mutation("a fixed order half placed", "fixed_order")
def _(d: Draft) -> None:
    fixed = d.first(d.scenario.fixed_orders)
    row = d.largest("orders", "kg", lambda row: row["offer"] == fixed.offer and row["month"] == fixed.period)
    d.set("orders", row, kg=0.5 * d.get("orders", row, "kg"))


# --- what waits -----------------------------------------------------------------------------------------


@mutation("goods that wait forgotten", "waiting")
def _(d: Draft) -> None:
    d.set("waiting", d.largest("waiting", "held_kg", lambda row: row["held_kg"] > 0), held_kg=0.0)


@mutation("goods reported to come due that nobody ordered", "waiting")
def _(d: Draft) -> None:
    row = d.largest("waiting", "due_kg")
    d.set("waiting", row, due_kg=d.get("waiting", row, "due_kg") + 5.0)


@mutation("more released than is cleared", "release")
def _(d: Draft) -> None:
    row = d.largest("waiting", "held_kg", lambda row: row["held_kg"] > 0)
    all_ = d.get("waiting", row, "held_kg") + d.get("waiting", row, "released_kg")
    d.set("waiting", row, released_kg=all_, held_kg=0.0)


@mutation("a firm order left at the supplier's", "release")
def _(d: Draft) -> None:
    firm = {o.offer for o in d.scenario.offers if o.firm == "yes"}
    d.set(
        "waiting",
        d.largest("waiting", "released_kg", lambda row: row["offer"] in firm and row["released_kg"]),
        released_kg=0.0,
    )


@mutation("more released in a period than is usual", "normal_quantity")
def _(d: Draft) -> None:
    usual = {row.licence: row.normal_kg_per_period for row in d.scenario.licences}
    row = d.largest("waiting", "released_kg", lambda row: usual[row["licence"]])
    d.set("waiting", row, released_kg=1.01 * usual[d.get("waiting", row, "licence")] + 1.0)


@mutation("goods released under an application that is not made", "cover")
def _(d: Draft) -> None:
    rows = d.tables["later_decisions"]
    d.drop("later_decisions", rows.index[rows["decision"] == "apply"])
    d.first(rows.index[rows["decision"] == "apply"])


@mutation("goods released under an application that has lapsed", "cover")
def _(d: Draft) -> None:
    last, row = d.scenario.settings.periods, d.largest("released_under", "kg")
    lapses = d.tables["applications"].query("lapses")["application"].tolist()
    name = d.first(lapses)
    d.set("released_under", row, node=d.node(last), month=d.month(last), application=name)


@mutation("goods released under no application", "cover")
def _(d: Draft) -> None:
    d.drop("released_under", [d.largest("released_under", "kg")])


@mutation("more released under an application than it covers", "application_quantity")
def _(d: Draft) -> None:
    covers = d.tables["applications"]["covers_kg"].dropna()
    d.first(covers)
    d.set("released_under", d.largest("released_under", "kg"), kg=1.01 * float(covers.max()) + 1.0)


@mutation("an application left out", "applications")
def _(d: Draft) -> None:
    d.drop("applications", [d.first(d.tables["applications"].index)])


@mutation("an application reported to be in force for longer", "applications")
def _(d: Draft) -> None:
    last = d.month(d.scenario.settings.periods)
    rows = d.tables["applications"]
    d.set("applications", d.first(rows.index[rows["lapses"].astype(bool)]), until=last)


@mutation("what is left of an application talked up", "applications")
def _(d: Draft) -> None:
    row = d.largest("applications", "unused_kg", lambda row: row["unused_kg"] > 0)
    d.set("applications", row, unused_kg=2.0 * d.get("applications", row, "unused_kg"))


@mutation("a granted order that does not arrive", "arrival")
def _(d: Draft) -> None:
    d.drop("arrivals", [d.largest("arrivals", "released_kg", lambda row: row["origin"] == "granted order")])


@mutation("released goods that do not arrive", "arrival")
def _(d: Draft) -> None:
    d.drop("arrivals", [d.largest("arrivals", "released_kg", lambda row: row["origin"] == "release")])


@mutation("waiting goods of another licence", "labels")
def _(d: Draft) -> None:
    d.set("waiting", d.largest("waiting", "due_kg"), licence="nobody's")


# --- rules on demand and suppliers ----------------------------------------------------------------------


@mutation("a promise of a period broken", "promise")
def _(d: Draft) -> None:
    promised = {row.segment for row in d.scenario.promises}
    d.drop("build", [d.largest("build", "units", lambda row: row["segment"] in promised)])


@mutation("units that keep a chance although none waits", "eligible")
def _(d: Draft) -> None:
    partial = d.first(row for row in d.scenario.designs if row.max_share < 1)
    rows = d.tables["shortage"]
    here = d.first(rows.index[(rows["segment"] == partial.segment) & (rows["late"] < 1.0)])
    node, month = d.get("shortage", here, "node"), d.get("shortage", here, "month")
    d.tables["eligible"] = d.tables["eligible"].iloc[0:0]
    d.add("eligible", node=node, month=month, segment=partial.segment, design=partial.design, units=3.0)


@mutation("the substitute built for chances that nobody kept", "max_share")
def _(d: Draft) -> None:
    d.first(d.tables["eligible"].index)
    d.tables["eligible"] = d.tables["eligible"].iloc[0:0]


@mutation("a design built while it is barred", "design_capacity")
def _(d: Draft) -> None:
    event = d.first(e for e in d.scenario.events if e.scope == "design" and e.value < 1)
    paths = d.tables["paths"]
    nodes = paths[(paths["future"] == event.future) & (paths["month"] >= event.from_)]["node"].tolist()
    row = d.largest("build", "units", lambda row: row["design"] == event.target and row["node"] in nodes)
    d.set("build", row, units=10.0 * d.get("build", row, "units") + 10.0)


@mutation("a supplier that is used left out", "panels")
def _(d: Draft) -> None:
    row = d.largest("panel_suppliers", "kg", lambda row: row["used"])
    d.set("panel_suppliers", row, used=False)


@mutation("more suppliers than a panel allows", "panels")
def _(d: Draft) -> None:
    panel = d.first(row for row in d.scenario.panels if row.max_suppliers)
    for number in range(panel.max_suppliers):
        d.add("panel_suppliers", panel=panel.panel, supplier=f"S{number}", used=True, counts=False, kg=0.0, share=0.0)
    names = [row.supplier for row in d.scenario.suppliers]
    rows = d.tables["panel_suppliers"]
    d.tables["panel_suppliers"] = rows[rows["supplier"].isin(names)].assign(used=True)
    if len(names) <= panel.max_suppliers:
        raise NoPlace


@mutation("a supplier that counts without its share", "panels")
def _(d: Draft) -> None:
    rows = d.tables["panel_suppliers"]
    d.set("panel_suppliers", d.first(rows.index[rows["share"] < 0.01]), used=True, counts=True)


@mutation("a share of a panel talked up", "panels")
def _(d: Draft) -> None:
    row = d.largest("panel_suppliers", "share")
    d.set("panel_suppliers", row, share=1.1 * d.get("panel_suppliers", row, "share") + 0.1)


@mutation("a quota in kg broken", "limits")
def _(d: Draft) -> None:
    limit = d.first(row for row in d.scenario.limits if row.max_kg is not None)
    row = d.largest("arrivals", "released_kg", lambda row: row[limit.scope] == limit.target)
    d.set("arrivals", row, released_kg=1.01 * limit.max_kg + 1.0)


@mutation("more cash spent in a period than its budget", "budgets")
def _(d: Draft) -> None:
    budget = d.first(row for row in d.scenario.budgets if not row.year.startswith("FY"))
    rows = d.tables["orders"]
    for label in rows.index[rows["month"] == budget.year]:
        d.set("orders", label, kg=1e6 * d.get("orders", label, "kg"))

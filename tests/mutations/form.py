"""Plans that are malformed: rows, signs, the tree of futures, labels."""

from __future__ import annotations

from tests.mutations.draft import Draft, mutation


@mutation("an order at a node that does not exist", "rows")
def _(d: Draft) -> None:
    d.set("orders", d.largest("orders", "kg"), node=99999)


@mutation("an order of an unknown offer", "rows")
def _(d: Draft) -> None:
    d.set("orders", d.largest("orders", "kg"), offer="nobody's")


@mutation("units built reported twice", "rows")
def _(d: Draft) -> None:
    row = d.largest("build", "units")
    d.add("build", **d.tables["build"].loc[row].to_dict())


@mutation("stock that is no number", "rows")
def _(d: Draft) -> None:
    d.set("stock", d.largest("stock", "kg"), kg=float("nan"))


@mutation("an endless order", "rows")
def _(d: Draft) -> None:
    d.set("orders", d.largest("orders", "kg"), kg=float("inf"))


@mutation("shortage of a segment not reported at a node", "rows")
def _(d: Draft) -> None:
    d.drop("shortage", [d.largest("shortage", "node")])


@mutation("a future left out of the table of futures", "rows")
def _(d: Draft) -> None:
    d.drop("futures", [d.largest("futures", "cost")])


@mutation("the table of magnets lost", "rows")
def _(d: Draft) -> None:
    del d.tables["magnets"]


@mutation("the pool left out of the table of stock", "rows")
def _(d: Draft) -> None:
    d.tables["stock"] = d.tables["stock"].drop(columns="undertaking")


@mutation("an order below 0", "signs")
def _(d: Draft) -> None:
    row = d.largest("orders", "kg")
    d.set("orders", row, kg=-d.get("orders", row, "kg"))


@mutation("units lost below 0", "signs")
def _(d: Draft) -> None:
    d.set("shortage", d.largest("shortage", "demand"), lost=-1.0)


@mutation("two futures in one node although one has seen a freeze", "tree")
def _(d: Draft) -> None:
    last = d.tables["paths"]["period"] == d.scenario.settings.periods
    rows = d.tables["paths"].index[last]
    other = d.first(row for row in rows if d.get("paths", row, "node") != d.get("paths", rows[0], "node"))
    d.set("paths", other, node=d.get("paths", rows[0], "node"))


@mutation("a future that decides on its own before anything shows it apart", "tree")
def _(d: Draft) -> None:
    shared = d.tables["paths"].duplicated(["period", "node"])
    d.set("paths", d.first(d.tables["paths"].index[shared]), node=99999)


@mutation("a future without a node at a period", "tree")
def _(d: Draft) -> None:
    d.drop("paths", [d.tables["paths"].index[0]])


@mutation("a node left out of the tree", "tree")
def _(d: Draft) -> None:
    d.drop("nodes", [d.largest("nodes", "period")])


@mutation("a node's probability", "tree")
def _(d: Draft) -> None:
    d.set("nodes", d.largest("nodes", "period"), probability=0.123)


@mutation("a node's parent", "tree")
def _(d: Draft) -> None:
    row = d.largest("nodes", "period")
    d.set("nodes", row, parent=d.get("nodes", row, "node"))


@mutation("an order in another month than its node", "labels")
def _(d: Draft) -> None:
    d.set("orders", d.largest("orders", "kg"), month="2001-01")


@mutation("an order of another supplier", "labels")
def _(d: Draft) -> None:
    d.set("orders", d.largest("orders", "kg"), supplier="nobody")


@mutation("an arrival called free although an undertaking binds it", "labels")
def _(d: Draft) -> None:
    d.set("arrivals", d.largest("arrivals", "released_kg", lambda row: row["undertaking"]), undertaking="")


@mutation("an arrival of another country", "labels")
def _(d: Draft) -> None:
    d.set("arrivals", d.largest("arrivals", "released_kg"), country="Nowhere")


@mutation("an order said to arrive a period early", "labels")
def _(d: Draft) -> None:
    row = d.largest("orders", "kg", lambda row: row["arrives"] != row["month"])
    d.set("orders", row, arrives=d.get("orders", row, "month"))


@mutation("an expansion said to be there at once", "labels")
def _(d: Draft) -> None:
    row = d.largest("expansion", "steps", lambda row: row["available"] != row["month"])
    d.set("expansion", row, available=d.get("expansion", row, "month"))


@mutation("an expansion said to add more", "labels")
def _(d: Draft) -> None:
    row = d.largest("expansion", "steps")
    d.set("expansion", row, kg_per_period=2 * d.get("expansion", row, "kg_per_period"))


@mutation("a cost said not to be cash", "labels")
def _(d: Draft) -> None:
    row = d.largest("costs", "amount", lambda row: row["kind"] == "purchase")
    d.set("costs", row, cash=False)


@mutation("a decision with the pool of another", "labels")
def _(d: Draft) -> None:
    d.set("now_decisions", d.largest("now_decisions", "cost"), undertaking="nobody's")

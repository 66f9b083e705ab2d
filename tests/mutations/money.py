"""Plans with wrong costs, and what is reported of them."""

from __future__ import annotations

import dataclasses

from tests.mutations.draft import Draft, NoPlace, mutation


@mutation("a fee not reported", "fees")
def _(d: Draft) -> None:
    d.set("now_decisions", d.largest("now_decisions", "cost", lambda row: row["cost"] > 0), cost=0.0)


@mutation("a fee for what is not done", "fees")
def _(d: Draft) -> None:
    d.set("now_decisions", d.largest("now_decisions", "cost", lambda row: not row["taken"]), cost=1000.0)


def _cost_forgotten(table: str, column: str) -> None:
    def spoil(d: Draft) -> None:
        d.set(table, d.largest(table, column, lambda row: row[column] > 0), **{column: 0.0})

    mutation(f"{column} forgotten beside a row of {table}", "row_costs")(spoil)


for _table, _column in (
    ("arrivals", "purchase_cost"),
    ("arrivals", "deposit_lost"),
    ("orders", "order_fee"),
    ("waiting", "advance"),
    ("waiting", "advanced"),
    ("waiting", "holding_cost"),
    ("stock", "holding_cost"),
    ("conversion", "cost"),
    ("expansion", "cost"),
    ("qualification", "cost"),
    ("build", "design_cost"),
    ("build", "efficiency_cost"),
    ("shortage", "shortage_cost"),
    ("shortage", "delay_cost"),
):
    _cost_forgotten(_table, _column)


def _kind_dropped(kind: str) -> None:
    def spoil(d: Draft) -> None:
        d.drop("costs", [d.largest("costs", "amount", lambda row: row["kind"] == kind)])

    mutation(f"a cost dropped: {kind}", f"cost_{kind}")(spoil)


for _kind in (
    "application",
    "signing",
    "reservation",
    "ordering",
    "purchase",
    "deposit",
    "conversion",
    "holding",
    "design",
    "qualification",
    "expansion",
    "efficiency",
    "shortage",
    "delay",
    "salvage",
):
    _kind_dropped(_kind)


@mutation("a cost moved into another year", "cost_purchase")
def _(d: Draft) -> None:
    row = d.largest("costs", "amount", lambda row: row["kind"] == "purchase")
    here = d.get("costs", row, "year")
    there = d.first(year for year in map(d.scenario.calendar.year, d.scenario.calendar.all) if year != here)
    rows = d.tables["costs"]
    same = (rows["future"] == d.get("costs", row, "future")) & (rows["kind"] == "purchase") & (rows["year"] == there)
    d.drop("costs", rows.index[same])
    d.set("costs", row, year=there)


@mutation("a cost not discounted", "discounting")
def _(d: Draft) -> None:
    row = d.largest("costs", "amount", lambda row: abs(row["amount"] - row["discounted"]) > 1e-3 * abs(row["amount"]))
    d.set("costs", row, discounted=d.get("costs", row, "amount"))


@mutation("a future made cheaper", "future_cost")
def _(d: Draft) -> None:
    row = d.largest("futures", "cost")
    d.set("futures", row, cost=0.999 * d.get("futures", row, "cost"))


@mutation("the expected cost a thousandth too low", "expected_cost")
def _(d: Draft) -> None:
    d.change(expected_cost=0.999 * d.plan.expected_cost)


@mutation("a CVaR that is the expected cost", "cvar")
def _(d: Draft) -> None:
    if d.plan.cvar - d.plan.expected_cost < 1e-3 * abs(d.plan.cvar):
        raise NoPlace
    d.change(cvar=d.plan.expected_cost)


@mutation("an objective that leaves risk out", "objective")
def _(d: Draft) -> None:
    if abs(d.plan.objective - d.plan.expected_cost) < 1e-3 * abs(d.plan.objective):
        raise NoPlace
    d.change(objective=d.plan.expected_cost)


@mutation("an objective a hundred thousandth too low", "objective")
def _(d: Draft) -> None:
    d.change(objective=(1 - 1e-5) * d.plan.objective)


@mutation("a bound above the objective", "gap")
def _(d: Draft) -> None:
    d.change(bound=d.plan.objective + 0.01 * abs(d.plan.objective), gap=0.0)


@mutation("a gap that is not that of the bound", "gap")
def _(d: Draft) -> None:
    d.change(gap=d.plan.gap + 0.01)


@mutation("a signed offer left out of the list of decisions", "now_decisions")
def _(d: Draft) -> None:
    d.first(d.plan.decisions.sign)
    d.change(decisions=dataclasses.replace(d.plan.decisions, sign=d.plan.decisions.sign[1:]))


@mutation("a licence left out of the table of decisions", "now_decisions")
def _(d: Draft) -> None:
    rows = d.tables["now_decisions"]
    d.drop("now_decisions", [d.first(rows.index[rows["decision"] == "apply"])])


@mutation("another amount kept in the list of decisions", "now_decisions")
def _(d: Draft) -> None:
    offer = d.first(d.plan.decisions.keep)
    keep = {**d.plan.decisions.keep, offer: d.plan.decisions.keep[offer] + 1.0}
    d.change(decisions=dataclasses.replace(d.plan.decisions, keep=keep))


@mutation("service talked up", "futures")
def _(d: Draft) -> None:
    row = d.largest("futures", "lost", lambda row: row["service"] < 0.999)
    d.set("futures", row, service=1.0)


@mutation("units lost not reported", "futures")
def _(d: Draft) -> None:
    d.set("futures", d.largest("futures", "lost", lambda row: row["lost"] > 0), lost=0.0)


@mutation("a future's probability", "futures")
def _(d: Draft) -> None:
    d.set("futures", d.largest("futures", "cost"), probability=0.01)


@mutation("a first shortage not reported", "first_shortage")
def _(d: Draft) -> None:
    d.set("futures", d.largest("futures", "cost", lambda row: row["first_shortage"]), first_shortage="")


@mutation("a first shortage reported too late", "first_shortage")
def _(d: Draft) -> None:
    last = d.month(d.scenario.settings.periods)
    row = d.largest("futures", "cost", lambda row: row["first_shortage"] and row["first_shortage"] != last)
    d.set("futures", row, first_shortage=last)


@mutation("a country left out of sourcing", "sourcing")
def _(d: Draft) -> None:
    d.drop("sourcing", [d.largest("sourcing", "kg")])


@mutation("a share of sourcing talked down", "sourcing")
def _(d: Draft) -> None:
    row = d.largest("sourcing", "share")
    d.set("sourcing", row, share=0.9 * d.get("sourcing", row, "share"))

"""Orders on the way and waiting as open orders of the new scenario, with further offers for prices that are settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from planner.rolling.draft import Draft
from planner.rolling.position import Underway
from planner.scenario import tables as t
from planner.scenario import windows
from planner.scenario.fields import to_text
from planner.scenario.scenario import Scenario

MADE = "planner roll"
"""Stands in the column source of offers that hold nothing but orders of before."""

_LEFT_OUT = ("min_order_kg", "commit_kg_per_period", "signing_fee", "reservation_fee_per_kg", "group", "sign_until",
             "order_fee", "kept_kg", "decision", "note")  # fmt: skip
"""Fields of an offer that say nothing of an order that is placed already."""


def put_orders(draft: Draft, scenario: Scenario, orders: Iterable[Underway]) -> None:
    """Make the table of open orders anew: all that is on the way or waits, by offer, month and price still owed."""
    wanted: dict[tuple[str, str, bool], list[Underway]] = defaultdict(list)
    for order in orders:
        owed = _owed(scenario, order)
        name = order.offer if owed is None else _further(draft, scenario.offer[order.offer], owed, order.source)
        wanted[name, order.month, order.is_cleared].append(order)
    rows = [(*_apart(draft, scenario, key, wanted), its) for key, its in wanted.items()]
    kept = {draft.key("open_orders", row) for row in draft.rows("open_orders")} & {key for key, _, _ in rows}
    draft.drop("open_orders", lambda row: draft.key("open_orders", row) not in kept, "it has arrived or waits")
    for key, is_cleared, its in rows:
        source = ", ".join(dict.fromkeys(order.source for order in its))
        draft.set("open_orders", key, "kg", sum(order.kg for order in its), source)
        draft.set("open_orders", key, "cleared", "yes" if is_cleared else "no", source)
    _drop_done(draft)


def _apart(
    draft: Draft, scenario: Scenario, key: tuple[str, str, bool], wanted: Iterable[tuple[str, str, bool]]
) -> tuple[tuple[str, str], bool]:
    """The key of an open order; one that is granted stands under a further offer where another does not."""
    name, month, is_cleared = key
    if is_cleared and (name, month, False) in wanted:
        row = draft.find("offers", [name])
        offer = scenario.offer.get(name)
        if offer is not None and row is not None:
            name = _make(draft, offer, f"{name} granted", {}, "its licence is granted")
    return (name, month), is_cleared


# --- prices that are settled ------------------------------------------------------------------------------


def _owed(scenario: Scenario, order: Underway) -> dict[str, Any] | None:
    """What a further offer has otherwise so that it owes what this order still owes; None: the offer itself does.

    An order that does not wait owes its price at the factor of the day. Under take-or-pay so does one that is not due
    yet, while freight, duty and deposit rest on the price of the offer; of one that is due nothing is owed but freight
    and duty: its price is a deposit that is paid in full.
    """
    offer = scenario.offer[order.offer]
    if not windows.waits(scenario, offer) or offer.take_or_pay == "no":
        return None if abs(order.factor - 1) < 1e-12 else {"price_per_kg": offer.price_per_kg * order.factor}
    if order.is_paid:
        return None if offer.deposit_share == 1 else {"deposit_share": 1.0}
    if abs(order.factor - 1) < 1e-12 or order.factor <= 0:
        return None
    duty = offer.duty_rate / order.factor
    return {
        "price_per_kg": offer.price_per_kg * order.factor,
        "duty_rate": duty,
        "freight_per_kg": offer.freight_per_kg * (1 + offer.duty_rate) / (1 + duty),
        "deposit_share": min(offer.deposit_share / order.factor, 1.0),
    }


def _further(draft: Draft, offer: t.Offer, owed: dict[str, Any], source: str) -> str:
    is_paid = "price_per_kg" not in owed
    name = f"{offer.offer} paid" if is_paid else f"{offer.offer} at {owed['price_per_kg']:.6g}"
    return _make(draft, offer, name, owed, source)


def _make(draft: Draft, offer: t.Offer, name: str, other: dict[str, Any], source: str) -> str:
    """Make a further offer, signed, under which nothing more is ordered; one that is there already is taken."""
    cells = {
        field: value
        for field, value in offer.model_dump(by_alias=True, exclude_defaults=True).items()
        if field not in _LEFT_OUT
    }
    cells |= other | {"max_kg_per_period": 0.0, "signed": "yes", "source": f"{MADE}: orders under {offer.offer}"}
    number, free = 1, name
    while (row := draft.find("offers", [free])) is not None and not _is(row.cells, cells):
        number += 1
        free = f"{name} ({number})"
    if row is None:
        draft.add("offers", cells | {"offer": free}, source)
        _price_events(draft, offer.offer, free, source)
    return free


def _is(row: dict[str, Any], cells: dict[str, Any]) -> bool:
    """Whether a further offer made before owes the same."""
    return all(to_text(row.get(name, "")) == to_text(value) for name, value in cells.items() if name != "offer")


def _price_events(draft: Draft, offer: str, further: str, source: str) -> None:
    """What moves the price of an offer by name moves that of the further one: duty at release rests on it."""
    for row in draft.rows("events"):
        named = [to_text(row.cells.get(field, "")) for field in ("kind", "scope", "target")]
        if named == ["price", "offer", offer]:
            event = f"{to_text(row.cells['event'])}: {further}"
            draft.add("events", row.cells | {"event": event, "target": further}, source)


def _drop_done(draft: Draft) -> None:
    """Drop further offers of before all of whose orders have arrived, with the events that name them."""
    held = {to_text(row.cells["offer"]) for row in draft.rows("open_orders")}
    done = draft.drop(
        "offers",
        lambda row: to_text(row.cells.get("source", "")).startswith(MADE) and to_text(row.cells["offer"]) not in held,
        "all orders under it have arrived",
    )
    names = {to_text(row.cells["offer"]) for row in done}
    draft.drop(
        "events",
        lambda row: to_text(row.cells.get("scope", "")) == "offer" and to_text(row.cells.get("target", "")) in names,
        "its offer is gone",
    )

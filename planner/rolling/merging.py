"""The position reached, with what really came in place of the plan's figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from planner.errors import InputError, Problem
from planner.rolling.actuals import Actuals, Ordered
from planner.rolling.contradictions import contradictions
from planner.rolling.draft import Note
from planner.rolling.letters import Lettered, after_letters
from planner.rolling.position import Application, Arrived, Figure, Past, Position, Underway
from planner.scenario import tables as t
from planner.scenario.fields import plain

_DUST = 1e-6


@dataclass
class Merged:
    """A position after actuals, and what has to be known of it."""

    position: Position
    notes: list[Note] = field(default_factory=list)


def with_actuals(reached: Position, past: Past, actuals: Actuals) -> Merged:
    """The position that a plan has reached, with each sheet of actuals in place of the plan's figures.

    Raises InputError where actuals contradict the plan; every such cell is named.
    """
    ordered = _ordered(past)
    problems = contradictions(actuals, past.scenario, past.period, ordered, _applied(reached, past, ordered))
    if problems:
        raise InputError(problems, list(actuals.notes))
    merged = Merged(reached, [Note(note.message, note.cell or "") for note in actuals.notes])
    for sheet, put in (("stock", _put_stock), ("receipts", _put_receipts), ("builds", _put_builds)):
        if sheet in actuals.given:
            put(merged, past, actuals)
    if actuals.given & {"orders", "letters"}:
        _put_orders(merged, past, actuals)
    _rule_out(merged, actuals)
    return merged


def _ordered(past: Past) -> dict[str, float]:
    """The kg ordered until the period begins, by offer: by the plan, and before it."""
    found: dict[str, float] = defaultdict(float)
    for old in past.scenario.open_orders:
        found[old.offer] += old.kg
    for row in past.rows("orders"):
        found[str(row["offer"])] += float(row["kg"])
    return dict(found)


def _applied(reached: Position, past: Past, ordered: dict[str, float]) -> set[str]:
    """The licences that were applied for; those per order with each order."""
    each = {past.scenario.offer[offer].licence for offer, kg in ordered.items() if kg > 0}
    return {*reached.applied, *(made.licence for made in reached.applications), *(name for name in each if name)}


def _put_stock(merged: Merged, past: Past, actuals: Actuals) -> None:
    found = {
        (material, undertaking or ""): Figure(kg, cells)
        for (material, undertaking), (kg, cells) in actuals.stock_free().items()
    }
    # Of what the plan has and the count has not, nothing is left.
    gone = {key: Figure(0.0, f"{actuals.origin}, stock: none") for key in merged.position.stock.keys() - found.keys()}
    merged.position = replace(merged.position, stock=gone | found)


# --- receipts -------------------------------------------------------------------------------------


def _put_receipts(merged: Merged, past: Past, actuals: Actuals) -> None:
    """What arrived under offers, and its cash, by period."""
    scenario = past.scenario
    made = [
        Arrived(row["period"], row["supplier"], row["material"], float(row["kg"])) for row in past.rows("conversion")
    ]
    came = [
        Arrived(scenario.calendar.period(row.month), scenario.offer[row.offer].supplier,
                scenario.offer[row.offer].material, row.kg)
        for row in actuals.receipts
    ]  # fmt: skip
    cash = dict(merged.position.cash)
    for row in past.rows("arrivals"):
        cash[row["period"]] = cash.get(row["period"], 0.0) - float(row["purchase_cost"])
    for receipt in actuals.receipts:
        period = scenario.calendar.period(receipt.month)
        paid = receipt.paid if receipt.paid is not None else receipt.kg * _landed(past, receipt.offer, period)
        cash[period] = cash.get(period, 0.0) + paid
    merged.position = replace(
        merged.position, arrived=(*made, *came), cash=cash, came_from=f"{actuals.origin}, receipts"
    )


def _landed(past: Past, offer: str, period: int) -> float:
    """What a kg costs with freight and duty when it arrives, in base currency."""
    row = past.scenario.offer[offer]
    factor = float(past.tree.price[offer][past.path[period - 1]])
    rate = past.scenario.rate[row.currency or past.scenario.settings.currency]
    return (row.price_per_kg * factor + row.freight_per_kg) * (1 + row.duty_rate) * rate


# --- builds ---------------------------------------------------------------------------------------


def _put_builds(merged: Merged, past: Past, actuals: Actuals) -> None:
    """What was built; of what was asked for and was not, what the plan does not give up as lost waits, if it may."""
    built: dict[str, float] = defaultdict(float)
    cells: dict[str, list[str]] = defaultdict(list)
    for (segment, _), (units, cell) in actuals.built().items():
        built[segment] += units
        cells[segment].append(cell)
    position = merged.position
    before, lost, backlog = dict(position.before), dict(position.lost), dict(position.backlog)
    for name, row in past.scenario.segment.items():
        source = ", ".join(cells[name]) or f"{actuals.origin}, builds: none"
        asked = position.before[name].value + (position.backlog[name].value if name in position.backlog else 0.0)
        standing = _standing(row, asked, built[name], position.lost[name].value)
        if standing.ahead > _DUST:
            text = f"{plain(standing.ahead)} units more were built of {name} than were asked for: they count as asked."
            merged.notes.append(Note(text, source))
        before[name], lost[name] = Figure(standing.before, source), Figure(standing.lost, source)
        if row.delay_cost_per_unit is not None:
            backlog[name] = Figure(standing.backlog, source)
    merged.position = replace(position, before=before, lost=lost, backlog=backlog)


@dataclass(frozen=True)
class _Standing:
    before: float
    lost: float
    backlog: float
    ahead: float


def _standing(segment: t.Segment, asked: float, built: float, lost: float) -> _Standing:
    """Units built or lost, lost, and waiting, of `asked` in all; `lost` is what the plan gives up."""
    open_ = asked - segment.before_units - built
    ahead, open_ = max(-open_, 0.0), max(open_, 0.0)
    newly = open_ if segment.delay_cost_per_unit is None else min(lost - segment.before_lost_units, open_)
    newly = max(newly, 0.0)
    return _Standing(asked - (open_ - newly), segment.before_lost_units + newly, open_ - newly, ahead)


# --- orders and letters -----------------------------------------------------------------------------


def _put_orders(merged: Merged, past: Past, actuals: Actuals) -> None:
    orders = actuals.orders if "orders" in actuals.given else tuple(_as_ordered(merged.position))
    lettered = after_letters(orders, actuals.letters, past.scenario)
    settled = {(row.offer, past.calendar.period(row.month)): row for row in merged.position.orders}
    underway = tuple(_underway(row, past, settled) for row in lettered.orders)
    merged.position = replace(
        merged.position, orders=underway, applications=tuple(_applications(merged.position, lettered))
    )
    merged.notes += _refused(lettered, past)


def _as_ordered(position: Position) -> Iterator[Ordered]:
    """The plan's orders on the way, so that letters can be about them."""
    for row in position.orders:
        cleared = "yes" if row.is_cleared else "no"
        yield Ordered.model_validate(
            {"offer": row.offer, "month": row.month, "kg": row.kg, "cleared": cleared, "cell": row.source}
        )


def _underway(row: Ordered, past: Past, settled: dict[tuple[str, int], Underway]) -> Underway:
    """An order on the way; its price is settled as the plan's of the same offer and period is."""
    period = past.calendar.period(row.month)
    like = settled.get((row.offer, max(period, past.period)))
    is_paid = past.scenario.offer[row.offer].take_or_pay == "yes" and period < past.period
    return Underway(
        row.offer, past.month(period), row.kg, row.cell, like.factor if like else 1.0,
        is_paid or (like.is_paid if like else False), row.cleared == "yes",
    )  # fmt: skip


def _applications(position: Position, lettered: Lettered) -> Iterator[Application]:
    """Applications as the letters have them; of licences that no letter is about, the plan's."""
    yield from (made for made in position.applications if made.licence not in lettered.answered)
    for number, made in enumerate(lettered.applications, 1):
        name = f"{made.licence} letter {number}"
        yield Application(name, made.licence, made.from_, made.until, made.kg, made.cell)


def _refused(lettered: Lettered, past: Past) -> Iterator[Note]:
    for order, letter in lettered.refused:
        back = f" {plain(letter.deposit_back)} of its deposit comes back." if letter.deposit_back else ""
        yield Note(f"{plain(order.kg)} kg of {order.offer} were refused: the order is gone.{back}", letter.cell)


def _rule_out(merged: Merged, actuals: Actuals) -> None:
    """Take away the futures that letters rule out."""
    gone = {name: letter.cell for letter in actuals.letters for name in letter.rules_out}
    left = tuple(name for name in merged.position.futures if name not in gone)
    if not left:
        cells = tuple(gone.values())
        text = "The letters rule out every future that agrees with what was seen."
        raise InputError([Problem("contradiction", text, "Leave at least one.", "letters", cell=cells[0], cells=cells)])
    for name in gone.keys() & set(merged.position.futures):
        merged.notes.append(Note(f"The future {name} is ruled out.", gone[name]))
    merged.position = replace(merged.position, futures=left)

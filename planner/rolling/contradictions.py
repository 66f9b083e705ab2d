"""What actuals say that cannot be: of months, orders, licences; and what is no error but has to be known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from planner.errors import Problem
from planner.rolling.actuals import GRANTED, Actuals, Letter
from planner.rolling.letters import about, licence_of
from planner.scenario.fields import nearest, plain
from planner.scenario.scenario import Scenario

_DUST = 1e-6
"""Part of an amount below which a difference is rounding."""


def contradictions(
    actuals: Actuals,
    scenario: Scenario,
    to: int,
    ordered: Mapping[str, float] | None = None,
    applied: Collection[str] | None = None,
) -> list[Problem]:
    """Every way in which actuals until period `to` begins contradict the scenario, and the plan where it is given.

    Args:
        actuals: what came.
        scenario: the scenario that the plan was made of.
        to: the period that the new scenario begins with.
        ordered: by offer, the kg that were ordered before `to` by the plan, and open orders; None: not known.
        applied: the licences that were applied for before `to`; None: not known.
    """
    found = [*_months(actuals, scenario, to), *_about_nothing(actuals, scenario), *_futures(actuals, scenario)]
    if ordered is not None:
        found += _not_ordered(actuals, ordered)
    if applied is not None:
        found += _not_applied(actuals, scenario, applied)
    return found


def _months(actuals: Actuals, scenario: Scenario, to: int) -> Iterator[Problem]:
    calendar = scenario.calendar
    first, start, last = calendar.month(1), calendar.month(to), calendar.month(calendar.periods)
    for row, what in [(row, "receipt") for row in actuals.receipts] + [(row, "build") for row in actuals.builds]:
        if not 1 <= calendar.period(row.month) < to:
            text = f"This {what} is of {row.month}, but the plan is followed from {first} until {start} begins."
            fix = "Correct the month; or leave the row out: what came later belongs to the next roll."
            yield Problem("outside_horizon", text, fix, f"{what}s", cell=row.cell)
    for order in actuals.orders:
        if calendar.period(order.month) > calendar.periods:
            text = f"This order is due in {order.month}, after the last period, {last}."
            yield Problem(
                "outside_horizon", text, "Correct the month, or leave the row out.", "orders", cell=order.cell
            )


def _about_nothing(actuals: Actuals, scenario: Scenario) -> Iterator[Problem]:
    """Letters that are about no order, offer or licence that is known."""
    for letter in actuals.letters:
        if licence_of(letter, actuals.orders, scenario) is None:
            number = f" '{letter.reference}'" if letter.reference else ""
            text = f"The letter's order{number} is none of the open orders, and it names no licence."
            fix = "Fill in licence (or offer), or the order's number as the open orders have it."
            yield Problem("not_found", text, fix, "letters", cell=letter.cell)


def _futures(actuals: Actuals, scenario: Scenario) -> Iterator[Problem]:
    known = [row.future for row in scenario.futures]
    for letter in actuals.letters:
        for name in letter.rules_out:
            if name not in known:
                text = f"'{name}' is no future of the scenario."
                yield Problem("unknown", text, nearest(name, known, "futures"), "letters", cell=letter.cell)


def _not_ordered(actuals: Actuals, ordered: Mapping[str, float]) -> Iterator[Problem]:
    """More received than ordered."""
    total: dict[str, float] = defaultdict(float)
    cells: dict[str, list[str]] = defaultdict(list)
    for row in actuals.receipts:
        total[row.offer] += row.kg
        cells[row.offer].append(row.cell)
    for offer, kg in total.items():
        most = ordered.get(offer, 0.0)
        if kg > most * (1 + _DUST) + _DUST:
            text = f"{plain(kg)} kg were received under {offer}, but {plain(most)} kg were ordered."
            fix = (
                "Correct the receipts or the offer that the mapping gives them; or enter what else was ordered in the "
                "table open_orders of the scenario, and solve it again."
            )
            yield Problem("contradiction", text, fix, "receipts", offer, "kg", cells[offer][0], _all(cells[offer]))


def _all(cells: list[str]) -> tuple[str, ...]:
    return tuple(cells) if len(cells) > 1 else ()


def _not_applied(actuals: Actuals, scenario: Scenario, applied: Collection[str]) -> Iterator[Problem]:
    for letter in actuals.letters:
        licence = licence_of(letter, actuals.orders, scenario)
        if licence is not None and licence not in applied:
            text = f"The letter is about {licence}, which the plan has not applied for."
            fix = "Correct the licence; or, if it was applied for, enter that in the scenario's open_applications."
            yield Problem("contradiction", text, fix, "letters", licence, "licence", letter.cell)


# --- no errors, but to be known -------------------------------------------------------------------


def noted(actuals: Actuals, scenario: Scenario, to: int) -> Actuals:
    """The actuals with notes of what is no error: stock that stands apart, overdue orders, more than licensed."""
    more = [*_apart(actuals), *_overdue(actuals, scenario, to), *_unlicensed(actuals, scenario)]
    return replace(actuals, notes=(*actuals.notes, *more))


def _apart(actuals: Actuals) -> Iterator[Problem]:
    for (state, material, _), (kg, cells) in actuals.stock_apart().items():
        text = f"{plain(kg)} kg of {material} are {state}: they are not taken as stock."
        yield Problem("stock_apart", text, "", "stock", material, cell=cells)


def _overdue(actuals: Actuals, scenario: Scenario, to: int) -> Iterator[Problem]:
    start = scenario.calendar.month(to)
    for row in actuals.orders:
        if scenario.calendar.period(row.month) < to:
            text = f"{plain(row.kg)} kg of {row.offer} were due in {row.month}: they are expected in {start}."
            yield Problem("overdue", text, "", "orders", row.offer, cell=row.cell)


def _unlicensed(actuals: Actuals, scenario: Scenario) -> Iterator[Problem]:
    """More received under a licence than letters have granted; told where letters say how much."""
    granted: dict[str, float] = defaultdict(float)
    unlimited: set[str] = set()
    for letter in actuals.letters:
        licence = licence_of(letter, actuals.orders, scenario)
        if licence is not None and letter.result == GRANTED:
            kg = _covered(letter, actuals)
            granted[licence] += kg or 0.0
            unlimited |= {licence} if kg is None else set()
    received: dict[str, float] = defaultdict(float)
    for row in actuals.receipts:
        received[scenario.offer[row.offer].licence or ""] += row.kg
    for licence, kg in granted.items():
        if licence not in unlimited and received[licence] > kg * (1 + _DUST):
            text = f"{plain(received[licence])} kg were received under {licence}, more than the {plain(kg)} kg granted."
            yield Problem("more_than_licensed", text, "", "letters", licence)


def _covered(letter: Letter, actuals: Actuals) -> float | None:
    """The kg that a letter covers; None where it does not say."""
    orders = about(letter, actuals.orders)
    return letter.kg if letter.kg is not None or not orders else sum(row.kg for row in orders)

"""The tables of a scenario as they stand when a later period begins: each function moves one part on."""

from __future__ import annotations

from collections.abc import Callable

from planner.rolling.draft import Draft
from planner.rolling.orders import put_orders
from planner.rolling.position import Figure, Position
from planner.scenario import tables as t
from planner.scenario import windows
from planner.scenario.fields import to_text
from planner.scenario.scenario import Scenario

Move = Callable[[Draft, Scenario, Position], None]


def stock(draft: Draft, scenario: Scenario, position: Position) -> None:
    """Stock by material and pool; what is used up stays as a row of 0."""
    source = next((figure.source for figure in position.stock.values()), "plan, Stock")
    left = {(row.material, row.undertaking or ""): Figure(0.0, source) for row in scenario.stock}
    for key, figure in (left | position.stock).items():
        draft.set("stock", key, "kg", figure.value, figure.source)


def orders(draft: Draft, scenario: Scenario, position: Position) -> None:
    """What is on the way or waits; fixed orders whose period has passed are placed, and gone."""
    put_orders(draft, scenario, position.orders)
    calendar = scenario.calendar
    draft.drop(
        "fixed_orders",
        lambda row: calendar.period(draft.key("fixed_orders", row)[1]) < position.period,
        "its period has passed",
    )


# --- licences and offers ----------------------------------------------------------------------------------


def licences(draft: Draft, scenario: Scenario, position: Position) -> None:
    """Applications that were made, and licences that can no longer be applied for."""
    for row in scenario.licences:
        if row.licence in position.applied:
            source = position.applied[row.licence]
            draft.set("licences", [row.licence], "decision", "must", source)
            draft.set("licences", [row.licence], "application_fee", 0.0, source)
            if not windows.is_applied_before(row):
                note = f"{row.note}; {windows.APPLIED_BEFORE}" if row.note else windows.APPLIED_BEFORE
                draft.set("licences", [row.licence], "note", note, source)
        elif row.per_order == "no" and not _can_apply(scenario, row, position.period):
            draft.set("licences", [row.licence], "decision", "never", "it can be applied for no more")
    for made in position.applications:
        cells = {"licence": made.licence, "from": made.from_, "until": made.until, "kg": made.kg}
        for field, value in cells.items():
            draft.set("open_applications", [made.name], field, value, made.source)


def _can_apply(scenario: Scenario, licence: t.Licence, period: int) -> bool:
    """Whether a licence can still be applied for, and come into force; what must be applied for later stays so."""
    left = [n for n in windows.apply_periods(scenario, licence) if n >= period]
    return any(windows.in_force(scenario, licence, n) for n in left) or (bool(left) and licence.decision == "must")


def offers(draft: Draft, scenario: Scenario, position: Position) -> None:
    """Offers signed, capacity kept, and offers that can no longer be signed."""
    for row in scenario.offers:
        if row.offer in position.signed:
            draft.set("offers", [row.offer], "signed", "yes", position.signed[row.offer])
        elif max(windows.sign_periods(scenario, row), default=position.period) < position.period:
            draft.set("offers", [row.offer], "decision", "never", "it can be signed no more")
            _drop_fixed(draft, row.offer)
            continue
        if row.offer in position.kept:
            _keep(draft, row, position.kept[row.offer])


def _drop_fixed(draft: Draft, offer: str) -> None:
    """Drop fixed orders of an offer that was not signed: the plan could leave it, so nothing of them is due."""
    why = "its offer was not signed: nothing of it can be delivered"
    for row in draft.drop("fixed_orders", lambda row: draft.key("fixed_orders", row)[0] == offer, why):
        draft.note(f"The fixed order of {offer} in {draft.key('fixed_orders', row)[1]} is left out: {why}.")


def _keep(draft: Draft, offer: t.Offer, kept: Figure) -> None:
    """No more capacity can be kept than is."""
    draft.set("offers", [offer.offer], "signed", "yes", kept.source)
    draft.set("offers", [offer.offer], "kept_kg", kept.value, kept.source)
    draft.set("offers", [offer.offer], "max_kg_per_period", kept.value, f"{kept.source}: what is kept")


# --- capacity and product lines ---------------------------------------------------------------------------


def expansions(draft: Draft, scenario: Scenario, position: Position) -> None:
    """Steps that are decided."""
    kept = {draft.key("open_expansions", row) for row in draft.rows("open_expansions")} & set(position.steps)
    draft.drop("open_expansions", lambda row: draft.key("open_expansions", row) not in kept, "it is there")
    for key, figure in position.steps.items():
        draft.set("open_expansions", key, "steps", round(figure.value), figure.source)


def designs(draft: Draft, scenario: Scenario, position: Position) -> None:
    """Designs that are qualified, or whose qualification is under way; units that keep their chance of them."""
    for row in scenario.designs:
        begun, source = position.qualified.get(row.design, (row.qualified_from, "as before"))
        if begun is not None and row.qualified_from is not None:
            begun = min(begun, row.qualified_from)
        if begun is not None and scenario.calendar.period(begun) <= position.period:
            draft.set("designs", [row.design], "qualified", "yes", source)
            draft.set("designs", [row.design], "qualified_from", None, source)
        elif begun is not None:
            draft.set("designs", [row.design], "qualified_from", begun, source)
        if row.max_share < 1 and scenario.segment[row.segment].delay_cost_per_unit is not None:
            figure = position.eligible.get(row.design, Figure(0.0, "plan, Chance of a substitute"))
            most = position.backlog[row.segment].value
            draft.set("designs", [row.design], "eligible_units", min(figure.value, most), figure.source)


def segments(draft: Draft, scenario: Scenario, position: Position) -> None:
    """Units that wait, and what was built and lost."""
    for name, row in scenario.segment.items():
        before, lost = position.before[name], position.lost[name]
        draft.set("segments", [name], "before_units", max(before.value, lost.value), before.source)
        draft.set("segments", [name], "before_lost_units", lost.value, lost.source)
        if row.delay_cost_per_unit is not None:
            backlog = position.backlog[name]
            draft.set("segments", [name], "backlog_units", backlog.value, backlog.source)


# --- limits -----------------------------------------------------------------------------------------------


def limits(draft: Draft, scenario: Scenario, position: Position) -> None:
    """What arrived in the windows that are running."""
    calendar, source = (
        scenario.calendar,
        f"{position.came_from}, Arrivals to {scenario.calendar.month(position.period - 1)}",
    )
    for limit in scenario.limits:
        window = range(1, position.period)
        if limit.per == "year":
            window = range(_first_of_year(scenario, position.period), position.period)
        is_running = limit.per == "horizon" or (
            window.start == 1 and calendar.year(1) == calendar.year(position.period)
        )
        before, every = (limit.before_kg, limit.before_all_kg) if is_running else (0.0, 0.0)
        counted = calendar.within(limit.from_, limit.until)
        for arrived in position.arrived:
            if arrived.period in window and arrived.period in counted and scenario.counts(limit, arrived.material):
                every += arrived.kg
                before += arrived.kg if scenario.is_target(limit, arrived.supplier) else 0.0
        draft.set("limits", [limit.limit], "before_kg", before, source)
        draft.set("limits", [limit.limit], "before_all_kg", every, source)


def _first_of_year(scenario: Scenario, period: int) -> int:
    """The first period of the financial year that a period is in."""
    calendar = scenario.calendar
    return min(p for p in range(1, period + 1) if calendar.year(p) == calendar.year(period))


def budgets(draft: Draft, scenario: Scenario, position: Position) -> None:
    """What is left of a budget that is running; those of the past are gone."""
    calendar = scenario.calendar
    for row in scenario.budgets:
        periods = calendar.spent_in(row.year)
        spent = sum(position.cash.get(period, 0.0) for period in periods)
        if periods and max(periods) >= position.period and min(periods) < position.period:
            source = f"{position.came_from}, Costs to {calendar.month(position.period - 1)}"
            if spent > row.max_spend:
                draft.note(f"Budget {row.year} is spent: {spent:,.0f} of {row.max_spend:,.0f}.")
            draft.set("budgets", [row.year], "max_spend", max(row.max_spend - spent, 0.0), source)
    passed = {row.year for row in scenario.budgets if max(calendar.spent_in(row.year), default=0) < position.period}
    draft.drop("budgets", lambda row: draft.key("budgets", row)[0] in passed, "its time has passed")


# --- what may still happen --------------------------------------------------------------------------------


def futures(draft: Draft, scenario: Scenario, position: Position) -> None:
    """Futures that still agree with what was seen, with conditional probabilities, and the events of what is left."""
    probability = {row.future: row.probability for row in scenario.futures if row.future in position.futures}
    whole = sum(probability.values())
    why = f"it does not agree with what was seen up to {scenario.calendar.month(position.period - 1)}"
    draft.drop("futures", lambda row: draft.key("futures", row)[0] not in probability, why)
    shares = [weight / whole for weight in probability.values()]
    if shares:
        shares[-1] = 1.0 - sum(shares[:-1])
    for name, share in zip(probability, shares, strict=True):
        draft.set("futures", [name], "probability", share, "conditional on what was seen")
    names, until = {"*", *probability}, {row.event: row.until for row in scenario.events}
    if scenario.futures:
        draft.drop("events", lambda row: to_text(row.cells.get("future", "")) not in names, "its future is gone")

    def has_passed(event: str) -> bool:
        last = until.get(event)
        return last is not None and scenario.calendar.period(last) < position.period

    draft.drop("events", lambda row: has_passed(draft.key("events", row)[0]), "it has passed")


MOVES: tuple[Move, ...] = (
    stock, futures, orders, licences, offers, expansions, designs, segments, limits, budgets,
)  # fmt: skip
"""Every part that moves on, in order: events are moved before the orders whose further offers copy them."""

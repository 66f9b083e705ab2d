"""What cannot be meant, though it can be solved: each doubt says what it takes the cell for, and what may be meant.

Days for periods, tonnes for kg, a rate the wrong way round: the likely slip stands in the fix. Nothing is changed.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import statistics
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.errors import Problem
from planner.scenario.cells import NUMBER_KINDS, workbook_value
from planner.scenario.columns import column_kind, required_columns
from planner.scenario.fields import plain, shown
from planner.scenario.letters import without_hidden
from planner.scenario.needs import needs
from planner.scenario.parse import Parsed
from planner.scenario.raw import RawRow, RawTable
from planner.scenario.tables import tables

Doubts = Iterator[Problem]

LEAST_DAYS = 7
"""Below it a number of periods that is too long is no number of days either."""
TONNE = 1000.0
TINY, MOST_TONNES = 0.01, 100.0
"""Masses up to so much, and below this share of a period's need, are taken for tonnes where a thousand times fit."""
EXPENSIVE = 200.0
"""Prices so many times that of other offers are taken for prices per tonne."""
MOST_USD_PER_KG = 3000.0
"""No magnet or oxide that is traded costs more."""
SMALL_LOSS = 0.1
"""Losses of efficiency up to it, in percentage points, are taken for shares: 0.06 for 6 %."""

USD: dict[str, float] = {
    "USD": 1, "EUR": 1.1, "GBP": 1.27, "CHF": 1.15, "AUD": 0.65, "CAD": 0.73, "SGD": 0.75, "INR": 0.0117, "CNY": 0.14,
    "JPY": 0.0067, "KRW": 0.00073, "TWD": 0.031, "THB": 0.029, "MYR": 0.23, "VND": 0.00004, "IDR": 0.000062,
    "BRL": 0.18, "SEK": 0.1, "AED": 0.27, "HKD": 0.13,
}  # fmt: skip
"""What a unit of a currency is worth in USD, roughly: only to doubt rates that are several times off."""
_NEAR = 3.0
"""A rate within this factor of the rough one is right."""

_LEADS = (
    ("offers", "lead_periods", 24, "what is ordered never arrives"),
    ("expansions", "lead_periods", 60, "the capacity is never there"),
    ("designs", "qualification_periods", 60, "it is never qualified"),
)
"""Fields that count periods, from how many months on they are taken for days, and what it means beyond the horizon."""
_MASSES = (("stock", "kg"), ("open_orders", "kg"), ("offers", "max_kg_per_period"))
_GROUPS_OF_THREE = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)


# --- how cells are written -----------------------------------------------------------------------------


def comments_are_no_rows(parsed: Parsed) -> Doubts:
    """A row that begins with # is a comment, but one whose other cells make up a row may be a name like '#12'."""
    left_out = {note.cell for note in parsed.raw.warnings if note.kind == "remark"}
    for table in parsed.raw.tables.values():
        for row in table.rows:
            if row.comment is not None and row.line > table.header_line and _looks_like_a_row(table, row.comment):
                first = next(value for value in row.comment if value is not None)
                where = f"{table.place}!A{row.line}" if table.in_workbook else f"{table.place} line {row.line}"
                if table.cell(row, required_columns(table.name)[0]) in left_out:
                    continue
                text = (
                    f"The row begins with {shown(first)} and is left out as a comment, but its other cells fit a row."
                )
                fix = "If it is a row, give it a name that does not begin with #."
                yield Problem("comment_row", text, fix, table.name, None, None, where)


def _looks_like_a_row(table: RawTable, cells: list[Any]) -> bool:
    held = {name: cells[at] for name, at in table.columns.items() if at < len(cells) and cells[at] is not None}
    required = [name for name in required_columns(table.name) if name in table.columns]
    others = required[1:] or [name for name in held if name not in required]
    spec = tables()[table.name]
    numbers = [name for name in others if column_kind(spec, name) in NUMBER_KINDS]
    return (
        len(held) > 1
        and all(name in held for name in required)
        and all(isinstance(workbook_value("number", held[name]), int | float) for name in numbers)
    )


def thousands_are_read_as_decimals(parsed: Parsed) -> Doubts:
    """Text such as 1.500 is one and a half here, and fifteen hundred in half of Europe."""
    for table in parsed.raw.tables.values():
        spec = tables()[table.name]
        for row in table.data_rows():
            for name, value in row.cells.items():
                if (
                    isinstance(value, str)
                    and _may_be_thousands(table, value)
                    and column_kind(spec, name) in NUMBER_KINDS
                ):
                    number = without_hidden(value)
                    text = f": {shown(value)} is text, and is read as {plain(float(number))}."
                    fix = f"If {number.replace('.', '')} is meant, type {number.replace('.', '')}."
                    yield parsed.problem("thousands", table.name, row, name, text, fix=fix)


def _may_be_thousands(table: RawTable, text: str) -> bool:
    # All cells of a CSV file are text, and 1.125 is a number there: only zeros at the end are not written by programs.
    number = without_hidden(text)
    return bool(_GROUPS_OF_THREE.fullmatch(number)) and (table.in_workbook or number.endswith("0"))


def dates_are_first_days(parsed: Parsed) -> Doubts:
    """A date that is no first of a month was typed otherwise than Excel took it: 01/04/2027, or Jun-27."""
    calendar = parsed.calendar
    if calendar is None:
        return
    for table, spec in tables().items():
        months = [field.name for field in spec.fields.values() if field.kind == "month"]
        for row in parsed.raw_rows(table) if table != "settings" else ():
            for name in months:
                value = row.cells.get(name)
                meant = _meant(value, calendar) if isinstance(value, dt.date) else None
                if meant:
                    month, typed = meant
                    text = f": the date {value:%Y-%m-%d} is taken for {value:%Y-%m}."
                    fix = f"If it was typed as {typed} and means {month}, type {month}."
                    yield parsed.problem("date", table, row, name, text, fix=fix)


def _meant(value: dt.date, calendar: Any) -> tuple[str, str] | None:
    """The month that a date may mean otherwise, within the horizon, and how it was typed then."""
    day, month, year = value.day, value.month, value.year
    swapped, short = f"{year:04d}-{day:02d}", f"20{day:02d}-{month:02d}"
    if 1 < day <= 12 and day != month and _within(swapped, calendar):
        return swapped, f"{month:02d}/{day:02d}/{year}"
    if day > 12 and short[:4] != str(year) and _within(short, calendar):
        return short, f"{value:%b}-{day}"
    return None


def _within(month: str, calendar: Any) -> bool:
    return bool(1 <= calendar.period(month) <= calendar.periods)


# --- units ---------------------------------------------------------------------------------------------


def leads_are_in_periods(parsed: Parsed) -> Doubts:
    """A lead time beyond the horizon, or of years, was most likely typed in days."""
    calendar = parsed.calendar
    if calendar is None:
        return
    for table, name, most, what in _LEADS:
        for raw_row, row in parsed.rows(table):
            lead = getattr(row, name)
            from_ = getattr(row, "from_", None)
            first = max(1, calendar.period(from_)) if from_ else 1
            never = first + lead > calendar.periods
            long = lead * calendar.months >= most and lead >= LEAST_DAYS
            # What is no number of days is reported of offers with all else that keeps them from being ordered.
            said = table == "offers" and lead < LEAST_DAYS
            if lead and not said and row.decision != "never" and (never or long):
                months = f"{lead} {'period' if lead == 1 else 'periods'} of {_months(calendar.months)}"
                text = f": {months} {'is' if lead == 1 else 'are'} {_span(lead * calendar.months)}"
                text += f", longer than the horizon leaves: {what}." if never else "."
                if never and row.decision == "must":
                    text += " Its decision is must, so that it is paid for all the same."
                yield parsed.problem("long_lead", table, raw_row, name, text, fix=_in_periods(lead, calendar.months))


def _in_periods(days: int, months: int) -> str:
    if days < LEAST_DAYS:
        return "Correct it, or set its decision to never."
    return f"It counts periods: if {days} days are meant, type {math.ceil(days / (30.4 * months) - 0.15)}."


def _months(months: int) -> str:
    return "1 month" if months == 1 else f"{months} months"


def _span(months: int) -> str:
    return _months(months) if months < 24 else f"{plain(round(months / 12, 1))} years"


def rates_are_the_right_way_round(parsed: Parsed) -> Doubts:
    """A rate is what a unit of the currency costs in the base currency, not the other way round, and not of 100."""
    base = USD.get(parsed.settings.currency.upper()) if parsed.settings else None
    for raw_row, row in parsed.rows("currencies") if base else ():
        worth = USD.get(row.currency.upper())
        if base is None or worth is None or _is_near(row.rate, worth / base):
            continue
        unit, own = row.currency, parsed.settings.currency if parsed.settings else ""
        usual = f"One {unit} is some {worth / base:.2g} {own}"
        if _is_near(1 / row.rate, worth / base):
            text, fix = "is the wrong way round", f"{usual}: type {1 / row.rate:.6g}."
        elif _is_near(row.rate, 100 * worth / base):
            text, fix = "may be that of 100", f"{usual}: type {row.rate / 100:.6g}."
        else:
            text, fix = "is far from what is usual", f"{usual}."
        yield parsed.problem("odd_rate", "currencies", raw_row, "rate", f": {plain(row.rate)} {text}.", fix=fix)


def _is_near(rate: float, usual: float) -> bool:
    return usual / _NEAR <= rate <= usual * _NEAR


def masses_are_in_kg(parsed: Parsed) -> Doubts:
    """A mass that is next to nothing beside the need, and would fit if it were tonnes, is in tonnes."""
    if parsed.calendar is None:
        return
    periods, need = parsed.calendar.periods, needs(parsed)
    material_of = {row.offer: row.material for _, row in parsed.rows("offers")}
    for table, name in _MASSES:
        for raw_row, row in parsed.rows(table):
            material = material_of.get(row.offer, "") if table == "open_orders" else row.material
            kg, each = getattr(row, name), need.get(material, 0.0) / periods
            if 0 < kg < min(MOST_TONNES, TINY * each) and 0.1 * each <= TONNE * kg <= 3 * need[material]:
                text = f": {plain(kg)} kg is little beside the need of {material}, up to {each:,.0f} kg a period."
                fix = f"If tonnes are meant, type {plain(TONNE * kg)}."
                yield parsed.problem("tonnes", table, raw_row, name, text, fix=fix)


def prices_are_per_kg(parsed: Parsed) -> Doubts:
    """A price far above those of other offers of the material, or of any magnet, is one per tonne."""
    rate = {row.currency: row.rate for _, row in parsed.rows("currencies")}
    base = parsed.settings.currency if parsed.settings else ""
    by_material: dict[str, list[tuple[RawRow, Any, float]]] = defaultdict(list)
    for raw_row, row in parsed.rows("offers"):
        price = row.price_per_kg * rate.get(row.currency or base, 1.0)
        by_material[row.material].append((raw_row, row, price))
    assemblies = {row.material for _, row in parsed.rows("materials") if row.class_ == "assembly"}
    for material, offers in by_material.items():
        for raw_row, row, price in offers if material not in assemblies else ():
            others = [other for _, twin, other in offers if twin is not row and other > 0]
            usual = statistics.median(others) if others else None
            dollars = price * USD.get(base.upper(), 0.0)
            if (usual and price > EXPENSIVE * usual) or dollars > MOST_USD_PER_KG:
                beside = f", {price / usual:,.0f} times that of other offers" if usual and price > usual else ""
                text = (
                    f": {plain(row.price_per_kg)} {row.currency or base} is much for a kilogram of {material}{beside}."
                )
                fix = f"If it is the price of a tonne, type {plain(row.price_per_kg / TONNE)}."
                yield parsed.problem("price_per_tonne", "offers", raw_row, "price_per_kg", text, fix=fix)


def losses_are_in_points(parsed: Parsed) -> Doubts:
    """A loss of efficiency is in percentage points: 6 for 6 %, not 0.06."""
    for raw_row, row in parsed.rows("designs"):
        loss = row.efficiency_loss_pp
        if 0 < loss <= SMALL_LOSS:
            text = f": {plain(loss)} is {plain(loss)} percentage points, which is nearly nothing."
            fix = f"If {plain(100 * loss)} % is meant, type {plain(100 * loss)}."
            yield parsed.problem("small_loss", "designs", raw_row, "efficiency_loss_pp", text, fix=fix)


# --- what rows say together ----------------------------------------------------------------------------


def shares_leave_room(parsed: Parsed) -> Doubts:
    """Largest shares of all sources that add up to less than all leave nothing to buy."""
    for (class_, scope), rows in _limits_by_class(parsed).items():
        most = {row.target: row.max_share for _, row in rows}
        sources = _sources(parsed, class_, scope)
        if sources and sources <= most.keys() and sum(most[name] for name in sources) < 1 - 1e-9:
            text = f": {_joined({name: most[name] for name in sources})} are all sources there are, "
            text += f"and may give {plain(100 * sum(most[name] for name in sources))} % together."
            fix = "Only buying nothing keeps to them: raise one."
            yield parsed.problem("shares", "limits", rows[0][0], "max_share", text, fix=fix)


def _limits_by_class(parsed: Parsed) -> dict[tuple[str | None, str], list[tuple[RawRow, Any]]]:
    found: dict[tuple[str | None, str], list[tuple[RawRow, Any]]] = defaultdict(list)
    for raw_row, row in parsed.rows("limits"):
        if row.from_ is None and row.until is None:
            found[row.class_, row.scope].append((raw_row, row))
    return found


def _sources(parsed: Parsed, class_: str | None, scope: str) -> set[str]:
    """The countries or suppliers that anything of a class may come from."""
    country = {row.supplier: row.country for _, row in parsed.rows("suppliers")}
    counted = {
        row.material
        for _, row in parsed.rows("materials")
        if (row.class_ == class_ if class_ else row.class_ not in ("feedstock", "assembly"))
    }
    sellers = {
        row.supplier
        for table in ("offers", "conversions")
        for _, row in parsed.rows(table)
        if row.material in counted and getattr(row, "decision", "") != "never"
    }
    return {country.get(name, "") for name in sellers} if scope == "country" else sellers


def _joined(shares: dict[str, float]) -> str:
    parts = [f"{name} ({plain(share)})" for name, share in sorted(shares.items())]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def building_pays(parsed: Parsed) -> Doubts:
    """A unit whose magnets cost more than its margin is better lost, which is seldom meant."""
    rate = {row.currency: row.rate for _, row in parsed.rows("currencies")}
    cheapest: dict[str, float] = {}
    for _, row in parsed.rows("offers"):
        landed = (row.price_per_kg + row.freight_per_kg) * (1 + row.duty_rate) * rate.get(row.currency or "", 1.0)
        cheapest[row.material] = min(landed, cheapest.get(row.material, math.inf))
    made = {row.material for _, row in parsed.rows("conversions")} | {row.material for _, row in parsed.rows("stock")}
    cost: dict[str, float] = defaultdict(float)
    for _, row in parsed.rows("design_materials"):
        cost[row.design] += 0.0 if row.material in made else row.kg_per_unit * cheapest.get(row.material, 0.0)
    for raw_row, segment in parsed.rows("segments"):
        costs = [cost[row.design] for _, row in parsed.rows("designs") if row.segment == segment.segment]
        if costs and min(costs) > segment.shortage_cost_per_unit:
            margin = plain(segment.shortage_cost_per_unit)
            text = (
                f": a unit not built costs {margin}, its magnets {min(costs):,.0f} at the least: the plan builds none."
            )
            fix = "It is the margin of one unit, in the base currency: see whether thousands or lakhs are missing."
            yield parsed.problem("never_pays", "segments", raw_row, "shortage_cost_per_unit", text, fix=fix)


def materials_are_needed(parsed: Parsed) -> Doubts:
    """What is bought or made is needed by some design, itself or for what is made from it."""
    if not any(parsed.rows("design_materials")):
        return
    needed = needs(parsed, units=1.0)
    for table in ("offers", "conversions", "stock"):
        for raw_row, row in parsed.rows(table):
            if row.material not in needed and getattr(row, "decision", "") != "never":
                text = f": no design needs {row.material}, nor is anything made from it that one needs."
                fix = "Add it to design_materials, or take it out."
                yield parsed.problem("not_needed", table, raw_row, "material", text, fix=fix)


def orders_fit_the_need(parsed: Parsed) -> Doubts:
    """The least order is not more than all that is needed over the horizon."""
    need = needs(parsed)
    for raw_row, row in parsed.rows("offers"):
        most = need.get(row.material, 0.0)
        if most > 0 and row.min_order_kg > 2 * most and row.decision != "never":
            text = f": {plain(row.min_order_kg)} kg is more than all that is needed of {row.material}: {most:,.0f} kg."
            fix = "See whether it is meant for a year, or for all orders together."
            yield parsed.problem("large_order", "offers", raw_row, "min_order_kg", text, fix=fix)


DOUBTS = (
    comments_are_no_rows,
    thousands_are_read_as_decimals,
    dates_are_first_days,
    leads_are_in_periods,
    rates_are_the_right_way_round,
    masses_are_in_kg,
    prices_are_per_kg,
    losses_are_in_points,
    shares_leave_room,
    building_pays,
    materials_are_needed,
    orders_fit_the_need,
)
"""All doubts, in the order in which they are reported."""

"""Checks of what rows say together: scopes, months, sums, conversions, decisions."""

from __future__ import annotations

import graphlib
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.errors import Problem
from planner.scenario.fields import LARGEST_FACTOR, LARGEST_RATE, close, plain, to_text
from planner.scenario.keys import is_month
from planner.scenario.parse import EXACT_SUM, PROBABILITIES, Parsed, horizon
from planner.scenario.ranges import limits
from planner.scenario.raw import RawRow, RawScenario
from planner.scenario.settings import setting_rows
from planner.scenario.tables import EVENT_SCOPES_BY_KIND, Field, Table, tables

ROUNDED = 1e-3
"""Sums of probabilities that are off by less come of rounding, as 0.3333 three times: they are scaled to 1."""

LIKELY_FACTOR = 10.0
"""Factors of price, capacity or demand above it are taken for slips, with a warning."""

MOST_CYCLES = 10
"""Cycles of conversions that are looked for: each takes a pass over all of them."""

LIKELY_RATE = 0.5
"""Rates above it are taken for percentages, with a warning."""

LIKELY_CAPACITY = 1e5
"""Capacities so many times what can be used in all are taken for 'no limit', with a warning."""

EFFECTS = ("events", "climate_effects")
Pair = tuple[RawRow, Any]

_OF = {
    "futures": "the futures",
    "climates": "the states of climate {}",
    "climate_moves": "the moves from climate {}, state {}",
}
"""Whose probabilities add up, by the table that holds them."""


def tables_have_rows(parsed: Parsed) -> Iterator[Problem]:
    """Tables without which there is no question have a row."""
    for name, table in parsed.raw.tables.items():
        spec = tables()[name]
        if spec.needs_rows and table.columns and name != "settings" and not any(table.data_rows()):
            fix = f"Add at least one row: {spec.meaning[0].lower()}{spec.meaning[1:]}"
            yield Problem("empty", f"The table {name} has no row.", fix, name, None, None, table.heading())


# --- events and effects of climates -----------------------------------------------------------------


def scopes_fit_kinds(parsed: Parsed) -> Iterator[Problem]:
    """What an event changes can be changed at its scope; it has a target unless that is 'all'."""
    for table in EFFECTS:
        for raw_row, row in parsed.rows(table):
            scopes = EVENT_SCOPES_BY_KIND[row.kind]
            if row.scope not in scopes:
                text = f": '{row.scope}' is not a scope of the kind {row.kind}."
                yield parsed.problem(
                    "wrong_scope", table, raw_row, "scope", text, fix=f"Use one of: {', '.join(scopes)}."
                )
            elif row.scope == "all" and row.target is not None:
                text = f": '{row.target}' stands here, but the scope is all."
                fix = "Leave the target blank, or name its scope."
                yield parsed.problem("needless_target", table, raw_row, "target", text, fix=fix)
            elif row.scope != "all" and row.target is None:
                fix = f"Type the name of the {row.scope}, or set the scope to all."
                yield parsed.problem("missing", table, raw_row, "target", " is blank.", fix=fix)


def effects_are_in_range(parsed: Parsed) -> Iterator[Problem]:
    """A clearance is a share; a factor is not beyond all measure."""
    for table in EFFECTS:
        for raw_row, row in parsed.rows(table):
            if row.kind == "clearance" and row.value > 1:
                hint = f": for {plain(row.value)} % type {plain(row.value / 100)}" if row.value <= 100 else ""
                fix = f"The released share is written from 0 to 1{hint}."
                text = f": {plain(row.value)} is too large."
                yield parsed.problem("too_large", table, raw_row, "value", text, fix=fix)
            elif row.kind != "clearance" and row.value > LARGEST_FACTOR:
                fix = f"It is a factor: 1.05 is 5 % more, and {plain(LARGEST_FACTOR)} the most."
                text = f": {plain(row.value)} is too large."
                yield parsed.problem("too_large", table, raw_row, "value", text, fix=fix)


def factors_are_likely(parsed: Parsed) -> Iterator[Problem]:
    """A factor above ten is most often a percentage."""
    for table in EFFECTS:
        for raw_row, row in parsed.rows(table):
            if row.kind != "clearance" and row.value > LIKELY_FACTOR:
                text = f": {plain(row.value)} times the {row.kind} is much."
                yield parsed.problem(
                    "large_factor", table, raw_row, "value", text, fix="It is a factor: 1.05 is 5 % more."
                )


def rates_are_likely(parsed: Parsed) -> Iterator[Problem]:
    """A rate above a half is most often a percentage: 1.5 for 1.5 %."""
    for table, spec in tables().items():
        rates = [field for field in spec.fields.values() if _is_rate(spec, field)]
        for raw_row, values in parsed.values(table, *rates) if rates else ():
            for field, rate in zip(rates, values, strict=True):
                if isinstance(rate, float) and rate > LIKELY_RATE:
                    text, fix = _much(rate)
                    yield parsed.problem("large_rate", table, raw_row, field.name, f": {text}", fix=fix)
    if parsed.settings and parsed.settings.discount_rate > LIKELY_RATE:
        text, fix = _much(parsed.settings.discount_rate)
        yield of_setting(parsed.raw, "large_rate", "discount_rate", f": {text}", fix)


def more_than_risk_counts(parsed: Parsed) -> Iterator[Problem]:
    """With all weight on the worst futures, nothing is asked of what is done in the others."""
    if parsed.settings and parsed.settings.risk_weight == 1:
        text = ": at 1 only the worst futures count, and the plan may waste money in all others."
        fix = "Type 0.99: the worst still count nearly alone, and the others stay cheap."
        yield of_setting(parsed.raw, "only_risk", "risk_weight", text, fix)


def _is_rate(table: Table, field: Field) -> bool:
    within = limits(table, field)
    return within is not None and within.high == LARGEST_RATE


def _much(rate: float) -> tuple[str, str]:
    return f"{plain(rate)} is {plain(100 * rate)} %.", f"For {plain(rate)} % type {plain(rate / 100)}."


# --- months -----------------------------------------------------------------------------------------


def orders_are_in_the_horizon(parsed: Parsed) -> Iterator[Problem]:
    """Orders on the way and fixed ones fall in a period of the scenario; windows of other rows may lie outside it."""
    calendar = parsed.calendar
    for table in ("open_orders", "fixed_orders") if calendar else ():
        month = tables()[table].fields["period"]
        for raw_row, (period,) in parsed.values(table, month):
            if calendar and is_month(str(period)) and not 1 <= calendar.period(period) <= calendar.periods:
                side = "before" if calendar.period(period) < 1 else "after"
                text = f": {period} is {side} the horizon, {horizon(calendar)}."
                yield parsed.problem("outside_horizon", table, raw_row, "period", text, fix="Type a month within it.")


def windows_run_forwards(parsed: Parsed) -> Iterator[Problem]:
    """What begins does so before it ends."""
    for table, spec in tables().items():
        if "until" in spec.fields:
            for raw_row, row in parsed.rows(table):
                if row.from_ and row.until and row.from_ > row.until:
                    text = f": {row.from_} is after until, {row.until}."
                    yield parsed.problem("backwards", table, raw_row, "from", text, fix="Correct one of the two.")


def budgets_are_in_the_horizon(parsed: Parsed) -> Iterator[Problem]:
    """A budget of another year limits nothing."""
    if parsed.calendar is None:
        return
    years = list(dict.fromkeys(map(parsed.calendar.year, parsed.calendar.all)))
    for raw_row, row in parsed.rows("budgets"):
        if is_month(row.year):
            known, what = 1 <= parsed.calendar.period(row.year) <= parsed.calendar.periods, "period"
        else:
            known, what = row.year in years, "year"
        if not known:
            text = f": {row.year} is no {what} of the horizon, so that this budget limits nothing."
            fix = f"The horizon, {horizon(parsed.calendar)}, has the financial years {', '.join(years)}."
            yield parsed.problem("outside_horizon", "budgets", raw_row, "year", text, fix=fix)


# --- sums -------------------------------------------------------------------------------------------


def probabilities_add_up(parsed: Parsed) -> Iterator[Problem]:
    """The probabilities of the futures add up to 1."""
    yield from _add_up(parsed, *PROBABILITIES[0])


def climates_add_up(parsed: Parsed) -> Iterator[Problem]:
    """So do those of a climate's states, and of the moves from each state, which must be there."""
    for table, column, by in PROBABILITIES[1:]:
        yield from _add_up(parsed, table, column, by)
    moving = {(row.climate, row.state) for _, row in parsed.rows("climate_moves")}
    for raw_row, row in parsed.rows("climates") if parsed.whole("climate_moves") else ():
        if (row.climate, row.state) not in moving:
            text = " has no row in climate_moves."
            fix = "Add the states that may come next, itself among them, with their probabilities."
            yield parsed.problem("missing", "climates", raw_row, "state", text, fix=fix)


def _add_up(parsed: Parsed, table: str, column: str, by: tuple[str, ...]) -> Iterator[Problem]:
    for group, pairs in _grouped(parsed, table, by).items():
        total = math.fsum(getattr(row, column) for _, row in pairs)
        if abs(total - 1) > ROUNDED:
            text = f"The probabilities of {_OF[table].format(*group)} add up to {plain(total)}."
            cell = parsed.raw.tables[table].cell(pairs[0][0], column)
            yield Problem("sum", text, "They must add up to 1.", table, "/".join(group) or None, column, cell)


def probabilities_are_scaled(parsed: Parsed) -> Iterator[Problem]:
    """Probabilities that add up to 1 but for rounding are scaled, and that is reported."""
    for table, column, by in PROBABILITIES:
        yield from _scaled(parsed, table, column, by)


def _scaled(parsed: Parsed, table: str, column: str, by: tuple[str, ...]) -> Iterator[Problem]:
    for group, pairs in _grouped(parsed, table, by).items():
        total = math.fsum(getattr(row, column) for _, row in pairs)
        if EXACT_SUM < abs(total - 1) <= ROUNDED:
            text = f"The probabilities of {_OF[table].format(*group)} add up to {plain(total)}, and are scaled to 1."
            cell = parsed.raw.tables[table].cell(pairs[0][0], column)
            yield Problem("scaled", text, "", table, "/".join(group) or None, column, cell)


def _grouped(parsed: Parsed, table: str, by: tuple[str, ...]) -> dict[tuple[str, ...], list[Pair]]:
    groups: dict[tuple[str, ...], list[Pair]] = defaultdict(list)
    for pair in parsed.rows(table) if parsed.whole(table) else ():
        groups[tuple(getattr(pair[1], name) for name in by)].append(pair)
    return groups


def climates_are_given(parsed: Parsed) -> Iterator[Problem]:
    """Futures that are to be made have climates to be made from."""
    if parsed.settings is None or parsed.settings.futures == 0 or any(parsed.raw_rows("climates")):
        return
    text = f" is {parsed.settings.futures}, but there is no climate to make them from."
    fix = "Fill the tables climates, climate_moves and climate_effects; or set it to 0, and fill futures and events."
    yield of_setting(parsed.raw, "missing", "futures", text, fix)


def of_setting(raw: RawScenario, kind: str, name: str, text: str, fix: str) -> Problem:
    """A problem with the value of a setting that has a row; `text` goes on after its name."""
    table = raw.tables["settings"]
    return Problem(kind, f"{name}{text}", fix, "settings", name, "value", table.cell(setting_rows(raw)[name], "value"))


# --- what is bought and made ------------------------------------------------------------------------


def base_currency_is_one(parsed: Parsed) -> Iterator[Problem]:
    """The base currency needs no rate, and has no other than 1."""
    for raw_row, row in parsed.rows("currencies"):
        if parsed.settings and row.currency == parsed.settings.currency and row.rate != 1:
            text = f": {plain(row.rate)} stands here, but {row.currency} is the base currency, whose rate is 1."
            fix = "Delete the row, or correct the currency in settings."
            yield parsed.problem("base_currency", "currencies", raw_row, "rate", text, fix=fix)


def conversions_do_not_cycle(parsed: Parsed) -> Iterator[Problem]:
    """No material is made, by whatever way, from itself."""
    made = {row.conversion: (raw_row, row.material) for raw_row, row in parsed.rows("conversions")}
    steps: dict[tuple[str, str], str] = {}
    for _, row in parsed.rows("conversion_inputs"):
        if row.conversion in made:
            steps.setdefault((row.material, made[row.conversion][1]), row.conversion)
    for _ in range(MOST_CYCLES):
        cycle = _cycle(steps)
        if not cycle:
            return
        names = [steps[step] for step in cycle]
        said = [f"{name} makes {output} from {input_}" for name, (input_, output) in zip(names, cycle, strict=True)]
        text = f": {', '.join(said)}: a cycle." if len(said) > 1 else f": {said[0]} itself."
        fix = "Take out one of the conversions."
        yield parsed.problem("cycle", "conversions", made[names[0]][0], "material", text, fix=fix)
        del steps[cycle[0]]


def _cycle(steps: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    """Steps from input to output that end where they begin; none where there is no such way."""
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for input_, output in steps:
        sorter.add(output, input_)
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        nodes: list[str] = error.args[1]
        return list(itertools.pairwise(nodes))
    return []


def conversions_have_inputs(parsed: Parsed) -> Iterator[Problem]:
    """A conversion that takes nothing in makes material from nothing."""
    fed = {row.conversion for _, row in parsed.rows("conversion_inputs")}
    for raw_row, row in parsed.rows("conversions") if parsed.whole("conversion_inputs") else ():
        if row.conversion not in fed:
            text = " has no row in conversion_inputs: it makes material from nothing."
            fix = "Add what it takes in, unless that is bought with its cost_per_kg."
            yield parsed.problem("no_inputs", "conversions", raw_row, "conversion", text, fix=fix)


def orders_are_possible(parsed: Parsed) -> Iterator[Problem]:
    """An order of the least size fits the largest, at least once it is expanded."""
    expanded = {row.target for _, row in parsed.rows("expansions") if row.scope == "offer"}
    for raw_row, row in parsed.rows("offers"):
        if row.min_order_kg > row.max_kg_per_period and row.offer not in expanded:
            text = f": {plain(row.min_order_kg)} is above max_kg_per_period, {plain(row.max_kg_per_period)}."
            fix = "Nothing can be ordered as it stands; correct one of the two."
            yield parsed.problem("never_ordered", "offers", raw_row, "min_order_kg", text, fix=fix)


def commitments_fit(parsed: Parsed) -> Iterator[Problem]:
    """A commitment above the largest order is one to the largest order."""
    for raw_row, row in parsed.rows("offers"):
        if row.commit_kg_per_period > row.max_kg_per_period:
            text = f": {plain(row.commit_kg_per_period)} is above max_kg_per_period, {plain(row.max_kg_per_period)}."
            fix = f"It counts as {plain(row.max_kg_per_period)}; correct one of the two."
            yield parsed.problem("commit_above_max", "offers", raw_row, "commit_kg_per_period", text, fix=fix)


def capacities_are_likely(parsed: Parsed) -> Iterator[Problem]:
    """One far above all that can be used, as 999999999 for no limit, hides what is small beside it from the solver."""
    units = {row.segment: sum(row.units.values()) for _, row in parsed.rows("demand")}
    segment = {row.design: row.segment for _, row in parsed.rows("designs")}
    in_magnets = sum(
        row.kg_per_unit * units.get(segment.get(row.design, ""), 0) for _, row in parsed.rows("design_materials")
    )
    used = in_magnets * max([1.0, *(row.kg_per_kg for _, row in parsed.rows("conversion_inputs"))])
    for raw_row, row in parsed.rows("offers") if used > 0 else ():
        if row.max_kg_per_period > LIKELY_CAPACITY * used:
            text = f": {plain(row.max_kg_per_period)} is far above all that can be used, some {used:,.0f} kg."
            fix = "Type what can be delivered at most: beside so large a figure a small one may be taken for nothing."
            yield parsed.problem("large_capacity", "offers", raw_row, "max_kg_per_period", text, fix=fix)


def groups_hold_one_must(parsed: Parsed) -> Iterator[Problem]:
    """At most one offer of a group is signed, so at most one must be."""
    first: dict[str, str] = {}
    for raw_row, row in parsed.rows("offers"):
        if row.group and row.decision == "must":
            other = first.setdefault(row.group, row.offer)
            if other != row.offer:
                text = f": must, and so is offer {other}; but of group {row.group} at most one is signed."
                fix = "Set one of the two to free or never."
                yield parsed.problem("two_musts", "offers", raw_row, "decision", text, fix=fix)


def limits_leave_room(parsed: Parsed) -> Iterator[Problem]:
    """The least share is not above the largest."""
    for raw_row, row in parsed.rows("limits"):
        if row.min_share > row.max_share:
            text = f": {plain(row.min_share)} is above max_share, {plain(row.max_share)}."
            yield parsed.problem("backwards", "limits", raw_row, "min_share", text, fix="Correct one of the two.")


# --- what is asked for ------------------------------------------------------------------------------


def segments_have_demand(parsed: Parsed) -> Iterator[Problem]:
    """Every segment says how much is asked for."""
    if not parsed.readable("demand", "segment"):
        return
    asked = {to_text(row.cells.get("segment", "")) for row in parsed.raw_rows("demand")}
    slips = asked - {row.segment for _, row in parsed.rows("segments")}
    for raw_row, row in parsed.rows("segments"):
        if row.segment not in asked:
            near = close(row.segment, slips)
            fix = f"Is it meant by '{near}' there?" if near else "Add one with its units, 0 where none are asked for."
            yield parsed.problem("missing", "segments", raw_row, "segment", " has no row in demand.", fix=fix)


def segments_have_designs(parsed: Parsed) -> Iterator[Problem]:
    """Without a design that may be built all of a segment's demand is lost."""
    built = {row.segment for _, row in parsed.rows("designs") if row.decision != "never"}
    for raw_row, row in parsed.rows("segments") if parsed.whole("designs") else ():
        if row.segment not in built:
            text = " has no design that may be built: all its demand is lost."
            yield parsed.problem("no_design", "segments", raw_row, "segment", text, fix="Add a design.")


def designs_use_magnets(parsed: Parsed) -> Iterator[Problem]:
    """A feedstock goes into a conversion, not into a product."""
    feedstock = {row.material for _, row in parsed.rows("materials") if row.class_ == "feedstock"}
    for raw_row, row in parsed.rows("design_materials"):
        if row.material in feedstock:
            text = f": {row.material} is a feedstock, not a magnet."
            fix = "Name the magnet that is made from it, or correct its class."
            yield parsed.problem("feedstock_built", "design_materials", raw_row, "material", text, fix=fix)

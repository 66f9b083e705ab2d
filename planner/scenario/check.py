"""Whether a scenario's rows agree with each other: every check in order, all problems reported at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from planner.errors import Problem
from planner.scenario import check_climates as climates
from planner.scenario import check_effect as effect
from planner.scenario import check_licences as licences
from planner.scenario import check_names as names
from planner.scenario import check_panels as panels
from planner.scenario import check_position as position
from planner.scenario import check_rules as rules
from planner.scenario.check_only import fields_fit_their_rows
from planner.scenario.doubts import DOUBTS
from planner.scenario.parse import Parsed

Check = Callable[[Parsed], Iterator[Problem]]

PROBLEMS: tuple[Check, ...] = (
    rules.tables_have_rows,
    names.keys_are_unique,
    names.names_are_spelt_alike,
    names.references_exist,
    names.states_exist,
    names.targets_exist,
    rules.scopes_fit_kinds,
    rules.effects_are_in_range,
    rules.orders_are_in_the_horizon,
    rules.windows_run_forwards,
    rules.probabilities_add_up,
    rules.climates_add_up,
    rules.climates_are_given,
    climates.states_are_reached,
    climates.climates_have_effects,
    climates.enough_paths_differ,
    rules.base_currency_is_one,
    rules.conversions_do_not_cycle,
    rules.segments_have_demand,
    rules.groups_hold_one_must,
    rules.limits_leave_room,
    fields_fit_their_rows,
    position.kept_capacity_is_there,
    position.capacity_can_be_kept,
    position.must_can_be_signed,
    position.fixed_orders_can_be_placed,
    position.eligible_units_wait,
    position.lost_units_are_among_those_before,
    position.panels_say_what_counts,
)
WARNINGS: tuple[Check, ...] = (
    names.barred_names_are_no_slips,
    names.soft_targets_exist,
    rules.factors_are_likely,
    rules.rates_are_likely,
    rules.probabilities_are_scaled,
    rules.more_than_risk_counts,
    rules.conversions_have_inputs,
    rules.segments_have_designs,
    rules.designs_use_magnets,
    rules.orders_are_possible,
    rules.commitments_fit,
    rules.capacities_are_likely,
    rules.budgets_are_in_the_horizon,
    effect.windows_meet_the_horizon,
    effect.events_change_something,
    effect.licences_are_needed,
    effect.undertakings_bind,
    effect.designs_have_magnets,
    effect.offers_can_be_used,
    licences.validity_outlasts_processing,
    licences.applications_come_in_time,
    licences.quotas_hold_an_order,
    licences.limits_hold_an_order,
    licences.waiting_orders_cost_something,
    licences.single_orders_clear_whole,
    panels.panels_can_be_filled,
    panels.limits_agree,
    *DOUBTS,
)

SAID_BETTER = {"long_lead": "never_used"}
"""Kinds of warnings that say what another kind says of the same cell, and what is meant."""

SHOWN = 5
"""Problems alike in one column up to which each is reported by itself."""


def find_problems(parsed: Parsed) -> list[Problem]:
    """Everything for which a scenario cannot be solved, one problem a cell."""
    return [problem for check in PROBLEMS for problem in check(parsed)]


def find_warnings(parsed: Parsed) -> list[Problem]:
    """What is doubtful, and can be solved all the same."""
    found = [warning for check in WARNINGS for warning in check(parsed)]
    explained = {(SAID_BETTER[warning.kind], warning.cell) for warning in found if warning.kind in SAID_BETTER}
    return [warning for warning in found if (warning.kind, warning.cell) not in explained]


def grouped(problems: list[Problem]) -> list[Problem]:
    """The problems, with more than `SHOWN` of one kind in one column reported as one."""
    alike: dict[tuple[str, str | None, str | None], list[Problem]] = {}
    for problem in problems:
        alike.setdefault((problem.kind, problem.table, problem.field), []).append(problem)
    said: list[Problem] = []
    for group in alike.values():
        cells = [problem.cell for problem in group if problem.cell]
        said += [_one_for_all(group, cells)] if len(cells) > SHOWN else group
    return said


def _one_for_all(group: list[Problem], cells: list[str]) -> Problem:
    first = group[0]
    more = "; ".join(cells[1:SHOWN]) + ("; …" if len(cells) > SHOWN else "")
    message = f"{first.message} ({len(cells) - 1} more like it: {more})"
    return replace(first, message=message, cells=tuple(cells))

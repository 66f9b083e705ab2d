"""Checks of fields that only some rows may have: what waits, what is per order, what was begun before the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from planner.errors import Problem
from planner.scenario.check_lookups import Lookups
from planner.scenario.fields import plain
from planner.scenario.parse import Parsed
from planner.scenario.tables import tables


@dataclass(frozen=True)
class Only:
    """A field that only some rows may have: of a row that has it, whether it may, and in words which rows those are."""

    table: str
    field: str
    may: Callable[[Any, Lookups], bool]
    whose: str
    fix: str


def _waits(row: Any, _: Lookups) -> bool:
    return bool(row.unreleased == "waits")


def _waits_not_per_order(row: Any, _: Lookups) -> bool:
    return bool(row.unreleased == "waits" and row.per_order == "no")


def _firm(row: Any, look: Lookups) -> bool:
    licence = look.licence_of(row)
    return licence is not None and look.per_order(row) and licence.normal_kg_per_period is None


def _of_standing_licence(row: Any, look: Lookups) -> bool:
    licence = look.licence.get(row.licence)
    return licence is None or _waits_not_per_order(licence, look)


def _may_wait(row: Any, look: Lookups) -> bool:
    segment = look.segment.get(row.segment)
    return segment is None or segment.delay_cost_per_unit is not None


_WAITING = "a licence whose unreleased is waits"
_STANDING = f"{_WAITING} and per_order no"
_LEAVE = "Leave it blank"

RULES: tuple[Only, ...] = (
    *(
        Only("licences", field, _waits, _WAITING, f"{_LEAVE}, or set unreleased to waits.")
        for field in ("per_order", "processing_periods", "normal_kg_per_period")
    ),
    *(
        Only("licences", field, _waits_not_per_order, _STANDING, f"{_LEAVE}, or change unreleased or per_order.")
        for field in ("apply_from", "apply_until", "valid_periods", "max_kg_per_application")
    ),
    Only(
        "open_applications",
        "licence",
        _of_standing_licence,
        _STANDING,
        "Where each order has its own application, enter the order in open_orders; else correct the licence.",
    ),
    Only(
        "offers",
        "firm",
        _firm,
        "an offer whose licence is per order and has no normal_kg_per_period",
        f"{_LEAVE}, or correct the licence.",
    ),
    Only(
        "offers",
        "take_or_pay",
        lambda row, look: look.waits(row),
        f"an offer under {_WAITING}",
        f"{_LEAVE}: elsewhere the deposit says what is lost; or correct the licence.",
    ),
    Only(
        "offers",
        "sign_until",
        lambda row, look: row.reservation_fee_per_kg is None,
        "an offer without a reservation fee, as capacity is kept now only",
        f"{_LEAVE}, or delete the reservation fee.",
    ),
    Only(
        "offers",
        "kept_kg",
        lambda row, look: row.reservation_fee_per_kg is not None and row.signed == "yes",
        "an offer with a reservation fee and signed yes",
        f"{_LEAVE}, or fill in those two.",
    ),
    Only(
        "segments",
        "backlog_units",
        lambda row, look: row.delay_cost_per_unit is not None,
        "a segment with a delay cost: elsewhere nothing waits",
        f"{_LEAVE}, or fill in delay_cost_per_unit.",
    ),
    Only(
        "designs",
        "qualified_from",
        lambda row, look: row.qualified == "no",
        "a design that is not qualified yet",
        f"{_LEAVE}, or set qualified to no.",
    ),
    Only(
        "designs",
        "eligible_units",
        lambda row, look: row.max_share < 1 and _may_wait(row, look),
        "a design with max_share below 1 of a segment with a delay cost",
        _LEAVE + ".",
    ),
)


def fields_fit_their_rows(parsed: Parsed) -> Iterator[Problem]:
    """A field that is for some rows only stands in no other."""
    look = Lookups(parsed)
    for rule in RULES:
        field = tables()[rule.table].fields[rule.field]
        for raw_row, row in parsed.rows(rule.table):
            value = getattr(row, field.attribute)
            if (field.required or value != field.default) and not rule.may(row, look):
                shown = plain(value) if isinstance(value, int | float) else value
                text = f": {shown} stands here, but this is for {rule.whose}."
                yield parsed.problem("not_for_this_row", rule.table, raw_row, rule.field, text, fix=rule.fix)

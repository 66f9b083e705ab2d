"""Checks of names: keys that are unique, names spelt alike, references to rows that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from planner.errors import Problem
from planner.scenario.columns import required_columns
from planner.scenario.fields import close, nearest, shown, some, to_text
from planner.scenario.keys import Keys, key_fields
from planner.scenario.letters import CAPITALS_OR_SPACES, difference, looks
from planner.scenario.parse import Parsed, cell_problem
from planner.scenario.raw import RawRow
from planner.scenario.tables import Field, tables
from planner.scenario.tidy import ADD_UP, is_part_of

TARGETS = {
    "licence": "licences",
    "supplier": "suppliers",
    "offer": "offers",
    "material": "materials",
    "conversion": "conversions",
    "design": "designs",
    "segment": "segments",
    "country": "suppliers.country",
    "sector": "segments.sector",
    "market": "segments.market",
}
"""What the target of each scope is the name of; 'all' has none."""

SPELT_ALIKE = {
    **{name: table.key[0] for name, table in tables().items() if table.key and not table.fields[table.key[0]].ref},
}
"""The column of each table that makes up names of its own."""
GROUPING = (("suppliers", "country"), ("segments", "sector"), ("segments", "market"), ("segments", "end_use"),
            ("offers", "group"), ("climates", "state"))  # fmt: skip
"""Columns that group rows by equal text: a slip in spelling would make a group of its own."""

CONCERNS_NOTHING = "As it stands, it concerns nothing."

_LOOKS_LIKE = "It looks like"
"""Begins what is said of a name that is another one but for characters that nobody can distinguish."""

NEAREST = 5
"""Unknown names a column for which the nearest is looked up: it takes time, and more are reported as one."""


def keys_are_unique(parsed: Parsed) -> Iterator[Problem]:
    """No two rows of a table have the same key."""
    for name, table in parsed.raw.tables.items():
        if name in ("settings", "strategies"):
            continue
        first: dict[tuple[str, ...], RawRow] = {}
        for row in table.data_rows():
            key = parsed.keys.of(name, row.cells)
            if key in first:
                where = table.cell(first[key], key_fields(name)[0])
                text = f": a row with this key stands at {where} already."
                fix = f"Give each row its own {' and '.join(key_fields(name))}, or delete one."
                if is_part_of(table, first[key], row):
                    fix = f"If both are meant, add them up: type the sum in one row, or use {ADD_UP}."
                yield cell_problem(table, row, "duplicate", key_fields(name)[0], text, fix=fix)
            elif any(key):
                first[key] = row


def names_are_spelt_alike(parsed: Parsed) -> Iterator[Problem]:
    """No two names look alike: differ by capitals, spaces, hidden characters or letters of another alphabet only."""
    for table, column in (*SPELT_ALIKE.items(), *GROUPING):
        if table in parsed.raw.tables:
            yield from _spellings(parsed, table, column)


def _spellings(parsed: Parsed, table: str, column: str) -> Iterator[Problem]:
    held = parsed.raw.tables[table]
    first: dict[str, tuple[str, RawRow]] = {}
    for row in held.data_rows():
        if column in row.cells:
            name = Keys(None).part(table, column, row.cells[column])
            other, where = first.setdefault(looks(name), (name, row))
            if other != name:
                text = f": {shown(other)} at {held.cell(where, column)} differs by capitals or spaces only."
                if (how := difference(name, other)) != CAPITALS_OR_SPACES:
                    text = f": {shown(name)} looks like {shown(other)} at {held.cell(where, column)}, but {how}."
                yield cell_problem(held, row, "spelling", column, text, fix="Spell both alike, or name one otherwise.")


# --- references -------------------------------------------------------------------------------------


def references_exist(parsed: Parsed) -> Iterator[Problem]:
    """What names a row of another table names one that is there."""
    for table, spec in tables().items():
        for field in spec.fields.values():
            if field.ref and "." not in field.ref and field.ref in tables() and _can_distinguish(parsed, field.ref):
                values = _column(parsed, table, field)
                yield from _unknown(parsed, table, field, values, field.ref)


def states_exist(parsed: Parsed) -> Iterator[Problem]:
    """A climate's moves and effects name states of that climate."""
    states: dict[str, set[str]] = {}
    for row in parsed.raw_rows("climates"):
        climate, state = Keys(None).of("climates", row.cells)
        states.setdefault(climate, set()).add(state)
    for table, columns in (("climate_moves", ("state", "next_state")), ("climate_effects", ("state",))):
        for raw_row, row in parsed.rows(table):
            known = states.get(row.climate)
            for column in columns:
                state = getattr(row, column)
                if known is not None and state not in known:
                    text = f": {shown(state)} is not a state of climate {row.climate}."
                    yield parsed.problem("unknown_name", table, raw_row, column, text, fix=nearest(state, known))


def barred_names_are_no_slips(parsed: Parsed) -> Iterator[Problem]:
    """A promise may bar what nothing is sold to, but a name very like one that is sold to is a slip."""
    for name in ("barred_markets", "barred_end_uses"):
        field = tables()["undertakings"].fields[name]
        values = _column(parsed, "undertakings", field)
        for problem in _unknown(parsed, "undertakings", field, values, str(field.ref)):
            if problem.fix != CONCERNS_NOTHING:
                yield problem


def targets_exist(parsed: Parsed) -> Iterator[Problem]:
    """A target is a row that is there; a country, sector or market is not one that only looks like those there are."""
    yield from _unknown_targets(parsed, soft=False)
    yield from (problem for problem in _unknown_targets(parsed, soft=True) if problem.fix.startswith(_LOOKS_LIKE))


def soft_targets_exist(parsed: Parsed) -> Iterator[Problem]:
    """A country, sector or market that no row has changes nothing, and may be a slip."""
    return (problem for problem in _unknown_targets(parsed, soft=True) if not problem.fix.startswith(_LOOKS_LIKE))


def _unknown_targets(parsed: Parsed, soft: bool) -> Iterator[Problem]:
    for table, spec in tables().items():
        field = spec.fields.get("target")
        if field is None:
            continue
        by_scope: dict[str, list[tuple[RawRow, Any]]] = {}
        for raw_row, (scope, target) in parsed.values(table, spec.fields["scope"], field):
            by_scope.setdefault(scope, []).append((raw_row, target))
        for scope, values in by_scope.items():
            ref = TARGETS.get(scope)
            if ref and ("." in ref) == soft and _can_distinguish(parsed, ref):
                yield from _unknown(parsed, table, field, values, ref)


def _unknown(
    parsed: Parsed,
    table: str,
    field: Field,
    values: Iterable[tuple[RawRow, Any]],
    ref: str,
) -> Iterator[Problem]:
    """Each name in a column that no row has in the column that `ref` names."""
    said = 0
    known = _known(parsed, ref)
    where, _, column = ref.partition(".")
    what = f"is the {column} of no row in {where}." if column else f"is not in {where}."
    for raw_row, value in values:
        for name in value if isinstance(value, tuple) else (value,):
            if name is not None and name not in known:
                said += 1
                fix = _mended(parsed, name, known, ref) if said <= NEAREST else CONCERNS_NOTHING
                yield parsed.problem("unknown_name", table, raw_row, field.name, f": {shown(name)} {what}", fix=fix)


def _mended(parsed: Parsed, name: str, known: set[str], ref: str) -> str:
    if alike := _alike(name, known):
        return f"{_LOOKS_LIKE} {shown(alike)} there, but {difference(name, alike)}: type both alike."
    near = close(name, known)
    if near is not None:
        return f"Did you mean '{near}'?"
    if "." in ref:
        return CONCERNS_NOTHING
    if known:
        return f"Add it there, or use one of: {some(known)}."
    if ref in parsed.raw.tables:
        return f"Add it there: {ref} has no rows yet."
    holder = f"sheet {ref}" if parsed.raw.in_workbook else f"file {ref}.csv"
    headings = required_columns(ref)
    heads = f"heading{'s' * (len(headings) > 1)} {', '.join(headings)}"
    return f"There is no {holder}: add it, with the {heads} and a row for {shown(name)}."


def _alike(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks like a name and is made of other characters; a slip in capitals is reported as such."""
    seen = looks(name)
    return next((k for k in known if looks(k) == seen and difference(name, k) != CAPITALS_OR_SPACES), None)


def _column(parsed: Parsed, table: str, field: Field) -> Iterator[tuple[RawRow, Any]]:
    return ((raw_row, value) for raw_row, (value,) in parsed.values(table, field))


def _known(parsed: Parsed, ref: str) -> set[str]:
    """The names that a reference may be, also of rows that have another problem."""
    table, _, column = ref.partition(".")
    field = tables()[table].fields[column or key_fields(table)[0]]
    cells = (row.cells.get(field.name, field.default) for row in parsed.raw_rows(table))
    known = {to_text(cell) for cell in cells if cell is not None}
    if table == "currencies" and parsed.settings:
        known.add(parsed.settings.currency)
    return known | {"*"} if table == "futures" else known


def _can_distinguish(parsed: Parsed, ref: str) -> bool:
    table, _, column = ref.partition(".")
    return parsed.readable(table, column or key_fields(table)[0])

"""From cells that have been read to a checked scenario: lay over, parse, check."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.errors import InputError, Problem, UsageError
from planner.scenario import overlay
from planner.scenario.check import find_problems, find_warnings, grouped
from planner.scenario.fields import nearest, shown, to_month, to_text
from planner.scenario.folder import read_folder
from planner.scenario.headings import missing
from planner.scenario.keys import field_names
from planner.scenario.made import with_futures
from planner.scenario.overlay import Change, apply_base, apply_strategy
from planner.scenario.parse import NO_COLUMN, Default, Parsed, defaults_taken, oversized, parse
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.scenario import Scenario
from planner.scenario.settings import setting_rows
from planner.scenario.tables import tables
from planner.scenario.tidy import tidied

if TYPE_CHECKING:
    from planner.climates.making import Made

strategies = overlay.strategies


@dataclass(frozen=True)
class Loaded:
    """A checked scenario, what it was made from, and what was changed on the way.

    `raw` holds the cells after overlays, `changes` what these changed, `warnings` what is doubtful. Where futures were
    made from climates they stand in `scenario` and `raw` as any others would, and `made` says what they were made from.
    """

    scenario: Scenario
    raw: RawScenario
    strategy: str | None
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...]
    made: Made | None = None

    @cached_property
    def defaults(self) -> list[Default]:
        """Every blank cell of an optional field, with what it means."""
        return defaults_taken(self.raw)


def from_rows(
    rows: Mapping[str, Sequence[Mapping[str, Any]] | Mapping[str, Any]],
    name: str = "scenario",
    strategy: str | None = None,
) -> Loaded:
    """A scenario from tables in memory: {'offers': [{'offer': 'O1', …}, …], 'settings': {'start': …}, …}.

    Demand rows name each period's month: {'segment': 'bus', '2026-04': 10}. None and '' are blanks.
    Raises InputError with every problem, the cells addressed as 'offers row 2, price_per_kg'.
    """
    raw, changes = with_base(raw_from_rows(rows, name))
    return from_raw(raw, strategy, changes)


def from_raw(raw: RawScenario, strategy: str | None = None, changes: Sequence[Change] = ()) -> Loaded:
    """A scenario from cells that have been read, and perhaps changed since, with one of its strategies.

    `changes` are those that led to these cells. Raises InputError with every problem, UsageError where there is no
    such strategy.
    """
    changed = list(changes)
    if strategy is not None:
        raw, more = _with_strategy(raw, strategy)
        changed += more
    parsed, problems = _examined(raw)
    warnings = grouped([*raw.warnings, *find_warnings(parsed)])
    if problems:
        raise InputError(grouped(problems), warnings)
    found = Loaded(parsed.scenario(), raw, strategy, tuple(changed), tuple(warnings))
    return _with_futures(found) if found.scenario.settings.futures else found


def check_raw(raw: RawScenario) -> tuple[list[Problem], list[Problem]]:
    """All problems and all warnings of cells that have been read, and of each of their strategies."""
    parsed, problems = _examined(raw)
    warnings = [*raw.warnings, *find_warnings(parsed)]
    for name in strategies(raw) if not problems else ():
        more, doubts = _introduced(raw, name, parsed)
        problems = problems + more
        warnings += doubts
    return grouped(problems), grouped(warnings)


def bundled_folders() -> dict[str, Path]:
    """The folders of the bundled scenarios by name, in order."""
    package = Path(__file__).parents[1]
    roots = (package / "scenarios", package.parent / "scenarios")
    root = next((folder for folder in roots if folder.is_dir()), None)
    return {folder.parent.name: folder.parent for folder in sorted(root.glob("*/settings.csv"))} if root else {}


# --- checking ---------------------------------------------------------------------------------------


def _with_futures(loaded: Loaded) -> Loaded:
    """The scenario with the futures that it asks to be made."""
    raw, made = with_futures(loaded.raw, loaded.scenario)
    return replace(loaded, scenario=parse(raw).scenario(), raw=raw, made=made)


def _with_strategy(raw: RawScenario, strategy: str) -> tuple[RawScenario, list[Change]]:
    try:
        changed, changes, problems = apply_strategy(raw, strategy)
        return replace(changed, problems=[*raw.problems, *problems]), changes
    except UsageError:
        # Where the table strategies could not be read, that is what to show.
        if raw.problems:
            raise InputError(grouped(_examined(raw)[1]), grouped(raw.warnings)) from None
        raise


def _examined(raw: RawScenario, like: Parsed | None = None) -> tuple[Parsed, list[Problem]]:
    """The scenario as far as it can be understood, and every problem."""
    parsed = parse(raw, like)
    too_many = oversized(raw)
    if too_many:
        return parsed, [*raw.problems, too_many]
    if raw.problems and not raw.tables:
        return parsed, list(raw.problems)
    # A cell that could not be read is reported as that only, not as blank or unknown as well.
    said = {problem.cell for problem in raw.problems if problem.cell}
    found = [*missing(raw), *parsed.problems, *find_problems(parsed)]
    return parsed, [*raw.problems, *(p for p in found if p.cell not in said and not _is_typed_otherwise(p, raw))]


def _is_typed_otherwise(problem: Problem, raw: RawScenario) -> bool:
    """Whether all periods that a table lacks a column for are months in headings that have a problem of their own."""
    if problem.kind != "missing" or not problem.message.startswith(NO_COLUMN):
        return False
    lacking = set(re.findall(r"\d{4}-\d{2}", problem.message))
    typed = {fix for p in raw.problems if p.table == problem.table and p.kind == "unknown_field" for fix in [p.fix]}
    return bool(lacking) and all(f"Type {month}." in typed for month in lacking) and " more." not in problem.message


def _introduced(raw: RawScenario, strategy: str, like: Parsed) -> tuple[list[Problem], list[Problem]]:
    """The problems that a scenario has with one of its strategies, and what is doubtful in its rows."""
    changed, _ = _with_strategy(raw, strategy)
    _, problems = _examined(changed, like)
    said = [replace(problem, message=f"With strategy {strategy}: {problem.message}") for problem in problems]
    return said, changed.warnings[len(raw.warnings) :]


# --- based_on ---------------------------------------------------------------------------------------


def with_base(raw: RawScenario, above: tuple[str, ...] = ()) -> tuple[RawScenario, list[Change]]:
    """`raw` laid over what it is based on, which may be based on another scenario itself."""
    raw = tidied(raw)
    named = _based_on(raw)
    if named is None:
        return raw, []
    folder = _base_folder(raw, *named, above)
    if isinstance(folder, Problem):
        return replace(raw, problems=[*raw.problems, folder]), []
    below, earlier = with_base(read_folder(folder), (*above, _place(raw)))
    merged, changes = apply_base(raw, below)
    return merged, [*earlier, *changes]


def layers_of(raw: RawScenario) -> list[RawScenario]:
    """The cells of a scenario as written, and those of each scenario below that it is based on, uppermost first."""
    found = [raw]
    while named := _based_on(found[-1]):
        above = tuple(_place(raw) for raw in found[:-1])
        folder = _base_folder(found[-1], *named, above)
        if isinstance(folder, Problem):
            raise InputError([folder])
        found.append(read_folder(folder))
    return found


def _based_on(raw: RawScenario) -> tuple[str, RawRow] | None:
    row = setting_rows(raw).get("based_on")
    return (to_text(row.cells["value"]), row) if row and "value" in row.cells else None


def _base_folder(raw: RawScenario, base: str, row: RawRow, above: tuple[str, ...]) -> Path | Problem:
    """The folder of the scenario that `raw` is based on: one beside it, else a bundled one."""

    def wrong(text: str, fix: str) -> Problem:
        cell = raw.tables["settings"].cell(row, "value")
        return Problem("based_on", text, fix, "settings", "based_on", "value", cell)

    if raw.in_workbook:
        return wrong("based_on is for scenario folders only.", "Delete the row: a workbook holds all its rows.")
    beside = Path(raw.origin).parent / base
    folders = bundled_folders()
    # A name, not a way to any folder of the machine.
    is_beside = Path(base).name == base and exists(beside / "settings.csv")
    folder = beside if is_beside else folders.get(base)
    if folder is None:
        return wrong(f"There is no scenario {shown(base)} to be based on.", nearest(base, folders))
    chain = (*above, _place(raw), str(folder.resolve()))
    if chain[-1] in chain[:-1]:
        names = " on ".join(Path(place).name for place in chain)
        return wrong(f"Scenarios are based on each other: {names}.", "Take based_on out of one of them.")
    return folder


def exists(path: Path) -> bool:
    """Whether there is such a file or folder."""
    try:
        return path.exists()
    except OSError:  # A name that no file can have.
        return False


def _place(raw: RawScenario) -> str:
    return str(Path(raw.origin).resolve())


# --- rows in memory ---------------------------------------------------------------------------------


class _RowsTable(RawTable):
    """A table in memory, whose cells have no sheet."""

    def cell(self, row: RawRow, field_name: str | None) -> str:
        where = f"{self.place} row {row.line}" + (f", {field_name}" if field_name else "")
        return row.origins.get(field_name or "", where)

    def heading(self, field_name: str | None = None) -> str:
        return f"{self.place}, {field_name}" if field_name else self.place


def raw_from_rows(rows: Mapping[str, Sequence[Mapping[str, Any]] | Mapping[str, Any]], name: str) -> RawScenario:
    """Tables in memory as a scenario's cells."""
    sha256 = hashlib.sha256(repr(rows).encode()).hexdigest()
    raw = RawScenario(name, name, in_workbook=False, sha256=sha256, tables={})
    for title, given in rows.items():
        table = title.strip().casefold()
        if table not in tables():
            raw.problems.append(
                Problem("unknown_table", f"{shown(title)} is not a table.", nearest(title, tables()), cell=title)
            )
            continue
        listed = [{"name": k, "value": v} for k, v in given.items()] if isinstance(given, Mapping) else given
        raw.tables[table] = _rows_table(table, listed)
    return raw


def _rows_table(table: str, given: Sequence[Mapping[str, Any]]) -> RawTable:
    rows = []
    columns: dict[str, int] = {} if given else {name: number for number, name in enumerate(field_names(table))}
    for line, row in enumerate(given, start=1):
        cells = {_column_name(table, key): value for key, value in row.items()}
        for column in cells:
            columns.setdefault(column, len(columns))
        rows.append(RawRow(line, {key: value for key, value in cells.items() if not _is_blank(value)}))
    return _RowsTable(table, table, columns, rows, in_workbook=False)


def _column_name(table: str, key: Any) -> str:
    text = to_text(key)
    if text.casefold() in field_names(table):
        return text.casefold()
    try:
        return to_month(key) if tables()[table].period_columns else text
    except ValueError:
        return text


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())

"""From a workbook, CSV file or folder that an ERP gives to actuals: what is not mapped is asked for, never guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planner.errors import InputError, MappingNeeded, Problem
from planner.rolling.actuals import Actuals, Built, Held, Letter, Ordered, Receipt
from planner.rolling.columns import Line, read_columns
from planner.rolling.contradictions import contradictions, noted
from planner.rolling.mapping import Mapping, read_mapping, write_mapping
from planner.rolling.names import Names
from planner.rolling.pasted import Pasted, read_pasted
from planner.rolling.rows import Rows
from planner.scenario.scenario import Scenario


@dataclass(frozen=True)
class Reading:
    """What was made of an export. Its actuals count only where nothing is asked and nothing is wrong."""

    actuals: Actuals
    mapping: Mapping
    problems: list[Problem]


def read_actuals(path: Path, scenario: Scenario, to: int, mapping: Path | None = None) -> Actuals:
    """What really came until period `to` begins.

    Args:
        path: a workbook, a CSV file, or a folder of them.
        scenario: the scenario that the plan was made of.
        to: the period, 1-based, that the new scenario begins with.
        mapping: the file that says what the export's columns and names are here; questions are added to it.

    Raises:
        MappingNeeded: something is not mapped; the questions stand in the mapping file, what was there is kept.
        InputError: a cell is wrong, or contradicts the scenario; every such cell is named.
    """
    kept = read_mapping(mapping) if mapping is not None else Mapping()
    found = interpret(read_pasted(path), scenario, to, kept, str(path))
    if kept.questions:
        if mapping is not None:
            write_mapping(kept, mapping)
        place = f"the mapping {mapping}" if mapping is not None else "a mapping file (--mapping FILE)"
        # Nothing else is said yet: what is wrong depends on the answers.
        raise MappingNeeded([*kept.problems, *kept.told(place)])
    if found.problems:
        raise InputError(found.problems, list(found.actuals.notes))
    return found.actuals


def interpret(sheets: Sequence[Pasted], scenario: Scenario, to: int, mapping: Mapping, origin: str) -> Reading:
    """Read the sheets of an export with a mapping; what it does not answer is added to its questions."""
    problems: list[Problem] = []
    lines: dict[str, list[Line]] = defaultdict(list)
    for sheet in sheets:
        columns = read_columns(sheet, mapping, problems)
        if columns is not None:
            lines[columns.kind] += columns.lines(mapping, problems)
    if not lines and not mapping.questions:
        text = f"No sheet of '{Path(origin).name}' is receipts, stock, orders, builds or letters."
        problems.append(Problem("no_tables", text, "Name one so, or have the mapping say what it holds."))
    rows = Rows(Names(scenario, mapping), problems)
    # Receipts and orders first: they tell under which offer a batch was bought.
    receipts: list[Receipt] = rows.receipts(lines["receipts"])
    orders: list[Ordered] = rows.orders(lines["orders"])
    stock: list[Held] = rows.stock(lines["stock"])
    builds: list[Built] = rows.builds(lines["builds"])
    letters: list[Letter] = rows.letters(lines["letters"])
    given = frozenset(kind for kind, found in lines.items() if found)
    actuals = Actuals(
        origin, tuple(receipts), tuple(stock), tuple(orders), tuple(builds), tuple(letters), given, tuple(rows.notes())
    )
    problems += [*mapping.problems, *contradictions(actuals, scenario, to)]
    return Reading(noted(actuals, scenario, to), mapping, problems)

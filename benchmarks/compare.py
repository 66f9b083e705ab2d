"""How fast `planner compare` is: one worker beside two and beside separate runs, the engine's overhead, many cells.

    python -m benchmarks.compare --scenario e3w-maker india-magnets --gap 0.001 --cells 1 10 100 1000

Twenty strategies a scenario beside it as it stands: the twelve that it comes with, and eight more that each change a
cell. Of whole commands, from the start of Python to the JSON file, it shows the least time of several rounds by the
clock, and what the machine had to do when that began: where others use it the clock says little.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import CASES, ROOT, Record, arguments, headline, machine, table, write_json
from planner.batch.cells import Cell, CellOptions, plan_cells
from planner.batch.engine import Engine
from planner.batch.folder import ResultsFolder
from planner.batch.run import solve_cells
from planner.excel.workbook import write_workbook
from planner.reading import read
from planner.scenario.load import strategies
from planner.scenario.raw import RawRow, RawScenario, RawTable

DEFAULT = ("e3w-maker", "india-magnets")

Changed = tuple[str, str, str, str, float]
"""A strategy that changes one cell: its name, the cell's table, key and field, and the value."""

Taken = dict[str, float]

_SETTINGS = (("risk_weight", 0.1), ("risk_weight", 0.7), ("risk_tail", 0.8), ("discount_rate", 0.08))


# --- the engine alone -------------------------------------------------------------------------------


def nothing(watch: Callable[[Any], None], cancel: threading.Event) -> None:
    """Work that takes no time: what is left is the engine's."""


def overhead(pieces: int) -> dict[str, float]:
    """Seconds from nothing to a first answer, and for each further piece of work, with one worker."""
    started = time.perf_counter()
    with Engine(1) as engine:
        engine.submit(nothing).result()
        ready = time.perf_counter()
        for ticket in [engine.submit(nothing) for _ in range(pieces)]:
            ticket.result()
        done = time.perf_counter()
    closed = time.perf_counter()
    return {"start": ready - started, "per_piece": (done - ready) / pieces, "close": closed - done}


# --- twenty strategies ------------------------------------------------------------------------------


def side_by_side(scenario: str, gap: float, rounds: int) -> Record:
    """What twenty strategies and none take with one worker, with two, and as separate runs of `planner solve`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        raw, _ = read(scenario)
        book = with_strategies(raw, list(_further(raw)), folder / f"{raw.name}.xlsx")
        names, out = strategies(read(book)[0]), ["--gap", str(gap), "--json", str(folder / "out.json")]
        compare, solve = ["compare", book, "--strategies", "all", *out], ["solve", book, *out]
        ways = {
            "one": [[*compare, "--workers", "1"]],
            "two": [[*compare, "--workers", "2"]],
            "apart": [solve, *([*solve, "--strategy", strategy] for strategy in names)],
        }
        taken = [{way: _run(commands) for way, commands in ways.items()} for _ in range(rounds)]
        least = {way: min((each[way] for each in taken), key=lambda found: found["clock"]) for way in ways}
        return {"scenario": scenario, "gap": gap, "cells": 1 + len(names), **least}


def with_strategies(raw: RawScenario, changed: Sequence[Changed], path: Path) -> str:
    """A scenario with so many further strategies, as a workbook."""
    known, fields = raw.tables["strategies"], ("strategy", "table", "key", "field", "value")
    rows = [RawRow(0, dict(zip(fields, row, strict=True))) for row in changed]
    more = RawTable(known.name, known.place, known.columns, [*known.rows, *rows])
    write_workbook(RawScenario(raw.name, raw.origin, True, raw.sha256, raw.tables | {"strategies": more}), path)
    return str(path)


def _further(raw: RawScenario) -> Iterator[Changed]:
    """Strategies that weigh risk or money otherwise, pay more for an offer, or see more demand in a period."""
    for key, value in _SETTINGS:
        yield f"{key} {value}", "settings", key, "value", value
    last = max(column for column in raw.tables["demand"].columns if column[0].isdigit())
    for name, key, field, factor in (("offers", "offer", "price_per_kg", 1.2), ("demand", "segment", last, 1.1)):
        rows = list(raw.tables[name].data_rows())
        for row in (rows[0], rows[-1]):
            thing, value = str(row.cells[key]), factor * float(row.cells[field])
            yield f"{thing} x {factor}", name, thing, field, value


def _run(commands: Sequence[Sequence[str]]) -> Taken:
    """What commands of the planner take, one after the other."""

    def work() -> None:
        for command in commands:
            subprocess.run([sys.executable, "-m", "planner", *command], stdout=subprocess.DEVNULL, cwd=ROOT, check=True)

    return _taken(work)


def _taken(work: Callable[[], object]) -> Taken:
    """Seconds on the clock, and what the machine had to do before."""
    load, started = os.getloadavg()[0], time.perf_counter()
    work()
    return {"clock": time.perf_counter() - started, "load": load}


# --- many cells -------------------------------------------------------------------------------------


def growth(counts: Sequence[int]) -> list[Record]:
    """What a comparison of so many tiny cells takes with two workers, and to take it over from its folder."""
    found, (raw, _) = [], read(CASES / "tiny-123.xlsx")
    with tempfile.TemporaryDirectory() as name:
        for count in counts:
            weights = [(f"weight {n}", "settings", "risk_weight", "value", n / (count + 1)) for n in range(count)]
            book, options = with_strategies(raw, weights, Path(name) / f"{count}.xlsx"), CellOptions(gap=0.01)
            cells, folder = plan_cells([book], [strategy for strategy, *_ in weights]), Path(name) / str(count)
            work = partial(_solved, cells, options, folder)
            found.append({"cells": count, "solved": _taken(work), "taken_over": _taken(work)})
    return found


def _solved(cells: Sequence[Cell], options: CellOptions, folder: Path) -> None:
    solve_cells(cells, options, ResultsFolder(folder, options), workers=2)


# --- reporting ----------------------------------------------------------------------------------------


def measured(scenarios: Sequence[str], gap: float, cells: Sequence[int], rounds: int) -> Record:
    """All of it."""
    return {
        "overhead": overhead(200),
        "growth": growth(cells),
        "strategies": [side_by_side(scenario, gap, rounds) for scenario in scenarios],
    }


def said(found: Record, markdown: bool) -> str:
    """A line and two tables."""
    engine = "engine, s: " + ", ".join(f"{name} {value:.3f}" for name, value in found["overhead"].items())
    grown = [_grown(row["cells"], row["solved"], row["taken_over"]) for row in found["growth"]]
    head = ("scenario", "cells", "gap", "one worker", "two", "apart", "one / two", "apart / one", "load at the start")
    return "\n\n".join(
        [
            engine,
            "Seconds on the clock:",
            table(("tiny cells, two workers", "s", "s a cell", "taken over"), grown, markdown),
            table(head, [_said(row) for row in found["strategies"]], markdown),
        ]
    )


def _grown(cells: int, solved: Taken, over: Taken) -> list[str]:
    return [f"{cells:,}", f"{solved['clock']:.1f}", f"{solved['clock'] / cells:.2f}", f"{over['clock']:.2f}"]


def _said(row: Record) -> list[str]:
    one, two, apart = (row[name]["clock"] for name in ("one", "two", "apart"))
    loads = " ".join(f"{row[name]['load']:.1f}" for name in ("one", "two", "apart"))
    times = [f"{seconds:.1f}" for seconds in (one, two, apart)]
    return [row["scenario"], str(row["cells"]), f"{row['gap']:g}", *times, f"{one / two:.2f}", f"{apart / one:.2f}",
            loads]  # fmt: skip


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("--scenario", nargs="*", default=DEFAULT)
    parser.add_argument("--gap", type=float, default=0.001)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--cells", type=int, nargs="*", default=[1, 10, 100])
    wanted = parser.parse_args()
    print(headline(machine()))
    found = measured(wanted.scenario, wanted.gap, wanted.cells, wanted.rounds)
    print(said(found, wanted.markdown))
    write_json(wanted.json, {"compare": found})


if __name__ == "__main__":
    main()

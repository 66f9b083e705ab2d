"""How fast `planner compare` is: workers, one worker against separate runs, the engine's overhead, many cells.

    python benchmarks/compare.py --scenario e3w-maker --gap 0.01 --cells 1 10 100 1000

Prints tables, with `--json OUT` also as JSON with versions and machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import arguments, headline, machine, table, write_json
from planner.batch.cells import CellOptions, plan_cells
from planner.batch.engine import Engine
from planner.batch.folder import ResultsFolder
from planner.batch.run import solve_cells
from planner.scenario.load import read
from planner.scenario.raw import RawRow, RawScenario, RawTable
from planner.scenario.workbook import write_workbook

TINY = Path(__file__).parents[1] / "tests" / "cases" / "tiny-123.xlsx"


def nothing(watch: Callable[[Any], None], cancel: threading.Event) -> None:
    """Work that takes no time: what is left is the engine's."""


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


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


def side_by_side(scenario: str, options: CellOptions) -> dict[str, float]:
    """Seconds of all strategies with one worker, with two, and as separate runs of `planner solve`."""
    cells = plan_cells([scenario])
    one = seconds(lambda: solve_cells(cells, options, workers=1))
    two = seconds(lambda: solve_cells(cells, options, workers=2))
    apart = 0.0
    for cell in cells:
        strategy = ["--strategy", cell.chosen] if cell.chosen else []
        command = [sys.executable, "-m", "planner", "solve", scenario, "--gap", str(options.gap), *strategy]
        apart += seconds(partial(subprocess.run, command, capture_output=True, check=True))
    return {"cells": len(cells), "one_worker": one, "two_workers": two, "separate_runs": apart}


def with_strategies(count: int, path: Path) -> str:
    """A tiny case with so many strategies, each with other weights, as a workbook."""
    raw, _ = read(TINY)
    rows = [
        RawRow(line, {"strategy": f"weight {line}", "table": "settings", "key": "risk_weight", "field": "value",
                      "value": line / (count + 2)})
        for line in range(2, count + 1)
    ]  # fmt: skip
    columns = {name: place for place, name in enumerate(("strategy", "table", "key", "field", "value"))}
    more = RawTable("strategies", "strategies", columns, rows)
    write_workbook(RawScenario(raw.name, raw.origin, True, raw.sha256, raw.tables | {"strategies": more}), path)
    return str(path)


def growth(counts: list[int]) -> list[dict[str, float]]:
    """Seconds of a comparison with so many tiny cells and two workers, and of taking it over from its folder."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        for count in counts:
            book, options = with_strategies(count, Path(name) / f"{count}.xlsx"), CellOptions(gap=0.01)
            cells = plan_cells([book])

            def run(count: int = count, options: CellOptions = options, cells: list[Any] = cells) -> None:
                solve_cells(cells, options, ResultsFolder(Path(name) / str(count), options), workers=2)

            taken = seconds(run)
            found.append({"cells": len(cells), "seconds": taken, "per_cell": taken / count, "taken_over": seconds(run)})
    return found


def measured(scenario: str, gap: float, cells: list[int]) -> dict[str, Any]:
    """All of it."""
    return {
        "overhead": overhead(200),
        "growth": growth(cells),
        "scenario": scenario,
        "gap": gap,
        "strategies": side_by_side(scenario, CellOptions(gap=gap)),
    }


def told(found: dict[str, Any], markdown: bool) -> str:
    """Lines and a table."""
    engine = "engine, s: " + ", ".join(f"{name} {value:.3f}" for name, value in found["overhead"].items())
    rows = [
        [f"{row['cells']:,}", f"{row['seconds']:.1f}", f"{row['per_cell']:.3f}", f"{row['taken_over']:.2f}"]
        for row in found["growth"]
    ]
    side = found["strategies"]
    one, two, apart = side["one_worker"], side["two_workers"], side["separate_runs"]
    last = (
        f"{found['scenario']}, {side['cells']} cells to {found['gap']:g}: one worker {one:.1f} s, two {two:.1f} s "
        f"({one / two:.2f} times as fast), separate runs {apart:.1f} s ({apart / one:.2f} times as long)"
    )
    return "\n\n".join([engine, table(("cells", "s", "s a cell", "taken over, s"), rows, markdown), last])


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("--scenario", default="e3w-maker")
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--cells", type=int, nargs="*", default=[1, 10, 100])
    wanted = parser.parse_args()
    print(headline(machine()))
    found = measured(wanted.scenario, wanted.gap, wanted.cells)
    print(told(found, wanted.markdown))
    write_json(wanted.json, {"compare": found})


if __name__ == "__main__":
    main()

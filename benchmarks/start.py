"""What a user waits for before anything is solved: `python benchmarks/start.py [--json OUT] [--markdown]`.

Printed, as medians over processes of their own: seconds until `planner --help` has answered, by the clock on the wall;
processor seconds and MiB of reading a workbook of 10 sheets with 5,000 rows each; and how long checking it takes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import (
    Clock,
    Record,
    arguments,
    headline,
    machine,
    peak_mib,
    repeated,
    resident_mib,
    table,
    write_json,
)
from benchmarks.sizes import Rows, many_futures, write

ROWS = 5_000
GOALS = {"planner --help": 0.3, "reading": 1.5}


def help_seconds(runs: int) -> float:
    """The median of the time until `planner --help` has answered."""
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "planner", "--help"], stdout=subprocess.DEVNULL, check=True)
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def large_tables(rows: int) -> Rows:
    """Ten tables with so many rows each."""
    tables, numbers = many_futures(rows), range(rows)
    tables["events"] = tables["events"][:rows]
    tables["materials"] += [{"material": f"M{n}", "class": "light", "value_per_kg": n} for n in numbers]
    tables["suppliers"] += [{"supplier": f"S{n}", "country": f"C{n % 90}"} for n in numbers]
    tables["offers"] += [
        {"offer": f"O{n}", "supplier": f"S{n}", "material": f"M{n}", "price_per_kg": n + 0.5, "max_kg_per_period": n}
        for n in numbers
    ]
    tables["open_orders"] = [{"offer": f"O{n}", "period": "2026-04", "kg": n} for n in numbers]
    tables["segments"] += [{"segment": f"P{n}", "market": "India", "shortage_cost_per_unit": n} for n in numbers]
    tables["demand"] += [{"segment": f"P{n}", "2026-04": n, "2026-07": n} for n in numbers]
    tables["designs"] += [{"design": f"D{n}", "segment": f"P{n}"} for n in numbers]
    tables["design_materials"] += [{"design": f"D{n}", "material": f"M{n}", "kg_per_unit": 1.25} for n in numbers]
    return tables


def reading(path: str) -> Record:
    """Processor seconds of reading a workbook's cells and of checking them, and MiB above the start."""
    from planner.excel.workbook import read_workbook
    from planner.scenario.load import from_raw

    before, clock = resident_mib(), Clock()
    with clock.stage("reading"):
        raw = read_workbook(Path(path))
    read = peak_mib() - before
    with clock.stage("checking"):
        from_raw(raw)
    return {**clock.seconds, "mib": read, "rows": sum(len(found.rows) for found in raw.tables.values())}


def measured(runs: int = 5) -> Record:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "large.xlsx"
        write(large_tables(ROWS), book)
        found = repeated(runs, reading, str(book))
    return {"planner --help": help_seconds(runs), **found}


def said(found: Record, markdown: bool) -> str:
    """A table."""
    rows = [
        ["`planner --help`, wall", f"{found['planner --help']:.2f}", "", f"{GOALS['planner --help']:g}"],
        [f"reading {found['rows']:,} rows", f"{found['reading']:.2f}", f"{found['mib']:.0f}", f"{GOALS['reading']:g}"],
        ["checking them", f"{found['checking']:.2f}", "", ""],
    ]
    return table(("what", "s", "MiB", "s at most"), rows, markdown)


def main() -> None:
    """Measure, print, write."""
    wanted = arguments(__doc__).parse_args()
    print(headline(machine()))
    found = measured()
    print(said(found, wanted.markdown))
    write_json(wanted.json, {"start": found})


if __name__ == "__main__":
    main()

"""Time and memory of a large report: `python benchmarks/report.py [ROWS]` (200,000 where not reported).

A bundled scenario is planned to a wide gap and its tables are repeated until they have so many rows in all; a
process of its own then writes the report. Printed: rows, seconds, seconds of the processor, MiB at the peak of that
process, MiB of the file.
"""

from __future__ import annotations

import math
import pickle
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

import planner
from benchmarks.measure import Record, afresh, arguments, headline, machine, peak_mib, write_json
from planner.plan.plan import Plan
from planner.report.workbook import write_report
from planner.scenario.load import Loaded

SCENARIO = "e3w-maker"
KEPT = ("nodes", "paths", "futures", "now_decisions", "stops")
"""Tables that others are joined with."""


def large(plan: Plan, rows: int) -> Plan:
    """The plan with its tables repeated until they have at least so many rows in all."""
    repeated = {name: table for name, table in plan.tables.items() if name not in KEPT}
    times = math.ceil(rows / sum(map(len, repeated.values())))
    many = {name: pd.concat([table] * times, ignore_index=True) for name, table in repeated.items()}
    return replace(plan, tables=plan.tables | many)


def write(prepared: str, out: str) -> Record:
    """Write the report of a plan: its rows, seconds and MiB."""
    loaded, plan = _prepared(Path(prepared))
    started, worked = time.perf_counter(), time.process_time()
    write_report(loaded, plan, Path(out))
    return {
        "rows": sum(map(len, plan.tables.values())),
        "seconds": time.perf_counter() - started,
        "processor": time.process_time() - worked,
        "peak_mib": peak_mib(),
        "file_mib": Path(out).stat().st_size / 2**20,
    }


def _prepared(path: Path) -> tuple[Loaded, Plan]:
    loaded, plan = pickle.loads(path.read_bytes())
    return loaded, plan


def measured(rows: int) -> Record:
    """Plan, repeat its rows, and write them in a process of its own."""
    loaded = planner.load(SCENARIO)
    plan = planner.solve(loaded, planner.Options(gap=0.05))
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "plan.pickle"
        prepared.write_bytes(pickle.dumps((loaded, large(plan, rows))))
        return afresh(write, str(prepared), str(Path(folder) / "plan.xlsx"))


def said(found: Record) -> str:
    """A line."""
    return (
        f"{found['rows']:,} rows: {found['seconds']:.1f} s ({found['processor']:.1f} s of the processor), "
        f"{found['peak_mib']:,.0f} MiB at the peak, a file of {found['file_mib']:.1f} MiB"
    )


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=200_000)
    options = parser.parse_args()
    print(headline(machine()))
    found = measured(options.rows)
    print(said(found))
    write_json(options.json, {"report": found})


if __name__ == "__main__":
    main()

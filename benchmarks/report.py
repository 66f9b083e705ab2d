"""Time and memory of a large report: `python benchmarks/report.py [ROWS]` (200,000 where not told).

A bundled scenario is planned to a wide gap and its tables are repeated until they have so many rows in all; a
process of its own then writes the report. Printed: rows, seconds, seconds of the processor, MiB at the peak of that
process, MiB of the file.
"""

from __future__ import annotations

import argparse
import math
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

import planner
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


def write(prepared: Path, out: Path) -> None:
    """Write the report of a plan; print rows, seconds and MiB."""
    loaded, plan = _prepared(prepared)
    rows = sum(map(len, plan.tables.values()))
    started, worked = time.perf_counter(), time.process_time()
    write_report(loaded, plan, out)
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{rows:,} rows: {seconds:.1f} s ({worked:.1f} s of the processor), {peak:,.0f} MiB at the peak, "
        f"a file of {out.stat().st_size / 2**20:.1f} MiB"
    )


def _prepared(path: Path) -> tuple[Loaded, Plan]:
    loaded, plan = pickle.loads(path.read_bytes())
    return loaded, plan


def main() -> None:
    """Plan, repeat, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=200_000)
    options = parser.parse_args()
    loaded = planner.load(SCENARIO)
    plan = planner.solve(loaded, planner.Options(gap=0.05))
    with tempfile.TemporaryDirectory() as folder:
        prepared, out = Path(folder) / "plan.pickle", Path(folder) / "plan.xlsx"
        prepared.write_bytes(pickle.dumps((loaded, large(plan, options.rows))))
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import report; report.write"
        subprocess.run(
            [sys.executable, "-c", f"{code}(report.Path({str(prepared)!r}), report.Path({str(out)!r}))"],
            check=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )


if __name__ == "__main__":
    main()

"""Speed and memory of the main job, from a cold start: `python benchmarks/main_job.py [SCENARIO …]`.

For each scenario `planner solve` runs in a process of its own, to a gap of 1e-4, with a report and a JSON
file. Printed: HiGHS's own seconds, everything else beside it (start, reading, checking, building, tables,
report), their sum and ratio, and the peak memory of the process. Without a scenario, 5,000 futures follow on the
bundled and shared ones, with a minimum order of none, one and three offers. `--json OUT` writes the same as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import arguments, headline, machine, scenario_of, table, write_json
from benchmarks.sizes import many_futures, write

GAP = "1e-4"
"""Asked for by name: what `planner solve` takes without is coarser."""

DEFAULT = ("e3w-maker", "medium-300", "medium-303")
MINIMUMS = (0, 1, 3)


def with_many_futures(futures: int, minimums: int) -> dict[str, Any]:
    """One run with so many futures, and so many offers with a minimum order."""
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "futures.xlsx"
        write(many_futures(futures, minimums=minimums), workbook)
        return measured(str(workbook)) | {"scenario": f"{futures:,} futures, offers with a minimum order: {minimums}"}


def measured(scenario: str) -> dict[str, Any]:
    """One run: seconds of HiGHS, of the rest, and MiB at the peak."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "plan.json"
        outputs = ["--report", str(Path(folder) / "plan.xlsx"), "--json", str(document)]
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "planner", "solve", scenario_of(scenario), "--gap", GAP, *outputs],
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"planner solve {scenario} ended with {process.returncode}")
        plan = json.loads(document.read_text(encoding="utf-8"))
    solver = plan["provenance"]["seconds"]["solve"]
    return {
        "scenario": scenario,
        "highs": solver,
        "beside": seconds - solver,
        "whole": seconds,
        "ratio": (seconds - solver) / solver,
        "stages": plan["provenance"]["seconds"],
        "peak_mib": _mib(usage),
        "gap": plan["gap"],
    }


def by_default() -> list[dict[str, Any]]:
    """What is run where no scenario is named."""
    return [*map(measured, DEFAULT), *(with_many_futures(5_000, minimums) for minimums in MINIMUMS)]


def _mib(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


def said(results: Sequence[dict[str, Any]], markdown: bool) -> str:
    """A table with a row a scenario."""
    head = ("scenario", "HiGHS, s", "all else, s", "whole run, s", "ratio", "peak MiB", "gap")
    rows = [
        [
            Path(r["scenario"]).stem,
            *(f"{r[name]:.2f}" for name in ("highs", "beside", "whole", "ratio")),
            f"{r['peak_mib']:.0f}",
            f"{r['gap']:.1e}",
        ]
        for r in results
    ]
    return table(head, rows, markdown)


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("scenarios", nargs="*")
    options = parser.parse_args()
    print(headline(machine()))
    results = [measured(scenario) for scenario in options.scenarios] or by_default()
    print(said(results, options.markdown))
    write_json(options.json, {"main_job": results})


if __name__ == "__main__":
    main()

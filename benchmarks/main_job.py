"""Speed and memory of the main job, from a cold start: `python benchmarks/main_job.py [SCENARIO …]`.

For each scenario `planner solve` runs in a process of its own, to a gap of 1e-4, with a report and a JSON
file. Printed: HiGHS's own seconds, everything else beside it (start, reading, checking, building, tables,
report), their ratio, and the peak memory of the process. `--json OUT` writes the same as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def measured(scenario: str) -> dict[str, Any]:
    """One run: seconds of HiGHS, of the rest, and MiB at the peak."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "plan.json"
        outputs = ["--report", str(Path(folder) / "plan.xlsx"), "--json", str(document)]
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "planner", "solve", scenario, *outputs], stdout=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if os.waitstatus_to_exitcode(status):
            raise SystemExit(f"planner solve {scenario} ended with {os.waitstatus_to_exitcode(status)}")
        plan = json.loads(document.read_text(encoding="utf-8"))
    solver = plan["provenance"]["seconds"]["solve"]
    return {
        "scenario": scenario,
        "highs": solver,
        "beside": seconds - solver,
        "ratio": (seconds - solver) / solver,
        "stages": plan["provenance"]["seconds"],
        "peak_mib": _mib(usage),
        "gap": plan["gap"],
    }


def _mib(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=["e3w-maker"])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = [measured(scenario) for scenario in options.scenarios]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(machine)
    print(f"{'scenario':24} {'HiGHS s':>8} {'beside s':>9} {'ratio':>6} {'peak MiB':>9} {'gap':>8}")
    for r in results:
        print(
            f"{Path(r['scenario']).stem:24} {r['highs']:8.2f} {r['beside']:9.2f} {r['ratio']:6.2f} "
            f"{r['peak_mib']:9.0f} {r['gap']:8.1e}"
        )
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "results": results}, indent=1))


if __name__ == "__main__":
    main()

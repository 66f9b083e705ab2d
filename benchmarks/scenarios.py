"""Every bundled scenario and strategy: `python -m benchmarks.scenarios [SCENARIO …] [--json OUT]`.

Each is solved to a gap of 1e-3 by `planner solve` in a process of its own, from reading to the audited plan. Printed:
processor seconds of the whole process (steadier than the clock where other work shares the machine), peak memory,
the proven gap, and the exit code, which is not 0 where a plan fails its audit. The goal is 60 seconds and 2 GiB.
Each line is added to OUT as it comes, and what is there already is not solved again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Record, arguments, headline, machine, table
from planner.scenario.bundled import bundled

GAP = "1e-3"
LIMIT = "300"
"""Seconds after which a solve is given up: five times the goal."""


def measured(scenario: str, strategy: str | None) -> Record:
    """One solve: seconds of the processor and by the clock, MiB at the peak, gap, audit."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "plan.json"
        words, how = ["--strategy", strategy] if strategy else [], ["--gap", GAP, "--time-limit", LIMIT]
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "planner", "solve", scenario, *words, *how, "--json", str(document)],
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        plan = json.loads(document.read_text(encoding="utf-8")) if document.exists() else {}
    return {
        "scenario": scenario,
        "strategy": strategy,
        "exit": process.returncode,
        "processor": usage.ru_utime + usage.ru_stime,
        "clock": clock,
        "peak_mib": usage.ru_maxrss / 1024,
        "gap": plan.get("gap"),
        "objective": plan.get("objective"),
    }


def wanted(names: Sequence[str]) -> list[tuple[str, str | None]]:
    """Every scenario without a strategy, then every strategy."""
    found = {each.name: each.strategies for each in bundled() if not names or each.name in names}
    return [(name, None) for name in found] + [(name, each) for name, own in found.items() for each in own]


def said(results: Sequence[Record], markdown: bool) -> str:
    """A table with a row a solve."""
    head = ("scenario", "strategy", "processor, s", "by the clock, s", "peak MiB", "gap", "exit")
    rows = [
        [
            r["scenario"],
            r["strategy"] or "–",
            *(f"{r[name]:.1f}" for name in ("processor", "clock")),
            f"{r['peak_mib']:.0f}",
            "–" if r["gap"] is None else f"{r['gap']:.1e}",
            str(r["exit"]),
        ]
        for r in results
    ]
    return table(head, rows, markdown)


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("scenarios", nargs="*")
    options = parser.parse_args()
    lines = options.json.read_text(encoding="utf-8").splitlines() if options.json and options.json.exists() else []
    results: list[Record] = [json.loads(line) for line in lines]
    done = {(r["scenario"], r["strategy"]) for r in results}
    for scenario, strategy in wanted(options.scenarios):
        if (scenario, strategy) in done:
            continue
        results.append(measured(scenario, strategy))
        if options.json:
            with options.json.open("a", encoding="utf-8") as out:
                out.write(json.dumps(results[-1]) + "\n")
    print(headline(machine()))
    print(said(results, options.markdown))


if __name__ == "__main__":
    main()

"""The solve beside HiGHS as it comes, on the same arrays in one run: `python benchmarks/solver.py [CASE[:STRATEGY] …]`.

A case is a scenario that `planner solve` takes, or the name of a workbook of tests/cases. Small ones are solved to a
gap of 1e-6, medium ones to 1e-4, others to `--gap`. Printed: processor seconds of HiGHS by default options and of our
steps, their ratio, and what each step left between plan and bound. A time limit (`--limit`) holds for each solve.
`--json OUT` writes the same as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import highspy

import planner
from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.solver.highs import loaded, version
from planner.solver.outcome import Options, Outcome
from planner.solver.scaling import scale
from planner.solver.strategy import solve

CASES = Path(__file__).parents[1] / "tests" / "cases"
GAPS = {"tiny": 1e-6, "small": 1e-6, "medium": 1e-4}
DEFAULT = [
    *(f"small-{number}" for number in (200, 201, 202, 203, 205, 206)),
    *("medium-300", "medium-303", "e3w-maker", "e3w-maker:no-china", "india-magnets"),
]


def by_default(instance: Instance, gap: float, limit: float) -> tuple[float, float]:
    """Processor seconds and final gap of HiGHS as it comes."""
    solver = loaded(instance, scale(instance))
    options: dict[str, Any] = {"mip_rel_gap": gap, "time_limit": limit, "threads": 1}
    for name, value in options.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SystemExit(f"HiGHS has no option {name}")
    started = time.process_time()
    solver.run()
    return time.process_time() - started, float(solver.getInfo().mip_gap)


def by_steps(instance: Instance, gap: float, limit: float) -> tuple[float, Outcome]:
    """Processor seconds and outcome of our own solve."""
    started = time.process_time()
    outcome = solve(instance, Options(gap=gap, time_limit=limit))
    return time.process_time() - started, outcome


def measured(case: str, gap: float, limit: float, alone: bool) -> dict[str, Any]:
    """Both solves of a case; `alone` leaves HiGHS as it comes out."""
    name, _, strategy = case.partition(":")
    file = CASES / f"{name}.xlsx"
    wanted = GAPS.get(name.partition("-")[0], gap)
    instance = prepare(planner.load(str(file) if file.exists() else name, strategy or None)).instance
    seconds, outcome = by_steps(instance, wanted, limit)
    result: dict[str, Any] = {"case": case, "gap": wanted, "steps_s": seconds, "reached": outcome.gap}
    result["steps"] = [
        {"step": s.name, "wall_s": s.seconds, "gap": (s.incumbent - s.bound) / abs(s.incumbent)}
        for s in outcome.steps
        if s.incumbent < float("inf")
    ]
    if not alone:
        result["highs_s"], result["highs_reached"] = by_default(instance, wanted, limit)
        result["ratio"] = seconds / result["highs_s"]
    return result


def line(result: dict[str, Any]) -> str:
    """A result as a line of the table."""
    steps = ", ".join(f"{s['step']} {s['wall_s']:.1f} s {s['gap']:.4%}" for s in result["steps"])
    highs = f"{result['highs_s']:9.2f} {result['highs_reached']:8.1e}" if "highs_s" in result else " " * 18
    ratio = f"{result['ratio']:6.2f}" if "ratio" in result else " " * 6
    return (
        f"{result['case']:28} {result['gap']:7.0e} {highs} {result['steps_s']:8.2f} {result['reached']:8.1e} "
        f"{ratio}  {steps}"
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=DEFAULT)
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--limit", type=float, default=600.0)
    parser.add_argument("--alone", action="store_true", help="without HiGHS as it comes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, HiGHS {version()}"
    print(machine)
    print(f"{'case':28} {'gap':>7} {'HiGHS s':>9} {'reached':>8} {'steps s':>8} {'reached':>8} {'ratio':>6}  steps")
    results = []
    for case in options.cases:
        results.append(measured(case, options.gap, options.limit, options.alone))
        print(line(results[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "results": results}, indent=1))


if __name__ == "__main__":
    main()

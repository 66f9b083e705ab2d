"""The solve beside HiGHS as it comes, on the same arrays in one run: `python benchmarks/solver.py [CASE[:STRATEGY] …]`.

A case is a scenario that `planner solve` takes, or the name of a workbook of tests/cases. Small ones are solved to a
gap of 1e-6, medium ones to 1e-4, others to `--gap`. Printed: processor seconds of HiGHS by default options and of our
steps (and of HiGHS in them), their ratio, and what each step left between plan and bound. A time limit (`--limit`)
holds for each solve. `--json OUT` writes the same as JSON.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import highspy

import planner
from benchmarks.measure import arguments, headline, machine, scenario_of, table, write_json
from planner.model.tiling import Instance
from planner.pipeline import prepare
from planner.solver.engine import Solver
from planner.solver.outcome import Options, Outcome
from planner.solver.scaling import scale
from planner.solver.strategy import solve

GAPS = {"tiny": 1e-6, "small": 1e-6, "medium": 1e-4}
DEFAULT = [
    *(f"small-{number}" for number in (200, 201, 202, 203, 205, 206)),
    *("medium-300", "medium-303", "e3w-maker", "e3w-maker:no-china", "india-magnets"),
]


def by_default(instance: Instance, gap: float, limit: float) -> tuple[float, float]:
    """Processor seconds and final gap of HiGHS as it comes."""
    solver = Solver(instance, scale(instance)).highs
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


@contextmanager
def runs_of_highs() -> Iterator[list[float]]:
    """Processor seconds of each run of HiGHS meanwhile."""
    taken: list[float] = []
    run = highspy.Highs.run

    def timed(solver: highspy.Highs) -> Any:
        started = time.thread_time()
        try:
            return run(solver)
        finally:
            taken.append(time.thread_time() - started)

    highspy.Highs.run = timed
    try:
        yield taken
    finally:
        highspy.Highs.run = run


def measured(case: str, gap: float, limit: float, alone: bool) -> dict[str, Any]:
    """Both solves of a case; `alone` leaves HiGHS as it comes out."""
    name, _, strategy = case.partition(":")
    wanted = GAPS.get(name.partition("-")[0], gap)
    instance = prepare(planner.load(scenario_of(name), strategy or None)).instance
    with runs_of_highs() as runs:
        seconds, outcome = by_steps(instance, wanted, limit)
    result: dict[str, Any] = {"case": case, "gap": wanted, "steps_s": seconds, "reached": outcome.gap}
    result["steps_highs_s"] = sum(runs)
    result["steps"] = [
        {"step": s.name, "wall_s": s.seconds, "gap": (s.incumbent - s.bound) / abs(s.incumbent)}
        for s in outcome.steps
        if s.incumbent < float("inf")
    ]
    if not alone:
        result["highs_s"], result["highs_reached"] = by_default(instance, wanted, limit)
        result["ratio"] = seconds / result["highs_s"]
    return result


def said(results: Sequence[dict[str, Any]], markdown: bool) -> str:
    """A table with a row a case; what each step left between plan and bound stands last."""
    head = ("case", "gap", "HiGHS, s", "reached", "steps, s", "HiGHS's", "reached", "ratio", "steps")
    return table(head, [_cells(result) for result in results], markdown)


def _cells(result: dict[str, Any]) -> list[str]:
    steps = ", ".join(f"{s['step']} {s['wall_s']:.1f} s {s['gap']:.4%}" for s in result["steps"])
    highs = [f"{result['highs_s']:.2f}", f"{result['highs_reached']:.1e}"] if "highs_s" in result else ["", ""]
    ratio = f"{result['ratio']:.2f}" if "ratio" in result else ""
    ours = [f"{result['steps_s']:.2f}", f"{result['steps_highs_s']:.2f}", f"{result['reached']:.1e}"]
    return [result["case"], f"{result['gap']:.0e}", *highs, *ours, ratio, steps]


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("cases", nargs="*", default=DEFAULT)
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--limit", type=float, default=600.0)
    parser.add_argument("--alone", action="store_true", help="without HiGHS as it comes")
    options = parser.parse_args()
    print(headline(machine()))
    results = []
    for case in options.cases:
        results.append(measured(case, options.gap, options.limit, options.alone))
        print(said(results[-1:], options.markdown), flush=True)
    write_json(options.json, {"solver": results})


if __name__ == "__main__":
    main()

"""How long futures, stress tests and outages take.

    python -m benchmarks.risk --only futures plan

Futures are made in a process of its own; the others are whole commands with two workers. Seconds are of the processor,
of all processes of a command, and by the clock.
"""

from __future__ import annotations

import resource
from dataclasses import replace
from typing import Any

from benchmarks.measure import (
    Clock,
    Record,
    afresh,
    arguments,
    command,
    headline,
    machine,
    peak_mib,
    scenario_of,
    table,
    write_json,
)
from planner.climates.making import make, sampled
from planner.reading import load
from planner.scenario.made import climates_of

_NOISE = ["--noise", "demand=0.15,price=0.1", "--workers", "2"]

PATHS, PERIODS, LEAVES = 10_000, 24, 40

COMMANDS = {
    "plan": ["stress", "e3w-maker", "--courses", "1000", "--no-hindsight", *_NOISE],
    "hindsight": ["stress", "e3w-maker", "--courses", "1000", *_NOISE],
    "replan": ["stress", "e3w-maker", "--courses", "200", "--policy", "replan", "--no-hindsight", *_NOISE],
    "survive": ["survive", "india-magnets", "--workers", "2"],
}
"""Commands that are measured, beside `futures`."""

QUICK = {"plan": ["stress", "tiny-121", "--courses", "20", *_NOISE], "survive": ["survive", "tiny-121"]}


def futures(paths: int, periods: int, leaves: int) -> Record:
    """Paths sampled from the climates of climate-india over so many periods, made a tree and judged."""
    climates, clock = replace(climates_of(load("climate-india").scenario), periods=periods), Clock()
    with clock.stage("sample"):
        sample = sampled(climates, paths, 1)
    with clock.stage("tree"):
        made = make(sample, leaves)
    with clock.stage("distances"):
        quality = made.quality
    seconds = sum(clock.seconds.values())
    return {"processor": seconds, "stages": clock.seconds, "peak_mib": peak_mib(), "nested": quality.nested}


def measured(quick: bool = False, only: list[str] | None = None) -> list[Record]:
    """Seconds and memory of each."""
    found = []
    if only is None or "futures" in only:
        sizes = (500, 6, 5) if quick else (PATHS, PERIODS, LEAVES)
        found.append({"what": f"futures: {sizes[0]:,} paths of {sizes[1]} periods to {sizes[2]} leaves"}
                     | afresh(futures, *sizes))  # fmt: skip
    for name, (verb, scenario, *rest) in (QUICK if quick else COMMANDS).items():
        if only is None or name in only:
            its = command([verb, scenario_of(scenario), *rest])
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            found.append({"what": f"{name}: planner {' '.join([verb, scenario, *rest])}", "peak_mib": peak} | its)
    return found


def said(found: list[Record], markdown: bool = False) -> str:
    """The table; memory is that of the largest process of this and those before."""
    rows = [
        [row["what"], f"{row['processor']:.0f}", _shown(row.get("clock")), f"{row['peak_mib']:.0f}",
         _shown(row.get("load"), 1)]
        for row in found
    ]  # fmt: skip
    return table(["what", "seconds of the processor", "by the clock", "largest process, MiB", "load"], rows, markdown)


def _shown(value: Any, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def main() -> None:
    """Run, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("--quick", action="store_true", help="small cases")
    parser.add_argument("--only", nargs="+", choices=["futures", *COMMANDS], metavar="NAME")
    wanted = parser.parse_args()
    print(headline(machine()))
    found = measured(wanted.quick, wanted.only)
    print(said(found, wanted.markdown))
    write_json(wanted.json, {"risk": found})


if __name__ == "__main__":
    main()

"""What later decisions cost: `python benchmarks/licences.py [CASE …] [--gap 1e-3] [--limit 300] [--json OUT]`.

A case with applications and signatures at nodes stands beside the same with all decisions now: its windows are blank.
Printed: size of both programs, processor seconds of the model side by 100,000 entries, and, of the case as it is, the
solve to the gap by our steps beside HiGHS as it comes on the same arrays, each in a process of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import planner
from benchmarks.measure import (
    Record,
    afresh,
    arguments,
    headline,
    machine,
    peak_mib,
    repeated,
    scenario_of,
    table,
    write_json,
)
from benchmarks.model_side import built
from benchmarks.sizes import Rows, rows_of
from benchmarks.solver import by_default, by_steps
from planner.pipeline import prepare
from planner.scenario.load import from_rows

DEFAULT = ("small-210", "small-214", "medium-310", "medium-311", "india-magnets")
WINDOWS = {"licences": ("apply_from", "apply_until"), "offers": ("sign_until",)}
"""The columns that let a decision be taken later than now."""


def all_now(rows: Rows) -> Rows:
    """The tables without windows, so that each application and signature is decided now."""
    blank = {name: [row | dict.fromkeys(WINDOWS[name]) for row in rows.get(name, [])] for name in WINDOWS}
    return rows | {name: found for name, found in blank.items() if found}


def model_side(case: str, later: bool) -> Record:
    """Processor seconds and size of the model side, with later decisions or without."""
    rows = rows_of(planner.load(scenario_of(case)))
    return built(from_rows(rows if later else all_now(rows), case), "planner")


def solved(case: str, gap: float, limit: float, by: str) -> Record:
    """Processor seconds, gap reached and memory of a solve by our `steps` or by `HiGHS` as it comes."""
    instance = prepare(planner.load(scenario_of(case))).instance
    if by == "steps":
        seconds, outcome = by_steps(instance, gap, limit)
        reached = outcome.gap
    else:
        seconds, reached = by_default(instance, gap, limit)
    return {"seconds": seconds, "reached": reached, "mib": peak_mib()}


def measured(case: str, gap: float = 1e-3, limit: float = 300.0, runs: int = 3) -> Record:
    """All figures of a case."""
    return {
        "case": case,
        "gap": gap,
        "limit": limit,
        "later": repeated(runs, model_side, case, True),
        "now": repeated(runs, model_side, case, False),
        "steps": afresh(solved, case, gap, limit, "steps"),
        "highs": afresh(solved, case, gap, limit, "HiGHS"),
    }


def said(results: Sequence[Record], markdown: bool = False) -> str:
    """A table with a row a case."""
    head = ("case", "entries, all now", "later", "s by 100,000: now", "later", "gap", "HiGHS, s", "reached", "steps, s",
            "reached", "ratio", "MiB")  # fmt: skip
    return table(head, [_cells(found) for found in results], markdown)


def _cells(found: Record) -> list[str]:
    sides: list[Record] = [found["now"], found["later"]]
    entries = [side["size"]["entries"] for side in sides]
    rates = [1e5 * side["total"] / number for side, number in zip(sides, entries, strict=True)]
    steps, highs = found["steps"], found["highs"]
    return [
        found["case"],
        *(f"{number:,}" for number in entries),
        *(f"{rate:.2f}" for rate in rates),
        f"{found['gap']:.0e}",
        *(text for solve in (highs, steps) for text in (f"{solve['seconds']:.1f}", f"{solve['reached']:.1e}")),
        f"{steps['seconds'] / highs['seconds']:.2f}",
        f"{steps['mib']:.0f}",
    ]


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("cases", nargs="*", default=DEFAULT)
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--limit", type=float, default=300.0)
    options = parser.parse_args()
    print(headline(machine()))
    results: list[dict[str, Any]] = []
    for case in options.cases:
        results.append(measured(case, options.gap, options.limit))
        print(said(results[-1:], options.markdown), flush=True)
    write_json(options.json, {"licences": results})


if __name__ == "__main__":
    main()

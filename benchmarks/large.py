"""Large trees solved, each in a process of its own: `python benchmarks/large.py [--only KIND …]`.

`as-it-is` is tests/cases/large-400, to a gap of 0.3 %; a kind of `benchmarks/sizes.py` (futures, periods, segments) is
the same with twice as many, to 2 %. Printed: seconds by the clock until there was a plan, and until the gap was as
small as asked for, each with the proven gap; rows, whole numbers, and the peak memory of the process. `--json OUT`
writes the same as JSON, with every step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import planner
from benchmarks.measure import afresh, arguments, headline, machine, peak_mib, scenario_of, table, write_json
from benchmarks.sizes import sized
from planner.pipeline import prepare
from planner.scenario.load import Loaded, from_rows
from planner.solver.outcome import Options
from planner.solver.strategy import solve

AS_IT_IS = "as-it-is"
GAPS = {AS_IT_IS: 3e-3, "futures": 2e-2, "periods": 2e-2, "segments": 2e-2}
LIMIT = 3600.0


def large(case: str, kind: str) -> Loaded:
    """A case as it is, or with twice its futures, periods or segments."""
    source = scenario_of(case)
    return planner.load(source) if kind == AS_IT_IS else from_rows(sized(source, **{kind: 2}))


def solved(case: str, kind: str) -> dict[str, Any]:
    """What a solve takes in this process, seconds by the clock."""
    instance = prepare(large(case, kind)).instance
    outcome = solve(instance, Options(gap=GAPS[kind], time_limit=LIMIT))
    steps = [
        {"step": step.name, "seconds": step.seconds, "gap": (step.incumbent - step.bound) / abs(step.incumbent)}
        for step in outcome.steps
        if step.incumbent < float("inf")
    ]
    return {
        "case": case,
        "kind": kind,
        "rows": len(instance.row_lower),
        "integers": int(instance.integer.sum()),
        "asked": GAPS[kind],
        "seconds": outcome.seconds,
        "gap": outcome.gap,
        "steps": steps,
        "peak_mib": peak_mib(),
    }


def measured(case: str, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Each kind in a fresh process."""
    return [afresh(solved, case, kind) for kind in kinds]


def said(results: Sequence[dict[str, Any]], markdown: bool) -> str:
    """A table with a row a program."""
    head = ("program", "rows", "whole numbers", "a plan, s", "its gap", "at the end, s", "gap", "asked", "peak MiB")
    return table(head, [_cells(result) for result in results], markdown)


def _cells(result: dict[str, Any]) -> list[str]:
    case, kind, first = result["case"], result["kind"], result["steps"][0]
    return [
        case if kind == AS_IT_IS else f"{case}, twice its {kind}",
        f"{result['rows']:,}",
        f"{result['integers']:,}",
        f"{first['seconds']:.0f}",
        f"{first['gap']:.2%}",
        f"{result['seconds']:.0f}",
        f"{result['gap']:.2%}",
        f"{result['asked']:.1%}",
        f"{result['peak_mib']:,.0f}",
    ]


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="+", choices=list(GAPS), default=list(GAPS), metavar="KIND")
    options = parser.parse_args()
    print(headline(machine()))
    results = measured("large-400", options.only)
    print(said(results, options.markdown))
    write_json(options.json, {"large": results})


if __name__ == "__main__":
    main()

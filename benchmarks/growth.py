"""How time and memory of the model side grow: `python benchmarks/growth.py [CASE] [--json OUT] [--markdown]`.

A scenario (medium-300 where not reported) with one, two, four and eight times its futures, periods, segments or offers
(`sizes.py`) goes from the tree to HiGHS holding the program, in processes of its own. Printed: processor seconds and
MiB at each size, and the exponents of lines through their logarithms, against what was multiplied (nodes for futures
and periods) and against the matrix's entries: a row over a path has as many as the path has nodes.
"""

from __future__ import annotations

from typing import Any

from benchmarks.measure import (
    Record,
    arguments,
    exponent,
    headline,
    machine,
    repeated,
    scenario_of,
    table,
    write_json,
)
from benchmarks.model_side import built
from benchmarks.sizes import KINDS, sized
from planner.scenario.load import from_rows

TIMES = (1, 2, 4, 8)
EXPONENTS = ("seconds_exponent", "mib_exponent", "seconds_by_entries", "mib_by_entries")
MEASURE = {"futures": "nodes", "periods": "nodes", "segments": "segments", "offers": "offers"}


def larger(case: str, kind: str, times: int) -> Record:
    """The model side of a scenario multiplied."""
    loaded = from_rows(sized(scenario_of(case), **{kind: times}), f"{case} {kind}")
    found = built(loaded, "planner")
    return found | {"segments": len(loaded.scenario.segments), "offers": len(loaded.scenario.offers)}


def measured(case: str, runs: int = 3, times: tuple[int, ...] = TIMES) -> dict[str, Any]:
    """All sizes of all kinds, with exponents."""
    results: dict[str, Any] = {"case": case}
    for kind in KINDS:
        found = [repeated(runs, larger, case, kind, number) for number in times]
        by = [record[MEASURE[kind]] if MEASURE[kind] in record else record["size"]["nodes"] for record in found]
        entries = [record["size"]["entries"] for record in found]
        results[kind] = {
            "times": times,
            "measure": by,
            "entries": entries,
            "seconds": [record["total"] for record in found],
            "mib": [record["mib"] for record in found],
        }
        for name in ("seconds", "mib"):
            results[kind][f"{name}_exponent"] = exponent(by, results[kind][name])
            results[kind][f"{name}_by_entries"] = exponent(entries, results[kind][name])
    return results


def said(results: dict[str, Any], markdown: bool) -> str:
    """A table with a row a kind."""
    head = ("more", "from … to", "entries", "s", "MiB", "exponent of s", "of MiB", "by entries: s", "MiB")
    rows = []
    for kind in KINDS:
        r = results[kind]
        rows.append([
            kind,
            f"{r['measure'][0]:,} … {r['measure'][-1]:,} {MEASURE[kind]}",
            f"{r['entries'][0]:,} … {r['entries'][-1]:,}",
            " ".join(f"{value:.2f}" for value in r["seconds"]),
            " ".join(f"{value:.0f}" for value in r["mib"]),
            *(f"{r[name]:.2f}" for name in EXPONENTS),
        ])  # fmt: skip
    return table(head, rows, markdown)


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("case", nargs="?", default="medium-300")
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    print(headline(machine()))
    results = measured(wanted.case, wanted.runs)
    print(said(results, wanted.markdown))
    write_json(wanted.json, {"growth": results})


if __name__ == "__main__":
    main()

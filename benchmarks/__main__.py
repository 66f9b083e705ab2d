"""All benchmarks in one run: `python -m benchmarks [--quick] [--only NAME …] [--json OUT] [--markdown]`.

Tables are printed as they come; with `--json` all that was measured is written with versions, machine and date. The
whole run takes more than an hour, `--quick` a few minutes on small cases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import compare, growth, large, licences, main_job, model_side, report, risk, solver, start, worth
from benchmarks.measure import arguments, headline, machine, write_json


@dataclass(frozen=True)
class Section:
    """A part of the run: its heading, what measures it (reported whether quickly), and what shows it."""

    title: str
    measure: Callable[[bool], Any]
    tell: Callable[[Any, bool], str]


def _main_job(quick: bool) -> Any:
    return [main_job.measured("small-200")] if quick else main_job.by_default()


def _model_side(quick: bool) -> Any:
    if quick:
        return [model_side.measured("medium-303", runs=1, solve=False)]
    return [model_side.measured(case) for case in model_side.DEFAULT]


def _growth(quick: bool) -> Any:
    return growth.measured("tiny-108", runs=1) if quick else growth.measured("medium-300")


def _solver(quick: bool) -> Any:
    cases = ("small-200", "small-203") if quick else solver.DEFAULT
    return [solver.measured(case, 1e-3, 600.0, alone=False) for case in cases]


def _licences(quick: bool) -> Any:
    cases = ("small-210",) if quick else licences.DEFAULT
    return [licences.measured(case, runs=1 if quick else 3) for case in cases]


def _large(quick: bool) -> Any:
    return large.measured("tiny-108", list(large.GAPS)) if quick else large.measured("large-400", list(large.GAPS))


def _compare(quick: bool) -> Any:
    if quick:
        return compare.measured(["e3w-maker"], 0.05, [1, 10], 1)
    return compare.measured(compare.DEFAULT, 1e-3, [1, 10, 100], 2)


SECTIONS = {
    "start": Section("Start and reading", lambda quick: start.measured(3 if quick else 5), start.said),
    "main_job": Section("`planner solve` from a cold start to 1e-4", _main_job, main_job.said),
    "model_side": Section("Model side beside peers", _model_side, model_side.said),
    "growth": Section("Growth of the model side", _growth, growth.said),
    "solver": Section("Solve beside HiGHS as it comes", _solver, solver.said),
    "licences": Section("Decisions later than now", _licences, licences.said),
    "large": Section("Large trees", _large, large.said),
    "compare": Section("`planner compare`", _compare, compare.said),
    "worth": Section(
        "What things are worth beside one solve",
        lambda quick: worth.measured("tiny-121" if quick else "e3w-maker", 1e-3),
        worth.said,
    ),
    "risk": Section("Futures, stress tests and outages", risk.measured, risk.said),
    "report": Section(
        "Report",
        lambda quick: report.measured(20_000 if quick else 200_000),
        lambda found, markdown: report.said(found),
    ),
}


def main() -> None:
    """Run, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("--quick", action="store_true", help="small cases, a few minutes")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS), metavar="NAME")
    wanted = parser.parse_args()
    print(headline(machine()))
    results: dict[str, Any] = {"quick": wanted.quick}
    for name in wanted.only:
        section = SECTIONS[name]
        results[name] = section.measure(wanted.quick)
        print(f"\n{'### ' if wanted.markdown else ''}{section.title}\n", flush=True)
        print(section.tell(results[name], wanted.markdown), flush=True)
    write_json(wanted.json, results)


if __name__ == "__main__":
    main()

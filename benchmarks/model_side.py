"""The model side beside its peers, from the checked scenario to HiGHS holding the program, and back to plan tables.

    python benchmarks/model_side.py [CASE …] [--runs 3] [--no-solve] [--json OUT] [--markdown]
    python benchmarks/model_side.py medium-300 --profile planner

A case is a scenario that `planner solve` takes, or the name of a workbook of tests/cases. Each route runs in processes
of its own; these are medians of processor seconds and of memory above what the process held with the scenario loaded.

- planner: tree, Pyomo model of one path, tiling, scaling, one `passModel`.
- peers: the same tree, the program's coefficients as NumPy tables (`peers/formulation.py`, the same for all), then
  the program stated in the peer's own words and handed to HiGHS. Columns 'tables' and 'build' show these apart.
- HiGHS: its own time to the gap, as it comes and by the planner's steps, on the planner's arrays.
- back: the solution read into values by variable and node, and all plan tables made from them.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import planner
from benchmarks.measure import (
    Clock,
    Record,
    afresh,
    arguments,
    headline,
    machine,
    peak_mib,
    repeated,
    resident_mib,
    scenario_of,
    table,
    write_json,
)
from planner.futures.tree import grow
from planner.model.program import program

DEFAULT = ("medium-300", "medium-303", "large-400")
WARM_UP = "tiny-108"
"""Taken through a route before it is measured, so that nothing is charged with what a library loads at first use."""

ROUTES = ("planner", "arrays", "with_linopy", "with_pyoptinterface", "with_pyomo")


def _with_its_highs(name: str, carrier: str) -> str:
    """A peer's name, with the version of the HiGHS that it carries where that is not the others'."""
    its = version(carrier)
    return name if its == version("highspy") else f"{name} with HiGHS {its}"


NAMES = (
    "planner",
    "arrays by hand",
    "linopy",
    _with_its_highs("PyOptInterface", "highsbox"),
    "Pyomo, appsi_highs",
)


# --- what runs in processes of its own ---------------------------------------------------------------


def route(name: str, case: str) -> Record:
    """A route from the checked scenario to HiGHS: processor seconds by stage, MiB, size of the program."""
    return built(planner.load(scenario_of(case)), name)


def built(loaded: Any, name: str) -> Record:
    """The same of a scenario that is already there."""
    take = _planner if name == "planner" else _peer(name)
    take(planner.load(scenario_of(WARM_UP)).scenario, Clock())
    gc.collect()
    before, clock = resident_mib(), Clock()
    size = take(loaded.scenario, clock)
    return {"seconds": clock.seconds, "total": sum(clock.seconds.values()), "mib": peak_mib() - before, "size": size}


def _planner(scenario: Any, clock: Clock) -> Record:
    from planner.solver.engine import Solver
    from planner.solver.scaling import scale

    with clock.stage("tree"):
        tree = grow(scenario)
    with clock.stage("build"):
        _, instance = program(scenario, tree)
    with clock.stage("scale"):
        scaling = scale(instance)
    with clock.stage("hand over"):
        Solver(instance, scaling)
    return {
        "nodes": tree.size,
        "rows": len(instance.row_lower),
        "columns": len(instance.cost),
        "integers": int(instance.integer.sum()),
        "entries": len(instance.matrix.value),
    }


def _peer(name: str) -> Any:
    from benchmarks.peers.formulation import formulate

    peer = importlib.import_module(f"benchmarks.peers.{name}")

    def take(scenario: Any, clock: Clock) -> Record:
        with clock.stage("tree"):
            tree = grow(scenario)
        with clock.stage("tables"):
            described = formulate(scenario, tree)
        with clock.stage("build"):
            peer.build(described)
        return {"rows": sum(family.rows for family in described.families.values())}

    return take


def solved(case: str, gap: float, limit: float, as_it_comes: bool) -> Record:
    """HiGHS's processor seconds to a gap, as it comes and by our steps; seconds of the way back from that plan."""
    from benchmarks.solver import by_default, by_steps
    from planner.model.solution import read
    from planner.model.tidy import tidied
    from planner.pipeline import prepare
    from planner.plan.assemble import assemble

    prepared = prepare(planner.load(scenario_of(case)))
    path, instance = prepared.path, prepared.instance
    seconds, outcome = by_steps(instance, gap, limit)
    found: Record = {"gap": gap, "steps": seconds, "reached": outcome.gap}
    if as_it_comes:
        found["highs"], found["highs_reached"] = by_default(instance, gap, limit)
    if outcome.x is not None:
        clock = Clock()
        with clock.stage("read"):
            solution = read(path, instance.layout, tidied(path, instance.layout, outcome.x))
        with clock.stage("tables"):
            assemble(prepared.loaded.scenario, prepared.tree, solution)
        found["back"] = clock.seconds
    return found


# --- all of a case -----------------------------------------------------------------------------------


def measured(case: str, runs: int = 3, solve: bool = True) -> Record:
    """All routes of a case, and its solve."""
    routes = {name: repeated(runs, route, name, case) for name in ROUTES}
    for record in routes.values():
        record["total"] = sum(record["seconds"].values())  # of the medians, so that a line adds up
    found: Record = {"case": case, "routes": routes}
    if solve:
        large = routes["planner"]["size"]["rows"] > 100_000
        found["solve"] = afresh(solved, case, 0.02 if large else 1e-3, 900.0, not large)
    found["ratios"] = ratios(found)
    return found


def ratios(found: Record) -> dict[str, float]:
    """What the goals speak of: ours over theirs."""
    routes = found["routes"]
    ours = routes["planner"]["total"]
    said = {f"build / {name}": ours / routes[key]["total"] for key, name in zip(ROUTES[1:], NAMES[1:], strict=True)}
    said["memory / arrays by hand"] = routes["planner"]["mib"] / routes["arrays"]["mib"]
    solve = found.get("solve", {})
    for key, name in (("highs", "HiGHS as it comes"), ("steps", "our steps")):
        if key in solve:
            said[f"build / {name} to {solve['gap']:g}"] = ours / solve[key]
    for key, value in solve.get("back", {}).items():
        said[f"{key} back / build"] = value / ours
    return said


GOALS = {
    "build / linopy": 1.0,
    "build / Pyomo, appsi_highs": 0.1,
    "build / HiGHS as it comes to 0.001": 0.5,
    "read back / build": 0.1,
    "memory / arrays by hand": 3.0,
}
"""The most that a ratio is to be."""


def said(results: Sequence[Record], markdown: bool) -> str:
    """Tables of seconds, memory and ratios."""
    parts = []
    for found in results:
        size = found["routes"]["planner"]["size"]
        parts.append(
            f"{found['case']}: {size['nodes']:,} nodes, {size['rows']:,} rows, {size['columns']:,} columns, "
            f"{size['integers']:,} integers, {size['entries']:,} entries"
        )
        parts.append(table(("route", "tree, s", "tables, s", "build, s", "all, s", "MiB"), _lines(found), markdown))
    names = list(dict.fromkeys(name for found in results for name in found["ratios"]))
    rows = [
        [name, *(_ratio(found, name) for found in results), f"{GOALS[name]:g}" if name in GOALS else ""]
        for name in names
    ]
    parts.append(table(("ratio", *(found["case"] for found in results), "at most"), rows, markdown))
    return "\n\n".join(parts)


def _lines(found: Record) -> list[list[str]]:
    lines = []
    for key, name in zip(ROUTES, NAMES, strict=True):
        record = found["routes"][key]
        seconds = record["seconds"]
        rest = sum(value for stage, value in seconds.items() if stage not in ("tree", "tables"))
        tables = f"{seconds['tables']:.3f}" if "tables" in seconds else ""
        lines.append(
            [name, f"{seconds['tree']:.3f}", tables, f"{rest:.3f}", f"{record['total']:.3f}", f"{record['mib']:.0f}"]
        )
    return lines


def _ratio(found: Record, name: str) -> str:
    return f"{found['ratios'][name]:.3f}" if name in found["ratios"] else ""


def profile(name: str, case: str) -> str:
    """Where a route spends its time, by pyinstrument: shares of all, those below 4 % left out."""
    from pyinstrument import Profiler
    from pyinstrument.renderers import ConsoleRenderer

    scenario, take = planner.load(scenario_of(case)).scenario, _planner if name == "planner" else _peer(name)
    profiler = Profiler(interval=0.0005)
    with profiler:
        take(scenario, Clock())
    shares = ConsoleRenderer(
        unicode=True, color=False, time="percent_of_total", processor_options={"filter_threshold": 0.04}
    )
    return str(profiler.output(shares))


def main() -> None:
    """Measure, print, write."""
    parser = arguments(__doc__)
    parser.add_argument("cases", nargs="*", default=DEFAULT)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-solve", action="store_true", help="without HiGHS's own time and the way back")
    parser.add_argument("--profile", choices=ROUTES, help="print a profile of a route for each case instead")
    wanted = parser.parse_args()
    if wanted.profile:
        for case in wanted.cases:
            print(profile(wanted.profile, case))
        return
    print(headline(machine()))
    results = [measured(case, wanted.runs, not wanted.no_solve) for case in wanted.cases]
    print(said(results, wanted.markdown))
    write_json(wanted.json, {"model_side": results})


if __name__ == "__main__":
    main()

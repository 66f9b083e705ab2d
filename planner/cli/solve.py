"""`planner solve`."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_results, invalid_as_json
from planner.errors import Infeasible

if TYPE_CHECKING:
    from planner.plan.plan import Plan
    from planner.scenario.load import Loaded

_LIMITED = 5


def _solve(options: argparse.Namespace) -> int:
    ensure_results(options, [options.scenario])
    if options.charts:
        from planner.charts.folder import ensure_folder

        ensure_folder(options.charts)
    with invalid_as_json(options):
        return _solved(options)


def _solved(options: argparse.Namespace) -> int:
    from planner.reading import load

    loaded = load(options.scenario, options.strategy, add_up=options.add_up)
    from planner.pipeline import make_plan
    from planner.solver.outcome import Options

    cancel = threading.Event()
    try:
        with terminal.progress(loaded.scenario.settings.currency) as watch, terminal.stopping(cancel):
            limits = {"time_limit": options.time_limit, "memory_limit": options.memory_limit}
            wanted = Options(gap=options.gap, threads=options.threads, **limits)
            plan = make_plan(loaded, wanted, watch, cancel, why=options.why)
            if options.tried and not cancel.is_set():
                plan = _tried(loaded, plan)
    except Infeasible:
        return _explained(options, loaded)
    # The plan is found: writing it down is the answer to Ctrl-C as well.
    with terminal.uninterrupted():
        _hand_over(options, loaded, plan)
    return 0 if plan.status == "optimal" else _LIMITED


def _tried(loaded: Loaded, plan: Plan) -> Plan:
    from planner.cli.tried import tried

    return tried(loaded, plan)


def _explained(options: argparse.Namespace, loaded: Loaded) -> int:
    from planner.explain.explain import explain

    terminal.complain("No plan can satisfy every row of the scenario.")
    with terminal.progress(loaded.scenario.settings.currency) as watch:
        explanation = explain(loaded, watch)
    _write_json(options, lambda document: document.infeasible(loaded, explanation))
    for line in explanation.lines:
        terminal.complain(line)
    if options.report:
        from planner.report.no_plan import write_no_plan

        for line in _of_report(options.report, [write_no_plan(loaded, explanation, options.report)]):
            terminal.say(line)
    return Infeasible.exit_code


def _hand_over(options: argparse.Namespace, loaded: Loaded, plan: Plan) -> None:
    from planner.present.summary import headline

    # Files first: whoever reads the answer may be gone before its end, as `planner solve … | head -1` is.
    lines: list[str] = []
    try:
        _write_json(options, lambda document: document.of_plan(loaded, plan))
        if options.report:
            from planner.report.workbook import write_report

            lines += _of_report(options.report, write_report(loaded, plan, options.report))
        if options.charts:
            from planner.charts.page import write_charts

            page = write_charts(loaded, plan, options.charts)[0]
            lines.append(f"The charts are on the page {page}, and as PNG files beside it.")
    finally:
        for line in [*headline(loaded, plan), *lines]:
            terminal.say(line)
    for remark in terminal.remarks([], loaded.warnings):
        terminal.complain(remark)


def _of_report(wanted: Path, written: Sequence[Path]) -> list[str]:
    """Where the report is, in words."""
    report, *tables = written
    what = f"{wanted} or a table beside it" if tables else wanted
    why = f"{what} is open in Excel or write-protected, so the" if report != wanted else "The"
    long = "A table of it is too long for a sheet of Excel, and whole in"
    return [f"{why} report is {report}.", *(f"{long} {table}." for table in tables)]


def _write_json(options: argparse.Namespace, make: Callable[[ModuleType], Any]) -> None:
    """Write the JSON document that `make` gets from the module that makes them, where one is asked for."""
    if options.json:
        from planner.plan import document

        document.write(make(document), options.json)


def _solve_arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command)
    arguments.add_strategy(command)
    arguments.add_results(command, "the plan")
    charts = "write a page of charts (HTML, works offline) and PNG files"
    command.add_argument("--charts", metavar="FOLDER", type=Path, help=charts)
    arguments.add_gap(command, "the plan")
    arguments.add_time_limit(command, "take the best plan found by then")
    memory = "take the best plan found until the process holds so much (default: all that is free)"
    command.add_argument("--memory-limit", metavar="GIB", type=arguments.gibibytes, help=memory)
    threads = "cores that branch and bound may use (default 1: up to some 100,000 rows more gain nothing)"
    command.add_argument("--threads", metavar="N", type=arguments.threads, default=1, help=threads)
    why = "show what more of anything scarce is worth, and what decisions not taken would cost"
    command.add_argument("--why", action="store_true", help=why)
    tried = "also try the plan on 200 paths, and show who stops first if China stops (see `stress` and `survive`)"
    command.add_argument("--tried", action="store_true", help=tried)


SOLVE = Command(
    "solve", _solve, _solve_arguments, "the optimal plan", "solve e3w-maker --strategy no-china --report plan.xlsx"
)

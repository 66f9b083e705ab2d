"""`planner sensitivity`."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from planner import terminal
from planner.cli import arguments
from planner.cli.command import Command
from planner.cli.results import ensure_writable
from planner.errors import FileInUse

if TYPE_CHECKING:
    from planner.sensitivity.study import Study

_STOPPED = 5


def _sensitivity(options: argparse.Namespace) -> int:
    if options.report:
        # One that is open in Excel gets a second name.
        with suppress(FileInUse):
            ensure_writable(options.report, options.scenario)
    from planner.reading import load

    loaded = load(options.scenario, options.strategy, add_up=options.add_up)
    from planner.sensitivity.study import study
    from planner.sensitivity.table import markdown
    from planner.solver.outcome import Options

    wanted = Options(gap=options.gap, time_limit=options.time_limit)
    with terminal.progress(loaded.scenario.settings.currency) as watch:
        found = study(options.scenario, loaded, options.figures, options.by, wanted, options.workers, watch)
    with terminal.uninterrupted():
        terminal.say(markdown(found))
        if options.report:
            _write(options, found)
    return 0 if found.complete else _STOPPED


def _write(options: argparse.Namespace, found: Study) -> None:
    from planner.present.view import View
    from planner.report.table import write_table
    from planner.sensitivity.table import COLUMNS, introduction, rows

    view = View("sensitivity", "Weakest figures", "", COLUMNS, rows(found), notes=(introduction(found),))
    written = write_table(view, found.loaded.scenario.settings.currency, options.report)
    terminal.complain(f"The report is {written}.")


def _arguments(command: argparse.ArgumentParser) -> None:
    arguments.scenario(command)
    arguments.add_strategy(command)
    figures = "how many figures to move, weakest first (default 20)"
    command.add_argument("--figures", metavar="N", type=arguments.number, default=20, help=figures)
    by = "share of itself by which each is moved, down and up (default 0.25)"
    command.add_argument("--by", metavar="SHARE", type=arguments.part, default=0.25, help=by)
    arguments.add_gap(command)
    arguments.add_time_limit(command, "take the best plan of each found by then")
    workers = "processes to work in (default: one per core)"
    command.add_argument("--workers", metavar="N", type=arguments.number, help=workers)
    report = "write the table as a workbook as well"
    command.add_argument("--report", metavar="OUT.xlsx", type=arguments.workbook, help=report)


SENSITIVITY = Command(
    "sensitivity",
    _sensitivity,
    _arguments,
    "what moving the weakest figures does to cost, service and decisions, as a Markdown table",
    "sensitivity e3w-maker --figures 20 --by 0.25",
)
